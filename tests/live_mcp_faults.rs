//! Tool servers that hang, flood, lie, change or die: each ends within its time, with a
//! reason or with what it offers, and never with a pass.
#![cfg(all(unix, feature = "mcp"))]
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up must stop")]

#[path = "support/mcp_server.rs"]
mod mcp_server;
mod support;

use std::{
    collections::BTreeSet,
    fs::{self, Permissions},
    os::unix::fs::{PermissionsExt as _, symlink},
    path::PathBuf,
    time::{Duration, Instant},
};

use gradus::{
    assess::{
        assessment::{Assessment, GateOutcome},
        gate,
    },
    model::declaration::GatePolicy,
};
use serde_json::{Value, json};
use support::{Run, gradus};
use tempfile::TempDir;

#[test]
#[ignore = "the server that the other tests start"]
fn serve() {
    mcp_server::serve()
}

/// A folder with one server in its configuration.
struct Scene {
    folder: TempDir,
    /// Programs and notes: nothing that gradus reads.
    beside: TempDir,
}

impl Scene {
    /// The server `k8s`, which no catalogue knows.
    fn new(scene: &str) -> Self {
        Self::called("some-server", scene)
    }

    /// The server `k8s`, by a program of that name.
    fn called(program: &str, scene: &str) -> Self {
        let own =
            Self { folder: tempfile::tempdir().unwrap(), beside: tempfile::tempdir().unwrap() };
        symlink(std::env::current_exe().unwrap(), own.beside.path().join(program)).unwrap();
        own.configure(program, &json!({"SCENE": scene}));
        own
    }

    fn configure(&self, program: &str, env: &Value) {
        let mut env = env.clone();
        env["NOTES"] = self.notes().to_string_lossy().into();
        env["TOKEN"] = "planted-secret".into();
        let entry = json!({
            "command": self.beside.path().join(program), "args": mcp_server::ARGUMENTS, "env": env});
        let config = json!({"mcpServers": {"k8s": entry, "other": {"command": "/bin/false"}}});
        fs::write(self.path(".mcp.json"), config.to_string()).unwrap();
    }

