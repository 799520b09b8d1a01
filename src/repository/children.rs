//! Walking over lowered expressions.

use crate::hir::{AttrValue, AttrsExpr, Expr, ExprId, File, Key, Param, StrPart};

/// Calls `visit` with every expression directly inside `expr`.
pub fn for_each_child(hir: &File, expr: ExprId, visit: &mut dyn FnMut(ExprId)) {
    let keys = |path: &[Key], visit: &mut dyn FnMut(ExprId)| {
        for key in path {
            if let Key::Dynamic(expr) = key {
                visit(*expr);
            }
        }
    };
    let parts = |parts: &[StrPart], visit: &mut dyn FnMut(ExprId)| {
        for part in parts {
            if let StrPart::Interpolation(expr) = part {
                visit(*expr);
            }
        }
    };
    match hir.expr(expr) {
        Expr::Missing | Expr::Int(_) | Expr::Float(_) | Expr::SearchPath(_) | Expr::CurPos | Expr::Var(_) => {}
        Expr::Str(pieces) | Expr::Path { parts: pieces, .. } => parts(pieces, visit),
        Expr::Lambda(lambda) => {
            if let Param::Pattern { formals, .. } = &lambda.param {
                formals.iter().filter_map(|formal| formal.default).for_each(&mut *visit);
            }
            visit(lambda.body);
        }
        Expr::Apply { function, argument } => {
            visit(*function);
            visit(*argument);
        }
        Expr::Select { base, path, default } => {
            visit(*base);
            keys(path, visit);
            default.iter().copied().for_each(visit);
        }
        Expr::HasAttr { base, path } => {
            visit(*base);
            keys(path, visit);
        }
        Expr::Attrs(attrs) => attrs_children(attrs, visit),
        Expr::Let { bindings, body } => {
            attrs_children(bindings, visit);
            visit(*body);
        }
        Expr::With { namespace, body } => {
            visit(*namespace);
            visit(*body);
        }
        Expr::If { condition, then_branch, else_branch } => {
            [*condition, *then_branch, *else_branch].into_iter().for_each(visit);
        }
        Expr::Assert { condition, body } => [*condition, *body].into_iter().for_each(visit),
        Expr::List(items) => items.iter().copied().for_each(visit),
        Expr::Unary { operand, .. } => visit(*operand),
        Expr::Binary { lhs, rhs, .. } => [*lhs, *rhs].into_iter().for_each(visit),
    }
}

fn attrs_children(attrs: &AttrsExpr, visit: &mut dyn FnMut(ExprId)) {
    attrs.inherit_sources.iter().copied().for_each(&mut *visit);
    for attr in &attrs.attrs {
        if let AttrValue::Expr(value) | AttrValue::Inherit(value) = &attr.value {
            visit(*value);
        }
    }
    for dynamic in &attrs.dynamics {
        visit(dynamic.name);
        visit(dynamic.value);
    }
}
