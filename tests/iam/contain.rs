//! Contain: the change for a principal of an account, applied as a reader would, and
//! judged again.

use std::sync::LazyLock;

use gradus::{
    assess::{
        advice::contain::{Sharing, contain},
        assessment::Step,
        holdings::{EngineRules, Estate},
    },
    model::{
        agent::AgentId,
        aws::{AccountSnapshot, InlinePolicy, policy::Document},
        evidence::Evidence,
        principal::Principal,
    },
    privilege::iam::{Decision, Evaluator},
    rubric::aws::AwsRules,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::account::{self, ROLE, RULES, USER, allow, deny};

static ENGINE: LazyLock<EngineRules> = LazyLock::new(|| EngineRules {
    aws: Some(AwsRules::embedded().unwrap()),
    ..EngineRules::default()
});

fn steps(account: &AccountSnapshot, arn: &str, earned: u8) -> Vec<Step> {
    let evidence = Evidence { accounts: vec![account.clone()], ..Evidence::default() };
    let estate = Estate::new(&evidence, &ENGINE);
    let holdings = estate.holdings(&[Principal::Aws(arn.to_owned())], &[]);
    contain(&AgentId::new("bot", "prod"), &estate, &holdings, earned, Sharing(&[]))
}

/// The words of a command, as a shell takes them.
fn words(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    let mut characters = command.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\'' => quoted = !quoted,
            '\\' if !quoted => word.extend(characters.next()),
            ' ' | '\n' if !quoted => words.push(std::mem::take(&mut word)),
            other => word.push(other),
        }
    }
    words.push(word);
    words
}

/// A document, as the scanner reads it.
fn read(document: &str) -> Document {
    let mut dump = account::example();
    dump["RoleDetailList"][0]["RolePolicyList"] = json!([
        {"PolicyName": "x", "PolicyDocument": serde_json::from_str::<Value>(document).unwrap()}
    ]);
    account::read(&dump).snapshot.roles[ROLE].identity.inline[0].document.clone()
}

/// The account after the commands of all steps.
fn applied(mut account: AccountSnapshot, steps: &[Step]) -> AccountSnapshot {
    for step in steps {
        let change = step.change.as_deref().unwrap();
        for command in change.split(" &&\n") {
            let words = words(command);
            let value = |option: &str| {
                let at = words.iter().position(|word| word == option);
                words[at.unwrap_or_else(|| panic!("no {option} in {command}")) + 1].clone()
            };
            let is_user = words[2].contains("user");
            let identity = match is_user {
                true => &mut account.users.get_mut(USER).unwrap().identity,
                false => &mut account.roles.get_mut(ROLE).unwrap().identity,
            };
            match words[2].replace("user", "role").as_str() {
                "put-role-policy" => {
                    let name = value("--policy-name");
                    identity.inline.retain(|one| one.name != name);
                    let document = read(&value("--policy-document"));
                    identity.inline.push(InlinePolicy { name, document });
                }
                "delete-role-policy" => {
                    let name = value("--policy-name");
                    identity.inline.retain(|one| one.name != name);
                }
                "detach-role-policy" => {
                    let arn = value("--policy-arn");
                    identity.attached.retain(|one| one.arn != arn);
                }
                "remove-role-from-group" => {
                    let name = value("--group-name");
                    account.users.get_mut(USER).unwrap().groups.retain(|group| *group != name);
                }
                other => panic!("what does {other} do?"),
            }
        }
    }
    account
}

fn is_allowed(account: &AccountSnapshot, arn: &str, action: &str, resource: &str) -> bool {
    let decision = Evaluator::new(account, &RULES).allows(arn, action, resource);
    matches!(decision, Decision::Allowed { .. } | Decision::AllowedIf { .. })
}

#[test]
fn a_shared_policy_is_detached_and_what_looks_stays_as_the_roles_own() {
    let account = account::holding(json!([
        allow("ec2:*", "*"),
        allow("s3:Get*", "*"),
        allow("rds:DescribeDBInstances", "*"),
        deny("s3:GetObject", "arn:aws:s3:::secret/*"),
    ]));
    let steps = steps(&account, ROLE, 1);
    assert_eq!(steps.len(), 1);
    let change = steps[0].change.as_deref().unwrap();
    assert!(change.contains("aws iam put-role-policy --role-name agent"), "{change}");
    assert!(change.contains("aws iam detach-role-policy --role-name agent"), "{change}");
    assert!(steps[0].reason.contains("what was read grants level 1"), "{}", steps[0].reason);
    let after = applied(account, &steps);
    for (action, resource, stays) in [
        ("ec2:DescribeInstances", "*", true),
        ("ec2:TerminateInstances", "*", false),
        ("s3:GetObject", "arn:aws:s3:::b/k", true),
        ("s3:GetObject", "arn:aws:s3:::secret/k", false),
        ("rds:DescribeDBInstances", "*", true),
    ] {
        assert_eq!(is_allowed(&after, ROLE, action, resource), stays, "{action} {resource}");
    }
    assert!(after.policies.contains_key("arn:aws:iam::111122223333:policy/agent"));
}

