//! Names of objects on their way to their kinds.
//!
//! Each kind keeps names of its own, far apart in memory; so names are gathered in the
//! order of the log, and brought to their kinds many at a time, kind by kind.

use super::{kinds::Kinds, text_of};

/// Names that are gathered at a time.
const GATHERED: usize = 1 << 16;
/// Bytes of names that are gathered at a time.
const BYTES: usize = 1 << 20;

/// Names that their kinds do not have yet.
#[derive(Debug, Default)]
pub(super) struct Named {
    text: Vec<u8>,
    names: Vec<Name>,
}

#[derive(Debug, Clone, Copy)]
struct Name {
    kind: u32,
    /// Where it ends in the text; it begins where the one before ends.
    end: u32,
}

impl Named {
    /// Gathers the name of an object of a kind; true when it is time to bring all to
    /// their kinds.
    #[inline(always)]
    pub(super) fn add(&mut self, kind: usize, name: &[u8]) -> bool {
        self.text.extend_from_slice(name);
        self.names.push(Name { kind: kind as u32, end: self.text.len() as u32 });
        self.names.len() >= GATHERED || self.text.len() >= BYTES
    }

    /// Brings all to their kinds.
    #[cold]
    #[inline(never)]
    pub(super) fn settle(&mut self, kinds: &mut Kinds) {
        // Where the names of each kind begin, once they stand by kind.
        let mut starts = vec![0_u32; kinds.len() + 1];
        for name in &self.names {
            if let Some(start) = starts.get_mut(name.kind as usize + 1) {
                *start += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut ordered = vec![(0, 0); self.names.len()];
        let mut begin = 0;
        for name in &self.names {
            if let Some(next) = starts.get_mut(name.kind as usize) {
                if let Some(place) = ordered.get_mut(*next as usize) {
                    *place = (begin, name.end);
                }
                *next += 1;
            }
            begin = name.end;
        }
        let text = text_of(&self.text);
        let mut begin = 0;
        for (kind, &end) in starts.iter().enumerate().take(kinds.len()) {
            let places = ordered.get(begin..end as usize).unwrap_or_default();
            begin = end as usize;
            if !places.is_empty() {
                let name = |&(from, to): &(u32, u32)| {
                    text.get(from as usize..to as usize).unwrap_or_default()
                };
                kinds.name(kind, places.iter().map(name));
            }
        }
        self.text.clear();
        self.names.clear();
    }
}
