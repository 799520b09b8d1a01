//! Outputs whose values are not what `nix flake check` wants there (`CmdFlakeCheck` in Nix' `nix/flake.cc`), or what nobody
//! could use there.
//!
//! Only what is certain counts: a set may be a derivation unless all of its attributes are known, a function of flakewise's
//! own stands for one of nixpkgs. Values that the walk over the outputs asked for anyway are looked at, and nothing below.

use super::listing::mark;
use super::session::Session;
use crate::eval::{Attrs, Cause, Entry, Evaluator, Origin, Value};
use crate::hir::{Expr, Name, Param};

/// An output of the wrong shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Misshapen {
    pub path: Vec<Name>,
    pub definition: Option<Origin>,
    pub fault: ShapeFault,
}

/// What is wrong with the value of an output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShapeFault {
    /// A set must be here, and what is instead.
    NoSet(&'static str),
    /// A derivation where a set of named ones must be.
    Derivation,
    /// A whole package set where every attribute must be a derivation.
    PackageSet,
    /// A flake where its packages must be.
    Flake,
    /// A derivation must be here, and what is instead.
    NoDerivation(&'static str),
    /// An app needs this attribute.
    AppLacks(&'static str),
    /// The program of an app is this instead of a string.
    AppProgram(&'static str),
    /// Nix' newer versions refuse an app with this attribute.
    AppAttribute(Name),
    /// An overlay must be a function, and what is instead.
    NoOverlay(&'static str),
    /// An overlay takes two arguments, and this function one.
    OneArgument,
    /// `nix flake check` wants the first argument of an overlay to be called `final`.
    NotFinal(Name),
    /// A module must be here, and what is instead.
    NoModule(&'static str),
    /// A template needs this attribute.
    TemplateLacks(&'static str),
}

/// Outputs with a set for each system, in which every attribute is one thing.
const NAMED_BY_SYSTEM: &[&str] = &["apps", "checks", "devShells", "packages"];
/// Outputs with one thing for each system.
const ONE_BY_SYSTEM: &[&str] = &["defaultPackage", "devShell", "formatter"];
/// Outputs that hold modules under names.
const MODULES: &[&str] = &["darwinModules", "flakeModules", "homeManagerModules", "homeModules", "nixosModules"];
/// Outputs that must be sets.
const SETS: &[&str] = &[
    "apps",
    "checks",
    "devShells",
    "formatter",
    "legacyPackages",
    "nixosConfigurations",
    "nixosModules",
    "overlays",
    "packages",
    "templates",
];
/// Functions of nixpkgs whose result is a derivation, or another function on the way to one.
const MAKE_DERIVATIONS: &[&str] = &[
    "mkDerivation",
    "mkShell",
    "mkShellNoCC",
    "runCommand",
    "symlinkJoin",
    "writeScriptBin",
    "writeShellApplication",
    "writeShellScript",
    "writeShellScriptBin",
];

/// What is wrong with the value at a path of the outputs.
pub(super) fn fault(session: &Session, path: &[Name], entry: &Entry, value: &Value) -> Option<ShapeFault> {
    if entry.maybe {
        return None;
    }
    let ev = &session.ev;
    let output = path.first()?.as_str();
    match path.len() {
        1 if SETS.contains(&output) => kind(value).filter(|_| !matches!(value, Value::Attrs(_))).map(ShapeFault::NoSet),
        2 if NAMED_BY_SYSTEM.contains(&output) => of_system(ev, value),
        2 if output == "legacyPackages" => match value {
            Value::Attrs(attrs) => is_flake(attrs).then_some(ShapeFault::Flake),
            value => kind(value).map(ShapeFault::NoSet),
        },
        2 if ONE_BY_SYSTEM.contains(&output) => no_derivation(session, value),
        2 if output == "overlays" => overlay(value),
        2 if MODULES.contains(&output) => match value {
            Value::Attrs(_) | Value::Lambda(_) | Value::Path(_) | Value::String(_) => None,
            value => kind(value).map(ShapeFault::NoModule),
        },
        2 if output == "templates" => template(value),
        3 if output == "apps" => app(ev, value),
        3 if NAMED_BY_SYSTEM.contains(&output) => no_derivation(session, value),
        _ => None,
    }
}

/// What a value is, unless it may be anything.
fn kind(value: &Value) -> Option<&'static str> {
    Some(match value {
        Value::Null => "null",
        Value::Bool(_) | Value::Int(_) | Value::Float(_) => "a plain value",
        Value::String(_) => "a string",
        Value::Path(_) => "a path",
        Value::List(_) => "a list",
        Value::Attrs(_) => "a set",
        Value::Lambda(_) => "a function",
        Value::Primop(_) | Value::Unknown(_) => return None,
    })
}

/// What must be a set of named derivations, or of apps.
fn of_system(ev: &Evaluator, value: &Value) -> Option<ShapeFault> {
    match value {
        Value::Attrs(attrs) if is_flake(attrs) => Some(ShapeFault::Flake),
        Value::Attrs(attrs) if is_package_set(attrs) => Some(ShapeFault::PackageSet),
        Value::Attrs(attrs) => is_derivation(ev, attrs).then_some(ShapeFault::Derivation),
        Value::Unknown(unknown) => {
            let made = unknown.path.last().is_some_and(|name| MAKE_DERIVATIONS.contains(&name.as_str()));
            (unknown.cause == Cause::Packages && unknown.derived && made).then_some(ShapeFault::Derivation)
        }
        value => kind(value).map(ShapeFault::NoSet),
    }
}

fn is_flake(attrs: &Attrs) -> bool {
    matches!(attrs.get("_type").and_then(|entry| entry.value.peek()), Some(Value::String(text)) if text.text == "flake")
}

/// `pkgs`, and `nixpkgs.legacyPackages`: sets of which nothing else is known.
fn is_package_set(attrs: &Attrs) -> bool {
    attrs.is_empty()
        && attrs.rest.as_ref().is_some_and(|rest| {
            rest.unknown.cause == Cause::Packages && rest.unknown.path.is_empty() && !rest.unknown.derived
        })
}

fn is_derivation(ev: &Evaluator, attrs: &Attrs) -> bool {
    let ty = attrs.get("type").filter(|entry| !entry.maybe).map(|entry| ev.force(&entry.value));
    matches!(ty, Some(Ok(Value::String(text))) if text.text == "derivation")
}

/// What stands where a derivation must be, if it certainly is none.
fn no_derivation(session: &Session, value: &Value) -> Option<ShapeFault> {
    match value {
        Value::Attrs(attrs) if is_flake(attrs) => Some(ShapeFault::NoDerivation("a flake")),
        Value::Attrs(attrs) if is_package_set(attrs) => Some(ShapeFault::NoDerivation("a package set")),
        Value::Attrs(_) if mark(session, value).is_some() => {
            Some(ShapeFault::NoDerivation("a host, and what can be built of it is in its config"))
        }
        Value::Attrs(attrs) if attrs.rest.is_some() || attrs.get("type").is_some() => None,
        value => kind(value).map(ShapeFault::NoDerivation),
    }
}

fn app(ev: &Evaluator, value: &Value) -> Option<ShapeFault> {
    let Value::Attrs(attrs) = value else { return kind(value).map(ShapeFault::NoSet) };
    if is_derivation(ev, attrs) {
        return Some(ShapeFault::Derivation);
    }
    if attrs.rest.is_some() {
        return None;
    }
    if let Some(lacking) = ["type", "program"].into_iter().find(|name| attrs.get(name).is_none()) {
        return Some(ShapeFault::AppLacks(lacking));
    }
    let program = attrs.get("program").filter(|entry| !entry.maybe)?;
    match ev.force(&program.value) {
        Ok(Value::Attrs(set)) if is_derivation(ev, &set) => return Some(ShapeFault::AppProgram("a derivation")),
        Ok(Value::String(_) | Value::Attrs(_)) | Err(_) => {}
        Ok(other) => {
            if let Some(kind) = kind(&other) {
                return Some(ShapeFault::AppProgram(kind));
            }
        }
    }
    let known = |name: &Name| matches!(name.as_str(), "type" | "program" | "meta");
    let (name, _) = attrs.iter().find(|(name, entry)| !known(name) && !entry.maybe)?;
    Some(ShapeFault::AppAttribute(name.clone()))
}

fn overlay(value: &Value) -> Option<ShapeFault> {
    let closure = match value {
        Value::Lambda(closure) => closure,
        Value::Attrs(attrs) if attrs.rest.is_some() || attrs.get("__functor").is_some() => return None,
        value => return kind(value).map(ShapeFault::NoOverlay),
    };
    // What functions of nixpkgs make of overlays is called as nixpkgs calls it.
    if closure.code.internal || closure.code.foreign || closure.code.broken {
        return None;
    }
    let Expr::Lambda(lambda) = closure.code.hir.expr(closure.expr) else { return None };
    if matches!(
        closure.code.hir.expr(lambda.body),
        Expr::Attrs(_) | Expr::List(_) | Expr::Str { .. } | Expr::Path { .. }
    ) {
        return Some(ShapeFault::OneArgument);
    }
    match &lambda.param {
        Param::Ident { name, .. } if !matches!(name.as_str(), "final" | "_final" | "_") => {
            Some(ShapeFault::NotFinal(name.clone()))
        }
        _ => None,
    }
}

fn template(value: &Value) -> Option<ShapeFault> {
    let Value::Attrs(attrs) = value else { return kind(value).map(ShapeFault::NoSet) };
    if attrs.rest.is_some() {
        return None;
    }
    ["path", "description"].into_iter().find(|name| attrs.get(name).is_none()).map(ShapeFault::TemplateLacks)
}
