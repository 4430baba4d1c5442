//! The samples, assessed as the README says: what it prints is what it shows.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up must stop")]

mod support;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use serde_json::Value;
use support::{Run, copy, run};

fn samples(arguments: &[&str]) -> Run {
    run(Path::new(env!("CARGO_MANIFEST_DIR")), arguments)
}

fn assessment() -> Value {
    let run = samples(&["assess", "samples", "-f", "json"]);
    run.ended(0);
    serde_json::from_str(&run.stdout).unwrap()
}

fn agents(assessment: &Value) -> BTreeMap<String, Value> {
    let agents = assessment["agents"].as_array().unwrap();
    agents.iter().map(|agent| (agent["id"].as_str().unwrap().to_owned(), agent.clone())).collect()
}

#[test]
fn the_terminal_report_is_the_one_in_the_readme() {
    let report = samples(&["assess", "samples"]);
    report.ended(0);
    insta::assert_snapshot!("terminal", report.stdout);
    let readme = std::fs::read_to_string("README.md").unwrap();
    for line in report.stdout.lines().take_while(|line| !line.starts_with("Then: prove")) {
        assert!(readme.contains(line), "the README does not show: {line}");
    }
}

#[test]
fn a_cluster_that_is_named_twice_counts_once_and_its_files_say_so() {
    let folder = tempfile::tempdir().unwrap();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("samples"), &folder.path().join("samples"));
    let file = folder.path().join("samples/gradus.yaml");
    let text = std::fs::read_to_string(&file).unwrap();
    let once = "kubernetes: [{path: cluster/}]";
    assert!(text.contains(once));
    copy(&folder.path().join("samples/cluster"), &folder.path().join("samples/copy"));
    let twice = "kubernetes: [{path: cluster/}, {path: copy/}]";
    std::fs::write(&file, text.replacen(once, twice, 1)).unwrap();
    let run = run(folder.path(), &["assess", "samples", "-f", "json"]);
    run.ended(0);
    let given: Value = serde_json::from_str(&run.stdout).unwrap();
    let fingerprints = |of: &Value| -> Vec<Value> {
        let findings = of["findings"].as_array().unwrap();
        findings.iter().map(|finding| finding["fingerprint"].clone()).collect()
    };
    assert_eq!(fingerprints(&given), fingerprints(&assessment()));
    let sources = given["coverage"]["sources"].as_array().unwrap();
    let mut copies = sources.iter().filter(|own| own["path"].as_str().unwrap().starts_with("copy"));
    assert!(
        copies.all(|own| own["reason"].as_str().unwrap().contains("it counts once")),
        "{sources:#?}"
    );
}

#[test]
fn every_agent_has_the_verdict_its_story_tells() {
    let assessment = assessment();
    let told: BTreeMap<String, (String, Value, Value, u64)> = agents(&assessment)
        .into_iter()
        .map(|(id, agent)| {
            let verdict = agent["verdict"].as_str().unwrap().to_owned();
            let granted = agent["granted"]["level"].clone();
            let exercised = agent["exercised"]["level"].clone();
            (id, (verdict, granted, exercised, agent["earned"]["level"].as_u64().unwrap()))
        })
        .collect();
    insta::assert_debug_snapshot!("verdicts", told);
    let verdicts: BTreeSet<&str> = told.values().map(|told| told.0.as_str()).collect();
    assert_eq!(
        verdicts,
        BTreeSet::from(["within", "over-extended", "beyond-ladder", "unproven"]),
        "the samples show every verdict"
    );
}

#[test]
fn every_example_of_the_page_on_rightsizing_ends_well() {
    let page = std::fs::read_to_string("docs/rightsize.md").unwrap();
    let examples: Vec<&str> =
        page.lines().filter_map(|line| line.strip_prefix("gradus rightsize ")).collect();
    assert!(examples.iter().any(|example| example.contains("db-tuner@stage")), "{examples:?}");
    for example in examples.iter().filter(|example| example.contains(" samples")) {
        let words = example.split(" >").next().unwrap_or_default().split(' ');
        samples(&["rightsize"].into_iter().chain(words).collect::<Vec<_>>()).ended(0);
    }
}

#[test]
fn the_fixer_rests_on_a_waiver_and_no_more_than_level_two() {
    let fixer = agents(&assessment()).remove("fixer@prod").unwrap();
    assert_eq!(fixer["earned"]["level"], 2);
    assert_eq!(fixer["earned"]["conditional"], true);
    assert_eq!(fixer["granted"]["level"], 2);
    assert_eq!(fixer["granted"]["credentialLevel"], 5);
}

