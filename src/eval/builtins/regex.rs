//! `match` and `split`: POSIX extended regular expressions, as `std::regex`
//! with `extended` understands them, on bytes.

use std::cell::RefCell;
use std::rc::Rc;

use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::meta::Regex;
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input, MatchKind};

use super::{Definition, binary};
use crate::eval::unknown::{Cause, ErrorKind, EvalError, Limit, Stop, Unknown};
use crate::eval::value::{Thunk, Value};
use crate::eval::{Evaluator, Result};
use crate::hir::Name;

pub(super) fn definitions() -> Vec<Definition> {
    vec![binary("match", match_whole), binary("split", split)]
}

/// What it costs to try an expression that is too large, in steps.
const TOO_LARGE: u64 = 20_000;

/// A compiled expression. Which match is leftmost, how long it may be at most,
/// and what its groups hold are three questions to three machines.
pub(crate) struct Pattern {
    search: Regex,
    longest: DFA,
    /// The states of `longest` that were needed so far.
    states: RefCell<Cache>,
    whole: Regex,
    /// Whether groups are repeated that can be empty: what they hold in the end is a matter of the implementation.
    vague_groups: bool,
}

impl Pattern {
    fn new(pattern: &str) -> std::result::Result<Pattern, Refused> {
        let mut translated = Translation { input: pattern.as_bytes(), at: 0, vague: false, depth: 0 };
        let (body, _) = translated.alternatives()?;
        if translated.at < translated.input.len() {
            return Err(Refused::Invalid);
        }
        let syntax = syntax::Config::new().unicode(false).utf8(false).dot_matches_new_line(true).nest_limit(200);
        let compile = |text: &str| {
            Regex::builder()
                .syntax(syntax)
                .configure(
                    Regex::config().utf8_empty(false).nfa_size_limit(Some(4 << 20)).hybrid_cache_capacity(1 << 20),
                )
                .build(text)
                .map_err(|error| if error.size_limit().is_some() { Refused::TooLarge } else { Refused::Invalid })
        };
        // First, for it says whether the expression is too large: the next machine has no bound of its own.
        let search = compile(&format!("(?:{body})"))?;
        let longest = DFA::builder()
            .syntax(syntax)
            .configure(DFA::config().match_kind(MatchKind::All).skip_cache_capacity_check(true))
            .build(&format!("(?:{body})"))
            .map_err(|_| Refused::Invalid)?;
        Ok(Pattern {
            states: RefCell::new(longest.create_cache()),
            search,
            longest,
            whole: compile(&format!("(?:{body})\\z"))?,
            vague_groups: translated.vague,
        })
    }

    /// The end of the longest match that starts exactly at `start`.
    fn longest_at(&self, text: &[u8], start: usize) -> Option<usize> {
        let mut states = self.states.try_borrow_mut().ok()?;
        let input = Input::new(text).span(start..text.len()).anchored(Anchored::Yes);
        self.longest.try_search_fwd(&mut states, &input).ok().flatten().map(|found| found.offset())
    }

    /// The leftmost, longest match from `from` on.
    fn find(&self, text: &[u8], from: usize) -> Option<(usize, usize)> {
        let found = self.search.search(&Input::new(text).span(from..text.len()))?;
        Some((found.start(), self.longest_at(text, found.start()).unwrap_or_else(|| found.end())))
    }

    /// The groups of a match that takes up `start..end`.
    fn groups(&self, text: &[u8], start: usize, end: usize) -> Option<Vec<Option<(usize, usize)>>> {
        let mut captures = self.whole.create_captures();
        let input = Input::new(text.get(..end)?).span(start..end).anchored(Anchored::Yes);
        self.whole.search_captures(&input, &mut captures);
        if !captures.is_match() {
            return None;
        }
        let groups =
            (1..captures.group_len()).map(|group| captures.get_group(group).map(|span| (span.start, span.end)));
        Some(groups.collect())
    }
}

/// Not an expression.
struct Invalid;

