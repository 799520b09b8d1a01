//! `toFile`: the one builtin whose store path follows from its arguments alone.

use sha2::{Digest, Sha256};

use super::context::is_store_name;
use super::hash::{base16, base32};
use super::{Definition, binary};
use crate::eval::unknown::{ErrorKind, EvalError};
use crate::eval::value::{Thunk, Value};
use crate::eval::{Evaluator, Result};
use crate::hir::Name;

pub(super) fn definitions() -> Vec<Definition> {
    vec![binary("toFile", to_file)]
}

fn to_file(ev: &Evaluator, name: &Thunk, text: &Thunk) -> Result<Value> {
    let name = ev.plain_string(name)?;
    let text = ev.string(text)?;
    ev.exact_text(&text)?;
    if text.context.iter().any(|element| element.starts_with(['!', '='])) {
        return Err(EvalError::stop(ErrorKind::Other, format!("the file {name} must not refer to derivations")));
    }
    if !is_store_name(&name) {
        return Err(EvalError::stop(ErrorKind::Other, format!("{name:?} cannot be the name of a file in the store")));
    }
    ev.step(text.text.len() as u64 / 256)?;
    let mut references: Vec<&str> = text.context.iter().map(Name::as_str).collect();
    references.sort_unstable();
    let path = text_path(&name, &text.text, &references);
    ev.store_texts.borrow_mut().insert(path.clone(), text.clone());
    Ok(Value::string_with_context(path.clone(), [path].into()))
}

/// The path of a text in the store, as Nix's `StoreDirConfig::makeFixedOutputPathFromCA` has it for texts.
fn text_path(name: &str, text: &str, references: &[&str]) -> Name {
    let mut kind = String::from("text");
    for reference in references {
        kind.push(':');
        kind.push_str(reference);
    }
    let fingerprint = format!("{kind}:sha256:{}:/nix/store:{name}", base16(&Sha256::digest(text)));
    let mut folded = [0u8; 20];
    for (at, byte) in Sha256::digest(fingerprint).iter().enumerate() {
        if let Some(slot) = folded.get_mut(at % 20) {
            *slot ^= byte;
        }
    }
    Name::from(format!("/nix/store/{}-{name}", base32(&folded)))
}

#[cfg(test)]
mod tests {
    use super::text_path;

    #[test]
    fn paths_of_texts() {
        // As `nix-instantiate --eval -E 'builtins.toFile "a" "b"'` says.
        assert_eq!(text_path("a", "b", &[]), "/nix/store/g76zcpqc540lrc8i6g7xy6ip0npn2hnp-a");
    }
}
