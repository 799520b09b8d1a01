//! Evaluation of expressions.

use std::rc::Rc;

use super::operators::Lookup;
use super::unknown::{Cause, ErrorKind, EvalError, Limit, Stop, Unknown, nearest_name};
use super::value::{Attrs, Closure, Code, Entry, Env, Origin, Thunk, Value};
use super::{BYTES_PER_STEP, Evaluator, Result, operators, strings};
use crate::hir::{
    Attr, AttrValue, AttrsExpr, Expr, ExprId, Formal, Key, LambdaExpr, Name, Param, PathAnchor, StrPart, UnaryOp,
    VarTarget,
};

/// How many undecided conditions may lie around each other before both ways
/// are no longer followed: each doubles the work.
const MAX_SPECULATION: u32 = 10;

/// How many calls around an expression that fails are kept.
const TRACE: usize = 3;

/// How many calls one evaluation may go on with, each as the last thing of the one before. They nest no deeper here, but they do
/// in Nix, which refuses ten thousand (`max-call-depth`).
const MAX_TAIL_CALLS: u32 = 9_000;

/// What an expression comes to.
enum Step {
    Value(Value),
    /// The value of another expression beside it: the branch of a condition.
    Branch(ExprId),
    /// The value of an expression with more in scope: the body of a `let`.
    Body(Env, ExprId),
    /// The value of a function's body.
    Call(Rc<Closure>, Env, ExprId),
}

impl Evaluator {
    /// Evaluates an expression. What is not known is a value, never an `Err`.
    pub(super) fn eval(&self, code: &Rc<Code>, env: &Env, expr: ExprId) -> Result<Value> {
        let (calls, current) = (self.calls.borrow().len(), self.current.borrow().len());
        let result = self.nested(|| self.eval_to_the_end(code, env, expr));
        // Not before an error was placed, which needs to know the calls around it.
        self.calls.borrow_mut().truncate(calls);
        self.current.borrow_mut().truncate(current);
        result
    }

    /// What an expression ends in (a branch, a body, a call) nests no deeper.
    fn eval_to_the_end(&self, code: &Rc<Code>, env: &Env, mut expr: ExprId) -> Result<Value> {
        let mut inner: Option<(Rc<Code>, Env)> = None;
        let (mut outer, mut tail_calls) = (None, 0);
        loop {
            let (code, env) = inner.as_ref().map_or((code, env), |(code, env)| (code, env));
            let origin = code.expr(expr).or(outer);
            let step = self.step(1).and_then(|()| self.eval_step(code, env, expr));
            let next = match step {
                Ok(Step::Value(value)) => return Ok(value),
                Ok(Step::Branch(branch)) => {
                    expr = branch;
                    outer = origin;
                    continue;
                }
                Ok(Step::Body(env, body)) => {
                    expr = body;
                    (code.clone(), env)
                }
                Ok(Step::Call(closure, env, body)) => {
                    tail_calls += 1;
                    if tail_calls > MAX_TAIL_CALLS {
                        return Err(Stop::Unknown(self.note_exhausted(Limit::Depth)));
                    }
                    expr = body;
                    (closure.code.clone(), env)
                }
                Err(Stop::Error(error)) if error.origin.is_none() => return Err(self.placed(&error, origin)),
                Err(stop) => return Err(stop),
            };
            outer = origin;
            inner = Some(next);
        }
    }

    /// An attribute that a set does not have.
    pub(super) fn missing_attribute(&self, name: &Name, attrs: &Rc<Attrs>) -> EvalError {
        EvalError {
            nearest: nearest_name(name, attrs),
            exact: self.is_exact(attrs),
            ..EvalError::new(ErrorKind::Missing { name: name.clone() }, format!("attribute {name} is missing"))
        }
    }

