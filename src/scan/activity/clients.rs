//! What clients call themselves, each under a number.

use super::{
    request::{LABEL_BYTES, cut},
    table::Table,
    text::Text,
};
use crate::source::checked::Raw;

/// Names of clients, known again as they stand in the log.
#[derive(Debug, Default)]
pub(super) struct Clients {
    written: Table,
    /// As they are kept.
    called: Vec<Box<str>>,
}

impl Clients {
    /// The number of one; none of one that is not to be held.
    #[inline(always)]
    pub(super) fn number(&mut self, raw: Raw<'_>) -> Option<u32> {
        match self.written.find(raw.bytes) {
            Some(known) => u32::try_from(known).ok(),
            None => self.meet(raw),
        }
    }

    #[cold]
    #[inline(never)]
    fn meet(&mut self, raw: Raw<'_>) -> Option<u32> {
        if raw.bytes.len() > Table::LONGEST {
            return None;
        }
        let text = Text::of(raw)?;
        self.called.push(cut(&text, LABEL_BYTES).into());
        u32::try_from(self.written.add(raw.bytes)).ok()
    }

    /// The numbers that they have in another part of the log, where it knows them.
    pub(super) fn numbers_in(&self, other: &Self) -> Vec<Option<usize>> {
        self.written.numbers_in(&other.written)
    }

    /// What the one of a number calls itself.
    pub(super) fn get(&self, number: u32) -> Option<&str> {
        self.called.get(number as usize).map(|text| &**text)
    }

    /// Whether there are as many as may be held.
    #[inline(always)]
    pub(super) fn is_full(&self) -> bool {
        self.written.is_full()
    }
}
