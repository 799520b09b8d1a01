//! Threads that answer requests.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

type Job = Box<dyn FnOnce() + Send>;

/// Trees are walked by recursion, and code may nest deeply. Only what is used is taken.
const STACK: usize = 256 << 20;

/// A few threads that take jobs in the order they come in.
pub struct Pool {
    jobs: Sender<Job>,
}

impl Pool {
    /// Starts as many threads as can run at once, but few: answers are short.
    pub fn start() -> Pool {
        let (jobs, queue) = channel::<Job>();
        let queue = Arc::new(Mutex::new(queue));
        let count = std::thread::available_parallelism().map_or(2, |count| count.get().clamp(2, 4));
        for number in 0..count {
            let queue = queue.clone();
            let thread = std::thread::Builder::new().name(format!("answers-{number}")).stack_size(STACK);
            if let Err(error) = thread.spawn(move || work(&queue)) {
                tracing::error!("a thread cannot start: {error}");
            }
        }
        Pool { jobs }
    }

    /// Has a job done.
    pub fn run(&self, job: impl FnOnce() + Send + 'static) {
        if self.jobs.send(Box::new(job)).is_err() {
            tracing::error!("there are no threads to answer with");
        }
    }
}

fn work(queue: &Mutex<Receiver<Job>>) {
    loop {
        let job = queue.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).recv();
        let Ok(job) = job else { return };
        if catch_unwind(AssertUnwindSafe(job)).is_err() {
            tracing::error!("an answer failed");
        }
    }
}
