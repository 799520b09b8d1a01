//! From a list of modules to the module graph, as `lib.modules.collectModules` does it.

use std::collections::VecDeque;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::configuration::Configuration;
use super::facts::{ModuleSource, ProblemKind};
use super::problems::{failed_source, missing_in_input, problem_kind, source_of_unknown, unknown_source};
use crate::eval::{
    Attrs, Cause, Entry, ErrorKind, EvalError, Evaluator, Limit, Origin, Result, Site, Stop, Thunk, Unknown, Value,
    call_builtin,
};
use crate::hir::{Expr, Name, Param};

/// The modules of a configuration in import order.
pub struct Graph {
    pub modules: Vec<LoadedModule>,
    pub problems: Vec<GraphProblem>,
}

/// A problem that came up while modules were collected.
pub struct GraphProblem {
    pub kind: ProblemKind,
    pub message: String,
    /// The module whose import it is; `None` in the host's own list.
    pub module: Option<usize>,
    pub origin: Option<Origin>,
    /// The error itself, where an expression fails.
    pub error: Option<Rc<EvalError>>,
}

/// A module with its parts.
pub struct LoadedModule {
    pub source: ModuleSource,
    pub importer: Option<usize>,
    pub import_site: Option<Origin>,
    pub imports: Vec<usize>,
    pub import_sites: Vec<Option<Origin>>,
    pub arguments: Vec<(Name, Option<Origin>)>,
    pub maybe: bool,
    /// See [`Module::says_to_be`](super::facts::Module::says_to_be).
    pub says_to_be: Option<Name>,
    pub options: Option<Thunk>,
    pub options_origin: Option<Origin>,
    pub config: Option<Thunk>,
    pub freeform: Option<Thunk>,
    /// The file that an inline module stands in, where that is known (`_file`).
    pub(super) file: Option<Name>,
    disabled: Vec<Name>,
    key: Name,
    /// Whether it stands for what fails: Nix refuses the configuration, and nobody declares anything there.
    pub(super) failed: bool,
}

/// A module that waits for being loaded.
struct Pending {
    value: Thunk,
    importer: Option<usize>,
    site: Option<Origin>,
    /// The file that a module without one of its own stands in.
    file: Option<Name>,
    parent_key: Name,
    position: usize,
    maybe: bool,
}

/// No configuration of anybody has more modules; an import bomb has.
const MAX_MODULES: usize = 20_000;

/// The length of a key up to which what a module imports is followed. The key
/// of a module in a list is made of that of the module around it, so a set that
/// imports itself has longer and longer ones.
const MAX_KEY: usize = 4096;

impl Graph {
    /// Loads `modules` and everything that they import.
    pub(super) fn collect(ev: &Evaluator, configuration: &Rc<Configuration>, modules: &Thunk) -> Graph {
        let mut collector = Collector {
            ev,
            configuration,
            graph: Graph { modules: Vec::new(), problems: Vec::new() },
            keys: FxHashMap::default(),
            queue: VecDeque::new(),
        };
        collector.enqueue(&Pending::whole_list(modules, None, None), modules);
        let mut endless = false;
        while let Some(pending) = collector.queue.pop_front() {
            let graph = &mut collector.graph;
            if graph.modules.len() >= MAX_MODULES {
                let unknown = Unknown::new(Cause::Limit(Limit::Size));
                graph.push(&pending, unknown_source(&unknown));
                break;
            }
            if let Err(stop) = ev.step(1) {
                graph.push(&pending, unknown_source(&stop.into_unknown()));
                break;
            }
            if pending.parent_key.len() > MAX_KEY {
                let unknown = Unknown::new(Cause::Limit(Limit::Depth));
                graph.push(&pending, unknown_source(&unknown));
                if !std::mem::replace(&mut endless, true) {
                    graph.endless(&pending);
                }
                continue;
            }
            collector.load(pending);
        }
        let mut graph = collector.graph;
        graph.drop_disabled();
        graph
    }

