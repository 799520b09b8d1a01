//! What a repository does well, each point with what it is concluded from.

use std::collections::BTreeSet;

use super::document::code;
use super::survey::{Nixpkgs, Survey};
use super::wiring::is_set;
use super::{counted, listed, practice};
use crate::module_system::ModuleSource;
use crate::rules::Diagnostic;

/// The inputs that bring encrypted secrets.
const SECRETS: &[&str] = &["sops-nix", "agenix", "ragenix", "agenix-rekey", "vaultix"];

pub(super) fn points(survey: &Survey<'_>, found: &[Diagnostic]) -> Vec<String> {
    let mut points = Vec::new();
    let has = |rule: &str| found.iter().any(|diagnostic| diagnostic.rule == rule);
    let flake = &survey.loaded.flake;

    let follows: Vec<_> = survey.inputs.iter().filter(|input| input.nixpkgs == Nixpkgs::Follows).collect();
    let own: Vec<_> = survey.inputs.iter().filter(|input| input.nixpkgs == Nixpkgs::Own).collect();
    if !follows.is_empty() && own.is_empty() {
        points.push(format!(
            "**One nixpkgs.** All {} that have a nixpkgs use that of this flake, so packages of different versions do not meet.",
            counted(follows.len(), "input", "inputs")
        ));
    } else if follows.len() > own.len() {
        points.push(format!(
            "**Most inputs share one nixpkgs:** {} of {} that have one.",
            follows.len(),
            follows.len() + own.len()
        ));
    }
    for helper in flake.helpers.iter().filter(|helper| helper.hosts.len() > 1) {
        let place = survey.place(Some(helper.origin)).map(|place| format!(" ({})", code(&place))).unwrap_or_default();
        let of_kind = survey.hosts.iter().filter(|host| host.kind == helper.builds).count();
        let what =
            super::KINDS.iter().find(|(kind, _, _)| *kind == helper.builds).map_or("hosts", |(_, _, many)| *many);
        let all = if helper.hosts.len() == of_kind { "all" } else { "of the" };
        points.push(
            format!(
                "**One function for what they share.** {}{place} builds {} {all} {of_kind} {what}.",
                code(&helper.name),
                helper.hosts.len(),
            )
            .replace(&format!("builds {of_kind} all {of_kind}"), &format!("builds all {of_kind}")),
        );
    }
    let shared = survey.modules.values().filter(|hosts| hosts.len() > 1).count();
    if survey.hosts.len() > 1 && shared >= 5 && shared * 3 >= survey.modules.len() {
        points.push(format!(
            "**Modules are shared.** {shared} of {} serve more than one host.",
            counted(survey.modules.len(), "module file", "module files")
        ));
    }
    points.extend(options(survey));
    points.extend(structure(survey));
    let systems: BTreeSet<&str> = survey.hosts.iter().filter_map(|host| host.system.as_deref()).collect();
    if systems.len() > 1 {
        let systems: Vec<String> = systems.into_iter().map(code).collect();
        points.push(format!("**Several kinds of machines** are built from one source: {}.", listed(&systems)));
    }
    let with_users: Vec<_> = survey.hosts.iter().filter(|host| !survey.users(host).is_empty()).collect();
    if !with_users.is_empty()
        && with_users.iter().all(|host| is_set(host, "useGlobalPkgs") && is_set(host, "useUserPackages"))
    {
        points.push(
            "**Users share the host's packages.** Home Manager has `useGlobalPkgs` and `useUserPackages` wherever it is \
             a module of a host: one evaluation of nixpkgs, and packages where the system looks for them."
                .to_string(),
        );
    }
    let secrets = flake.hosts.iter().flat_map(|host| &host.facts.modules).filter_map(|module| match &module.source {
        ModuleSource::Input { input, .. } => SECRETS.iter().find(|name| input.as_str() == **name),
        _ => None,
    });
    let secrets: BTreeSet<&&str> = secrets.collect();
    if !secrets.is_empty() && !has("plaintext-secret") && !has("secret-in-store") && !has("unencrypted-secrets-file") {
        let names: Vec<String> = secrets.into_iter().map(|name| code(name)).collect();
        points.push(format!("**Secrets are encrypted**, by {}, and none was found in plain text.", listed(&names)));
    }
    if matches!(flake.lock, Some(Ok(_))) && !has("stale-lock") && !has("missing-lock") {
        points.push("**The lock is there and agrees with flake.nix**, so everybody builds the same.".to_string());
    }
    let outputs: BTreeSet<&str> = flake.outputs.iter().filter_map(|it| it.path.first()).map(|it| it.as_str()).collect();
    let kept: Vec<String> =
        ["checks", "formatter", "devShells"].into_iter().filter(|it| outputs.contains(it)).map(code).collect();
    if !kept.is_empty() {
        points.push(format!("**The repository looks after itself** with {}.", listed(&kept)));
    }
    points.extend(practice::praise(survey));
    points
}

/// Options of the repository's own, described and in a namespace.
fn options(survey: &Survey<'_>) -> Option<String> {
    let all = survey.options.len();
    let described = survey.options.values().filter(|option| option.description.is_some()).count();
    let typed = survey.options.values().filter(|option| option.ty.is_some()).count();
    (all >= 5 && described * 10 >= all * 8 && typed * 10 >= all * 8).then(|| {
        format!(
            "**Features are options.** {all} options are declared, {typed} with a type and {described} with a description: \
             hosts say what they want, and not how it is done."
        )
    })
}

/// A small flake.nix, a folder for each host.
fn structure(survey: &Survey<'_>) -> Vec<String> {
    let mut points = Vec::new();
    let lines = survey.files.get("flake.nix").copied().unwrap_or_default();
    if survey.hosts.len() > 1 && lines > 0 && lines <= 150 {
        points.push(format!(
            "**flake.nix is an overview:** {}, and the rest in files of their own.",
            counted(lines, "line", "lines")
        ));
    }
    // A host has its own folder where a folder of its name holds files of no other host.
    let own_folder = |host: &&&crate::repository::Host| {
        survey.modules.iter().any(|(path, hosts)| {
            hosts.len() == 1
                && hosts.contains(host.output.as_str())
                && path.split('/').any(|part| part.trim_end_matches(".nix") == host.name.as_str())
        })
    };
    let folders = survey.hosts.iter().filter(own_folder).count();
    if survey.hosts.len() > 1 && folders == survey.hosts.len() {
        points.push("**Every host has a place of its own** that bears its name: what is special about a machine is easy to find.".to_string());
    }
    let large = survey.files.iter().filter(|(path, lines)| survey.modules.contains_key(*path) && **lines > 400).count();
    if survey.modules.len() >= 30 && large * 20 <= survey.modules.len() {
        points.push(format!(
            "**Modules are small:** {} of {} have no more than 400 lines.",
            survey.modules.len() - large,
            survey.modules.len()
        ));
    }
    points
}
