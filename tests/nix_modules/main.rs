//! Compares the module system with nixpkgs' `lib.evalModules` in a real Nix.
//!
//! Only where `FLAKEWISE_NIX` names a `nix-instantiate` with its `nix` beside it, and `FLAKEWISE_NIXPKGS_LIB` the folder
//! `lib` of a nixpkgs, of which `tests` may be a part. An answer may be unknown, and it may fail where Nix fails; it is
//! never a different one.

#[path = "../nix/answer.rs"]
mod answer;
mod generate;
mod generated;
mod here;
mod known;
#[path = "../nix/nix.rs"]
mod nix;
mod nixpkgs;

use std::path::PathBuf;

/// The folder `lib` of a nixpkgs; loudly nothing where there is none.
fn nixpkgs_lib() -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("FLAKEWISE_NIXPKGS_LIB").map(PathBuf::from) else {
        println!("SKIPPED: FLAKEWISE_NIXPKGS_LIB is not set, NOTHING WAS COMPARED");
        return None;
    };
    Some(std::fs::canonicalize(folder).expect("FLAKEWISE_NIXPKGS_LIB exists"))
}

/// What an error of Nix says: the last line of a trace that is one.
fn failure(error: &str) -> String {
    let message = error.lines().map(str::trim).rfind(|line| line.starts_with("error:")).unwrap_or(error.trim());
    message.trim_start_matches("error:").trim().to_string()
}

/// Whether an error is about something that is not there.
fn is_missing(error: &str) -> bool {
    error.ends_with("does not exist")
}
