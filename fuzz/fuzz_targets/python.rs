//! Whatever the text is, reading it as Python ends with agents and located errors, the
//! same ones each time. A line of `### NAME.py` begins another module beside it.
#![no_main]

use std::{collections::BTreeMap, sync::Arc};

use gradus::{
    scan::agents::{Beside, Project, read_python_beside},
    source::{
        limits::Limits,
        python::{Module, parse, parse_after},
    },
};
use libfuzzer_sys::fuzz_target;

struct Modules<'t>(BTreeMap<String, &'t str>);

impl Project for Modules<'_> {
    fn has(&self, path: &str) -> bool {
        self.0.contains_key(path)
    }

    fn module(&mut self, path: &str, lines: u32) -> Option<Module> {
        let (path, text) = self.0.get_key_value(path)?;
        let read = parse_after(lines, &Arc::from(path.as_str()), text, &Limits::default()).ok()?;
        read.errors.is_empty().then_some(read.module)
    }
}

fuzz_target!(|text: &str| {
    let mut files = text.split("\n### ");
    let first = files.next().unwrap_or_default();
    let named = files.filter_map(|file| file.split_once('\n'));
    let mut modules = Modules(named.map(|(name, text)| (name.to_owned(), text)).collect());
    let file: Arc<str> = Arc::from("fuzz.py");
    if let Ok(code) = parse(&file, first, &Limits::default()) {
        let beside = Beside::of(&code.module, &mut modules);
        assert_eq!(read_python_beside(&code, &beside), read_python_beside(&code, &beside));
    }
});
