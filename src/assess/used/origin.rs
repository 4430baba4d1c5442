//! Of which cluster the logs of Kubernetes are: what one cluster's log shows says nothing
//! of a right in another.

use crate::{
    model::{
        activity::{InClusters, LogSummary, PrincipalActivity},
        evidence::Evidence,
    },
    privilege::link::is_logged_as,
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
    /// Of the clusters in the evidence, by what the log says of itself and of a principal.
    pub(super) fn of(evidence: &Evidence, log: &LogSummary, found: &PrincipalActivity) -> Self {
        let clusters = &evidence.clusters;
        let only = if clusters.len() > 1 { Self::Nobody } else { Self::TheOnly };
        let origins = &log.origins;
        let mut named = origins.iter().map(|(origin, _)| origin);
        let (origin, whole) = match (&found.clusters, named.next(), named.next()) {
            (InClusters::One(origin), ..) => (origin, true),
            (InClusters::Several { each, .. }, ..) => {
                let mut named = each.keys().flatten();
                match (named.next(), named.next()) {
                    (Some(origin), None) => (origin, !each.contains_key(&None)),
                    _ => return Self::Nobody,
                }
            }
            (InClusters::Untold, Some(origin), None) if origins.beyond() == 0 => {
                // Lines that could not be read have an origin as well.
                (origin, origins.total().saturating_sub(log.defects.total()) >= log.events)
            }
            (InClusters::Untold, None, _) if origins.is_empty() => return only,
            // Several clusters, and which of them its own requests are of is not told.
            (InClusters::Untold, ..) => return Self::Nobody,
        };
        let same: Vec<Option<bool>> =
            clusters.iter().map(|cluster| is_logged_as(cluster, origin)).collect();
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