    /// An error that comes from an expression, with its place where that is the repository's.
    fn placed(&self, error: &Rc<EvalError>, origin: Option<Origin>) -> Stop {
        let Some(origin) = origin else { return Stop::Error(error.clone()) };
        let current = self.current.borrow();
        let mut trace: Vec<Origin> =
            current.iter().rev().filter(|call| **call != origin).take(TRACE).copied().collect();
        trace.dedup();
        EvalError { origin: Some(origin), trace, ..(**error).clone() }.into_stop()
    }

    fn eval_step(&self, code: &Rc<Code>, env: &Env, id: ExprId) -> Result<Step> {
        match code.hir.expr(id) {
            Expr::Apply { function, argument } => {
                let function = self.eval(code, env, *function)?;
                if let Some(origin) = code.expr(id) {
                    self.current.borrow_mut().push(origin);
                }
                let argument = Thunk::expr(code, env, *argument);
                match function {
                    Value::Lambda(closure) => self.enter(closure, argument),
                    function => self.apply(&function, argument).map(Step::Value),
                }
            }
            Expr::Let { bindings, body } => Ok(Step::Body(self.bindings(code, env, bindings)?, *body)),
            Expr::With { namespace, body } => {
                let inner = env.with_namespace(Thunk::expr(code, env, *namespace));
                self.tie(inner.knot());
                Ok(Step::Body(inner, *body))
            }
            Expr::If { condition, then_branch, else_branch } => match self.eval(code, env, *condition)? {
                Value::Bool(true) => Ok(Step::Branch(*then_branch)),
                Value::Bool(false) => Ok(Step::Branch(*else_branch)),
                Value::Unknown(unknown) => {
                    let both = self.speculate(
                        &unknown,
                        || self.eval(code, env, *then_branch),
                        || self.eval(code, env, *else_branch),
                    );
                    both.map(Step::Value)
                }
                other => Err(self.type_error("a boolean", &other)),
            },
            Expr::Assert { condition, body } => match self.eval(code, env, *condition)? {
                Value::Bool(true) => Ok(Step::Branch(*body)),
                // An assertion that is not decided holds: the configuration is meant to deploy.
                Value::Unknown(_) => {
                    self.assume();
                    Ok(Step::Branch(*body))
                }
                Value::Bool(false) => Err(EvalError::stop(ErrorKind::Thrown, "an assertion fails")),
                other => Err(self.type_error("a boolean", &other)),
            },
            expr => self.eval_here(code, env, id, expr).map(Step::Value),
        }
    }

    /// The value of an expression that does not end in another one.
    fn eval_here(&self, code: &Rc<Code>, env: &Env, id: ExprId, expr: &Expr) -> Result<Value> {
        match expr {
            Expr::Missing => Err(swallowed(code)),
            Expr::Int(value) => Ok(Value::Int(*value)),
            Expr::Float(value) => Ok(Value::Float(*value)),
            Expr::Str(parts) => self.string_expr(code, env, id, parts),
            Expr::Path { anchor, parts } => self.path_expr(code, env, *anchor, parts),
            Expr::SearchPath(path) => Ok(self.search_path(path)),
            Expr::CurPos => Ok(match code.expr(id) {
                Some(origin) => self.position(&code.path, origin),
                None => Value::Unknown(Unknown::new(Cause::Builtin("curPos"))),
            }),
            Expr::Var(var) => self.variable(code, env, &var.name, &var.target),
            Expr::Lambda(_) => Ok(Value::Lambda(Rc::new(Closure { code: code.clone(), env: env.clone(), expr: id }))),
            Expr::Select { base, path, default } => self.select_expr(code, env, id, *base, path, *default),
            Expr::HasAttr { base, path } => self.has_attr(code, env, *base, path),
            Expr::Attrs(attrs) => self.attrs_expr(code, env, attrs).map(|(_, value)| value),
            Expr::List(items) => Ok(Value::list(items.iter().map(|item| Thunk::expr(code, env, *item)).collect())),
            Expr::Unary { op, operand } => {
                let operand = self.eval(code, env, *operand)?;
                match op {
                    UnaryOp::Not => self.as_bool(&operand).map(|value| Value::Bool(!value)),
                    UnaryOp::Negate => operators::negate(self, &operand),
                }
            }
            Expr::Binary { op, lhs, rhs } => {
                operators::binary(self, *op, || self.eval(code, env, *lhs), || self.eval(code, env, *rhs))
            }
            // Those that end in another expression.
            Expr::Apply { .. } | Expr::Let { .. } | Expr::With { .. } | Expr::If { .. } | Expr::Assert { .. } => {
                self.eval(code, env, id)
            }
        }
    }

