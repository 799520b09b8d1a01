//! The marks of a fixture are the highlights of what stands at `$0`, in its file.

use super::document_highlight;
use crate::ide::testing::at_cursor;
use crate::semantics::Access;

fn check(text: &str) {
    let (analysis, fixture, position) = at_cursor(text);
    let path = analysis.path(position.file);
    let found: Vec<String> = document_highlight(&analysis, position)
        .into_iter()
        .map(|it| {
            let access = match it.access {
                Access::Declaration => "d",
                Access::Write => "w",
                Access::Read => "r",
            };
            format!("{:?} {access}", it.range)
        })
        .collect();
    let marks = fixture.marks.iter().filter(|mark| mark.path == path.as_str());
    let expected: Vec<String> = marks.map(|mark| format!("{:?} {}", mark.range, mark.label)).collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn names() {
    check("let x = 1; in\n  # ^ d\n  [ x x$0 ]\n  # ^ r\n  #   ^ r\n");
}

#[test]
fn options_in_this_file_only() {
    let custom = "#! minipkgs: flake, custom\n#- /custom.nix\n{ config, lib, ... }: {\n  options.custom.port = lib.mkOption { type = lib.types.port; };\n}\n";
    check(&format!(
        "{custom}#- /host.nix\n{{ config, ... }}: {{\n  custom.port$0 = 1;\n       # ^^^^ w\n  x = config.custom.port;\n                  # ^^^^ r\n}}\n"
    ));
}

#[test]
fn paths() {
    check(
        "#- /a.nix\n1\n#- /b.nix\n[ ./a.nix$0 (import ./a.nix) ./c.nix ]\n# ^^^^^^^ r\n#                 ^^^^^^^ r\n",
    );
}

#[test]
fn nothing() {
    check("1 +$0 1\n");
}
