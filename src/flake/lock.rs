//! flake.lock, versions 5 to 7.
//!
//! The file is the user's, and half-merged or hand-edited locks are common:
//! whatever is no lock gives a [`LockError`], and whatever is one but leads
//! nowhere (edges to missing nodes, follows in circles) resolves to `None`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

use serde_json::{Map, Value};

use super::FlakeRef;
use crate::hir::Name;

/// The graph of a flake.lock. Nodes are named by their keys in the file.
#[derive(Clone, Debug, PartialEq)]
pub struct LockGraph {
    /// The format version, 5 to 7.
    pub version: u64,
    /// The key of the node that stands for the flake itself.
    pub root: Name,
    pub nodes: BTreeMap<Name, LockNode>,
}

/// A node of the lock graph.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct LockNode {
    pub inputs: BTreeMap<Name, InputEdge>,
    /// `original`: the reference as it was written, as JSON.
    pub original: Map<String, Value>,
    /// `locked`: the reference that was locked, as JSON.
    pub locked: Map<String, Value>,
    /// `flake`; false for plain sources.
    pub is_flake: bool,
}

/// Where an input of a node leads.
#[derive(Clone, Debug, PartialEq)]
pub enum InputEdge {
    /// A node.
    Node(Name),
    /// A path of inputs from the root; empty: the input was removed (`follows = ""`).
    Follows(Vec<Name>),
}

/// Why a flake.lock cannot be used.
#[derive(Clone, Debug, PartialEq)]
pub struct LockError {
    pub message: String,
    /// Zero-based line and column (in characters) in the file, where that is known.
    pub position: Option<(u32, u32)>,
}

impl fmt::Display for LockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for LockError {}

/// How many edges one resolution may take. Real locks need a dozen; follows in
/// circles never end.
const MAX_STEPS: usize = 4096;

impl LockGraph {
    /// Reads the text of a flake.lock.
    pub fn parse(text: &str) -> Result<LockGraph, LockError> {
        let json: Value = serde_json::from_str(text).map_err(|error| json_error(text, &error))?;
        let Value::Object(mut lock) = json else { return Err(shape("flake.lock is not a JSON object")) };
        let version = match lock.get("version").and_then(Value::as_u64) {
            Some(version @ 5..=7) => version,
            Some(version) => return Err(shape(format!("flake.lock has version {version}; 5 to 7 are known"))),
            None => return Err(shape("flake.lock has no version")),
        };
        let Some(Value::String(root)) = lock.remove("root") else {
            return Err(shape("flake.lock does not name its root node"));
        };
        let Some(Value::Object(members)) = lock.remove("nodes") else {
            return Err(shape("flake.lock has no nodes"));
        };
        let mut nodes = BTreeMap::new();
        for (key, value) in members {
            let node = parse_node(&key, value)?;
            nodes.insert(Name::from(key), node);
        }
        if !nodes.contains_key(root.as_str()) {
            return Err(shape(format!("the root node `{root}` of flake.lock does not exist")));
        }
        Ok(LockGraph { version, root: Name::from(root), nodes })
    }

    /// The node with this key.
    pub fn node(&self, key: &str) -> Option<&LockNode> {
        self.nodes.get(key)
    }

    /// The node of the flake itself.
    pub fn root_node(&self) -> Option<&LockNode> {
        self.node(&self.root)
    }

    /// The inputs of the flake itself with their nodes, sorted by name; those
    /// that lead nowhere have none.
    pub fn direct_inputs(&self) -> Vec<(Name, Option<Name>)> {
        let inputs = self.root_node().into_iter().flat_map(|root| root.inputs.keys());
        inputs.map(|input| (input.clone(), self.resolve(&self.root, input))).collect()
    }

    /// The key of the node that `input` of `node` is, through all follows.
    /// `None` for inputs that do not exist, were removed, or follow in circles.
    pub fn resolve(&self, node: &str, input: &str) -> Option<Name> {
        self.walk(Name::new(node), VecDeque::from([Name::new(input)]))
    }

    /// The key of the node at a path of inputs from the root; the empty path is the root.
    pub fn resolve_path(&self, path: &[Name]) -> Option<Name> {
        self.walk(self.root.clone(), path.iter().cloned().collect())
    }

