//! What the tests of all features share.

use super::{Analysis, FilePosition};
use crate::base::{FileRange, TextRange};
use crate::fixture::Fixture;
use crate::semantics::testing;

/// The analysis of a fixture and the place of its cursor.
pub(super) fn at_cursor(text: &str) -> (Analysis, Fixture, FilePosition) {
    let fixture = Fixture::parse(text);
    let analysis = Analysis::new(testing::repository(&fixture));
    let (path, offset) = fixture.position();
    let file = analysis.snapshot().paths().id(path);
    (analysis, fixture.clone(), FilePosition { file, offset })
}

#[test]
fn every_prefix_of_every_file_has_answers() {
    let text = "#! minipkgs: flake, home, custom\n#- /host.nix\n$0{ config, lib, inputs, ... }@all:\nwith lib; let inherit (config) custom; in rec {\n  imports = [ ./custom.nix ({ ... }: { custom.port = 1; }) ];\n  custom.level = mkForce \"info\";\n  home-manager.users.alice = { osConfig, ... }: { x.${\"y\"} = osConfig.custom.port or custom; };\n}\n";
    let (analysis, fixture, position) = at_cursor(text);
    let path = analysis.path(position.file);
    let text = fixture.text("/host.nix").to_string();
    for end in 0..=text.len() {
        let change = crate::db::Change::Text { path: path.clone(), text: text[..end].into() };
        let now = analysis.with_snapshot(analysis.snapshot().apply([change]));
        let inside = |range: crate::base::TextRange| assert!(usize::from(range.end()) <= end);
        for offset in (0..=end).step_by(3) {
            let position = FilePosition { offset: (offset as u32).into(), ..position };
            if let Some(found) = super::goto_definition::goto_definition(&now, position) {
                inside(found.source);
                found
                    .targets
                    .iter()
                    .filter(|target| target.file == position.file)
                    .for_each(|target| inside(target.full));
            }
            if let Some(hover) = super::hover::hover(&now, position) {
                inside(hover.range);
            }
        }
        for symbol in super::document_symbol::document_symbols(&now, position.file) {
            inside(symbol.full);
        }
        let data = now.snapshot().file(position.file).unwrap();
        for found in crate::rules::check_file(position.file, &data, "host.nix", None, &Default::default()) {
            inside(found.at.range);
        }
        let within = FileRange { file: position.file, range: TextRange::up_to((end as u32).into()) };
        super::folding_range::folding_ranges(&now, position.file).iter().for_each(|fold| inside(fold.range));
        super::document_link::document_links(&now, position.file).iter().for_each(|link| inside(link.range));
        let tokens = super::semantic_tokens::semantic_tokens(&now, position.file, None, &[]);
        tokens.iter().for_each(|token| inside(token.range));
        let on = super::inlay_hint::InlayHintConfig { values: true, arguments: true, ends: true };
        let hints = super::inlay_hint::inlay_hints(&now, within, on);
        hints.iter().for_each(|hint| inside(TextRange::empty(hint.offset)));
        let on = super::code_lens::CodeLensConfig { options: true, modules: true, hosts: true };
        for lens in super::code_lens::code_lenses(&now, position.file, on) {
            inside(lens.range);
            super::code_lens::resolve(&now, position.file, lens.range.start(), lens.kind);
        }
        for offset in [end as u32, end as u32 / 2] {
            let at = FilePosition { offset: offset.into(), ..position };
            super::selection_range::selection_ranges(&now, at).into_iter().for_each(inside);
            super::signature_help::signature_help(&now, at);
            if let Some(item) = super::call_hierarchy::prepare(&now, at) {
                super::call_hierarchy::incoming(&now, &item);
                super::call_hierarchy::outgoing(&now, &item);
            }
        }
        let middle = FilePosition { offset: (end as u32 / 2).into(), ..position };
        for found in super::references::references(&now, middle, true) {
            if found.range.file == position.file {
                inside(found.range.range);
            }
        }
    }
}