#[test]
fn a_wildcard_over_services_goes_whole() {
    let account = account::holding(json!([allow("*", "*")]));
    let steps = steps(&account, ROLE, 1);
    assert!(!steps[0].change.as_deref().unwrap().contains("put-role-policy"));
    let after = applied(account, &steps);
    assert_eq!(Evaluator::new(&after, &RULES).reach(ROLE).capabilities, Vec::new());
}

#[test]
fn a_user_leaves_the_group_that_gives_too_much() {
    let mut dump = account::example();
    dump["GroupDetailList"][0]["GroupPolicyList"] = json!([{"PolicyName": "ops", "PolicyDocument": {
        "Version": "2012-10-17", "Statement": [allow("rds:DeleteDBInstance", "*"), allow("rds:Describe*", "*")]}}]);
    dump["Policies"][0]["PolicyVersionList"][0]["Document"]["Statement"] =
        json!([allow("s3:Get*", "*")]);
    let account = account::read(&dump).snapshot;
    let steps = steps(&account, USER, 1);
    let change = steps[0].change.as_deref().unwrap();
    assert!(
        change.contains("aws iam remove-user-from-group --user-name agent --group-name ops"),
        "{change}"
    );
    let after = applied(account, &steps);
    assert!(is_allowed(&after, USER, "rds:DescribeDBInstances", "*"));
    assert!(is_allowed(&after, USER, "s3:GetObject", "arn:aws:s3:::b/k"));
    assert!(!is_allowed(&after, USER, "rds:DeleteDBInstance", "*"));
}

/// The example, in which the trust policy of role admin has these statements, and
/// role agent may only look.
fn trusting(statements: &Value) -> AccountSnapshot {
    let mut dump = account::example();
    dump["Policies"][0]["PolicyVersionList"][0]["Document"]["Statement"] =
        json!([allow("ec2:Describe*", "*")]);
    dump["RoleDetailList"][2]["AssumeRolePolicyDocument"]["Statement"] = statements.clone();
    account::read(&dump).snapshot
}

fn lets_in(principal: &Value) -> Value {
    json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})
}

/// What of the trust policy of role admin is left after the steps.
fn left(statements: &Value) -> Vec<Value> {
    let account = trusting(statements);
    let before = Evaluator::new(&account, &RULES).reach(ROLE);
    assert!(!before.capabilities.iter().all(|own| !own.is_mutating()), "{before:?}");
    let steps = steps(&account, ROLE, 1);
    let [step] = steps.as_slice() else { panic!("{steps:#?}") };
    assert!(step.reason.ends_with("what was read grants level 1"), "{}", step.reason);
    assert!(step.location.is_some());
    let change = step.change.as_deref().unwrap();
    assert!(change.contains("# Statement "), "which one, and whom: {change}");
    let words = words(change.lines().last().unwrap());
    assert_eq!(words[..5], ["aws", "iam", "update-assume-role-policy", "--role-name", "admin"]);
    let written: Value = serde_json::from_str(words.last().unwrap()).unwrap();
    // Applied, it does what the step says.
    let after = trusting(&written["Statement"]);
    let reach = Evaluator::new(&after, &RULES).reach(ROLE);
    assert!(reach.capabilities.iter().all(|own| !own.is_mutating()), "{reach:?}");
    assert_eq!(reach.paths, Vec::new());
    written["Statement"].as_array().unwrap().clone()
}

#[test]
fn a_trust_policy_loses_the_principal_that_it_names_and_keeps_the_others() {
    let human = "arn:aws:iam::111122223333:user/agent";
    let ec2 = lets_in(&json!({"Service": "ec2.amazonaws.com"}));
    let both = lets_in(&json!({"AWS": [ROLE, human]}));
    assert_eq!(
        left(&json!([ec2, both])),
        [
            json!({"Effect": "Allow", "Principal": {"Service": ["ec2.amazonaws.com"]},
                "Action": ["sts:AssumeRole"]}),
            json!({"Effect": "Allow", "Principal": {"AWS": [human]}, "Action": ["sts:AssumeRole"]}),
        ]
    );
}

