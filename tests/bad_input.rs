//! Input that is broken, hostile or about to vanish: nothing panics, nothing
//! hangs, and what is wrong in one place leaves the rest of a repository working.

mod repo;

#[path = "bad_input/files.rs"]
mod files;
#[path = "bad_input/flakes.rs"]
mod flakes;
#[path = "bad_input/graphs.rs"]
mod graphs;
#[path = "bad_input/others.rs"]
mod others;
#[path = "bad_input/prefixes.rs"]
mod prefixes;
#[path = "bad_input/programs.rs"]
mod programs;
