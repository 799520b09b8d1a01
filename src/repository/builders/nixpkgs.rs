//! nixpkgs: its `lib`, its package sets, and the files in it that build systems.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use super::host;
use super::overlays::{Found, Layers};
use crate::eval::{Attrs, Cause, Entry, Evaluator, Result, Stop, Thunk, Unknown, Value};
use crate::flake::Source;
use crate::hir::{Expr, Name, Param};
use crate::repository::model::HostKind;
use crate::repository::session::{State, source_path};
use crate::repository::sources;

/// The system doubles that the repository `name` of nix-systems lists.
pub(super) fn systems_list(name: &str) -> Option<Value> {
    let systems: &[&'static str] = match name {
        "default" => &["aarch64-darwin", "aarch64-linux", "x86_64-darwin", "x86_64-linux"],
        "default-linux" => &["aarch64-linux", "x86_64-linux"],
        "default-darwin" => &["aarch64-darwin", "x86_64-darwin"],
        "aarch64-darwin" => &["aarch64-darwin"],
        "aarch64-linux" => &["aarch64-linux"],
        "x86_64-darwin" => &["x86_64-darwin"],
        "x86_64-linux" => &["x86_64-linux"],
        _ => return None,
    };
    Some(Value::list(systems.iter().map(|system| Thunk::value(Value::string(*system))).collect()))
}

/// Whether the `lib` of a source is that of nixpkgs: there is a repository of it alone.
pub(in crate::repository) fn has_lib(source: &Source) -> bool {
    source.is_nixpkgs() || source.is("nixpkgs.lib")
}

/// The `lib` of a nixpkgs flake: nixpkgs' lib with `nixosSystem`.
pub(super) fn lib(ev: &Evaluator, state: &Rc<State>, input: &Name) -> Result<Value> {
    let known = state.libs.borrow().get(input).cloned();
    if let Some(lib) = known {
        return Ok(lib);
    }
    let lib = systems_lib(ev, state, input)?;
    state.libs.borrow_mut().insert(input.clone(), lib.clone());
    Ok(lib)
}

fn systems_lib(ev: &Evaluator, state: &Rc<State>, input: &Name) -> Result<Value> {
    let plain = match sources::lib(ev, state, input) {
        Some(lib) => lib,
        None => ev.lib()?,
    };
    let (weak, input) = (state.me.clone(), input.clone());
    // As nixpkgs' flake.nix: systems are built with the lib at hand, extensions included.
    let overlay = Value::primop("nixpkgs.lib", 2, move |_, args| {
        let system =
            weak.upgrade().map(|state| host::builder_with_lib(&state, HostKind::Nixos, &input, args.first().cloned()));
        Ok(Value::attrs(Attrs::of(system.map(|system| ("nixosSystem", system)))))
    });
    match ev.select(&plain, &Name::new_static("extend"))? {
        Some(extend) => ev.call(&extend, Thunk::value(overlay)),
        None => Ok(plain),
    }
}

/// `import nixpkgs`
pub(super) fn import_function(state: &Rc<State>, input: &Name) -> Value {
    let (weak, input) = (state.me.clone(), input.clone());
    Value::primop("import nixpkgs", 1, move |ev, args| {
        let Some(state) = weak.upgrade() else { return Ok(Value::Null) };
        let given = |name: &str| {
            let attrs = ev.attrs(args.first()?).ok()?;
            Some(attrs.get(name)?.value.clone())
        };
        let system = given("system").or_else(|| given("localSystem"));
        if system.is_some() && args.first().is_some_and(|argument| is_plain(ev, argument)) {
            let origin = ev.current_expr();
            state.shared.plain_imports.borrow_mut().extend(origin.map(|origin| (origin, input.clone())));
        }
        let set = PackageSet { state: state.me.clone(), input: input.clone(), system, extended: false };
        Ok(match given("overlays") {
            Some(overlays) => set.with_overlays(ev, overlays),
            None => set.value(None),
        })
    })
}

/// Whether an argument of `import nixpkgs` says nothing but the system.
fn is_plain(ev: &Evaluator, argument: &Thunk) -> bool {
    let Ok(attrs) = ev.attrs(argument) else { return false };
    attrs.rest.is_none()
        && attrs.iter().all(|(name, entry)| match (name.as_str(), entry.maybe) {
            ("system", false) => true,
            ("config", false) => {
                matches!(ev.force(&entry.value), Ok(Value::Attrs(config)) if config.is_empty() && config.rest.is_none())
            }
            ("overlays", false) => {
                matches!(ev.force(&entry.value), Ok(Value::List(list)) if list.items.is_empty() && list.rest.is_none())
            }
            _ => false,
        })
}

