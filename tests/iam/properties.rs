//! What must hold for every policy.

use gradus::{
    model::{
        aws::{AccountSnapshot, pattern},
        capability::{Condition, Reach},
        effect::Effect,
    },
    privilege::iam::{Decision, Evaluator, covers_action},
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::account::{ROLE, RULES, bounded, holding};

const ACTIONS: [&str; 8] = [
    "s3:GetObject",
    "s3:DeleteObject",
    "s3:PutBucketPolicy",
    "ec2:StopInstances",
    "ec2:TerminateInstances",
    "iam:PutRolePolicy",
    "dynamodb:PutItem",
    "nobody:Knows",
];
const RESOURCES: [&str; 7] = [
    "arn:aws:s3:::logs",
    "arn:aws:s3:::logs/a",
    "arn:aws:s3:::logs-prod/a",
    "arn:aws:ec2:eu-west-1:111122223333:instance/i-prod",
    "arn:aws:ec2:eu-west-1:111122223333:instance/i-1",
    "arn:aws:dynamodb:eu-west-1:111122223333:table/orders",
    "arn:aws:iam::111122223333:role/agent",
];

fn action() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        "*",
        "s3:*",
        "s3:*Object",
        "s3:Get*",
        "s3:Delete*",
        "ec2:*Instances",
        "ec2:Stop*",
        "iam:Put*",
        "dynamodb:PutItem",
        "*:Put*",
        "nobody:*",
    ])
    .prop_map(|action| json!(action))
}

fn resource() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        "*",
        "arn:aws:s3:::*",
        "arn:aws:s3:::logs/*",
        "arn:aws:s3:::logs*",
        "*prod*",
        "arn:aws:dynamodb:*:*:table/*",
        "arn:aws:iam::111122223333:role/a*",
        "arn:aws:iam::${aws:PrincipalAccount}:role/${aws:PrincipalTag/x}",
    ])
    .prop_map(|resource| json!(resource))
}

fn condition() -> impl Strategy<Value = Option<Value>> {
    prop::option::weighted(
        0.4,
        prop::sample::select(vec![
            json!({"StringEquals": {"aws:ResourceTag/env": "dev"}}),
            json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
            json!({"StringEquals": {"aws:CalledViaAWSMCP": "true"}}),
            json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}}),
            json!({"DateLessThan": {"aws:CurrentTime": "2019-01-01T00:00:00Z"}}),
        ]),
    )
}

fn statement(effect: &'static str) -> impl Strategy<Value = Value> {
    let actions = prop::collection::vec(action(), 1..4);
    let resources = prop::collection::vec(resource(), 1..3);
    (actions, resources, any::<[bool; 2]>(), condition()).prop_map(
        move |(actions, resources, [not_action, not_resource], condition)| {
            let mut statement = json!({
                "Effect": effect,
                if not_action { "NotAction" } else { "Action" }: actions,
                if not_resource { "NotResource" } else { "Resource" }: resources,
            });
            if let Some(condition) = condition {
                statement["Condition"] = condition;
            }
            statement
        },
    )
}

fn policy() -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(prop_oneof![2 => statement("Allow"), 1 => statement("Deny")], 0..5)
}

/// 0 never, 1 under conditions, 2 always.
fn strength(evaluator: &Evaluator<'_>, action: &str, resource: &str) -> u8 {
    match evaluator.allows(ROLE, action, resource) {
        Decision::Denied { .. } => 0,
        Decision::AllowedIf { .. } | Decision::Unknown(_) => 1,
        Decision::Allowed { .. } => 2,
    }
}

/// The same by the rows of a reach. A scope is a set of patterns with
/// exceptions, written out; `${…}` stands as `*`.
fn strength_by_rows(reach: &Reach, action: &str, resource: &str) -> u8 {
    let in_scope = |scope: &str| {
        scope.split(", ").any(|part| {
            let (all, except) = part.split_once(" except ").unwrap_or((part, ""));
            all.split(" & ").all(|pattern| pattern::matches(pattern, resource))
                && !except.split('|').any(|p| !p.is_empty() && pattern::matches(p, resource))
        })
    };
    reach
        .capabilities
        .iter()
        .filter(|capability| covers_action(capability, action))
        // A scope of more than three parts is shortened: it may hold anything.
        .filter(|capability| capability.scope.ends_with(" more") || in_scope(&capability.scope))
        .map(|capability| if capability.condition == Condition::Always { 2 } else { 1 })
        .max()
        .unwrap_or(0)
}

fn worst(reach: &Reach) -> Option<Effect> {
    reach.capabilities.iter().map(|capability| capability.effect).max()
}

fn judge(account: &AccountSnapshot) -> (Evaluator<'_>, Reach) {
    let evaluator = Evaluator::new(account, &RULES);
    let reach = evaluator.reach(ROLE);
    (evaluator, reach)
}

/// Every action on every resource that it may be about.
fn requests() -> impl Iterator<Item = (&'static str, &'static str)> {
    let possible = |(action, resource): &(&str, &str)| {
        let known = RULES.action(&action.to_ascii_lowercase());
        known.is_none_or(|known| known.may_act_on(resource))
    };
    let all = ACTIONS.into_iter().flat_map(|action| RESOURCES.map(|resource| (action, resource)));
    all.filter(possible)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_more_allow_never_takes_anything_away(policy in policy(), more in statement("Allow")) {
        let accounts = [holding(json!(policy)), holding(json!([policy, vec![more]].concat()))];
        let (before, told_before) = judge(&accounts[0]);
        let (after, told_after) = judge(&accounts[1]);
        for (action, resource) in requests() {
            prop_assert!(
                strength(&before, action, resource) <= strength(&after, action, resource),
                "{} on {}", action, resource
            );
        }
        prop_assert!(worst(&told_before) <= worst(&told_after));
    }

    #[test]
    fn one_more_deny_never_gives_anything(policy in policy(), more in statement("Deny")) {
        let accounts = [holding(json!(policy)), holding(json!([policy, vec![more]].concat()))];
        let (before, told_before) = judge(&accounts[0]);
        let (after, told_after) = judge(&accounts[1]);
        for (action, resource) in requests() {
            prop_assert!(
                strength(&after, action, resource) <= strength(&before, action, resource),
                "{} on {}", action, resource
            );
        }
        prop_assert!(worst(&told_after) <= worst(&told_before));
    }

    #[test]
    fn the_rows_tell_what_a_decision_allows(policy in policy()) {
        let account = holding(json!(policy));
        let (evaluator, reach) = judge(&account);
        let shortened = reach.capabilities.iter().any(|row| row.scope.ends_with(" more"));
        for (action, resource) in requests() {
            let decided = strength(&evaluator, action, resource);
            let told = strength_by_rows(&reach, action, resource);
            prop_assert!(
                decided == told || (shortened && decided <= told),
                "{} on {}: decided {}, told {} by {:#?}",
                action, resource, decided, told, crate::account::rows(&reach)
            );
        }
    }

    #[test]
    fn a_boundary_never_gives_anything(policy in policy(), boundary in policy()) {
        let accounts = [holding(json!(policy)), bounded(json!(policy), json!(boundary))];
        let (free, _) = judge(&accounts[0]);
        let (capped, told) = judge(&accounts[1]);
        for (action, resource) in requests() {
            let decided = strength(&capped, action, resource);
            prop_assert!(decided <= strength(&free, action, resource));
            prop_assert!(
                decided <= strength_by_rows(&told, action, resource),
                "{} on {} by {:#?}", action, resource, crate::account::rows(&told)
            );
        }
    }
}
