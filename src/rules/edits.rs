//! Changes of text that several fixes make, in the style of what stands there already.

use super::Context;
use crate::base::{FileId, FileRange, TextEdit, TextRange, TextSize};
use crate::eval::{Origin, attr_name};
use crate::hir::Name;
use crate::module_system::FaultPlace;
use crate::repository::{Input, Repository, attribute};
use crate::semantics::names_in_scope;
use crate::syntax::ast::{self, AstNode, HasEntry};
use crate::syntax::{NodeOrToken, SyntaxKind, SyntaxNode};

/// Where a text is changed.
pub(super) type Edit = (FileId, TextEdit);

/// Adds `inputs.SUB.follows = "TARGET";` to an input, as its other attributes are written.
pub(super) fn add_follows(repository: &Repository, input: &Input, sub: &str, target: &str) -> Option<Edit> {
    // Beside another override if there is one, otherwise beside the url.
    let beside_override = input.overrides.iter().rev().find_map(|other| {
        let [name] = other.path.as_slice() else { return None };
        let origin = other.follows.as_ref()?.origin?;
        let (prefix, whole) = prefix_of(repository, origin)?;
        let prefix = prefix.strip_suffix(&format!("{}.", attr_name(name)))?.to_string();
        Some((origin.file, format!("{prefix}{}.follows = \"{target}\";", attr_name(sub)), whole))
    });
    let (file, binding, whole) = match beside_override {
        Some(found) => found,
        None => {
            let origin = input.url.as_ref()?.origin?;
            let (prefix, whole) = prefix_of(repository, origin)?;
            (origin.file, format!("{prefix}inputs.{}.follows = \"{target}\";", attr_name(sub)), whole)
        }
    };
    let data = repository.snapshot.file(file).ok()?;
    let text = data.text();
    Some((file, insert_after(text, whole, &binding)))
}

/// What stands before the last name of a binding's path, and the whole binding.
fn prefix_of(repository: &Repository, origin: Origin) -> Option<(String, TextRange)> {
    let name = repository.range(origin)?;
    let whole = repository.whole_range(origin)?.range;
    let data = repository.snapshot.file(name.file).ok()?;
    let prefix = data.text().get(whole.start().into()..name.range.start().into())?;
    // A binding that is spread over lines would be copied with its line breaks.
    (!prefix.contains('\n')).then(|| (prefix.to_string(), whole))
}

/// Inserts a binding after another one: on a line of its own if that one has one.
fn insert_after(text: &str, whole: TextRange, binding: &str) -> TextEdit {
    let (start, end) = (usize::from(whole.start()), usize::from(whole.end()));
    let line_start = text.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let indent = text.get(line_start..start).unwrap_or_default();
    let rest = text.get(end..).unwrap_or_default();
    let line_rest = rest.split(['\n', '\r']).next().unwrap_or_default();
    let alone = indent.trim().is_empty() && matches!(line_rest.trim_start().chars().next(), None | Some('#'));
    if alone {
        let break_ =
            if rest.get(line_rest.len()..).is_some_and(|rest| rest.starts_with("\r\n")) { "\r\n" } else { "\n" };
        let at = TextSize::try_from(end + line_rest.len()).unwrap_or(whole.end());
        TextEdit::insert(at, format!("{break_}{indent}{binding}"))
    } else {
        TextEdit::insert(whole.end(), format!(" {binding}"))
    }
}

/// A binding with its line, where it has one to itself.
pub(super) fn whole_line(text: &str, binding: TextRange) -> TextRange {
    let (start, end) = (usize::from(binding.start()), usize::from(binding.end()));
    let before = text.get(..start).unwrap_or_default();
    let after = text.get(end..).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let indent = before.get(line_start..).unwrap_or_default();
    let rest = after.split('\n').next().unwrap_or_default();
    let alone = indent.trim().is_empty() && (rest.trim().is_empty() || rest.trim_start().starts_with('#'));
    if !alone {
        return binding;
    }
    let line_end = end + rest.len() + usize::from(after.len() > rest.len());
    let at = |offset: usize| TextSize::try_from(offset).unwrap_or_default();
    TextRange::new(at(line_start), at(line_end))
}

