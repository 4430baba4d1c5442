//! One principal, one action, one resource: the traps that other tools fall into.

use gradus::{
    model::aws::AccountSnapshot,
    privilege::iam::{Decision, Evaluator},
};
use serde_json::{Value, json};

use crate::account::{
    ROLE, RULES, USER, allow, bounded, conditions, decide, deny, example, holding, is_allowed,
    is_denied, read,
};

const TABLE: &str = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders";
const AUDIT: &str = "arn:aws:dynamodb:eu-west-1:111122223333:table/audit";

#[test]
fn nothing_is_allowed_without_an_allow() {
    let account = holding(json!([]));
    assert_eq!(decide(&account, "s3:GetObject", "*"), Decision::Denied { by: None });
}

#[test]
fn actions_match_in_any_case_and_resources_do_not() {
    let account = holding(json!([allow("DynamoDB:getITEM", TABLE)]));
    assert!(is_allowed(&account, "dynamodb:GetItem", TABLE));
    assert!(is_denied(&account, "dynamodb:GetItem", &TABLE.replace("orders", "Orders")));
}

#[test]
fn wildcards_stand_anywhere_in_an_action() {
    let account = holding(json!([allow("ec2:*Instance?", "*")]));
    assert!(is_allowed(&account, "ec2:TerminateInstances", "*"));
    assert!(is_denied(&account, "ec2:RunInstance", "*"));
}

#[test]
fn a_resource_glob_spans_slashes_and_at_its_end_colons() {
    let account = holding(json!([allow("dynamodb:*", "arn:aws:dynamodb:*")]));
    assert!(is_allowed(&account, "dynamodb:GetItem", TABLE));
    let account = holding(json!([allow("dynamodb:*", "arn:aws:dynamodb:*:*:*orders")]));
    assert!(is_allowed(&account, "dynamodb:GetItem", TABLE));
}

#[test]
fn whether_a_glob_within_spans_colons_is_not_certain() {
    let across = "arn:aws:dynamodb:*orders";
    let account = holding(json!([allow("dynamodb:GetItem", across)]));
    let expected = vec![format!("the resource matches {across}")];
    assert_eq!(conditions(&account, "dynamodb:GetItem", TABLE), Some(expected));
    let account = holding(json!([allow("dynamodb:*", "*"), deny("dynamodb:*", across)]));
    assert!(conditions(&account, "dynamodb:GetItem", TABLE).is_some(), "the Deny may miss");
}

#[test]
fn a_deny_in_one_policy_ends_an_allow_in_another() {
    let mut dump = example();
    dump["Policies"][0]["PolicyVersionList"][0]["Document"]["Statement"] =
        json!([allow("dynamodb:*", "*")]);
    dump["RoleDetailList"][0]["RolePolicyList"] = json!([{"PolicyName": "guard", "PolicyDocument":
        {"Version": "2012-10-17", "Statement": [deny("dynamodb:DeleteTable", "*")]}}]);
    let account = read(&dump).snapshot;
    let Decision::Denied { by: Some(grant) } = decide(&account, "dynamodb:DeleteTable", TABLE)
    else {
        panic!("the Deny decides");
    };
    assert_eq!(grant.description, "role agent → inline policy guard, statement 1");
    assert!(is_allowed(&account, "dynamodb:PutItem", TABLE));
}

#[test]
fn a_deny_on_one_resource_leaves_the_others() {
    let account = holding(json!([allow("dynamodb:*", "*"), deny("dynamodb:*", AUDIT)]));
    assert!(is_denied(&account, "dynamodb:PutItem", AUDIT));
    assert!(is_allowed(&account, "dynamodb:PutItem", TABLE));
}

#[test]
fn a_deny_under_a_condition_makes_an_allow_conditional() {
    let account = holding(json!([
        allow("dynamodb:*", "*"),
        {"Effect": "Deny", "Action": "dynamodb:*", "Resource": "*",
         "Condition": {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}},
    ]));
    let expected = vec!["not (aws:RequestedRegion StringNotEquals eu-west-1)".to_owned()];
    assert_eq!(conditions(&account, "dynamodb:PutItem", TABLE), Some(expected));
}

