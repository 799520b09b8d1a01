//! `textDocument/codeLens` and `codeLens/resolve`

use serde_json::{Value, json};
use tower_lsp_server::jsonrpc::{Error, Result};
use tower_lsp_server::ls_types as lsp;

use crate::base::FileRange;
use crate::ide::code_lens::{self, CodeLensConfig, LensKind, Resolved, code_lenses};
use crate::lsp::client::ClientFeatures;
use crate::lsp::convert;
use crate::lsp::world::World;

/// The client's command that shows places: a URI, a position and locations, as `editor.action.showReferences`
/// of VS Code takes them.
pub const SHOW_REFERENCES: &str = "flakewise.showReferences";

/// What the server announces to clients that show lenses.
pub fn capability(features: &ClientFeatures) -> Option<lsp::CodeLensOptions> {
    features.code_lenses.then_some(lsp::CodeLensOptions { resolve_provider: Some(true) })
}

/// Where the lenses of a document stand.
pub fn handle(world: &World, params: lsp::CodeLensParams) -> Result<Option<Vec<lsp::CodeLens>>> {
    let uri = params.text_document.uri;
    let Some((_, file)) = world.file_of(&uri) else { return Ok(None) };
    let settings = world.settings_of(file).map(|settings| settings.lenses).unwrap_or_default();
    let config = CodeLensConfig {
        options: settings.options.unwrap_or(true),
        modules: settings.modules.unwrap_or(true),
        hosts: settings.hosts.unwrap_or(true),
    };
    let lenses = code_lenses(&world.analysis, file, config).into_iter().filter_map(|lens| {
        let range = world.range(FileRange { file, range: lens.range })?;
        let data = json!({"uri": uri.as_str(), "about": word(lens.kind)});
        Some(lsp::CodeLens { range, command: None, data: Some(data) })
    });
    Ok(Some(lenses.collect()))
}

/// What a lens says.
pub fn resolve(world: &World, lens: lsp::CodeLens) -> Result<lsp::CodeLens> {
    // A lens that was sent with its command, or by somebody else.
    let Some(data) = &lens.data else { return Ok(lens) };
    let refused = || Error::invalid_params("this is no lens of ours");
    let kind = data["about"].as_str().and_then(kind).ok_or_else(refused)?;
    let uri: lsp::Uri = data["uri"].as_str().and_then(|uri| uri.parse().ok()).ok_or_else(refused)?;
    let gone = Error::content_modified;
    let (_, file) = world.file_of(&uri).ok_or_else(gone)?;
    let data = world.analysis.snapshot().file(file).map_err(|_| gone())?;
    let at = convert::offset(data.line_index(), data.text(), lens.range.start, world.features.encoding);
    let resolved = code_lens::resolve(&world.analysis, file, at, kind).ok_or_else(gone)?;
    Ok(lsp::CodeLens { command: Some(command(world, &uri, lens.range.start, resolved)), ..lens })
}

/// Clients show a command without a name as text.
fn command(world: &World, uri: &lsp::Uri, position: lsp::Position, resolved: Resolved) -> lsp::Command {
    let title = resolved.title;
    if !world.features.show_references || resolved.places.is_empty() {
        return lsp::Command { title, command: String::new(), arguments: None };
    }
    let locations: Vec<lsp::Location> = resolved.places.into_iter().filter_map(|at| world.location(at)).collect();
    let arguments: Vec<Value> = vec![json!(uri.as_str()), json!(position), json!(locations)];
    lsp::Command { title, command: SHOW_REFERENCES.to_string(), arguments: Some(arguments) }
}

const WORDS: [(LensKind, &str); 3] =
    [(LensKind::Option, "option"), (LensKind::Module, "module"), (LensKind::Host, "host")];

fn word(kind: LensKind) -> Option<&'static str> {
    WORDS.iter().find(|(it, _)| *it == kind).map(|(_, word)| *word)
}

fn kind(word: &str) -> Option<LensKind> {
    WORDS.iter().find(|(_, it)| *it == word).map(|(kind, _)| *kind)
}