/// Adds an import of the file at `target` to a module: to the list in its
/// `imports`, or as an `imports` of its own.
pub(super) fn add_import(
    repository: &Repository,
    file: FileId,
    inline: Option<Origin>,
    target: &str,
) -> Option<(Edit, String)> {
    let path = relative_path(&repository.path(file), target)?;
    let data = repository.snapshot.file(file).ok()?;
    let text = data.text();
    let set = repository.module_set(file, inline)?;
    let edit = match attribute(&set, "imports") {
        Some(imports) => add_to_list(text, &first_list(&imports)?, &path)?,
        None => add_imports(text, &set, &path)?,
    };
    Some(((file, edit), path))
}

/// The list literal that is the value, or the first one of several joined by `++`.
fn first_list(expr: &ast::Expr) -> Option<ast::List> {
    match expr {
        ast::Expr::List(list) => Some(list.clone()),
        ast::Expr::Paren(paren) => first_list(&paren.expr()?),
        ast::Expr::BinOp(binary) if binary.operator() == Some(ast::BinOpKind::Concat) => {
            first_list(&binary.lhs()?).or_else(|| first_list(&binary.rhs()?))
        }
        ast::Expr::With(with) => first_list(&with.body()?),
        _ => None,
    }
}

fn add_to_list(text: &str, list: &ast::List, path: &str) -> Option<TextEdit> {
    let close = list.r_brack_token()?.text_range().start();
    match list.items().last() {
        Some(last) => {
            let end = last.syntax().text_range().end();
            let between = text.get(end.into()..close.into())?;
            if !between.contains('\n') {
                return Some(TextEdit::insert(end, format!(" {path}")));
            }
            // After a comment on the line of the last element.
            let line_rest = between.split('\n').next().unwrap_or_default();
            let at = end + TextSize::of(line_rest.trim_end_matches('\r'));
            let line_break = if line_rest.ends_with('\r') { "\r\n" } else { "\n" };
            let indent = indent_of(text, last.syntax().text_range().start());
            Some(TextEdit::insert(at, format!("{line_break}{indent}{path}")))
        }
        None => {
            let open = list.l_brack_token()?.text_range().end();
            let inside = text.get(open.into()..close.into())?;
            if inside.trim().is_empty() {
                Some(TextEdit::replace(TextRange::new(open, close), format!(" {path} ")))
            } else {
                Some(TextEdit::insert(open, format!(" {path}")))
            }
        }
    }
}

fn add_imports(text: &str, set: &ast::AttrSet, path: &str) -> Option<TextEdit> {
    let open = set.l_curly_token()?.text_range().end();
    let first = set.entries().next();
    let Some(first) = first else {
        let close = set.r_curly_token()?.text_range().start();
        let empty = text.get(open.into()..close.into()).is_some_and(|inside| inside.trim().is_empty());
        return Some(match empty {
            true => TextEdit::replace(TextRange::new(open, close), format!(" imports = [ {path} ]; ")),
            false => TextEdit::insert(open, format!(" imports = [ {path} ];")),
        });
    };
    let start = first.syntax().text_range().start();
    let before = text.get(open.into()..start.into())?;
    if before.contains('\n') {
        let indent = indent_of(text, start);
        Some(TextEdit::insert(open, format!("\n{indent}imports = [ {path} ];")))
    } else {
        Some(TextEdit::insert(open, format!(" imports = [ {path} ];")))
    }
}

/// Where the value of a definition stands: its expression if it is written there, else the name that is set.
pub(super) fn value_place(context: &Context<'_>, place: &FaultPlace) -> Option<FileRange> {
    let name = context.place(place.origin);
    let binding = place.origin.and_then(|origin| context.repository.whole_range(origin));
    let value = context.place(place.value_origin);
    match (value, binding) {
        (Some(value), Some(binding)) if binding.file == value.file && binding.range.contains_range(value.range) => {
            Some(value)
        }
        (Some(value), None) => Some(value),
        _ => name,
    }
}

