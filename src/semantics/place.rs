//! The option path that a place in a module has.
//!
//! From a set upwards through everything that module code is wrapped in: nested
//! sets, `mkIf`, `mkMerge`, `//`, `let`, functions over names, submodules, lists
//! of modules, `home-manager.users`. Only the tree is looked at, so this works
//! for text that nobody evaluated yet. What a host really has at the path is up
//! to the facts.

use crate::hir::Name;
use crate::syntax::ast::{self, AstNode, HasEntry};
use crate::syntax::string_value::plain_string;
use crate::syntax::{SyntaxKind::*, SyntaxNode};

/// More nodes than this lie between no place and its module in real code.
const MAX_STEPS: usize = 400;

/// A segment of the path of a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    Name(Name),
    /// A computed name, or the element of a list.
    Any,
}

/// Where in a module something stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub kind: Kind,
    /// From the module, without `config` and `options`. Paths into the
    /// configuration of a user begin with `home-manager.users.<name>`.
    pub path: Vec<Segment>,
}

/// What is written at a [`Place`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Definitions.
    Set,
    /// Declarations.
    Declare,
    /// The arguments of a `mkOption`.
    OptionArguments,
    /// The top of a module: options may be set here, or `imports`, `options` and `config` given.
    Top,
}

impl Segment {
    /// The name, unless it is computed.
    pub fn name(&self) -> Option<&Name> {
        match self {
            Segment::Name(name) => Some(name),
            Segment::Any => None,
        }
    }
}

/// The name of a segment, unless it is computed.
pub fn attr_name(attr: &ast::Attr) -> Option<Name> {
    match attr {
        ast::Attr::Ident(ident) => Some(Name::from(ident.syntax().text().to_string())),
        ast::Attr::Str(string) => plain_string(string).map(Name::from),
        ast::Attr::Dynamic(dynamic) => match dynamic.expr() {
            Some(ast::Expr::Str(string)) => plain_string(&string).map(Name::from),
            _ => None,
        },
    }
}

/// The place of what stands in the set `set`, followed by `tail`: the names of a
/// binding in it. `None` outside of modules.
pub fn enclosing_place(set: &SyntaxNode, tail: Vec<Segment>) -> Option<Place> {
    let mut climber = Climber { reversed: tail.into_iter().rev().collect(), ..Climber::default() };
    climber.climb(set)?;
    let mut path: Vec<Segment> = climber.reversed;
    path.reverse();
    let place = sort_out(path, climber.declares);
    Some(if climber.arguments { Place { kind: Kind::OptionArguments, ..place } } else { place })
}

/// Takes `config` and `options` off a path.
fn sort_out(mut path: Vec<Segment>, in_submodule: bool) -> Place {
    let is =
        |segment: Option<&Segment>, name: &str| segment.and_then(Segment::name).is_some_and(|segment| segment == name);
    let mut kind = Kind::Top;
    let mut at = 0;
    loop {
        if is(path.get(at), "config") {
            path.remove(at);
            kind = Kind::Set;
        } else if is(path.get(at), "options") {
            path.remove(at);
            kind = Kind::Declare;
            break;
        }
        // The module of a user, or of all users of nix-on-droid, is within the module of its host.
        let user = if is(path.get(at), "home-manager") && is(path.get(at + 1), "users") && path.len() > at + 2 {
            3
        } else if is(path.get(at), "home-manager") && is(path.get(at + 1), "config") {
            2
        } else {
            break;
        };
        at += user;
        kind = Kind::Top;
    }
    if kind == Kind::Top && path.len() > at {
        kind = if in_submodule { Kind::Declare } else { Kind::Set };
    }
    Place { kind, path }
}

#[derive(Default)]
struct Climber {
    reversed: Vec<Segment>,
    /// Whether the way led out of a list that was not one of modules or parts to merge yet.
    in_list: bool,
    /// Whether the way led out of the options of a submodule.
    declares: bool,
    /// Whether the place is an argument of `mkOption`.
    arguments: bool,
    steps: usize,
}

