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
pub type Edit = (FileId, TextEdit);

/// Adds `inputs.SUB.follows = "TARGET";` to an input, as its other attributes are written.
pub(super) fn add_follows(repository: &Repository, input: &Input, sub: &str, target: &str) -> Option<Edit> {
    // After the last override if there is one, otherwise after what says where the input is from.
    let overrides = input.overrides.iter().filter_map(|other| {
        let [name] = other.path.as_slice() else { return None };
        let origin = other.follows.as_ref()?.origin?;
        let (prefix, whole) = prefix_of(repository, origin)?;
        let prefix = prefix.strip_suffix(&format!("{}.", attr_name(name)))?.to_string();
        Some((origin.file, format!("{prefix}{}.follows = \"{target}\";", attr_name(sub)), whole))
    });
    let (file, binding, whole) = match overrides.max_by_key(|(_, _, whole)| whole.end()) {
        Some(found) => found,
        None => {
            let origin = input.url.as_ref()?.origin?;
            let (prefix, whole) = prefix_of(repository, origin)?;
            let last = last_of_reference(repository, origin.file, &prefix, whole).unwrap_or(whole);
            (origin.file, format!("{prefix}inputs.{}.follows = \"{target}\";", attr_name(sub)), last)
        }
    };
    let data = repository.snapshot.file(file).ok()?;
    let text = data.text();
    Some((file, insert_after(text, whole, &binding)))
}

/// The last of the bindings that make up one reference: `type`, `owner`, `repo`, `ref`, beside the one at `whole`,
/// which has `prefix` before its last name.
fn last_of_reference(repository: &Repository, file: FileId, prefix: &str, whole: TextRange) -> Option<TextRange> {
    const PARTS: &[&str] = &[
        "type",
        "url",
        "owner",
        "repo",
        "ref",
        "rev",
        "dir",
        "host",
        "id",
        "path",
        "flake",
        "submodules",
        "shallow",
        "lfs",
    ];
    let data = repository.snapshot.file(file).ok()?;
    let binding: ast::AttrpathValue = node_at(&data.parse().root(), whole)?;
    let set = ast::AttrSet::cast(binding.syntax().parent()?)?;
    let parts = set.entries().filter_map(|entry| match entry {
        ast::Entry::AttrpathValue(binding) => {
            let path = binding.attrpath()?.syntax().text().to_string();
            PARTS.contains(&path.strip_prefix(prefix)?).then(|| binding.syntax().text_range())
        }
        ast::Entry::Inherit(_) => None,
    });
    parts.max_by_key(|range| range.end())
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
        None => add_binding(text, &set, &format!("imports = [ {path} ];"))?,
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

/// Adds an element at the end of a list, on a line of its own if the last one has one.
pub fn add_to_list(text: &str, list: &ast::List, path: &str) -> Option<TextEdit> {
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

/// Passes the name `name`, as it is in scope there or as one of the inputs, in a set of a call's argument: `specialArgs`.
pub fn pass_argument(
    repository: &Repository,
    call: FileRange,
    attribute_name: &str,
    name: &str,
    is_input: bool,
) -> Option<Edit> {
    let data = repository.snapshot.file(call.file).ok()?;
    let text = data.text();
    let ast::Expr::Apply(apply) = node_at::<ast::Expr>(&data.parse().root(), call.range)? else { return None };
    let ast::Expr::AttrSet(set) = apply.argument()? else { return None };
    let visible = names_in_scope(set.syntax());
    let has = |name: &str| visible.iter().any(|it| it.name == name);
    let (inherit, value) = match () {
        () if has(name) => (format!("inherit {name};"), name.to_string()),
        () if !is_input || !has("inputs") => return None,
        () => (format!("inherit (inputs) {name};"), format!("inputs.{name}")),
    };
    let binding = |path: String| {
        let bindings = set.attrpath_values();
        bindings
            .into_iter()
            .find(|it| it.attrpath().is_some_and(|it| it.syntax().text().to_string().starts_with(&path)))
    };
    let edit = match (attribute(&set, attribute_name), binding(format!("{attribute_name}."))) {
        (Some(value), _) => inherit_into(text, &first_set(&value)?, &inherit, has(name).then_some(name))?,
        (None, Some(other)) => {
            insert_after(text, other.syntax().text_range(), &format!("{attribute_name}.{name} = {value};"))
        }
        (None, None) => add_binding(text, &set, &format!("{attribute_name} = {{ {inherit} }};"))?,
    };
    Some((call.file, edit))
}

/// The set that is written out first: the value itself, or the first of those that `//` joins.
fn first_set(expr: &ast::Expr) -> Option<ast::AttrSet> {
    match expr {
        ast::Expr::AttrSet(set) => Some(set.clone()),
        ast::Expr::Paren(paren) => first_set(&paren.expr()?),
        ast::Expr::BinOp(binary) if binary.operator() == Some(ast::BinOpKind::Update) => {
            first_set(&binary.lhs()?).or_else(|| first_set(&binary.rhs()?))
        }
        _ => None,
    }
}

/// Adds to a set what an `inherit` gives: to the first one of its own where there is one for names in scope, else after
/// the last entry.
fn inherit_into(text: &str, set: &ast::AttrSet, inherit: &str, in_scope: Option<&str>) -> Option<TextEdit> {
    let own = set.inherits().find(|it| it.from().is_none() && it.attrs().next().is_some());
    if let (Some(name), Some(last)) = (in_scope, own.and_then(|own| own.attrs().last())) {
        let range = last.syntax().text_range();
        let before = text.get(..range.start().into())?;
        let indent = before.rsplit('\n').next()?;
        let space = if indent.trim().is_empty() { format!("\n{indent}") } else { " ".to_string() };
        return Some(TextEdit::insert(range.end(), format!("{space}{name}")));
    }
    match set.entries().last() {
        Some(last) => Some(insert_after(text, last.syntax().text_range(), inherit)),
        None => add_binding(text, set, inherit),
    }
}

/// Adds a binding as the first one of a set.
fn add_binding(text: &str, set: &ast::AttrSet, binding: &str) -> Option<TextEdit> {
    let open = set.l_curly_token()?.text_range().end();
    let Some(first) = set.entries().next() else {
        let close = set.r_curly_token()?.text_range().start();
        let empty = text.get(open.into()..close.into()).is_some_and(|inside| inside.trim().is_empty());
        return Some(match empty {
            true => TextEdit::replace(TextRange::new(open, close), format!(" {binding} ")),
            false => TextEdit::insert(open, format!(" {binding}")),
        });
    };
    let start = first.syntax().text_range().start();
    match text.get(open.into()..start.into())?.contains('\n') {
        true => Some(TextEdit::insert(open, format!("\n{}{binding}", indent_of(text, start)))),
        false => Some(TextEdit::insert(open, format!(" {binding}"))),
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
pub fn name_of_lib_function(at: &SyntaxNode, function: &str) -> Option<String> {
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
pub fn relative_path(from: &str, target: &str) -> Option<String> {
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
