//! Live clusters that fail, lie, or answer slowly: a gap with a name or a clear
//! error each, within the time that was given, and never a pass.
#![cfg(feature = "kubernetes")]
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up must stop")]

#[path = "support/fake_cluster.rs"]
mod fake_cluster;
#[path = "support/fake_server.rs"]
mod fake_server;
mod support;

use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use fake_cluster::{healthy, kubeconfig, list_of, refusal};
use fake_server::{Asked, FakeServer, Reply, json_reply};
use serde_json::{Value, json};
use support::{Run, gradus};
use tempfile::TempDir;

const BINDINGS: &str = "/apis/rbac.authorization.k8s.io/v1/rolebindings";
const PODS: &str = "/api/v1/pods";

/// One declared agent, whose cluster is live.
const WORKSPACE: &str = "apiVersion: gradus/v1\nkind: Workspace\nmetadata: {name: test}\n\
    agents:\n- name: bot\n  environment: prod\n  owner: ada\n  purpose: looks\n  \
    principals: {kubernetes: [\"system:serviceaccount:ops:bot\"]}\n\
    sources:\n  kubernetes: [{context: prod}]\n";

/// A workspace, and a server that answers as `handler` says.
struct Scene {
    server: FakeServer,
    folder: TempDir,
}

impl Scene {
    fn new(handler: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let scene =
            Self { server: FakeServer::start(handler), folder: tempfile::tempdir().unwrap() };
        fs::write(scene.folder.path().join("gradus.yaml"), WORKSPACE).unwrap();
        scene.server.kubeconfig(scene.folder.path());
        scene
    }

    /// A server that is healthy but for one path.
    fn but(path: &'static str, reply: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self::new(move |asked| if asked.path == path { reply(asked) } else { Reply::Healthy })
    }

    fn run(&self, arguments: &[&str]) -> Run {
        run(self.folder.path(), arguments)
    }

    fn assess(&self) -> Value {
        let run = self.run(&["assess", "--live", "kubernetes", "--timeout", "8", "-f", "json"]);
        run.ended(0);
        serde_json::from_str(&run.stdout).unwrap()
    }

    /// Collects, and returns the text of the snapshot.
    fn collect(&self, code: i32) -> (Run, String) {
        let run =
            self.run(&["collect", "kubernetes", "-o", "it.json", "--force", "--timeout", "8"]);
        run.ended(code);
        (run, fs::read_to_string(self.folder.path().join("it.json")).unwrap())
    }
}

