//! Byte strings that are known again, each under a number.

use std::hash::{BuildHasher, Hasher};

use super::seeded::Seeded;

/// Byte strings in the order they came, numbered from 0.
///
/// One text and one list of slots, so that a million of them cost no million
/// allocations, and asking for one that is known costs none.
#[derive(Debug, Default)]
pub(super) struct Table {
    text: Vec<u8>,
    /// Where each ends in the text.
    ends: Vec<usize>,
    /// A part of the hash, and the number plus one; 0 where there is none.
    slots: Vec<(u32, u32)>,
    hasher: Seeded,
}

impl Table {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// How many bytes they have.
    pub(super) fn bytes(&self) -> usize {
        self.text.len()
    }

    /// The number of one; none where it is not known.
    #[inline]
    pub(super) fn find(&self, key: &[u8]) -> Option<usize> {
        self.slot(key, self.hash(key)).ok()
    }

    /// The number of one, which is added where it is not known.
    pub(super) fn add(&mut self, key: &[u8]) -> usize {
        if self.slots.len() < 2 * (self.len() + 1) {
            self.grow();
        }
        let hash = self.hash(key);
        match self.slot(key, hash) {
            Ok(number) => number,
            Err(free) => {
                let number = self.len();
                self.text.extend_from_slice(key);
                self.ends.push(self.text.len());
                if let (Some(slot), Ok(after)) =
                    (self.slots.get_mut(free), u32::try_from(number + 1))
                {
                    *slot = (tag(hash), after);
                }
                number
            }
        }
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

    /// Its number, or the slot where it would stand.
    #[inline]
    fn slot(&self, key: &[u8], hash: u64) -> Result<usize, usize> {
        let mask = self.slots.len().wrapping_sub(1);
        let mut at = hash as usize & mask;
        while let Some(&(found, after)) = self.slots.get(at) {
            let Some(number) = (after as usize).checked_sub(1) else { break };
            if found == tag(hash) && self.get(number) == key {
                return Ok(number);
            }
            at = (at + 1) & mask;
        }
        Err(at)
    }

    fn grow(&mut self) {
        let mut slots = vec![(0, 0); (4 * self.len()).max(64).next_power_of_two()];
        let mask = slots.len() - 1;
        for (number, after) in (0..self.len()).zip(1_u32..) {
            let hash = self.hash(self.get(number));
            let mut at = hash as usize & mask;
            while slots.get(at).is_some_and(|(_, after)| *after != 0) {
                at = (at + 1) & mask;
            }
            if let Some(slot) = slots.get_mut(at) {
                *slot = (tag(hash), after);
            }
        }
        self.slots = slots;
    }

    #[inline]
    fn hash(&self, key: &[u8]) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        hasher.write(key);
        hasher.finish()
    }
}

#[inline]
fn tag(hash: u64) -> u32 {
    (hash >> 32) as u32
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
