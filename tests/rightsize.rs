//! `gradus rightsize` as a user runs it.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up must stop")]

mod support;

use std::{fs, path::Path};

use serde_json::{Value, json};
use support::{Run, run};

const NASTY: &str = "x\n---\nkind: ClusterRoleBinding\n# \u{2028}\u{202e}'\": &a";

fn samples(arguments: &[&str]) -> Run {
    run(Path::new(env!("CARGO_MANIFEST_DIR")), arguments)
}

/// A workspace with one agent and this log.
fn workspace(events: &[Value]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let workspace = json!({
        "apiVersion": "gradus/v1", "kind": "Workspace", "metadata": {"name": "test"},
        "agents": [{"name": "bot", "environment": "prod", "tier": "standard", "owner": "team",
            "purpose": "test", "principals": {"kubernetes": ["system:serviceaccount:ops:bot"]}}],
        "sources": {"activity": [{"path": "audit.log"}]},
    });
    fs::write(folder.path().join("gradus.yaml"), workspace.to_string()).unwrap();
    let log: String = events.iter().map(|event| format!("{event}\n")).collect();
    fs::write(folder.path().join("audit.log"), log).unwrap();
    folder
}

fn event(user: &str, verb: &str, resource: &str, name: &str, decision: &str) -> Value {
    json!({
        "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata", "auditID": name,
        "stage": "ResponseComplete", "requestURI": "/x", "verb": verb, "user": {"username": user},
        "objectRef": {"resource": resource, "namespace": "shop", "name": name},
        "responseStatus": {"code": if decision == "allow" { 200 } else { 403 }},
        "requestReceivedTimestamp": "2026-11-01T10:00:00Z",
        "annotations": {"authorization.k8s.io/decision": decision},
    })
}

/// Adds what a cluster holds to a workspace.
fn add_cluster(folder: &Path, objects: &Value) {
    fs::write(folder.join("cluster.json"), objects.to_string()).unwrap();
    let file = folder.join("gradus.yaml");
    let text = fs::read_to_string(&file).unwrap();
    let text =
        text.replace("\"sources\":{", "\"sources\":{\"kubernetes\":[{\"path\":\"cluster.json\"}],");
    fs::write(&file, text).unwrap();
}

const BOT: &str = "system:serviceaccount:ops:bot";

#[test]
fn the_roles_of_the_samples_are_the_ones_in_the_docs() {
    let run = samples(&["rightsize", "legacy-bot", "samples"]);
    run.ended(0).says("the log covers 27 days");
    insta::assert_snapshot!("legacy_bot", run.stdout);
    let docs = fs::read_to_string("docs/rightsize.md").unwrap();
    for line in run.stdout.lines().filter(|line| !line.starts_with('#')) {
        assert!(docs.contains(line), "docs/rightsize.md does not show: {line}");
    }
}

#[test]
fn every_form_tells_what_would_go() {
    for form in ["yaml", "json", "table"] {
        let run = samples(&["rightsize", "restarter@prod", "samples", "-f", form]);
        run.ended(0).says("RoleBinding/shop/restarter").says("get,list,watch deployments");
    }
    let run = samples(&["rightsize", "restarter", "samples", "-f", "json"]);
    let sized: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(sized["schema"], "gradus.rightsize/v1");
    let held = sized["held"].as_array().unwrap();
    assert!(
        held.iter().any(|one| one["rules"].as_array().unwrap().iter().any(|r| r["used"] == false))
    );
}

#[test]
fn an_agent_that_no_log_shows_gets_nothing_that_applies() {
    for events in [
        vec![event("someone-else", "get", "pods", "web", "allow")],
        vec![event(BOT, "get", "pods", "web", "forbid")],
    ] {
        let folder = workspace(&events);
        for form in ["yaml", "json", "table"] {
            let run =
                run(folder.path(), &["rightsize", "bot", ".", "-f", form, "-o", "roles.yaml"]);
            run.ended(3).says("no roles for bot");
            assert_eq!(run.stdout, "");
            assert!(!folder.path().join("roles.yaml").exists());
        }
    }
}