    fn push(&mut self, pending: &Pending, source: ModuleSource) -> usize {
        let index = self.modules.len();
        if let Some(importer) = pending.importer.and_then(|importer| self.modules.get_mut(importer)) {
            importer.imports.push(index);
            importer.import_sites.push(pending.site);
        }
        self.modules.push(LoadedModule {
            source,
            importer: pending.importer,
            import_site: pending.site,
            imports: Vec::new(),
            import_sites: Vec::new(),
            arguments: Vec::new(),
            maybe: pending.maybe,
            says_to_be: None,
            options: None,
            options_origin: None,
            config: None,
            freeform: None,
            file: None,
            disabled: Vec::new(),
            key: Name::new_static(""),
            failed: false,
        });
        index
    }

    /// A module of which only the reason is known why nothing else is.
    fn push_unknown(&mut self, pending: &Pending, unknown: &Rc<Unknown>) -> usize {
        let source = match self.input_around(pending) {
            Some(input) => ModuleSource::WithinInput { input, what: unknown.to_string(), at_hand: false },
            None => source_of_unknown(unknown),
        };
        self.push(pending, source)
    }

    /// The input whose module imports this one.
    fn input_around(&self, pending: &Pending) -> Option<Name> {
        match &self.modules.get(pending.importer?)?.source {
            ModuleSource::Input { input, .. } | ModuleSource::WithinInput { input, .. } => Some(input.clone()),
            _ => None,
        }
    }

    /// Says that a module is imported by value within itself, which Nix follows until its stack is full: a value has no
    /// key by which it would be known again, as a path has.
    fn endless(&mut self, pending: &Pending) {
        if pending.maybe || self.input_around(pending).is_some() {
            return;
        }
        self.problems.push(GraphProblem {
            kind: ProblemKind::Other,
            message: "infinite recursion: this imports, by value, a module that imports this again; import paths"
                .to_string(),
            module: pending.importer,
            origin: pending.site,
            error: None,
        });
    }

    /// `reads_config`: whether these modules are collected because somebody reads `config`.
    fn problem(&mut self, ev: &Evaluator, pending: &Pending, stop: Stop, reads_config: bool) {
        // The source that is at hand may be another version than the one that is used.
        if let Stop::Error(error) = &stop
            && self.input_around(pending).is_none()
            && let Some(source) = missing_in_input(ev, error)
        {
            self.push(pending, source);
            return;
        }
        match stop {
            Stop::Unknown(unknown) => {
                self.push_unknown(pending, &unknown);
            }
            // What goes wrong inside of an input is nobody's to mend here, and may be flakewise's own lack.
            Stop::Error(error) if self.input_around(pending).is_some() => {
                self.push_unknown(pending, &Unknown::new(Cause::Error(Name::new(&error.message))));
            }
            Stop::Error(error) => {
                let kind = problem_kind(&error, reads_config);
                if let ProblemKind::MissingFile { path } = &kind {
                    self.push(pending, ModuleSource::Missing { path: path.clone() });
                } else {
                    self.push_failed(pending, &error);
                }
                // What a condition that was not decided may leave out is no problem for certain.
                if pending.maybe {
                    return;
                }
                // What is wrong with imports that need what they make is the whole of them.
                let origin = match kind {
                    ProblemKind::ImportsNeed { .. } => pending.site.or(error.origin),
                    _ => error.origin.or(pending.site),
                };
                self.problems.push(GraphProblem {
                    kind,
                    message: error.message.clone(),
                    module: pending.importer,
                    origin,
                    error: Some(error),
                });
            }
        }
    }

    /// What stands for modules that fail, unless a condition may leave them out.
    fn push_failed(&mut self, pending: &Pending, error: &EvalError) {
        let index = self.push(pending, failed_source(error));
        if let Some(module) = self.modules.get_mut(index).filter(|module| !module.maybe) {
            module.failed = true;
        }
    }

