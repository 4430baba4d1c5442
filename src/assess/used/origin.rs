//! Of which cluster the logs of Kubernetes are: what one cluster's log shows says nothing
//! of a right in another.

use crate::model::{
    activity::{LogOrigin, LogSummary},
    evidence::Evidence,
    kubernetes::ClusterSnapshot,
};

/// Of which cluster's rights a log shows the uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shows {
    /// The only one there is.
    TheOnly,
    /// The one of that number, in the order of the evidence.
    One(usize),
    /// Nobody can tell.
    Nobody,
}

impl Shows {
    /// Of the clusters in the evidence, by what the log says of itself.
    pub(super) fn of(evidence: &Evidence, log: &LogSummary) -> Self {
        let clusters = &evidence.clusters;
        let only = if clusters.len() > 1 { Self::Nobody } else { Self::TheOnly };
        let origins = &log.origins;
        let mut named = origins.iter().map(|(origin, _)| origin);
        let (Some(origin), None) = (named.next(), named.next()) else {
            // Several clusters in one log: who did what in which is not kept.
            return if origins.is_empty() { only } else { Self::Nobody };
        };
        if origins.beyond() > 0 {
            return Self::Nobody;
        }
        let same: Vec<Option<bool>> =
            clusters.iter().map(|cluster| is_same(cluster, origin)).collect();
        // Lines that could not be read have an origin as well.
        let whole = origins.total().saturating_sub(log.defects.total()) >= log.events;
        let mut certain = same.iter().enumerate().filter(|(_, same)| **same == Some(true));
        match (certain.next(), certain.next()) {
            (Some((number, _)), None) if whole => Self::One(number),
            (Some(_), None) if clusters.len() == 1 => Self::TheOnly,
            (None, _) if same.iter().all(Option::is_none) => only,
            _ => Self::Nobody,
        }
    }

    /// Whether the log shows the uses of rights in a cluster.
    pub(super) fn shows(self, cluster: Option<usize>) -> bool {
        match self {
            Self::TheOnly => true,
            Self::One(number) => cluster == Some(number),
            Self::Nobody => false,
        }
    }
}

/// Whether a cluster is the one that a log names; none where the evidence does not tell.
fn is_same(cluster: &ClusterSnapshot, origin: &LogOrigin) -> Option<bool> {
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
