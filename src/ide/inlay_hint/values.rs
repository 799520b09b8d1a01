//! What hosts have where a definition lost to another one by priority.

use super::{HintKind, InlayHint};
use crate::base::FileRange;
use crate::eval::{Origin, Site};
use crate::hir::{KeyId, Name};
use crate::ide::{Analysis, markdown};
use crate::module_system::{Condition, Definition};
use crate::semantics::{HostId, Role};

/// More hosts than this are counted, not listed.
const MAX_HOSTS: usize = 2;
/// Longer values are cut off.
const MAX_VALUE: usize = 40;

/// A value that some hosts have in place of the one that is written.
struct Winner {
    /// `None` where it is not known.
    value: Option<String>,
    origin: Option<Origin>,
    hosts: Vec<HostId>,
}

/// The definitions of a stretch of text that are overridden on some host.
pub(super) fn overridden(analysis: &Analysis, at: FileRange) -> Vec<InlayHint> {
    // Where the text has changed since, it is not known what it sets.
    let Some(data) = analysis.snapshot().file(at.file).ok().filter(|_| analysis.is_current(at.file)) else {
        return Vec::new();
    };
    let lowered = data.lowered();
    let mut hints = Vec::new();
    for key in (0..lowered.file.key_count()).map(|key| KeyId(key as u32)) {
        let source = lowered.source_map.key(key);
        if source.whole == source.name || !at.range.contains_inclusive(source.whole.end()) {
            continue;
        }
        let mut winners: Vec<Winner> = Vec::new();
        for role in analysis.roles(Origin { file: at.file, site: Site::Key(key) }) {
            let Role::Definition { host, definition } = role else { continue };
            let Some(facts) = analysis.host(*host).map(|host| &host.facts) else { continue };
            let Some(definition) = facts.definitions.get(*definition) else { continue };
            if let Some((value, origin)) = winner(analysis, &facts.definitions, definition) {
                match winners.iter_mut().find(|known| known.value == value && known.origin == origin) {
                    Some(known) => known.hosts.push(*host),
                    None => winners.push(Winner { value, origin, hosts: vec![*host] }),
                }
            }
        }
        if !winners.is_empty() {
            hints.push(hint(analysis, source.whole.end(), &winners));
        }
    }
    hints
}

/// The value in force in place of a definition, with the place of the one definition that
/// gives it. `None` where the definition itself is in force, or may be.
fn winner(analysis: &Analysis, all: &[Definition], this: &Definition) -> Option<(Option<String>, Option<Origin>)> {
    if this.condition == Condition::Fails {
        return None;
    }
    let start = all.partition_point(|other| other.path < this.path);
    let same = all.get(start..)?.iter().take_while(|other| other.path == this.path);
    let certain = |other: &&Definition| other.condition == Condition::Holds && !other.maybe;
    let stronger: Vec<&Definition> = same.filter(certain).filter(|other| other.priority < this.priority).collect();
    let priority = stronger.iter().map(|other| other.priority).min()?;
    let mut won = stronger.into_iter().filter(|other| other.priority == priority);
    let first = won.next()?;
    // Several are merged, and nobody wrote what comes of it, unless they agree.
    let alone = won.next().is_none();
    let value = first.value.as_ref().filter(|_| alone).map(|value| analysis.shown(value));
    Some((value, first.origin.filter(|_| alone)))
}

fn hint(analysis: &Analysis, offset: crate::base::TextSize, winners: &[Winner]) -> InlayHint {
    let parts: Vec<String> = winners.iter().map(|winner| part(analysis, winner)).collect();
    let rows = winners.iter().map(|winner| {
        let value = winner.value.as_deref().map_or("a value that is not known".to_string(), markdown::code);
        let place = winner.origin.and_then(|origin| analysis.range(origin)).map(|at| markdown::place(analysis, at));
        let place = place.map(|place| format!(" in {place}")).unwrap_or_default();
        let hosts = analysis.host_names(winner.hosts.iter().copied());
        format!("- {}: {value}{place}\n", hosts.join(", "))
    });
    InlayHint {
        offset,
        kind: HintKind::Value,
        label: parts.join(", "),
        tooltip: Some(format!("Overridden on\n{}", rows.collect::<String>())),
        target: winners.iter().find_map(|winner| winner.origin).and_then(|origin| analysis.range(origin)),
    }
}

/// `= 443 on atlas`
fn part(analysis: &Analysis, winner: &Winner) -> String {
    let names = analysis.host_names(winner.hosts.iter().copied());
    let hosts = if names.len() > MAX_HOSTS {
        format!("{} hosts", names.len())
    } else {
        names.iter().map(Name::as_str).collect::<Vec<_>>().join(", ")
    };
    match &winner.value {
        Some(value) => format!("= {} on {hosts}", shortened(value)),
        None => format!("overridden on {hosts}"),
    }
}

fn shortened(value: &str) -> String {
    let line = value.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MAX_VALUE) {
        Some((at, _)) => format!("{}…", line.get(..at).unwrap_or_default()),
        None => line,
    }
}