    /// A module that fails as a whole: what it imports is not known.
    fn problem_in(&mut self, module: usize, pending: Pending, error: &Rc<EvalError>, reads_config: bool) {
        let kind = match problem_kind(error, reads_config) {
            ProblemKind::ImportsNeed { argument } if argument == "config" => ProblemKind::ConfigNeedsItself,
            kind => kind,
        };
        self.problems.push(GraphProblem {
            kind: kind.clone(),
            message: error.message.clone(),
            module: Some(module),
            origin: error.origin.or(pending.site),
            error: Some(error.clone()),
        });
        if matches!(kind, ProblemKind::Other | ProblemKind::ConfigNeedsItself | ProblemKind::ImportsNeed { .. }) {
            self.push_failed(&Pending { importer: Some(module), ..pending }, error);
        }
    }

    /// A module that Nix refuses although all that it says is known.
    fn refused(&mut self, module: usize, message: String, site: Option<Origin>) {
        let maybe = self.modules.get(module).is_some_and(|module| module.maybe);
        if !maybe {
            let kind = ProblemKind::Other;
            self.problems.push(GraphProblem { kind, message, module: Some(module), origin: site, error: None });
        }
    }

    /// `disabledModules`: the modules named there lose their content, and so does what only they import.
    fn drop_disabled(&mut self) {
        let disabled: Vec<Name> = self.modules.iter().flat_map(|module| module.disabled.iter().cloned()).collect();
        if disabled.is_empty() {
            return;
        }
        let named = |module: &LoadedModule| !module.key.is_empty() && disabled.contains(&module.key);
        let mut reached = vec![false; self.modules.len()];
        let mut queue: Vec<usize> = (0..self.modules.len())
            .filter(|index| self.modules.get(*index).is_some_and(|module| module.importer.is_none()))
            .collect();
        while let Some(index) = queue.pop() {
            let Some(module) = self.modules.get(index).filter(|module| !named(module)) else { continue };
            if let Some(reached) = reached.get_mut(index).filter(|reached| !**reached) {
                *reached = true;
                queue.extend(module.imports.iter().copied());
            }
        }
        for (module, reached) in self.modules.iter_mut().zip(reached) {
            if !reached {
                module.options = None;
                module.config = None;
                module.freeform = None;
                module.source = ModuleSource::Native { name: Name::new_static("disabled") };
            }
        }
    }
}

impl Pending {
    /// The element of a list of modules that is no module: it stands in for the list.
    fn whole_list(list: &Thunk, importer: Option<usize>, site: Option<Origin>) -> Pending {
        Pending {
            value: list.clone(),
            importer,
            site,
            file: None,
            parent_key: Name::new_static(""),
            position: 0,
            maybe: false,
        }
    }
}

/// The modules that were found so far, and what leads to the next ones.
struct Collector<'e> {
    ev: &'e Evaluator,
    configuration: &'e Rc<Configuration>,
    graph: Graph,
    /// The index of each module by its key.
    keys: FxHashMap<Name, usize>,
    queue: VecDeque<Pending>,
}

