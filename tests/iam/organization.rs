//! What an organisation takes, as far as its files tell.

use gradus::{
    model::{
        aws::{AccountSnapshot, organization::ControlKind},
        capability::Condition,
        guardrail::GuardrailState,
    },
    privilege::iam::Decision,
    scan::aws,
    source::{self, SyntaxHint, limits::Limits},
};
use serde_json::{Value, json};

use crate::account::{ROLE, allow, decide, deny, example, is_allowed, is_denied, reach, read};

const ACCOUNT: &str = "111122223333";
const TABLE: &str = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders";

fn arn(rest: &str) -> String {
    format!("arn:aws:organizations::999988887777:{rest}")
}

/// What one file of that name tells.
fn told(name: &str, content: &Value) -> aws::Details {
    let file = format!("aws/{name}").into();
    let text = content.to_string();
    let parsed = source::parse(&file, text.as_bytes(), SyntaxHint::Json, &Limits::default());
    assert!(aws::recognise(&parsed.documents[0]), "{name}");
    aws::read(&parsed.documents[0])
}

fn summary(id: &str, kind: &str) -> Value {
    json!({"Id": id, "Arn": arn(&format!("policy/o-gradus0000/{id}")), "Name": id, "Type": kind,
        "AwsManaged": id.ends_with("FullAWSAccess")})
}

fn policies(ids: &[&str]) -> Value {
    json!({"Policies": ids.iter().map(|id| summary(id, "SERVICE_CONTROL_POLICY")).collect::<Vec<_>>()})
}

fn policy(id: &str, statements: &Value) -> (String, Value) {
    let content = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    let summary = summary(id, "SERVICE_CONTROL_POLICY");
    (format!("{id}.json"), json!({"Policy": {"PolicySummary": summary, "Content": content}}))
}

