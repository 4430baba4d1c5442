//! Accounts to judge: the one in `tests/fixtures/aws/example-account.json`, with
//! the policy of its agents filled in.

use std::sync::{Arc, LazyLock};

use gradus::{
    model::{
        aws::AccountSnapshot,
        capability::{Condition, Reach, RiskHit},
    },
    privilege::iam::{Decision, Evaluator},
    rubric::aws::AwsRules,
    scan::aws::{self, Details},
    source::{self, Document, SyntaxHint, limits::Limits},
};
use serde_json::{Value, json};

/// The role that tests judge.
pub(crate) const ROLE: &str = "arn:aws:iam::111122223333:role/agent";
/// The user that tests judge; a member of the group `ops`.
pub(crate) const USER: &str = "arn:aws:iam::111122223333:user/agent";

/// The rules that gradus ships.
pub(crate) static RULES: LazyLock<AwsRules> = LazyLock::new(|| AwsRules::embedded().unwrap());

/// The example account as JSON.
pub(crate) fn example() -> Value {
    let text = include_str!("../fixtures/aws/example-account.json");
    serde_json::from_str(text).unwrap()
}

/// A text as the scanner meets it.
pub(crate) fn document(text: &str) -> Document {
    let file: Arc<str> = "aws/details.json".into();
    let parsed = source::parse(&file, text.as_bytes(), SyntaxHint::Json, &Limits::default());
    assert_eq!(parsed.outcome.errors, Vec::new(), "the text of a test is well-formed");
    parsed.documents.into_iter().next().unwrap()
}

/// What the scanner reads out of a dump.
pub(crate) fn read(dump: &Value) -> Details {
    let document = document(&dump.to_string());
    assert!(aws::recognise(&document));
    aws::read(&document)
}

/// The example account whose agents (role and user) hold these statements.
pub(crate) fn holding(statements: Value) -> AccountSnapshot {
    let mut dump = example();
    dump["Policies"][0]["PolicyVersionList"][0]["Document"]["Statement"] = statements;
    read(&dump).snapshot
}

/// The same, with a boundary of these statements on both agents.
pub(crate) fn bounded(statements: Value, boundary: Value) -> AccountSnapshot {
    let mut dump = example();
    dump["Policies"][0]["PolicyVersionList"][0]["Document"]["Statement"] = statements;
    dump["Policies"][1]["PolicyVersionList"][0]["Document"]["Statement"] = boundary;
    let limit = json!({
        "PermissionsBoundaryType": "Policy",
        "PermissionsBoundaryArn": "arn:aws:iam::111122223333:policy/everything",
    });
    dump["RoleDetailList"][0]["PermissionsBoundary"] = limit.clone();
    dump["UserDetailList"][0]["PermissionsBoundary"] = limit;
    read(&dump).snapshot
}

/// One Allow.
pub(crate) fn allow(action: &str, resource: &str) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": resource})
}

/// One Deny.
pub(crate) fn deny(action: &str, resource: &str) -> Value {
    json!({"Effect": "Deny", "Action": action, "Resource": resource})
}

/// What the role may do.
pub(crate) fn reach(account: &AccountSnapshot) -> Reach {
    Evaluator::new(account, &RULES).reach(ROLE)
}

/// Whether the role may do something.
pub(crate) fn decide(account: &AccountSnapshot, action: &str, resource: &str) -> Decision {
    Evaluator::new(account, &RULES).allows(ROLE, action, resource)
}

/// Whether the role always may.
pub(crate) fn is_allowed(account: &AccountSnapshot, action: &str, resource: &str) -> bool {
    matches!(decide(account, action, resource), Decision::Allowed { .. })
}

/// Whether the role never may.
pub(crate) fn is_denied(account: &AccountSnapshot, action: &str, resource: &str) -> bool {
    matches!(decide(account, action, resource), Decision::Denied { .. })
}

/// The conditions under which the role may, if it depends on any.
pub(crate) fn conditions(
    account: &AccountSnapshot,
    action: &str,
    resource: &str,
) -> Option<Vec<String>> {
    match decide(account, action, resource) {
        Decision::AllowedIf { conditions, .. } => Some(conditions),
        _ => None,
    }
}

/// The hit of a rule, if it is one.
pub(crate) fn hit<'r>(reach: &'r Reach, rule: &str) -> Option<&'r RiskHit> {
    reach.risks.iter().find(|hit| hit.rule == rule)
}

/// `action on scope` of each capability, with ` if` or ` unknown` where it does
/// not always hold.
pub(crate) fn rows(reach: &Reach) -> Vec<String> {
    reach
        .capabilities
        .iter()
        .map(|capability| {
            let state = match capability.condition {
                Condition::Always => "",
                Condition::If(_) => " if",
                Condition::Unknown(_) => " unknown",
            };
            format!("{} on {}{state}", capability.action, capability.scope)
        })
        .collect()
}
