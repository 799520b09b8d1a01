//! The functions that build hosts: `nixosSystem`, `darwinSystem`,
//! `homeManagerConfiguration`, `nixOnDroidConfiguration`, `evalModules`.

use std::rc::Rc;

use super::{home_manager, nixpkgs};
use crate::eval::{Attrs, Cause, Entry, Evaluator, Result, Stop, Thunk, Unknown, Value};
use crate::hir::Name;
use crate::module_system::{Configuration, Spec, concat_modules};
use crate::repository::model::HostKind;
use crate::repository::session::{HOST_MARK, HostCall, State, source_path};
use crate::repository::sources;

/// Options of NixOS and nix-darwin with one plain value, which modules commonly read back.
const SYSTEM_SCALARS: &[&str] = &[
    "networking.hostName",
    "networking.domain",
    "networking.hostId",
    "nixpkgs.hostPlatform",
    "nixpkgs.system",
    "nixpkgs.hostPlatform.system",
    "system.name",
    "system.stateVersion",
    "system.primaryUser",
    "time.timeZone",
];

/// The same of Home Manager.
const HOME_SCALARS: &[&str] = &["home.username", "home.homeDirectory", "home.stateVersion"];

/// The function that builds hosts of this kind from `input`.
pub(super) fn builder(state: &Rc<State>, kind: HostKind, input: &Name) -> Value {
    builder_with_lib(state, kind, input, None)
}

/// As [`builder`], for the `lib` that modules get unless the call names another one.
pub(super) fn builder_with_lib(state: &Rc<State>, kind: HostKind, input: &Name, lib: Option<Thunk>) -> Value {
    let (weak, input) = (state.me.clone(), input.clone());
    Value::primop(builder_name(kind), 1, move |ev, args| {
        let (Some(state), Some(argument)) = (weak.upgrade(), args.first()) else { return Ok(Value::Null) };
        let attrs = match ev.force(argument)? {
            Value::Attrs(attrs) => attrs,
            Value::Unknown(unknown) => Rc::new(Attrs::default().open(unknown)),
            other => return Err(ev.type_error("a set", &other)),
        };
        match lib.clone().filter(|_| attrs.get("lib").is_none()) {
            Some(lib) => {
                let lib = Attrs::new(vec![(Name::new_static("lib"), Entry::new(lib, None))]);
                build(ev, &state, kind, &input, &attrs.update(&lib))
            }
            None => build(ev, &state, kind, &input, &attrs),
        }
    })
}

/// As [`builder`], for the entry points that take one module as `configuration`.
pub(super) fn configuration_builder(state: &Rc<State>, kind: HostKind, input: &Name) -> Value {
    let (weak, input) = (state.me.clone(), input.clone());
    Value::primop(builder_name(kind), 1, move |ev, args| {
        let (Some(state), Some(argument)) = (weak.upgrade(), args.first()) else { return Ok(Value::Null) };
        let attrs = ev.attrs(argument)?;
        let module = attrs.get("configuration").cloned();
        let modules = Value::list(module.into_iter().map(|entry| entry.value).collect());
        let attrs = attrs.update(&Attrs::of([("modules", modules)]));
        build(ev, &state, kind, &input, &attrs)
    })
}

/// The class that the modules of a kind of host have.
fn module_class(kind: HostKind) -> Option<&'static str> {
    match kind {
        HostKind::Nixos => Some("nixos"),
        HostKind::Darwin => Some("darwin"),
        HostKind::Home => Some("homeManager"),
        HostKind::Droid => Some("nixOnDroid"),
        HostKind::Other => None,
    }
}

fn builder_name(kind: HostKind) -> &'static str {
    match kind {
        HostKind::Nixos => "nixosSystem",
        HostKind::Darwin => "darwinSystem",
        HostKind::Home => "homeManagerConfiguration",
        HostKind::Droid => "nixOnDroidConfiguration",
        HostKind::Other => "evalModules",
    }
}

