//! All evidence of one run, as the scanners hand it to the judge.

use super::{
    activity::Activity,
    agent_config::{AgentConfig, ServerListing},
    aws::{AccountSnapshot, eks::EksCluster},
    coverage::{Gap, SourceRecord},
    kubernetes::ClusterSnapshot,
};

/// What the scanners found. Order is that of the sources and, within one, of paths.
#[derive(Debug, Default)]
pub struct Evidence {
    /// One for each cluster source.
    pub clusters: Vec<ClusterSnapshot>,
    /// One for each authorization-details file.
    pub accounts: Vec<AccountSnapshot>,
    /// What EKS tells of its clusters, by name.
    pub eks: Vec<EksCluster>,
    /// Every agent or client configuration.
    pub configs: Vec<AgentConfig>,
    /// What tool servers answered when they were asked, in the order of the files
    /// that keep it.
    pub listings: Vec<ServerListing>,
    /// What logs show, of all files together.
    pub activity: Activity,
    /// Every file looked at.
    pub sources: Vec<SourceRecord>,
    /// What could not be read, beyond whole files.
    pub gaps: Vec<Gap>,
}
