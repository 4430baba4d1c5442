//! `gradus collect`: a live system as one file, to be judged elsewhere.

use super::{
    arguments::{Arguments, CollectCommand},
    exit::Exit,
};

/// Collects, or tells which permissions that takes.
///
/// # Errors
/// When there is no way to the cluster, or the file cannot be written.
pub fn run(command: &CollectCommand, arguments: &Arguments) -> anyhow::Result<Exit> {
    let CollectCommand::Kubernetes(options) = command;
    kubernetes(options, arguments)
}

#[cfg(not(feature = "kubernetes"))]
fn kubernetes(
    _options: &super::arguments::CollectOptions,
    _arguments: &Arguments,
) -> anyhow::Result<Exit> {
    Err(super::live::unsupported())
}

#[cfg(feature = "kubernetes")]
fn kubernetes(
    options: &super::arguments::CollectOptions,
    arguments: &Arguments,
) -> anyhow::Result<Exit> {
    use std::io::{ErrorKind, Write as _};

    use anyhow::Context as _;

    use super::{clock, exit::UsageError, live};
    use crate::{scan::kubernetes::live as cluster, source::write};

    if options.permissions {
        let mut out = anstream::stdout().lock();
        out.write_all(cluster::cluster_role().as_bytes())?;
        return Ok(Exit::Fine);
    }
    let file = options.output.as_deref().context(UsageError("-o FILE is missing".to_owned()))?;
    if file.as_os_str() == "-" {
        let message = "a snapshot is a file: -o FILE, not `-`";
        return Err(UsageError(message.to_owned()).into());
    }
    let exists = || UsageError(format!("{} exists; --force replaces it", file.display()));
    // Said before the cluster is read, and again by whoever writes.
    if !options.force && file.symlink_metadata().is_ok() {
        return Err(exists().into());
    }
    let collected_at = clock::now()?.to_string();
    let mut snapshot = match live::one(options.context.clone(), options.timeout, arguments.quiet) {
        Ok(snapshot) => snapshot,
        Err(error) if error.is_usage() => return Err(UsageError(error.to_string()).into()),
        Err(error) => {
            let mut out = anstream::stderr();
            writeln!(out, "gradus: nothing was collected: {error}")?;
            return Ok(Exit::Incomplete);
        }
    };
    snapshot.collected_at = collected_at;
    let text = snapshot.to_json().context("the collection cannot be written")?;
    write::whole(file, &text, options.force).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => anyhow::Error::from(exists()),
        _ => anyhow::Error::from(UsageError(format!("cannot write {}: {error}", file.display()))),
    })?;
    let mut out = anstream::stderr();
    for gap in &snapshot.gaps {
        writeln!(out, "gradus: not collected: {}", gap.sentence())?;
    }
    if !arguments.quiet {
        writeln!(
            out,
            "{}: {} objects of {} resources in {}",
            snapshot.name,
            snapshot.items.len(),
            snapshot.listed.iter().filter(|listed| !listed.version.is_empty()).count(),
            file.display()
        )?;
    }
    Ok(if snapshot.gaps.is_empty() { Exit::Fine } else { Exit::Incomplete })
}
