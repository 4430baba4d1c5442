//! When files of a log end.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The latest times that files speak of, of the few files whose are latest of all: whether a
/// time can be is judged long after the file was read, and then it must be told where it
/// stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "BTreeMap<Arc<str>, Timestamp>", into = "BTreeMap<Arc<str>, Timestamp>")]
pub struct Ends {
    files: BTreeMap<Arc<str>, Timestamp>,
}

impl Ends {
    /// How many are kept.
    pub const LIMIT: usize = 5;

    /// Files with the latest time that each speaks of, by path.
    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, Timestamp)> {
        self.files.iter().map(|(path, time)| (path, *time))
    }

    /// Notes that a file speaks of this time.
    pub fn note(&mut self, path: &Arc<str>, time: Timestamp) {
        match self.files.get_mut(path) {
            Some(known) => *known = time.max(*known),
            None => {
                self.files.insert(path.clone(), time);
            }
        }
        if self.files.len() > Self::LIMIT
            && let Some(first) =
                self.files.iter().min_by_key(|(path, time)| (**time, (*path).clone()))
        {
            let path = first.0.clone();
            self.files.remove(&path);
        }
    }

    /// Adds those of another part of the log.
    pub fn merge(&mut self, other: Self) {
        for (path, time) in other.files {
            self.note(&path, time);
        }
    }
}

impl From<BTreeMap<Arc<str>, Timestamp>> for Ends {
    fn from(files: BTreeMap<Arc<str>, Timestamp>) -> Self {
        let mut ends = Self::default();
        files.iter().for_each(|(path, time)| ends.note(path, *time));
        ends
    }
}

impl From<Ends> for BTreeMap<Arc<str>, Timestamp> {
    fn from(ends: Ends) -> Self {
        ends.files
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ends(all: &[(u8, u8)]) -> Ends {
        let mut ends = Ends::default();
        for (path, second) in all {
            let time = Timestamp::from_second(i64::from(*second)).unwrap();
            ends.note(&Arc::from(path.to_string()), time);
        }
        ends
    }

    proptest! {
        #[test]
        fn any_split_keeps_the_same_latest_files(
            all in prop::collection::vec((0u8..12, any::<u8>()), 0..60),
            at in 0.0..1.0f64,
        ) {
            let (left, right) = all.split_at((at * all.len() as f64) as usize);
            let mut merged = ends(right);
            merged.merge(ends(left));
            prop_assert_eq!(&merged, &ends(&all));
            prop_assert!(merged.iter().count() <= Ends::LIMIT);
            let latest = all.iter().map(|(_, second)| i64::from(*second)).max();
            prop_assert_eq!(merged.iter().map(|(_, time)| time.as_second()).max(), latest);
        }
    }
}
