//! A host is built by hand beside a helper that could build it.
//!
//! What the helper gives to all hosts, this one has to repeat, and will miss when the helper changes.
//! Build it with the helper, or give the helper an argument for what this host does differently.
//!
//! The fix writes the call of the helper, where it provably gives the host the same modules and arguments: both calls are
//! evaluated and compared. It is no safe fix where the modules come in another order, because lists that several of them
//! define are then merged in another order. Comments in the call stay beside what they are about; where one of them would have to go, nothing is offered.
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }:
//!     let
//!       mkSystem = modules: nixpkgs.lib.nixosSystem { modules = modules ++ [ { time.timeZone = "UTC"; } ]; };
//!     in
//!     {
//!       nixosConfigurations.box = mkSystem [ { networking.hostName = "box"; } ];
//!       nixosConfigurations.nas = nixpkgs.lib.nixosSystem {
//! #                         ^^^
//!         modules = [ { networking.hostName = "nas"; } { time.timeZone = "UTC"; } ];
//!       };
//!     };
//! }
//! ```
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }:
//!     let
//!       mkSystem = modules: nixpkgs.lib.nixosSystem { modules = modules ++ [ { time.timeZone = "UTC"; } ]; };
//!     in
//!     {
//!       nixosConfigurations.box = mkSystem [ { networking.hostName = "box"; } ];
//!       nixosConfigurations.nas = mkSystem [ { networking.hostName = "nas"; } ];
//!     };
//! }
//! ```

use super::{Chapter, Context, Diagnostic, Fix, Rule, Severity};
use crate::eval::Origin;
use crate::repository::{Bypass, is_plain};

