//! Writes out a host that a function of the repository builds: what the function does stands in its place, with the arguments.
//!
//! The reverse is the fix of `bypassed-helper`. That the host is built of the same is shown by evaluating both before anything is
//! changed; where it cannot be shown, nothing is. Comments of the function come along.
//!
//! ```nix before
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs";
//!   outputs = { nixpkgs, ... }@inputs:
//!     let
//!       mkSystem = { hostname, system ? "x86_64-linux", modules ? [ ] }:
//!         nixpkgs.lib.nixosSystem {
//!           inherit system;
//!           specialArgs = { inherit inputs hostname; };
//!           modules = [ ./hosts/${hostname} ] ++ modules;
//!         };
//!     in
//!     {
//!       nixosConfigurations.n$0as = mkSystem {
//!         hostname = "nas";
//!         modules = [ ./disks.nix ];
//!       };
//!     };
//! }
//! #- /hosts/nas/default.nix
//! { networking.hostName = "nas"; }
//! #- /disks.nix
//! { boot.zfs.forceImportRoot = false; }
//! ```
//!
//! ```nix after
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs";
//!   outputs = { nixpkgs, ... }@inputs:
//!     let
//!       mkSystem = { hostname, system ? "x86_64-linux", modules ? [ ] }:
//!         nixpkgs.lib.nixosSystem {
//!           inherit system;
//!           specialArgs = { inherit inputs hostname; };
//!           modules = [ ./hosts/${hostname} ] ++ modules;
//!         };
//!     in
//!     {
//!       nixosConfigurations.nas = nixpkgs.lib.nixosSystem {
//!         system = "x86_64-linux";
//!         specialArgs = { inherit inputs; hostname = "nas"; };
//!         modules = [ ./hosts/nas ./disks.nix ];
//!       };
//!     };
//! }
//! ```
//!
//! ```nix nothing
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs";
//!   outputs = { nixpkgs, ... }: {
//!     nixosConfigurations.n$0as = nixpkgs.lib.nixosSystem { modules = [ ]; };
//!   };
//! }
//! ```

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{Assist, AssistKind, Context, Offer, needs_parens, takes_any};
use crate::base::{TextEdit, TextRange, apply_edits};
use crate::db::FileData;
use crate::eval::attr_name as spelled;
use crate::hir::{Expr, Key, KeyId, Name, Param, VarTarget};
use crate::repository::{Host, Promise, is_plain};
use crate::semantics::{Callee, FunctionRef, attr_name, relative_literal};
use crate::syntax::ast::{self, AstNode, HasEntry};
use crate::syntax::string_value::{plain_path, plain_string};
use crate::syntax::{NodeOrToken, Parse, SyntaxKind, SyntaxNode};

pub(super) const ASSIST: Assist =
    Assist { id: "unroll-helper", kind: AssistKind::Inline, source: include_str!("unroll_helper.rs"), offer };

/// Defaults of arguments may use other arguments, this deep.
const MAX_DEPTH: u32 = 8;

fn offer(context: &Context<'_>) -> Option<Offer> {
    let flake = context.analysis.flake(context.file)?;
    let binding: ast::AttrpathValue = context.node()?;
    let name = binding.attrpath()?.attrs().last()?.syntax().text_range();
    let host = flake.hosts.iter().find(|host| {
        let here =
            host.definition.filter(|origin| origin.file == context.file).and_then(|it| context.analysis.range(it));
        let plain = host.within.is_none() && !host.helpers.is_empty() && is_plain(&host.output, host.kind);
        plain && here.is_some_and(|range| range.range == name)
    })?;
    let value = binding.value()?;
    let (head, arguments) = applied(&value)?;
    let on_head = head.syntax().text_range().contains_range(context.range);
    if !name.contains_range(context.range) && !on_head {
        return None;
    }
    let head_id = context.data.lowered().source_map.expr_with_range(head.syntax().text_range())?;
    let Callee::Function(function) = context.analysis.callee(context.file, head_id)? else { return None };
    let text = unrolled(context, host, function, &arguments)?;
    let indent = context.indent(binding.syntax().text_range().start());
    let text = indented(&text, &indent);
    let edit = TextEdit::replace(value.syntax().text_range(), text);
    let mut offer = context.offer(format!("Write {} out, without {}", host.name, head.syntax().text()), vec![edit])?;
    offer.promise = Some(Promise::SameHost(host.output.clone()));
    Some(offer)
}

/// What an expression calls, and with which arguments.
fn applied(value: &ast::Expr) -> Option<(ast::Expr, Vec<ast::Expr>)> {
    let mut arguments = Vec::new();
    let mut head = value.clone();
    while let ast::Expr::Apply(apply) = &head {
        arguments.push(apply.argument()?);
        head = apply.lambda()?;
    }
    arguments.reverse();
    (!arguments.is_empty()).then_some((head, arguments))
}

