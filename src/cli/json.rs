//! Parts that several JSON documents share.

use serde::Serialize;

use super::load::Place;
pub(super) use crate::ide::views::{Location, Range, VERSION};

impl From<Place> for Location {
    fn from(place: Place) -> Location {
        Location { path: place.path, range: place.range.into() }
    }
}

/// A document as text, with a line end.
pub(super) fn document(value: &impl Serialize) -> String {
    match serde_json::to_string_pretty(value) {
        Ok(mut text) => {
            text.push('\n');
            text
        }
        Err(error) => {
            crate::base::never!("a document is not JSON: {error}");
            String::new()
        }
    }
}