    /// A position, as `__curPos` and `unsafeGetAttrPos` give it. Lines are looked up only when somebody asks for
    /// them: what does not stays the same when text moves.
    pub(super) fn position(&self, path: &Name, origin: Origin) -> Value {
        let part = |part: fn((u32, u32)) -> u32| {
            let path = path.clone();
            Thunk::native(move |ev| match ev.files.position(&path, origin) {
                Some(position) => Ok(Value::Int(part(position).into())),
                None => Ok(Value::Unknown(Unknown::new(Cause::Builtin("unsafeGetAttrPos")))),
            })
        };
        let entry = |name: &'static str, value: Thunk| (Name::new_static(name), Entry::new(value, None));
        Value::attrs(Attrs::new(vec![
            entry("column", part(|(_, column)| column)),
            entry("file", Thunk::value(Value::string(path.clone()))),
            entry("line", part(|(line, _)| line)),
        ]))
    }

    /// Both ways of a condition that is not decided.
    pub(super) fn speculate(
        &self,
        unknown: &Rc<Unknown>,
        then_branch: impl FnOnce() -> Result<Value>,
        else_branch: impl FnOnce() -> Result<Value>,
    ) -> Result<Value> {
        let depth = self.speculation.get();
        // A bound that was reached says nothing about the condition; following both ways would use up more.
        if depth >= MAX_SPECULATION || matches!(unknown.cause, Cause::Limit(_)) {
            return Ok(Value::Unknown(unknown.derive()));
        }
        self.speculation.set(depth + 1);
        let then_value = then_branch();
        let else_value = else_branch();
        self.speculation.set(depth);
        operators::join(self, then_value, else_value)
    }

    fn variable(&self, code: &Rc<Code>, env: &Env, name: &Name, target: &VarTarget) -> Result<Value> {
        // Given names are as lexical as the globals, and win over every `with`.
        if let Some(scope) = &code.scope
            && !matches!(target, VarTarget::Slot { .. })
        {
            match scope.get(name) {
                Some(entry) => return self.force(&entry.value),
                None => {
                    if let Some(value) = self.select_rest(scope, name) {
                        return Ok(value);
                    }
                }
            }
        }
        match target {
            VarTarget::Slot { depth, slot, .. } => match env.slot(*depth, *slot) {
                Some(thunk) => self.force(&thunk),
                None => Err(EvalError::stop(ErrorKind::InfiniteRecursion, format!("{name} needs itself"))),
            },
            VarTarget::Global => match self.global(name).or_else(|| self.own_global(code, name)) {
                Some(thunk) => self.force(&thunk),
                None => Err(undefined(name)),
            },
            VarTarget::With(depths) => self.with_variable(env, name, depths),
            VarTarget::Undefined if code.internal => {
                Err(EvalError::stop(ErrorKind::Other, format!("{} uses the undefined {name}", code.path)))
            }
            // Its binding may be what does not parse.
            VarTarget::Undefined if code.broken => Err(swallowed(code)),
            VarTarget::Undefined => Err(undefined(name)),
        }
    }

    fn own_global(&self, code: &Code, name: &Name) -> Option<Thunk> {
        if code.internal { self.hidden_global(name) } else { None }
    }

