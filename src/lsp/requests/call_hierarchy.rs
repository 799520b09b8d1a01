//! `textDocument/prepareCallHierarchy`, `callHierarchy/incomingCalls` and `callHierarchy/outgoingCalls`

use tower_lsp_server::jsonrpc::Result;
use tower_lsp_server::ls_types as lsp;

use crate::base::{FileId, FileRange, TextRange};
use crate::ide::NavigationTarget;
use crate::ide::call_hierarchy::{self, Call, CallItem, CallKind};
use crate::lsp::client::ClientFeatures;
use crate::lsp::convert;
use crate::lsp::world::World;

/// What the server announces to clients that show call hierarchies.
pub fn capability(features: &ClientFeatures) -> Option<lsp::CallHierarchyServerCapability> {
    features.call_hierarchy.then_some(lsp::CallHierarchyServerCapability::Simple(true))
}

/// The module or helper at a place.
pub fn prepare(world: &World, params: lsp::CallHierarchyPrepareParams) -> Result<Option<Vec<lsp::CallHierarchyItem>>> {
    let Some(position) = world.position(&params.text_document_position_params) else { return Ok(None) };
    let item = call_hierarchy::prepare(&world.analysis, position).and_then(|item| shown(world, item));
    Ok(item.map(|item| vec![item]))
}

/// Who imports or calls it.
pub fn incoming(
    world: &World,
    params: lsp::CallHierarchyIncomingCallsParams,
) -> Result<Option<Vec<lsp::CallHierarchyIncomingCall>>> {
    let Some(item) = meant(world, &params.item) else { return Ok(None) };
    let calls = call_hierarchy::incoming(&world.analysis, &item).into_iter().filter_map(|call| {
        let from_ranges = ranges(world, call.item.target.file, &call);
        Some(lsp::CallHierarchyIncomingCall { from: shown(world, call.item)?, from_ranges })
    });
    Ok(Some(calls.collect()))
}

/// What it imports or calls.
pub fn outgoing(
    world: &World,
    params: lsp::CallHierarchyOutgoingCallsParams,
) -> Result<Option<Vec<lsp::CallHierarchyOutgoingCall>>> {
    let Some(item) = meant(world, &params.item) else { return Ok(None) };
    let calls = call_hierarchy::outgoing(&world.analysis, &item).into_iter().filter_map(|call| {
        let from_ranges = ranges(world, item.target.file, &call);
        Some(lsp::CallHierarchyOutgoingCall { to: shown(world, call.item)?, from_ranges })
    });
    Ok(Some(calls.collect()))
}

fn ranges(world: &World, file: FileId, call: &Call) -> Vec<lsp::Range> {
    call.ranges.iter().filter_map(|range| world.range(FileRange { file, range: *range })).collect()
}

fn shown(world: &World, item: CallItem) -> Option<lsp::CallHierarchyItem> {
    let kind = match item.kind {
        CallKind::Module => lsp::SymbolKind::MODULE,
        CallKind::File => lsp::SymbolKind::FILE,
        CallKind::Function => lsp::SymbolKind::FUNCTION,
    };
    let NavigationTarget { file, full, focus } = item.target;
    Some(lsp::CallHierarchyItem {
        name: item.name,
        kind,
        tags: None,
        detail: item.detail,
        uri: world.uri(&world.path(file))?,
        range: world.range(FileRange { file, range: full.cover(focus) })?,
        selection_range: world.range(FileRange { file, range: focus })?,
        data: None,
    })
}

/// The item that a client sent back: of what it says, the place and the kind count.
fn meant(world: &World, item: &lsp::CallHierarchyItem) -> Option<CallItem> {
    let (_, file) = world.file_of(&item.uri)?;
    let data = world.analysis.snapshot().file(file).ok()?;
    let offset = |position| convert::offset(data.line_index(), data.text(), position, world.features.encoding);
    let (start, end) = (offset(item.selection_range.start), offset(item.selection_range.end));
    let focus = TextRange::new(start.min(end), start.max(end));
    let kind = if item.kind == lsp::SymbolKind::FUNCTION { CallKind::Function } else { CallKind::File };
    let target = NavigationTarget { file, full: focus, focus };
    Some(CallItem { name: item.name.clone(), kind, detail: None, target })
}