    /// The server `k8s`, started as that version of an npm package by an `npx` that has it.
    fn pinned(package: &str, scene: &str) -> Self {
        let own = Self::called("the-package", scene);
        let npx = own.beside.path().join("npx");
        let program = own.beside.path().join("the-package");
        let script = format!("#!/bin/sh\nshift 2\nexec '{}' \"$@\"\n", program.display());
        fs::write(&npx, script).unwrap();
        fs::set_permissions(&npx, Permissions::from_mode(0o755)).unwrap();
        let arguments: Vec<&str> =
            ["-y", package].into_iter().chain(mcp_server::ARGUMENTS).collect();
        let config = fs::read_to_string(own.path(".mcp.json")).unwrap();
        let mut config: Value = serde_json::from_str(&config).unwrap();
        config["mcpServers"]["k8s"]["command"] = npx.to_string_lossy().into();
        config["mcpServers"]["k8s"]["args"] = json!(arguments);
        fs::write(own.path(".mcp.json"), config.to_string()).unwrap();
        own
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What the server received.
    fn notes(&self) -> PathBuf {
        self.beside.path().join("notes")
    }

    fn run(&self, arguments: &[&str]) -> Run {
        let output = gradus(self.folder.path())
            .env("INHERITED", "planted-secret")
            .args(arguments)
            .output()
            .unwrap();
        let run = Run {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        };
        run.never_says("planted-secret");
        run
    }

    fn assess(&self, arguments: &[&str]) -> Value {
        let run = self.run(&[&["assess", "-f", "json"], arguments].concat());
        run.ended(0);
        serde_json::from_str(&run.stdout).unwrap()
    }

    /// The assessment with the server asked.
    fn ask(&self) -> Value {
        self.assess(&["--live", "mcp=k8s", "--timeout", "8"])
    }

    /// The only file that is kept, or the one beside it.
    fn kept(&self) -> Vec<(String, String)> {
        let Ok(folder) = fs::read_dir(self.path(".gradus/mcp")) else { return Vec::new() };
        let mut files: Vec<(String, String)> = folder
            .map(|entry| entry.unwrap())
            .map(|entry| {
                let name = entry.file_name().to_string_lossy().into_owned();
                (name, fs::read_to_string(entry.path()).unwrap())
            })
            .collect();
        files.sort();
        files
    }
}

/// Why the server could not be listed.
fn reason(assessment: &Value) -> String {
    let sources = assessment["coverage"]["sources"].as_array().unwrap();
    let record = sources.iter().find(|record| record["path"] == "mcp/k8s");
    assert!(record.is_some(), "the server did not fail: {sources:#?}");
    let record = record.unwrap();
    assert_eq!(record["status"], "failed");
    record["reason"].as_str().unwrap().to_owned()
}

/// Tools that the only agent may use, with their effects; denied ones are left out.
fn tools(assessment: &Value) -> BTreeSet<(String, String)> {
    let agents = assessment["agents"].as_array().unwrap();
    agents
        .iter()
        .flat_map(|agent| agent["capabilities"].as_array().unwrap())
        .filter(|held| held["plane"] == "mcp" && held["gate"] != "deny")
        .filter_map(|held| {
            let tool = held["action"].as_str()?.strip_prefix("k8s: ")?;
            Some((tool.to_owned(), held["effect"].as_str()?.to_owned()))
        })
        .collect()
}

fn rules(assessment: &Value) -> BTreeSet<String> {
    let findings = assessment["findings"].as_array().unwrap();
    let rule = |finding: &Value| finding["rule"].as_str().unwrap().to_owned();
    findings.iter().map(rule).filter(|rule| rule.starts_with("MCP-DRIFT")).collect()
}

fn named(tools: &[(&str, &str)]) -> BTreeSet<(String, String)> {
    tools.iter().map(|(tool, effect)| ((*tool).to_owned(), (*effect).to_owned())).collect()
}

#[test]
fn what_a_known_server_lists_is_what_is_exposed_with_the_effects_of_the_catalogue() {
    let scene = Scene::pinned("kubernetes-mcp-server@0.0.67", "honest");
    assert!(tools(&scene.assess(&[])).len() > 15, "by default it offers much more");
    let live = scene.ask();
    assert_eq!(tools(&live), honest());
    // Later runs, offline, know the same.
    assert_eq!(tools(&scene.assess(&[])), honest());
    assert_eq!(rules(&live), BTreeSet::new());
}

/// The tools of the scene `honest`.
fn honest() -> BTreeSet<(String, String)> {
    named(&[("pods_list", "read"), ("pods_get", "read"), ("pods_delete", "destructive")])
}

#[test]
fn what_an_unpinned_server_did_not_list_on_another_day_is_possible_again() {
    for package in ["kubernetes-mcp-server", "kubernetes-mcp-server@latest"] {
        let scene = Scene::pinned(package, "honest");
        let before = tools(&scene.assess(&[]));
        assert_eq!(tools(&scene.ask()), honest(), "{package}: what it offers in this very run");
        assert_eq!(tools(&scene.assess(&[])), before, "{package}: another version may run");
        assert_eq!(tools(&scene.ask()), honest(), "{package}: asked again, the same as kept");
    }
    let scene = Scene::pinned("some-server", "honest");
    scene.ask();
    let later = tools(&scene.assess(&[]));
    assert!(later.contains(&("any tool".to_owned(), "destructive".to_owned())), "{later:?}");
}

#[test]
fn what_is_installed_or_called_did_not_say_what_it_lists_tomorrow() {
    let scene = Scene::called("kubernetes-mcp-server", "honest");
    let before = tools(&scene.assess(&[]));
    assert_eq!(tools(&scene.ask()), honest());
    assert_eq!(tools(&scene.assess(&[])), before);
}

#[test]
fn of_a_pinned_server_a_live_run_and_later_ones_offline_say_the_same() {
    let scene = Scene::pinned("kubernetes-mcp-server@0.0.67", "honest");
    // The first list of all is one that nobody has seen yet.
    scene.ask();
    assert_eq!(scene.ask(), scene.assess(&[]));
}

/// The status of a criterion of the only agent, and why.
fn criterion(assessment: &Value, id: &str) -> (String, String) {
    let criteria = assessment["agents"][0]["criteria"].as_array().unwrap();
    let own = criteria.iter().find(|own| own["id"] == id).unwrap();
    let text = |key: &str| own[key].as_str().unwrap().to_owned();
    (text("status"), text("reason"))
}

impl Scene {
    /// Declares the only agent, what the gate asks, and what is accepted.
    fn declare(&self, waivers: &str) {
        // One server, so that nothing else is unknown of the tools.
        let config = fs::read_to_string(self.path(".mcp.json")).unwrap();
        let mut config: Value = serde_json::from_str(&config).unwrap();
        config["mcpServers"].as_object_mut().unwrap().remove("other");
        fs::write(self.path(".mcp.json"), config.to_string()).unwrap();
        let workspace = format!(
            "apiVersion: gradus/v1\nkind: Workspace\nmetadata: {{name: test}}\n\
             agents:\n  - {{name: bot, environment: prod, tier: standard, owner: ana, \
             purpose: test, configs: [.mcp.json, .claude/]}}\n\
             sources: {{agents: [{{path: .mcp.json}}, {{path: .claude/}}]}}\n{waivers}\
             gate: {{maxOverExtension: 1}}\n"
        );
        let settings = r#"{"permissions": {"defaultMode": "dontAsk",
            "deny": ["Bash", "Edit", "Write", "NotebookEdit"]}}"#;
        fs::create_dir_all(self.path(".claude")).unwrap();
        fs::write(self.path(".claude/settings.json"), settings).unwrap();
        fs::write(self.path("gradus.yaml"), workspace).unwrap();
    }
}

