//! What other files may depend on: imports, paths and the shape of a module.

use super::{AttrsExpr, Expr, ExprId, File, Param, PathAnchor, StrPart};

/// The outward face of a file.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Summary {
    /// Relative path literals without interpolation, in the order of the text.
    pub paths: Vec<String>,
    /// What the file looks like from outside.
    pub shape: ModuleShape,
}

/// What the root expression of a file is.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum ModuleShape {
    /// A function of a set, with the names it asks for.
    Function { formals: Vec<String>, has_options: bool, has_imports: bool },
    /// A set.
    Attrs { has_options: bool, has_imports: bool },
    /// Anything else.
    #[default]
    Other,
}

impl Summary {
    /// The summary of `file`.
    pub fn of(file: &File) -> Summary {
        let mut paths = Vec::new();
        for (_, expr) in file.exprs() {
            if let Expr::Path { anchor: PathAnchor::Relative, parts } = expr
                && let [StrPart::Literal(text)] = &parts[..]
            {
                paths.push(text.to_string());
            }
        }
        let shape = file.root().map(|root| shape(file, root)).unwrap_or_default();
        Summary { paths, shape }
    }
}

fn shape(file: &File, root: ExprId) -> ModuleShape {
    match file.expr(root) {
        Expr::Lambda(lambda) => {
            let formals = match &lambda.param {
                Param::Pattern { formals, .. } => formals.iter().map(|formal| formal.name.to_string()).collect(),
                Param::Ident { .. } => Vec::new(),
            };
            let (has_options, has_imports) = module_attrs(file, lambda.body);
            ModuleShape::Function { formals, has_options, has_imports }
        }
        Expr::Attrs(_) => {
            let (has_options, has_imports) = module_attrs(file, root);
            ModuleShape::Attrs { has_options, has_imports }
        }
        _ => ModuleShape::Other,
    }
}

fn module_attrs(file: &File, mut body: ExprId) -> (bool, bool) {
    loop {
        match file.expr(body) {
            Expr::Let { body: inner, .. } | Expr::With { body: inner, .. } | Expr::Assert { body: inner, .. } => {
                body = *inner
            }
            Expr::Attrs(attrs) => return (has(attrs, "options"), has(attrs, "imports")),
            _ => return (false, false),
        }
    }
}

fn has(attrs: &AttrsExpr, name: &str) -> bool {
    attrs.attrs.iter().any(|attr| attr.name == name)
}
