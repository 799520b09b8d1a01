//! Sources that the code of a flake fetches itself, as the functions of npins and tack do: what they are says their address.

use std::rc::Rc;

use crate::eval::{Attrs, Cause, Entry, Evaluator, Thunk, Unknown, Value};
use crate::flake::FlakeRef;
use crate::hir::Name;

/// What `fetchTree` and `fetchGit` say of the version of a source (Nix's `emitTreeAttrs`).
const OF_VERSION: &[&str] = &[
    "dirtyRev",
    "dirtyShortRev",
    "lastModified",
    "lastModifiedDate",
    "narHash",
    "rev",
    "revCount",
    "shortRev",
    "submodules",
];

/// The source that `builtin` fetches for `argument`: named after its repository, as an input would be whose source
/// is not at hand. `None` where nobody can say which repository it is.
pub(super) fn source(ev: &Evaluator, builtin: &str, argument: &Value) -> Option<Value> {
    let reference = reference(ev, builtin, argument)?;
    let identity = reference.identity()?;
    let name = match identity.rsplit_once('/') {
        _ if reference.is_nixpkgs() => "nixpkgs",
        Some((_, name)) => name,
        None => return None,
    };
    let source = Unknown::new(Cause::Input(Name::new(name)));
    if builtin == "fetchTarball" {
        return Some(Value::Unknown(source));
    }
    let path = Value::Unknown(source.select(&Name::new_static("outPath")));
    let path = (Name::new_static("outPath"), Entry::new(Thunk::value(path), None));
    // Which of these there are differs from one kind of address to the other; there are no others.
    let fetched = Unknown::new(Cause::Builtin("fetchTree"));
    let of_version = OF_VERSION.iter().map(|name| {
        let name = Name::new_static(name);
        let value = Thunk::value(Value::Unknown(fetched.select(&name)));
        (name, Entry { value, origin: None, maybe: true })
    });
    Some(Value::attrs(Attrs::new(of_version.chain([path]).collect())))
}

fn reference(ev: &Evaluator, builtin: &str, argument: &Value) -> Option<FlakeRef> {
    let attrs = match argument {
        Value::String(address) => return FlakeRef::parse(&address.text).ok(),
        Value::Attrs(attrs) => attrs,
        _ => return None,
    };
    let text = |name: &str| match ev.force(&attrs.get(name).filter(|entry| !entry.maybe)?.value) {
        Ok(Value::String(text)) => Some(text.text.clone()),
        _ => None,
    };
    match (text("type").as_deref(), text("owner"), text("repo")) {
        (Some(forge @ ("github" | "gitlab" | "sourcehut")), Some(owner), Some(repo)) => {
            FlakeRef::parse(&format!("{forge}:{owner}/{repo}")).ok()
        }
        (Some("git"), ..) => FlakeRef::parse(&format!("git+{}", text("url")?)).ok(),
        (None, ..) if builtin == "fetchGit" => FlakeRef::parse(&format!("git+{}", text("url")?)).ok(),
        _ => FlakeRef::parse(&text("url")?).ok(),
    }
}

/// What importing the flake.nix of a source gives that is not at hand: its function gives what is known of the flake.
pub(super) fn flake_file(input: &Name, flake: Value) -> Value {
    let outputs = Value::primop("outputs", 1, move |_, _| Ok(flake.clone()));
    let path = Name::new_static("flake.nix");
    let rest: Rc<Unknown> = Unknown::new(Cause::InputFile { input: input.clone(), path });
    let entry = Entry::new(Thunk::value(outputs), None);
    Value::attrs(Attrs::new(vec![(Name::new_static("outputs"), entry)]).open(rest))
}