/// Why an expression is not compiled.
enum Refused {
    Invalid,
    /// Its machine would be: repetitions of repetitions. Nix has a bound as well, but not the same.
    TooLarge,
}

impl From<Invalid> for Refused {
    fn from(_: Invalid) -> Refused {
        Refused::Invalid
    }
}

/// Reads a POSIX expression and writes one in the syntax of the regex crates.
struct Translation<'a> {
    input: &'a [u8],
    at: usize,
    vague: bool,
    depth: u32,
}

type Piece = (String, bool);

impl Translation<'_> {
    fn peek(&self) -> Option<u8> {
        self.input.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    /// Alternatives up to a closing parenthesis; with each piece goes whether it matches nothing.
    fn alternatives(&mut self) -> std::result::Result<Piece, Invalid> {
        let (mut out, mut nullable) = self.sequence()?;
        while self.peek() == Some(b'|') {
            self.at += 1;
            let (next, next_nullable) = self.sequence()?;
            out.push('|');
            out.push_str(&next);
            nullable |= next_nullable;
        }
        Ok((out, nullable))
    }

    fn sequence(&mut self) -> std::result::Result<Piece, Invalid> {
        let (mut out, mut nullable) = (String::new(), true);
        while let Some(byte) = self.peek() {
            if byte == b'|' || (byte == b')' && self.depth > 0) {
                break;
            }
            let groups_before = self.at;
            let is_assertion = matches!(byte, b'^' | b'$');
            let (mut atom, mut atom_nullable) = self.atom()?;
            if is_assertion && self.quantifier()?.is_some() {
                return Err(Invalid);
            }
            let has_group = self.input.get(groups_before..self.at).is_some_and(|text| text.contains(&b'('));
            while let Some((quantifier, zero, many)) = self.quantifier()? {
                self.vague |= has_group && atom_nullable && many;
                // Another quantifier after the first repeats the repetition.
                atom = match quantifier.as_str() {
                    // Never there, but its groups are counted: the empty class matches nothing.
                    "{0,0}" => format!("(?:(?:{atom})[^\\x00-\\xFF])?"),
                    _ => format!("(?:{atom}){quantifier}"),
                };
                atom_nullable |= zero;
            }
            out.push_str(&atom);
            nullable &= atom_nullable;
        }
        Ok((out, nullable))
    }

    fn atom(&mut self) -> std::result::Result<Piece, Invalid> {
        match self.next().ok_or(Invalid)? {
            b'(' => {
                self.depth += 1;
                if self.depth > 100 {
                    return Err(Invalid);
                }
                let (inner, nullable) = self.alternatives()?;
                if self.next() != Some(b')') {
                    return Err(Invalid);
                }
                self.depth -= 1;
                Ok((format!("({inner})"), nullable))
            }
            b'[' => Ok((self.bracket()?, false)),
            b'.' => Ok((".".into(), false)),
            b'^' => Ok(("\\A".into(), true)),
            b'$' => Ok(("\\z".into(), true)),
            b'\\' => match self.next() {
                Some(byte) if b"^$\\.*+?()[]{}|".contains(&byte) => Ok((literal(byte), false)),
                _ => Err(Invalid),
            },
            b'*' | b'+' | b'?' | b'{' | b')' => Err(Invalid),
            byte => Ok((literal(byte), false)),
        }
    }

    /// A quantifier, whether it allows none, and whether it allows several.
    fn quantifier(&mut self) -> std::result::Result<Option<(String, bool, bool)>, Invalid> {
        let Some(byte) = self.peek() else { return Ok(None) };
        let found = match byte {
            b'*' => ("*".to_string(), true, true),
            b'+' => ("+".to_string(), false, true),
            b'?' => ("?".to_string(), true, false),
            b'{' => {
                self.at += 1;
                let low = self.number().ok_or(Invalid)?;
                let mut high = Some(low);
                if self.peek() == Some(b',') {
                    self.at += 1;
                    high = self.number();
                }
                if self.peek() != Some(b'}') || high.is_some_and(|high| high < low) {
                    return Err(Invalid);
                }
                let text = match high {
                    Some(high) => format!("{{{low},{high}}}"),
                    None => format!("{{{low},}}"),
                };
                (text, low == 0, high != Some(1))
            }
            _ => return Ok(None),
        };
        self.at += 1;
        Ok(Some(found))
    }

    fn number(&mut self) -> Option<u32> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        std::str::from_utf8(self.input.get(start..self.at)?).ok()?.parse().ok()
    }

    /// A bracket expression after its `[`, written out byte by byte.
    fn bracket(&mut self) -> std::result::Result<String, Invalid> {
        let mut set = [false; 256];
        let negated = self.peek() == Some(b'^');
        if negated {
            self.at += 1;
        }
        let mut first = true;
        loop {
            let byte = self.next().ok_or(Invalid)?;
            if byte == b']' && !first {
                break;
            }
            first = false;
            if byte == b'[' && self.peek() == Some(b':') {
                let name = self.named(b':')?;
                let class = class(&name).ok_or(Invalid)?;
                for (byte, slot) in (0u8..=255).zip(set.iter_mut()) {
                    *slot |= class(&byte);
                }
                continue;
            }
            let low = self.element(byte)?;
            let is_range = self.peek() == Some(b'-') && self.input.get(self.at + 1).is_some_and(|next| *next != b']');
            let high = if is_range {
                self.at += 1;
                let next = self.next().ok_or(Invalid)?;
                self.element(next)?
            } else {
                low
            };
            if high < low {
                return Err(Invalid);
            }
            for byte in low..=high {
                if let Some(slot) = set.get_mut(usize::from(byte)) {
                    *slot = true;
                }
            }
        }
        let mut out = String::from(if negated { "[^" } else { "[" });
        let members = (0u8..=255).zip(set).filter(|(_, member)| *member);
        out.extend(members.map(|(byte, _)| format!("\\x{byte:02X}")));
        out.push(']');
        // An empty class cannot be written; it is only reached through a name without members.
        if out.len() <= 2 { Err(Invalid) } else { Ok(out) }
    }

    /// A member of a bracket expression: a byte, or `[.x.]` and `[=x=]`.
    fn element(&mut self, byte: u8) -> std::result::Result<u8, Invalid> {
        match (byte, self.peek()) {
            (b'[', Some(kind @ (b'.' | b'='))) => match self.named(kind)?.as_bytes() {
                [single] => Ok(*single),
                _ => Err(Invalid),
            },
            _ => Ok(byte),
        }
    }

    fn named(&mut self, kind: u8) -> std::result::Result<String, Invalid> {
        self.at += 1;
        let start = self.at;
        while self.input.get(self.at..self.at + 2) != Some(&[kind, b']'][..]) {
            self.next().ok_or(Invalid)?;
        }
        let name = self.input.get(start..self.at).and_then(|name| std::str::from_utf8(name).ok()).ok_or(Invalid)?;
        self.at += 2;
        Ok(name.to_string())
    }
}

