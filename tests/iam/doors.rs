//! Whom a trust policy lets in that is no principal of an account.

use gradus::{
    model::{aws::AccountSnapshot, capability::Condition},
    privilege::iam::{Actors, Door, Evaluator},
};
use serde_json::{Value, json};

use crate::account::{ROLE, RULES, USER, allow, example, hit, holding, reach, read};

const PROVIDER: &str =
    "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/AB12";
const SUB: &str = "oidc.eks.eu-west-1.amazonaws.com/id/AB12:sub";
const AUD: &str = "oidc.eks.eu-west-1.amazonaws.com/id/AB12:aud";

/// The account with this trust policy on the role `other`.
fn trusting(statements: Value) -> AccountSnapshot {
    let mut dump = example();
    dump["RoleDetailList"][4]["AssumeRolePolicyDocument"]["Statement"] = statements;
    read(&dump).snapshot
}

fn irsa(condition: Value) -> AccountSnapshot {
    trusting(json!([{"Effect": "Allow", "Principal": {"Federated": PROVIDER},
        "Action": "sts:AssumeRoleWithWebIdentity", "Condition": condition}]))
}

fn told(doors: &[Door<'_>]) -> Vec<(String, &'static str)> {
    doors
        .iter()
        .map(|door| {
            let state = match door.condition() {
                Condition::Always => "always",
                Condition::If(_) => "if",
                Condition::Unknown(_) => "unknown",
            };
            (door.role().identity.name.clone(), state)
        })
        .collect()
}

fn by_token(account: &AccountSnapshot, subject: &str) -> Vec<(String, &'static str)> {
    told(&Evaluator::new(account, &RULES).web_identity_doors(
        PROVIDER,
        subject,
        "sts.amazonaws.com",
    ))
}

const BOT: &str = "system:serviceaccount:ops:bot";

#[test]
fn a_token_opens_the_role_whose_trust_names_its_subject_and_audience() {
    let account = irsa(json!({"StringEquals": {SUB: BOT, AUD: "sts.amazonaws.com"}}));
    assert_eq!(by_token(&account, BOT), [("other".to_owned(), "always")]);
    assert_eq!(by_token(&account, "system:serviceaccount:ops:other"), []);
}

#[test]
fn a_broad_pattern_lets_every_account_of_the_namespace_in() {
    let account = irsa(json!({"StringLike": {SUB: "system:serviceaccount:ops:*"}}));
    assert_eq!(by_token(&account, BOT).len(), 1);
    assert_eq!(by_token(&account, "system:serviceaccount:shop:bot"), []);
}

#[test]
fn a_set_operator_asks_the_same_of_a_key_with_one_value() {
    let account = irsa(json!({"ForAllValues:StringNotEquals": {SUB: BOT}}));
    assert_eq!(by_token(&account, BOT), []);
    assert_eq!(by_token(&account, "system:serviceaccount:a:b").len(), 1);
}

#[test]
fn a_key_that_the_token_does_not_settle_stays_a_condition() {
    let account = irsa(json!({"StringEquals": {SUB: BOT, "aws:SourceVpc": "vpc-1"}}));
    assert_eq!(by_token(&account, BOT), [("other".to_owned(), "if")]);
}

#[test]
fn a_provider_that_the_trust_does_not_name_opens_nothing() {
    let account = irsa(json!({"StringEquals": {SUB: BOT}}));
    let evaluator = Evaluator::new(&account, &RULES);
    let other = PROVIDER.replace("AB12", "CD34");
    assert_eq!(told(&evaluator.web_identity_doors(&other, BOT, "sts.amazonaws.com")), []);
}

#[test]
fn pod_identity_needs_to_tag_the_session_as_well() {
    let trust = |action: Value| {
        trusting(json!([{"Effect": "Allow", "Principal": {"Service": "pods.eks.amazonaws.com"},
            "Action": action,
            "Condition": {"StringEquals": {"aws:RequestTag/kubernetes-namespace": "ops"}}}]))
    };
    let both = trust(json!(["sts:AssumeRole", "sts:TagSession"]));
    let tags = |namespace| [("kubernetes-namespace", namespace)];
    let doors = |account: &AccountSnapshot, namespace| {
        told(&Evaluator::new(account, &RULES).pod_identity_doors(&tags(namespace)))
    };
    assert_eq!(doors(&both, "ops"), [("other".to_owned(), "always")]);
    assert_eq!(doors(&both, "shop"), []);
    assert_eq!(doors(&trust(json!(["sts:AssumeRole"])), "ops"), []);
}

#[test]
fn a_trust_policy_that_cannot_be_read_may_let_anybody_in() {
    let mut dump = example();
    dump["RoleDetailList"][4]["AssumeRolePolicyDocument"] = json!("not a policy");
    dump["Policies"][0]["PolicyVersionList"][0]["Document"]["Statement"] =
        json!([allow("sts:AssumeRole", "arn:aws:iam::111122223333:role/other")]);
    let account = read(&dump).snapshot;
    assert_eq!(by_token(&account, BOT), [("other".to_owned(), "unknown")]);
    let reach = reach(&account);
    assert!(matches!(hit(&reach, "AWS-ASSUME-ROLE").unwrap().condition, Condition::Unknown(_)));
}

#[test]
fn a_trust_policy_may_name_a_session_of_the_role() {
    let mut dump = example();
    dump["RoleDetailList"][4]["AssumeRolePolicyDocument"]["Statement"] = json!([{"Effect": "Allow",
        "Principal": {"AWS": "arn:aws:sts::111122223333:assumed-role/agent/nightly"},
        "Action": "sts:AssumeRole"}]);
    let account = read(&dump).snapshot;
    let reach = reach(&account);
    let hit = hit(&reach, "AWS-ASSUME-ROLE").unwrap();
    assert_eq!(hit.condition, Condition::If(vec!["its session is called nightly".to_owned()]));
}

#[test]
fn an_account_without_such_trust_opens_nothing() {
    let account = holding(json!([]));
    assert_eq!(by_token(&account, BOT), []);
    assert!(Evaluator::new(&account, &RULES).pod_identity_doors(&[]).is_empty());
    assert!(account.roles.contains_key(ROLE));
}

const SAML: &str = "arn:aws:iam::111122223333:saml-provider/idp";

/// The doors of the SAML provider where a trust policy asks this.
fn by_assertion(condition: Value) -> Vec<(String, &'static str)> {
    let account = trusting(json!([{"Effect": "Allow", "Principal": {"Federated": SAML},
        "Action": "sts:AssumeRoleWithSAML", "Condition": condition}]));
    told(&Evaluator::new(&account, &RULES).saml_doors(SAML))
}

#[test]
fn a_saml_provider_opens_a_role_for_somebody_unknown() {
    let aws = "https://signin.aws.amazon.com/saml";
    for condition in [json!({}), json!({"StringEquals": {"SAML:aud": aws}})] {
        assert_eq!(by_assertion(condition), [("other".to_owned(), "unknown")]);
    }
}

#[test]
fn an_assertion_for_another_application_opens_nothing() {
    let elsewhere = json!({"StringEquals": {"saml:aud": "https://sso.example.com/acs"}});
    assert_eq!(by_assertion(elsewhere), []);
    let anywhere_else = json!({"StringNotEquals": {"saml:aud": "https://sso.example.com/acs"}});
    assert_eq!(by_assertion(anywhere_else).len(), 1);
}

#[test]
fn a_saml_provider_that_the_trust_does_not_name_opens_nothing() {
    let account = trusting(json!([{"Effect": "Allow", "Principal": {"Federated": SAML},
        "Action": "sts:AssumeRoleWithSAML"}]));
    let evaluator = Evaluator::new(&account, &RULES);
    assert_eq!(told(&evaluator.saml_doors(&SAML.replace("idp", "other"))), []);
}

#[test]
fn an_agent_that_assumes_its_own_role_as_its_own_user_shares_it_with_nobody() {
    let mut dump = example();
    let role = &mut dump["RoleDetailList"][4];
    role["AssumeRolePolicyDocument"]["Statement"] =
        json!([{"Effect": "Allow", "Principal": {"AWS": USER}, "Action": "sts:AssumeRole"}]);
    let arn = role["Arn"].as_str().unwrap().to_owned();
    let account = read(&dump).snapshot;
    let evaluator = Evaluator::new(&account, &RULES);
    let shared = |own: &[&str]| {
        let hits = evaluator.agent_risks(&arn, &Actors { own, others: &[] });
        hits.iter().any(|hit| hit.rule == "AWS-AGENT-SHARED")
    };
    assert!(shared(&[&arn]), "the user may be a person");
    assert!(!shared(&[&arn, USER]));
}

#[test]
fn a_trust_policy_that_asks_for_what_is_not_known_of_a_caller_is_open_and_never_closed() {
    for condition in [
        json!({"StringEquals": {"aws:PrincipalTag/team": "sre"}}),
        json!({"StringEquals": {"sts:ExternalId": "${aws:PrincipalTag/team}"}}),
        json!({"StringLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/${aws:PrincipalTag/team}"}}),
        json!({"StringEquals": {"sts:RoleSessionName": "${aws:username}"}}),
        json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/${aws:SourceIdentity}"}}),
        json!({"SomethingNew": {"aws:PrincipalArn": "x"}}),
    ] {
        let mut dump = example();
        dump["RoleDetailList"][4]["AssumeRolePolicyDocument"]["Statement"] = json!([{
            "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
            "Action": "sts:AssumeRole", "Condition": condition}]);
        dump["Policies"][0]["PolicyVersionList"][0]["Document"]["Statement"] =
            json!([allow("sts:AssumeRole", "arn:aws:iam::111122223333:role/other")]);
        let account = read(&dump).snapshot;
        let reach = reach(&account);
        let hit = hit(&reach, "AWS-ASSUME-ROLE");
        let state = hit.map(|hit| matches!(hit.condition, Condition::If(_)));
        assert_eq!(state, Some(true), "{condition}: {hit:?}");
    }
}

#[test]
fn a_deny_of_a_trust_policy_whose_variable_is_open_takes_no_door() {
    let account = trusting(json!([
        {"Effect": "Allow", "Principal": {"Federated": PROVIDER},
            "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringEquals": {SUB: BOT}}},
        {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "sts:*",
            "Condition": {"StringNotLike": {SUB: "system:serviceaccount:${aws:PrincipalTag/ns}:*"}}},
    ]));
    assert_eq!(by_token(&account, BOT), [("other".to_owned(), "if")]);
}
