//! The tree of definitions: who sets what, under which condition and with which priority.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::facts::Condition;
use super::modules::marker;
use crate::eval::{Attrs, Cause, Entry, Evaluator, Limit, Origin, Stop, Thunk, Unknown, Value};
use crate::hir::Name;

/// The priority of a plain definition (`lib.modules.defaultOverridePriority`).
pub const PLAIN_PRIORITY: i64 = 100;
/// The order of a plain definition (`lib.modules.defaultOrderPriority`).
pub const PLAIN_ORDER: i64 = 1000;

/// What one module says about one path.
#[derive(Clone)]
pub struct Contribution {
    pub module: usize,
    /// The file of that module.
    pub file: Option<Name>,
    pub value: Thunk,
    /// The conditions of all `mkIf` around it.
    pub conditions: Rc<Vec<Thunk>>,
    pub priority: Option<i64>,
    pub order: Option<i64>,
    pub origin: Option<Origin>,
    pub maybe: bool,
    /// Which properties were taken off already.
    pub taken: Taken,
}

/// Which properties were taken off a definition. Nix takes them off in one order only: conditions and merges, then one
/// priority, then one order (`dischargeProperties`, `filterOverrides`, `sortProperties`). What stands inside of a
/// priority is part of the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Taken {
    /// At most conditions and merges.
    Conditions,
    /// `mkDefinition`, whose value is not looked into for conditions.
    Definition,
    Priority,
    Order,
    /// More than Nix takes off: the sets around the value were in the wrong order.
    TooMuch,
}

/// Everything said about one path.
pub struct DefinitionNode {
    contributions: Vec<Contribution>,
    expanded: OnceCell<Rc<Vec<Contribution>>>,
    discharged: OnceCell<Rc<Vec<Contribution>>>,
    children: RefCell<BTreeMap<Name, Rc<DefinitionNode>>>,
    /// Modules whose contribution was needed to find out what it is.
    stuck: RefCell<BTreeSet<usize>>,
}

impl Contribution {
    /// A definition without condition and priority.
    pub fn plain(module: usize, value: Thunk, origin: Option<Origin>, maybe: bool) -> Contribution {
        Contribution {
            module,
            file: None,
            value,
            conditions: Rc::default(),
            priority: None,
            order: None,
            origin,
            maybe,
            taken: Taken::Conditions,
        }
    }

    /// The value with the properties that were taken off around it again.
    pub fn with_properties(&self) -> Thunk {
        let property = |kind: &'static str, what: &'static str, by: Thunk, content: Thunk| {
            Thunk::value(Value::attrs(Attrs::new(vec![
                (Name::new_static("_type"), Entry::new(Thunk::value(Value::string(kind)), None)),
                (Name::new_static(what), Entry::new(by, None)),
                (Name::new_static("content"), Entry::new(content, None)),
            ])))
        };
        let mut value = self.value.clone();
        if let Some(order) = self.order {
            value = property("order", "priority", Thunk::value(Value::Int(order)), value);
        }
        if let Some(priority) = self.priority {
            value = property("override", "priority", Thunk::value(Value::Int(priority)), value);
        }
        for condition in self.conditions.iter().rev() {
            value = property("if", "condition", condition.clone(), value);
        }
        value
    }

    /// The value as a module of the file that defines it, as the merges of
    /// submodules and deferred modules pass it on (`_file`, `setDefaultModuleLocation`).
    pub fn as_module(&self) -> Thunk {
        let Some(file) = self.file.clone() else { return self.value.clone() };
        in_file(file, self.value.clone())
    }

    /// Whether all conditions hold.
    pub fn condition(&self, ev: &Evaluator) -> Condition {
        let mut verdict = if self.maybe { Condition::Undecided } else { Condition::Holds };
        for condition in self.conditions.iter() {
            match ev.force(condition) {
                Ok(Value::Bool(true)) => {}
                Ok(Value::Bool(false)) => return Condition::Fails,
                _ => verdict = Condition::Undecided,
            }
        }
        verdict
    }
}

/// A module that names `file` as its place (`lib.modules.setDefaultModuleLocation`).
pub(super) fn in_file(file: Name, value: Thunk) -> Thunk {
    Thunk::native(move |ev| match ev.force(&value)? {
        Value::Unknown(unknown) => Ok(Value::Unknown(unknown)),
        _ => Ok(Value::attrs(Attrs::of([("_file", Value::string(file)), ("imports", Value::list(vec![value]))]))),
    })
}