pub(super) const RULE: Rule = Rule {
    id: "bypassed-helper",
    chapter: Chapter::Hosts,
    severity: Severity::Information,
    source: include_str!("bypassed_helper.rs"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    context.flake.bypasses.iter().filter_map(|bypass| report(context, bypass)).collect()
}

fn report(context: &Context<'_>, bypass: &Bypass) -> Option<Diagnostic> {
    // What does not parse may be what the helper, or the host, has beyond the other.
    let host = context.flake.host(&bypass.host).filter(|host| host.broken.is_empty())?;
    let helper = context.flake.helpers.iter().find(|helper| helper.origin == bypass.helper)?;
    let at = context.place(host.definition)?;
    let why = match helper.hosts.iter().filter(|other| is_plain(other, host.kind)).count() {
        0 => "which nothing uses".to_string(),
        1 => "which builds another host".to_string(),
        count => format!("which builds {count} others"),
    };
    let mut message = format!("{} is built by hand beside {}, {why}", host.name, helper.name);
    if let [_] | [_, _] = &bypass.adds[..] {
        message.push_str(&format!(" and would add {}", bypass.adds.join(" and ")));
    }
    let mut diagnostic = RULE.finding(at, message);
    diagnostic.hosts = vec![host.output.clone()];
    diagnostic.related.extend(context.related(Some(helper.origin), format!("{} is here", helper.name)));
    diagnostic.fixes.extend(conversion(context, helper.origin, Some(&bypass.host)));
    Some(diagnostic)
}

/// Builds hosts with the helper whose name is bound at `helper`, where calls of it provably build
/// the same: the host with the output `only`, or all that are written by hand.
pub(super) fn conversion(context: &Context<'_>, helper: Origin, only: Option<&str>) -> Option<Fix> {
    let name = &context.flake.helpers.iter().find(|it| it.origin == helper)?.name;
    let (mut hosts, mut edits, mut ordered) = (Vec::new(), Vec::new(), true);
    for bypass in &context.flake.bypasses {
        if bypass.helper != helper || only.is_some_and(|only| only != bypass.host) {
            continue;
        }
        let Some(rewrite) = &bypass.rewrite else { continue };
        let Some((file, edit)) = rewrite.edit(&context.repository.snapshot) else { continue };
        if !context.owns(file) {
            continue;
        }
        hosts.extend(context.flake.host(&bypass.host).map(|host| host.name.to_string()));
        edits.push((file, edit));
        ordered &= rewrite.ordered;
    }
    if edits.is_empty() {
        return None;
    }
    let order = if ordered { "" } else { ", with its modules in another order" };
    let title = format!("Build {} with {name}{order}", super::listed(&hosts));
    Some(Fix { title, edits, is_unsafe: !ordered, ..Fix::default() })
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;
    use std::sync::atomic::AtomicBool;

    use expect_test::{Expect, expect};

    use super::super::testing::{analyzed, found};
    use super::RULE;
    use crate::base::apply_edits;
    use crate::db::{Change, Snapshot};
    use crate::fixture::{Fixture, ROOT};
    use crate::hir::Name;
    use crate::module_system::ModuleSource;
    use crate::repository::{Analyzer, Repository};
    use crate::rules::{Settings, check};

    /// What a host is made of, without the places where that is written.
    fn hosts(repository: &Repository) -> String {
        let mut out = String::new();
        for (_, host) in repository.hosts() {
            let _ = writeln!(out, "{} {:?} {:?} {:?}", host.output, host.kind, host.system, host.arguments);
            for module in &host.facts.modules {
                let source = match &module.source {
                    ModuleSource::Inline { .. } => "inline".to_string(),
                    other => format!("{other:?}"),
                };
                let _ = writeln!(out, "  {source}");
            }
            for it in &host.facts.definitions {
                let value = it.value.as_ref().map(|value| repository.shown(value));
                let _ = writeln!(out, "  {:?} {value:?} {} {:?} {}", it.path, it.priority, it.condition, it.module);
            }
        }
        out
    }

    /// A flake with these bindings and these hosts.
    fn flake(bindings: &str, hosts: &str) -> String {
        format!(
            "#- /flake.nix\n{{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs/nixos-unstable\";\n  inputs.disko.url = \"github:nix-community/disko\";\n  inputs.nix-darwin.url = \"github:LnL7/nix-darwin\";\n  inputs.home-manager.url = \"github:nix-community/home-manager\";\n  outputs = inputs@{{ self, nixpkgs, disko, ... }}:\n    let\n{bindings}    in\n    {{\n{hosts}    }};\n}}\n#- /a.nix\n{{ services.a.enable = true; }}\n#- /b.nix\n{{ lib, ... }}: {{ services.b.enable = lib.mkDefault true; }}\n#- /hosts/nas.nix\n{{ services.c.enable = true; }}\n"
        )
    }

    /// Checks the fix of the only finding: its title, the call that it writes and that every host stays what it is.
    #[track_caller]
    fn check_fix(text: &str, expected: Expect) {
        let fixture = Fixture::parse(text);
        let (repository, found) = found(RULE.id, &fixture);
        let [finding] = &found[..] else { panic!("one finding, not {found:#?}") };
        let Some(fix) = finding.fixes.first() else { panic!("no fix: {}", finding.message) };
        let [(file, edit)] = &fix.edits[..] else { panic!("one edit, not {:#?}", fix.edits) };
        let path = repository.path(*file);
        let new = apply_edits(fixture.text(&path), std::slice::from_ref(edit)).expect("an edit of this text");
        let shown = if fix.is_unsafe { format!("{} (unsafe)\n", fix.title) } else { format!("{}\n", fix.title) };
        expected.assert_eq(&format!("{shown}{}\n", edit.insert));
        let after = analyzed(repository.snapshot.apply([Change::Text { path: Name::new(&path), text: new.into() }]));
        let left = check(&after, &Settings::default(), Some(&[RULE.id, "syntax-error"]));
        assert!(left.is_empty(), "{left:#?}");
        if !fix.is_unsafe {
            assert_eq!(hosts(&repository), hosts(&after));
        }
    }

    /// Checks that there is a finding with this message and that nothing is offered.
    #[track_caller]
    fn check_no_fix(text: &str, message: &str) {
        let (_, found) = found(RULE.id, &Fixture::parse(text));
        let [finding] = &found[..] else { panic!("one finding, not {found:#?}") };
        assert_eq!(finding.message, message);
        assert!(finding.fixes.is_empty(), "{:#?}", finding.fixes);
    }

    const BESIDE: &str = "nas is built by hand beside mkSystem, which nothing uses";

    #[test]
    fn arguments_by_name() {
        let bindings = "      mkSystem = { hostName, system ? \"x86_64-linux\", modules ? [ ], ... }:
        nixpkgs.lib.nixosSystem {
          inherit system;
          specialArgs = { inherit inputs hostName; };
          modules = modules ++ [ { networking.hostName = hostName; } disko.nixosModules.disko ];
        };
";
        check_fix(
            &flake(
                bindings,
                "      nixosConfigurations.nas = nixpkgs.lib.nixosSystem {
        system = \"aarch64-linux\";
        specialArgs = { inherit inputs; hostName = \"nas\"; };
        modules = [
          # What it stores on.
          ./a.nix
          ./b.nix # and what it serves
          { networking.hostName = \"nas\"; }
          inputs.disko.nixosModules.disko
        ];
      };
",
            ),
            expect![[r#"
                Build nas with mkSystem
                mkSystem {
                        hostName = "nas";
                        system = "aarch64-linux";
                        modules = [
                          # What it stores on.
                          ./a.nix
                          ./b.nix # and what it serves
                        ];
                      }
            "#]],
        );
        // Defaults are left out.
        check_fix(
            &flake(
                bindings,
                "      nixosConfigurations.nas = nixpkgs.lib.nixosSystem { system = \"x86_64-linux\"; specialArgs = { inherit inputs; hostName = \"nas\"; }; modules = [ { networking.hostName = \"nas\"; } disko.nixosModules.disko ]; };\n",
            ),
            expect![[r#"
                Build nas with mkSystem
                mkSystem { hostName = "nas"; }
            "#]],
        );
    }

    #[test]
    fn curried_arguments() {
        check_fix(
            &flake(
                "      mkSystem = name: system: modules: nixpkgs.lib.nixosSystem {
        inherit system;
        modules = [ { networking.hostName = name; } (./hosts + \"/${name}.nix\") ] ++ modules;
      };
",
                "      nixosConfigurations.nas = nixpkgs.lib.nixosSystem {
        system = \"x86_64-linux\";
        modules = [
          { networking.hostName = \"nas\"; }
          ./hosts/nas.nix
          ({ lib, ... }: {
            time.timeZone = lib.mkForce \"UTC\";
          })
        ];
      };
",
            ),
            expect![[r#"
                Build nas with mkSystem
                mkSystem "nas" "x86_64-linux" [
                        ({ lib, ... }: {
                          time.timeZone = lib.mkForce "UTC";
                        })
                      ]
            "#]],
        );
    }

    #[test]
    fn a_helper_in_another_file() {
        let hosts = "      nixosConfigurations.nas = nixpkgs.lib.nixosSystem {
        specialArgs = { inherit inputs; user = \"kit\"; };
        modules = [ ./a.nix ./b.nix ];
      };
      nixosConfigurations.box = helpers.mkSystem { };
";
        let library = "#- /lib/default.nix
{ inputs }: {
  mkSystem = { modules ? [ ], extraArgs ? { } }: inputs.nixpkgs.lib.nixosSystem {
    specialArgs = { inherit inputs; } // extraArgs;
    modules = modules ++ [ ../b.nix ];
  };
}
";
        let bindings = "      helpers = import ./lib { inherit inputs; };\n";
        check_fix(
            &format!("{}{library}", flake(bindings, hosts)),
            expect![[r#"
                Build nas with mkSystem
                helpers.mkSystem {
                        modules = [ ./a.nix ];
                        extraArgs = { user = "kit"; };
                      }
            "#]],
        );
        // Hidden by another binding, there is no way to name it.
        let hidden = "      nixosConfigurations.nas = let helpers = { }; in nixpkgs.lib.nixosSystem {
        specialArgs = { inherit inputs; };
        modules = [ ./b.nix ];
      };
      nixosConfigurations.box = helpers.mkSystem { };
";
        check_no_fix(
            &format!("{}{library}", flake(bindings, hidden)),
            "nas is built by hand beside mkSystem, which builds another host",
        );
    }

    #[test]
    fn a_file_that_is_the_helper() {
        check_fix(
            &format!(
                "{}#- /lib/mk-system.nix
{{ inputs }}:
{{ host, modules }}:
inputs.nixpkgs.lib.nixosSystem {{
  modules = [ {{ networking.hostName = host; }} ] ++ modules;
}}
",
                flake(
                    "      mkSystem = import ./lib/mk-system.nix { inherit inputs; };\n",
                    "      nixosConfigurations.nas = nixpkgs.lib.nixosSystem {
        modules = [
          { networking.hostName = \"nas\"; }
          ./a.nix
        ];
      };
"
                )
            ),
            expect![[r#"
                Build nas with mkSystem
                mkSystem {
                        host = "nas";
                        modules = [ ./a.nix ];
                      }
            "#]],
        );
    }

    #[test]
    fn darwin_hosts() {
        check_fix(
            &flake(
                "      mkMac = system: modules: inputs.nix-darwin.lib.darwinSystem {
        inherit system;
        specialArgs = { inherit inputs self; };
        inherit modules;
      };
",
                "      darwinConfigurations.air = inputs.nix-darwin.lib.darwinSystem {
        system = \"aarch64-darwin\";
        specialArgs = { inherit self inputs; };
        modules = [ ./a.nix ];
      };
",
            ),
            expect![[r#"
                Build air with mkMac
                mkMac "aarch64-darwin" [ ./a.nix ]
            "#]],
        );
    }

    #[test]
    fn homes() {
        let bindings = "      pkgsFor = system: import nixpkgs { inherit system; config.allowUnfree = true; };
      mkHome = { user, system, modules ? [ ] }: inputs.home-manager.lib.homeManagerConfiguration {
        pkgs = pkgsFor system;
        extraSpecialArgs = { inherit inputs user; };
        modules = modules ++ [ { home.username = user; home.homeDirectory = \"/home/${user}\"; } ];
      };
";
        let home = |pkgs: &str| {
            format!(
                "      homeConfigurations.kit = inputs.home-manager.lib.homeManagerConfiguration {{
        pkgs = {pkgs};
        extraSpecialArgs = {{ inherit inputs; user = \"kit\"; }};
        modules = [ ./a.nix {{ home.username = \"kit\"; home.homeDirectory = \"/home/kit\"; }} ];
      }};
"
            )
        };
        check_fix(
            &flake(bindings, &home("pkgsFor \"x86_64-linux\"")),
            expect![[r#"
                Build kit with mkHome
                mkHome {
                        user = "kit";
                        system = "x86_64-linux";
                        modules = [ ./a.nix ];
                      }
            "#]],
        );
        // Another package set for the same system is another home.
        let other = home("import nixpkgs { system = \"x86_64-linux\"; config.allowUnfree = false; }");
        check_no_fix(&flake(bindings, &other), "kit is built by hand beside mkHome, which nothing uses");
        check_no_fix(
            &flake(bindings, &home("nixpkgs.legacyPackages.x86_64-linux")),
            "kit is built by hand beside mkHome, which nothing uses",
        );
    }

    /// A helper with a module of its own that says much, and a host that says `by_hand`.
    fn with_integration(by_hand: &str) -> String {
        flake(
            "      user = \"kit\";
      mkSystem = { system, modules }: nixpkgs.lib.nixosSystem {
        inherit system;
        modules = modules ++ [
          ({ config, ... }: {
            home-manager = {
              extraSpecialArgs = { unstable = import nixpkgs { inherit system; }; osConfig = config; };
              users.${user}.imports = [ ./b.nix ];
            };
          })
        ];
      };
",
            &format!(
                "      nixosConfigurations.nas = nixpkgs.lib.nixosSystem {{
        system = \"x86_64-linux\";
        modules = [
          ./a.nix
          ({{ config, ... }}: {{
            home-manager = {{
              {by_hand}
            }};
          }})
        ];
      }};
"
            ),
        )
    }

    #[test]
    fn inline_modules_are_compared_by_meaning() {
        let good =
            "extraSpecialArgs = { osConfig = config; unstable = import nixpkgs { system = \"x86_64-linux\"; }; };
              users.kit.imports = [ ./b.nix ];";
        check_fix(
            &with_integration(good),
            expect![[r#"
                Build nas with mkSystem
                mkSystem {
                        system = "x86_64-linux";
                        modules = [ ./a.nix ];
                      }
            "#]],
        );
        for (from, to) in [
            ("system = \"x86_64-linux\"", "system = \"aarch64-linux\""),
            ("osConfig = config", "osConfig = config.home-manager"),
            ("users.kit", "users.lou"),
            ("import nixpkgs", "import disko"),
            ("[ ./b.nix ]", "[ ./a.nix ]"),
            ("[ ./b.nix ]", "[ ./b.nix ./a.nix ]"),
        ] {
            assert!(good.contains(from));
            check_no_fix(&with_integration(&good.replace(from, to)), BESIDE);
        }
    }

    #[test]
    fn text_with_arguments_in_it() {
        check_fix(
            &flake(
                "      mkSystem = { domain, name, user }: nixpkgs.lib.nixosSystem {
        modules = [
          ./a.nix
          { environment.etc.about.text = \"${name}.${domain} at ${self.rev or \"?\"}, of ${user}\"; }
        ];
      };
",
                "      nixosConfigurations.nas = nixpkgs.lib.nixosSystem {
        modules = [
          ./a.nix
          { environment.etc.about.text = \"nas.home.arpa at ${self.rev or \"?\"}, of kit\"; }
        ];
      };
",
            ),
            expect![[r#"
                Build nas with mkSystem
                mkSystem {
                        domain = "home.arpa";
                        name = "nas";
                        user = "kit";
                      }
            "#]],
        );
    }

    #[test]
    fn what_differs() {
        let bindings = "      mkSystem = { hostName, modules ? [ ] }: nixpkgs.lib.nixosSystem {
        system = \"x86_64-linux\";
        specialArgs = { inherit inputs hostName; };
        modules = [ ./b.nix disko.nixosModules.disko ] ++ modules;
      };
";
        let host = |rest: &str| {
            flake(bindings, &format!("      nixosConfigurations.nas = nixpkgs.lib.nixosSystem {{ {rest} }};\n"))
        };
        let system = "system = \"x86_64-linux\"; specialArgs = { inherit inputs; hostName = \"nas\"; };";
        // More modules than the host has.
        check_no_fix(
            &host(&format!("{system} modules = [ disko.nixosModules.disko ./a.nix ];")),
            "nas is built by hand beside mkSystem, which nothing uses and would add ./b.nix",
        );
        check_no_fix(
            &host(&format!("{system} modules = [ ./a.nix ];")),
            "nas is built by hand beside mkSystem, which nothing uses and would add ./b.nix and disko.nixosModules.disko",
        );
        let modules = "modules = [ ./b.nix disko.nixosModules.disko ./a.nix ];";
        for other in [
            "system = \"aarch64-linux\"; specialArgs = { inherit inputs; hostName = \"nas\"; };",
            "specialArgs = { inherit inputs; hostName = \"nas\"; };",
            "system = \"x86_64-linux\"; specialArgs = { inherit inputs; };",
            "system = \"x86_64-linux\"; specialArgs = { inherit inputs; hostName = \"nas\"; user = \"kit\"; };",
            "system = \"x86_64-linux\"; specialArgs = { inherit inputs; hostName = \"nas\"; }; lib = inputs.other.lib;",
        ] {
            check_no_fix(&host(&format!("{other} {modules}")), BESIDE);
        }
        // Another order is no other host, but lists in it may be.
        check_fix(
            &host(&format!("{system} modules = [ ./a.nix ./b.nix disko.nixosModules.disko ];")),
            expect![[r#"
                Build nas with mkSystem, with its modules in another order (unsafe)
                mkSystem { hostName = "nas"; modules = [ ./a.nix ]; }
            "#]],
        );
    }

    #[test]
    fn comments_are_not_lost() {
        let bindings = "      mkSystem = system: modules: nixpkgs.lib.nixosSystem { inherit system; modules = modules ++ [ ./b.nix ]; };\n";
        let host = |modules: &str| {
            let text = format!(
                "      nixosConfigurations.nas = nixpkgs.lib.nixosSystem {{
        system = \"x86_64-linux\";
        modules = [
{modules}        ];
      }};
"
            );
            flake(bindings, &text)
        };
        for lost in [
            "          ./a.nix\n          # What all have.\n          ./b.nix\n",
            "          ./a.nix\n          ./b.nix # for the disks\n",
            "          ./a.nix\n          ./b.nix\n          # ./old.nix\n",
            "          # Everything:\n\n          ./a.nix\n          ./b.nix\n",
        ] {
            check_no_fix(&host(lost), BESIDE);
        }
        check_fix(
            &host("          # Its disks.\n          # All of them.\n          ./a.nix /* two */\n          ./b.nix\n"),
            expect![[r#"
                Build nas with mkSystem
                mkSystem "x86_64-linux" [
                        # Its disks.
                        # All of them.
                        ./a.nix /* two */
                      ]
            "#]],
        );
    }

    #[test]
    fn conditions_of_the_helper() {
        check_fix(
            &flake(
                "      inherit (nixpkgs) lib;
      mkSystem = { modules ? [ ], withDisko ? false, desktop ? false }: lib.nixosSystem {
        modules = modules
          ++ lib.optional withDisko disko.nixosModules.disko
          ++ lib.optionals desktop [ ./b.nix ];
      };
",
                "      nixosConfigurations.nas = lib.nixosSystem {
        modules = [
          ./a.nix
          disko.nixosModules.disko
        ];
      };
",
            ),
            expect![[r#"
                Build nas with mkSystem
                mkSystem {
                        modules = [ ./a.nix ];
                        withDisko = true;
                      }
            "#]],
        );
    }

    /// The helper of another flake has that flake's nix-darwin, whatever name it has here.
    #[test]
    fn inputs_of_two_flakes() {
        let hosts =
            "      darwinConfigurations.air = inputs.nix-darwin.lib.darwinSystem { modules = [ ./a.nix ./b.nix ]; };
      darwinConfigurations.pro = platform.lib.mkMac [ ];
";
        let own = flake("      mkMac = platform.lib.mkMac;\n", hosts)
            .replace("self, nixpkgs, ", "self, nixpkgs, platform, ")
            .replace("  inputs.disko", "  inputs.platform.url = \"path:./platform\";\n  inputs.disko");
        let other = "#- /platform/flake.nix
{
  inputs.nix-darwin.url = \"github:LnL7/nix-darwin/old\";
  outputs = inputs@{ nix-darwin, ... }: {
    lib = {
      mkMac = modules: nix-darwin.lib.darwinSystem { modules = modules ++ [ ../b.nix ]; };
    };
  };
}
";
        check_no_fix(&format!("{own}{other}"), "air is built by hand beside mkMac, which builds another host");
    }

    #[test]
    fn lines_end_as_they_did() {
        let text = flake(
            "      mkSystem = modules: nixpkgs.lib.nixosSystem { modules = modules ++ [ ./b.nix ]; };\n",
            "      nixosConfigurations.nas = nixpkgs.lib.nixosSystem {\n        modules = [\n          # Its disks.\n          ./a.nix\n          ./b.nix\n        ];\n      };\n",
        );
        let fixture = Fixture::parse(&text);
        let snapshot = Snapshot::of_fixture(&fixture);
        let path = Name::from(format!("{ROOT}/flake.nix"));
        let dos = fixture.text(&path).replace('\n', "\r\n");
        let repository = analyzed(snapshot.apply([Change::Text { path, text: dos.as_str().into() }]));
        let found = check(&repository, &Settings::default(), Some(&[RULE.id]));
        let inserted = found.first().and_then(|it| it.fixes.first()).and_then(|fix| fix.edits.first());
        let inserted = &inserted.expect("a fix").1.insert;
        assert_eq!(inserted, "mkSystem [\r\n        # Its disks.\r\n        ./a.nix\r\n      ]");
    }

    #[test]
    fn a_call_that_builds_two_hosts_stays() {
        let text = flake(
            "      mkSystem = modules: nixpkgs.lib.nixosSystem { inherit modules; };
      one = nixpkgs.lib.nixosSystem { modules = [ ./a.nix ]; };
",
            "      nixosConfigurations.nas = one;
      nixosConfigurations.box = one;
",
        );
        let (_, found) = found(RULE.id, &Fixture::parse(&text));
        assert!(found.iter().all(|it| it.fixes.is_empty()), "{found:#?}");
    }

    #[test]
    fn a_host_is_proven_once() {
        let text = flake(
            "      mkSystem = modules: nixpkgs.lib.nixosSystem { modules = modules ++ [ ./b.nix ]; };\n",
            "      nixosConfigurations.nas = nixpkgs.lib.nixosSystem { modules = [ ./a.nix ./b.nix ]; };\n",
        );
        let fixture = Fixture::parse(&text);
        let (mut snapshot, mut analyzer) = (Snapshot::of_fixture(&fixture), Analyzer::new());
        let mut fixes = |change: Option<(&str, &str, &str)>| {
            if let Some((path, from, to)) = change {
                let (_, data) = snapshot.file_at(&format!("{ROOT}/{path}")).expect("the file");
                let text = data.text().replace(from, to);
                snapshot = snapshot
                    .apply([Change::Text { path: Name::from(format!("{ROOT}/{path}")), text: text.as_str().into() }]);
            }
            let roots = [Name::new_static(ROOT)];
            let repository = analyzer.analyze(&snapshot, &roots, &AtomicBool::new(false)).expect("nobody cancels");
            let found = check(&repository, &Settings::default(), Some(&[RULE.id]));
            let fixes = found.iter().filter(|it| !it.fixes.is_empty()).count();
            // What is offered is for the text as it is.
            for (file, edit) in found.iter().flat_map(|it| &it.fixes).flat_map(|fix| &fix.edits) {
                let data = repository.snapshot.file(*file).expect("the file");
                assert!(data.text()[edit.range].starts_with("nixpkgs.lib.nixosSystem"), "{:?}", edit.range);
            }
            (fixes, analyzer.proofs())
        };
        assert_eq!(fixes(None), (1, 1));
        assert_eq!(fixes(Some(("a.nix", "true", "false"))), (1, 1), "what a module says does not matter");
        assert_eq!(fixes(Some(("flake.nix", "    let\n", "    # Two hosts.\n    let\n"))), (1, 1));
        assert_eq!(fixes(Some(("flake.nix", "./a.nix ./b.nix", "./a.nix"))), (0, 2));
        assert_eq!(fixes(Some(("flake.nix", "[ ./a.nix ]", "[ ./a.nix /* last */ ./b.nix ]"))), (0, 3));
        assert_eq!(fixes(Some(("flake.nix", "/* last */ ", ""))), (1, 3));
    }
}
