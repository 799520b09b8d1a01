//! What can stand around an expression of any type.

use super::{Generator, Text, Ty, atom, loose, parenthesised};

impl Generator<'_> {
    pub(super) fn wrapped(&mut self, ty: &Ty, depth: u32) -> Text {
        let any = self.plain_ty();
        match self.pick(34) {
            0 | 1 => loose(format!(
                "if {} then {} else {}",
                self.expr(&Ty::Bool, depth).text,
                self.expr(ty, depth).text,
                self.expr(ty, depth).text
            )),
            2..=4 => {
                let (bindings, names) = self.bindings(&any, depth, true);
                loose(format!("let {bindings}in {}", self.within(&names, ty, depth).text))
            }
            5 => {
                let (bindings, names) = self.bindings(&any, depth, false);
                // What stands further out wins over a `with`, so only names that nobody has are sure to be these.
                let new: Vec<(String, Ty)> =
                    names.into_iter().filter(|(name, _)| self.scope.iter().all(|(known, _)| known != name)).collect();
                loose(format!("with {{ {bindings}}}; {}", self.within(&new, ty, depth).text))
            }
            6 => loose(format!("assert {}; {}", self.expr(&Ty::Bool, depth).text, self.expr(ty, depth).text)),
            7 | 8 => {
                let function = self.lambda(&any, ty, depth);
                loose(format!("{function} {}", self.arg(&any, depth)))
            }
            9 | 10 => {
                let function = self.pattern_lambda(ty, depth);
                let (bindings, _) = self.bindings(ty, depth, false);
                loose(format!("({function}) {{ {bindings}}}"))
            }
            11 | 12 => {
                let name = self.name();
                let (bindings, _) = self.bindings(ty, depth, false);
                loose(format!("{{ {bindings}}}.{name} or {}", self.arg(ty, depth)))
            }
            13 => {
                let set = self.arg(&Ty::set(ty.clone()), depth);
                let path: Vec<String> = (0..1 + self.pick(2)).map(|_| self.key(depth)).collect();
                loose(format!("{set}.{} or {}", path.join("."), self.arg(ty, depth)))
            }
            14 => {
                let key = self.key(depth);
                loose(format!("{{ {key}.b = {}; }}.{key}.b", self.expr(ty, depth).text))
            }
            15 => loose(format!("builtins.head [ {} {} ]", self.arg(ty, depth), self.arg(&any, depth))),
            16 => {
                let name = self.one(&["seq", "deepSeq"]);
                let first = self.ty(2);
                loose(format!("builtins.{name} {} {}", self.arg(&first, depth), self.arg(ty, depth)))
            }
            17 => {
                let name = self.one(&["trace", "traceVerbose", "addErrorContext", "warn"]);
                loose(format!("builtins.{name} \"t\" {}", self.arg(ty, depth)))
            }
            18 => loose(format!("(builtins.tryEval {}).value", self.arg(ty, depth))),
            19 => {
                let attempt = self.arg(ty, depth);
                loose(format!(
                    "let t = builtins.tryEval {attempt}; in if t.success then t.value else {}",
                    self.expr(ty, depth).text
                ))
            }
            20 if ty.is_json() => loose(format!("builtins.fromJSON (builtins.toJSON {})", self.arg(ty, depth))),
            21 => loose(format!("{} |> {}", self.operand(&any, depth), self.lambda(&any, ty, depth))),
            22 => loose(format!("{} <| {}", self.lambda(&any, ty, depth), self.operand(&any, depth))),
            23 => match self.pick(6) {
                0..=2 => loose(format!("throw {}", self.arg(&Ty::Str, depth.min(1)))),
                3 => loose("abort \"a\""),
                4 => loose("assert false; 1"),
                _ => loose("let x = x; in x"),
            },
            24 => {
                let name = self.name();
                let value = self.expr(ty, depth);
                loose(format!("rec {{ {name}3 = {}; res = {name}3; bad = throw \"b\"; }}.res", value.text))
            }
            25 => {
                let function = self.function(&any, ty, depth);
                loose(format!("{} {}", parenthesised(function), self.arg(&any, depth)))
            }
            26 => loose(format!("builtins.elemAt {} {}", self.arg(&Ty::list(ty.clone()), depth), self.pick(3))),
            27 => {
                let function = self.lambda2(ty, &any, ty, depth);
                loose(format!("builtins.foldl' {function} {} {}", self.arg(ty, depth), self.arg(&Ty::list(any), depth)))
            }
            28 => loose(format!(
                "builtins.getAttr {} {}",
                self.arg(&Ty::Str, depth.min(1)),
                self.arg(&Ty::set(ty.clone()), depth)
            )),
            29 => {
                let function = self.lambda2(&Ty::Str, &any, ty, depth);
                loose(format!("(builtins.mapAttrs {function} {{ a = {}; }}).a", self.expr(&any, depth).text))
            }
            30 => {
                let (inner, names) = self.bindings(&any, depth, true);
                loose(format!("let {{ {inner}body = {}; }}", self.within(&names, ty, depth).text))
            }
            31 => atom(format!("({})", self.expr(ty, depth).text)),
            32 => {
                let scope = self.expr(ty, depth);
                loose(format!("builtins.scopedImport {{ scoped = {}; }} ./scoped.nix", scope.text))
            }
            33 => loose(format!("import ./dir {}", self.arg(ty, depth))),
            _ => self.of_type(ty, depth),
        }
    }
}
