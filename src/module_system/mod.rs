//! Option declarations and types, definitions with priority and condition,
//! imports, merging: what nixpkgs' `lib/modules.nix` and `lib/types.nix` do,
//! over values that may be unknown, and with the places kept.

mod check;
mod configuration;
mod definitions;
mod extend;
mod facts;
mod faults;
mod gather;
mod merge;
mod modules;
mod options;
mod problems;
mod types;

pub use configuration::{Configuration, Spec};
pub use definitions::{Contribution, DefinitionNode, PLAIN_PRIORITY};
pub use extend::{concat_modules, eval_modules};
pub use facts::{
    Condition, Declaration, Declared, Definition, Facts, Fault, FaultKind, FaultPlace, Module, ModuleSource,
    OpenNamespace, OptionFacts, OptionPath, Problem, ProblemKind, TypeFacts, TypeKind, path_text,
};
pub use modules::{Graph, LoadedModule};
