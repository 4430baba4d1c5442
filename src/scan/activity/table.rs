//! Byte strings that are known again, each under a number.

use std::hash::{BuildHasher, Hasher};

use super::{seeded::Seeded, slots::Slots};

/// Byte strings in the order they came, numbered from 0.
///
/// One text and one list of slots, so that a million of them cost no million
/// allocations, and asking for one that is known costs none.
#[derive(Debug, Default)]
pub(super) struct Table {
    text: Vec<u8>,
    /// Where each ends in the text.
    ends: Vec<usize>,
    slots: Slots,
    hasher: Seeded,
}

impl Table {
    /// A longer one is not worth holding.
    pub(super) const LONGEST: usize = 8 << 10;
    /// How many readers of logs hold at a time.
    const MOST: usize = 1 << 13;
    /// How many bytes of them.
    pub(super) const MOST_BYTES: usize = 2 << 20;

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// How many bytes they have.
    pub(super) fn bytes(&self) -> usize {
        self.text.len()
    }

    /// Whether there are as many as readers of logs hold at a time.
    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.len() >= Self::MOST || self.bytes() >= Self::MOST_BYTES
    }

    /// The number of one; none where it is not known.
    #[inline]
    pub(super) fn find(&self, key: &[u8]) -> Option<usize> {
        self.slots.find(self.hash(key), |number| self.get(number) == key)
    }

    /// The number of one, which is added where it is not known.
    pub(super) fn add(&mut self, key: &[u8]) -> usize {
        if let Some(known) = self.find(key) {
            return known;
        }
        let (number, hash) = (self.len(), self.hash(key));
        let mut slots = std::mem::take(&mut self.slots);
        slots.push(hash, |number| self.hash(self.get(number)));
        self.slots = slots;
        self.text.extend_from_slice(key);
        self.ends.push(self.text.len());
        number
    }

    /// The one of a number.
    #[inline]
    pub(super) fn get(&self, number: usize) -> &[u8] {
        let start = number.checked_sub(1).and_then(|before| self.ends.get(before));
        self.ends
            .get(number)
            .and_then(|&end| self.text.get(start.copied().unwrap_or(0)..end))
            .unwrap_or_default()
    }

    /// The numbers that all of them have in another table; none of one that is not there.
    pub(super) fn numbers_in(&self, other: &Self) -> Vec<Option<usize>> {
        (0..self.len()).map(|number| other.find(self.get(number))).collect()
    }

    #[inline]
    fn hash(&self, key: &[u8]) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        hasher.write(key);
        hasher.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_known_again_by_its_number() {
        let mut table = Table::default();
        assert_eq!(table.find(b"0"), None);
        for number in 0..5_000 {
            assert_eq!(table.add(number.to_string().as_bytes()), number);
        }
        for number in 0..5_000 {
            let text = number.to_string();
            assert_eq!(table.find(text.as_bytes()), Some(number));
            assert_eq!(table.add(text.as_bytes()), number);
            assert_eq!(table.get(number), text.as_bytes());
        }
        assert_eq!(table.find(b""), None);
        assert_eq!(table.add(b""), 5_000);
        assert_eq!((table.find(b""), table.len()), (Some(5_000), 5_001));
        assert_eq!(table.find(b"x"), None);
    }
}
