//! Runs the examples in the documentation of all actions.

use super::{ASSISTS, Assist, Context, Offer, documentation};
use crate::base::{FileRange, apply_edits};
use crate::fixture::examples;
use crate::ide::testing::at_cursor;
use crate::syntax::Parse;

/// The changed files after an action, with their paths where there are several files.
fn after(assist: &Assist, text: &str) -> Option<(Offer, String)> {
    let (analysis, fixture, position) = at_cursor(text);
    let range = fixture.cursor.as_ref().map(|cursor| cursor.range).expect("a cursor");
    let context = Context::new(&analysis, FileRange { file: position.file, range }).expect("a place");
    let offer = (assist.offer)(&context)?;
    assert_eq!(super::promised(&analysis, &offer), Ok(()), "{} of {text}", assist.id);
    let mut files: Vec<(String, String)> = Vec::new();
    for new in &offer.creates {
        files.push((new.path.trim_start_matches(crate::fixture::ROOT).to_string(), new.text.clone()));
    }
    for file in &fixture.files {
        let id = analysis.snapshot().paths().id(&file.path);
        let edits: Vec<_> = offer.edits.iter().filter(|(of, _)| *of == id).map(|(_, edit)| edit.clone()).collect();
        if !edits.is_empty() {
            let text = apply_edits(&file.text, &edits).expect("edits do not overlap");
            files.push((file.path.trim_start_matches(crate::fixture::ROOT).to_string(), text));
        }
    }
    for (path, text) in &mut files {
        if !Parse::new(text).errors().is_empty() {
            text.push_str(&format!("# {path} does not parse\n"));
        }
    }
    files.sort();
    let shown = match files.as_slice() {
        [(path, text)] if path == "/default.nix" => text.clone(),
        _ => files.iter().map(|(path, text)| format!("#- {path}\n{text}")).collect(),
    };
    Some((offer, shown))
}

