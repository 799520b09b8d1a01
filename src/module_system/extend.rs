//! What `evalModules` returns besides `config` and `options`: `extendModules` and `type`.

use std::rc::Rc;

use super::check;
use super::configuration::{Configuration, Spec};
use crate::eval::{Attrs, Cause, Entry, Evaluator, ListBuilder, Result, Thunk, Unknown, Value};
use crate::hir::Name;

impl Configuration {
    /// The result of `lib.evalModules`.
    pub fn result(self: &Rc<Self>) -> Value {
        let entry = |name: &'static str, thunk: Thunk| (Name::new_static(name), Entry::new(thunk, None));
        let weak = Rc::downgrade(self);
        let ty = Thunk::native(move |ev| match weak.upgrade() {
            Some(me) => me.type_value(ev),
            None => Ok(Value::Null),
        });
        let weak = Rc::downgrade(self);
        let options = Thunk::native(move |ev| {
            if let Some(me) = weak.upgrade() {
                check::matched(ev, &me)?;
                return ev.force(&me.options_value());
            }
            Ok(Value::Null)
        });
        let known = Attrs::new(vec![
            entry("_type", Thunk::value(Value::string("configuration"))),
            entry("config", self.config()),
            entry("options", options),
            entry("_module", Thunk::value(self.module_value())),
            entry("extendModules", Thunk::value(self.extend_modules())),
            entry("type", ty),
            entry("class", Thunk::value(self.class())),
        ]);
        let unknown = Unknown::new(Cause::Config { configuration: self.number, path: Name::new_static("") });
        Value::attrs(known.open(unknown))
    }

    /// `extendModules`, as modules get it as an argument: the same modules and more, evaluated anew.
    pub(super) fn extend_modules(self: &Rc<Self>) -> Value {
        let weak = Rc::downgrade(self);
        Value::primop("extendModules", 1, move |ev, args| {
            let (Some(me), Some(argument)) = (weak.upgrade(), args.first()) else { return Ok(Value::Null) };
            let attrs = ev.attrs(argument)?;
            let mut spec = me.spec.clone();
            if let Some(more) = attrs.get("modules") {
                let (own, more) = (spec.modules.clone(), more.value.clone());
                spec.modules = Thunk::native(move |ev| concat_modules(ev, &[own, more]));
            }
            if let Some(special) = attrs.get("specialArgs") {
                let special = ev.attrs(&special.value)?;
                spec.special_args = Rc::new(spec.special_args.update(&special));
            }
            if let Some(prefix) = attrs.get("prefix") {
                let names = ev.list(&prefix.value)?;
                let names = names.items.iter().map(|name| ev.string(name).map(|name| name.text.clone()));
                spec.prefix = names.collect::<Result<Vec<Name>>>()?;
            }
            Ok(Configuration::new(ev, spec).result())
        })
    }

    /// `type`: the modules as a submodule type.
    pub(super) fn type_value(&self, ev: &Evaluator) -> Result<Value> {
        let lib = ev.lib()?;
        let Some(make) = ev.select_path(&lib, &["types", "submoduleWith"])? else { return Ok(Value::Null) };
        let special_args = Thunk::value(Value::Attrs(self.spec.special_args.clone()));
        let argument = Attrs::new(vec![
            (Name::new_static("modules"), Entry::new(self.spec.modules.clone(), None)),
            (Name::new_static("specialArgs"), Entry::new(special_args, None)),
            (Name::new_static("class"), Entry::new(Thunk::value(self.class()), None)),
        ]);
        ev.call(&make, Thunk::value(Value::attrs(argument)))
    }
}

/// The modules of several lists, one after the other.
pub fn concat_modules(ev: &Evaluator, lists: &[Thunk]) -> Result<Value> {
    let mut out = ListBuilder::default();
    for list in lists {
        match ev.force(list)? {
            Value::List(list) => out.extend(&list, true),
            Value::Unknown(unknown) => out.others(&unknown),
            other => return Err(ev.type_error("a list of modules", &other)),
        }
    }
    Ok(out.finish())
}

/// `lib.evalModules`: a configuration with nothing but its own modules.
pub fn eval_modules() -> Value {
    Value::primop("evalModules", 1, move |ev, args| {
        let Some(argument) = args.first() else { return Ok(Value::Null) };
        let attrs = ev.attrs(argument)?;
        let given = |name: &str| attrs.get(name).map(|entry| entry.value.clone());
        let special_args = match given("specialArgs").map(|special| ev.force(&special)).transpose()? {
            Some(Value::Attrs(special)) => special,
            Some(Value::Unknown(unknown)) => Rc::new(Attrs::default().open(unknown)),
            Some(other) => return Err(ev.type_error("a set", &other)),
            None => Rc::new(Attrs::default()),
        };
        let mut provided_args = Vec::new();
        if let Some(args) = given("args") {
            for (name, entry) in ev.attrs(&args)?.iter() {
                provided_args.push((name.clone(), entry.value.clone()));
            }
        }
        let mut prefix = Vec::new();
        if let Some(given) = given("prefix") {
            for name in &ev.list(&given)?.items {
                prefix.push(ev.string(name)?.text.clone());
            }
        }
        let mut lists: Vec<Thunk> = given("modules").into_iter().collect();
        if let Some(check) = given("check") {
            let module = Attrs::of([(
                "_module",
                Value::attrs(Attrs::new(vec![(Name::new_static("check"), Entry::new(check, None))])),
            )]);
            lists.push(Thunk::value(Value::list(vec![Thunk::value(Value::attrs(module))])));
        }
        let lib = Attrs::new(vec![(Name::new_static("lib"), Entry::new(Thunk::native(|ev| ev.lib()), None))]);
        let configuration = Configuration::new(
            ev,
            Spec {
                modules: Thunk::native(move |ev| concat_modules(ev, &lists)),
                special_args: Rc::new(lib.update(&special_args)),
                provided_args,
                class: given("class").and_then(|class| ev.string(&class).ok()).map(|class| class.text.clone()),
                prefix,
                upstream: false,
                scalars: &[],
                defaults: Vec::new(),
            },
        );
        Ok(configuration.result())
    })
}
