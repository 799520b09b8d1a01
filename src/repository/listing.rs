//! The outputs of a flake: what there is, and which of it are hosts.

use std::collections::BTreeSet;

use rustc_hash::FxHashSet;

use super::builders;
use super::hosts;
use super::inputs;
use super::model::{FlakeProblem, Host, HostKind, Input, Output, OutputKey, OutputKind, OutputName, PackageUse};
use super::output_shape::{self, Misshapen};
use super::session::{HOST_MARK, Session};
use crate::base::FileId;
use crate::eval::{Cause, Entry, ErrorKind, Exhausted, MissingFunction, Origin, ReadSet, Result, Stop, Thunk, Value};
use crate::hir::Name;

/// What one evaluation of the outputs tells.
#[derive(Default)]
pub(super) struct Listing {
    pub inputs: Vec<Input>,
    pub outputs: Vec<Output>,
    pub names: Vec<OutputName>,
    /// Outputs that are not what they must be.
    pub misshapen: Vec<Misshapen>,
    pub package_uses: Vec<PackageUse>,
    /// Hosts that are outputs themselves, to be looked into one by one.
    pub hosts: Vec<HostEntry>,
    /// Hosts that outputs hold inside of something else (images, containers).
    pub held: Vec<Host>,
    /// Functions of the repository that anything of the outputs called.
    pub called: FxHashSet<Origin>,
    pub problems: Vec<FlakeProblem>,
    /// The bounds that outputs reached.
    pub exhausted: Vec<(Name, Exhausted)>,
    /// Files that Nix imports to list the outputs.
    pub demanded: BTreeSet<FileId>,
    /// What is selected from nixpkgs' `lib` and is not there.
    pub missing_functions: Vec<(Origin, MissingFunction)>,
    /// Whether a model of a framework took part that leaves parts of it out.
    pub modelled: bool,
    pub reads: ReadSet,
}

/// A host among the outputs.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct HostEntry {
    pub path: Vec<Name>,
    pub kind: HostKind,
    pub definition: Option<Origin>,
}

/// Outputs with an attribute set for each system.
const BY_SYSTEM: &[(&str, OutputKind)] = &[
    ("packages", OutputKind::Package),
    ("checks", OutputKind::Check),
    ("devShells", OutputKind::DevShell),
    ("apps", OutputKind::App),
    ("legacyPackages", OutputKind::Package),
    ("hydraJobs", OutputKind::Check),
];

/// Outputs with an attribute for each name.
const BY_NAME: &[(&str, OutputKind)] = &[
    ("nixosConfigurations", OutputKind::NixosConfiguration),
    ("darwinConfigurations", OutputKind::DarwinConfiguration),
    ("homeConfigurations", OutputKind::HomeConfiguration),
    ("nixOnDroidConfigurations", OutputKind::DroidConfiguration),
    ("nixosModules", OutputKind::NixosModule),
    ("homeModules", OutputKind::HomeModule),
    ("homeManagerModules", OutputKind::HomeModule),
    ("darwinModules", OutputKind::DarwinModule),
    ("flakeModules", OutputKind::FlakeModule),
    ("overlays", OutputKind::Overlay),
    ("templates", OutputKind::Template),
    ("lib", OutputKind::Library),
    ("devShell", OutputKind::DevShell),
    ("defaultPackage", OutputKind::Package),
    ("defaultApp", OutputKind::App),
    ("formatter", OutputKind::Formatter),
];

/// Sets in outputs of other names are searched for hosts this deep.
const SEARCH_DEPTH: usize = 3;

