//! `textDocument/codeAction`: the fixes of what is wrong here, those of the same rule elsewhere, all that are safe, and
//! what can be written in another way.

use tower_lsp_server::jsonrpc::Result;
use tower_lsp_server::ls_types as lsp;

use crate::base::{FileRange, TextEdit, TextRange, map_range};
use crate::hir::Name;
use crate::ide::assists::{AssistKind, assists};
use crate::lsp::client::ClientFeatures;
use crate::lsp::edits::{self, Changes, Preview};
use crate::lsp::findings::{Finding, Fix};
use crate::lsp::requests::execute_command;
use crate::lsp::world::World;
use crate::repository::is_below;

/// What an editor asks for to put right whatever it can, for example before it saves.
const FIX_ALL: lsp::CodeActionKind = lsp::CodeActionKind::new("source.fixAll.flakewise");

/// The annotation of changes that move code.
const REFACTORING: &str = "flakewise.refactoring";

/// What the server announces to clients that take more than commands.
pub fn capability(features: &ClientFeatures) -> Option<lsp::CodeActionProviderCapability> {
    features.code_action_literals.then(|| {
        lsp::CodeActionProviderCapability::Options(lsp::CodeActionOptions {
            code_action_kinds: Some(vec![
                lsp::CodeActionKind::QUICKFIX,
                lsp::CodeActionKind::REFACTOR_EXTRACT,
                lsp::CodeActionKind::REFACTOR_INLINE,
                lsp::CodeActionKind::REFACTOR_REWRITE,
                FIX_ALL,
            ]),
            ..lsp::CodeActionOptions::default()
        })
    })
}

/// The fixes of the findings that touch a range, or all safe ones of the file where these are asked for.
pub fn handle(world: &World, params: lsp::CodeActionParams) -> Result<Option<lsp::CodeActionResponse>> {
    let Some((path, _)) = world.file_of(&params.text_document.uri) else { return Ok(None) };
    let wanted = params.context.only.as_deref();
    let mut actions: Vec<lsp::CodeAction> = Vec::new();
    if wanted.is_none_or(|kinds| kinds.iter().any(|kind| includes(kind, &lsp::CodeActionKind::QUICKFIX))) {
        actions.extend(quick_fixes(world, &path, &params));
    }
    actions.extend(refactorings(world, &params, wanted));
    // A change of everything is for those who ask for it.
    if wanted.is_some_and(|kinds| kinds.iter().any(|kind| includes(kind, &FIX_ALL))) {
        actions.extend(fix_all(world, &path));
    }
    Ok(Some(actions.into_iter().map(lsp::CodeActionOrCommand::CodeAction).collect()))
}

/// What can be written in another way at a range.
fn refactorings(
    world: &World,
    params: &lsp::CodeActionParams,
    wanted: Option<&[lsp::CodeActionKind]>,
) -> Vec<lsp::CodeAction> {
    let place = |position| {
        let text_document = params.text_document.clone();
        world.position(&lsp::TextDocumentPositionParams { text_document, position })
    };
    let (Some(start), Some(end)) = (place(params.range.start), place(params.range.end)) else { return Vec::new() };
    let range = TextRange::new(start.offset.min(end.offset), start.offset.max(end.offset));
    let asked = |kind: AssistKind| {
        let kind = kind_of(kind);
        wanted.is_none_or(|kinds| kinds.iter().any(|wanted| includes(wanted, &kind)))
    };
    let offered = assists(&world.analysis, FileRange { file: start.file, range }, asked);
    let actions = offered.into_iter().filter_map(|offered| {
        let mut changes = Changes { creates: offered.offer.creates, ..Changes::default() };
        for (file, edit) in offered.offer.edits {
            let range = world.range(FileRange { file, range: edit.range })?;
            changes.edits.entry(world.path(file)).or_default().push(lsp::TextEdit { range, new_text: edit.insert });
        }
        Some(lsp::CodeAction {
            title: offered.offer.title,
            kind: Some(kind_of(offered.kind)),
            edit: Some(edits::workspace_edit(world, changes)?),
            ..lsp::CodeAction::default()
        })
    });
    actions.collect()
}