/// The files of an organisation: the account below one unit, everything allowed.
fn files() -> Vec<(String, Value)> {
    let parent = |id: &str, kind: &str| json!({"Parents": [{"Id": id, "Type": kind}]});
    vec![
        (
            "organization.json".to_owned(),
            json!({"Organization": {"Id": "o-gradus0000",
            "Arn": arn("organization/o-gradus0000"), "FeatureSet": "ALL",
            "MasterAccountId": "999988887777"}}),
        ),
        (
            "roots.json".to_owned(),
            json!({"Roots": [{"Id": "r-ab12",
            "Arn": arn("root/o-gradus0000/r-ab12"),
            "PolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]}]}),
        ),
        (format!("parents.{ACCOUNT}.json"), parent("ou-ab12-agents00", "ORGANIZATIONAL_UNIT")),
        ("parents.ou-ab12-agents00.json".to_owned(), parent("r-ab12", "ROOT")),
        ("policies.r-ab12.json".to_owned(), policies(&["p-FullAWSAccess"])),
        ("policies.ou-ab12-agents00.json".to_owned(), policies(&["p-FullAWSAccess"])),
        (format!("policies.{ACCOUNT}.json"), policies(&["p-FullAWSAccess"])),
    ]
}

/// The example account, its agents holding everything of DynamoDB, with these files.
fn within(files: &[(String, Value)]) -> AccountSnapshot {
    let mut dump = example();
    dump["Policies"][0]["PolicyVersionList"][0]["Document"]["Statement"] =
        json!([allow("dynamodb:*", "*")]);
    let mut account = read(&dump).snapshot;
    for (name, content) in files {
        account.merge(told(name, content).snapshot);
    }
    account
}

fn replace(files: &mut [(String, Value)], name: &str, content: Value) {
    let file = files.iter_mut().find(|(own, _)| own == name).expect("there is such a file");
    file.1 = content;
}

#[test]
fn policies_that_allow_everything_take_nothing() {
    let account = within(&files());
    assert!(is_allowed(&account, "dynamodb:PutItem", TABLE));
    let reach = reach(&account);
    assert!(reach.capabilities.iter().all(|row| row.condition == Condition::Always));
}

#[test]
fn every_level_must_allow() {
    for level in ["r-ab12", "ou-ab12-agents00", ACCOUNT] {
        let mut files = files();
        replace(&mut files, &format!("policies.{level}.json"), policies(&["p-reading0"]));
        files.push(policy("p-reading0", &json!([allow("dynamodb:Get*", "*")])));
        let account = within(&files);
        assert!(is_allowed(&account, "dynamodb:GetItem", TABLE), "{level}");
        assert!(is_denied(&account, "dynamodb:PutItem", TABLE), "{level}");
        let told = reach(&account).capabilities;
        assert!(
            told.iter().all(|row| row.action.contains("Get") || row.action.contains("get")),
            "{level}: {told:#?}"
        );
    }
}

#[test]
fn a_deny_at_any_level_takes_beside_an_allow_of_everything() {
    let mut files = files();
    replace(&mut files, "policies.r-ab12.json", policies(&["p-FullAWSAccess", "p-nodelete"]));
    files.push(policy("p-nodelete", &json!([deny("dynamodb:Delete*", "*")])));
    let account = within(&files);
    let Decision::Denied { by: Some(grant) } = decide(&account, "dynamodb:DeleteTable", TABLE)
    else {
        panic!("the organisation denies");
    };
    assert_eq!(grant.description, "r-ab12 → service control policy p-nodelete, statement 1");
    assert!(is_allowed(&account, "dynamodb:PutItem", TABLE));
}

#[test]
fn the_management_account_and_roles_of_services_are_free() {
    let mut files = files();
    replace(&mut files, "policies.r-ab12.json", policies(&["p-nothing0"]));
    files.push(policy("p-nothing0", &json!([deny("*", "*")])));
    assert!(is_denied(&within(&files), "dynamodb:PutItem", TABLE));
    let management = json!({"Organization": {"Id": "o-gradus0000",
        "Arn": "arn:aws:organizations::111122223333:organization/o-gradus0000",
        "MasterAccountId": ACCOUNT, "FeatureSet": "ALL"}});
    let mut own = files.clone();
    own.retain(|(name, _)| name != "roots.json" && name != "organization.json");
    own.push(("organization.json".to_owned(), management));
    let own: Vec<_> = own
        .into_iter()
        .map(|(name, value)| {
            let text = value.to_string().replace("999988887777", ACCOUNT);
            (name, serde_json::from_str(&text).expect("still JSON"))
        })
        .collect();
    assert!(is_allowed(&within(&own), "dynamodb:PutItem", TABLE));
}

#[test]
fn without_its_management_account_an_organisation_takes_nothing_for_certain() {
    let mut files = files();
    files.retain(|(name, _)| !name.starts_with("organization") && !name.starts_with("roots"));
    for (_, content) in &mut files {
        let text = content.to_string().replace("999988887777", "aws");
        *content = serde_json::from_str(&text).expect("still JSON");
    }
    assert!(matches!(decide(&within(&files), "dynamodb:PutItem", TABLE), Decision::Unknown(_)));
}

#[test]
fn an_organisation_caps_what_the_trust_policy_of_a_role_gives() {
    let admin = "arn:aws:iam::111122223333:role/admin";
    let mut dump = example();
    dump["RoleDetailList"][2]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] =
        json!({"AWS": ROLE});
    let with = |files: &[(String, Value)]| {
        let mut account = read(&dump).snapshot;
        for (name, content) in files {
            account.merge(told(name, content).snapshot);
        }
        account
    };
    let mut files = files();
    assert!(is_allowed(&with(&files), "sts:AssumeRole", admin));
    replace(&mut files, "policies.r-ab12.json", policies(&["p-reading0"]));
    files.push(policy("p-reading0", &json!([allow("s3:Get*", "*")])));
    let account = with(&files);
    assert!(is_denied(&account, "sts:AssumeRole", admin));
    assert!(reach(&account).capabilities.is_empty());
}

#[test]
fn an_organisation_for_billing_has_no_policies() {
    let mut files = files();
    files[0].1["Organization"]["FeatureSet"] = json!("CONSOLIDATED_BILLING");
    replace(&mut files, "policies.r-ab12.json", policies(&["p-nothing0"]));
    files.push(policy("p-nothing0", &json!([deny("*", "*")])));
    assert!(is_allowed(&within(&files), "dynamodb:PutItem", TABLE));
}

#[test]
fn a_kind_that_is_switched_off_takes_nothing() {
    let mut files = files();
    files[1].1["Roots"][0]["PolicyTypes"] = json!([]);
    replace(&mut files, "policies.r-ab12.json", policies(&["p-nothing0"]));
    files.push(policy("p-nothing0", &json!([deny("*", "*")])));
    assert!(is_allowed(&within(&files), "dynamodb:PutItem", TABLE));
}

#[test]
fn what_is_not_in_the_evidence_leaves_rights_unknown_and_takes_none() {
    let missing = [
        format!("parents.{ACCOUNT}.json"),
        "parents.ou-ab12-agents00.json".to_owned(),
        "policies.r-ab12.json".to_owned(),
        format!("policies.{ACCOUNT}.json"),
    ];
    for name in missing {
        let mut files = files();
        files.retain(|(own, _)| *own != name);
        let account = within(&files);
        let decision = decide(&account, "dynamodb:PutItem", TABLE);
        assert!(
            matches!(&decision, Decision::Unknown(why) if why.contains("not in the evidence")),
            "{name}: {decision:?}"
        );
        let told = reach(&account).capabilities;
        assert!(!told.is_empty(), "{name}");
        assert!(told.iter().all(|row| matches!(row.condition, Condition::Unknown(_))), "{name}");
        assert!(is_denied(&account, "ec2:StopInstances", "*"), "what nothing allows stays denied");
    }
}

#[test]
fn a_policy_without_its_document_leaves_its_level_unknown() {
    let mut files = files();
    replace(&mut files, "policies.r-ab12.json", policies(&["p-FullAWSAccess", "p-unseen00"]));
    let decision = decide(&within(&files), "dynamodb:PutItem", TABLE);
    assert!(
        matches!(&decision, Decision::Unknown(why) if why.contains("p-unseen00")),
        "{decision:?}"
    );
}

#[test]
fn a_policy_that_cannot_be_read_leaves_its_level_unknown_and_denies_what_it_says() {
    let mut files = files();
    replace(&mut files, "policies.r-ab12.json", policies(&["p-FullAWSAccess", "p-partly00"]));
    let broken = json!([deny("dynamodb:DeleteTable", "*"), {"Effect": "Deny", "Action": "x:*"}]);
    files.push(policy("p-partly00", &broken));
    let account = within(&files);
    assert!(is_denied(&account, "dynamodb:DeleteTable", TABLE));
    assert!(matches!(decide(&account, "dynamodb:PutItem", TABLE), Decision::Unknown(_)));
}

#[test]
fn a_policy_that_is_not_json_leaves_its_level_unknown() {
    for content in ["{", "%7B%22Version%22", "Deny everything"] {
        let mut files = files();
        replace(&mut files, "policies.r-ab12.json", policies(&["p-FullAWSAccess", "p-broken00"]));
        let (name, mut file) = policy("p-broken00", &json!([]));
        file["Policy"]["Content"] = json!(content);
        assert!(!told(&name, &file).gaps.is_empty(), "{content}");
        files.push((name, file));
        let decision = decide(&within(&files), "dynamodb:PutItem", TABLE);
        assert!(matches!(decision, Decision::Unknown(_)), "{content}: {decision:?}");
    }
}

#[test]
fn files_that_contradict_each_other_tell_nothing() {
    let mut files = files();
    files.push(("other.r-ab12.json".to_owned(), policies(&["p-nothing0"])));
    let decision = decide(&within(&files), "dynamodb:PutItem", TABLE);
    assert!(
        matches!(&decision, Decision::Unknown(why) if why.contains("contradict")),
        "{decision:?}"
    );
}

#[test]
fn a_page_before_the_last_is_no_list() {
    let mut page = policies(&["p-FullAWSAccess"]);
    page["NextToken"] = json!("more");
    let details = told("policies.r-ab12.json", &page);
    assert!(details.snapshot.organization.attached.is_empty());
    assert!(details.gaps.iter().any(|gap| gap.reason.contains("before its last page")));
}

#[test]
fn a_list_that_does_not_say_of_whom_is_a_gap() {
    let parents = json!({"Parents": [{"Id": "r-ab12", "Type": "ROOT"}]});
    for name in ["parents.json", "parents.111122223333.444455556666.json"] {
        let details = told(name, &parents);
        assert!(details.snapshot.organization.parents.is_empty());
        assert!(details.gaps.iter().any(|gap| gap.reason.contains("name the file")), "{name}");
    }
}

#[test]
fn targets_of_all_policies_tell_what_each_place_has() {
    let mut files = files();
    files.retain(|(name, _)| !name.starts_with("policies."));
    files.push(("list-policies.json".to_owned(), policies(&["p-FullAWSAccess", "p-nodelete"])));
    let targets = |ids: &[&str]| json!({"Targets": ids.iter().map(|id| json!({"TargetId": id, "Type": "ROOT"})).collect::<Vec<_>>()});
    let all = ["r-ab12", "ou-ab12-agents00", ACCOUNT];
    files.push(("targets.p-FullAWSAccess.json".to_owned(), targets(&all)));
    files.push(policy("p-nodelete", &json!([deny("dynamodb:Delete*", "*")])));
    let unknown = within(&files);
    assert!(matches!(decide(&unknown, "dynamodb:PutItem", TABLE), Decision::Unknown(_)));
    files.push(("targets.p-nodelete.json".to_owned(), targets(&["r-ab12"])));
    let account = within(&files);
    assert!(is_allowed(&account, "dynamodb:PutItem", TABLE));
    assert!(is_denied(&account, "dynamodb:DeleteTable", TABLE));
}

#[test]
fn units_and_accounts_of_a_parent_tell_where_they_are() {
    let accounts =
        json!({"Accounts": [{"Id": ACCOUNT, "Arn": arn("account/o-gradus0000/111122223333")}]});
    let details = told("accounts.ou-ab12-agents00.json", &accounts);
    let organization = details.snapshot.organization;
    assert_eq!(organization.parents[ACCOUNT], Some("ou-ab12-agents00".to_owned()));
    assert_eq!(organization.id.as_deref(), Some("o-gradus0000"), "the ARN tells");
    assert_eq!(organization.management.as_deref(), Some("999988887777"));
}

#[test]
fn units_that_stand_in_a_circle_end() {
    let mut files = files();
    replace(
        &mut files,
        "parents.ou-ab12-agents00.json",
        json!({"Parents": [{"Id": "ou-ab12-agents00", "Type": "ORGANIZATIONAL_UNIT"}]}),
    );
    let decision = decide(&within(&files), "dynamodb:PutItem", TABLE);
    assert!(matches!(&decision, Decision::Unknown(why) if why.contains("no end")), "{decision:?}");
}

#[test]
fn the_organisation_of_the_account_is_known_to_conditions() {
    let mut files = files();
    replace(&mut files, "policies.r-ab12.json", policies(&["p-FullAWSAccess", "p-strange0"]));
    let strangers = json!([{"Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-gradus0000"}}}]);
    files.push(policy("p-strange0", &strangers));
    assert!(is_allowed(&within(&files), "dynamodb:PutItem", TABLE));
}

#[test]
fn control_of_resources_denies_what_the_account_holds_of_services_it_reaches() {
    let mut files = files();
    files[1].1["Roots"][0]["PolicyTypes"] = json!([
        {"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"},
        {"Type": "RESOURCE_CONTROL_POLICY", "Status": "ENABLED"}]);
    let kind = "RESOURCE_CONTROL_POLICY";
    let guard = summary("p-guard000", kind);
    files.push((
        "guards.r-ab12.json".to_owned(),
        json!({"Policies": [summary("p-RCPFullAWSAccess", kind), guard.clone()]}),
    ));
    let content = json!({"Version": "2012-10-17", "Statement":
        [{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}]})
    .to_string();
    files.push((
        "p-guard000.json".to_owned(),
        json!({"Policy": {"PolicySummary": guard, "Content": content}}),
    ));
    let mut dump = example();
    dump["Policies"][0]["PolicyVersionList"][0]["Document"]["Statement"] = json!([allow("*", "*")]);
    let mut account = read(&dump).snapshot;
    for (name, content) in &files {
        account.merge(told(name, content).snapshot);
    }
    assert_eq!(account.organization.policies["p-guard000"].kind, ControlKind::Resource);
    assert!(is_denied(&account, "sqs:SendMessage", "arn:aws:sqs:eu-west-1:111122223333:jobs"));
    let elsewhere = "arn:aws:sqs:eu-west-1:444455556666:jobs";
    assert!(is_allowed(&account, "sqs:SendMessage", elsewhere), "another account's queue");
    assert!(is_allowed(&account, "dynamodb:PutItem", TABLE), "a service it does not reach");
    let bucket = decide(&account, "s3:GetObject", "arn:aws:s3:::logs/a");
    assert!(matches!(bucket, Decision::AllowedIf { .. }), "whose bucket? {bucket:?}");
}

#[test]
fn a_control_policy_that_takes_something_is_a_guardrail_and_one_that_cannot_work_is_told() {
    let mut files = files();
    let both = ["p-FullAWSAccess", "p-nodelete", "p-seconds0", "p-other000"];
    replace(&mut files, "policies.r-ab12.json", policies(&both));
    replace(&mut files, &format!("policies.{ACCOUNT}.json"), policies(&["p-reading0"]));
    files.push(policy("p-nodelete", &json!([deny("dynamodb:Delete*", "*")])));
    let mut seconds = deny("dynamodb:*", "*");
    seconds["Condition"] = json!({"Null": {"aws:MultiFactorAuthPresent": "true"}});
    files.push(policy("p-seconds0", &json!([seconds])));
    files.push(policy("p-other000", &json!([deny("s3:*", "*")])));
    files.push(policy("p-reading0", &json!([allow("dynamodb:Get*", "*")])));
    let guardrails = reach(&within(&files)).guardrails;
    let told: Vec<(&str, GuardrailState)> =
        guardrails.iter().map(|own| (own.name.as_str(), own.state)).collect();
    assert_eq!(
        told,
        [
            ("111122223333 → service control policy p-reading0", GuardrailState::Enforced),
            ("r-ab12 → service control policy p-nodelete, statement 1", GuardrailState::Enforced),
            (
                "r-ab12 → service control policy p-seconds0, statement 1",
                GuardrailState::Ineffective
            ),
        ]
    );
}

#[test]
fn control_policies_that_are_not_in_the_evidence_are_undecided() {
    let mut files = files();
    replace(&mut files, "policies.r-ab12.json", policies(&["p-reading0"]));
    let guardrails = reach(&within(&files)).guardrails;
    assert!(guardrails.iter().all(|own| own.state == GuardrailState::Undecided), "{guardrails:?}");
    assert_eq!(guardrails.len(), 1);
}