fn run(folder: &Path, arguments: &[&str]) -> Run {
    let output = gradus(folder)
        .env("KUBECONFIG", folder.join("kubeconfig"))
        .args(arguments)
        .output()
        .unwrap();
    Run {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The one source of an assessment.
fn source(assessment: &Value) -> &Value {
    let sources = assessment["coverage"]["sources"].as_array().unwrap();
    assert_eq!(sources.len(), 1, "{sources:#?}");
    &sources[0]
}

/// The resource is a gap that is named and told, and what was bound through it
/// leaves the rights of the agent unknown where it gives any.
#[track_caller]
fn is_a_gap(scene: &Scene, resource: &str, why: &str) {
    let assessment = scene.assess();
    let source = source(&assessment);
    assert_eq!(source["status"], "partial", "{source:#}");
    let reason = source["reason"].as_str().unwrap();
    assert!(reason.contains(resource) && reason.contains(why), "{reason}");
    let (run, _) = scene.collect(3);
    run.says(resource).says(why);
    let gate = ["gate", "--live", "kubernetes", "--timeout", "8", "--min-coverage", "100"];
    let gated = scene.run(&gate);
    assert_ne!(gated.code, Some(0), "{gated:#?}");
}

fn granted(assessment: &Value) -> &Value {
    &assessment["agents"][0]["granted"]["level"]
}

#[test]
fn a_healthy_server_leaves_no_gap_and_is_only_ever_read() {
    let scene = Scene::new(|_| Reply::Healthy);
    let assessment = scene.assess();
    let source = source(&assessment);
    assert_eq!((&source["status"], &source["path"]), (&json!("read"), &json!("kubernetes/prod")));
    assert_eq!(granted(&assessment), 1);
    let asked = scene.server.asked();
    assert!(asked.len() > 30);
    for asked in asked {
        assert_eq!(asked.method, "GET", "{asked:?}");
        let holds_data = ["/api/v1/secrets", "/api/v1/configmaps"].contains(&asked.path.as_str());
        let metadata = asked.accept.contains("as=PartialObjectMetadataList");
        // Whom Kyverno leaves alone, and who AWS principals are, stands in one each.
        let named = ["kyverno", "aws-auth"]
            .iter()
            .any(|name| asked.query.contains(&format!("fieldSelector=metadata.name%3D{name}")));
        assert!(!holds_data || metadata || named, "{asked:?}");
        assert!(asked.path != "/api/v1/secrets" || metadata, "{asked:?}");
        assert!(!asked.query.contains("watch"), "{asked:?}");
    }
}

#[test]
fn a_cluster_and_its_dump_give_the_same_bytes() {
    let scene = Scene::new(|_| Reply::Healthy);
    // Other evidence, read before and after it, stays where it stands.
    let others = |folder: &Path| {
        for name in ["a-client", "z-client"] {
            fs::create_dir_all(folder.join("agents").join(name)).unwrap();
            let servers = r#"{"mcpServers": {"it": {"command": "npx", "args": ["-y", "it"]}}}"#;
            fs::write(folder.join("agents").join(name).join(".mcp.json"), servers).unwrap();
        }
    };
    let declared = format!("{WORKSPACE}  agents: [{{path: agents/}}]\n");
    fs::write(scene.folder.path().join("gradus.yaml"), &declared).unwrap();
    others(scene.folder.path());
    let live = scene.run(&["assess", "--live", "kubernetes", "-f", "json"]);
    live.ended(0);
    for name in ["dump.json.zst", "dump.json.gz", "dump.json"] {
        scene.run(&["collect", "kubernetes", "-o", name]).ended(0).says("prod: ");
        let workspace = declared.replace("context: prod", &format!("path: {name}"));
        let dumped = tempfile::tempdir().unwrap();
        others(dumped.path());
        fs::write(dumped.path().join("gradus.yaml"), workspace).unwrap();
        fs::copy(scene.folder.path().join(name), dumped.path().join(name)).unwrap();
        let read = run(dumped.path(), &["assess", "-f", "json"]);
        read.ended(0);
        assert_eq!(live.stdout, read.stdout, "{name}");
    }
}

#[test]
fn no_value_of_a_secret_or_an_environment_leaves_the_cluster() {
    let whole = |asked: &Asked| match asked.path.as_str() {
        // A server that sends contents where metadata was asked for.
        "/api/v1/configmaps" if asked.query.contains("fieldSelector") => Reply::Healthy,
        "/api/v1/configmaps" => json_reply(&json!({
            "kind": "ConfigMapList", "apiVersion": "v1", "metadata": {},
            "items": [{"metadata": {"name": "c", "namespace": "ops"}, "data": {"k": "planted"}}],
        })),
        "/api/v1/secrets" => json_reply(&json!({
            "kind": "PartialObjectMetadataList", "apiVersion": "v1", "metadata": {},
            "items": [{"metadata": {"name": "c", "namespace": "ops"}, "data": {"k": "cGxhbnRlZA=="}}],
        })),
        _ => Reply::Healthy,
    };
    let scene = Scene::new(whole);
    let (run, text) = scene.collect(3);
    run.says("configmaps: the answer cannot be read: it is of kind `ConfigMapList`");
    assert!(!text.contains("planted") && !text.contains("cGxhbnRlZA"), "{text}");
    assert!(text.contains("\"kind\":\"Secret\"") && text.contains("API_KEY"), "{text}");
    assert!(!text.contains("managedFields") && !text.contains("last-applied"), "{text}");
}

#[test]
fn tokens_are_told_from_other_secrets_by_metadata_alone() {
    let (_, text) = Scene::new(|_| Reply::Healthy).collect(0);
    let typed: Vec<&str> = text.lines().filter(|line| line.contains("\"type\":")).collect();
    assert_eq!(typed.len(), 1, "{text}");
    assert!(typed[0].contains("bot-token"), "{}", typed[0]);
}

#[test]
fn of_two_configmaps_is_read_what_they_decide_and_of_no_other() {
    let scene = Scene::but("/api/v1/configmaps", |asked| {
        let map = |name: &str| {
            json!({"metadata": {"name": name, "namespace": "kyverno"}, "data": {
                "resourceFilters": "[Event,*,*]", "webhooks": "planted", "mapRoles": "- rolearn: bot",
            }})
        };
        let all = ["kyverno", "aws-auth", "other"];
        let wanted = |name: &&&str| {
            let by_name = asked.query.contains("fieldSelector");
            !by_name || asked.query.ends_with(&format!("metadata.name%3D{name}"))
        };
        let maps: Vec<Value> = all.iter().filter(wanted).map(|name| map(name)).collect();
        list_of(asked, "ConfigMap", &maps)
    });
    let (_, text) = scene.collect(0);
    assert_eq!(text.matches("- rolearn: bot").count(), 1, "{text}");
    assert_eq!(text.matches("[Event,*,*]").count(), 1, "{text}");
    assert!(text.contains("\"name\":\"other\"") && !text.contains("planted"), "{text}");
}

#[test]
fn each_version_of_a_group_may_serve_resources_of_its_own() {
    let resources = |name: &str, kind: &str| {
        json!({"kind": "APIResourceList", "resources": [
            {"name": name, "kind": kind, "verbs": ["list"]},
            {"name": format!("{name}/status"), "kind": kind, "verbs": ["get"]},
        ]})
    };
    let answer = move |asked: &Asked, broken: bool| match asked.path.as_str() {
        "/apis" => {
            let Reply::Full(code, headers, body) = healthy(asked) else { unreachable!() };
            let mut body: Value = serde_json::from_slice(&body).unwrap();
            body["groups"].as_array_mut().unwrap().push(json!({
                "name": "kagent.dev",
                "versions": [{"version": "v1alpha2"}, {"version": "v1alpha1"}],
                "preferredVersion": {"version": "v1alpha2"},
            }));
            Reply::Full(code, headers, body.to_string().into_bytes())
        }
        "/apis/kagent.dev/v1alpha2" => json_reply(&resources("agents", "Agent")),
        "/apis/kagent.dev/v1alpha1" if broken => refusal(404, "gone"),
        "/apis/kagent.dev/v1alpha1" => json_reply(&resources("toolservers", "ToolServer")),
        "/apis/kagent.dev/v1alpha2/agents" => list_of(
            asked,
            "Agent",
            &[json!({"metadata": {"name": "helper", "namespace": "ops"}, "spec": {}})],
        ),
        "/apis/kagent.dev/v1alpha1/toolservers" => list_of(
            asked,
            "ToolServer",
            &[json!({"metadata": {"name": "tools", "namespace": "ops"}, "spec": {}})],
        ),
        _ => Reply::Healthy,
    };
    let (_, text) = Scene::new(move |asked| answer(asked, false)).collect(0);
    assert!(text.contains("\"apiVersion\":\"kagent.dev/v1alpha2\",\"kind\":\"Agent\""), "{text}");
    assert!(
        text.contains("\"apiVersion\":\"kagent.dev/v1alpha1\",\"kind\":\"ToolServer\""),
        "{text}"
    );
    let (run, text) = Scene::new(move |asked| answer(asked, true)).collect(3);
    run.says("*.kagent.dev: what its group serves cannot be read");
    assert!(text.contains("\"kind\":\"Agent\""), "{text}");
}

#[test]
fn a_refused_list_is_a_gap_and_one_of_rbac_leaves_rights_unknown() {
    is_a_gap(&Scene::but(PODS, |_| refusal(403, "pods is forbidden")), "pods", "pods is forbidden");
    let scene = Scene::but(BINDINGS, |_| refusal(403, "no"));
    is_a_gap(&scene, "rolebindings.rbac.authorization.k8s.io", "403");
    assert_ne!(granted(&scene.assess()), 1, "what is bound by what was not listed is unknown");
}

#[test]
fn an_api_that_the_server_does_not_serve_is_a_gap() {
    let without = |asked: &Asked| match asked.path.as_str() {
        "/apis/rbac.authorization.k8s.io/v1" => {
            json_reply(&json!({"kind": "APIResourceList", "resources": []}))
        }
        _ => Reply::Healthy,
    };
    let scene = Scene::new(without);
    is_a_gap(&scene, "clusterrolebindings.rbac.authorization.k8s.io", "does not serve it");
    assert_ne!(granted(&scene.assess()), 1);
}

#[test]
fn what_a_group_serves_and_cannot_be_read_is_a_gap_of_each_resource() {
    let scene = Scene::but("/apis/apps/v1", |_| refusal(503, "unavailable"));
    is_a_gap(&scene, "daemonsets.apps", "503");
    let (run, _) = scene.collect(3);
    run.says("deployments.apps").says("replicasets.apps").says("statefulsets.apps");
}

/// Far more than any limit that is set here, and less than the fake server waits.
const GENEROUS: Duration = Duration::from_secs(45);

fn in_time(began: Instant) {
    assert!(began.elapsed() < GENEROUS, "{:?}", began.elapsed());
}

#[test]
fn a_server_that_never_answers_one_list_costs_a_quarter_of_the_time() {
    let scene = Scene::but(PODS, |_| Reply::Silence);
    let began = Instant::now();
    let (run, _) = scene.collect(3);
    run.says("pods: no answer within 2 s");
    in_time(began);
}

#[test]
fn an_answer_that_drips_is_cut_off() {
    let scene = Scene::but(PODS, |_| Reply::Drip);
    let (run, _) = scene.collect(3);
    run.says("pods: no answer within 2 s");
}

#[test]
fn a_server_that_answers_nothing_is_an_error_in_time() {
    let scene = Scene::new(|_| Reply::Silence);
    let began = Instant::now();
    let run = scene.run(&["collect", "kubernetes", "-o", "it.json", "--timeout", "2"]);
    run.ended(3).says("nothing was collected").says("no answer within 0.5 s");
    in_time(began);
    assert!(!scene.folder.path().join("it.json").exists());
}

#[test]
fn garbage_is_a_gap() {
    let html = |body: &str| {
        let headers = vec![("content-type", "text/html".to_owned())];
        Reply::Full(200, headers, body.as_bytes().to_vec())
    };
    is_a_gap(&Scene::but(PODS, move |_| html("<p>sign in</p>")), "pods", "no JSON");
    is_a_gap(&Scene::but(PODS, |_| json_reply(&json!([1, 2]))), "pods", "cannot be read");
    let status = json!({"kind": "Status", "items": []});
    is_a_gap(&Scene::but(PODS, move |_| json_reply(&status)), "pods", "kind `Status`");
    let text = json!({"kind": "PodList", "items": ["a text"]});
    is_a_gap(&Scene::but(PODS, move |_| json_reply(&text)), "pods", "cannot be read");
}

#[test]
fn a_body_that_breaks_off_is_a_gap() {
    let cut = || {
        let head =
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n";
        Reply::Raw([head.as_bytes(), b"{\"kind\":\"RoleBindingList\",\"items\":["].concat())
    };
    let scene = Scene::but(BINDINGS, move |_| cut());
    is_a_gap(&scene, "rolebindings.rbac.authorization.k8s.io", "breaks off");
    assert_ne!(granted(&scene.assess()), 1);
}

#[test]
fn a_redirect_is_not_followed() {
    let elsewhere = FakeServer::start(|_| Reply::Healthy);
    let target = format!("{}{PODS}", elsewhere.url());
    let scene =
        Scene::but(PODS, move |_| Reply::Full(302, vec![("location", target.clone())], Vec::new()));
    is_a_gap(&scene, "pods", "302");
    assert!(elsewhere.asked().is_empty());
}

/// The items of one page, and the token of the next.
fn page(asked: &Asked, names: &[&str], next: &str) -> Reply {
    let items: Vec<Value> = names
        .iter()
        .map(|name| json!({"metadata": {"name": name, "namespace": "ops"}, "spec": {}}))
        .collect();
    let Reply::Full(code, headers, body) = list_of(asked, "Pod", &items) else { unreachable!() };
    let mut body: Value = serde_json::from_slice(&body).unwrap();
    body["metadata"]["continue"] = next.into();
    Reply::Full(code, headers, body.to_string().into_bytes())
}

#[test]
fn a_list_that_expires_is_begun_anew_once() {
    let expired = AtomicUsize::new(0);
    let scene = Scene::but(PODS, move |asked| match asked.query.contains("continue=") {
        false => page(asked, &["a"], "next/page+1"),
        true if expired.fetch_add(1, Ordering::Relaxed) == 0 => refusal(410, "expired"),
        true => page(asked, &["b"], ""),
    });
    let (_, text) = scene.collect(0);
    let named = |name: &str| text.matches(&format!("\"name\":\"{name}\"")).count();
    assert_eq!((named("a"), named("b")), (1, 1), "{text}");
    let asked = scene.server.asked();
    assert!(asked.iter().any(|asked| asked.query.contains("continue=next%2Fpage%2B1")));
}

#[test]
fn a_list_that_expires_again_and_again_is_a_gap_that_keeps_what_came() {
    let scene = Scene::but(PODS, |asked| match asked.query.contains("continue=") {
        false => page(asked, &["a"], "next"),
        true => refusal(410, "expired"),
    });
    let (run, text) = scene.collect(3);
    run.says("pods: the list changed too much");
    assert!(text.contains("\"name\":\"a\""));
}

#[test]
fn pages_without_end_end() {
    let scene = Scene::but(PODS, |asked| page(asked, &["a"], "the same"));
    is_a_gap(&scene, "pods", "every page sends to itself");
}

#[test]
fn pages_that_come_without_end_are_cut_off_when_time_is_over() {
    let number = AtomicUsize::new(0);
    let scene = Scene::but(PODS, move |asked| {
        std::thread::sleep(Duration::from_millis(50));
        let number = number.fetch_add(1, Ordering::Relaxed);
        page(asked, &[&format!("pod-{number}")], &format!("page-{number}"))
    });
    let began = Instant::now();
    let collect = ["collect", "kubernetes", "-o", "it.json", "--timeout", "2"];
    scene.run(&collect).ended(3).says("pods: the time for the whole cluster (2 s, --timeout)");
    in_time(began);
    let text = fs::read_to_string(scene.folder.path().join("it.json")).unwrap();
    assert!(text.contains("pod-0") && text.contains("\"resource\":\"deployments\""));
}

#[test]
fn a_busy_server_is_asked_again_when_it_says() {
    let busy = AtomicUsize::new(0);
    let scene = Scene::but(PODS, move |_| match busy.fetch_add(1, Ordering::Relaxed) {
        0 => Reply::Full(429, vec![("retry-after", "1".to_owned())], Vec::new()),
        1 => refusal(500, "etcdserver: leader changed"),
        _ => Reply::Healthy,
    });
    let began = Instant::now();
    let (_, text) = scene.collect(0);
    assert!(began.elapsed() >= Duration::from_secs(1));
    assert!(text.contains("bot-0"));
}

#[test]
fn a_server_that_stays_broken_is_a_gap() {
    is_a_gap(&Scene::but(PODS, |_| refusal(500, "boom")), "pods", "500");
    let patient = Scene::but(PODS, |_| {
        Reply::Full(429, vec![("retry-after", "86400".to_owned())], Vec::new())
    });
    is_a_gap(&patient, "pods", "429");
}

#[test]
fn a_page_that_is_too_large_is_asked_for_in_smaller_ones() {
    let scene = Scene::but(PODS, |asked| {
        if asked.query.contains("limit=500") {
            let body = vec![b' '; 65 << 20];
            return Reply::Full(200, vec![("content-type", "application/json".to_owned())], body);
        }
        Reply::Healthy
    });
    let (_, text) = scene.collect(0);
    assert!(text.contains("bot-0"));
}

#[test]
fn expired_credentials_are_an_error_that_says_what_to_do() {
    let scene = Scene::new(|_| refusal(401, "Unauthorized"));
    let run = scene.run(&["collect", "kubernetes", "-o", "it.json"]);
    run.ended(3).says("(401)").says("kubectl auth whoami");
    let assessment = scene.assess();
    let source = source(&assessment);
    assert_eq!(source["status"], "failed");
    assert!(source["reason"].as_str().unwrap().contains("(401)"), "{source:#}");
    assert_ne!(granted(&assessment), 1);
}

#[test]
fn credentials_that_expire_on_the_way_are_gaps() {
    let scene = Scene::but(BINDINGS, |_| refusal(401, "Unauthorized"));
    is_a_gap(&scene, "rolebindings.rbac.authorization.k8s.io", "401");
}

#[test]
fn a_misspelt_context_names_those_there_are_the_nearest_first() {
    let scene = Scene::new(|_| Reply::Healthy);
    let collect = ["collect", "kubernetes", "--context", "stagin", "-o", "it.json"];
    scene.run(&collect).ended(2).says("context `stagin`").says("which has staging, prod");
    assert!(scene.server.asked().is_empty());
    let run = scene.run(&["assess", "--live", "kubernetes=stagin", "-f", "json"]);
    let assessment: Value = serde_json::from_str(&run.stdout).unwrap();
    let sources = assessment["coverage"]["sources"].as_array().unwrap();
    assert!(sources.iter().all(|source| source["status"] == "failed"), "{sources:#?}");
    assert!(sources.iter().any(|source| source["path"] == "kubernetes/stagin"), "{sources:#?}");
    assert_ne!(granted(&assessment), 1);
}

#[test]
fn no_kubeconfig_and_a_broken_one_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let collect = ["collect", "kubernetes", "-o", "it.json"];
    run(folder.path(), &collect).ended(2).says("kubeconfig");
    fs::write(folder.path().join("kubeconfig"), "users: [{user: {token: [planted-secret").unwrap();
    run(folder.path(), &collect).ended(2).says("kubeconfig").never_says("planted-secret");
}

#[test]
fn a_server_without_scheme_or_host_is_an_error_of_the_kubeconfig() {
    let folder = tempfile::tempdir().unwrap();
    let collect = ["collect", "kubernetes", "-o", "it.json", "--timeout", "8"];
    for server in ["not-a-url", "/only/a/path", "ftp://127.0.0.1/"] {
        kubeconfig(folder.path(), server, &json!({"token": "t"}));
        run(folder.path(), &collect).ended(2).says("kubeconfig").never_says("panicked");
    }
}

#[test]
fn files_of_kubeconfig_that_do_not_exist_are_passed_over_as_kubectl_does() {
    let scene = Scene::new(|_| Reply::Healthy);
    let both = std::env::join_paths([
        scene.folder.path().join("missing"),
        scene.folder.path().join("kubeconfig"),
    ])
    .unwrap();
    let output = gradus(scene.folder.path())
        .env("KUBECONFIG", both)
        .args(["collect", "kubernetes", "-o", "it.json"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_context_whose_user_is_missing_sends_nothing_as_nobody() {
    let scene = Scene::new(|_| Reply::Healthy);
    let file = scene.folder.path().join("kubeconfig");
    let mut config: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    config["users"] = json!([]);
    fs::write(&file, config.to_string()).unwrap();
    scene.run(&["collect", "kubernetes", "-o", "it.json"]).ended(2).says("names user `it`");
    assert!(scene.server.asked().is_empty());
}

#[test]
fn a_live_cluster_alone_is_evidence_enough() {
    let scene = Scene::new(|_| Reply::Healthy);
    fs::remove_file(scene.folder.path().join("gradus.yaml")).unwrap();
    fs::create_dir(scene.folder.path().join("empty")).unwrap();
    let run = scene.run(&["assess", "empty", "--live", "kubernetes", "-f", "json"]);
    let assessment: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(assessment["coverage"]["ratio"], 1.0, "{}", assessment["coverage"]);
}

#[test]
fn a_gate_is_incomplete_where_a_refused_list_may_hide_agents() {
    let deployments = "/apis/apps/v1/deployments";
    let refused = Scene::but(deployments, |_| refusal(403, "no"));
    let gate = ["gate", "--live", "kubernetes", "--max-over-extension", "5", "-f", "json"];
    let reasons = |scene: &Scene| {
        let run = scene.run(&gate);
        let assessment: Value = serde_json::from_str(&run.stdout).unwrap();
        assessment["gate"]["reasons"].to_string()
    };
    assert!(reasons(&refused).contains("may be unseen: deployments.apps"));
    assert!(!reasons(&Scene::new(|_| Reply::Healthy)).contains("may be unseen"));
}

#[test]
fn a_server_that_is_not_there_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    kubeconfig(folder.path(), "http://127.0.0.1:1", &json!({"token": "t"}));
    let collect = ["collect", "kubernetes", "-o", "it.json", "--timeout", "8"];
    run(folder.path(), &collect).ended(3).says("cannot be reached");
}

/// Credentials that a plugin prints.
fn plugin(script: &str) -> Value {
    json!({"exec": {
        "apiVersion": "client.authentication.k8s.io/v1", "command": "sh",
        "args": ["-c", script], "interactiveMode": "Never",
    }})
}

#[test]
fn a_credentials_plugin_is_asked() {
    let scene = Scene::new(|_| Reply::Healthy);
    let token = r#"echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"from-a-plugin"}}'"#;
    scene.server.kubeconfig_with(scene.folder.path(), &plugin(token));
    let (run, text) = scene.collect(0);
    run.never_says("from-a-plugin");
    assert!(text.contains("bot-0") && !text.contains("from-a-plugin"));
}

#[test]
fn a_plugin_that_fails_or_hangs_is_an_error_without_what_it_printed() {
    let scene = Scene::new(|_| Reply::Healthy);
    let collect = ["collect", "kubernetes", "-o", "it.json", "--timeout", "1"];
    let failing = plugin("echo planted-token; echo planted-token >&2; exit 3");
    scene.server.kubeconfig_with(scene.folder.path(), &failing);
    scene.run(&collect).ended(3).says("plugin").never_says("planted-token");
    scene.server.kubeconfig_with(scene.folder.path(), &plugin("echo planted-token"));
    scene.run(&collect).ended(3).says("plugin").never_says("planted-token");
    scene.server.kubeconfig_with(scene.folder.path(), &plugin("exec sleep 300"));
    let began = Instant::now();
    scene.run(&collect).ended(3).says("credentials plugin");
    in_time(began);
}

#[test]
fn without_the_flag_nothing_is_asked_and_the_flag_is_named() {
    let scene = Scene::new(|_| Reply::Healthy);
    let run = scene.run(&["assess", "-f", "json"]);
    let assessment: Value = serde_json::from_str(&run.stdout).unwrap();
    let reason = source(&assessment)["reason"].as_str().unwrap().to_owned();
    assert!(reason.contains("not collected") && reason.contains("--live kubernetes"), "{reason}");
    assert!(scene.server.asked().is_empty());
}

#[test]
fn a_file_that_exists_is_only_replaced_by_force() {
    let scene = Scene::new(|_| Reply::Healthy);
    let file = scene.folder.path().join("it.json");
    fs::write(&file, "mine").unwrap();
    let collect = ["collect", "kubernetes", "-o", "it.json"];
    scene.run(&collect).ended(2).says("--force");
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    assert!(scene.server.asked().is_empty());
    scene.collect(0);
    let names: Vec<_> = fs::read_dir(scene.folder.path()).unwrap().flatten().collect();
    assert!(names.iter().all(|name| !name.path().to_string_lossy().contains("part")));
}

#[cfg(unix)]
#[test]
fn force_replaces_no_link_and_no_device() {
    let scene = Scene::new(|_| Reply::Healthy);
    let elsewhere = scene.folder.path().join("elsewhere");
    fs::write(&elsewhere, "mine").unwrap();
    std::os::unix::fs::symlink(&elsewhere, scene.folder.path().join("it.json")).unwrap();
    let collect = ["collect", "kubernetes", "-o", "it.json", "--force"];
    scene.run(&collect).ended(2).says("no regular file");
    assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "mine");
    scene.run(&["collect", "kubernetes", "-o", "-"]).ended(2).says("-o FILE");
}

/// The assessment of a dump, after something was done to its bytes.
fn assess_dump(name: &str, bytes: &[u8]) -> (Run, Value) {
    let folder = tempfile::tempdir().unwrap();
    let workspace = WORKSPACE.replace("context: prod", &format!("path: {name}"));
    fs::write(folder.path().join("gradus.yaml"), workspace).unwrap();
    fs::write(folder.path().join(name), bytes).unwrap();
    let run = run(folder.path(), &["assess", "-f", "json"]);
    run.ended(0);
    let assessment = serde_json::from_str(&run.stdout).unwrap();
    (run, assessment)
}

#[test]
fn a_dump_that_was_cut_short_leaves_rights_unknown() {
    let scene = Scene::new(|_| Reply::Healthy);
    scene.run(&["collect", "kubernetes", "-o", "it.json.zst"]).ended(0);
    let (_, text) = scene.collect(0);
    let packed = fs::read(scene.folder.path().join("it.json.zst")).unwrap();
    let (_, whole) = assess_dump("it.json", text.as_bytes());
    assert_eq!(granted(&whole), 1);
    for (name, bytes) in [
        ("it.json", &text.as_bytes()[..text.len() / 2]),
        ("it.json", &text.as_bytes()[..text.len() - 4]),
        ("it.json.zst", &packed[..packed.len() / 2]),
        ("it.json.zst", &packed[..packed.len() - 2]),
    ] {
        let (_, cut) = assess_dump(name, bytes);
        assert_ne!(granted(&cut), 1, "{name} of {} bytes", bytes.len());
        assert_ne!(source(&cut)["status"], "read");
    }
}

#[test]
fn a_dump_that_was_edited_leaves_rights_unknown() {
    let (_, text) = Scene::new(|_| Reply::Healthy).collect(0);
    let lines: Vec<&str> = text.lines().collect();
    let without = |what: &str| -> String {
        lines.iter().filter(|line| !line.contains(what)).map(|line| format!("{line}\n")).collect()
    };
    for (how, edited) in [
        ("no binding", without("\"kind\":\"ClusterRoleBinding\",\"metadata\"")),
        ("no end", text.replace("\"end\":{\"items\":", "\"middle\":{\"items\":")),
        ("no list", text.replace("\"items\":[", "\"items\":{}, \"x\":[")),
        (
            "another kind",
            text.replace("\"kind\":\"RoleBinding\",\"items\":0", "\"kind\":\"X\",\"items\":0"),
        ),
    ] {
        assert_ne!(edited, text, "{how}");
        let (_, assessment) = assess_dump("it.json", edited.as_bytes());
        assert_ne!(granted(&assessment), 1, "{how}");
    }
}
