//! Reading logs: bytes a second, on one thread and on all, plain and compressed.
//!
//! `GRADUS_BENCH_MIB` sets the size of the log (64 MiB unless said), and
//! `GRADUS_BENCH_FILES` the number of the files of a trail (8 unless said, of 9 MB each).
//! Logs are written to files first, as reading them is what is measured; the peak of
//! memory, printed last, is that of the whole process.
//!
//! For measuring whole runs (`benches/log_peers.py`): `GRADUS_BENCH_LOG=FILE` writes the
//! same log to a file, and `GRADUS_BENCH_TRAIL=FOLDER` the same trail to a folder, once as
//! it is delivered and once unpacked; `GRADUS_BENCH_READ=PATH` reads a file, or all files
//! of a folder, and prints how many events they hold.

#![expect(
    clippy::expect_used,
    reason = "a bench that cannot prepare its log has nothing to measure"
)]

mod generate;
mod trail;

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    sync::LazyLock,
};

use divan::{Bencher, black_box, counter::BytesCount};
use gradus::{
    scan::activity::{ActivityBuilder, Caps, FORMATS, read, recognise},
    source::{files::FileRef, limits::Limits},
};

fn main() {
    if let Some(path) = std::env::var_os("GRADUS_BENCH_LOG") {
        let mut file = BufWriter::new(File::create(path).expect("the path can be written"));
        generate::audit_log(&mut file, bytes(), 1).expect("a log");
        file.flush().expect("a log");
        return;
    }
    if let Some(folder) = std::env::var_os("GRADUS_BENCH_TRAIL") {
        write_trail(Path::new(&folder));
        return;
    }
    if let Some(path) = std::env::var_os("GRADUS_BENCH_READ") {
        let events = events(&files_of(Path::new(&path)));
        let _ = writeln!(std::io::stdout(), "{events}");
        return;
    }
    divan::main();
    if let Some(peak) = peak_memory() {
        let _ = writeln!(std::io::stderr(), "peak memory {peak}");
    }
}

/// How large the log is.
fn bytes() -> u64 {
    let mib = std::env::var("GRADUS_BENCH_MIB").ok().and_then(|text| text.parse().ok());
    mib.unwrap_or(64_u64) << 20
}

/// The log, and the same compressed.
static LOGS: LazyLock<(tempfile::TempDir, PathBuf, PathBuf, u64)> = LazyLock::new(|| {
    let bytes = bytes();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let plain = folder.path().join("audit.log");
    let packed = folder.path().join("audit.log.gz");
    let create = |path: &Path| BufWriter::new(File::create(path).expect("a file"));
    generate::audit_log(&mut create(&plain), bytes, 1).expect("a log");
    let mut gzip = flate2::write::GzEncoder::new(create(&packed), flate2::Compression::new(1));
    generate::audit_log(&mut gzip, bytes, 1).expect("a log");
    gzip.finish().expect("a compressed log");
    let length = plain.metadata().expect("its length").len();
    (folder, plain, packed, length)
});

#[divan::bench(args = [1, 2], sample_count = 5, sample_size = 1)]
fn kubernetes_audit(bencher: Bencher<'_, '_>, threads: usize) {
    let pool = pool(threads);
    let (_, plain, _, length) = &*LOGS;
    bencher.counter(BytesCount::new(*length)).bench(|| pool.install(|| black_box(requests(plain))));
}

#[divan::bench(args = [1, 2], sample_count = 5, sample_size = 1)]
fn kubernetes_audit_gzip(bencher: Bencher<'_, '_>, threads: usize) {
    let pool = pool(threads);
    let (_, _, packed, length) = &*LOGS;
    bencher
        .counter(BytesCount::new(*length))
        .bench(|| pool.install(|| black_box(requests(packed))));
}

/// The files of a trail, as they are delivered and unpacked, and how long they are unpacked.
static TRAIL: LazyLock<(tempfile::TempDir, [Vec<PathBuf>; 2], u64)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_trail(folder.path());
    let [packed, plain] = ["packed", "plain"].map(|name| files_of(&folder.path().join(name)));
    let length = plain.iter().map(|path| path.metadata().expect("its length").len()).sum();
    (folder, [packed, plain], length)
});

fn write_trail(folder: &Path) {
    let count = std::env::var("GRADUS_BENCH_FILES").ok().and_then(|text| text.parse().ok());
    for name in ["packed", "plain"] {
        std::fs::create_dir_all(folder.join(name)).expect("a folder");
    }
    for number in 0..count.unwrap_or(8) {
        let mut text = Vec::new();
        trail::file(&mut text, number, 1).expect("a file of a trail");
        let name = format!("111122223333_CloudTrail_eu-west-1_20261101T{number:04}Z_x.json");
        std::fs::write(folder.join("plain").join(&name), &text).expect("a file of a trail");
        let packed = File::create(folder.join("packed").join(name + ".gz")).expect("a file");
        let mut gzip = flate2::write::GzEncoder::new(packed, flate2::Compression::new(6));
        gzip.write_all(&text).expect("a compressed file");
        gzip.finish().expect("a compressed file");
    }
}

/// The file, or those of the folder, in order.
fn files_of(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let entries = path.read_dir().expect("a file or a folder");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn cloudtrail(bencher: Bencher<'_, '_>) {
    let (_, [_, plain], length) = &*TRAIL;
    bencher.counter(BytesCount::new(*length)).bench(|| black_box(events(plain)));
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn cloudtrail_gzip(bencher: Bencher<'_, '_>) {
    let (_, [packed, _], length) = &*TRAIL;
    bencher.counter(BytesCount::new(*length)).bench(|| black_box(events(packed)));
}

/// What the disk cache and a look at each byte alone would allow.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn newlines_only(bencher: Bencher<'_, '_>) {
    let (_, plain, _, length) = &*LOGS;
    bencher.counter(BytesCount::new(*length)).bench(|| {
        let mut file = File::open(plain).expect("the log");
        let mut buffer = vec![0; 1 << 20];
        let mut lines = 0;
        while let Ok(count @ 1..) = std::io::Read::read(&mut file, &mut buffer) {
            lines += memchr::memchr_iter(b'\n', &buffer[..count]).count();
        }
        lines
    });
}

/// How many events logs hold, as they are read one after the other.
fn events(paths: &[PathBuf]) -> u64 {
    let mut builder = ActivityBuilder::new(Caps::default());
    let mut events = 0;
    for path in paths {
        let file = FileRef { display: path.to_string_lossy().as_ref().into(), path: path.clone() };
        let head = gradus::source::read::head(&file).expect("a log");
        let format = recognise(&head).expect("a log of a known format");
        let record = read(&file, format, &mut builder, &Limits::default());
        assert_eq!(record.malformed, 0, "{:?}", record.reason);
        events += record.items;
    }
    black_box(builder.finish());
    events
}

fn requests(path: &Path) -> usize {
    let file = FileRef { display: "audit.log".into(), path: path.to_owned() };
    let mut builder = ActivityBuilder::new(Caps::default());
    let record = read(&file, &FORMATS[0], &mut builder, &Limits::default());
    assert_eq!(record.malformed, 0, "{:?}", record.reason);
    builder.finish().principals.len()
}

fn pool(threads: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads")
}

/// As Linux counts it.
fn peak_memory() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().to_owned())
}
