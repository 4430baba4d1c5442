//! `--live mcp=NAME`: what tool servers offer, asked and kept in the workspace.

use std::path::Path;

use super::{arguments::EvidenceOptions, exit::UsageError, live::Live};
use crate::{
    model::evidence::Evidence,
    scan::{Expected, Source, mcp::FOLDER},
    source::{files::walk, limits::Limits},
    workspace::Workspace,
};

/// The source that what was kept of earlier runs is; none where nothing was.
#[must_use]
pub fn kept(root: &Path, limits: &Limits) -> Option<Source> {
    let folder = root.join(FOLDER);
    folder.is_dir().then(|| Source {
        name: FOLDER.to_owned(),
        expected: Expected::Agents,
        format: None,
        mapping: None,
        files: walk(&folder, root, limits).files,
    })
}

/// Asks every server that is named what it offers, and keeps what it answers. One that
/// does not answer is a source that failed.
///
/// # Errors
/// A name that no configuration has, or a gradus that cannot ask.
pub fn list(
    workspace: &Workspace,
    options: &EvidenceOptions,
    quiet: bool,
    evidence: &mut Evidence,
) -> anyhow::Result<()> {
    let mut names: Vec<&str> = Vec::new();
    for live in &options.live {
        if let Live::Mcp(wanted) = live {
            names.extend(wanted.iter().map(String::as_str));
        }
    }
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        return if options.pass_env.is_empty() {
            Ok(())
        } else {
            Err(UsageError("--pass-env goes with `--live mcp=NAME`".to_owned()).into())
        };
    }
    asking::list(workspace, options, &names, quiet, evidence)
}

#[cfg(not(feature = "mcp"))]
mod asking {
    use super::{Evidence, EvidenceOptions, UsageError, Workspace};

    pub(super) fn list(
        _workspace: &Workspace,
        _options: &EvidenceOptions,
        _names: &[&str],
        _quiet: bool,
        _evidence: &mut Evidence,
    ) -> anyhow::Result<()> {
        let message = "this gradus was built without live tool servers (cargo feature `mcp`)";
        Err(UsageError(message.to_owned()).into())
    }
}

#[cfg(feature = "mcp")]
mod asking {
    use std::{
        collections::BTreeSet, fs, io::Write as _, path::PathBuf, sync::Arc, time::Duration,
    };

    use anyhow::Context as _;

    use super::{Evidence, EvidenceOptions, FOLDER, Limits, UsageError, Workspace};
    use crate::{
        cli::{clock, progress::Bar},
        model::{
            agent_config::{Given, Server, ServerListing, Transport},
            coverage::{SourceRecord, SourceStatus},
        },
        scan::{
            live::{nearest_first, shown},
            mcp::{
                entry_digest,
                live::{self, Options},
                snapshot::{self, Snapshot, file_name, origin},
            },
            snapshot::Collection as _,
        },
        source::{files::FileRef, write},
    };

    pub(super) fn list(
        workspace: &Workspace,
        options: &EvidenceOptions,
        names: &[&str],
        quiet: bool,
        evidence: &mut Evidence,
    ) -> anyhow::Result<()> {
        let wanted = wanted(names, evidence)?;
        let folder = fs::canonicalize(&workspace.root).unwrap_or_else(|_| workspace.root.clone());
        let own = Options {
            timeout: Duration::from_secs(options.timeout),
            pass: options.pass_env.clone(),
            folder,
        };
        for server in &wanted {
            let file = file_of(workspace, server);
            if !quiet {
                let what = match &server.transport {
                    Transport::Stdio(launch) => format!("starting {}", launch.program.describe()),
                    Transport::Http { url: Some(url), .. } => format!("calling {url}"),
                    Transport::Http { url: None, .. } | Transport::Unreadable => "asking it".into(),
                };
                let mut out = anstream::stderr();
                writeln!(out, "gradus: {} ({}): {what}", server.name, server.location)?;
            }
            let bar = Bar::new(&format!("asking {}", server.name), quiet);
            let answer = match &file {
                Some(file) => live::list(server, file, &own, &mut |progress| bar.at(progress))
                    .map_err(|error| error.to_string()),
                None => Err("its entry stands in no file, and can be read again from none".into()),
            };
            drop(bar);
            match answer {
                Ok(answer) => keep(workspace, answer, evidence)?,
                Err(reason) => evidence.sources.push(failed(&server.name, reason)),
            }
        }
        Ok(())
    }

