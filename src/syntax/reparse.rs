//! Parsing again after an edit, without parsing everything again.
//!
//! The parser reads from left to right, and between two bindings of a set or two
//! elements of a list it remembers nothing but what is open around them. So it
//! may start anew before the binding that was edited, and may stop as soon as it
//! has passed the edit and stands at the end of a binding that was there before:
//! all that follows would come out as it did.
//!
//! In order of size, these are tried, each around the edit:
//!
//! - white space or a comment, which stays one;
//! - a run of bindings or elements;
//! - a whole `( … )`, string or interpolation;
//!
//! and whatever lies around these, until one of them gives the same result as
//! parsing the whole text, for certain. The conditions for that are written at
//! each check. For some edits they hold nowhere (a quote that opens what it should
//! not, an edit near an error), and then the whole text is parsed.

#[cfg(test)]
mod tests;

use rowan::{GreenNodeData, GreenToken, NodeOrToken};

use super::SyntaxKind::{self, *};
use super::lexer::Lexer;
use super::parse::Parse;
use super::parser::{MAX_ERRORS, Open, Parser, breaks_line, is_trivia};
use super::tree_builder::{GreenElement, raw};
use super::{SyntaxError, SyntaxNode, SyntaxToken};
use crate::base::{TextEdit, TextRange, TextSize};

/// The new parse, or `None` if only parsing everything can tell.
pub(super) fn reparse(old: &Parse, edit: &TextEdit, new_text: &str) -> Option<Parse> {
    // With that many errors it is not known which ones were left out.
    if old.errors().len() >= MAX_ERRORS {
        return None;
    }
    let change = Change { edit, new_text, errors: old.errors() };
    let root = old.root();
    let innermost = root.covering_element(edit.range);
    if let Some(token) = innermost.as_token()
        && let Some(parse) = change.trivia(token)
    {
        return Some(parse);
    }
    /// In less text than this, a failed attempt costs nothing worth saving.
    const SMALL: usize = 2048;
    // When attempts have failed, a large one more would not pay.
    let mut budget = SMALL.max(new_text.len() / 2);
    let around: Vec<SyntaxNode> = innermost.ancestors().collect();
    // What stands within an error is parsed under rules of its own.
    let outside_of_errors = around.iter().rposition(|it| it.kind() == NODE_ERROR).map_or(0, |error| error + 1);
    for node in around.iter().skip(outside_of_errors) {
        let replacement = match node.kind() {
            NODE_ATTR_SET | NODE_LEGACY_LET | NODE_LET_IN | NODE_LIST => change.run(node, &mut budget),
            NODE_PAREN | NODE_STRING | NODE_INTERPOL | NODE_DYNAMIC => change.whole(node, &mut budget),
            _ => None,
        };
        if let Some(replacement) = replacement {
            return replacement.apply(&change, node);
        }
    }
    None
}

struct Change<'a> {
    edit: &'a TextEdit,
    new_text: &'a str,
    /// The errors of the old text.
    errors: &'a [SyntaxError],
}

/// New children of some node, in the place of old ones.
struct Replacement {
    /// The indices of the old children.
    old: std::ops::Range<usize>,
    /// What text those cover.
    range: TextRange,
    new: Vec<GreenElement>,
    /// The errors within the new children.
    errors: Vec<SyntaxError>,
}

impl Replacement {
    fn apply(self, change: &Change<'_>, node: &SyntaxNode) -> Option<Parse> {
        let errors = change.splice_errors(self.range, self.errors)?;
        let green = node.green().splice_children(self.old, self.new);
        Some(Parse::from_parts(node.replace_with(green), errors))
    }
}

/// The part of a node between its opening and its closing token.
struct Delimited {
    /// Where the opening token ends.
    start: TextSize,
    /// Where the closing token starts, or where the last child ends of a node that is never closed.
    end: TextSize,
    closes: SyntaxKind,
    is_closed: bool,
    /// The indices of the children between them, white space included.
    children: std::ops::Range<usize>,
    /// Those of them that are bindings, elements or errors.
    nodes: Vec<Child>,
}

#[derive(Clone, Copy)]
struct Child {
    index: usize,
    start: TextSize,
    end: TextSize,
    is_error: bool,
}

/// A place between two children.
struct Place {
    /// The index of the child after it.
    index: usize,
    offset: TextSize,
}

