//! Home Manager: its `lib`, and its users within a host.

use std::rc::Rc;

use super::nixpkgs;
use crate::eval::{Attrs, Cause, Entry, Evaluator, ListBuilder, Result, Thunk, Unknown, Value};
use crate::hir::Name;
use crate::module_system::{Condition, Configuration, DefinitionNode, Spec};
use crate::repository::model::HostKind;
use crate::repository::session::State;
use crate::repository::sources;

/// nixpkgs' lib with `lib.hm`, as Home Manager's `modules/lib/stdlib-extended.nix` makes it.
pub(super) fn lib(ev: &Evaluator, state: &Rc<State>, input: &Name) -> Result<Value> {
    with_hm(ev, state, &nixpkgs::lib(ev, state, input)?, input)
}

/// A lib with `lib.hm`.
pub(super) fn with_hm(ev: &Evaluator, state: &Rc<State>, plain: &Value, input: &Name) -> Result<Value> {
    let unknown =
        Unknown::new(Cause::Input(input.clone())).select(&Name::new_static("lib")).select(&Name::new_static("hm"));
    let weak = state.me.clone();
    let overlay = Value::primop("lib.hm", 2, move |_, args| {
        let (weak, unknown, own) = (weak.clone(), unknown.clone(), args.first().cloned());
        let hm = Thunk::native(move |ev| {
            let found = weak.upgrade().zip(own).and_then(|(state, own)| sources::home_manager_lib(ev, &state, &own));
            Ok(found.unwrap_or_else(|| Value::attrs(Attrs::default().open(unknown))))
        });
        Ok(Value::attrs(Attrs::new(vec![(Name::new_static("hm"), Entry::new(hm, None))])))
    });
    match ev.select(plain, &Name::new_static("extend"))? {
        Some(extend) => ev.call(&extend, Thunk::value(overlay)),
        None => Ok(plain.clone()),
    }
}

/// A user that a host gives to Home Manager.
pub(in crate::repository) struct User {
    pub name: Name,
    /// Where it hangs in the host: `home-manager.users.alice`.
    pub path: String,
    pub configuration: Rc<Configuration>,
    pub origin: Option<crate::eval::Origin>,
}

/// The users of a host, sorted by name.
pub(in crate::repository) fn users_of(
    ev: &Evaluator,
    state: &Rc<State>,
    kind: HostKind,
    host: &Rc<Configuration>,
    system: Option<Name>,
) -> Vec<User> {
    let Ok(root) = host.definitions(ev) else { return Vec::new() };
    let home = root.child(ev, "home-manager");
    let mut users = Vec::new();
    match kind {
        HostKind::Nixos | HostKind::Darwin => {
            let all = home.child(ev, "users");
            for name in all.names(ev) {
                let node = all.child(ev, &name);
                let path = format!("home-manager.users.{}", crate::eval::attr_name(&name));
                users.extend(user(ev, state, host, &home, &node, name, path, system.clone()));
            }
        }
        HostKind::Droid => {
            let node = home.child(ev, "config");
            let name = Name::new_static("nix-on-droid");
            users.extend(user(ev, state, host, &home, &node, name, "home-manager.config".into(), system));
        }
        HostKind::Home | HostKind::Other => {}
    }
    users
}

#[allow(clippy::too_many_arguments)]
fn user(
    ev: &Evaluator,
    state: &Rc<State>,
    host: &Rc<Configuration>,
    home: &Rc<DefinitionNode>,
    node: &Rc<DefinitionNode>,
    name: Name,
    path: String,
    system: Option<Name>,
) -> Option<User> {
    let contributions = node.expanded(ev);
    let mut modules = ListBuilder::default();
    for contribution in contributions.iter() {
        let condition = contribution.condition(ev);
        if condition == Condition::Fails {
            continue;
        }
        let certain = condition == Condition::Holds;
        modules.push(contribution.as_module(), certain);
        if !certain {
            modules.doubt(|| Unknown::new(Cause::Condition));
        }
    }
    if modules.is_empty() {
        return None;
    }
    let origin = contributions.first().and_then(|contribution| contribution.origin);
    let in_force = |name: &str| {
        let all = home.child(ev, name).expanded(ev);
        all.iter().filter(|it| it.condition(ev) != Condition::Fails).cloned().collect::<Vec<_>>()
    };
    for contribution in in_force("sharedModules") {
        match ev.force(&contribution.value) {
            Ok(Value::List(list)) => {
                let certain = contribution.condition(ev) == Condition::Holds;
                modules.extend(&list, certain);
                if !certain {
                    modules.doubt(|| Unknown::new(Cause::Condition));
                }
            }
            Ok(Value::Unknown(unknown)) => modules.others(&unknown),
            _ => {}
        }
    }
    let mut special = Attrs::default();
    for contribution in in_force("extraSpecialArgs") {
        match ev.force(&contribution.value) {
            Ok(Value::Attrs(attrs)) => special = special.update(&attrs),
            Ok(Value::Unknown(unknown)) => special = special.open(unknown),
            _ => {}
        }
    }
    let input = Name::new_static("home-manager");
    // Users see the host's own lib, extended: `stdlib-extended.nix` is given the lib of the NixOS module.
    let outer = host.spec.special_args.get("lib").map(|entry| entry.value.clone());
    let (weak, lib_input) = (state.me.clone(), input.clone());
    let lib = Thunk::native(move |ev| match (outer, weak.upgrade()) {
        (Some(outer), Some(state)) => with_hm(ev, &state, &ev.force(&outer)?, &lib_input),
        (None, Some(state)) => lib(ev, &state, &lib_input),
        (_, None) => ev.lib(),
    });
    let modules_path = Cause::InputFile { input: input.clone(), path: Name::new_static("modules") };
    let entry = |name: &'static str, thunk: Thunk| (Name::new_static(name), Entry::new(thunk, None));
    let base = Attrs::new(vec![
        entry("lib", lib),
        entry("modulesPath", Thunk::value(Value::Unknown(Unknown::new(modules_path)))),
        entry("osConfig", host.config()),
        entry("nixosConfig", host.config()),
        entry("darwinConfig", host.config()),
        entry("osClass", Thunk::value(Value::Unknown(Unknown::new(Cause::Argument(Name::new_static("osClass")))))),
    ]);
    let special_args = Rc::new(special);
    let system = system.map(|system| Thunk::value(Value::string(system)));
    let pkgs = Thunk::value(nixpkgs::packages_of_host(state, &input, system));
    let configuration = Configuration::new(
        ev,
        Spec {
            modules: Thunk::value(modules.finish()),
            special_args: Rc::new(base.update(&special_args)),
            provided_args: vec![
                (Name::new_static("pkgs"), pkgs),
                (Name::new_static("name"), Thunk::value(Value::string(name.clone()))),
                (
                    Name::new_static("pkgsPath"),
                    Thunk::value(Value::Unknown(Unknown::new(Cause::Argument(Name::new_static("pkgsPath"))))),
                ),
            ],
            class: Some(Name::new_static("homeManager")),
            prefix: Vec::new(),
            upstream: true,
            scalars: &["home.username", "home.homeDirectory", "home.stateVersion"],
            defaults: vec![(Name::new_static("home.username"), Thunk::value(Value::string(name.clone())))],
        },
    );
    Some(User { name, path, configuration, origin })
}
