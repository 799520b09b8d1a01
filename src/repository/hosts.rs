//! One host: its configuration's facts, and the users within it.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::builders;
use super::given;
use super::inputs;
use super::listing::{HostEntry, mark};
use super::model::{Host, HostKind, SimulatedOsConfig};
use super::session::Session;
use crate::base::FileId;
use crate::eval::{Attrs, Cause, ErrorKind, Evaluator, Origin, Site, Stop, Value, attr_name};
use crate::hir::{Expr, Name, Var, VarTarget};
use crate::module_system::{Configuration, Facts, Module, ModuleSource, Problem, ProblemKind};

/// An output path as Nix shows it: `homeConfigurations."user@host"`.
pub(super) fn output_name(path: &[Name]) -> String {
    let names: Vec<String> = path.iter().map(|name| attr_name(name)).collect();
    names.join(".")
}

/// Looks into the host at an output path: the host, and after it the users within.
pub(super) fn look_into(session: &Session, entry: &HostEntry) -> Vec<Host> {
    let mut hosts = look(session, entry);
    mark_broken(session, &mut hosts);
    for host in &mut hosts {
        host.modelled = session.state.shared.modelled.get();
    }
    if let Some(host) = hosts.first_mut() {
        host.package_uses = inputs::package_uses(session);
    }
    hosts
}

/// Files that do not parse may hold any module: a host that was evaluated with one is not wholly known.
pub(super) fn mark_broken(session: &Session, hosts: &mut [Host]) {
    let broken = session.ev.reads().broken;
    let modules = broken.iter().filter_map(|file| {
        let path = session.ev.code_of(*file)?.path.clone();
        let path = path.strip_prefix(session.state.root.as_str()).unwrap_or(&path).trim_start_matches('/');
        Some(Module::unknown(format!("{path} has syntax errors")))
    });
    let modules: Vec<Module> = modules.collect();
    for host in hosts {
        host.broken = broken.clone();
        host.facts.modules.extend(modules.iter().cloned());
    }
}

fn look(session: &Session, entry: &HostEntry) -> Vec<Host> {
    let ev = &session.ev;
    let names: Vec<&str> = entry.path.iter().map(Name::as_str).collect();
    let value = session.outputs().and_then(|outputs| match names.as_slice() {
        ["colmena", node] => Ok(hive_node(session, &outputs, node)),
        _ => ev.select_path(&outputs, &names),
    });
    let why = match value {
        Ok(Some(value)) => match mark(session, &value) {
            Some(index) => return gather(session, entry, index, true),
            None => match value.unknown() {
                Some(unknown) => unknown.to_string(),
                None => "the output is not made by a function that builds hosts".to_string(),
            },
        },
        Ok(None) => "the output is not there".to_string(),
        Err(stop) => {
            let error = match &stop {
                Stop::Error(error) => Some(Box::new((**error).clone())),
                Stop::Unknown(_) => None,
            };
            let message = stop.into_unknown().to_string();
            let mut host = empty_host(entry);
            let kind = match error.as_ref().map(|error| &error.kind) {
                Some(ErrorKind::NoSuchFile { path }) => ProblemKind::MissingFile { path: path.clone() },
                _ => ProblemKind::Other,
            };
            host.facts.problems.push(Problem {
                kind,
                message: message.clone(),
                module: None,
                origin: error.as_ref().and_then(|error| error.origin).or(entry.definition),
                error,
            });
            host.facts.modules.push(Module::unknown(message));
            return vec![host];
        }
    };
    let mut host = empty_host(entry);
    host.facts.modules.push(Module::unknown(why));
    vec![host]
}

/// A node of the hive in the output `colmena`, which holds modules and not yet hosts.
fn hive_node(session: &Session, outputs: &Value, node: &str) -> Option<Value> {
    let Value::Attrs(outputs) = outputs else { return None };
    let nodes = builders::hive_nodes(&session.ev, &session.state, outputs.get("colmena")?.value.clone())?;
    session.ev.select(&nodes, &Name::new(node)).ok()?
}