#[test]
fn examples_do_what_they_say() {
    let mut wrong = String::new();
    for assist in ASSISTS {
        let mut made: Option<String> = None;
        let mut shown = 0;
        for (word, text) in examples(&documentation(assist)) {
            match word.as_str() {
                "before" => match after(assist, &text) {
                    Some((offer, text)) => {
                        assert!(!offer.title.is_empty());
                        made = Some(text);
                    }
                    None => wrong.push_str(&format!("{} is not offered in\n{text}\n", assist.id)),
                },
                "after" => {
                    shown += 1;
                    let made = made.take().unwrap_or_default();
                    if made.trim_end() != text.trim_end() {
                        wrong.push_str(&format!("{} makes\n{made}\ninstead of\n{text}\n", assist.id));
                    }
                }
                "nothing" => {
                    if let Some((offer, made)) = after(assist, &text) {
                        wrong.push_str(&format!(
                            "{} is offered ({}) in\n{text}\nmaking\n{made}\n",
                            assist.id, offer.title
                        ));
                    }
                }
                other => panic!("{}: {other} is no kind of example", assist.id),
            }
        }
        assert!(shown > 0, "{} has no example", assist.id);
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_prefix_of_a_file_has_answers() {
    let text = "{ config, lib, ... }@all:\nwith lib; let inherit (config) custom; inherit; x.y = { z = ''a${b}c''; }; in rec {\n  imports = [ ./custom.nix ];\n  config = if x.y then { \"a b\".c = [ 1 2 ]; } else { };\n  q = custom.port or 1;\n}\n$0";
    let (analysis, fixture, position) = at_cursor(text);
    let text = fixture.text("/default.nix").to_string();
    let path = analysis.path(position.file);
    for end in (0..=text.len()).step_by(2) {
        let change = crate::db::Change::Text { path: path.clone(), text: text[..end].into() };
        let now = analysis.with_snapshot(analysis.snapshot().apply([change]));
        for start in (0..=end).step_by(3) {
            for length in [0, 1, 5] {
                let range =
                    |start: usize, end: usize| crate::base::TextRange::new((start as u32).into(), (end as u32).into());
                let at = FileRange { file: position.file, range: range(start, (start + length).min(end)) };
                for offered in super::assists(&now, at, |_| true) {
                    for (_, edit) in offered.offer.edits.iter().filter(|(file, _)| *file == position.file) {
                        assert!(usize::from(edit.range.end()) <= end, "{} {:?}", offered.id, edit);
                    }
                }
            }
        }
    }
}

/// The changed files after the action with this name; none where it is not offered.
fn made(id: &str, text: &str) -> Option<String> {
    let assist = ASSISTS.iter().find(|assist| assist.id == id).expect("an action");
    after(assist, text).map(|(_, text)| text)
}

#[test]
fn hosts_that_are_listed_by_name() {
    let text = "#- /flake.nix\n{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs\";\n  outputs = { nixpkgs, ... }: {\n    \
                nixosConfigurations = nixpkgs.lib.genAttrs [ \"nas\" \"b$0ox\" ] (name: nixpkgs.lib.nixosSystem {\n      \
                modules = [ (./hosts + \"/${name}.nix\") ];\n    });\n  };\n}\n\
                #- /hosts/nas.nix\n{ networking.hostName = \"nas\"; }\n#- /hosts/box.nix\n{ networking.hostName = \"box\"; }\n";
    let made = made("new-host", text).expect("an offer");
    assert!(made.contains("[ \"nas\" \"box\" \"new-host\" ]"), "{made}");
    assert!(made.contains("#- /hosts/new-host.nix\n{ ... }:\n{\n  networking.hostName = \"new-host\";\n}\n"), "{made}");
}

#[test]
fn a_host_whose_files_are_no_modules_is_not_copied() {
    let text = "#- /flake.nix\n{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs\";\n  outputs = { nixpkgs, ... }: {\n    \
                nixosConfigurations.n$0as = nixpkgs.lib.nixosSystem {\n      specialArgs.facts = import ./hosts/nas.nix;\n      \
                modules = [ ./base.nix ];\n    };\n  };\n}\n#- /hosts/nas.nix\n{ ip = \"10.0.0.1\"; }\n#- /base.nix\n{ }\n";
    assert_eq!(made("new-host", text), None);
}

/// A flake whose helper is a file of its own.
fn with_helper_file(helper: &str) -> String {
    format!(
        "#- /flake.nix\n{{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs\";\n  outputs = {{ self, nixpkgs }}@inputs:\n    let\n      \
         mkSystem = import ./lib/mk-system.nix {{ inherit inputs; }};\n    in\n    {{\n      \
         nixosConfigurations.n$0as = mkSystem \"nas\" {{ user = \"kit\"; extra = [ ./extra.nix ]; }};\n    }};\n}}\n\
         #- /lib/mk-system.nix\n{helper}#- /hosts/nas.nix\n{{ }}\n#- /extra.nix\n{{ }}\n#- /lib/base.nix\n{{ }}\n"
    )
}

#[test]
fn helpers_of_other_files_are_written_out() {
    let helper = "{ inputs }:\nname: { user, extra ? [ ], system ? \"x86_64-linux\" }@args:\n\
                  inputs.nixpkgs.lib.nixosSystem {\n  inherit system;\n  # What all have.\n  modules = [ ./base.nix ../hosts/${name}.nix ] ++ extra ++ [\n    \
                  { home-manager.users.${user} = { }; users.users.${args.user}.description = \"${user} at ${name}\"; }\n  ];\n}\n";
    let made = made("unroll-helper", &with_helper_file(helper)).expect("an offer");
    expect_test::expect![[r#"
        nixosConfigurations.nas = inputs.nixpkgs.lib.nixosSystem {
          system = "x86_64-linux";
          # What all have.
          modules = [ ./lib/base.nix ./hosts/nas.nix ./extra.nix
            { home-manager.users.kit = { }; users.users.kit.description = "kit at nas"; }
          ];
        };
    "#]]
    .assert_eq(
        &made
            .lines()
            .skip_while(|line| !line.contains("nas"))
            .take(7)
            .fold(String::new(), |text, line| text + line.strip_prefix("      ").unwrap_or(line) + "\n"),
    );
}

/// What cannot be shown to be the same is refused, in words.
#[test]
fn promises_that_are_broken_are_told() {
    // Where the call stands `extra` is something else.
    let text = with_helper_file("{ inputs }:\nname: { user, extra }:\nlet inherit (inputs.nixpkgs) lib; in\nlib.nixosSystem { modules = extra; }\n")
        .replace("    let\n", "    let\n      inherit (inputs) lib;\n");
    let (analysis, fixture, position) = at_cursor(&text);
    let range = fixture.cursor.as_ref().map(|cursor| cursor.range).expect("a cursor");
    let at = FileRange { file: position.file, range };
    let offered = super::assist(&analysis, at, "unroll-helper").expect("an offer");
    assert_eq!(super::promised(&analysis, &offered.offer), Ok(()));
    // A list in another order is another host.
    let mut other = offered.offer.clone();
    for (_, edit) in &mut other.edits {
        edit.insert = edit.insert.replace("[ ./extra.nix ]", "[ ]");
    }
    assert_ne!(other, offered.offer);
    let refused = super::promised(&analysis, &other).expect_err("another host");
    assert_eq!(refused, "nixosConfigurations.nas could not be shown to be built of the same");
    other.promise = Some(crate::repository::Promise::SameHosts);
    let refused = super::promised(&analysis, &other).expect_err("another host");
    assert!(refused.contains("/repo/extra.nix"), "{refused}");
    other.promise = Some(crate::repository::Promise::NewHost("nixosConfigurations.box".to_string()));
    let refused = super::promised(&analysis, &other).expect_err("no new host");
    assert_eq!(refused, "nixosConfigurations.box does not come into being");
}
