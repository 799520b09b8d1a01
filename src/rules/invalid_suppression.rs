//! A comment allows what no rule reports.
//!
//! A comment `# flakewise: allow ID` with a word that is no rule does nothing: what it was written for is reported all
//! the same, or comes back later. What stands behind the ids may say why; only words that look like a rule are looked at.
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   outputs = inputs: { };
//!   # flakewise: allow missing-folows
//! #                    ^^^^^^^^^^^^^^ there is no rule missing-folows, so this allows nothing; did you mean missing-follows?
//! }
//! ```
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   outputs = inputs: { };
//!   # flakewise: allow missing-follows because it is tested with its own
//!   # flakewise: a language server
//! }
//! ```

use super::language::{self, OneFile};
use super::suppress::{ALLOW, ALLOW_FILE, Word, spoken};
use super::{Chapter, Context, Diagnostic, Fix, Rule, Severity};
use crate::base::{FileRange, TextEdit, nearest};

pub(super) const RULE: Rule = Rule {
    id: "invalid-suppression",
    chapter: Chapter::Language,
    severity: Severity::Warning,
    source: include_str!("invalid_suppression.rs"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    language::check_all(context, &RULE)
}

pub(super) fn check_file(one: &OneFile<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (verb, words) in spoken(one.data) {
        if ![ALLOW, ALLOW_FILE].contains(&verb.text.as_str()) {
            // Comments may speak of flakewise in other words.
            if let Some(meant) = nearest(&verb.text, [ALLOW, ALLOW_FILE]) {
                let message = format!("{} is no word for flakewise, so this allows nothing", verb.text);
                found.push(finding(one, &verb, message, Some(meant)));
            }
            continue;
        }
        for (at, word) in words.iter().enumerate() {
            if Rule::find(&word.text).is_some() {
                continue;
            }
            let meant = Rule::nearest(&word.text);
            if at == 0 || meant.is_some() {
                let message = format!("there is no rule {}, so this allows nothing", word.text);
                found.push(finding(one, word, message, meant));
            }
        }
    }
    found
}

fn finding(one: &OneFile<'_>, word: &Word, mut message: String, meant: Option<&str>) -> Diagnostic {
    message.extend(meant.map(|meant| format!("; did you mean {meant}?")));
    let mut diagnostic = RULE.finding(FileRange { file: one.file, range: word.range }, message);
    diagnostic.fixes.extend(meant.map(|meant| Fix {
        title: format!("Change to {meant}"),
        edits: vec![(one.file, TextEdit::replace(word.range, meant))],
        ..Fix::default()
    }));
    diagnostic
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{assert_marks, fixed};

    #[test]
    fn words_are_mended() {
        let text = r#"
#- /flake.nix
# flakewise: allow-fil missing-lock
{
  /* flakewise: allow syntax-error, undefined-nam */
  outputs = inputs: { }; # flakewise: allow nothing-like-it and why
}
"#;
        let changed = fixed("invalid-suppression", &text.replace(" nothing-like-it", " missing-lock"));
        assert!(changed[0].1.starts_with("# flakewise: allow-file missing-lock\n"));
        assert!(changed[0].1.contains("/* flakewise: allow syntax-error, undefined-name */"));
        let marked = r#"
#- /flake.nix
{ outputs = inputs: { }; } # flakewise: allow nothing-like-it and why
#                                             ^^^^^^^^^^^^^^^ there is no rule nothing-like-it, so this allows nothing
"#;
        assert_marks("invalid-suppression", marked);
    }
}
