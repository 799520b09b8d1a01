//! What may use an option without naming it in a way that can be followed.

use std::collections::BTreeSet;

use super::{OptionRef, Reads, Semantics};
use crate::base::FileRange;
use crate::hir::{Expr, ExprId, File, Name};
use crate::module_system::OptionPath;

/// Code that may use an option by a name that is not written there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unseen {
    /// The set of options at this path goes on as a whole, or a name in it is computed.
    Whole { path: OptionPath, at: FileRange },
    /// A list of strings that spells the path, as `getAttrFromPath` and `mkRenamedOptionModule` take it.
    Names { at: FileRange },
}

impl Semantics {
    /// The places where an option, or one below `path`, may be used unseen, by file and place.
    pub fn unseen_uses(&self, path: &[Name], options: &[OptionRef]) -> Vec<Unseen> {
        let mut found = Vec::new();
        let mut flakes: Vec<usize> =
            options.iter().filter_map(|option| self.index().hosts.get(option.host.0 as usize)).map(|it| it.0).collect();
        flakes.sort_unstable();
        flakes.dedup();
        for flake in flakes.iter().filter_map(|flake| self.repository().flakes.get(*flake)) {
            let whole = Reads::of(self.repository(), flake).wholes_above(path);
            found.extend(whole.into_iter().map(|(path, at)| Unseen::Whole { path, at }));
        }
        let paths: BTreeSet<&[Name]> =
            options.iter().filter_map(|it| self.option(*it)).map(|facts| facts.path.as_slice()).collect();
        // The whole path, a set above the option that is asked for it afterwards, or something in it.
        let spells_one = |hir: &File, items: &[ExprId]| {
            let names: Vec<Name> =
                items.iter().map_while(|item| hir.expr(*item).plain_string().map(Name::new)).collect();
            let related = |a: &[Name], b: &[Name]| a.starts_with(b) || b.starts_with(a);
            names.len() >= 2 && related(&names, path) && paths.iter().any(|option| related(&names, option))
        };
        for file in self.files_beside(options) {
            let (Some(info), Ok(data)) = (self.info(file), self.snapshot().file(file)) else { continue };
            for (id, expr) in info.hir.exprs() {
                let Expr::List(items) = expr else { continue };
                if spells_one(&info.hir, items) {
                    found.push(Unseen::Names { at: FileRange { file, range: data.lowered().source_map.expr(id) } });
                }
            }
        }
        found.sort();
        found.dedup();
        found
    }
}