/// Evaluates the outputs of a session's flake. `found` is told each host as soon as it is known to be one:
/// most of them are, long before the last output was looked at.
pub(super) fn list(session: &Session, found: &dyn Fn(&HostEntry)) -> Listing {
    let mut walk =
        Walk { session, found, listing: Listing::default(), claimed: BTreeSet::new(), configurations: BTreeSet::new() };
    walk.listing.inputs = session.inputs.clone();
    match session.outputs() {
        Ok(Value::Attrs(outputs)) => {
            let entries: Vec<(Name, Entry)> =
                outputs.iter().map(|(name, entry)| (name.clone(), entry.clone())).collect();
            // Hosts go first: what else holds one of them must not take it for its own.
            for (name, entry) in &entries {
                if host_kind(name).is_some() {
                    walk.output(name, entry);
                }
            }
            for (name, entry) in &entries {
                if host_kind(name).is_none() {
                    walk.output(name, entry);
                }
            }
            walk.listing.names = entries.iter().map(|(name, entry)| walk.name(name, entry)).collect();
        }
        Ok(Value::Unknown(unknown)) => walk.listing.problems.push(FlakeProblem {
            message: unknown.to_string(),
            origin: None,
            missing: None,
            output: None,
            error: None,
        }),
        Ok(_) => {}
        Err(stop) => walk.problem(stop, None, &[]),
    }
    let mut listing = walk.listing;
    listing.outputs.sort_by(|a, b| a.path.cmp(&b.path));
    listing.hosts.sort_by(|a, b| a.path.cmp(&b.path));
    listing.called = session.ev.called_functions();
    listing.package_uses = inputs::package_uses(session);
    listing.missing_functions = session.ev.missing_functions().into_iter().collect();
    listing.demanded = session.ev.demanded();
    listing.modelled = session.state.shared.modelled.get();
    listing.reads = session.ev.reads();
    listing
}

/// The kind of hosts that an output of this name holds.
fn host_kind(name: &str) -> Option<HostKind> {
    Some(match name {
        "nixosConfigurations" => HostKind::Nixos,
        "darwinConfigurations" => HostKind::Darwin,
        "homeConfigurations" => HostKind::Home,
        "nixOnDroidConfigurations" => HostKind::Droid,
        _ => return None,
    })
}

struct Walk<'s> {
    session: &'s Session,
    found: &'s dyn Fn(&HostEntry),
    listing: Listing,
    /// Calls that belong to a host which is listed.
    claimed: BTreeSet<usize>,
    /// The names in nixosConfigurations. A deployment tool's nodes of these names are the same machines.
    configurations: BTreeSet<Name>,
}

