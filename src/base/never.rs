//! What cannot happen is fatal where we can see it, and survived where a user would lose work.

/// States that `condition` never holds, and returns whether it did.
///
/// Under test and in debug builds a violation panics, so that it is found. In
/// a release it is logged and the caller goes on with whatever is least harmful:
/// an editor must not lose its server over a wrong hint.
///
/// ```
/// # fn position(text: &str, offset: usize) -> usize {
/// if flakewise::base::never!(offset > text.len(), "offset {offset} is past the end of the text") {
///     return text.len();
/// }
/// # offset
/// # }
/// # position("", 0);
/// ```
///
/// Without a condition it states that the place is never reached: `never!("two roots")`.
#[macro_export]
macro_rules! never {
    (@stated $condition:expr, $fmt:literal $(, $arg:expr)*) => {{
        let violated: bool = $condition;
        if violated {
            if cfg!(any(test, debug_assertions)) {
                panic!($fmt $(, $arg)*);
            }
            tracing::error!($fmt $(, $arg)*);
        }
        violated
    }};
    ($fmt:literal $(, $arg:expr)* $(,)?) => {
        $crate::never!(@stated true, $fmt $(, $arg)*)
    };
    ($condition:expr $(,)?) => {
        $crate::never!(@stated $condition, "{}", stringify!($condition))
    };
    ($condition:expr, $fmt:literal $(, $arg:expr)* $(,)?) => {
        $crate::never!(@stated $condition, $fmt $(, $arg)*)
    };
}

#[cfg(test)]
mod tests {
    #[test]
    fn says_whether_the_condition_held() {
        let count = 3;
        assert!(!never!(count > 3));
        assert!(!never!(count > 3, "{count} is too many"));
        assert!(!never!(count > 3, "{} is too many", count));
    }

    #[test]
    #[should_panic(expected = "4 is too many")]
    fn is_fatal_under_test() {
        let count = 4;
        never!(count > 3, "{count} is too many");
    }

    #[test]
    #[should_panic(expected = "count > 3")]
    fn names_the_condition_when_there_is_no_message() {
        let count = 4;
        never!(count > 3);
    }

    #[test]
    #[should_panic(expected = "reached with 7")]
    fn needs_no_condition() {
        let number = 7;
        never!("reached with {}", number);
    }
}
