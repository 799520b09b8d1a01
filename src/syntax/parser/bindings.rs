//! What stands between braces: attributes, `inherit`, and the arguments of a function.

use super::expressions::starts_expression;
use super::{Parser, starts_attr, starts_simple};
use crate::base::TextRange;
use crate::syntax::SyntaxKind::{self, *};

impl Parser<'_> {
    /// `{ … }` or `rec { … }`.
    pub(super) fn attr_set(&mut self) {
        self.start(NODE_ATTR_SET);
        if self.eat(TOKEN_REC) && !self.at(TOKEN_L_BRACE) {
            self.expect(TOKEN_L_BRACE, "after `rec`");
        } else {
            self.braces();
        }
        self.finish_node();
    }

    /// `let { body = …; }`, which nobody has written for a decade.
    pub(super) fn legacy_let(&mut self) {
        self.start(NODE_LEGACY_LET);
        self.bump();
        self.braces();
        self.finish_node();
    }

    fn braces(&mut self) {
        let opening = self.bump_opening();
        self.open.braces += 1;
        self.bindings(TOKEN_R_BRACE);
        self.open.braces -= 1;
        self.close(TOKEN_R_BRACE, opening);
    }

    pub(super) fn bump_opening(&mut self) -> TextRange {
        let range = self.next_token().map_or(TextRange::empty(self.read), |(_, range)| range);
        self.bump();
        range
    }

    /// Everything up to `until`, which is not read.
    pub(super) fn bindings(&mut self, until: SyntaxKind) {
        while self.binding_before(until) {}
    }

    /// Reads one binding, as one node, or says that there is none left.
    ///
    /// This is the unit in which a changed set is parsed again. So what it does
    /// must depend on nothing but the tokens from here on, and it notices no
    /// error before it has read a token.
    pub(in crate::syntax) fn binding_before(&mut self, until: SyntaxKind) -> bool {
        let Some(kind) = self.peek().filter(|&kind| kind != until) else {
            return false;
        };
        match kind {
            TOKEN_INHERIT => self.inherit(),
            _ if starts_attr(kind) => self.binding(),
            TOKEN_SEMICOLON => self.skip_token("this `;` ends nothing"),
            TOKEN_COMMA => self.skip_token("bindings end with `;`, not with `,`"),
            _ if self.at_end_of_something() => return false,
            // `let x = 1; x + 1` lacks an `in`, not a binding.
            _ if until == TOKEN_IN && starts_expression(kind) => return false,
            _ => self.skip_binding(until),
        }
        true
    }

    fn binding(&mut self) {
        self.start(NODE_ATTRPATH_VALUE);
        self.open.statements += 1;
        self.attrpath(false);
        let has_value = self.eat(TOKEN_ASSIGN) || self.goes_on_without_assign();
        if has_value {
            self.expression();
        }
        self.open.statements -= 1;
        self.expect(TOKEN_SEMICOLON, "to end this binding");
        self.finish_node();
    }

    /// Reports a missing `=`, and says whether a value follows nevertheless.
    fn goes_on_without_assign(&mut self) -> bool {
        let found = self.found();
        self.error_behind(format!("expected `=` after the name of this attribute, found {found}"));
        match self.peek() {
            Some(TOKEN_COLON) => {
                self.start(NODE_ERROR);
                self.bump();
                self.finish_node();
                self.error_is_fresh = true;
                true
            }
            // On the same line: `services.foo { enable = true; };`. Names and strings
            // more likely start the next binding.
            Some(kind) => starts_simple(kind) && !starts_attr(kind) && !self.starts_line(),
            None => false,
        }
    }

    fn inherit(&mut self) {
        self.start(NODE_INHERIT);
        self.bump();
        self.open.statements += 1;
        if self.at(TOKEN_L_PAREN) {
            self.start(NODE_INHERIT_FROM);
            let opening = self.bump_opening();
            self.open.parens += 1;
            self.expression();
            self.open.parens -= 1;
            self.close(TOKEN_R_PAREN, opening);
            self.finish_node();
        }
        loop {
            match self.peek() {
                Some(TOKEN_IDENT | TOKEN_OR) if self.at_binding() => break,
                Some(TOKEN_DOT) => self.skip_inherited_path(),
                Some(TOKEN_INTERPOL_START) => self.inherited_dynamic(),
                Some(kind) if starts_attr(kind) => self.attr(),
                _ => break,
            }
        }
        self.open.statements -= 1;
        self.expect(TOKEN_SEMICOLON, "to end this `inherit`");
        self.finish_node();
    }

    /// `${…}`, which is allowed here if it is a string that could have been written without.
    fn inherited_dynamic(&mut self) {
        let range = self.next_token().map(|(_, range)| range);
        let is_string = self.nth(1) == Some(TOKEN_STRING_START)
            && match self.nth(2) {
                Some(TOKEN_STRING_END) => self.nth(3) == Some(TOKEN_INTERPOL_END),
                Some(TOKEN_STRING_CONTENT) => self.nth(4) == Some(TOKEN_INTERPOL_END),
                _ => false,
            };
        self.dynamic();
        if let Some(range) = range.filter(|_| !is_string) {
            self.remark(range, "`inherit` takes names, not computed ones");
        }
    }

    /// `.name`s after a name in `inherit`.
    fn skip_inherited_path(&mut self) {
        self.error_here("`inherit` takes names, not paths: for `a.b` write `inherit (a) b;` or `b = a.b;`");
        self.start(NODE_ERROR);
        while self.eat(TOKEN_DOT) {
            if matches!(self.peek(), Some(TOKEN_IDENT | TOKEN_OR)) {
                self.bump();
            }
        }
        self.finish_node();
    }

    /// Something that is no binding, up to the `;` or to where the next one starts.
    fn skip_binding(&mut self, until: SyntaxKind) {
        let was_fresh = self.error_is_fresh;
        let found = self.found();
        let range = self.next_token().map_or(TextRange::empty(self.read), |(_, range)| range);
        let errors = self.errors.len();
        self.start(NODE_ERROR);
        loop {
            self.skip_one();
            if self.eat(TOKEN_SEMICOLON)
                || self.at(until)
                || self.at(TOKEN_INHERIT)
                || self.at_binding()
                || self.at_end_of_something()
            {
                break;
            }
        }
        self.finish_node();
        // Whatever went wrong within is a consequence of this.
        self.errors.truncate(errors);
        self.error_is_fresh = was_fresh;
        if !was_fresh {
            self.error(range, format!("expected a binding such as `name = value;`, found {found}"));
        }
        self.error_is_fresh = false;
    }

    // Names.

    /// `a.b."c".${d}`. `selects` says that it follows the `.` of an expression,
    /// where a binding on the next line may have been taken for its rest.
    pub(super) fn attrpath(&mut self, selects: bool) {
        if !self.attr_follows(selects) {
            let found = self.found();
            self.error_behind(format!("expected the name of an attribute, found {found}"));
            self.empty(NODE_ATTRPATH);
            return;
        }
        self.start(NODE_ATTRPATH);
        self.attr();
        while self.eat(TOKEN_DOT) {
            if !self.attr_follows(selects) {
                let found = self.found();
                self.error_behind(format!("expected the name of an attribute after `.`, found {found}"));
                break;
            }
            self.attr();
        }
        self.finish_node();
    }

    fn attr_follows(&mut self, selects: bool) -> bool {
        self.peek().is_some_and(starts_attr) && !(selects && self.starts_line() && self.at_end_of_something())
    }

    fn attr(&mut self) {
        match self.next_token() {
            Some((TOKEN_INTERPOL_START, _)) => self.dynamic(),
            Some((TOKEN_STRING_START, range)) => {
                let is_indented = self.slice(range) == "''";
                self.string();
                if is_indented {
                    self.remark(range, "the name of an attribute takes `\"` quotes, not `''`");
                }
            }
            _ => self.name(),
        }
    }

    fn name(&mut self) {
        self.start(NODE_IDENT);
        self.bump_as(TOKEN_IDENT);
        self.finish_node();
    }

    // Arguments.

    /// Whether the `{` that comes next opens the arguments of a function.
    ///
    /// `{ a }` alone is an error in Nix. It is taken for a set with a name just
    /// being typed, unless what follows makes it a function.
    pub(in crate::syntax) fn at_pattern(&mut self) -> bool {
        /// Of names that lack a comma, so many are looked through for one.
        const NAMES: usize = 8;
        match (self.nth(1), self.nth(2)) {
            (Some(TOKEN_IDENT), Some(TOKEN_COMMA | TOKEN_QUESTION)) => true,
            (Some(TOKEN_IDENT), Some(TOKEN_R_BRACE)) => {
                matches!(self.nth(3), Some(TOKEN_COLON | TOKEN_AT))
            }
            (Some(TOKEN_IDENT), Some(TOKEN_IDENT | TOKEN_ELLIPSIS)) => {
                let after = (2..NAMES).map(|n| self.nth(n)).find(|&it| it != Some(TOKEN_IDENT));
                matches!(after.flatten(), Some(TOKEN_COMMA | TOKEN_ELLIPSIS))
            }
            (Some(TOKEN_R_BRACE), Some(TOKEN_COLON | TOKEN_AT)) => true,
            (Some(TOKEN_ELLIPSIS | TOKEN_COMMA), _) => true,
            _ => false,
        }
    }

    /// `{ a, b ? c, ... }`, with `args @` before it or `@ args` after it.
    pub(super) fn pattern(&mut self) {
        self.start(NODE_PATTERN);
        let is_named = self.at(TOKEN_IDENT);
        if is_named {
            self.start(NODE_PAT_BIND);
            self.name();
            self.bump();
            self.finish_node();
        }
        if self.at(TOKEN_L_BRACE) {
            let opening = self.bump_opening();
            self.open.braces += 1;
            self.open.patterns += 1;
            while self.pattern_entry() {}
            self.open.patterns -= 1;
            self.open.braces -= 1;
            self.close_here(TOKEN_R_BRACE, opening);
        } else {
            self.expect(TOKEN_L_BRACE, "after `@`");
        }
        if let Some((TOKEN_AT, range)) = self.next_token() {
            self.start(if is_named { NODE_ERROR } else { NODE_PAT_BIND });
            self.bump();
            if self.at(TOKEN_IDENT) {
                self.name();
            } else {
                let found = self.found();
                self.error_behind(format!("expected a name after `@`, found {found}"));
            }
            self.finish_node();
            if is_named {
                self.remark(range, "these arguments already have a name, before the braces");
            }
        }
        self.finish_node();
    }

    /// Reads an argument and the comma after it, or says that there is none left.
    fn pattern_entry(&mut self) -> bool {
        match self.peek() {
            None | Some(TOKEN_R_BRACE | TOKEN_COLON) => return false,
            Some(TOKEN_IDENT) => {
                self.start(NODE_PAT_ENTRY);
                self.name();
                if self.eat(TOKEN_QUESTION) {
                    self.expression();
                }
                self.finish_node();
                self.after_argument();
            }
            Some(TOKEN_ELLIPSIS) => {
                let range = self.bump_opening();
                if matches!(self.peek(), Some(TOKEN_COMMA | TOKEN_IDENT)) {
                    self.remark(range, "`...` comes last among the arguments, without a comma");
                    self.eat(TOKEN_COMMA);
                }
            }
            Some(TOKEN_COMMA) => self.skip_token("expected the name of an argument, found `,`"),
            Some(TOKEN_SEMICOLON) => return false,
            _ if self.at_end_of_something() => return false,
            Some(_) => {
                let found = self.found();
                self.error_here(format!("expected the name of an argument, found {found}"));
                self.start(NODE_ERROR);
                self.skip_one();
                self.finish_node();
                self.eat(TOKEN_COMMA);
            }
        }
        true
    }

    fn after_argument(&mut self) {
        match self.peek() {
            Some(TOKEN_COMMA) => self.bump(),
            Some(TOKEN_IDENT | TOKEN_ELLIPSIS) => {
                let found = self.found();
                self.error_behind(format!("expected `,` between arguments, found {found}"));
            }
            _ => {}
        }
    }
}
