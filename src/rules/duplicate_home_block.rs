//! The block that makes Home Manager part of a host, or a block of definitions, stands in several places.
//!
//! What has to be changed in several places is sooner or later changed in one of them only. Make it a
//! function or a module and use that from all places. Blocks under `home-manager` count as the same when at least three of their
//! attributes are equal; blocks of definitions in two files when they are equal as a whole and hold at least eight values.
//!
//! The first place is a warning and names all others. The others are reported too, for an editor shows one file at a time, but
//! weaker and with the first place only: it is one thing to do, not many. A block of less than ten lines is
//! information, and its copies are hints.
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
use crate::eval::Origin;
use crate::module_system::path_text;
use crate::repository::{Repeated, repeated};

pub(super) const RULE: Rule = Rule {
    id: "duplicate-home-block",
    chapter: Chapter::Hosts,
    severity: Severity::Warning,
    source: include_str!("duplicate_home_block.rs"),
    check,
};

/// A block with as many lines is worth a warning.
const MANY_LINES: u32 = 10;

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
    let (severity, copies) = match block.places.iter().any(|place| lines(context, *place) >= MANY_LINES) {
        true => (Severity::Warning, Severity::Information),
        false => (Severity::Information, Severity::Hint),
    };
    let places = block.places.iter().filter_map(|place| Some((*place, context.place(Some(*place))?)));
    let mut reports: Vec<Diagnostic> = Vec::new();
    let mut first: Option<Origin> = None;
    for (place, at) in places {
        let mut diagnostic = RULE.finding(at, message.clone());
        match first {
            None => {
                first = Some(place);
                diagnostic.severity = severity;
                let others = block.places.iter().filter(|other| **other != place);
                let related = others.filter_map(|other| context.related(Some(*other), "it stands here too"));
                diagnostic.related = related.collect();
            }
            Some(first) => {
                diagnostic.severity = copies;
                diagnostic.related.extend(context.related(Some(first), "it stands here first"));
            }
        }
        reports.push(diagnostic);
    }
    reports
}

/// How many lines a block takes.
fn lines(context: &Context<'_>, place: Origin) -> u32 {
    let Some(whole) = context.repository.whole_range(place) else { return 0 };
    let Ok(data) = context.repository.snapshot.file(whole.file) else { return 0 };
    let index = data.line_index();
    index.line(whole.range.end()) - index.line(whole.range.start()) + 1
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixture::Fixture;
    use crate::rules::{Severity, testing};

    /// Severity and number of related places of what is found where three modules set the same ten values.
    fn found(between: &str) -> Vec<(Severity, usize)> {
        let values: String = (0..10).map(|at| format!("key{at} = {at};{between}")).collect();
        let module = format!("{{\n  services.thing.settings = {{\n{values}  }};\n}}\n");
        let text = format!(
            "#! minipkgs: flake\n#- /host.nix\n{{ imports = [ ./a.nix ./b.nix ./c.nix ]; }}\n\
             #- /a.nix\n{module}#- /b.nix\n{module}#- /c.nix\n{module}"
        );
        let (_, found) = testing::found(RULE.id, &Fixture::parse(&text));
        found.iter().map(|it| (it.severity, it.related.len())).collect()
    }

    #[test]
    fn the_first_place_is_worse_than_its_copies() {
        let (warning, information, hint) = (Severity::Warning, Severity::Information, Severity::Hint);
        assert_eq!(found("\n"), [(warning, 2), (information, 1), (information, 1)]);
        assert_eq!(found(" "), [(information, 2), (hint, 1), (hint, 1)]);
    }
}
