//! The command: see `flakewise::cli`.

use std::process::ExitCode;

/// Evaluation is mostly small allocations that live briefly: a third of the time of a large repository goes away.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    flakewise::cli::main()
}