/// Puts a function of `lib` around the value of a binding, spelt as the file can name it.
pub(super) fn wrap_value(repository: &Repository, origin: Option<Origin>, function: &str) -> Option<Edit> {
    let origin = origin?;
    let whole = repository.whole_range(origin)?;
    let data = repository.snapshot.file(origin.file).ok()?;
    let binding: ast::AttrpathValue = node_at(&data.parse().root(), whole.range)?;
    let value = binding.value()?;
    let range = value.syntax().text_range();
    let function = name_of_lib_function(value.syntax(), function)?;
    let closed = !matches!(
        value,
        ast::Expr::Apply(_)
            | ast::Expr::BinOp(_)
            | ast::Expr::UnaryOp(_)
            | ast::Expr::Lambda(_)
            | ast::Expr::LetIn(_)
            | ast::Expr::With(_)
            | ast::Expr::IfElse(_)
            | ast::Expr::Assert(_)
            | ast::Expr::HasAttr(_)
    );
    let text = data.text().get(std::ops::Range::from(range))?;
    let new = if closed { format!("{function} {text}") } else { format!("{function} ({text})") };
    Some((origin.file, TextEdit::replace(range, new)))
}

/// How a function of nixpkgs' `lib` can be named at a place: bare, or `lib.NAME`.
pub(super) fn name_of_lib_function(at: &SyntaxNode, function: &str) -> Option<String> {
    let mut qualified = None;
    for node in at.ancestors() {
        let binds = |name: &str| match ast::Expr::cast(node.clone()) {
            Some(ast::Expr::LetIn(let_in)) => let_in.entries().any(|entry| entry_names(&entry).any(|it| it == name)),
            Some(ast::Expr::Lambda(lambda)) => match lambda.param() {
                Some(ast::Param::Pattern(pattern)) => {
                    pattern.pat_entries().filter_map(|entry| entry.ident()).any(|ident| ident.syntax().text() == name)
                }
                Some(ast::Param::IdentParam(ident)) => ident.syntax().text() == name,
                None => false,
            },
            _ => false,
        };
        if binds(function) {
            return Some(function.to_string());
        }
        if let Some(with) = ast::With::cast(node.clone())
            && with.namespace().is_some_and(|namespace| namespace.syntax().text() == "lib")
        {
            return Some(function.to_string());
        }
        if qualified.is_none() && binds("lib") {
            qualified = Some(format!("lib.{function}"));
        }
    }
    qualified
}

/// The names that a binding of a `let` binds.
fn entry_names(entry: &ast::Entry) -> impl Iterator<Item = String> {
    let names: Vec<ast::Attr> = match entry {
        ast::Entry::Inherit(inherit) => inherit.attrs().collect(),
        ast::Entry::AttrpathValue(binding) => {
            binding.attrpath().into_iter().filter_map(|path| path.attrs().next()).collect()
        }
    };
    names.into_iter().map(|name| name.syntax().text().to_string())
}

/// The outermost node of a type whose text is exactly at `range`.
pub(super) fn node_at<N: AstNode<Language = crate::syntax::NixLanguage>>(
    root: &SyntaxNode,
    range: TextRange,
) -> Option<N> {
    if !root.text_range().contains_range(range) {
        return None;
    }
    let node = match root.covering_element(range) {
        NodeOrToken::Node(node) => node,
        NodeOrToken::Token(token) => token.parent()?,
    };
    node.ancestors().take_while(|node| node.text_range() == range).filter_map(N::cast).last()
}

/// Whether a stretch of text would stand apart from what is around it if it were a name.
pub(super) fn stands_apart(text: &str, range: TextRange) -> bool {
    let joins = |c: char| c.is_alphanumeric() || "_'-.\"".contains(c);
    let before = text.get(..range.start().into()).and_then(|before| before.chars().next_back());
    let after = text.get(range.end().into()..).and_then(|after| after.chars().next());
    !before.is_some_and(joins) && !after.is_some_and(joins)
}

/// Whether a comment stands in a stretch of text, which then is nothing to delete.
pub(super) fn has_comment(root: &SyntaxNode, range: TextRange) -> bool {
    let tokens = root.descendants_with_tokens().filter_map(NodeOrToken::into_token);
    let mut comments = tokens.filter(|token| token.kind() == SyntaxKind::TOKEN_COMMENT);
    comments.any(|comment| range.intersect(comment.text_range()).is_some_and(|shared| !shared.is_empty()))
}