/// Whether to go on.
enum Step {
    Up(SyntaxNode),
    Done,
}

impl Climber {
    fn climb(&mut self, start: &SyntaxNode) -> Option<()> {
        let mut node = start.clone();
        loop {
            self.steps += 1;
            if self.steps > MAX_STEPS {
                return None;
            }
            let parent = node.parent()?;
            let step = match parent.kind() {
                NODE_ROOT => Step::Done,
                NODE_PAREN | NODE_BIN_OP | NODE_ERROR => Step::Up(parent),
                NODE_WITH | NODE_ASSERT => self.only_body(&parent, &node, 1)?,
                NODE_IF_ELSE => {
                    let branch = ast::IfElse::cast(parent.clone())?;
                    let condition = branch.condition().is_some_and(|condition| *condition.syntax() == node);
                    if condition {
                        return None;
                    }
                    Step::Up(parent)
                }
                NODE_LET_IN => self.only_body(&parent, &node, 0)?,
                NODE_LIST => {
                    self.in_list = true;
                    Step::Up(parent)
                }
                NODE_APPLY => self.apply(&parent, &node)?,
                NODE_LAMBDA => self.lambda(&parent)?,
                NODE_ATTRPATH_VALUE => self.binding(&parent)?,
                _ => return None,
            };
            match step {
                Step::Up(next) => node = next,
                Step::Done => return Some(()),
            }
        }
    }

    /// Up, unless `node` is not the body: the expression number `index` of its parent.
    fn only_body(&mut self, parent: &SyntaxNode, node: &SyntaxNode, index: usize) -> Option<Step> {
        let body = parent.children().filter(|child| ast::Expr::can_cast(child.kind())).nth(index)?;
        (body == *node).then(|| Step::Up(parent.clone()))
    }

    fn apply(&mut self, parent: &SyntaxNode, node: &SyntaxNode) -> Option<Step> {
        let apply = ast::Apply::cast(parent.clone())?;
        if apply.lambda().is_some_and(|function| *function.syntax() == *node) {
            // An argument of a longer call, whose head was asked already; or a
            // function that is called where it stands.
            return (node.kind() == NODE_APPLY).then(|| Step::Up(parent.clone()));
        }
        let head = head_name(&apply)?;
        match head.as_str() {
            "mkMerge" => self.in_list = false,
            "mkOption" => return self.option(parent),
            "submodule" | "submoduleWith" => {
                self.drop_last("options");
                self.drop_last("config");
                self.declares = true;
                self.in_list = false;
            }
            "attrsOf" | "lazyAttrsOf" | "listOf" if self.declares => self.reversed.push(Segment::Any),
            "mapAttrs" | "genAttrs" | "genAttrs'" => self.reversed.push(Segment::Any),
            "nameValuePair" => self.reversed.push(Segment::Any),
            "listToAttrs" if self.drop_last("value") => self.reversed.push(Segment::Any),
            name if PASSES.contains(&name) => {}
            _ => return None,
        }
        Some(Step::Up(parent.clone()))
    }

    /// At the set that `mkOption` is given.
    fn option(&mut self, parent: &SyntaxNode) -> Option<Step> {
        if self.declares {
            // Out of the type of an option.
            if !self.drop_last("type") {
                return None;
            }
        } else if self.reversed.len() <= 1 {
            self.arguments = true;
        } else if !self.drop_last("default") && !self.drop_last("example") {
            return None;
        }
        Some(Step::Up(parent.clone()))
    }

    /// Takes off the name that was added last.
    fn drop_last(&mut self, name: &str) -> bool {
        let found = self.reversed.last().and_then(Segment::name).is_some_and(|last| last == name);
        if found {
            self.reversed.pop();
        }
        found
    }

