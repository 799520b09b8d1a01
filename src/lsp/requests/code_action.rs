//! `textDocument/codeAction`: the fixes of what is wrong here, those of the same rule elsewhere, all that are safe, and
//! what can be written in another way.
//!
//! A client that asks for the change of an action when somebody chose it (`codeAction/resolve`) gets most actions without. What
//! promises something of the hosts is put to the proof then, and refused where it cannot be shown; for other clients that is
//! done before such an action is offered.

use serde::{Deserialize, Serialize};
use tower_lsp_server::jsonrpc::{Error, ErrorCode, Result};
use tower_lsp_server::ls_types as lsp;

use crate::base::{FileRange, TextEdit, TextRange, map_range};
use crate::hir::Name;
use crate::ide::assists::{self, AssistKind, Offered, assist};
use crate::lsp::client::ClientFeatures;
use crate::lsp::edits::{self, Changes, Preview};
use crate::lsp::findings::{Finding, Fix};
use crate::lsp::requests::execute_command;
use crate::lsp::world::World;
use crate::repository::{Promise, is_below};

/// What an editor asks for to put right whatever it can, for example before it saves.
const FIX_ALL: lsp::CodeActionKind = lsp::CodeActionKind::new("source.fixAll.flakewise");

/// What makes something new: hosts, modules.
const GENERATE: lsp::CodeActionKind = lsp::CodeActionKind::new("refactor.generate");

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
                GENERATE,
                FIX_ALL,
            ]),
            resolve_provider: features.resolve_edits.then_some(true),
            ..lsp::CodeActionOptions::default()
        })
    })
}

/// What an action is found again by.
#[derive(Serialize, Deserialize)]
struct Later {
    uri: lsp::Uri,
    /// Of the document, where it is open: in another text the action may be another one.
    version: Option<i32>,
    action: Which,
}

/// The action that somebody chose.
#[derive(Clone, Serialize, Deserialize)]
enum Which {
    Assist {
        id: String,
        range: lsp::Range,
    },
    /// The fix with this title of the finding at this place.
    Fix {
        code: String,
        range: lsp::Range,
        title: String,
    },
    /// The fixes of one rule.
    Rule {
        code: String,
        is_unsafe: bool,
        everywhere: bool,
    },
    /// Every safe fix of the file.
    All,
}

/// The fixes of the findings that touch a range, or all safe ones of the file where these are asked for.
pub fn handle(world: &World, params: lsp::CodeActionParams) -> Result<Option<lsp::CodeActionResponse>> {
    let Some((path, _)) = world.file_of(&params.text_document.uri) else { return Ok(None) };
    let wanted = params.context.only.as_deref();
    let at = Offering { world, uri: &params.text_document.uri, path: &path };
    let mut actions: Vec<lsp::CodeAction> = Vec::new();
    if wanted.is_none_or(|kinds| kinds.iter().any(|kind| includes(kind, &lsp::CodeActionKind::QUICKFIX))) {
        actions.extend(quick_fixes(&at, &params));
    }
    actions.extend(refactorings(&at, &params, wanted));
    // A change of everything is for those who ask for it.
    if wanted.is_some_and(|kinds| kinds.iter().any(|kind| includes(kind, &FIX_ALL))) {
        actions.extend(fix_all(&at));
    }
    Ok(Some(actions.into_iter().map(lsp::CodeActionOrCommand::CodeAction).collect()))
}

/// An action with its change.
pub fn resolve(world: &World, action: lsp::CodeAction) -> Result<lsp::CodeAction> {
    // One that was sent with its change, or by somebody else.
    let Some(data) = action.data.clone() else { return Ok(action) };
    let later: Later = serde_json::from_value(data).map_err(|_| Error::invalid_params("this is no action of ours"))?;
    let gone = Error::content_modified;
    let (path, _) = world.file_of(&later.uri).ok_or_else(gone)?;
    if world.documents.get(&path).map(|document| document.version) != later.version {
        return Err(gone());
    }
    let at = Offering { world, uri: &later.uri, path: &path };
    let edit = at.change(&later.action)?.ok_or_else(gone)?;
    Ok(lsp::CodeAction { edit: Some(edit), data: None, ..action })
}

/// Where actions are offered.
struct Offering<'a> {
    world: &'a World,
    uri: &'a lsp::Uri,
    path: &'a Name,
}

