//! What the requests for views of the whole repository share (docs/protocol.md), and the notification that tells a
//! client to ask again.

use serde::{Deserialize, Serialize};
use tower_lsp_server::ls_types as lsp;

use crate::base::FileRange;
use crate::eval::Origin;
use crate::ide::views::{Location, Places, Point, Range};
use crate::lsp::convert;
use crate::lsp::world::World;
use crate::repository::{Flake, Repository};

/// What the server announces among its experimental capabilities.
pub fn capability() -> serde_json::Value {
    serde_json::json!({ "flakewise": { "views": ["hosts", "graph", "definitions", "options", "inputs", "outputs"] } })
}

/// The parameters of all of them. Those that a request does not know it does not look at.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct ViewParams {
    /// The URI of a flake's folder; all flakes without it.
    pub root: Option<lsp::Uri>,
    /// The output of a host.
    pub host: Option<String>,
    /// Options at or below this path.
    pub prefix: Option<String>,
}

/// A document about one flake.
#[derive(Serialize)]
pub struct OfFlake<T> {
    /// The URI of its folder, to which the document's paths are relative.
    root: lsp::Uri,
    #[serde(flatten)]
    document: T,
}

impl<T> OfFlake<Option<T>> {
    /// The document, where there is one.
    pub fn transpose(self) -> Option<OfFlake<T>> {
        Some(OfFlake { root: self.root, document: self.document? })
    }
}

/// One document for each flake that is asked for.
pub fn of_flakes<T>(world: &World, params: &ViewParams, make: impl Fn(&Editor<'_>) -> T) -> Vec<OfFlake<T>> {
    let root = params.root.as_ref().map(convert::name_of_uri);
    let flakes = world.analysis.repository().flakes.iter();
    let wanted = flakes.filter(|flake| root.as_ref().is_none_or(|root| *root == flake.root));
    wanted
        .filter_map(|flake| {
            let root = convert::uri_of(&flake.root)?;
            Some(OfFlake { root, document: make(&Editor { world, flake }) })
        })
        .collect()
}

/// A flake in an editor: places are in the texts of now, columns as the client counts.
pub struct Editor<'a> {
    world: &'a World,
    flake: &'a Flake,
}

impl Places for Editor<'_> {
    fn repository(&self) -> &Repository {
        self.world.analysis.repository()
    }

    fn flake(&self) -> &Flake {
        self.flake
    }

    fn range(&self, origin: Origin) -> Option<FileRange> {
        self.world.analysis.range(origin)
    }

    fn place(&self, at: FileRange) -> Location {
        let point = |it: lsp::Position| Point { line: it.line, character: it.character };
        let range = self.world.range(at).map(|it| Range { start: point(it.start), end: point(it.end) });
        Location { path: self.flake.relative(&self.world.path(at.file)), range: range.unwrap_or_default() }
    }
}

/// `flakewise/changed`: the repository was analysed, and what views show of it may be something else now.
pub enum Changed {}

impl lsp::notification::Notification for Changed {
    type Params = ChangedParams;
    const METHOD: &'static str = "flakewise/changed";
}

/// What there is after an analysis.
#[derive(Serialize, Deserialize, Clone, Debug)]
pub struct ChangedParams {
    pub flakes: Vec<ChangedFlake>,
}

/// A flake after an analysis.
#[derive(Serialize, Deserialize, Clone, Debug)]
pub struct ChangedFlake {
    /// The URI of its folder.
    pub root: lsp::Uri,
    /// How many hosts it has; users within hosts are not counted.
    pub hosts: usize,
}

impl ChangedParams {
    /// What is to be told of a repository.
    pub fn new(repository: &Repository) -> ChangedParams {
        let flakes = repository.flakes.iter().filter_map(|flake| {
            let hosts = flake.hosts.iter().filter(|host| host.within.is_none()).count();
            Some(ChangedFlake { root: convert::uri_of(&flake.root)?, hosts })
        });
        ChangedParams { flakes: flakes.collect() }
    }
}