    fn with_variable(&self, env: &Env, name: &Name, depths: &[u32]) -> Result<Value> {
        let mut possible: Option<Value> = None;
        for depth in depths {
            let Some(namespace) = env.namespace(*depth) else { continue };
            let value = match self.force(&namespace)? {
                Value::Attrs(attrs) => match attrs.get(name) {
                    Some(entry) => return self.force(&entry.value),
                    None => self.select_rest(&attrs, name),
                },
                Value::Unknown(unknown) => Some(Value::Unknown(unknown.select(name))),
                other => return Err(self.type_error("a set", &other)),
            };
            match value {
                Some(Value::Unknown(unknown)) if hides_nothing(&unknown) => {
                    // A name that the known `lib` does not have is a package before it is a function of another `lib`.
                    possible = match possible.take() {
                        Some(kept) if unknown.cause != Cause::Packages => Some(kept),
                        _ => Some(Value::Unknown(unknown)),
                    };
                }
                Some(value) => {
                    let packages = |value: &Value| value.unknown().is_some_and(|it| it.cause == Cause::Packages);
                    return Ok(possible.filter(packages).unwrap_or(value));
                }
                None => {}
            }
        }
        possible.ok_or_else(|| undefined(name)).map(Ok)?
    }

    fn string_expr(&self, code: &Rc<Code>, env: &Env, id: ExprId, parts: &[StrPart]) -> Result<Value> {
        if let [] | [StrPart::Literal(_)] = parts {
            if !code.internal {
                self.files.reads.borrow_mut().strings.insert((code.id, id));
            }
            return Ok(match parts {
                [StrPart::Literal(text)] => Value::string(text.clone()),
                _ => Value::string(""),
            });
        }
        let mut builder = strings::Builder::default();
        for part in parts {
            match part {
                StrPart::Literal(text) => builder.push(text),
                StrPart::Interpolation(expr) => {
                    let value = self.eval(code, env, *expr)?;
                    match self.coerce_to_string(&value, strings::Coercion::Interpolation) {
                        Ok(string) => builder.push_string(&string),
                        Err(Stop::Unknown(unknown)) => builder.push_unknown(unknown)?,
                        Err(error) => return Err(error),
                    }
                }
            }
            self.check_size(builder.len())?;
        }
        self.step(builder.len() as u64 / BYTES_PER_STEP)?;
        Ok(builder.finish())
    }

    fn path_expr(&self, code: &Rc<Code>, env: &Env, anchor: PathAnchor, parts: &[StrPart]) -> Result<Value> {
        let mut text = String::new();
        for part in parts {
            match part {
                StrPart::Literal(literal) => text.push_str(literal),
                StrPart::Interpolation(expr) => {
                    let value = self.eval(code, env, *expr)?;
                    text.push_str(&self.path_segment(&value)?);
                }
            }
            self.check_size(text.len())?;
        }
        match anchor {
            PathAnchor::Absolute => Ok(Value::Path(strings::normalise_path(&text))),
            PathAnchor::Relative => {
                let folder = code.path.rsplit_once('/').map_or("", |(folder, _)| folder);
                Ok(Value::Path(strings::normalise_path(&format!("{folder}/{text}"))))
            }
            // Whose home it is says the machine that evaluates; a flake refuses it.
            PathAnchor::Home => Err(Stop::Unknown(Unknown::new(Cause::File(Name::from(text))))),
        }
    }

    fn search_path(&self, path: &Name) -> Value {
        if path.split('/').next() == Some("nixpkgs") {
            return Value::Unknown(Unknown::new(Cause::Input(Name::new_static("nixpkgs"))));
        }
        Value::Unknown(Unknown::new(Cause::Builtin("findFile")))
    }

