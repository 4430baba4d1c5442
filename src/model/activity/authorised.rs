//! Which objects an action was authorised for.
//!
//! A right is needed by every request that passed the authorizer, whatever came
//! of it afterwards: one for an object that is not there (404) needed it too.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Tally;

/// The requests of one action that the authorizer let pass.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Authorised {
    /// How many, between when and when, and where to look.
    pub tally: Tally,
    /// What the authorizer was told of the objects: their names, or the paths of
    /// what is no resource. The name of an object that is being created is not
    /// among them, since the authorizer does not see it.
    pub names: Names,
    /// Objects that a `patch` or an `update` created: that took `create`, by
    /// name, as well.
    pub created: Names,
}

impl Authorised {
    /// Whether there is any request, and one that may be of `since` or later (of
    /// any time, where there is none). Requests are counted without their days, so
    /// an action that reaches into the time asked for counts whole.
    #[must_use]
    pub fn reaches(&self, since: Option<Timestamp>) -> bool {
        self.tally.count > 0 && since.is_none_or(|since| self.tally.reaches(since))
    }

    /// Adds what another part of the log shows.
    pub fn merge(&mut self, other: Self) {
        self.tally.merge(other.tally);
        self.names.merge(other.names);
        self.created.merge(other.created);
    }
}

/// The distinct names of up to [`Names::LIMIT`] objects, of [`Names::BYTES`]
/// together; beyond it, that they are many. Whether they are depends on all of
/// them, not on which came first, so parts of a log merge in any order.
///
/// There is one for each action of each principal, and it is asked for every request:
/// names stand in one text, in the order they came, and are told apart by a few bits
/// before they are compared.
#[derive(Debug, Clone, Default)]
pub struct Names {
    text: String,
    marks: Vec<Mark>,
    many: bool,
    /// Requests that named no object.
    pub unnamed: u64,
    /// Requests whose name no object can have: it is not kept.
    pub odd: u64,
}

/// Where a name ends in the text, and what tells it from most others.
#[derive(Debug, Clone, Copy)]
struct Mark {
    end: u16,
    tag: u16,
}

impl Mark {
    /// Names of one action mostly differ in their last bytes.
    fn tag(name: &str) -> u16 {
        let last = name.as_bytes().iter().rev().take(8);
        last.fold(name.len() as u16, |tag, &byte| {
            tag.wrapping_mul(31).wrapping_add(u16::from(byte))
        })
    }
}

impl PartialEq for Names {
    fn eq(&self, other: &Self) -> bool {
        (self.many, self.unnamed, self.odd) == (other.many, other.unnamed, other.odd)
            && self.kept().eq(other.kept())
    }
}

impl Eq for Names {}

impl Names {
    /// How many are kept apart.
    pub const LIMIT: usize = 64;
    /// How many bytes of names are kept.
    pub const BYTES: usize = 2048;

    /// All names, in order; none where there are others: more than are kept apart,
    /// or odd ones.
    #[must_use]
    pub fn all(&self) -> Option<impl ExactSizeIterator<Item = &str>> {
        self.plain().filter(|_| self.odd == 0)
    }

    /// All names but odd ones, in order; none where there are more than are kept
    /// apart.
    #[must_use]
    pub fn plain(&self) -> Option<impl ExactSizeIterator<Item = &str>> {
        (!self.many).then(|| self.kept())
    }

    /// Whether no request was seen, with a name or without.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.marks.is_empty() && !self.many && self.unnamed == 0 && self.odd == 0
    }

    /// Whether there are more names than are kept apart: further ones change nothing.
    #[must_use]
    pub fn is_many(&self) -> bool {
        self.many
    }

    /// Adds a name.
    pub fn add(&mut self, name: &str) {
        self.add_tagged(name, Mark::tag(name));
    }

    /// Adds names.
    pub fn add_all<'n>(&mut self, names: impl ExactSizeIterator<Item = &'n str>) {
        if self.many {
            return;
        }
        if self.marks.is_empty() {
            // A few at once; many are often the same.
            let few = names.len().min(8);
            self.marks.reserve(few);
            self.text.reserve(few * 8);
        }
        names.for_each(|name| self.add(name));
    }

    fn add_tagged(&mut self, name: &str, tag: u16) {
        if self.many {
            return;
        }
        let mut start = 0;
        for mark in &self.marks {
            let end = usize::from(mark.end);
            if mark.tag == tag && self.text.get(start..end) == Some(name) {
                return;
            }
            start = end;
        }
        match u16::try_from(start + name.len()) {
            Ok(end) if usize::from(end) <= Self::BYTES && self.marks.len() < Self::LIMIT => {
                self.text.push_str(name);
                self.marks.push(Mark { end, tag });
            }
            _ => self.omit(),
        }
    }

    /// Says that there are more names than are kept apart.
    pub fn omit(&mut self) {
        self.text = String::new();
        self.marks = Vec::new();
        self.many = true;
    }

    /// Adds what another part of the log shows.
    pub fn merge(&mut self, other: Self) {
        self.unnamed += other.unnamed;
        self.odd += other.odd;
        if other.many {
            self.omit();
        } else if self.marks.is_empty() && !self.many {
            (self.text, self.marks) = (other.text, other.marks);
        } else if !self.many {
            other.held().for_each(|(name, tag)| self.add_tagged(name, tag));
        }
    }

    /// Names with what tells them apart, in the order they came.
    fn held(&self) -> impl Iterator<Item = (&str, u16)> {
        let mut start = 0;
        self.marks.iter().map(move |mark| {
            let end = usize::from(mark.end);
            let name = self.text.get(start..end).unwrap_or_default();
            start = end;
            (name, mark.tag)
        })
    }

    fn kept(&self) -> impl ExactSizeIterator<Item = &str> {
        let mut kept: Vec<&str> = self.held().map(|(name, _)| name).collect();
        kept.sort_unstable();
        kept.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(all: &[u8]) -> Names {
        let mut names = Names::default();
        all.iter().for_each(|name| names.add(&name.to_string()));
        names
    }

    #[test]
    fn more_names_than_are_kept_are_many_and_none_of_them_is_told() {
        let most: Vec<u8> = (0..64).collect();
        assert_eq!(names(&most).all().map(Iterator::count), Some(64));
        let more: Vec<u8> = (0..65).collect();
        assert!(names(&more).all().is_none());
    }

    #[test]
    fn long_names_are_many_sooner() {
        let mut names = Names::default();
        for number in 0..10 {
            names.add(&format!("{number}{}", "x".repeat(250)));
        }
        assert!(names.all().is_none());
    }

    proptest! {
        #[test]
        fn any_split_and_order_keeps_the_same_names(
            all in prop::collection::vec(0u8..90, 0..150),
            at in 0.0..1.0f64,
        ) {
            let (left, right) = all.split_at((at * all.len() as f64) as usize);
            let mut forward = names(left);
            forward.merge(names(right));
            let mut backward = names(right);
            backward.merge(names(left));
            prop_assert_eq!(&forward, &names(&all));
            prop_assert_eq!(&backward, &forward);
        }
    }
}
