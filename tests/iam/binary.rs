//! Chains and escalations as the reports tell them.

use std::path::Path;

use serde_json::{Value, json};

use crate::{
    account::{allow, document},
    chains::role,
    support::run,
};

const WORKSPACE: &str = r#"apiVersion: gradus/v1
kind: Workspace
metadata: {name: chains}
agents:
  - name: bot
    environment: prod
    owner: team
    purpose: shows a chain
    principals: {aws: ["ARN"]}
sources:
  aws: [{path: details.json}]
"#;

/// The one agent of an estate with these authorization details, and the table.
fn judged(dump: &str, arn: &str) -> (Value, String) {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("details.json", dump);
    write("gradus.yaml", &WORKSPACE.replace("ARN", arn));
    let json = run(folder.path(), &["assess", ".", "-f", "json"]);
    json.ended(0);
    let assessment: Value = serde_json::from_str(&json.stdout).unwrap();
    let table = run(folder.path(), &["assess", ".", "-v"]);
    table.ended(0);
    (assessment["agents"][0].clone(), table.stdout)
}

fn arn(name: &str) -> String {
    format!("arn:aws:iam::111122223333:role/{name}")
}

#[test]
fn an_agent_two_roles_away_from_an_administrator_is_beyond_the_ladder() {
    let dump = json!({"RoleDetailList": [
        role("bot", &["ec2.amazonaws.com"], json!([allow("sts:AssumeRole", &arn("a"))])),
        role("a", &["root"], json!([allow("sts:AssumeRole", &arn("b"))])),
        role("b", &["root"], json!([allow("*", "*")])),
    ]});
    let (agent, table) = judged(&dump.to_string(), &arn("bot"));
    assert_eq!(agent["granted"]["beyondLadder"], json!(true), "{:#}", agent["granted"]);
    assert_eq!(agent["verdict"], json!("beyond-ladder"));
    let path = &agent["paths"][0];
    assert_eq!(path["target"], json!("aws-admin/111122223333"));
    let hows: Vec<_> = path["hops"].as_array().unwrap().iter().map(|hop| &hop["how"]).collect();
    assert_eq!(
        hows,
        [
            &json!("assumes role a"),
            &json!("assumes role b"),
            &json!("holds every right of the account")
        ]
    );
    let words: Vec<&str> = table.split_whitespace().collect();
    let told = "becomes administrator of AWS account 111122223333 in 3 steps";
    assert!(words.join(" ").contains(told), "{table}");
    for step in ["1. assumes role a", "2. assumes role b"] {
        assert!(table.contains(step), "{table}");
    }
    let contain = agent["next"]["contain"].as_array().unwrap();
    assert!(contain.iter().any(|step| step["id"] == "AWS-PATH-ADMIN"), "{contain:#?}");
}

#[test]
fn a_chain_that_a_condition_may_close_leaves_the_level_a_floor() {
    let mut boss = role("b", &["root"], json!([allow("*", "*")]));
    boss["AssumeRolePolicyDocument"]["Statement"][0]["Condition"] =
        json!({"StringEquals": {"sts:ExternalId": "x"}});
    let dump = json!({"RoleDetailList": [
        role("bot", &["ec2.amazonaws.com"], json!([allow("sts:AssumeRole", &arn("b"))])), boss,
    ]});
    let (agent, table) = judged(&dump.to_string(), &arn("bot"));
    assert_eq!(
        agent["granted"]["beyondLadder"],
        json!(true),
        "an administrator is assumed: {table}"
    );
    assert_eq!(agent["paths"][0]["certain"], json!(false));
    assert_eq!(agent["paths"][0]["unknown"], json!(["sts:ExternalId StringEquals x"]));
}

#[test]
fn what_tools_miss_and_accuse_is_told_apart_in_a_report() {
    let dump = include_str!("../fixtures/aws/iam-vulnerable/account.json");
    assert!(gradus::scan::aws::recognise(&document(dump)));
    for (case, is_beyond) in [("fn2", true), ("fn4", true), ("fp1", false), ("fp4", false)] {
        let (agent, _) = judged(dump, &arn(case));
        assert_eq!(agent["granted"]["beyondLadder"], json!(is_beyond), "{case}: {agent:#}");
    }
    assert!(Path::new("tests/fixtures/aws/iam-vulnerable/account.json").exists());
}

#[test]
fn a_role_that_everyone_may_assume_is_a_finding_of_the_account_and_of_no_agent() {
    let mut open = role("open", &["root"], json!([]));
    open["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] = json!("*");
    let dump = json!({"RoleDetailList": [role("bot", &["ec2.amazonaws.com"], json!([])), open]});
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("details.json", &dump.to_string());
    write("gradus.yaml", &WORKSPACE.replace("ARN", &arn("bot")));
    let assessed = run(folder.path(), &["assess", ".", "-f", "json"]);
    assessed.ended(0);
    let assessment: Value = serde_json::from_str(&assessed.stdout).unwrap();
    let findings = assessment["findings"].as_array().unwrap();
    let found = findings.iter().find(|finding| finding["rule"] == "AWS-TRUST-ANYONE").unwrap();
    assert_eq!(found["severity"], json!("critical"));
    assert_eq!(found["agent"], Value::Null);
    assert_eq!(found["location"]["path"], json!("details.json"));
    let explained = run(folder.path(), &["explain", "AWS-TRUST-ANYONE"]);
    explained.ended(0).says("A role that everyone may assume");
    run(folder.path(), &["explain", "aws-path-admin"]).ended(0).says("beyond the ladder");
}