    /// Takes the edges in `path` one by one from `at`. A follows starts over
    /// from the root with its own path before the rest.
    fn walk(&self, mut at: Name, mut path: VecDeque<Name>) -> Option<Name> {
        for _ in 0..MAX_STEPS {
            let Some(input) = path.pop_front() else {
                return self.nodes.contains_key(&at).then_some(at);
            };
            match self.nodes.get(&at)?.inputs.get(&input)? {
                InputEdge::Node(key) => at = key.clone(),
                InputEdge::Follows(target) if target.is_empty() => return None,
                InputEdge::Follows(target) if target.len() + path.len() > MAX_STEPS => return None,
                InputEdge::Follows(target) => {
                    at = self.root.clone();
                    for name in target.iter().rev() {
                        path.push_front(name.clone());
                    }
                }
            }
        }
        None
    }

    /// The keys of all nodes that the root reaches, itself included, sorted.
    pub fn reachable(&self) -> BTreeSet<Name> {
        let mut found = BTreeSet::from([self.root.clone()]);
        let mut open = vec![self.root.clone()];
        while let Some(key) = open.pop() {
            for edge in self.nodes.get(&key).into_iter().flat_map(|node| node.inputs.values()) {
                // What a follows leads to is reached from the root by other edges.
                if let InputEdge::Node(next) = edge
                    && self.nodes.contains_key(next)
                    && found.insert(next.clone())
                {
                    open.push(next.clone());
                }
            }
        }
        found
    }

    /// Whether a node is nixpkgs: the repository, a fork of it, a channel, a FlakeHub mirror.
    pub fn is_nixpkgs(&self, key: &str) -> bool {
        self.node(key).is_some_and(LockNode::is_nixpkgs)
    }

    /// The keys of all nodes that are nixpkgs and that the root reaches, sorted.
    pub fn nixpkgs_nodes(&self) -> Vec<Name> {
        self.reachable().into_iter().filter(|key| self.is_nixpkgs(key)).collect()
    }

    /// How many different nixpkgs the lock holds. Nodes locked to the same source count once.
    pub fn nixpkgs_copies(&self) -> usize {
        let nodes = self.nixpkgs_nodes();
        let sources = nodes.iter().map(|key| {
            let node = self.node(key);
            node.and_then(|node| node.nar_hash().or(node.rev())).unwrap_or(key.as_str())
        });
        sources.collect::<BTreeSet<_>>().len()
    }

    /// What repository a node is, see [`FlakeRef::identity`].
    pub fn repo_identity(&self, key: &str) -> Option<String> {
        self.node(key)?.repo_identity()
    }
}

impl LockNode {
    fn text<'a>(map: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
        map.get(name).and_then(Value::as_str)
    }

    /// An attribute of what was locked, or else of what was asked for.
    fn attr(&self, name: &str) -> Option<&str> {
        Self::text(&self.locked, name).or_else(|| Self::text(&self.original, name))
    }

    /// `github`, `git`, `path`, `indirect`, … as locked.
    pub fn kind(&self) -> Option<&str> {
        self.attr("type")
    }

    /// The owner on a forge.
    pub fn owner(&self) -> Option<&str> {
        self.attr("owner")
    }

    /// The repository on a forge.
    pub fn repo(&self) -> Option<&str> {
        self.attr("repo")
    }

    /// The branch or tag that was asked for.
    pub fn git_ref(&self) -> Option<&str> {
        Self::text(&self.original, "ref").or_else(|| Self::text(&self.locked, "ref"))
    }

    /// The commit that was locked.
    pub fn rev(&self) -> Option<&str> {
        Self::text(&self.locked, "rev")
    }

    /// Seconds since 1970 of the commit that was locked.
    pub fn last_modified(&self) -> Option<i64> {
        self.locked.get("lastModified").and_then(Value::as_i64)
    }

    /// The folder of the flake in its source.
    pub fn dir(&self) -> Option<&str> {
        self.attr("dir")
    }

    /// The hash of the source, `sha256-…`.
    pub fn nar_hash(&self) -> Option<&str> {
        Self::text(&self.locked, "narHash")
    }

    /// The path of a `path:` input as it was written, relative ones included.
    pub fn path(&self) -> Option<&str> {
        Self::text(&self.original, "path").or_else(|| Self::text(&self.locked, "path"))
    }

    /// The flake reference that was asked for, as one would write it.
    pub fn original_url(&self) -> String {
        display(&self.original)
    }

    /// The flake reference that was locked, as one would write it.
    pub fn locked_url(&self) -> String {
        display(&self.locked)
    }

    /// What was asked for, as a reference.
    pub fn reference(&self) -> Option<FlakeRef> {
        FlakeRef::from_attrs(&self.original)
    }

    /// What repository this is, see [`FlakeRef::identity`]. An indirect
    /// reference (`nixpkgs`) is what the registry made of it when it was locked.
    pub fn repo_identity(&self) -> Option<String> {
        let of = |attrs| FlakeRef::from_attrs(attrs).and_then(|reference| reference.identity());
        match Self::text(&self.original, "type") {
            Some("indirect") => of(&self.locked).or_else(|| of(&self.original)),
            _ => of(&self.original).or_else(|| of(&self.locked)),
        }
    }

    /// Whether this is nixpkgs.
    pub fn is_nixpkgs(&self) -> bool {
        let is = |attrs| FlakeRef::from_attrs(attrs).is_some_and(|reference| reference.is_nixpkgs());
        is(&self.locked) || is(&self.original)
    }
}

