//! Expressions, from `let` down to a single name.

use super::{Parser, starts_simple};
use crate::syntax::SyntaxKind::{self, *};
use crate::syntax::error;
use crate::syntax::tree_builder::Checkpoint;

/// How tightly an operator binds, and to which side it groups.
#[derive(Clone, Copy)]
struct Operator {
    level: u8,
    grouping: Grouping,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Grouping {
    Left,
    Right,
    None,
}

const PIPE_LEFT: u8 = 1;
const PIPE_RIGHT: u8 = 2;
const NOT: u8 = 9;
const HAS_ATTR: u8 = 13;
const NEGATE: u8 = 14;

fn infix(kind: SyntaxKind) -> Option<Operator> {
    let (level, grouping) = match kind {
        TOKEN_PIPE_LEFT => (PIPE_LEFT, Grouping::Right),
        TOKEN_PIPE_RIGHT => (PIPE_RIGHT, Grouping::Left),
        TOKEN_IMPLICATION => (3, Grouping::Right),
        TOKEN_OR_OR => (4, Grouping::Left),
        TOKEN_AND_AND => (5, Grouping::Left),
        TOKEN_EQUAL | TOKEN_NOT_EQUAL => (6, Grouping::None),
        TOKEN_LESS | TOKEN_LESS_OR_EQ | TOKEN_MORE | TOKEN_MORE_OR_EQ => (7, Grouping::None),
        TOKEN_UPDATE => (8, Grouping::Right),
        TOKEN_ADD | TOKEN_SUB => (10, Grouping::Left),
        TOKEN_MUL | TOKEN_DIV => (11, Grouping::Left),
        TOKEN_CONCAT => (12, Grouping::Right),
        TOKEN_QUESTION => (HAS_ATTR, Grouping::Left),
        _ => return None,
    };
    Some(Operator { level, grouping })
}

/// Whether an expression starts so. An operator without its left side counts as one.
pub(super) fn starts_expression(kind: SyntaxKind) -> bool {
    let starts_operand = matches!(
        kind,
        TOKEN_LET | TOKEN_IF | TOKEN_WITH | TOKEN_ASSERT | TOKEN_INVERT | TOKEN_INTERPOL_START | TOKEN_ERROR | TOKEN_OR
    );
    starts_operand || starts_simple(kind) || infix(kind).is_some()
}

impl Parser<'_> {
    /// Any expression. If there is none, an empty error node takes its place.
    pub(in crate::syntax) fn expression(&mut self) {
        match self.peek() {
            Some(TOKEN_LET) if self.nth(1) != Some(TOKEN_L_BRACE) => self.let_in(),
            Some(TOKEN_WITH) => self.scoped(NODE_WITH, "after what `with` opens"),
            Some(TOKEN_ASSERT) => self.scoped(NODE_ASSERT, "after the condition of `assert`"),
            Some(TOKEN_IF) => self.if_else(),
            _ if self.at_function() => self.function(),
            _ => self.operation(0),
        }
    }

    fn missing_expression(&mut self) {
        let found = self.found();
        self.error_here(format!("expected an expression, found {found}"));
        self.empty(NODE_ERROR);
    }

    fn let_in(&mut self) {
        self.start(NODE_LET_IN);
        self.bump();
        self.open.lets += 1;
        self.bindings(TOKEN_IN);
        self.open.lets -= 1;
        self.expect(TOKEN_IN, "after the bindings of this `let`");
        self.expression();
        self.finish_node();
    }

    /// `with a; b` or `assert a; b`.
    fn scoped(&mut self, kind: SyntaxKind, purpose: &str) {
        self.start(kind);
        self.bump();
        self.open.statements += 1;
        self.expression();
        self.open.statements -= 1;
        self.expect(TOKEN_SEMICOLON, purpose);
        self.expression();
        self.finish_node();
    }

    fn if_else(&mut self) {
        self.start(NODE_IF_ELSE);
        self.bump();
        self.open.thens += 1;
        self.expression();
        self.open.thens -= 1;
        self.open.elses += 1;
        self.expect(TOKEN_THEN, "after the condition of this `if`");
        self.expression();
        self.open.elses -= 1;
        self.expect(TOKEN_ELSE, "because every `if` has one");
        self.expression();
        self.finish_node();
    }

    fn at_function(&mut self) -> bool {
        match self.peek() {
            Some(TOKEN_IDENT) => matches!(self.nth(1), Some(TOKEN_COLON | TOKEN_AT)),
            Some(TOKEN_L_BRACE) => self.at_pattern(),
            _ => false,
        }
    }