impl Walk<'_> {
    /// The value of something that is independent of all other outputs: it may not use up what they need.
    fn force(&self, thunk: &Thunk) -> Result<Value> {
        self.session.ev.with_share(|| self.session.ev.force(thunk))
    }

    fn output(&mut self, name: &Name, entry: &Entry) {
        self.look_into(name, entry);
        let exhausted = self.session.ev.take_exhausted().into_iter();
        self.listing.exhausted.extend(exhausted.map(|it| (name.clone(), it)));
    }

    fn look_into(&mut self, name: &Name, entry: &Entry) {
        let entry = &Entry { origin: self.session.ev.own_origin(entry.origin), ..entry.clone() };
        let path = vec![name.clone()];
        let by_system = BY_SYSTEM.iter().find(|(known, _)| known == name).map(|(_, kind)| *kind);
        let by_name = BY_NAME.iter().find(|(known, _)| known == name).map(|(_, kind)| *kind);
        if let Some(kind) = by_system {
            self.level(path, entry, &mut |walk, path, entry| {
                if name == "legacyPackages" {
                    walk.legacy_packages(path, entry);
                } else {
                    walk.level(path, entry, &mut |walk, path, entry| walk.leaf(path, entry, kind));
                }
            });
        } else if let Some(kind) = by_name {
            self.level(path, entry, &mut |walk, path, entry| match host_kind(name) {
                Some(host) => walk.host(path, entry, kind, host),
                None => walk.leaf(path, entry, kind),
            });
        } else if name == "colmena" {
            self.hive(path, entry);
        } else {
            self.other(path, entry, 0);
        }
    }

    /// A name at the top of the outputs, and the names in it where they mean something.
    fn name(&self, name: &Name, entry: &Entry) -> OutputName {
        let own = |origin: Option<Origin>| self.session.ev.own_origin(origin);
        let mut keys = Vec::new();
        if BY_SYSTEM.iter().chain(BY_NAME).any(|(known, _)| known == name)
            && let Ok(Value::Attrs(attrs)) = self.force(&entry.value)
        {
            for (key, inner) in attrs.iter() {
                let value = host_kind(name).or((name == "overlays").then_some(HostKind::Other));
                let value = value.and_then(|_| self.force(&inner.value).ok());
                keys.push(OutputKey {
                    name: key.clone(),
                    definition: own(inner.origin),
                    maybe: inner.maybe,
                    no_host: value.as_ref().filter(|_| host_kind(name).is_some()).and_then(|it| self.no_host(it)),
                    function: value.as_ref().and_then(function_of),
                });
            }
        }
        OutputName { name: name.clone(), definition: own(entry.origin), maybe: entry.maybe, keys }
    }

    /// What a value is that is certainly no host: all of its attributes are known, and none is what tools build.
    fn no_host(&self, value: &Value) -> Option<&'static str> {
        const BUILT: &[&str] = &["activationPackage", "config", "extendModules", "system", "type"];
        match value {
            Value::Attrs(attrs) if attrs.rest.is_some() || mark(self.session, value).is_some() => None,
            Value::Attrs(attrs) if BUILT.iter().any(|name| attrs.get(name).is_some()) => None,
            Value::Attrs(attrs) => {
                // Some keep their hosts by system.
                let holds = attrs.iter().any(|(_, inner)| match self.force(&inner.value) {
                    Ok(Value::Attrs(inner)) => inner.rest.is_some() || BUILT.iter().any(|it| inner.get(it).is_some()),
                    Ok(Value::Unknown(_)) | Err(_) => true,
                    Ok(_) => false,
                });
                let is_module = ["imports", "options", "modules"].iter().any(|name| attrs.get(name).is_some());
                (is_module || !holds).then_some("a set without config")
            }
            Value::Lambda(_) => Some("a function"),
            Value::Path(_) => Some("a path"),
            Value::String(_) => Some("a string"),
            Value::List(_) => Some("a list"),
            Value::Null => Some("null"),
            Value::Bool(_) | Value::Int(_) | Value::Float(_) => Some("a plain value"),
            Value::Primop(_) | Value::Unknown(_) => None,
        }
    }

    /// `colmena`: a set of modules by machine, which colmena makes hosts of.
    fn hive(&mut self, path: Vec<Name>, entry: &Entry) {
        let session = self.session;
        let nodes = session.ev.with_share(|| builders::hive_nodes(&session.ev, &session.state, entry.value.clone()));
        if let Some(Value::Attrs(nodes)) = nodes {
            for (name, node) in nodes.iter() {
                let mut inner = path.clone();
                inner.push(name.clone());
                let node = Entry { origin: node.origin.or(entry.origin), ..node.clone() };
                if !self.configurations.contains(name) && self.force(&node.value).is_ok() {
                    self.host(inner, &node, OutputKind::Other, HostKind::Nixos);
                }
            }
        }
        self.push(path, entry, OutputKind::Other);
    }

    /// Visits the attributes of a set; what cannot be looked into is an output of its own.
    fn level(&mut self, path: Vec<Name>, entry: &Entry, visit: &mut dyn FnMut(&mut Self, Vec<Name>, &Entry)) {
        let value = self.force(&entry.value);
        self.shape(&path, entry, &value);
        match value {
            Ok(Value::Attrs(attrs)) => {
                for (name, inner) in attrs.iter() {
                    let mut inner_path = path.clone();
                    inner_path.push(name.clone());
                    let inner =
                        Entry { origin: self.session.ev.own_origin(inner.origin).or(entry.origin), ..inner.clone() };
                    visit(self, inner_path, &inner);
                }
                if attrs.rest.is_some() && attrs.is_empty() {
                    self.push(path, entry, OutputKind::Unknown);
                }
            }
            Ok(Value::Unknown(_)) => self.push(path, entry, OutputKind::Unknown),
            Ok(_) => self.push(path, entry, OutputKind::Other),
            Err(stop) => self.problem(stop, entry.origin, &path),
        }
    }

    /// Notes an output that is not what it must be. What models of frameworks make of outputs is not looked at.
    fn shape(&mut self, path: &[Name], entry: &Entry, value: &Result<Value>) {
        if let Ok(value) = value
            && !self.session.state.shared.modelled.get()
            && let Some(fault) = output_shape::fault(self.session, path, entry, value)
        {
            let definition = entry.origin.or(entry.value.origin());
            self.listing.misshapen.push(Misshapen { path: path.to_vec(), definition, fault });
        }
    }

    fn list_host(&mut self, host: HostEntry) {
        (self.found)(&host);
        self.listing.hosts.push(host);
    }

    fn push(&mut self, path: Vec<Name>, entry: &Entry, kind: OutputKind) {
        self.listing.outputs.push(Output { path, kind, definition: entry.origin.or(entry.value.origin()) });
    }

    /// An output that is no host; it may hold one.
    fn leaf(&mut self, path: Vec<Name>, entry: &Entry, kind: OutputKind) {
        let before = self.session.state.calls.borrow().len();
        let exploring = self.session.ev.explore(true);
        let value = self.force(&entry.value);
        self.session.ev.explore(exploring);
        self.shape(&path, entry, &value);
        match value {
            Ok(value) => self.held(&path, entry, &value, before),
            Err(stop) => self.problem(stop, entry.origin, &path),
        }
        self.push(path, entry, kind);
    }

    /// A host that was built while an output was evaluated, and that no other output is.
    fn held(&mut self, path: &[Name], entry: &Entry, value: &Value, before: usize) {
        let made = before..self.session.state.calls.borrow().len();
        let mut candidates: Vec<usize> = made.collect();
        if let Some(unknown) = value.unknown()
            && let Cause::Config { configuration, .. } = &unknown.cause
        {
            let calls = self.session.state.calls.borrow();
            candidates.extend(calls.iter().position(|call| call.configuration.number == *configuration));
        }
        candidates.dedup();
        for index in candidates {
            if !self.claimed.insert(index) {
                continue;
            }
            let host = HostEntry { path: path.to_vec(), kind: HostKind::Other, definition: entry.origin };
            let session = self.session;
            let mut hosts = session.ev.with_share(|| hosts::gather(session, &host, index, false));
            hosts::mark_broken(session, &mut hosts);
            self.listing.held.extend(hosts);
        }
    }

    fn host(&mut self, path: Vec<Name>, entry: &Entry, kind: OutputKind, host: HostKind) {
        let definition = entry.origin.or(entry.value.origin());
        if host == HostKind::Nixos && kind == OutputKind::NixosConfiguration {
            self.configurations.extend(path.last().cloned());
        }
        match self.force(&entry.value) {
            Ok(value) => {
                let marked = mark(self.session, &value);
                // Some keep their hosts by system: `nixOnDroidConfigurations.aarch64-linux.default`.
                if let (None, Value::Attrs(attrs)) = (marked, &value)
                    && path.len() < 4
                    && attrs.iter().any(|(_, inner)| {
                        self.session.ev.force(&inner.value).is_ok_and(|value| mark(self.session, &value).is_some())
                    })
                {
                    return self.level(path, entry, &mut |walk, path, entry| walk.host(path, entry, kind, host));
                }
                self.claimed.extend(marked);
                self.list_host(HostEntry { path: path.clone(), kind: host, definition });
            }
            Err(stop) => {
                self.problem(stop, definition, &path);
                self.list_host(HostEntry { path: path.clone(), kind: host, definition });
            }
        }
        self.push(path, entry, kind);
    }

    /// `legacyPackages.<system>`: only the homes that some flakes keep there.
    fn legacy_packages(&mut self, path: Vec<Name>, entry: &Entry) {
        let value = self.force(&entry.value);
        self.shape(&path, entry, &value);
        if let Ok(Value::Attrs(attrs)) = value {
            for name in ["homeConfigurations", "nixosConfigurations"] {
                if let (Some(inner), Some(host)) = (attrs.get(name), host_kind(name)) {
                    let mut inner_path = path.clone();
                    inner_path.push(Name::new_static(name));
                    let inner = inner.clone();
                    self.level(inner_path, &inner, &mut |walk, path, entry| {
                        walk.host(path, entry, OutputKind::HomeConfiguration, host);
                    });
                }
            }
        }
        self.push(path, entry, OutputKind::Package);
    }

    /// An output that the schema does not know: hosts are looked for in it.
    fn other(&mut self, path: Vec<Name>, entry: &Entry, depth: usize) {
        let value = match self.force(&entry.value) {
            Ok(value) => value,
            Err(stop) => {
                self.problem(stop, entry.origin, &path);
                return self.push(path, entry, OutputKind::Other);
            }
        };
        if let Some(index) = mark(self.session, &value) {
            if self.claimed.insert(index) {
                let definition = entry.origin.or(entry.value.origin());
                let kind = self.session.state.calls.borrow().get(index).map_or(HostKind::Other, |call| call.kind);
                self.list_host(HostEntry { path: path.clone(), kind, definition });
            }
            return self.push(path, entry, OutputKind::Other);
        }
        if let Value::Attrs(attrs) = &value
            && depth < SEARCH_DEPTH
            && attrs.get("type").is_none()
            && attrs.get("_type").is_none()
            && attrs.len() <= 256
        {
            for (name, inner) in attrs.iter() {
                let mut inner_path = path.clone();
                inner_path.push(name.clone());
                let inner =
                    Entry { origin: self.session.ev.own_origin(inner.origin).or(entry.origin), ..inner.clone() };
                if depth == 0 {
                    self.other(inner_path, &inner, depth + 1);
                } else {
                    self.search(inner_path, &inner, depth + 1);
                }
            }
            if depth > 0 || attrs.is_empty() {
                self.push(path, entry, OutputKind::Other);
            }
            return;
        }
        self.push(path, entry, OutputKind::Other);
    }

    /// Below the second level only hosts are listed.
    fn search(&mut self, path: Vec<Name>, entry: &Entry, depth: usize) {
        let Ok(value) = self.force(&entry.value) else { return };
        if let Some(index) = mark(self.session, &value) {
            let hive = path.first().is_some_and(|output| output == "colmenaHive");
            if hive && path.last().is_some_and(|name| self.configurations.contains(name)) {
                return;
            }
            if self.claimed.insert(index) {
                let definition = entry.origin.or(entry.value.origin());
                let kind = self.session.state.calls.borrow().get(index).map_or(HostKind::Other, |call| call.kind);
                self.list_host(HostEntry { path, kind, definition });
            }
            return;
        }
        if let Value::Attrs(attrs) = &value
            && depth < SEARCH_DEPTH
            && attrs.get("type").is_none()
            && attrs.len() <= 256
        {
            for (name, inner) in attrs.iter() {
                let mut inner_path = path.clone();
                inner_path.push(name.clone());
                let inner = Entry { origin: self.session.ev.own_origin(inner.origin), ..inner.clone() };
                self.search(inner_path, &inner, depth + 1);
            }
        }
    }

    fn problem(&mut self, stop: Stop, origin: Option<Origin>, path: &[Name]) {
        let Stop::Error(error) = stop else { return };
        let missing = match &error.kind {
            ErrorKind::NoSuchFile { path } => Some(path.clone()),
            _ => None,
        };
        self.listing.problems.push(FlakeProblem {
            message: error.message.clone(),
            origin: error.origin.or(origin),
            missing,
            output: (!path.is_empty()).then(|| hosts::output_name(path)),
            error: Some(Box::new((*error).clone())),
        });
    }
}

/// The function of the repository that a value is.
fn function_of(value: &Value) -> Option<Origin> {
    match value {
        Value::Lambda(closure) => closure.code.expr(closure.expr),
        _ => None,
    }
}

/// The call that a value came from, if it is a host.
pub(super) fn mark(session: &Session, value: &Value) -> Option<usize> {
    let Value::Attrs(attrs) = value else { return None };
    match session.ev.force(&attrs.get(HOST_MARK)?.value) {
        Ok(Value::Int(index)) => usize::try_from(index).ok(),
        _ => None,
    }
}