fn build(ev: &Evaluator, state: &Rc<State>, kind: HostKind, input: &Name, attrs: &Attrs) -> Result<Value> {
    let given = |name: &str| attrs.get(name).map(|entry| entry.value.clone());
    let special = match kind {
        HostKind::Home | HostKind::Droid => given("extraSpecialArgs"),
        _ => given("specialArgs"),
    };
    let special_args = match special {
        Some(special) => special_args(ev, &special)?,
        None => Rc::new(Attrs::default()),
    };
    // Home Manager's old form has one module as `configuration`, nix-on-droid's as `config`.
    let single = match kind {
        HostKind::Home => given("configuration"),
        HostKind::Droid => given("config"),
        _ => None,
    };
    let mut lists: Vec<Thunk> = ["modules", "extraModules"].into_iter().filter_map(given).collect();
    lists.extend(single.map(|module| Thunk::value(Value::list(vec![module]))));
    // nix-darwin's old form: the inputs are an argument of modules.
    if let (HostKind::Darwin, Some(inputs)) = (kind, given("inputs")) {
        let args = Attrs::new(vec![(Name::new_static("inputs"), Entry::new(inputs, None))]);
        let module = Attrs::of([("_module", Value::attrs(Attrs::of([("args", Value::attrs(args))])))]);
        lists.push(Thunk::value(Value::list(vec![Thunk::value(Value::attrs(module))])));
    }
    if let Some(rest) = attrs.rest.as_ref().filter(|_| given("modules").is_none()) {
        lists.push(Thunk::value(Value::Unknown(rest.unknown.select(&Name::new_static("modules")))));
    }
    let system = given("system").filter(|system| !matches!(ev.force(system), Ok(Value::Null)));
    let pkgs = given("pkgs").filter(|pkgs| !matches!(ev.force(pkgs), Ok(Value::Null)));
    let system = system.or_else(|| {
        let pkgs = pkgs.clone()?;
        Some(Thunk::native(move |ev| {
            let pkgs = ev.force(&pkgs)?;
            match ev.select(&pkgs, &Name::new_static("system"))? {
                Some(system) => Ok(system),
                None => Err(Stop::Unknown(Unknown::new(Cause::Packages))),
            }
        }))
    });
    let lib = given("lib");
    let given = Some(Rc::new(attrs.clone()));
    let call = Call { kind, input: input.clone(), lists, special_args, system, pkgs, lib, given };
    Ok(host_value(ev, state, call))
}

/// The set of specialArgs. An unknown one leaves every argument in doubt.
fn special_args(ev: &Evaluator, special: &Thunk) -> Result<Rc<Attrs>> {
    match ev.force(special)? {
        Value::Attrs(attrs) => Ok(attrs),
        Value::Unknown(unknown) => Ok(Rc::new(Attrs::default().open(unknown))),
        other => Err(ev.type_error("a set", &other)),
    }
}

/// The arguments of a builder, sorted out.
#[derive(Clone)]
struct Call {
    kind: HostKind,
    input: Name,
    lists: Vec<Thunk>,
    special_args: Rc<Attrs>,
    system: Option<Thunk>,
    pkgs: Option<Thunk>,
    lib: Option<Thunk>,
    given: Option<Rc<Attrs>>,
}

