//! Which inputs a flake may use. What is not evaluated may use any of them, so
//! this asks not what was used but where a use can be excluded: no file says the name of
//! the input in a place that could mean it, nothing follows it, and nothing that looks through all inputs gets them.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::missing_reads::called;
use super::{Flake, Input, Repository, for_each_child, is_below, is_well_known};
use crate::base::FileId;
use crate::db::{FileData, OfText};
use crate::eval::join_path;
use crate::flake::Source;
use crate::hir::{
    AttrValue, AttrsExpr, Expr, ExprId, File, Key, KeyId, Name, Param, PathAnchor, StrPart, Var, VarTarget,
};

/// Inputs that a framework takes from all of the inputs that it is given, by their name (read off their sources).
const TAKEN: &[(&str, &[&str])] = &[
    (
        "blueprint",
        &[
            "devshell",
            "git-hooks",
            "home-manager",
            "nix-darwin",
            "nixos-raspberrypi",
            "nixpkgs",
            "system-manager",
            "systems",
            "treefmt",
            "treefmt-nix",
        ],
    ),
    (
        "clan-core",
        &[
            "data-mesher",
            "disko",
            "flake-parts",
            "nix-darwin",
            "nix-select",
            "nixpkgs",
            "sops-nix",
            "systems",
            "treefmt-nix",
        ],
    ),
    (
        "den",
        &[
            "darwin",
            "hjem",
            "home-manager",
            "maid",
            "microvm",
            "nix-darwin",
            "nix-maid",
            "nixos-wsl",
            "nixpkgs",
            "nixpkgs-lib",
            "system-manager",
        ],
    ),
    ("easy-hosts", &["darwin", "home-manager", "nix-darwin", "nixpkgs"]),
    ("ez-configs", &["darwin", "home-manager", "nix-darwin", "nixpkgs", "nixpkgs-lib"]),
    (
        "flake-file",
        &["allfollow", "flake-aspects", "import-tree", "nix-auto-follow", "nixpkgs", "nixpkgs-lib", "treefmt-nix"],
    ),
    ("flake-parts", &["nixpkgs", "nixpkgs-lib"]),
    ("flake-utils-plus", &["darwin", "home-manager", "nix-darwin", "nixpkgs"]),
    ("lite-config", &["home-manager", "nix-darwin", "nixpkgs", "nixpkgs-darwin"]),
    ("nixos-unified", &["home-manager", "nix-darwin", "nixpkgs"]),
    ("snowfall-lib", &["darwin", "flake-utils-plus", "home-manager", "nixos-generators", "nixpkgs"]),
];

/// Names whose attributes are no inputs.
const NO_INPUTS: &[&str] = &["builtins", "cfg", "config", "final", "options", "osConfig", "pkgs", "prev"];

/// The inputs of which nothing in the flake can make use.
pub fn unused_inputs<'f>(repository: &Repository, flake: &'f Flake) -> Vec<&'f Input> {
    let mut reader = Reader {
        repository,
        flake,
        aliases: BTreeSet::from([Name::new_static("inputs")]),
        files: Vec::new(),
        prefixes: Vec::new(),
        all: false,
    };
    reader.open();
    if reader.all {
        return Vec::new();
    }
    let followed: BTreeSet<&str> = flake
        .inputs
        .iter()
        .flat_map(|input| input.follows.iter().chain(input.overrides.iter().filter_map(|other| other.follows.as_ref())))
        .filter_map(|target| target.text.split('/').next())
        .collect();
    let is_named = |name: &str| followed.contains(name) || reader.is_named(name);
    let unnamed = flake.inputs.iter().filter(|it| it.origin.is_some() && it.name != "self" && !is_named(&it.name));
    let unnamed: Vec<&Input> = unnamed.collect();
    if unnamed.is_empty() {
        return unnamed;
    }
    // What becomes of all inputs as one value matters only for those that no file names.
    reader.follow();
    if reader.all {
        return Vec::new();
    }
    let prefixes = &reader.prefixes;
    let is_computed = |name: &Name| prefixes.iter().any(|prefix| name.starts_with(prefix.as_str()));
    unnamed.into_iter().filter(|input| !is_computed(&input.name)).collect()
}

struct Reader<'a> {
    repository: &'a Repository,
    flake: &'a Flake,
    /// Names under which all inputs are known somewhere.
    aliases: BTreeSet<Name>,
    files: Vec<(Name, FileId, Arc<FileData>)>,
    /// Beginnings of names that are put together: `inputs."nixpkgs-${release}"`.
    prefixes: Vec<Name>,
    /// Whether something may use every input.
    all: bool,
}

