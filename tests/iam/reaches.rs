//! All that a principal may do, told in few rows, and what it makes possible.

use gradus::{
    model::{
        capability::{Condition, RiskClass},
        effect::Effect,
        finding::Severity,
    },
    privilege::iam::{Evaluator, covers_action},
};
use serde_json::json;

use crate::account::{
    ROLE, RULES, USER, allow, bounded, deny, example, hit, holding, reach, read, rows,
};

#[test]
fn an_administrator_is_one_capability_and_one_risk() {
    let reach = reach(&holding(json!([
        allow("*", "*"),
        allow("s3:GetObject", "*"),
        allow("iam:PassRole", "arn:aws:iam::111122223333:role/x"),
    ])));
    assert_eq!(rows(&reach), ["*:* on *"]);
    assert_eq!(reach.capabilities[0].effect, Effect::Escalation);
    assert_eq!(reach.capabilities[0].id, "aws/*/escalation/*");
    let rules: Vec<_> = reach.risks.iter().map(|hit| (hit.rule.as_str(), hit.severity)).collect();
    assert_eq!(rules, [("AWS-ADMIN", Severity::Critical)]);
    assert_eq!(reach.risks[0].class, RiskClass::AdminEquivalent);
}

#[test]
fn administrator_access_is_known_by_name_without_its_document() {
    let account = holding(json!([]));
    let reach = Evaluator::new(&account, &RULES).reach("arn:aws:iam::111122223333:role/admin");
    assert_eq!(reach.gaps, Vec::new());
    assert!(hit(&reach, "AWS-ADMIN").is_some());
    let grant = &reach.risks[0].grants[0];
    assert_eq!(grant.description, "role admin → policy AdministratorAccess, statement 1");
    let cut = grant.cut_at.as_ref().unwrap();
    assert_eq!(&*cut.path, "aws/details.json", "the place to detach it");
}

#[test]
fn another_managed_policy_is_known_in_part_and_says_so() {
    let mut dump = example();
    dump["RoleDetailList"][0]["AttachedManagedPolicies"] = json!([{"PolicyName": "IAMFullAccess", "PolicyArn": "arn:aws:iam::aws:policy/IAMFullAccess"}]);
    let account = read(&dump).snapshot;
    let reach = reach(&account);
    assert!(hit(&reach, "AWS-ADMIN").is_some());
    assert!(reach.gaps[0].reason.contains("only part of it is known by name"), "{:?}", reach.gaps);
}

#[test]
fn a_policy_of_the_same_name_in_the_own_account_is_not_the_one_of_aws() {
    let mut dump = example();
    dump["RoleDetailList"][0]["AttachedManagedPolicies"] = json!([{"PolicyName": "AdministratorAccess",
        "PolicyArn": "arn:aws:iam::111122223333:policy/AdministratorAccess"}]);
    let reach = reach(&read(&dump).snapshot);
    assert_eq!(reach.capabilities, Vec::new());
    assert_eq!(reach.gaps.len(), 1);
}

#[test]
fn rows_keep_the_patterns_as_they_were_granted() {
    let reach = reach(&holding(json!([
        {"Effect": "Allow", "Action": ["ec2:Describe*", "ec2:GetConsoleOutput", "ec2:StopInstances"], "Resource": "*"},
    ])));
    let told: Vec<_> =
        reach.capabilities.iter().map(|c| (c.id.as_str(), c.action.as_str())).collect();
    assert_eq!(
        told,
        [
            ("aws/ec2/reversible/*", "ec2:StopInstances"),
            // DescribeInstanceAttribute shows user data.
            ("aws/ec2/sensitive-read/*", "ec2:Describe*, ec2:GetConsoleOutput"),
        ]
    );
}

#[test]
fn the_effect_of_a_pattern_is_the_worst_of_what_it_covers() {
    let effect = |action: &str| reach(&holding(json!([allow(action, "*")]))).capabilities[0].effect;
    assert_eq!(effect("s3:List*"), Effect::Read);
    assert_eq!(effect("s3:Get*"), Effect::SensitiveRead);
    assert_eq!(effect("logs:Put*Events"), Effect::Reversible);
    assert_eq!(effect("s3:Delete*"), Effect::Escalation, "deleting a bucket policy is among them");
    assert_eq!(effect("rds:DeleteDB*"), Effect::Destructive);
}

#[test]
fn a_denied_action_does_not_count_for_the_effect() {
    let reach = reach(&holding(json!([
        allow("kms:*", "*"),
        {"Effect": "Deny", "NotAction": ["kms:Describe*", "kms:List*"], "Resource": "*"},
    ])));
    assert_eq!(rows(&reach), ["kms:Describe*, kms:List* on *"]);
    assert_eq!(reach.capabilities[0].effect, Effect::Read);
}

