//! Logs within something else: what collectors, query services and cloud consoles wrap
//! events in.
//!
//! An [`Envelope`] knows three things: by which members a file shows that it has it,
//! where its items stand, and how one item is opened. What an item holds is not its
//! business: [`Contents`] tells each text by its own members and hands it to the reader
//! of what it is, so that every log can lie in every envelope.
//!
//! * [`layout`] finds out how the values of a file lie (lines, one stream, a table) and
//!   passes over them in bounded memory;
//! * [`walk`] goes from a value to its items;
//! * [`content`] tells what an event is of;
//! * [`carried`] undoes base64, compression and aggregation, and finds the envelopes that
//!   stand within what another carries.
//!
//! A new envelope is a file with an [`Envelope`], a line in `FORMATS` and one in [`ALL`].
//!
//! Whoever can write into a log can write an event into it. An envelope that holds
//! everything that the pods of a cluster print is as good as its least trusted pod.

mod aggregated;
mod azure;
mod bigquery;
mod carried;
mod cloudwatch;
mod content;
mod contents;
mod csv;
mod elastic;
mod entries;
mod layout;
mod loki;
mod messages;
mod outline;
mod prefixed;
mod rows;
mod seek;
mod splunk;
mod structs;
mod trail_rows;
mod walk;
mod wrapped;

pub(super) use azure::FORMAT as AZURE;
pub(super) use bigquery::FORMAT as BIGQUERY;
pub(super) use carried::FORMAT as CARRIED;
pub(super) use cloudwatch::FORMAT as CLOUDWATCH;
pub(super) use elastic::FORMAT as ELASTIC;
pub(super) use entries::FORMAT as CLOUD_AUDIT;
pub(super) use loki::FORMAT as LOKI;
pub(super) use messages::FORMAT as MESSAGES;
pub(super) use prefixed::FORMAT as PREFIXED;
pub(super) use splunk::FORMAT as SPLUNK;
pub(super) use trail_rows::FORMAT as TRAIL_ROWS;
pub(super) use wrapped::FORMAT as WRAPPED;

use self::{
    contents::Contents,
    layout::Layout,
    outline::Outline,
    walk::{Around, Items},
};
use super::ActivityBuilder;
use crate::{
    model::{capability::Plane, coverage::SourceRecord},
    source::{files::FileRef, limits::Limits, read},
};

/// A kind of envelope.
struct Envelope {
    /// The word for it.
    kind: &'static str,
    /// What its events are mostly of: what could not be read of a file without any is
    /// missing there.
    plane: Plane,
    /// Words of which one stands in every file that has it: others are not looked into.
    words: &'static [&'static str],
    /// Where the items stand in values with this outline; none where they have another
    /// envelope.
    recognise: fn(&Outline) -> Option<Items>,
    /// Hands over what one item holds.
    open: fn(Item<'_>, &mut Contents<'_>),
    /// Says what is missing, from what stands beside the items.
    close: fn(&Around, &mut Contents<'_>),
}

/// Every envelope, in the order in which they are asked; one that holds an event somewhere
/// comes last.
static ALL: &[Envelope] = &[
    trail_rows::ENVELOPE,
    bigquery::ENVELOPE,
    entries::ENVELOPE,
    cloudwatch::ENVELOPE,
    azure::ENVELOPE,
    loki::ENVELOPE,
    elastic::ENVELOPE,
    splunk::ENVELOPE,
    messages::ENVELOPE,
    carried::ENVELOPE,
    wrapped::ENVELOPE,
];

impl Envelope {
    /// Where the items stand in values with this outline; none where they have another
    /// envelope.
    fn items(&self, outline: &Outline) -> Option<Items> {
        (self.recognise)(outline).map(|items| match items {
            Items::Values if outline.in_list => Items::Under(&[]),
            items => items,
        })
    }
}

/// One item.
struct Item<'a> {
    /// Its JSON.
    text: &'a str,
    /// What stands around it.
    around: &'a mut Around,
}

/// The entry in the registry of logs.
macro_rules! format {
    ($envelope:expr) => {
        $crate::scan::activity::Format {
            kind: $envelope.kind,
            recognise: |head| {
                $crate::scan::activity::envelope::layout::find(&$envelope, head).is_some()
            },
            read: |file, builder, limits| {
                $crate::scan::activity::envelope::read(&$envelope, file, builder, limits)
            },
        }
    };
}
use format;

/// Reads a file in an envelope.
fn read(
    envelope: &Envelope,
    file: &FileRef,
    builder: &mut ActivityBuilder,
    limits: &Limits,
) -> SourceRecord {
    let caps = builder.caps();
    let mut contents = Contents::new(caps, builder.shared(), file, limits);
    let passed = read::head(file).and_then(|head| {
        // A file whose kind was said need not show it.
        let found = layout::find(envelope, &head).unwrap_or((Layout::Lines, Items::Values));
        layout::pass(envelope, found, file, limits, &mut contents)
    });
    let (lines, stopped) = passed.unwrap_or_else(|error| (0, Some(error)));
    contents.finish(lines, stopped).absorb(envelope.kind, file, envelope.plane, builder)
}