impl Collector<'_> {
    fn problem(&mut self, pending: &Pending, stop: Stop) {
        let reads_config = self.configuration.is_being_read();
        self.graph.problem(self.ev, pending, stop, reads_config);
    }

    fn problem_in(&mut self, module: usize, pending: Pending, error: &Rc<EvalError>) {
        let reads_config = self.configuration.is_being_read();
        self.graph.problem_in(module, pending, error, reads_config);
    }

    /// Puts the elements of a list of modules in the queue.
    fn enqueue(&mut self, parent: &Pending, list: &Thunk) {
        let whole = Pending::whole_list(list, parent.importer, parent.site);
        let before = self.configuration.needed_early();
        let forced = self.ev.force(list);
        self.note_early(before, &whole);
        match forced {
            Ok(Value::List(items)) => {
                for (position, item) in items.items.iter().enumerate() {
                    self.queue.push_back(Pending {
                        value: item.clone(),
                        importer: parent.importer,
                        site: item.origin().or(parent.site),
                        file: parent.file.clone(),
                        parent_key: parent.parent_key.clone(),
                        position,
                        maybe: parent.maybe || !items.is_certain(position),
                    });
                }
                if let Some(others) = items.others() {
                    self.graph.push_unknown(&whole, others);
                }
            }
            Ok(Value::Unknown(unknown)) => {
                self.graph.push_unknown(&whole, &unknown);
            }
            Ok(other) => self.problem(&whole, self.ev.type_error("a list of modules", &other)),
            Err(stop) => self.problem(&whole, stop),
        }
    }

    /// Notes that `pkgs` was needed for imports since there were `before` needs.
    fn note_early(&mut self, before: u32, pending: &Pending) {
        if self.configuration.needed_early() == before || pending.maybe {
            return;
        }
        self.graph.problems.push(GraphProblem {
            message: "pkgs is needed to find out which modules there are".to_string(),
            kind: ProblemKind::ImportsNeed { argument: Name::new_static("pkgs") },
            module: pending.importer,
            origin: pending.site,
            error: None,
        });
    }

    fn load(&mut self, pending: Pending) {
        let before = self.configuration.needed_early();
        let forced = self.ev.force(&pending.value);
        self.note_early(before, &pending);
        let value = match forced {
            Ok(value) => value,
            Err(stop) => return self.problem(&pending, stop),
        };
        match &value {
            Value::Unknown(unknown) => {
                let source = source_of_unknown(unknown);
                // The same module of an input that several modules import is one module.
                if let ModuleSource::Input { input, attr, .. } = &source {
                    let key = Name::from(format!("<{input}>{attr}"));
                    if let Some(index) = self.keys.get(&key) {
                        self.note_import(&pending, *index);
                        return;
                    }
                    self.keys.insert(key, self.graph.modules.len());
                }
                self.graph.push_unknown(&pending, unknown);
            }
            Value::Path(_) | Value::String(_) => self.load_file(pending, &value),
            _ => {
                let key = Name::from(format!("{}:anon-{}", pending.parent_key, pending.position));
                let foreign = self.foreign(&pending, &value, None, true);
                self.load_value(pending, Loaded { value, key, path: None, foreign });
            }
        }
    }

    fn note_import(&mut self, pending: &Pending, index: usize) {
        if let Some(importer) = pending.importer.and_then(|importer| self.graph.modules.get_mut(importer))
            && !importer.imports.contains(&index)
        {
            importer.imports.push(index);
            importer.import_sites.push(pending.site);
        }
        if let Some(module) = self.graph.modules.get_mut(index) {
            module.maybe &= pending.maybe;
        }
    }

    fn load_file(&mut self, pending: Pending, value: &Value) {
        let path = match self.ev.coerce_to_path(value) {
            Ok(path) => path,
            Err(stop) => return self.problem(&pending, stop),
        };
        if let Some(index) = self.keys.get(&path) {
            return self.note_import(&pending, *index);
        }
        let file = match self.ev.import_path(&path) {
            Ok(file) => file,
            Err(stop) => return self.problem(&pending, stop),
        };
        let module = match self.ev.import(&file) {
            Ok(module) => module,
            Err(Stop::Error(error)) => {
                // The file is part of the graph, whatever is wrong with it.
                let source = self.foreign(&pending, value, Some(&file), false);
                let foreign = source.is_some();
                let index = self.graph.push(&pending, source.unwrap_or_else(|| file_source(self.ev, &file)));
                self.keys.insert(path, index);
                if foreign {
                    return;
                }
                return self.problem_in(index, pending, &error);
            }
            Err(stop) => return self.problem(&pending, stop),
        };
        let foreign = self.foreign(&pending, value, Some(&file), true);
        self.load_value(pending, Loaded { value: module, key: path, path: Some(file), foreign });
    }

    /// What a module of an input is, that is not the repository's: by the name
    /// under which the input exports it, or by its place in the input's source.
    fn foreign(&self, pending: &Pending, value: &Value, file: Option<&Name>, at_hand: bool) -> Option<ModuleSource> {
        let place = match (file, value) {
            (Some(file), _) => Some(file.clone()),
            (None, Value::Lambda(closure)) => closure.code.foreign.then(|| closure.code.path.clone()),
            // A set with nothing but imports wraps modules; whose they are is seen in them.
            (None, Value::Attrs(attrs)) => {
                let content = attrs.iter().find(|(name, entry)| !is_module_key(name) && entry.origin.is_some());
                let origin = content.and_then(|(_, entry)| entry.origin);
                origin.and_then(|origin| Some(self.ev.code_of(origin.file)?.path.clone()))
            }
            _ => None,
        };
        let named_in_repository = file.is_none() && pending.site.is_some();
        let place = place.filter(|place| !(named_in_repository && self.ev.is_library(place)));
        let place = place.and_then(|place| self.ev.source_of(&place));
        let name = self.ev.input_value_name(value);
        let (input, what) = name.clone().or(place)?;
        // Nobody of the repository named what a function of an input put there.
        let named = pending.importer.is_some() || pending.site.is_some() || name.is_some();
        if !named || self.graph.input_around(pending).is_some() {
            return Some(ModuleSource::WithinInput { input, what: what.to_string(), at_hand });
        }
        Some(ModuleSource::Input { input, attr: what.to_string(), at_hand })
    }

    /// A module value taken apart, as `lib.modules.unifyModuleSyntax` does it.
    fn load_value(&mut self, pending: Pending, loaded: Loaded) {
        let value = loaded.value;
        let function_origin = match &value {
            Value::Lambda(closure) => closure.code.expr(closure.expr).map(|origin| (closure.code.path.clone(), origin)),
            _ => None,
        };
        let mut arguments = Vec::new();
        let mut applied = match apply_arguments(self.ev, self.configuration, &value, &mut arguments) {
            Ok(applied) => applied,
            Err(Stop::Unknown(unknown)) => Value::Unknown(unknown),
            Err(Stop::Error(error)) => {
                if let Some(source) = loaded.foreign {
                    let index = self.graph.push(&pending, without_content(source));
                    self.keys.insert(loaded.key, index);
                    return;
                }
                let source = match &loaded.path {
                    Some(path) => file_source(self.ev, path),
                    None => inline_source(self.ev, &pending, function_origin.clone(), None),
                };
                let index = self.graph.push(&pending, source);
                self.keys.insert(loaded.key, index);
                if let Some(module) = self.graph.modules.get_mut(index) {
                    module.arguments = arguments;
                }
                return self.problem_in(index, pending, &error);
            }
        };
        // A file may hold another path, or a function that gives a function: Nix refuses both, except through `import`.
        if let (Value::Unknown(_), Some(source)) = (&applied, &loaded.foreign) {
            let index = self.graph.push(&pending, without_content(source.clone()));
            self.keys.insert(loaded.key, index);
            return;
        }
        if let Value::Unknown(unknown) = &applied {
            let source = match &loaded.path {
                Some(path) => file_source(self.ev, path),
                None => source_of_unknown(unknown),
            };
            let index = self.graph.push(&pending, source);
            self.keys.insert(loaded.key, index);
            if loaded.path.is_some() {
                let inner = Pending { importer: Some(index), ..pending };
                self.graph.push(&inner, unknown_source(unknown));
            }
            return;
        }
        if let Some(kind) = marker(self.ev, &applied)
            && kind != "module"
        {
            let property = matches!(kind.as_str(), "if" | "override" | "merge");
            // What a file holds or a function gives is not looked at, so that a module may be one `mkMerge`.
            let listed = loaded.path.is_none() && matches!(value, Value::Attrs(_));
            if listed && (!property || kind == "merge") {
                let message = format!("expected a module, but found a value of type {kind}");
                return self.problem(&pending, EvalError::stop(ErrorKind::Other, message));
            }
            if property {
                applied = Value::attrs(Attrs::of([("config", applied)]));
            }
        }
        let Value::Attrs(attrs) = &applied else {
            let stop = self.ev.type_error("a module", &applied);
            return self.problem(&pending, stop);
        };
        let key = attrs.get("key").and_then(|entry| key_text(self.ev, &entry.value)).unwrap_or(loaded.key);
        if let Some(index) = self.keys.get(&key) {
            return self.note_import(&pending, *index);
        }
        let named = attrs.get("_file").and_then(|entry| key_text(self.ev, &entry.value));
        // Frameworks name modules of outputs by `…/flake.nix#nixosModules.x`; a folder stands for its default.nix.
        let file_name = named
            .clone()
            .filter(|file| file.starts_with('/') && !file.contains('#'))
            .map(|file| self.ev.import_path(&file).unwrap_or(file));
        let found = || match (&loaded.path, &file_name) {
            (Some(path), _) => file_source(self.ev, path),
            // A module without any place of its own stands for the file that it names.
            (None, Some(file))
                if function_origin.is_none()
                    && attrs.iter().all(|(_, entry)| self.ev.own_origin(entry.origin).is_none()) =>
            {
                file_source(self.ev, file)
            }
            _ => {
                let attribute = attrs.iter().find_map(|(_, entry)| self.ev.own_origin(entry.origin));
                inline_source(self.ev, &pending, function_origin, attribute)
            }
        };
        // A module that flakewise's own code made stands in no file, whoever imports it.
        let made_here = match &value {
            Value::Lambda(closure) => closure.code.internal,
            _ => attrs.iter().len() > 0 && attrs.iter().all(|(_, entry)| entry.origin.is_none()),
        };
        let own_file = file_name
            .clone()
            .or(named)
            .or_else(|| loaded.path.clone())
            .or_else(|| pending.file.clone().filter(|_| !made_here));
        // A framework that imports the repository's files in its own way says which they are.
        let file = file_name.as_ref().filter(|_| loaded.path.is_none() && pending.site.is_none());
        let file = file.and_then(|file| match file_source(self.ev, file) {
            source @ ModuleSource::File { .. } => Some(source),
            _ => None,
        });
        let source = file.or(loaded.foreign).unwrap_or_else(found);
        let is_foreign = source.is_foreign();
        let says_to_be = file_name.filter(|file| {
            matches!(source, ModuleSource::Inline { .. })
                && matches!(file_source(self.ev, file), ModuleSource::File { .. })
        });
        let index = self.graph.push(&pending, source);
        self.keys.insert(key.clone(), index);
        if let (Some(expected), false) = (&self.configuration.spec.class, self.configuration.spec.upstream)
            && let Some(Ok(Value::String(class))) = attrs.get("_class").map(|entry| self.ev.force(&entry.value))
            && class.text != *expected
        {
            let message = format!("a module of class {} is imported where class {expected} is expected", class.text);
            self.graph.refused(index, message, pending.site);
        }
        let whole = attrs.get("config").is_some() || attrs.get("options").is_some();
        if whole && let Some((name, _)) = attrs.iter().find(|(name, entry)| !entry.maybe && !is_part(name)) {
            let message = format!("the module has an unsupported attribute {name} beside config and options");
            self.graph.refused(index, message, pending.site);
        }
        let config = match (attrs.get("config"), attrs.get("meta")) {
            (config, Some(meta)) if whole => {
                let meta = Value::attrs(Attrs::new(vec![(Name::new_static("meta"), meta.clone())]));
                let contents = config.map(|entry| entry.value.clone()).into_iter().chain([Thunk::value(meta)]);
                Some(Thunk::value(Value::attrs(Attrs::of([
                    ("_type", Value::string("merge")),
                    ("contents", Value::list(contents.collect())),
                ]))))
            }
            (Some(config), None) if whole => Some(config.value.clone()),
            _ if whole => None,
            _ => Some(Thunk::value(Value::attrs(attrs.without(is_module_key)))),
        };
        let import_lists: &[&str] = if whole { &["imports"] } else { &["require", "imports"] };
        let imports: Vec<Entry> = import_lists.iter().filter_map(|name| attrs.get(name).cloned()).collect();
        let disabled =
            attrs.get("disabledModules").map(|entry| self.disabled_keys(&pending, &entry.value)).unwrap_or_default();
        if let Some(module) = self.graph.modules.get_mut(index) {
            // What a module of an input asks for is between it and upstream.
            module.arguments = if is_foreign { Vec::new() } else { arguments };
            module.options = attrs.get("options").filter(|_| whole).map(|entry| entry.value.clone());
            module.options_origin = attrs.get("options").and_then(|entry| entry.origin);
            module.config = config;
            module.freeform = attrs.get("freeformType").map(|entry| entry.value.clone());
            module.disabled = disabled;
            module.file = own_file.clone();
            module.key = key.clone();
            module.says_to_be = says_to_be;
        }
        for entry in imports {
            let parent = Pending {
                value: entry.value.clone(),
                importer: Some(index),
                site: entry.origin,
                file: own_file.clone(),
                parent_key: key.clone(),
                position: 0,
                maybe: pending.maybe,
            };
            self.enqueue(&parent, &entry.value);
        }
    }
}

