//! Evaluates one file and prints its value.

use std::sync::Arc;

use flakewise::db::{Loader, Snapshot};
use flakewise::eval::{Bounds, Evaluator, PrintLimits, ReadError, STACK_SIZE, print};

struct Disk;

impl Loader for Disk {
    fn load(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        std::fs::read(path).map_err(|_| ReadError::Missing)
    }
}

fn main() {
    let path = std::env::args().nth(1).unwrap_or_default();
    let run = move || {
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let snapshot = Snapshot::new(Arc::new(Disk))
            .apply([flakewise::db::Change::Text { path: "/eval.nix".into(), text: text.into() }]);
        let ev = Evaluator::new(Arc::new(snapshot), Bounds::default());
        match ev.import("/eval.nix") {
            Ok(value) => println!("{}", print(&ev, &value, PrintLimits::default()).unwrap_or(format!("{value:?}"))),
            Err(error) => println!("error: {error:?}"),
        }
    };
    if let Ok(handle) = std::thread::Builder::new().stack_size(STACK_SIZE).spawn(run) {
        let _ = handle.join();
    }
}