#[test]
fn a_trust_policy_that_lets_in_nobody_else_is_left_as_one_that_lets_in_nobody() {
    for alone in [json!({"AWS": ROLE}), json!({"AWS": "*"}), json!("*")] {
        let left = left(&json!([lets_in(&alone)]));
        assert_eq!(left.len(), 1, "{left:?}");
        assert_eq!(left[0]["Effect"], "Deny");
    }
}

#[test]
fn statements_that_share_a_place_are_told_apart_by_what_they_are_called() {
    let mut account = account::holding(json!([allow("ec2:*", "*"), allow("s3:*", "*")]));
    let policy = account.policies.values_mut().next().unwrap();
    let Document::Read(document) = &mut policy.versions[0].document else { panic!() };
    let place = document.location.clone();
    for statement in &mut document.statements {
        statement.location = place.clone();
    }
    // The same words stand in another policy, of which nothing offends.
    let mut kept = document.clone();
    kept.statements.truncate(1);
    kept.statements[0].actions =
        gradus::model::aws::policy::Elements::Only(vec!["sqs:List*".into()]);
    let identity = &mut account.roles.get_mut(ROLE).unwrap().identity;
    identity.inline.push(InlinePolicy { name: "kept".into(), document: Document::Read(kept) });
    let steps = steps(&account, ROLE, 1);
    assert_eq!(steps.len(), 1, "{steps:#?}");
    assert!(!steps[0].change.as_deref().unwrap().contains("--policy-name kept"));
}

#[test]
fn what_no_step_takes_away_is_named() {
    let mut account = account::holding(json!([allow("ec2:*", "*")]));
    let role = &mut account.roles.get_mut(ROLE).unwrap().identity;
    let mut unread = role.attached[0].clone();
    unread.arn = "arn:aws:iam::111122223333:policy/not-in-the-dump".to_owned();
    role.attached.push(unread);
    let steps = steps(&account, ROLE, 1);
    let last = &steps.last().unwrap().reason;
    assert!(last.contains("and it may hold more"), "{last}");
    assert!(last.contains("not-in-the-dump"), "{last}");
}

fn statement() -> impl Strategy<Value = Value> {
    let actions = prop::sample::select(vec![
        "*",
        "s3:*",
        "s3:Get*",
        "s3:PutObject",
        "ec2:*",
        "ec2:Describe*",
        "ec2:StopInstances",
        "iam:*",
        "iam:PassRole",
        "lambda:*",
        "rds:Describe*",
        "dynamodb:*Item",
        "sts:AssumeRole",
    ]);
    let resources = prop::sample::select(vec![
        "*",
        "arn:aws:s3:::b/*",
        "arn:aws:iam::111122223333:role/compute",
    ]);
    (prop::collection::vec(actions, 1..4), resources, 0..6u8).prop_map(
        |(actions, resource, effect)| {
            let effect = if effect == 0 { "Deny" } else { "Allow" };
            json!({"Effect": effect, "Action": actions, "Resource": resource})
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Once the steps are followed nothing of the principal's own policies changes
    /// anything, and nothing is given that was not before.
    #[test]
    fn after_the_steps_the_role_only_looks(granted in prop::collection::vec(statement(), 1..6)) {
        let account = account::holding(json!(granted));
        let after = applied(account.clone(), &steps(&account, ROLE, 1));
        let left = Evaluator::new(&after, &RULES).reach(ROLE);
        for capability in &left.capabilities {
            prop_assert!(!capability.is_mutating(), "{capability:?}");
        }
        for (action, resource) in [
            ("s3:GetObject", "arn:aws:s3:::b/k"), ("s3:GetObject", "arn:aws:s3:::c/k"),
            ("ec2:DescribeInstances", "*"), ("rds:DescribeDBInstances", "*"), ("lambda:GetFunction", "*"),
            ("iam:GetRole", "arn:aws:iam::111122223333:role/compute"), ("dynamodb:GetItem", "*"),
        ] {
            if is_allowed(&after, ROLE, action, resource) {
                prop_assert!(is_allowed(&account, ROLE, action, resource), "{action} on {resource} is new");
            }
        }
    }
}
