//! From a configuration to its facts.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::configuration::Configuration;
use super::definitions::{Contribution, DefinitionNode, PLAIN_PRIORITY, set};
use super::facts::{
    Condition, Declaration, Declared, Definition, Facts, Fault, FaultPlace, Module, OpenNamespace, OptionFacts,
    OptionPath, Problem, ProblemKind,
};
use super::faults;
use super::merge;
use super::modules::marker;
use super::options::{DeclaredOption, OptionKind, OptionNode};
use super::problems::problem_kind;
use super::types;
use crate::eval::{
    Attrs, Cause, EvalError, Evaluator, Origin, PrintLimits, Shown, Stop, Unknown, Value, show, show_thunk,
};
use crate::hir::Name;

/// How deep submodules of submodules are listed; types may contain themselves.
const MAX_SUBMODULES: u32 = 6;
/// How deep sets are followed where no option is declared.
const MAX_UNDECLARED: usize = 8;
/// How long an option path is followed; a set of options may contain itself.
const MAX_PATH: usize = 64;
/// How many options and definitions one configuration may have before the rest is left out.
const MAX_FACTS: usize = 60_000;

/// How many elements of a list are looked at for errors.
const MAX_ELEMENTS: usize = 512;

/// How much of a value the facts keep.
const VALUE: PrintLimits = PrintLimits { depth: 2, items: 12, length: 160, force: true };

impl Configuration {
    /// The facts of this configuration. What fails while they are gathered is a problem among them, never an error.
    pub fn facts(self: &Rc<Configuration>, ev: &Evaluator) -> Facts {
        let mut gatherer = Gatherer {
            ev,
            facts: Facts::default(),
            option_index: BTreeMap::new(),
            invalid_types: Vec::new(),
            templates: Vec::new(),
            in_doubt: false,
        };
        gatherer.modules(self);
        if let Ok(options) = self.options(ev) {
            gatherer.options(&options, &mut self.full_path(&[]), 0, None);
        }
        gatherer.index_options();
        if let (Ok(options), Ok(definitions)) = (self.options(ev), self.own_definitions(ev)) {
            gatherer.definitions(&definitions, Some(&options), &mut self.full_path(&[]), &mut self.full_path(&[]));
        }
        gatherer.problems(self);
        gatherer.finish()
    }
}

/// Options below a path that are not known, and why.
fn open_namespace(path: OptionPath, unknown: &Unknown) -> OpenNamespace {
    let of_input = match &unknown.cause {
        Cause::Input(input) => Some((input.clone(), unknown.path.clone())),
        _ => None,
    };
    OpenNamespace { path, why: unknown.to_string(), of_input }
}

struct Gatherer<'e> {
    ev: &'e Evaluator,
    facts: Facts,
    option_index: BTreeMap<OptionPath, usize>,
    /// What is wrong with the types of options, by path.
    invalid_types: Vec<(OptionPath, faults::InvalidType)>,
    /// The option trees of submodules, by the (placeholder) path they hang at, with the configuration that nobody has
    /// given values.
    templates: Vec<(OptionPath, Rc<OptionNode>, Rc<Configuration>)>,
    /// Whether types are those of a submodule without its values, and may be others with them.
    in_doubt: bool,
}