#[test]
fn an_agent_that_does_not_exist_is_a_usage_error_that_names_the_nearest() {
    samples(&["rightsize", "restartr", "samples"]).ended(2).says("nearest one is `restarter@prod`");
}

#[test]
fn what_was_refused_is_not_granted_and_what_no_grant_explains_is_told() {
    let folder = workspace(&[
        event(BOT, "get", "configmaps", "web", "allow"),
        event(BOT, "get", "secrets", "web", "forbid"),
    ]);
    let roles = json!({"apiVersion": "v1", "kind": "List", "items": [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "bot", "namespace": "ops"}},
    ]});
    add_cluster(folder.path(), &roles);
    let run = run(folder.path(), &["rightsize", "bot", "."]);
    run.ended(0)
        .says("resources: [configmaps]")
        .never_says("secrets")
        .says("1 request was refused for want of a right")
        .says("no grant that was read explains it:\n#   get configmaps in shop × 1 (audit.log:1)");
}

#[test]
fn a_patch_that_created_is_not_explained_without_a_right_to_create() {
    let patch = |name: &str, code: u16| {
        let mut patch = event(BOT, "patch", "configmaps", name, "allow");
        patch["responseStatus"]["code"] = json!(code);
        patch
    };
    for (code, verbs, unexplained) in [
        (200, json!(["patch"]), false),
        (201, json!(["patch"]), true),
        (201, json!(["patch", "create"]), false),
    ] {
        let folder = workspace(&[patch("web", code)]);
        let rbac = "rbac.authorization.k8s.io";
        let api = format!("{rbac}/v1");
        let place = json!({"name": "bot", "namespace": "shop"});
        let roles = json!({"apiVersion": "v1", "kind": "List", "items": [
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "bot", "namespace": "ops"}},
            {"apiVersion": api, "kind": "Role", "metadata": place,
                "rules": [{"apiGroups": [""], "resources": ["configmaps"], "verbs": verbs}]},
            {"apiVersion": api, "kind": "RoleBinding", "metadata": place,
                "roleRef": {"apiGroup": rbac, "kind": "Role", "name": "bot"},
                "subjects": [{"kind": "ServiceAccount", "name": "bot", "namespace": "ops"}]},
        ]});
        add_cluster(folder.path(), &roles);
        let run = run(folder.path(), &["rightsize", "bot", "."]);
        run.ended(0);
        let told = run.stdout.contains("no grant that was read explains it");
        assert_eq!(told, unexplained, "{code} {verbs}: {}", run.stdout);
    }
}

#[test]
fn a_hostile_log_writes_no_line_of_its_own() {
    let mut hostile = event(BOT, "get", NASTY, NASTY, "allow");
    hostile["objectRef"]["namespace"] = json!(NASTY);
    let star = event(BOT, "get", "*", "x", "allow");
    let folder = workspace(&[hostile, star, event(NASTY, "get", "pods", NASTY, "allow")]);
    let run = run(folder.path(), &["rightsize", "bot", "."]);
    run.ended(0).never_says("\u{202e}").never_says("\u{2028}").never_says("[\"*\"]");
    let kinds: Vec<&str> =
        run.stdout.lines().filter(|line| line.trim_start().starts_with("kind:")).collect();
    assert_eq!(kinds, ["kind: Role", "kind: RoleBinding", "  kind: Role"], "{}", run.stdout);
    let table = support::run(folder.path(), &["rightsize", "bot", ".", "-f", "table"]);
    table.ended(0).never_says("\u{202e}").never_says("\nkind: ClusterRoleBinding");
    let json = support::run(folder.path(), &["rightsize", "bot", ".", "-f", "json"]);
    let sized: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(sized["objects"][0]["metadata"]["namespace"], NASTY);
}