    fn lambda(&mut self, lambda: &SyntaxNode) -> Option<Step> {
        let pattern = matches!(ast::Lambda::cast(lambda.clone())?.param()?, ast::Param::Pattern(_));
        let mut outer = lambda.clone();
        while let Some(paren) = outer.parent().filter(|parent| parent.kind() == NODE_PAREN) {
            outer = paren;
        }
        match outer.parent()?.kind() {
            NODE_LIST | NODE_ROOT | NODE_APPLY | NODE_WITH | NODE_LET_IN | NODE_BIN_OP | NODE_IF_ELSE => {
                Some(Step::Up(outer))
            }
            // `{ inputs }: { config, ... }: { … }`: a file with arguments of its own.
            NODE_LAMBDA => Some(if pattern { Step::Done } else { Step::Up(outer) }),
            NODE_ATTRPATH_VALUE => self.bound_function(&outer),
            _ => Some(Step::Done),
        }
    }

    /// A function that is bound to a name: a user's module, the module of a
    /// submodule, or one that something else gives.
    fn bound_function(&mut self, function: &SyntaxNode) -> Option<Step> {
        let binding = ast::AttrpathValue::cast(function.parent()?)?;
        if segments(&binding.attrpath()?).first()?.name().is_some_and(|name| name == "outputs") {
            return None;
        }
        let mut outside = Climber { steps: self.steps, ..Climber::default() };
        if outside.climb(function).is_some() {
            let mut path = outside.reversed.clone();
            path.reverse();
            let at = path.iter().position(|segment| segment.name().is_some_and(|name| name == "home-manager"));
            let next = at.and_then(|at| path.get(at + 1)).and_then(Segment::name);
            if next.is_some_and(|name| name == "users" || name == "config") {
                self.reversed.extend(outside.reversed);
                return Some(Step::Done);
            }
        }
        Some(Step::Done)
    }

    fn binding(&mut self, node: &SyntaxNode) -> Option<Step> {
        let binding = ast::AttrpathValue::cast(node.clone())?;
        let mut path = segments(&binding.attrpath()?);
        let holder = node.parent()?;
        if holder.kind() == NODE_LET_IN || holder.kind() == NODE_LEGACY_LET {
            return self.let_bound(&path, &holder);
        }
        if self.in_list {
            self.in_list = false;
            let last = path.last().and_then(Segment::name).cloned().unwrap_or_default();
            match last.as_str() {
                "imports" => {
                    path.pop();
                }
                "sharedModules" => {
                    path.pop();
                    path.extend([Segment::Name(Name::new_static("users")), Segment::Any]);
                }
                name if is_module_list(name) => return Some(Step::Done),
                _ => path.push(Segment::Any),
            }
        }
        self.reversed.extend(path.into_iter().rev());
        (holder.kind() == NODE_ATTR_SET).then_some(Step::Up(holder))
    }

    /// The value of a name in `let` stands wherever the name is first used.
    fn let_bound(&mut self, path: &[Segment], holder: &SyntaxNode) -> Option<Step> {
        let (first, rest) = path.split_first()?;
        let name = first.name()?;
        if self.in_list && is_module_list(name) {
            return Some(Step::Done);
        }
        self.reversed.extend(rest.iter().rev().cloned());
        let uses = holder.descendants().filter(|node| {
            node.kind() == NODE_IDENT
                && node.parent().is_some_and(|parent| !matches!(parent.kind(), NODE_ATTRPATH | NODE_SELECT))
                && node.text() == name.as_str()
        });
        for found in uses.take(4) {
            let mut attempt = Climber {
                reversed: self.reversed.clone(),
                in_list: self.in_list,
                declares: self.declares,
                arguments: self.arguments,
                steps: self.steps + MAX_STEPS / 8,
            };
            if attempt.climb(&found).is_some() {
                *self = attempt;
                return Some(Step::Done);
            }
        }
        None
    }
}

