//! What a builder holds, taken apart: to be written to a file, and to be put together
//! again with other parts of the log.
//!
//! A part is taken from a builder whose bounds are in force, and everything in it has
//! one order. So two builders that hold the same make the same part.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ActivityBuilder, PlaneBuilder, RequestId};
use crate::{
    model::{
        activity::{
            ActionKey, ActionRecord, BoundedSet, Counted, LogOrigin, LogSummary, LoggedAction,
            Records, Window,
        },
        capability::Plane,
        coverage::{SourceRecord, SourceStatus},
    },
    scan::activity::{
        files::{FilesRead, Identity, LogFile},
        part::Summary,
        request::Request,
    },
    source::files::FileRef,
};

/// What an [`ActivityBuilder`] holds.
#[derive(Debug, Default)]
pub(crate) struct ActivityPart {
    /// By plane.
    pub(crate) planes: BTreeMap<Plane, PlanePart>,
    /// Tool calls, and what people did about actions; settled.
    pub(crate) records: Records,
}

/// What a [`PlaneBuilder`] holds.
#[derive(Debug, Default)]
pub(crate) struct PlanePart {
    pub(crate) counts: CountsPart,
    /// Events whose ids begin with fewer zero bits are counted, as often as they stand.
    pub(crate) zeros: u32,
    /// Events that are not counted yet, by id and place.
    pub(crate) events: Vec<HeldEvent>,
}

/// What is counted, of one event or of all.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct CountsPart {
    /// What was read.
    pub(crate) log: LogSummary,
    /// Events of principals that are not listed.
    pub(crate) beyond: u64,
    /// By name.
    pub(crate) principals: Vec<PrincipalPart>,
    /// Requests without their other half, by id.
    pub(crate) open: Vec<OpenPart>,
}

/// One principal.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PrincipalPart {
    /// As the log spells it.
    pub(crate) name: Box<str>,
    /// In which cluster, where the log tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cluster: Option<LogOrigin>,
    #[serde(default)]
    pub(crate) head: PrincipalHead,
    /// By key.
    #[serde(default)]
    pub(crate) actions: Vec<ActionPart>,
    /// From the earliest to the latest.
    #[serde(default)]
    pub(crate) changes: Vec<LoggedAction>,
}

/// What there is but once of a principal.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct PrincipalHead {
    pub(crate) window: Option<Window>,
    pub(crate) beyond: u64,
    pub(crate) groups: BoundedSet<String, 64>,
    pub(crate) impersonated_by: Counted<String, 16>,
    pub(crate) user_agents: Counted<String, 16>,
    pub(crate) grants: Counted<String, 64>,
    pub(crate) failed_open: Counted<String, 16>,
    pub(crate) changes_beyond: u64,
}

/// One action of a principal.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ActionPart {
    pub(crate) key: ActionKey,
    #[serde(default)]
    pub(crate) record: ActionRecord,
    #[serde(default)]
    pub(crate) received: u64,
    #[serde(default)]
    pub(crate) answered: u64,
}

/// A request without its other half.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OpenPart {
    pub(crate) id: RequestId,
    /// Its starts, each with the file it was read from.
    #[serde(default)]
    pub(crate) starts: Vec<(Arc<str>, Request<'static>)>,
    /// Ends that were seen without a start.
    #[serde(default)]
    pub(crate) ends: u64,
}

/// One copy of an event with an id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct HeldEvent {
    pub(crate) id: RequestId,
    /// The file that it stands in.
    pub(crate) path: Arc<str>,
    /// Line, from 1.
    pub(crate) line: u64,
    /// Which of those that begin in that line, from 0: a document may be one line.
    pub(crate) nth: u64,
    /// Events of the log that it stands for: a list is one.
    pub(crate) events: u64,
    /// A [`CountsPart`] as JSON: most are never looked at again.
    pub(crate) counts: Box<str>,
}

impl ActivityBuilder {
    /// The files that were read.
    pub(crate) fn files(&mut self) -> &mut FilesRead {
        &mut self.files
    }

    /// What a file is told by.
    pub(crate) fn identify(&self, file: &FileRef) -> Identity {
        self.files.identify(file, self.caps.held_events > 0)
    }

    /// Notes what became of a file that is no log, or none that could be read.
    pub(crate) fn note_other(&mut self, record: SourceRecord) {
        self.files.push(LogFile { record, size: 0, digest: None });
    }

    /// Everything it holds, its bounds in force.
    pub(crate) fn into_summary(mut self) -> Summary {
        self.hand_on();
        self.settle();
        let planes = self.planes.into_iter().map(|(plane, builder)| (plane, builder.into_part()));
        let part = ActivityPart { planes: planes.collect(), records: self.records };
        Summary { files: self.files.into_files(), part }
    }

    /// Adds a summary; what became of its files. Events that this builder counted
    /// already are not counted again, unless they are kept apart.
    pub(crate) fn absorb_summary(&mut self, summary: Summary) -> Vec<SourceRecord> {
        let mut again = BTreeMap::new();
        self.records.merge(summary.part.records);
        for (plane, part) in summary.part.planes {
            let builder = PlaneBuilder::of_part(part, self.caps, &mut self.shared, &mut again);
            self.absorb(plane, builder);
        }
        let mut records = Vec::new();
        for mut file in summary.files {
            let record = &mut file.record;
            if let Some(again) = again.remove(record.path.as_str()) {
                record.items = record.items.saturating_sub(again);
                if record.items == 0 && record.status == SourceStatus::Partial {
                    record.status = SourceStatus::Failed;
                }
            }
            records.push(record.clone());
            self.files.push(file);
        }
        records
    }
}

/// `value` as JSON without what is absent, `false`, 0 or empty in it. An object of one
/// member is left as it is: it says which variant of an enum this is.
pub(crate) fn sparse<T: Serialize>(value: &T) -> serde_json::Result<Value> {
    fn says_nothing(value: &Value) -> bool {
        match value {
            Value::Null => true,
            Value::Bool(said) => !said,
            Value::Number(number) => number.as_u64() == Some(0),
            Value::String(_) => false,
            Value::Array(items) => items.is_empty(),
            Value::Object(members) => members.is_empty(),
        }
    }
    fn prune(value: &mut Value) {
        match value {
            Value::Object(members) => {
                members.values_mut().for_each(prune);
                if members.len() > 1 {
                    members.retain(|_, member| !says_nothing(member));
                }
            }
            Value::Array(items) => items.iter_mut().for_each(prune),
            _ => {}
        }
    }
    let mut value = serde_json::to_value(value)?;
    prune(&mut value);
    Ok(value)
}
