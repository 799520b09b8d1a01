//! flake.nix as Nix reads it before it evaluates anything: it must be written
//! out, not computed (`readFlake` and `forceTrivialValue` in Nix' libflake/flake.cc).

use super::{Flake, Repository};
use crate::base::FileId;
use crate::eval::{Origin, Site};
use crate::flake::FlakeRef;
use crate::hir::{AttrValue, AttrsExpr, Expr, ExprId, File, KeyId, Name, Param, StrPart, Var, VarTarget};

/// Something in flake.nix that Nix refuses.
#[derive(Clone, Debug, PartialEq)]
pub struct Refused {
    pub origin: Origin,
    /// What is wrong, and what Nix wants.
    pub message: String,
    /// Whether only newer versions of Nix refuse it.
    pub depends_on_version: bool,
}

/// The parameter of `outputs`, where it names what it takes.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputsParameter {
    pub names: Vec<(Name, Origin)>,
    /// `...`
    pub ellipsis: bool,
    /// The pattern's function.
    pub function: Origin,
}

/// The attributes that Nix knows at the top of flake.nix. `edition` was once one of them.
const KNOWN: &[&str] = &["description", "edition", "inputs", "nixConfig", "outputs"];

/// Whether a file says of itself that something else writes it: an edit would be lost.
pub fn is_generated(repository: &Repository, file: FileId) -> bool {
    let Ok(data) = repository.snapshot.file(file) else { return false };
    let comments = data.text().lines().take(8).map(str::trim_start).filter(|line| line.starts_with(['#', '/', '*']));
    comments.map(str::to_lowercase).any(|line| {
        let forbids = ["do not edit", "do-not-edit", "do not modify", "don't edit"].iter().any(|it| line.contains(it));
        forbids
            || line.contains("generated")
                && ["auto", "is generated", "was generated", "@generated"].iter().any(|it| line.contains(it))
    })
}

/// The parameter of the `outputs` that flake.nix defines, if that is a pattern.
pub fn outputs_parameter(repository: &Repository, flake: &Flake) -> Option<OutputsParameter> {
    let data = repository.snapshot.file(flake.file).ok()?;
    let hir = data.hir();
    let (_, outputs) = root_attribute(hir, "outputs")?;
    let Expr::Lambda(lambda) = hir.expr(outputs) else { return None };
    let Param::Pattern { formals, ellipsis, .. } = &lambda.param else { return None };
    let origin = |key| Origin { file: flake.file, site: Site::Key(key) };
    Some(OutputsParameter {
        names: formals.iter().map(|formal| (formal.name.clone(), origin(formal.key))).collect(),
        ellipsis: *ellipsis,
        function: Origin { file: flake.file, site: Site::Expr(outputs) },
    })
}

fn root_attribute(hir: &File, name: &str) -> Option<(KeyId, ExprId)> {
    let Expr::Attrs(root) = hir.expr(hir.root()?) else { return None };
    let attr = root.attrs.iter().find(|attr| attr.name == name)?;
    match (&attr.value, attr.keys.first()) {
        (AttrValue::Expr(value), Some(key)) => Some((*key, *value)),
        _ => None,
    }
}

/// Everything in flake.nix that Nix refuses to read.
pub fn refused(repository: &Repository, flake: &Flake) -> Vec<Refused> {
    let Ok(data) = repository.snapshot.file(flake.file) else { return Vec::new() };
    let hir = data.hir();
    let mut reader = Reader { hir, file: flake.file, found: Vec::new() };
    if data.parse().errors().is_empty() {
        reader.read();
    }
    reader.found
}

struct Reader<'a> {
    hir: &'a File,
    file: FileId,
    found: Vec<Refused>,
}

