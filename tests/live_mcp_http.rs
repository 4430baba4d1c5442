//! Tool servers that are called over HTTP, healthy and otherwise.
#![cfg(feature = "mcp")]
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up must stop")]

#[path = "support/fake_server.rs"]
mod fake_server;
#[path = "support/mcp_server.rs"]
mod mcp_server;
mod support;

use std::{
    collections::BTreeSet,
    fs,
    time::{Duration, Instant},
};

use fake_server::{Asked, FakeServer, Reply, json_reply};
use serde_json::{Value, json};
use support::gradus;
use tempfile::TempDir;

/// A folder whose only server is called at an address.
struct Scene {
    server: FakeServer,
    folder: TempDir,
}

impl Scene {
    fn new(handler: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let server = FakeServer::of(healthy, handler);
        let folder = tempfile::tempdir().unwrap();
        let entry = json!({
            "type": "http",
            "url": format!("{}/mcp?key=planted-secret", server.url()),
            "headers": {"Authorization": "Bearer ${MCP_TOKEN}"},
        });
        let config = json!({"mcpServers": {"it": entry}}).to_string();
        fs::write(folder.path().join(".mcp.json"), config).unwrap();
        Self { server, folder }
    }

    /// A server that is healthy but for one method.
    fn but(method: &'static str, reply: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self::new(
            move |asked| {
                if message(asked)["method"] == method { reply(asked) } else { Reply::Healthy }
            },
        )
    }

    fn ask(&self) -> Value {
        let output = gradus(self.folder.path())
            .env("MCP_TOKEN", "planted-secret")
            .args(["assess", "-f", "json", "--live", "mcp=it", "--timeout", "8"])
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{said}");
        assert!(!(told.clone() + &said).contains("planted-secret"), "{told}\n{said}");
        for file in fs::read_dir(self.folder.path().join(".gradus/mcp")).into_iter().flatten() {
            let text = fs::read_to_string(file.unwrap().path()).unwrap();
            assert!(!text.contains("planted-secret"), "{text}");
        }
        serde_json::from_str(&told).unwrap()
    }
}

fn message(asked: &Asked) -> Value {
    serde_json::from_str(&asked.body).unwrap_or_default()
}

/// A server without sessions that answers with one message.
fn healthy(asked: &Asked) -> Reply {
    match mcp_server::respond("honest", &message(asked)) {
        Some(answer) => json_reply(&answer),
        None => Reply::Full(202, Vec::new(), Vec::new()),
    }
}

/// A server with sessions that answers with a stream of events.
fn streaming(asked: &Asked) -> Reply {
    if asked.method == "DELETE" {
        return Reply::Full(200, Vec::new(), Vec::new());
    }
    let Some(answer) = mcp_server::respond("paged", &message(asked)) else {
        return Reply::Full(202, Vec::new(), Vec::new());
    };
    let noise = json!({"jsonrpc": "2.0", "method": "notifications/message", "params": {
        "level": "info", "data": "planted-secret"}});
    let events = format!(": hello\n\nevent: message\ndata: {noise}\n\nid: 1\ndata: {answer}\n\n");
    let headers = vec![
        ("content-type", "text/event-stream".to_owned()),
        ("mcp-session-id", "a-session".to_owned()),
    ];
    Reply::Full(200, headers, events.into_bytes())
}

fn tools(assessment: &Value) -> BTreeSet<String> {
    let agents = assessment["agents"].as_array().unwrap();
    let held = agents.iter().flat_map(|agent| agent["capabilities"].as_array().unwrap());
    held.filter(|held| held["gate"] != "deny")
        .filter_map(|held| Some(held["action"].as_str()?.strip_prefix("it: ")?.to_owned()))
        .collect()
}

fn reason(assessment: &Value) -> String {
    let sources = assessment["coverage"]["sources"].as_array().unwrap();
    let record = sources.iter().find(|record| record["path"] == "mcp/it");
    assert!(record.is_some(), "the server did not fail: {sources:#?}");
    let record = record.unwrap();
    record["reason"].as_str().unwrap().to_owned()
}

fn named(tools: &[&str]) -> BTreeSet<String> {
    tools.iter().map(|tool| (*tool).to_owned()).collect()
}

