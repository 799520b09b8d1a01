//! The model of the repository: flakes, hosts of every kind, their modules and
//! options, helpers and their callers, outputs.

mod affected;
mod analysis;
mod argument_use;
mod builders;
mod bypass;
mod children;
mod compare;
mod given;
mod helpers;
mod hosts;
mod inputs;
mod listing;
mod missing_reads;
mod model;
mod option_tree;
mod path_use;
mod references;
mod repeated;
mod session;
mod sources;
mod spelling;
mod undeclared;
mod upstream;
#[cfg(test)]
mod tests;

pub use affected::{Affected, Affection, Reason, affected};
pub use analysis::{Analyzer, Counts};
pub use argument_use::{Need, argument_need};
pub use bypass::{Bypass, Rewrite, is_plain};
pub use children::for_each_child;
pub use compare::{Compared, compare};
pub use given::Given;
pub use missing_reads::{MissingRead, missing_reads, missing_reads_of_file};
pub use model::{
    Flake, FlakeProblem, Helper, Host, HostKind, Input, Output, OutputKind, Override, Repository, SimulatedOsConfig,
    Spelled, is_below,
};
pub use option_tree::{OptionTree, Reached, is_placeholder};
pub use path_use::{PathUse, path_use};
pub use references::{References, Referred};
pub use repeated::{Repeated, repeated};
pub use spelling::attribute;
pub use undeclared::{DeclaringModule, Undeclared, undeclared};
pub use upstream::is_well_known;
