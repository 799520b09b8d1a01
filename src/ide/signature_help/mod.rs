//! What the function takes that is being called.

#[cfg(test)]
mod tests;

use crate::base::{TextRange, TextSize};
use crate::db::FileData;
use crate::hir::{Expr, ExprId, Formal, LambdaExpr, Name, Param};
use crate::ide::{Analysis, FilePosition};
use crate::semantics::{Callee, FunctionRef, attr_name};
use crate::syntax::ast::{self, AstNode, HasEntry};
use crate::syntax::{SyntaxKind::*, SyntaxNode, SyntaxToken};

/// Functions of functions are looked into this deep.
const MAX_PARAMETERS: usize = 16;
/// A default that is longer is not shown.
const MAX_DEFAULT: usize = 24;

/// A function with its arguments, and the one that the cursor is at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureHelp {
    pub label: String,
    /// The arguments, as ranges of the label.
    pub parameters: Vec<TextRange>,
    /// The one that is being given, by index.
    pub active: Option<usize>,
    /// Markdown.
    pub documentation: Option<String>,
}

/// The call around a place, innermost first.
pub fn signature_help(analysis: &Analysis, position: FilePosition) -> Option<SignatureHelp> {
    let data = analysis.snapshot().file(position.file).ok()?;
    let call = call_at(&data.parse().root(), position.offset)?;
    let head = data.lowered().source_map.expr_with_range(without_parens(&call.head).text_range())?;
    match analysis.callee(position.file, head)? {
        Callee::Function(function) => {
            let parameters = parameters(analysis, function);
            match (parameters.get(call.argument)?, &call.set) {
                (Parameter::Formals(formals, open), set) => Some(formals_help(&call, formals, *open, set.as_ref())),
                // Nobody wants to be told of a function all through a long set.
                (Parameter::Name(_), Some(_)) => None,
                (Parameter::Name(_), None) => Some(curried_help(&call, &parameters)),
            }
        }
        Callee::Documented { .. } if call.set.is_some() => None,
        Callee::Documented { prefix, signature, doc } => documented_help(&call, prefix, signature, doc),
    }
}

/// A call as the text has it.
struct Call {
    /// The function, without any arguments.
    head: SyntaxNode,
    /// Which argument the cursor is at, from zero.
    argument: usize,
    /// The set that this argument is, where the cursor is within it.
    set: Option<ast::AttrSet>,
    offset: TextSize,
}

impl Call {
    /// The last name of the function.
    fn name(&self) -> String {
        let text = without_parens(&self.head).text().to_string();
        let last = text.rsplit('.').next().unwrap_or_default();
        if text.is_empty() || text.contains(char::is_whitespace) { "function".to_string() } else { last.to_string() }
    }
}

/// The innermost call around a place that is at one of its arguments.
fn call_at(root: &SyntaxNode, offset: TextSize) -> Option<Call> {
    let left = token_before(root, offset)?;
    let mut node = left.parent()?;
    if let Some(call) = next_argument(&left, offset) {
        return Some(call);
    }
    if node.kind() == NODE_ATTRPATH_VALUE && is_nested(&node) {
        return None;
    }
    loop {
        let parent = node.parent()?;
        match parent.kind() {
            NODE_APPLY => {
                let apply = ast::Apply::cast(parent.clone())?;
                let is_argument = apply.argument().is_some_and(|argument| *argument.syntax() == node);
                if is_argument {
                    let (head, before) = head_of(&apply)?;
                    let inside = strictly_inside(&node, offset);
                    let set = ast::AttrSet::cast(without_parens(&node)).filter(|_| inside);
                    return Some(Call { head, argument: before, set, offset });
                }
            }
            // What a function does is no argument any more; nor is what a set within the argument holds.
            NODE_LAMBDA | NODE_LET_IN => return None,
            NODE_ATTRPATH_VALUE if is_nested(&parent) => return None,
            _ => {}
        }
        node = parent;
    }
}

/// Whether a binding stands in a set that is no argument itself.
fn is_nested(binding: &SyntaxNode) -> bool {
    let Some(mut set) = binding.parent() else { return true };
    while let Some(paren) = set.parent().filter(|parent| parent.kind() == NODE_PAREN) {
        set = paren;
    }
    set.parent().is_none_or(|parent| parent.kind() != NODE_APPLY)
}

