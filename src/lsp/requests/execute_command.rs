//! `workspace/executeCommand`: what the server does only because somebody asked for it by name.

use serde_json::Value;
use tower_lsp_server::jsonrpc::{Error, Result};
use tower_lsp_server::ls_types as lsp;

use crate::hir::Name;
use crate::lsp::convert;
use crate::lsp::findings::Fix;
use crate::lsp::world::World;

/// Has git track files and folders of the workspace. The arguments are their URIs.
pub const GIT_ADD: &str = "flakewise.gitAdd";

/// What the server announces. Clients need to know nothing of a command but that they send it back.
pub fn capability() -> lsp::ExecuteCommandOptions {
    lsp::ExecuteCommandOptions { commands: vec![GIT_ADD.to_string()], ..lsp::ExecuteCommandOptions::default() }
}

/// The command that makes git track what a fix wants it to.
pub fn git_add(world: &World, fix: &Fix) -> Option<lsp::Command> {
    let uris = fix.tracks.iter().map(|path| Some(Value::from(world.uri(path)?.as_str())));
    let arguments = uris.collect::<Option<Vec<Value>>>()?;
    Some(lsp::Command { title: fix.title.clone(), command: GIT_ADD.to_string(), arguments: Some(arguments) })
}

/// What a command comes down to.
pub struct GitAdd {
    pub paths: Vec<Name>,
    /// The folders that the paths must lie in.
    pub folders: Vec<Name>,
}

/// Reads a command: only what lies in the listed folders is touched, whatever was sent.
pub fn handle(world: &World, params: lsp::ExecuteCommandParams) -> Result<GitAdd> {
    if params.command != GIT_ADD {
        return Err(Error::invalid_params(format!("there is no command {}", params.command)));
    }
    let tree = world.analysis.snapshot().tree();
    let paths = params.arguments.iter().map(|argument| {
        let uri = argument.as_str().and_then(|uri| uri.parse::<lsp::Uri>().ok());
        let path = uri.as_ref().map(convert::name_of_uri).filter(|path| tree.covers(path));
        path.ok_or_else(|| Error::invalid_params(format!("{argument} is nothing in an opened folder")))
    });
    Ok(GitAdd { paths: paths.collect::<Result<_>>()?, folders: tree.roots().to_vec() })
}
