//! Lists.

use super::{Generator, Text, Ty, atom, loose, parenthesised};

impl Generator<'_> {
    fn list_literal(&mut self, of: &Ty, depth: u32) -> Text {
        let items: Vec<String> = (0..self.pick(5)).map(|_| self.arg(of, depth)).collect();
        atom(format!("[ {} ]", items.join(" ")))
    }

    pub(super) fn list(&mut self, of: &Ty, depth: u32) -> Text {
        let same = Ty::list(of.clone());
        let any = self.plain_ty();
        match self.pick(24) {
            0..=2 => self.list_literal(of, depth),
            3 | 4 => loose(format!("{} ++ {}", self.operand(&same, depth), self.operand(&same, depth))),
            5 | 6 => {
                let function = self.lambda(&any, of, depth);
                loose(format!("map {function} {}", self.arg(&Ty::list(any), depth)))
            }
            7 => {
                let predicate = self.lambda(of, &Ty::Bool, depth);
                loose(format!("builtins.filter {predicate} {}", self.arg(&same, depth)))
            }
            8 => {
                let function = self.lambda(&Ty::Int, of, depth);
                loose(format!("builtins.genList {function} {}", self.one(&["3", "0", "1", "(-1)", "20"])))
            }
            9 | 10 => {
                let comparison = self.comparison(of, depth);
                let length = 4 + self.pick(20);
                let list = if self.pick(2) == 0 {
                    let items: Vec<String> = (0..length).map(|_| parenthesised(self.leaf(of))).collect();
                    format!("[ {} ]", items.join(" "))
                } else {
                    self.arg(&same, depth)
                };
                loose(format!("builtins.sort {comparison} {list}"))
            }
            11 => loose(format!("builtins.tail {}", self.arg(&same, depth))),
            12 => loose(format!("builtins.concatLists {}", self.arg(&Ty::list(same), depth))),
            13 => {
                let function = self.lambda(&any, &same, depth);
                loose(format!("builtins.concatMap {function} {}", self.arg(&Ty::list(any), depth)))
            }
            14 => loose(format!("builtins.attrValues {}", self.arg(&Ty::set(of.clone()), depth))),
            15 => {
                let name = self.one(super::NAMES);
                loose(format!("builtins.catAttrs \"{name}\" {}", self.arg(&Ty::list(Ty::set(of.clone())), depth)))
            }
            16 => {
                let predicate = self.lambda(of, &Ty::Bool, depth);
                let side = self.one(&["right", "wrong"]);
                loose(format!("(builtins.partition {predicate} {}).{side}", self.arg(&same, depth)))
            }
            17 => {
                let function = self.lambda2(&same, of, &same, depth);
                loose(format!("builtins.foldl' {function} [ ] {}", self.arg(&same, depth)))
            }
            _ => self.list_of(of, &same, depth),
        }
    }

    /// Lists that only some types have.
    fn list_of(&mut self, of: &Ty, same: &Ty, depth: u32) -> Text {
        let any = self.plain_ty();
        match of {
            Ty::Str => match self.pick(5) {
                0 => loose(format!("builtins.attrNames {}", self.arg(&Ty::set(any), depth))),
                1 => loose(format!("builtins.splitVersion {}", self.version())),
                2 => loose(format!("builtins.match {} {}", self.pattern(), self.arg(&Ty::Str, depth))),
                3 => loose(format!(
                    "builtins.filter builtins.isString (builtins.split {} {})",
                    self.pattern(),
                    self.arg(&Ty::Str, depth)
                )),
                _ => loose(format!("map toString {}", self.arg(&Ty::list(any), depth))),
            },
            Ty::List(inner) if **inner == Ty::Str => loose(format!(
                "builtins.filter builtins.isList (builtins.split {} {})",
                self.pattern(),
                self.arg(&Ty::Str, depth)
            )),
            Ty::Set(inner) => {
                let start = self.arg(same, depth);
                let key = self.lambda(of, inner, depth);
                let next = self.lambda(of, same, depth.min(1));
                let limit = self.pick(4);
                // Bounded by a counter: a closure without end is no difference.
                loose(format!(
                    "map (e: removeAttrs e [ \"n\" ]) (builtins.genericClosure {{ startSet = map (e: e // {{ key = {key} e; n = 0; }}) {start}; operator = e: if e.n >= {limit} then [ ] else map (f: f // {{ key = {key} f; n = e.n + 1; }}) ({next} e); }})"
                ))
            }
            Ty::Int | Ty::Bool | Ty::Float => {
                let keys = self.arg(same, depth);
                let (next, limit) = (self.lambda(of, same, depth.min(2)), self.pick(4));
                loose(format!(
                    "map (e: e.key) (builtins.genericClosure {{ startSet = map (key: {{ inherit key; n = 0; }}) {keys}; operator = e: if e.n >= {limit} then [ ] else map (key: {{ inherit key; n = e.n + 1; }}) ({next} e.key); }})"
                ))
            }
            _ => self.list_literal(of, depth),
        }
    }
}