/// Functions whose result stands where their last argument would.
const PASSES: &[&str] = &[
    "mkIf",
    "mkDefault",
    "mkForce",
    "mkOverride",
    "mkVMOverride",
    "mkOptionDefault",
    "mkImageMediaOverride",
    "mkBefore",
    "mkAfter",
    "mkOrder",
    "optionalAttrs",
    "optional",
    "optionals",
    "recursiveUpdate",
    "mergeAttrs",
    "mergeAttrsList",
    "recursiveMerge",
    "foldl'",
    "foldr",
    "map",
    "forEach",
    "flatten",
    "concatMap",
    "setDefaultModuleLocation",
    "mapAttrsToList",
    "mapAttrs'",
    "nullOr",
    "either",
    "oneOf",
    "functionTo",
    "coercedTo",
    "attrsOf",
    "lazyAttrsOf",
    "listOf",
    "listToAttrs",
    "singleton",
];

fn is_module_list(name: &str) -> bool {
    name == "modules" || name.ends_with("Modules") || name == "imports"
}

/// The last name of the function that a call begins with: `mkIf` in `lib.mkIf a b`.
pub(super) fn head_name(apply: &ast::Apply) -> Option<Name> {
    let mut function = apply.lambda()?;
    loop {
        function = match function {
            ast::Expr::Apply(inner) => inner.lambda()?,
            ast::Expr::Paren(inner) => inner.expr()?,
            ast::Expr::Ident(ident) => return Some(Name::from(ident.syntax().text().to_string())),
            ast::Expr::Select(select) => return attr_name(&select.attrpath()?.attrs().last()?),
            _ => return None,
        }
    }
}

/// The segments of a path.
pub(super) fn segments(path: &ast::Attrpath) -> Vec<Segment> {
    path.attrs().map(|attr| attr_name(&attr).map_or(Segment::Any, Segment::Name)).collect()
}

