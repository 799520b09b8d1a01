//! An expression fails, and with it the hosts that need it.
//!
//! Whatever Nix refuses on the way to a host: an attribute that is not there, a `throw`, an assertion that does not hold, a
//! value of the wrong type, an option of a framework that nobody declares. Where the outputs themselves fail, no host is left.
//! A value that needs an input which is not declared is an error where NixOS, nix-darwin or Home Manager read the option in any
//! case, and a warning elsewhere; so are packages, shells, checks and apps that fail otherwise than by a `throw`. A function that `lib` does not have and that is nearly one of its own is an error where an
//! option is declared with it or the outputs need it, if flake.lock has a nixpkgs of which flakewise knows every such function
//! (June 2023 to June 2026), and a warning elsewhere: a nixpkgs that flakewise does not know may have it. Nothing is said of what only an undecided condition leads to, nor beside a framework that flakewise knows in part.
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { self, nixpkgs }: {
//!     nixosModules.workstation = ./workstation.nix;
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem { modules = [ self.nixosModules.worksation ]; };
//! #                                                                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ attribute worksation is missing, so that nixosConfigurations.box cannot be evaluated; did you mean workstation?
//!   };
//! }
//! #- /workstation.nix
//! { }
//! ```
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = inputs: {
//!     nixosConfigurations = builtins.mapAttrs (name: modules: inputs.nixpgks.lib.nixosSystem { inherit modules; }) {
//! #                                                           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
//!       box = [ ./box.nix ];
//!     };
//!   };
//! }
//! #- /box.nix
//! { }
//! ```
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = inputs: {
//!     nixosConfigurations.box = inputs.nixpkgs.lib.nixosSystem {
//!       modules = [
//!         (inputs.self.nixosModules.workstation or { })
//!         (if inputs.nixpkgs.lib.isHydra then throw "not there" else { })
//!       ];
//!     };
//!     packages.x86_64-linux.box = throw "no host";
//!   };
//! }
//! ```

use std::collections::BTreeMap;

use super::{Chapter, Context, Diagnostic, Fix, Related, Rule, Severity, listed, undeclared_input};
use crate::base::{FileId, FileRange, TextEdit, TextRange};
use crate::eval::{ErrorKind, EvalError, MissingFunction, Origin, Site, attr_name};
use crate::hir::{Expr, Key, LowerErrorKind, Name};
use crate::module_system::{Problem, ProblemKind, path_text};
use crate::repository::{FlakeProblem, Host, unused_inputs};

pub(super) const RULE: Rule = Rule {
    id: "failing-host",
    chapter: Chapter::Hosts,
    severity: Severity::Error,
    source: include_str!("failing_host.rs"),
    check,
};

/// The outputs whose attributes are hosts.
const HOSTS: &[&str] =
    &["nixosConfigurations", "darwinConfigurations", "homeConfigurations", "nixOnDroidConfigurations"];

/// Other outputs that `nix flake check`, `nix build` and their like evaluate.
const BUILT: &[&str] =
    &["packages", "devShells", "checks", "apps", "formatter", "devShell", "defaultPackage", "defaultApp"];

/// Options that every system, or every home, reads.
const ALWAYS_READ: &[&[&str]] = &[
    &["boot", "kernelPackages"],
    &["environment", "systemPackages"],
    &["environment", "variables"],
    &["fonts", "packages"],
    &["home", "homeDirectory"],
    &["home", "packages"],
    &["home", "sessionVariables"],
    &["home", "stateVersion"],
    &["home", "username"],
    &["networking", "domain"],
    &["networking", "hostName"],
    &["nixpkgs", "hostPlatform"],
    &["nixpkgs", "overlays"],
    &["system", "stateVersion"],
    &["time", "timeZone"],
];

/// What fails at one place.
#[derive(Default)]
struct Failing {
    /// The input that is asked for and is none.
    input: Option<Name>,
    severity: Option<Severity>,
    /// The hosts that cannot be evaluated.
    hosts: Vec<String>,
    /// The hosts in which only the value of an option fails.
    without_value: Vec<String>,
    /// Other outputs.
    outputs: Vec<String>,
    /// An output that fails as a whole; empty for all of them.
    whole: Option<String>,
    /// The option whose value fails.
    option: Option<String>,
    nearest: Option<Name>,
    trace: Vec<Origin>,
}

impl Failing {
    fn add_error(&mut self, severity: Severity, error: Option<&EvalError>) {
        self.severity = self.severity.max(Some(severity));
        if let Some(error) = error {
            self.nearest = self.nearest.take().or_else(|| error.nearest.clone());
            if let ErrorKind::Missing { name } = &error.kind
                && error.exact
            {
                self.input = Some(name.clone());
            }
            if self.trace.is_empty() {
                self.trace.clone_from(&error.trace);
            }
        }
    }
}

fn add(names: &mut Vec<String>, name: &str) {
    if !names.iter().any(|known| known == name) {
        names.push(name.to_string());
    }
}

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found: BTreeMap<(FileRange, String), Failing> = BTreeMap::new();
    if context.flake.broken.is_empty() {
        for problem in context.flake.problems.iter() {
            of_flake(context, problem, &mut found);
        }
    }
    for host in whole(context) {
        for problem in &host.facts.problems {
            of_host(context, host, problem, &mut found);
        }
    }
    let (of_inputs, others): (Vec<_>, Vec<_>) = found.into_iter().partition(|(_, failing)| failing.input.is_some());
    let mut found: Vec<Diagnostic> =
        others.into_iter().map(|((at, message), failing)| report(context, at, &message, failing)).collect();
    let mut by_input: BTreeMap<Name, Vec<(FileRange, String, Failing)>> = BTreeMap::new();
    for ((at, message), failing) in of_inputs {
        let name = failing.input.clone().unwrap_or_default();
        by_input.entry(name).or_default().push((at, message, failing));
    }
    found.extend(by_input.into_iter().filter_map(|(name, uses)| missing_input(context, &name, uses)));
    found.extend(missing_functions(context));
    found
}

/// An input that is asked for in one place or many and that flake.nix does not declare: one mistake.
fn missing_input(context: &Context<'_>, name: &Name, uses: Vec<(FileRange, String, Failing)>) -> Option<Diagnostic> {
    let places: Vec<FileRange> = uses.iter().map(|(at, ..)| *at).collect();
    let mut uses = uses.into_iter();
    let (at, message, mut whole) = uses.next()?;
    for (_, _, other) in uses {
        whole.severity = whole.severity.max(other.severity);
        whole.nearest = whole.nearest.or(other.nearest);
        // What leaves no host at all is worse than the hosts that are named, and these worse than a value of one.
        whole.whole = whole.whole.or(other.whole);
        whole.option = whole.option.or(other.option);
        for (all, more) in [
            (&mut whole.hosts, &other.hosts),
            (&mut whole.without_value, &other.without_value),
            (&mut whole.outputs, &other.outputs),
        ] {
            more.iter().for_each(|name| add(all, name));
        }
    }
    let unused = unused_inputs(context.repository, context.flake);
    let named = |meant: &Name| context.flake.inputs.iter().find(|input| input.name == *meant);
    let meant = whole.nearest.as_ref().and_then(named).or(match unused.as_slice() {
        // The one that nobody asks for has another name than before.
        [only] => Some(*only),
        _ => None,
    });
    whole.nearest = meant.map(|input| input.name.clone());
    let mut diagnostic = report(context, at, &message.replacen("attribute", "input", 1), whole);
    let declared = context.place(meant.and_then(|input| input.origin));
    diagnostic.related.extend(declared.map(|at| Related { at, message: "this is how it is declared".to_string() }));
    if declared.is_none() {
        let first = context.flake.inputs.iter().filter_map(|input| context.place(input.origin)).min();
        diagnostic.related.extend(first.map(|at| Related { at, message: "inputs are declared here".to_string() }));
    }
    for other in places.iter().skip(1) {
        diagnostic.related.push(Related { at: *other, message: format!("{name} is asked for here as well") });
    }
    if let Some(meant) = meant {
        let edits: Option<Vec<_>> = places.iter().map(|at| renaming(context, *at, name, &meant.name)).collect();
        diagnostic.fixes.extend(edits.map(|edits| Fix {
            title: format!("Change to {}", meant.name),
            edits,
            is_unsafe: true,
            ..Fix::default()
        }));
    }
    Some(diagnostic)
}

/// The other name of an input in the selection at a place.
fn renaming(context: &Context<'_>, at: FileRange, name: &Name, meant: &Name) -> Option<(FileId, TextEdit)> {
    let data = context.repository.snapshot.file(at.file).ok()?;
    let map = &data.lowered().source_map;
    let Expr::Select { path, .. } = data.hir().expr(map.expr_with_range(at.range)?) else { return None };
    let key = path.iter().find_map(|key| match key {
        Key::Static { key, name: written } if written == name => Some(*key),
        _ => None,
    })?;
    Some((at.file, TextEdit::replace(map.key(key).name, attr_name(meant))))
}

/// Names that nixpkgs' `lib` does not have, as far as anybody knows, and that are nearly those of what it has.
fn missing_functions(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found: BTreeMap<FileRange, (&MissingFunction, bool, Vec<String>)> = BTreeMap::new();
    let of_flake = context.flake.missing_functions.iter().filter(|_| context.flake.broken.is_empty());
    let of_flake = of_flake.map(|(origin, missing)| (None, *origin, missing, true));
    let of_hosts = whole(context).flat_map(|host| {
        host.missing_functions.iter().map(move |(origin, missing, early)| (Some(host), *origin, missing, *early))
    });
    for (host, origin, missing, early) in of_flake.chain(of_hosts) {
        let Some(at) = context.place(Some(origin)) else { continue };
        let (_, certain, hosts) = found.entry(at).or_insert_with(|| (missing, false, Vec::new()));
        *certain |= early || host.is_some_and(|host| declares_with(host, missing));
        hosts.extend(host.map(|host| host.output.clone()).filter(|host| !hosts.contains(host)));
    }
    let reports = found.into_iter().map(|(at, (missing, certain, hosts))| {
        let MissingFunction { name, input, nearest, own } = missing;
        let message = format!("lib has no {name}, and what needs it fails; did you mean {nearest}?");
        let mut diagnostic = RULE.finding(at, message);
        if !(certain && (*own || is_known_lib(context, input))) {
            diagnostic.severity = Severity::Warning;
        }
        diagnostic.hosts = hosts;
        diagnostic
    });
    reports.collect()
}

/// Whether an option of a host is declared with such a function: Nix looks at what every option is.
fn declares_with(host: &Host, missing: &MissingFunction) -> bool {
    let is_it = |(input, path): &(Name, Vec<Name>)| {
        *input == missing.input && matches!(path.as_slice(), [lib, name] if lib == "lib" && *name == missing.name)
    };
    let whole = !host.facts.modules.iter().any(|module| module.maybe);
    whole && host.facts.open.iter().filter_map(|open| open.of_input.as_ref()).any(is_it)
}

/// Of which nixpkgs all names in `lib` are known: between these times, in seconds since 1970, none had one that
/// `eval::lib` lacks (compared with the repository nix-community/nixpkgs.lib).
const KNOWN_LIB: std::ops::RangeInclusive<i64> = 1_685_577_600..=1_781_395_200;

/// Whether the `lib` of an input has the names that flakewise's has and no others.
fn is_known_lib(context: &Context<'_>, input: &Name) -> bool {
    let Some(Ok(lock)) = &context.flake.lock else { return false };
    let node = lock.resolve(&lock.root, input).and_then(|key| lock.node(&key));
    node.is_some_and(|node| {
        node.owner().is_some_and(|owner| owner.eq_ignore_ascii_case("nixos"))
            && node.repo().is_some_and(|repo| repo.eq_ignore_ascii_case("nixpkgs"))
            && node.last_modified().is_some_and(|time| KNOWN_LIB.contains(&time))
    })
}

/// The hosts that were evaluated without files that do not parse.
fn whole<'a>(context: &'a Context<'_>) -> impl Iterator<Item = &'a std::sync::Arc<Host>> {
    context.flake.hosts.iter().filter(|host| host.broken.is_empty())
}

/// What the outputs themselves run into, on the way to hosts.
fn of_flake(context: &Context<'_>, problem: &FlakeProblem, found: &mut BTreeMap<(FileRange, String), Failing>) {
    let Some(error) = problem.error.as_deref().filter(|_| problem.missing.is_none()) else { return };
    let output = problem.output.as_deref().unwrap_or_default();
    let (first, rest) = output.split_once('.').unwrap_or((output, ""));
    let is_host = output.is_empty() || HOSTS.contains(&first);
    // What throws there says that there is nothing for a system, or is a check that does not hold.
    let on_purpose = matches!(error.kind, ErrorKind::Thrown | ErrorKind::Aborted);
    if output.is_empty() && undeclared_input::refuses_inputs(context) {
        return;
    }
    // Modules of flake-parts that are not at hand may give the flake more than is known of it.
    let perhaps_there = matches!(error.kind, ErrorKind::Missing { .. }) && !error.exact;
    // Package sets are tied to themselves by functions of nixpkgs that are not evaluated: a knot may be one of our own.
    let perhaps_lazy = error.kind.is_recursion();
    if !is_host && (on_purpose || perhaps_there || perhaps_lazy || !BUILT.contains(&first)) {
        return;
    }
    let Some(mut severity) = certainty(context.flake.modelled, error) else { return };
    if !is_host {
        severity = Severity::Warning;
    }
    let outputs = || context.flake.output_names.iter().find(|name| name.name == first)?.definition;
    let start = FileRange { file: context.flake.file, range: TextRange::default() };
    let at = place(context, error, problem.origin).or_else(|| context.place(outputs())).unwrap_or(start);
    if is_reported(context, at, error) {
        return;
    }
    let failing = found.entry((at, wording(context, error))).or_default();
    failing.add_error(severity, Some(error));
    match rest {
        _ if !is_host => add(&mut failing.outputs, output),
        "" => failing.whole = Some(first.to_string()),
        _ => add(&mut failing.hosts, output),
    }
}

fn of_host(context: &Context<'_>, host: &Host, problem: &Problem, found: &mut BTreeMap<(FileRange, String), Failing>) {
    let error = problem.error.as_deref();
    let module = problem.module.and_then(|index| host.facts.modules.get(index));
    if module.is_some_and(|module| module.maybe) {
        return;
    }
    let severity = match error {
        Some(error) => certainty(host.modelled, error),
        None => (!host.modelled).then_some(Severity::Error),
    };
    let (Some(mut severity), option) = (
        severity,
        match &problem.kind {
            ProblemKind::Other => None,
            ProblemKind::FailingValue { path } => Some(path),
            _ => return,
        },
    ) else {
        return;
    };
    if let Some(path) = option {
        let names: Vec<&str> = path.iter().map(Name::as_str).collect();
        if !ALWAYS_READ.contains(&names.as_slice()) {
            severity = Severity::Warning;
        }
    }
    let own = error.and_then(|error| place(context, error, None));
    let Some(at) = own.or_else(|| context.place(problem.origin)).or_else(|| context.place(host.place())) else {
        return;
    };
    if error.is_some_and(|error| is_reported(context, at, error)) {
        return;
    }
    let message = error.map_or_else(|| first_line(&problem.message), |error| wording(context, error));
    let failing = found.entry((at, message)).or_default();
    failing.add_error(severity, error);
    match option {
        Some(path) => {
            add(&mut failing.without_value, &host.output);
            failing.option.get_or_insert_with(|| path_text(path));
        }
        None => add(&mut failing.hosts, &host.output),
    }
}

/// How certain it is that Nix fails as well; `None` where nothing can be said.
fn certainty(modelled: bool, error: &EvalError) -> Option<Severity> {
    match (modelled, error.in_doubt) {
        _ if error.exact => Some(Severity::Error),
        (true, _) => None,
        (false, false) => Some(Severity::Error),
        // What a framework that is not at hand declares may be more than flakewise knows, but hardly under two names.
        (false, true) => error.nearest.as_ref().map(|_| Severity::Warning),
    }
}

/// The expression that fails, or the innermost call around it that is this flake's.
fn place(context: &Context<'_>, error: &EvalError, otherwise: Option<Origin>) -> Option<FileRange> {
    let origins = error.origin.into_iter().chain(error.trace.iter().copied()).chain(otherwise);
    origins.into_iter().find_map(|origin| context.place(Some(origin)))
}

/// Whether another rule says it, which looks at the file alone.
fn is_reported(context: &Context<'_>, at: FileRange, error: &EvalError) -> bool {
    if !matches!(error.kind, ErrorKind::Undefined { .. }) {
        return false;
    }
    let Ok(data) = context.repository.snapshot.file(at.file) else { return false };
    let mut errors = data.lowered().errors.iter();
    errors.any(|error| error.range == at.range && matches!(error.kind, LowerErrorKind::UndefinedName { .. }))
}

/// What an error says, in one line.
fn wording(context: &Context<'_>, error: &EvalError) -> String {
    let line = first_line(&error.message);
    match &error.kind {
        ErrorKind::ImportsItself { path } => format!("{} imports itself", context.flake.relative(path)),
        ErrorKind::NoSuchFile { path } => format!("{} does not exist", context.flake.relative(path)),
        ErrorKind::Thrown | ErrorKind::Aborted if line != "an assertion fails" => format!("this throws: {line}"),
        _ => line,
    }
}

fn first_line(message: &str) -> String {
    message.lines().next().unwrap_or_default().trim_end_matches('.').to_string()
}

fn report(context: &Context<'_>, at: FileRange, message: &str, failing: Failing) -> Diagnostic {
    // The worst first: what fails as a whole has no options whose values could be missed.
    let consequence = match (failing.whole.as_deref(), failing.hosts.as_slice(), &failing.option) {
        (Some(""), ..) => "so that the flake has no outputs".to_string(),
        (Some(output), ..) => format!("so that there is no host in {output}"),
        (None, [], Some(option)) => format!("so that {option} of {} has no value", listed(&failing.without_value)),
        (None, [], None) => format!("so that {} cannot be built", listed(&failing.outputs)),
        (None, hosts, _) => format!("so that {} cannot be evaluated", listed(hosts)),
    };
    let hint = failing.nearest.map(|name| format!("; did you mean {name}?")).unwrap_or_default();
    let mut diagnostic = RULE.finding(at, format!("{message}, {consequence}{hint}"));
    diagnostic.severity = failing.severity.unwrap_or(Severity::Error);
    diagnostic.hosts = failing.hosts;
    for host in &failing.without_value {
        add(&mut diagnostic.hosts, host);
    }
    let calls = failing.trace.into_iter().filter_map(|call| context.place(Some(call)).map(|at| (call, at)));
    let around = calls.filter(|(call, place)| *place != at && matches!(call.site, Site::Expr(_)));
    diagnostic.related.extend(around.map(|(_, at)| Related { at, message: "reached from this call".to_string() }));
    diagnostic
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixture::Fixture;
    use crate::rules::{Severity, testing};

    /// What is found in a flake with these outputs: the text, how bad it is, and the message.
    fn found(inputs: &str, outputs: &str, files: &str) -> Vec<(String, Severity, String)> {
        let text = format!(
            "#- /flake.nix\n{{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs/nixos-unstable\";\n{inputs}\n  \
             outputs = inputs@{{ self, nixpkgs, ... }}: {outputs};\n}}\n#- /box.nix\n{{ }}\n{files}\n"
        );
        let fixture = Fixture::parse(&text);
        let (repository, found) = testing::found(RULE.id, &fixture);
        let text = |it: &crate::rules::Diagnostic| fixture.text(&repository.path(it.at.file))[it.at.range].to_string();
        found.iter().map(|it| (text(it), it.severity, it.message.clone())).collect()
    }

    #[track_caller]
    fn check(outputs: &str, expected: &[(&str, Severity)]) {
        let found = found("", outputs, "");
        let places: Vec<(&str, Severity)> =
            found.iter().map(|(text, severity, _)| (text.as_str(), *severity)).collect();
        assert_eq!(places, expected, "{outputs}\n{found:#?}");
    }

    fn host(module: &str) -> String {
        format!("{{ nixosConfigurations.box = nixpkgs.lib.nixosSystem {{ modules = [ ./box.nix {module} ]; }}; }}")
    }

    #[test]
    fn modules_that_fail() {
        let error = |text: &'static str| [(text, Severity::Error)];
        check(&host("inputs.hom-manager.nixosModules.default"), &error("inputs.hom-manager.nixosModules.default"));
        check(&host("self.nixosModules.box"), &error("self.nixosModules.box"));
        check(&host("(throw \"not yet\")"), &error("throw \"not yet\""));
        check(&host("(assert false; { })"), &error("assert false; { }"));
        check(&host("({ lib, ... }: config: { })"), &error("{ lib, ... }: config: { }"));
        check(&host("{ config = throw \"no\"; }"), &error("throw \"no\""));
        check(&host("{ options = { }.a; }"), &error("{ }.a"));
        check(&host("(nixpkgs.lib.mkMerge [ ])"), &error("nixpkgs.lib.mkMerge [ ]"));
    }

    #[test]
    fn outputs_that_fail() {
        let error = |text: &'static str| [(text, Severity::Error)];
        check("{ nixosConfigurations = self.nixosConfigurations // { }; }", &error("self.nixosConfigurations"));
        check("{ nixosConfigurations = { a = throw \"a\"; }; }", &error("throw \"a\""));
        check("throw \"nothing\"", &error("throw \"nothing\""));
        check("{ nixosConfigurations = map (x: x) { }; }", &error("map (x: x) { }"));
        // What no host hangs on is not looked at.
        check("{ packages = throw \"none\"; }", &[]);
        check("{ lib.a = self.gone; }", &[]);
        let warning = |text: &'static str| [(text, Severity::Warning)];
        check("{ packages.x86_64-linux.a = self.gone; }", &[]);
        check("{ packages.x86_64-linux.a = inputs.gone.a; }", &warning("inputs.gone.a"));
        check("{ checks.x86_64-linux.a = 1 + { }; }", &warning("1 + { }"));
        check(
            "{ devShells.x86_64-linux.default = nixpkgs.legacyPackages.x86_64-linux.mkShell { inputsFrom = [ self.gone ]; }; }",
            &[],
        );
        let both = "let failing = self.gone; in { packages.x86_64-linux.a = failing; \
                    nixosConfigurations.box = nixpkgs.lib.nixosSystem { modules = [ ./box.nix failing { my.packages = failing; } ]; }; }";
        let found = found("", both, "");
        let [(_, Severity::Error, message)] = &found[..] else { panic!("{found:#?}") };
        assert_eq!(message, "attribute gone is missing, so that nixosConfigurations.box cannot be evaluated");
    }

    #[test]
    fn values_that_fail() {
        let value = |option: &str| host(&format!("{{ {option} = [ inputs.gone.package ]; }}"));
        check(&value("environment.systemPackages"), &[("inputs.gone.package", Severity::Error)]);
        check(&value("services.app.packages"), &[("inputs.gone.package", Severity::Warning)]);
        check(&host("(nixpkgs.lib.mkIf false { a.b = inputs.gone; })"), &[]);
        check(&host("({ lib, config, ... }: lib.mkIf config.a.b { a.c = inputs.gone; })"), &[]);
        check(&host("({ config, ... }: { a.b = config.a.c or inputs.gone; })"), &[]);
    }

    #[test]
    fn functions_that_lib_does_not_have() {
        check(&host("({ lib, ... }: { a = lib.mkFroce 1; })"), &[("lib.mkFroce", Severity::Warning)]);
        check(&host("({ lib, ... }: { a = lib.somethingQuiteNew 1; })"), &[]);
        check(&host("({ lib, ... }: { a = (lib.mkFroce or lib.mkForce) 1; })"), &[]);
        let declared = |time: i64| {
            let lock = format!(
                "#- /flake.lock\n{{ \"nodes\": {{ \"root\": {{ \"inputs\": {{ \"nixpkgs\": \"nixpkgs\" }} }}, \"nixpkgs\": {{ \"locked\": \
                 {{ \"type\": \"github\", \"owner\": \"NixOS\", \"repo\": \"nixpkgs\", \"lastModified\": {time} }} }} }}, \"root\": \"root\", \"version\": 7 }}"
            );
            let module = host("({ lib, ... }: { options.a.b = lib.mkEnabelOption \"b\"; config.x = lib.mkFroce 1; })");
            let found = found("", &module, &lock);
            found.into_iter().map(|(text, severity, _)| (text, severity)).collect::<Vec<_>>()
        };
        let both =
            |severity| [("lib.mkEnabelOption".to_string(), severity), ("lib.mkFroce".to_string(), Severity::Warning)];
        assert_eq!(declared(1_750_000_000), both(Severity::Error));
        assert_eq!(declared(1_950_000_000), both(Severity::Warning));
        let own = "let lib = nixpkgs.lib.extend (final: prev: { mkHosts = names: nixpkgs.lib.genAttrs names (name: \
                   nixpkgs.lib.nixosSystem { modules = [ ./box.nix ]; }); }); in { nixosConfigurations = lib.mkHots [ \"a\" ]; }";
        check(own, &[("lib.mkHots", Severity::Error)]);
    }

    #[test]
    fn one_finding_names_all_hosts_and_the_calls_that_lead_there() {
        let found = found(
            "",
            "let mk = name: nixpkgs.lib.nixosSystem { modules = [ self.nixosModules.${name} ]; }; in \
             { nixosModules.box = ./box.nix; nixosConfigurations = { a = mk \"bax\"; b = mk \"bax\"; }; }",
            "",
        );
        let [(text, Severity::Error, message)] = &found[..] else { panic!("{found:#?}") };
        assert_eq!(text, "self.nixosModules.${name}");
        assert_eq!(
            message,
            "attribute bax is missing, so that nixosConfigurations.a and nixosConfigurations.b cannot be evaluated; did you mean box?"
        );
    }

    #[test]
    fn an_input_that_has_another_name_is_one_mistake() {
        let host = |module: &str| {
            format!(
                "nixosConfigurations.{module} = nixpkgs.lib.nixosSystem {{ specialArgs = {{ inherit inputs; }}; modules = [ ./{module}.nix inputs.home-manager.nixosModules.default ]; }};"
            )
        };
        let text = format!(
            "#- /flake.nix\n{{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs/nixos-unstable\";\n  inputs.hm.url = \"github:nix-community/home-manager\";\n  \
             outputs = inputs@{{ nixpkgs, ... }}: {{\n    {}\n    {}\n  }};\n}}\n#- /a.nix\n{{ inputs, ... }}: {{ imports = [ inputs.home-manager.nixosModules.home-manager ]; }}\n\
             #- /b.nix\n{{ inputs, ... }}: {{ environment.systemPackages = [ inputs.home-manager.packages.x86_64-linux.default ]; }}\n",
            host("a"),
            host("b")
        );
        let fixture = Fixture::parse(&text);
        let (repository, found) = testing::found(RULE.id, &fixture);
        let [one] = &found[..] else { panic!("{found:#?}") };
        assert_eq!(one.severity, Severity::Error);
        assert_eq!(
            one.message,
            "input home-manager is missing, so that nixosConfigurations.a and nixosConfigurations.b cannot be evaluated; did you mean hm?"
        );
        let related: Vec<String> =
            one.related.iter().map(|it| format!("{}: {}", repository.path(it.at.file), it.message)).collect();
        assert!(related.contains(&"/repo/flake.nix: this is how it is declared".to_string()), "{related:#?}");
        assert_eq!(related.iter().filter(|it| it.contains("asked for here as well")).count(), 3, "{related:#?}");
        let [fix] = &one.fixes[..] else { panic!("{one:#?}") };
        assert_eq!(fix.edits.len(), 4);
        let flake = fix.edits.iter().filter(|(file, _)| *file == repository.flakes[0].file);
        let flake: Vec<_> = flake.map(|(_, edit)| edit.clone()).collect();
        let changed = crate::base::apply_edits(fixture.text("/repo/flake.nix"), &flake).expect("they fit");
        assert_eq!(changed.matches("inputs.hm.nixosModules.default").count(), 2, "{changed}");
    }

    #[test]
    fn inputs_that_outputs_does_not_take_are_told_once() {
        let text = "#- /flake.nix\n{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs\";\n  inputs.disko.url = \"github:nix-community/disko\";\n  \
                    outputs = { self, nixpkgs }: { nixosConfigurations.box = nixpkgs.lib.nixosSystem { modules = [ ]; }; };\n}\n";
        let repository = testing::analyzed(crate::db::Snapshot::of_fixture(&Fixture::parse(text)));
        let found = crate::rules::check(&repository, &Default::default(), Some(&[RULE.id, "undeclared-input"]));
        assert_eq!(found.iter().map(|it| it.rule).collect::<Vec<_>>(), ["undeclared-input"]);
    }

    #[test]
    fn options_of_flake_parts() {
        let inputs = "  inputs.flake-parts.url = \"github:hercules-ci/flake-parts\";";
        let outputs = |module: &str| {
            format!(
                "inputs.flake-parts.lib.mkFlake {{ inherit inputs; }} {{ imports = [ ./hosts.nix {module} ]; systems = [ ]; }}"
            )
        };
        let files = "#- /hosts.nix\n{ lib, config, inputs, ... }: {\n  options.configurations.nixos = lib.mkOption { type = lib.types.lazyAttrsOf lib.types.deferredModule; default = { }; };\n  config.flake.nixosConfigurations = lib.mapAttrs (_: module: inputs.nixpkgs.lib.nixosSystem { modules = [ module ]; }) config.configurations.nixos;\n}\n";
        let severities = |module: &str| -> Vec<Severity> {
            found(inputs, &outputs(module), files).into_iter().map(|(_, severity, _)| severity).collect()
        };
        assert_eq!(severities("{ configurations.nixos.box = { }; }"), []);
        assert_eq!(severities("{ configurations.nixs.box = { }; }"), [Severity::Error]);
        assert_eq!(severities("{ perSystme = { }; }"), [Severity::Warning]);
        assert_eq!(severities("{ somethingNew.box = { }; }"), []);
        // A module that is not at hand may declare anything.
        assert_eq!(severities("inputs.nixpkgs.flakeModule { configurations.nixs.box = { }; }"), []);
    }

    #[test]
    fn beside_a_framework_that_is_known_in_part_nothing_is_certain() {
        let inputs = "  inputs.snowfall-lib.url = \"github:snowfallorg/lib\";";
        let outputs =
            "inputs.snowfall-lib.mkFlake { inherit inputs; src = ./.; systems.modules.nixos = [ self.gone ]; }";
        let gone =
            "inputs.snowfall-lib.mkFlake { inherit inputs; src = ./.; systems.modules.nixos = [ inputs.gone ]; }";
        let host = "#- /systems/x86_64-linux/box/default.nix\n{ }";
        assert_eq!(found(inputs, outputs, host), []);
        // But which inputs there are is known.
        assert_eq!(found(inputs, gone, host).len(), 1);
    }

    /// What is found of a host whose module is asked whether an expression is `"x"`, with an input that is not at hand.
    fn asking(expression: &str) -> Vec<String> {
        let outputs = format!(
            "let inherit (nixpkgs) lib; inherit (inputs) foo; in {{ nixosConfigurations.box = lib.nixosSystem {{ \
             modules = [ (if {expression} == \"x\" then {{ }} else {{ a = 1; }}) ]; }}; }}"
        );
        let found = found("  inputs.foo.url = \"github:somebody/foo\";", &outputs, "");
        found.into_iter().map(|(_, _, message)| message).collect()
    }

    #[test]
    fn what_comes_of_items_that_may_not_be_there() {
        for expression in [
            r#"(removeAttrs { a = "x"; b = "2"; } (lib.optional foo.flag "a")).a"#,
            r#"toString (lib.concatMap (name: { b = [ ]; }.${name}) (lib.optional foo.flag "gone"))"#,
            r#"lib.foldl' (all: name: { b = "x"; }.${name}) "x" (lib.optional foo.flag "gone")"#,
            r#"toString (lib.all (name: { b = true; }.${name}) (lib.optional foo.flag "gone"))"#,
            r#"(builtins.listToAttrs (lib.optional foo.flag { name = "a"; value = throw "old"; } ++ [ { name = "a"; value = "x"; } ])).a"#,
            r#"(if lib.optional foo.flag 5 ++ [ 1 ] < [ 3 ] then "x" else throw "greater")"#,
            r#"(if builtins.replaceStrings (lib.optional foo.flag "b" ++ [ "a" ]) (lib.optional foo.flag "q" ++ [ "b" ]) "abc" == "bqc" then throw "both" else "x")"#,
            r#"(if builtins.groupBy (x: x) (lib.optional foo.flag "a" ++ [ "b" ]) ? a then throw "a" else "x")"#,
            r#"(if builtins.zipAttrsWith (_: builtins.head) (lib.optional foo.flag { a = 1; } ++ [ { b = 1; } ]) ? a then throw "a" else "x")"#,
        ] {
            assert_eq!(asking(expression), Vec::<String>::new(), "{expression}");
        }
        for expression in [
            r#"(removeAttrs { a = "x"; b = "2"; } ([ "a" ] ++ lib.optional foo.flag "b")).a"#,
            r#"toString (lib.concatMap (name: { b = [ ]; }.${name}) ([ "gone" ] ++ lib.optional foo.flag "b"))"#,
            r#"(builtins.listToAttrs ([ { name = "a"; value = throw "old"; } ] ++ lib.optional foo.flag { name = "a"; value = "x"; })).a"#,
        ] {
            assert_eq!(asking(expression).len(), 1, "{expression}");
        }
    }
}
