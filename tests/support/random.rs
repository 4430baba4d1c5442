//! Random choices that a seed repeats.

#![allow(dead_code, reason = "each test uses its own part")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot be set up must stop"
)]

/// SplitMix64.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(bound).unwrap()).unwrap()
    }

    /// True in that many of a hundred cases.
    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of a list.
    pub(crate) fn one<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        list[self.below(list.len())]
    }

    /// One of a list of values.
    pub(crate) fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    /// From `least` to `most` of a list, each at most once.
    pub(crate) fn some<'a>(&mut self, list: &[&'a str], least: usize, most: usize) -> Vec<&'a str> {
        let wanted = least + self.below(most - least + 1);
        let mut taken: Vec<&str> = Vec::new();
        while taken.len() < wanted.min(list.len()) {
            let word = self.one(list);
            if !taken.contains(&word) {
                taken.push(word);
            }
        }
        taken
    }
}

/// The seed that `GRADUS_SEED` names, or one of this moment.
pub(crate) fn seed() -> u64 {
    let now = || {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        // Short enough to be typed.
        since.as_secs() % 1_000_000_000
    };
    std::env::var("GRADUS_SEED")
        .map_or_else(|_| now(), |text| text.parse().expect("GRADUS_SEED is a number"))
}
