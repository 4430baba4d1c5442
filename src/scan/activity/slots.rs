//! Numbers that are found by the hash of what they stand for.

/// Numbers from 0 up, each in a slot that follows from its hash. What they stand for is
/// kept by whoever asks, who also says whether it is the same.
#[derive(Debug, Default)]
pub(super) struct Slots {
    slots: Vec<Slot>,
    len: usize,
}

/// A part of the hash, and the number plus one; 0 where there is none.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Slot {
    tag: u32,
    after: u32,
}

impl Slot {
    /// The number that it holds, if it may be one of this hash.
    #[inline(always)]
    pub(super) fn candidate(self, hash: u64) -> Option<usize> {
        (self.tag == tag(hash)).then_some(self.after as usize)?.checked_sub(1)
    }
}

impl Slots {
    /// The slot that is looked at first for a hash: what is asked for here is in the cache
    /// when [`Self::find`] asks for it.
    #[inline(always)]
    pub(super) fn first(&self, hash: u64) -> Slot {
        let mask = self.slots.len().wrapping_sub(1);
        self.slots.get(hash as usize & mask).copied().unwrap_or_default()
    }

    /// The number of this hash of which `is` says that it is the one.
    #[inline(always)]
    pub(super) fn find(&self, hash: u64, is: impl Fn(usize) -> bool) -> Option<usize> {
        let mask = self.slots.len().wrapping_sub(1);
        let mut at = hash as usize & mask;
        while let Some(slot) = self.slots.get(at).filter(|slot| slot.after != 0) {
            if let Some(number) = slot.candidate(hash).filter(|&number| is(number)) {
                return Some(number);
            }
            at = (at + 1) & mask;
        }
        None
    }

    /// Adds the next number, which was not found; `hash_of` tells the hashes of those
    /// before it.
    pub(super) fn push(&mut self, hash: u64, hash_of: impl Fn(usize) -> u64) {
        if self.slots.len() < 2 * (self.len + 1) {
            let slots = (4 * self.len).max(64).next_power_of_two();
            self.slots = vec![Slot::default(); slots];
            for number in 0..self.len {
                self.place(hash_of(number), number);
            }
        }
        self.place(hash, self.len);
        self.len += 1;
    }

    fn place(&mut self, hash: u64, number: usize) {
        let Ok(after) = u32::try_from(number + 1) else { return };
        let mask = self.slots.len().wrapping_sub(1);
        let mut at = hash as usize & mask;
        while self.slots.get(at).is_some_and(|slot| slot.after != 0) {
            at = (at + 1) & mask;
        }
        if let Some(slot) = self.slots.get_mut(at) {
            *slot = Slot { tag: tag(hash), after };
        }
    }
}

#[inline(always)]
fn tag(hash: u64) -> u32 {
    (hash >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_one_hash_are_told_apart_by_whoever_asks() {
        let mut slots = Slots::default();
        assert_eq!(slots.find(7, |_| true), None);
        for _ in 0..500 {
            slots.push(7, |_| 7);
        }
        for number in 0..500 {
            assert_eq!(slots.find(7, |other| other == number), Some(number));
        }
        assert_eq!(slots.find(7, |_| false), None);
        assert_eq!(slots.find(7 + (1 << 32), |_| true), None);
        assert_eq!(slots.first(7).candidate(7), Some(0));
    }
}
