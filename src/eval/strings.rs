//! Strings, paths, and coercion between them and other values.

use std::rc::Rc;

use super::unknown::{Cause, Stop, Unknown};
use super::value::{NixString, Value};
use super::{Evaluator, Result};
use crate::hir::Name;

/// Which values may become strings, as the flags of Nix's `EvalState::coerceToString`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coercion {
    /// `"${x}"` and `+`: strings, paths (copied to the store), sets with `__toString` or `outPath`.
    Interpolation,
    /// The same, but paths stay paths, as where a path is wanted.
    Uncopied,
    /// `builtins.toString`: also numbers, booleans, null and lists; paths stay paths.
    ToString,
}

/// Puts a string together from pieces.
#[derive(Default)]
pub(super) struct Builder {
    text: String,
    context: Vec<Name>,
    /// The source of an input that the string starts with; what follows is a path inside it.
    source: Option<Rc<Unknown>>,
}

impl Builder {
    pub(super) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub(super) fn push_string(&mut self, string: &NixString) {
        self.text.push_str(&string.text);
        self.push_context(string);
    }

    /// What a string refers to, without its text.
    pub(super) fn push_context(&mut self, string: &NixString) {
        for name in string.context.iter() {
            if !self.context.contains(name) {
                self.context.push(name.clone());
            }
        }
    }

    /// A piece that is not known. The source of an input may stand first, as in `"${inputs.x}/module.nix"`.
    pub(super) fn push_unknown(&mut self, unknown: Rc<Unknown>) -> Result<()> {
        if self.text.is_empty() && self.source.is_none() && source_of(&unknown).is_some() {
            self.source = Some(unknown);
            return Ok(());
        }
        Err(Stop::Unknown(unknown.derive()))
    }

    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    pub(super) fn finish(self) -> Value {
        match self.source {
            Some(source) => Value::Unknown(inside_source(&source, &self.text)),
            None => Value::string_with_context(self.text, self.context.into()),
        }
    }
}

/// The input and path that an unknown stands for when it is used as a path.
fn source_of(unknown: &Unknown) -> Option<(Name, Name)> {
    match &unknown.cause {
        _ if unknown.derived => None,
        Cause::Input(input) => match &unknown.path[..] {
            [] => Some((input.clone(), Name::new_static(""))),
            [name] if name == "outPath" => Some((input.clone(), Name::new_static(""))),
            _ => None,
        },
        Cause::InputFile { input, path } if unknown.path.is_empty() => Some((input.clone(), path.clone())),
        _ => None,
    }
}

/// The unknown file that lies `suffix` below the source that `source` stands for.
pub(super) fn inside_source(source: &Rc<Unknown>, suffix: &str) -> Rc<Unknown> {
    match source_of(source) {
        Some((input, path)) => {
            let joined = format!("{path}{suffix}");
            let path = normalise_path(&joined);
            Unknown::new(Cause::InputFile { input, path: Name::new(path.trim_start_matches('/')) })
        }
        None => source.derive(),
    }
}

/// An absolute path without `.`, `..` and doubled slashes, as Nix's `CanonPath`.
pub fn normalise_path(path: &str) -> Name {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let mut out = String::with_capacity(path.len());
    for part in parts {
        out.push('/');
        out.push_str(part);
    }
    if out.is_empty() {
        out.push('/');
    }
    Name::from(out)
}

/// `relative` seen from the folder `base`; both with `/`.
pub fn join_path(base: &str, relative: &str) -> Name {
    if relative.starts_with('/') {
        return normalise_path(relative);
    }
    normalise_path(&format!("{base}/{relative}"))
}

impl NixString {
    /// The path in the text that stands for its copy in the store, so that the text is not what Nix has.
    fn copied(&self) -> Option<&Name> {
        let is_copy = |name: &&Name| name.starts_with('/') && !name.starts_with(STORE);
        self.context.iter().filter(is_copy).find(|name| self.text.contains(name.as_str()))
    }
}

/// The folder of the store, with a slash.
pub(super) const STORE: &str = "/nix/store/";

impl Evaluator {
    /// A string that must not refer to the store, as Nix's `forceStringNoCtx`. Where one does, Nix fails; that does
    /// not happen in what is deployed, so it is taken for granted that nobody sees the reference.
    pub(super) fn plain_string(&self, thunk: &super::Thunk) -> Result<Name> {
        let value = self.force(thunk)?;
        self.as_plain_string(&value)
    }

    /// See [`Evaluator::plain_string`].
    pub(super) fn as_plain_string(&self, value: &Value) -> Result<Name> {
        let string = self.as_string(value)?;
        if !string.context.is_empty() {
            self.assume();
        }
        Ok(string.text.clone())
    }

