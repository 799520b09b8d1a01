//! What the inputs of a flake offer when their source is not at hand: the
//! functions that build hosts, package sets, and the frameworks around them.
//! One file per framework, in the words of that framework.

mod fetched;
mod frameworks;
mod home_manager;
mod host;
mod nixpkgs;
mod overlays;

use std::rc::Rc;

use super::model::HostKind;
use super::session::State;
use super::sources::Role;
use crate::eval::{Attrs, Cause, Evaluator, Thunk, Unknown, Value, join_path};
use crate::flake::{Framework, Source};
use crate::hir::Name;

pub(super) use home_manager::users_of;
pub(super) use host::system_of;
pub(super) use nixpkgs::has_lib;

/// Makes the functions known that flakewise's own Nix files and imports of absent inputs need.
pub(super) fn install(ev: &Evaluator, state: &Rc<State>) {
    ev.define("evalModules", crate::module_system::eval_modules());
    ev.define("nixosSystem", host::builder(state, HostKind::Nixos, &Name::new_static("nixpkgs")));
    let weak = state.me.clone();
    ev.define(
        "localFlake",
        Value::primop("getFlake", 1, move |ev, args| {
            let (Some(state), Some(path)) = (weak.upgrade(), args.first()) else { return Ok(Value::Null) };
            let folder = ev.coerce_to_path(&ev.force(path)?)?;
            let unknown = || Value::Unknown(Unknown::new(Cause::Builtin("getFlake")));
            Ok(super::sources::local_flake(ev, &state, &folder).unwrap_or_else(unknown))
        }),
    );
    let weak = state.me.clone();
    ev.provide_input_files(Rc::new(move |ev, input, path| {
        let state = weak.upgrade()?;
        nixpkgs::input_file(ev, &state, input, path)
    }));
    ev.provide_fetched(Rc::new(fetched::source));
}

/// The nodes of a hive as colmena builds them.
pub(super) fn hive_nodes(ev: &Evaluator, state: &Rc<State>, hive: Thunk) -> Option<Value> {
    let colmena = Framework::of_repository("zhaofengli/colmena")?;
    let make = frameworks::library(ev, state, colmena, &Name::new_static("makeHive"))?;
    let made = ev.call(&make, hive).ok()?;
    ev.select(&made, &Name::new_static("nodes")).ok()?
}

/// Has the files of an input that build hosts, or whole package sets, give what flakewise knows them to give.
pub(super) fn replace_files(ev: &Evaluator, state: &Rc<State>, role: Role, input: &Name, folder: &Name) {
    type Make = fn(&Evaluator, &Rc<State>, &Name) -> Value;
    let eval_config: Make = |_, state, input| host::builder(state, HostKind::Nixos, input);
    let configuration: Make = |_, state, input| host::configuration_builder(state, HostKind::Nixos, input);
    let packages: Make = |_, state, input| nixpkgs::import_function(state, input);
    let lib: Make = |ev, state, input| nixpkgs::lib(ev, state, input).unwrap_or_else(|stop| stop.into_unknown().into());
    let home: Make = |_, state, input| host::configuration_builder(state, HostKind::Home, input);
    let darwin: Make = |_, state, input| host::builder(state, HostKind::Darwin, input);
    let files: &[(&str, Make)] = match role {
        Role::Nixpkgs => &[
            ("nixos/lib/eval-config.nix", eval_config),
            ("nixos/default.nix", configuration),
            ("default.nix", packages),
            ("pkgs/top-level/default.nix", packages),
            ("pkgs/top-level/impure.nix", packages),
            ("lib/default.nix", lib),
        ],
        Role::HomeManager => &[("modules/default.nix", home)],
        Role::NixDarwin => &[("eval-config.nix", darwin)],
        Role::NixOnDroid => &[],
    };
    for (path, make) in files {
        let (weak, input, make) = (state.me.clone(), input.clone(), *make);
        ev.replace_file(join_path(folder, path), move |ev| {
            Ok(weak.upgrade().map_or(Value::Null, |state| make(ev, &state, &input)))
        });
    }
}

/// What `import inputs.x` gives, for inputs where that is known.
pub(super) fn import_result(state: &Rc<State>, source: &Source) -> Option<Value> {
    if source.is_nixpkgs() {
        return Some(nixpkgs::import_function(state, &source.input));
    }
    nixpkgs::systems_list(source.repository()?.strip_prefix("nix-systems/")?)
}

/// An attribute of an input whose source is not at hand, where flakewise knows what it is.
pub(super) fn input_attribute(ev: &Evaluator, state: &Rc<State>, source: &Source, name: &Name) -> Option<Value> {
    match name.as_str() {
        "lib" if nixpkgs::has_lib(source) => nixpkgs::lib(ev, state, &source.input).ok(),
        "lib" => Some(builder_library(state, source)),
        "legacyPackages" if source.is_nixpkgs() => Some(nixpkgs::legacy_packages(state, &source.input)),
        _ => frameworks::output(ev, state, source.framework()?, &source.input, name),
    }
}

/// The `lib` output of an input: the functions that build hosts under the
/// names that nix-darwin, Home Manager and nix-on-droid give them, and the library of a framework.
fn builder_library(state: &Rc<State>, source: &Source) -> Value {
    let unknown = Unknown::new(Cause::Input(source.input.clone())).select(&Name::new_static("lib"));
    let (weak, source) = (state.me.clone(), source.clone());
    Value::attrs(Attrs::default().open_with(unknown, move |ev, attribute| {
        let state = weak.upgrade()?;
        let kind = match attribute.as_str() {
            "nixosSystem" => HostKind::Nixos,
            "darwinSystem" => HostKind::Darwin,
            "homeManagerConfiguration" => HostKind::Home,
            "nixOnDroidConfiguration" => HostKind::Droid,
            _ => return frameworks::library(ev, &state, source.framework()?, attribute),
        };
        Some(host::builder(&state, kind, &source.input))
    }))
}