impl Collector<'_> {
    /// The keys in `disabledModules`: paths are keys as they are, names are relative to `modulesPath`.
    fn disabled_keys(&mut self, pending: &Pending, list: &Thunk) -> Vec<Name> {
        let list = match self.ev.list(list) {
            Ok(list) => list,
            Err(stop @ Stop::Error(_)) => {
                self.problem(pending, stop);
                return Vec::new();
            }
            Err(Stop::Unknown(_)) => return Vec::new(),
        };
        let mut keys = Vec::new();
        for item in &list.items {
            match self.ev.force(item) {
                Ok(Value::String(text)) if !text.text.starts_with('/') => {
                    let base = self.configuration.spec.special_args.get("modulesPath");
                    if let Some(base) = base.and_then(|entry| key_text(self.ev, &entry.value)) {
                        keys.push(Name::from(format!("{base}/{}", text.text)));
                    }
                }
                Ok(Value::Attrs(attrs)) if attrs.get("outPath").is_none() && attrs.get("__toString").is_none() => {
                    match attrs.get("key") {
                        Some(key) => keys.extend(key_text(self.ev, &key.value)),
                        None if attrs.rest.is_none() => {
                            let message = "an item of disabledModules is a set without a key";
                            self.problem(pending, EvalError::stop(ErrorKind::Other, message));
                        }
                        None => {}
                    }
                }
                Ok(Value::Unknown(_)) | Err(_) => {}
                Ok(_) => keys.extend(key_text(self.ev, item)),
            }
        }
        keys
    }
}

