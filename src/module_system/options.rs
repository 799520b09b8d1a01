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
    /// Whether two declarations both have what only one may have.
    overlap: bool,
}

/// What two declarations of an option must not both have (`mergeOptionDecls` in nixpkgs' lib/modules.nix).
const ONCE: &[&str] = &["default", "example", "description", "apply"];

/// A level of the tree.
#[derive(Default)]
pub struct OptionSet {
    pub children: BTreeMap<Name, Rc<OptionNode>>,
    /// Why there may be more options than these.
    pub open: Option<Rc<Unknown>>,
    /// What stands here and is neither an option nor a set of options, by its `_type`.
    pub(super) refused: Option<Name>,
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

    /// Whether a part of what is declared here, or the first of what is declared below, stands in a file at hand.
    pub(super) fn is_placed(&self, ev: &Evaluator) -> bool {
        if self.parts.iter().any(|part| part.origin.is_some()) {
            return true;
        }
        match self.kind(ev) {
            Ok(OptionKind::Set(set)) => set.children.values().any(|child| child.is_placed(ev)),
            Ok(OptionKind::Option(_)) | Err(_) => false,
        }
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
                    Some(kind) => set.refused = Some(Name::new(kind)),
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
            let (mut more_types, mut overlap) = (Vec::new(), false);
            for (_, other) in rest {
                let first_type = attrs.get("type").cloned();
                if let (Some(ty), Some(_)) = (other.get("type"), &first_type) {
                    more_types.push(ty.value.clone());
                }
                let certain = |attrs: &Attrs, name: &str| attrs.get(name).is_some_and(|entry| !entry.maybe);
                overlap |= ONCE.iter().any(|name| certain(&attrs, name) && certain(other, name));
                // Of several declarations each contributes what those after it lack.
                attrs = attrs.update(other);
                if let Some(first) = first_type {
                    attrs = attrs.update(&Attrs::new(vec![(Name::new_static("type"), first)]));
                }
            }
            // Options declared below an option of submodules are options of the submodule
            // (`optionTreeToOption` in nixpkgs' lib/modules.nix).
            // Only submodules may have options below them.
            overlap |= !sets.is_empty() && attrs.get("type").is_none() && attrs.rest.is_none();
            more_types.extend(sets.iter().filter_map(|set| types::submodule_of_options(ev, set)).map(Thunk::value));
            let declarations = options.iter().map(|(part, _)| (part.module, part.origin)).collect();
            return Ok(OptionKind::Option(DeclaredOption { attrs: Rc::new(attrs), declarations, more_types, overlap }));
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

    /// The type that all declarations make together. `Err` where they contradict each other.
    pub(super) fn merged_type(&self, ev: &Evaluator) -> std::result::Result<Option<Value>, ()> {
        let mut ty = match self.attrs.get("type").map(|entry| ev.force(&entry.value)) {
            _ if self.overlap => return Err(()),
            Some(Ok(ty)) => ty,
            Some(Err(Stop::Error(_))) => return Err(()),
            Some(Err(Stop::Unknown(unknown))) => Value::Unknown(unknown),
            None => return Ok(None),
        };
        for other in &self.more_types {
            if let Ok(other) = ev.force(other) {
                ty = types::merged(ev, &ty, &other)?;
            }
        }
        Ok(Some(ty))
    }

    /// Whether the option may be set once only, its default included.
    pub(super) fn read_only(&self, ev: &Evaluator) -> bool {
        matches!(self.attribute(ev, "readOnly"), Some(Value::Bool(true)))
    }

    /// An attribute of `mkOption`.
    pub fn attribute(&self, ev: &Evaluator, name: &str) -> Option<Value> {
        ev.force(&self.attrs.get(name)?.value).ok()
    }
}
