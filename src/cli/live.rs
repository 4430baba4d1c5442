//! Live systems, as the command line and the workspace ask for them.

use anyhow::Context as _;

use super::arguments::EvidenceOptions;
use crate::{
    scan::{
        Collected,
        snapshot::{Collection, LiveFailure},
    },
    workspace::{LiveAccount, LiveSource, LiveSystem, SourceKind, Workspace},
};

/// Live systems that `--live` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Live {
    /// `kubernetes`: every context of the workspace, or the current one where it
    /// names none. `kubernetes=CONTEXT`: that one.
    Kubernetes(Option<String>),
    /// `aws`: every profile of the workspace, or the credentials of the environment
    /// where it names none. `aws=PROFILE`: that one.
    Aws(Option<String>),
    /// `mcp=NAME,…`: the tool servers that configurations of the workspace call that,
    /// and no others.
    Mcp(Vec<String>),
}

impl std::str::FromStr for Live {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (plane, name) = match text.split_once('=') {
            None => (text, None),
            Some((plane, name)) => (plane, Some(name.to_owned())),
        };
        match (plane, name.as_deref()) {
            ("kubernetes", Some("")) => Err("`kubernetes=` names no context".to_owned()),
            ("aws", Some("")) => Err("`aws=` names no profile".to_owned()),
            ("kubernetes", _) => Ok(Self::Kubernetes(name)),
            ("aws", _) => Ok(Self::Aws(name)),
            ("mcp", Some(names)) if names.split(',').all(|name| !name.trim().is_empty()) => {
                Ok(Self::Mcp(names.split(',').map(|name| name.trim().to_owned()).collect()))
            }
            ("mcp", _) => {
                Err("which servers? `mcp=NAME` or `mcp=NAME,NAME`: each is started".to_owned())
            }
            _ => Err(format!(
                "`{text}` is none of `kubernetes`, `kubernetes=CONTEXT`, `aws`, `aws=PROFILE` and \
                 `mcp=NAME`"
            )),
        }
    }
}

impl Live {
    /// Whether it asks for a system that the workspace names.
    fn asks_for(&self, system: &LiveSystem) -> bool {
        match (self, system) {
            (Self::Kubernetes(named), LiveSystem::Cluster { context: own, .. })
            | (Self::Aws(named), LiveSystem::Account(LiveAccount { profile: own, .. })) => {
                named.as_ref().is_none_or(|named| named == own)
            }
            (Self::Kubernetes(_) | Self::Mcp(_), LiveSystem::Account(_))
            | (Self::Aws(_) | Self::Mcp(_), LiveSystem::Cluster { .. }) => false,
        }
    }
}

/// One live system to collect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// A cluster.
    Cluster {
        /// The context; none for the current one.
        context: Option<String>,
    },
    /// An AWS account.
    Account {
        /// The profile; none for the credentials of the environment.
        profile: Option<String>,
        /// The twelve digits that it must have.
        account: Option<String>,
        /// Regions whose clusters to ask for; none for the configured one.
        regions: Vec<String>,
    },
}

impl Wanted {
    /// The system that is asked for where the workspace names none; a tool server is
    /// only ever one of its configurations.
    fn beside_workspace(live: &Live) -> Option<Self> {
        match live.clone() {
            Live::Kubernetes(context) => Some(Self::Cluster { context }),
            Live::Aws(profile) => {
                Some(Self::Account { profile, account: None, regions: Vec::new() })
            }
            Live::Mcp(_) => None,
        }
    }
}

impl From<LiveSource> for Wanted {
    fn from(source: LiveSource) -> Self {
        match source.system {
            LiveSystem::Cluster { context, .. } => Self::Cluster { context: Some(context) },
            LiveSystem::Account(LiveAccount { profile, account, region }) => {
                let regions = region.into_iter().collect();
                Self::Account { profile: Some(profile), account, regions }
            }
        }
    }
}

impl Wanted {
    fn kind(&self) -> SourceKind {
        match self {
            Self::Cluster { .. } => SourceKind::Kubernetes,
            Self::Account { .. } => SourceKind::Aws,
        }
    }

    /// Takes what the same system was named with elsewhere: a profile may stand there
    /// once for each of its regions.
    fn unite(&mut self, other: Self) {
        if let (Self::Account { regions, .. }, Self::Account { regions: more, .. }) = (self, other)
        {
            regions.extend(more);
        }
    }

    /// What it is called where it could not be read.
    fn name(&self) -> &str {
        match self {
            Self::Cluster { context } => context.as_deref().unwrap_or("(current context)"),
            Self::Account { profile, .. } => {
                profile.as_deref().unwrap_or("(credentials of the environment)")
            }
        }
    }
}

