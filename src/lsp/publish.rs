//! Which diagnostics the client has, and which it must be told.
//!
//! A client is told until it asks: one that pulls the diagnostics of a document
//! would show them twice. Whoever pulls those of the workspace is told nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use tower_lsp_server::ls_types as lsp;

use super::world::World;
use crate::hir::Name;

/// The diagnostics of one document.
pub struct Report {
    pub path: Name,
    pub uri: lsp::Uri,
    /// Of the text that they are for, where it is open.
    pub version: Option<i32>,
    pub diagnostics: Vec<lsp::Diagnostic>,
    /// Reports are numbered when they are asked for: what is asked for later is newer.
    number: u64,
}

/// What the client was told.
#[derive(Default)]
pub struct Publisher {
    last_number: u64,
    told: BTreeMap<Name, Told>,
    pulled: BTreeSet<Name>,
    pulls_all: bool,
}

struct Told {
    number: u64,
    version: Option<i32>,
    hash: u64,
    empty: bool,
    uri: lsp::Uri,
}

impl Publisher {
    /// The number of the next reports.
    pub fn next_number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    /// The files about which the client was told something.
    pub fn told(&self) -> impl Iterator<Item = &Name> {
        self.told.iter().filter(|(_, told)| !told.empty).map(|(path, _)| path)
    }

    /// Whether anybody pulls.
    pub fn anybody_pulls(&self) -> bool {
        self.pulls_all || !self.pulled.is_empty()
    }

    /// The client asks for a document, or for all. What it was told of them
    /// before is to be taken back.
    pub fn pulls(&mut self, path: Option<Name>) -> Vec<lsp::Uri> {
        match path {
            Some(path) => {
                let told = self.told.remove(&path).filter(|told| !told.empty);
                self.pulled.insert(path);
                told.into_iter().map(|told| told.uri).collect()
            }
            None if self.pulls_all => Vec::new(),
            None => {
                self.pulls_all = true;
                let told = std::mem::take(&mut self.told).into_values();
                told.filter(|told| !told.empty).map(|told| told.uri).collect()
            }
        }
    }

    /// A document was closed: nobody asks for it any more.
    pub fn closed(&mut self, path: &Name) {
        self.pulled.remove(path);
    }

    /// Whether a report says something new to the client.
    pub fn tell(&mut self, report: &Report) -> bool {
        if self.pulls_all || self.pulled.contains(&report.path) {
            return false;
        }
        let hash = hash_of(&report.diagnostics);
        let told = self.told.get(&report.path);
        let stale = told.is_some_and(|told| told.number >= report.number);
        let same = match told {
            Some(told) => told.hash == hash && told.version == report.version,
            // Of an open document even that nothing is wrong is worth knowing.
            None => report.diagnostics.is_empty() && report.version.is_none(),
        };
        if stale || same {
            return false;
        }
        let told = Told {
            number: report.number,
            version: report.version,
            hash,
            empty: report.diagnostics.is_empty(),
            uri: report.uri.clone(),
        };
        self.told.insert(report.path.clone(), told);
        true
    }
}

/// The reports of some files, as this world has them.
pub fn reports(world: &World, paths: impl IntoIterator<Item = Name>, number: u64) -> Vec<Report> {
    let report = |path: Name| {
        let diagnostics = world.diagnostics(&path);
        let version = world.documents.get(&path).map(|document| document.version);
        Some(Report { uri: world.uri(&path)?, version, diagnostics, number, path })
    };
    paths.into_iter().filter_map(report).collect()
}

/// A number by which lists of diagnostics are told apart.
pub fn hash_of(diagnostics: &[lsp::Diagnostic]) -> u64 {
    let mut hasher = DefaultHasher::new();
    serde_json::to_string(diagnostics).unwrap_or_default().hash(&mut hasher);
    hasher.finish()
}
