//! From a call to the function that is called.

use super::{Bound, Meaning, Semantics};
use crate::base::{FileId, TextSize};
use crate::eval::{Origin, Site};
use crate::hir::{Expr, ExprId, Key, KeyId, LambdaExpr, Name, VarTarget};

/// Names, files and calls are followed this far.
const MAX_STEPS: u32 = 24;

/// A function in the current text of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FunctionRef {
    pub file: FileId,
    pub function: ExprId,
}

/// What a call calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Callee {
    /// A function of the repository. Where some of its arguments were given already, it is
    /// the function that is left.
    Function(FunctionRef),
    /// A function of Nix or of nixpkgs' `lib`: its full name, signature and meaning.
    Documented { prefix: &'static str, signature: &'static str, doc: &'static str },
}

impl Semantics {
    /// The function that an expression of a file comes to, as far as names lead there.
    pub fn callee(&self, file: FileId, expr: ExprId) -> Option<Callee> {
        self.callee_of(file, expr, MAX_STEPS)
    }

    /// The function that the name at a place stands for, as far as it is one of the repository.
    pub fn function_at(&self, file: FileId, at: TextSize) -> Option<FunctionRef> {
        match self.called_at(file, at, MAX_STEPS)? {
            Callee::Function(function) => Some(function),
            Callee::Documented { .. } => None,
        }
    }

    /// The name that a function is bound to in its file.
    pub fn name_of_function(&self, function: FunctionRef) -> Option<KeyId> {
        let info = self.info(function.file)?;
        let mut keys = (0..info.hir.key_count()).map(|key| KeyId(key as u32));
        keys.find(|key| info.bound(*key) == Bound::Expr(function.function))
    }

    /// The function of a [`FunctionRef`].
    pub fn lambda<R>(&self, function: FunctionRef, read: impl FnOnce(&LambdaExpr) -> R) -> Option<R> {
        match self.info(function.file)?.hir.expr(function.function) {
            Expr::Lambda(lambda) => Some(read(lambda)),
            _ => None,
        }
    }

    fn callee_of(&self, file: FileId, expr: ExprId, steps: u32) -> Option<Callee> {
        let steps = steps.checked_sub(1)?;
        let info = self.info(file)?;
        match info.hir.expr(expr) {
            Expr::Lambda(_) => Some(Callee::Function(FunctionRef { file, function: expr })),
            Expr::Let { body, .. } | Expr::With { body, .. } | Expr::Assert { body, .. } => {
                self.callee_of(file, *body, steps)
            }
            Expr::Apply { function, argument } => {
                if let Expr::Var(var) = info.hir.expr(*function)
                    && var.target == VarTarget::Global
                    && var.name == "import"
                {
                    let target = self.path_target(file, &info.path_literal(*argument)?)?;
                    return self.callee_of(target, self.info(target)?.hir.root()?, steps);
                }
                // What is left after one argument.
                let Callee::Function(function) = self.callee_of(file, *function, steps)? else { return None };
                let body = self.lambda(function, |lambda| lambda.body)?;
                self.callee_of(function.file, body, steps)
            }
            Expr::Var(var) => {
                let key = match var.target {
                    VarTarget::Slot { key, .. } => Some(key),
                    _ => None,
                };
                if let Some(Bound::Expr(bound)) = key.map(|key| info.bound(info.inherited_key(key))) {
                    return self.callee_of(file, bound, steps);
                }
                let at = self.snapshot().file(file).ok()?.lowered().source_map.expr(expr).start();
                self.called_at(file, at, steps)
            }
            Expr::Select { path, .. } => match path.last()? {
                Key::Static { key, .. } => {
                    let at = self.snapshot().file(file).ok()?.lowered().source_map.key(*key).name.start();
                    self.called_at(file, at, steps)
                }
                Key::Dynamic(_) => None,
            },
            _ => None,
        }
    }

    /// The function that the name at a place stands for.
    fn called_at(&self, file: FileId, at: TextSize, steps: u32) -> Option<Callee> {
        match self.classify(file, at)?.meaning {
            Meaning::Local { key } => self.bound_at(file, key, steps),
            Meaning::Imported { file, path } => {
                let info = self.info(file)?;
                let key = info.attr_path(info.result_set()?, &path)?;
                self.bound_at(file, key, steps)
            }
            Meaning::Given { path } => self.given_function(file, at, &path, steps),
            Meaning::Argument { name, .. } => self.given_function(file, at, &[name], steps),
            Meaning::Path { target, .. } => {
                let target = target?;
                self.callee_of(target, self.info(target)?.hir.root()?, steps)
            }
            Meaning::Builtin { name } => {
                let (signature, doc) = super::builtin_doc(&name)?;
                Some(Callee::Documented { prefix: "builtins", signature, doc })
            }
            Meaning::Lib { path } => {
                let (signature, doc) = super::lib_doc(&path)?;
                Some(Callee::Documented { prefix: "lib", signature, doc })
            }
            _ => None,
        }
    }

    /// What hosts give as an argument of modules, where all of them give the same.
    fn given_function(&self, file: FileId, at: TextSize, path: &[Name], steps: u32) -> Option<Callee> {
        let [Origin { file, site }] = self.given(file, at, path)[..] else { return None };
        if !self.is_current(file) {
            return None;
        }
        match site {
            Site::Key(key) => self.bound_at(file, key, steps),
            Site::Expr(expr) => self.callee_of(file, expr, steps),
        }
    }

    fn bound_at(&self, file: FileId, key: KeyId, steps: u32) -> Option<Callee> {
        let steps = steps.checked_sub(1)?;
        let info = self.info(file)?;
        let key = info.inherited_key(key);
        match info.bound(key) {
            Bound::Expr(expr) | Bound::Inherit(expr) => self.callee_of(file, expr, steps),
            Bound::InheritFrom(_) => {
                let at = self.snapshot().file(file).ok()?.lowered().source_map.key(key).name.start();
                let chain = info.chain_of_key(key)?;
                match self.meaning_of_chain(file, &info, chain, at)? {
                    Meaning::Imported { file, path } => {
                        let info = self.info(file)?;
                        let key = info.attr_path(info.result_set()?, &path)?;
                        self.bound_at(file, key, steps)
                    }
                    Meaning::Given { path } => self.given_function(file, at, &path, steps),
                    Meaning::Lib { path } => {
                        let (signature, doc) = super::lib_doc(&path)?;
                        Some(Callee::Documented { prefix: "lib", signature, doc })
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }
}