impl Reader<'_> {
    fn read(&mut self) {
        let Some(root) = self.hir.root() else { return };
        let Expr::Attrs(set) = self.hir.expr(root) else {
            // A function or a call is often long: its beginning says enough.
            return self
                .refuse(root, "flake.nix must be a set that is written out: Nix does not compute it".to_string());
        };
        for attr in &set.attrs {
            if let Some(key) = attr.keys.first().filter(|_| !KNOWN.contains(&attr.name.as_str())) {
                let message = format!(
                    "Nix refuses a flake.nix with the attribute {}: it reads description, inputs, outputs and nixConfig; what a flake offers stands in outputs",
                    attr.name
                );
                self.found.push(Refused {
                    origin: Origin { file: self.file, site: Site::Key(*key) },
                    message,
                    depends_on_version: false,
                });
            }
        }
        if let Some((_, inputs)) = root_attribute(self.hir, "inputs") {
            self.inputs(inputs, true);
        }
        if let Some((_, outputs)) = root_attribute(self.hir, "outputs")
            && is_computed(self.hir, outputs)
        {
            let message = "outputs must be a function that is written out: write `inputs: import ./outputs.nix inputs`";
            self.refuse(outputs, message.to_string());
        }
    }

    fn refuse(&mut self, expr: ExprId, message: String) {
        self.found.push(Refused {
            origin: Origin { file: self.file, site: Site::Expr(expr) },
            message,
            depends_on_version: false,
        });
    }

    /// A set that is written out; what is not is refused.
    fn written<'h>(&mut self, hir: &'h File, expr: ExprId, what: &str) -> Option<&'h AttrsExpr> {
        match hir.expr(expr) {
            Expr::Attrs(set) => {
                // A name that is no plain text makes the whole set a computation.
                let computed = set.dynamics.iter().find(|dynamic| literal(hir, dynamic.name).is_none());
                match computed {
                    Some(dynamic) => {
                        let message = format!("Nix refuses computed names in {what}: write each one out");
                        self.refuse(dynamic.name, message);
                        None
                    }
                    None => Some(set),
                }
            }
            _ if is_computed(hir, expr) => {
                self.refuse(expr, format!("Nix does not compute {what}: it must be a set that is written out"));
                None
            }
            // A name may stand for anything that a recursive set holds.
            Expr::Var(_) => None,
            _ => {
                self.refuse(expr, format!("{what} must be a set"));
                None
            }
        }
    }

    fn inputs(&mut self, inputs: ExprId, outermost: bool) {
        let hir = self.hir;
        let Some(set) = self.written(hir, inputs, "inputs") else { return };
        for attr in &set.attrs {
            let AttrValue::Expr(value) = &attr.value else { continue };
            let Some(input) = self.written(hir, *value, &format!("the input {}", attr.name)) else { continue };
            match (attr.name == "self", outermost) {
                (false, _) => self.input(&attr.name, input),
                (true, true) => {}
                (true, false) => self.refuse(*value, "self cannot be overridden".to_string()),
            }
        }
    }

    fn input(&mut self, name: &Name, input: &AttrsExpr) {
        let has = |name: &str| input.attrs.iter().find(|attr| attr.name == name);
        let typed = has("type").is_some();
        for attr in &input.attrs {
            let AttrValue::Expr(value) = &attr.value else { continue };
            let (value, what) = (*value, format!("{} of the input {name}", attr.name));
            if attr.name == "inputs" {
                self.inputs(value, false);
                continue;
            }
            if is_computed(self.hir, value) {
                self.refuse(value, format!("Nix does not compute {what}: it must be written out"));
                continue;
            }
            let expr = self.hir.expr(value);
            let text = literal(self.hir, value);
            let is_path = matches!(expr, Expr::Path { .. });
            let unsure = matches!(expr, Expr::Var(_) | Expr::Missing);
            match attr.name.as_str() {
                _ if unsure => {}
                "url" => match &text {
                    // Beside a type it is an address, and no reference.
                    Some(_) if typed => {}
                    Some(text) => self.reference(value, text),
                    None if !is_path => self.refuse(value, format!("{what} must be a string")),
                    None => {}
                },
                "flake" => self.refuse(value, format!("{what} must be true or false")),
                "follows" if text.is_none() => self.refuse(value, format!("{what} must be a string")),
                "follows" if has("url").is_some() => {
                    let message = format!(
                        "the input {name} has both a url and follows: older Nix ignores the url, newer Nix refuses both; keep one of them"
                    );
                    self.refuse(value, message);
                    if let Some(last) = self.found.last_mut() {
                        last.depends_on_version = true;
                    }
                }
                "follows" | "publicKeys" => {}
                _ if !typed => {
                    let Some(key) = attr.keys.first() else { continue };
                    let message = format!(
                        "Nix refuses the attribute {} of the input {name}: beside url it belongs into the url (`?{}=…`)",
                        attr.name, attr.name
                    );
                    self.found.push(Refused {
                        origin: Origin { file: self.file, site: Site::Key(*key) },
                        message,
                        depends_on_version: false,
                    });
                }
                _ if text.is_none() && !matches!(expr, Expr::Int(_)) => {
                    self.refuse(value, format!("{what} must be a string, a boolean or a number"));
                }
                _ => {}
            }
        }
    }

    fn reference(&mut self, at: ExprId, text: &str) {
        if let Err(error) = FlakeRef::parse(text) {
            self.refuse(at, error.message);
        }
    }
}

/// The text of a string without interpolation.
fn literal(hir: &File, expr: ExprId) -> Option<Name> {
    match hir.expr(expr) {
        Expr::Str(parts) => match &parts[..] {
            [] => Some(Name::default()),
            [StrPart::Literal(text)] => Some(text.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// Whether Nix would have to compute something for this value, which it does
/// not at this place (`Value::isTrivial`). Names are not decided here.
fn is_computed(hir: &File, expr: ExprId) -> bool {
    match hir.expr(expr) {
        Expr::Str(parts) => parts.iter().any(|part| matches!(part, StrPart::Interpolation(_))),
        Expr::Path { parts, .. } => parts.iter().any(|part| matches!(part, StrPart::Interpolation(_))),
        Expr::Apply { .. }
        | Expr::Select { .. }
        | Expr::HasAttr { .. }
        | Expr::Let { .. }
        | Expr::With { .. }
        | Expr::If { .. }
        | Expr::Assert { .. }
        | Expr::Unary { .. }
        | Expr::Binary { .. }
        | Expr::SearchPath(_) => true,
        Expr::Var(Var { target: VarTarget::With(_), .. }) => true,
        _ => false,
    }
}
