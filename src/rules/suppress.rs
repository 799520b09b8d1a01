//! Comments that allow what a rule reports: `# flakewise: allow ID` on the line
//! or above it, `# flakewise: allow-file ID` anywhere in the file.

use std::collections::BTreeSet;

use crate::base::{LineIndex, TextRange, TextSize};
use crate::db::{FileData, OfText};
use crate::syntax::{NodeOrToken, SyntaxKind, SyntaxToken};

/// What a file allows.
#[derive(Default)]
pub(super) struct Suppressions {
    file: BTreeSet<String>,
    lines: BTreeSet<(u32, String)>,
    index: Option<std::sync::Arc<LineIndex>>,
}

/// What a comment starts with that speaks to flakewise.
const MARK: &str = "flakewise:";
pub(super) const ALLOW: &str = "allow";
pub(super) const ALLOW_FILE: &str = "allow-file";

/// A word of a comment, with its place.
pub(super) struct Word {
    pub text: String,
    pub range: TextRange,
}

/// What the comments of a file say to flakewise: the first word after the mark, and those after it.
pub(super) fn spoken(data: &FileData) -> Vec<(Word, Vec<Word>)> {
    if !data.text().contains(MARK) {
        return Vec::new();
    }
    comments(data).iter().filter_map(said).collect()
}

fn comments(data: &FileData) -> Vec<SyntaxToken> {
    let tokens = data.parse().root().descendants_with_tokens().filter_map(NodeOrToken::into_token);
    tokens.filter(|token| token.kind() == SyntaxKind::TOKEN_COMMENT).collect()
}

fn said(comment: &SyntaxToken) -> Option<(Word, Vec<Word>)> {
    let whole = comment.text();
    let text = whole.trim_start_matches(['#', '/', '*', ' ', '\t']).trim_end_matches(['*', '/']);
    let said = text.strip_prefix(MARK)?;
    let mut words = Vec::new();
    let mut at = whole.find(MARK)? + MARK.len();
    for word in said.split([' ', ',', '\t', '\n']) {
        let start = comment.text_range().start() + TextSize::try_from(at).ok()?;
        if !word.is_empty() {
            words.push(Word { text: word.to_string(), range: TextRange::at(start, TextSize::of(word)) });
        }
        at += word.len() + 1;
    }
    let mut words = words.into_iter();
    Some((words.next()?, words.collect()))
}

impl OfText for Suppressions {
    fn of(file: &FileData) -> Suppressions {
        Suppressions::new(file)
    }
}

impl Suppressions {
    /// What the comments of a file allow.
    fn new(data: &FileData) -> Suppressions {
        let mut found = Suppressions::default();
        if !data.text().contains(MARK) {
            return found;
        }
        let index = data.line_index().clone();
        // Lines that hold nothing but a comment: what is allowed there is allowed on the next line of code.
        let mut comment_lines: BTreeSet<u32> = BTreeSet::new();
        let comments = comments(data);
        for comment in &comments {
            let range = comment.text_range();
            let start = index.line_range(index.line(range.start())).unwrap_or_default().start();
            let before = data.text().get(start.into()..range.start().into()).unwrap_or_default();
            if before.trim().is_empty() {
                comment_lines.insert(index.line(range.end()));
            }
        }
        for comment in &comments {
            let Some((verb, words)) = said(comment) else { continue };
            let ids = words.into_iter().map(|word| word.text);
            match verb.text.as_str() {
                ALLOW_FILE => found.file.extend(ids),
                ALLOW => {
                    let mut allowed = index.line(comment.text_range().end());
                    while comment_lines.contains(&allowed) {
                        allowed += 1;
                    }
                    found.lines.extend(ids.map(|id| (allowed, id)));
                }
                _ => {}
            }
        }
        found.index = Some(index);
        found
    }

    /// Whether a finding of this rule that starts at `range` is allowed.
    pub(super) fn allow(&self, rule: &str, range: TextRange) -> bool {
        let Some(index) = &self.index else { return false };
        self.file.contains(rule) || self.lines.contains(&(index.line(range.start()), rule.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Snapshot;
    use crate::fixture::Fixture;

    fn allowed_lines(text: &str) -> Vec<u32> {
        let fixture = Fixture::parse(&format!("#- /a.nix\n{text}"));
        let snapshot = Snapshot::of_fixture(&fixture);
        let (_, data) = snapshot.file_at("/repo/a.nix").unwrap();
        let index = data.line_index().clone();
        let found = Suppressions::new(&data);
        (0..index.line_count())
            .filter(|line| index.line_range(*line).is_some_and(|range| found.allow("missing-import", range)))
            .collect()
    }

    #[test]
    fn on_the_line_or_above_it() {
        assert_eq!(allowed_lines("{\n  a = 1; # flakewise: allow missing-import\n  b = 2;\n}\n"), [1]);
        assert_eq!(allowed_lines("{\n  # flakewise: allow missing-import\n  b = 2;\n}\n"), [2]);
        assert_eq!(allowed_lines("{\n  # flakewise: allow other-rule, missing-import\n  # why\n  b = 2;\n}\n"), [3]);
    }

    #[test]
    fn in_the_whole_file() {
        assert_eq!(allowed_lines("{\n  a = 1;\n}\n# flakewise: allow-file missing-import\n").len(), 5);
    }

    #[test]
    fn only_comments_and_only_this_rule() {
        assert!(allowed_lines("{\n  a = \"# flakewise: allow missing-import\";\n}\n").is_empty());
        assert!(allowed_lines("{\n  a = 1; # flakewise: allow missing-follows\n}\n").is_empty());
    }
}
