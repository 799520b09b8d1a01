//! Folders and files, and what of them a flake sees.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::eval::FileType;
use crate::hir::Name;

/// What is at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    pub kind: FileType,
    /// Whether a flake sees it: git tracks it, or no git repository is around it.
    pub tracked: bool,
    /// The path that a symbolic link points to, absolute and normalised.
    pub target: Option<Name>,
}

/// All files and folders of the workspace.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    nodes: FxHashMap<Name, Node>,
    children: FxHashMap<Name, BTreeMap<Name, ()>>,
    /// Folders that were scanned as a whole: what is not listed below them does not exist.
    roots: Vec<Name>,
}

impl Tree {
    /// Declares that everything below `root` is listed.
    pub fn add_root(&mut self, root: Name) {
        if !self.roots.contains(&root) {
            self.roots.push(root.clone());
        }
        self.insert(&root, Node { kind: FileType::Directory, tracked: true, target: None });
    }

    /// Forgets a root and all below it.
    pub fn remove_root(&mut self, root: &str) {
        self.roots.retain(|kept| kept != root);
        self.remove(root);
    }

    /// Whether the tree knows everything about this path.
    pub fn covers(&self, path: &str) -> bool {
        self.roots.iter().any(|root| is_below(path, root))
    }

    /// The scanned folders.
    pub fn roots(&self) -> &[Name] {
        &self.roots
    }

    /// Adds or replaces a node. The folders above it come into being up to the root, and are seen if it is.
    pub fn insert(&mut self, path: &str, node: Node) {
        let tracked = node.tracked;
        if let Some(old) = self.nodes.get_mut(path)
            && old.kind == FileType::Directory
            && node.kind == FileType::Directory
        {
            old.tracked |= tracked;
        } else {
            self.nodes.insert(Name::new(path), node);
        }
        let mut below = path;
        while let Some((parent, name)) = below.rsplit_once('/') {
            if parent.is_empty() {
                break;
            }
            self.children.entry(Name::new(parent)).or_default().insert(Name::new(name), ());
            match self.nodes.get_mut(parent) {
                Some(folder) if folder.kind == FileType::Directory => {
                    if folder.tracked || !tracked {
                        break;
                    }
                    folder.tracked = true;
                }
                _ => {
                    let folder = Node { kind: FileType::Directory, tracked, target: None };
                    self.nodes.insert(Name::new(parent), folder);
                }
            }
            below = parent;
        }
    }

    /// Removes a node and all below it.
    pub fn remove(&mut self, path: &str) {
        self.nodes.remove(path);
        if let Some((parent, name)) = path.rsplit_once('/')
            && let Some(siblings) = self.children.get_mut(parent)
        {
            siblings.remove(name);
        }
        if let Some(children) = self.children.remove(path) {
            for name in children.keys() {
                self.remove(&format!("{path}/{name}"));
            }
        }
    }

    /// The node at exactly this path, links not followed.
    pub fn node(&self, path: &str) -> Option<&Node> {
        self.nodes.get(path)
    }

    /// Whether a path lies in the work tree of a git repository. `.git` is listed as something that no flake sees.
    pub fn in_git(&self, path: &str) -> bool {
        let mut folder = path;
        while let Some((parent, _)) = folder.rsplit_once('/') {
            if self.nodes.contains_key(format!("{parent}/.git").as_str()) {
                return true;
            }
            folder = parent;
        }
        false
    }

    /// The path behind all symbolic links, and its node. `None` where nothing is or links go in circles.
    pub fn resolve(&self, path: &str) -> Option<(Name, &Node)> {
        let mut path = Name::new(path);
        // As many links as Linux follows (`MAXSYMLINKS`).
        for _ in 0..40 {
            if let Some(node) = self.nodes.get(&path) {
                match (&node.kind, &node.target) {
                    (FileType::Symlink, Some(target)) => path = target.clone(),
                    (FileType::Symlink, None) => return None,
                    _ => return Some((path, node)),
                }
                continue;
            }
            path = self.through_linked_folder(&path)?;
        }
        None
    }

    /// The node at a path: folders on the way may be links, what it ends in is not followed.
    pub fn own_node(&self, path: &str) -> Option<&Node> {
        let (folder, name) = path.rsplit_once('/')?;
        match self.nodes.get(path) {
            None if !folder.is_empty() => {
                let (folder, _) = self.resolve(folder)?;
                self.nodes.get(format!("{folder}/{name}").as_str())
            }
            node => node,
        }
    }

    /// The same path with the first linked folder on it replaced by its target.
    fn through_linked_folder(&self, path: &str) -> Option<Name> {
        let mut at = 0;
        while let Some(slash) = path.get(at + 1..).and_then(|rest| rest.find('/')) {
            at += 1 + slash;
            let folder = path.get(..at)?;
            if let Some(Node { kind: FileType::Symlink, target: Some(target), .. }) = self.nodes.get(folder) {
                return Some(Name::from(format!("{target}{}", path.get(at..)?)));
            }
        }
        None
    }

    /// The entries of a folder, sorted by name; links followed to reach the folder.
    pub fn children(&self, path: &str) -> Vec<(Name, &Node)> {
        let Some((path, _)) = self.resolve(path) else { return Vec::new() };
        let Some(children) = self.children.get(&path) else { return Vec::new() };
        let nodes = children.keys().filter_map(|name| {
            let node = self.nodes.get(format!("{path}/{name}").as_str())?;
            Some((name.clone(), node))
        });
        nodes.collect()
    }

    /// All paths with their nodes, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&Name, &Node)> {
        self.nodes.iter()
    }
}

/// Whether `path` is `folder` or lies in it.
pub(super) fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || folder.ends_with('/'))
}