#[test]
fn approvals_are_joined_with_the_log_of_the_api_server() {
    let agents = agents(&assessment());
    let fixer = &agents["fixer@prod"]["oversight"];
    assert_eq!(fixer["joined"], serde_json::json!({"by id": 7}));
    assert_eq!((&fixer["approved"], &fixer["told"]["timely"]), (&7.into(), &7.into()));
    assert_eq!(fixer["boundary"], serde_json::json!({"inside": 7}));

    let restarter = &agents["restarter@prod"]["oversight"];
    assert_eq!(restarter["approvers"], serde_json::json!({"jonas.lind@brackwater.example": 1}));
    let lacking = &restarter["lacking"];
    assert_eq!(lacking["whoever made it approved it"], 1);
    assert_eq!(lacking["a permission that stands let it pass"], 2);
    assert_eq!(lacking["it was approved after it was made"], 2);
    assert_eq!(restarter["putBack"]["recorded"], 1);
    assert_eq!(restarter["boundary"]["outside"], 1);
    let deleted = restarter["latest"].as_array().unwrap().iter();
    let deleted = deleted.filter(|own| own["object"] == "data-orders-db-1").collect::<Vec<_>>();
    assert_eq!(deleted[0]["notifiedAfter"], 19_801);

    // `kubectl rollout undo` of a person, which only the log shows.
    assert_eq!(agents["kagent/ghost"]["oversight"]["putBack"]["logged"], 1);
}

#[test]
fn the_severe_incident_of_the_restarter_counts_against_it_alone() {
    for (id, agent) in agents(&assessment()) {
        let criteria = agent["criteria"].as_array().unwrap().iter();
        let record = criteria.filter(|own| own["id"] == "TRK-03").collect::<Vec<_>>();
        let counts = record[0]["reason"] == "1 severe incident came from it";
        assert_eq!(counts, id == "restarter@prod", "{id}: {}", record[0]);
    }
}

#[test]
fn the_chain_of_the_courier_crosses_both_planes_and_one_cut_ends_it() {
    let courier = agents(&assessment()).remove("courier@prod").unwrap();
    let path = courier["paths"].as_array().unwrap().iter().find(|own| own["certain"] == true);
    let hops = path.unwrap()["hops"].to_string();
    for part in ["eks.amazonaws.com/role-arn", "role/platform-release", "brackwater-prod"] {
        assert!(hops.contains(part), "{part}: {hops}");
    }
    let steps = courier["next"]["contain"].as_array().unwrap();
    assert_eq!(steps.len(), 1, "{steps:#?}");
    assert!(steps[0]["reason"].as_str().unwrap().ends_with("what was read grants level 1"));
}

#[test]
fn the_service_control_policy_is_what_keeps_the_tuner_within() {
    let folder = tempfile::tempdir().unwrap();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("samples"), &folder.path().join("samples"));
    std::fs::remove_dir_all(folder.path().join("samples/aws/organization")).unwrap();
    let run = run(folder.path(), &["assess", "samples", "-f", "json"]);
    run.ended(0);
    let tuner = agents(&serde_json::from_str(&run.stdout).unwrap()).remove("db-tuner@stage");
    let tuner = tuner.unwrap();
    assert_eq!(tuner["verdict"], "over-extended");
    assert_eq!(tuner["granted"]["reason"], "ungated dynamodb:UpdateTable");
}

#[test]
fn what_the_verdict_of_the_forecaster_waits_for_is_the_first_thing_to_prove() {
    samples(&["assess", "samples"])
        .ended(0)
        .says("Then: prove\n  ·  forecaster@stage: supply a log that shows what it did");
}

#[test]
fn every_finding_leads_to_a_line_that_is_there() {
    let assessment = assessment();
    let findings = assessment["findings"].as_array().unwrap();
    assert!(!findings.is_empty());
    for finding in findings {
        let location = &finding["location"];
        let path = Path::new("samples").join(location["path"].as_str().unwrap());
        assert!(path.exists(), "{finding}");
        if let Some(line) = location["line"].as_u64()
            && path.extension().is_some_and(|extension| extension != "gz")
        {
            let lines = std::fs::read_to_string(&path).unwrap().lines().count() as u64;
            assert!(line >= 1 && line <= lines, "{finding}");
        }
    }
}

#[test]
fn every_rule_and_criterion_that_is_reported_can_be_explained() {
    let assessment = assessment();
    let mut ids: BTreeSet<String> = BTreeSet::new();
    for finding in assessment["findings"].as_array().unwrap() {
        ids.insert(finding["rule"].as_str().unwrap().to_owned());
    }
    for criterion in assessment["agents"][0]["criteria"].as_array().unwrap() {
        ids.insert(criterion["id"].as_str().unwrap().to_owned());
    }
    for id in ids {
        samples(&["explain", &id]).ended(0).says(&id);
    }
}

#[test]
fn no_secret_of_the_samples_appears_in_any_format() {
    let config = std::fs::read_to_string("samples/agents/legacy-bot/.mcp.json").unwrap();
    let config: Value = serde_json::from_str(&config).unwrap();
    let mut secrets = Vec::new();
    for server in config["mcpServers"].as_object().unwrap().values() {
        for (name, value) in server["env"].as_object().into_iter().flatten() {
            let secret = ["TOKEN", "KEY", "SECRET", "PASSWORD"];
            if secret.iter().any(|word| name.contains(word)) {
                secrets.push(value.as_str().unwrap().to_owned());
            }
        }
    }
    assert!(!secrets.is_empty(), "the samples hold a literal secret to find");
    for format in ["table", "json", "markdown", "html"] {
        let report = samples(&["assess", "samples", "-v", "-f", format]);
        report.ended(0);
        for secret in &secrets {
            report.never_says(secret);
        }
    }
}

