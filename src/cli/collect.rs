//! `gradus collect`: a live system as one file, to be judged elsewhere.

use std::io::{ErrorKind, Write as _};

use anyhow::Context as _;

use super::{
    arguments::{Arguments, CollectCommand, CollectFile},
    clock,
    exit::{Exit, UsageError},
    live::{self, Wanted},
};
use crate::source::write;

/// Collects, or tells which permissions that takes.
///
/// # Errors
/// When there is no way to the system, or the file cannot be written.
pub fn run(command: &CollectCommand, arguments: &Arguments) -> anyhow::Result<Exit> {
    match command {
        CollectCommand::Kubernetes(options) => {
            let wanted = Wanted::Cluster { context: options.context.clone() };
            collect(&wanted, &options.file, arguments)
        }
        CollectCommand::Aws(options) => {
            let wanted = Wanted::Account {
                profile: options.profile.clone(),
                account: None,
                regions: options.regions.clone(),
            };
            collect(&wanted, &options.file, arguments)
        }
    }
}

fn collect(wanted: &Wanted, options: &CollectFile, arguments: &Arguments) -> anyhow::Result<Exit> {
    if options.permissions {
        let mut out = anstream::stdout().lock();
        out.write_all(live::permissions(wanted)?.as_bytes())?;
        return Ok(Exit::Fine);
    }
    let file = options.output.as_deref().context(UsageError("-o FILE is missing".to_owned()))?;
    if file.as_os_str() == "-" {
        let message = "a snapshot is a file: -o FILE, not `-`";
        return Err(UsageError(message.to_owned()).into());
    }
    let exists = || UsageError(format!("{} exists; --force replaces it", file.display()));
    // Said before the system is read, and again by whoever writes.
    if !options.force && file.symlink_metadata().is_ok() {
        return Err(exists().into());
    }
    let collected_at = clock::now()?.to_string();
    let mut snapshot = match live::one(wanted, options.timeout, arguments.quiet)? {
        Ok(snapshot) => snapshot,
        Err(error) if error.is_usage() => return Err(UsageError(error.to_string()).into()),
        Err(error) => {
            let mut out = anstream::stderr();
            writeln!(out, "gradus: nothing was collected: {error}")?;
            return Ok(Exit::Incomplete);
        }
    };
    snapshot.set_collected_at(collected_at);
    let text = snapshot.to_json().context("the collection cannot be written")?;
    write::whole(file, &text, options.force).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => anyhow::Error::from(exists()),
        _ => anyhow::Error::from(UsageError(format!("cannot write {}: {error}", file.display()))),
    })?;
    let mut out = anstream::stderr();
    let missing = snapshot.missing();
    for gap in &missing {
        writeln!(out, "gradus: not collected: {gap}")?;
    }
    if !arguments.quiet {
        let (name, extent) = (snapshot.name(), snapshot.extent());
        writeln!(out, "{name}: {extent} in {}", file.display())?;
    }
    Ok(if missing.is_empty() { Exit::Fine } else { Exit::Incomplete })
}