impl Delimited {
    /// `None` for a node of another kind, and for a `let` that is never closed:
    /// what follows its bindings may be one more of them or not.
    fn of(node: &SyntaxNode) -> Option<Delimited> {
        let (opens, closes) = match node.kind() {
            NODE_ATTR_SET | NODE_LEGACY_LET => (TOKEN_L_BRACE, TOKEN_R_BRACE),
            NODE_LET_IN => (TOKEN_LET, TOKEN_IN),
            NODE_LIST => (TOKEN_L_BRACK, TOKEN_R_BRACK),
            _ => return None,
        };
        let mut offset = node.text_range().start();
        let mut opening = None;
        let mut nodes = Vec::new();
        for (index, child) in node.green().children().enumerate() {
            let (start, end) = (offset, offset + child.text_len());
            offset = end;
            if opening.is_none() {
                if child.kind() == raw(opens) {
                    opening = Some((index + 1, end));
                }
            } else if child.as_node().is_some() {
                let is_error = child.kind() == raw(NODE_ERROR);
                nodes.push(Child { index, start, end, is_error });
            } else if child.kind() == raw(closes) {
                let (first, opening_end) = opening?;
                let children = first..index;
                return Some(Delimited { start: opening_end, end: start, closes, is_closed: true, children, nodes });
            }
        }
        let (first, opening_end) = opening.filter(|_| closes != TOKEN_IN)?;
        let last = nodes.last()?;
        let (children, end) = (first..last.index + 1, last.end);
        Some(Delimited { start: opening_end, end, closes, is_closed: false, children, nodes })
    }
}

