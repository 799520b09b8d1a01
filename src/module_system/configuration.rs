//! One configuration: modules evaluated together, as `lib.evalModules` does it.
//!
//! Everything is lazy. The module graph is collected when somebody asks for
//! modules, options or values; an option's value is merged when it is read.
//! Modules read `config` while they are being collected only lazily, so the
//! knot holds as it does in Nix.

use std::cell::{Cell, OnceCell};
use std::rc::{Rc, Weak};

use super::check;
use super::definitions::{Contribution, DefinitionNode};
use super::facts::ModuleSource;
use super::merge;
use super::modules::Graph;
use super::options::{DeclaredOption, OptionKind, OptionNode};
use crate::eval::{
    Attrs, Cause, Entry, ErrorKind, EvalError, Evaluator, Limit, Origin, Resolved, Result, Stop, Thunk, Unknown, Value,
};
use crate::hir::Name;

/// How far a path into `config` is followed. Nobody writes longer ones, but a
/// set of options that contains itself has them.
const MAX_PATH: usize = 256;

/// What a configuration is made of.
#[derive(Clone)]
pub struct Spec {
    /// The list of modules.
    pub modules: Thunk,
    /// `specialArgs`: arguments of all modules, also usable in `imports`.
    pub special_args: Rc<Attrs>,
    /// Arguments that modules of the framework provide through `_module.args` (`pkgs`).
    pub provided_args: Vec<(Name, Thunk)>,
    /// The class of modules that it takes (`nixos`, `darwin`, `homeManager`), if it asks for one.
    pub class: Option<Name>,
    /// Where the options hang in a larger tree (submodules).
    pub prefix: Vec<Name>,
    /// Whether options exist that no module of the repository declares: those
    /// of NixOS, Home Manager and so on.
    pub upstream: bool,
    /// Upstream options with one plain value, which modules may read back: `networking.hostName`.
    pub scalars: &'static [&'static str],
    /// Upstream options with a value unless the repository sets them.
    pub defaults: Vec<(Name, Thunk)>,
}

/// A configuration.
pub struct Configuration {
    pub spec: Spec,
    /// Identifies the configuration within its evaluator.
    pub number: u32,
    me: Weak<Configuration>,
    collecting: Cell<bool>,
    /// How often `pkgs` was needed while modules were collected.
    early: Cell<u32>,
    graph: OnceCell<Graph>,
    options: OnceCell<Rc<OptionNode>>,
    definitions: OnceCell<Rc<DefinitionNode>>,
    config: Thunk,
    /// `config` as modules see it: with `_module`, which the result of `evalModules` lacks.
    config_inside: Thunk,
    options_value: Thunk,
}

impl Configuration {
    /// A configuration that nobody has looked at yet.
    pub fn new(ev: &Evaluator, spec: Spec) -> Rc<Configuration> {
        let configuration = Rc::new_cyclic(|me: &Weak<Configuration>| {
            let (config_of, inside_of, options_of) = (me.clone(), me.clone(), me.clone());
            Configuration {
                spec,
                number: ev.number(),
                me: me.clone(),
                collecting: Cell::new(false),
                early: Cell::new(0),
                graph: OnceCell::new(),
                options: OnceCell::new(),
                definitions: OnceCell::new(),
                config: Thunk::native(move |ev| match config_of.upgrade() {
                    Some(configuration) => {
                        let inside = ev.force(&configuration.config_inside)?;
                        check::matched(ev, &configuration)?;
                        Ok(match inside {
                            Value::Attrs(attrs) => Value::attrs(attrs.without(|name| name == "_module")),
                            other => other,
                        })
                    }
                    None => Err(gone()),
                }),
                config_inside: Thunk::native(move |ev| match inside_of.upgrade() {
                    Some(configuration) => configuration.value_inside(ev),
                    None => Err(gone()),
                }),
                options_value: Thunk::native(move |ev| match options_of.upgrade() {
                    Some(configuration) => configuration.root_options(ev),
                    None => Err(gone()),
                }),
            }
        });
        // A definition may be `config` itself, or a set with it.
        ev.tie_thunk(&configuration.config);
        ev.tie_thunk(&configuration.config_inside);
        ev.tie_thunk(&configuration.options_value);
        // The closures above hold the configuration weakly; the evaluator keeps it.
        ev.hold(configuration.clone());
        configuration
    }

