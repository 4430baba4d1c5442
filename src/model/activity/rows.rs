//! Rows of a log that are kept one by one, in bounded number.
//!
//! The *latest* are kept: those of the window that is judged. Which ones they are
//! depends on all rows together and not on their order, so that parts of a log
//! merge to the same rows in any order; how many were left out is counted.

/// The latest rows, by their order, which must begin with the time. Two are compared
/// after they are settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows<T> {
    /// In no order while rows are added.
    rows: Vec<T>,
    beyond: u64,
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), beyond: 0 }
    }
}

impl<T: Ord> Rows<T> {
    /// Adds a row, of which `limit` are kept. A quarter of slack, so that choosing is
    /// paid for by many additions.
    pub fn add(&mut self, row: T, limit: usize) {
        self.rows.push(row);
        if self.rows.len() > limit + limit / 4 {
            self.keep(limit);
        }
    }

    /// Makes room for so many more rows, of which `limit` are kept.
    pub fn reserve(&mut self, rows: usize, limit: usize) {
        let most = limit + limit / 4 + 1;
        self.rows.reserve_exact(rows.min(most.saturating_sub(self.rows.len())));
    }

    /// Adds the rows of another part of the log.
    pub fn merge(&mut self, other: Self, limit: usize) {
        self.beyond += other.beyond;
        self.rows.extend(other.rows);
        if self.rows.len() > limit + limit / 4 {
            self.keep(limit);
        }
    }

    /// Keeps the latest `limit` rows.
    pub fn keep(&mut self, limit: usize) {
        let Some(surplus) = self.rows.len().checked_sub(limit).filter(|surplus| *surplus > 0)
        else {
            return;
        };
        self.beyond += surplus as u64;
        if limit > 0 {
            self.rows.select_nth_unstable(surplus);
        }
        self.rows.drain(..surplus);
        self.rows.shrink_to(limit + limit / 4);
    }

    /// Brings the bound and the order into force: from the earliest to the latest.
    pub fn settle(&mut self, limit: usize) {
        self.keep(limit);
        self.rows.sort_unstable();
    }

    /// Takes rows out, without counting them as left out.
    pub(super) fn leave_out(&mut self, is: impl Fn(&T) -> bool) -> Vec<T> {
        let (out, kept) = std::mem::take(&mut self.rows).into_iter().partition(|row| is(row));
        self.rows = kept;
        out
    }

    /// Puts other rows in the place of those that are kept, in their order.
    pub(super) fn replace(&mut self, change: impl FnOnce(Vec<T>) -> Vec<T>) {
        self.rows = change(std::mem::take(&mut self.rows));
        self.rows.sort_unstable();
    }

    /// The rows; in order once they are settled.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.rows.iter()
    }

    /// Rows kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there was no row at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.beyond == 0
    }

    /// Rows that were left out. Not 0: what is said of all rows is unknown.
    #[must_use]
    pub fn beyond(&self) -> u64 {
        self.beyond
    }

    /// Says that rows were left out.
    pub fn omit(&mut self, count: u64) {
        self.beyond += count;
    }
}

impl<'r, T> IntoIterator for &'r Rows<T> {
    type Item = &'r T;
    type IntoIter = std::slice::Iter<'r, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.rows.iter()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rows(all: &[u8], limit: usize) -> Rows<u8> {
        let mut rows = Rows::default();
        all.iter().for_each(|&row| rows.add(row, limit));
        rows
    }

    proptest! {
        #[test]
        fn any_split_and_order_keeps_the_same_latest_rows(
            all in prop::collection::vec(any::<u8>(), 0..80),
            at in 0.0..1.0f64,
            limit in 0usize..12,
        ) {
            let mut whole = rows(&all, limit);
            whole.settle(limit);
            let (left, right) = all.split_at((at * all.len() as f64) as usize);
            let mut merged = rows(right, limit);
            merged.merge(rows(left, limit), limit);
            merged.settle(limit);
            prop_assert_eq!(&whole, &merged);
            let mut latest = all.clone();
            latest.sort_unstable();
            let latest = latest.split_off(all.len().saturating_sub(limit));
            prop_assert_eq!(whole.iter().copied().collect::<Vec<_>>(), latest);
            prop_assert_eq!(whole.beyond() as usize, all.len().saturating_sub(limit));
        }
    }
}
