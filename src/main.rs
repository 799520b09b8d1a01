//! The command: see `flakewise::cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    flakewise::cli::main()
}
