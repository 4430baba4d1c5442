//! What streams and queues carry: records of Kinesis and Firehose, the events that Lambda is
//! handed of them and of CloudWatch Logs, and messages of Pub/Sub. Each holds its text in
//! base64, mostly compressed or put together from several, and in it what any other envelope
//! may hold, or bare events.
//!
//! Contract: what comes out of it is bounded ([`Budget`]), however often one carrier lies
//! in another, and what cannot be undone is a defect at the place of the item in the file.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    ALL, Around, Contents, Envelope, Item, Items, Outline, aggregated, content, layout::one_value,
};
use crate::{
    model::{activity::Defect, capability::Plane},
    scan::activity::{Format, text::Text, trouble::defect_of},
    source::{
        from_base64,
        limits::Limits,
        read::{Uninflated, inflated, is_compressed},
    },
};

/// The entry in the registry.
pub(in crate::scan::activity) const FORMAT: Format = super::format!(ENVELOPE);

pub(super) const ENVELOPE: Envelope = Envelope {
    kind: "carried-log",
    plane: Plane::Kubernetes,
    words: &["data", "Data"],
    recognise,
    open,
    close,
};

/// Carriers within each other, and compression within compression, that are undone.
const DEPTH: u32 = 4;

/// What may still be undone of what a file's texts carry.
#[derive(Debug)]
pub(super) struct Budget {
    depth: u32,
    /// Bytes that may come out of one text.
    text_bytes: u64,
    /// Bytes that may come out of all of them.
    left: u64,
}

impl Budget {
    pub(super) fn of(limits: &Limits) -> Self {
        Self { depth: DEPTH, text_bytes: limits.value_bytes, left: limits.decompressed_bytes }
    }
}

/// Members that a carrier has together, and where its items stand.
const FORMS: [(&[&str], Items); 11] = [
    // Kinesis: `get-records`, and the event of a Lambda function.
    (&["Records[]/Data", "Records[]/SequenceNumber"], Items::Under(&["Records"])),
    (&["Records[]/kinesis/data"], Items::Under(&["Records"])),
    (&["Data", "SequenceNumber"], Items::Values),
    // A list of them, as pipes of EventBridge send it.
    (&["data", "sequenceNumber", "partitionKey"], Items::Values),
    // Firehose: what transforms records is handed, and what is posted to an endpoint.
    (&["records[]/data", "records[]/recordId"], Items::Under(&["records"])),
    (&["records[]/data", "requestId"], Items::Under(&["records"])),
    // CloudWatch Logs: the event of a Lambda function.
    (&["awslogs/data"], Items::Values),
    // Pub/Sub: answers of a pull, what `gcloud` prints of one, and what is pushed.
    (&["receivedMessages[]/message/data"], Items::Under(&["receivedMessages"])),
    (&["message/data", "ackId"], Items::Values),
    (&["message/data", "message/messageId"], Items::Values),
    (&["message/data", "subscription"], Items::Values),
];

fn recognise(outline: &Outline) -> Option<Items> {
    let is_of = |marks: &[&str]| marks.iter().all(|mark| outline.has(mark));
    FORMS.iter().find(|(marks, _)| is_of(marks)).map(|(_, items)| *items)
}

/// What an item may be.
#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow, default, alias = "Data")]
    data: Option<Text<'a>>,
    /// What else holds the data, by the carrier.
    #[serde(borrow, default, alias = "awslogs", alias = "message")]
    kinesis: Option<Inner<'a>>,
}

#[derive(Deserialize)]
struct Inner<'a> {
    #[serde(borrow, default)]
    data: Option<Text<'a>>,
}

fn open(item: Item<'_>, contents: &mut Contents<'_>) {
    let (data, of_carrier) = match serde_json::from_str::<Entry<'_>>(item.text) {
        Ok(Entry { data: Some(data), .. }) => (Some(data), true),
        Ok(Entry { kinesis: Some(inner), .. }) => (inner.data, true),
        Ok(_) => (None, false),
        Err(error) => return contents.defect(defect_of(item.text, &error)),
    };
    match data.as_deref().map(|data| (data.is_empty(), from_base64(data))) {
        Some((false, Some(bytes))) => carried(&bytes, contents),
        Some((false, None)) => contents.defect(Defect::Undecodable),
        // A message of Pub/Sub may be all in its attributes.
        Some((true, _)) | None if of_carrier => contents.foreign(),
        Some((true, _)) | None => contents.defect(Defect::NotAnEvent),
    }
}

