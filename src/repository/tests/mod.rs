//! Whole flakes in the fixture language, and what the model says of them.

mod aspects;
mod builders;
mod definitions;
mod deployment;
mod frameworks;
mod inputs;
mod outputs;
mod sources;
mod unknowns;
mod wiring;

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::{Analyzer, Repository};
use crate::db::{Change, NoLoader, Snapshot};
use crate::fixture::{Fixture, ROOT};
use crate::hir::Name;
use crate::module_system::{Condition, Declared, ModuleSource};

/// The model of the flake at the root of a fixture.
fn analyze(text: &str) -> Repository {
    let fixture = Fixture::parse(text);
    let mut changes = vec![Change::Root { path: Name::new_static(ROOT) }];
    for file in &fixture.files {
        changes.push(Change::Node {
            path: Name::new(&file.path),
            node: crate::db::Node { kind: crate::eval::FileType::Regular, tracked: true, target: None },
        });
        changes.push(Change::Text { path: Name::new(&file.path), text: Arc::from(file.text.as_str()) });
    }
    let snapshot = Snapshot::new(Arc::new(NoLoader)).apply(changes);
    let repository = Analyzer::new().analyze(&snapshot, &[Name::new_static(ROOT)], &AtomicBool::new(false));
    repository.expect("nobody cancels a test")
}

/// Hosts with their modules.
fn hosts(text: &str) -> String {
    let repository = analyze(text);
    let mut out = String::new();
    for (flake, host) in repository.hosts() {
        let system = host.system.as_deref().unwrap_or("?");
        let _ = writeln!(out, "{} ({}, {system})", host.output, host.kind.name());
        for module in &host.facts.modules {
            let maybe = if module.maybe { " (perhaps)" } else { "" };
            let shown = match &module.source {
                ModuleSource::File { path, .. } => flake.relative(path),
                ModuleSource::Inline { path, .. } => format!("inline in {}", flake.relative(path)),
                ModuleSource::Input { input, attr, .. } => format!("input {input}: {attr}"),
                ModuleSource::Unknown { why, .. } => format!("unknown: {why}"),
                ModuleSource::Missing { path } => format!("missing: {}", flake.relative(path)),
                ModuleSource::Native { .. } | ModuleSource::WithinInput { .. } => continue,
            };
            let _ = writeln!(out, "  {shown}{maybe}");
        }
        for problem in &host.facts.problems {
            let _ = writeln!(out, "  problem: {}", problem.message.replace(&format!("{ROOT}/"), ""));
        }
    }
    for problem in repository.flakes.iter().flat_map(|flake| flake.problems.iter()) {
        let _ = writeln!(out, "problem: {}", problem.message.replace(&format!("{ROOT}/"), ""));
    }
    out
}

/// Options and definitions of the first host.
fn options(text: &str) -> String {
    let repository = analyze(text);
    let mut out = String::new();
    let Some((flake, host)) = repository.hosts().next() else { return out };
    for option in &host.facts.options {
        let ty = option.ty.as_ref().map_or("untyped", |ty| ty.description.as_str());
        let default =
            option.default.as_ref().map(|default| format!(" = {}", repository.shown(default))).unwrap_or_default();
        let _ = writeln!(out, "{}: {ty}{default}", option.path.join("."));
    }
    for definition in &host.facts.definitions {
        let file = host.facts.modules.get(definition.module).and_then(|module| match &module.source {
            ModuleSource::File { path, .. } => Some(flake.relative(path)),
            ModuleSource::Inline { path, .. } => Some(format!("inline in {}", flake.relative(path))),
            _ => None,
        });
        let status = match definition.status {
            Declared::Option(_) => "",
            Declared::Inside(_) => " (inside)",
            Declared::Elsewhere => " (elsewhere)",
        };
        let condition = match definition.condition {
            Condition::Holds => "",
            Condition::Fails => " if false",
            Condition::Undecided => " if ?",
        };
        let priority = if definition.priority == 100 { String::new() } else { format!(" @{}", definition.priority) };
        let value = definition.value.as_ref().map_or("?".to_string(), |value| repository.shown(value));
        let path = definition.path.join(".");
        let _ = writeln!(out, "set {path} = {value}{priority}{condition}{status} in {}", file.unwrap_or_default());
    }
    for open in &host.facts.open {
        let _ = writeln!(out, "open {}: {}", open.path.join("."), open.why);
    }
    out
}
