//! A gradus that was built without live systems says so, and does not pass.
#![cfg(not(all(feature = "kubernetes", feature = "aws", feature = "mcp")))]
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up must stop")]

mod support;

use support::run;

#[cfg(not(feature = "kubernetes"))]
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

#[cfg(not(feature = "aws"))]
#[test]
fn whoever_asks_for_a_live_account_is_told_how_else() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        &["assess", "--live", "aws"][..],
        &["gate", "--live", "aws=prod"],
        &["collect", "aws", "-o", "it.json.zst"],
        &["collect", "aws", "--permissions"],
    ] {
        run(folder.path(), arguments).ended(2).says("feature `aws`").says("as files");
    }
}

#[cfg(not(feature = "mcp"))]
#[test]
fn whoever_asks_for_live_tool_servers_is_told() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&["assess", "--live", "mcp=k8s"][..], &["gate", "--live", "mcp=k8s"]] {
        run(folder.path(), arguments).ended(2).says("feature `mcp`");
    }
}
