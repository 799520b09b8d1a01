//! What an evaluation says, and the count of how often two evaluators say the same.

/// What an evaluation says, as JSON where there is a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    Json(String),
    Unknown(String),
    Failure(String),
}

/// What stands for the answer of a Nix that ended before it had one.
pub const ENDED: &str = "Nix ended in the middle of it";

/// How an answer relates to that of Nix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Agreed,
    Unknown,
    /// Names of the store are in it: sources are not copied here.
    Store,
    FailedAlike,
    Different,
}

/// Compares flakewise's answer with that of Nix.
pub fn verdict(ours: &Answer, theirs: &Answer) -> Verdict {
    match (ours, theirs) {
        (Answer::Unknown(_), _) => Verdict::Unknown,
        (_, Answer::Failure(text)) if text == ENDED => Verdict::Unknown,
        (Answer::Failure(_), Answer::Failure(_)) => Verdict::FailedAlike,
        (Answer::Json(left), Answer::Json(right)) if left == right => Verdict::Agreed,
        (Answer::Json(_), Answer::Json(text)) if text.contains("/nix/store/") => Verdict::Store,
        (Answer::Json(_), Answer::Failure(text)) if super::is_missing(text) => Verdict::Store,
        // What is not to be read cannot be copied to the store either.
        (Answer::Json(_), Answer::Failure(text)) if text.contains("in restricted mode") => Verdict::Store,
        _ => Verdict::Different,
    }
}

/// Counts, and the differences in words.
#[derive(Default)]
pub struct Tally {
    pub agreed: usize,
    pub unknown: usize,
    pub store: usize,
    pub failed_alike: usize,
    pub different: Vec<String>,
}

impl Tally {
    /// Counts one expression.
    pub fn compare(&mut self, what: &str, ours: &Answer, theirs: &Answer) -> Verdict {
        let verdict = verdict(ours, theirs);
        match verdict {
            Verdict::Agreed => self.agreed += 1,
            Verdict::Unknown => {
                self.unknown += 1;
                if std::env::var_os("FLAKEWISE_SHOW_UNKNOWN").is_some() {
                    println!("unknown: {what}\n  {ours:?}\n  Nix {theirs:?}");
                }
            }
            Verdict::Store => self.store += 1,
            Verdict::FailedAlike => self.failed_alike += 1,
            Verdict::Different => self.different.push(format!("{what}\n  here {ours:?}\n  Nix  {theirs:?}")),
        }
        verdict
    }

    fn total(&self) -> usize {
        self.agreed + self.unknown + self.store + self.failed_alike + self.different.len()
    }

    /// Asserts that enough was known: a test in which everything is unknown checks nothing. Shares are in percent.
    pub fn assert_shares(&self, name: &str, least_agreed: usize, most_unknown: usize) {
        let total = self.total().max(1);
        assert!(
            self.agreed * 100 >= total * least_agreed,
            "{name}: only {} of {total} agreed, at least {least_agreed} % are expected to",
            self.agreed
        );
        assert!(
            self.unknown * 100 <= total * most_unknown,
            "{name}: {} of {total} are unknown, at most {most_unknown} % are expected to be",
            self.unknown
        );
    }

    /// Says the counts and fails if anything was different.
    pub fn finish(&self, name: &str) {
        println!(
            "{name}: {} agreed, {} unknown, {} about store paths, {} failed alike, {} different",
            self.agreed,
            self.unknown,
            self.store,
            self.failed_alike,
            self.different.len()
        );
        assert!(self.different.is_empty(), "{name} differs from Nix:\n{}", self.different.join("\n"));
    }
}
