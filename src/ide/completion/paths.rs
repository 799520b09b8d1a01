//! Files and folders in a path literal.

use super::{CompletionItem, CompletionKind, Context};
use crate::eval::FileType;

/// The entries of the folder that was typed so far.
pub(super) fn complete(context: &Context, typed: &str, items: &mut Vec<CompletionItem>) {
    let folder = typed.get(..=typed.rfind('/').unwrap_or_default()).unwrap_or(typed);
    let Some(path) = context.analysis.path_of_literal(context.file, folder) else { return };
    let own = context.analysis.path(context.file);
    for (name, node) in context.analysis.snapshot().tree().children(&path) {
        if name.starts_with('.') || own == format!("{path}/{name}") {
            continue;
        }
        let kind = match (&node.kind, &node.target) {
            (FileType::Symlink, Some(target)) => {
                context.analysis.snapshot().tree().resolve(target).map_or(FileType::Unknown, |(_, node)| node.kind)
            }
            (kind, _) => *kind,
        };
        let item = match kind {
            FileType::Directory => {
                let module = context.analysis.snapshot().tree().node(&format!("{path}/{name}/default.nix")).is_some();
                let item = CompletionItem::new(name, CompletionKind::Folder, context.word);
                if module { item.detail("default.nix").rank(0) } else { item.rank(2) }
            }
            _ if name.ends_with(".nix") => CompletionItem::new(name, CompletionKind::File, context.word).rank(0),
            _ => CompletionItem::new(name, CompletionKind::File, context.word).rank(3),
        };
        items.push(match node.tracked {
            true => item,
            false => item.detail("not tracked by git: the flake cannot see it"),
        });
    }
    let only_dots = folder.split('/').all(|part| part.is_empty() || part == "..");
    if only_dots && folder.starts_with("..") {
        items.push(CompletionItem::new("..", CompletionKind::Folder, context.word).rank(4));
    }
}