fn empty_host(entry: &HostEntry) -> Host {
    Host {
        output: output_name(&entry.path),
        name: entry.path.last().cloned().unwrap_or_default(),
        kind: entry.kind,
        system: None,
        definition: entry.definition,
        made_of: None,
        call: None,
        helpers: Vec::new(),
        arguments: Vec::new(),
        given: Vec::new(),
        failing_arguments: Vec::new(),
        simulated_os_config: Vec::new(),
        within: None,
        package_uses: Vec::new(),
        facts: Facts::default(),
        broken: BTreeSet::new(),
        demanded: BTreeSet::new(),
        modelled: false,
        missing_functions: Vec::new(),
        exhausted: Vec::new(),
    }
}

/// The host that a call built, and the users within it. Where the session is
/// for this host alone, what the host itself used up is not missing to its users.
pub(super) fn gather(session: &Session, entry: &HostEntry, index: usize, alone: bool) -> Vec<Host> {
    let ev = &session.ev;
    let (kind, configuration, call, helpers, special_args) = {
        let calls = session.state.calls.borrow();
        let Some(call) = calls.get(index) else { return Vec::new() };
        (call.kind, call.configuration.clone(), call.call, call.helpers.clone(), call.special_args.clone())
    };
    let mut host = empty_host(entry);
    host.kind = kind;
    host.call = call;
    host.helpers = helpers;
    let system = builders::system_of(ev, &session.state, index);
    host.system = system.clone();
    host.demanded = demanded(ev, &configuration);
    let early = ev.missing_functions();
    host.arguments = configuration.argument_names(ev);
    host.facts = configuration.facts(ev);
    host.exhausted = ev.take_exhausted();
    (host.given, host.failing_arguments) = ev.with_share(|| given::given(session, &configuration));
    host.made_of = named_after(ev, &host);
    if kind == HostKind::Home {
        host.simulated_os_config = simulated_os_config(ev, session, &special_args, configuration.number);
    }
    let mut hosts = vec![host];
    if alone {
        ev.refuel();
    }
    for user in builders::users_of(ev, &session.state, kind, &configuration, system.clone()) {
        let mut home = empty_host(entry);
        home.output = format!("{}:{}", output_name(&entry.path), user.path);
        home.name = user.name;
        home.kind = HostKind::Home;
        home.system = system.clone();
        home.definition = user.origin;
        home.within = Some(output_name(&entry.path));
        home.demanded = demanded(ev, &user.configuration);
        home.arguments = user.configuration.argument_names(ev);
        // What is given to modules may be all of a package set; nobody asked for it whole.
        ev.take_exhausted();
        home.facts = ev.with_share(|| user.configuration.facts(ev));
        home.exhausted = ev.take_exhausted();
        (home.given, home.failing_arguments) = ev.with_share(|| given::given(session, &user.configuration));
        home.made_of = named_after(ev, &home).or_else(|| hosts.first().and_then(Host::place));
        hosts.push(home);
    }
    ev.take_exhausted();
    if let Some(host) = hosts.first_mut() {
        let missing = ev.missing_functions().into_iter();
        host.missing_functions = missing.map(|(origin, it)| (origin, it, early.contains_key(&origin))).collect();
    }
    hosts
}

/// The file of a host's modules that is named after it, or the first one in a folder that is: flakes that list their
/// hosts by `readDir` have no attribute for each.
fn named_after(ev: &Evaluator, host: &Host) -> Option<Origin> {
    let name = host.name.as_str();
    let files = || {
        host.facts.modules.iter().filter_map(|module| match &module.source {
            ModuleSource::File { file, path } => Some((*file, path.as_str())),
            _ => None,
        })
    };
    let is_it = |path: &str| {
        let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
        let in_folder = folder.rsplit('/').next() == Some(name);
        file.strip_suffix(".nix") == Some(name) || (in_folder && matches!(file, "default.nix" | "configuration.nix"))
    };
    let is_below = |path: &str| path.rsplit('/').skip(1).any(|folder| folder == name);
    let found = files().find(|(_, path)| is_it(path)).or_else(|| files().find(|(_, path)| is_below(path)));
    let (file, _) = found?;
    let root = ev.code_of(file)?.hir.root()?;
    Some(Origin { file, site: Site::Expr(root) })
}

