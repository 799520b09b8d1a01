//! What is not known, and errors of the program that is evaluated.

use std::fmt;
use std::rc::Rc;

use super::value::{Attrs, Origin};
use crate::base::nearest;
use crate::hir::Name;

/// Why a value is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    pub cause: Cause,
    /// Attributes selected from the unknown thing (`nixosModules.disko`), as
    /// long as nothing but selection happened to it.
    pub path: Vec<Name>,
    /// Whether the value was computed from the unknown thing and is not a part of it.
    pub derived: bool,
}

/// The thing that is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A flake input whose source is not at hand.
    Input(Name),
    /// A file below the source of an input that is not at hand.
    InputFile { input: Name, path: Name },
    /// The package set of a nixpkgs.
    Packages,
    /// The value of an option that the repository does not decide, and the
    /// number of the configuration it belongs to.
    Config { configuration: u32, path: Name },
    /// A module argument that comes from outside the repository.
    Argument(Name),
    /// A builtin whose result only a real evaluation gives.
    Builtin(&'static str),
    /// The result of building something.
    Derivation(Name),
    /// A file whose content is not at hand.
    File(Name),
    /// A condition that was not decided; both ways remain.
    Condition,
    /// A bound of the evaluator was reached.
    Limit(Limit),
    /// The expression fails when it is evaluated.
    Error(Name),
}

/// A bound of the evaluator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Evaluation steps.
    Fuel,
    /// Nesting of calls.
    Depth,
    /// The size of a value.
    Size,
}

impl Limit {
    /// What is bounded, as one word.
    pub fn name(self) -> &'static str {
        match self {
            Limit::Fuel => "steps",
            Limit::Depth => "depth",
            Limit::Size => "size",
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Limit::Fuel => "an evaluation that takes too many steps",
            Limit::Depth => "an evaluation nested too deeply",
            Limit::Size => "a value that grows too large",
        })
    }
}

impl Unknown {
    /// An unknown of this cause.
    pub fn new(cause: Cause) -> Rc<Unknown> {
        Rc::new(Unknown { cause, path: Vec::new(), derived: false })
    }

    /// The attribute `name` of this unknown.
    pub fn select(self: &Rc<Unknown>, name: &Name) -> Rc<Unknown> {
        if self.derived || self.path.len() >= 16 {
            return self.derive();
        }
        let mut path = self.path.clone();
        path.push(name.clone());
        Rc::new(Unknown { cause: self.cause.clone(), path, derived: false })
    }

    /// Something computed from this unknown.
    pub fn derive(self: &Rc<Unknown>) -> Rc<Unknown> {
        if self.derived {
            return self.clone();
        }
        Rc::new(Unknown { cause: self.cause.clone(), path: self.path.clone(), derived: true })
    }

    /// The input this is a part of, with the attribute path inside it.
    pub fn input(&self) -> Option<(&Name, &[Name])> {
        match &self.cause {
            Cause::Input(input) if !self.derived => Some((input, &self.path)),
            _ => None,
        }
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.derived {
            f.write_str("computed from ")?;
        }
        match &self.cause {
            Cause::Input(input) => write!(f, "input {input}")?,
            Cause::InputFile { input, path } => write!(f, "{path} of input {input}")?,
            Cause::Packages => f.write_str("pkgs")?,
            Cause::Config { path, .. } if path.is_empty() => f.write_str("config")?,
            Cause::Config { path, .. } => write!(f, "config.{path}")?,
            Cause::Argument(name) => write!(f, "module argument {name}")?,
            Cause::Builtin(name) => write!(f, "builtins.{name}")?,
            Cause::Derivation(name) => write!(f, "the build result of {name}")?,
            Cause::File(path) => write!(f, "the content of {path}")?,
            Cause::Condition => f.write_str("a condition that is not decided")?,
            Cause::Limit(limit) => limit.fmt(f)?,
            Cause::Error(message) => write!(f, "an expression that fails: {message}")?,
        }
        for name in &self.path {
            write!(f, ".{name}")?;
        }
        Ok(())
    }
}

/// Why an evaluation ended without a value.
#[derive(Clone, Debug)]
pub enum Stop {
    /// Something that had to be known is not.
    Unknown(Rc<Unknown>),
    /// Nix would fail here too.
    Error(Rc<EvalError>),
}

/// An error that Nix would report too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvalError {
    pub kind: ErrorKind,
    pub message: String,
    /// The innermost expression of the repository that failed.
    pub origin: Option<Origin>,
    /// The calls of the repository around it, innermost first. Those further out are left out.
    pub trace: Vec<Origin>,
    /// Of something that is missing, what there is instead under nearly the same name.
    pub nearest: Option<Name>,
    /// Whether it may be a lack of flakewise's own that what is missing is missing.
    pub in_doubt: bool,
    /// Whether it is missing in a set that is known whatever else is not: the inputs of the flake.
    pub exact: bool,
}

/// What went wrong, as far as anybody treats it differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// `throw` and failed assertions, which `tryEval` catches.
    Thrown,
    /// `abort`
    Aborted,
    /// A value has the wrong type.
    Type,
    /// An attribute or argument is missing.
    Missing { name: Name },
    /// Nothing in scope has this name.
    Undefined { name: Name },
    /// A file or folder does not exist in the flake.
    NoSuchFile { path: Name },
    /// A value that needs itself.
    InfiniteRecursion,
    /// A file whose value is that of a file which imports it.
    ImportsItself { path: Name },
    /// Which modules there are needs an argument of modules that only all modules together tell: `config`, or what
    /// comes by way of it.
    NeedsModules { argument: Name },
    /// A file does not parse.
    Syntax { path: Name },
    /// Anything else.
    Other,
}

impl ErrorKind {
    /// Whether a value needs itself, by way of the modules of a configuration or not.
    pub fn is_recursion(&self) -> bool {
        matches!(self, ErrorKind::InfiniteRecursion | ErrorKind::NeedsModules { .. })
    }
}

impl EvalError {
    /// An error without origin; the expression around it fills that in.
    pub fn stop(kind: ErrorKind, message: impl Into<String>) -> Stop {
        EvalError::new(kind, message).into_stop()
    }

    /// The same, to be filled in.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> EvalError {
        let (origin, trace, nearest) = (None, Vec::new(), None);
        EvalError { kind, message: message.into(), origin, trace, nearest, in_doubt: false, exact: false }
    }

    /// This error, as what ends an evaluation.
    pub fn into_stop(self) -> Stop {
        Stop::Error(Rc::new(self))
    }
}

impl Stop {
    /// What the failed value is where a value must stand: the unknown itself,
    /// or an unknown that says which error.
    pub fn into_unknown(self) -> Rc<Unknown> {
        match self {
            Stop::Unknown(unknown) => unknown,
            Stop::Error(error) => Unknown::new(Cause::Error(Name::new(&error.message))),
        }
    }
}

/// The name in a set that somebody meant who wrote `name`.
pub(super) fn nearest_name(name: &str, attrs: &Attrs) -> Option<Name> {
    nearest(name, attrs.iter().map(|(name, _)| name.as_str())).map(Name::new)
}