    /// The module graph. An error while it is being collected: a module's `imports` need what only the graph tells.
    pub fn graph(&self, ev: &Evaluator) -> Result<&Graph> {
        if let Some(graph) = self.graph.get() {
            return Ok(graph);
        }
        if self.collecting.replace(true) {
            return Err(needs_modules(Name::new_static("config")));
        }
        let graph = match self.me.upgrade() {
            Some(me) => Graph::collect(ev, &me, &self.spec.modules),
            None => return Err(gone()),
        };
        self.collecting.set(false);
        if self.spec.upstream
            || graph.modules.iter().any(|module| !module.failed && module.source.may_declare_anything())
        {
            ev.note_doubt();
        }
        Ok(self.graph.get_or_init(|| graph))
    }

    /// The option tree.
    pub fn options(&self, ev: &Evaluator) -> Result<Rc<OptionNode>> {
        if let Some(options) = self.options.get() {
            return Ok(options.clone());
        }
        let root = OptionNode::root(self.graph(ev)?);
        Ok(self.options.get_or_init(|| root).clone())
    }

    /// The tree of definitions.
    pub fn definitions(&self, ev: &Evaluator) -> Result<Rc<DefinitionNode>> {
        if let Some(definitions) = self.definitions.get() {
            return Ok(definitions.clone());
        }
        let root = self.definitions_of(ev, |_| true)?;
        Ok(self.definitions.get_or_init(|| root).clone())
    }

    /// The tree of what modules of the repository define. What modules of
    /// inputs define counts for values, but is nobody's to look at.
    pub(super) fn own_definitions(&self, ev: &Evaluator) -> Result<Rc<DefinitionNode>> {
        if self.graph(ev)?.modules.iter().any(|module| module.source.is_foreign()) {
            return self.definitions_of(ev, |source| !source.is_foreign());
        }
        self.definitions(ev)
    }

    fn definitions_of(&self, ev: &Evaluator, wanted: impl Fn(&ModuleSource) -> bool) -> Result<Rc<DefinitionNode>> {
        // The module that comes last speaks first (`reverseList` in `evalModules`).
        let modules = self.graph(ev)?.modules.iter().enumerate().rev();
        let contributions = modules.filter(|(_, loaded)| wanted(&loaded.source)).filter_map(|(module, loaded)| {
            let config = loaded.config.clone()?;
            let file = match (&loaded.file, &loaded.source) {
                (Some(file), _) => Some(file.clone()),
                (None, ModuleSource::File { path, .. }) => Some(path.clone()),
                (None, _) => None,
            };
            Some(Contribution { file, ..Contribution::plain(module, config, None, loaded.maybe) })
        });
        Ok(DefinitionNode::new(contributions.collect()))
    }

    /// `config`
    pub fn config(&self) -> Thunk {
        self.config.clone()
    }

    /// Whether anything asked for the value of `config` as modules see it.
    pub(super) fn was_read(&self) -> bool {
        self.config_inside.was_forced()
    }

    /// Whether the value of `config` is being computed.
    pub(super) fn is_being_read(&self) -> bool {
        self.config.is_busy() || self.config_inside.is_busy()
    }

    /// `options`
    pub fn options_value(&self) -> Thunk {
        self.options_value.clone()
    }

    /// How often `pkgs` was needed so far to find out which modules there are.
    pub(super) fn needed_early(&self) -> u32 {
        self.early.get()
    }

    /// Whether modules of flakewise's own, which stand for those of a framework, take part.
    pub(super) fn has_native_modules(&self, ev: &Evaluator) -> bool {
        let native = |source: &ModuleSource| matches!(source, ModuleSource::Native { .. });
        self.graph(ev).is_ok_and(|graph| graph.modules.iter().any(|module| native(&module.source)))
    }

