//! The arguments of one builder laid over those of another: lists of modules and sets of arguments.

use super::{Item, Matcher, Piece};
use crate::hir::{AttrValue, AttrsExpr, BinaryOp, Expr, ExprId, Key, Name};

fn attribute(set: &AttrsExpr, name: &str) -> Option<ExprId> {
    set.attrs.iter().find(|attr| attr.name == name).and_then(|attr| match &attr.value {
        AttrValue::Expr(value) | AttrValue::Inherit(value) => Some(*value),
        AttrValue::InheritFrom(_) => None,
    })
}

impl Matcher<'_> {
    /// Lays the arguments of the two builders over each other.
    pub(super) fn builder(&mut self, wanted: ExprId, given: ExprId) {
        let (Expr::Attrs(wanted), Expr::Attrs(given_set)) = (self.helper.hir.expr(wanted), self.host.hir.expr(given))
        else {
            return;
        };
        // Names first: the modules can then be told apart by them.
        let is_list = |name: &str| matches!(name, "modules" | "extraModules");
        let is_set = |name: &str| matches!(name, "specialArgs" | "extraSpecialArgs");
        for attr in wanted.attrs.iter().filter(|attr| !is_list(&attr.name)) {
            let (AttrValue::Expr(value) | AttrValue::Inherit(value)) = &attr.value else { continue };
            let there = attribute(given_set, &attr.name);
            if is_set(&attr.name) {
                self.argument_set(*value, there);
            } else if let Some(there) = there {
                self.attempt(*value, there);
            }
        }
        for attr in wanted.attrs.iter().filter(|attr| is_list(&attr.name)) {
            let (AttrValue::Expr(value) | AttrValue::Inherit(value)) = &attr.value else { continue };
            let mut there = Vec::new();
            if let Some(list) = attribute(given_set, &attr.name) {
                self.host_items(list, &mut there);
            }
            self.list(*value, there);
        }
    }

    /// specialArgs: literal sets and parameters, joined by `//`.
    fn argument_set(&mut self, wanted: ExprId, given: Option<ExprId>) {
        let mut operands = Vec::new();
        self.operands(BinaryOp::Update, wanted, &mut operands);
        let given = given.and_then(|given| match self.host.hir.expr(given) {
            Expr::Attrs(set) if !set.recursive => Some((given, &**set)),
            _ => None,
        });
        let mut left: Vec<Name> = given.iter().flat_map(|(_, set)| &set.attrs).map(|attr| attr.name.clone()).collect();
        let mut rest = Vec::new();
        for operand in operands {
            match self.helper.hir.expr(operand) {
                Expr::Attrs(set) => {
                    for attr in &set.attrs {
                        left.retain(|name| *name != attr.name);
                        if let (AttrValue::Expr(value) | AttrValue::Inherit(value), Some(there)) =
                            (&attr.value, given.and_then(|(_, set)| attribute(set, &attr.name)))
                        {
                            self.attempt(*value, there);
                        }
                    }
                }
                _ => rest.extend(self.parameter(operand)),
            }
        }
        for parameter in rest {
            self.sets.push(parameter.clone());
            if let Some((set, _)) = given.filter(|_| !left.is_empty()) {
                let names = std::mem::take(&mut left);
                self.bind(parameter, Piece::Attrs { set, names });
            }
        }
    }

    fn operands(&self, op: BinaryOp, expr: ExprId, found: &mut Vec<ExprId>) {
        match self.helper.hir.expr(expr) {
            Expr::Binary { op: here, lhs, rhs } if *here == op => {
                self.operands(op, *lhs, found);
                self.operands(op, *rhs, found);
            }
            _ => found.push(expr),
        }
    }

    fn host_items(&self, expr: ExprId, items: &mut Vec<Item>) {
        match self.host.hir.expr(expr) {
            Expr::Binary { op: BinaryOp::Concat, lhs, rhs } => {
                self.host_items(*lhs, items);
                self.host_items(*rhs, items);
            }
            Expr::List(elements) => items.extend(elements.iter().map(|element| Item::Element(*element))),
            _ => items.push(Item::Splice(expr)),
        }
    }

    /// A list of modules: what is in the helper is matched first, parameters take the rest.
    fn list(&mut self, wanted: ExprId, mut left: Vec<Item>) {
        let mut operands = Vec::new();
        self.operands(BinaryOp::Concat, wanted, &mut operands);
        let (mut single, mut whole) = (Vec::new(), Vec::new());
        for operand in operands {
            if let Some(parameter) = self.parameter(operand) {
                whole.push(parameter);
            } else if let Expr::List(elements) = self.helper.hir.expr(operand) {
                for element in elements {
                    match self.parameter(*element) {
                        Some(parameter) => single.push(parameter),
                        None => self.take(&mut left, |it, item| match item {
                            Item::Element(given) => it.attempt(*element, given),
                            Item::Splice(_) => false,
                        }),
                    }
                }
            } else if let Some((condition, modules)) = self.optional(operand) {
                let before = left.len();
                for module in modules {
                    self.take(&mut left, |it, item| match item {
                        Item::Element(given) => it.attempt(module, given),
                        Item::Splice(_) => false,
                    });
                }
                if let Some(parameter) = self.parameter(condition) {
                    let text = if left.len() < before { "true" } else { "false" };
                    self.bind(parameter, Piece::Text(text.to_string()));
                }
            } else {
                self.take(&mut left, |it, item| match item {
                    Item::Element(_) => false,
                    Item::Splice(given) => it.attempt(operand, given),
                });
            }
        }
        for parameter in single {
            self.take(&mut left, |it, item| match item {
                Item::Element(given) => it.bind(parameter.clone(), Piece::Source(given)),
                Item::Splice(_) => false,
            });
        }
        for parameter in whole {
            self.lists.push(parameter.clone());
            let items = std::mem::take(&mut left);
            if !items.is_empty() {
                self.bind(parameter, Piece::List(items));
            }
        }
    }

    /// Takes the first item that fits out of a list.
    fn take(&mut self, left: &mut Vec<Item>, mut fits: impl FnMut(&mut Self, Item) -> bool) {
        if let Some(at) = left.iter().position(|item| fits(self, *item)) {
            left.remove(at);
        }
    }

    /// `lib.optional condition module` and `lib.optionals condition [ … ]`.
    fn optional(&self, expr: ExprId) -> Option<(ExprId, Vec<ExprId>)> {
        let hir = self.helper.hir;
        let Expr::Apply { function, argument } = hir.expr(expr) else { return None };
        let Expr::Apply { function, argument: condition } = hir.expr(*function) else { return None };
        let name = match hir.expr(*function) {
            Expr::Var(var) => &var.name,
            Expr::Select { path, .. } => path.last().and_then(Key::name)?,
            _ => return None,
        };
        match (name.as_str(), hir.expr(*argument)) {
            ("optional", _) => Some((*condition, vec![*argument])),
            ("optionals", Expr::List(modules)) => Some((*condition, modules.to_vec())),
            _ => None,
        }
    }
}
