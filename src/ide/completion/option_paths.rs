//! The repository's own options, where one can be set or declared.

use super::{CompletionItem, CompletionKind, Context};
use crate::base::TextRange;
use crate::ide::{Analysis, markdown};
use crate::semantics::{HostId, Kind, Segment, enclosing_place};
use crate::syntax::SyntaxNode;

/// Names that the top of a module has beside options.
const MODULE_KEYS: &[(&str, &str)] = &[
    ("config", "Definitions, when the module also declares options"),
    ("imports", "Further modules"),
    ("options", "Declarations of options"),
    ("disabledModules", "Modules that are left out"),
];

/// What `mkOption` takes.
const OPTION_ARGUMENTS: &[(&str, &str)] = &[
    ("type", "What values the option takes"),
    ("default", "The value where nobody sets one"),
    ("description", "What the option is for"),
    ("example", "A value to show"),
    ("defaultText", "The default as it is shown"),
    ("apply", "A function over the merged value"),
    ("internal", "Whether the option is left out of the documentation"),
    ("visible", "Whether the documentation shows the option"),
    ("readOnly", "Whether the option can be set only once"),
    ("relatedPackages", "Packages to mention"),
];

/// Options as segments of a binding's path.
pub(super) fn in_binding(context: &Context, set: &SyntaxNode, before: &[Segment], items: &mut Vec<CompletionItem>) {
    let Some(place) = enclosing_place(set, before.to_vec()) else { return };
    if place.kind == Kind::OptionArguments {
        return items.extend(OPTION_ARGUMENTS.iter().map(|(name, doc)| {
            CompletionItem::new(*name, CompletionKind::Attribute, context.word).detail(*doc).rank(1)
        }));
    }
    let (hosts, path) = context.analysis.hosts_at(context.file, context.offset, &place);
    push_children(context.analysis, &hosts, &path, context.word, items);
    push_definitions(context, &hosts, &path, items);
    let in_flake_file = context.analysis.flake(context.file).is_some_and(|flake| flake.file == context.file);
    let at_top = place.kind == Kind::Top && before.is_empty() && !(in_flake_file && hosts.is_empty());
    if at_top {
        items.extend(
            MODULE_KEYS.iter().map(|(name, doc)| {
                CompletionItem::new(*name, CompletionKind::Keyword, context.word).detail(*doc).rank(2)
            }),
        );
    }
    // A host offers its users; their options are those of Home Manager's modules.
    let names: Vec<&str> = path.iter().filter_map(|segment| segment.name().map(|name| name.as_str())).collect();
    let users: Vec<HostId> = hosts.iter().flat_map(|host| context.analysis.users(*host)).copied().collect();
    let proposals: Vec<String> = match names.as_slice() {
        [] if !users.is_empty() => vec!["home-manager".to_string()],
        ["home-manager"] if !users.is_empty() => vec!["users".to_string()],
        ["home-manager", "users"] => {
            users.iter().filter_map(|user| context.analysis.host(*user)).map(|user| user.name.to_string()).collect()
        }
        _ => Vec::new(),
    };
    for name in proposals {
        if !items.iter().any(|item| item.label == name) {
            items.push(CompletionItem::new(name, CompletionKind::Namespace, context.word).rank(1));
        }
    }
}

/// Options with a value to begin with: the example that their declaration has, and their default. Only where nothing
/// follows that would be a value already.
fn push_definitions(context: &Context, hosts: &[HostId], path: &[Segment], items: &mut Vec<CompletionItem>) {
    let Ok(data) = context.analysis.snapshot().file(context.file) else { return };
    let after = data.text().get(usize::from(context.word.end())..).unwrap_or_default();
    let line = after.split('\n').next().unwrap_or_default().trim_start();
    if path.is_empty() || line.starts_with(['=', '.', ';']) {
        return;
    }
    for (name, child) in context.analysis.children(hosts, path) {
        let Some(facts) = child.option.filter(|_| !child.has_children).and_then(|it| context.analysis.option(it))
        else {
            continue;
        };
        let rank = if child.is_own { 0 } else { 1 };
        let mut values: Vec<String> = Vec::new();
        for (value, what) in [(&facts.example, "example"), (&facts.default, "default")] {
            let Some(value) = value.as_ref().map(|value| context.analysis.shown(value)) else { continue };
            let short = value.len() <= MAX_VALUE && !value.contains(['\n', '<', '«', '…']);
            if !short || values.contains(&value) {
                continue;
            }
            let escaped = value.replace('\\', "\\\\").replace('$', "\\$").replace('}', "\\}");
            let label = format!("{name} = {value}");
            let item = CompletionItem::new(label, CompletionKind::Snippet, context.word).detail(format!("the {what}"));
            let item = item.snippet(format!("{} = ${{1:{escaped}}};", quoted(&name)));
            items.push(CompletionItem { filter_text: Some(name.to_string()), ..item }.rank(rank));
            values.push(value);
        }
    }
}

/// Longer values are better written by hand.
const MAX_VALUE: usize = 40;

/// The names of options below a path.
pub(super) fn push_children(
    analysis: &Analysis,
    hosts: &[HostId],
    path: &[Segment],
    word: TextRange,
    items: &mut Vec<CompletionItem>,
) {
    for (name, child) in analysis.children(hosts, path) {
        let text = quoted(&name);
        // The repository's own before those of its inputs.
        let rank = if child.is_own { 0 } else { 1 };
        let Some(option) = child.option else {
            items.push(CompletionItem::new(name, CompletionKind::Namespace, word).text(text).rank(rank));
            continue;
        };
        let ty = analysis.option(option).and_then(|facts| facts.ty.as_ref()).map(|ty| ty.description.clone());
        let item = CompletionItem::new(name, CompletionKind::Option, word)
            .text(text)
            .documentation(markdown::option_head(analysis, option))
            .rank(rank);
        items.push(match ty {
            Some(ty) => item.detail(ty),
            None => item,
        });
    }
}

/// A name as it is written in an attribute path.
fn quoted(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '\''));
    if plain { name.to_string() } else { format!("\"{name}\"") }
}