    /// Whether options may exist that the repository does not declare.
    pub fn is_open(&self, ev: &Evaluator) -> bool {
        self.spec.upstream
            || self.graph(ev).is_ok_and(|graph| {
                let modules = graph.modules.iter().map(|module| &module.source);
                // Where a module is missing or fails, the configuration does.
                let fails = |source: &&ModuleSource| {
                    matches!(source, ModuleSource::Missing { .. } | ModuleSource::Unknown { fails: true, .. })
                };
                modules.filter(|source| !fails(source)).any(ModuleSource::may_declare_anything)
            })
    }

    /// The arguments that every module gets, less those of `_module.args`.
    pub(super) fn arguments(&self, _ev: &Evaluator) -> Result<Rc<Attrs>> {
        let special_args = Thunk::value(Value::Attrs(self.spec.special_args.clone()));
        let prefix = self.spec.prefix.iter().map(|name| Thunk::value(Value::string(name.clone())));
        let own = Attrs::new(vec![
            (Name::new_static("config"), Entry::new(self.config_inside.clone(), None)),
            (Name::new_static("options"), Entry::new(self.options_value(), None)),
            (Name::new_static("specialArgs"), Entry::new(special_args, None)),
            (Name::new_static("_class"), Entry::new(Thunk::value(self.class()), None)),
            (Name::new_static("_prefix"), Entry::new(Thunk::value(Value::list(prefix.collect())), None)),
        ]);
        Ok(Rc::new(own.update(&self.spec.special_args)))
    }

    /// `_class`
    pub(super) fn class(&self) -> Value {
        self.spec.class.clone().map_or(Value::Null, Value::string)
    }

    /// An argument from `_module.args`.
    pub(super) fn module_argument(&self, ev: &Evaluator, name: &Name) -> Result<Value> {
        if name == "extendModules"
            && let Some(me) = self.me.upgrade()
        {
            return Ok(me.extend_modules());
        }
        if name == "moduleType" {
            return self.type_value(ev);
        }
        let provided = self.spec.provided_args.iter().find(|(provided, _)| provided == name);
        let defined = match self.definitions(ev) {
            Ok(root) => self.module_args(ev, &root, name)?,
            // While the graph is being collected only what the framework itself provides can be told.
            Err(error) => match provided {
                Some((_, thunk)) => {
                    // Nix takes it from `config._module.args`, which needs all modules.
                    if name == "pkgs" && self.spec.upstream && !ev.speculates() {
                        self.early.set(self.early.get() + 1);
                    }
                    return ev.force(thunk);
                }
                None => {
                    return Err(match error {
                        // `config` is only the way on which the argument comes.
                        Stop::Error(error) if matches!(error.kind, ErrorKind::NeedsModules { .. }) => {
                            needs_modules(name.clone())
                        }
                        error => error,
                    });
                }
            },
        };
        if let Some(value) = defined {
            return Ok(value);
        }
        if let Some((_, thunk)) = provided {
            return ev.force(thunk);
        }
        if self.is_open(ev) {
            return Ok(Value::Unknown(Unknown::new(Cause::Argument(name.clone()))));
        }
        Err(EvalError::stop(
            ErrorKind::Missing { name: name.clone() },
            format!("module argument {name} is not passed to this configuration"),
        ))
    }

    fn module_args(&self, ev: &Evaluator, root: &Rc<DefinitionNode>, name: &Name) -> Result<Option<Value>> {
        let node = root.child(ev, "_module").child(ev, "args").child(ev, name);
        if node.is_empty(ev) {
            return Ok(None);
        }
        merge::upstream_value(ev, &node, &format!("_module.args.{name}")).map(Some)
    }

    /// Whether an argument of modules is known to exist: `Some(false)` when it certainly is missing.
    pub fn has_argument(&self, ev: &Evaluator, name: &str) -> Option<bool> {
        if matches!(
            name,
            "config" | "options" | "lib" | "specialArgs" | "_prefix" | "_class" | "moduleType" | "extendModules"
        ) || self.spec.special_args.get(name).is_some()
            || self.spec.provided_args.iter().any(|(provided, _)| provided == name)
        {
            return Some(true);
        }
        let root = self.definitions(ev).ok()?;
        let args = root.child(ev, "_module").child(ev, "args");
        if !args.child(ev, name).is_empty(ev) {
            return Some(true);
        }
        if self.spec.special_args.rest.is_some() || args.is_open(ev) {
            return None;
        }
        Some(false)
    }

