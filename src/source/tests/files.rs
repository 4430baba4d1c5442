use std::{fs, path::Path};

use super::super::{
    error::ErrorKind,
    files::{FileRef, Found, PathError, expand, normalise, walk},
    limits::Limits,
    read::{digest, read, read_log, sha256_of},
};
use crate::model::coverage::SourceStatus;

fn folder(files: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, file).unwrap();
    }
    folder
}

fn walked(folder: &Path) -> Found {
    walk(folder, folder, &Limits::default())
}

fn names(found: &Found) -> Vec<&str> {
    found.files.iter().map(|file| file.display.as_ref()).collect()
}

#[test]
fn hidden_and_ignored_files_are_seen_and_copies_are_not() {
    let folder = folder(&[
        "b.yaml",
        ".mcp.json",
        ".claude/settings.json",
        "a/c.yaml",
        ".git/config",
        "a/node_modules/x/package.json",
        ".venv/lib/python3.13/site-packages/agents/agent.py",
        "built/target/CACHEDIR.TAG",
        "built/target/x.json",
        "aim/target/y.json",
        "ignored.yaml",
    ]);
    fs::write(folder.path().join(".gitignore"), "ignored.yaml\n").unwrap();
    let found = walked(folder.path());
    let expected = [
        ".claude/settings.json",
        ".gitignore",
        ".mcp.json",
        "a/c.yaml",
        "aim/target/y.json",
        "b.yaml",
        "ignored.yaml",
    ];
    assert_eq!(names(&found), expected);
    assert_eq!(found.records, []);
}

#[cfg(unix)]
#[test]
fn links_neither_loop_nor_leave_nor_read_twice() {
    use std::os::unix::fs::symlink;
    let outside = folder(&["secret.yaml"]);
    let folder = folder(&["in/a.yaml", "beside/b.yaml"]);
    let within = folder.path().join("in");
    symlink(&within, within.join("loop")).unwrap();
    symlink("self", within.join("self")).unwrap();
    symlink("nowhere", within.join("broken")).unwrap();
    symlink(outside.path(), within.join("out")).unwrap();
    symlink(within.join("a.yaml"), within.join("again.yaml")).unwrap();
    symlink("../beside/b.yaml", within.join("beside.yaml")).unwrap();
    let found = walk(&within, folder.path(), &Limits::default());
    assert_eq!(names(&found), ["in/a.yaml", "in/beside.yaml"]);
    let records: Vec<_> =
        found.records.iter().map(|record| (record.path.as_str(), record.status)).collect();
    let expected = [
        ("in/again.yaml", SourceStatus::Skipped),
        ("in/broken", SourceStatus::Failed),
        ("in/loop", SourceStatus::Skipped),
        ("in/out", SourceStatus::Failed),
        ("in/self", SourceStatus::Failed),
    ];
    assert_eq!(records, expected);
    assert!(found.records.iter().all(|record| record.reason.is_some()));
}

#[cfg(unix)]
#[test]
fn a_socket_is_passed_over_with_a_reason() {
    let folder = folder(&["a.yaml"]);
    let socket = folder.path().join("s");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let found = walked(folder.path());
    assert_eq!(names(&found), ["a.yaml"]);
    assert_eq!(found.records[0].status, SourceStatus::Skipped);
    let named = expand(folder.path(), "s", &Limits::default()).unwrap();
    assert_eq!(named.records[0].status, SourceStatus::Failed);
}

#[cfg(unix)]
#[test]
fn what_may_not_be_read_is_a_record_or_an_error() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = folder(&["shut/a.yaml", "b.yaml"]);
    let shut = |name: &str, mode| {
        fs::set_permissions(folder.path().join(name), fs::Permissions::from_mode(mode)).unwrap();
    };
    shut("shut", 0o000);
    shut("b.yaml", 0o000);
    if fs::read(folder.path().join("b.yaml")).is_ok() {
        eprintln!("SKIPPED: root may read everything, so nothing is unreadable here");
        shut("shut", 0o755);
        return;
    }
    let found = walked(folder.path());
    shut("shut", 0o755);
    assert_eq!(names(&found), ["b.yaml"]);
    assert_eq!(found.records[0].status, SourceStatus::Failed);
    assert_eq!(found.records[0].path, "shut");
    assert_eq!(read(&found.files[0], &Limits::default()).unwrap_err().kind, ErrorKind::Io);
}

#[test]
fn more_files_than_allowed_are_said() {
    let folder = folder(&["a", "b", "c", "d"]);
    let few = Limits { files: 2, ..Limits::default() };
    let found = walk(folder.path(), folder.path(), &few);
    assert_eq!(names(&found), ["a", "b"]);
    assert_eq!(found.records[0].status, SourceStatus::Failed);
}

