//! Which files were read, so that none counts twice: a copy beside it, or one that two
//! summaries hold.
//!
//! Files are the same where their bytes are. Bytes are looked at only where sizes agree,
//! unless the digest is to be told to others.

use std::{collections::BTreeMap, path::PathBuf};

use crate::{
    model::coverage::SourceRecord,
    source::{files::FileRef, limits::Limits, read},
};

/// A log that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogFile {
    /// How that went. Its items are its events, those that other files hold included.
    pub(crate) record: SourceRecord,
    /// Bytes, as it lies on disk.
    pub(crate) size: u64,
    /// SHA-256 of them, in hexadecimal; none where it could not be read.
    pub(crate) digest: Option<String>,
}

impl LogFile {
    /// Whether anything of it counts.
    pub(crate) fn tells(&self) -> bool {
        self.record.items > 0 || self.record.malformed > 0
    }
}

/// What a file is told by.
#[derive(Debug)]
pub(crate) struct Identity {
    size: u64,
    digest: Option<String>,
}

/// The files that were read.
#[derive(Debug, Default)]
pub(crate) struct FilesRead {
    files: Vec<LogFile>,
    /// Where those lie whose digest is not known.
    undigested: BTreeMap<usize, PathBuf>,
    /// Those that tell anything, by size.
    by_size: BTreeMap<u64, Vec<usize>>,
}

impl FilesRead {
    /// What `file` is told by; its digest only where `always`, or where a file of its
    /// size was read.
    pub(crate) fn identify(&self, file: &FileRef, always: bool) -> Identity {
        let size = std::fs::metadata(&file.path).map_or(0, |metadata| metadata.len());
        let needed = always || self.by_size.contains_key(&size);
        Identity { size, digest: needed.then(|| digest_of(file)).flatten() }
    }

    /// The file that was read before and holds the same.
    pub(crate) fn same_as(&mut self, identity: &Identity) -> Option<&LogFile> {
        let digest = identity.digest.as_ref()?;
        for &at in self.by_size.get(&identity.size).into_iter().flatten() {
            if let Some(path) = self.undigested.remove(&at)
                && let Some(file) = self.files.get_mut(at)
            {
                file.digest = digest_of(&FileRef { display: "".into(), path });
            }
        }
        let same = self.by_size.get(&identity.size)?;
        let mut same = same.iter().filter_map(|&at| self.files.get(at));
        same.find(|file| file.digest.as_ref() == Some(digest))
    }

    /// The file that was read before and holds the same as `other`, which another
    /// machine may have read.
    pub(crate) fn same_as_file(&mut self, other: &LogFile) -> Option<&LogFile> {
        let identity = Identity { size: other.size, digest: other.digest.clone() };
        if other.tells() { self.same_as(&identity) } else { None }
    }

    /// Notes a file that was read here.
    pub(crate) fn note(&mut self, file: &FileRef, identity: Identity, record: SourceRecord) {
        let Identity { size, digest } = identity;
        if digest.is_none() {
            self.undigested.insert(self.files.len(), file.path.clone());
        }
        self.push(LogFile { record, size, digest });
    }

    /// Notes a file that was read, here or elsewhere.
    pub(crate) fn push(&mut self, file: LogFile) {
        if file.tells() {
            self.by_size.entry(file.size).or_default().push(self.files.len());
        }
        self.files.push(file);
    }

    /// All of them, by name.
    pub(crate) fn into_files(mut self) -> Vec<LogFile> {
        self.files.sort_by(|one, other| {
            let key = |file: &LogFile| (file.record.path.clone(), file.digest.clone(), file.size);
            key(one).cmp(&key(other))
        });
        self.files
    }
}

/// The digest of a file, however large it is.
fn digest_of(file: &FileRef) -> Option<String> {
    read::sha256_of(file, &Limits { file_bytes: u64::MAX, ..Limits::default() }).ok()
}
