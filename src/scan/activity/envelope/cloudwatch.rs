//! Amazon CloudWatch Logs, in the four ways that they come out of it: what
//! `filter-log-events` and `get-log-events` print, the objects of a subscription (Firehose
//! puts them in a row without line ends), and the answers of Logs Insights as JSON and as
//! a table. The fourth, an export to S3, writes plain lines: `super::prefixed`.
//!
//! CloudWatch cuts messages that are too long for it, in the middle of what they hold.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Around, Contents, Envelope, Item, Items, Outline, seek::seek};
use crate::{
    model::{
        activity::{Defect, LogOrigin},
        capability::Plane,
    },
    scan::activity::{Format, text::Text, trouble::defect_of},
};

/// The entry in the registry.
pub(in crate::scan::activity) const FORMAT: Format = super::format!(ENVELOPE);

pub(super) const ENVELOPE: Envelope = Envelope {
    kind: "cloudwatch-logs",
    plane: Plane::Kubernetes,
    words: &["logEvents", "eventId", "ingestionTime", "results", "@message"],
    recognise,
    open,
    close,
};

/// The streams of an EKS cluster's group that hold its audit log; the others hold the
/// messages of its programs.
const AUDIT_STREAMS: &str = "kube-apiserver-audit";

fn recognise(outline: &Outline) -> Option<Items> {
    let event = |member: &str| outline.has(&format!("events[]/{member}"));
    if outline.has("logEvents") && outline.text("messageType").is_some() {
        Some(Items::Values)
    } else if event("message") && (event("eventId") || event("ingestionTime")) {
        Some(Items::Under(&["events"]))
    } else if outline.has("results[][]/field") {
        Some(Items::Under(&["results"]))
    } else {
        outline.has("@message").then_some(Items::Values)
    }
}

/// What an item may be.
#[derive(Deserialize)]
struct Entry<'a> {
    // Of a subscription.
    #[serde(borrow, default, rename = "messageType")]
    kind: Option<Text<'a>>,
    #[serde(borrow, default)]
    owner: Option<Text<'a>>,
    #[serde(borrow, default, rename = "logGroup")]
    group: Option<Text<'a>>,
    #[serde(borrow, default, rename = "logStream")]
    stream: Option<Text<'a>>,
    #[serde(borrow, default, rename = "logEvents")]
    events: Option<Vec<Event<'a>>>,
    // Of a list of events.
    #[serde(borrow, default)]
    message: Option<Text<'a>>,
    #[serde(borrow, default, rename = "logStreamName")]
    stream_name: Option<Text<'a>>,
    // Of a row of Logs Insights.
    #[serde(borrow, default, rename = "@message")]
    row: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "@logStream")]
    row_stream: Option<Text<'a>>,
    #[serde(borrow, default, rename = "@log")]
    row_log: Option<Text<'a>>,
}

/// One event of a subscription.
#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow)]
    message: Text<'a>,
}

/// One field of a row.
#[derive(Deserialize)]
struct Field<'a> {
    #[serde(borrow)]
    field: Text<'a>,
    #[serde(borrow)]
    value: Text<'a>,
}

fn open(item: Item<'_>, contents: &mut Contents<'_>) {
    if item.text.starts_with('[') {
        return row_of_fields(item.text, contents);
    }
    let entry = match serde_json::from_str::<Entry<'_>>(item.text) {
        Ok(entry) => entry,
        Err(error) => return contents.defect(defect_of(item.text, &error)),
    };
    let text = |text: &Option<Text<'_>>| text.as_deref().map(str::to_owned);
    if let Some(events) = &entry.events {
        // It says that the destination can be reached, and holds no event.
        if entry.kind.as_deref() == Some("CONTROL_MESSAGE") {
            return contents.foreign();
        }
        let source = Source::new(text(&entry.owner), text(&entry.group), text(&entry.stream));
        for event in events {
            source.hand_over(&event.message, contents);
        }
    } else if let Some(message) = &entry.message {
        Source::new(None, None, text(&entry.stream_name)).hand_over(message, contents);
    } else if let Some(row) = entry.row {
        let source = Source::of_log(entry.row_log.as_deref(), text(&entry.row_stream));
        match serde_json::from_str::<Text<'_>>(row.get()) {
            Ok(message) => source.hand_over(&message, contents),
            // The console writes a message that is JSON as what it is.
            Err(_) if source.is_of_another_program() => contents.foreign(),
            Err(_) => {
                contents.of(source.origin());
                seek(row.get(), contents);
            }
        }
    } else {
        contents.defect(Defect::NotAnEvent);
    }
}

fn row_of_fields(text: &str, contents: &mut Contents<'_>) {
    let Ok(fields) = serde_json::from_str::<Vec<Field<'_>>>(text) else {
        return contents.defect(Defect::NotAnEvent);
    };
    let value =
        |name: &str| fields.iter().find(|field| &*field.field == name).map(|field| &*field.value);
    let source = Source::of_log(value("@log"), value("@logStream").map(str::to_owned));
    match value("@message") {
        Some(message) => source.hand_over(message, contents),
        None => contents.defect(Defect::NotAnEvent),
    }
}

/// Where a message was written.
struct Source {
    account: Option<String>,
    group: Option<String>,
    stream: Option<String>,
}

impl Source {
    fn new(account: Option<String>, group: Option<String>, stream: Option<String>) -> Self {
        Self { account, group, stream }
    }

    /// From `@log`, which is `ACCOUNT:GROUP`.
    fn of_log(log: Option<&str>, stream: Option<String>) -> Self {
        let (account, group) = log.and_then(|log| log.split_once(':')).unzip();
        Self::new(account.map(str::to_owned), group.map(str::to_owned), stream)
    }

    /// The cluster whose group it is.
    fn cluster(&self) -> Option<&str> {
        self.group.as_deref()?.strip_prefix("/aws/eks/")?.strip_suffix("/cluster")
    }

    fn origin(&self) -> Option<LogOrigin> {
        let cluster = self.cluster()?.to_owned();
        let account = self.account.clone().filter(|account| !account.is_empty());
        Some(LogOrigin::Eks { account, cluster })
    }

    fn is_audit(&self) -> bool {
        self.stream.as_deref().is_some_and(|stream| stream.starts_with(AUDIT_STREAMS))
    }

    fn is_of_another_program(&self) -> bool {
        self.cluster().is_some() && self.stream.is_some() && !self.is_audit()
    }

    fn hand_over(&self, message: &str, contents: &mut Contents<'_>) {
        contents.of(self.origin());
        if self.is_of_another_program() {
            contents.foreign();
        } else if self.is_audit() {
            contents.surely(message);
        } else {
            contents.text(message);
        }
    }
}

fn close(around: &Around, contents: &mut Contents<'_>) {
    #[derive(Deserialize)]
    struct Statistics {
        #[serde(rename = "recordsMatched")]
        matched: f64,
    }
    let token = |name: &str| around.get::<Option<String>>(name).flatten().is_some();
    if token("nextToken") || token("NextToken") {
        contents.missing("it says that more events follow (`nextToken`), and they are not in it");
    }
    match around.get::<Text<'_>>("status").as_deref() {
        None | Some("Complete") => {}
        Some(status) => contents.missing(format!("the query that it answers is `{status}`")),
    }
    let matched = around.get::<Statistics>("statistics").map_or(0.0, |found| found.matched);
    #[expect(clippy::cast_precision_loss, reason = "both are far below 2^52")]
    if matched > around.items as f64 {
        contents
            .missing(format!("the query matched {matched} events, and {} are in it", around.items));
    }
}