#[test]
fn a_pattern_is_a_file_a_folder_or_a_glob() {
    let folder =
        folder(&["logs/a.log", "logs/b.log.gz", "logs/deep/c.log", "x/y.json", "w[1].yaml"]);
    let named = |pattern: &str| {
        expand(folder.path(), pattern, &Limits::default())
            .map(|found| names(&found).join(" "))
            .map_err(|error| error.to_string())
    };
    assert_eq!(named("logs/*.log*").unwrap(), "logs/a.log logs/b.log.gz");
    assert_eq!(named("./logs/**/*.log").unwrap(), "logs/a.log logs/deep/c.log");
    assert_eq!(named("x/").unwrap(), "x/y.json");
    assert_eq!(named("x/y.json").unwrap(), "x/y.json");
    assert_eq!(named("**/*.{json,gz}").unwrap(), "logs/b.log.gz x/y.json");
    assert_eq!(named("w[1].yaml").unwrap(), "w[1].yaml");
    assert_eq!(named("nix/").unwrap_err(), "`nix` does not exist");
    assert_eq!(named("nix/*.yaml").unwrap_err(), "`nix` does not exist");
    assert_eq!(named("x/*.yaml").unwrap_err(), "`x/*.yaml` matches no file");
    assert!(named("x/[.yaml").unwrap_err().contains("is not a glob"));
}

#[test]
fn a_pattern_may_leave_the_base() {
    let folder = folder(&["shared/a.yaml", "work/w.yaml"]);
    let base = folder.path().join("work");
    let named = |pattern: &str| expand(&base, pattern, &Limits::default()).unwrap();
    assert_eq!(names(&named("../shared")), ["../shared/a.yaml"]);
    assert_eq!(names(&named("../*/a.yaml")), ["../shared/a.yaml"]);
    assert_eq!(named("../shared").files.len(), 1);
}

#[cfg(unix)]
#[test]
fn a_path_that_only_leads_to_itself_is_refused() {
    let folder = folder(&["a"]);
    std::os::unix::fs::symlink("me", folder.path().join("me")).unwrap();
    let error = expand(folder.path(), "me", &Limits::default()).unwrap_err();
    assert!(matches!(error, PathError::Refused(..)), "{error}");
}

#[test]
fn paths_are_spelt_one_way() {
    for (path, spelt) in [
        ("./a/b/", "a/b"),
        ("a//b", "a/b"),
        ("a/../b", "b"),
        ("../a/.", "../a"),
        ("", "."),
        (".", "."),
        ("a/..", "."),
        ("/x/../y", "/y"),
    ] {
        assert_eq!(normalise(path), spelt);
    }
}

#[test]
fn compressed_files_are_read_as_what_they_hold() {
    let folder = folder(&[]);
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    write("plain", b"hello");
    write("gzip", &gzip(b"hello"));
    write("zstd", &zstd::bulk::compress(b"hello", 1).unwrap());
    let two = [gzip(b"hel"), gzip(b"lo")].concat();
    write("two", &two);
    for file in walked(folder.path()).files {
        let content = read(&file, &Limits::default()).unwrap();
        assert_eq!(content.bytes, b"hello", "{}", file.display);
        assert_eq!(
            content.digest,
            format!("sha256:{}", sha256_of(&file, &Limits::default()).unwrap())
        );
    }
    let hello = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    assert_eq!(digest(b"hello"), hello);
}

#[test]
fn a_bomb_a_stump_and_a_giant_are_refused() {
    let folder = folder(&[]);
    let few = Limits { file_bytes: 1000, ..Limits::default() };
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    write("bomb", &gzip(&[b'x'; 100_000]));
    write("giant", &[b'x'; 1001]);
    write("stump", gzip(b"hello, this is cut").split_last_chunk::<9>().unwrap().0);
    let kinds: Vec<_> = walked(folder.path())
        .files
        .iter()
        .map(|file| (file.display.to_string(), read(file, &few).unwrap_err().kind))
        .collect();
    let expected = [
        ("bomb".to_owned(), ErrorKind::Limit),
        ("giant".to_owned(), ErrorKind::Limit),
        ("stump".to_owned(), ErrorKind::Io),
    ];
    assert_eq!(kinds, expected);
}

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn text_in_utf_16_is_in_utf_8_only_as_a_log() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("settings.json");
    let coded: Vec<u8> = "\u{feff}{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    fs::write(&path, &coded).unwrap();
    let file = FileRef { display: "settings.json".into(), path };
    let limits = Limits::default();
    assert_eq!(read(&file, &limits).unwrap().bytes, coded);
    let log = read_log(&file, &limits).unwrap();
    assert_eq!((log.bytes.as_slice(), log.digest), (&b"{}"[..], digest(&coded)));
}
