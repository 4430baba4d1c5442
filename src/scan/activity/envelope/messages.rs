//! Messages of queues and topics: what `aws sqs receive-message` prints, the events that
//! Lambda is handed of SQS and SNS, and notifications of SNS, in each other in any order. Each
//! holds text, and in it what any other envelope may hold, or bare events.
//!
//! A notification that objects were written to a bucket holds no event: what the objects hold
//! is missing, and the file is not all there was.

use serde::Deserialize;

use super::{Around, Contents, Envelope, Item, Items, Outline, carried};
use crate::{
    model::{activity::Defect, capability::Plane},
    scan::activity::{Format, text::Text, trouble::defect_of},
};

/// The entry in the registry.
pub(in crate::scan::activity) const FORMAT: Format = super::format!(ENVELOPE);

pub(super) const ENVELOPE: Envelope = Envelope {
    kind: "queue-messages",
    plane: Plane::Kubernetes,
    words: &["Body", "body", "Message", "Sns", "s3", "Object Created"],
    recognise,
    open,
    close,
};

/// Messages that one answer of a queue holds at most. It does not say whether there are more.
const RECEIVED: u64 = 10;

/// How the list begins that clients send in the place of a message that they put into a bucket
/// because it is too large.
const POINTERS: [&str; 2] = [
    r#""software.amazon.payloadoffloading.PayloadS3Pointer""#,
    r#""com.amazon.sqs.javamessaging.MessageS3Pointer""#,
];

/// Members that a message has together, and where its items stand.
const FORMS: [(&[&str], Items); 10] = [
    (&["Messages[]/Body", "Messages[]/MessageId"], Items::Under(&["Messages"])),
    (&["Records[]/body", "Records[]/receiptHandle"], Items::Under(&["Records"])),
    (&["Records[]/Sns"], Items::Under(&["Records"])),
    (&["Records[]/s3"], Items::Under(&["Records"])),
    // One by itself, or a list of them: as programs log them, and pipes of EventBridge send.
    (&["Body", "MessageId", "ReceiptHandle"], Items::Values),
    (&["body", "messageId", "receiptHandle"], Items::Values),
    (&["Message", "TopicArn", "Type"], Items::Values),
    (&["s3/bucket", "s3/object"], Items::Values),
    (&["s3Bucket", "s3ObjectKey"], Items::Values),
    (&["Service", "Event", "Bucket"], Items::Values),
];

fn recognise(outline: &Outline) -> Option<Items> {
    let is_of = |marks: &[&str]| marks.iter().all(|mark| outline.has(mark));
    let of_a_bus = outline.text("detail-type") == Some("Object Created") && outline.has("detail");
    let form = FORMS.iter().find(|(marks, _)| is_of(marks)).map(|(_, items)| *items);
    form.or(of_a_bus.then_some(Items::Values))
}

/// What an item may be.
#[derive(Deserialize)]
struct Entry<'a> {
    // Of a queue.
    #[serde(borrow, default, rename = "Body", alias = "body")]
    body: Option<Text<'a>>,
    // Of a topic.
    #[serde(borrow, default, rename = "Type")]
    kind: Option<Text<'a>>,
    #[serde(borrow, default, rename = "Message")]
    message: Option<Text<'a>>,
    #[serde(borrow, default, rename = "Sns")]
    topic: Option<Topic<'a>>,
    // Of a bucket.
    #[serde(default)]
    s3: Option<Bucket>,
    #[serde(default, rename = "s3ObjectKey")]
    trail: Option<Vec<String>>,
    #[serde(borrow, default, rename = "Event")]
    event: Option<Text<'a>>,
    #[serde(borrow, default, rename = "detail-type")]
    of_bus: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Topic<'a> {
    #[serde(borrow, rename = "Message")]
    message: Text<'a>,
}

#[derive(Deserialize)]
struct Bucket {}

fn open(item: Item<'_>, contents: &mut Contents<'_>) {
    let entry = match serde_json::from_str::<Entry<'_>>(item.text) {
        Ok(entry) => entry,
        Err(error) => return contents.defect(defect_of(item.text, &error)),
    };
    match entry {
        Entry { body: Some(text), .. } | Entry { topic: Some(Topic { message: text }), .. } => {
            message(&text, contents);
        }
        Entry { s3: Some(Bucket {}), .. } | Entry { of_bus: Some(_), .. } => {
            contents.elsewhere(IN_A_BUCKET);
        }
        Entry { trail: Some(_), .. } => contents.elsewhere(OF_A_TRAIL),
        // It says that the bucket may notify, and tells of no object.
        Entry { event: Some(event), .. } if &*event == "s3:TestEvent" => contents.foreign(),
        Entry { kind: Some(kind), message: Some(text), .. } if &*kind == "Notification" => {
            message(&text, contents);
        }
        // It asks whether the topic may send, or confirms it.
        Entry { kind: Some(_), message: Some(_), .. } => contents.foreign(),
        _ => contents.defect(Defect::NotAnEvent),
    }
}

/// Reads what a message holds.
fn message(text: &str, contents: &mut Contents<'_>) {
    let first = text.trim_start().strip_prefix('[').map_or("", str::trim_start);
    if POINTERS.iter().any(|pointer| first.starts_with(pointer)) {
        return contents.elsewhere(IN_A_BUCKET);
    }
    carried::text(text, contents);
}

/// Why a notification is not all there was.
const IN_A_BUCKET: &str = "it says that objects were written to a bucket, and what they hold is \
                           not in it: give gradus the objects";
const OF_A_TRAIL: &str = "it says which files a trail wrote to its bucket, and what they hold is \
                          not in it: give gradus the files";

fn close(around: &Around, contents: &mut Contents<'_>) {
    if around.items == RECEIVED && around.list == Some("Messages") {
        contents.missing(
            "it holds 10 messages, as many as a queue gives at a time: others may be missing",
        );
    }
}
