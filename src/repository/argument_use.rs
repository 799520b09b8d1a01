//! Whether an argument of a module is needed for a configuration.
//!
//! Nix passes arguments lazily: one that a module asks for and that nobody passes
//! is an error only once its value is needed. It is not in an example, and not under a condition that is false.

use std::collections::BTreeSet;

use super::{Host, Repository};
use crate::base::{FileId, FileRange, TextRange, TextSize};
use crate::eval::{Origin, Site};
use crate::hir::{AttrValue, AttrsExpr, BinaryOp, Expr, ExprId, File, Key, KeyId, SourceMap, VarTarget};
use crate::module_system::Condition;

/// How certain it is that the value of an argument is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// Nothing that is evaluated uses it.
    Never,
    /// Definitions use it whose condition was not decided.
    Perhaps,
    /// A definition in force, or `imports`, uses it.
    Certain,
}

/// Whether `host` needs the argument named at `argument` in the module with this index.
pub fn argument_need(repository: &Repository, host: &Host, module: usize, argument: Origin) -> Need {
    let Site::Key(key) = argument.site else { return Need::Never };
    need(repository, host, module, argument.file, |search| search.need(key, &mut BTreeSet::new()))
}

/// Whether `host` needs the value of the expression at `at` in the module with this index.
pub fn need_of_place(repository: &Repository, host: &Host, module: usize, at: FileRange) -> Need {
    need(repository, host, module, at.file, |search| {
        let used = search.use_at(at.range, &mut BTreeSet::new());
        if search.is_guarded(at.range) { used.min(Need::Perhaps) } else { used }
    })
}

fn need(
    repository: &Repository,
    host: &Host,
    module: usize,
    file: FileId,
    ask: impl FnOnce(&Search<'_>) -> Need,
) -> Need {
    let Ok(data) = repository.snapshot.file(file) else { return Need::Never };
    let lowered = data.lowered();
    let definitions = host.facts.definitions.iter().filter(|definition| definition.module == module);
    let definitions = definitions.filter_map(|definition| {
        let origin = definition.origin.filter(|origin| origin.file == file)?;
        // What is passed on as an argument is needed only if somebody asks for it there.
        let passed_on = definition.path.iter().any(|name| matches!(name.as_str(), "extraSpecialArgs" | "specialArgs"))
            || definition.path.iter().any(|name| name == "_module");
        let condition = match definition.condition {
            Condition::Holds if passed_on => Condition::Undecided,
            condition => condition,
        };
        Some((repository.whole_range(origin)?.range, condition))
    });
    let search = Search { hir: &lowered.file, map: &lowered.source_map, definitions: definitions.collect() };
    ask(&search)
}

struct Search<'a> {
    hir: &'a File,
    map: &'a SourceMap,
    /// The bindings that set something for this host.
    definitions: Vec<(TextRange, Condition)>,
}