fn file_source(ev: &Evaluator, path: &Name) -> ModuleSource {
    if let Some((input, what)) = ev.source_of(path) {
        return ModuleSource::WithinInput { input, what: what.to_string(), at_hand: true };
    }
    match ev.code(path) {
        Ok(code) if code.internal => ModuleSource::Native { name: path.clone() },
        Ok(code) => ModuleSource::File { file: code.id, path: path.clone() },
        Err(_) => match ev.file_id(path) {
            Some(file) => ModuleSource::File { file, path: path.clone() },
            None => ModuleSource::Missing { path: path.clone() },
        },
    }
}

/// How a module value was come by.
struct Loaded {
    value: Value,
    key: Name,
    /// The file that it is the value of.
    path: Option<Name>,
    /// What it is where it is a module of an input.
    foreign: Option<ModuleSource>,
}

/// A module of an input that cannot be looked into.
fn without_content(source: ModuleSource) -> ModuleSource {
    match source {
        ModuleSource::Input { input, attr, .. } => ModuleSource::Input { input, attr, at_hand: false },
        ModuleSource::WithinInput { input, what, .. } => ModuleSource::WithinInput { input, what, at_hand: false },
        other => other,
    }
}

/// Attributes of a module in the long form.
fn is_part(name: &str) -> bool {
    matches!(
        name,
        "_class" | "_file" | "key" | "disabledModules" | "imports" | "options" | "config" | "meta" | "freeformType"
    )
}

