//! Collecting a real cluster: complete, the same as its dump, and never more than
//! metadata of secrets.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    process::Output,
    time::{Duration, Instant},
};

use assert_cmd::Command;
use gradus::scan::kubernetes::live::{self, Options};
use serde_json::{Value, json};

use crate::api_server::{ApiServer, Call, say};

const RBAC: &str = "/apis/rbac.authorization.k8s.io/v1";
/// 2026-11-22 00:00 UTC.
const DAY: &str = "1795305600";

/// `gradus`, logged in by a kubeconfig.
fn gradus(folder: &Path, kubeconfig: &Path, arguments: &[&str]) -> Output {
    Command::cargo_bin("gradus")
        .unwrap()
        .current_dir(folder)
        .env_clear()
        .env("KUBECONFIG", kubeconfig)
        .env("SOURCE_DATE_EPOCH", DAY)
        .args(arguments)
        .timeout(Duration::from_secs(120))
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Plants what a cluster should keep to itself, and an agent that may read it.
fn populate(server: &ApiServer) {
    server.namespace("shop");
    server.create(
        "/api/v1/namespaces/shop/secrets",
        json!({"metadata": {"name": "database"}, "stringData": {"password": "planted-secret"}}),
    );
    server.create("/api/v1/namespaces/shop/serviceaccounts", json!({"metadata": {"name": "bot"}}));
    server.create(
        "/api/v1/namespaces/shop/secrets",
        json!({
            "metadata": {"name": "bot-token", "annotations": {
                "kubernetes.io/service-account.name": "bot", "note": "planted-annotation",
            }},
            "type": "kubernetes.io/service-account-token",
            "stringData": {"token": "planted-token"},
        }),
    );
    server.create(
        "/api/v1/namespaces/shop/configmaps",
        json!({"metadata": {"name": "settings"}, "data": {"key": "planted-setting"}}),
    );
    server.create(
        "/api/v1/namespaces/shop/pods",
        json!({"metadata": {"name": "bot-0"}, "spec": {
            "serviceAccountName": "bot",
            "containers": [{"name": "bot", "image": "registry.example/bot:1",
                "args": ["--token=planted-argument"],
                "env": [{"name": "KEY", "value": "planted-variable"}]}],
        }}),
    );
    server.create(
        "/apis/apps/v1/namespaces/shop/deployments",
        json!({"metadata": {"name": "web"}, "spec": {
            "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {
                "serviceAccountName": "bot",
                "containers": [{"name": "web", "image": "registry.example/web:1",
                    "env": [{"name": "KEY", "value": "planted-variable"}]}],
            }},
        }}),
    );
    server.create(
        &format!("{RBAC}/clusterroles"),
        json!({"metadata": {"name": "bot"}, "rules": [
            {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods", "secrets"]},
            {"verbs": ["delete"], "apiGroups": ["apps"], "resources": ["deployments"]},
        ]}),
    );
    server.create(
        &format!("{RBAC}/clusterrolebindings"),
        json!({
            "metadata": {"name": "bot"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "bot"},
            "subjects": [{"kind": "ServiceAccount", "namespace": "shop", "name": "bot"}],
        }),
    );
}

const WORKSPACE: &str = "apiVersion: gradus/v1\nkind: Workspace\nmetadata: {name: live}\n\
    agents:\n- name: bot\n  environment: prod\n  owner: ada\n  purpose: keeps the shop running\n  \
    principals: {kubernetes: [\"system:serviceaccount:shop:bot\"]}\n\
    sources:\n  kubernetes: [{context: live}]\n";

#[test]
fn a_cluster_and_its_dump_are_assessed_alike_and_hold_no_secret() {
    let Some(server) = ApiServer::start() else { return };
    populate(&server);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("gradus.yaml"), WORKSPACE).unwrap();
    let assess = ["assess", "--live", "kubernetes", "-f", "json"];
    let live = gradus(folder.path(), &server.kubeconfig(), &assess);
    assert!(live.status.success(), "{}", text(&live.stderr));
    let collect = ["collect", "kubernetes", "-o", "dump.json.zst"];
    let collected = gradus(folder.path(), &server.kubeconfig(), &collect);
    assert_eq!(collected.status.code(), Some(0), "{}", text(&collected.stderr));

    let elsewhere = tempfile::tempdir().unwrap();
    let workspace = WORKSPACE.replace("context: live", "path: dump.json.zst");
    fs::write(elsewhere.path().join("gradus.yaml"), workspace).unwrap();
    let dump = folder.path().join("dump.json.zst");
    fs::copy(&dump, elsewhere.path().join("dump.json.zst")).unwrap();
    let read = gradus(elsewhere.path(), Path::new("/nonexistent"), &["assess", "-f", "json"]);
    assert!(read.status.success(), "{}", text(&read.stderr));
    assert_eq!(text(&live.stdout), text(&read.stdout));

    let assessment: Value = serde_json::from_slice(&live.stdout).unwrap();
    assert_eq!(assessment["coverage"]["sources"][0]["status"], "read");
    assert_eq!(assessment["agents"][0]["granted"]["level"], 5, "it deletes deployments");
    let plain = text(&zstd::decode_all(fs::File::open(dump).unwrap()).unwrap());
    assert!(plain.contains("bot-token") && plain.contains("\"name\":\"database\""));
    assert!(!plain.contains("planted"), "something that was planted is in the dump");
    for encoded in ["cGxhbnRlZC1zZWNyZXQ", "cGxhbnRlZC10b2tlbg"] {
        assert!(!plain.contains(encoded), "{encoded} is in the dump");
    }
}

