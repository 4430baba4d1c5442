//! An account, its collection and what the AWS CLI prints of it are one thing.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::Value;

use crate::{
    anywhere::anywhere,
    moto::{ACCOUNT, Moto, text},
};

/// Where moto's cluster is.
const REGION: &str = "eu-central-1";
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
    fs::create_dir_all(folder.path().join(name).parent().unwrap()).unwrap();
    fs::write(folder.path().join(name), content).unwrap();
    folder
}

/// What the AWS CLI prints of all that controls the account, by the names of files.
fn organization(moto: &Moto) -> Vec<(String, String)> {
    const KIND: &str = "SERVICE_CONTROL_POLICY";
    let ask = |arguments: &[&str]| {
        moto.tool("aws", &[&["organizations", "--output", "json"][..], arguments].concat())
    };
    let mut files = vec![
        ("organization.json".to_owned(), ask(&["describe-organization"])),
        ("roots.json".to_owned(), ask(&["list-roots"])),
    ];
    let ids = |text: &str, list: &str| -> Vec<String> {
        let document: Value = serde_json::from_str(text).unwrap();
        let entries = document[list].as_array().unwrap().iter();
        entries.map(|entry| entry["Id"].as_str().unwrap().to_owned()).collect()
    };
    let (mut place, mut policies) = (ACCOUNT.to_owned(), BTreeSet::new());
    let mut steps = 0;
    loop {
        let attached = ask(&["list-policies-for-target", "--target-id", &place, "--filter", KIND]);
        policies.extend(ids(&attached, "Policies"));
        files.push((format!("policies.{place}.json"), attached));
        if place.starts_with("r-") {
            break;
        }
        let parents = ask(&["list-parents", "--child-id", &place]);
        files.push((format!("parents.{place}.json"), parents.clone()));
        place = ids(&parents, "Parents").remove(0);
        steps += 1;
    }
    assert_eq!(steps, 2, "the account stands in a unit");
    for id in policies {
        files.push((format!("{id}.json"), ask(&["describe-policy", "--policy-id", &id])));
    }
    files
}

#[test]
fn clusters_are_collected_as_the_cli_prints_them() {
    let Some(moto) = Moto::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let collect = ["collect", "aws", "--profile", "prod", "-o", "dump.json", "-q"];
    let run = moto.gradus(folder.path(), ADMIN, &[&collect[..], &["--region", REGION]].concat());
    // moto knows neither access entries nor Pod Identity associations.
    assert_eq!(run.status.code(), Some(3), "{}", text(&run.stderr));
    let told = text(&run.stderr);
    let told: Vec<&str> = told.lines().collect();
    let unknown = ["eks:ListAccessEntries", "eks:ListPodIdentityAssociations"];
    assert_eq!(told.len(), unknown.len(), "{told:?}");
    for (gap, action) in told.iter().zip(unknown) {
        let wanted = format!("not collected: {action} of shop in {REGION}: ");
        assert!(gap.contains(&wanted), "{gap}");
    }
    let dump = fs::read(folder.path().join("dump.json")).unwrap();
    let dump: Value = serde_json::from_slice(&dump).unwrap();
    let group = ["describe-nodegroup", "--cluster-name", "shop", "--nodegroup-name", "blue"];
    for (key, arguments) in
        [("cluster", &["describe-cluster", "--name", "shop"][..]), ("nodegroup", &group)]
    {
        let ask = ["eks", "--output", "json", "--region", REGION];
        let printed = moto.tool("aws", &[&ask[..], arguments].concat());
        let mut printed: Value = serde_json::from_str(&printed).unwrap();
        let items = dump["items"].as_array().unwrap();
        let mut own = items.iter().find(|item| item.get(key).is_some()).unwrap().clone();
        for document in [&mut printed, &mut own] {
            // Times, which each writes in its own way.
            let fields = document[key].as_object_mut().unwrap();
            for name in ["createdAt", "modifiedAt"] {
                fields.remove(name);
            }
            fields.retain(|_, value| !value.is_null());
        }
        assert_eq!(own, printed);
    }
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
    let elsewhere = with_file("aws/prod", b"");
    fs::remove_file(elsewhere.path().join("aws/prod")).unwrap();
    fs::create_dir(elsewhere.path().join("aws/prod")).unwrap();
    let mut files = organization(&moto);
    files.push(("details.json".to_owned(), printed));
    for (name, text) in files {
        fs::write(elsewhere.path().join("aws/prod").join(name), text).unwrap();
    }
    let file = assess(&moto, elsewhere.path(), false);
    let (file, live_here) = (anywhere(&file, "aws/prod"), anywhere(&live, "aws/prod"));
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
