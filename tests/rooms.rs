//! Who may import whom: the table of `docs/rooms.md`, enforced.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up must stop")]

use std::{collections::BTreeMap, fs, path::Path};

/// Each room and the rooms it may name with `crate::`.
const ROOMS: &[(&str, &[&str])] = &[
    ("cli", &["report", "assess", "workspace", "scan", "source", "privilege", "rubric", "model"]),
    ("report", &["assess", "rubric", "model"]),
    ("assess", &["privilege", "rubric", "model"]),
    ("workspace", &["source", "model"]),
    ("scan", &["source", "model"]),
    ("source", &["model"]),
    ("privilege", &["rubric", "model"]),
    ("rubric", &["source", "model"]),
    ("model", &[]),
];

fn rust_files(folder: &Path, files: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The rooms that a source text names by `crate::room`, also within
/// `use crate::{room, …}`.
fn rooms_named(text: &str) -> Vec<String> {
    let mut named = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        if text[..at].ends_with('$') {
            continue;
        }
        let rest = &text[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 1;
            let mut word = String::new();
            let mut words = Vec::new();
            for character in group.chars() {
                match character {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    ',' if depth == 1 => words.push(std::mem::take(&mut word)),
                    _ if depth == 1 => word.push(character),
                    _ => {}
                }
                if depth == 0 {
                    break;
                }
            }
            words.push(word);
            named.extend(
                words.iter().map(|word| word.trim().split("::").next().unwrap_or("").to_owned()),
            );
        } else {
            named.push(
                rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect(),
            );
        }
    }
    named
}

#[test]
fn a_room_imports_only_rooms_below_it() {
    let mut breaches = Vec::new();
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for (room, allowed) in ROOMS {
        let mut files = Vec::new();
        rust_files(&Path::new("src").join(room), &mut files);
        for file in files {
            *seen.entry(room).or_default() += 1;
            let text = fs::read_to_string(&file).unwrap();
            for named in rooms_named(&text) {
                let is_room = ROOMS.iter().any(|(other, _)| *other == named);
                if is_room && named != *room && !allowed.contains(&named.as_str()) {
                    breaches.push(format!("{} names crate::{named}", file.display()));
                }
            }
        }
    }
    assert!(seen.len() == ROOMS.len(), "a room is missing: {seen:?}");
    assert!(breaches.is_empty(), "rooms that look back:\n{}", breaches.join("\n"));
}

#[test]
fn every_folder_of_src_is_a_room() {
    for entry in fs::read_dir("src").unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            let name = entry.file_name().into_string().unwrap();
            assert!(ROOMS.iter().any(|(room, _)| *room == name), "src/{name} is in no table");
        }
    }
}

#[test]
fn the_checker_sees_plain_and_grouped_imports() {
    assert_eq!(rooms_named("use crate::scan::x;"), ["scan"]);
    assert_eq!(rooms_named("use crate::{model::{a, b}, report};"), ["model", "report"]);
    assert_eq!(rooms_named("$crate::cli"), Vec::<String>::new());
}

#[test]
fn only_the_source_room_knows_parser_crates_save_in_tests() {
    let parsers = ["serde_saphyr", "jsonc_parser", "toml::", "flate2", "zstd::", "tree_sitter"];
    let mut breaches = Vec::new();
    let mut files = Vec::new();
    rust_files(Path::new("src"), &mut files);
    for file in files {
        let is_test =
            file.components().any(|part| part.as_os_str().to_string_lossy().starts_with("tests"));
        if file.starts_with("src/source") || is_test {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        for parser in parsers {
            if text.contains(parser) {
                breaches.push(format!("{} names {parser}", file.display()));
            }
        }
    }
    assert!(breaches.is_empty(), "parser crates outside source/:\n{}", breaches.join("\n"));
}
