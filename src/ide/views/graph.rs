//! The module graph of hosts: who imports whom.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::hosts::{ModuleEntry, module_entry};
use super::{Location, Places, Range, VERSION};
use crate::repository::Host;

/// What a node of the graph is.
#[derive(Serialize, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum NodeKind {
    Host,
    File,
    Inline,
    Input,
    Unknown,
}

/// A host or a module.
#[derive(Clone, Debug)]
pub struct Node {
    pub kind: NodeKind,
    /// What it is called: an output, a path, an input's module.
    pub label: String,
    /// The file that it is or stands in; of a host the one that defines it.
    pub path: Option<String>,
    /// Where in that file, unless it is all of it.
    pub range: Option<Range>,
}

/// Hosts and modules, with an edge from whoever imports to what is imported.
#[derive(Debug, Default)]
pub struct Graph {
    pub nodes: Vec<Node>,
    /// In the order of import, each once.
    pub edges: Vec<(usize, usize)>,
    index: BTreeMap<String, usize>,
    known: BTreeSet<(usize, usize)>,
}

/// `flakewise graph --format json`
#[derive(Serialize)]
pub struct Document {
    version: u32,
    nodes: Vec<NodeEntry>,
    edges: Vec<EdgeEntry>,
}

#[derive(Serialize)]
struct NodeEntry {
    id: String,
    kind: NodeKind,
    label: String,
    path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<Range>,
}

#[derive(Serialize)]
struct EdgeEntry {
    from: String,
    to: String,
}

/// The graph as data: nodes are named by `n` and their number.
pub fn document(graph: &Graph) -> Document {
    let nodes = graph.nodes.iter().enumerate().map(|(index, node)| NodeEntry {
        id: format!("n{index}"),
        kind: node.kind,
        label: node.label.clone(),
        path: node.path.clone(),
        range: node.range,
    });
    let edges = graph.edges.iter().map(|(from, to)| EdgeEntry { from: format!("n{from}"), to: format!("n{to}") });
    Document { version: VERSION, nodes: nodes.collect(), edges: edges.collect() }
}

impl Graph {
    /// The same with a folder, this deep, in the place of the files in it, with inputs by name, users as part
    /// of their hosts, and whoever imports a module that is written inline as importer of what that imports.
    pub fn folded(&self, depth: usize) -> Graph {
        let mut folded = Graph::default();
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        let mut places: Vec<Option<usize>> = Vec::new();
        for node in &self.nodes {
            let (kind, label) = match (node.kind, &node.path) {
                (NodeKind::Inline, _) => {
                    places.push(None);
                    continue;
                }
                (NodeKind::File, Some(path)) => match path.rsplit_once('/') {
                    Some((folder, _)) => {
                        let parts: Vec<&str> = folder.split('/').take(depth).collect();
                        (NodeKind::File, format!("{}/", parts.join("/")))
                    }
                    None => (NodeKind::File, path.clone()),
                },
                (kind @ (NodeKind::Input | NodeKind::Host), _) => {
                    (kind, node.label.split(':').next().unwrap_or_default().to_string())
                }
                (kind, _) => (kind, node.label.clone()),
            };
            let place = folded.node(format!("{kind:?} {label}"), Node { kind, label, path: None, range: None });
            *counts.entry(place).or_default() += usize::from(node.kind == NodeKind::File);
            places.push(Some(place));
        }
        let place = |node: usize| places.get(node).copied().flatten();
        for (from, to) in self.without_inline() {
            if let (Some(from), Some(to)) = (place(from), place(to)) {
                folded.edge(from, to);
            }
        }
        for (place, count) in counts {
            if let Some(node) = folded.nodes.get_mut(place).filter(|node| node.label.ends_with('/') && count > 0) {
                node.label.push_str(&format!(" ({count})"));
            }
        }
        folded
    }

    /// The edges between all nodes but inline modules, through these.
    fn without_inline(&self) -> Vec<(usize, usize)> {
        let is_inline = |node: usize| self.nodes.get(node).is_some_and(|node| node.kind == NodeKind::Inline);
        let mut targets: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (from, to) in &self.edges {
            targets.entry(*from).or_default().push(*to);
        }
        let mut edges = Vec::new();
        for from in (0..self.nodes.len()).filter(|node| !is_inline(*node)) {
            let mut seen = vec![from];
            let mut open: Vec<usize> = targets.get(&from).into_iter().flatten().rev().copied().collect();
            while let Some(to) = open.pop() {
                if seen.contains(&to) {
                    continue;
                }
                seen.push(to);
                match is_inline(to) {
                    true => open.extend(targets.get(&to).into_iter().flatten().rev()),
                    false => edges.push((from, to)),
                }
            }
        }
        edges
    }

    /// The graph of these hosts.
    pub fn of(places: &impl Places, hosts: &[&Host]) -> Graph {
        let mut graph = Graph::default();
        for host in hosts {
            let label = host.output.clone();
            let (path, range) = places.origin(host.place()).map(|Location { path, range }| (path, range)).unzip();
            let top = graph.node(format!("host {label}"), Node { kind: NodeKind::Host, label, path, range });
            let modules: Vec<Option<usize>> = host
                .facts
                .modules
                .iter()
                .map(|module| module_entry(places, module).map(|entry| graph.module(entry)))
                .collect();
            let at = |index: usize| modules.get(index).copied().flatten();
            for (index, module) in host.facts.modules.iter().enumerate() {
                if module.importer.is_none()
                    && let Some(node) = at(index)
                {
                    graph.edge(top, node);
                }
                // What a framework's own module imports, whoever has that module imports.
                let from = std::iter::successors(Some(index), |index| host.facts.modules.get(*index)?.importer)
                    .take(host.facts.modules.len())
                    .find_map(at)
                    .unwrap_or(top);
                for node in module.imports.iter().filter_map(|import| at(*import)) {
                    graph.edge(from, node);
                }
            }
            if let Some(within) = &host.within
                && let Some(outer) = graph.index.get(&format!("host {within}")).copied()
            {
                graph.edge(outer, top);
            }
        }
        graph
    }

    fn node(&mut self, key: String, node: Node) -> usize {
        if let Some(index) = self.index.get(&key) {
            return *index;
        }
        let index = self.nodes.len();
        self.nodes.push(node);
        self.index.insert(key, index);
        index
    }

    fn module(&mut self, entry: ModuleEntry) -> usize {
        let mut place = None;
        let (kind, label, path, key) = match entry {
            ModuleEntry::File { path } => (NodeKind::File, path.clone(), Some(path.clone()), path),
            ModuleEntry::Inline { path, range, .. } => {
                let label = format!("{path}:{}", range.start.line + 1);
                place = Some(range);
                (NodeKind::Inline, label.clone(), Some(path), format!("{label} {range:?}"))
            }
            ModuleEntry::Input { input, attr } => {
                let label = if attr.is_empty() { input } else { format!("{input}: {attr}") };
                (NodeKind::Input, label.clone(), None, format!("input {label}"))
            }
            ModuleEntry::Unknown { unknown } => {
                (NodeKind::Unknown, unknown.clone(), None, format!("unknown {unknown}"))
            }
        };
        self.node(key, Node { kind, label, path, range: place })
    }

    fn edge(&mut self, from: usize, to: usize) {
        if from != to && self.known.insert((from, to)) {
            self.edges.push((from, to));
        }
    }
}
