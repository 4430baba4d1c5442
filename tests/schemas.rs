//! Everything that gradus writes is as its schemas say, and what they refuse it refuses.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up must stop")]

mod support;

use std::{fs, path::Path};

use gradus::assess::assessment::Assessment;
use jsonschema::Validator;
use serde_json::{Value, json};
use support::{copy, run};

const NAMES: [&str; 5] =
    ["assessment", "activity-action", "activity-record", "mapping", "workspace"];

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn printed(name: &str) -> String {
    let run = run(here(), &["schema", name]);
    run.ended(0);
    run.stdout
}

fn schema(name: &str) -> Validator {
    jsonschema::draft202012::new(&serde_json::from_str(&printed(name)).unwrap()).unwrap()
}

fn fits(schema: &Validator, value: &Value) {
    let errors: Vec<String> =
        schema.iter_errors(value).map(|one| format!("{}: {one}", one.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{value:#}");
}

fn lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn the_schemas_that_are_kept_are_those_that_are_printed() {
    for name in NAMES {
        let kept = fs::read_to_string(here().join(format!("docs/schemas/{name}.json")));
        assert!(
            kept.is_ok_and(|kept| kept == printed(name)),
            "after `gradus schema {name} > docs/schemas/{name}.json` its change is one to review"
        );
    }
}

#[test]
fn every_schema_is_one_of_draft_2020_12() {
    for name in NAMES {
        let value: Value = serde_json::from_str(&printed(name)).unwrap();
        assert_eq!(value["$schema"], "https://json-schema.org/draft/2020-12/schema", "{name}");
        assert!(jsonschema::meta::is_valid(&value), "{name}");
    }
}

#[test]
fn an_assessment_fits_its_schema() {
    let schema = schema("assessment");
    let run = run(here(), &["assess", "samples", "-f", "json"]);
    fits(&schema, &serde_json::from_str(&run.stdout).unwrap());
    let text = fs::read_to_string(here().join("tests/fixtures/report/acme.json")).unwrap();
    let acme: Assessment = serde_json::from_str(&text).unwrap();
    let mut acme = serde_json::to_value(&acme).unwrap();
    fits(&schema, &acme);
    acme["agents"][0]["verdict"] = json!("splendid");
    assert!(!schema.is_valid(&acme), "a word that is none of the schema's");
}

#[test]
fn every_exported_action_fits_its_schema() {
    let schema = schema("activity-action");
    let folder = tempfile::tempdir().unwrap();
    copy(&here().join("samples"), folder.path());
    for log in ["logs", "records"] {
        run(folder.path(), &["activity", "export", log, "-o", "out.jsonl"]).ended(0);
        lines(&folder.path().join("out.jsonl")).iter().for_each(|line| fits(&schema, line));
    }
    copy(&here().join("tests/fixtures/calls"), &folder.path().join("calls"));
    run(folder.path(), &["activity", "export", "calls", "-o", "out.jsonl"]);
    let calls = lines(&folder.path().join("out.jsonl"));
    assert!(calls.len() > 10, "{}", calls.len());
    calls.iter().for_each(|line| fits(&schema, line));
    let mut line = calls[0].clone();
    line["class_uid"] = json!(6004);
    assert!(!schema.is_valid(&line));
}

#[test]
fn every_record_of_the_samples_and_of_the_docs_fits_the_schema() {
    let schema = schema("activity-record");
    let page = fs::read_to_string(here().join("docs/activity-records.md")).unwrap();
    let examples: Vec<Value> = page
        .lines()
        .filter(|line| line.starts_with("{\"schema\": \"gradus.activity/v1\""))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(examples.len(), 8, "one of each kind");
    examples.iter().for_each(|one| fits(&schema, one));
    for file in ["approvals", "incidents", "messages", "people"] {
        let path = here().join(format!("samples/records/{file}.jsonl"));
        lines(&path).iter().for_each(|line| fits(&schema, line));
    }
}

#[test]
fn what_the_schema_of_records_refuses_gradus_refuses() {
    let schema = schema("activity-record");
    let good = json!({"schema": "gradus.activity/v1", "kind": "approval",
        "time": "2026-10-01T08:00:08Z", "about": {"call": "c-1"}, "verdict": "approved",
        "decider": "person", "by": "ana"});
    let changed = |key: &str, value: Value| {
        let mut record = good.clone();
        record[key] = value;
        record
    };
    let mut without = good.clone();
    without.as_object_mut().unwrap().remove("verdict");
    let bad = [
        changed("aproved", json!(true)),
        changed("kind", json!("aproval")),
        changed("schema", json!("gradus.activity/v2")),
        changed("verdict", json!("fine")),
        changed("about", json!({"cal": "c-1"})),
        changed("by", json!("  ")),
        changed("argumentsDigest", json!("md5:00")),
        without,
    ];
    fits(&schema, &good);
    let folder = tempfile::tempdir().unwrap();
    let text = |record: &Value| format!("{record}\n");
    for record in bad {
        assert!(!schema.is_valid(&record), "{record}");
        // Beside a good one, so that the file is known for what it is.
        fs::write(folder.path().join("a.jsonl"), text(&good) + &text(&record)).unwrap();
        let run = run(folder.path(), &["activity", "summarize", "a.jsonl", "-o", "a.json"]);
        assert!(run.stderr.contains("1 line not read"), "{record}: {}", run.stderr);
    }
}

#[test]
fn mappings_and_workspaces_fit_their_schemas() {
    let yaml = |path: &str| -> Value {
        serde_saphyr::from_str(&fs::read_to_string(here().join(path)).unwrap()).unwrap()
    };
    let schema = |name: &str| schema(name);
    let mut mapping = yaml("samples/records/tool-calls-mapping.yaml");
    fits(&schema("mapping"), &mapping);
    mapping["records"][0]["fields"]["time"] = json!({"path": "ts", "constant": "now"});
    assert!(!schema("mapping").is_valid(&mapping), "a path or a constant, never both");
    let mut workspace = yaml("samples/gradus.yaml");
    fits(&schema("workspace"), &workspace);
    workspace["agents"][0]["ownr"] = json!("team-shop");
    assert!(!schema("workspace").is_valid(&workspace), "an unknown key");
}
