//! The language server: the only layer that names types of the protocol.
//!
//! Messages come in through [`entrance`], which forwards each of them, in the
//! order of the wire, as an event into one channel. One thread owns all state
//! and takes the events out again ([`main_loop`]): it applies edits, and hands
//! every request with an immutable view of the world ([`world`]) to worker
//! threads. The repository is analysed on a thread of its own ([`analysis`]),
//! the disk is read on another ([`disk`]); both answer with events. What is sent
//! without being asked for leaves through one ordered queue ([`outgoing`]).
//!
//! So a request is answered for the text that its sender saw, and no answer
//! waits for anything that is slower than itself.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

mod analysis;
mod client;
mod convert;
mod disk;
mod document;
mod edits;
mod entrance;
mod event;
mod findings;
mod framing;
mod main_loop;
mod markup;
mod outgoing;
mod pool;
mod publish;
mod requests;
mod world;

use std::process::ExitCode;

/// Runs the language server on stdio until its client says goodbye or goes away.
///
/// The exit code is 0 where the client asked for the shutdown before it left.
pub fn run_stdio() -> ExitCode {
    log_to_stderr();
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!("the server cannot start: {error}");
            return ExitCode::from(2);
        }
    };
    let orderly = runtime.block_on(entrance::serve(tokio::io::stdin(), tokio::io::stdout()));
    // A thread may still wait for input that nobody will send.
    runtime.shutdown_background();
    if orderly { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Stdout belongs to the protocol. `FLAKEWISE_LOG=debug` says more.
fn log_to_stderr() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("FLAKEWISE_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("error"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false);
    let _ = log.try_init();
}
