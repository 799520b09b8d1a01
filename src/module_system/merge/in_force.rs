//! What `options.….` says of the definitions in force (`evalOptionValue` in nixpkgs' lib/modules.nix).

use std::rc::Rc;

use super::{Def, declared_once, ranked, set_once};
use crate::eval::{Cause, Evaluator, ListBuilder, Result, Thunk, Unknown, Value};
use crate::hir::Name;
use crate::module_system::definitions::DefinitionNode;
use crate::module_system::options::DeclaredOption;

/// What `options.….` says of the definitions in force (`evalOptionValue` in nixpkgs' lib/modules.nix).
pub(in crate::module_system) struct InForce {
    defs: Vec<Def>,
    priority: Option<i64>,
}

/// The definitions of a declared option that are in force, its default among them.
pub(in crate::module_system) fn in_force(
    ev: &Evaluator,
    path: &[Name],
    option: &DeclaredOption,
    node: &Rc<DefinitionNode>,
) -> Result<InForce> {
    declared_once(ev, path, option)?;
    set_once(ev, path, option, node)?;
    let default = option.attrs.get("default").map(|entry| entry.value.clone());
    let (defs, priority) = ranked(ev, &node.discharged(ev), default);
    Ok(InForce { defs, priority })
}

impl InForce {
    fn rest(&self) -> Option<Rc<Unknown>> {
        self.defs.iter().any(|def| def.maybe).then(|| Unknown::new(Cause::Condition))
    }

    fn list(&self, item: impl Fn(&Def) -> Thunk) -> Value {
        let mut out = ListBuilder::default();
        for def in &self.defs {
            out.push(item(def), !def.maybe);
        }
        if let Some(unknown) = self.rest() {
            out.doubt(|| unknown);
        }
        out.finish()
    }

    /// `isDefined`
    pub(in crate::module_system) fn is_defined(&self) -> Value {
        match (self.defs.iter().any(|def| !def.maybe), self.rest()) {
            (true, _) => Value::Bool(true),
            (false, Some(unknown)) => Value::Unknown(unknown),
            (false, None) => Value::Bool(false),
        }
    }

    /// `definitions`
    pub(in crate::module_system) fn definitions(&self) -> Value {
        self.list(|def| def.value.clone())
    }

    /// `files`
    pub(in crate::module_system) fn files(&self) -> Value {
        self.list(|def| Thunk::value(def.file_value()))
    }

    /// `definitionsWithLocations`
    pub(in crate::module_system) fn located(&self) -> Value {
        self.list(|def| Thunk::value(def.located()))
    }

    /// `highestPrio`
    pub(in crate::module_system) fn priority(&self) -> Value {
        match self.rest() {
            Some(unknown) => Value::Unknown(unknown),
            // What `filterOverrides'` starts from.
            None => Value::Int(self.priority.unwrap_or(9999)),
        }
    }
}
