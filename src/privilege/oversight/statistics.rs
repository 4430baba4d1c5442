//! What a number of trials shows of a share: exact bounds, no approximation.
//!
//! One-sided bounds of Clopper and Pearson at 95 %: 59 trials without a failure show at
//! least 95 %, 299 show at least 99 %, and 20 of 20 no more than 86 %.

/// What may be wrong.
const ALPHA: f64 = 0.05;
/// Halvings of the interval: more than a `f64` can tell apart.
const STEPS: u32 = 200;

/// The share that `good` of `trials` shows at least, with 95 % confidence; none without
/// a trial, or with more good ones than trials.
#[must_use]
pub fn at_least(good: u64, trials: u64) -> Option<f64> {
    if trials == 0 || good > trials {
        return None;
    }
    if good == 0 {
        return Some(0.0);
    }
    // The share at which so many good ones, or more, are just not to be expected.
    Some(solve(|share| tail(good, trials, share) < ALPHA))
}

/// The share that `bad` of `trials` shows at most, with 95 % confidence; none as in
/// [`at_least`].
#[must_use]
pub fn at_most(bad: u64, trials: u64) -> Option<f64> {
    let good = trials.checked_sub(bad)?;
    at_least(good, trials).map(|share| 1.0 - share)
}

/// The end of the shares, from 0, for which `low` holds.
fn solve(low: impl Fn(f64) -> bool) -> f64 {
    let (mut from, mut to) = (0.0_f64, 1.0_f64);
    for _ in 0..STEPS {
        let middle = f64::midpoint(from, to);
        if low(middle) {
            from = middle;
        } else {
            to = middle;
        }
    }
    // The lower end, so that rounding never shows more than was proven.
    from
}

/// The chance of `good` or more of `trials`, where each is good with `share`.
fn tail(good: u64, trials: u64, share: f64) -> f64 {
    if share <= 0.0 {
        return 0.0;
    }
    if share >= 1.0 {
        return 1.0;
    }
    // Of both tails the one with fewer terms is added up.
    if good > trials / 2 {
        sum(good, trials, trials, share)
    } else {
        1.0 - sum(0, good.saturating_sub(1), trials, share)
    }
}

/// The chance of `from` to `to` good ones.
fn sum(from: u64, to: u64, trials: u64, share: f64) -> f64 {
    let (n, p) = (trials as f64, share);
    // log of the binomial coefficient, term by term.
    let mut choose = 0.0_f64;
    let mut total = 0.0_f64;
    for k in 0..=to {
        if k > 0 {
            choose += (n - (k as f64) + 1.0).ln() - (k as f64).ln();
        }
        if k >= from {
            let k = k as f64;
            total += k.mul_add(p.ln(), (n - k).mul_add((1.0 - p).ln(), choose)).exp();
        }
    }
    total.min(1.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn so_many_clean_trials_show_what_the_rubric_says() {
        let clean = |trials| at_least(trials, trials).unwrap();
        assert!(clean(58) < 0.95 && clean(59) >= 0.95, "{}", clean(59));
        assert!(clean(298) < 0.99 && clean(299) >= 0.99, "{}", clean(299));
        assert!((clean(20) - 0.860_9).abs() < 1e-4, "{}", clean(20));
    }

    /// Values from exact sums over binomial coefficients as integers.
    #[test]
    fn the_bounds_are_those_of_clopper_and_pearson() {
        for (good, trials, expected) in
            [(58, 59, 0.922_1), (95, 100, 0.897_7), (5, 10, 0.222_4), (1, 10, 0.005_1)]
        {
            let found = at_least(good, trials).unwrap();
            assert!((found - expected).abs() < 2e-4, "{good}/{trials}: {found}");
        }
    }

    #[test]
    fn nothing_is_shown_by_no_trial() {
        assert_eq!(at_least(0, 0), None);
        assert_eq!(at_least(3, 2), None);
        assert_eq!(at_least(0, 5), Some(0.0));
        assert_eq!(at_most(5, 5), Some(1.0));
    }

    proptest! {
        #[test]
        fn a_bound_never_shows_more_than_was_seen_and_grows_with_what_was(
            trials in 1u64..400,
            share in 0.0..1.0f64,
        ) {
            let good = (trials as f64 * share) as u64;
            let bound = at_least(good, trials).unwrap();
            prop_assert!(bound <= good as f64 / trials as f64 + 1e-12);
            prop_assert!(at_least(good + 1, trials + 1).unwrap() >= bound);
            prop_assert!(at_least(good, trials + 1).unwrap() <= bound);
        }
    }
}