impl DefinitionNode {
    /// A node with these contributions.
    pub fn new(contributions: Vec<Contribution>) -> Rc<DefinitionNode> {
        Rc::new(DefinitionNode {
            contributions,
            expanded: OnceCell::new(),
            discharged: OnceCell::new(),
            children: RefCell::default(),
            stuck: RefCell::default(),
        })
    }

    /// Modules whose contribution could not be found out without itself, as far as anybody looked.
    pub fn stuck(&self) -> Vec<usize> {
        self.stuck.borrow().iter().copied().collect()
    }

    /// The contributions with all their properties on.
    pub fn contributions(&self) -> &[Contribution] {
        &self.contributions
    }

    /// The contributions with `mkIf`, `mkMerge`, `mkOverride` and `mkOrder`
    /// taken off, as `lib.modules.pushDownProperties` and `dischargeProperties` do.
    pub fn expanded(&self, ev: &Evaluator) -> Rc<Vec<Contribution>> {
        if let Some(expanded) = self.expanded.get() {
            return expanded.clone();
        }
        let mut out = Vec::new();
        for contribution in &self.contributions {
            expand(ev, contribution.clone(), &mut out, 0, Depth::All);
        }
        // A string needs nothing, and is not asked for what it says.
        let needs_itself = |contribution: &&Contribution| {
            contribution.value.string_literal().is_none()
                && matches!(ev.force(&contribution.value), Err(Stop::Error(error)) if error.kind.is_recursion())
        };
        self.stuck.borrow_mut().extend(out.iter().filter(needs_itself).map(|contribution| contribution.module));
        let out = Rc::new(out);
        // Computing it may have come back here; then both results are the same.
        self.expanded.get_or_init(|| out.clone()).clone()
    }

    /// The contributions as `lib.modules.mergeDefinitions` takes the properties off the definitions of an option:
    /// what stands in the wrong order stays part of the value.
    pub fn discharged(&self, ev: &Evaluator) -> Rc<Vec<Contribution>> {
        if let Some(discharged) = self.discharged.get() {
            return discharged.clone();
        }
        let mut out = Vec::new();
        for contribution in &self.contributions {
            expand(ev, contribution.clone(), &mut out, 0, Depth::Value);
        }
        let out = Rc::new(out);
        self.discharged.get_or_init(|| out.clone()).clone()
    }

    /// What is said about the path one name further.
    pub fn child(&self, ev: &Evaluator, name: &str) -> Rc<DefinitionNode> {
        if let Some(child) = self.children.borrow().get(name) {
            return child.clone();
        }
        let mut contributions = Vec::new();
        for contribution in self.expanded(ev).iter() {
            let Some(attrs) = set(ev, &contribution.value) else { continue };
            if let Some(entry) = attrs.get(name) {
                contributions.push(Contribution {
                    value: entry.value.clone(),
                    origin: entry.origin.or(contribution.origin),
                    maybe: contribution.maybe || entry.maybe,
                    ..contribution.clone()
                });
            }
        }
        let child = DefinitionNode::new(contributions);
        self.children.borrow_mut().entry(Name::new(name)).or_insert(child).clone()
    }

    /// The names that are defined one level further, sorted.
    pub fn names(&self, ev: &Evaluator) -> Vec<Name> {
        let mut names = Vec::new();
        for contribution in self.expanded(ev).iter() {
            if let Some(attrs) = set(ev, &contribution.value) {
                names.extend(attrs.iter().map(|(name, _)| name.clone()));
            }
        }
        names.sort();
        names.dedup();
        names
    }

    /// Whether nobody says anything.
    pub fn is_empty(&self, ev: &Evaluator) -> bool {
        self.expanded(ev).is_empty()
    }

    /// Whether a set among the contributions has attributes that are not known.
    pub fn is_open(&self, ev: &Evaluator) -> bool {
        let expanded = self.expanded(ev);
        let mut others = expanded.iter().filter(|contribution| contribution.value.string_literal().is_none());
        others.any(|contribution| match ev.force(&contribution.value) {
            Ok(Value::Attrs(attrs)) => attrs.rest.is_some(),
            Ok(Value::Unknown(_)) | Err(_) => true,
            _ => false,
        })
    }
}