#[test]
fn tools_are_the_approved_ones_where_a_fixed_version_still_lists_what_is_kept() {
    let scene = Scene::pinned("kubernetes-mcp-server@0.0.67", "honest");
    scene.declare("");
    let (status, reason) = criterion(&scene.assess(&[]), "SUP-03");
    assert_eq!(status, "unknown");
    assert!(reason.contains("no list of its tools is kept"), "{reason}");
    let (status, reason) = criterion(&scene.ask(), "SUP-03");
    assert_eq!(status, "unknown");
    assert!(reason.contains("for the first time"), "{reason}");
    for assessment in [scene.assess(&[]), scene.ask()] {
        let (status, reason) = criterion(&assessment, "SUP-03");
        assert_eq!(status, "pass", "{reason}");
    }
}

#[test]
fn tools_of_a_version_that_moves_are_the_approved_ones_only_where_it_was_just_asked() {
    let scene = Scene::called("kubernetes-mcp-server", "honest");
    scene.declare("");
    scene.ask();
    let (status, reason) = criterion(&scene.assess(&[]), "SUP-03");
    assert_eq!(status, "unknown");
    assert!(reason.contains("2026-11-22, and another version may run today"), "{reason}");
    let (status, reason) = criterion(&scene.ask(), "SUP-03");
    assert_eq!(status, "pass", "{reason}");
}

const GATE: [&str; 5] = ["gate", "--live", "mcp=k8s", "--timeout", "8"];

/// What a gate that demands nothing by itself makes of an assessment.
fn judged(assessment: &Value) -> (GateOutcome, Vec<String>) {
    let assessment: Assessment = serde_json::from_value(assessment.clone()).unwrap();
    let nothing = GatePolicy {
        min_level: None,
        max_over_extension: None,
        fail_on: None,
        fail_on_unknown: None,
        min_coverage: None,
    };
    let result = gate::judge(&assessment, &nothing);
    (result.outcome, result.reasons)
}

#[test]
fn a_gate_is_incomplete_where_a_server_that_was_asked_did_not_answer() {
    const UNSEEN: &str = "tools of server k8s may be unseen";
    for how in ["absent", "refuses", "no-list"] {
        let scene = Scene::called("kubernetes-mcp-server", how);
        scene.declare("");
        scene.run(&["gate"]).never_says(UNSEEN);
        scene.run(&GATE).ended(3).says(UNSEEN);
        let (outcome, reasons) = judged(&scene.ask());
        assert_eq!(outcome, GateOutcome::Incomplete, "{how}");
        assert_eq!(reasons.len(), 1, "{how}: {reasons:?}");
    }
    // What was kept earlier is no answer either.
    let scene = Scene::pinned("kubernetes-mcp-server@0.0.67", "honest");
    scene.declare("");
    scene.run(&GATE).never_says(UNSEEN);
    assert_eq!(judged(&scene.ask()).0, GateOutcome::Passed);
    fs::write(scene.beside.path().join("npx"), "#!/bin/sh\nexit 3\n").unwrap();
    scene.run(&["gate"]).never_says(UNSEEN);
    scene.run(&GATE).ended(3).says(UNSEEN);
}

