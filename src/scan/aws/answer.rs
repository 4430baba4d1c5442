//! Answers of AWS that tell about an account and grant nothing: known by their
//! shape, so that a snapshot or a folder that holds them holds nothing unread.

use crate::source::{Document, node::Node};

/// A call, and keys that its answer always has and no other answer has together.
const ANSWERS: [(&str, &[&str]); 6] = [
    ("sts:GetCallerIdentity", &["UserId", "Account", "Arn"]),
    ("iam:GetAccountSummary", &["SummaryMap"]),
    ("iam:GetCredentialReport", &["Content", "ReportFormat"]),
    ("iam:ListAccountAliases", &["AccountAliases"]),
    (super::snapshot::CLUSTERS, &["clusters"]),
    ("eks:ListNodegroups", &["nodegroups"]),
];

/// The call that a document is the answer to, as IAM calls it.
#[must_use]
pub(super) fn action_of(document: &Document) -> Option<&'static str> {
    let root: &Node = &document.root;
    // A kubeconfig has `clusters` too.
    if root.get("apiVersion").is_some() {
        return None;
    }
    ANSWERS
        .into_iter()
        .find(|(_, keys)| keys.iter().all(|key| root.get(key).is_some()))
        .map(|(action, _)| action)
}