impl Offering<'_> {
    /// Puts its change into an action, or what the change can be asked for by. `None` where there is none to be had.
    fn complete(&self, action: lsp::CodeAction, which: Which) -> Option<lsp::CodeAction> {
        if !self.world.features.resolve_edits {
            let edit = self.change(&which).ok()??;
            return Some(lsp::CodeAction { edit: Some(edit), ..action });
        }
        let version = self.world.documents.get(self.path).map(|document| document.version);
        let later = Later { uri: self.uri.clone(), version, action: which };
        Some(lsp::CodeAction { data: Some(serde_json::to_value(later).ok()?), ..action })
    }

    /// What an action changes; `None` where it is no longer there or the client cannot make the change. An error where it
    /// would not keep what it promises.
    fn change(&self, which: &Which) -> Result<Option<lsp::WorkspaceEdit>> {
        let world = self.world;
        match which {
            Which::Assist { id, range } => {
                let Some(offered) = self.at(*range).and_then(|at| assist(&world.analysis, at, id)) else {
                    return Ok(None);
                };
                assists::promised(&world.analysis, &offered.offer).map_err(|why| refused(&offered.offer.title, why))?;
                Ok(assist_edit(world, offered))
            }
            Which::Fix { code, range, title } => {
                let findings = world.findings.repository.get(self.path).into_iter().flatten();
                let mut same = findings.filter(|finding| {
                    finding.code == *code && world.analysed_range(self.path, finding.range) == Some(*range)
                });
                let fix = same.find_map(|finding| finding.fixes.iter().find(|fix| fix.title == *title));
                let Some(fix) = fix else { return Ok(None) };
                if fix.keeps_facts {
                    self.prove(fix)?;
                }
                Ok(workspace_edit(world, [fix]))
            }
            Which::Rule { code, is_unsafe, everywhere } => {
                let fixes = fixes_of_rule(world, self.path, code, *is_unsafe, *everywhere);
                Ok(workspace_edit(world, apart(&fixes)))
            }
            Which::All => {
                let fixes = safe_fixes(world, self.path);
                Ok(workspace_edit(world, apart(&fixes)))
            }
        }
    }

    /// Holds a fix against its promise that hosts stay what they are.
    fn prove(&self, fix: &Fix) -> Result<()> {
        let world = self.world;
        let moved = |(path, edit): &(Name, TextEdit)| {
            let range = place_now(world, path, edit)?;
            Some((path.clone(), TextEdit { range, insert: edit.insert.clone() }))
        };
        let edits: Option<Vec<(Name, TextEdit)>> = fix.edits.iter().map(moved).collect();
        let change = assists::Change { edits: edits.ok_or_else(Error::content_modified)?, creates: &fix.creates };
        match assists::broken(&world.analysis, &change, &Promise::SameHosts) {
            Some(why) => Err(refused(&fix.title, why)),
            None => Ok(()),
        }
    }

    fn at(&self, range: lsp::Range) -> Option<FileRange> {
        let place = |position| {
            let text_document = lsp::TextDocumentIdentifier { uri: self.uri.clone() };
            self.world.position(&lsp::TextDocumentPositionParams { text_document, position })
        };
        let (start, end) = (place(range.start)?, place(range.end)?);
        let range = TextRange::new(start.offset.min(end.offset), start.offset.max(end.offset));
        Some(FileRange { file: start.file, range })
    }
}

fn refused(title: &str, why: String) -> Error {
    Error {
        code: ErrorCode::ServerError(lsp::error_codes::REQUEST_FAILED),
        message: format!("not done ({title}): {why}").into(),
        data: None,
    }
}

/// What can be written in another way at a range.
fn refactorings(
    at: &Offering<'_>,
    params: &lsp::CodeActionParams,
    wanted: Option<&[lsp::CodeActionKind]>,
) -> Vec<lsp::CodeAction> {
    let Some(place) = at.at(params.range) else { return Vec::new() };
    let asked = |kind: AssistKind| {
        let kind = kind_of(kind);
        wanted.is_none_or(|kinds| kinds.iter().any(|wanted| includes(wanted, &kind)))
    };
    let offered = assists::assists(&at.world.analysis, place, asked);
    let actions = offered.into_iter().filter(|it| edits::can_create(at.world, &it.offer.creates)).filter_map(|it| {
        let action =
            lsp::CodeAction { title: it.offer.title, kind: Some(kind_of(it.kind)), ..lsp::CodeAction::default() };
        at.complete(action, Which::Assist { id: it.id.to_string(), range: params.range })
    });
    actions.collect()
}

fn assist_edit(world: &World, offered: Offered) -> Option<lsp::WorkspaceEdit> {
    let mut changes = Changes { creates: offered.offer.creates, ..Changes::default() };
    for (file, edit) in offered.offer.edits {
        let range = world.range(FileRange { file, range: edit.range })?;
        changes.edits.entry(world.path(file)).or_default().push(lsp::TextEdit { range, new_text: edit.insert });
    }
    edits::workspace_edit(world, changes)
}