#[test]
fn a_gate_passes_over_a_silent_server_where_its_tools_are_waived() {
    let waiver = |criterion: &str, expires: &str| {
        format!(
            "waivers: [{{criterion: {criterion}, agent: bot@prod, reason: risk-accepted, \
             justification: small, owner: ana, approver: ben, expires: {expires}}}]\n"
        )
    };
    for (waivers, outcome) in [
        (waiver("SUP-03", "2026-12-30"), GateOutcome::Passed),
        (waiver("SUP-03", "2026-11-01"), GateOutcome::Incomplete),
        (waiver("NOT-02", "2026-12-30"), GateOutcome::Incomplete),
    ] {
        let scene = Scene::called("kubernetes-mcp-server", "absent");
        scene.declare(&waivers);
        let (judged, reasons) = judged(&scene.ask());
        assert_eq!(judged, outcome, "{waivers}: {reasons:?}");
    }
}

#[test]
fn claims_of_an_unknown_server_make_no_tool_harmless() {
    let scene = Scene::new("lies");
    let expected =
        named(&[("wipe", "destructive"), ("burn", "destructive"), ("unsaid", "destructive")]);
    let live = scene.ask();
    assert_eq!(tools(&live), expected);
    let known = |tool: &str| {
        let agents = live["agents"].as_array().unwrap();
        let mut held = agents.iter().flat_map(|agent| agent["capabilities"].as_array().unwrap());
        let action = format!("k8s: {tool}");
        held.find(|held| held["action"] == action.as_str()).unwrap()["effectKnown"].clone()
    };
    // It is believed where it admits that a tool destroys.
    assert_eq!((known("wipe"), known("burn")), (Value::Bool(false), Value::Bool(true)));
}

#[test]
fn a_server_that_changes_is_told_until_somebody_accepts_the_change() {
    let scene = Scene::called("kubernetes-mcp-server", "honest");
    scene.ask();
    let first = scene.kept();
    assert_eq!(first.len(), 1);
    // The same entry, another server: what it is told by changes outside of it.
    let changed = Scene::called("kubernetes-mcp-server", "changed");
    let entry = |file: &str| {
        let snapshot: Value = serde_json::from_str(file).unwrap();
        snapshot["listed"]["entry"].as_str().unwrap().to_owned()
    };
    changed.ask();
    let text = changed.kept()[0].1.replace(&entry(&changed.kept()[0].1), &entry(&first[0].1));
    let new = first[0].0.replace(".json", ".new.json");
    fs::write(scene.path(&format!(".gradus/mcp/{new}")), text).unwrap();
    let drifted = scene.assess(&[]);
    let expected = [
        "MCP-DRIFT-TOOL",
        "MCP-DRIFT-TEXT",
        "MCP-DRIFT-HINTS",
        "MCP-DRIFT-GONE",
        "MCP-DRIFT-OTHER",
    ];
    assert_eq!(rules(&drifted), expected.map(str::to_owned).into());
    // What it offers now counts, not what it offered when somebody last looked.
    assert!(tools(&drifted).contains(&("pods_exec".to_owned(), "escalation".to_owned())));
    let first = scene.path(&format!(".gradus/mcp/{}", first[0].0));
    fs::rename(scene.path(&format!(".gradus/mcp/{new}")), first).unwrap();
    assert_eq!(rules(&scene.assess(&[])), BTreeSet::new());
}

#[test]
fn another_answer_is_kept_beside_the_first_and_goes_when_the_server_goes_back() {
    let scene = Scene::new("honest");
    scene.ask();
    let first = scene.kept();
    scene.configure("some-server", &json!({"SCENE": "changed"}));
    let drifted = scene.ask();
    assert!(rules(&drifted).contains("MCP-DRIFT-TOOL"), "{:?}", rules(&drifted));
    assert_eq!(rules(&scene.assess(&[])), rules(&drifted));
    let kept = scene.kept();
    assert_eq!((kept.len(), &kept[0]), (2, &first[0]), "the first answer stays as it was");
    assert!(kept[1].0.ends_with(".new.json"));
    scene.configure("some-server", &json!({"SCENE": "honest"}));
    assert_eq!(rules(&scene.ask()), BTreeSet::new());
    assert_eq!(scene.kept(), first);
}