/// What stands for an argument.
#[derive(Clone)]
enum Given {
    /// An expression of the call.
    Expr(ast::Expr),
    /// Text that is an operand as it stands: `name`, `set.name`.
    Text(String),
    /// The default, in the text of the function.
    Default(SyntaxNode),
}

/// A name of an `inherit` that is an argument: where it stands, and the text of the argument.
type Inherited = (TextRange, Name, String);

/// A function whose arguments are put in their places.
struct Unrolling<'a> {
    data: &'a FileData,
    root: SyntaxNode,
    given: FxHashMap<KeyId, Given>,
    /// Arguments that are whole sets, with what is in them.
    sets: FxHashMap<KeyId, BTreeMap<Name, Given>>,
    /// Where the function and the call stand.
    folders: (String, String),
}

/// The body of a function with arguments, from the margin of the line that it begins in.
fn unrolled(context: &Context<'_>, host: &Host, function: FunctionRef, arguments: &[ast::Expr]) -> Option<String> {
    let data: Arc<FileData> = context.analysis.snapshot().file(function.file).ok()?;
    if host.call?.file != function.file || !context.analysis.is_current(function.file) {
        return None;
    }
    let lowered = data.lowered().clone();
    let folder = |path: Name| path.rsplit_once('/').map(|(folder, _)| folder.to_string());
    let folders = (folder(context.analysis.path(function.file))?, folder(context.analysis.path(context.file))?);
    let root = data.parse().root();
    let mut unrolling =
        Unrolling { data: &data, root, given: FxHashMap::default(), sets: FxHashMap::default(), folders };
    let mut body = function.function;
    for argument in arguments {
        let Expr::Lambda(lambda) = lowered.file.expr(body) else { return None };
        unrolling.bind(&lambda.param, argument)?;
        body = lambda.body;
    }
    if matches!(lowered.file.expr(body), Expr::Lambda(_)) {
        return None;
    }
    let body = unrolling.node(lowered.source_map.expr(body))?;
    let text = unrolling.render(&body, MAX_DEPTH)?;
    let start = usize::from(body.text_range().start());
    let before = data.text().get(..start)?.rsplit('\n').next()?;
    let margin = before.len() - before.trim_start().len();
    let lines = text.split('\n').enumerate().map(|(at, line)| match at {
        0 => line,
        _ => line.get(line.len().min(margin).min(line.len() - line.trim_start().len())..).unwrap_or(line),
    });
    joined_lists(lines.collect::<Vec<_>>().join("\n"))
}

/// The lines after the first one, moved to the right.
fn indented(text: &str, indent: &str) -> String {
    let lines = text.split('\n').enumerate();
    let lines =
        lines.map(|(at, line)| if at == 0 || line.is_empty() { line.to_string() } else { format!("{indent}{line}") });
    lines.collect::<Vec<_>>().join("\n")
}

