//! `flakewise generate`: what shells and `man` want to know of the command line, made from its definition.

use clap::CommandFactory;
use clap_complete::Shell;

use super::arguments::{Arguments, GenerateArguments, Generated};
use super::{Answer, Failure};

pub(super) fn run(arguments: &GenerateArguments) -> Result<Answer, Failure> {
    let shell = match arguments.what {
        Generated::Bash => Shell::Bash,
        Generated::Elvish => Shell::Elvish,
        Generated::Fish => Shell::Fish,
        Generated::Powershell => Shell::PowerShell,
        Generated::Zsh => Shell::Zsh,
        Generated::Man => return man(),
    };
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "flakewise", &mut script);
    text(script)
}

/// One page with all commands: a page for each would be ten files of a few lines.
fn man() -> Result<Answer, Failure> {
    let cannot = |error: std::io::Error| Failure(format!("the page cannot be written: {error}"));
    let mut command = Arguments::command().disable_help_flag(true);
    command.build();
    let page = clap_mangen::Man::new(command.clone());
    let mut out = Vec::new();
    page.render_title(&mut out).map_err(cannot)?;
    page.render_name_section(&mut out).map_err(cannot)?;
    page.render_synopsis_section(&mut out).map_err(cannot)?;
    page.render_description_section(&mut out).map_err(cannot)?;
    page.render_options_section(&mut out).map_err(cannot)?;
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        let name = format!("flakewise {}", sub.get_name());
        out.extend_from_slice(format!(".SH \"{}\"\n", name.to_uppercase()).as_bytes());
        let page = clap_mangen::Man::new(sub.clone().disable_help_flag(true));
        let mut section = Vec::new();
        page.render_description_section(&mut section).map_err(cannot)?;
        page.render_options_section(&mut section).map_err(cannot)?;
        // Within the section of a command its description and options are no sections of their own.
        let section = String::from_utf8(section).map_err(|_| "the page is not UTF-8")?;
        let lines = section.lines().filter(|line| *line != ".SH DESCRIPTION").map(|line| match line {
            ".SH OPTIONS" => ".SS Options",
            line => line,
        });
        for line in lines {
            out.extend_from_slice(line.as_bytes());
            out.push(b'\n');
        }
    }
    text(out)
}

fn text(bytes: Vec<u8>) -> Result<Answer, Failure> {
    Ok(Answer::ok(String::from_utf8(bytes).map_err(|_| "the text is not UTF-8")?))
}
