use std::fs;

use super::*;

fn listed(format: Format) -> String {
    let mut out = Vec::new();
    list(&mut out, format).expect("a list");
    String::from_utf8(out).expect("text")
}

#[test]
fn the_list_names_every_criterion_once_within_80_columns() {
    let text = listed(Format::Table { width: 80 });
    let rubric = Rubric::embedded().expect("a rubric");
    for criterion in rubric.criteria() {
        let lines = text.lines().filter(|line| line.trim_start().starts_with(&criterion.id));
        assert_eq!(lines.count(), 1, "{}", criterion.id);
    }
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    assert!(text.contains("Level 2: Human in the loop"));
    assert!(text.contains(&format!("{} criteria", rubric.criteria().len())));
}

#[test]
fn the_list_as_json_has_what_a_criterion_is_decided_on() {
    let value: serde_json::Value = serde_json::from_str(&listed(Format::Json)).expect("JSON");
    let criteria = value["criteria"].as_array().expect("criteria");
    assert_eq!(criteria.len(), Rubric::embedded().expect("a rubric").criteria().len());
    let lp02 = criteria.iter().find(|entry| entry["id"] == "LP-02").expect("LP-02");
    assert_eq!(lp02["level"], 0);
    assert_eq!(lp02["cap"], 0);
    assert_eq!(lp02["severity"], "critical");
    assert_eq!(lp02["needs"], serde_json::json!(["credential.adminEquivalents"]));
}

#[test]
fn show_writes_one_criterion_in_either_form() {
    let mut page = Vec::new();
    show(&mut page, "lp-02", Format::Table { width: 80 }).expect("a page");
    assert!(String::from_utf8_lossy(&page).starts_with("# LP-02: "));
    let mut json = Vec::new();
    show(&mut json, "lp-02", Format::Json).expect("JSON");
    let value: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
    assert_eq!(value["id"], "LP-02");
    assert!(show(&mut Vec::new(), "nothing", Format::Json).is_err());
}

#[test]
fn the_built_in_rubric_passes_its_check_and_its_counts_are_printed() {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let checked = check(&mut out, &mut err, None).expect("written");
    assert_eq!(checked, Checked::Sound, "{}", String::from_utf8_lossy(&err));
    let out = String::from_utf8(out).expect("text");
    for counts in [
        "60 criteria",
        "every level 2 · level 1 15 · level 2 13 · level 3 12 · level 4 10 · level 5 8",
        "critical 19 · high 32 · medium 8 · info 1",
        "automatic 42 · attested 2 · both 16",
    ] {
        assert!(out.contains(counts), "{counts} is in\n{out}");
    }
}

#[test]
fn a_faulty_folder_is_told_with_file_and_line_and_no_escape_reaches_the_terminal() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("criteria")).expect("a folder");
    let text = "criteria:\n  - id: \"X\\e[31m\"\n    \"\\e[2Jlevel\": 1\n";
    fs::write(folder.path().join("criteria/own.yaml"), text).expect("a file");
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let checked = check(&mut out, &mut err, Some(folder.path())).expect("written");
    assert_eq!(checked, Checked::Faulty);
    let err = String::from_utf8(err).expect("text");
    assert!(err.contains("criteria/own.yaml:3:5: unknown key"), "{err}");
    assert!(!err.contains('\u{1b}'), "{err:?}");
    assert!(String::from_utf8_lossy(&out).contains("1 file: 0 read, 0 not used, 1 failed"));
}