#[test]
fn an_answer_counts_for_no_other_entry() {
    let scene = Scene::called("kubernetes-mcp-server", "honest");
    let few = tools(&scene.ask());
    scene.configure("kubernetes-mcp-server", &json!({"SCENE": "honest", "MORE": "1"}));
    let other = scene.assess(&[]);
    assert!(tools(&other).len() > few.len());
    let gaps = other["coverage"].to_string() + &other["gaps"].to_string();
    assert!(gaps.contains("another one since its tools were listed"), "{gaps}");
}

#[test]
fn nothing_is_sent_but_what_lists() {
    let scene = Scene::new("asks");
    scene.ask();
    let notes = fs::read_to_string(scene.notes()).unwrap();
    let received: Vec<Value> =
        notes.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let methods: BTreeSet<&str> =
        received.iter().filter_map(|message| message["method"].as_str()).collect();
    let expected = [
        "initialize",
        "notifications/initialized",
        "prompts/list",
        "resources/list",
        "resources/templates/list",
        "tools/list",
    ];
    assert_eq!(methods, expected.into());
    // What it asked for itself was refused, or is empty.
    let answers: Vec<&Value> =
        received.iter().filter(|message| message["method"].is_null()).collect();
    assert_eq!(answers.len(), 2, "{received:#?}");
    let nothing =
        |answer: &&Value| answer["error"].is_object() || answer["result"] == json!({"roots": []});
    assert!(answers.iter().all(nothing), "{received:#?}");
}

#[test]
fn a_server_has_the_variables_of_its_entry_and_no_others() {
    let scene = Scene::new("environment");
    let names = |assessment: &Value| -> BTreeSet<String> {
        tools(assessment).into_iter().map(|(name, _)| name).collect()
    };
    let own = ["HOME", "NOTES", "PATH", "SCENE", "TOKEN"];
    assert_eq!(names(&scene.ask()), own.map(str::to_owned).into());
    let passed = scene.assess(&["--live", "mcp=k8s", "--pass-env", "INHERITED"]);
    let expected = ["HOME", "INHERITED", "NOTES", "PATH", "SCENE", "TOKEN"];
    assert_eq!(names(&passed), expected.map(str::to_owned).into());
}

#[test]
fn only_servers_that_are_named_are_started() {
    let scene = Scene::new("honest");
    scene.assess(&[]);
    assert!(!scene.notes().exists());
    let run = scene.run(&["assess", "--live", "mcp=k9s"]);
    run.ended(2).says("no configuration of the workspace has a server `k9s`").says("k8s");
    assert!(!scene.notes().exists());
    scene.run(&["assess", "--live", "mcp"]).ended(2).says("mcp=NAME");
}

#[test]
fn a_server_that_a_cluster_carries_is_not_started_here() {
    let scene = Scene::new("honest");
    let config = fs::read_to_string(scene.path(".mcp.json")).unwrap();
    fs::remove_file(scene.path(".mcp.json")).unwrap();
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "agent", "namespace": "sre"}, "data": {".mcp.json": config}});
    fs::write(scene.path("agent.json"), map.to_string()).unwrap();
    let reason = reason(&scene.ask());
    assert!(reason.contains("ConfigMap") && reason.contains("not here"), "{reason}");
    assert!(!scene.notes().exists());
}

#[test]
fn servers_that_do_not_answer_end_in_time_with_a_reason() {
    for (how, expected) in [
        ("mute", "does not answer `initialize`"),
        ("absent", "it ended before it answered `initialize`"),
        ("stuck", "no answer within"),
        ("refuses", "it answers with error -32603"),
        ("no-json", "no answer within"),
        ("no-list", "its answer is no such list"),
        ("flood", "initialize"),
        ("future", "in a version of the protocol that has none"),
    ] {
        let began = Instant::now();
        let scene = Scene::new(how);
        let live = scene.ask();
        let told = reason(&live);
        assert!(told.contains(expected), "{how}: {told}");
        assert!(began.elapsed() < Duration::from_secs(25), "{how}: {:?}", began.elapsed());
        // It is still whatever it was, and nothing of it is kept.
        assert_eq!(tools(&live), named(&[("any tool", "destructive")]), "{how}");
        assert_eq!(scene.kept(), [], "{how}");
    }
}