#[test]
fn an_unknown_action_is_destructive_and_said_to_be_unknown() {
    let reach = reach(&holding(json!([allow("newservice:GetThing", "*")])));
    let capability = &reach.capabilities[0];
    assert_eq!((capability.effect, capability.effect_known), (Effect::Destructive, false));
    assert_eq!(capability.id, "aws/newservice/unknown-effect/*");
}

#[test]
fn a_part_that_holds_no_action_of_today_is_no_worse_than_the_pattern_it_was_cut_from() {
    // No action is called `ec2:Describe…Permanently`, or `ec2:Stop…` other than StopInstances.
    let reach = reach(&holding(json!([
        allow("ec2:Describe*", "*"),
        {"Effect": "Deny", "Action": "ec2:*Permanently", "Resource": "*",
         "Condition": {"StringEquals": {"aws:ResourceTag/env": "prod"}}},
        deny("ec2:StopInstances", "*"),
        allow("ec2:Stop*", "*"),
    ])));
    let worst = reach.capabilities.iter().map(|capability| capability.effect).max();
    assert_eq!(worst, Some(Effect::Reversible), "{:#?}", rows(&reach));
}

#[test]
fn a_deny_on_part_of_the_resources_narrows_the_scope() {
    let reach = reach(&holding(json!([
        allow("dynamodb:PutItem", "arn:aws:dynamodb:*:*:table/*"),
        deny("dynamodb:*", "arn:aws:dynamodb:*:*:table/audit*"),
    ])));
    assert_eq!(
        rows(&reach),
        [
            "dynamodb:PutItem on arn:aws:dynamodb:*:*:table/* except arn:aws:dynamodb:*:*:table/audit*"
        ]
    );
    assert_eq!(reach.capabilities[0].condition, Condition::Always);
}

#[test]
fn a_deny_under_a_condition_splits_off_what_it_may_take() {
    let reach = reach(&holding(json!([
        allow("dynamodb:*", "*"),
        {"Effect": "Deny", "Action": "dynamodb:Delete*", "Resource": "*",
         "Condition": {"StringEquals": {"aws:ResourceTag/env": "prod"}}},
    ])));
    assert_eq!(
        rows(&reach),
        ["dynamodb:* except dynamodb:Delete* on *", "dynamodb:Delete* on * if"]
    );
    let hit = hit(&reach, "AWS-DB-WRITE").unwrap();
    assert_eq!(hit.condition, Condition::Always, "PutItem is not guarded");
}

#[test]
fn a_narrow_deny_does_not_make_a_database_write_conditional() {
    let reach = reach(&holding(json!([
        allow("dynamodb:PutItem", "*"),
        {"Effect": "Deny", "Action": "*", "Resource": "arn:aws:dynamodb:*:*:table/audit",
         "Condition": {"Bool": {"aws:ViaAWSMCPService": "true"}}},
    ])));
    let hit = hit(&reach, "AWS-DB-WRITE").unwrap();
    assert_eq!(hit.condition, Condition::Always);
    assert_eq!(hit.scope, "* except arn:aws:dynamodb:*:*:table/audit");
}

#[test]
fn actions_in_the_same_statement_keep_their_own_boundary() {
    let reach = reach(&bounded(
        json!([allow("s3:*", "arn:aws:s3:::logs*")]),
        json!([allow("s3:Get*", "*"), allow("*", "arn:aws:s3:::logs-archive/*")]),
    ));
    assert_eq!(
        rows(&reach),
        ["s3:* on arn:aws:s3:::logs-archive/*", "s3:Get* on arn:aws:s3:::logs*"]
    );
}

#[test]
fn a_boundary_that_is_missing_makes_every_capability_unknown() {
    let mut dump = example();
    dump["Policies"][0]["PolicyVersionList"][0]["Document"]["Statement"] = json!([allow("*", "*")]);
    dump["RoleDetailList"][0]["PermissionsBoundary"] =
        json!({"PermissionsBoundaryArn": "arn:aws:iam::111122223333:policy/gone"});
    let reach = reach(&read(&dump).snapshot);
    assert_eq!(rows(&reach), ["*:* on * unknown"]);
    let hit = hit(&reach, "AWS-ADMIN").unwrap();
    assert!(matches!(&hit.condition, Condition::Unknown(why) if why.contains("policy/gone")));
}

#[test]
fn a_principal_that_is_absent_has_a_gap_and_not_no_rights() {
    let account = holding(json!([]));
    let reach = Evaluator::new(&account, &RULES).reach("arn:aws:iam::111122223333:role/gone");
    assert_eq!(reach.capabilities, Vec::new());
    assert_eq!(
        reach.gaps[0].reason,
        "principal arn:aws:iam::111122223333:role/gone is not in the authorization details"
    );
}