impl Unrolling<'_> {
    fn bind(&mut self, param: &Param, argument: &ast::Expr) -> Option<()> {
        let entries = || entries(argument);
        match param {
            Param::Ident { key, .. } => {
                self.given.insert(*key, Given::Expr(argument.clone()));
                self.sets.extend(entries().map(|entries| (*key, entries)));
            }
            Param::Pattern { formals, bind, .. } => {
                let entries = entries()?;
                for formal in formals {
                    let given = match (entries.get(&formal.name), formal.default) {
                        (Some(given), _) => given.clone(),
                        (None, Some(default)) => {
                            Given::Default(self.node(self.data.lowered().source_map.expr(default))?)
                        }
                        (None, None) => return None,
                    };
                    self.given.insert(formal.key, given);
                }
                if let Some((_, key)) = bind {
                    self.given.insert(*key, Given::Expr(argument.clone()));
                    self.sets.insert(*key, entries);
                }
            }
        }
        Some(())
    }

    fn node(&self, range: TextRange) -> Option<SyntaxNode> {
        let node = match self.root.covering_element(range) {
            NodeOrToken::Node(node) => node,
            NodeOrToken::Token(token) => token.parent()?,
        };
        node.ancestors().take_while(|node| node.text_range() == range).last()
    }

    /// The text of a node of the function, with the arguments in it.
    fn render(&self, node: &SyntaxNode, depth: u32) -> Option<String> {
        let depth = depth.checked_sub(1)?;
        let lowered = self.data.lowered();
        let within = node.text_range();
        let mut edits: BTreeMap<(u32, u32), String> = BTreeMap::new();
        let mut inherits: BTreeMap<(u32, u32), (SyntaxNode, Vec<Inherited>)> = BTreeMap::new();
        for (id, expr) in lowered.file.exprs() {
            let range = lowered.source_map.expr(id);
            if !within.contains_range(range) {
                continue;
            }
            let Expr::Var(var) = expr else { continue };
            let VarTarget::Slot { key, .. } = &var.target else { continue };
            let Some(given) = self.given.get(key) else { continue };
            let place = self.node(range)?;
            // `args.name` of an argument that is a set.
            let selected = place.parent().filter(|it| it.kind() == SyntaxKind::NODE_SELECT);
            let selected = selected.and_then(|select| self.selected(&select, id));
            let (place, given) = selected.unwrap_or_else(|| (place, given.clone()));
            let (parent, range) = (place.parent()?, place.text_range());
            let text = self.text(&given, depth)?;
            match parent.kind() {
                SyntaxKind::NODE_INHERIT => {
                    let name = Name::new(place.text().to_string());
                    let entry = inherits.entry(span(parent.text_range()));
                    entry.or_insert_with(|| (parent.clone(), Vec::new())).1.push((range, name, text));
                }
                SyntaxKind::NODE_INTERPOL | SyntaxKind::NODE_DYNAMIC if self.literal(&given).is_some() => {
                    let literal = self.literal(&given)?;
                    let text = if parent.kind() == SyntaxKind::NODE_DYNAMIC { spelled(&literal) } else { literal };
                    edits.insert(span(parent.text_range()), text);
                }
                _ => {
                    edits.insert(span(range), self.operand(&given, &place, depth)?);
                }
            }
        }
        for (at, (inherit, names)) in inherits {
            edits.insert(at, inherited(&inherit, &names)?);
        }
        if self.folders.0 != self.folders.1 {
            self.move_paths(node, &mut edits)?;
        }
        let edits = edits.into_iter().map(|((start, end), insert)| {
            let range = TextRange::new(start.into(), end.into()) - within.start();
            TextEdit { range, insert }
        });
        apply_edits(&node.text().to_string(), &edits.collect::<Vec<_>>()).ok()
    }

    /// The selection of a known attribute from an argument that is a set.
    fn selected(&self, select: &SyntaxNode, base: crate::hir::ExprId) -> Option<(SyntaxNode, Given)> {
        let lowered = self.data.lowered();
        let id = lowered.source_map.expr_with_range(select.text_range())?;
        let Expr::Select { base: of, path, .. } = lowered.file.expr(id) else { return None };
        let (Expr::Var(var), true) = (lowered.file.expr(*of), *of == base) else { return None };
        let VarTarget::Slot { key, .. } = &var.target else { return None };
        let [Key::Static { name, .. }] = &path[..] else { return None };
        Some((select.clone(), self.sets.get(key)?.get(name)?.clone()))
    }

    fn text(&self, given: &Given, depth: u32) -> Option<String> {
        match given {
            Given::Expr(expr) => Some(expr.syntax().text().to_string()),
            Given::Text(text) => Some(text.clone()),
            Given::Default(node) => self.render(node, depth),
        }
    }

    /// The text of an argument as it can stand in the place of a name.
    fn operand(&self, given: &Given, place: &SyntaxNode, depth: u32) -> Option<String> {
        let text = self.text(given, depth)?;
        let expr = match given {
            Given::Expr(expr) => Some(expr.clone()),
            Given::Default(node) => ast::Expr::cast(node.clone()),
            Given::Text(_) => None,
        };
        let parens = expr.is_some_and(|expr| needs_parens(&expr)) && !takes_any(place);
        Some(if parens { format!("({text})") } else { text })
    }

    /// What an argument says, where it is a plain string that can be a part of any string or path.
    fn literal(&self, given: &Given) -> Option<String> {
        let string = match given {
            Given::Expr(expr) => ast::Str::cast(expr.syntax().clone())?,
            Given::Default(node) => ast::Str::cast(node.clone())?,
            Given::Text(_) => return None,
        };
        let safe = |c: char| c.is_ascii_alphanumeric() || "-_.@".contains(c);
        plain_string(&string).filter(|text| !text.is_empty() && text.chars().all(safe))
    }

    /// Paths of the function lead from another folder.
    fn move_paths(&self, node: &SyntaxNode, edits: &mut BTreeMap<(u32, u32), String>) -> Option<()> {
        let (from, to) = &self.folders;
        for path in node.descendants().filter(|node| node.kind() == SyntaxKind::NODE_PATH_REL) {
            let range = path.text_range();
            let (start, end) = span(range);
            let inner: Vec<((u32, u32), String)> =
                edits.range((start, 0)..(end, 0)).map(|(at, text)| (*at, text.clone())).collect();
            let local: Vec<TextEdit> = inner
                .iter()
                .map(|(at, text)| TextEdit {
                    range: TextRange::new(at.0.into(), at.1.into()) - range.start(),
                    insert: text.clone(),
                })
                .collect();
            let text = apply_edits(&path.text().to_string(), &local).ok()?;
            let parse = Parse::new(&text);
            let literal = plain_path(&ast::Path::cast(parse.tree().expr()?.syntax().clone())?)?;
            inner.iter().for_each(|(at, _)| drop(edits.remove(at)));
            edits.insert((start, end), relative_literal(to, &crate::eval::join_path(from, &literal)));
        }
        Some(())
    }
}

