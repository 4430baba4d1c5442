//! What is asked of AWS: one row a call, and nothing beyond the rows.
//!
//! The policy of `--permissions` is made of this table. A scanner that wants more of
//! an account adds a row here, and an errand that puts the question.

/// One call.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Call {
    /// What IAM calls it, and what must be allowed for it.
    pub(super) action: &'static str,
    /// What it is for, as the page on live accounts says it.
    pub(super) purpose: &'static str,
}

const WHO: &str = "which account it is";
const RIGHTS: &str = "who may do what; without it the rights of everybody are unknown";
const CREDENTIALS: &str = "which credentials there are, and how old; never their secrets";

const fn call(action: &'static str, purpose: &'static str) -> Call {
    Call { action, purpose }
}

pub(super) static IDENTITY: Call = call("sts:GetCallerIdentity", WHO);
pub(super) static ALIASES: Call = call("iam:ListAccountAliases", WHO);
pub(super) static DETAILS: Call = call(crate::scan::aws::snapshot::DETAILS, RIGHTS);
pub(super) static SUMMARY: Call = call("iam:GetAccountSummary", CREDENTIALS);
pub(super) static REPORT: Call = call("iam:GetCredentialReport", CREDENTIALS);

/// Every call.
pub(super) static CALLS: [&Call; 5] = [&IDENTITY, &ALIASES, &DETAILS, &SUMMARY, &REPORT];
