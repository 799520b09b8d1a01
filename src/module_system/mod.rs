//! Option declarations and types, definitions with priority and condition, imports, merging.

mod facts;

pub use facts::{
    Condition, Declaration, Declared, Definition, Facts, Module, ModuleSource, OpenNamespace, OptionFacts, OptionPath,
    Problem, ProblemKind, TypeFacts, TypeKind, path_text,
};
