//! Collections that hold only so many distinct keys, and say what they left out.
//!
//! They keep the *smallest* keys. A key that is among the smallest of the whole
//! log was among the smallest of every part of it, so its count is exact
//! whatever the order in which parts arrive; a key kept "because it came first"
//! would make the result depend on that order.

use std::{
    borrow::Borrow,
    collections::{BTreeMap, BTreeSet},
};

/// Occurrences of the `LIMIT` smallest keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted<K: Ord, const LIMIT: usize> {
    entries: BTreeMap<K, u64>,
    beyond: u64,
}

impl<K: Ord, const LIMIT: usize> Default for Counted<K, LIMIT> {
    fn default() -> Self {
        Self { entries: BTreeMap::new(), beyond: 0 }
    }
}

impl<K: Ord, const LIMIT: usize> Counted<K, LIMIT> {
    /// Keys with their occurrences, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, u64)> {
        self.entries.iter().map(|(key, &count)| (key, count))
    }

    /// Distinct keys kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing was counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.beyond == 0
    }

    /// Occurrences of keys that are not kept. Not 0: there are more than `LIMIT` keys.
    #[must_use]
    pub fn beyond(&self) -> u64 {
        self.beyond
    }

    /// All occurrences, of kept keys and others.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.entries.values().sum::<u64>() + self.beyond
    }

    /// Occurrences of one key, if it is kept.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<u64>
    where
        K: Borrow<Q>,
    {
        self.entries.get(key).copied()
    }

    /// Counts `count` occurrences of `key`; allocates only for a key it has not seen.
    pub fn add<Q>(&mut self, key: &Q, count: u64)
    where
        K: Borrow<Q>,
        Q: Ord + ToOwned<Owned = K> + ?Sized,
    {
        if let Some(known) = self.entries.get_mut(key) {
            *known += count;
        } else if self.entries.len() >= LIMIT
            && self.entries.last_key_value().is_some_and(|(last, _)| last.borrow() < key)
        {
            self.beyond += count;
        } else {
            self.insert(key.to_owned(), count);
        }
    }

    /// Adds the occurrences of another part of the log.
    pub fn merge(&mut self, other: Self) {
        self.beyond += other.beyond;
        for (key, count) in other.entries {
            self.insert(key, count);
        }
    }

    /// Takes out the keys after `last`; their occurrences.
    pub(super) fn leave_out_after(&mut self, last: &K) -> u64 {
        let kept = |key: &K| key <= last;
        let out = self.entries.iter().filter(|(key, _)| !kept(key)).map(|(_, count)| count).sum();
        self.entries.retain(|key, _| kept(key));
        out
    }

    /// Counts occurrences of keys that are not kept.
    pub fn omit(&mut self, count: u64) {
        self.beyond += count;
    }

    /// Counts `count` occurrences of `key`.
    pub fn insert(&mut self, key: K, count: u64) {
        *self.entries.entry(key).or_default() += count;
        if self.entries.len() > LIMIT
            && let Some((_, count)) = self.entries.pop_last()
        {
            self.beyond += count;
        }
    }
}

/// The `LIMIT` smallest values of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoundedSet<K: Ord, const LIMIT: usize> {
    values: BTreeSet<K>,
    more: bool,
}

impl<K: Ord, const LIMIT: usize> Default for BoundedSet<K, LIMIT> {
    fn default() -> Self {
        Self { values: BTreeSet::new(), more: false }
    }
}

impl<K: Ord, const LIMIT: usize> BoundedSet<K, LIMIT> {
    /// The values kept, in order.
    pub fn iter(&self) -> impl Iterator<Item = &K> {
        self.values.iter()
    }

    /// Values kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is no value, and none was left out.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty() && !self.more
    }

    /// Whether there were more than `LIMIT` values.
    #[must_use]
    pub fn has_more(&self) -> bool {
        self.more
    }

    /// Whether `value` is kept.
    pub fn contains<Q: Ord + ?Sized>(&self, value: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.values.contains(value)
    }

    /// Says that a value was left out.
    pub fn omit(&mut self) {
        self.more = true;
    }

    /// Adds a value.
    pub fn insert(&mut self, value: K) {
        self.values.insert(value);
        if self.values.len() > LIMIT {
            self.values.pop_last();
            self.more = true;
        }
    }

    /// Adds the values of another part of the log.
    pub fn merge(&mut self, other: Self) {
        self.more |= other.more;
        for value in other.values {
            self.insert(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_smallest_keys_are_kept_and_the_others_counted() {
        let mut counted = Counted::<String, 2>::default();
        for key in ["c", "a", "c", "b", "d", "a"] {
            counted.add(key, 1);
        }
        let kept: Vec<_> = counted.iter().map(|(key, count)| (key.as_str(), count)).collect();
        assert_eq!(kept, [("a", 2), ("b", 1)]);
        assert_eq!(counted.beyond(), 3);
        assert_eq!(counted.total(), 6);
    }

    #[test]
    fn a_set_that_left_something_out_says_so() {
        let mut set = BoundedSet::<u8, 2>::default();
        set.insert(1);
        set.insert(2);
        set.insert(2);
        assert!(!set.has_more());
        set.insert(0);
        assert!(set.has_more());
        assert_eq!(set.iter().copied().collect::<Vec<_>>(), [0, 1]);
    }

    proptest! {
        #[test]
        fn any_split_and_order_counts_the_same(
            keys in prop::collection::vec(0u8..12, 0..60),
            shuffled_seed in any::<u64>(),
            parts in 1usize..6,
        ) {
            let mut whole = Counted::<u8, 4>::default();
            for key in &keys {
                whole.add(key, 1);
            }
            let mut order = keys.clone();
            // A fixed permutation is enough: proptest varies the seed.
            let mut state = shuffled_seed | 1;
            for i in (1..order.len()).rev() {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                order.swap(i, (state >> 33) as usize % (i + 1));
            }
            let mut merged = Counted::<u8, 4>::default();
            for part in order.chunks(order.len().div_ceil(parts).max(1)) {
                let mut counted = Counted::<u8, 4>::default();
                for key in part {
                    counted.add(key, 1);
                }
                merged.merge(counted);
            }
            prop_assert_eq!(whole, merged);
        }
    }
}