    /// The names of all arguments that modules can ask for, sorted.
    pub fn argument_names(&self, ev: &Evaluator) -> Vec<Name> {
        let mut names: Vec<Name> = ["config", "options", "lib"].into_iter().map(Name::new_static).collect();
        names.extend(self.spec.special_args.iter().map(|(name, _)| name.clone()));
        names.extend(self.spec.provided_args.iter().map(|(name, _)| name.clone()));
        if let Ok(root) = self.definitions(ev) {
            names.extend(root.child(ev, "_module").child(ev, "args").names(ev));
        }
        names.sort();
        names.dedup();
        names
    }

    /// The arguments that the configuration is given, with the places that give
    /// them and their values: `specialArgs` gives each once, `_module.args` may several times.
    pub fn given_arguments(&self, ev: &Evaluator) -> Vec<(Name, Option<Origin>, Thunk)> {
        let special = self.spec.special_args.iter();
        let special =
            special.map(|(name, entry)| (name.clone(), entry.origin.or(entry.value.origin()), entry.value.clone()));
        let mut given: Vec<_> = special.collect();
        if let Ok(root) = self.definitions(ev) {
            let arguments = root.child(ev, "_module").child(ev, "args");
            for name in arguments.names(ev) {
                let parts = arguments.child(ev, &name).expanded(ev);
                given.extend(parts.iter().map(|part| (name.clone(), part.origin, part.value.clone())));
            }
        }
        given
    }

    fn root_value(&self, ev: &Evaluator) -> Result<Value> {
        let options = self.options(ev)?;
        let definitions = self.definitions(ev)?;
        self.value_at(ev, Vec::new(), &options, &definitions)
    }

    fn value_inside(&self, ev: &Evaluator) -> Result<Value> {
        let value = self.root_value(ev)?;
        let Value::Attrs(attrs) = value else { return Ok(value) };
        if attrs.get("_module").is_some() {
            return Ok(Value::Attrs(attrs));
        }
        let module = Attrs::of([("_module", self.module_value())]);
        Ok(Value::attrs(attrs.update(&module)))
    }

    /// `config._module.args`: what modules define there and what is provided besides, each as modules get it.
    fn args_value(&self, ev: &Evaluator) -> Result<Value> {
        let args = self.definitions(ev)?.child(ev, "_module").child(ev, "args");
        let mut names: Vec<Name> = self.spec.provided_args.iter().map(|(name, _)| name.clone()).collect();
        names.extend(args.names(ev));
        let entries = names.into_iter().map(|name| {
            let (weak, wanted) = (self.me.clone(), name.clone());
            let value = Thunk::native(move |ev| match weak.upgrade() {
                Some(me) => me.module_argument(ev, &wanted),
                None => Err(gone()),
            });
            (name, Entry::new(value, None))
        });
        let attrs = Attrs::new(entries.collect());
        let open = self.is_open(ev) || args.is_open(ev);
        Ok(Value::attrs(if open { attrs.open(self.unknown("_module.args")) } else { attrs }))
    }

    /// The value of `config` at a path: merged where an option is declared, a
    /// set of such values above, and what can be said of undeclared paths.
    fn value_at(
        &self,
        ev: &Evaluator,
        path: Vec<Name>,
        options: &Rc<OptionNode>,
        definitions: &Rc<DefinitionNode>,
    ) -> Result<Value> {
        if path.len() > MAX_PATH {
            return Ok(Value::Unknown(Unknown::new(Cause::Limit(Limit::Depth))));
        }
        let children = match options.kind(ev)? {
            OptionKind::Option(option) => {
                return merge::option_value(ev, self, &self.full_path(&path), option, definitions);
            }
            OptionKind::Set(children) => children,
        };
        check::expected_option(&path, children)?;
        let mut entries = Vec::with_capacity(children.children.len());
        for (name, child) in &children.children {
            let (weak, child, definitions) = (self.me.clone(), child.clone(), definitions.clone());
            let mut inner = path.clone();
            inner.push(name.clone());
            let child_name = name.clone();
            let value = Thunk::native(move |ev| match weak.upgrade() {
                Some(me) => me.value_at(ev, inner, &child, &definitions.child(ev, &child_name)),
                None => Err(gone()),
            });
            entries.push((name.clone(), Entry::new(value, None)));
        }
        let attrs = Attrs::new(entries);
        let freeform = if path.is_empty() { self.freeform(ev)? } else { None };
        if let Some(element) = freeform {
            return self.with_freeform(ev, attrs, &element);
        }
        let open = self.is_open(ev) || children.open.is_some();
        Ok(Value::attrs(if open { self.open_set(path, attrs, definitions) } else { attrs }))
    }