/// Where the expressions of a file stand.
struct Around {
    hir: Arc<File>,
    /// By expression id.
    parents: Vec<Option<ExprId>>,
    /// The arguments by name of all functions.
    formals: FxHashSet<KeyId>,
    /// What `let` and recursive sets bind.
    bound: FxHashMap<KeyId, Bound>,
}

/// The names in a file that may mean an input.
struct Named(FxHashSet<Name>);

/// The same of a flake.nix without what declares its inputs.
struct NamedBeside(FxHashSet<Name>);

/// Where all inputs may stand as one value.
struct Wholes {
    variables: FxHashMap<Name, Vec<ExprId>>,
    /// Selections that end in `inputs`, and sets that take it from another one.
    others: Vec<ExprId>,
}

impl OfText for Around {
    fn of(file: &FileData) -> Around {
        Around::new(file.hir().clone())
    }
}

impl OfText for Named {
    fn of(file: &FileData) -> Named {
        Named(names(file, None))
    }
}

impl OfText for NamedBeside {
    fn of(file: &FileData) -> NamedBeside {
        NamedBeside(names(file, inputs_range(file)))
    }
}

impl OfText for Wholes {
    fn of(file: &FileData) -> Wholes {
        let mut wholes = Wholes { variables: FxHashMap::default(), others: Vec::new() };
        for (id, expr) in file.hir().exprs() {
            match expr {
                Expr::Var(Var { target: VarTarget::Global, .. }) => {}
                Expr::Var(var) => wholes.variables.entry(var.name.clone()).or_default().push(id),
                Expr::Select { path, .. } if path.last().and_then(Key::name).is_some_and(|name| name == "inputs") => {
                    wholes.others.push(id);
                }
                // `inherit (self) inputs;`
                Expr::Attrs(set) | Expr::Let { bindings: set, .. } if takes_inputs(set) => wholes.others.push(id),
                _ => {}
            }
        }
        wholes
    }
}

fn takes_inputs(set: &AttrsExpr) -> bool {
    set.attrs.iter().any(|attr| attr.name == "inputs" && matches!(attr.value, AttrValue::InheritFrom(_)))
}

#[derive(Clone, Copy)]
enum Bound {
    Value(ExprId),
    From(ExprId),
}

impl<'a> Reader<'a> {
    fn open(&mut self) {
        let files = self.repository.snapshot.nix_files().iter().cloned();
        for (path, file) in files.filter(|(path, _)| is_below(path, &self.flake.root)) {
            match self.repository.snapshot.file(file) {
                Ok(data) if data.parse().errors().is_empty() => self.files.push((path, file, data)),
                // What cannot be read may use anything.
                _ => return self.all = true,
            }
        }
        self.own_parameter();
    }

    /// Whether any file, or a framework, says this name.
    fn is_named(&self, name: &str) -> bool {
        let frameworks = self.frameworks();
        let mut taken = TAKEN.iter().filter(|(framework, _)| frameworks.contains(framework));
        // Most inputs are named beside their declarations.
        let own = self.files.iter().find(|(_, file, _)| *file == self.flake.file);
        own.is_some_and(|(_, _, data)| data.of_text::<NamedBeside>().0.contains(name))
            || taken.any(|(_, names)| names.contains(&name))
            || self
                .files
                .iter()
                .any(|(_, file, data)| *file != self.flake.file && data.of_text::<Named>().0.contains(name))
    }

    /// Follows all inputs to wherever they are handed on.
    fn follow(&mut self) {
        let files = self.files.clone();
        // Each round may find further names under which the inputs are handed on.
        for _ in 0..8 {
            let before = self.aliases.len();
            for (path, _, data) in &files {
                self.whole_uses(path, data);
            }
            if self.all || self.aliases.len() == before {
                break;
            }
        }
    }

    /// The names that `outputs` has for all of its inputs.
    fn own_parameter(&mut self) {
        let Some((_, _, data)) = self.files.iter().find(|(_, file, _)| *file == self.flake.file) else { return };
        let hir = data.hir();
        let Some(Expr::Attrs(root)) = hir.root().map(|root| hir.expr(root)) else { return };
        let outputs = root.attrs.iter().find(|attr| attr.name == "outputs");
        let Some(AttrValue::Expr(outputs)) = outputs.map(|attr| &attr.value) else { return };
        if let Expr::Lambda(lambda) = hir.expr(*outputs) {
            self.aliases.extend(whole_parameter(&lambda.param));
        }
    }

