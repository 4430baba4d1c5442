//! Reading logs: bytes a second, on one thread and on all, plain and compressed.
//!
//! `GRADUS_BENCH_MIB` sets the size of the log (64 MiB unless said). The log is
//! written to a file first, as reading one is what is measured; the peak of
//! memory, printed last, is that of the whole process.
//!
//! `GRADUS_BENCH_LOG=FILE cargo bench --bench logs -- --list` writes the same log to a
//! file, for measuring a whole run (`benches/log_peers.py`).

#![expect(
    clippy::expect_used,
    reason = "a bench that cannot prepare its log has nothing to measure"
)]

mod generate;

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    sync::LazyLock,
};

use divan::{Bencher, black_box, counter::BytesCount};
use gradus::{
    scan::activity::{ActivityBuilder, Caps, FORMATS, read},
    source::{files::FileRef, limits::Limits},
};

fn main() {
    if let Some(path) = std::env::var_os("GRADUS_BENCH_LOG") {
        let mut file = BufWriter::new(File::create(path).expect("the path can be written"));
        generate::audit_log(&mut file, bytes(), 1).expect("a log");
        file.flush().expect("a log");
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