#[test]
fn what_is_written_reads_back_as_roles_that_the_agent_holds() {
    let folder = workspace(&[
        event(BOT, "get", "configmaps", "web", "allow"),
        event(BOT, "delete", "pods", "yes", "allow"),
        event(BOT, "list", "pods", "", "allow"),
    ]);
    run(folder.path(), &["rightsize", "bot", ".", "-o", "roles.yaml"]).ended(0);
    let file = folder.path().join("gradus.yaml");
    let text = fs::read_to_string(&file).unwrap();
    let text =
        text.replace("\"sources\":{", "\"sources\":{\"kubernetes\":[{\"path\":\"roles.yaml\"}],");
    fs::write(&file, text).unwrap();
    let run = run(folder.path(), &["assess", ".", "-f", "json"]);
    let assessment: Value = serde_json::from_str(&run.stdout).unwrap();
    let actions: Vec<&str> = assessment["agents"][0]["capabilities"]
        .as_array()
        .unwrap()
        .iter()
        .map(|capability| capability["action"].as_str().unwrap())
        .collect();
    assert_eq!(actions, ["delete pods [yes]", "get configmaps [web]", "list pods"]);
}

/// The samples with the trail of their account.
fn with_trail() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    support::copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("samples"), folder.path());
    let workspace = folder.path().join("gradus.yaml");
    let text = fs::read_to_string(&workspace).unwrap();
    if !text.contains("logs/*.json") {
        let logs = "{path: \"logs/*.log*\"}";
        assert!(text.contains(logs));
        fs::write(&workspace, text.replace(logs, &format!("{logs}, {{path: \"logs/*.json.gz\"}}")))
            .unwrap();
    }
    folder
}

#[test]
fn an_agent_of_an_account_gets_policies_that_its_trail_justifies() {
    let folder = with_trail();
    let run = run(folder.path(), &["rightsize", "db-tuner@stage", ".", "-f", "json"]);
    run.ended(0);
    let sized: Value = serde_json::from_str(&run.stdout).unwrap();
    let one = &sized["policies"][0];
    assert_eq!(one["principal"], "arn:aws:iam::111122223333:role/db-tuner-stage");
    assert_eq!(one["proof"], json!({"asked": 2, "refused": []}));
    let document = &one["policies"][0]["document"];
    let tables = "arn:aws:dynamodb:eu-central-1:111122223333:table/stage-";
    assert_eq!(
        document["Statement"][0],
        json!({"Effect": "Allow", "Action": ["dynamodb:DescribeTable"],
            "Resource": [format!("{tables}books"), format!("{tables}orders")]})
    );
    // `UpdateTable` was refused, so it is no use.
    assert!(!document.to_string().contains("UpdateTable"), "{document}");
    let command = one["policies"][0]["commands"].as_str().unwrap();
    assert!(command.contains("aws iam attach-role-policy --role-name db-tuner-stage"), "{command}");
}

#[test]
fn the_other_forms_tell_the_same_of_an_account() {
    let folder = with_trail();
    let table = run(folder.path(), &["rightsize", "db-tuner@stage", ".", "-f", "table"]);
    table
        .ended(0)
        .says("dynamodb:DescribeTable")
        .says("aws iam create-policy")
        .says("not used: pi:");
    table.says("CloudTrail does not record it here").never_says("dynamodb:DeleteItem");
    let yaml = run(folder.path(), &["rightsize", "db-tuner@stage", "."]);
    yaml.ended(0);
    let document: String = yaml
        .stdout
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|l| format!("{l}\n"))
        .collect();
    let policy: Value = serde_json::from_str(&document).unwrap();
    assert_eq!(policy["Version"], "2012-10-17");
    // An agent of both planes: objects to apply, and the commands in comments.
    let both = run(folder.path(), &["rightsize", "reader", "."]);
    both.ended(0).says("# aws iam create-policy").says("kind: ClusterRole");
    for line in both.stdout.lines().filter(|line| line.contains("aws iam")) {
        assert!(line.starts_with('#'), "{line}");
    }
}