    /// Looks at every place where all inputs stand as one value.
    fn whole_uses(&mut self, path: &str, data: &FileData) {
        let wholes = data.of_text::<Wholes>();
        let variables = self.aliases.iter().filter_map(|alias| wholes.variables.get(alias)).flatten();
        let mut places: Vec<ExprId> = variables.chain(&wholes.others).copied().collect();
        if places.is_empty() {
            return;
        }
        places.sort_unstable();
        let around = data.of_text::<Around>();
        for id in places {
            match around.hir.expr(id) {
                Expr::Attrs(_) | Expr::Let { .. } => self.handed_on(&around, id),
                _ if !self.all => self.whole(path, &around, id),
                _ => {}
            }
        }
    }

    /// What becomes of an expression that is all inputs.
    fn whole(&mut self, path: &str, around: &Around, id: ExprId) {
        let hir = &*around.hir;
        let Some(parent) = around.parent(id) else {
            // The result of a file: whoever imports it calls it something.
            return self.all = true;
        };
        match hir.expr(parent) {
            Expr::Select { base, path: names, .. } | Expr::HasAttr { base, path: names } if *base == id => {
                match names.first() {
                    Some(Key::Dynamic(name)) => self.computed(hir, *name),
                    Some(Key::Static { .. }) | None => {}
                }
            }
            // Names in the body are looked at one by one.
            Expr::With { namespace, .. } if *namespace == id => {}
            Expr::Attrs(set) | Expr::Let { bindings: set, .. } if !matches!(hir.expr(parent), Expr::Let { body, .. } if *body == id) =>
            {
                self.bound_in(around, parent, set, id);
            }
            Expr::Binary { op: crate::hir::BinaryOp::Update, .. } => self.whole(path, around, parent),
            Expr::Apply { function, argument } if *argument == id => self.argument(path, around, *function),
            Expr::Lambda(_) | Expr::Let { .. } | Expr::With { .. } | Expr::Assert { .. } => {
                self.whole(path, around, parent)
            }
            _ => self.all = true,
        }
    }

    /// All inputs as the value of an attribute: they have its name from now on.
    fn bound_in(&mut self, around: &Around, set_id: ExprId, set: &AttrsExpr, id: ExprId) {
        for attr in &set.attrs {
            let is_value = matches!(attr.value, AttrValue::Expr(value) | AttrValue::Inherit(value) if value == id);
            if is_value {
                self.aliases.insert(attr.name.clone());
            }
        }
        // `inherit (inputs) a b;` names what it takes.
        let is_source = set.inherit_sources.contains(&id);
        if set.dynamics.iter().any(|dynamic| dynamic.value == id || dynamic.name == id) {
            self.all = true;
        }
        let is_let = matches!(around.hir.expr(set_id), Expr::Let { .. });
        if !is_source && !is_let {
            self.handed_on(around, set_id);
        }
    }

    /// A set that holds all inputs: who gets it as an argument?
    fn handed_on(&mut self, around: &Around, mut id: ExprId) {
        let hir = &*around.hir;
        while let Some(parent) = around.parent(id) {
            match hir.expr(parent) {
                Expr::Apply { function, argument } if *argument == id => {
                    if let Some(input) = self.input_called(around, *function, 0) {
                        self.given_to(&input);
                    }
                    id = parent;
                }
                Expr::Lambda(_) => return,
                _ => id = parent,
            }
            if self.all {
                return;
            }
        }
    }

    /// All inputs as an argument of its own.
    fn argument(&mut self, path: &str, around: &Around, function: ExprId) {
        let hir = &*around.hir;
        if let Some(input) = self.input_called(around, function, 0) {
            return self.given_to(&input);
        }
        match hir.expr(function) {
            // `import ./outputs.nix inputs`
            Expr::Apply { argument, .. } if called(hir, function) == Some("import") => {
                let Expr::Path { anchor: PathAnchor::Relative, parts } = hir.expr(*argument) else {
                    return self.all = true;
                };
                let [StrPart::Literal(text)] = &parts[..] else { return self.all = true };
                let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
                let target = join_path(folder, text);
                let targets = [target.to_string(), format!("{target}/default.nix")];
                let file = self.files.iter().find(|(path, _, _)| targets.iter().any(|it| path == it));
                let root = file.and_then(|(_, _, data)| Some((data.hir(), data.hir().root()?)));
                match root.map(|(hir, root)| (hir, hir.expr(root))) {
                    Some((_, Expr::Lambda(lambda))) => {
                        let names: Vec<Name> = whole_parameter(&lambda.param).collect();
                        self.aliases.extend(names);
                    }
                    _ => self.all = true,
                }
            }
            Expr::Var(Var { target: VarTarget::Slot { key, .. }, .. }) => match around.bound.get(key) {
                Some(Bound::Value(value)) => match hir.expr(*value) {
                    Expr::Lambda(lambda) => {
                        let names: Vec<Name> = whole_parameter(&lambda.param).collect();
                        self.aliases.extend(names);
                    }
                    _ => self.all = true,
                },
                _ => self.all = true,
            },
            _ => self.all = true,
        }
    }