/// Attributes of a module that are not configuration, in the short form.
fn is_module_key(name: &str) -> bool {
    matches!(name, "_class" | "_file" | "key" | "disabledModules" | "require" | "imports" | "freeformType")
}

/// A key as `toString` makes it.
fn key_text(ev: &Evaluator, value: &Thunk) -> Option<Name> {
    match call_builtin(ev, "toString", std::slice::from_ref(value)).ok()? {
        Value::String(text) => Some(text.text.clone()),
        _ => None,
    }
}

fn inline_source(
    ev: &Evaluator,
    pending: &Pending,
    function: Option<(Name, Origin)>,
    attribute: Option<Origin>,
) -> ModuleSource {
    let (path, origin) = match (function, pending.site.filter(|site| matches!(site.site, Site::Expr(_))), attribute) {
        (Some((path, origin)), _, _) => (path, origin),
        (None, Some(site), _) | (None, None, Some(site)) => match ev.code_of(site.file) {
            Some(code) => (code.path.clone(), site),
            None => return ModuleSource::Native { name: Name::new_static("inline") },
        },
        (None, None, None) => return ModuleSource::Native { name: Name::new_static("inline") },
    };
    if ev.is_foreign(&path) {
        return file_source(ev, &path);
    }
    ModuleSource::Inline { file: origin.file, path, origin }
}

