//! Whether everything that modules set is an option (`checkUnmatched` of `lib.evalModules`).

use std::rc::Rc;

use super::configuration::Configuration;
use super::definitions::{Contribution, DefinitionNode};
use super::facts::path_text;
use super::options::{OptionKind, OptionNode, OptionSet};
use crate::base::nearest;
use crate::eval::{Attrs, Entry, ErrorKind, EvalError, Evaluator, Result, Thunk, Value};
use crate::hir::Name;

/// How deep definitions are compared with options; both may contain themselves.
const MAX_PATH: usize = 64;

/// A definition that belongs to no option.
pub(super) struct Unmatched {
    pub path: Vec<Name>,
    pub contribution: Contribution,
}

impl Unmatched {
    /// The definition as one of the root, with the sets that lead to it around it.
    pub(super) fn at_root(self) -> Contribution {
        let mut value = self.contribution.with_properties();
        let mut origin = self.contribution.origin;
        for name in self.path.into_iter().rev() {
            value = Thunk::value(Value::attrs(Attrs::new(vec![(name, Entry::new(value, origin.take()))])));
        }
        Contribution {
            file: self.contribution.file,
            ..Contribution::plain(self.contribution.module, value, None, self.contribution.maybe)
        }
    }
}

/// Collects what is set below `path` and belongs to no option. An error where something is no set but would have to be one.
pub(super) fn unmatched(
    ev: &Evaluator,
    options: &Rc<OptionNode>,
    definitions: &Rc<DefinitionNode>,
    path: &mut Vec<Name>,
    out: &mut Vec<Unmatched>,
) -> Result<()> {
    let OptionKind::Set(set) = options.kind(ev)? else { return Ok(()) };
    expected_option(path, set)?;
    if set.open.is_some() || path.len() > MAX_PATH {
        return Ok(());
    }
    for contribution in definitions.expanded(ev).iter().filter(|contribution| !contribution.maybe) {
        if let Ok(value) = ev.force(&contribution.value)
            && !matches!(value, Value::Attrs(_) | Value::Unknown(_))
        {
            let message = format!("{} is a set of options, but a {} is set", path.join("."), kind_of(&value));
            return Err(EvalError::stop(ErrorKind::Other, message));
        }
    }
    for (name, child) in &set.children {
        // What is declared wrongly is found even where nobody sets anything.
        if let Ok(OptionKind::Set(inner)) = child.kind(ev)
            && inner.refused.is_some()
        {
            path.push(name.clone());
            unmatched(ev, child, &DefinitionNode::new(Vec::new()), path, out)?;
            path.pop();
        }
    }
    for name in definitions.names(ev) {
        ev.step(1)?;
        if path.is_empty() && name == "_module" {
            continue;
        }
        let node = definitions.child(ev, &name);
        path.push(name.clone());
        match set.children.get(&name) {
            Some(options) => unmatched(ev, options, &node, path, out)?,
            None => {
                let contributions = node.contributions().iter().cloned();
                out.extend(contributions.map(|contribution| Unmatched { path: path.clone(), contribution }));
            }
        }
        path.pop();
    }
    Ok(())
}

/// An error where something is declared that is neither an option nor a set of options.
pub(super) fn expected_option(path: &[Name], set: &OptionSet) -> Result<()> {
    let Some(kind) = &set.refused else { return Ok(()) };
    let message = format!("an option is expected at {}, but a set of type {kind} is declared", path.join("."));
    Err(EvalError::stop(ErrorKind::Other, message))
}

fn kind_of(value: &Value) -> &'static str {
    value.type_name().unwrap_or("value")
}

/// What is declared beside a path that is no option.
struct Beside {
    names: Vec<Name>,
    /// Whether options of the repository or of an input's source stand there.
    owned: bool,
}

/// What is declared in the set where the last name of `path`, or one before it, finds nothing.
fn declared_beside(ev: &Evaluator, options: &Rc<OptionNode>, path: &[Name]) -> Beside {
    let mut node = options.clone();
    for (depth, name) in path.iter().enumerate() {
        let Ok(OptionKind::Set(set)) = node.kind(ev) else { break };
        match set.children.get(name) {
            Some(child) => {
                let child = child.clone();
                node = child;
            }
            None => {
                let names = set.children.keys().cloned().collect();
                let owned = depth > 0 && set.children.values().any(|child| child.is_placed(ev));
                return Beside { names, owned };
            }
        }
    }
    Beside { names: Vec::new(), owned: false }
}

/// An error if Nix would refuse this configuration as a whole. Where modules are not known, nothing can be said: neither
/// of their own configuration nor of those inside of it, whose modules they may add to.
pub(super) fn matched(ev: &Evaluator, configuration: &Configuration) -> Result<()> {
    if configuration.is_open(ev) || ev.in_doubt() {
        return Ok(());
    }
    if let Some(problem) = configuration.graph(ev)?.problems.first() {
        return Err(match &problem.error {
            Some(error) => EvalError { origin: problem.origin, ..(**error).clone() }.into_stop(),
            None => EvalError { origin: problem.origin, ..EvalError::new(ErrorKind::Other, problem.message.clone()) }
                .into_stop(),
        });
    }
    let (options, definitions) = (configuration.options(ev)?, configuration.definitions(ev)?);
    let check = definitions.child(ev, "_module").child(ev, "check");
    if !check.is_empty(ev) || configuration.freeform(ev)?.is_some() {
        return Ok(());
    }
    let mut found = Vec::new();
    unmatched(ev, &options, &definitions, &mut Vec::new(), &mut found)?;
    match found.iter().find(|unmatched| !unmatched.contribution.maybe) {
        Some(unmatched) => {
            let path = configuration.full_path(&unmatched.path);
            let message = format!("the option {} does not exist", path_text(&path));
            let declared = declared_beside(ev, &options, &unmatched.path);
            let name = unmatched.path.last().cloned().unwrap_or_default();
            Err(EvalError {
                origin: ev.own_origin(unmatched.contribution.origin),
                nearest: nearest(&name, declared.names.iter().map(Name::as_str)).map(Name::new),
                in_doubt: !declared.owned && configuration.has_native_modules(ev),
                ..EvalError::new(ErrorKind::Other, message)
            }
            .into_stop())
        }
        None => Ok(()),
    }
}