/// Deletes a binding: with its line if nothing else stands there, else with the white space before it.
pub(super) fn delete_binding(text: &str, whole: TextRange) -> TextEdit {
    let (start, end) = (usize::from(whole.start()), usize::from(whole.end()));
    let (before, after) = (text.get(..start).unwrap_or_default(), text.get(end..).unwrap_or_default());
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let line_rest = after.find('\n').map_or(after.len(), |at| at + 1);
    let alone = before.get(line_start..).is_some_and(|indent| indent.trim().is_empty())
        && after.get(..line_rest).is_some_and(|rest| rest.trim().is_empty());
    let (start, end) =
        if alone { (line_start, end + line_rest) } else { (before.trim_end_matches([' ', '\t']).len(), end) };
    let at = |offset: usize| TextSize::try_from(offset).unwrap_or(whole.start());
    TextEdit::delete(TextRange::new(at(start), at(end)))
}

/// The white space that the line of `at` starts with.
fn indent_of(text: &str, at: TextSize) -> &str {
    let before = text.get(..at.into()).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    line.get(..line.len() - line.trim_start().len()).unwrap_or_default()
}

/// How the system is said at a place where a name for it is in scope: `${system}`.
pub(super) fn system_at(repository: &Repository, at: FileRange) -> Option<Name> {
    let data = repository.snapshot.file(at.file).ok()?;
    let node = match data.parse().root().covering_element(at.range) {
        NodeOrToken::Node(node) => node,
        NodeOrToken::Token(token) => token.parent()?,
    };
    let in_scope = names_in_scope(&node);
    in_scope.iter().any(|name| name.name == "system").then(|| Name::new_static("${system}"))
}

/// The path of `target` as a literal in the file `from`: `../modules/gaming.nix`.
/// A default.nix is named by its folder. `None` for names that cannot stand in a literal.
pub(super) fn relative_path(from: &str, target: &str) -> Option<String> {
    let target = match target.strip_suffix("/default.nix") {
        Some(folder) if !from.starts_with(&format!("{folder}/")) => folder,
        _ => target,
    };
    let folder: Vec<&str> = from.split('/').collect();
    let folder = folder.get(..folder.len().saturating_sub(1))?;
    let wanted: Vec<&str> = target.split('/').collect();
    let shared = folder.iter().zip(&wanted).take_while(|(a, b)| a == b).count();
    let up = folder.len() - shared;
    let mut path = if up == 0 { "./".to_string() } else { "../".repeat(up) };
    path.push_str(&wanted.get(shared..)?.join("/"));
    let path = path.trim_end_matches('/').to_string();
    let literal = path.contains('/') && path.chars().all(|c| c.is_ascii_alphanumeric() || "._-+/".contains(c));
    literal.then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_file() {
        let check = |from, target, expected| assert_eq!(relative_path(from, target).as_deref(), expected);
        check("/r/hosts/a/default.nix", "/r/modules/x.nix", Some("../../modules/x.nix"));
        check("/r/hosts/a.nix", "/r/hosts/b.nix", Some("./b.nix"));
        check("/r/hosts/a.nix", "/r/modules/x/default.nix", Some("../modules/x"));
        check("/r/hosts/a/b.nix", "/r/hosts/a/default.nix", Some("./default.nix"));
        check("/r/hosts/kit@a/b.nix", "/r/hosts/lou@b/c.nix", None);
    }

    #[test]
    fn bindings_go_after_comments() {
        let text = "{\n  url = \"x\"; # why\n}";
        let whole = TextRange::new(4.into(), 14.into());
        let edit = insert_after(text, whole, "b = 1;");
        assert_eq!(edit.apply(text).unwrap(), "{\n  url = \"x\"; # why\n  b = 1;\n}");
        let text = "{ url = \"x\"; }";
        let edit = insert_after(text, TextRange::new(2.into(), 12.into()), "b = 1;");
        assert_eq!(edit.apply(text).unwrap(), "{ url = \"x\"; b = 1; }");
    }
}
