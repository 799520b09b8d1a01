//! Where the cursor stands, for completion.

use crate::base::{FileId, TextEdit, TextRange, TextSize};
use crate::ide::{Analysis, FilePosition};
use crate::semantics::Segment;
use crate::syntax::ast::{self, AstNode};
use crate::syntax::{Parse, SyntaxKind::*, SyntaxNode, SyntaxToken};

/// The name that is put in place of the word at the cursor. No code has it.
const MARKER: &str = "flakewiseCursor";

/// What completion is asked for.
pub(super) struct Context<'a> {
    pub analysis: &'a Analysis,
    pub file: FileId,
    /// Where the word starts; places before it are the same in the tree and in the text.
    pub offset: TextSize,
    /// The word around the cursor, which a proposal replaces.
    pub word: TextRange,
    /// What of it stands before the cursor.
    pub typed: String,
    pub spot: Spot,
}

/// What the word at the cursor is.
pub(super) enum Spot {
    /// A path literal, of which `typed` stands before the cursor.
    Path { typed: String },
    /// The text of a string without interpolation; the node is in the tree of the text itself.
    String(ast::Str),
    /// A segment of a binding's path, after the segments `before`. `set` is what holds the binding.
    Binding { set: SyntaxNode, before: Vec<Segment> },
    /// The last name of a selection; those after the cursor are cut off.
    Selection(Selection),
    /// A name after `inherit`.
    Inherit(ast::Inherit),
    /// An argument of this function.
    Formal(SyntaxNode),
    /// A name in an expression.
    Expression(SyntaxNode),
}

/// `base.a.b.` before the cursor.
pub(super) struct Selection {
    pub base: ast::Expr,
    pub before: Vec<ast::Attr>,
}

impl<'a> Context<'a> {
    /// The context of a place; `None` where nothing is to be completed.
    pub fn new(analysis: &'a Analysis, position: FilePosition) -> Option<Context<'a>> {
        let FilePosition { file, offset } = position;
        let data = analysis.snapshot().file(file).ok()?;
        let text: &str = data.text();
        text.get(usize::from(offset)..)?;
        let with = |word: TextRange, spot| {
            let typed = text.get(usize::from(word.start())..usize::from(offset)).unwrap_or_default().to_string();
            Some(Context { analysis, file, offset: word.start(), word, typed, spot })
        };
        let root = data.parse().root();
        let token = root.token_at_offset(offset).left_biased();
        if let Some(token) = &token {
            let inside = token.text_range().end() > offset;
            match token.kind() {
                TOKEN_COMMENT if inside || token.text().starts_with('#') => return None,
                TOKEN_STRING_CONTENT | TOKEN_STRING_START => {
                    return string(token, offset).and_then(|(word, it)| with(word, it));
                }
                _ => {}
            }
        }
        if let Some((word, typed)) = path_before(text, offset) {
            return with(word, Spot::Path { typed });
        }
        let word = word_around(text, offset);
        let edit = TextEdit { range: word, insert: format!("{MARKER}{}", suffix(text, &root, word)) };
        let mut patched = String::with_capacity(text.len() + edit.insert.len());
        patched.push_str(text.get(..usize::from(word.start()))?);
        patched.push_str(&edit.insert);
        patched.push_str(text.get(usize::from(word.end())..)?);
        let parse: Parse = data.parse().reparse(text, &edit, &patched);
        let token = parse.root().token_at_offset(word.start()).right_biased()?;
        let spot = spot(&token)?;
        with(word, spot)
    }
}

/// What the made-up name is.
fn spot(token: &SyntaxToken) -> Option<Spot> {
    if token.text() != MARKER {
        return None;
    }
    let node = token.parent()?;
    let parent = node.parent()?;
    match parent.kind() {
        NODE_ATTRPATH => {
            let path = ast::Attrpath::cast(parent.clone())?;
            let before: Vec<ast::Attr> = path.attrs().take_while(|attr| *attr.syntax() != node).collect();
            let holder = parent.parent()?;
            if let Some(select) = ast::Select::cast(holder.clone()) {
                return Some(Spot::Selection(Selection { base: select.expr()?, before }));
            }
            if let Some(has) = ast::HasAttr::cast(holder.clone()) {
                return Some(Spot::Selection(Selection { base: has.expr()?, before }));
            }
            let segments = before.iter().map(|attr| match crate::semantics::attr_name(attr) {
                Some(name) => Segment::Name(name),
                None => Segment::Any,
            });
            Some(Spot::Binding { before: segments.collect(), set: holder.parent()? })
        }
        NODE_INHERIT => Some(Spot::Inherit(ast::Inherit::cast(parent)?)),
        NODE_PAT_ENTRY | NODE_PATTERN => {
            let entry = ast::PatEntry::cast(parent.clone());
            let is_name = entry.is_none_or(|entry| entry.ident().is_some_and(|ident| *ident.syntax() == node));
            if !is_name {
                return Some(Spot::Expression(node));
            }
            Some(Spot::Formal(parent.ancestors().find(|it| it.kind() == NODE_LAMBDA)?))
        }
        _ if node.kind() == NODE_IDENT => Some(Spot::Expression(node)),
        _ => None,
    }
}

/// The content of a string, up to where interpolation begins.
fn string(token: &SyntaxToken, offset: TextSize) -> Option<(TextRange, Spot)> {
    let string = token.parent().and_then(ast::Str::cast)?;
    let interpolated = string.syntax().children().any(|child| child.kind() == NODE_INTERPOL);
    let start = string.syntax().first_token()?;
    if interpolated || start.text_range().end() > offset {
        return None;
    }
    let content = string.syntax().children_with_tokens().filter_map(|it| it.into_token());
    let range = content.filter(|token| token.kind() == TOKEN_STRING_CONTENT).map(|token| token.text_range());
    let at = start.text_range().end();
    let word = range.reduce(TextRange::cover).unwrap_or_else(|| TextRange::empty(at));
    // A string that is not closed runs on to the next quote: only this line can be meant.
    let inside = word.contains_inclusive(offset);
    let text = string.syntax().text();
    let one_line = !text.contains_char('\n');
    let word = if one_line { word } else { TextRange::new(at, offset) };
    inside.then_some((word, Spot::String(string)))
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '\'')
}