/// A call that is about to get one more argument: the cursor stands after white space behind a function.
fn next_argument(left: &SyntaxToken, offset: TextSize) -> Option<Call> {
    let end = left.text_range().end();
    if end >= offset {
        return None;
    }
    let ends_here = |node: &SyntaxNode| node.text_range().end() == end;
    let callable = |node: &SyntaxNode| matches!(node.kind(), NODE_IDENT | NODE_SELECT | NODE_APPLY | NODE_PAREN);
    let first = left.parent_ancestors().find(|node| callable(node) && ends_here(node))?;
    let around =
        first.ancestors().take_while(|node| ends_here(node) && (callable(node) || node.kind() == NODE_ATTRPATH));
    let whole = around.filter(callable).last()?;
    // Elements of a list are called by nobody, and names of bindings neither.
    if whole.parent().is_some_and(|parent| matches!(parent.kind(), NODE_LIST | NODE_ATTRPATH | NODE_INHERIT)) {
        return None;
    }
    let (head, given) = match ast::Apply::cast(whole.clone()) {
        Some(apply) => head_of(&apply).map(|(head, before)| (head, before + 1))?,
        None => (whole, 0),
    };
    Some(Call { head, argument: given, set: None, offset })
}

/// The function of a call with several arguments, and how many of them stand before the last.
fn head_of(apply: &ast::Apply) -> Option<(SyntaxNode, usize)> {
    let mut before = 0;
    let mut function = apply.lambda()?;
    while let ast::Expr::Apply(inner) = &function {
        let next = inner.lambda()?;
        // `import ./f.nix` is the function that the file is.
        if matches!(&next, ast::Expr::Ident(ident) if ident.syntax().text() == "import") {
            break;
        }
        before += 1;
        function = next;
    }
    Some((function.syntax().clone(), before))
}

fn without_parens(node: &SyntaxNode) -> SyntaxNode {
    let mut node = node.clone();
    while let Some(inner) = ast::Paren::cast(node.clone()).and_then(|paren| paren.expr()) {
        node = inner.syntax().clone();
    }
    node
}

fn strictly_inside(node: &SyntaxNode, offset: TextSize) -> bool {
    let range = node.text_range();
    range.start() < offset && offset < range.end() || (offset == range.end() && !closes(node))
}

/// Whether the set is closed, so that behind it is outside.
fn closes(node: &SyntaxNode) -> bool {
    node.last_token().is_some_and(|last| matches!(last.kind(), TOKEN_R_BRACE | TOKEN_R_PAREN))
}

/// The last token before a place that is neither white space nor a comment. Of the token around the place, that one.
fn token_before(root: &SyntaxNode, offset: TextSize) -> Option<SyntaxToken> {
    let mut token = root.token_at_offset(offset.min(root.text_range().end())).left_biased()?;
    while token.kind().is_trivia() {
        token = token.prev_token()?;
    }
    Some(token)
}

/// An argument of a function.
enum Parameter {
    Name(Name),
    /// The names of a set, and whether it may hold others.
    Formals(Vec<(Name, Option<String>)>, bool),
}

/// The arguments of a function, and of the functions that it gives.
fn parameters(analysis: &Analysis, function: FunctionRef) -> Vec<Parameter> {
    let mut found = Vec::new();
    let (Some(info), Ok(data)) = (analysis.info(function.file), analysis.snapshot().file(function.file)) else {
        return found;
    };
    let mut expr = function.function;
    while let Expr::Lambda(lambda) = info.hir.expr(expr)
        && found.len() < MAX_PARAMETERS
    {
        found.push(parameter(&data, lambda));
        expr = lambda.body;
        // What stands between two arguments takes none.
        while let Expr::Let { body, .. } | Expr::With { body, .. } | Expr::Assert { body, .. } = info.hir.expr(expr) {
            expr = *body;
        }
    }
    found
}

fn parameter(data: &FileData, lambda: &LambdaExpr) -> Parameter {
    match &lambda.param {
        Param::Ident { name, .. } => Parameter::Name(name.clone()),
        Param::Pattern { formals, ellipsis, .. } => {
            let formal = |formal: &Formal| (formal.name.clone(), formal.default.map(|it| default(data, it)));
            Parameter::Formals(formals.iter().map(formal).collect(), *ellipsis)
        }
    }
}

fn default(data: &FileData, expr: ExprId) -> String {
    let range = data.lowered().source_map.expr(expr);
    let text = data.text().get(usize::from(range.start())..usize::from(range.end())).unwrap_or_default();
    if text.len() > MAX_DEFAULT || text.contains('\n') { "…".to_string() } else { text.to_string() }
}

