//! Texts that rows share: a change mostly has the client, the session and the groups that
//! one before it had.

use std::{borrow::Cow, sync::Arc};

use crate::model::activity::Trace;

/// Texts that are known again.
const RECENT: usize = 8;

/// The texts of the rows of one principal.
#[derive(Debug, Default)]
pub(crate) struct RowTexts {
    recent: Vec<Arc<str>>,
    /// The next to make room.
    oldest: usize,
    /// The list of groups that a row had last.
    last_groups: Box<str>,
    /// What is kept of it.
    groups: Option<Box<[Box<str>]>>,
}

impl RowTexts {
    /// The same text, in one place for all rows that have it one after the other.
    pub(crate) fn shared(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.recent.iter().find(|known| ***known == *text) {
            return known.clone();
        }
        let new = Arc::<str>::from(text);
        match self.recent.get_mut(self.oldest) {
            Some(oldest) => *oldest = new.clone(),
            None => self.recent.push(new.clone()),
        }
        self.oldest = (self.oldest + 1) % RECENT;
        new
    }

    /// What is kept of a JSON list of groups: those that tell one request of a principal from
    /// another, in order; none where they are not kept.
    pub(crate) fn groups(&mut self, list: &str) -> Option<Box<[Box<str>]>> {
        if *self.last_groups != *list {
            self.last_groups = list.into();
            self.groups = unusual(list);
        }
        self.groups.clone()
    }
}

/// The groups of a JSON list without those that tell nothing.
fn unusual(list: &str) -> Option<Box<[Box<str>]>> {
    let all: Vec<Cow<'_, str>> = serde_json::from_str(list).ok()?;
    let mut groups: Vec<_> = all.into_iter().filter(|group| !Trace::is_usual(group)).collect();
    groups.sort_unstable();
    groups.dedup();
    let are_kept =
        groups.len() <= Trace::GROUPS && groups.iter().all(|group| group.len() <= Trace::BYTES);
    are_kept.then(|| groups.into_iter().map(|group| group.into()).collect())
}
