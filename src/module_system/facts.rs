//! What one configuration consists of, as plain data.
//!
//! The evaluator's values live as long as an evaluation; these facts are what
//! stays of them, for every feature to read. Places are [`Origin`]s: they
//! survive edits that only move text.

use crate::base::FileId;
use crate::eval::{EvalError, Origin, Shown, attr_name};
use crate::hir::Name;

/// A path of option names: `["services", "nginx", "enable"]`. A placeholder
/// segment of a submodule is `<name>` or `*`, as in the NixOS manual.
pub type OptionPath = Vec<Name>;

/// An option path as people write it, names quoted where Nix needs it:
/// `services.nginx.virtualHosts."a.b".root`. Placeholders stand bare.
pub fn path_text(path: &[Name]) -> String {
    let names = path.iter().map(|name| {
        let placeholder = name == "*" || (name.starts_with('<') && name.ends_with('>'));
        if placeholder { name.to_string() } else { attr_name(name) }
    });
    names.collect::<Vec<_>>().join(".")
}

/// The facts of one configuration: its module graph, the options that the
/// repository declares in it, and everything that its modules set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// In import order, each module once.
    pub modules: Vec<Module>,
    /// Declared options, sorted by path.
    pub options: Vec<OptionFacts>,
    /// Definitions, sorted by path, then by module.
    pub definitions: Vec<Definition>,
    /// Prefixes under which further options may exist that nobody can see:
    /// computed names, unknown sets, freeform types. Empty path: anywhere.
    pub open: Vec<OpenNamespace>,
    /// Errors that an evaluation of this configuration would run into.
    pub problems: Vec<Problem>,
    /// What is wrong with options and with what they are set to: errors once somebody reads them.
    pub faults: Vec<Fault>,
}

/// Something wrong with an option, which Nix refuses when the option is read.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// The path with real names.
    pub path: OptionPath,
    /// The option, as an index into [`Facts::options`].
    pub option: usize,
    pub kind: FaultKind,
    /// The definitions that are concerned, in the order of their modules; of an invalid type the declaration.
    pub places: Vec<FaultPlace>,
}

/// What is wrong with an option.
#[derive(Clone, Debug, PartialEq)]
pub enum FaultKind {
    /// A definition in force has a value, or an element of its value, that is not of the type.
    Mismatch { expected: TypeFacts },
    /// Definitions of the same priority have different values, and the type has room for one.
    Conflict { priority: i64 },
    /// What is given as the type is none, or is made of what is none. `found` says what that is, `instead` which type of
    /// nixpkgs is probably meant. With `of_elements` it is the type of what a container holds.
    InvalidType { found: String, instead: Option<&'static str>, of_elements: bool },
    /// The type is one that nixpkgs warns of.
    DeprecatedType { instead: &'static str },
}

/// A place that a [`Fault`] is about.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultPlace {
    /// The name where it is set.
    pub origin: Option<Origin>,
    /// The expression of the value, or of the element that is meant.
    pub value_origin: Option<Origin>,
    /// In Nix's notation, where it can be printed.
    pub value: Option<String>,
    /// Index into [`Facts::modules`].
    pub module: usize,
}

/// A module of a configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Module {
    pub source: ModuleSource,
    /// The module that imports it first, by index; `None` for those in the host's own list.
    pub importer: Option<usize>,
    /// The list element (or the option definition) that brought it in, as far as that was an expression of the repository.
    pub import_site: Option<Origin>,
    /// Every module that this one imports, by index, in order.
    pub imports: Vec<usize>,
    /// The list elements that import them, one for each.
    pub import_sites: Vec<Option<Origin>>,
    /// The arguments that its function asks for by name, with where they stand.
    pub arguments: Vec<(Name, Option<Origin>)>,
    /// Whether a condition that was not decided says if it is part of the configuration.
    pub maybe: bool,
    /// The file of the repository that a module which is none says to be (`_file`).
    pub says_to_be: Option<Name>,
}

/// Where a module comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum ModuleSource {
    /// A file of the repository.
    File { file: FileId, path: Name },
    /// A set or function written in a list of modules. `path` is the file it stands in.
    Inline { file: FileId, path: Name, origin: Origin },
    /// A module of an input: `disko`, `nixosModules.disko`. Where the source of the
    /// input is at hand, its options are known.
    Input { input: Name, attr: String, at_hand: bool },
    /// A module that only a module of an input imports, or that a function of an
    /// input put there: nobody of the repository named it. `what` is its
    /// file in the input's source, or says what it is.
    WithinInput { input: Name, what: String, at_hand: bool },
    /// A module that could not be found out. `unread` is the file that could not be read, where that is why; `fails`
    /// where the expression that gives it does, so that Nix would not get to know it either.
    Unknown { why: String, unread: Option<Name>, fails: bool },
    /// A path that does not exist in the flake.
    Missing { path: Name },
    /// A module of flakewise's own, standing for one of a framework; it is not shown.
    Native { name: Name },
}

/// A declared option.
#[derive(Clone, Debug, PartialEq)]
pub struct OptionFacts {
    pub path: OptionPath,
    pub ty: Option<TypeFacts>,
    /// In Nix's notation.
    pub default: Option<Shown>,
    /// In Nix's notation.
    pub example: Option<Shown>,
    pub description: Option<Shown>,
    pub declarations: Vec<Declaration>,
    pub read_only: bool,
    /// `visible = false` or `internal = true`.
    pub hidden: bool,
}

/// One place that declares an option.
#[derive(Clone, Debug, PartialEq)]
pub struct Declaration {
    /// The name of the option where it is declared.
    pub origin: Option<Origin>,
    /// Index into [`Facts::modules`].
    pub module: usize,
}