fn literal(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() { (byte as char).to_string() } else { format!("\\x{byte:02X}") }
}

fn class(name: &str) -> Option<fn(&u8) -> bool> {
    Some(match name {
        "alnum" => u8::is_ascii_alphanumeric,
        "alpha" => u8::is_ascii_alphabetic,
        "blank" => |byte| matches!(byte, b' ' | b'\t'),
        "cntrl" => u8::is_ascii_control,
        "digit" | "d" => u8::is_ascii_digit,
        "graph" => u8::is_ascii_graphic,
        "lower" => u8::is_ascii_lowercase,
        "print" => |byte| byte.is_ascii_graphic() || *byte == b' ',
        "punct" => u8::is_ascii_punctuation,
        "space" | "s" => |byte| matches!(byte, b' ' | 0x09..=0x0d),
        "upper" => u8::is_ascii_uppercase,
        "xdigit" => u8::is_ascii_hexdigit,
        "w" => |byte| byte.is_ascii_alphanumeric() || *byte == b'_',
        _ => return None,
    })
}

impl Evaluator {
    fn pattern(&self, pattern: &Name) -> Result<Rc<Pattern>> {
        if let Some(compiled) = self.patterns.borrow().get(pattern) {
            return Ok(compiled.clone());
        }
        self.step(200)?;
        let compiled = match Pattern::new(pattern) {
            Ok(compiled) => compiled,
            Err(Refused::Invalid) => {
                let message = format!("{pattern:?} is no regular expression");
                return Err(EvalError::stop(ErrorKind::Other, message));
            }
            Err(Refused::TooLarge) => {
                // Megabytes were filled to find that out.
                self.step(TOO_LARGE)?;
                return Err(Stop::Unknown(Unknown::new(Cause::Limit(Limit::Size))));
            }
        };
        let compiled = Rc::new(compiled);
        self.patterns.borrow_mut().insert(pattern.clone(), compiled.clone());
        Ok(compiled)
    }
}