    /// The servers of these names. Nothing is started that a person may not have meant:
    /// where entries of one name differ, they have to say which.
    fn wanted(names: &[&str], evidence: &Evidence) -> anyhow::Result<Vec<Server>> {
        let servers = || evidence.configs.iter().flat_map(|config| &config.servers);
        let mut wanted: Vec<Server> = Vec::new();
        for text in names {
            let exact: Vec<&Server> = servers().filter(|server| server.name == *text).collect();
            let named = match text.rsplit_once('@') {
                Some((name, file)) if exact.is_empty() => servers()
                    .filter(|server| server.name == name && *server.location.path == *file)
                    .collect(),
                Some(_) | None => exact,
            };
            let Some(first) = named.first() else { return Err(unknown(text, servers()).into()) };
            if named.iter().any(|server| entry_digest(server) != entry_digest(first)) {
                let places: BTreeSet<String> =
                    named.iter().map(|server| server.location.to_string()).collect();
                let places: Vec<String> = places.into_iter().collect();
                let message = format!(
                    "several servers are called `{text}`, and they differ: {}; say which: \
                     `mcp={text}@{}`",
                    places.join(", "),
                    first.location.path
                );
                return Err(UsageError(message).into());
            }
            if !wanted.contains(first) {
                wanted.push((*first).clone());
            }
        }
        Ok(wanted)
    }

    fn unknown<'s>(wanted: &str, servers: impl Iterator<Item = &'s Server>) -> UsageError {
        let known: BTreeSet<&str> = servers.map(|server| server.name.as_str()).collect();
        let known = known.into_iter().map(str::to_owned).collect();
        let known = shown(&nearest_first(wanted, known));
        UsageError(format!(
            "no configuration of the workspace has a server `{wanted}`; there is {known}"
        ))
    }

    /// The file that an entry stands in.
    fn file_of(workspace: &Workspace, server: &Server) -> Option<FileRef> {
        let files = workspace.sources.iter().flat_map(|source| &source.files);
        files.into_iter().find(|file| *file.display == *server.location.path).cloned()
    }

    fn failed(name: &str, reason: String) -> SourceRecord {
        SourceRecord::without_items(&origin(name), "mcp", SourceStatus::Failed, Some(reason))
    }

    /// Keeps an answer. The first one stays as it is: another that differs from it is
    /// kept beside it until somebody puts it in its place, so that what changed is told
    /// by every run until then.
    fn keep(
        workspace: &Workspace,
        mut answer: Snapshot,
        evidence: &mut Evidence,
    ) -> anyhow::Result<()> {
        let path = |new| {
            let name = file_name(&answer.name, &answer.config, new);
            (format!("{FOLDER}/{name}"), workspace.root.join(FOLDER).join(name))
        };
        let (first, other) = (path(false), path(true));
        answer.set_collected_at(clock::now()?.to_string());
        let text = answer.to_json().context("the answer cannot be written")?;
        let limits = Limits::default();
        let read = |(shown, _): &(String, PathBuf)| {
            let shown: Arc<str> = shown.as_str().into();
            let mut reading = snapshot::read(&shown, Ok(&text), &limits);
            if let Some(listing) = &mut reading.listing {
                listing.given = Given::Now;
            }
            reading
        };
        let place = |listing: &ServerListing| listing.location.path.to_string();
        let mut now = read(&first);
        let accepted = evidence.listings.iter_mut().find(|kept| place(kept) == first.0);
        let same = accepted.zip(now.listing.as_ref()).is_some_and(|(kept, now)| {
            let mut now = now.clone();
            now.listed_at.clone_from(&kept.listed_at);
            now.given = kept.given;
            let same = now == *kept;
            if same {
                kept.given = Given::Again;
            }
            same
        });
        // What was kept beside the first answer is not what the server offers any more.
        evidence.listings.retain(|kept| place(kept) != other.0);
        evidence.sources.retain(|record| record.path != other.0);
        evidence.gaps.retain(|gap| *gap.location.path != *other.0);
        if same {
            let _ = fs::remove_file(&other.1);
            return Ok(());
        }
        // One that is there and cannot be read is no less what somebody kept.
        let file = if fs::symlink_metadata(&first.1).is_ok() {
            now = read(&other);
            &other
        } else {
            &first
        };
        let written = file.1.parent().map_or(Ok(()), fs::create_dir_all);
        if let Err(error) = written.and_then(|()| write::whole(&file.1, &text, true)) {
            let mut out = anstream::stderr();
            writeln!(
                out,
                "gradus: what {} offers cannot be kept in {}: {error}",
                answer.name, file.0
            )?;
        }
        evidence.listings.extend(now.listing);
        evidence.sources.push(now.record);
        evidence.gaps.extend(now.gaps);
        Ok(())
    }
}
