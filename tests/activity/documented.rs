//! `docs/logs.md` and `docs/agent-logs.md` tell of every kind of log that is read, and of
//! no other.

use std::{collections::BTreeSet, fs, path::Path};

use gradus::scan::activity::{FORMATS, recognise};

#[test]
fn every_kind_of_log_is_in_the_table_with_what_it_cannot_show() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let pages =
        ["logs.md", "agent-logs.md"].map(|name| fs::read_to_string(docs.join(name)).unwrap());
    let rows: Vec<Vec<&str>> = pages
        .iter()
        .flat_map(|page| page.lines())
        .filter(|line| line.starts_with("| `"))
        .map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
        .collect();
    for row in &rows {
        assert_eq!(row.len(), 4, "{row:?}");
        assert!(row.iter().all(|cell| !cell.is_empty()), "{row:?}");
    }
    let told: BTreeSet<&str> = rows.iter().map(|row| row[0].trim_matches('`')).collect();
    let read: BTreeSet<&str> = FORMATS.iter().map(|format| format.kind).collect();
    assert!(told.is_subset(&read), "{told:?}");
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let shown: BTreeSet<&str> = ["activity", "calls"]
        .iter()
        .flat_map(|folder| fs::read_dir(fixtures.join(folder)).unwrap())
        .filter_map(|entry| recognise(&fs::read(entry.unwrap().path()).ok()?))
        .map(|format| format.kind)
        .collect();
    assert!(shown.len() >= 22 && shown.is_subset(&told), "{shown:?}");
}
