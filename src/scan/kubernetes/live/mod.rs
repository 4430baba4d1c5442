//! Live clusters, read and never written.
//!
//! The only place that knows `kube`, which stays within [`collect`]. What comes of
//! it is a [`Snapshot`], the same one that is written to a file.

mod connect;
mod discover;
mod list;
mod permissions;
mod prune;
mod request;
mod resources;

#[cfg(test)]
mod tests;

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

pub use permissions::cluster_role;
use serde::Deserialize;

use super::snapshot::{Listed, Snapshot, Unlisted};
use crate::scan::{
    live::{self, Progress, Stopped, TIMEOUT, Teller, plain, shown, together},
    snapshot::LiveFailure,
};
use discover::{Discovered, discover};
use request::{Accept, Refusal, Server};

/// How to collect.
#[derive(Debug, Clone)]
pub struct Options {
    /// The context of the kubeconfig; none for the current one, or for the
    /// cluster that gradus runs in.
    pub context: Option<String>,
    /// The kubeconfig; none for the one that `kubectl` would take.
    pub kubeconfig: Option<PathBuf>,
    /// What the whole cluster may take; one answer may take a quarter of it.
    pub timeout: Duration,
    /// Objects that are asked for at a time.
    pub page: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self { context: None, kubeconfig: None, timeout: Duration::from_secs(TIMEOUT), page: 500 }
    }
}

/// Why a cluster could not be collected at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LiveError {
    /// Nothing says where a cluster is.
    #[error("there is no kubeconfig (KUBECONFIG, ~/.kube/config), and this is no pod of a cluster")]
    NoKubeconfig,
    /// The kubeconfig cannot be used.
    #[error("the kubeconfig cannot be used: {0}")]
    Kubeconfig(String),
    /// No context was named and none is the current one.
    #[error("the kubeconfig has no current context: name one of {}", .known.join(", "))]
    NoCurrentContext {
        /// Contexts that there are.
        known: Vec<String>,
    },
    /// The context is not in the kubeconfig.
    #[error("context `{wanted}` is not in the kubeconfig, which has {}", shown(.known))]
    UnknownContext {
        /// What was asked for.
        wanted: String,
        /// Contexts that there are, the nearest first.
        known: Vec<String>,
    },
    /// Credentials cannot be had, or the server does not take them.
    #[error("{0}: renew them (`kubectl auth whoami` must work)")]
    Credentials(String),
    /// The server does not answer as an API server does.
    #[error("{0}")]
    Server(String),
    /// Time was over before anything was listed.
    #[error("nothing came within {} s (--timeout): a server or a credentials plugin that does not answer", .0.as_secs_f32())]
    TimedOut(Duration),
    /// The collector itself failed.
    #[error("the collector failed: {0}")]
    Internal(String),
}

impl LiveFailure for LiveError {
    fn is_usage(&self) -> bool {
        match self {
            Self::NoKubeconfig
            | Self::Kubeconfig(_)
            | Self::NoCurrentContext { .. }
            | Self::UnknownContext { .. } => true,
            Self::Credentials(_) | Self::Server(_) | Self::TimedOut(_) | Self::Internal(_) => false,
        }
    }
}

impl From<Stopped> for LiveError {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::TimedOut(timeout) => Self::TimedOut(timeout),
            Stopped::Failed(reason) => Self::Internal(reason),
        }
    }
}

/// Collects a cluster. What of it cannot be listed is a gap of the snapshot;
/// `watch` is told how far it is, on this thread.
///
/// # Errors
/// There is no way to the cluster, or nothing at all can be read.
pub fn collect(options: &Options, watch: &mut dyn FnMut(&Progress)) -> Result<Snapshot, LiveError> {
    let own = options.clone();
    live::within(options.timeout, watch, move |teller| async move {
        let began = Instant::now();
        let (name, client) = connect::connect(&own).await?;
        let server = Arc::new(Server::new(client, began, own.timeout));
        cluster(name, server, own.page, &teller).await
    })
}

#[derive(Deserialize)]
struct Version {
    #[serde(rename = "gitVersion")]
    git_version: String,
}

async fn cluster(
    name: String,
    server: Arc<Server>,
    page: u32,
    teller: &Teller,
) -> Result<Snapshot, LiveError> {
    let mut snapshot = Snapshot { name, ..Snapshot::default() };
    match server.get("/version", Accept::Objects).await {
        Ok(body) => {
            let version = discover::read::<Version>(&body).ok();
            snapshot.server_version = version.map(|version| plain(&version.git_version));
        }
        Err(refusal @ (Refusal::Credentials | Refusal::Unreachable(_) | Refusal::Slow(_))) => {
            return Err(fatal(&refusal));
        }
        // What is not known of the version is not known of its risks either, and
        // these then count.
        Err(_) => {}
    }
    let Discovered { targets, none, gaps } =
        discover(&server).await.map_err(|refusal| fatal(&refusal))?;
    snapshot.listed = none;
    snapshot.gaps = gaps;
    let mut progress = Progress { done: 0, all: targets.len(), objects: 0 };
    let work = targets.iter().map(|target| list::list(server.clone(), target.clone(), page));
    let listings = together(work.collect::<Vec<_>>(), |listing| {
        progress.done += 1;
        progress.objects += listing.items.len();
        teller.tell(&progress);
    })
    .await;
    let refused = |listing: &Option<list::Listing>| {
        matches!(listing, Some(list::Listing { refusal: Some(Refusal::Credentials), .. }))
    };
    if !listings.is_empty() && listings.iter().all(refused) {
        return Err(fatal(&Refusal::Credentials));
    }
    for (target, listing) in targets.into_iter().zip(listings) {
        let gap = |reason: String| Unlisted {
            group: target.group.clone(),
            resource: target.resource.clone(),
            reason,
        };
        // A task that failed is a listing that is missing.
        let Some(listing) = listing else {
            snapshot.gaps.push(gap("the collector failed".to_owned()));
            continue;
        };
        let items = u64::try_from(listing.items.len()).unwrap_or(u64::MAX);
        snapshot.items.extend(listing.items);
        match listing.refusal {
            Some(refusal) => snapshot.gaps.push(gap(refusal.to_string())),
            None => snapshot.listed.push(Listed {
                group: target.group,
                version: target.version,
                resource: target.resource,
                kind: target.kind,
                items,
            }),
        }
    }
    snapshot.gaps.sort();
    Ok(snapshot)
}

/// What is wrong where nothing can be listed.
fn fatal(refusal: &Refusal) -> LiveError {
    match refusal {
        Refusal::Credentials => LiveError::Credentials(refusal.to_string()),
        refusal => LiveError::Server(format!("nothing can be listed: {refusal}")),
    }
}