    /// The environment of the inside of a `let`.
    fn bindings(&self, code: &Rc<Code>, env: &Env, expr: &AttrsExpr) -> Result<Env> {
        if !expr.dynamics.is_empty() || expr.attrs.iter().any(|attr| attr.name == "__overrides") {
            return self.attrs_expr(code, env, expr).map(|(inner, _)| inner);
        }
        let inner = env.with_names(Vec::new());
        let sources = self.inherit_sources(code, &inner, expr);
        let slots = expr.attrs.iter().filter_map(|attr| attr_value(code, &inner, attr, &sources));
        let slots = slots.collect();
        self.tie(inner.fill(slots));
        Ok(inner)
    }

    fn inherit_sources(&self, code: &Rc<Code>, inner: &Env, expr: &AttrsExpr) -> Vec<Thunk> {
        let sources: Vec<Thunk> = expr.inherit_sources.iter().map(|source| Thunk::expr(code, inner, *source)).collect();
        for source in &sources {
            // `let x = { inherit (x) a; };`
            self.tie_thunk(source);
        }
        sources
    }

    /// A set literal without computed names that is not recursive.
    fn plain_attrs(&self, code: &Rc<Code>, env: &Env, expr: &AttrsExpr) -> Value {
        let sources = self.inherit_sources(code, env, expr);
        let mut entries = Vec::with_capacity(expr.attrs.len());
        for attr in expr.by_name.iter().filter_map(|at| expr.attrs.get(*at as usize)) {
            if let Some(value) = attr_value(code, env, attr, &sources) {
                entries.push((attr.name.clone(), Entry::new(value, code.key(attr.keys.first().copied()))));
            }
        }
        Value::attrs(Attrs::sorted(entries))
    }

    /// A set literal, and the environment of its inside.
    fn attrs_expr(&self, code: &Rc<Code>, env: &Env, expr: &AttrsExpr) -> Result<(Env, Value)> {
        if !expr.recursive && expr.dynamics.is_empty() {
            return Ok((env.clone(), self.plain_attrs(code, env, expr)));
        }
        let inner = if expr.recursive { env.with_names(Vec::new()) } else { env.clone() };
        let sources = self.inherit_sources(code, &inner, expr);
        let mut slots = Vec::with_capacity(expr.attrs.len());
        let mut entries = Vec::with_capacity(expr.attrs.len() + expr.dynamics.len());
        for attr in &expr.attrs {
            let Some(value) = attr_value(code, &inner, attr, &sources) else { continue };
            if expr.recursive {
                slots.push(value.clone());
            }
            entries.push((attr.name.clone(), Entry::new(value, code.key(attr.keys.first().copied()))));
        }
        if expr.recursive {
            self.tie(inner.fill(slots.clone()));
            if expr.attrs.iter().any(|attr| attr.name == "__overrides") {
                self.override_slots(&inner, expr, slots, &mut entries)?;
            }
        }
        let mut rest = None;
        for dynamic in &expr.dynamics {
            let name = match self.eval(code, &inner, dynamic.name)? {
                name @ Value::String(_) => self.as_plain_string(&name)?,
                // `${null} = …;` defines nothing.
                Value::Null => continue,
                Value::Unknown(unknown) => {
                    rest = Some(unknown.derive());
                    continue;
                }
                other => return Err(self.type_error("a string", &other)),
            };
            let origin = code.expr(dynamic.name);
            if entries.iter().any(|(defined, _)| *defined == name) {
                return Err(EvalError::stop(ErrorKind::Other, format!("attribute {name} is defined already")));
            }
            entries.push((name, Entry::new(Thunk::expr(code, &inner, dynamic.value), origin)));
        }
        let mut attrs = Attrs::new(entries);
        if let Some(unknown) = rest {
            attrs = attrs.open(unknown);
        }
        Ok((inner, Value::attrs(attrs)))
    }