/// Collects what was asked for. What cannot be collected is a failed source of
/// the workspace; what was not asked for stays one that was not collected.
///
/// # Errors
/// This gradus cannot collect at all.
pub fn collect(
    workspace: &mut Workspace,
    options: &EvidenceOptions,
    quiet: bool,
) -> anyhow::Result<Vec<Collected>> {
    let mut wanted: Vec<Wanted> = Vec::new();
    for live in &options.live {
        let taken = workspace.take_live(|source| live.asks_for(&source.system));
        let mut systems: Vec<Wanted> = taken.into_iter().map(Wanted::from).collect();
        if systems.is_empty() {
            systems.extend(Wanted::beside_workspace(live));
        }
        for system in systems {
            let is_it =
                |other: &Wanted| (other.kind(), other.name()) == (system.kind(), system.name());
            match wanted.iter_mut().find(|other| is_it(other)) {
                Some(known) => known.unite(system),
                None => wanted.push(system),
            }
        }
    }
    let mut collected = Vec::new();
    for system in wanted {
        match one(&system, options.timeout, quiet)? {
            Ok(snapshot) => collected.push(Collected {
                name: snapshot.name().into(),
                text: snapshot.to_json().context("the collection cannot be written")?,
            }),
            Err(error) => {
                workspace.failed_live(system.kind(), system.name(), &error.to_string());
            }
        }
    }
    Ok(collected)
}

/// What came of one system, whichever it is.
pub(super) type Outcome = Result<Box<dyn Collection>, Box<dyn LiveFailure>>;

/// Collects one system, with a bar on a terminal.
///
/// # Errors
/// This gradus cannot collect such systems.
pub(super) fn one(wanted: &Wanted, timeout: u64, quiet: bool) -> anyhow::Result<Outcome> {
    match wanted {
        Wanted::Cluster { context } => cluster(context.clone(), timeout, quiet),
        Wanted::Account { profile, account, regions } => {
            self::account(profile.clone(), account.clone(), regions.clone(), timeout, quiet)
        }
    }
}

/// The permissions that collecting systems of a kind needs, as their own tools take
/// them.
///
/// # Errors
/// This gradus cannot collect such systems.
pub(super) fn permissions(wanted: &Wanted) -> anyhow::Result<String> {
    match wanted {
        Wanted::Cluster { .. } => cluster_role(),
        Wanted::Account { .. } => policy(),
    }
}

#[cfg(feature = "kubernetes")]
fn cluster(context: Option<String>, timeout: u64, quiet: bool) -> anyhow::Result<Outcome> {
    use crate::scan::kubernetes::live;

    let named = context.clone().unwrap_or_else(|| "the current context".to_owned());
    let bar = super::progress::Bar::new(&format!("reading {named}"), quiet);
    let options = live::Options {
        context,
        timeout: std::time::Duration::from_secs(timeout),
        ..live::Options::default()
    };
    let result = live::collect(&options, &mut |progress| bar.at(progress));
    Ok(match result {
        Ok(snapshot) => Ok(Box::new(snapshot)),
        Err(error) => Err(Box::new(error)),
    })
}

#[cfg(feature = "kubernetes")]
fn cluster_role() -> anyhow::Result<String> {
    Ok(crate::scan::kubernetes::live::cluster_role())
}

#[cfg(feature = "aws")]
fn account(
    profile: Option<String>,
    account: Option<String>,
    regions: Vec<String>,
    timeout: u64,
    quiet: bool,
) -> anyhow::Result<Outcome> {
    use crate::scan::aws::live;

    let named = profile.clone().unwrap_or_else(|| "the AWS account".to_owned());
    let bar = super::progress::Bar::new(&format!("reading {named}"), quiet);
    let options = live::Options {
        profile,
        account,
        regions,
        timeout: std::time::Duration::from_secs(timeout),
        ..live::Options::default()
    };
    let result = live::collect(&options, &mut |progress| bar.at(progress));
    Ok(match result {
        Ok(snapshot) => Ok(Box::new(snapshot)),
        Err(error) => Err(Box::new(error)),
    })
}

#[cfg(feature = "aws")]
fn policy() -> anyhow::Result<String> {
    Ok(crate::scan::aws::live::policy())
}

/// What a gradus says that was built without the clients of some systems.
#[cfg(not(all(feature = "kubernetes", feature = "aws")))]
fn unsupported<T>(systems: &str, feature: &str, export: &str) -> anyhow::Result<T> {
    let message = format!(
        "this gradus was built without live {systems} (cargo feature `{feature}`): give {export} \
         as files"
    );
    Err(super::exit::UsageError(message).into())
}

#[cfg(not(feature = "kubernetes"))]
fn cluster(_context: Option<String>, _timeout: u64, _quiet: bool) -> anyhow::Result<Outcome> {
    unsupported("clusters", "kubernetes", "the cluster's export")
}

#[cfg(not(feature = "kubernetes"))]
fn cluster_role() -> anyhow::Result<String> {
    unsupported("clusters", "kubernetes", "the cluster's export")
}

#[cfg(not(feature = "aws"))]
fn account(
    _profile: Option<String>,
    _account: Option<String>,
    _regions: Vec<String>,
    _timeout: u64,
    _quiet: bool,
) -> anyhow::Result<Outcome> {
    unsupported("accounts", "aws", "`aws iam get-account-authorization-details`")
}

#[cfg(not(feature = "aws"))]
fn policy() -> anyhow::Result<String> {
    unsupported("accounts", "aws", "`aws iam get-account-authorization-details`")
}