/// The name around an offset, empty where none is.
fn word_around(text: &str, offset: TextSize) -> TextRange {
    let (before, after) = text.split_at(usize::from(offset));
    let back: usize = before.chars().rev().take_while(|c| is_word(*c)).count();
    let forth: usize = after.chars().take_while(|c| is_word(*c)).count();
    TextRange::new(offset - size(back), offset + size(forth))
}

/// A path that is being typed before an offset: `./a/b`, `../`, `.`. The range is its last component.
fn path_before(text: &str, offset: TextSize) -> Option<(TextRange, String)> {
    let (before, after) = text.split_at(usize::from(offset));
    let is_path = |c: char| is_word(c) || matches!(c, '.' | '/' | '+' | '@');
    let length: usize = before.chars().rev().take_while(|c| is_path(*c)).map(char::len_utf8).sum();
    let typed = before.get(before.len() - length..)?;
    if !(typed.starts_with("./") || typed.starts_with("../")) {
        return None;
    }
    let folder = typed.rfind('/')? + 1;
    let rest: usize = after.chars().take_while(|c| is_path(*c) && *c != '/').count();
    let start = offset - size(typed.len() - folder);
    Some((TextRange::new(start, offset + size(rest)), typed.to_string()))
}

/// What has to follow the made-up name so that the text around it still parses.
fn suffix(text: &str, root: &SyntaxNode, word: TextRange) -> &'static str {
    let after = text.get(usize::from(word.end())..).unwrap_or_default().trim_start();
    let goes_on = after.starts_with(['.', '?', ',']) || (after.starts_with('=') && !after.starts_with("=="));
    let is_formal = after.strip_prefix('}').is_some_and(|rest| rest.trim_start().starts_with([':', '@']));
    if goes_on || is_formal {
        return "";
    }
    let start = path_start(text, word.start());
    let before = text.get(..start).unwrap_or_default().trim_end();
    let binds = match before.chars().next_back() {
        Some('{') => !before.ends_with("${"),
        // `with x;` and `assert x;` are followed by an expression.
        Some(';') => {
            let semicolon = size(before.len() - 1);
            let token = root.token_at_offset(semicolon).right_biased();
            let parent = token.and_then(|token| token.parent()).map(|parent| parent.kind());
            !matches!(parent, Some(NODE_WITH | NODE_ASSERT))
        }
        Some(_) => before.ends_with("let") && !before.strip_suffix("let").is_some_and(|rest| rest.ends_with(is_word)),
        None => false,
    };
    if binds {
        return " = 0;";
    }
    // Without this, the binding on the next line would be taken for an argument.
    let line_ends = text.get(usize::from(word.end())..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    if line_ends.trim().is_empty() && starts_binding(after) { ";" } else { "" }
}

/// Where the attribute path starts that ends at `end`.
fn path_start(text: &str, end: TextSize) -> usize {
    let mut at = usize::from(end);
    loop {
        let before = text.get(..at).unwrap_or_default();
        let Some(rest) = before.trim_end().strip_suffix('.') else { return at };
        let rest = rest.trim_end();
        let segment = if let Some(quoted) = rest.strip_suffix('"') {
            match quoted.rfind('"') {
                Some(open) => open,
                None => return at,
            }
        } else if rest.ends_with('}') {
            match rest.rfind("${") {
                Some(open) => open,
                None => return at,
            }
        } else {
            rest.trim_end_matches(is_word).len()
        };
        if segment == rest.len() {
            return at;
        }
        at = segment;
    }
}

/// Whether a text begins with `a.b =`.
fn starts_binding(text: &str) -> bool {
    let path: usize = text.chars().take_while(|c| is_word(*c) || matches!(c, '.' | '"')).map(char::len_utf8).sum();
    let rest = text.get(path..).unwrap_or_default().trim_start();
    path > 0 && (rest.starts_with('=') && !rest.starts_with("=="))
}

fn size(bytes: usize) -> TextSize {
    TextSize::try_from(bytes).unwrap_or_default()
}
