//! A cluster as its API would list it.

/// One cluster's objects.
#[derive(Debug, Clone, Default)]
pub struct ClusterSnapshot {}
