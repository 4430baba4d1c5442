//! How long sessions of roles may last, as `aws iam list-roles` and `get-role` print
//! it: authorization details leave it out. Nothing else of these outputs is read, since
//! they tell of no policy.

use std::collections::BTreeMap;

use crate::{
    model::{aws::AccountSnapshot, coverage::Gap},
    source::{Document, node::Node},
};

use super::Details;

/// What tells it of a role.
const LIMIT: &str = "MaxSessionDuration";

/// The call whose answer a document is, as IAM calls it.
pub(super) fn action_of(document: &Document) -> Option<&'static str> {
    if document.root.get("Role").is_some_and(is_role) {
        return Some("iam:GetRole");
    }
    let roles = document.root.get("Roles").and_then(Node::as_sequence);
    roles.is_some_and(|roles| roles.first().is_some_and(is_role)).then_some("iam:ListRoles")
}

fn is_role(node: &Node) -> bool {
    node.str_at("Arn").is_some_and(|arn| arn.contains(":role/")) && node.get(LIMIT).is_some()
}

/// Reads a document that [`action_of`] knows.
pub(super) fn read(document: &Document) -> Details {
    let mut details = Details { format: "aws-roles", ..Details::default() };
    let one = document.root.get("Role").into_iter();
    let list = document.root.get("Roles").and_then(Node::as_sequence).into_iter().flatten();
    let mut limits = BTreeMap::new();
    for node in one.chain(list) {
        let seconds = node.get(LIMIT).and_then(Node::as_i64).and_then(|s| u32::try_from(s).ok());
        match (node.str_at("Arn"), seconds) {
            (Some(arn), Some(seconds)) => {
                limits.insert(arn.to_owned(), seconds);
                details.items += 1;
            }
            _ => {
                details.malformed += 1;
                let location = node.location(&document.file);
                let reason = format!("a role without Arn, or without {LIMIT} in seconds");
                details.gaps.push(Gap { location, reason });
            }
        }
    }
    details.snapshot = AccountSnapshot { session_limits: limits, ..AccountSnapshot::default() };
    details
}
