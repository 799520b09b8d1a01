//! The indentation of a line that somebody begins, and of one that a bracket closes.

use crate::base::{TextEdit, TextRange, TextSize};
use crate::ide::{Analysis, FilePosition};
use crate::syntax::{SyntaxKind, SyntaxToken};

/// Whether a token opens something that the lines after it stand in.
fn opens(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        SyntaxKind::TOKEN_L_BRACE
            | SyntaxKind::TOKEN_L_BRACK
            | SyntaxKind::TOKEN_L_PAREN
            | SyntaxKind::TOKEN_INTERPOL_START
            | SyntaxKind::TOKEN_LET
    )
}

/// Whether a token closes what one that [`opens`] opened.
fn closes(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        SyntaxKind::TOKEN_R_BRACE
            | SyntaxKind::TOKEN_R_BRACK
            | SyntaxKind::TOKEN_R_PAREN
            | SyntaxKind::TOKEN_INTERPOL_END
            | SyntaxKind::TOKEN_IN
    )
}

/// How the line of a place is to be indented, as an edit of the white space that it begins with. `unit` is one step.
/// `None` in strings and comments, whose white space means something, and where the line is right.
pub fn indent_line(analysis: &Analysis, position: FilePosition, unit: &str) -> Option<TextEdit> {
    let data = analysis.snapshot().file(position.file).ok()?;
    let text = data.text();
    let before = text.get(..position.offset.into())?;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = text.get(start..)?.split('\n').next()?.trim_end_matches('\r');
    let written = line.get(..line.len() - line.trim_start_matches([' ', '\t']).len())?;
    let start = TextSize::try_from(start).ok()?;
    let root = data.parse().root();
    let at = start + TextSize::of(written);
    // White space between tokens, and not within one.
    let here = root.token_at_offset(start).left_biased();
    let within = |token: &SyntaxToken| {
        matches!(token.kind(), SyntaxKind::TOKEN_STRING_CONTENT | SyntaxKind::TOKEN_STRING_START)
            || token.kind() == SyntaxKind::TOKEN_COMMENT && token.text_range().end() > start
    };
    if here.as_ref().is_some_and(within) {
        return None;
    }
    let first = root.token_at_offset(at).right_biased().filter(|token| token.text_range().start() == at);
    // The last token before the line, and the innermost bracket that is open there.
    let mut last: Option<SyntaxToken> = None;
    let mut depth = 0usize;
    let mut opener = None;
    // By hand: what is missing is a node without tokens, which ends a walk from token to token.
    let tokens = root.descendants_with_tokens().filter_map(|it| it.into_token());
    let before_line: Vec<SyntaxToken> = tokens.take_while(|token| token.text_range().start() < start).collect();
    for found in before_line.into_iter().rev().filter(|token| !token.kind().is_trivia()) {
        if last.is_none() {
            last = Some(found.clone());
        }
        if closes(found.kind()) {
            depth += 1;
        } else if opens(found.kind()) {
            if depth == 0 {
                opener = Some(found);
                break;
            }
            depth -= 1;
        }
    }
    let indent_of = |token: &SyntaxToken| {
        let before = text.get(..token.text_range().start().into()).unwrap_or_default();
        let line = before.rfind('\n').map_or(0, |at| at + 1);
        let line = text.get(line..).unwrap_or_default();
        line.get(..line.len() - line.trim_start_matches([' ', '\t']).len()).unwrap_or_default().to_string()
    };
    let base = opener.as_ref().map(&indent_of).unwrap_or_default();
    let closing = first.as_ref().is_some_and(|first| closes(first.kind()));
    let continued = last.as_ref().is_some_and(|last| last.kind() == SyntaxKind::TOKEN_ASSIGN);
    let wanted = match (&opener, closing) {
        (_, true) => base,
        // The value of a binding stands deeper than its name.
        _ if continued => format!("{}{unit}", last.as_ref().map(indent_of).unwrap_or_default()),
        (Some(_), false) => format!("{base}{unit}"),
        (None, false) => String::new(),
    };
    (wanted != written).then(|| TextEdit::replace(TextRange::at(start, TextSize::of(written)), wanted))
}

#[cfg(test)]
mod tests {
    use super::indent_line;
    use crate::ide::testing::at_cursor;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let (analysis, fixture, position) = at_cursor(text);
        let text = fixture.text("/default.nix");
        let made = match indent_line(&analysis, position, "  ") {
            Some(edit) => edit.apply(text).unwrap(),
            None => text.to_string(),
        };
        assert_eq!(made, expected);
    }

    #[test]
    fn new_lines() {
        check("{\n$0\n}\n", "{\n  \n}\n");
        check("{\n  a = [\n$0\n", "{\n  a = [\n    \n");
        check("{\n  a =\n$0\n", "{\n  a =\n    \n");
        check("{\n  a = 1;\n      $0\n", "{\n  a = 1;\n  \n");
        check("{\n  a = { b = 1; };\n$0", "{\n  a = { b = 1; };\n  ");
        check("let\n$0", "let\n  ");
        check("{ }\n  $0", "{ }\n");
    }

    #[test]
    fn brackets_that_close() {
        check("{\n  a = {\n    b = 1;\n    }$0", "{\n  a = {\n    b = 1;\n  }");
        check("let\n  a = 1;\n  in$0", "let\n  a = 1;\nin");
    }

    #[test]
    fn text_stays_as_it_is() {
        check("''\n  a\n$0''", "''\n  a\n''");
        check("/*\n$0*/ { }", "/*\n*/ { }");
    }
}
