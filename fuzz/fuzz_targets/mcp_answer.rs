//! Whatever the bytes are, reading what was kept of a tool server ends with an answer, or
//! with a reason why there is none.
#![no_main]

use gradus::{scan::mcp::snapshot::read, source::limits::Limits};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let reading = read(&"fuzz".into(), Ok(bytes), &Limits::default());
    assert!(reading.listing.is_some() || !reading.gaps.is_empty());
});