    /// The input whose function is called, if it is one.
    fn input_called(&self, around: &Around, function: ExprId, depth: u32) -> Option<Name> {
        let hir = &*around.hir;
        if depth > 16 {
            return None;
        }
        let is_input = |name: &Name| self.flake.input(name).is_some();
        match hir.expr(function) {
            Expr::Apply { function, .. } => self.input_called(around, *function, depth + 1),
            Expr::Select { base, path: names, .. } => match hir.expr(*base) {
                Expr::Var(var) if self.aliases.contains(&var.name) => {
                    names.first().and_then(Key::name).filter(|name| is_input(name)).cloned()
                }
                // `self.inputs.x.lib.f`
                Expr::Var(_) if names.iter().any(|key| key.name().is_some_and(|it| it == "inputs")) => {
                    let at = names.iter().position(|key| key.name().is_some_and(|it| it == "inputs"))?;
                    names.get(at + 1).and_then(Key::name).filter(|name| is_input(name)).cloned()
                }
                _ => self.input_called(around, *base, depth + 1),
            },
            Expr::Var(var) => match &var.target {
                VarTarget::Slot { key, .. } => match around.bound.get(key) {
                    Some(Bound::Value(value)) if !matches!(hir.expr(*value), Expr::Lambda(_)) => {
                        self.input_called(around, *value, depth + 1)
                    }
                    Some(Bound::From(source)) => match hir.expr(*source) {
                        // `inherit (inputs) x;`
                        Expr::Var(all) if self.aliases.contains(&all.name) => Some(var.name.clone()).filter(is_input),
                        _ => self.input_called(around, *source, depth + 1),
                    },
                    Some(Bound::Value(_)) => None,
                    None => Some(var.name.clone()).filter(|name| around.formals.contains(key) && is_input(name)),
                },
                _ => None,
            },
            _ => None,
        }
    }

    /// A function of an input gets all inputs.
    fn given_to(&mut self, input: &Name) {
        let declared = self.flake.input(input);
        let lock = self.flake.lock.as_ref().and_then(|lock| lock.as_ref().ok());
        let url = declared.and_then(|it| it.url.as_ref()).map(|url| url.text.as_str());
        let source = Source::of(lock.map(AsRef::as_ref), input, url);
        if source.framework().is_none() && !is_well_known(self.flake, input) && !source.is_nixpkgs() {
            // Its functions may do anything with them.
            self.all = true;
        }
    }

    /// `inputs.${…}`: the names that it can be.
    fn computed(&mut self, hir: &File, name: ExprId) {
        match hir.expr(name) {
            Expr::Str(parts) => match parts.first() {
                Some(StrPart::Literal(start)) if start.len() >= 3 => self.prefixes.push(start.clone()),
                _ => self.all = true,
            },
            _ => self.all = true,
        }
    }

    /// The frameworks among the inputs.
    fn frameworks(&self) -> Vec<&'static str> {
        let lock = self.flake.lock.as_ref().and_then(|lock| lock.as_ref().ok());
        let sources = self.flake.inputs.iter().map(|input| {
            Source::of(lock.map(AsRef::as_ref), &input.name, input.url.as_ref().map(|url| url.text.as_str()))
        });
        let files = sources.filter_map(|source| source.framework()).map(|framework| framework.file);
        files.filter_map(|file| file.rsplit('/').next()?.strip_suffix(".nix")).collect()
    }
}