impl Change<'_> {
    /// Where something that comes after the edit is in the new text.
    fn moved(&self, offset: TextSize) -> TextSize {
        offset - self.edit.range.len() + TextSize::of(self.edit.insert.as_str())
    }

    /// An edit within white space or a comment that stays one.
    fn trivia(&self, token: &SyntaxToken) -> Option<Parse> {
        let range = token.text_range();
        // With its first character untouched, it starts where it started. What was
        // before it does not depend on more: nothing is joined over white space, and
        // a comment is not looked into.
        if !is_trivia(token.kind()) || self.edit.range.start() <= range.start() {
            return None;
        }
        let start = usize::from(range.start());
        let end = usize::from(self.moved(range.end()));
        let new = Lexer::new(self.new_text, start).next()?;
        if new.kind != token.kind() || start + new.len as usize != end {
            return None;
        }
        let text = self.new_text.get(start..end)?;
        // In some unfinished code, a new line decides.
        if breaks_line(token.text()) != breaks_line(text) {
            return None;
        }
        let errors = self.splice_errors(range, Vec::new())?;
        let green = token.replace_with(GreenToken::new(raw(new.kind), text));
        Some(Parse::from_parts(green, errors))
    }

    /// An edit between the brackets of `node`, which stay where they are.
    fn whole(&self, node: &SyntaxNode, budget: &mut usize) -> Option<Replacement> {
        let range = node.text_range();
        let (first, last) = (node.first_child_or_token()?, node.last_child_or_token()?);
        let closes = matches!(
            (first.kind(), last.kind()),
            (TOKEN_L_PAREN, TOKEN_R_PAREN)
                | (TOKEN_STRING_START, TOKEN_STRING_END)
                | (TOKEN_INTERPOL_START, TOKEN_INTERPOL_END)
        );
        if !closes {
            return None;
        }
        let inside = TextRange::new(first.text_range().end(), last.text_range().start());
        // Whether `inherit` takes a `${…}` depends on what is in it.
        let is_inherited = node
            .ancestors()
            .any(|it| it.kind() == NODE_DYNAMIC && it.parent().is_some_and(|it| it.kind() == NODE_INHERIT));
        if is_inherited || !inside.contains_range(self.edit.range) {
            return None;
        }
        *budget = budget.checked_sub(self.moved(range.end()).checked_sub(range.start())?.into())?;

        let parent = node.parent()?;
        let mut parser = Parser::new(self.new_text, range.start(), depth(&parent));
        parser.begin_within(open_around(node)?);
        match node.kind() {
            NODE_PAREN => parser.paren(),
            NODE_STRING => parser.string(),
            NODE_INTERPOL => parser.interpolation(),
            _ => parser.dynamic(),
        }
        // It must end with its own bracket, where it ended before. The lexer then is
        // in the state in which it was, provided that no brace is left open.
        let last_token = parser.last_token()?;
        let is_same_end = parser.position() == self.moved(range.end())
            && last_token.kind == last.kind()
            && last_token.open == 0
            && last_token.braces == 0
            && !parser.error_is_fresh();
        if !is_same_end || self.has_error_within(range) {
            return None;
        }
        let parsed = parser.finish();
        if parsed.too_deep.is_some() {
            return None;
        }
        let [NodeOrToken::Node(new)] = <[GreenElement; 1]>::try_from(parsed.elements).ok()? else {
            return None;
        };
        // By the token that opens it the parser decided what kind of node this is, and
        // would decide so again.
        let new: Vec<GreenElement> = children(&new).collect();
        let old = 0..node.green().children().len();
        Some(Replacement { old, range, new, errors: parsed.errors })
    }

    /// An edit among the bindings or elements of `node`.
    fn run(&self, node: &SyntaxNode, budget: &mut usize) -> Option<Replacement> {
        let delimited = Delimited::of(node)?;
        let inside = TextRange::new(delimited.start, delimited.end);
        if !inside.contains_range(self.edit.range) || !self.stays_what_it_is(node, &delimited) {
            return None;
        }
        let first = self.first_changed(node, &delimited)?;
        let mut parser = Parser::new(self.new_text, first.offset, depth(node));
        let mut open = open_around(node)?;
        match node.kind() {
            NODE_LIST => open.brackets += 1,
            NODE_LET_IN => open.lets += 1,
            _ => open.braces += 1,
        }
        parser.begin_within(open);
        let end = loop {
            let is_at_end = match node.kind() {
                NODE_LIST => !parser.element(),
                _ => !parser.binding_before(delimited.closes),
            };
            // Within an interpolation, the lexer counts braces to find its end.
            let is_balanced = parser.last_token().is_none_or(|it| it.open == 0 && it.braces == 0);
            if is_at_end {
                if !delimited.is_closed {
                    return None;
                }
                let closing = parser.next_token()?;
                let is_same = closing.0 == delimited.closes && closing.1.start() == self.moved(delimited.end);
                if !is_same || !is_balanced {
                    return None;
                }
                parser.eat_trivia();
                break Place { index: delimited.children.end, offset: delimited.end };
            }
            let position = parser.position();
            if usize::from(position - first.offset) > *budget {
                *budget = 0;
                return None;
            }
            if is_balanced
                && !parser.error_is_fresh()
                && let Some(end) = self.old_end(&delimited, position)
            {
                break end;
            }
        };
        *budget = budget.saturating_sub((parser.position() - first.offset).into());

        let range = TextRange::new(first.offset, end.offset);
        let is_interpolated = node.ancestors().any(|it| matches!(it.kind(), NODE_INTERPOL | NODE_DYNAMIC));
        if is_interpolated && self.has_error_within(range) {
            return None;
        }
        let parsed = parser.finish();
        if parsed.too_deep.is_some() {
            return None;
        }
        Some(Replacement { old: first.index..end.index, range, new: parsed.elements, errors: parsed.errors })
    }

    /// Whether what follows the opening token still makes it what it was.
    fn stays_what_it_is(&self, node: &SyntaxNode, delimited: &Delimited) -> bool {
        match node.kind() {
            // A set, and not the arguments of a function.
            NODE_ATTR_SET => {
                let brace = delimited.start - TextSize::new(1);
                let has_rec = node.text_range().start() < brace;
                has_rec || !Parser::new(self.new_text, brace, 0).at_pattern()
            }
            // Still the word `let`, and not `let {`.
            NODE_LET_IN => {
                self.edit.range.start() > delimited.start
                    && Parser::new(self.new_text, delimited.start, 0).peek() != Some(TOKEN_L_BRACE)
            }
            _ => true,
        }
    }

    /// Where to start parsing: at the last child that starts before the edit, if
    /// nothing before it can have depended on what the edit changes.
    fn first_changed(&self, node: &SyntaxNode, delimited: &Delimited) -> Option<Place> {
        /// So many children are tried before starting with the first.
        const TRIED: usize = 4;
        let starting = delimited.nodes.partition_point(|it| it.start < self.edit.range.start());
        let candidates = (0..starting).rev().take(TRIED);
        for nth in candidates {
            let child = delimited.nodes.get(nth)?;
            // The one before looked at the kind of our first token, and at more than
            // that only where it went wrong. Its last token ends at a space or bracket,
            // so that the lexer did not look at our text either.
            let previous = nth.checked_sub(1).and_then(|nth| delimited.nodes.get(nth));
            let is_clean = previous.is_none_or(|it| self.is_clean(it));
            let before = usize::from(child.start).checked_sub(1);
            let is_apart = before.and_then(|it| self.new_text.as_bytes().get(it)).is_some_and(|it| {
                matches!(it, b' ' | b'\t' | b'\r' | b'\n' | b'/' | b';' | b')' | b']' | b'}' | b'{' | b'[')
            });
            let first_kind = Lexer::new(self.new_text, child.start.into()).next().map(|it| raw(it.kind));
            if is_clean && is_apart && first_kind == first_token_kind(node.green(), child.index) {
                return Some(Place { index: child.index, offset: child.start });
            }
        }
        Some(Place { index: delimited.children.start, offset: delimited.start })
    }

    /// The place after the old child that ends where the parser stands now, if
    /// everything from there on would be parsed as it was.
    fn old_end(&self, delimited: &Delimited, position: TextSize) -> Option<Place> {
        let nth = delimited.nodes.partition_point(|it| it.end < self.edit.range.end() || self.moved(it.end) < position);
        let child = delimited.nodes.get(nth)?;
        (self.moved(child.end) == position && self.is_clean(child))
            .then_some(Place { index: child.index + 1, offset: child.end })
    }

    /// Whether nothing went wrong in a child. That it is no error node has to be
    /// asked as well, because one may have been caused by an earlier error.
    fn is_clean(&self, child: &Child) -> bool {
        !child.is_error && !self.has_error_within(TextRange::new(child.start, child.end))
    }

    fn has_error_within(&self, range: TextRange) -> bool {
        self.errors.iter().any(|it| range.start() < it.noticed && it.noticed <= range.end())
    }

    /// The errors of the new text, where those noticed within `range` of the old
    /// one are replaced. `None` if one of the others is about what changed.
    fn splice_errors(&self, range: TextRange, new: Vec<SyntaxError>) -> Option<Vec<SyntaxError>> {
        let (start, end) = (range.start(), range.end());
        let moved = |offset: TextSize| {
            if offset < start || (offset == start && start < end) {
                Some(offset)
            } else if offset >= end && start < end {
                Some(self.moved(offset))
            } else {
                None
            }
        };
        let kept = |error: &SyntaxError| {
            let range = TextRange::new(moved(error.range.start())?, moved(error.range.end())?);
            let noticed = moved(error.noticed)?;
            Some(SyntaxError { range, message: error.message.clone(), noticed })
        };
        let (before, others): (Vec<_>, Vec<_>) = self.errors.iter().partition(|it| it.noticed <= start);
        let after = others.into_iter().filter(|it| it.noticed > end);
        let mut errors: Vec<SyntaxError> = before.into_iter().map(kept).collect::<Option<_>>()?;
        errors.extend(new);
        errors.extend(after.map(kept).collect::<Option<Vec<_>>>()?);
        (errors.len() < MAX_ERRORS).then_some(errors)
    }
}