/// The rules of the ClusterRole that `--permissions` prints.
fn permissions() -> (Value, Value) {
    let printed = Command::cargo_bin("gradus")
        .unwrap()
        .args(["collect", "kubernetes", "--permissions"])
        .output()
        .unwrap();
    assert!(printed.status.success());
    let printed = text(&printed.stdout);
    let documents: Vec<Value> = printed
        .split("\n---\n")
        .map(|document| serde_saphyr::from_str(document).unwrap())
        .collect();
    let [role, binding] = documents.as_slice() else { panic!("{printed}") };
    (role.clone(), binding.clone())
}

#[test]
fn the_printed_permissions_are_enough_and_one_less_is_a_gap_that_names_it() {
    let Some(server) = ApiServer::builder().user("collector", &[]).start() else { return };
    populate(&server);
    let (role, mut binding) = permissions();
    server.create(&format!("{RBAC}/clusterroles"), role.clone());
    binding["subjects"] = json!([
        {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "collector"},
    ]);
    server.create(&format!("{RBAC}/clusterrolebindings"), binding);
    server.settle();
    let kubeconfig = server.kubeconfig_of("collector");
    let folder = tempfile::tempdir().unwrap();
    let collect = || {
        let collect = ["collect", "kubernetes", "--force", "-o", "dump.json"];
        let run = gradus(folder.path(), &kubeconfig, &collect);
        (run.status.code(), text(&run.stderr))
    };
    let (code, told) = collect();
    assert_eq!(code, Some(0), "{told}");
    let dump: Value =
        serde_json::from_slice(&fs::read(folder.path().join("dump.json")).unwrap()).unwrap();
    let listed: BTreeSet<(String, String)> = dump["listed"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["version"] != "")
        .map(|entry| {
            (entry["group"].as_str().unwrap().into(), entry["resource"].as_str().unwrap().into())
        })
        .collect();
    assert!(listed.len() > 20, "{listed:?}");

    let name = role["metadata"]["name"].as_str().unwrap();
    let path = format!("{RBAC}/clusterroles/{name}");
    for (group, resource) in &listed {
        let mut less = role.clone();
        for rule in less["rules"].as_array_mut().unwrap() {
            if rule["apiGroups"][0] == group.as_str() {
                rule["resources"].as_array_mut().unwrap().retain(|own| own != resource.as_str());
            }
        }
        less["rules"].as_array_mut().unwrap().retain(|rule| rule["resources"] != json!([]));
        assert_ne!(less, role, "{resource} of {group} is in no rule");
        server.must(Call::put(&path, less));
        server.settle();
        let (code, told) = collect();
        assert_eq!(code, Some(3), "without {resource}: {told}");
        let dot = if group.is_empty() { "" } else { "." };
        let gaps: Vec<&str> = told.lines().filter(|line| line.contains("not collected")).collect();
        let [gap] = gaps.as_slice() else { panic!("without {resource}: {told}") };
        let wanted = format!("not collected: {resource}{dot}{group}: ");
        assert!(gap.contains(&wanted) && gap.contains("403"), "without {resource}: {gap}");
    }
    server.must(Call::put(&path, role));
    server.settle();
    assert_eq!(collect().0, Some(0), "with everything again");
}

#[test]
fn no_page_loses_an_object() {
    let Some(server) = ApiServer::start() else { return };
    server.namespace("many");
    let calls = (0..1_500)
        .map(|number| {
            let manifest = json!({
                "metadata": {"name": format!("role-{number}")},
                "rules": [{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}],
            });
            Call::post(format!("{RBAC}/namespaces/many/roles"), manifest)
        })
        .collect();
    assert!(server.send_all(calls).iter().all(|(status, _)| *status == 201));
    let collect = |page| {
        // The environment of a test binary is that of all its threads.
        let options = Options { page, kubeconfig: Some(server.kubeconfig()), ..Options::default() };
        let began = Instant::now();
        let snapshot = live::collect(&options, &mut |_| {}).unwrap();
        say(&format!("{} objects by {page}: {:?}", snapshot.items.len(), began.elapsed()));
        assert!(snapshot.gaps.is_empty(), "{:?}", snapshot.gaps);
        snapshot
    };
    let (small, large) = (collect(17), collect(500));
    assert_eq!(small.items, large.items);
    let roles = small.listed.iter().find(|listed| listed.resource == "roles").unwrap();
    assert!(roles.items >= 1_500, "{roles:?}");
}
