use std::sync::Arc;

use proptest::prelude::*;

use super::{Listed, Snapshot, SnapshotReading, Unlisted, read};
use crate::{
    model::{coverage::SourceStatus, kubernetes::version::ServerVersion},
    scan::snapshot::{Collection as _, kind_of},
    source::{limits::Limits, list::SNAPSHOT},
};

const RBAC: &str = "rbac.authorization.k8s.io";

fn listed(group: &str, resource: &str, kind: &str, items: u64) -> Listed {
    Listed {
        group: group.to_owned(),
        version: "v1".to_owned(),
        resource: resource.to_owned(),
        kind: kind.to_owned(),
        items,
    }
}

/// One ClusterRole, and nothing else of anything.
fn small() -> Snapshot {
    let role = format!(
        "{{\"apiVersion\":\"{RBAC}/v1\",\"kind\":\"ClusterRole\",\"metadata\":{{\"name\":\"look\"}},\
         \"rules\":[{{\"verbs\":[\"get\"],\"apiGroups\":[\"\"],\"resources\":[\"pods\"]}}]}}"
    );
    Snapshot {
        name: "prod".to_owned(),
        collected_at: "2026-11-22T00:00:00Z".to_owned(),
        server_version: Some("v1.33.4".to_owned()),
        listed: vec![
            listed(RBAC, "clusterrolebindings", "ClusterRoleBinding", 0),
            listed(RBAC, "clusterroles", "ClusterRole", 1),
            listed(RBAC, "rolebindings", "RoleBinding", 0),
            listed(RBAC, "roles", "Role", 0),
            listed("", "secrets", "Secret", 0),
        ],
        gaps: Vec::new(),
        items: vec![role.into_bytes().into()],
    }
}

fn reading(bytes: &[u8]) -> SnapshotReading {
    read(&Arc::from("dump.json"), Ok(bytes), &Limits::default())
}

fn read_back(snapshot: &Snapshot) -> SnapshotReading {
    reading(&snapshot.to_json().unwrap())
}

fn unlisted(group: &str, resource: &str) -> Unlisted {
    Unlisted {
        group: group.to_owned(),
        resource: resource.to_owned(),
        reason: "refused".to_owned(),
    }
}

#[test]
fn what_was_listed_and_is_not_there_is_known_not_to_be() {
    let SnapshotReading { cluster, record, gaps, .. } = read_back(&small());
    assert!(gaps.is_empty() && cluster.gaps.is_empty(), "{gaps:?} {:?}", cluster.gaps);
    assert!(cluster.has_kind("Secret") && cluster.has_kind("rbac.authorization.k8s.io/Role"));
    assert!(cluster.lists("Secret") && !cluster.shows("Secret"));
    assert!(!cluster.has_kind("Pod") && !cluster.lists("Pod"), "nobody listed pods");
    assert_eq!(cluster.version, Some(ServerVersion { major: 1, minor: 33 }));
    assert_eq!((record.status, record.items), (SourceStatus::Read, 1));
    assert_eq!(record.path, "kubernetes/prod");
}

#[test]
fn an_object_stands_in_its_cluster_and_in_no_line() {
    let location = read_back(&small()).cluster.roles[0].location.clone();
    assert_eq!((&*location.path, location.line), ("kubernetes/prod", None));
    assert_eq!(location.object.as_deref(), Some("ClusterRole/look"));
}

#[test]
fn the_digest_is_that_of_the_objects_and_not_of_the_hour() {
    let digest = |snapshot: &Snapshot| read_back(snapshot).record.digest;
    let mut later = small();
    later.collected_at = "2027-01-01T00:00:00.5Z".to_owned();
    assert_eq!(digest(&small()), digest(&later));
    later.items.clear();
    assert_ne!(digest(&small()), digest(&later));
}