fn kind_of(kind: AssistKind) -> lsp::CodeActionKind {
    match kind {
        AssistKind::Quick => lsp::CodeActionKind::QUICKFIX,
        AssistKind::Extract => lsp::CodeActionKind::REFACTOR_EXTRACT,
        AssistKind::Inline => lsp::CodeActionKind::REFACTOR_INLINE,
        AssistKind::Rewrite => lsp::CodeActionKind::REFACTOR_REWRITE,
    }
}

/// A kind stands for all below it; the empty kind is all.
fn includes(kind: &lsp::CodeActionKind, other: &lsp::CodeActionKind) -> bool {
    let rest = other.as_str().strip_prefix(kind.as_str());
    kind.as_str().is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn quick_fixes(world: &World, path: &Name, params: &lsp::CodeActionParams) -> Vec<lsp::CodeAction> {
    let mut actions: Vec<lsp::CodeAction> = Vec::new();
    let mut rules: Vec<(&str, bool)> = Vec::new();
    for finding in world.findings.repository.get(path).into_iter().flatten() {
        let Some(range) = world.analysed_range(path, finding.range) else { continue };
        if range.end < params.range.start || params.range.end < range.start {
            continue;
        }
        let diagnostics = diagnostics_of(&params.context.diagnostics, finding, range);
        for (at, fix) in finding.fixes.iter().enumerate() {
            let (edit, command) = if fix.tracks.is_empty() {
                let Some(edit) = workspace_edit(world, [fix]) else { continue };
                (Some(edit), None)
            } else {
                let Some(command) = execute_command::git_add(world, fix) else { continue };
                (None, Some(command))
            };
            actions.push(lsp::CodeAction {
                title: fix.title.clone(),
                kind: Some(lsp::CodeActionKind::QUICKFIX),
                diagnostics: diagnostics.clone(),
                edit,
                command,
                is_preferred: Some(at == 0 && finding.fixes.len() == 1 && !fix.is_unsafe),
                ..lsp::CodeAction::default()
            });
        }
        let fixed = finding.fixes.iter().find(|fix| only_edits(fix)).map(|fix| (finding.code.as_str(), fix.is_unsafe));
        rules.extend(fixed.filter(|fixed| !rules.contains(fixed)));
    }
    for (rule, is_unsafe) in rules {
        actions.extend(fixes_of_rule(world, path, rule, is_unsafe));
    }
    actions
}

/// All fixes of one rule: in the file, and in the repository. Only where that is more than one.
fn fixes_of_rule(world: &World, path: &Name, rule: &str, is_unsafe: bool) -> Vec<lsp::CodeAction> {
    let all = &world.findings.repository;
    let first = |finding: &&Finding| finding.code == rule;
    let fix = |finding: &'_ Finding| finding.fixes.iter().position(|fix| only_edits(fix) && fix.is_unsafe <= is_unsafe);
    let fixes = |findings: &'_ [Finding]| -> Vec<Fix> {
        let chosen = findings.iter().filter(first).filter_map(|it| it.fixes.get(fix(it)?).cloned());
        chosen.collect()
    };
    let here = all.get(path).map(|findings| fixes(findings)).unwrap_or_default();
    // A repository within the opened folders is what lies in one flake.
    let flake = world.surroundings.keys().filter(|flake| is_below(path, flake)).max_by_key(|flake| flake.len());
    let within = |other: &Name| flake.is_none_or(|flake| is_below(other, flake));
    let everywhere: Vec<Fix> =
        all.iter().filter(|(other, _)| within(other)).flat_map(|(_, findings)| fixes(findings)).collect();
    let mut actions = Vec::new();
    let doubt = if is_unsafe { " (may change what is built)" } else { "" };
    let mut offer = |fixes: &[Fix], place: &str| {
        let chosen = apart(fixes);
        let Some(edit) = (chosen.len() > 1).then(|| workspace_edit(world, chosen.iter().copied())).flatten() else {
            return;
        };
        actions.push(lsp::CodeAction {
            title: format!("Fix all {rule} in this {place}: {} changes{doubt}", chosen.len()),
            kind: Some(lsp::CodeActionKind::QUICKFIX),
            edit: Some(edit),
            is_preferred: Some(false),
            ..lsp::CodeAction::default()
        });
    };
    offer(&here, "file");
    if everywhere.len() > here.len() {
        offer(&everywhere, "repository");
    }
    actions
}

