//! Google's Cloud Audit Logs, of GKE: entries of Cloud Logging (`LogEntry`) one a line, as
//! a sink writes them, or in a list, as `gcloud logging read --format=json` prints them.
//!
//! An entry is one whole request. It has no stage, no groups and no URI: a rehearsal
//! cannot be told from a change, and counts as one. What came of a request stands in
//! `status`; an entry without it says nothing of that, and success is never inferred.
//! Requests that only look are in the log only where Data Access logs are switched on.

mod entry;
mod names;
mod outcome;
mod reader;

pub(super) use reader::{Entry, Parsed, Reader};
