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
const CONTROLS: &str = "what the organisation lets the account do at most";
const CLUSTERS: &str = "which clusters there are, who comes into them, and which roles they give";
const CREDENTIALS: &str = "which credentials there are, and how old; never their secrets";

const fn call(action: &'static str, purpose: &'static str) -> Call {
    Call { action, purpose }
}

pub(super) static IDENTITY: Call = call("sts:GetCallerIdentity", WHO);
pub(super) static ALIASES: Call = call("iam:ListAccountAliases", WHO);
pub(super) static DETAILS: Call = call(crate::scan::aws::snapshot::DETAILS, RIGHTS);
pub(super) static SUMMARY: Call = call("iam:GetAccountSummary", CREDENTIALS);
pub(super) static REPORT: Call = call("iam:GetCredentialReport", CREDENTIALS);

pub(super) static ORGANIZATION: Call = call("organizations:DescribeOrganization", CONTROLS);
pub(super) static ROOTS: Call = call("organizations:ListRoots", CONTROLS);
pub(super) static PARENTS: Call = call("organizations:ListParents", CONTROLS);
pub(super) static ATTACHED: Call = call("organizations:ListPoliciesForTarget", CONTROLS);
pub(super) static POLICY: Call = call("organizations:DescribePolicy", CONTROLS);
pub(super) static EKS: Call = call(crate::scan::aws::snapshot::CLUSTERS, CLUSTERS);
pub(super) static CLUSTER: Call = call("eks:DescribeCluster", CLUSTERS);
pub(super) static ENTRIES: Call = call("eks:ListAccessEntries", CLUSTERS);
pub(super) static ENTRY: Call = call("eks:DescribeAccessEntry", CLUSTERS);
pub(super) static ACCESS: Call = call("eks:ListAssociatedAccessPolicies", CLUSTERS);
pub(super) static PODS: Call = call("eks:ListPodIdentityAssociations", CLUSTERS);
pub(super) static POD: Call = call("eks:DescribePodIdentityAssociation", CLUSTERS);
pub(super) static NODES: Call = call("eks:ListNodegroups", CLUSTERS);
pub(super) static NODE: Call = call("eks:DescribeNodegroup", CLUSTERS);

/// Every call.
pub(super) static CALLS: [&Call; 19] = [
    &IDENTITY,
    &ALIASES,
    &DETAILS,
    &SUMMARY,
    &REPORT,
    &ORGANIZATION,
    &ROOTS,
    &PARENTS,
    &ATTACHED,
    &POLICY,
    &EKS,
    &CLUSTER,
    &ENTRIES,
    &ENTRY,
    &ACCESS,
    &PODS,
    &POD,
    &NODES,
    &NODE,
];
