use std::sync::Arc;

use proptest::prelude::*;
use serde_json::json;

use super::{DETAILS, Listed, Refused, Snapshot, SnapshotReading, read};
use crate::{
    model::coverage::SourceStatus,
    scan::snapshot::{Collection as _, kind_of},
    source::{limits::Limits, list::AWS_SNAPSHOT},
};

const ROLE: &str = "arn:aws:iam::111122223333:role/bot";

/// A page that holds one role.
fn page(arn: &str) -> Box<[u8]> {
    json!({"RoleDetailList": [{
        "RoleName": "bot", "Arn": arn, "RolePolicyList": [], "AttachedManagedPolicies": [],
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []},
    }]})
    .to_string()
    .into_bytes()
    .into()
}

fn listed(action: &str, items: u64) -> Listed {
    Listed { action: action.to_owned(), region: None, items }
}

fn refused(action: &str) -> Refused {
    let (region, object) = (None, None);
    Refused { action: action.to_owned(), region, object, reason: "no".to_owned() }
}

fn small() -> Snapshot {
    Snapshot {
        name: "prod".to_owned(),
        account: Some("111122223333".to_owned()),
        collected_at: "2026-11-22T00:00:00Z".to_owned(),
        listed: vec![listed(DETAILS, 1), listed("iam:GetAccountSummary", 1)],
        gaps: Vec::new(),
        items: vec![
            page(ROLE),
            json!({"SummaryMap": {"Users": 0}}).to_string().into_bytes().into(),
        ],
    }
}

fn reading(bytes: &[u8]) -> SnapshotReading {
    read(&Arc::from("dump.json"), Ok(bytes), &Limits::default())
}

fn read_back(snapshot: &Snapshot) -> SnapshotReading {
    reading(&snapshot.to_json().unwrap())
}

/// Whether it is known that there is nobody else.
fn is_whole(reading: &SnapshotReading) -> bool {
    let told = reading.record.status == SourceStatus::Read;
    assert_eq!(told, reading.account.truncated.is_none(), "{:?}", reading.gaps);
    told
}

#[test]
fn a_snapshot_is_told_by_its_head() {
    assert_eq!(kind_of(&small().to_json().unwrap()), Some(AWS_SNAPSHOT));
    assert_eq!(kind_of(b"{\"RoleDetailList\": []}"), None);
}

#[test]
fn a_principal_stands_in_its_account_and_in_no_line() {
    let reading = read_back(&small());
    assert!(is_whole(&reading), "{:?}", reading.gaps);
    let location = &reading.account.roles[ROLE].identity.location;
    assert_eq!((&*location.path, location.line), ("aws/prod", None));
    assert_eq!((&*reading.record.path, reading.record.items), ("aws/prod", 2));
}

#[test]
fn the_digest_is_that_of_the_account_and_not_of_the_hour() {
    let mut later = small();
    later.set_collected_at("2027-01-01T00:00:00Z".to_owned());
    let mut other = small();
    other.items[0] = page("arn:aws:iam::111122223333:role/other");
    let digest = |snapshot: &Snapshot| read_back(snapshot).record.digest;
    assert_eq!(digest(&small()), digest(&later));
    assert_ne!(digest(&small()), digest(&other));
}

#[test]
fn refused_details_leave_everybody_unknown() {
    let mut snapshot = small();
    snapshot.listed.remove(0);
    snapshot.items.remove(0);
    snapshot.gaps.push(refused(DETAILS));
    let reading = read_back(&snapshot);
    assert!(!is_whole(&reading));
    assert!(reading.record.reason.unwrap().starts_with("iam:GetAccountAuthorizationDetails: no"));
}

#[test]
fn another_call_that_was_refused_is_a_gap_and_hides_nobody() {
    let mut snapshot = small();
    snapshot.gaps.push(refused("iam:GetCredentialReport"));
    let reading = read_back(&snapshot);
    assert_eq!(reading.record.status, SourceStatus::Partial);
    assert!(reading.account.truncated.is_none());
}

#[test]
fn what_does_not_add_up_leaves_everybody_unknown() {
    let whole = String::from_utf8(small().to_json().unwrap()).unwrap();
    let line = |number: usize| whole.lines().nth(number).unwrap().to_owned() + "\n";
    for (how, edited) in [
        ("a document was taken out", whole.replace(&line(5), "")),
        ("a count was changed", whole.replace("\"items\":1}", "\"items\":2}")),
        ("nothing is said to be listed", whole.replace(DETAILS, "iam:ListUsers")),
        ("no end", whole.replace("\"end\"", "\"middle\"")),
        ("no list", whole.replace("\"items\":[", "\"items\":{}, \"x\":[")),
        ("another account", whole.replace("\"111122223333\"", "\"999999999999\"")),
        ("another version", whole.replace("gradus/v1", "gradus/v1beta")),
        ("an unknown document", whole.replace("SummaryMap", "Summary")),
        ("cut short", whole[..whole.len() / 2].to_owned()),
        ("the end cut off", whole[..whole.len() - 4].to_owned()),
        ("empty", String::new()),
    ] {
        assert_ne!(edited, whole, "{how}");
        assert!(!is_whole(&reading(edited.as_bytes())), "{how}");
    }
}

#[test]
fn what_all_documents_lack_is_told_once() {
    let mut snapshot = small();
    let one = read_back(&snapshot).gaps.len();
    snapshot.items.insert(0, page("arn:aws:iam::111122223333:role/other"));
    snapshot.listed[0].items = 2;
    assert_eq!(read_back(&snapshot).gaps.len(), one);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_byte_that_is_changed_never_makes_a_whole_snapshot_of_another_one(
        at in any::<prop::sample::Index>(), byte in any::<u8>(),
    ) {
        let whole = small().to_json().unwrap();
        let mut bytes = whole.clone();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        // Names and reasons may change; who there is may not be lost unseen.
        let reading = reading(&bytes);
        let lost = reading.account.roles.is_empty();
        prop_assert!(!lost || reading.record.status != SourceStatus::Read);
    }
}
