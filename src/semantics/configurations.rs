//! Whose configuration a selection is made from: that of the module's own hosts, of a user within them, or of other
//! hosts by way of `self`, `nodes` or whatever else has an attribute `config`.

use super::{FileInfo, HostId, Root, Semantics, is_configuration};
use crate::base::{FileId, TextSize};
use crate::hir::{Expr, ExprId, Name, Param};

/// The configurations that a selection leads into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Configurations {
    pub hosts: Vec<HostId>,
    /// How many of the selected names lead there.
    pub skip: usize,
    /// Whether it is the configuration of these hosts, and of no other one.
    pub certain: bool,
}

impl Semantics {
    /// The configurations that the first names selected from `root` lead to; `None` where no name of them is
    /// one of a configuration.
    pub(super) fn configuration(
        &self,
        file: FileId,
        info: &FileInfo,
        root: Option<&Root>,
        path: &[Name],
        at: TextSize,
    ) -> Option<Configurations> {
        let mut found = match root {
            Some(Root::Argument { name, function }) if is_configuration(name) => {
                if self.is_handed_config(file, info, *function) {
                    let hosts = self.hosts_of_argument(name, &self.hosts_around(file, at));
                    Configurations { hosts, skip: 0, certain: true }
                } else {
                    Configurations { hosts: self.hosts_of_flake(file), skip: 0, certain: false }
                }
            }
            Some(Root::Builtins) => return None,
            _ => self.elsewhere(file, root, path)?,
        };
        self.enter_user(path, &mut found);
        Some(found)
    }

    /// Whether the `config` of a function is that of the hosts around it. `h: h.config` is a module's own only if
    /// the function is a module; `{ config, ... }:` may also be a helper that is handed it.
    fn is_handed_config(&self, file: FileId, info: &FileInfo, function: ExprId) -> bool {
        match info.hir.expr(function) {
            Expr::Lambda(lambda) => match lambda.param {
                Param::Pattern { .. } => true,
                Param::Ident { .. } => self.is_module_function(file, info, function),
            },
            _ => false,
        }
    }

    fn elsewhere(&self, file: FileId, root: Option<&Root>, path: &[Name]) -> Option<Configurations> {
        let at = path.iter().position(|name| is_configuration(name)).filter(|at| at + 1 < path.len())?;
        let mut before: Vec<&str> = path.get(..at)?.iter().map(Name::as_str).collect();
        let all = self.hosts_of_flake(file);
        let argument = match root {
            Some(Root::Argument { name, .. }) => name.as_str(),
            _ => "",
        };
        let mut from_self = argument == "self";
        if argument == "inputs" && before.first() == Some(&"self") {
            before.remove(0);
            from_self = true;
        }
        if from_self && before.first() == Some(&"outputs") {
            before.remove(0);
        }
        let named = |host: &&HostId| match self.host(**host) {
            Some(host) if from_self => host.output == before.join("."),
            // The argument that colmena and its like pass to modules (`lib/eval.nix` there).
            Some(host) if argument == "nodes" => host.within.is_none() && before.as_slice() == [host.name.as_str()],
            _ => false,
        };
        let these: Vec<HostId> = all.iter().filter(named).copied().collect();
        let certain = !these.is_empty();
        Some(Configurations { hosts: if certain { these } else { all }, skip: at + 1, certain })
    }

    /// `config.home-manager.users.me` is the configuration of the user `me`.
    fn enter_user(&self, path: &[Name], found: &mut Configurations) {
        let Some([first, second, user, _, ..]) = path.get(found.skip..) else { return };
        if first != "home-manager" || second != "users" {
            return;
        }
        let all = found.hosts.iter().flat_map(|host| self.users(*host)).copied();
        let users: Vec<HostId> = all.filter(|id| self.host(*id).is_some_and(|host| host.name == *user)).collect();
        if !users.is_empty() {
            found.hosts = users;
            found.skip += 3;
        }
    }
}