/// A label that is put together from pieces.
#[derive(Default)]
struct Label {
    text: String,
    parameters: Vec<TextRange>,
}

impl Label {
    fn parameter(&mut self, text: &str) {
        let size = |at: usize| TextSize::try_from(at).unwrap_or_default();
        let start = size(self.text.len());
        self.text.push_str(text);
        self.parameters.push(TextRange::new(start, size(self.text.len())));
    }
}

/// `mkHost name extra`
fn curried_help(call: &Call, parameters: &[Parameter]) -> SignatureHelp {
    let mut label = Label { text: call.name(), ..Label::default() };
    for parameter in parameters {
        label.text.push(' ');
        match parameter {
            Parameter::Name(name) => label.parameter(name),
            Parameter::Formals(formals, open) => {
                let names: Vec<&str> =
                    formals.iter().map(|(name, _)| name.as_str()).chain(open.then_some("...")).collect();
                label.parameter(&format!("{{ {} }}", names.join(", ")));
            }
        }
    }
    let active = Some(call.argument);
    SignatureHelp { label: label.text, parameters: label.parameters, active, documentation: None }
}

/// `mkHost { system, modules ? [ ], ... }`, and which of the names are given.
fn formals_help(
    call: &Call,
    formals: &[(Name, Option<String>)],
    open: bool,
    set: Option<&ast::AttrSet>,
) -> SignatureHelp {
    let mut label = Label { text: format!("{} {{ ", call.name()), ..Label::default() };
    for (at, (name, default)) in formals.iter().enumerate() {
        if at > 0 {
            label.text.push_str(", ");
        }
        match default {
            Some(default) => label.parameter(&format!("{name} ? {default}")),
            None => label.parameter(name),
        }
    }
    if open {
        label.text.push_str(if formals.is_empty() { "..." } else { ", ..." });
    }
    label.text.push_str(" }");
    let given = set.map(given_names).unwrap_or_default();
    let index = |name: &Name| formals.iter().position(|(formal, _)| formal == name);
    let at_cursor = given.iter().find(|(_, range)| range.contains_inclusive(call.offset));
    let active = at_cursor.and_then(|(name, _)| index(name));
    let is_given = |name: &Name| given.iter().any(|(it, _)| it == name);
    let names = |wanted: bool, only: &dyn Fn(&Option<String>) -> bool| {
        let chosen = formals.iter().filter(|(name, default)| is_given(name) == wanted && only(default));
        chosen.map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    };
    let rows = [
        ("Given", names(true, &|_| true)),
        ("Needed", names(false, &Option::is_none)),
        ("Optional", names(false, &Option::is_some)),
    ];
    let rows = rows.iter().filter(|(_, names)| !names.is_empty()).map(|(what, names)| format!("{what}: {names}"));
    let documentation = rows.collect::<Vec<_>>().join("  \n");
    SignatureHelp {
        label: label.text,
        parameters: label.parameters,
        active,
        documentation: (!documentation.is_empty()).then_some(documentation),
    }
}

/// The names that a set gives, each with the whole of its binding.
fn given_names(set: &ast::AttrSet) -> Vec<(Name, TextRange)> {
    let mut names = Vec::new();
    for entry in set.entries() {
        match entry {
            ast::Entry::AttrpathValue(binding) => {
                let first = binding.attrpath().and_then(|path| path.attrs().next());
                let name = first.and_then(|first| attr_name(&first));
                names.extend(name.map(|name| (name, binding.syntax().text_range())));
            }
            ast::Entry::Inherit(inherit) => {
                let named = inherit.attrs().filter_map(|attr| Some((attr_name(&attr)?, attr.syntax().text_range())));
                names.extend(named);
            }
        }
    }
    names
}

/// `lib.mkIf condition content`
fn documented_help(call: &Call, prefix: &str, signature: &str, doc: &str) -> Option<SignatureHelp> {
    let (name, rest) = signature.split_once(' ')?;
    let mut label = Label { text: format!("{prefix}.{name}"), ..Label::default() };
    for parameter in rest.split_whitespace() {
        label.text.push(' ');
        label.parameter(parameter);
    }
    (call.argument < label.parameters.len()).then(|| SignatureHelp {
        label: label.text,
        parameters: label.parameters,
        active: Some(call.argument),
        documentation: Some(doc.to_string()),
    })
}