    /// The relic `rec { __overrides = …; }`: its attributes replace those of the set, inside of it too.
    fn override_slots(
        &self,
        inner: &Env,
        expr: &AttrsExpr,
        mut slots: Vec<Thunk>,
        entries: &mut Vec<(Name, Entry)>,
    ) -> Result<()> {
        let overrides = expr.attrs.iter().zip(&slots).find(|(attr, _)| attr.name == "__overrides");
        let Some(overrides) = overrides.map(|(_, slot)| slot.clone()) else { return Ok(()) };
        for (name, entry) in self.attrs(&overrides)?.iter() {
            let at = expr.attrs.iter().position(|attr| attr.name == *name);
            if let Some(slot) = at.and_then(|at| slots.get_mut(at)) {
                *slot = entry.value.clone();
            }
            match entries.iter_mut().find(|(defined, _)| defined == name) {
                Some((_, defined)) => *defined = entry.clone(),
                None => entries.push((name.clone(), entry.clone())),
            }
        }
        self.tie(inner.fill(slots));
        Ok(())
    }

    fn key_name(&self, code: &Rc<Code>, env: &Env, key: &Key) -> Result<Name> {
        match key {
            Key::Static { name, .. } => Ok(name.clone()),
            Key::Dynamic(expr) => {
                let value = self.eval(code, env, *expr)?;
                self.as_plain_string(&value)
            }
        }
    }

    fn select_expr(
        &self,
        code: &Rc<Code>,
        env: &Env,
        id: ExprId,
        base: ExprId,
        path: &[Key],
        default: Option<ExprId>,
    ) -> Result<Value> {
        let mut value = self.eval(code, env, base)?;
        for key in path {
            let name = match self.key_name(code, env, key) {
                Ok(name) => name,
                Err(Stop::Unknown(unknown)) => return Ok(Value::Unknown(unknown.derive())),
                Err(error) => return Err(error),
            };
            let found = match operators::lookup(self, &value, &name) {
                Lookup::Found(thunk) => self.force(&thunk)?,
                Lookup::Value(found) => found,
                Lookup::Absent => match default {
                    Some(default) => return self.eval(code, env, default),
                    // Selecting these says that the flake is evaluated impurely.
                    None if matches!(name.as_str(), "currentSystem" | "currentTime") && self.is_builtins(&value) => {
                        Value::Unknown(Unknown::new(Cause::Builtin("currentSystem")))
                    }
                    None => {
                        return match value {
                            Value::Attrs(attrs) => Err(self.missing_attribute(&name, &attrs).into_stop()),
                            other => Err(self.type_error("a set", &other)),
                        };
                    }
                },
                Lookup::Maybe(found) => match default {
                    Some(default) => {
                        let unknown = match &found {
                            Value::Unknown(unknown) => unknown.clone(),
                            _ => Unknown::new(Cause::Condition),
                        };
                        // An opaque thing that is named stays what it is named; its default would hide it.
                        if unknown.input().is_some() {
                            found
                        } else {
                            return self.speculate(&unknown, || Ok(found), || self.eval(code, env, default));
                        }
                    }
                    None => {
                        if let Value::Attrs(attrs) = &value {
                            self.note_selection(code.expr(id), &found);
                            self.note_missing_function(code.expr(id), attrs, &name, &found);
                        }
                        found
                    }
                },
            };
            value = found;
        }
        Ok(value)
    }

    fn has_attr(&self, code: &Rc<Code>, env: &Env, base: ExprId, path: &[Key]) -> Result<Value> {
        let mut value = self.eval(code, env, base)?;
        for (at, key) in path.iter().enumerate() {
            let name = self.key_name(code, env, key)?;
            let last = at + 1 == path.len();
            value = match operators::lookup(self, &value, &name) {
                Lookup::Absent => return Ok(Value::Bool(false)),
                Lookup::Found(_) if last => return Ok(Value::Bool(true)),
                Lookup::Found(thunk) => self.force(&thunk)?,
                Lookup::Value(_) if last => return Ok(Value::Bool(true)),
                Lookup::Value(found) => found,
                Lookup::Maybe(found) => {
                    let unknown = match &found {
                        Value::Unknown(unknown) => unknown.derive(),
                        _ => Unknown::new(Cause::Condition),
                    };
                    return Ok(Value::Unknown(unknown));
                }
            };
        }
        Ok(Value::Bool(true))
    }

