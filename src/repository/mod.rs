//! The model of the repository: flakes, hosts of every kind, their modules and
//! options, helpers and their callers, outputs.

mod analysis;
mod builders;
mod children;
mod helpers;
mod hosts;
mod inputs;
mod listing;
mod model;
mod session;

pub use analysis::{Analyzer, Counts};
pub use children::for_each_child;
pub use model::{
    Flake, FlakeProblem, Helper, Host, HostKind, Input, Output, OutputKind, Override, Repository, SimulatedOsConfig,
    Spelled, is_below,
};