    fn function(&mut self) {
        self.start(NODE_LAMBDA);
        if self.at(TOKEN_IDENT) && self.nth(1) == Some(TOKEN_COLON) {
            self.start(NODE_IDENT_PARAM);
            self.start(NODE_IDENT);
            self.bump();
            self.finish_node();
            self.finish_node();
        } else {
            self.pattern();
        }
        self.expect(TOKEN_COLON, "between the arguments and the body of this function");
        self.expression();
        self.finish_node();
    }

    /// Operators that bind at least as tightly as `least`, and what they stand between.
    fn operation(&mut self, least: u8) {
        let start = self.operand_start();
        self.operand();
        let mut last: Option<(SyntaxKind, Operator)> = None;
        while let Some((kind, range)) = self.next_token()
            && let Some(operator) = infix(kind)
            && operator.level >= least
        {
            if let Some((last_kind, last)) = last {
                if operator.level == last.level && operator.grouping == Grouping::None {
                    self.remark(range, "comparisons cannot be chained: put one in parentheses");
                }
                if (last_kind, kind) == (TOKEN_PIPE_RIGHT, TOKEN_PIPE_LEFT) {
                    self.remark(range, MIXED_PIPES);
                }
            }
            if kind == TOKEN_PIPE_RIGHT && least == PIPE_LEFT {
                self.remark(range, MIXED_PIPES);
            }
            if kind == TOKEN_QUESTION {
                self.start_at(start, NODE_HAS_ATTR);
                self.bump();
                self.attrpath(true);
            } else {
                self.start_at(start, NODE_BIN_OP);
                self.bump();
                let tighter = u8::from(operator.grouping != Grouping::Right);
                self.operation(operator.level + tighter);
            }
            self.finish_node();
            last = Some((kind, operator));
        }
    }

    /// Where the operand that comes next starts. If none does, that is before the
    /// white space, which belongs to whatever comes instead.
    fn operand_start(&mut self) -> Checkpoint {
        let has_operand =
            self.peek().is_some_and(|kind| kind == TOKEN_SUB || (starts_expression(kind) && infix(kind).is_none()));
        if has_operand { self.checkpoint() } else { self.builder.checkpoint() }
    }

    fn operand(&mut self) {
        match self.next_token() {
            Some((TOKEN_SUB, _)) => self.prefix(NEGATE),
            Some((TOKEN_INVERT, _)) => self.prefix(NOT),
            Some((TOKEN_LET, _)) if self.nth(1) == Some(TOKEN_L_BRACE) => self.application(),
            Some((TOKEN_LET | TOKEN_IF | TOKEN_WITH | TOKEN_ASSERT, range)) => {
                let keyword = self.slice(range);
                self.remark(range, format!("`{keyword}` after an operator needs parentheses"));
                self.expression();
            }
            Some((kind, _)) if starts_simple(kind) => self.application(),
            Some((TOKEN_ERROR, _)) => {
                self.stray_characters();
                self.operand();
            }
            Some((TOKEN_OR, _)) => self.skip_token("`or` needs an attribute before it: `set.name or default`"),
            Some((TOKEN_INTERPOL_START, range)) => {
                self.start(NODE_ERROR);
                self.dynamic();
                self.finish_node();
                self.remark(range, "`${…}` is for strings, paths and the names of attributes");
            }
            _ => self.missing_expression(),
        }
    }

    /// Passes over characters that mean nothing, as if they were white space.
    fn stray_characters(&mut self) {
        while let Some((TOKEN_ERROR, range)) = self.next_token() {
            let message = error::unknown(self.slice(range));
            let was_fresh = self.error_is_fresh;
            self.bump();
            if !was_fresh {
                self.error(range, message);
            }
            // Nothing was read that could count for anything.
            self.error_is_fresh = true;
        }
    }

    fn prefix(&mut self, level: u8) {
        self.start(NODE_UNARY_OP);
        self.bump();
        self.operation(level);
        self.finish_node();
    }

    /// `f a b`.
    fn application(&mut self) {
        let start = self.checkpoint();
        self.select();
        loop {
            if self.at(TOKEN_ERROR) {
                self.stray_characters();
            }
            if !self.at_argument() {
                break;
            }
            self.start_at(start, NODE_APPLY);
            self.select();
            self.finish_node();
        }
    }