impl Search<'_> {
    fn need(&self, name: KeyId, seen: &mut BTreeSet<KeyId>) -> Need {
        if !seen.insert(name) {
            return Need::Never;
        }
        let mut need = Need::Never;
        for (id, expr) in self.hir.exprs() {
            let Expr::Var(var) = expr else { continue };
            if !matches!(&var.target, VarTarget::Slot { key, .. } if *key == name) {
                continue;
            }
            let at = self.map.expr(id);
            let used = self.use_at(at, seen);
            need = need.max(if self.is_guarded(at) { used.min(Need::Perhaps) } else { used });
        }
        need
    }

    /// Whether a place is evaluated only under a condition of the language itself.
    fn is_guarded(&self, at: TextRange) -> bool {
        let inside = |id: ExprId| self.map.expr(id).contains_range(at);
        self.hir.exprs().any(|(_, expr)| match expr {
            Expr::If { then_branch, else_branch, .. } => inside(*then_branch) || inside(*else_branch),
            Expr::Binary { op: BinaryOp::And | BinaryOp::Or | BinaryOp::Implication, rhs, .. } => inside(*rhs),
            Expr::Select { default: Some(default), .. } => inside(*default),
            Expr::Apply { function, argument } => inside(*argument) && self.is_conditional(*function),
            _ => false,
        })
    }

    /// Whether a function looks at its last argument only where a condition holds: `lib.optional c`.
    fn is_conditional(&self, function: ExprId) -> bool {
        let Expr::Apply { function, .. } = self.hir.expr(function) else { return false };
        let name = match self.hir.expr(*function) {
            Expr::Var(var) => Some(&var.name),
            Expr::Select { path, .. } => path.last().and_then(Key::name),
            _ => None,
        };
        name.is_some_and(|name| name.starts_with("optional"))
    }

    /// Whether a place lies below a `mkIf` inside of a value that is defined as a whole: what there is below options that
    /// are not declared here, nobody has looked into. `definition` is the length of that definition.
    fn is_property_within(&self, at: TextRange, definition: TextSize) -> bool {
        let around = |id: ExprId| Some(self.map.expr(id)).filter(|range| range.contains_range(at));
        let sets = self.hir.exprs().filter(|(_, expr)| matches!(expr, Expr::Attrs(_)));
        let Some(outer) = sets
            .filter_map(|(id, _)| around(id))
            .filter(|range| range.len() < definition)
            .max_by_key(|range| range.len())
        else {
            return false;
        };
        self.hir.exprs().any(|(id, expr)| match expr {
            Expr::Apply { function, argument } => {
                around(*argument).is_some()
                    && around(id).is_some_and(|range| range.len() < outer.len())
                    && self.is_mk_if(*function)
            }
            _ => false,
        })
    }

    /// Whether an expression is `mkIf condition`.
    fn is_mk_if(&self, function: ExprId) -> bool {
        let Expr::Apply { function, .. } = self.hir.expr(function) else { return false };
        match self.hir.expr(*function) {
            Expr::Var(var) => var.name == "mkIf",
            Expr::Select { path, .. } => path.last().and_then(Key::name).is_some_and(|name| name == "mkIf"),
            _ => false,
        }
    }

    fn use_at(&self, at: TextRange, seen: &mut BTreeSet<KeyId>) -> Need {
        let around = self.definitions.iter().filter(|(range, _)| range.contains_range(at));
        let innermost = around.clone().map(|(range, _)| range.len()).min();
        // One binding may define several things (`inherit`), or one for several conditions.
        let conditions =
            around.filter(|(range, _)| Some(range.len()) == innermost).map(|(_, condition)| match condition {
                Condition::Holds => Need::Certain,
                Condition::Undecided => Need::Perhaps,
                Condition::Fails => Need::Never,
            });
        if let Some(need) = conditions.max() {
            return if innermost.is_some_and(|len| self.is_property_within(at, len)) {
                need.min(Need::Perhaps)
            } else {
                need
            };
        }
        match self.binding_around(at) {
            Some((key, true)) => self.need(key, seen),
            Some((_, false)) => Need::Certain,
            None => Need::Never,
        }
    }

    /// The innermost `let` binding around a place, or the `imports` that it is in (`false`).
    fn binding_around(&self, at: TextRange) -> Option<(KeyId, bool)> {
        let mut best: Option<(TextRange, KeyId, bool)> = None;
        let mut visit = |set: &AttrsExpr, is_let: bool| {
            for attr in &set.attrs {
                let Some(key) = attr.keys.first().filter(|_| is_let || attr.name == "imports") else { continue };
                let range = match attr.value {
                    AttrValue::Expr(value) | AttrValue::Inherit(value) => self.map.expr(value),
                    AttrValue::InheritFrom(source) => match set.inherit_sources.get(source as usize) {
                        Some(source) => self.map.expr(*source),
                        None => continue,
                    },
                };
                if range.contains_range(at) && best.is_none_or(|(other, _, _)| range.len() <= other.len()) {
                    best = Some((range, *key, is_let));
                }
            }
        };
        for (_, expr) in self.hir.exprs() {
            match expr {
                Expr::Let { bindings, .. } => visit(bindings, true),
                Expr::Attrs(set) => visit(set, set.recursive),
                _ => {}
            }
        }
        best.map(|(_, key, is_let)| (key, is_let))
    }
}