fn host_value(ev: &Evaluator, state: &Rc<State>, call: Call) -> Value {
    let lists = call.lists.clone();
    let modules = Thunk::native(move |ev| concat_modules(ev, &lists));
    let lib = match (&call.lib, call.kind) {
        (given, HostKind::Home) => home_lib(state, &call, given.clone()),
        (Some(given), _) => given.clone(),
        (None, _) => {
            let (weak, input) = (state.me.clone(), call.input.clone());
            Thunk::native(move |ev| match weak.upgrade() {
                Some(state) => nixpkgs::lib(ev, &state, &input),
                None => ev.lib(),
            })
        }
    };
    let (folder, scalars): (&str, &'static [&'static str]) = match call.kind {
        HostKind::Nixos => ("nixos/modules", SYSTEM_SCALARS),
        HostKind::Darwin => ("modules", SYSTEM_SCALARS),
        HostKind::Home => ("modules", HOME_SCALARS),
        HostKind::Droid | HostKind::Other => ("modules", &[]),
    };
    let modules_path = match sources::folder_of(ev, state, &call.input, folder) {
        Some(folder) => source_path(&folder),
        None => Value::Unknown(Unknown::new(Cause::InputFile { input: call.input.clone(), path: Name::new(folder) })),
    };
    let base = Attrs::new(vec![
        (Name::new_static("lib"), Entry::new(lib.clone(), None)),
        (Name::new_static("modulesPath"), Entry::new(Thunk::value(modules_path), None)),
    ]);
    let special = Rc::new(base.update(&call.special_args));
    let number = Rc::new(std::cell::Cell::new(usize::MAX));
    let pkgs = call.pkgs.clone().unwrap_or_else(|| {
        let (weak, input, call_number) = (state.me.clone(), call.input.clone(), number.clone());
        Thunk::native(move |ev| {
            let Some(state) = weak.upgrade() else { return Ok(Value::Null) };
            let system = Thunk::native(move |ev| match weak.upgrade() {
                Some(state) => match system_of(ev, &state, call_number.get()) {
                    Some(system) => Ok(Value::string(system)),
                    None => Err(Stop::Unknown(Unknown::new(Cause::Packages))),
                },
                None => Ok(Value::Null),
            });
            let _ = ev;
            Ok(nixpkgs::packages_of_host(&state, &input, Some(system)))
        })
    });
    let mut provided = vec![(Name::new_static("pkgs"), pkgs.clone())];
    let argument = |name: &'static str| {
        let unknown = Unknown::new(Cause::Argument(Name::new_static(name)));
        (Name::new_static(name), Thunk::value(Value::Unknown(unknown)))
    };
    match call.kind {
        HostKind::Nixos => {
            provided.extend(["utils", "baseModules", "extraModules", "modules", "noUserModules"].map(argument))
        }
        HostKind::Home => {
            provided.extend(["pkgsPath", "osClass", "osConfig", "nixosConfig", "darwinConfig"].map(argument))
        }
        HostKind::Darwin => provided.extend(["baseModules", "extraModules"].map(argument)),
        HostKind::Droid | HostKind::Other => {}
    }
    let defaults = match call.kind {
        HostKind::Nixos => vec![(Name::new_static("system.name"), system_name(state, number.clone()))],
        _ => Vec::new(),
    };
    let spec = Spec {
        modules,
        special_args: special,
        provided_args: provided,
        class: module_class(call.kind).map(Name::new_static),
        prefix: Vec::new(),
        upstream: true,
        scalars,
        defaults,
    };
    let configuration = Configuration::new(ev, spec);
    let index = state.calls.borrow().len();
    number.set(index);
    state.calls.borrow_mut().push(HostCall {
        kind: call.kind,
        configuration: configuration.clone(),
        call: ev.current_expr(),
        helpers: ev.call_stack(),
        system: call.system.clone(),
        special_args: call.special_args.clone(),
        input: call.input.clone(),
        flake: state.root.clone(),
        given: call.given.clone(),
    });
    result_value(state, &call, &configuration, index, pkgs, lib)
}

