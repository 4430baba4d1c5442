//! What makes an AWS principal somebody in a cluster, as a person would edit it.

use super::{aws_auth, caller::Caller, entries};
use crate::model::{
    aws::eks::AccessEntry,
    kubernetes::{ClusterSnapshot, aws_auth::AwsAuthEntry},
    location::Location,
};

/// One entry that names a principal.
#[derive(Debug, Clone, Copy)]
pub enum Mapping<'c> {
    /// Of EKS itself.
    Entry {
        /// The name of the cluster.
        cluster: &'c str,
        /// The principal that the entry names.
        principal: &'c str,
        /// The entry.
        entry: &'c AccessEntry,
    },
    /// Of ConfigMap `kube-system/aws-auth`.
    ConfigMap(&'c AwsAuthEntry),
}

impl<'c> Mapping<'c> {
    /// Where it stands.
    #[must_use]
    pub fn location(self) -> &'c Location {
        match self {
            Self::Entry { entry, .. } => &entry.location,
            Self::ConfigMap(entry) => &entry.location,
        }
    }

    /// Its groups, templates as they are written.
    pub fn groups(self) -> impl Iterator<Item = &'c str> {
        let (of_entry, of_map) = match self {
            Self::Entry { entry, .. } => (entry.groups.as_slice(), [].as_slice()),
            Self::ConfigMap(entry) => ([].as_slice(), entry.groups.as_slice()),
        };
        of_entry.iter().map(String::as_str).chain(of_map.iter().map(|group| &**group))
    }
}

/// The entries of a cluster that name the principal of `arn`, or the role whose
/// session it is. Which of them are heeded is not asked.
#[must_use]
pub fn mappings<'c>(cluster: &'c ClusterSnapshot, arn: &str) -> Vec<Mapping<'c>> {
    let caller = Caller::of(arn);
    let entries = cluster.eks_cluster.iter().flat_map(|eks| {
        let own = eks.entries.iter().filter(|(principal, _)| entries::is_of(principal, arn));
        own.map(|(principal, entry)| Mapping::Entry { cluster: &eks.name, principal, entry })
    });
    let in_map = cluster.aws_auth.iter().flat_map(|auth| &auth.entries);
    let in_map = in_map.filter(|entry| aws_auth::is_for(entry, &caller)).map(Mapping::ConfigMap);
    entries.chain(in_map).collect()
}