fn kind_of(kind: AssistKind) -> lsp::CodeActionKind {
    match kind {
        AssistKind::Quick => lsp::CodeActionKind::QUICKFIX,
        AssistKind::Generate => GENERATE,
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

fn quick_fixes(at: &Offering<'_>, params: &lsp::CodeActionParams) -> Vec<lsp::CodeAction> {
    let Offering { world, path, .. } = *at;
    let mut actions: Vec<lsp::CodeAction> = Vec::new();
    let mut rules: Vec<(&str, bool)> = Vec::new();
    for finding in world.findings.repository.get(path).into_iter().flatten() {
        let Some(range) = world.analysed_range(path, finding.range) else { continue };
        if range.end < params.range.start || params.range.end < range.start {
            continue;
        }
        let diagnostics = diagnostics_of(&params.context.diagnostics, finding, range);
        for (index, fix) in finding.fixes.iter().enumerate() {
            let mut action = lsp::CodeAction {
                title: fix.title.clone(),
                kind: Some(lsp::CodeActionKind::QUICKFIX),
                diagnostics: diagnostics.clone(),
                is_preferred: Some(index == 0 && finding.fixes.len() == 1 && !fix.is_unsafe),
                ..lsp::CodeAction::default()
            };
            if !fix.tracks.is_empty() {
                let Some(command) = execute_command::git_add(world, fix) else { continue };
                action.command = Some(command);
            } else {
                // One that cannot be made any more is not offered.
                let Some(edit) = workspace_edit(world, [fix]) else { continue };
                if fix.keeps_facts {
                    let which = Which::Fix { code: finding.code.clone(), range, title: fix.title.clone() };
                    let Some(completed) = at.complete(action, which) else { continue };
                    action = completed;
                } else {
                    action.edit = Some(edit);
                }
            }
            actions.push(action);
        }
        let fixed = finding.fixes.iter().find(|fix| only_edits(fix)).map(|fix| (finding.code.as_str(), fix.is_unsafe));
        rules.extend(fixed.filter(|fixed| !rules.contains(fixed)));
    }
    for (rule, is_unsafe) in rules {
        actions.extend(of_rule(at, rule, is_unsafe));
    }
    actions
}

/// All fixes of one rule: in the file, and in the repository. Only where that is more than one.
fn of_rule(at: &Offering<'_>, rule: &str, is_unsafe: bool) -> Vec<lsp::CodeAction> {
    let mut actions = Vec::new();
    let doubt = if is_unsafe { " (may change what is built)" } else { "" };
    let mut found = 0;
    for (everywhere, place) in [(false, "file"), (true, "repository")] {
        let fixes = fixes_of_rule(at.world, at.path, rule, is_unsafe, everywhere);
        let count = apart(&fixes).len();
        if count < 2 || fixes.len() <= found {
            continue;
        }
        found = fixes.len();
        let action = lsp::CodeAction {
            title: format!("Fix all {rule} in this {place}: {count} changes{doubt}"),
            kind: Some(lsp::CodeActionKind::QUICKFIX),
            is_preferred: Some(false),
            ..lsp::CodeAction::default()
        };
        actions.extend(at.complete(action, Which::Rule { code: rule.to_string(), is_unsafe, everywhere }));
    }
    actions
}

/// The fixes of one rule in a file, or in its flake.
fn fixes_of_rule(world: &World, path: &Name, rule: &str, is_unsafe: bool, everywhere: bool) -> Vec<Fix> {
    let all = &world.findings.repository;
    let fix = |finding: &'_ Finding| finding.fixes.iter().position(|fix| only_edits(fix) && fix.is_unsafe <= is_unsafe);
    let fixes = |findings: &'_ [Finding]| -> Vec<Fix> {
        let chosen = findings.iter().filter(|it| it.code == rule).filter_map(|it| it.fixes.get(fix(it)?).cloned());
        chosen.collect()
    };
    if !everywhere {
        return all.get(path).map(|findings| fixes(findings)).unwrap_or_default();
    }
    // A repository within the opened folders is what lies in one flake.
    let flake = world.surroundings.keys().filter(|flake| is_below(path, flake)).max_by_key(|flake| flake.len());
    let within = |other: &Name| flake.is_none_or(|flake| is_below(other, flake));
    all.iter().filter(|(other, _)| within(other)).flat_map(|(_, findings)| fixes(findings)).collect()
}

/// Every safe fix that changes this file and no other one.
fn fix_all(at: &Offering<'_>) -> Option<lsp::CodeAction> {
    if safe_fixes(at.world, at.path).is_empty() {
        return None;
    }
    let action = lsp::CodeAction {
        title: "Fix all that flakewise is sure of".to_string(),
        kind: Some(FIX_ALL),
        ..lsp::CodeAction::default()
    };
    // Whoever asks for it makes it at once.
    let edit = at.change(&Which::All).ok()??;
    Some(lsp::CodeAction { edit: Some(edit), ..action })
}

fn safe_fixes(world: &World, path: &Name) -> Vec<Fix> {
    let findings = world.findings.repository.get(path).into_iter().flatten();
    let safe = |fix: &&Fix| !fix.is_unsafe && only_edits(fix) && fix.edits.iter().all(|(file, _)| file == path);
    findings.filter_map(|it| it.fixes.iter().find(safe).cloned()).collect()
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
    world.range_in(world.analysis.snapshot(), path, place_now(world, path, edit)?)
}

/// The same in offsets.
fn place_now(world: &World, path: &Name, edit: &TextEdit) -> Option<TextRange> {
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
    (text(now, range)? == text(then, edit.range)?).then_some(range)
}
