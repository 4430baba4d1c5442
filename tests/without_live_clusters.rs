//! A gradus that was built without live clusters says so, and does not pass.
#![cfg(not(feature = "kubernetes"))]
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up must stop")]

mod support;

use support::run;

#[test]
fn whoever_asks_for_a_live_cluster_is_told_how_else() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        &["assess", "--live", "kubernetes"][..],
        &["gate", "--live", "kubernetes=prod"],
        &["collect", "kubernetes", "-o", "it.json.zst"],
        &["collect", "kubernetes", "--permissions"],
    ] {
        run(folder.path(), arguments).ended(2).says("feature `kubernetes`").says("as files");
    }
}