    /// Applies a function to one argument.
    pub(super) fn apply(&self, function: &Value, argument: Thunk) -> Result<Value> {
        match function {
            Value::Lambda(closure) => self.apply_closure(closure, argument),
            Value::Primop(primop) => operators::apply_primop(self, primop, argument),
            Value::Attrs(attrs) => match self.functor(attrs)? {
                Some(functor) => {
                    let bound = self.call(&functor, Thunk::value(function.clone()))?;
                    self.call(&bound, argument)
                }
                None => match &attrs.rest {
                    Some(rest) => {
                        self.explore_argument(&argument);
                        Ok(Value::Unknown(rest.unknown.derive()))
                    }
                    None => Err(self.type_error("a function", function)),
                },
            },
            Value::Unknown(unknown) => {
                self.explore_argument(&argument);
                Ok(Value::Unknown(unknown.derive()))
            }
            other => Err(self.type_error("a function", other)),
        }
    }

    /// `__functor` of a set that can be called.
    fn functor(&self, attrs: &Attrs) -> Result<Option<Value>> {
        let name = Name::new_static("__functor");
        match attrs.get(&name) {
            Some(functor) => self.force(&functor.value).map(Some),
            None => Ok(self.select_rest(attrs, &name).filter(|functor| functor.unknown().is_none())),
        }
    }

    fn apply_closure(&self, closure: &Rc<Closure>, argument: Thunk) -> Result<Value> {
        let calls = self.calls.borrow().len();
        let result = match self.enter(closure.clone(), argument)? {
            Step::Call(closure, env, body) => self.eval(&closure.code, &env, body),
            Step::Value(value) => Ok(value),
            Step::Branch(_) | Step::Body(..) => Err(EvalError::stop(ErrorKind::Other, "a function without a body")),
        };
        self.calls.borrow_mut().truncate(calls);
        result
    }

    /// Binds the argument of a function, which is among those that are called until whoever evaluates its body is done.
    fn enter(&self, closure: Rc<Closure>, argument: Thunk) -> Result<Step> {
        let Expr::Lambda(lambda) = closure.code.hir.expr(closure.expr) else {
            return Err(EvalError::stop(ErrorKind::Other, "a function without a body"));
        };
        let (env, body) = (self.bind(&closure, lambda, argument)?, lambda.body);
        if let Some(origin) = closure.code.expr(closure.expr) {
            self.called.borrow_mut().insert(origin);
            self.calls.borrow_mut().push(origin);
        }
        Ok(Step::Call(closure, env, body))
    }

    /// The environment of a function's body, as Nix's `EvalState::callFunction` binds formals.
    fn bind(&self, closure: &Rc<Closure>, lambda: &LambdaExpr, argument: Thunk) -> Result<Env> {
        let (formals, ellipsis, bind) = match &lambda.param {
            Param::Ident { .. } => {
                let inner = closure.env.with_names(vec![argument]);
                self.tie(inner.knot());
                return Ok(inner);
            }
            Param::Pattern { formals, ellipsis, bind } => (formals, *ellipsis, bind),
        };
        let value = self.force(&argument)?;
        let inner = closure.env.with_names(Vec::new());
        let mut slots = Vec::with_capacity(formals.len() + 1);
        match &value {
            Value::Attrs(attrs) => {
                for formal in formals {
                    slots.push(self.formal(closure, &inner, formal, attrs)?);
                }
                if !ellipsis {
                    let unexpected = attrs
                        .iter()
                        .find(|(name, entry)| !entry.maybe && !formals.iter().any(|formal| formal.name == **name));
                    if let Some((name, _)) = unexpected {
                        return Err(EvalError::stop(
                            ErrorKind::Other,
                            format!("the function is called with the argument {name}, which it does not take"),
                        ));
                    }
                }
            }
            Value::Unknown(unknown) => {
                for formal in formals {
                    slots.push(match formal.default {
                        None => Thunk::value(Value::Unknown(unknown.select(&formal.name))),
                        Some(_) => Thunk::value(Value::Unknown(unknown.derive())),
                    });
                }
            }
            other => return Err(self.type_error("a set", other)),
        }
        if bind.is_some() {
            slots.push(argument);
        }
        self.tie(inner.fill(slots));
        Ok(inner)
    }