    /// A set of which upstream declares further options.
    fn open_set(&self, path: Vec<Name>, attrs: Attrs, definitions: &Rc<DefinitionNode>) -> Attrs {
        let joined = path.join(".");
        let unknown = self.unknown(&joined);
        let (weak, definitions) = (self.me.clone(), definitions.clone());
        attrs.open_resolving(unknown, move |ev, name| {
            let me = weak.upgrade()?;
            let mut inner = path.clone();
            inner.push(name.clone());
            me.upstream_value(ev, inner, &definitions.child(ev, name))
        })
    }

    /// What is known of an option that only upstream declares.
    fn upstream_value(&self, ev: &Evaluator, path: Vec<Name>, definitions: &Rc<DefinitionNode>) -> Option<Resolved> {
        let joined = path.join(".");
        let certain = |value| Some(Resolved { value, maybe: false });
        if self.spec.scalars.contains(&joined.as_str()) {
            if !definitions.is_empty(ev) {
                let value = merge::upstream_value(ev, definitions, &joined).ok()?;
                return applied(ev, &joined, value).ok().and_then(certain);
            }
            let default = self.spec.defaults.iter().find(|(name, _)| *name == joined);
            return default.and_then(|(_, thunk)| ev.force(thunk).ok()).and_then(certain);
        }
        let prefix = format!("{joined}.");
        if self.spec.scalars.iter().any(|scalar| scalar.starts_with(&prefix)) {
            return certain(Value::attrs(self.open_set(path, Attrs::default(), definitions)));
        }
        if path.len() == 3
            && path.first().is_some_and(|first| first == "lib")
            && let Some(value) = merge::of_lib(ev, definitions)
        {
            return certain(value);
        }
        let unknown = self.unknown(&joined);
        // What is only said under conditions may not be there at all: nobody knows whether it is an option of
        // upstream, or an attribute of one, which is there if somebody sets it.
        let said = merge::said(ev, definitions);
        let maybe = !merge::is_said(&said);
        let value = if merge::is_plain_set(ev, &said) {
            Value::attrs(self.open_set(path, Attrs::default(), definitions))
        } else {
            merge::lower_bound(ev, &said, &unknown).unwrap_or(Value::Unknown(unknown))
        };
        Some(Resolved { value, maybe })
    }

    /// `_module` of the result of `evalModules`.
    pub fn module_value(&self) -> Value {
        let weak = self.me.clone();
        let freeform = Thunk::native(move |ev| match weak.upgrade() {
            Some(me) => Ok(me.freeform(ev)?.unwrap_or(Value::Null)),
            None => Err(gone()),
        });
        let special_args = Thunk::value(Value::Attrs(self.spec.special_args.clone()));
        let weak = self.me.clone();
        let args = Thunk::native(move |ev| match weak.upgrade() {
            Some(me) => me.args_value(ev),
            None => Err(gone()),
        });
        let known = Attrs::new(vec![
            (Name::new_static("args"), Entry::new(args, None)),
            (Name::new_static("freeformType"), Entry::new(freeform, None)),
            (Name::new_static("specialArgs"), Entry::new(special_args, None)),
        ]);
        Value::attrs(known.open(self.unknown("_module")))
    }

    /// The freeform type, if modules have one: `freeformType` or `_module.freeformType`.
    pub(super) fn freeform(&self, ev: &Evaluator) -> Result<Option<Value>> {
        let mut contributions: Vec<Contribution> = Vec::new();
        for (module, loaded) in self.graph(ev)?.modules.iter().enumerate().rev() {
            if let Some(freeform) = &loaded.freeform {
                contributions.push(Contribution::plain(module, freeform.clone(), None, loaded.maybe));
            }
        }
        let set = self.definitions(ev)?.child(ev, "_module").child(ev, "freeformType");
        contributions.extend(set.contributions().iter().cloned());
        merge::freeform_type(ev, &DefinitionNode::new(contributions))
    }

