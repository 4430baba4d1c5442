//! The code that lies around a file of code, for those who follow what it imports.

use std::{collections::BTreeMap, sync::Arc};

use super::{Source, agents::Project};
use crate::source::{
    files::FileRef,
    limits::Limits,
    python::{self, Module},
    read, text,
};

/// Bytes of modules that are read for the sake of others, over all evidence.
const MOST: usize = 64 << 20;

/// The modules of all sources.
pub(super) struct Modules<'s> {
    files: BTreeMap<Arc<str>, &'s FileRef>,
    limits: &'s Limits,
    left: usize,
}

impl<'s> Modules<'s> {
    pub(super) fn of(sources: &'s [Source], limits: &'s Limits) -> Self {
        let files = sources.iter().flat_map(|source| &source.files);
        let modules = files.filter(|file| python::is_python(&file.display));
        Self {
            files: modules.map(|file| (file.display.clone(), file)).collect(),
            limits,
            left: MOST,
        }
    }
}

impl Project for Modules<'_> {
    fn has(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    fn module(&mut self, path: &str, lines: u32) -> Option<Module> {
        let file = self.files.get(path)?;
        let content = read::read(file, self.limits).ok()?;
        self.left = self.left.checked_sub(content.bytes.len())?;
        let text = text::decode(&file.display, &content.bytes).ok()?;
        let read = python::parse_after(lines, &file.display, text, self.limits).ok()?;
        read.errors.is_empty().then_some(read.module)
    }
}
