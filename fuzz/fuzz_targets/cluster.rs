//! Whatever manifests and snapshots of a cluster hold, they are read to their end, and the
//! same each time.
#![no_main]

use std::sync::Arc;

use gradus::{
    model::kubernetes::ClusterSnapshot,
    scan::kubernetes::{self, ClusterBuilder},
    source::limits::Limits,
};
use gradus_fuzz::{documents, file};
use libfuzzer_sys::fuzz_target;

fn read(path: &Arc<str>, bytes: &[u8]) -> ClusterSnapshot {
    let mut cluster = ClusterBuilder::new("fuzz");
    for document in documents(path, bytes) {
        let _ = cluster.accept(&document);
    }
    cluster.finish()
}

fuzz_target!(|input: &[u8]| {
    let (path, bytes) = file(input);
    let (first, second) = (read(&path, bytes), read(&path, bytes));
    assert_eq!(first.roles, second.roles);
    assert_eq!(first.bindings, second.bindings);
    assert_eq!(first.gaps, second.gaps);
    let snapshot = || kubernetes::snapshot::read(&path, Ok(bytes), &Limits::default());
    assert_eq!(snapshot().gaps, snapshot().gaps);
});
