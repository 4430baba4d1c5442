use std::io::{self, Read};

use proptest::prelude::*;

use super::{
    super::{error::ErrorKind, files::FileRef, limits::Limits, lines::LineBlocks},
    files::gzip,
};
use crate::model::location::TextStart;

fn blocks<R: Read + Send + 'static>(reader: R, limits: &Limits) -> LineBlocks {
    LineBlocks::from_reader(&FileRef::from("a.log"), reader, limits).unwrap()
}

fn numbered(blocks: &mut LineBlocks) -> Vec<(u64, String)> {
    let mut lines = Vec::new();
    for block in blocks {
        let block = block.unwrap();
        lines.extend(
            block.lines().map(|(n, line)| (n.line, String::from_utf8(line.to_vec()).unwrap())),
        );
    }
    lines
}

/// `count` bytes of `x` without holding them.
fn xs(count: u64) -> impl Read + Send {
    io::repeat(b'x').take(count)
}

#[test]
fn lines_keep_their_numbers() {
    let text = b"one\r\n\nthree\nfour";
    let mut read = blocks(&text[..], &Limits::default());
    let lines = numbered(&mut read);
    assert_eq!(lines, [(1, "one".into()), (3, "three".into()), (4, "four".into())]);
    assert_eq!(read.lines_passed(), 4);
}

#[test]
fn compressed_logs_are_read_as_what_they_hold() {
    let text: Vec<u8> = (1..=100_000).flat_map(|n| format!("line {n}\n").into_bytes()).collect();
    for bytes in [gzip(&text), zstd::bulk::compress(&text, 1).unwrap(), text.clone()] {
        let lines = numbered(&mut blocks(io::Cursor::new(bytes), &Limits::default()));
        assert_eq!(lines.len(), 100_000);
        assert!(lines.iter().all(|(number, line)| *line == format!("line {number}")));
    }
}

#[test]
fn two_hundred_megabytes_in_one_line_are_skipped_counted_and_located() {
    let text = b"first\n".chain(xs(200_000_000)).chain(&b"\nlast\n"[..]);
    let mut read = blocks(text, &Limits::default());
    assert_eq!(numbered(&mut read), [(1, "first".into()), (3, "last".into())]);
    let place = TextStart { line: 2, byte: Some(6) };
    assert_eq!((read.overlong().count, read.overlong().lines.as_slice()), (1, &[place][..]));
    assert_eq!(read.lines_passed(), 3);
}

#[test]
fn a_file_that_is_one_line_without_end_is_skipped() {
    let mut read = blocks(xs(20_000_000), &Limits::default());
    assert_eq!(numbered(&mut read), []);
    assert_eq!(read.overlong().count, 1);
    assert_eq!(read.lines_passed(), 1);
}

#[test]
fn a_cut_off_archive_gives_its_lines_and_then_an_error() {
    let text: Vec<u8> = (0..300_000).flat_map(|n| format!("{n}\n").into_bytes()).collect();
    let mut bytes = gzip(&text);
    bytes.truncate(bytes.len() - 10);
    let read: Vec<_> = blocks(io::Cursor::new(bytes), &Limits::default()).collect();
    let (last, before) = read.split_last().unwrap();
    assert!(!before.is_empty() && before.iter().all(Result::is_ok));
    assert_eq!(last.as_ref().unwrap_err().kind, ErrorKind::Io);
}

#[test]
fn a_bomb_of_lines_is_stopped() {
    let few = Limits { decompressed_bytes: 1_000_000, ..Limits::default() };
    let bytes = gzip(&b"xxxxxxx\n".repeat(1_000_000));
    let last = blocks(io::Cursor::new(bytes), &few).last().unwrap();
    assert_eq!(last.unwrap_err().kind, ErrorKind::Limit);
}

#[test]
fn a_log_that_is_truncated_while_it_is_read_is_missed_aloud() {
    let folder = tempfile::tempdir().unwrap();
    let text: Vec<u8> = (0..9_000).flat_map(|n| format!("line {n}\n").into_bytes()).collect();
    for bytes in [text.clone(), gzip(&text)] {
        let path = folder.path().join("a.log");
        std::fs::write(&path, &bytes).unwrap();
        let file = FileRef { display: "a.log".into(), path: path.clone() };
        let read = LineBlocks::open(&file, &Limits::default()).unwrap();
        std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(500).unwrap();
        let error = read.last().unwrap().unwrap_err();
        assert_eq!(error.kind, ErrorKind::Truncated);
        let said = format!("it had {} bytes and was cut to ", bytes.len());
        assert!(error.message.starts_with(&said), "{error}");
    }
}

#[test]
fn a_log_that_is_moved_away_while_it_is_read_is_read_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.log");
    let text: Vec<u8> = (0..400_000).flat_map(|n| format!("line {n}\n").into_bytes()).collect();
    std::fs::write(&path, &text).unwrap();
    let file = FileRef { display: "a.log".into(), path: path.clone() };
    let mut read = LineBlocks::open(&file, &Limits::default()).unwrap();
    let first = read.next().unwrap().unwrap().lines().count();
    std::fs::rename(&path, folder.path().join("a.log.1")).unwrap();
    std::fs::write(&path, "another log\n").unwrap();
    assert_eq!(first + numbered(&mut read).len(), 400_000);
}

#[test]
fn lines_know_the_bytes_before_them_also_behind_one_that_is_skipped() {
    let limits = Limits { line_bytes: 8, ..Limits::default() };
    let text = b"one\r\n\nmuch too long to be read\nthree\nfour";
    let mut read = blocks(&text[..], &limits);
    let mut found = Vec::new();
    for block in read.by_ref() {
        found.extend(block.unwrap().lines().map(|(at, _)| (at.line, at.byte.unwrap())));
    }
    assert_eq!(found, [(1, 0), (4, 31), (5, 37)]);
    assert_eq!(read.overlong().lines, [TextStart { line: 3, byte: Some(6) }]);
}

proptest! {
    #[test]
    fn blocks_hold_what_a_plain_split_holds(
        text in proptest::collection::vec(prop_oneof![Just(b'\n'), Just(b'a'), Just(b'b')], 0..300),
        limit in 1_usize..12,
    ) {
        let limits = Limits { line_bytes: limit, ..Limits::default() };
        let mut read = blocks(io::Cursor::new(text.clone()), &limits);
        let lines = numbered(&mut read);
        let split: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
        let expected: Vec<_> = (1..)
            .zip(&split)
            .filter(|(_, line)| !line.is_empty() && line.len() <= limit)
            .map(|(number, line)| (number, String::from_utf8(line.to_vec()).unwrap()))
            .collect();
        prop_assert_eq!(lines, expected);
        let overlong = split.iter().filter(|line| line.len() > limit).count() as u64;
        prop_assert_eq!(read.overlong().count, overlong);
        let unfinished = usize::from(!text.is_empty() && !text.ends_with(b"\n"));
        let all = text.iter().filter(|byte| **byte == b'\n').count() + unfinished;
        prop_assert_eq!(read.lines_passed(), all as u64);
    }
}
