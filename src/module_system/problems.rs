//! What stands in the module graph for modules that fail or are not known.

use std::rc::Rc;

use super::facts::{ModuleSource, ProblemKind};
use crate::eval::{Cause, ErrorKind, EvalError, Evaluator, Unknown};
use crate::hir::Name;

/// What kind of problem an error is, where `reads_config` says whether `config` is being computed: a value that needs
/// itself may then be `config`.
pub(super) fn problem_kind(error: &EvalError, reads_config: bool) -> ProblemKind {
    match &error.kind {
        ErrorKind::NoSuchFile { path } => ProblemKind::MissingFile { path: path.clone() },
        ErrorKind::Missing { name } if error.message.starts_with("module argument") => {
            ProblemKind::MissingArgument { name: name.clone() }
        }
        ErrorKind::Syntax { path } => ProblemKind::Syntax { path: path.clone() },
        ErrorKind::NeedsModules { argument } => ProblemKind::ImportsNeed { argument: argument.clone() },
        ErrorKind::InfiniteRecursion if reads_config => {
            ProblemKind::ImportsNeed { argument: Name::new_static("config") }
        }
        _ => ProblemKind::Other,
    }
}

pub(super) fn unknown_source(unknown: &Unknown) -> ModuleSource {
    let unread = match &unknown.cause {
        Cause::File(path) => Some(path.clone()),
        _ => None,
    };
    ModuleSource::Unknown { why: unknown.to_string(), unread, fails: matches!(unknown.cause, Cause::Error(_)) }
}

/// Modules that cannot be known because what gives them fails. Errors of the module system have many lines.
pub(super) fn failed_source(error: &EvalError) -> ModuleSource {
    let line = error.message.lines().next().unwrap_or_default();
    unknown_source(&Unknown::new(Cause::Error(Name::new(line))))
}

pub(super) fn source_of_unknown(unknown: &Rc<Unknown>) -> ModuleSource {
    if let Some((input, path)) = unknown.input() {
        return input_module(input, path.join("."));
    }
    match &unknown.cause {
        Cause::InputFile { input, path } => input_module(input, path.to_string()),
        // A function of an input that makes a module: `inputs.x.lib.mkModule { … }`.
        Cause::Input(input) => input_module(input, unknown.path.join(".")),
        _ => unknown_source(unknown),
    }
}

/// A file of an input that is not in its source.
pub(super) fn missing_in_input(ev: &Evaluator, error: &EvalError) -> Option<ModuleSource> {
    let ErrorKind::NoSuchFile { path } = &error.kind else { return None };
    let (input, path) = ev.source_of(path)?;
    Some(input_module(&input, path.to_string()))
}

/// A module of an input whose source is not at hand.
pub(super) fn input_module(input: &Name, attr: String) -> ModuleSource {
    ModuleSource::Input { input: input.clone(), attr, at_hand: false }
}
