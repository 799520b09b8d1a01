//! A value of settings in either notation.

use serde_json::Value;
use toml::Spanned;
use toml::de::DeValue;

use crate::base::{TextRange, TextSize};

/// A value in either notation.
#[derive(Clone, Copy)]
pub(super) enum Item<'a> {
    Toml(&'a DeValue<'a>, Option<TextRange>),
    Json(&'a Value),
}

impl<'a> Item<'a> {
    fn spanned(value: &'a Spanned<DeValue<'a>>) -> Item<'a> {
        Item::Toml(value.get_ref(), Some(text_range(value.span())))
    }

    pub(super) fn range(self) -> Option<TextRange> {
        match self {
            Item::Toml(_, range) => range,
            Item::Json(_) => None,
        }
    }

    pub(super) fn text(self) -> Option<&'a str> {
        match self {
            Item::Toml(value, _) => value.as_str(),
            Item::Json(value) => value.as_str(),
        }
    }

    pub(super) fn bool(self) -> Option<bool> {
        match self {
            Item::Toml(value, _) => value.as_bool(),
            Item::Json(value) => value.as_bool(),
        }
    }

    pub(super) fn list(self) -> Option<Vec<Item<'a>>> {
        match self {
            Item::Toml(value, _) => Some(value.as_array()?.iter().map(Item::spanned).collect()),
            Item::Json(value) => Some(value.as_array()?.iter().map(Item::Json).collect()),
        }
    }

    /// The members, each with the place of its name.
    pub(super) fn members(self) -> Option<Vec<(&'a str, Option<TextRange>, Item<'a>)>> {
        match self {
            Item::Toml(value, _) => {
                let member = |(key, value): (&'a Spanned<_>, &'a Spanned<DeValue<'a>>)| {
                    let name: &'a std::borrow::Cow<'a, str> = key.get_ref();
                    (name.as_ref(), Some(text_range(key.span())), Item::spanned(value))
                };
                Some(value.as_table()?.iter().map(member).collect())
            }
            Item::Json(value) => {
                Some(value.as_object()?.iter().map(|(name, value)| (name.as_str(), None, Item::Json(value))).collect())
            }
        }
    }
}

pub(super) fn text_range(span: std::ops::Range<usize>) -> TextRange {
    let size = |at: usize| TextSize::new(u32::try_from(at).unwrap_or(u32::MAX));
    TextRange::new(size(span.start), size(span.end.max(span.start)))
}
