//! Live systems, as the command line and the workspace ask for them.

use super::arguments::EvidenceOptions;
use crate::{
    scan::Collected,
    workspace::{SourceKind, Workspace},
};

/// A live system that `--live` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Live {
    /// `kubernetes`: every context of the workspace, or the current one where it
    /// names none. `kubernetes=CONTEXT`: that one.
    Kubernetes(Option<String>),
}

impl std::str::FromStr for Live {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            None if text == "kubernetes" => Ok(Self::Kubernetes(None)),
            Some(("kubernetes", "")) => Err("`kubernetes=` names no context".to_owned()),
            Some(("kubernetes", context)) => Ok(Self::Kubernetes(Some(context.to_owned()))),
            _ => Err(format!("`{text}` is not `kubernetes` or `kubernetes=CONTEXT`")),
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
    let mut contexts: Vec<Option<String>> = Vec::new();
    for Live::Kubernetes(named) in &options.live {
        let taken = workspace.take_live(|source| {
            source.kind == SourceKind::Kubernetes
                && named.as_ref().is_none_or(|named| *named == source.name)
        });
        match (named, taken.is_empty()) {
            (Some(named), _) => contexts.push(Some(named.clone())),
            (None, true) => contexts.push(None),
            (None, false) => contexts.extend(taken.into_iter().map(|source| Some(source.name))),
        }
    }
    let mut wanted: Vec<Option<String>> = Vec::new();
    for context in contexts {
        if !wanted.contains(&context) {
            wanted.push(context);
        }
    }
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    clusters(workspace, &wanted, options, quiet)
}

/// What a gradus without live clusters says.
#[cfg(not(feature = "kubernetes"))]
pub(super) fn unsupported() -> anyhow::Error {
    let message = "this gradus was built without live clusters (cargo feature `kubernetes`): \
                   give the cluster's export as files";
    super::exit::UsageError(message.to_owned()).into()
}

#[cfg(not(feature = "kubernetes"))]
fn clusters(
    _workspace: &mut Workspace,
    _contexts: &[Option<String>],
    _options: &EvidenceOptions,
    _quiet: bool,
) -> anyhow::Result<Vec<Collected>> {
    Err(unsupported())
}

#[cfg(feature = "kubernetes")]
fn clusters(
    workspace: &mut Workspace,
    contexts: &[Option<String>],
    options: &EvidenceOptions,
    quiet: bool,
) -> anyhow::Result<Vec<Collected>> {
    use anyhow::Context as _;

    let mut collected = Vec::new();
    for context in contexts {
        match one(context.clone(), options.timeout, quiet) {
            Ok(snapshot) => collected.push(Collected {
                name: snapshot.name.as_str().into(),
                text: snapshot.to_json().context("the collection cannot be written")?,
            }),
            Err(error) => {
                let name = context.as_deref().unwrap_or("(current context)");
                workspace.failed_live(SourceKind::Kubernetes, name, &error.to_string());
            }
        }
    }
    Ok(collected)
}

/// Collects one cluster, with a bar on a terminal.
#[cfg(feature = "kubernetes")]
pub(super) fn one(
    context: Option<String>,
    timeout: u64,
    quiet: bool,
) -> Result<crate::scan::kubernetes::snapshot::Snapshot, crate::scan::kubernetes::live::LiveError> {
    use crate::scan::kubernetes::live;

    let named = context.clone().unwrap_or_else(|| "the current context".to_owned());
    let bar = super::progress::Bar::new(&format!("reading {named}"), quiet);
    let options = live::Options {
        context,
        timeout: std::time::Duration::from_secs(timeout),
        ..live::Options::default()
    };
    live::collect(&options, &mut |progress| {
        bar.at(progress.done, progress.all, progress.objects);
    })
}
