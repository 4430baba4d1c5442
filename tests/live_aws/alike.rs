//! An account, its collection and what the AWS CLI prints of it are one thing.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::Value;

use crate::moto::{ACCOUNT, Moto, text};

const ADMIN: (&str, &str) = ("admin", "admin");

/// Agents that are a role with a boundary, a user in a group, and an administrator.
const WORKSPACE: &str = "apiVersion: gradus/v1\nkind: Workspace\nmetadata: {name: live}\nagents:\n\
    - {name: sre-bot, environment: prod, owner: ada, purpose: keeps it running, \
       principals: {aws: [\"arn:aws:iam::123456789012:role/agents/sre-bot\"]}}\n\
    - {name: helper, environment: prod, owner: ada, purpose: answers tickets, \
       principals: {aws: [\"arn:aws:iam::123456789012:user/helper\"]}}\n\
    - {name: deployer, environment: prod, owner: ada, purpose: deploys, \
       principals: {aws: [\"arn:aws:iam::123456789012:role/deployer\"]}}\n\
    - {name: worker, environment: prod, owner: ada, purpose: works, \
       principals: {aws: [\"arn:aws:iam::123456789012:role/worker-319\"]}}\n\
    sources:\n  aws: [{profile: prod, account: \"123456789012\"}]\n";

fn assess(moto: &Moto, folder: &Path, live: bool) -> String {
    let arguments: &[&str] = match live {
        true => &["assess", "--live", "aws", "-f", "json"],
        false => &["assess", "-f", "json"],
    };
    let run = moto.gradus(folder, ADMIN, arguments);
    assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
    text(&run.stdout)
}

/// The workspace, with a file in place of the account.
fn with_file(name: &str, content: &[u8]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let live = "profile: prod, account: \"123456789012\"";
    assert!(WORKSPACE.contains(live));
    let workspace = WORKSPACE.replace(live, &format!("path: {name}"));
    fs::write(folder.path().join("gradus.yaml"), workspace).unwrap();
    fs::write(folder.path().join(name), content).unwrap();
    folder
}

#[test]
fn an_account_and_its_dump_and_what_the_cli_prints_are_assessed_alike() {
    let Some(moto) = Moto::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("gradus.yaml"), WORKSPACE).unwrap();
    let live = assess(&moto, folder.path(), true);

    let collect = ["collect", "aws", "--profile", "prod", "-o", "dump.json.zst"];
    let run = moto.gradus(folder.path(), ADMIN, &collect);
    assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
    let dump = fs::read(folder.path().join("dump.json.zst")).unwrap();
    let elsewhere = with_file("dump.json.zst", &dump);
    assert_eq!(assess(&moto, elsewhere.path(), false), live);

    let printed = moto.iam(&["get-account-authorization-details"]);
    let elsewhere = with_file("details.json", printed.as_bytes());
    let file = assess(&moto, elsewhere.path(), false);
    let (file, live_here) = (anywhere(&file, "details.json"), anywhere(&live, "aws/prod"));
    let other = file.lines().zip(live_here.lines()).find(|(file, live)| file != live);
    assert_eq!(other, None, "the first line that differs");
    assert_eq!(file.len(), live_here.len());

    let assessment: Value = serde_json::from_str(&live).unwrap();
    let sources = assessment["coverage"]["sources"].as_array().unwrap();
    assert_eq!(sources.len(), 1, "{sources:#?}");
    assert_eq!((&sources[0]["path"], &sources[0]["status"]), (&"aws/prod".into(), &"read".into()));
    let granted = |name: &str| {
        let agents = assessment["agents"].as_array().unwrap();
        let agent = agents.iter().find(|agent| agent["name"] == name).unwrap();
        agent["granted"].clone()
    };
    // Through the version in force of a policy of its group, beneath its boundary.
    assert_eq!(granted("helper")["level"], 5, "{}", granted("helper"));
    assert_eq!(granted("deployer")["beyondLadder"], true, "{}", granted("deployer"));
    assert!(granted("worker")["level"].as_u64().unwrap() > 1, "{}", granted("worker"));

    let plain = text(&zstd::decode_all(dump.as_slice()).unwrap());
    assert!(plain.contains("acme-prod") && plain.contains("worker-319") && plain.contains(ACCOUNT));
}

