//! The same cluster from two sources: a copy of its files, or a snapshot that was
//! given twice. It counts once, or each of its findings would be told twice.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::model::{coverage::SourceRecord, kubernetes::ClusterSnapshot};

/// Clusters, each once; told apart by the digests of what they were read from.
#[derive(Default)]
pub(super) struct Once {
    kept: Vec<ClusterSnapshot>,
    sources: BTreeMap<BTreeSet<String>, Arc<str>>,
}

impl Once {
    /// Takes a cluster that was read from what these records tell of, unless one
    /// before it was read from the same: then the records say so, and the answer is
    /// false. What has no digest was not read whole, and is nothing that another could
    /// be the same as.
    pub(super) fn take(
        &mut self,
        cluster: ClusterSnapshot,
        records: &mut [&mut SourceRecord],
    ) -> bool {
        let digests: Option<BTreeSet<String>> =
            records.iter().map(|record| record.digest.clone()).collect();
        let digests = digests.filter(|digests| !digests.is_empty());
        let kept = digests.as_ref().and_then(|digests| self.sources.get(digests));
        if let Some(kept) = kept {
            for record in records.iter_mut().filter(|record| record.reason.is_none()) {
                record.reason =
                    Some(format!("holds the same as {kept}, byte for byte: it counts once"));
            }
            return false;
        }
        self.sources.extend(digests.map(|digests| (digests, Arc::clone(&cluster.source))));
        self.kept.push(cluster);
        true
    }

    /// The clusters, in the order they were taken.
    pub(super) fn finish(self) -> Vec<ClusterSnapshot> {
        self.kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::coverage::SourceStatus;

    fn cluster(source: &str) -> ClusterSnapshot {
        ClusterSnapshot { source: source.into(), ..ClusterSnapshot::default() }
    }

    fn record(path: &str, digest: Option<&str>) -> SourceRecord {
        SourceRecord {
            path: path.to_owned(),
            kind: "kubernetes".to_owned(),
            status: SourceStatus::Read,
            items: 1,
            malformed: 0,
            reason: None,
            digest: digest.map(str::to_owned),
        }
    }

    #[test]
    fn the_same_files_count_once_and_their_records_say_so() {
        let mut once = Once::default();
        let (mut a, mut b) = (record("one/a", Some("1")), record("one/b", Some("2")));
        let (mut c, mut d) = (record("two/b", Some("2")), record("two/a", Some("1")));
        once.take(cluster("one"), &mut [&mut a, &mut b]);
        once.take(cluster("two"), &mut [&mut c, &mut d]);
        assert_eq!(once.finish().len(), 1);
        assert_eq!((a.reason, b.reason), (None, None));
        assert!(c.reason.unwrap().contains("the same as one"));
        assert!(d.reason.is_some());
    }

    #[test]
    fn one_file_more_or_one_that_was_not_read_whole_is_another_cluster() {
        let mut once = Once::default();
        once.take(cluster("one"), &mut [&mut record("a", Some("1"))]);
        let (mut a, mut b) = (record("a", Some("1")), record("b", Some("2")));
        once.take(cluster("two"), &mut [&mut a, &mut b]);
        once.take(cluster("three"), &mut [&mut record("c", None)]);
        once.take(cluster("four"), &mut [&mut record("c", None)]);
        assert_eq!(once.finish().len(), 4);
    }
}
