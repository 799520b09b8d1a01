//! Moving an expression of a file to a file of its own beside it.

use super::{Context, Fix, NewFile};
use crate::base::{FileId, TextEdit, TextRange};
use crate::eval::join_path;
use crate::hir::{Expr, ExprId, Name, VarTarget};
use crate::syntax::{NodeOrToken, SyntaxKind, SyntaxNode};

/// Moves the value of the binding `name`, which is written as `name = value;`, to NAME.nix in the folder of the file. What
/// it names from around it becomes an argument. `None` where something in it may mean something else there.
pub(super) fn move_to_own_file(context: &Context<'_>, file: FileId, name: &str, value: ExprId) -> Option<Fix> {
    let data = context.repository.snapshot.file(file).ok()?;
    let (hir, map, text) = (data.hir(), &data.lowered().source_map, data.text());
    let range = map.expr(value);
    let old = text.get(std::ops::Range::from(range))?;
    if old.contains("__curPos") || !name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)) {
        return None;
    }
    let from_path = context.repository.path(file);
    let (folder, _) = from_path.rsplit_once('/')?;
    let path = join_path(folder, &format!("{name}.nix"));
    let tree = context.repository.snapshot.tree();
    if tree.node(&path).is_some() {
        return None;
    }
    let outer_with = hir.exprs().any(|(id, expr)| {
        let around = map.expr(id);
        matches!(expr, Expr::With { .. }) && around.contains_range(range) && around != range
    });
    let mut names: Vec<Name> = Vec::new();
    for (id, expr) in hir.exprs() {
        let Expr::Var(var) = expr else { continue };
        if !range.contains_range(map.expr(id)) {
            continue;
        }
        match &var.target {
            VarTarget::Slot { key, .. } if range.contains_range(map.key(*key).name) => {}
            VarTarget::Slot { .. } if names.contains(&var.name) => {}
            VarTarget::Slot { .. } => names.push(var.name.clone()),
            VarTarget::Global => {}
            VarTarget::With(_) if !outer_with => {}
            VarTarget::With(_) | VarTarget::Undefined => return None,
        }
    }
    let body = outdented(&data.parse().root(), text, range)?;
    let inherited: Vec<&str> = names.iter().map(Name::as_str).collect();
    let (header, call) = match inherited.as_slice() {
        [] => (String::new(), format!("import ./{name}.nix")),
        names => {
            let header = match names.iter().map(|name| name.len() + 2).sum::<usize>() {
                0..80 => format!("{{ {} }}:\n", names.join(", ")),
                _ => format!("{{\n  {},\n}}:\n", names.join(",\n  ")),
            };
            (header, format!("import ./{name}.nix {{ inherit {}; }}", names.join(" ")))
        }
    };
    let add = if tree.in_git(&path) { " (git add it afterwards)" } else { "" };
    Some(Fix {
        title: format!("Move {name} to {}{add}", context.flake.relative(&path)),
        edits: vec![(file, TextEdit::replace(range, call))],
        creates: vec![NewFile { path, text: format!("{header}{body}\n") }],
        ..Fix::default()
    })
}

/// The text at `range` with what its first line is indented by taken away from all lines, unless a string would say
/// something else then.
fn outdented(root: &SyntaxNode, text: &str, range: TextRange) -> Option<String> {
    let before = text.get(..range.start().into())?;
    let line = before.rsplit('\n').next()?;
    let indent = line.get(..line.len() - line.trim_start().len())?;
    let old = text.get(std::ops::Range::from(range))?;
    let tokens = root.descendants_with_tokens().filter_map(NodeOrToken::into_token);
    let mut strings = tokens.filter(|token| {
        let inside = range.contains_range(token.text_range()) && token.text().contains('\n');
        inside && token.kind() == SyntaxKind::TOKEN_STRING_CONTENT
    });
    // Lines of a string in double quotes are what they are. Those in two single quotes count from the least indented.
    let is_plain = |token: &crate::syntax::SyntaxToken| {
        token.parent().is_some_and(|string| string.text().to_string().starts_with('"'))
    };
    let shallow = old.lines().skip(1).any(|line| !line.trim().is_empty() && !line.starts_with(indent));
    if shallow || strings.any(|token| is_plain(&token)) {
        return Some(old.to_string());
    }
    let mut lines = old.split('\n');
    let mut new = lines.next()?.to_string();
    for line in lines {
        new.push('\n');
        new.push_str(line.strip_prefix(indent).unwrap_or(line.trim_start_matches([' ', '\t'])));
    }
    Some(new)
}
