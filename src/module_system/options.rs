//! The tree of declared options.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::modules::{Graph, marker};
use super::types;
use crate::eval::{Attrs, Evaluator, Origin, Result, Stop, Thunk, Unknown, Value};
use crate::hir::Name;

/// What the modules declare at one path.
pub struct OptionNode {
    parts: Vec<Part>,
    kind: OnceCell<OptionKind>,
}

struct Part {
    module: usize,
    value: Thunk,
    origin: Option<Origin>,
}

/// An option, or a set of more.
pub enum OptionKind {
    Option(DeclaredOption),
    Set(OptionSet),
}

/// A declared option.
pub struct DeclaredOption {
    /// The attributes of `mkOption`, of all declarations together.
    pub attrs: Rc<Attrs>,
    /// Module index and place of each declaration.
    pub declarations: Vec<(usize, Option<Origin>)>,
    /// The types of further declarations, where there are several.
    pub more_types: Vec<Thunk>,
}

/// A level of the tree.
#[derive(Default)]
pub struct OptionSet {
    pub children: BTreeMap<Name, Rc<OptionNode>>,
    /// Why there may be more options than these.
    pub open: Option<Rc<Unknown>>,
}

impl OptionNode {
    /// The root of a configuration's options.
    pub(super) fn root(graph: &Graph) -> Rc<OptionNode> {
        let parts = graph.modules.iter().enumerate().filter_map(|(module, loaded)| {
            Some(Part { module, value: loaded.options.clone()?, origin: loaded.options_origin })
        });
        Rc::new(OptionNode { parts: parts.collect(), kind: OnceCell::new() })
    }

    /// What is declared here. Parts that fail or are unknown leave the level open.
    pub fn kind(&self, ev: &Evaluator) -> Result<&OptionKind> {
        if let Some(kind) = self.kind.get() {
            return Ok(kind);
        }
        let kind = self.compute(ev)?;
        Ok(self.kind.get_or_init(|| kind))
    }

    fn compute(&self, ev: &Evaluator) -> Result<OptionKind> {
        let mut options: Vec<(&Part, Rc<Attrs>)> = Vec::new();
        let mut set = OptionSet::default();
        let mut children: BTreeMap<Name, Vec<Part>> = BTreeMap::new();
        let mut sets: Vec<Rc<Attrs>> = Vec::new();
        for part in &self.parts {
            ev.step(1)?;
            let value = match ev.force(&part.value) {
                Ok(value) => value,
                Err(stop @ Stop::Error(_)) => {
                    set.open.get_or_insert(stop.into_unknown());
                    continue;
                }
                Err(stop) => return Err(stop),
            };
            match &value {
                Value::Unknown(unknown) => {
                    set.open.get_or_insert(unknown.clone());
                }
                Value::Attrs(attrs) => match marker(ev, &value).as_deref() {
                    Some("option") => options.push((part, attrs.clone())),
                    // `options = mkIf …` is an error in Nix; a type where an option should be as well.
                    Some(_) => {}
                    None => {
                        if let Some(rest) = &attrs.rest {
                            set.open.get_or_insert(rest.unknown.clone());
                        }
                        sets.push(attrs.clone());
                        for (name, entry) in attrs.iter() {
                            children.entry(name.clone()).or_default().push(Part {
                                module: part.module,
                                value: entry.value.clone(),
                                origin: entry.origin.or(part.origin),
                            });
                        }
                    }
                },
                _ => {}
            }
        }
        if let Some((first, rest)) = options.split_first() {
            let mut attrs = (*first.1).clone();
            let mut more_types = Vec::new();
            for (_, other) in rest {
                if let Some(ty) = other.get("type").filter(|_| attrs.get("type").is_some()) {
                    more_types.push(ty.value.clone());
                }
                // Of several declarations each contributes what the others lack.
                attrs = other.update(&attrs);
            }
            // Options declared below an option of submodules are options of the submodule
            // (`optionTreeToOption` in nixpkgs' lib/modules.nix).
            more_types.extend(sets.iter().map(|set| Thunk::value(types::submodule_of_options(set))));
            let declarations = options.iter().map(|(part, _)| (part.module, part.origin)).collect();
            return Ok(OptionKind::Option(DeclaredOption { attrs: Rc::new(attrs), declarations, more_types }));
        }
        set.children = children
            .into_iter()
            .map(|(name, parts)| (name, Rc::new(OptionNode { parts, kind: OnceCell::new() })))
            .collect();
        Ok(OptionKind::Set(set))
    }
}

impl DeclaredOption {
    /// The option's type, if it has one.
    pub fn ty(&self, ev: &Evaluator) -> Option<Value> {
        ev.force(&self.attrs.get("type")?.value).ok()
    }

    /// An attribute of `mkOption`.
    pub fn attribute(&self, ev: &Evaluator, name: &str) -> Option<Value> {
        ev.force(&self.attrs.get(name)?.value).ok()
    }
}