/// An assessment without where its evidence lies: the path and the lines, the steps
/// that are one for each line, and the sources, of which one knows more calls than the
/// other.
fn anywhere(assessment: &str, path: &str) -> String {
    let mut assessment: Value = serde_json::from_str(assessment).unwrap();
    assessment["coverage"]["sources"] = Value::Null;
    for agent in assessment["agents"].as_array_mut().unwrap() {
        agent["next"]["contain"] = Value::Null;
    }
    forget(&mut assessment, path);
    serde_json::to_string_pretty(&assessment).unwrap()
}

fn forget(value: &mut Value, path: &str) {
    match value {
        Value::Object(fields) => {
            for key in ["line", "column", "fingerprint"] {
                fields.remove(key);
            }
            fields.values_mut().for_each(|value| forget(value, path));
        }
        Value::Array(items) => {
            items.iter_mut().for_each(|value| forget(value, path));
            // Places that differ by their lines alone.
            items.dedup_by(|one, other| one == other && one.as_str() == Some("HERE"));
        }
        Value::String(text) => *text = without(text, path),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// `details.json:12:3` and `aws/prod` as one word.
fn without(text: &str, path: &str) -> String {
    let mut parts = text.split(path);
    let mut told = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        told.push_str("HERE");
        told.push_str(part.trim_start_matches(|c: char| c == ':' || c.is_ascii_digit()));
    }
    told
}

#[test]
fn every_principal_and_policy_of_the_account_is_in_the_collection() {
    let Some(moto) = Moto::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let collect = ["collect", "aws", "--profile", "prod", "-o", "dump.json"];
    let run = moto.gradus(folder.path(), ADMIN, &collect);
    assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
    let dump: Value =
        serde_json::from_slice(&fs::read(folder.path().join("dump.json")).unwrap()).unwrap();
    let printed: Value =
        serde_json::from_str(&moto.iam(&["get-account-authorization-details"])).unwrap();
    for list in ["UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"] {
        let arns = |document: &Value| -> BTreeSet<String> {
            let entries = document[list].as_array().cloned().unwrap_or_default();
            entries.iter().map(|entry| entry["Arn"].as_str().unwrap().to_owned()).collect()
        };
        let items = dump["items"].as_array().unwrap();
        let collected: BTreeSet<String> = items.iter().flat_map(arns).collect();
        assert!(!collected.is_empty(), "{list}");
        assert_eq!(collected, arns(&printed), "{list}");
    }
    // What the two say of one role, times aside, which each writes in its own way.
    let role = |document: &Value| {
        let roles = document["RoleDetailList"].as_array().unwrap();
        let mut role = roles.iter().find(|role| role["RoleName"] == "sre-bot").unwrap().clone();
        role.as_object_mut().unwrap().remove("CreateDate");
        role
    };
    let page =
        dump["items"].as_array().unwrap().iter().find(|item| item["RoleDetailList"].is_array());
    assert_eq!(role(page.unwrap()), role(&printed));
}

#[test]
fn another_account_than_the_workspace_names_is_an_error() {
    let Some(moto) = Moto::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let workspace = WORKSPACE.replace("account: \"123456789012\"", "account: \"111122223333\"");
    fs::write(folder.path().join("gradus.yaml"), workspace).unwrap();
    let run = moto.gradus(folder.path(), ADMIN, &["gate", "--live", "aws", "-f", "json"]);
    assert_ne!(run.status.code(), Some(0), "{}", text(&run.stdout));
    let assessment: Value = serde_json::from_slice(&run.stdout).unwrap();
    let source = &assessment["coverage"]["sources"][0];
    assert_eq!(source["status"], "failed");
    let reason = source["reason"].as_str().unwrap();
    assert!(reason.contains(ACCOUNT) && reason.contains("not of 111122223333"), "{reason}");
    for agent in assessment["agents"].as_array().unwrap() {
        assert!(agent["granted"]["level"] != 1, "{agent:#}");
    }
}
