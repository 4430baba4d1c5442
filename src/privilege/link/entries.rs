//! Access entries: what EKS itself lets in (EKS user guide, "Grant IAM users access
//! to Kubernetes with EKS access entries").

use std::sync::Arc;

use super::{
    allowed::allowed,
    caller::Caller,
    join::entry_group,
    known::{Known, Template},
    roles::Account,
};
use crate::model::{
    aws::eks::{Authentication, EksCluster},
    capability::Reach,
    coverage::Gap,
    kubernetes::ClusterSnapshot,
    location::Location,
    path::{Hop, Path, PathTarget},
};

/// The risk of who may write access entries.
const WRITES_ENTRIES: &str = "AWS-EKS-ENTRY";
/// What changes the mode of a cluster; it goes from `CONFIG_MAP` to one with entries.
const SWITCHES_MODE: &str = "eks:UpdateClusterConfig";

/// The path of a principal that may write access entries, and so let itself in as
/// administrator: into a cluster whose mode heeds them, or that it may switch to one.
#[must_use]
pub fn lets_itself_in(
    cluster: &ClusterSnapshot,
    accounts: &[Account<'_>],
    arn: &str,
    reach: &Reach,
) -> Option<Path> {
    let eks = cluster.eks_cluster.as_ref().filter(|eks| !eks.name.is_empty())?;
    let risk = reach.risks.iter().find(|risk| risk.rule == WRITES_ENTRIES)?;
    let mut switch = None;
    if eks.authentication == Some(Authentication::ConfigMap) {
        let (by, condition) = allowed(accounts, arn, SWITCHES_MODE, eks.arn.as_deref()?)?;
        switch = Some(Hop {
            from: arn.to_owned(),
            to: arn.to_owned(),
            how: format!("switches cluster {} to access entries", eks.name),
            rule: risk.rule.clone(),
            grants: vec![by],
            condition,
        });
    }
    let hop = Hop {
        from: arn.to_owned(),
        to: PathTarget::ClusterAdmin.to_string(),
        how: format!("lets itself into cluster {} as administrator", eks.name),
        rule: risk.rule.clone(),
        grants: risk.grants.clone(),
        condition: risk.condition.clone(),
    };
    Some(Path { target: PathTarget::ClusterAdmin, hops: switch.into_iter().chain([hop]).collect() })
}

/// Whether an entry that names `principal` is for the principal of `arn`, or for the
/// role whose session it is.
pub(super) fn is_of(principal: &str, arn: &str) -> bool {
    let same = || Caller::of(principal).arn.eq_ignore_ascii_case(&Caller::of(arn).arn);
    principal == arn || same()
}

/// What the entries of a cluster make of the principal of `arn`. An entry names a
/// role with its path; a session of it is told by the role's name alone.
pub(super) fn by_entries(
    cluster: &ClusterSnapshot,
    eks: &EksCluster,
    arn: &str,
    caller: &Caller<'_>,
    seen: &[&str],
    known: &mut Known,
) {
    known.gaps.extend(eks.gaps.iter().cloned());
    let mut met = false;
    for (principal, entry) in eks.entries.iter().filter(|(own, _)| is_of(own, arn)) {
        met = true;
        let way = format!("access entry of {principal} in cluster {}", eks.name);
        let mut gap = |what: &str, command: &str| {
            known.gaps.push(Gap {
                location: entry.location.clone(),
                reason: format!("{what} of the {way} are not in the evidence: `{command}` tells"),
            });
        };
        if entry.policies.is_none() {
            gap("the access policies", "aws eks list-associated-access-policies");
        }
        let Some(user) = &entry.user else {
            gap("the user name and groups", "aws eks describe-access-entry");
            continue;
        };
        let groups: Vec<Arc<str>> = entry
            .groups
            .iter()
            .map(|group| group.as_str().into())
            .chain([entry_group(principal).into()])
            .collect();
        let template = Template { user, groups: &groups, location: &entry.location };
        template.add(way, cluster, caller, seen, known);
    }
    if !met && !eks.entries_listed && !eks.name.is_empty() {
        let location = eks.location.clone().unwrap_or_else(|| Location::file("aws"));
        known.gaps.push(Gap {
            location,
            reason: format!(
                "not every access entry of cluster {} is in the evidence: `aws eks list-access-entries` tells",
                eks.name
            ),
        });
    }
}
