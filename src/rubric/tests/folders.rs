use std::{fs, path::Path};

use super::rubric;
use crate::{
    model::status::Status,
    rubric::{FileState, Rubric},
};

/// A criterion of one's own, of which each test breaks one thing.
const OWN: &str = include_str!("../../../tests/fixtures/rubric/own-criterion.yaml");

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        fs::write(path, text).expect("a file");
    }
    folder
}

/// The problems of a folder with this text as `criteria/own.yaml`.
fn problems(text: &str) -> Vec<String> {
    let folder = folder(&[("criteria/own.yaml", text)]);
    let root = folder.path().to_string_lossy().into_owned();
    match Rubric::from_folder(folder.path()) {
        Ok(_) => Vec::new(),
        Err(errors) => errors
            .problems
            .iter()
            .map(|problem| problem.to_string().replace(&format!("{root}/"), ""))
            .collect(),
    }
}

#[test]
fn a_file_of_ones_own_extends_the_rubric() {
    let folder = folder(&[("criteria/own.yaml", OWN), ("README.md", "ours")]);
    let report = Rubric::read_folder(folder.path());
    assert_eq!(report.files.get("criteria/own.yaml"), Some(&FileState::Extends));
    assert_eq!(report.files.get("README.md"), Some(&FileState::Skipped));
    let extended = report.rubric.expect("a sound rubric");
    assert_eq!(extended.criteria().len(), rubric().criteria().len() + 1);
    assert_ne!(extended.digest(), rubric().digest());
    let own = extended.criterion("INV-90").expect("our criterion");
    assert_eq!(own.evaluate(&own.examples.pass).status, Status::Pass);
}

#[test]
fn a_file_of_the_same_path_replaces_the_built_in_one() {
    let own = OWN.replace("INV-90", "INV-01");
    let rest = include_str!("../../../rubric/criteria/inventory.yaml");
    let replaced = folder(&[("criteria/inventory.yaml", &own)]);
    let errors = Rubric::from_folder(replaced.path()).expect_err("facts are left over");
    assert!(errors.to_string().contains("is needed by no criterion"), "{errors}");

    let same = folder(&[("criteria/inventory.yaml", rest)]);
    let report = Rubric::read_folder(same.path());
    assert_eq!(report.files.get("criteria/inventory.yaml"), Some(&FileState::Replaces));
    assert_eq!(report.rubric.expect("sound").criteria().len(), rubric().criteria().len());
}

#[test]
fn the_shipped_folder_is_a_sound_rubric() {
    let report = Rubric::read_folder(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/rubric")));
    let problems = report.rubric.as_ref().err().map(ToString::to_string).unwrap_or_default();
    assert_eq!(problems, "");
    assert!(!report.files.values().any(|state| *state == FileState::Failed));
}

#[test]
fn an_unknown_key_is_an_error_with_its_place_and_the_nearest_key() {
    let found = problems(&OWN.replace("    expression:", "    expresion:"));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("criteria/own.yaml:"), "{found:?}");
    assert!(found[0].contains("unknown key `expresion`"), "{found:?}");
    assert!(found[0].contains("did you mean `expression`?"), "{found:?}");
}

#[test]
fn each_kind_of_mistake_is_found_at_its_place() {
    for (from, to, message) in [
        ("id: INV-90", "id: INV-01", "criterion `INV-01` is there twice"),
        ("id: INV-90", "id: XYZ-90", "an id of inventory is `INV-NN`"),
        ("dimension: inventory", "dimension: invention", "no dimension is called `invention`"),
        ("level: 1", "level: 9", "level 9 is not on the ladder"),
        ("severity: high", "severity: low", "a criterion is `critical`, `high`, `medium`"),
        (
            "dependsOn: [INV-01]",
            "dependsOn: [INV-77]",
            "depends on `INV-77`, which is no criterion",
        ),
        (
            "dependsOn: [INV-01]",
            "dependsOn: [POL-04]",
            "depends on `POL-04` of level 4, above its own",
        ),
        ("dependsOn: [INV-01]", "dependsOn: [INV-90]", "waits, by `dependsOn`, for itself"),
        (
            "- agent.tier",
            "- agent.tyre",
            "needs `agent.tyre`, which `facts.yaml` does not document",
        ),
        (
            "- agent.tier",
            "- agent.tier\n      - agent.owner",
            "which none of its expressions names",
        ),
        ("agent.tier != \"\"", "agent.tier", "gives text where bool is asked"),
        ("agent.tier != \"\"", "'1 == 1'", "names no fact"),
        ("agent.tier != \"\"", "agent.owner != \"\"", "`agent.owner` is not among its `needs`"),
        ("agent.tier != \"\"", "agent.tier ==", "is not CEL"),
        ("agent.tier: critical", "agent.tier: \"\"", "the example `pass` is fail"),
        ("agent.tier: critical", "agent.tier: 3", "does not give `agent.tier` as text"),
        ("framework: soc2", "framework: soc3", "no framework is called `soc3`"),
        ("informs:", "cap: 2\n    informs:", "only critical criteria cap"),
    ] {
        assert!(OWN.contains(from), "{from} is in the fixture");
        let found = problems(&OWN.replacen(from, to, 1));
        assert!(
            found.iter().any(|problem| {
                problem.starts_with("criteria/own.yaml:") && problem.contains(message)
            }),
            "`{to}` gives {message:?}, not {found:#?}"
        );
    }
}

#[test]
fn a_folder_that_is_not_there_is_an_error() {
    assert!(Rubric::from_folder(Path::new("/nowhere/at/all")).is_err());
}

#[test]
fn a_folder_without_files_is_an_error() {
    let empty = folder(&[]);
    let errors = Rubric::from_folder(empty.path()).expect_err("nothing is there");
    assert!(errors.to_string().contains("holds no file"), "{errors}");
}

#[test]
fn broken_files_are_errors_and_not_panics() {
    for text in [
        "",
        "criteria: 3",
        "- 1",
        "criteria: [",
        "a: b\n---\nc: d",
        "criteria:\n  - &a [*a]",
        "\u{0}\u{1}",
        "levels: []",
        &"[".repeat(20_000),
        &"criteria: ".repeat(200),
    ] {
        assert!(!problems(text).is_empty(), "{:?}", text.get(..20));
    }
}
