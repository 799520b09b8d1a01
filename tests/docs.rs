//! docs/rules.md says what the rules' own files say.

use std::path::Path;

#[test]
fn the_page_of_rules_is_made_from_the_rules() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules.md");
    let page = flakewise::rules::page();
    if std::env::var_os("FLAKEWISE_UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).expect("docs/rules.md can be written");
        return;
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    // Not `assert_eq`: nobody wants to read both pages.
    assert!(
        kept == page,
        "docs/rules.md is not what the rules say; run `FLAKEWISE_UPDATE_DOCS=1 cargo test --test docs` and commit it"
    );
}