#[test]
fn two_harmless_policies_are_judged_together() {
    let mut dump = example();
    dump["RoleDetailList"][0]["RolePolicyList"] = json!([
        {"PolicyName": "a", "PolicyDocument": {"Version": "2012-10-17", "Statement": [allow("iam:PassRole", "*")]}},
        {"PolicyName": "b", "PolicyDocument": {"Version": "2012-10-17", "Statement": [allow("ec2:RunInstances", "*")]}},
    ]);
    let reach = reach(&read(&dump).snapshot);
    let hit = hit(&reach, "AWS-PASSROLE").unwrap();
    assert_eq!(hit.class, RiskClass::Escalation);
    assert_eq!(hit.grants.len(), 2);
    assert!(hit.message.contains("role compute"), "{}", hit.message);
}

#[test]
fn passing_an_administrator_role_is_as_bad_as_being_one() {
    let reach = reach(&holding(json!([
        allow("iam:PassRole", "*"),
        allow("cloudformation:CreateStack", "*"),
    ])));
    let hit = hit(&reach, "AWS-PASSROLE").unwrap();
    assert_eq!((hit.class, hit.severity), (RiskClass::AdminEquivalent, Severity::Critical));
    assert!(hit.message.contains("role admin (AWS-ADMIN)"), "{}", hit.message);
}

#[test]
fn a_key_for_an_administrator_is_worse_than_a_key_for_someone_else() {
    let class = |user: &str| {
        let arn = format!("arn:aws:iam::111122223333:user/{user}");
        let reach = reach(&holding(json!([allow("iam:CreateAccessKey", &arn)])));
        hit(&reach, "AWS-TAKE-OVER-USER").unwrap().class
    };
    assert_eq!(class("bob"), RiskClass::Escalation);
    assert_eq!(class("alice"), RiskClass::AdminEquivalent, "by the group admins");
}

#[test]
fn a_user_that_may_only_rotate_its_own_keys_takes_over_nobody() {
    let account = holding(json!([allow("iam:*AccessKey*", "arn:aws:iam::*:user/${aws:username}")]));
    let reach = Evaluator::new(&account, &RULES).reach(USER);
    assert!(hit(&reach, "AWS-TAKE-OVER-USER").is_none(), "{:?}", reach.risks);
}

#[test]
fn a_login_to_a_database_is_unknown_until_someone_shows_its_grants() {
    let reach = reach(&holding(json!([allow("rds-db:connect", "*")])));
    let hit = hit(&reach, "AWS-DB-LOGIN").unwrap();
    assert_eq!(hit.condition, Condition::Unknown("what the database lets that session do".into()));
}

#[test]
fn a_risk_with_a_condition_stands_beside_the_one_without() {
    let reach = reach(&holding(json!([
        allow("dynamodb:PutItem", "arn:aws:dynamodb:*:*:table/a"),
        {"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": "arn:aws:dynamodb:*:*:table/b",
         "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}},
    ])));
    let states: Vec<_> = reach
        .risks
        .iter()
        .filter(|hit| hit.rule == "AWS-DB-WRITE")
        .map(|hit| (hit.scope.as_str(), matches!(hit.condition, Condition::Always)))
        .collect();
    assert_eq!(
        states,
        [("arn:aws:dynamodb:*:*:table/a", true), ("arn:aws:dynamodb:*:*:table/b", false)]
    );
}

#[test]
fn the_text_of_a_row_tells_which_actions_it_covers() {
    let reach = reach(&holding(json!([
        allow("s3:*", "*"),
        deny("s3:Delete*", "*"),
        deny("s3:PutBucketPolicy", "*"),
    ])));
    let capability = &reach.capabilities[0];
    assert_eq!(capability.action, "s3:* except s3:Delete*|s3:PutBucketPolicy");
    assert!(covers_action(capability, "s3:getobject"));
    assert!(!covers_action(capability, "s3:DeleteObject"));
    assert!(!covers_action(capability, "s3:PutBucketPolicy"));
    assert!(!covers_action(capability, "ec2:StopInstances"));
}

#[test]
fn each_capability_says_where_it_comes_from() {
    let reach = reach(&holding(json!([
        {"Sid": "Tickets", "Effect": "Allow", "Action": "ssm:CreateOpsItem", "Resource": "*"},
    ])));
    let grant = &reach.capabilities[0].grants[0];
    assert_eq!(grant.description, "role agent → policy agent, statement 1 (Tickets)");
    assert_eq!(grant.location.object.as_deref(), Some("arn:aws:iam::111122223333:policy/agent"));
    assert!(grant.location.line.is_some());
    assert_eq!(grant.cut_at.as_ref().unwrap().object.as_deref(), Some(ROLE));
}

#[test]
fn the_order_of_statements_does_not_matter() {
    let statements =
        [allow("s3:*", "*"), deny("s3:Delete*", "*"), allow("ec2:*", "*"), deny("ec2:*", "arn:x")];
    let there = reach(&holding(json!(statements)));
    let mut back = statements.to_vec();
    back.reverse();
    assert_eq!(rows(&reach(&holding(json!(back)))), rows(&there));
}