/// What a file names that may be an input.
fn names(data: &FileData, skipped: Option<crate::base::TextRange>) -> FxHashSet<Name> {
    let hir = data.hir();
    let mut named = FxHashSet::default();
    let formals: FxHashSet<KeyId> = hir.exprs().flat_map(|(_, expr)| formals(expr)).collect();
    let map = &data.lowered().source_map;
    for (id, expr) in hir.exprs() {
        if skipped.is_some_and(|range| range.contains_range(map.expr(id))) {
            continue;
        }
        match expr {
            Expr::Select { base, path, .. } | Expr::HasAttr { base, path } => {
                let other = matches!(hir.expr(*base), Expr::Var(var) if NO_INPUTS.contains(&var.name.as_str()));
                let names = path.iter().map(|key| key.name());
                // `config.flake.inputs.x`
                let from =
                    if other { names.clone().position(|name| name.is_some_and(|it| it == "inputs")) } else { Some(0) };
                if let Some(from) = from {
                    named.extend(names.skip(from).flatten().cloned());
                }
            }
            Expr::Var(Var { name, target }) => match target {
                VarTarget::Slot { key, .. } if formals.contains(key) => {
                    named.insert(name.clone());
                }
                VarTarget::With(_) | VarTarget::Undefined => {
                    named.insert(name.clone());
                }
                _ => {}
            },
            Expr::Str(parts) => {
                if let [StrPart::Literal(text)] = &parts[..] {
                    named.insert(text.clone());
                }
            }
            Expr::Attrs(set) | Expr::Let { bindings: set, .. } => {
                let taken = set.attrs.iter().filter(|attr| match attr.value {
                    AttrValue::InheritFrom(source) => set.inherit_sources.get(source as usize).is_some_and(
                        |source| !matches!(hir.expr(*source), Expr::Var(var) if NO_INPUTS.contains(&var.name.as_str())),
                    ),
                    _ => false,
                });
                named.extend(taken.map(|attr| attr.name.clone()));
            }
            _ => {}
        }
    }
    named
}

/// The names that a function asks for.
fn formals(expr: &Expr) -> impl Iterator<Item = KeyId> + '_ {
    let formals = match expr {
        Expr::Lambda(lambda) => match &lambda.param {
            Param::Pattern { formals, .. } => Some(formals),
            Param::Ident { .. } => None,
        },
        _ => None,
    };
    formals.into_iter().flatten().map(|formal| formal.key)
}

/// The names that a function has for its argument as a whole.
fn whole_parameter(param: &Param) -> impl Iterator<Item = Name> + '_ {
    let name = match param {
        Param::Ident { name, .. } => Some(name),
        Param::Pattern { bind, .. } => bind.as_ref().map(|(name, _)| name),
    };
    name.cloned().into_iter()
}

/// The part of flake.nix that declares the inputs.
fn inputs_range(data: &FileData) -> Option<crate::base::TextRange> {
    let hir = data.hir();
    let Expr::Attrs(root) = hir.expr(hir.root()?) else { return None };
    let inputs = root.attrs.iter().find(|attr| attr.name == "inputs")?;
    match inputs.value {
        // Where the inputs are several bindings they have no range of their own; what stands beside them is names only.
        AttrValue::Expr(value) if inputs.keys.len() == 1 => Some(data.lowered().source_map.expr(value)),
        _ => None,
    }
}

impl Around {
    fn new(hir: Arc<File>) -> Around {
        let mut around = Around {
            parents: vec![None; hir.expr_count()],
            hir: hir.clone(),
            formals: FxHashSet::default(),
            bound: FxHashMap::default(),
        };
        for (id, expr) in hir.exprs() {
            for_each_child(&hir, id, &mut |child| {
                if let Some(parent) = around.parents.get_mut(child.0 as usize) {
                    *parent = Some(id);
                }
            });
            around.formals.extend(formals(expr));
            match expr {
                Expr::Let { bindings: set, .. } => around.bind(set),
                Expr::Attrs(set) if set.recursive => around.bind(set),
                _ => {}
            }
        }
        around
    }

    fn parent(&self, expr: ExprId) -> Option<ExprId> {
        self.parents.get(expr.0 as usize).copied().flatten()
    }

    fn bind(&mut self, set: &AttrsExpr) {
        for attr in &set.attrs {
            let bound = match attr.value {
                AttrValue::Expr(value) | AttrValue::Inherit(value) => Some(Bound::Value(value)),
                AttrValue::InheritFrom(source) => set.inherit_sources.get(source as usize).map(|it| Bound::From(*it)),
            };
            for key in &attr.keys {
                self.bound.extend(bound.map(|bound| (*key, bound)));
            }
        }
    }
}