/// The URL form of a reference in attributes; empty for one that has none.
fn display(attrs: &Map<String, Value>) -> String {
    FlakeRef::from_attrs(attrs).map(|reference| reference.to_string()).unwrap_or_default()
}

fn parse_node(key: &str, value: Value) -> Result<LockNode, LockError> {
    let Value::Object(mut members) = value else {
        return Err(shape(format!("node `{key}` of flake.lock is not an object")));
    };
    let mut object = |name: &str| match members.remove(name) {
        None => Ok(Map::new()),
        Some(Value::Object(map)) => Ok(map),
        Some(_) => Err(shape(format!("`{name}` of node `{key}` of flake.lock is not an object"))),
    };
    let (original, locked, edges) = (object("original")?, object("locked")?, object("inputs")?);
    let mut inputs = BTreeMap::new();
    for (name, edge) in edges {
        let wrong = || shape(format!("input `{name}` of node `{key}` of flake.lock is neither a node nor a path"));
        let edge = match edge {
            Value::String(node) => InputEdge::Node(Name::from(node)),
            Value::Array(path) => {
                let path = path.iter().map(|name| name.as_str().map(Name::new)).collect::<Option<Vec<Name>>>();
                InputEdge::Follows(path.ok_or_else(wrong)?)
            }
            _ => return Err(wrong()),
        };
        inputs.insert(Name::from(name), edge);
    }
    let is_flake = members.get("flake").and_then(Value::as_bool).unwrap_or(true);
    Ok(LockNode { inputs, original, locked, is_flake })
}

fn shape(message: impl Into<String>) -> LockError {
    LockError { message: message.into(), position: None }
}