#[test]
fn an_unlisted_resource_of_rbac_leaves_rights_open_and_another_does_not() {
    let mut snapshot = small();
    snapshot.gaps = vec![unlisted("", "pods")];
    let without_pods = read_back(&snapshot);
    assert!(without_pods.cluster.open.is_empty());
    assert!(without_pods.cluster.gaps[0].reason.contains("pods: refused"));
    assert_eq!(without_pods.record.status, SourceStatus::Partial);
    snapshot.gaps = vec![unlisted(RBAC, "rolebindings")];
    let without_bindings = read_back(&snapshot);
    assert!(without_bindings.cluster.open[0].reason.contains("rolebindings.rbac"));
}

#[test]
fn objects_of_a_kind_that_was_not_listed_whole_count_but_the_kind_does_not() {
    let mut snapshot = small();
    snapshot.listed.retain(|listed| listed.kind != "ClusterRole");
    let cluster = read_back(&snapshot).cluster;
    assert_eq!(cluster.roles.len(), 1);
    assert!(!cluster.has_kind("rbac.authorization.k8s.io/ClusterRole"));
    assert!(!cluster.lists("rbac.authorization.k8s.io/ClusterRole"));
}

#[test]
fn a_kind_with_a_gap_is_not_listed_whatever_else_is_said() {
    let mut snapshot = small();
    snapshot.gaps = vec![unlisted("", "secrets")];
    assert!(!read_back(&snapshot).cluster.lists("Secret"));
}

#[test]
fn a_snapshot_that_does_not_add_up_leaves_rights_open() {
    let text = String::from_utf8(small().to_json().unwrap()).unwrap();
    let edits = [
        ("a count", text.replace("\"items\":1}", "\"items\":2}")),
        ("the end", text.replace(",\n\"end\":{\"items\":1}", "")),
        ("the name", text.replace("\"name\":\"prod\",", "")),
        ("the version", text.replace("gradus/v1", "gradus/v9")),
        (
            "an object",
            text.replace("\"kind\":\"ClusterRole\",\"metadata\"", "\"kind\":7,\"metadata\""),
        ),
        ("a second one", format!("{text}{text}")),
        (
            "a key twice",
            text.replace(
                "\"kind\":\"ClusterRole\",\"metadata\"",
                "\"kind\":\"Role\",\"kind\":\"ClusterRole\",\"metadata\"",
            ),
        ),
        ("its items", text.replace("\"items\":[", "\"items\":null,\"other\":[")),
        ("half of it", text[..text.len() / 2].to_owned()),
        ("all of it", String::new()),
    ];
    for (what, edited) in edits {
        assert_ne!(edited, text, "{what}");
        let reading = reading(edited.as_bytes());
        assert!(!reading.cluster.open.is_empty(), "{what}: {:?}", reading.cluster.gaps);
        assert_ne!(reading.record.status, SourceStatus::Read, "{what}");
    }
}

#[test]
fn a_snapshot_is_told_by_its_head() {
    assert_eq!(kind_of(&small().to_json().unwrap()), Some(SNAPSHOT));
    assert_eq!(kind_of(b"{\"apiVersion\": \"v1\", \"kind\": \"List\"}"), None);
    assert_eq!(kind_of(b"kind: KubernetesSnapshot of somebody else"), None);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_are_too_strange(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let reading = reading(&bytes);
        prop_assert!(!reading.cluster.open.is_empty());
    }

    /// One byte changed, or all after it gone: it is read, or said to be broken,
    /// and what no longer adds up is never whole.
    #[test]
    fn no_damage_is_too_strange(at in 0..600_usize, byte in any::<u8>(), cut in any::<bool>()) {
        let mut bytes = small().to_json().unwrap();
        let at = at % bytes.len();
        bytes[at] = byte;
        if cut {
            // All that stands after the last brace is a line break.
            bytes.truncate(at.min(bytes.len() - 2));
        }
        let reading = reading(&bytes);
        prop_assert!(!cut || !reading.cluster.open.is_empty());
        let whole = reading.record.status == SourceStatus::Read;
        prop_assert!(!whole || reading.cluster.open.is_empty());
    }
}
