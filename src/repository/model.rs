//! The model that every feature reads.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::bypass::Bypass;
use super::{FailingArgument, Given, Misshapen};
use crate::base::{FileId, FileRange};
use crate::db::Snapshot;
use crate::eval::{EvalError, Exhausted, MissingFunction, Origin, Shown, Site};
use crate::flake::{LockError, LockGraph};
use crate::hir::Name;
use crate::module_system::Facts;

/// Everything known about the flakes of a workspace at one revision.
#[derive(Clone)]
pub struct Repository {
    pub snapshot: Snapshot,
    /// Sorted by root. A flake below another one is a flake of its own.
    pub flakes: Vec<Arc<Flake>>,
}

/// One flake.
#[derive(Clone)]
pub struct Flake {
    /// The folder of flake.nix, absolute.
    pub root: Name,
    /// flake.nix.
    pub file: FileId,
    pub inputs: Arc<Vec<Input>>,
    /// flake.lock; `None` where there is none.
    pub lock: Option<Result<Arc<LockGraph>, LockError>>,
    /// Sorted by path.
    pub outputs: Arc<Vec<Output>>,
    /// Sorted by output; users within a host follow it.
    pub hosts: Vec<Arc<Host>>,
    /// Functions whose result is a host, and what is known of their use.
    pub helpers: Arc<Vec<Helper>>,
    /// Hosts that are written by hand beside a helper, sorted by host.
    pub bypasses: Vec<Arc<Bypass>>,
    /// The names at the top of the outputs, sorted.
    pub output_names: Arc<Vec<OutputName>>,
    /// Outputs that are not what tools expect there.
    pub misshapen: Arc<Vec<Misshapen>>,
    /// Functions of the repository that were called while the outputs were evaluated.
    pub called: Arc<FxHashSet<Origin>>,
    /// Uses of a nixpkgs flake as what it is not, while the outputs are evaluated.
    pub package_uses: Arc<Vec<PackageUse>>,
    /// What an evaluation of the outputs themselves runs into.
    pub problems: Arc<Vec<FlakeProblem>>,
    /// The bounds of the evaluator that outputs reached, by output; hosts have their own.
    pub exhausted: Arc<Vec<(Name, Exhausted)>>,
    /// Files that were evaluated for the outputs and that do not parse, so that
    /// what is known of outputs and helpers is only a part.
    pub broken: Arc<BTreeSet<FileId>>,
    /// Files that Nix imports to list the outputs, or to find out what the modules of a host are.
    pub demanded: Arc<BTreeSet<FileId>>,
    /// Whether a model of a framework took part in listing the outputs that leaves parts of it out: what fails may be
    /// for want of these.
    pub modelled: bool,
    /// What is selected from nixpkgs' `lib` to list the outputs, and is not there.
    pub missing_functions: Vec<(Origin, MissingFunction)>,
    /// Every Nix file that was evaluated for the outputs or for a host.
    pub read: Arc<BTreeSet<FileId>>,
    /// Folders whose names were asked for (`readDir`): what is called what in them means something.
    pub listed: Arc<BTreeSet<Name>>,
}

/// An input of a flake, as flake.nix declares it.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    pub name: Name,
    /// The name where it is declared; `None` for inputs that only the arguments of `outputs` name.
    pub origin: Option<Origin>,
    pub url: Option<Spelled>,
    /// `inputs.x.follows = "y"`
    pub follows: Option<Spelled>,
    /// `flake = false`
    pub is_flake: bool,
    /// What it overrides of its own inputs.
    pub overrides: Vec<Override>,
}

/// A string as it was written, with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Spelled {
    pub text: Name,
    /// The attribute that holds it.
    pub origin: Option<Origin>,
}

/// `inputs.x.inputs.y.follows = "z"`, or another url for `y`.
#[derive(Clone, Debug, PartialEq)]
pub struct Override {
    /// The input's input, by path: `["y"]`, `["y", "z"]`.
    pub path: Vec<Name>,
    pub origin: Option<Origin>,
    pub follows: Option<Spelled>,
    pub url: Option<Spelled>,
}

/// A leaf of the flake's outputs.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    pub path: Vec<Name>,
    pub kind: OutputKind,
    pub definition: Option<Origin>,
}

/// A name at the top of the outputs.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputName {
    pub name: Name,
    pub definition: Option<Origin>,
    /// Whether a condition that was not decided says if it is there.
    pub maybe: bool,
    /// The names in it, where it is an output whose names mean something: a system, a host, an overlay.
    pub keys: Vec<OutputKey>,
}

/// A name within an output.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputKey {
    pub name: Name,
    pub definition: Option<Origin>,
    pub maybe: bool,
    /// What it is instead of a host, where a host belongs and certainly none is.
    pub no_host: Option<&'static str>,
    /// The function of the repository that it is.
    pub function: Option<Origin>,
}

/// A use of the flake nixpkgs that says what it is taken for.
#[derive(Clone, Debug, PartialEq)]
pub struct PackageUse {
    /// The selection, or the call.
    pub origin: Origin,
    pub input: Name,
    pub kind: PackageUseKind,
}

