//! What was not read, and whose rights that leaves unknown: of every cluster,
//! account and log that it may have been of.

use super::Expected;
use crate::model::{aws::AccountSnapshot, coverage::Gap, evidence::Evidence};

/// Notes something that was named, was expected to hold that, and gave nothing.
pub fn note(evidence: &mut Evidence, expected: Expected, gap: &Gap) {
    let gaps = std::slice::from_ref(gap);
    match expected {
        Expected::Aws => of_accounts(evidence, gaps),
        Expected::Anything => {
            of_clusters(evidence, gaps);
            of_known_accounts(evidence, gaps);
        }
        Expected::Activity => {
            of_clusters(evidence, gaps);
            of_logs(evidence, 1);
        }
        Expected::Kubernetes | Expected::Agents => of_clusters(evidence, gaps),
    }
    evidence.gaps.push(gap.clone());
}

/// It may have held objects of any cluster.
fn of_clusters(evidence: &mut Evidence, gaps: &[Gap]) {
    for cluster in &mut evidence.clusters {
        cluster.gaps.extend(gaps.iter().cloned());
        cluster.open.extend(gaps.iter().cloned());
    }
}

/// It may have held principals and policies of any account, and what EKS tells:
/// who comes into a cluster, and which roles it gives.
pub(super) fn of_accounts(evidence: &mut Evidence, gaps: &[Gap]) {
    if gaps.is_empty() {
        return;
    }
    if evidence.accounts.is_empty() {
        evidence.accounts.push(AccountSnapshot::default());
    }
    of_clusters(evidence, gaps);
    of_known_accounts(evidence, gaps);
}

/// The same of what any folder may hold, which tells of an account only once it
/// shows one. Objects of clusters know already what of it was not read.
pub(super) fn of_known_accounts(evidence: &mut Evidence, gaps: &[Gap]) {
    if evidence.accounts.is_empty() && !evidence.eks.is_empty() && !gaps.is_empty() {
        evidence.accounts.push(AccountSnapshot::default());
    }
    if !evidence.accounts.is_empty() {
        for eks in &mut evidence.eks {
            eks.gaps.extend(gaps.iter().cloned());
        }
    }
    for account in &mut evidence.accounts {
        account.unread.extend(gaps.iter().cloned());
    }
}

/// So many files may have told of anything that anybody did.
pub(super) fn of_logs(evidence: &mut Evidence, files: u64) {
    for log in evidence.activity.logs.values_mut() {
        log.files_cut_short += files;
    }
}