    /// Merges what no option takes, and the options over it.
    fn with_freeform(&self, ev: &Evaluator, attrs: Attrs, freeform: &Value) -> Result<Value> {
        let (options, definitions) = (self.options(ev)?, self.definitions(ev)?);
        let mut rest = Vec::new();
        check::unmatched(ev, &options, &definitions, &mut Vec::new(), &mut rest)?;
        let contributions = rest.into_iter().map(check::Unmatched::at_root).collect::<Vec<_>>();
        if contributions.is_empty() {
            return Ok(Value::attrs(attrs));
        }
        match merge::merge_freeform(ev, &self.spec.prefix, freeform, &contributions)? {
            Value::Attrs(rest) => update_deeply(ev, &rest, &attrs, 0),
            Value::Unknown(unknown) => Ok(Value::attrs(attrs.open(unknown))),
            _ => Ok(Value::attrs(attrs)),
        }
    }

    /// The unknown that stands for an option of this configuration.
    pub(super) fn unknown(&self, path: &str) -> Rc<Unknown> {
        Unknown::new(Cause::Config { configuration: self.number, path: Name::new(path) })
    }

    /// A path of this configuration in the tree that it hangs in.
    pub(super) fn full_path(&self, path: &[Name]) -> Vec<Name> {
        let mut full = self.spec.prefix.clone();
        full.extend(path.iter().cloned());
        full
    }

    /// `options.….declarations`
    fn declaring_files(&self, ev: &Evaluator, option: &DeclaredOption) -> Value {
        let files = option.declarations.iter().rev().map(|(module, _)| {
            let file = self.graph(ev).ok().and_then(|graph| graph.modules.get(*module)?.file.clone());
            Thunk::value(match file {
                Some(file) => Value::string(file),
                None => Value::Unknown(Unknown::new(Cause::Builtin("evalModules"))),
            })
        });
        Value::list(files.collect())
    }

    fn root_options(&self, ev: &Evaluator) -> Result<Value> {
        let options = self.options(ev)?;
        let value = self.options_at(ev, Vec::new(), &options)?;
        let Value::Attrs(attrs) = value else { return Ok(value) };
        if attrs.get("_module").is_some() {
            return Ok(Value::Attrs(attrs));
        }
        let own = Attrs::of([("_module", Value::Unknown(self.unknown("options._module")))]);
        Ok(Value::attrs(attrs.update(&own)))
    }