#[test]
fn a_server_that_answers_with_messages_is_listed_with_the_headers_of_its_entry() {
    let scene = Scene::new(|_| Reply::Healthy);
    assert_eq!(tools(&scene.ask()), named(&["pods_list", "pods_get", "pods_delete"]));
    let asked = scene.server.asked();
    assert!(asked.iter().all(|asked| asked.method == "POST" && asked.path == "/mcp"), "{asked:#?}");
    assert!(asked.iter().all(|asked| asked.authorization == "Bearer planted-secret"));
    assert!(asked.iter().all(|asked| asked.query == "key=planted-secret"));
    let methods: BTreeSet<String> =
        asked.iter().map(|asked| message(asked)["method"].as_str().unwrap().to_owned()).collect();
    let expected = named(&[
        "initialize",
        "notifications/initialized",
        "prompts/list",
        "resources/list",
        "resources/templates/list",
        "tools/list",
    ]);
    assert_eq!(methods, expected);
}

#[test]
fn a_server_that_answers_with_events_in_a_session_is_listed_and_the_session_ended() {
    let scene = Scene::new(streaming);
    assert_eq!(tools(&scene.ask()), named(&["pods_list", "pods_get"]));
    let asked = scene.server.asked();
    assert!(asked.iter().any(|asked| asked.method == "DELETE"), "{asked:#?}");
    assert!(asked.iter().all(|asked| asked.method != "GET"), "{asked:#?}");
}

#[test]
fn servers_that_do_not_answer_as_servers_do_end_in_time_with_a_reason() {
    let other = FakeServer::of(healthy, |_| Reply::Healthy);
    let elsewhere = format!("{}/mcp", other.url());
    let moved =
        move |_: &Asked| Reply::Full(307, vec![("location", elsewhere.clone())], Vec::new());
    let large = |_: &Asked| {
        let headers = vec![("content-type", "application/json".to_owned())];
        Reply::Full(200, headers, vec![b' '; 17 << 20])
    };
    let page = |_: &Asked| {
        let headers = vec![("content-type", "text/html".to_owned())];
        Reply::Full(200, headers, b"<h1>planted-secret</h1>".to_vec())
    };
    let no_message = |_: &Asked| json_reply(&json!({"hello": "planted-secret"}));
    let cases: Vec<(&str, Scene, &str)> = vec![
        (
            "refused",
            Scene::but("initialize", |_| Reply::Full(401, vec![], vec![])),
            "asks for other credentials",
        ),
        ("moved", Scene::but("initialize", moved), "status 307"),
        ("down", Scene::but("initialize", |_| Reply::Full(503, vec![], vec![])), "status 503"),
        ("large", Scene::but("initialize", large), "longer than"),
        ("page", Scene::but("initialize", page), "status 200"),
        ("no message", Scene::but("initialize", no_message), "answer to `initialize` is none"),
        ("silent", Scene::but("initialize", |_| Reply::Silence), "does not answer `initialize`"),
        ("dripping", Scene::but("initialize", |_| Reply::Drip), "does not answer `initialize`"),
        ("closed", Scene::but("initialize", |_| Reply::Raw(vec![])), "it cannot be reached"),
        (
            "list refused",
            Scene::but("tools/list", |_| Reply::Full(403, vec![], vec![])),
            "its list of tools",
        ),
        ("list silent", Scene::but("tools/list", |_| Reply::Silence), "its list of tools"),
    ];
    for (how, scene, expected) in cases {
        let began = Instant::now();
        let live = scene.ask();
        let told = reason(&live);
        assert!(told.contains(expected), "{how}: {told}");
        assert!(began.elapsed() < Duration::from_secs(25), "{how}: {:?}", began.elapsed());
        assert_eq!(tools(&live), named(&["any tool"]), "{how}");
    }
    assert_eq!(other.asked().len(), 0, "nobody is redirected");
}

#[test]
fn a_variable_that_is_not_set_ends_the_attempt_before_anybody_is_called() {
    let scene = Scene::new(|_| Reply::Healthy);
    let run = support::run(scene.folder.path(), &["assess", "-f", "json", "--live", "mcp=it"]);
    run.ended(0).says("variable MCP_TOKEN, which is not set");
    assert_eq!(scene.server.asked().len(), 0);
}
