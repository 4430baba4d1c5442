//! Reading fixtures, and what they have shown in words.

use std::{fs, path::Path};

use gradus::{
    model::{
        activity::{Activity, LogSummary, Trace},
        capability::Plane,
        coverage::SourceRecord,
        principal::Principal,
    },
    scan::activity::{ActivityBuilder, Caps, read, recognise},
    source::{files::FileRef, limits::Limits, read::head},
};

/// Who acts in the fixtures.
pub(crate) const BOT: &str = "system:serviceaccount:ops:bot";
/// The role that acts in those of AWS.
pub(crate) const ROLE: &str = "arn:aws:iam::111122223333:role/bot";

/// What was read of some files.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) activity: Activity,
    pub(crate) records: Vec<SourceRecord>,
}

/// Reads fixtures one after the other.
pub(crate) fn fixtures(names: &[&str]) -> Reading {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/activity");
    let mut builder = ActivityBuilder::new(Caps::default());
    let records = names
        .iter()
        .map(|name| {
            read_one(&folder.join(name), name, &mut builder)
                .unwrap_or_else(|| panic!("{name} was not recognised"))
        })
        .collect();
    Reading { activity: builder.finish(), records }
}

/// Reads one fixture.
pub(crate) fn fixture(name: &str) -> Reading {
    fixtures(&[name])
}

/// Reads text as if it stood in a file called `log`.
pub(crate) fn text(content: &[u8]) -> Reading {
    try_text(content).unwrap_or_else(|| panic!("not recognised"))
}

/// The same; none for what is no log.
pub(crate) fn try_text(content: &[u8]) -> Option<Reading> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    fs::write(&path, content).unwrap();
    let mut builder = ActivityBuilder::new(Caps::default());
    let records = vec![read_one(&path, "log", &mut builder)?];
    Some(Reading { activity: builder.finish(), records })
}

/// The text of a fixture.
pub(crate) fn content(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/activity");
    fs::read_to_string(folder.join(name)).unwrap()
}

fn read_one(path: &Path, name: &str, builder: &mut ActivityBuilder) -> Option<SourceRecord> {
    let file = FileRef { display: name.into(), path: path.to_owned() };
    let limits = Limits::default();
    let format = recognise(&head(&file).unwrap())?;
    Some(read(&file, format, builder, &limits))
}

impl Reading {
    /// The record of the only file.
    pub(crate) fn record(&self) -> &SourceRecord {
        assert_eq!(self.records.len(), 1);
        &self.records[0]
    }

    /// `KIND STATUS ITEMS/MALFORMED` of the only file.
    pub(crate) fn told(&self) -> String {
        let record = self.record();
        let status = format!("{:?}", record.status).to_lowercase();
        format!("{} {status} {}/{}", record.kind, record.items, record.malformed)
    }

    /// Why the only file is not all there.
    pub(crate) fn reason(&self) -> &str {
        self.record().reason.as_deref().unwrap_or_default()
    }

    /// What somebody did, as `ACTION: OUTCOME COUNT`.
    pub(crate) fn actions(&self, principal: &Principal) -> Vec<String> {
        let Some(found) = self.activity.principals.get(principal) else { return Vec::new() };
        found
            .actions
            .iter()
            .map(|(key, record)| {
                let counts = [
                    ("done", record.done.count),
                    ("unclear", record.unclear.count),
                    ("refused", record.denied.by_authorization),
                    ("refused later", record.denied.after_authorization),
                    ("refused somewhere", record.denied.unattributed),
                    ("failed", record.failed),
                    ("rehearsed", record.dry_run),
                    ("authorised", record.authorised.tally.count),
                ];
                let counts: Vec<_> = counts
                    .iter()
                    .filter(|(_, count)| *count > 0)
                    .map(|(name, count)| format!("{name} {count}"))
                    .collect();
                format!("{key}: {}", counts.join(", "))
            })
            .collect()
    }

    /// What the bot did.
    pub(crate) fn bot(&self) -> Vec<String> {
        self.actions(&Principal::kubernetes(BOT))
    }

    /// What joins the changes of the bot to other records.
    pub(crate) fn changes(&self) -> Vec<Trace> {
        let bot = &self.activity.principals[&Principal::kubernetes(BOT)];
        bot.changes.iter().map(|change| change.trace.clone()).collect()
    }

    /// What the role did.
    pub(crate) fn role(&self) -> Vec<String> {
        self.actions(&Principal::Aws(ROLE.to_owned()))
    }

    /// What the log of a plane is.
    pub(crate) fn log(&self, plane: Plane) -> &LogSummary {
        &self.activity.logs[&plane]
    }

    /// What the audit log is.
    pub(crate) fn audit(&self) -> &LogSummary {
        self.log(Plane::Kubernetes)
    }

    /// The clusters that it is of.
    pub(crate) fn clusters(&self) -> Vec<String> {
        self.audit().origins.iter().map(|(origin, count)| format!("{origin}: {count}")).collect()
    }
}

/// The three requests of most fixtures: a deletion, a look, and a refusal.
pub(crate) const THREE: [&str; 3] = [
    "delete pods in shop: done 1, authorised 1",
    "get pods in shop: done 1, authorised 1",
    "get secrets in shop: refused 1",
];

/// The three calls of most fixtures of AWS.
pub(crate) const CALLS: [&str; 3] = [
    "ec2:DescribeInstances in eu-west-1: done 1, authorised 1",
    "ec2:StopInstances in eu-west-1: refused 1",
    "ec2:TerminateInstances in eu-west-1: done 1, authorised 1",
];