    fn at_argument(&mut self) -> bool {
        match self.peek() {
            // After `a = f`, `b = …` is the next binding, and a `;` is missing.
            Some(TOKEN_IDENT) => !self.at_binding(),
            Some(TOKEN_LET) => self.nth(1) == Some(TOKEN_L_BRACE),
            Some(kind) => starts_simple(kind),
            None => false,
        }
    }

    /// `a.b.c`, `a.b or c`, or a simple expression. It is known that one starts here.
    pub(super) fn select(&mut self) {
        let start = self.checkpoint();
        self.simple();
        if self.at(TOKEN_DOT) {
            self.start_at(start, NODE_SELECT);
            self.bump();
            self.attrpath(true);
            if self.eat(TOKEN_OR) {
                if self.at_argument() {
                    self.select();
                } else {
                    self.missing_expression();
                }
            }
            self.finish_node();
        } else if self.at(TOKEN_OR) {
            // For the sake of an old function of that name, `f or` is `f` applied to
            // `or`, even where `f` is itself an argument.
            self.start_at(start, NODE_APPLY);
            self.start(NODE_IDENT);
            self.bump_as(TOKEN_IDENT);
            self.finish_node();
            self.finish_node();
        }
    }

    fn simple(&mut self) {
        if self.at_function() {
            if let Some((_, range)) = self.next_token() {
                self.remark(range, "a function needs parentheses here");
            }
            self.function();
            return;
        }
        match self.peek() {
            Some(TOKEN_IDENT) => self.variable(),
            Some(TOKEN_INTEGER | TOKEN_FLOAT | TOKEN_URI) => self.literal(),
            Some(TOKEN_STRING_START) => self.string(),
            Some(kind @ (TOKEN_PATH_ABS | TOKEN_PATH_REL | TOKEN_PATH_HOME | TOKEN_PATH_SEARCH)) => self.path(kind),
            Some(TOKEN_L_PAREN) => self.paren(),
            Some(TOKEN_L_BRACK) => self.list(),
            Some(TOKEN_L_BRACE | TOKEN_REC) => self.attr_set(),
            Some(TOKEN_LET) => self.legacy_let(),
            _ => self.missing_expression(),
        }
    }

    fn variable(&mut self) {
        let is_position = self.next_token().is_some_and(|(_, range)| self.slice(range) == "__curPos");
        if is_position {
            self.start(NODE_CUR_POS);
            self.bump_as(TOKEN_CUR_POS);
        } else {
            self.start(NODE_IDENT);
            self.bump();
        }
        self.finish_node();
    }

    pub(in crate::syntax) fn paren(&mut self) {
        self.start(NODE_PAREN);
        let opening = self.bump_opening();
        self.open.parens += 1;
        self.expression();
        self.open.parens -= 1;
        self.close(TOKEN_R_PAREN, opening);
        self.finish_node();
    }

    fn list(&mut self) {
        self.start(NODE_LIST);
        let opening = self.bump_opening();
        self.open.brackets += 1;
        while self.element() {}
        self.open.brackets -= 1;
        self.close(TOKEN_R_BRACK, opening);
        self.finish_node();
    }

    /// Reads one element of a list, as one node, or says that there is none left.
    /// Under the same conditions as [`Parser::binding_before`].
    pub(in crate::syntax) fn element(&mut self) -> bool {
        let Some((kind, range)) = self.next_token() else {
            return false;
        };
        match kind {
            TOKEN_R_BRACK => return false,
            TOKEN_IDENT if self.at_end_of_something() => return false,
            TOKEN_LET if self.nth(1) == Some(TOKEN_L_BRACE) => self.select(),
            TOKEN_LET | TOKEN_IF | TOKEN_WITH | TOKEN_ASSERT => {
                let keyword = self.slice(range);
                self.remark(range, format!("`{keyword}` in a list needs parentheses"));
                self.expression();
            }
            _ if starts_simple(kind) => self.select(),
            TOKEN_COMMA => {
                self.skip_token("the elements of a list are separated by spaces, not by commas");
            }
            _ if self.at_end_of_something() => return false,
            TOKEN_ERROR => {
                let message = error::unknown(self.slice(range));
                self.skip_token(message);
            }
            TOKEN_INTERPOL_START | TOKEN_OR => self.operand(),
            _ => {
                let found = self.found();
                let message = if infix(kind).is_some() || kind == TOKEN_INVERT {
                    format!("{found} in a list needs parentheses around it and what it is applied to")
                } else {
                    format!("expected an element of the list or `]`, found {found}")
                };
                self.skip_token(message);
            }
        }
        true
    }
}

const MIXED_PIPES: &str = "`|>` and `<|` cannot be mixed: put one in parentheses";