fn close(around: &Around, contents: &mut Contents<'_>) {
    if around.get::<u64>("MillisBehindLatest").is_some_and(|behind| behind > 0) {
        contents.missing(
            "it says that more records follow (`MillisBehindLatest`), and they are not in it",
        );
    }
}

/// Reads what a text holds that is a message: events in lines or in a row, another envelope, or
/// what was compressed, in base64.
pub(super) fn text(text: &str, contents: &mut Contents<'_>) {
    if text.trim().is_empty() {
        return contents.foreign();
    }
    match from_base64(text.trim()).filter(|bytes| is_compressed(bytes)) {
        Some(bytes) => carried(&bytes, contents),
        None => deeper(contents, |contents| values(text, contents)),
    }
}

/// Reads what bytes hold that a text stands for.
fn carried(bytes: &[u8], contents: &mut Contents<'_>) {
    deeper(contents, |contents| undo(bytes, contents));
}

/// Goes into what something carries, unless that is too deep.
fn deeper<'b>(contents: &mut Contents<'b>, into: impl FnOnce(&mut Contents<'b>)) {
    let Some(depth) = contents.budget.depth.checked_sub(1) else {
        return contents.defect(Defect::Undecodable);
    };
    let before = std::mem::replace(&mut contents.budget.depth, depth);
    into(contents);
    contents.budget.depth = before;
}

fn undo(bytes: &[u8], contents: &mut Contents<'_>) {
    if let Some(records) = aggregated::records(bytes) {
        return match records {
            Ok(records) => records.into_iter().for_each(|record| carried(record, contents)),
            Err(aggregated::Damaged) => contents.defect(Defect::Undecodable),
        };
    }
    let Budget { text_bytes, left, .. } = contents.budget;
    match inflated(bytes, text_bytes.min(left)) {
        Ok(Some(plain)) => {
            contents.budget.left = left.saturating_sub(plain.len() as u64);
            carried(&plain, contents);
        }
        Ok(None) => match std::str::from_utf8(bytes) {
            Ok(text) => values(text.strip_prefix('\u{feff}').unwrap_or(text), contents),
            Err(_) => contents.defect(Defect::NotUtf8),
        },
        Err(why) => {
            // As much was made for nothing as is allowed.
            contents.budget.left = match why {
                Uninflated::TooLarge => left.saturating_sub(text_bytes),
                Uninflated::CutOff | Uninflated::Damaged => left,
            };
            contents.defect(match why {
                Uninflated::CutOff => Defect::CutOff,
                Uninflated::Damaged => Defect::Undecodable,
                Uninflated::TooLarge => Defect::Overlong,
            });
        }
    }
}

/// Reads the values of a text, in a row or one a line, and the lines between them.
fn values(text: &str, contents: &mut Contents<'_>) {
    let at = contents.place();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        contents.at(at);
        let line = rest.lines().next().unwrap_or(rest);
        let mut parsed = serde_json::Deserializer::from_str(rest).into_iter::<&RawValue>();
        let passed = match parsed.next() {
            _ if !rest.starts_with(['{', '[']) => {
                contents.text(line.trim_end());
                line.len()
            }
            Some(Ok(value)) => {
                one(value.get(), contents);
                parsed.byte_offset()
            }
            // A broken line costs no other.
            Some(Err(error)) => {
                contents.defect(defect_of(rest, &error));
                line.len()
            }
            None => rest.len(),
        };
        rest = rest.get(passed..).unwrap_or_default().trim_start();
    }
    contents.at(at);
}

/// Reads one value: an event, or what another envelope holds.
fn one(text: &str, contents: &mut Contents<'_>) {
    if content::of(text).is_none() && !content::is_list(text) {
        let (outline, _) = Outline::of(text);
        let of = |envelope: &'static Envelope| Some((envelope, envelope.items(&outline)?));
        if let Some((envelope, items)) = ALL.iter().find_map(of) {
            if let Err(error) = one_value(envelope, items, text, contents.place(), contents) {
                contents.defect(defect_of(text, &error));
            }
            return;
        }
    }
    contents.text(text);
}