#[test]
fn a_deny_whose_condition_can_never_hold_denies_nothing() {
    for condition in [
        json!({"StringEquals": {"aws:CalledViaAWSMCP": "true"}}),
        json!({"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}),
        json!({"Bool": {"aws:ViaAWSMCPService": "yes"}}),
        json!({"StringEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/someone"}}),
        json!({"Null": {"aws:SourceIp": "true"}, "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
    ] {
        let account = holding(json!([
            allow("ec2:*", "*"),
            {"Effect": "Deny", "Action": "ec2:*", "Resource": "*", "Condition": condition},
        ]));
        assert!(is_allowed(&account, "ec2:TerminateInstances", "*"), "{condition}");
    }
}

#[test]
fn an_allow_whose_condition_can_never_hold_allows_nothing() {
    let account = holding(json!([{"Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": {"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}}]));
    assert!(is_denied(&account, "ec2:TerminateInstances", "*"));
}

#[test]
fn a_date_to_come_is_a_condition_and_not_the_past() {
    let account = holding(json!([{"Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": {"DateLessThan": {"aws:CurrentTime": "2099-01-01T00:00:00Z"}}}]));
    assert!(conditions(&account, "ec2:TerminateInstances", "*").is_some());
}

#[test]
fn a_condition_on_an_allow_neither_counts_as_safe_nor_as_absent() {
    let account = holding(json!([{"Effect": "Allow", "Action": "iam:*", "Resource": "*",
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}]));
    let expected = vec!["aws:MultiFactorAuthPresent Bool true".to_owned()];
    assert_eq!(conditions(&account, "iam:PutRolePolicy", ROLE), Some(expected));
}

#[test]
fn a_condition_that_the_principal_always_meets_is_none() {
    let account = holding(json!([{"Effect": "Allow", "Action": "ec2:*", "Resource": "*",
        "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/*"},
                      "StringEquals": {"aws:PrincipalAccount": "111122223333"}}}]));
    assert!(is_allowed(&account, "ec2:TerminateInstances", "*"));
}

#[test]
fn an_arn_condition_does_not_span_colons_but_a_string_condition_does() {
    let with = |operator: &str| {
        holding(json!([{"Effect": "Allow", "Action": "ec2:*", "Resource": "*",
            "Condition": {operator: {"aws:PrincipalArn": "arn:aws:*:role/agent"}}}]))
    };
    assert!(is_denied(&with("ArnLike"), "ec2:StopInstances", "*"));
    assert!(is_allowed(&with("StringLike"), "ec2:StopInstances", "*"));
}

#[test]
fn not_action_allows_everything_else_services_to_come_included() {
    let account =
        holding(json!([{"Effect": "Allow", "NotAction": ["iam:*", "sts:*"], "Resource": "*"}]));
    assert!(is_allowed(&account, "newservice:DeleteThing", "*"));
    assert!(is_denied(&account, "iam:PassRole", "*"));
}

#[test]
fn a_deny_with_not_action_is_an_allow_list_only_of_what_is_allowed() {
    let account = holding(json!([
        allow("s3:*", "*"),
        {"Effect": "Deny", "NotAction": ["s3:Get*", "ec2:*"], "Resource": "*"},
    ]));
    assert!(is_allowed(&account, "s3:GetObject", "arn:aws:s3:::a/b"));
    assert!(is_denied(&account, "s3:PutObject", "arn:aws:s3:::a/b"));
    assert!(is_denied(&account, "ec2:StopInstances", "*"));
}

#[test]
fn not_resource_allows_all_but_those() {
    let account =
        holding(json!([{"Effect": "Allow", "Action": "dynamodb:*", "NotResource": AUDIT}]));
    assert!(is_allowed(&account, "dynamodb:PutItem", TABLE));
    assert!(is_denied(&account, "dynamodb:PutItem", AUDIT));
}

#[test]
fn a_deny_with_not_resource_leaves_only_those() {
    let account = holding(json!([
        allow("dynamodb:*", "*"),
        {"Effect": "Deny", "Action": "dynamodb:*", "NotResource": TABLE},
    ]));
    assert!(is_allowed(&account, "dynamodb:PutItem", TABLE));
    assert!(is_denied(&account, "dynamodb:PutItem", AUDIT));
}

#[test]
fn not_action_with_not_resource_takes_both_complements() {
    let account = holding(json!([{"Effect": "Allow", "NotAction": "iam:*", "NotResource": AUDIT}]));
    assert!(is_allowed(&account, "dynamodb:PutItem", TABLE));
    assert!(is_denied(&account, "dynamodb:PutItem", AUDIT));
    assert!(is_denied(&account, "iam:PassRole", TABLE));
}

#[test]
fn a_boundary_limits_and_grants_nothing() {
    let account =
        bounded(json!([allow("s3:*", "*")]), json!([allow("s3:Get*", "*"), allow("ec2:*", "*")]));
    assert!(is_allowed(&account, "s3:GetObject", "*"));
    assert!(is_denied(&account, "s3:PutObject", "*"));
    assert!(is_denied(&account, "ec2:StopInstances", "*"));
}

#[test]
fn a_deny_in_a_boundary_is_a_deny() {
    let account =
        bounded(json!([allow("s3:*", "*")]), json!([allow("*", "*"), deny("s3:Delete*", "*")]));
    assert!(is_denied(&account, "s3:DeleteObject", "*"));
}

#[test]
fn a_boundary_without_a_document_leaves_it_unknown() {
    let mut dump = example();
    dump["Policies"][0]["PolicyVersionList"][0]["Document"]["Statement"] =
        json!([allow("s3:*", "*")]);
    dump["RoleDetailList"][0]["PermissionsBoundary"] =
        json!({"PermissionsBoundaryArn": "arn:aws:iam::111122223333:policy/gone"});
    let account = read(&dump).snapshot;
    assert!(matches!(decide(&account, "s3:GetObject", "*"), Decision::Unknown(_)));
    assert!(is_denied(&account, "ec2:StopInstances", "*"), "what nothing allows stays denied");
}

#[test]
fn a_policy_without_a_document_is_unknown_and_not_empty() {
    let mut dump = example();
    dump["RoleDetailList"][0]["AttachedManagedPolicies"] =
        json!([{"PolicyName": "x", "PolicyArn": "arn:aws:iam::111122223333:policy/gone"}]);
    let account = read(&dump).snapshot;
    let Decision::Unknown(reason) = decide(&account, "s3:GetObject", "*") else {
        panic!("nobody can know");
    };
    assert_eq!(
        reason,
        "role agent: the document of arn:aws:iam::111122223333:policy/gone is not in the evidence"
    );
}

#[test]
fn only_the_version_in_force_counts() {
    // Version 1 of the agents' policy allows everything.
    assert!(is_denied(&holding(json!([])), "iam:PutRolePolicy", ROLE));
}

#[test]
fn the_policies_of_a_group_count_for_its_members() {
    let mut dump = example();
    dump["GroupDetailList"][0]["GroupPolicyList"] = json!([{"PolicyName": "g", "PolicyDocument":
        {"Version": "2012-10-17", "Statement": [allow("ec2:StopInstances", "*")]}}]);
    let account = read(&dump).snapshot;
    let decision = Evaluator::new(&account, &RULES).allows(USER, "ec2:StopInstances", "*");
    let Decision::Allowed { by } = decision else { panic!("{decision:?}") };
    assert_eq!(by.description, "user agent → group ops → inline policy g, statement 1");
}

#[test]
fn a_group_that_is_not_in_the_evidence_leaves_it_unknown() {
    let mut dump = example();
    dump["UserDetailList"][0]["GroupList"] = json!(["gone"]);
    let account = read(&dump).snapshot;
    let decision = Evaluator::new(&account, &RULES).allows(USER, "s3:GetObject", "*");
    assert!(matches!(decision, Decision::Unknown(reason) if reason.contains("group gone")));
}

#[test]
fn the_own_user_name_is_filled_in() {
    let account =
        holding(json!([allow("iam:CreateAccessKey", "arn:aws:iam::*:user/${aws:username}")]));
    let decide = |resource: &str| {
        Evaluator::new(&account, &RULES).allows(USER, "iam:CreateAccessKey", resource)
    };
    assert!(matches!(decide(USER), Decision::Allowed { .. }));
    let other = "arn:aws:iam::111122223333:user/alice";
    assert_eq!(decide(other), Decision::Denied { by: None });
}

#[test]
fn a_variable_that_nobody_knows_makes_it_conditional() {
    let account =
        holding(json!([allow("s3:GetObject", "arn:aws:s3:::home/${aws:PrincipalTag/team}/*")]));
    assert!(conditions(&account, "s3:GetObject", "arn:aws:s3:::home/a/b").is_some());
}

#[test]
fn a_deny_with_a_variable_that_nobody_knows_takes_nothing_for_certain() {
    let account =
        holding(json!(
            [allow("s3:*", "*"), deny("s3:*", "arn:aws:s3:::${aws:PrincipalTag/team}"),]
        ));
    assert!(conditions(&account, "s3:GetObject", "arn:aws:s3:::a").is_some());
}

#[test]
fn the_language_of_2008_knows_no_variables() {
    let mut dump = example();
    dump["Policies"][0]["PolicyVersionList"][0]["Document"] = json!({"Version": "2008-10-17",
        "Statement": [allow("iam:CreateAccessKey", "arn:aws:iam::111122223333:user/${aws:username}")]});
    let account = read(&dump).snapshot;
    let decision = Evaluator::new(&account, &RULES).allows(USER, "iam:CreateAccessKey", USER);
    assert_eq!(decision, Decision::Denied { by: None });
}

#[test]
fn the_session_of_a_role_is_the_role() {
    let account = holding(json!([allow("ec2:StopInstances", "*")]));
    let session = "arn:aws:sts::111122223333:assumed-role/agent/i-0123456789";
    let decision = Evaluator::new(&account, &RULES).allows(session, "ec2:StopInstances", "*");
    assert!(matches!(decision, Decision::Allowed { .. }));
    let elsewhere = "arn:aws:sts::999999999999:assumed-role/agent/i-0123456789";
    let decision = Evaluator::new(&account, &RULES).allows(elsewhere, "ec2:StopInstances", "*");
    assert!(matches!(decision, Decision::Unknown(_)), "a role of another account");
}

#[test]
fn a_principal_that_is_not_in_the_evidence_is_unknown() {
    let account: AccountSnapshot = holding(json!([]));
    let gone = "arn:aws:iam::111122223333:role/gone";
    let decision = Evaluator::new(&account, &RULES).allows(gone, "s3:GetObject", "*");
    assert!(matches!(decision, Decision::Unknown(reason) if reason.contains("role/gone")));
}

#[test]
fn a_trust_policy_that_names_the_principal_needs_no_grant_and_obeys_its_deny() {
    let admin = "arn:aws:iam::111122223333:role/admin";
    let named = |statements: Value| {
        let mut dump = example();
        dump["RoleDetailList"][2]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] =
            json!({"AWS": ROLE});
        dump["Policies"][0]["PolicyVersionList"][0]["Document"]["Statement"] = statements;
        read(&dump).snapshot
    };
    assert!(is_allowed(&named(json!([])), "sts:AssumeRole", admin));
    assert!(is_denied(&named(json!([deny("sts:*", "*")])), "sts:AssumeRole", admin));
}
