//! Where Nix keeps the source of a locked input.

use sha2::{Digest, Sha256};

use crate::eval::{base32, hash_bytes};
use crate::hir::Name;

/// The store of Nix, unless it was built for another one. The names of the paths
/// in it depend on it, also where the folder itself lies elsewhere (a chroot store).
pub const STORE: &str = "/nix/store";

/// Bytes of the hash in the name of a store path.
const NAME_BYTES: usize = 20;

/// The store path of the source with this `narHash`, as in flake.lock: SRI, or
/// `sha256:` in base 16 or 32. `None` for what is no SHA-256.
///
/// As Nix's `StoreDirConfig::makeFixedOutputPath` for a source tree, which
/// every fetcher of flakes names `source` and which refers to no other path:
/// `makeStorePath` hashes a fingerprint, and `compressHash` folds the hash to
/// 20 bytes.
pub fn source_path(nar_hash: &str) -> Option<Name> {
    let hash = hash_bytes("sha256", nar_hash)?;
    let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let fingerprint = Sha256::digest(format!("source:sha256:{hash}:{STORE}:source"));
    let mut folded = [0u8; NAME_BYTES];
    for chunk in fingerprint.chunks(NAME_BYTES) {
        for (place, byte) in folded.iter_mut().zip(chunk) {
            *place ^= byte;
        }
    }
    Some(Name::from(format!("{STORE}/{}-source", base32(&folded))))
}

#[cfg(test)]
mod tests {
    use super::source_path;

    #[test]
    fn the_path_is_that_of_nix() {
        // As `nix-store --print-fixed-path --recursive sha256 … source` of Nix 2.34 prints them.
        for (hash, path) in [
            ("sha256-SBL/761cGhDjEWW9bNBUg2khQSMDkIqj5IlYYSVeOk0=", "8y738vc0j1gplfngjlj2i6l7inzp3mhb"),
            ("sha256:0k9sbqjn2n49wjiqm4034d0j2sc3ak86rgb527ii06jwmppzy4j8", "8y738vc0j1gplfngjlj2i6l7inzp3mhb"),
            (
                "sha256:4812ffefad5c1a10e31165bd6cd054836921412303908aa3e4895861255e3a4d",
                "8y738vc0j1gplfngjlj2i6l7inzp3mhb",
            ),
            ("sha256-pQpattmS9VmO3ZIQUFn66az8GSmB4IvYhTTCFn6SUmo=", "0ccnxa25whszw7mgbgyzdm4nqc0zwnm8"),
        ] {
            assert_eq!(source_path(hash).as_deref(), Some(format!("/nix/store/{path}-source").as_str()), "{hash}");
        }
    }

    #[test]
    fn what_is_no_hash_has_no_path() {
        for hash in ["", "sha256-", "sha256-A", "sha256:zz", "sha512-AAAA", "sha256-💥", "sha1:0000", "../../etc"] {
            assert_eq!(source_path(hash), None, "{hash}");
        }
    }
}