/// What is imported to find out which modules a configuration has, and what options they declare. The values of
/// options come later, and not each of them is asked for.
fn demanded(ev: &Evaluator, configuration: &Rc<Configuration>) -> BTreeSet<FileId> {
    let _ = configuration.graph(ev);
    if let Ok(options) = configuration.options(ev) {
        let _ = options.kind(ev);
    }
    ev.demanded()
}

/// Arguments of a standalone home that are the `config` of a host.
fn simulated_os_config(ev: &Evaluator, session: &Session, special_args: &Attrs, own: u32) -> Vec<SimulatedOsConfig> {
    let mut found = Vec::new();
    for (name, entry) in special_args.iter() {
        // Only what is called like a configuration is evaluated: sets of inputs and the like are large.
        if !name.to_lowercase().contains("config") {
            continue;
        }
        let Ok(value) = ev.force(&entry.value) else { continue };
        let numbers: Vec<u32> = match &value {
            Value::Attrs(attrs) => attrs.rest.iter().filter_map(|rest| configuration_of(&rest.unknown.cause)).collect(),
            Value::Unknown(unknown) => configuration_of(&unknown.cause).into_iter().collect(),
            _ => Vec::new(),
        };
        let numbers: Vec<u32> = numbers.into_iter().filter(|number| *number != own).collect();
        if numbers.is_empty() {
            continue;
        }
        let hosts = host_names(ev, session, &numbers);
        if !hosts.is_empty() {
            // Where the value is written, also when a helper only hands it on (`inherit osConfig`).
            let origin = entry.value.origin().or(entry.origin);
            let through = entry.value.origin().and_then(|origin| called_function(ev, origin));
            found.push(SimulatedOsConfig { argument: name.clone(), origin, through, hosts });
        }
    }
    found
}

/// The binding of the function that an expression calls.
fn called_function(ev: &Evaluator, origin: Origin) -> Option<Origin> {
    let code = ev.code_of(origin.file)?;
    let Site::Expr(mut expr) = origin.site else { return None };
    let mut called = false;
    loop {
        match code.hir.expr(expr) {
            Expr::Apply { function, .. } => {
                called = true;
                expr = *function;
            }
            Expr::Var(Var { target: VarTarget::Slot { key, .. }, .. }) if called => {
                return Some(Origin { file: origin.file, site: Site::Key(*key) });
            }
            _ => return None,
        }
    }
}

fn configuration_of(cause: &Cause) -> Option<u32> {
    match cause {
        Cause::Config { configuration, path } if path.is_empty() => Some(*configuration),
        _ => None,
    }
}

/// The hosts among the outputs that these configurations belong to.
fn host_names(ev: &Evaluator, session: &Session, numbers: &[u32]) -> Vec<String> {
    let Ok(outputs) = session.outputs() else { return Vec::new() };
    let mut names = Vec::new();
    for output in ["nixosConfigurations", "darwinConfigurations"] {
        let Ok(Some(Value::Attrs(hosts))) = ev.select(&outputs, &Name::new_static(output)) else { continue };
        for (name, entry) in hosts.iter() {
            // Those that nobody needed so far cannot be the one.
            let Some(value) = entry.value.peek() else { continue };
            let number = mark(session, &value)
                .and_then(|index| session.state.calls.borrow().get(index).map(|call| call.configuration.number));
            if number.is_some_and(|number| numbers.contains(&number)) {
                names.push(format!("{output}.{}", attr_name(name)));
            }
        }
    }
    names
}