/// `nixpkgs.legacyPackages`
pub(super) fn legacy_packages(state: &Rc<State>, input: &Name) -> Value {
    let (weak, input) = (state.me.clone(), input.clone());
    let unknown = Unknown::new(Cause::Packages);
    Value::attrs(Attrs::default().open_with(unknown, move |_, system| {
        let state = weak.upgrade()?;
        Some(packages(&state, &input, Some(Thunk::value(Value::string(system.clone())))))
    }))
}

/// A package set without overlays.
pub(in crate::repository) fn packages(state: &Rc<State>, input: &Name, system: Option<Thunk>) -> Value {
    PackageSet { state: state.me.clone(), input: input.clone(), system, extended: false }.value(None)
}

/// The package set that modules of a host get, of which nobody knows here what `nixpkgs.overlays` and `nixpkgs.pkgs`
/// make of it.
pub(in crate::repository) fn packages_of_host(state: &Rc<State>, input: &Name, system: Option<Thunk>) -> Value {
    PackageSet { state: state.me.clone(), input: input.clone(), system, extended: true }.value(None)
}

/// A package set: `lib`, what its platform is, and packages that nobody looks into.
#[derive(Clone)]
pub(super) struct PackageSet {
    state: Weak<State>,
    input: Name,
    system: Option<Thunk>,
    /// Whether overlays that are not known may be applied.
    extended: bool,
}

impl PackageSet {
    /// The set with a list of overlays.
    fn with_overlays(&self, ev: &Evaluator, overlays: Thunk) -> Value {
        // `final`, which overlays get, is what they make.
        let hole: Rc<RefCell<Option<Thunk>>> = Rc::default();
        let (base, inner) = (self.clone(), hole.clone());
        let whole = Thunk::native(move |ev| {
            let Some(whole) = inner.borrow().clone() else { return Ok(Value::Null) };
            Ok(base.value(Some(Rc::new(Layers::new(ev, &base, &overlays, &whole)))))
        });
        *hole.borrow_mut() = Some(whole.clone());
        ev.tie_thunk(&whole);
        ev.force(&whole).unwrap_or_else(|stop| Value::Unknown(stop.into_unknown()))
    }

    /// The set with overlays that were applied to it.
    pub(super) fn value(&self, layers: Option<Rc<Layers>>) -> Value {
        let set = self.clone();
        Value::attrs(Attrs::default().open_with(Unknown::new(Cause::Packages), move |ev, name| {
            if name == "callPackage" {
                return Some(set.call_package(layers.clone()));
            }
            match layers.as_ref().map(|layers| layers.find(ev, name)) {
                Some(Ok(Found::Set(value))) => Some(value),
                Some(Ok(Found::Maybe(unknown))) => match set.own(ev, name) {
                    // A lib that an unknown overlay may have extended.
                    Some(Value::Attrs(lib)) if name == "lib" => Some(Value::attrs((*lib).clone().open(unknown))),
                    own => own,
                },
                Some(Ok(Found::Below) | Err(_)) | None => set.own(ev, name),
            }
        }))
    }

    /// `callPackage`: a function gets what it asks for from the set. Where what it gives is a package
    /// or fails for want of packages, it is one of those that nobody looks into.
    fn call_package(&self, layers: Option<Rc<Layers>>) -> Value {
        let set = self.clone();
        Value::primop("callPackage", 2, move |ev, args| {
            let [function, given] = args else { return Ok(Value::Null) };
            let opaque = || Value::Unknown(Unknown::new(Cause::Packages).derive());
            let mut function = ev.force(function)?;
            if matches!(function, Value::Path(_) | Value::String(_)) {
                let path = ev.coerce_to_path(&function)?;
                function = ev.import(&ev.import_path(&path)?)?;
            }
            let Value::Lambda(closure) = &function else { return Ok(opaque()) };
            let Expr::Lambda(lambda) = closure.code.hir.expr(closure.expr) else { return Ok(opaque()) };
            let Param::Pattern { formals, .. } = &lambda.param else { return Ok(opaque()) };
            let packages = set.value(layers.clone());
            let asked = formals.iter().filter(|formal| formal.default.is_none()).map(|formal| {
                let (packages, name) = (packages.clone(), formal.name.clone());
                let value = Thunk::native(move |ev| match ev.select(&packages, &name)? {
                    Some(value) => Ok(value),
                    None => Err(Stop::Unknown(Unknown::new(Cause::Packages))),
                });
                (formal.name.clone(), Entry::new(value, None))
            });
            let argument = Attrs::new(asked.collect()).update(&*ev.attrs(given)?);
            Ok(match ev.call(&function, Thunk::value(Value::attrs(argument))) {
                Ok(value @ (Value::Attrs(_) | Value::Lambda(_))) => value,
                _ => opaque(),
            })
        })
    }