/// Every safe fix that changes this file and no other one.
fn fix_all(world: &World, path: &Name) -> Option<lsp::CodeAction> {
    let findings = world.findings.repository.get(path)?;
    let safe = |fix: &&Fix| !fix.is_unsafe && only_edits(fix) && fix.edits.iter().all(|(file, _)| file == path);
    let fixes: Vec<Fix> = findings.iter().filter_map(|it| it.fixes.iter().find(safe).cloned()).collect();
    let chosen = apart(&fixes);
    let edit = (!chosen.is_empty()).then(|| workspace_edit(world, chosen.iter().copied())).flatten()?;
    Some(lsp::CodeAction {
        title: "Fix all that flakewise is sure of".to_string(),
        kind: Some(FIX_ALL),
        edit: Some(edit),
        ..lsp::CodeAction::default()
    })
}

fn only_edits(fix: &Fix) -> bool {
    !fix.edits.is_empty() && fix.creates.is_empty() && fix.tracks.is_empty()
}

/// The fixes that can be made together: those that touch no earlier one, and each change once.
fn apart(fixes: &[Fix]) -> Vec<&Fix> {
    let mut chosen: Vec<&Fix> = Vec::new();
    for fix in fixes {
        let free = |(path, edit): &(Name, TextEdit)| {
            let others = chosen.iter().flat_map(|other| &other.edits).filter(|(other, _)| other == path);
            others
                .map(|(_, other)| other.range)
                .all(|other| edit.range.end() < other.start() || other.end() < edit.range.start())
        };
        if fix.edits.iter().all(free) {
            chosen.push(fix);
        }
    }
    chosen
}

/// The client's own diagnostics that the finding is.
fn diagnostics_of(
    diagnostics: &[lsp::Diagnostic],
    finding: &Finding,
    range: lsp::Range,
) -> Option<Vec<lsp::Diagnostic>> {
    let same = |it: &&lsp::Diagnostic| {
        it.range == range && matches!(&it.code, Some(lsp::NumberOrString::String(code)) if *code == finding.code)
    };
    let same: Vec<lsp::Diagnostic> = diagnostics.iter().filter(same).cloned().collect();
    (!same.is_empty()).then_some(same)
}

/// What fixes change, in the texts as they are now; `None` where one of the places is not what it was when the fix
/// was made, and where the client cannot make the change.
fn workspace_edit<'a>(world: &World, fixes: impl IntoIterator<Item = &'a Fix>) -> Option<lsp::WorkspaceEdit> {
    let mut changes = Changes::default();
    for fix in fixes {
        for (path, edit) in &fix.edits {
            let range = untouched(world, path, edit)?;
            let edit = lsp::TextEdit { range, new_text: edit.insert.clone() };
            changes.edits.entry(path.clone()).or_default().push(edit);
        }
        changes.creates.extend(fix.creates.iter().cloned());
        // What moves code between places is shown before.
        if fix.keeps_facts {
            changes.preview = Some(Preview { id: REFACTORING, label: fix.title.clone(), description: None });
        }
    }
    edits::workspace_edit(world, changes)
}

/// Where the text of an edit is now, if nobody typed in it since.
fn untouched(world: &World, path: &Name, edit: &TextEdit) -> Option<lsp::Range> {
    let snapshot = world.analysis.snapshot();
    let (now, then) = (snapshot, &world.analysis.repository().snapshot);
    let text = |snapshot: &crate::db::Snapshot, range| {
        let data = snapshot.file(snapshot.paths().existing(path)?).ok()?;
        data.text().get(std::ops::Range::<usize>::from(range)).map(str::to_string)
    };
    let range = match world.documents.get(path) {
        Some(document) => map_range(edit.range, document.edits.iter().map(|(_, edit)| edit))?,
        None => edit.range,
    };
    if text(now, range)? != text(then, edit.range)? {
        return None;
    }
    world.range_in(now, path, range)
}
