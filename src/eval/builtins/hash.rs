//! Hashes of strings and files, and their notations.

use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use super::{Definition, attrs, binary, unary};
use crate::eval::unknown::{Cause, ErrorKind, EvalError, Stop, Unknown};
use crate::eval::value::{Thunk, Value};
use crate::eval::{Evaluator, ReadError, Result};
use crate::hir::Name;

pub(super) fn definitions() -> Vec<Definition> {
    vec![
        binary("hashString", |ev, algorithm, text| {
            let algorithm = ev.plain_string(algorithm)?;
            check_algorithm(&algorithm)?;
            let string = ev.string(text)?;
            let text = ev.exact_text(&string)?;
            ev.step(text.len() as u64 / 256)?;
            Ok(Value::string(base16(&digest(&algorithm, text.as_bytes())?)))
        }),
        binary("hashFile", hash_file),
        unary("convertHash", convert_hash),
        unary("placeholder", |ev, output| {
            let output = ev.plain_string(output)?;
            let hash = Sha256::digest(format!("nix-output:{output}"));
            Ok(Value::string(format!("/{}", base32(&hash))))
        }),
    ]
}

fn digest(algorithm: &str, bytes: &[u8]) -> Result<Vec<u8>> {
    Ok(match algorithm {
        "md5" => md5::Md5::digest(bytes).to_vec(),
        "sha1" => Sha1::digest(bytes).to_vec(),
        "sha256" => Sha256::digest(bytes).to_vec(),
        "sha512" => Sha512::digest(bytes).to_vec(),
        "blake3" => return Err(Stop::Unknown(Unknown::new(Cause::Builtin("hashString")))),
        other => return Err(failure(format!("{other:?} is no hash algorithm"))),
    })
}

/// Refuses unknown algorithms before anything else is looked at.
fn check_algorithm(algorithm: &str) -> Result<()> {
    match size_of(algorithm) {
        Some(_) => Ok(()),
        None => Err(failure(format!("{algorithm:?} is no hash algorithm"))),
    }
}

fn hash_file(ev: &Evaluator, algorithm: &Thunk, path: &Thunk) -> Result<Value> {
    let algorithm = ev.plain_string(algorithm)?;
    check_algorithm(&algorithm)?;
    let path = ev.coerce_to_path(&ev.force(path)?)?;
    match ev.files.read_file(&path) {
        Ok(text) => Ok(Value::string(base16(&digest(&algorithm, text.as_bytes())?))),
        Err(ReadError::NotText) => Err(Stop::Unknown(Unknown::new(Cause::Builtin("hashFile")))),
        Err(error) => Err(crate::eval::read_error(error, &path)),
    }
}

fn failure(message: impl Into<String>) -> Stop {
    EvalError::stop(ErrorKind::Other, message)
}

pub(super) fn base16(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

const BASE32: &[u8; 32] = b"0123456789abcdfghijklmnpqrsvwxyz";

/// The notation of store paths: five bits a digit, the last ones first.
pub(crate) fn base32(bytes: &[u8]) -> String {
    let length = (bytes.len() * 8).div_ceil(5);
    let byte = |at: usize| u16::from(bytes.get(at).copied().unwrap_or(0));
    let digit = |n: usize| {
        let (at, shift) = (n * 5 / 8, n * 5 % 8);
        let bits = (byte(at) >> shift) | (byte(at + 1) << (8 - shift));
        char::from(BASE32.get(usize::from(bits & 31)).copied().unwrap_or(b'0'))
    };
    (0..length).rev().map(digit).collect()
}

fn from_base32(text: &str, size: usize) -> Option<Vec<u8>> {
    let mut bytes = vec![0u8; size];
    for (n, digit) in text.bytes().rev().enumerate() {
        let value = BASE32.iter().position(|known| *known == digit)? as u16;
        let (at, shift) = (n * 5 / 8, n * 5 % 8);
        let bits = value << shift;
        *bytes.get_mut(at)? |= (bits & 0xff) as u8;
        let carry = (bits >> 8) as u8;
        match bytes.get_mut(at + 1) {
            Some(next) => *next |= carry,
            None if carry == 0 => {}
            None => return None,
        }
    }
    Some(bytes)
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn base64(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4usize {
            let value = bits >> (18 - 6 * place) & 63;
            let digit = BASE64.get(value as usize).copied().unwrap_or(b'A');
            out.push(if place <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    out
}

fn from_base64(text: &str) -> Option<Vec<u8>> {
    let (mut bits, mut count, mut out) = (0u32, 0, Vec::new());
    // As in Nix, where the padding ends the text whatever follows.
    for digit in text.bytes().take_while(|digit| *digit != b'=').filter(|digit| *digit != b'\n') {
        let value = BASE64.iter().position(|known| *known == digit)? as u32;
        bits = bits << 6 | value;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count & 0xff) as u8);
        }
    }
    Some(out)
}

fn from_base16(text: &str) -> Option<Vec<u8>> {
    let nibble = |byte: &u8| char::from(*byte).to_digit(16);
    text.as_bytes()
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => Some((nibble(high)? << 4 | nibble(low)?) as u8),
            _ => None,
        })
        .collect()
}

