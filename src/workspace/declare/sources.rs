//! Declared sources, expanded to files.

use std::{collections::BTreeSet, path::PathBuf};

use super::Declaration;
use crate::{
    model::location::Location,
    source::{
        files::{Found, normalise},
        typed::Located,
    },
    workspace::{
        schema::{self, Words},
        sources::{LiveSource, SourceEntry, SourceKind, everything, failed},
    },
};

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
        let schema::Source { path, format, context, profile } = source.value;
        let live_name = match kind {
            SourceKind::Kubernetes => context.as_ref().filter(|_| profile.is_none()),
            SourceKind::Aws => profile.as_ref().filter(|_| context.is_none()),
            SourceKind::Agents | SourceKind::Activity | SourceKind::Any => None,
        };
        match (path, live_name) {
            (Some(path), None) if context.is_none() && profile.is_none() => {
                let found = self.expand(&path);
                self.keep(kind, &path, found, format.map(|words| words.0), entries);
            }
            (None, Some(name)) if format.is_none() => live.push(LiveSource {
                kind,
                name: name.value.0.clone(),
                location: place.location(&self.shown),
            }),
            _ => {
                let way_out = match kind {
                    SourceKind::Kubernetes => {
                        "give one of `path` and `context`; `format` goes with `path`"
                    }
                    SourceKind::Aws => {
                        "give one of `path` and `profile`; `format` goes with `path`"
                    }
                    _ => "give `path`",
                };
                self.problem(place, format!("not a source of `{}`", kind.as_str()), way_out);
            }
        }
    }

    fn keep(
        &mut self,
        kind: SourceKind,
        path: &Located<Words>,
        found: Found,
        format: Option<String>,
        entries: &mut Vec<SourceEntry>,
    ) {
        if found.files.is_empty() && found.records.is_empty() {
            let reason = "the folder holds no file";
            self.records.push(failed(&normalise(&path.value.0), kind, reason));
        }
        self.records.extend(found.records);
        let location = path.place.location(&self.shown);
        entries.push(SourceEntry { kind, files: found.files, format, location });
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
                self.keep(SourceKind::Agents, config, found, None, entries);
            }
        }
    }
}