#[test]
fn lists_that_break_off_take_nothing_away() {
    for (how, expected) in [
        ("half", "it ended the connection"),
        ("endless", "it goes on after 200 pages"),
        ("circle", "its pages go round in a circle"),
    ] {
        let scene = Scene::called("kubernetes-mcp-server", how);
        let live = scene.ask();
        assert!(tools(&live).contains(&("resources_delete".into(), "destructive".into())), "{how}");
        assert!(live["coverage"].to_string().contains(expected), "{how}: {}", live["coverage"]);
        assert_eq!(tools(&live), tools(&scene.assess(&[])), "{how}");
    }
}

#[test]
fn lists_in_pages_are_read_to_their_end() {
    let scene = Scene::called("kubernetes-mcp-server", "paged");
    assert_eq!(tools(&scene.ask()), named(&[("pods_list", "read"), ("pods_get", "read")]));
}

#[test]
fn a_list_of_prompts_that_fails_leaves_the_tools_known() {
    let scene = Scene::called("kubernetes-mcp-server", "half-else");
    let live = scene.ask();
    assert_eq!(tools(&live).len(), 3);
    assert!(live["coverage"].to_string().contains("prompts: it answers with error -32603"));
}

#[test]
fn a_server_that_floods_its_diagnostics_is_listed_all_the_same() {
    let scene = Scene::called("kubernetes-mcp-server", "chatty");
    assert_eq!(tools(&scene.ask()).len(), 3);
}

#[test]
fn what_a_server_started_ends_with_it() {
    let scene = Scene::new("orphans");
    scene.ask();
    let notes = fs::read_to_string(scene.notes()).unwrap();
    let first: Value = serde_json::from_str(notes.lines().next().unwrap()).unwrap();
    let alive = |id: &Value| {
        let stat = fs::read_to_string(format!("/proc/{id}/stat"));
        // One that has ended and that nobody has asked after yet is no process.
        stat.is_ok_and(|stat| !stat.contains(") Z "))
    };
    let end = Instant::now() + Duration::from_secs(5);
    while first["pids"].as_array().unwrap().iter().any(alive) {
        assert!(Instant::now() < end, "processes were left behind: {first}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn of_servers_that_are_called_alike_none_is_started_until_somebody_says_which() {
    let scene = Scene::new("honest");
    let strange = json!({"mcpServers": {"k8s": {"command": "/bin/false"}}}).to_string();
    fs::create_dir(scene.path("vendor")).unwrap();
    fs::write(scene.path("vendor/.mcp.json"), strange).unwrap();
    let run = scene.run(&["assess", "--live", "mcp=k8s"]);
    run.ended(2).says("vendor/.mcp.json").says("mcp=k8s@.mcp.json");
    assert!(!scene.notes().exists());
    let run = scene.run(&["assess", "--live", "mcp=k8s@.mcp.json", "--timeout", "8"]);
    run.ended(0).says("k8s (.mcp.json:1:");
    assert_eq!(scene.kept().len(), 1);
}

#[test]
fn a_list_that_was_made_without_the_variables_of_a_file_takes_nothing_away() {
    let scene = Scene::called("kubernetes-mcp-server", "honest");
    let text = fs::read_to_string(scene.path(".mcp.json")).unwrap();
    let text = text.replace(r#""args":"#, r#""envFile": ".env", "args":"#);
    fs::write(scene.path(".mcp.json"), text).unwrap();
    let live = scene.ask();
    assert!(tools(&live).contains(&("resources_delete".into(), "destructive".into())));
    assert!(live["coverage"].to_string().contains("without the variables of a file"));
}

#[test]
fn variables_that_an_entry_passes_on_by_name_are_given() {
    let scene = Scene::new("environment");
    scene.configure("some-server", &json!({"SCENE": "environment", "INHERITED": "${INHERITED}"}));
    let live = scene.ask();
    assert!(tools(&live).iter().any(|(name, _)| name == "INHERITED"), "{:?}", tools(&live));
}

#[test]
fn what_a_server_writes_before_it_dies_is_told_without_what_its_entry_holds() {
    let scene = Scene::new("spill");
    let told = reason(&scene.ask());
    assert!(told.contains("it wrote: "), "{told}");
    assert!(told.contains("failed"), "{told}");
    assert!(!told.contains("planted") && !told.contains('\u{1b}'), "{told}");
}