/// The set that a definition is. A string is told from its expression, without asking what it says: as long as nobody
/// reads it, it can change without anything having to be evaluated again.
pub(super) fn set(ev: &Evaluator, value: &Thunk) -> Option<Rc<Attrs>> {
    if value.string_literal().is_some() {
        return None;
    }
    match ev.force(value) {
        Ok(Value::Attrs(attrs)) => Some(attrs),
        _ => None,
    }
}

/// How far properties are taken off.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// Down to what they are about.
    All,
    /// As far as Nix does it for the value of an option.
    Value,
}

fn expand(ev: &Evaluator, contribution: Contribution, out: &mut Vec<Contribution>, nesting: u32, depth: Depth) {
    let bound = if nesting > 64 { Some(Unknown::new(Cause::Limit(Limit::Depth))) } else { None };
    let bound = bound.or_else(|| ev.step(1).err().map(Stop::into_unknown));
    // The sets that Nix has here cannot be told from what was taken off.
    let bound = bound.or_else(|| {
        let lost = depth == Depth::Value && contribution.taken == Taken::TooMuch;
        lost.then(|| Unknown::new(Cause::Condition))
    });
    if let Some(unknown) = bound {
        out.push(Contribution { value: Thunk::value(Value::Unknown(unknown)), ..contribution });
        return;
    }
    let Some(attrs) = set(ev, &contribution.value) else {
        out.push(contribution);
        return;
    };
    let value = Value::Attrs(attrs.clone());
    let field = |name: &str| attrs.get(name).map(|entry| entry.value.clone());
    let kind = marker(ev, &value);
    let (last, taken) = match kind.as_deref() {
        Some("if" | "merge") => (Taken::Conditions, Taken::Conditions),
        Some("definition") => (Taken::Conditions, Taken::Definition),
        Some("override") => (Taken::Definition, Taken::Priority),
        Some("order") => (Taken::Priority, Taken::Order),
        _ => {
            out.push(contribution);
            return;
        }
    };
    let taken = if contribution.taken <= last { taken } else { Taken::TooMuch };
    if depth == Depth::Value && taken == Taken::TooMuch {
        out.push(contribution);
        return;
    }
    let contribution = Contribution { taken, ..contribution };
    match kind.as_deref() {
        Some("if") => {
            let (Some(condition), Some(content)) = (field("condition"), field("content")) else { return };
            let mut conditions = contribution.conditions.clone();
            Rc::make_mut(&mut conditions).push(condition);
            expand(ev, Contribution { value: content, conditions, ..contribution }, out, nesting + 1, depth);
        }
        Some("merge") => {
            let Some(contents) = field("contents") else { return };
            match ev.list(&contents) {
                Ok(list) => {
                    for (item, certain) in list.items.iter().zip(list.certainty()) {
                        let maybe = contribution.maybe || !certain;
                        let inner = Contribution { value: item.clone(), maybe, ..contribution.clone() };
                        expand(ev, inner, out, nesting + 1, depth);
                    }
                }
                Err(stop) => {
                    let value = Thunk::value(Value::Unknown(stop.into_unknown()));
                    out.push(Contribution { value, ..contribution });
                }
            }
        }
        Some("override") => {
            let Some(content) = field("content") else { return };
            let priority = field("priority").and_then(|priority| ev.int(&priority).ok());
            // The outermost priority counts: filterOverrides looks only there.
            let priority = contribution.priority.or(priority);
            expand(ev, Contribution { value: content, priority, ..contribution }, out, nesting + 1, depth);
        }
        Some("order") => {
            let Some(content) = field("content") else { return };
            let order = field("priority").and_then(|priority| ev.int(&priority).ok()).or(contribution.order);
            expand(ev, Contribution { value: content, order, ..contribution }, out, nesting + 1, depth);
        }
        Some("definition") => {
            let Some(value) = field("value") else { return };
            let file = match field("file").map(|file| ev.force(&file)) {
                Some(Ok(Value::String(file))) => Some(file.text.clone()),
                Some(Ok(Value::Path(file))) => Some(file),
                _ => contribution.file.clone(),
            };
            expand(ev, Contribution { value, file, ..contribution }, out, nesting + 1, depth);
        }
        _ => {}
    }
}