#[test]
fn the_same_evidence_gives_the_same_bytes() {
    for format in ["table", "json", "markdown", "html"] {
        let once = samples(&["assess", "samples", "-f", format]);
        let again = samples(&["assess", "samples", "-f", format]);
        assert_eq!(once.stdout, again.stdout, "{format}");
    }
}

#[test]
fn the_gate_fails_and_says_by_whom() {
    let gate = samples(&["gate", "samples"]);
    gate.ended(1).says("legacy-bot@prod").says("FAILED");
}

#[test]
fn a_gate_over_a_saved_assessment_ends_as_the_gate_itself() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("assessment.json");
    let file = file.to_str().unwrap();
    samples(&["assess", "samples", "-f", "json", "-o", file]).ended(0);
    let saved = samples(&["gate", "--assessment", file, "-f", "json"]);
    let direct = samples(&["gate", "samples", "-f", "json"]);
    assert_eq!(saved.code, direct.code);
    let reasons = |run: &Run| {
        let json: Value = serde_json::from_str(&run.stdout).unwrap();
        json["gate"].clone()
    };
    assert_eq!(reasons(&saved), reasons(&direct));
}

#[test]
fn what_a_view_leaves_out_does_not_change_the_gate() {
    let quiet = samples(&["gate", "samples", "-q"]);
    let verbose = samples(&["gate", "samples", "-v"]);
    assert_eq!((quiet.code, verbose.code), (Some(1), Some(1)));
}

#[test]
fn several_formats_go_to_their_files() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (html, json) = (format!("html={}", at("r.html")), format!("json={}", at("r.json")));
    let run = samples(&["assess", "samples", "-f", &html, "-f", &json, "-f", "table"]);
    run.ended(0).says("legacy-bot@prod");
    assert!(
        std::fs::read_to_string(at("r.html"))
            .unwrap()
            .to_lowercase()
            .starts_with("<!doctype html>")
    );
    let json: Value = serde_json::from_slice(&std::fs::read(at("r.json")).unwrap()).unwrap();
    assert_eq!(json["schema"], "gradus.assessment/v1");
    samples(&["assess", "samples", "-f", "json", "-f", "html"]).ended(2);
}

/// All files below a folder.
fn files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

#[test]
fn evidence_that_is_missing_never_makes_an_agent_look_better() {
    let whole = agents(&assessment());
    let folder = tempfile::tempdir().unwrap();
    let samples = folder.path().join("samples");
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("samples"), &samples);
    let mut evidence = Vec::new();
    for part in ["cluster", "aws", "agents", "logs", "records", "evidence"] {
        files(&samples.join(part), &mut evidence);
    }
    assert!(evidence.len() > 15, "{evidence:?}");
    for file in evidence {
        let bytes = std::fs::read(&file).unwrap();
        std::fs::remove_file(&file).unwrap();
        let run = run(folder.path(), &["assess", "samples", "-f", "json"]);
        std::fs::write(&file, bytes).unwrap();
        let shown = file.strip_prefix(folder.path()).unwrap().display().to_string();
        if run.code == Some(2) {
            continue;
        }
        run.ended(0);
        for (id, agent) in agents(&serde_json::from_str(&run.stdout).unwrap()) {
            let Some(before) = whole.get(&id) else { continue };
            let earned = |agent: &Value| agent["earned"]["level"].as_u64().unwrap();
            assert!(earned(&agent) <= earned(before), "{id} earns more without {shown}");
            assert!(
                agent["verdict"] != "within" || before["verdict"] == "within",
                "{id} is within only without {shown}"
            );
        }
    }
}

#[test]
fn an_edited_assessment_that_contradicts_itself_is_refused() {
    let run = samples(&["assess", "samples", "-f", "json"]);
    let mut json: Value = serde_json::from_str(&run.stdout).unwrap();
    for agent in json["agents"].as_array_mut().unwrap() {
        agent["granted"]["level"] = 1.into();
        agent["granted"]["beyondLadder"] = false.into();
        agent["verdict"] = "within".into();
    }
    json["findings"] = Value::Array(Vec::new());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("edited.json");
    std::fs::write(&file, json.to_string()).unwrap();
    let gate = samples(&["gate", "--assessment", file.to_str().unwrap()]);
    gate.ended(2).says("contradicts itself");
}

#[test]
fn a_saved_assessment_ages_with_what_it_rests_on() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("assessment.json");
    let file = file.to_str().unwrap();
    samples(&["assess", "samples", "-f", "json", "-o", file]).ended(0);
    let later = support::gradus(Path::new(env!("CARGO_MANIFEST_DIR")))
        // 2027-03-01: the waiver of the fixer has ended.
        .env("SOURCE_DATE_EPOCH", "1803859200")
        .args(["gate", "--assessment", file, "-v"])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&later.stdout).into_owned();
    assert!(told.contains("APR-05 of fixer@prod rests on has ended"), "{told}");
}