/// The default of `system.name`, as in nixpkgs' `nixos/modules/system/activation/top-level.nix`: the name of the machine in the network.
fn system_name(state: &Rc<State>, call: Rc<std::cell::Cell<usize>>) -> Thunk {
    let weak = state.me.clone();
    Thunk::native(move |ev| {
        let Some(state) = weak.upgrade() else { return Ok(Value::Null) };
        let configuration = state.calls.borrow().get(call.get()).map(|call| call.configuration.clone());
        let Some(configuration) = configuration else { return Err(Stop::Unknown(Unknown::new(Cause::Packages))) };
        match ev.select_path(&ev.force(&configuration.config())?, &["networking", "hostName"])? {
            Some(Value::String(name)) if name.text.is_empty() => Ok(Value::string("unnamed")),
            Some(name) => Ok(name),
            None => Err(Stop::Unknown(Unknown::new(Cause::Packages))),
        }
    })
}

/// The lib of a standalone home: the one that is given or that of `pkgs`, with Home Manager's own functions.
fn home_lib(state: &Rc<State>, call: &Call, given: Option<Thunk>) -> Thunk {
    let (weak, input, pkgs) = (state.me.clone(), call.input.clone(), call.pkgs.clone());
    Thunk::native(move |ev| {
        let Some(state) = weak.upgrade() else { return ev.lib() };
        let of_packages = || match ev.select(&ev.force(pkgs.as_ref()?).ok()?, &Name::new_static("lib")) {
            Ok(Some(lib @ Value::Attrs(_))) => Some(lib),
            _ => None,
        };
        match &given {
            Some(given) => home_manager::with_hm(ev, &state, &ev.force(given)?, &input),
            None => match of_packages() {
                Some(lib) => home_manager::with_hm(ev, &state, &lib, &input),
                None => home_manager::lib(ev, &state, &input),
            },
        }
    })
}

/// The set that the builders return.
fn result_value(
    state: &Rc<State>,
    call: &Call,
    configuration: &Rc<Configuration>,
    index: usize,
    pkgs: Thunk,
    lib: Thunk,
) -> Value {
    let (weak, extended) = (state.me.clone(), call.clone());
    let extend = Value::primop("extendModules", 1, move |ev, args| {
        let (Some(state), Some(argument)) = (weak.upgrade(), args.first()) else { return Ok(Value::Null) };
        let attrs = ev.attrs(argument)?;
        let mut call = Call { given: None, ..extended.clone() };
        call.lists.extend(attrs.get("modules").map(|entry| entry.value.clone()));
        if let Some(special) = attrs.get("specialArgs") {
            call.special_args = Rc::new(call.special_args.update(&*special_args(ev, &special.value)?));
        }
        Ok(host_value(ev, &state, call))
    });
    let unknown = Unknown::new(Cause::Config { configuration: configuration.number, path: Name::new_static("") });
    let entry = |name: &'static str, thunk: Thunk| (Name::new_static(name), Entry::new(thunk, None));
    let known = Attrs::new(vec![
        entry("_type", Thunk::value(Value::string("configuration"))),
        entry("config", configuration.config()),
        entry("options", configuration.options_value()),
        entry("pkgs", pkgs),
        entry("lib", lib),
        entry("_module", Thunk::value(configuration.module_value())),
        entry("extendModules", Thunk::value(extend)),
        entry(HOST_MARK, Thunk::value(Value::Int(index as i64))),
    ]);
    Value::attrs(known.open(unknown))
}

/// The system of a host: as it was called, or as its modules say.
pub(in crate::repository) fn system_of(ev: &Evaluator, state: &State, index: usize) -> Option<Name> {
    let (system, configuration) = {
        let calls = state.calls.borrow();
        let call = calls.get(index)?;
        (call.system.clone(), call.configuration.clone())
    };
    if let Some(name) = system.and_then(|system| nixpkgs::system_name(ev, &system)) {
        return Some(name);
    }
    let root = configuration.definitions(ev).ok()?.child(ev, "nixpkgs");
    for name in ["hostPlatform", "system", "pkgs"] {
        let node = root.child(ev, name);
        for contribution in node.expanded(ev).iter() {
            if let Some(system) = nixpkgs::system_name(ev, &contribution.value) {
                return Some(system);
            }
        }
    }
    None
}