    /// The value of `options` at a path.
    fn options_at(&self, ev: &Evaluator, path: Vec<Name>, options: &Rc<OptionNode>) -> Result<Value> {
        if path.len() > MAX_PATH {
            return Ok(Value::Unknown(Unknown::new(Cause::Limit(Limit::Depth))));
        }
        let children = match options.kind(ev)? {
            OptionKind::Option(option) => {
                let (weak, at) = (self.me.clone(), path.clone());
                let value = Thunk::native(move |ev| match weak.upgrade() {
                    Some(me) => {
                        let config = ev.force(&me.config_inside)?;
                        let names: Vec<&str> = at.iter().map(Name::as_str).collect();
                        ev.select_path(&config, &names)?.ok_or_else(gone)
                    }
                    None => Err(gone()),
                });
                // Lazily: modules that rename options look at these while definitions are still being made.
                let told = |tell: fn(&merge::InForce) -> Value| {
                    let (weak, at, child) = (self.me.clone(), path.clone(), options.clone());
                    Thunk::native(move |ev| match (weak.upgrade(), child.kind(ev)?) {
                        (Some(me), OptionKind::Option(option)) => {
                            let root = me.definitions(ev)?;
                            let node = at.iter().fold(root, |node, name| node.child(ev, name));
                            Ok(tell(&merge::in_force(ev, &me.full_path(&at), option, &node)?))
                        }
                        _ => Err(gone()),
                    })
                };
                let declared = self.declaring_files(ev, option);
                let child = options.clone();
                let ty = Thunk::native(move |ev| match child.kind(ev)? {
                    OptionKind::Option(option) => match option.merged_type(ev) {
                        Ok(ty) => Ok(ty.unwrap_or(Value::Null)),
                        Err(()) => Err(EvalError::stop(ErrorKind::Other, "the option is declared several times")),
                    },
                    OptionKind::Set(_) => Err(gone()),
                });
                let loc = self.full_path(&path).into_iter().map(|name| Thunk::value(Value::string(name)));
                let entry = |name: &'static str, thunk: Thunk| (Name::new_static(name), Entry::new(thunk, None));
                let mut extra = vec![
                    entry("value", value),
                    entry("isDefined", told(merge::InForce::is_defined)),
                    entry("definitions", told(merge::InForce::definitions)),
                    entry("files", told(merge::InForce::files)),
                    entry("definitionsWithLocations", told(merge::InForce::located)),
                    entry("highestPrio", told(merge::InForce::priority)),
                    entry("declarations", Thunk::value(declared)),
                    entry("loc", Thunk::value(Value::list(loc.collect()))),
                ];
                if option.attrs.get("type").is_some() {
                    extra.push(entry("type", ty));
                }
                let extra = Attrs::new(extra);
                let unknown = self.unknown(&path.join("."));
                return Ok(Value::attrs(option.attrs.update(&extra).open(unknown)));
            }
            OptionKind::Set(children) => children,
        };
        let entries = children.children.iter().map(|(name, child)| {
            let (weak, child) = (self.me.clone(), child.clone());
            let mut inner = path.clone();
            inner.push(name.clone());
            let value = Thunk::native(move |ev| match weak.upgrade() {
                Some(me) => me.options_at(ev, inner, &child),
                None => Err(gone()),
            });
            (name.clone(), Entry::new(value, None))
        });
        let attrs = Attrs::new(entries.collect());
        let open = self.is_open(ev) || children.open.is_some();
        let unknown = || self.unknown(&format!("options.{}", path.join(".")));
        Ok(Value::attrs(if open { attrs.open(unknown()) } else { attrs }))
    }
}

/// What an option of upstream makes of its value before others read it (`apply`).
fn applied(ev: &Evaluator, option: &str, value: Value) -> Result<Value> {
    match (option, &value) {
        // nixpkgs' `nixos/modules/misc/nixpkgs.nix`
        ("nixpkgs.hostPlatform", Value::String(_)) => match ev.select_path(&ev.lib()?, &["systems", "elaborate"])? {
            Some(elaborate) => ev.call(&elaborate, Thunk::value(value)),
            None => Ok(value),
        },
        _ => Ok(value),
    }
}

/// `lib.recursiveUpdate` of what freeform modules say by what options say. Only sets of options are looked into.
fn update_deeply(ev: &Evaluator, rest: &Attrs, declared: &Attrs, depth: usize) -> Result<Value> {
    let mut over = Vec::new();
    for (name, entry) in declared.iter() {
        let (Some(below), true) = (rest.get(name), depth < MAX_PATH) else {
            over.push((name.clone(), entry.clone()));
            continue;
        };
        let (below, above) = (below.value.clone(), entry.value.clone());
        let value = Thunk::native(move |ev| match (ev.force(&below)?, ev.force(&above)?) {
            (Value::Attrs(below), Value::Attrs(above)) => update_deeply(ev, &below, &above, depth + 1),
            (_, above) => Ok(above),
        });
        over.push((name.clone(), Entry { value, ..entry.clone() }));
    }
    ev.step(over.len() as u64)?;
    let mut over = Attrs::new(over);
    over.rest = declared.rest.clone();
    Ok(Value::attrs(rest.update(&over)))
}

/// The error of imports that need an argument which only all modules tell.
fn needs_modules(argument: Name) -> Stop {
    let message = format!("infinite recursion: imports cannot depend on {argument}");
    EvalError::stop(ErrorKind::NeedsModules { argument }, message)
}

fn gone() -> Stop {
    Stop::Unknown(Unknown::new(Cause::Builtin("evalModules")))
}