/// The bindings of a set or `let`.
pub(super) fn entries(node: &SyntaxNode) -> Vec<ast::Entry> {
    match node.kind() {
        NODE_ATTR_SET => ast::AttrSet::cast(node.clone()).map(|set| set.entries().collect()).unwrap_or_default(),
        NODE_LET_IN => ast::LetIn::cast(node.clone()).map(|set| set.entries().collect()).unwrap_or_default(),
        NODE_LEGACY_LET => ast::LegacyLet::cast(node.clone()).map(|set| set.entries().collect()).unwrap_or_default(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;
    use crate::syntax::Parse;

    /// The place of the name at the cursor, as `kind path`.
    fn place(text: &str) -> String {
        let fixture = Fixture::parse(text);
        let (path, offset) = fixture.position();
        let root = Parse::new(fixture.text(path)).root();
        let token = root.token_at_offset(offset).right_biased().expect("a token");
        let attrpath = token.parent_ancestors().find_map(ast::Attrpath::cast).expect("a path");
        let mut tail = Vec::new();
        for attr in attrpath.attrs() {
            tail.push(attr_name(&attr).map_or(Segment::Any, Segment::Name));
            if attr.syntax().text_range().contains_inclusive(offset) {
                break;
            }
        }
        let set = attrpath.syntax().parent().and_then(|binding| binding.parent()).expect("a set");
        let Some(place) = enclosing_place(&set, tail) else { return "none".to_string() };
        let names: Vec<&str> = place.path.iter().map(|it| it.name().map_or("*", Name::as_str)).collect();
        format!("{:?} {}", place.kind, names.join("."))
    }

    #[test]
    fn paths_and_nested_sets() {
        assert_eq!(place("{ a.b.$0c = 1; }"), "Set a.b.c");
        assert_eq!(place("{ a.$0b.c = 1; }"), "Set a.b");
        assert_eq!(place("{ config, ... }: { a = { b = { $0c = 1; }; }; }"), "Set a.b.c");
        assert_eq!(place("{ ... }: { config.a = { $0b = 1; }; }"), "Set a.b");
        assert_eq!(place("{ \"a.b\".${x}.$0c = 1; }"), "Set a.b.*.c");
        assert_eq!(place("{ options.a = { $0b = 1; }; }"), "Declare a.b");
    }

    #[test]
    fn wrapped_in_functions_of_the_module_system() {
        assert_eq!(place("{ lib, ... }: { config = lib.mkIf x { a.$0b = 1; }; }"), "Set a.b");
        assert_eq!(place("{ config = mkMerge [ { a = 1; } (mkIf x { $0b = 1; }) ]; }"), "Set b");
        assert_eq!(place("{ a = lib.mkDefault { $0b = 1; }; }"), "Set a.b");
        assert_eq!(place("{ a = { } // lib.optionalAttrs x { $0b = 1; }; }"), "Set a.b");
        assert_eq!(place("{ a = if x then { $0b = 1; } else { }; }"), "Set a.b");
        assert_eq!(place("{ a = with lib; let y = 1; in { $0b = 1; }; }"), "Set a.b");
        assert_eq!(place("{ a = lib.genAttrs names (name: { $0b = 1; }); }"), "Set a.*.b");
        assert_eq!(place("{ a = lib.mapAttrs (n: v: { $0b = 1; }) x; }"), "Set a.*.b");
        assert_eq!(place("{ a = [ { $0b = 1; } ]; }"), "Set a.*.b");
    }

    #[test]
    fn bound_by_let() {
        assert_eq!(place("{ ... }: let body = { $0b = 1; }; in { a = body; }"), "Set a.b");
        assert_eq!(place("{ ... }: let body = { $0b = 1; }; in { config = mkIf x body; }"), "Set b");
        assert_eq!(place("let common = { a.$0b = 1; }; in common"), "Set a.b");
        assert_eq!(place("let x = { $0y = x; }; in 1"), "none");
    }

    #[test]
    fn users_within_hosts() {
        assert_eq!(place("{ home-manager.users.me = { a.$0b = 1; }; }"), "Set home-manager.users.me.a.b");
        assert_eq!(
            place("{ home-manager.users.me = { pkgs, ... }: { a.$0b = 1; }; }"),
            "Set home-manager.users.me.a.b"
        );
        assert_eq!(
            place("{ home-manager = { users.${u} = { config = { a.$0b = 1; }; }; }; }"),
            "Set home-manager.users.*.a.b"
        );
        assert_eq!(place("{ home-manager.sharedModules = [ { a.$0b = 1; } ]; }"), "Set home-manager.users.*.a.b");
        assert_eq!(
            place("{ home-manager.users.me = { imports = [ { a.$0b = 1; } ]; }; }"),
            "Set home-manager.users.me.a.b"
        );
    }

    #[test]
    fn modules_in_lists() {
        assert_eq!(place("f { modules = [ { a.$0b = 1; } ]; }"), "Set a.b");
        assert_eq!(place("f { modules = [ ./x.nix ({ lib, ... }: { a.$0b = 1; }) ]; }"), "Set a.b");
        assert_eq!(place("{ imports = [ { a.$0b = 1; } ]; }"), "Set a.b");
        assert_eq!(place("{ nixosModules.x = { lib, ... }: { config.a.$0b = 1; }; }"), "Set a.b");
    }

    #[test]
    fn options_of_submodules() {
        let text = "{ options.a = mkOption { type = attrsOf (submodule { options = { $0b = 1; }; }); }; }";
        assert_eq!(place(text), "Declare a.*.b");
        let text = "{ options.a = mkOption { type = types.submodule ({ ... }: { options.$0b = 1; }); }; }";
        assert_eq!(place(text), "Declare a.b");
        assert_eq!(place("{ options.a = mkOption { $0type = 1; }; }"), "OptionArguments a.type");
        assert_eq!(place("{ options.a = mkOption { default = { $0b = 1; }; }; }"), "Declare a.b");
    }

    #[test]
    fn outside_of_modules() {
        assert_eq!(place("{ x = f { $0b = 1; }; }"), "none");
        assert_eq!(place("{ outputs = { self, ... }: { $0b = 1; }; }"), "none");
        assert_eq!(place("if { $0b = 1; } then 1 else 2"), "none");
    }
}
