//! Of which cluster of the evidence a log is.

use crate::model::{activity::LogOrigin, evidence::Evidence, kubernetes::ClusterSnapshot};

/// Whether a cluster is the one that a log names; none where the evidence does not tell.
#[must_use]
pub fn is_logged_as(cluster: &ClusterSnapshot, origin: &LogOrigin) -> Option<bool> {
    match origin {
        LogOrigin::Eks { account, cluster: name } => {
            let eks = cluster.eks_cluster.as_ref().filter(|eks| !eks.name.is_empty())?;
            // arn:aws:eks:eu-central-1:111122223333:cluster/prod
            let own = eks.arn.as_deref().and_then(|arn| arn.split(':').nth(4));
            let of_account = own.zip(account.as_deref()).is_none_or(|(own, other)| own == other);
            Some(eks.name == *name && of_account)
        }
        LogOrigin::Gke { .. } | LogOrigin::Aks(_) => cluster.eks.is_some().then_some(false),
    }
}

/// Takes what ServiceAccounts of clusters did that the evidence is not of out of what those
/// of the same name did here. A cluster is surely another only where every one of the
/// evidence is known to be; [`super::join`] comes first.
pub fn set_apart(evidence: &mut Evidence) {
    let clusters = &evidence.clusters;
    evidence.activity.set_apart(&|origin| {
        let mut same = clusters.iter().map(|cluster| is_logged_as(cluster, origin));
        if same.clone().any(|same| same == Some(true)) {
            Some(true)
        } else {
            (!clusters.is_empty() && same.all(|same| same == Some(false))).then_some(false)
        }
    });
}
