//! `flakewise graph`

mod layout;
mod render;

use std::collections::BTreeMap;

use super::arguments::{GraphArguments, GraphFormat};
use super::hosts::{ModuleEntry, module_entry};
use super::load::Loaded;
use super::{Answer, Failure};
use crate::repository::Host;

/// What a node of the graph is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NodeKind {
    Host,
    File,
    Inline,
    Input,
    Unknown,
}

/// A host or a module.
#[derive(Debug)]
struct Node {
    kind: NodeKind,
    /// What it is called: an output, a path, an input's module.
    label: String,
    /// The file that it is or stands in.
    path: Option<String>,
}

/// Hosts and modules, with an edge from whoever imports to what is imported.
#[derive(Debug, Default)]
struct Graph {
    nodes: Vec<Node>,
    /// In the order of import, each once.
    edges: Vec<(usize, usize)>,
    index: BTreeMap<String, usize>,
}

pub(super) fn run(arguments: &GraphArguments) -> Result<Answer, Failure> {
    let loaded = Loaded::open(arguments.dir.as_deref())?;
    let hosts: Vec<&Host> = match &arguments.host {
        Some(wanted) => vec![loaded.host(wanted)?],
        None => loaded.flake.hosts.iter().map(|host| &**host).collect(),
    };
    let graph = Graph::of(&loaded, &hosts);
    let text = match arguments.format {
        GraphFormat::Dot => render::dot(&graph),
        GraphFormat::Mermaid => render::mermaid(&graph),
        GraphFormat::Json => render::json(&graph),
        GraphFormat::Svg => render::svg(&graph),
    };
    Ok(Answer::ok(text))
}

impl Graph {
    fn of(loaded: &Loaded, hosts: &[&Host]) -> Graph {
        let mut graph = Graph::default();
        for host in hosts {
            let label = host.output.clone();
            let top = graph.node(format!("host {label}"), Node { kind: NodeKind::Host, label, path: None });
            let modules: Vec<Option<usize>> = host
                .facts
                .modules
                .iter()
                .map(|module| module_entry(loaded, module).map(|entry| graph.module(entry)))
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
        let (kind, label, path, key) = match entry {
            ModuleEntry::File { path } => (NodeKind::File, path.clone(), Some(path.clone()), path),
            ModuleEntry::Inline { path, range, .. } => {
                let label = format!("{path}:{}", range.first_line() + 1);
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
        self.node(key, Node { kind, label, path })
    }

    fn edge(&mut self, from: usize, to: usize) {
        if from != to && !self.edges.contains(&(from, to)) {
            self.edges.push((from, to));
        }
    }
}