/// The bytes of a hash whose algorithm is known, in any of Nix's notations:
/// `sha256-<base64>`, and base 16, 32 or 64 with or without `sha256:` in front.
pub(crate) fn hash_bytes(algorithm: &str, hash: &str) -> Option<Vec<u8>> {
    let size = size_of(algorithm)?;
    let rest = hash.strip_prefix(algorithm);
    let bytes = match (rest.and_then(|rest| rest.strip_prefix('-')), rest.and_then(|rest| rest.strip_prefix(':'))) {
        (Some(body), _) => from_base64(body),
        (None, body) => in_notation(body.unwrap_or(hash), size),
    };
    bytes.filter(|bytes| bytes.len() == size)
}

/// The bytes of a hash of this size, whose notation its length tells.
fn in_notation(body: &str, size: usize) -> Option<Vec<u8>> {
    if body.len() == size.div_ceil(3) * 4 {
        from_base64(body)
    } else if body.len() == size * 2 {
        from_base16(body)
    } else if body.len() == (size * 8).div_ceil(5) {
        from_base32(body, size)
    } else {
        None
    }
}

fn size_of(algorithm: &str) -> Option<usize> {
    Some(match algorithm {
        "md5" => 16,
        "sha1" => 20,
        "sha256" | "blake3" => 32,
        "sha512" => 64,
        _ => return None,
    })
}

fn convert_hash(ev: &Evaluator, argument: &Thunk) -> Result<Value> {
    let argument = ev.force(argument)?;
    let hash = attrs::required(ev, &argument, "hash", "convertHash")?;
    let hash = ev.as_string(&hash)?.text.clone();
    let format = attrs::required(ev, &argument, "toHashFormat", "convertHash")?;
    let format = ev.as_string(&format)?.text.clone();
    let given = match ev.select(&argument, &Name::new_static("hashAlgo"))? {
        Some(algorithm) => Some(ev.as_string(&algorithm)?.text.clone()),
        None => None,
    };
    // `sha256-…` is base64, `sha256:…` any of the notations.
    let (prefix, sri, body) = match (hash.split_once('-'), hash.split_once(':')) {
        (Some((algorithm, body)), None) => (Some(algorithm), true, body),
        (_, Some((algorithm, body))) => (Some(algorithm), false, body),
        (None, None) => (None, false, hash.as_str()),
    };
    let algorithm = match (prefix, given.as_deref()) {
        (Some(prefix), Some(given)) if prefix != given => {
            return Err(failure(format!("the hash {hash:?} is no {given} hash")));
        }
        (Some(algorithm), _) | (None, Some(algorithm)) => algorithm,
        (None, None) => return Err(failure(format!("the hash {hash:?} does not say its algorithm"))),
    };
    if algorithm == "blake3" {
        // With an experimental feature only.
        return Err(Stop::Unknown(Unknown::new(Cause::Builtin("convertHash"))));
    }
    let size = size_of(algorithm).ok_or_else(|| failure(format!("{algorithm:?} is no hash algorithm")))?;
    let bytes = if sri { from_base64(body) } else { in_notation(body, size) };
    let bytes = bytes
        .filter(|bytes| bytes.len() == size)
        .ok_or_else(|| failure(format!("{hash:?} has the wrong length for {algorithm}")))?;
    Ok(Value::string(match format.as_str() {
        "base16" => base16(&bytes),
        "nix32" | "base32" => base32(&bytes),
        "base64" => base64(&bytes),
        "sri" => format!("{algorithm}-{}", base64(&bytes)),
        other => return Err(failure(format!("{other:?} is no notation of hashes"))),
    }))
}
