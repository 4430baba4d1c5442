//! Whatever a log holds, every format reads it to its end, and the same each time.
#![no_main]

use std::{env, fs, path::PathBuf, process, sync::LazyLock};

use gradus::{
    model::coverage::SourceRecord,
    scan::activity::{self, ActivityBuilder, Caps, Format},
    source::{files::FileRef, limits::Limits},
};
use libfuzzer_sys::fuzz_target;

/// Logs are streamed from files, never held whole.
static FILE: LazyLock<FileRef> = LazyLock::new(|| {
    let path: PathBuf = env::temp_dir().join(format!("gradus-fuzz-{}.log", process::id()));
    FileRef { display: "fuzz.log".into(), path }
});

fn read(format: &'static Format) -> (SourceRecord, String) {
    let limits = Limits { decompressed_bytes: 1 << 20, ..Limits::default() };
    let mut builder = ActivityBuilder::new(Caps::default());
    let record = activity::read(&FILE, format, &mut builder, &limits);
    (record, format!("{:?}", builder.finish()))
}

fuzz_target!(|bytes: &[u8]| {
    let _ = (activity::recognise(bytes), activity::unread_log(bytes));
    fs::write(&FILE.path, bytes).expect("the temporary folder takes files");
    for format in activity::FORMATS {
        assert_eq!(read(format), read(format));
    }
});