/// The `_type` of a set that is a marker of the module system.
pub(super) fn marker(ev: &Evaluator, value: &Value) -> Option<Name> {
    let Value::Attrs(attrs) = value else { return None };
    match ev.force(&attrs.get("_type")?.value).ok()? {
        Value::String(kind) => Some(kind.text.clone()),
        _ => None,
    }
}

/// Calls a module that is a function, as `lib.modules.applyModuleArgs`: each
/// named argument comes from specialArgs, or else from `_module.args`.
fn apply_arguments(
    ev: &Evaluator,
    configuration: &Rc<Configuration>,
    value: &Value,
    arguments: &mut Vec<(Name, Option<Origin>)>,
) -> Result<Value> {
    let callable = match value {
        Value::Lambda(_) | Value::Primop(_) => true,
        Value::Attrs(attrs) => attrs.get("__functor").is_some(),
        _ => false,
    };
    if !callable {
        return Ok(value.clone());
    }
    let given = configuration.arguments(ev)?;
    let mut names = Vec::new();
    if let Value::Lambda(closure) = value
        && let Expr::Lambda(lambda) = closure.code.hir.expr(closure.expr)
        && let Param::Pattern { formals, .. } = &lambda.param
    {
        arguments.extend(formals.iter().map(|formal| (formal.name.clone(), closure.code.key(Some(formal.key)))));
        names.extend(formals.iter().map(|formal| formal.name.clone()));
    } else if let Value::Attrs(attrs) = value
        && let Some(declared) = attrs.get("__functionArgs")
    {
        names.extend(ev.attrs(&declared.value)?.iter().map(|(name, _)| name.clone()));
    }
    let extra = names.into_iter().filter(|name| given.get(name).is_none()).map(|name| {
        let (weak, wanted) = (Rc::downgrade(configuration), name.clone());
        let argument = Thunk::native(move |ev| match weak.upgrade() {
            Some(configuration) => configuration.module_argument(ev, &wanted),
            None => Ok(Value::Unknown(Unknown::new(Cause::Argument(wanted)))),
        });
        (name, Entry::new(argument, None))
    });
    let extra = extra.collect();
    let argument = Thunk::value(Value::attrs(given.update(&Attrs::new(extra))));
    ev.call(value, argument)
}