/// The kinds of [`PackageUse`].
#[derive(Clone, Debug, PartialEq)]
pub enum PackageUseKind {
    /// `nixpkgs.hello`: an attribute that the flake does not have.
    Attribute(Name),
    /// `import nixpkgs { inherit system; }`
    PlainImport,
}

/// What an output is, by its place in the schema of flakes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputKind {
    Package,
    App,
    DevShell,
    Check,
    Formatter,
    NixosConfiguration,
    DarwinConfiguration,
    HomeConfiguration,
    DroidConfiguration,
    NixosModule,
    HomeModule,
    DarwinModule,
    FlakeModule,
    Overlay,
    Template,
    Library,
    /// A set that could not be looked into.
    Unknown,
    Other,
}

/// What kind of configuration a host is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HostKind {
    Nixos,
    Darwin,
    Home,
    Droid,
    Other,
}

/// A host: an entry of nixosConfigurations and kin, or a user within one.
#[derive(Clone, Debug)]
pub struct Host {
    /// `nixosConfigurations.a`, `nixosConfigurations.a:home-manager.users.u`, `packages.x86_64-linux.image`
    pub output: String,
    pub name: Name,
    pub kind: HostKind,
    pub system: Option<Name>,
    /// The attribute that holds it.
    pub definition: Option<Origin>,
    /// What it is made of where no file has an attribute for it: the file or folder that is named after it.
    pub made_of: Option<Origin>,
    /// The call that builds it: `nixosSystem { … }` where that stands in the repository.
    pub call: Option<Origin>,
    /// The functions of the repository around that call, outermost first.
    pub helpers: Vec<Origin>,
    /// Names of the arguments passed to all modules, `pkgs`, `lib` and kin included.
    pub arguments: Vec<Name>,
    /// Where those come from that are written in files at hand, and what is in them; sorted.
    pub given: Vec<Given>,
    /// Arguments whose value fails: an error once a module needs it.
    pub failing_arguments: Vec<FailingArgument>,
    /// Standalone homes whose extraSpecialArgs hold the configuration of a host: argument and host.
    pub simulated_os_config: Vec<SimulatedOsConfig>,
    /// The host that a user is within.
    pub within: Option<String>,
    /// Uses of a nixpkgs flake as what it is not, in what was evaluated for the host.
    pub package_uses: Vec<PackageUse>,
    pub facts: Facts,
    /// Files that were evaluated for it and that do not parse. Each is an
    /// unknown module of the facts too: it may hold anything.
    pub broken: BTreeSet<FileId>,
    /// Files that Nix imports to find out what its modules are.
    pub demanded: BTreeSet<FileId>,
    /// As [`Flake::modelled`], of this host.
    pub modelled: bool,
    /// What is selected from nixpkgs' `lib` and is not there, with whether that is certainly evaluated for it.
    pub missing_functions: Vec<(Origin, MissingFunction, bool)>,
    /// The bounds of the evaluator that this host reached: what depends on more is unknown.
    pub exhausted: Vec<Exhausted>,
}

/// An argument of a standalone home that is the configuration of a host of the same flake.
#[derive(Clone, Debug, PartialEq)]
pub struct SimulatedOsConfig {
    pub argument: Name,
    /// Where the argument is given.
    pub origin: Option<Origin>,
    /// The function whose call gives it, by its name where it is bound.
    pub through: Option<Origin>,
    /// The hosts whose `config` it can be.
    pub hosts: Vec<String>,
}

/// A function that builds hosts or lists of modules.
#[derive(Clone, Debug, PartialEq)]
pub struct Helper {
    pub name: Name,
    /// The name where it is bound.
    pub origin: Origin,
    /// The function.
    pub function: Origin,
    /// How many of its arguments it is given where its name is bound: `import ./mk-system.nix { inherit inputs; }`.
    pub applied: usize,
    pub builds: HostKind,
    /// The hosts that it builds, by output.
    pub hosts: Vec<String>,
    /// Whether anything of the flake's outputs called it.
    pub called: bool,
}

/// A problem outside of any host.
#[derive(Clone, Debug, PartialEq)]
pub struct FlakeProblem {
    pub message: String,
    pub origin: Option<Origin>,
    /// The path that does not exist, where that is the problem.
    pub missing: Option<Name>,
    /// The output in which it came up.
    pub output: Option<String>,
    /// The error itself, where an expression fails.
    pub error: Option<Box<EvalError>>,
}

/// Whether an absolute path is `folder` or lies in it.
pub fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder.trim_end_matches('/')).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

impl HostKind {
    /// The word of the command line's JSON.
    pub fn name(self) -> &'static str {
        match self {
            HostKind::Nixos => "nixos",
            HostKind::Darwin => "darwin",
            HostKind::Home => "home",
            HostKind::Droid => "droid",
            HostKind::Other => "other",
        }
    }
}

