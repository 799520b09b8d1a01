//! Attribute sets.

use super::{Generator, Text, Ty, atom, loose, parenthesised};

impl Generator<'_> {
    /// Bindings of a set or `let`, and the names that they define.
    pub(super) fn bindings(&mut self, of: &Ty, depth: u32, recursive: bool) -> (String, Vec<(String, Ty)>) {
        let mut names: Vec<String> = (0..self.pick(4)).map(|_| self.name()).collect();
        names.sort_unstable();
        // Seldom twice: that is an error, or two sets that become one.
        if self.pick(20) != 19 {
            names.dedup();
        }
        let defined: Vec<(String, Ty)> = names.iter().map(|name| (name.clone(), of.clone())).collect();
        let before = self.scope.len();
        if recursive {
            self.scope.extend(defined.iter().cloned());
        }
        let mut text = String::new();
        for name in &names {
            let inherited = self.scope.iter().any(|(known, ty)| known == name && ty == of);
            match self.pick(8) {
                6 if inherited && !recursive => text.push_str(&format!("inherit {name}; ")),
                7 => {
                    let value = self.expr(of, depth);
                    text.push_str(&format!("inherit ({{ {name} = {}; }}) {name}; ", value.text));
                }
                _ => {
                    let value = self.expr(of, depth);
                    text.push_str(&format!("{name} = {}; ", value.text));
                }
            }
        }
        self.scope.truncate(before);
        (text, defined)
    }

    fn set_literal(&mut self, of: &Ty, depth: u32) -> Text {
        match self.pick(7) {
            0..=2 => atom(format!("{{ {}}}", self.bindings(of, depth, false).0)),
            3 => atom(format!("rec {{ {}}}", self.bindings(of, depth, true).0)),
            4 => {
                let (key, other) = (self.key(depth), self.key(depth));
                atom(format!("{{ {key} = {}; {other} = {}; }}", self.expr(of, depth).text, self.expr(of, depth).text))
            }
            5 if matches!(of, Ty::Set(_)) => {
                let Ty::Set(inner) = of else { return atom("{ }") };
                // Paths that share a beginning are one set.
                let first = self.key(depth);
                let (one, two) = (self.key(depth), self.key(depth));
                let third = match self.pick(3) {
                    0 => String::new(),
                    1 => format!("{first} = {{ {} = {}; }}; ", self.key(depth), self.expr(inner, depth).text),
                    _ => format!("{first} = rec {{ {}}}; ", self.bindings(inner, depth, true).0),
                };
                atom(format!(
                    "{{ {first}.{one} = {}; {third}{first}.{two} = {}; }}",
                    self.expr(inner, depth).text,
                    self.expr(inner, depth).text
                ))
            }
            _ => {
                let name = self.name();
                atom(format!(
                    "{{ ${{if {} then \"{name}\" else null}} = {}; }}",
                    self.expr(&Ty::Bool, depth).text,
                    self.expr(of, depth).text
                ))
            }
        }
    }

    pub(super) fn set(&mut self, of: &Ty, depth: u32) -> Text {
        let same = Ty::set(of.clone());
        let any = self.plain_ty();
        match self.pick(22) {
            0..=3 => self.set_literal(of, depth),
            4 | 5 => loose(format!("{} // {}", self.operand(&same, depth), self.operand(&same, depth))),
            6 | 7 => {
                let function = self.lambda2(&Ty::Str, &any, of, depth);
                loose(format!("builtins.mapAttrs {function} {}", self.arg(&Ty::set(any), depth)))
            }
            8 => {
                let pairs: Vec<String> = (0..self.pick(4))
                    .map(|_| {
                        format!(
                            "{{ name = {}; value = {}; }}",
                            self.expr(&Ty::Str, depth.min(1)).text,
                            self.expr(of, depth).text
                        )
                    })
                    .collect();
                let odd = if self.pick(8) == 7 { "{ name = \"a\"; }" } else { "" };
                loose(format!("builtins.listToAttrs [ {} {odd} ]", pairs.join(" ")))
            }
            9 => loose(format!("removeAttrs {} {}", self.arg(&same, depth), self.arg(&Ty::list(Ty::Str), depth))),
            10 => {
                loose(format!("builtins.intersectAttrs {} {}", self.arg(&Ty::set(any), depth), self.arg(&same, depth)))
            }
            11 => {
                let function = self.lambda2(&Ty::Str, &Ty::list(any.clone()), of, depth);
                loose(format!("builtins.zipAttrsWith {function} {}", self.arg(&Ty::list(Ty::set(any)), depth)))
            }
            12 => {
                let function = self.lambda2(&same, &any, &same, depth);
                loose(format!("builtins.foldl' {function} {{ }} {}", self.arg(&Ty::list(any), depth)))
            }
            _ => self.set_of(of, depth),
        }
    }

    /// Sets that only some types have.
    fn set_of(&mut self, of: &Ty, depth: u32) -> Text {
        let any = self.plain_ty();
        match of {
            Ty::Bool => match self.pick(3) {
                0 => loose(format!("builtins.functionArgs ({})", self.pattern_lambda(&any, depth))),
                1 => loose(format!("builtins.tryEval {}", self.arg(&Ty::Bool, depth))),
                _ => {
                    let function = self.function(&any, &any, depth);
                    loose(format!("builtins.functionArgs {}", parenthesised(function)))
                }
            },
            Ty::Str => match self.pick(8) {
                0 => loose(format!("builtins.parseDrvName {}", self.arg(&Ty::Str, depth))),
                1 => loose(format!("builtins.parseFlakeRef {}", self.flake_ref())),
                2 => loose(format!("builtins.readDir {}", self.one(&["./dir", "./.", "./a.txt", "./nope"]))),
                3 => loose("derivation { name = \"n\"; builder = \"b\"; system = \"s\"; }"),
                4 | 5 => loose(format!("builtins.fromJSON {}", self.json_text(depth))),
                _ => loose(format!("builtins.fromTOML {}", self.toml_text(depth))),
            },
            Ty::List(inner) => match self.pick(2) {
                0 => {
                    let function = self.lambda(inner, &Ty::Str, depth);
                    loose(format!("builtins.groupBy {function} {}", self.arg(&Ty::list((**inner).clone()), depth)))
                }
                _ => {
                    let function = self.lambda(inner, &Ty::Bool, depth);
                    loose(format!("builtins.partition {function} {}", self.arg(&Ty::list((**inner).clone()), depth)))
                }
            },
            Ty::Set(_) => loose(format!("builtins.getContext {}", self.arg(&Ty::Str, depth))),
            _ => self.set_literal(of, depth),
        }
    }

    /// A function that takes a set apart, with a body of this type.
    pub(super) fn pattern_lambda(&mut self, ty: &Ty, depth: u32) -> String {
        let mut names: Vec<String> = (0..self.pick(4)).map(|_| self.name()).collect();
        names.sort_unstable();
        if self.pick(30) != 29 {
            names.dedup();
        }
        let variables: Vec<(String, Ty)> = names.iter().map(|name| (name.clone(), ty.clone())).collect();
        let before = self.scope.len();
        self.scope.extend(variables);
        let mut formals: Vec<String> = Vec::new();
        for name in &names {
            formals.push(match self.pick(2) {
                0 => name.clone(),
                _ => format!("{name} ? {}", self.expr(ty, depth).text),
            });
        }
        if self.pick(2) == 1 {
            formals.push("...".to_string());
        }
        let bound = self.pick(4);
        if bound > 1 {
            self.scope.push(("args".to_string(), Ty::set(ty.clone())));
        }
        let body = self.expr(ty, depth).text;
        self.scope.truncate(before);
        let formals = format!("{{ {} }}", formals.join(", "));
        match bound {
            2 => format!("args@{formals}: {body}"),
            3 => format!("{formals} @ args: {body}"),
            _ => format!("{formals}: {body}"),
        }
    }
}