    fn formal(&self, closure: &Rc<Closure>, inner: &Env, formal: &Formal, attrs: &Rc<Attrs>) -> Result<Thunk> {
        let default = || formal.default.map(|default| Thunk::expr(&closure.code, inner, default));
        match attrs.get(&formal.name) {
            Some(entry) if !entry.maybe => Ok(entry.value.clone()),
            Some(entry) => {
                let (given, default) = (entry.value.clone(), default());
                Ok(match default {
                    Some(default) => Thunk::native(move |ev| ev.join(ev.force(&given), ev.force(&default))),
                    None => given,
                })
            }
            None => match (attrs.rest.is_some(), default()) {
                (false, Some(default)) => Ok(default),
                (true, default) => {
                    let (attrs, name) = (attrs.clone(), formal.name.clone());
                    Ok(Thunk::native(move |ev| match (ev.select_rest(&attrs, &name), default) {
                        (Some(Value::Unknown(_)) | None, Some(default)) => ev.force(&default),
                        (Some(value), _) => Ok(value),
                        (None, None) => Err(undefined(&name)),
                    }))
                }
                (false, None) => {
                    let message = format!("the function needs the argument {}, which it is not given", formal.name);
                    let kind = ErrorKind::Missing { name: formal.name.clone() };
                    let nearest = nearest_name(&formal.name, attrs);
                    Err(EvalError { nearest, ..EvalError::new(kind, message) }.into_stop())
                }
            },
        }
    }
}

/// Whether what is unknown is a set that an outer `with` need not fear: a
/// package set, or the part of a `lib` that flakewise does not know. Neither has the names of the other.
fn hides_nothing(unknown: &Unknown) -> bool {
    match &unknown.cause {
        _ if unknown.derived => false,
        Cause::Packages => true,
        Cause::Input(_) => unknown.path.first().is_some_and(|first| first == "lib") && unknown.path.len() > 1,
        _ => false,
    }
}

/// What an attribute is bound to, not evaluated yet.
fn attr_value(code: &Rc<Code>, inner: &Env, attr: &Attr, sources: &[Thunk]) -> Option<Thunk> {
    let (value, name, origin) = (&attr.value, &attr.name, code.key(attr.keys.first().copied()));
    Some(match value {
        AttrValue::Expr(value) | AttrValue::Inherit(value) => Thunk::expr(code, inner, *value),
        AttrValue::InheritFrom(source) => inherit_from(sources.get(*source as usize)?.clone(), name.clone(), origin),
    })
}

/// The attribute `name` of `source`, when somebody asks for it.
fn inherit_from(source: Thunk, name: Name, origin: Option<Origin>) -> Thunk {
    Thunk::native(move |ev| {
        let value = ev.force(&source)?;
        match (ev.select(&value, &name)?, &value) {
            (Some(value), _) => Ok(value),
            (None, Value::Attrs(attrs)) => {
                let error = Rc::new(ev.missing_attribute(&name, attrs));
                Err(ev.placed(&error, ev.own_origin(origin)))
            }
            (None, other) => Err(ev.type_error("a set", other)),
        }
    })
}

/// What syntax errors hide.
pub(super) fn swallowed(code: &Code) -> Stop {
    Stop::Unknown(Unknown::new(Cause::File(code.path.clone())))
}

fn undefined(name: &Name) -> Stop {
    EvalError::stop(ErrorKind::Undefined { name: name.clone() }, format!("nothing in scope is named {name}"))
}
