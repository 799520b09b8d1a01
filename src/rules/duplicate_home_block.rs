//! The block that makes Home Manager part of a host, or a block of definitions, stands in several places.
//!
//! What has to be changed in several places is sooner or later changed in one of them only. Make it a
//! function or a module and use that from all places. Blocks under `home-manager` count as the same when at least three of their
//! attributes are equal; blocks of definitions in two files when they are equal as a whole and hold at least eight values.
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   inputs.home-manager.url = "github:nix-community/home-manager";
//!   outputs = { nixpkgs, home-manager, ... }: {
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem {
//!       modules = [
//!         home-manager.nixosModules.home-manager
//!         {
//!           home-manager = {
//! #         ^^^^^^^^^^^^
//!             useGlobalPkgs = true;
//!             useUserPackages = true;
//!             backupFileExtension = "backup";
//!             users.ada = { };
//!           };
//!         }
//!       ];
//!     };
//!     nixosConfigurations.nas = nixpkgs.lib.nixosSystem {
//!       modules = [
//!         home-manager.nixosModules.home-manager
//!         {
//!           home-manager = {
//! #         ^^^^^^^^^^^^
//!             useGlobalPkgs = true;
//!             useUserPackages = true;
//!             backupFileExtension = "backup";
//!             users.bob = { };
//!           };
//!         }
//!       ];
//!     };
//!   };
//! }
//! ```
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   inputs.home-manager.url = "github:nix-community/home-manager";
//!   outputs = { nixpkgs, home-manager, ... }: {
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem {
//!       modules = [ ./home.nix { home-manager.users.ada = { }; } ];
//!     };
//!     nixosConfigurations.nas = nixpkgs.lib.nixosSystem {
//!       modules = [ ./home.nix { home-manager.users.bob = { }; } ];
//!     };
//!   };
//! }
//! #- /home.nix
//! {
//!   home-manager = {
//!     useGlobalPkgs = true;
//!     useUserPackages = true;
//!     backupFileExtension = "backup";
//!   };
//! }
//! ```

use super::{Chapter, Context, Diagnostic, Rule, Severity};
use crate::module_system::path_text;
use crate::repository::{Repeated, repeated};

pub(super) const RULE: Rule = Rule {
    id: "duplicate-home-block",
    chapter: Chapter::Hosts,
    severity: Severity::Warning,
    source: include_str!("duplicate_home_block.rs"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    repeated(context.repository, context.flake).iter().flat_map(|block| report(context, block)).collect()
}

fn report(context: &Context<'_>, block: &Repeated) -> Vec<Diagnostic> {
    let places: Vec<_> = block.places.iter().filter_map(|place| context.place(Some(*place))).collect();
    let times = places.len();
    if times < 2 {
        return Vec::new();
    }
    let message = if block.integration {
        let shared = match block.shared.as_slice() {
            [] => String::new(),
            names => format!(" ({} are equal everywhere)", names.join(", ")),
        };
        format!(
            "this Home Manager block stands in {times} places{shared}: make it one module or function that all of them use"
        )
    } else {
        format!(
            "the same {} stands in {times} files: make it one module that all of them import",
            path_text(&block.path)
        )
    };
    let reports = block.places.iter().filter_map(|place| {
        let mut diagnostic = RULE.finding(context.place(Some(*place))?, message.clone());
        let others = block.places.iter().filter(|other| *other != place);
        diagnostic.related = others.filter_map(|other| context.related(Some(*other), "it stands here too")).collect();
        Some(diagnostic)
    });
    reports.collect()
}