/// The type of an option.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeFacts {
    /// Worded as Nix words it.
    pub description: String,
    pub kind: TypeKind,
}

/// What values a type takes, as far as completion and checks need it.
#[derive(Clone, Debug, PartialEq)]
pub enum TypeKind {
    Bool,
    /// A string; `lines` and other separated strings merge.
    String {
        merges: bool,
    },
    Int {
        min: Option<i64>,
        max: Option<i64>,
    },
    Float,
    Path,
    Package,
    /// The members in Nix's notation (`"a"`, `1`).
    Enum(Vec<String>),
    NullOr(Box<TypeKind>),
    ListOf(Box<TypeKind>),
    AttrsOf(Box<TypeKind>),
    Submodule,
    Either(Vec<TypeKind>),
    /// Any set, any value, functions, modules, types of the repository's own.
    Other(String),
}

/// A place that sets an option.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    /// The path as it was set, with real names (`custom.users.alice.shell`).
    pub path: OptionPath,
    /// The last name of the path where it is set.
    pub origin: Option<Origin>,
    /// Index into [`Facts::modules`].
    pub module: usize,
    /// In Nix's notation, where it is known.
    pub value: Option<Shown>,
    /// The type name of the value as `builtins.typeOf` gives it, where it is known.
    pub value_type: Option<&'static str>,
    /// mkForce 50, plain 100, mkDefault 1000, mkOptionDefault 1500.
    pub priority: i64,
    pub condition: Condition,
    /// Whether it is not even certain that anything is set: it stands in a set or list that was not
    /// decided (`optionalAttrs unknown { … }`). What an undecided `mkIf` holds is set in any case, and must be declared.
    pub maybe: bool,
    pub status: Declared,
}

/// Whether a definition is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// No condition, or one that is true.
    Holds,
    /// A condition that is false: the definition is dropped.
    Fails,
    /// A condition that was not decided.
    Undecided,
}

/// What a definition's path is to the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Declared {
    /// The option at this index of [`Facts::options`].
    Option(usize),
    /// Inside the value of the option at this index (freeform parts, plain sets).
    Inside(usize),
    /// No module of the repository declares it. It may be an option of NixOS or of an input.
    Elsewhere,
}

/// A prefix with options that cannot be seen.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenNamespace {
    pub path: OptionPath,
    pub why: String,
    /// The attribute of an input that it is, or is computed from.
    pub of_input: Option<(Name, Vec<Name>)>,
}

/// An error of the configuration, found while its facts were gathered.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    pub kind: ProblemKind,
    pub message: String,
    /// The module in which it happened, by index.
    pub module: Option<usize>,
    /// The expression that failed, or the list element that led there.
    pub origin: Option<Origin>,
    /// The error itself, where an expression fails.
    pub error: Option<Box<EvalError>>,
}

/// The kinds of [`Problem`] that rules tell apart.
#[derive(Clone, Debug, PartialEq)]
pub enum ProblemKind {
    /// A path in an import does not exist.
    MissingFile { path: Name },
    /// A module's function asks for an argument that is not passed.
    MissingArgument { name: Name },
    /// A file in the module graph has syntax errors.
    Syntax { path: Name },
    /// `imports` need `config`, or an argument that comes by way of `config` (`pkgs`).
    ImportsNeed { argument: Name },
    /// Which options a module sets depends on what `config` says, which depends on all that modules set.
    ConfigNeedsItself,
    /// What a definition in force sets this option to needs an input that is not declared: an error once somebody reads
    /// the option.
    FailingValue { path: OptionPath },
    /// Anything else that Nix would report.
    Other,
}

impl ModuleSource {
    /// Whether it is a module of an input.
    pub fn is_foreign(&self) -> bool {
        matches!(self, ModuleSource::Input { .. } | ModuleSource::WithinInput { .. })
    }

    /// Whether it may declare any option, because what is in it is not known.
    pub fn may_declare_anything(&self) -> bool {
        match self {
            ModuleSource::Input { at_hand, .. } | ModuleSource::WithinInput { at_hand, .. } => !at_hand,
            ModuleSource::Unknown { .. } | ModuleSource::Missing { .. } => true,
            ModuleSource::File { .. } | ModuleSource::Inline { .. } | ModuleSource::Native { .. } => false,
        }
    }
}

impl Module {
    /// A module of which nothing is known, and why.
    pub fn unknown(why: String) -> Module {
        Module {
            source: ModuleSource::Unknown { why, unread: None, fails: false },
            importer: None,
            import_site: None,
            imports: Vec::new(),
            import_sites: Vec::new(),
            arguments: Vec::new(),
            maybe: false,
            says_to_be: None,
        }
    }

    /// The file that the module is, or stands in.
    pub fn file(&self) -> Option<FileId> {
        match &self.source {
            ModuleSource::File { file, .. } | ModuleSource::Inline { file, .. } => Some(*file),
            _ => None,
        }
    }
}

impl Facts {
    /// Whether every import was resolved, so that nothing about the modules is in doubt.
    pub fn complete(&self) -> bool {
        !self.modules.iter().any(|module| matches!(module.source, ModuleSource::Unknown { .. }))
    }

    /// Whether a module of the repository declares the option, and not only one of an input.
    pub fn is_own(&self, option: &OptionFacts) -> bool {
        option
            .declarations
            .iter()
            .any(|declaration| self.modules.get(declaration.module).is_none_or(|module| !module.source.is_foreign()))
    }

    /// The option declared at exactly this path.
    pub fn option(&self, path: &[Name]) -> Option<(usize, &OptionFacts)> {
        let at = self.options.binary_search_by(|option| option.path.as_slice().cmp(path)).ok()?;
        self.options.get(at).map(|option| (at, option))
    }
}
