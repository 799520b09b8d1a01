//! A standalone home has the modules of a user on a host of this flake.
//!
//! Home Manager is run by the host for that user already: whoever runs `home-manager switch` as well has two generations
//! of the same home that take turns. A home that is meant for machines without NixOS, or for
//! quick tries, is right, which is why this is a hint.
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   inputs.home-manager.url = "github:nix-community/home-manager";
//!   outputs = { nixpkgs, home-manager, ... }: {
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem {
//!       modules = [ home-manager.nixosModules.home-manager { home-manager.users.ada = ./ada.nix; } ];
//!     };
//!     homeConfigurations.ada = home-manager.lib.homeManagerConfiguration {
//! #                      ^^^
//!       pkgs = nixpkgs.legacyPackages.x86_64-linux;
//!       modules = [ ./ada.nix ];
//!     };
//!   };
//! }
//! #- /ada.nix
//! { home.stateVersion = "25.05"; }
//! ```
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   inputs.home-manager.url = "github:nix-community/home-manager";
//!   outputs = { nixpkgs, home-manager, ... }: {
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem {
//!       modules = [ home-manager.nixosModules.home-manager { home-manager.users.ada = ./ada.nix; } ];
//!     };
//!     homeConfigurations.ada = home-manager.lib.homeManagerConfiguration {
//!       pkgs = nixpkgs.legacyPackages.x86_64-linux;
//!       modules = [ ./ada.nix ./without-nixos.nix ];
//!     };
//!   };
//! }
//! #- /ada.nix
//! { home.stateVersion = "25.05"; }
//! #- /without-nixos.nix
//! { targets.genericLinux.enable = true; }
//! ```

use super::{Chapter, Context, Diagnostic, Rule, Severity, listed};
use crate::repository::same_user;

pub(super) const RULE: Rule = Rule {
    id: "redundant-home",
    chapter: Chapter::Hosts,
    severity: Severity::Hint,
    source: include_str!("redundant_home.rs"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for home in &context.flake.hosts {
        let users = same_user(context.flake, home);
        let (Some(at), false) = (context.place(home.definition), users.is_empty()) else { continue };
        let outputs: Vec<String> = users.iter().map(|user| user.output.clone()).collect();
        let message = format!(
            "{} has the modules of {}, whose home the host builds already: keep it only for machines without NixOS",
            home.output,
            listed(&outputs)
        );
        let mut diagnostic = RULE.finding(at, message);
        diagnostic.hosts = vec![home.output.clone()];
        for user in users {
            let related = context.related(user.definition, format!("{} is defined here", user.output));
            diagnostic.related.extend(related.filter(|it| !diagnostic.related.contains(it)));
        }
        found.push(diagnostic);
    }
    found
}
