//! Which of two moments came first, by what their times can mean.
//!
//! Logs write whole seconds, milliseconds or microseconds. A time that ends with the second
//! is of any moment within it, and so on: where two times can mean either order, nobody
//! knows which it was.

use jiff::{SignedDuration, Timestamp};

/// Nanoseconds of what clocks count in, the coarsest first.
const UNITS: [i64; 3] = [1_000_000_000, 1_000_000, 1_000];

/// The span of moments that a time may be of: from it on, shorter than this.
fn span(time: Timestamp) -> SignedDuration {
    let fraction = i64::from(time.subsec_nanosecond());
    let unit = UNITS.into_iter().find(|unit| fraction % unit == 0);
    SignedDuration::from_nanos(unit.unwrap_or(1))
}

/// Whether the one came before the other; none where their times do not tell.
#[must_use]
pub fn came_first(one: Timestamp, other: Timestamp) -> Option<bool> {
    let later_by = other.duration_since(one);
    if later_by >= span(one) {
        Some(true)
    } else if -later_by >= span(other) {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn order(one: &str, other: &str) -> Option<bool> {
        let time =
            |text: &str| -> Timestamp { format!("2026-11-01T08:00:{text}Z").parse().unwrap() };
        came_first(time(one), time(other))
    }

    #[test]
    fn a_whole_second_is_any_moment_of_it() {
        assert_eq!(order("10", "10.300000"), None);
        assert_eq!(order("10.3", "10"), None);
        assert_eq!(order("10", "10"), None);
        assert_eq!(order("10", "11"), Some(true));
        assert_eq!(order("10.999999", "11"), Some(true));
        assert_eq!(order("11", "10.999999"), Some(false));
    }

    #[test]
    fn finer_times_tell_what_they_can() {
        assert_eq!(order("10.000001", "10.000002"), Some(true));
        assert_eq!(order("10.000001", "10.000001"), None);
        assert_eq!(order("10.300", "10.300400"), None);
        assert_eq!(order("10.300", "10.301000"), Some(true));
    }

    proptest! {
        #[test]
        fn no_two_moments_each_came_before_the_other(
            one in 0i64..5_000_000_000, other in 0i64..5_000_000_000,
        ) {
            let time = |nanoseconds: i64| Timestamp::from_nanosecond(nanoseconds.into()).unwrap();
            let reverse = came_first(time(other), time(one)).map(|first| !first);
            prop_assert_eq!(came_first(time(one), time(other)), reverse);
        }
    }
}
