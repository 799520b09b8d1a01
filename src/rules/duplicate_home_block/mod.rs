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
//! The fix makes one function (or set) of the Home Manager blocks, bound around them where they stand in one file and a file of
//! its own otherwise: what is the same everywhere moves there, values that differ become its arguments, and what only
//! some of the blocks have stays with them. Of equal definitions in several files it makes a module that each of them imports.
//! Hosts, their modules and definitions stay what they are.
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

mod extract;
mod module;
mod template;

use super::{Chapter, Context, Diagnostic, Fix, Rule, Severity};
use crate::eval::Origin;
use crate::module_system::path_text;
use crate::repository::{Flake, Repeated, Repository, repeated};

pub(super) const RULE: Rule = Rule {
    id: "duplicate-home-block",
    chapter: Chapter::Hosts,
    severity: Severity::Warning,
    source: include_str!("mod.rs"),
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
    let fix = extraction(context.repository, context.flake, block);
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
        diagnostic.fixes.extend(fix.clone());
        reports.push(diagnostic);
    }
    reports
}

/// The change that leaves one place of a repeated block; `None` where the places are not alike enough for it.
pub(crate) fn extraction(repository: &Repository, flake: &Flake, block: &Repeated) -> Option<Fix> {
    match block.integration {
        true => extract::extract(repository, flake, block),
        false => module::extract(repository, flake, block),
    }
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

    /// The files after the fix.
    fn fixed(text: &str) -> String {
        let files = testing::fixed(RULE.id, text);
        files.into_iter().map(|(path, text)| format!("#- {path}\n{text}")).collect()
    }

    #[test]
    fn blocks_of_one_file_become_a_function() {
        let text = include_str!("blocks.nix");
        expect_test::expect_file!["extracted.nix"].assert_eq(&fixed(text));
    }

    #[test]
    fn blocks_of_several_files_become_a_file() {
        let block = |extra: &str| {
            format!(
                "{{ inputs, lib, ... }}:\n{{\n  home-manager = {{\n    useGlobalPkgs = true;\n    useUserPackages = true;\n    \
                 backupFileExtension = lib.mkDefault \"bak\";\n    extraSpecialArgs = {{ inherit inputs; }};{extra}\n  }};\n}}\n"
            )
        };
        let text = format!(
            "#! minipkgs: flake\n#- /host.nix\n{{ imports = [ ./a/one.nix ./a/b/two.nix ]; }}\n#- /a/one.nix\n{}#- /a/b/two.nix\n{}",
            block("\n    users.ada = ./ada.nix;"),
            block("")
        );
        expect_test::expect![[r##"
            #- /a/home-manager.nix
            { inputs, lib }:
            {
              useGlobalPkgs = true;
              useUserPackages = true;
              backupFileExtension = lib.mkDefault "bak";
              extraSpecialArgs = { inherit inputs; };
            }
            #- /a/one.nix
            { inputs, lib, ... }:
            {
              home-manager = import ./home-manager.nix {
                inherit inputs lib;
              } // {
                users.ada = ./ada.nix;
              };
            }
            #- /a/b/two.nix
            { inputs, lib, ... }:
            {
              home-manager = import ../home-manager.nix {
                inherit inputs lib;
              };
            }
        "##]]
        .assert_eq(&fixed(&text));
    }

    #[test]
    fn what_comes_out_of_one_set_stands_once() {
        let text = |value: &str| {
            let block = format!("{{ common, ... }}: {{ home-manager = {{ {value} }}; }}\n");
            format!(
                "#! minipkgs: flake\n#- /host.nix\n{{ imports = [ ./one.nix ./two.nix ]; }}\n#- /one.nix\n{block}#- /two.nix\n{block}"
            )
        };
        let count = |value: &str| testing::found(super::RULE.id, &Fixture::parse(&text(value))).1.len();
        assert_eq!(count("inherit (common) useGlobalPkgs useUserPackages backupFileExtension extraSpecialArgs;"), 0);
        let written =
            "useGlobalPkgs = true; useUserPackages = true; backupFileExtension = \"bak\"; extraSpecialArgs = { };";
        assert!(count(written) > 0);
    }

    #[test]
    fn definitions_become_a_module() {
        let values: String = (0..10).map(|at| format!("    key{at} = pkgs.x{at};\n")).collect();
        let module = format!("{{ pkgs, ... }}:\n{{\n  # why\n  services.thing.settings = {{\n{values}  }};\n}}\n");
        let flake = "#- /flake.nix\n{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs\";\n  outputs = { nixpkgs, ... }: {\n    \
                     nixosConfigurations.a = nixpkgs.lib.nixosSystem { modules = [ ./hosts/a.nix ]; };\n    \
                     nixosConfigurations.b = nixpkgs.lib.nixosSystem { modules = [ ./hosts/b/default.nix ]; };\n  };\n}\n";
        let text = format!("{flake}#- /hosts/a.nix\n{module}#- /hosts/b/default.nix\n{module}");
        expect_test::expect![[r#"
            #- /hosts/services.nix
            { pkgs, ... }:
            {
              services.thing.settings = {
                key0 = pkgs.x0;
                key1 = pkgs.x1;
                key2 = pkgs.x2;
                key3 = pkgs.x3;
                key4 = pkgs.x4;
                key5 = pkgs.x5;
                key6 = pkgs.x6;
                key7 = pkgs.x7;
                key8 = pkgs.x8;
                key9 = pkgs.x9;
              };
            }
            #- /hosts/a.nix
            { pkgs, ... }:
            {
              imports = [ ./services.nix ];
              # why
            }
            #- /hosts/b/default.nix
            { pkgs, ... }:
            {
              imports = [ ../services.nix ];
              # why
            }
        "#]]
        .assert_eq(&fixed(&text));
        // What is used of the file itself cannot go elsewhere.
        let module = module.replace("pkgs.x1;", "./x1;");
        let text = format!("{flake}#- /hosts/a.nix\n{module}#- /hosts/b/default.nix\n{module}");
        let (_, found) = testing::found(RULE.id, &Fixture::parse(&text));
        assert!(found.iter().all(|it| it.fixes.is_empty()) && found.len() == 2);
    }
}
