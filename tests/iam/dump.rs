//! Dumps in every shape that AWS tools write them, and what of them is missing.

use gradus::{
    model::aws::{AccountSnapshot, AccountSummary, policy::Document},
    privilege::iam::Decision,
    scan::aws::{self, recognise},
};
use serde_json::{Value, json};

use crate::account::{ROLE, allow, decide, document, example, is_allowed, read};

/// The trust policy of the role `agent` and its policy as text.
fn with_documents_as(write: fn(&Value) -> String) -> Value {
    let mut dump = example();
    dump["Policies"][0]["PolicyVersionList"][0]["Document"]["Statement"] =
        json!([allow("ec2:StopInstances", "*")]);
    let policy = &mut dump["Policies"][0]["PolicyVersionList"][0]["Document"];
    *policy = Value::String(write(policy));
    let trust = &mut dump["RoleDetailList"][0]["AssumeRolePolicyDocument"];
    *trust = Value::String(write(trust));
    dump
}

fn url_encoded(document: &Value) -> String {
    document
        .to_string()
        .bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[test]
fn a_dump_is_known_by_its_content() {
    assert!(recognise(&document(&example().to_string())));
    assert!(recognise(&document(r#"{"RoleDetailList": []}"#)));
    assert!(!recognise(&document(r#"{"Policies": [{"PolicyName": "x", "Arn": "y"}]}"#)));
    assert!(!recognise(&document(r#"{"Roles": [], "Users": []}"#)));
    assert!(!recognise(&document("[]")));
}

#[test]
fn every_entry_is_counted() {
    let details = read(&example());
    assert_eq!((details.items, details.malformed), (14, 0));
    assert_eq!(details.snapshot.accounts().into_iter().collect::<Vec<_>>(), ["111122223333"]);
}

#[test]
fn documents_may_be_json_text() {
    let account = read(&with_documents_as(Value::to_string)).snapshot;
    assert!(is_allowed(&account, "ec2:StopInstances", "*"));
    assert_eq!(account.roles[ROLE].trust.statements().len(), 1);
}

#[test]
fn documents_may_be_url_encoded() {
    let account = read(&with_documents_as(url_encoded)).snapshot;
    assert!(is_allowed(&account, "ec2:StopInstances", "*"));
    assert_eq!(account.roles[ROLE].trust.statements().len(), 1);
}

#[test]
fn a_document_that_is_not_json_is_unknown_and_located() {
    for broken in ["{broken", "%7B%2", "", "null"] {
        let mut dump = example();
        dump["Policies"][0]["PolicyVersionList"][0]["Document"] = json!(broken);
        let details = read(&dump);
        assert!(matches!(
            decide(&details.snapshot, "ec2:StopInstances", "*"),
            Decision::Unknown(_)
        ));
        let gap = details.gaps.iter().find(|gap| gap.reason.contains("policy/agent")).unwrap();
        assert!(gap.location.line.is_some(), "{gap:?}");
    }
}

#[test]
fn a_statement_that_iam_would_refuse_is_a_gap_and_the_others_count() {
    for broken in [
        json!({"Effect": "allow", "Action": "s3:*", "Resource": "*"}),
        json!({"Effect": "Allow", "Resource": "*"}),
        json!({"Effect": "Allow", "Action": "s3:*"}),
        json!({"Effect": "Allow", "Action": "s3:*", "NotAction": "ec2:*", "Resource": "*"}),
        json!({"Effect": "Allow", "Action": ["s3:*", null], "Resource": "*"}),
        json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Resources": "*"}),
        json!({"Effect": "Deny", "Action": "ec2:*", "Resource": "*", "Condition": null}),
        json!({"Effect": "Deny", "Action": "ec2:*", "Resource": "*", "Condition": ["x"]}),
        json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Principal": "*"}),
        json!("Allow"),
    ] {
        let mut dump = example();
        dump["Policies"][0]["PolicyVersionList"][0]["Document"]["Statement"] =
            json!([allow("ec2:StopInstances", "*"), broken]);
        let details = read(&dump);
        assert!(is_allowed(&details.snapshot, "ec2:StopInstances", "*"), "{broken}");
        assert!(
            matches!(decide(&details.snapshot, "s3:GetObject", "*"), Decision::Unknown(_)),
            "{broken}"
        );
        assert!(details.gaps.iter().any(|gap| gap.reason.starts_with("statement 2")), "{broken}");
    }
}

#[test]
fn a_single_statement_need_not_be_a_list() {
    let mut dump = example();
    dump["Policies"][0]["PolicyVersionList"][0]["Document"]["Statement"] =
        allow("ec2:StopInstances", "*");
    assert!(is_allowed(&read(&dump).snapshot, "ec2:StopInstances", "*"));
}

#[test]
fn pages_of_one_account_are_put_together() {
    let whole = read(&example()).snapshot;
    let mut pages = AccountSnapshot::default();
    for name in ["RoleDetailList", "UserDetailList", "GroupDetailList", "Policies"] {
        let mut page = json!({name: example()[name]});
        if name != "Policies" {
            page["IsTruncated"] = json!(true);
            page["Marker"] = json!("more");
        }
        pages.merge(read(&page).snapshot);
    }
    assert!(pages.truncated.is_some(), "a page between may be missing");
    let own = |arn: &&String| arn.contains("::111122223333:");
    let mut summary = AccountSummary {
        users: whole.users.len(),
        groups: whole.groups.len(),
        roles: whole.roles.len() + 1,
        policies: whole.policies.keys().filter(own).count(),
    };
    pages.count(summary);
    assert!(pages.truncated.is_some(), "a role is missing");
    summary.roles -= 1;
    pages.count(summary);
    assert_eq!(pages.truncated, None, "the account has no more of anything");
    assert_eq!(pages.users.len(), whole.users.len());
    assert_eq!(pages.roles.len(), whole.roles.len());
    assert_eq!(pages.groups.len(), whole.groups.len());
    assert_eq!(pages.policies.len(), whole.policies.len());
}

#[test]
fn a_dump_cut_short_says_so() {
    let mut dump = example();
    dump["NextToken"] = json!("eyJNYXJrZXIi");
    let details = read(&dump);
    assert!(details.snapshot.truncated.is_some());
    assert!(details.gaps.iter().any(|gap| gap.reason.contains("before its last page")));
}

#[test]
fn the_last_page_does_not_stand_for_those_before_it() {
    let mut cut = json!({"RoleDetailList": example()["RoleDetailList"], "Marker": "more"});
    let first = read(&cut).snapshot;
    let last = read(&json!({"Policies": example()["Policies"]})).snapshot;
    for (one, two) in [(first.clone(), last.clone()), (last, first.clone())] {
        let mut account = one;
        account.merge(two);
        assert!(account.truncated.is_some());
    }
    // A whole dump beside one that was cut short is whole, if nothing is new in the other.
    let mut account = first;
    account.merge(read(&example()).snapshot);
    assert_eq!(account.truncated, None);
    cut["RoleDetailList"][0]["Arn"] = json!("arn:aws:iam::111122223333:role/new");
    account.merge(read(&cut).snapshot);
    assert!(account.truncated.is_some());
}

#[test]
fn a_page_of_another_account_does_not_complete_a_dump() {
    let mut dump = example();
    dump["IsTruncated"] = json!(true);
    let mut account = read(&dump).snapshot;
    let other = example().to_string().replace("111122223333", "444455556666");
    account.merge(aws::read(&document(&other)).snapshot);
    assert!(account.truncated.is_some());
    assert_eq!(account.accounts().len(), 2);
}

#[test]
fn the_same_dump_twice_is_one_account_without_gaps() {
    let mut account = read(&example()).snapshot;
    account.merge(read(&example()).snapshot);
    assert_eq!(account.roles.len(), 5);
    assert!(account.roles.values().all(|role| role.identity.gaps.is_empty()));
}

#[test]
fn dumps_that_contradict_each_other_leave_a_gap_and_the_rights_of_both() {
    let with = |action: &str| {
        let mut dump = example();
        dump["RoleDetailList"][0]["RolePolicyList"] = json!([{"PolicyName": "p", "PolicyDocument":
            {"Version": "2012-10-17", "Statement": [allow(action, "*")]}}]);
        read(&dump).snapshot
    };
    let mut account = with("ec2:StopInstances");
    account.merge(with("ec2:StartInstances"));
    assert!(is_allowed(&account, "ec2:StopInstances", "*"));
    assert!(is_allowed(&account, "ec2:StartInstances", "*"));
    assert!(account.roles[ROLE].identity.gaps[0].reason.contains("different content"));
}

#[test]
fn an_entry_without_an_arn_is_counted_as_malformed() {
    let mut dump = example();
    dump["UserDetailList"][1].as_object_mut().unwrap().remove("Arn");
    let details = read(&dump);
    assert_eq!((details.items, details.malformed), (13, 1));
    assert!(details.gaps.iter().any(|gap| gap.reason == "UserDetailList: an entry without Arn"));
}

#[test]
fn a_list_that_is_none_is_a_gap() {
    let mut dump = example();
    dump["Policies"] = json!({"PolicyVersionList": []});
    let details = read(&dump);
    assert_eq!(details.malformed, 1);
}

#[test]
fn a_version_in_force_that_nobody_can_tell_is_unknown() {
    let mut dump = example();
    dump["Policies"][0]["PolicyVersionList"][1]["IsDefaultVersion"] = json!(true);
    assert!(matches!(decide(&read(&dump).snapshot, "s3:GetObject", "*"), Decision::Unknown(_)));
    dump["Policies"][0]["PolicyVersionList"] = json!([]);
    assert!(matches!(decide(&read(&dump).snapshot, "s3:GetObject", "*"), Decision::Unknown(_)));
}

#[test]
fn what_no_dump_holds_is_said_once() {
    let details = read(&example());
    let said = details.gaps.iter().filter(|gap| gap.reason.contains("service control policies"));
    assert_eq!(said.count(), 1);
    assert_eq!(details.gaps.len(), 1);
}

#[test]
fn a_role_without_a_trust_policy_is_a_gap() {
    let mut dump = example();
    dump["RoleDetailList"][0].as_object_mut().unwrap().remove("AssumeRolePolicyDocument");
    let details = read(&dump);
    assert!(matches!(details.snapshot.roles[ROLE].trust, Document::Unreadable(_)));
    assert!(details.gaps.iter().any(|gap| gap.reason.contains("no trust policy")));
}

#[test]
fn a_document_of_a_version_that_nobody_knows_is_unknown() {
    let mut dump = example();
    dump["Policies"][0]["PolicyVersionList"][0]["Document"] = json!({"Version": "2031-01-01",
        "Statement": [allow("s3:*", "*")]});
    let details = read(&dump);
    assert!(details.gaps.iter().any(|gap| gap.reason.contains("unknown Version")));
    assert!(matches!(decide(&details.snapshot, "s3:GetObject", "*"), Decision::Unknown(_)));
}

#[test]
fn a_document_whose_text_is_cut_short_is_unknown() {
    for text in ["{\"Version\": \"2012-10-17\", \"Statement\": [", "%7B%22Version%2", "%FF%FE", ""]
    {
        let mut dump = example();
        dump["Policies"][0]["PolicyVersionList"][0]["Document"] = json!(text);
        let account = read(&dump).snapshot;
        assert!(matches!(decide(&account, "s3:GetObject", "*"), Decision::Unknown(_)), "{text}");
    }
}

#[test]
fn the_list_of_roles_tells_how_long_sessions_last_and_makes_no_role() {
    let roles = json!([
        {"RoleName": "bot", "Arn": "arn:aws:iam::111122223333:role/bot", "MaxSessionDuration": 43200},
        {"RoleName": "odd", "Arn": "arn:aws:iam::111122223333:role/odd", "MaxSessionDuration": "long"},
    ]);
    for dump in [json!({"Roles": roles}), json!({"Role": roles[0]})] {
        let details = read(&dump);
        let limit = details.snapshot.session_limits.get("arn:aws:iam::111122223333:role/bot");
        assert_eq!(limit, Some(&43_200));
        assert!(details.snapshot.roles.is_empty());
        assert_eq!(details.items, 1);
        assert_eq!(details.malformed, details.gaps.len() as u64);
    }
    assert_eq!(read(&json!({"Roles": roles})).malformed, 1);
}
