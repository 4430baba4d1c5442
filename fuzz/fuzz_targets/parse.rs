//! Whatever the bytes are, parsing ends with documents and located errors, the same ones
//! each time.
#![no_main]

use gradus::source::{SyntaxHint, limits::Limits, parse, sniff::sniff, typed::from_node};
use gradus_fuzz::file;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let (path, bytes) = file(input);
    let read = || parse(&path, bytes, SyntaxHint::of_path(&path), &Limits::default());
    let _ = sniff(bytes);
    let (first, second) = (read(), read());
    assert_eq!(first.outcome.errors, second.outcome.errors);
    assert_eq!(first.documents.len(), second.documents.len());
    for (one, other) in first.documents.iter().zip(&second.documents) {
        assert_eq!(one.root, other.root);
        let _ = from_node::<serde_json::Value>(&one.root, &path);
    }
});