/// A piece of the text; a cut through a character is no string here.
fn piece(text: &str, start: usize, end: usize) -> Thunk {
    Thunk::value(match text.get(start..end) {
        Some(piece) => Value::string(piece),
        None => Value::Unknown(Unknown::new(Cause::Builtin("split"))),
    })
}

fn group_list(pattern: &Pattern, text: &str, start: usize, end: usize, builtin: &'static str) -> Result<Value> {
    let unknown = || Stop::Unknown(Unknown::new(Cause::Builtin(builtin)));
    let groups = pattern.groups(text.as_bytes(), start, end).ok_or_else(unknown)?;
    if pattern.vague_groups && !groups.is_empty() {
        return Err(unknown());
    }
    let items = groups.into_iter().map(|group| match group {
        Some((start, end)) => piece(text, start, end),
        None => Thunk::value(Value::Null),
    });
    Ok(Value::list(items.collect()))
}

fn match_whole(ev: &Evaluator, pattern: &Thunk, text: &Thunk) -> Result<Value> {
    let pattern = ev.plain_string(pattern)?;
    let pattern = ev.pattern(&pattern)?;
    let string = ev.string(text)?;
    let text = ev.exact_text(&string)?.as_str();
    ev.step(text.len() as u64 / 32)?;
    if pattern.longest_at(text.as_bytes(), 0) != Some(text.len()) {
        return Ok(Value::Null);
    }
    group_list(&pattern, text, 0, text.len(), "match")
}

fn split(ev: &Evaluator, pattern: &Thunk, text: &Thunk) -> Result<Value> {
    let pattern = ev.plain_string(pattern)?;
    let pattern = ev.pattern(&pattern)?;
    let string = ev.string(text)?;
    let whole = Thunk::value(Value::String(string.clone()));
    let text = ev.exact_text(&string)?.as_str();
    let bytes = text.as_bytes();
    let mut items = Vec::new();
    let (mut end_of_last, mut from) = (0, 0);
    let mut found = pattern.find(bytes, from);
    while let Some((start, end)) = found {
        ev.step(1 + (end - from) as u64 / 32)?;
        items.push(piece(text, end_of_last, start));
        items.push(Thunk::value(match group_list(&pattern, text, start, end, "split") {
            Ok(groups) => groups,
            Err(Stop::Unknown(unknown)) => Value::Unknown(unknown),
            Err(error) => return Err(error),
        }));
        ev.check_size(items.len())?;
        (end_of_last, from) = (end, end);
        found = if start < end {
            pattern.find(bytes, from)
        } else if from >= bytes.len() {
            None
        } else {
            // After an empty match: something that is not empty here, or anything from the next byte on.
            match pattern.longest_at(bytes, from) {
                Some(longer) if longer > from => Some((from, longer)),
                _ => pattern.find(bytes, from + 1),
            }
        };
    }
    if items.is_empty() {
        // Where nothing matches, the string stays what it is.
        return Ok(Value::list(vec![whole]));
    }
    items.push(piece(text, end_of_last, bytes.len()));
    Ok(Value::list(items))
}
