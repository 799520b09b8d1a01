//! The model of the repository: flakes, hosts of every kind, their modules and
//! options, helpers and their callers, outputs.

mod affected;
mod analysis;
mod argument_use;
mod builders;
mod bypass;
mod caches;
mod children;
mod compare;
mod flake_file;
mod conflicts;
mod given;
mod helpers;
mod hosts;
mod input_outputs;
mod input_use;
mod inputs;
mod listing;
mod missing_reads;
mod model;
mod names;
mod module_class;
mod option_tree;
mod output_schema;
mod output_shape;
mod overlay_use;
mod own_options;
mod path_use;
mod promise;
mod references;
mod repeated;
mod same_home;
mod secrets;
mod session;
mod sources;
mod spelling;
mod undeclared;
mod unchanged;
mod unreachable;
mod upstream;
#[cfg(test)]
mod tests;

pub use affected::{Affected, Affection, Reason, affected};
pub use analysis::{Analyzer, Counts};
pub use argument_use::{Need, argument_need, need_of_place};
pub use bypass::{Bypass, Rewrite, is_plain};
pub use caches::binary_caches;
pub use children::for_each_child;
pub use compare::{Compared, compare};
pub use conflicts::{Conflict, Contradiction, conflicts};
pub use flake_file::{OutputsParameter, Refused, is_generated, outputs_parameter, refused};
pub use given::{FailingArgument, Given};
pub use input_outputs::{Given as GivenNames, input_names, nixpkgs_of, package_names};
pub use input_use::unused_inputs;
pub use missing_reads::{MissingRead, missing_reads, missing_reads_of_file};
pub use model::{
    Flake, FlakeProblem, Helper, Host, HostKind, Input, Output, OutputKey, OutputKind, OutputName, Override,
    PackageUse, PackageUseKind, Repository, SimulatedOsConfig, Spelled, is_below,
};
pub use module_class::foreign_kind;
pub use option_tree::{OptionTree, Reached, is_placeholder};
pub use output_schema::{
    RENAMED, Renamed, is_by_system, is_known_output, is_system, nearest_output, nearest_system, uses_own_output,
};
pub use output_shape::{Misshapen, ShapeFault};
pub use overlay_use::unapplied_overlays;
pub use own_options::{OwnOption, exports_modules, own_options};
pub use path_use::{PathUse, path_use};
pub use promise::{Promise, broken_promise, created};
pub use references::{References, Referred};
pub use repeated::{Repeated, repeated};
pub use same_home::same_user;
pub use secrets::{
    SecretFile, SecretKind, SecretManager, StoredSecret, Storing, WrittenSecret, is_age_encrypted, is_sops_encrypted,
    secret_files, stored_secrets, unlisted_in, written_keys, written_secrets,
};
pub use spelling::attribute;
pub use unchanged::difference;
pub use undeclared::{DeclaringModule, Namespaces, Undeclared, undeclared};
pub use unreachable::unreachable;
pub use upstream::{is_well_known, passes_argument};