impl OutputKind {
    /// The word of the command line's JSON.
    pub fn name(self) -> &'static str {
        match self {
            OutputKind::Package => "package",
            OutputKind::App => "app",
            OutputKind::DevShell => "dev-shell",
            OutputKind::Check => "check",
            OutputKind::Formatter => "formatter",
            OutputKind::NixosConfiguration => "nixos-configuration",
            OutputKind::DarwinConfiguration => "darwin-configuration",
            OutputKind::HomeConfiguration => "home-configuration",
            OutputKind::DroidConfiguration => "droid-configuration",
            OutputKind::NixosModule => "nixos-module",
            OutputKind::HomeModule => "home-module",
            OutputKind::DarwinModule => "darwin-module",
            OutputKind::FlakeModule => "flake-module",
            OutputKind::Overlay => "overlay",
            OutputKind::Template => "template",
            OutputKind::Library => "library",
            OutputKind::Unknown => "unknown",
            OutputKind::Other => "other",
        }
    }
}

impl Host {
    /// Where to look for it: its attribute, what it is made of, or the call that builds it.
    pub fn place(&self) -> Option<Origin> {
        self.definition.or(self.made_of).or(self.call)
    }

    /// Whether every module is known.
    pub fn complete(&self) -> bool {
        self.facts.complete()
    }
}

impl Repository {
    /// What the facts show of a value, as text.
    pub fn shown(&self, shown: &Shown) -> String {
        shown.text(&self.snapshot)
    }

    /// The flake that a file belongs to: the one with the innermost root around
    /// it. The source of an input belongs to none, wherever it lies.
    pub fn flake_of(&self, path: &str) -> Option<&Arc<Flake>> {
        if self.snapshot.is_foreign(path) {
            return None;
        }
        let around = self.flakes.iter().filter(|flake| {
            path.strip_prefix(flake.root.as_str()).is_some_and(|rest| rest.starts_with('/') || flake.root == "/")
        });
        around.max_by_key(|flake| flake.root.len())
    }

    /// The text range of an origin: the name of a binding, or an expression.
    pub fn range(&self, origin: Origin) -> Option<FileRange> {
        let lowered = self.snapshot.file(origin.file).ok()?.lowered().clone();
        let range = match origin.site {
            Site::Key(key) => lowered.source_map.key(key).name,
            Site::Expr(expr) => lowered.source_map.expr(expr),
        };
        Some(FileRange { file: origin.file, range })
    }

    /// The text range of the whole binding (`a.b = 1;`) of an origin, or of its expression.
    pub fn whole_range(&self, origin: Origin) -> Option<FileRange> {
        let lowered = self.snapshot.file(origin.file).ok()?.lowered().clone();
        let range = match origin.site {
            Site::Key(key) => lowered.source_map.key(key).whole,
            Site::Expr(expr) => lowered.source_map.expr(expr),
        };
        Some(FileRange { file: origin.file, range })
    }

    /// Whether this holds what `other` does, but for texts: no host was evaluated again.
    pub fn is_same(&self, other: &Repository) -> bool {
        let same_hosts = |a: &Flake, b: &Flake| {
            let mut pairs = a.hosts.iter().zip(&b.hosts);
            a.hosts.len() == b.hosts.len() && pairs.all(|(a, b)| Arc::ptr_eq(a, b))
        };
        let same = |a: &Flake, b: &Flake| {
            a.root == b.root
                && same_hosts(a, b)
                && a.inputs == b.inputs
                && a.outputs == b.outputs
                && a.helpers == b.helpers
        };
        self.flakes.len() == other.flakes.len() && self.flakes.iter().zip(&other.flakes).all(|(a, b)| same(a, b))
    }

    /// The absolute path of a file.
    pub fn path(&self, file: FileId) -> Name {
        self.snapshot.paths().path(file)
    }

    /// All hosts of all flakes.
    pub fn hosts(&self) -> impl Iterator<Item = (&Arc<Flake>, &Arc<Host>)> {
        self.flakes.iter().flat_map(|flake| flake.hosts.iter().map(move |host| (flake, host)))
    }
}

impl Flake {
    /// A path relative to the flake root, with `/`. A flake beside this one is
    /// reached with `../`; what shares no folder with it stays absolute.
    pub fn relative(&self, path: &str) -> String {
        let mut above = String::new();
        let mut folder = self.root.as_str();
        while !folder.is_empty() {
            if let Some(rest) = path.strip_prefix(folder)
                && (rest.is_empty() || rest.starts_with('/'))
            {
                return format!("{above}{}", rest.trim_start_matches('/'));
            }
            above.push_str("../");
            folder = folder.rsplit_once('/').map_or("", |(parent, _)| parent);
        }
        path.to_string()
    }

    /// The input of this name.
    pub fn input(&self, name: &str) -> Option<&Input> {
        self.inputs.iter().find(|input| input.name == name)
    }

    /// The host with this output path.
    pub fn host(&self, output: &str) -> Option<&Arc<Host>> {
        self.hosts.iter().find(|host| host.output == output)
    }
}