fn span(range: TextRange) -> (u32, u32) {
    (range.start().into(), range.end().into())
}

/// The attributes of a set that is written out; `None` where one has no plain name.
fn entries(argument: &ast::Expr) -> Option<BTreeMap<Name, Given>> {
    let ast::Expr::AttrSet(set) = argument else { return None };
    if set.rec_token().is_some() {
        return None;
    }
    let mut entries = BTreeMap::new();
    for entry in set.entries() {
        match entry {
            ast::Entry::AttrpathValue(binding) => {
                let attrs: Vec<ast::Attr> = binding.attrpath()?.attrs().collect();
                let [attr] = attrs.as_slice() else { return None };
                entries.insert(attr_name(attr)?, Given::Expr(binding.value()?));
            }
            ast::Entry::Inherit(inherit) => {
                let from = match inherit.from() {
                    Some(from) => Some(from.expr()?),
                    None => None,
                };
                for attr in inherit.attrs() {
                    let name = attr_name(&attr)?;
                    let text = match &from {
                        None => name.to_string(),
                        Some(from) if needs_parens(from) => format!("({}).{}", from.syntax().text(), spelled(&name)),
                        Some(from) => format!("{}.{}", from.syntax().text(), spelled(&name)),
                    };
                    entries.insert(name, Given::Text(text));
                }
            }
        }
    }
    Some(entries)
}

/// An `inherit` whose names are arguments: those that have another text become bindings.
fn inherited(inherit: &SyntaxNode, names: &[Inherited]) -> Option<String> {
    let inherit = ast::Inherit::cast(inherit.clone()).filter(|inherit| inherit.from().is_none())?;
    let mut kept = Vec::new();
    let mut bindings = Vec::new();
    for attr in inherit.attrs() {
        let range = attr.syntax().text_range();
        match names.iter().find(|(at, name, text)| *at == range && name.as_str() != text) {
            Some((_, name, text)) => bindings.push(format!("{} = {text};", spelled(name))),
            None => kept.push(attr.syntax().text().to_string()),
        }
    }
    if !kept.is_empty() {
        bindings.insert(0, format!("inherit {};", kept.join(" ")));
    }
    Some(bindings.join(" "))
}

/// `[ a ] ++ [ b ]` as one list.
fn joined_lists(mut text: String) -> Option<String> {
    for _ in 0..32 {
        let parse = Parse::new(&text);
        if !parse.errors().is_empty() {
            return None;
        }
        let sums = parse.root().descendants().filter_map(ast::BinOp::cast);
        let joined = sums.into_iter().find_map(|sum| {
            let concat = sum.operator() == Some(ast::BinOpKind::Concat);
            let (ast::Expr::List(left), ast::Expr::List(right)) = (sum.lhs().filter(|_| concat)?, sum.rhs()?) else {
                return None;
            };
            let inside = |list: &ast::List| {
                let text = list.syntax().text().to_string();
                text.strip_prefix('[').and_then(|it| it.strip_suffix(']')).map(str::to_string)
            };
            let (left, right) = (inside(&left)?, inside(&right)?);
            let joined = match (left.trim().is_empty(), right.trim().is_empty()) {
                (true, _) => format!("[{right}]"),
                (_, true) => format!("[{left}]"),
                _ if right.starts_with('\n') => format!("[{}{right}]", left.trim_end()),
                // On a line of its own, as the element before it has one.
                _ if left.contains('\n') => {
                    let last = left.trim_end().rsplit('\n').next().unwrap_or_default();
                    let indent = last.get(..last.len() - last.trim_start().len()).unwrap_or_default();
                    let close = left.get(left.trim_end().len()..).unwrap_or_default();
                    format!("[{}\n{indent}{}{close}]", left.trim_end(), right.trim())
                }
                _ => format!("[{} {}]", left.trim_end(), right.trim_start()),
            };
            Some(TextEdit::replace(sum.syntax().text_range(), joined))
        });
        match joined {
            Some(edit) => text = edit.apply(&text)?,
            None => return Some(text),
        }
    }
    Some(text)
}
