//! Declared sources, expanded to files.

use std::{collections::BTreeSet, path::PathBuf};

use super::Declaration;
use crate::{
    model::{aws::arn::is_account, location::Location},
    source::{
        files::{FileRef, Found, normalise},
        typed::Located,
    },
    workspace::{
        schema::{self, Words},
        sources::{
            EksName, LiveAccount, LiveSource, LiveSystem, SourceEntry, SourceKind, everything,
            failed,
        },
    },
};

/// What an entry says of its files beside where they are.
#[derive(Default)]
struct Said {
    format: Option<String>,
    mapping: Option<FileRef>,
    eks: Option<EksName>,
}

impl Declaration<'_> {
    pub(super) fn sources(
        &mut self,
        written: Option<schema::Sources>,
    ) -> (Vec<SourceEntry>, Vec<LiveSource>) {
        let Some(written) = written else {
            let location = Location::file(self.shown.clone());
            let (entry, records) = everything(self.root, Some(self.path), location, self.limits);
            self.records.extend(records);
            return (vec![entry], Vec::new());
        };
        let mut entries = Vec::new();
        let mut live = Vec::new();
        let kinds = [
            (SourceKind::Kubernetes, written.kubernetes),
            (SourceKind::Aws, written.aws),
            (SourceKind::Agents, written.agents),
            (SourceKind::Activity, written.activity),
        ];
        for (kind, sources) in kinds {
            for source in sources {
                self.source(kind, source, &mut entries, &mut live);
            }
        }
        (entries, live)
    }

    fn source(
        &mut self,
        kind: SourceKind,
        source: Located<schema::Source>,
        entries: &mut Vec<SourceEntry>,
        live: &mut Vec<LiveSource>,
    ) {
        let place = source.place;
        let schema::Source { path, format, mapping, context, eks, profile, account, region } =
            source.value;
        let eks = eks
            .map(|name| EksName { location: name.place.location(&self.shown), name: name.value.0 });
        let about_account = account.is_some() || region.is_some();
        match (kind, path, context, profile) {
            (_, Some(path), None, None)
                if !about_account
                    && (eks.is_none() || kind == SourceKind::Kubernetes)
                    && (mapping.is_none()
                        || (kind == SourceKind::Activity && format.is_none())) =>
            {
                let mapping = mapping.and_then(|mapping| self.mapping(&mapping));
                let found =
                    if kind == SourceKind::Activity && path.value.0 == FileRef::STANDARD_INPUT {
                        Found { files: vec![FileRef::standard_input()], records: Vec::new() }
                    } else {
                        self.expand(&path)
                    };
                let said = Said { format: format.map(|words| words.0), mapping, eks };
                self.keep(kind, &path, found, said, entries);
            }
            (SourceKind::Kubernetes, None, Some(context), None)
                if format.is_none() && mapping.is_none() && !about_account =>
            {
                let system = LiveSystem::Cluster { context: context.value.0, eks };
                live.push(LiveSource { system, location: place.location(&self.shown) });
            }
            (SourceKind::Aws, None, None, Some(profile))
                if format.is_none() && mapping.is_none() && eks.is_none() =>
            {
                let account = account.and_then(|account| self.account(&account));
                let system = LiveSystem::Account(LiveAccount {
                    profile: profile.value.0,
                    account,
                    region: region.map(|region| region.0),
                });
                live.push(LiveSource { system, location: place.location(&self.shown) });
            }
            _ => {
                let way_out = match kind {
                    SourceKind::Kubernetes => {
                        "give one of `path` and `context`; `format` goes with `path`, `eks` with either"
                    }
                    SourceKind::Aws => {
                        "give one of `path` and `profile`; `format` goes with `path`, `account` and `region` \
                         with `profile`"
                    }
                    SourceKind::Activity => {
                        "give `path`, and one of `format` and `mapping` with it"
                    }
                    SourceKind::Agents | SourceKind::Any => "give `path`",
                };
                self.problem(place, format!("not a source of `{}`", kind.as_str()), way_out);
            }
        }
    }

    /// The one file that a mapping is.
    fn mapping(&mut self, given: &Located<Words>) -> Option<FileRef> {
        let before = self.problems.len();
        let mut files = self.expand(given).files.into_iter();
        let (first, more) = (files.next(), files.next());
        if first.is_some() && more.is_none() {
            return first;
        }
        // What is not there has been told already.
        if self.problems.len() == before {
            let found = if more.is_some() { "more than one file" } else { "no file" };
            let problem = format!("`{}` is {found}", given.value.0);
            self.problem(given.place, problem, "a mapping is one file");
        }
        None
    }

    /// The twelve digits of an account.
    fn account(&mut self, given: &Located<Words>) -> Option<String> {
        let digits = &given.value.0;
        if is_account(digits) {
            return Some(digits.clone());
        }
        let problem = format!("`{digits}` is no AWS account");
        self.problem(given.place, problem, "an account is twelve digits, in quotes");
        None
    }

    fn keep(
        &mut self,
        kind: SourceKind,
        path: &Located<Words>,
        mut found: Found,
        said: Said,
        entries: &mut Vec<SourceEntry>,
    ) {
        let Said { format, mapping, eks } = said;
        // A mapping may lie among the logs that it is for.
        found.files.retain(|file| mapping.as_ref().is_none_or(|own| own.path != file.path));
        if found.files.is_empty() && found.records.is_empty() {
            let reason = "the folder holds no file";
            self.records.push(failed(&normalise(&path.value.0), kind, reason));
        }
        self.records.extend(found.records);
        let location = path.place.location(&self.shown);
        entries.push(SourceEntry { kind, files: found.files, format, mapping, eks, location });
    }

    /// What agents call their configuration is read, whether `sources` names it or not.
    pub(super) fn cover(
        &mut self,
        configs: Vec<(&Located<Words>, Found)>,
        entries: &mut Vec<SourceEntry>,
    ) {
        let mut covered: BTreeSet<PathBuf> = entries
            .iter()
            .filter(|entry| matches!(entry.kind, SourceKind::Agents | SourceKind::Any))
            .flat_map(|entry| entry.files.iter().map(|file| file.path.clone()))
            .collect();
        for (config, mut found) in configs {
            let any = !found.files.is_empty();
            found.files.retain(|file| covered.insert(file.path.clone()));
            if !any || !found.files.is_empty() {
                self.keep(SourceKind::Agents, config, found, Said::default(), entries);
            }
        }
    }
}
