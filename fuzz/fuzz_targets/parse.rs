//! Whatever the bytes are, parsing ends with documents and located errors.
#![no_main]

use std::sync::Arc;

use gradus::source::{SyntaxHint, limits::Limits, parse, sniff::sniff, typed::from_node};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, &[u8])| {
    let (hint, bytes) = input;
    let hint = match hint % 5 {
        0 => SyntaxHint::Unknown,
        1 => SyntaxHint::Yaml,
        2 => SyntaxHint::Json,
        3 => SyntaxHint::Toml,
        _ => SyntaxHint::Markdown,
    };
    let file: Arc<str> = Arc::from("fuzz");
    let _ = sniff(bytes);
    for document in parse(&file, bytes, hint, &Limits::default()).documents {
        let _ = from_node::<serde_json::Value>(&document.root, &file);
    }
});