    /// A string of which every character counts. The copy of a path has a name in the store that is not known.
    pub(super) fn exact_text<'s>(&self, string: &'s NixString) -> Result<&'s Name> {
        match string.copied() {
            Some(path) => Err(Stop::Unknown(Unknown::new(Cause::File(path.clone())))),
            None => Ok(&string.text),
        }
    }

    /// As [`Evaluator::exact_text`], where only what is below the copied path counts.
    pub(super) fn text_below_copy<'s>(&self, string: &'s NixString) -> Result<&'s Name> {
        match string.copied() {
            Some(path) if string.text.strip_prefix(path.as_str()).is_none_or(|rest| rest.len() <= 1) => {
                Err(Stop::Unknown(Unknown::new(Cause::File(path.clone()))))
            }
            _ => Ok(&string.text),
        }
    }

    /// The text of what is appended to a path: no string that refers to the store, see [`Evaluator::plain_string`].
    pub(super) fn path_segment(&self, value: &Value) -> Result<Name> {
        let string = self.coerce_to_string(value, Coercion::Uncopied)?;
        if !string.context.is_empty() {
            self.assume();
        }
        Ok(string.text.clone())
    }

    /// The string that a value becomes, as Nix's `EvalState::coerceToString`.
    pub(super) fn coerce_to_string(&self, value: &Value, coercion: Coercion) -> Result<Rc<NixString>> {
        let plain = |text: String| Ok(Rc::new(NixString::plain(text)));
        match value {
            Value::String(string) => Ok(string.clone()),
            Value::Path(path) => match coercion {
                // The copy in the store has another name; here it stays recognisable as the file it is.
                Coercion::Interpolation => {
                    Ok(Rc::new(NixString { text: path.clone(), context: Rc::new([path.clone()]) }))
                }
                Coercion::Uncopied | Coercion::ToString => plain(path.to_string()),
            },
            Value::Attrs(attrs) => {
                if let Some(to_string) = attrs.get("__toString") {
                    let function = self.force(&to_string.value)?;
                    let result = self.call(&function, super::Thunk::value(value.clone()))?;
                    return self.deeper(|| self.coerce_to_string(&result, coercion));
                }
                match self.select(value, &Name::new_static("outPath"))? {
                    Some(path) => self.deeper(|| self.coerce_to_string(&path, coercion)),
                    None => Err(self.type_error("something that becomes a string", value)),
                }
            }
            Value::Unknown(unknown) => Err(Stop::Unknown(unknown.clone())),
            Value::Int(number) if coercion == Coercion::ToString => plain(number.to_string()),
            Value::Float(number) if coercion == Coercion::ToString => match number.is_finite() {
                true => plain(format!("{number:.6}")),
                false if number.is_nan() => plain(if number.is_sign_negative() { "-nan" } else { "nan" }.into()),
                false => plain(number.to_string()),
            },
            Value::Bool(true) if coercion == Coercion::ToString => plain("1".into()),
            Value::Bool(false) | Value::Null if coercion == Coercion::ToString => plain(String::new()),
            Value::List(list) if coercion == Coercion::ToString => {
                if let Some(unknown) = &list.rest {
                    return Err(Stop::Unknown(unknown.derive()));
                }
                let mut builder = Builder::default();
                for (index, item) in list.items.iter().enumerate() {
                    self.step(1)?;
                    let item = self.force(item)?;
                    let string = self.deeper(|| self.coerce_to_string(&item, coercion))?;
                    builder.push_string(&string);
                    // An empty list inside leaves no blank behind, as in Nix.
                    let empty_list = matches!(&item, Value::List(inner) if inner.items.is_empty());
                    if index + 1 < list.items.len() && !empty_list {
                        builder.push(" ");
                    }
                    self.check_size(builder.len())?;
                }
                self.as_string(&builder.finish())
            }
            other => Err(self.type_error("something that becomes a string", other)),
        }
    }

    /// The path that a value names, as Nix's `coerceToPath`: a path, an
    /// absolute string, or a set with `outPath`.
    pub fn coerce_to_path(&self, value: &Value) -> Result<Name> {
        match value {
            Value::Path(path) => Ok(path.clone()),
            other => {
                let string = self.coerce_to_string(other, Coercion::Uncopied)?;
                if !string.text.starts_with('/') {
                    return Err(super::EvalError::stop(
                        super::ErrorKind::Type,
                        format!("{:?} is no absolute path", string.text),
                    ));
                }
                Ok(normalise_path(&string.text))
            }
        }
    }
}