    /// An attribute of the set as nixpkgs has it.
    fn own(&self, ev: &Evaluator, name: &Name) -> Option<Value> {
        let state = self.state.upgrade()?;
        match name.as_str() {
            "lib" => match lib(ev, &state, &self.input).ok()? {
                // Overlays that extend lib are common.
                Value::Attrs(lib) if self.extended => {
                    Some(Value::attrs((*lib).clone().open(Unknown::new(Cause::Packages).select(name))))
                }
                lib => Some(lib),
            },
            "system" => self.system.as_ref().and_then(|system| system_name(ev, system)).map(Value::string),
            "stdenv" | "stdenvNoCC" => {
                let platform = platform(ev, self.system.as_ref())?;
                let Value::Attrs(flags) = &platform else { return None };
                let parts = ["hostPlatform", "buildPlatform", "targetPlatform"].map(|name| (name, platform.clone()));
                let unknown = Unknown::new(Cause::Packages).select(name);
                let mut stdenv = Attrs::of(parts);
                // `stdenv.isLinux` and kin are the host platform's.
                let direct = flags.iter().filter(|(name, _)| name.starts_with("is") || *name == "system");
                stdenv =
                    stdenv.update(&Attrs::new(direct.map(|(name, entry)| (name.clone(), entry.clone())).collect()));
                Some(Value::attrs(stdenv.open(unknown)))
            }
            "hostPlatform" | "buildPlatform" | "targetPlatform" => platform(ev, self.system.as_ref()),
            "path" => Some(match sources::folder_of(ev, &state, &self.input, "") {
                Some(folder) => source_path(&folder),
                None => Value::Unknown(Unknown::new(Cause::Input(self.input.clone()))),
            }),
            _ => None,
        }
    }
}

/// The system double behind `"x86_64-linux"` or `{ system = "x86_64-linux"; }`.
pub(in crate::repository) fn system_name(ev: &Evaluator, system: &Thunk) -> Option<Name> {
    match ev.force(system).ok()? {
        Value::String(text) => Some(text.text.clone()),
        value @ Value::Attrs(_) => match ev.select(&value, &Name::new_static("system")).ok()?? {
            Value::String(text) => Some(text.text.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// A platform as `lib.systems.elaborate` describes it, as far as its name tells.
fn platform(ev: &Evaluator, system: Option<&Thunk>) -> Option<Value> {
    let system = system_name(ev, system?)?;
    let (cpu, kernel) = system.split_once('-')?;
    let flag =
        |name: &'static str, value: bool| (Name::new_static(name), Entry::new(Thunk::value(Value::Bool(value)), None));
    let known = vec![
        (Name::new_static("system"), Entry::new(Thunk::value(Value::string(system.clone())), None)),
        flag("isLinux", kernel == "linux"),
        flag("isDarwin", kernel == "darwin"),
        flag("isMacOS", kernel == "darwin"),
        flag("isUnix", true),
        flag("isFreeBSD", kernel == "freebsd"),
        flag("isWindows", kernel == "windows"),
        flag("isx86_64", cpu == "x86_64"),
        flag("isx86_32", matches!(cpu, "i686" | "i586" | "i486" | "i386")),
        flag("isx86", matches!(cpu, "x86_64" | "i686" | "i586" | "i486" | "i386")),
        flag("isAarch64", cpu == "aarch64"),
        flag("isAarch32", cpu.starts_with("armv")),
        flag("isAarch", cpu == "aarch64" || cpu.starts_with("armv")),
        flag("isRiscV", cpu.starts_with("riscv")),
        flag("isRiscV64", cpu == "riscv64"),
        flag("is64bit", cpu.contains("64")),
        flag("is32bit", !cpu.contains("64")),
    ];
    Some(Value::attrs(Attrs::new(known).open(Unknown::new(Cause::Packages))))
}

/// What importing a file of an absent input gives: the classic ways to build a system.
pub(super) fn input_file(ev: &Evaluator, state: &Rc<State>, input: &str, path: &str) -> Option<Value> {
    let input = Name::new(input);
    let source = || Source::of(state.lock.as_deref(), &input, None);
    match path.trim_end_matches("/default.nix") {
        "nixos/lib/eval-config.nix" => Some(host::builder(state, HostKind::Nixos, &input)),
        "nixos" if !source().is("home-manager") => Some(host::configuration_builder(state, HostKind::Nixos, &input)),
        "eval-config.nix" | "nix-darwin/eval-config.nix" => Some(host::builder(state, HostKind::Darwin, &input)),
        "modules" if source().is("home-manager") => Some(host::configuration_builder(state, HostKind::Home, &input)),
        "lib" if has_lib(&source()) => lib(ev, state, &input).ok(),
        "flake.nix" => {
            let named = crate::repository::Input {
                name: input.clone(),
                origin: None,
                url: None,
                follows: None,
                is_flake: true,
                overrides: Vec::new(),
            };
            Some(super::fetched::flake_file(&input, crate::repository::inputs::absent(state, &named, None)))
        }
        "" | "pkgs/top-level" => Some(import_function(state, &input)),
        _ => None,
    }
}