impl Gatherer<'_> {
    fn modules(&mut self, configuration: &Rc<Configuration>) {
        let graph = match configuration.graph(self.ev) {
            Ok(graph) => graph,
            Err(stop) => {
                let why = stop.into_unknown().to_string();
                self.facts.modules.push(Module::unknown(why));
                return;
            }
        };
        for module in &graph.modules {
            self.facts.modules.push(Module {
                source: module.source.clone(),
                importer: module.importer,
                import_site: module.import_site,
                imports: module.imports.clone(),
                import_sites: module.import_sites.clone(),
                arguments: module.arguments.clone(),
                maybe: module.maybe,
                says_to_be: module.says_to_be.clone(),
            });
        }
        for problem in &graph.problems {
            self.facts.problems.push(Problem {
                kind: problem.kind.clone(),
                message: problem.message.clone(),
                module: problem.module,
                origin: problem.origin,
                error: problem.error.as_ref().map(|error| Box::new((**error).clone())),
            });
        }
        if let Ok(Some(freeform)) = configuration.freeform(self.ev) {
            let why = format!("a freeform type ({})", types::name(self.ev, &freeform).unwrap_or_default());
            self.facts.open.push(OpenNamespace { path: configuration.full_path(&[]), why, of_input: None });
        }
    }

    /// Modules that only `config` tells, and arguments that a module's function asks for and that nobody passes.
    fn problems(&mut self, configuration: &Rc<Configuration>) {
        let Ok(graph) = configuration.graph(self.ev) else { return };
        for index in configuration.definitions(self.ev).map(|root| root.stuck()).unwrap_or_default() {
            let Some(module) = graph.modules.get(index).filter(|module| !module.maybe) else { continue };
            self.facts.problems.push(Problem {
                kind: ProblemKind::ConfigNeedsItself,
                message: "what the module sets depends on config, and so on itself".to_string(),
                module: Some(index),
                origin: module.config.as_ref().and_then(|config| config.origin()),
                error: None,
            });
        }
        self.failing_modules(configuration);
        for (index, module) in graph.modules.iter().enumerate() {
            for (name, origin) in &module.arguments {
                if configuration.has_argument(self.ev, name) == Some(false) {
                    self.facts.problems.push(Problem {
                        kind: ProblemKind::MissingArgument { name: name.clone() },
                        message: format!(
                            "the module asks for the argument {name}, which is not passed to this configuration"
                        ),
                        module: Some(index),
                        origin: *origin,
                        error: None,
                    });
                }
            }
        }
    }

    /// Modules of which the whole configuration, or all that they declare, fails. Nix needs both of every module.
    fn failing_modules(&mut self, configuration: &Rc<Configuration>) {
        let ev = self.ev;
        let mut failing: Vec<(usize, Rc<EvalError>)> = Vec::new();
        if let Ok(graph) = configuration.graph(ev) {
            for (index, module) in graph.modules.iter().enumerate() {
                if let Some(Err(Stop::Error(error))) = module.options.as_ref().map(|options| ev.force(options)) {
                    failing.push((index, error));
                }
            }
        }
        if let Ok(root) = configuration.own_definitions(ev) {
            for contribution in root.expanded(ev).iter() {
                if let Some(error) = failing_value(ev, contribution) {
                    failing.push((contribution.module, error));
                }
            }
        }
        for (index, error) in failing {
            let certain = |module: &Module| !module.maybe && !module.source.is_foreign();
            // What needs itself was found by those who look for that.
            if error.kind.is_recursion() || !self.facts.modules.get(index).is_some_and(certain) {
                continue;
            }
            self.facts.problems.push(Problem {
                kind: problem_kind(&error, true),
                message: error.message.clone(),
                module: Some(index),
                origin: ev.own_origin(error.origin),
                error: Some(Box::new((*error).clone())),
            });
        }
    }

    /// Lists the options below a node. Inside of a submodule, whose modules are not in the graph,
    /// `inside` has the declarations of the option that holds it.
    fn options(
        &mut self,
        node: &Rc<OptionNode>,
        path: &mut OptionPath,
        depth: u32,
        inside: Option<&[(usize, Option<Origin>)]>,
    ) {
        if self.facts.options.len() >= MAX_FACTS || path.len() > MAX_PATH || self.ev.step(1).is_err() {
            return;
        }
        match node.kind(self.ev) {
            Ok(OptionKind::Option(option)) => self.option(option, path, depth, inside),
            Ok(OptionKind::Set(set)) => {
                if let Some(why) = &set.open {
                    self.facts.open.push(open_namespace(path.clone(), why));
                }
                for (name, child) in &set.children {
                    // `_module` holds the module system's own options.
                    if path.is_empty() && name == "_module" {
                        continue;
                    }
                    path.push(name.clone());
                    self.options(child, path, depth, inside);
                    path.pop();
                }
            }
            Err(stop) => {
                self.facts.open.push(open_namespace(path.clone(), &stop.into_unknown()));
            }
        }
    }

    fn option(
        &mut self,
        option: &DeclaredOption,
        path: &mut OptionPath,
        depth: u32,
        inside: Option<&[(usize, Option<Origin>)]>,
    ) {
        let ev = self.ev;
        let text = |name: &str| {
            let value = &option.attrs.get(name)?.value;
            match set(ev, value) {
                // `literalExpression` and `literalMD` hold the text that the manual shows.
                Some(attrs) => Shown::text_of(ev, &attrs.get("text")?.value),
                None => Shown::text_of(ev, value),
            }
        };
        let flag = |name: &str| matches!(option.attribute(ev, name), Some(Value::Bool(true)));
        let shown = |name: &str| {
            let value = &option.attrs.get(name)?.value;
            let kind = set(ev, value).and_then(|attrs| marker(ev, &Value::Attrs(attrs)));
            if kind.is_some_and(|kind| kind.starts_with("literal")) { text(name) } else { show_thunk(ev, value, VALUE) }
        };
        let ty = option.merged_type(ev).unwrap_or_else(|()| option.ty(ev));
        let invalid = faults::of_type(ev, option);
        let declarations = match inside {
            // Modules of a submodule stand where the option that has them is declared.
            Some(outer) => option
                .declarations
                .iter()
                .map(|(_, origin)| self.declaration(outer.first().map_or(0, |(module, _)| *module), *origin))
                .collect(),
            None => option.declarations.iter().map(|(module, origin)| self.declaration(*module, *origin)).collect(),
        };
        if let Some(invalid) = invalid {
            self.invalid_types.push((path.clone(), invalid));
        }
        self.facts.options.push(OptionFacts {
            path: path.clone(),
            ty: ty.as_ref().and_then(|ty| types::facts(ev, ty)),
            default: shown("defaultText").or_else(|| shown("default")),
            example: shown("example"),
            description: text("description"),
            declarations,
            read_only: flag("readOnly"),
            hidden: flag("internal") || matches!(option.attribute(ev, "visible"), Some(Value::Bool(false))),
        });
        // The options of a variant of the whole configuration, for one: `lib.options.optionAttrSetToDocList`.
        let shallow = matches!(option.attribute(ev, "visible"), Some(Value::String(text)) if text.text == "shallow");
        if depth >= MAX_SUBMODULES || shallow {
            return;
        }
        let outer: Vec<(usize, Option<Origin>)> = match inside {
            Some(outer) => outer.to_vec(),
            None => option.declarations.clone(),
        };
        for (placeholder, submodule) in ty.iter().flat_map(|ty| types::submodules(ev, ty)) {
            let length = path.len();
            path.extend(placeholder);
            self.submodule(&submodule, path, depth, &outer);
            path.truncate(length);
        }
    }

    /// A declaration by a module. What the repository declares by a function of an input has no place of its own.
    fn declaration(&self, module: usize, origin: Option<Origin>) -> Declaration {
        let foreign = self.facts.modules.get(module).is_some_and(|module| module.source.is_foreign());
        Declaration { origin: if foreign { origin } else { self.ev.own_origin(origin) }, module }
    }

    fn submodule(&mut self, ty: &Value, path: &mut OptionPath, depth: u32, outer: &[(usize, Option<Origin>)]) {
        let Ok(inner) = merge::submodule_configuration(self.ev, path, ty, Vec::new()) else { return };
        if let Ok(Some(freeform)) = inner.freeform(self.ev) {
            let why = format!("a freeform type ({})", types::name(self.ev, &freeform).unwrap_or_default());
            self.facts.open.push(OpenNamespace { path: path.clone(), why, of_input: None });
        }
        if let Ok(graph) = inner.graph(self.ev)
            && let Some(unknown) = graph.modules.iter().find(|module| module.source.may_declare_anything())
        {
            self.facts.open.push(OpenNamespace {
                path: path.clone(),
                why: format!("{:?}", unknown.source),
                of_input: None,
            });
        }
        if let Ok(options) = inner.options(self.ev) {
            self.templates.push((path.clone(), options.clone(), inner.clone()));
            self.options(&options, path, depth + 1, Some(outer));
        }
    }

    fn index_options(&mut self) {
        self.facts.options.sort_by(|a, b| a.path.cmp(&b.path));
        // An option of a submodule reached on two ways (`either`) is one option.
        self.facts.options.dedup_by(|later, kept| {
            let same = later.path == kept.path;
            if same {
                for declaration in later.declarations.drain(..) {
                    if !kept.declarations.contains(&declaration) {
                        kept.declarations.push(declaration);
                    }
                }
            }
            same
        });
        for (index, option) in self.facts.options.iter().enumerate() {
            self.option_index.insert(option.path.clone(), index);
        }
        for (path, invalid) in std::mem::take(&mut self.invalid_types) {
            let Some(option) = self.option_index.get(&path).copied() else { continue };
            let declarations = self.facts.options.get(option).map(|option| option.declarations.as_slice());
            let Some(declaration) = declarations.and_then(|all| all.first()).cloned() else { continue };
            let place = FaultPlace {
                origin: self.ev.own_origin(invalid.origin).or(declaration.origin),
                value_origin: invalid.value_origin,
                value: None,
                module: declaration.module,
            };
            self.facts.faults.push(Fault { path, option, kind: invalid.kind, places: vec![place] });
        }
    }

    /// Lists what is set at and below a node. `path` has the real names,
    /// `declared` the same path with the placeholders of submodules.
    fn definitions(
        &mut self,
        node: &Rc<DefinitionNode>,
        options: Option<&Rc<OptionNode>>,
        path: &mut OptionPath,
        declared: &mut OptionPath,
    ) {
        if self.facts.definitions.len() >= MAX_FACTS || path.len() > MAX_PATH || self.ev.step(1).is_err() {
            return;
        }
        match options.map(|options| options.kind(self.ev)) {
            Some(Ok(OptionKind::Option(option))) => self.option_definitions(node, option, path, declared),
            Some(Ok(OptionKind::Set(set))) => {
                for name in node.names(self.ev) {
                    if path.is_empty() && name == "_module" {
                        continue;
                    }
                    let child = node.child(self.ev, &name);
                    path.push(name.clone());
                    declared.push(name.clone());
                    match set.children.get(&name) {
                        Some(options) => self.definitions(&child, Some(options), path, declared),
                        None => self.undeclared(&child, path, Declared::Elsewhere),
                    }
                    path.pop();
                    declared.pop();
                }
            }
            Some(Err(_)) | None => self.undeclared(node, path, Declared::Elsewhere),
        }
    }

    fn option_definitions(
        &mut self,
        node: &Rc<DefinitionNode>,
        option: &DeclaredOption,
        path: &mut OptionPath,
        declared: &mut OptionPath,
    ) {
        let Some(index) = self.option_index.get(declared.as_slice()).copied() else { return };
        self.record(node, path, Declared::Option(index));
        let Some(ty) = option.ty(self.ev) else { return };
        if !self.in_doubt
            && let Ok(Some(merged)) = option.merged_type(self.ev)
            && faults::looks_at_its_value(self.ev, option)
        {
            let found = faults::of_definitions(self.ev, path, &merged, node).into_iter();
            let found = found.map(|(path, kind, places)| Fault { path, option: index, kind, places });
            self.facts.faults.extend(found);
        }
        for (placeholder, _) in types::submodules(self.ev, &ty) {
            self.inside_submodule(node, &placeholder, path, declared);
        }
    }

    /// Definitions inside of the value of an option that holds submodules.
    fn inside_submodule(
        &mut self,
        node: &Rc<DefinitionNode>,
        placeholder: &[Name],
        path: &mut OptionPath,
        declared: &mut OptionPath,
    ) {
        match placeholder.split_first() {
            None => {
                let template = self.templates.iter().find(|(at, _, _)| at == declared);
                let Some((template, inner)) = template.map(|(_, options, inner)| (options.clone(), inner.clone()))
                else {
                    return;
                };
                // A definition may also be a module: a function, a path, the long form. Only plain sets are read here.
                if node.expanded(self.ev).iter().any(|contribution| {
                    set(self.ev, &contribution.value).is_none_or(|attrs| attrs.get("imports").is_some())
                }) {
                    return;
                }
                let outside = self.in_doubt;
                // A type may be made of what the submodule is given: the names of its own attributes, for one.
                self.in_doubt |= inner.was_read();
                self.definitions(node, Some(&template), path, declared);
                self.in_doubt = outside;
            }
            Some((first, rest)) if first.starts_with('<') && first != "<function body>" => {
                for name in node.names(self.ev) {
                    let child = node.child(self.ev, &name);
                    path.push(name);
                    declared.push(first.clone());
                    self.inside_submodule(&child, rest, path, declared);
                    path.pop();
                    declared.pop();
                }
            }
            Some((first, rest)) if first == "*" => {
                let contributions = node.expanded(self.ev);
                for contribution in contributions.iter() {
                    let Ok(Value::List(list)) = self.ev.force(&contribution.value) else { continue };
                    for (item, certain) in list.items.iter().zip(list.certainty()) {
                        let mut element = contribution.clone();
                        element.value = item.clone();
                        element.maybe |= !certain;
                        let child = DefinitionNode::new(vec![element]);
                        path.push(Name::new_static("*"));
                        declared.push(Name::new_static("*"));
                        self.inside_submodule(&child, rest, path, declared);
                        path.pop();
                        declared.pop();
                    }
                }
            }
            Some(_) => {}
        }
    }

    /// What is set where no option is declared: the leaves of sets.
    fn undeclared(&mut self, node: &Rc<DefinitionNode>, path: &mut OptionPath, status: Declared) {
        if self.facts.definitions.len() >= MAX_FACTS || self.ev.step(1).is_err() {
            return;
        }
        let expanded = node.expanded(self.ev);
        let is_set = |attrs: Rc<Attrs>| {
            !attrs.is_empty() && ["type", "_type", "outPath"].iter().all(|name| attrs.get(name).is_none())
        };
        let sets = expanded.iter().any(|contribution| set(self.ev, &contribution.value).is_some_and(is_set));
        if path.len() < MAX_UNDECLARED && sets && !is_opaque_value(path) {
            for name in node.names(self.ev) {
                let child = node.child(self.ev, &name);
                path.push(name);
                self.undeclared(&child, path, status);
                path.pop();
            }
        }
        if !sets || path.len() >= MAX_UNDECLARED || is_opaque_value(path) {
            self.record(node, path, status);
        }
    }

    fn record(&mut self, node: &Rc<DefinitionNode>, path: &OptionPath, status: Declared) {
        let ev = self.ev;
        let expanded = node.expanded(ev);
        let possible = expanded.iter().filter(|it| it.condition(ev) != Condition::Fails);
        let strongest = possible.map(|it| it.priority.unwrap_or(PLAIN_PRIORITY)).min();
        for contribution in expanded.iter() {
            let in_force = Some(contribution.priority.unwrap_or(PLAIN_PRIORITY)) == strongest;
            let (value, value_type) = match contribution.value.string_literal() {
                Some(_) => (show_thunk(ev, &contribution.value, VALUE), Some("string")),
                None => match ev.force(&contribution.value) {
                    Ok(value) => {
                        if in_force {
                            self.failing_elements(contribution, &value, path);
                        }
                        (show(ev, &value, VALUE), value.type_name())
                    }
                    Err(Stop::Error(error)) => {
                        if in_force {
                            self.failing_value(contribution, &error, path);
                        }
                        (None, None)
                    }
                    Err(Stop::Unknown(_)) => (None, None),
                },
            };
            self.facts.definitions.push(Definition {
                path: path.clone(),
                origin: ev.own_origin(contribution.origin),
                module: contribution.module,
                value,
                value_type,
                priority: contribution.priority.unwrap_or(PLAIN_PRIORITY),
                condition: contribution.condition(ev),
                maybe: contribution.maybe,
                status,
            });
        }
    }

    /// A definition whose value fails for want of an input, where it is in force for certain. Of any other failure it
    /// may be that what the value is made of is not what upstream's modules make of it.
    fn failing_value(&mut self, contribution: &Contribution, error: &EvalError, path: &OptionPath) {
        let certain = |module: &Module| !module.maybe && !module.source.is_foreign();
        if !error.exact
            || contribution.condition(self.ev) != Condition::Holds
            || !self.facts.modules.get(contribution.module).is_some_and(certain)
        {
            return;
        }
        self.facts.problems.push(Problem {
            kind: ProblemKind::FailingValue { path: path.clone() },
            message: error.message.clone(),
            module: Some(contribution.module),
            origin: self.ev.own_origin(error.origin.or(contribution.origin)),
            error: Some(Box::new(error.clone())),
        });
    }

    /// The elements of a list that fail: who reads a list of packages needs all of them.
    fn failing_elements(&mut self, contribution: &Contribution, value: &Value, path: &OptionPath) {
        let Value::List(list) = value else { return };
        for item in
            list.items.iter().take(MAX_ELEMENTS).filter(|item| list.rest.is_none() && item.string_literal().is_none())
        {
            if let Err(Stop::Error(error)) = self.ev.force(item) {
                self.failing_value(contribution, &error, path);
            }
        }
    }

    fn finish(mut self) -> Facts {
        // Nothing can be declared twice at one place, but a condition and its opposite may set it twice.
        self.facts
            .definitions
            .retain(|definition| definition.condition != Condition::Fails || definition.origin.is_some());
        self.facts.definitions.sort_by(|a, b| a.path.cmp(&b.path).then(a.module.cmp(&b.module)));
        // What was left out for want of steps may have been anything.
        if let Err(stop) = self.ev.step(1) {
            self.facts.open.push(open_namespace(OptionPath::new(), &stop.into_unknown()));
        }
        self.facts.open.sort_by(|a, b| a.path.cmp(&b.path));
        self.facts.open.dedup();
        self.facts
    }
}

/// The error of a definition that is certainly in force.
fn failing_value(ev: &Evaluator, contribution: &Contribution) -> Option<Rc<EvalError>> {
    if contribution.value.string_literal().is_some() {
        return None;
    }
    match ev.force(&contribution.value) {
        Err(Stop::Error(error)) if contribution.condition(ev) == Condition::Holds => Some(error),
        _ => None,
    }
}

/// Upstream options whose value is a configuration of its own or a large
/// document: what is inside is not an option of this configuration.
fn is_opaque_value(path: &[Name]) -> bool {
    // None of them is longer.
    let mut segments = [""; 4];
    let Some(segments) = segments.get_mut(..path.len()) else { return false };
    for (segment, name) in segments.iter_mut().zip(path) {
        *segment = name;
    }
    matches!(
        &*segments,
        ["home-manager", "users", _]
            | ["home-manager", "config" | "extraSpecialArgs" | "sharedModules"]
            | ["containers", _, "config"]
            | ["specialisation", _, "configuration"]
            | ["microvm", "vms", _, "config"]
            | ["virtualisation", "vmVariant" | "vmVariantWithBootLoader" | "vmVariantWithDisko"]
            | ["nixpkgs", "config"]
            | ["environment", "etc", _, "source"]
    )
}
