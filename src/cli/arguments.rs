//! What can be written on the command line.

use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, Parser, Subcommand, ValueEnum};

/// A language server and checker for flakes that hold NixOS, Home Manager, nix-darwin and nix-on-droid configurations.
///
/// Without a command it is the language server on stdio.
#[derive(Parser, Debug)]
#[command(name = "flakewise", version = crate::VERSION, disable_help_subcommand = true)]
pub(super) struct Arguments {
    /// Be the language server on stdio, as without a command
    #[arg(long)]
    pub(super) stdio: bool,
    /// The editor's process, which some clients pass; an editor that is gone closes stdin anyway
    #[arg(long = "clientProcessId", value_name = "ID", hide = true)]
    pub(super) client_process: Option<u32>,
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// Reports what is wrong in the repository
    Check(CheckArguments),
    /// Prints the hosts: output, kind, system, entry file, modules
    Hosts(HostsArguments),
    /// Prints the options that the repository declares, who sets them, to what
    Options(OptionsArguments),
    /// Prints the flake's outputs, with where each is defined
    Outputs(OutputsArguments),
    /// Prints the module graph
    Graph(GraphArguments),
    /// Prints the hosts and other outputs that changes since a revision of git concern, and why
    Affected(AffectedArguments),
    /// Writes the architecture review of the repository
    Review(ReviewArguments),
    /// Prints the documentation of a rule
    Explain(ExplainArguments),
    /// Prints the completions of a shell, or the manual page
    Generate(GenerateArguments),
    /// Prints what one layer of flakewise makes of a file or flake
    Dump(DumpArguments),
}

/// How an answer is printed.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

/// How findings are printed.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CheckFormat {
    /// For people, with the source line
    Text,
    /// For programs
    Json,
    /// For code scanning services
    Sarif,
    /// For the log of a GitHub workflow, which shows them at their lines
    Github,
}

/// From which severity on `check` fails.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deny {
    Hints,
    Information,
    Warnings,
    Errors,
}

#[derive(Args, Debug)]
pub(super) struct CheckArguments {
    /// The folder of flake.nix [default: at or above the current directory]
    pub(super) dir: Option<PathBuf>,
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: CheckFormat,
    /// Make the changes that cannot break anything, and report what is left
    #[arg(long)]
    pub(super) fix: bool,
    /// With --fix: also make changes that may alter what is built
    #[arg(long, requires = "fix")]
    pub(super) unsafe_fixes: bool,
    /// Only this rule; may be given several times
    #[arg(long = "rule", value_name = "ID")]
    pub(super) rules: Vec<String>,
    /// Exit with 1 also for findings below errors
    #[arg(long, value_enum, value_name = "LEVEL", default_value = "errors")]
    pub(super) deny: Deny,
    /// Say nothing of what FILE lists
    #[arg(long, value_name = "FILE", conflicts_with = "write_baseline")]
    pub(super) baseline: Option<PathBuf>,
    /// List what is found in FILE, for --baseline, instead of reporting it
    #[arg(long, value_name = "FILE")]
    pub(super) write_baseline: Option<PathBuf>,
}

/// How a graph is printed.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GraphFormat {
    /// For Graphviz
    Dot,
    /// For Markdown
    Mermaid,
    /// For programs
    Json,
    /// A picture
    Svg,
}

#[derive(Args, Debug)]
pub(super) struct GraphArguments {
    /// The folder of flake.nix [default: at or above the current directory]
    pub(super) dir: Option<PathBuf>,
    /// Only the modules of this host
    #[arg(long, value_name = "HOST")]
    pub(super) host: Option<String>,
    #[arg(long, value_enum, default_value = "dot")]
    pub(super) format: GraphFormat,
}

/// How a review is written.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReviewFormat {
    /// Text with a Mermaid graph
    Markdown,
    /// One page that needs nothing else
    Html,
}

#[derive(Args, Debug)]
pub(super) struct ReviewArguments {
    /// The folder of flake.nix [default: at or above the current directory]
    pub(super) dir: Option<PathBuf>,
    #[arg(long, value_enum, default_value = "markdown")]
    pub(super) format: ReviewFormat,
}

#[derive(Args, Debug)]
pub(super) struct AffectedArguments {
    /// The folder of flake.nix [default: at or above the current directory]
    pub(super) dir: Option<PathBuf>,
    /// The revision to compare the files with: a commit, a branch, `HEAD~3`
    #[arg(long, value_name = "REV")]
    pub(super) since: String,
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
}

#[derive(Args, Debug)]
pub(super) struct ExplainArguments {
    /// The rule, as it stands in brackets behind a finding
    pub(super) rule: String,
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
}

#[derive(Args, Debug)]
pub(super) struct HostsArguments {
    /// The folder of flake.nix [default: at or above the current directory]
    pub(super) dir: Option<PathBuf>,
    /// Only this host, with its modules: `nixosConfigurations.a`, or `a` alone
    pub(super) host: Option<String>,
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
}

#[derive(Args, Debug)]
pub(super) struct OptionsArguments {
    /// The folder of flake.nix [default: at or above the current directory]
    pub(super) dir: Option<PathBuf>,
    /// Only options at or below this path: `custom.desktop`
    pub(super) prefix: Option<String>,
    /// Only options and definitions of this host
    #[arg(long, value_name = "HOST")]
    pub(super) host: Option<String>,
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
}

#[derive(Args, Debug)]
pub(super) struct OutputsArguments {
    /// The folder of flake.nix [default: at or above the current directory]
    pub(super) dir: Option<PathBuf>,
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
}

/// What `generate` prints.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Generated {
    Bash,
    Elvish,
    Fish,
    Powershell,
    Zsh,
    /// The manual page, in roff
    Man,
}

#[derive(Args, Debug)]
pub(super) struct GenerateArguments {
    #[arg(value_enum)]
    pub(super) what: Generated,
}

/// What `dump` prints.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layer {
    /// The syntax tree of a file
    Tree,
    /// The expressions of a file, as they are evaluated
    Hir,
    /// The value of a file
    Value,
    /// Option facts of every host of a flake
    Options,
    /// Hosts of a flake
    Hosts,
}

#[derive(Args, Debug)]
pub(super) struct DumpArguments {
    #[arg(value_enum)]
    pub(super) layer: Layer,
    /// A file for tree, hir and value; the folder of flake.nix for options and hosts
    pub(super) path: Option<PathBuf>,
}

/// What clap says over several lines, as one: what is wrong, what it could have been, what was probably meant.
pub(super) fn refusal(error: &clap::Error) -> String {
    let strings = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        _ => Vec::new(),
    };
    let text = error.render().to_string();
    let first = text.lines().next().unwrap_or_default();
    let mut line = first.strip_prefix("error: ").unwrap_or(first).trim_end_matches(':').to_string();
    let kind = error.kind();
    if kind == ErrorKind::MissingRequiredArgument {
        let missing = strings(ContextKind::InvalidArg);
        line = format!("{} {} missing", missing.join(" and "), if missing.len() == 1 { "is" } else { "are" });
    }
    let suggested = [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue];
    let suggested = suggested.into_iter().flat_map(strings).next();
    let possible = strings(ContextKind::ValidValue);
    match suggested {
        Some(meant) => line.push_str(&format!("; did you mean {meant}?")),
        None if !possible.is_empty() => line.push_str(&format!("; possible are {}", possible.join(", "))),
        None if kind == ErrorKind::InvalidSubcommand || kind == ErrorKind::UnknownArgument => {
            line.push_str("; see flakewise --help");
        }
        None => {}
    }
    line
}