/// serde_json counts lines from one, and columns in bytes.
fn json_error(text: &str, error: &serde_json::Error) -> LockError {
    let line = error.line().saturating_sub(1);
    let bytes = error.column().saturating_sub(1);
    let before = text.split('\n').nth(line).unwrap_or_default().char_indices();
    let column = before.take_while(|(at, _)| *at < bytes).count();
    let message = error.to_string();
    // The position is given apart; in the sentence it would be in other units.
    let what = message.rsplit_once(" at line ").map_or(message.as_str(), |(what, _)| what);
    LockError {
        message: format!("flake.lock is not valid JSON: {what}"),
        position: Some((u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock(nodes: &str) -> LockGraph {
        LockGraph::parse(&format!(r#"{{"nodes":{nodes},"root":"root","version":7}}"#)).unwrap()
    }

    fn names(path: &[&str]) -> Vec<Name> {
        path.iter().map(Name::new).collect()
    }

    const GITHUB: &str = r#"{
        "root": {"inputs": {"nixpkgs": "nixpkgs", "home-manager": "home-manager", "hm": ["home-manager"], "gone": []}},
        "nixpkgs": {
            "locked": {"type": "github", "owner": "NixOS", "repo": "nixpkgs", "rev": "abc", "narHash": "sha256-A", "lastModified": 1700000000},
            "original": {"type": "github", "owner": "NixOS", "repo": "nixpkgs", "ref": "nixos-unstable"}},
        "nixpkgs_2": {
            "locked": {"type": "github", "owner": "nixos", "repo": "nixpkgs", "rev": "def", "narHash": "sha256-B"},
            "original": {"type": "indirect", "id": "nixpkgs"}},
        "nixpkgs_3": {
            "locked": {"type": "tarball", "url": "https://api.flakehub.com/f/pinned/NixOS/nixpkgs/0.1.1/x/source.tar.gz", "narHash": "sha256-A"},
            "original": {"type": "tarball", "url": "https://flakehub.com/f/NixOS/nixpkgs/0.1.*.tar.gz"}},
        "orphan": {"locked": {"type": "github", "owner": "NixOS", "repo": "nixpkgs", "narHash": "sha256-C"}},
        "home-manager": {
            "inputs": {"nixpkgs": ["nixpkgs"], "utils": "utils", "own": "nixpkgs_2", "third": "nixpkgs_3"},
            "locked": {"type": "github", "owner": "nix-community", "repo": "home-manager", "rev": "123"},
            "original": {"type": "github", "owner": "nix-community", "repo": "home-manager"}},
        "utils": {"flake": false, "inputs": {"up": ["hm", "nixpkgs"]}, "original": {"type": "path", "path": "./utils"}}
    }"#;

    #[test]
    fn nodes_are_found_through_follows() {
        let lock = lock(GITHUB);
        assert_eq!(lock.resolve("root", "nixpkgs").as_deref(), Some("nixpkgs"));
        assert_eq!(lock.resolve("home-manager", "nixpkgs").as_deref(), Some("nixpkgs"));
        assert_eq!(lock.resolve("home-manager", "own").as_deref(), Some("nixpkgs_2"));
        // A path through an input that is itself a follows.
        assert_eq!(lock.resolve("utils", "up").as_deref(), Some("nixpkgs"));
        assert_eq!(lock.resolve_path(&names(&["hm", "utils", "up"])).as_deref(), Some("nixpkgs"));
        assert_eq!(lock.resolve_path(&[]).as_deref(), Some("root"));
        assert_eq!(lock.resolve("root", "gone"), None);
        assert_eq!(lock.resolve("root", "never"), None);
        assert_eq!(lock.resolve("nobody", "nixpkgs"), None);
        let direct = lock.direct_inputs();
        let direct: Vec<(&str, Option<&str>)> =
            direct.iter().map(|(name, to)| (name.as_str(), to.as_deref())).collect();
        assert_eq!(
            direct,
            [
                ("gone", None),
                ("hm", Some("home-manager")),
                ("home-manager", Some("home-manager")),
                ("nixpkgs", Some("nixpkgs"))
            ]
        );
    }

    #[test]
    fn nodes_say_what_they_are() {
        let lock = lock(GITHUB);
        let node = lock.node("nixpkgs").unwrap();
        assert_eq!((node.kind(), node.owner(), node.repo()), (Some("github"), Some("NixOS"), Some("nixpkgs")));
        assert_eq!(
            (node.rev(), node.nar_hash(), node.last_modified()),
            (Some("abc"), Some("sha256-A"), Some(1_700_000_000))
        );
        assert_eq!(node.git_ref(), Some("nixos-unstable"));
        assert_eq!(node.original_url(), "github:NixOS/nixpkgs/nixos-unstable");
        assert_eq!(node.locked_url(), "github:NixOS/nixpkgs/abc");
        assert_eq!(lock.node("utils").unwrap().original_url(), "path:./utils");
        assert!(!lock.node("utils").unwrap().is_flake);
        assert_eq!(lock.repo_identity("home-manager").as_deref(), Some("nix-community/home-manager"));
        assert_eq!(lock.repo_identity("nixpkgs_2").as_deref(), Some("nixos/nixpkgs"));
        assert_eq!(lock.repo_identity("nixpkgs_3").as_deref(), Some("nixos/nixpkgs"));
        assert_eq!(lock.repo_identity("utils"), None);
    }

    #[test]
    fn copies_of_nixpkgs_are_counted_by_content_and_reach() {
        let lock = lock(GITHUB);
        assert_eq!(lock.nixpkgs_nodes(), names(&["nixpkgs", "nixpkgs_2", "nixpkgs_3"]));
        assert_eq!(lock.nixpkgs_copies(), 2);
    }

    #[test]
    fn follows_in_circles_end() {
        let lock = lock(
            r#"{"root": {"inputs": {"a": ["b"], "b": ["a"], "c": ["c"], "d": ["d", "d"], "n": "n"}}, "n": {"inputs": {"n": "n"}}}"#,
        );
        for input in ["a", "b", "c", "d"] {
            assert_eq!(lock.resolve("root", input), None);
        }
        // A node that is its own input is a circle of nodes, not of names.
        assert_eq!(lock.resolve_path(&names(&["n", "n", "n"])).as_deref(), Some("n"));
        assert_eq!(lock.reachable().len(), 2);
    }

    #[test]
    fn edges_to_missing_nodes_lead_nowhere() {
        let lock = lock(r#"{"root": {"inputs": {"a": "nobody", "b": ["nobody"]}}}"#);
        assert_eq!(lock.resolve("root", "a"), None);
        assert_eq!(lock.resolve("root", "b"), None);
        assert_eq!(lock.nixpkgs_copies(), 0);
    }

    #[test]
    fn what_is_no_lock_is_refused() {
        for (text, message) in [
            ("", "not valid JSON"),
            ("{", "not valid JSON"),
            ("<<<<<<< HEAD\n{}", "not valid JSON"),
            ("[]", "not a JSON object"),
            ("{}", "no version"),
            (r#"{"version":4}"#, "version 4"),
            (r#"{"version":"7"}"#, "no version"),
            (r#"{"version":7}"#, "root node"),
            (r#"{"version":7,"root":"r"}"#, "no nodes"),
            (r#"{"version":7,"root":"r","nodes":[]}"#, "no nodes"),
            (r#"{"version":7,"root":"r","nodes":{}}"#, "`r`"),
            (r#"{"version":7,"root":"r","nodes":{"r":1}}"#, "node `r`"),
            (r#"{"version":7,"root":"r","nodes":{"r":{"inputs":[]}}}"#, "`inputs`"),
            (r#"{"version":7,"root":"r","nodes":{"r":{"locked":"x"}}}"#, "`locked`"),
            (r#"{"version":7,"root":"r","nodes":{"r":{"inputs":{"a":1}}}}"#, "input `a`"),
            (r#"{"version":7,"root":"r","nodes":{"r":{"inputs":{"a":[1]}}}}"#, "input `a`"),
        ] {
            let error = LockGraph::parse(text).unwrap_err();
            assert!(error.message.contains(message), "{text}: {error}");
        }
        for version in 5..=7 {
            let text = format!(r#"{{"version":{version},"root":"r","nodes":{{"r":{{}}}}}}"#);
            assert_eq!(LockGraph::parse(&text).unwrap().version, version);
        }
    }

    #[test]
    fn json_errors_have_a_place_in_characters() {
        let error = LockGraph::parse("{\n  \"ä\": x\n}").unwrap_err();
        assert_eq!(error.position, Some((1, 7)));
        assert!(!error.message.contains("line"), "{error}");
    }

    #[test]
    fn deep_nesting_is_an_error_and_no_overflow() {
        let text = "[".repeat(200_000);
        assert!(LockGraph::parse(&text).is_err());
        let text = format!(r#"{{"version":7,"root":"r","nodes":{}"#, r#"{"r":"#.repeat(100_000));
        assert!(LockGraph::parse(&text).is_err());
    }

    #[test]
    fn a_long_chain_of_follows_is_no_deep_recursion() {
        let edges: Vec<String> = (0..50_000).map(|n| format!(r#""i{n}":["i{}"]"#, n + 1)).collect();
        let lock = lock(&format!(r#"{{"root":{{"inputs":{{{}}}}}}}"#, edges.join(",")));
        assert_eq!(lock.resolve("root", "i0"), None);
    }

    #[test]
    fn wrong_types_in_references_are_just_not_there() {
        let lock = lock(
            r#"{"root":{"locked":{"type":7,"rev":{},"lastModified":"x"},"original":{"type":"github","owner":1}}}"#,
        );
        let node = lock.root_node().unwrap();
        assert_eq!((node.kind(), node.rev(), node.last_modified()), (Some("github"), None, None));
        assert_eq!(node.repo_identity(), None);
        assert_eq!(node.original_url(), "");
    }
}
