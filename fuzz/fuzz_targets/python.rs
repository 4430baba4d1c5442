//! Whatever the text is, reading it as Python ends with agents and located errors, the
//! same ones each time.
#![no_main]

use std::sync::Arc;

use gradus::{
    scan::agents::read_python,
    source::{limits::Limits, python::parse},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let file: Arc<str> = Arc::from("fuzz.py");
    if let Ok(code) = parse(&file, text, &Limits::default()) {
        assert_eq!(read_python(&code), read_python(&code));
    }
});
