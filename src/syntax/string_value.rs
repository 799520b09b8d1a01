//! What a string or path literal says once its quotes and escapes are taken off.

use super::ast;

/// A piece of a string or path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Part {
    /// Text as Nix sees it: escapes resolved, indentation stripped.
    Literal(String),
    /// `${…}`.
    Interpolation(ast::Interpol),
}

/// The pieces of a `"…"` or `''…''` string. Two literals never stand side by
/// side, and none is empty; the empty string has no pieces.
pub fn string_parts(string: &ast::Str) -> Vec<Part> {
    string
        .normalized_parts()
        .into_iter()
        .map(|part| match part {
            ast::InterpolPart::Literal(text) => Part::Literal(text),
            ast::InterpolPart::Interpolation(interpol) => Part::Interpolation(interpol),
        })
        .collect()
}

/// The value of a string without interpolation, or `None` if it has one.
pub fn plain_string(string: &ast::Str) -> Option<String> {
    match string_parts(string).as_slice() {
        [] => Some(String::new()),
        [Part::Literal(text)] => Some(text.clone()),
        _ => None,
    }
}

/// The pieces of a path as written. A search path loses its angle brackets.
pub fn path_parts(path: &ast::Path) -> Vec<Part> {
    path.parts()
        .into_iter()
        .map(|part| match part {
            ast::InterpolPart::Literal(content) => Part::Literal(content.text().to_owned()),
            ast::InterpolPart::Interpolation(interpol) => Part::Interpolation(interpol),
        })
        .collect()
}

/// The text of a path without interpolation, or `None` if it has one.
pub fn plain_path(path: &ast::Path) -> Option<String> {
    match path_parts(path).as_slice() {
        [Part::Literal(text)] => Some(text.clone()),
        _ => None,
    }
}