/// What the parser had open when it came to a node, read off the nodes around
/// it: each of them is a call of the parser that had not returned. `None` where the tree does not tell.
fn open_around(node: &SyntaxNode) -> Option<Open> {
    let mut open = Open::default();
    let mut inner = node.clone();
    while let Some(outer) = inner.parent() {
        // Of several expressions within one node, the first ones are what something must follow.
        let nth = |of: usize| {
            let all = outer.children().count();
            (all == of).then(|| outer.children().position(|it| it == inner)).flatten()
        };
        match outer.kind() {
            NODE_ATTR_SET | NODE_LEGACY_LET => open.braces += 1,
            NODE_LIST => open.brackets += 1,
            NODE_PAREN | NODE_INHERIT_FROM => open.parens += 1,
            NODE_ATTRPATH_VALUE | NODE_INHERIT => open.statements += 1,
            NODE_PATTERN => {
                open.braces += 1;
                open.patterns += 1;
            }
            NODE_LET_IN if matches!(inner.kind(), NODE_ATTRPATH_VALUE | NODE_INHERIT) => open.lets += 1,
            NODE_LET_IN => {}
            NODE_WITH | NODE_ASSERT if nth(2)? == 0 => open.statements += 1,
            NODE_WITH | NODE_ASSERT => {}
            NODE_IF_ELSE => match nth(3)? {
                0 => open.thens += 1,
                1 => open.elses += 1,
                _ => {}
            },
            NODE_ERROR => return None,
            // The lexer itself knows where these end.
            NODE_INTERPOL | NODE_DYNAMIC => return Some(open),
            _ => {}
        }
        inner = outer;
    }
    Some(open)
}

/// How many nodes lead from the root down to this one, both included.
fn depth(node: &SyntaxNode) -> u32 {
    node.ancestors().count() as u32
}

fn children(node: &GreenNodeData) -> impl Iterator<Item = GreenElement> + '_ {
    node.children().map(|child| match child {
        NodeOrToken::Node(node) => NodeOrToken::Node(node.to_owned()),
        NodeOrToken::Token(token) => NodeOrToken::Token(token.to_owned()),
    })
}

fn first_token_kind(node: &GreenNodeData, child: usize) -> Option<rowan::SyntaxKind> {
    let mut element = node.children().nth(child)?;
    while let NodeOrToken::Node(node) = element {
        element = node.children().next()?;
    }
    Some(element.kind())
}
