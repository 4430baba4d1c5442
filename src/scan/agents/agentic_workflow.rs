//! GitHub Agentic Workflows: Markdown files of `.github/workflows/` whose frontmatter says
//! when an agent starts, which tools it has, and what is done in its name afterwards.
//!
//! Nobody is at its terminal and nothing in the file asks for a call: an approval of the
//! environment lets a whole run start. What it puts out, another job does unasked.

use std::sync::Arc;

use super::{
    Format, Reading, agent_file,
    command::{self, image_of},
    entries::{Entries, all, argument_words, note_duplicates},
    redact,
    resource::named,
    secrets::{self, KeyNames},
};
use crate::{
    model::{
        agent_config::{
            AgentConfig, Approval, Client, Pin, Program, SafeText, Scope, Server, ServerState,
            Setting, ToolReference, ToolSource, Transport,
        },
        coverage::Gap,
        location::Location,
    },
    source::{
        Document, Syntax,
        node::{Key, Node},
    },
};

pub(super) struct AgenticWorkflow;

/// Keys of `safe-outputs` that set something about all outputs and are none.
const ABOUT_OUTPUTS: &[&str] = &[
    "allowed-domains",
    "allowed-github-references",
    "app",
    "concurrency-group",
    "env",
    "footer",
    "github-app",
    "github-token",
    "id-token",
    "max-patch-size",
    "mentions",
    "messages",
    "report-failure-as-issue",
    "runs-on",
    "staged",
    "steps",
    "threat-detection",
];

impl Format for AgenticWorkflow {
    fn id(&self) -> &'static str {
        "agentic-workflow"
    }

    fn title(&self) -> &'static str {
        "GitHub Agentic Workflows"
    }

    fn version(&self) -> &'static str {
        "0.41"
    }

    fn recognise(&self, document: &Document) -> bool {
        let root = &document.root;
        document.syntax == Syntax::Frontmatter
            && root.get("on").is_some()
            && agent_file::has_any(root, &["engine", "safe-outputs", "permissions", "tools"])
    }

    fn read(&self, document: &Document, _path: &str) -> Reading {
        let root = &document.root;
        let location = Location::file(document.file.clone());
        let mut config =
            AgentConfig::new(self.id(), Client::AgenticWorkflows, Scope::Project, location);
        let mut gaps = Vec::new();
        note_duplicates(document, &mut config);
        agent_file::note_lenient(document, &mut gaps);
        let mut identity = named("AgenticWorkflow", &agent_file::name(document));
        if root.get("imports").is_some() {
            identity.opaque = Some("it imports tools of other files");
        }
        config.identity = Some(identity);
        tools(root, &document.file, &mut config);
        for (key, entry) in all(root, "mcp-servers").flat_map(Node::entries) {
            server(document, key, entry, &mut config, &mut gaps);
        }
        outputs(root, &document.file, &mut config);
        config.secrets = secrets::sweep(document, KeyNames::Environments);
        Reading::new(config, gaps)
    }
}

fn unasked() -> Approval {
    Approval::NotAsked { reason: "a run asks nobody".to_owned() }
}

fn add(config: &mut AgentConfig, name: &str, approval: Approval, location: Location) {
    let source = ToolSource::BuiltIn(name.to_owned());
    config.tools.push(ToolReference { source, tool: None, approval, location });
}

/// The engine's own tools, and GitHub's server.
fn tools(root: &Node, file: &Arc<str>, config: &mut AgentConfig) {
    let place = config.location.clone();
    let by_version = |what: &str| Approval::Undecided {
        reason: format!("versions differ in whether {what} where nothing is said"),
    };
    let tools = root.get("tools").map(Node::entries).unwrap_or_default();
    // A key with nothing behind it switches its tool on.
    let entry = |name: &str| tools.iter().find(|(key, _)| key.name == name).map(|(_, node)| node);
    match entry("bash") {
        None => add(config, "bash", by_version("it has a shell"), place.clone()),
        Some(bash) => shell(bash, file, config),
    }
    match entry("edit") {
        None => add(config, "edit", by_version("it edits files"), place),
        Some(edit) if edit.as_bool() == Some(false) => {
            let location = edit.location(file);
            let reason = "it is off".to_owned();
            add(config, "edit", Approval::Refused { location: location.clone(), reason }, location);
        }
        Some(edit) => add(config, "edit", unasked(), edit.location(file)),
    }
    for (key, node) in tools {
        let location = key.place.location(file);
        match key.name.as_str() {
            "bash" | "edit" | "timeout" | "startup-timeout" => {}
            _ if node.as_bool() == Some(false) => {}
            "github" => github(node, location, config),
            name => add(config, &redact::name(name), unasked(), location),
        }
    }
}

/// `true`, `*` and `:*` are every command, a list is those of it; nothing is a few that
/// only read.
fn shell(bash: &Node, file: &Arc<str>, config: &mut AgentConfig) {
    let location = bash.location(file);
    if bash.as_bool() == Some(false) {
        let reason = "it is off".to_owned();
        let approval = Approval::Refused { location: location.clone(), reason };
        return add(config, "bash", approval, location);
    }
    let Some(commands) = bash.as_sequence() else {
        let approval = if bash.is_null() {
            Approval::Undecided { reason: "which commands it may run is built in".to_owned() }
        } else {
            unasked()
        };
        return add(config, "bash", approval, location);
    };
    for command in commands {
        let text = command.as_str().unwrap_or("*").trim();
        let whole = matches!(text, "*" | ":*");
        config.tools.push(ToolReference {
            source: ToolSource::BuiltIn("bash".to_owned()),
            tool: (!whole).then(|| redact::words(text)),
            approval: unasked(),
            location: command.location(file),
        });
    }
}

/// GitHub's server, which the workflow brings along.
fn github(node: &Node, location: Location, config: &mut AgentConfig) {
    let reads = node.get("read-only").and_then(Node::as_bool);
    let value = if reads == Some(true) { "1" } else { "0" };
    let (image, pin) = image_of("ghcr.io/github/github-mcp-server")
        .unwrap_or_else(|| ("ghcr.io/github/github-mcp-server".to_owned(), Pin::Absent));
    let pin = node.str_at("version").map_or(pin, |version| Pin::Exact(redact::name(version)));
    config.servers.push(Server {
        name: "github".to_owned(),
        location: location.clone(),
        state: ServerState::Enabled,
        transport: Transport::Stdio(command::direct(Program::Image(image), pin, &[])),
        env: vec![Setting {
            name: "GITHUB_READ_ONLY".to_owned(),
            value: SafeText::Plain(value.to_owned()),
            location: location.clone(),
        }],
        env_elsewhere: false,
        auto_approved: Vec::new(),
        hidden: Vec::new(),
        selected: None,
        sandboxed: None,
    });
    let approval = match reads {
        Some(_) => unasked(),
        None => Approval::Undecided {
            reason: "versions differ in whether it only reads where nothing is said".to_owned(),
        },
    };
    let allowed: Vec<&Node> = node.items_at("allowed").iter().collect();
    refer("github", &allowed, approval, location, config);
}

/// Gives the agent tools of a server: those of a list, or all.
fn refer(
    server: &str,
    allowed: &[&Node],
    approval: Approval,
    location: Location,
    config: &mut AgentConfig,
) {
    let source = || ToolSource::Server { namespace: None, name: server.to_owned() };
    let names = || allowed.iter().filter_map(|node| node.as_str());
    if names().next().is_none() || names().any(|name| name == "*") {
        config.tools.push(ToolReference { source: source(), tool: None, approval, location });
        return;
    }
    for tool in names().map(redact::name) {
        config.tools.push(ToolReference {
            source: source(),
            tool: Some(tool),
            approval: approval.clone(),
            location: location.clone(),
        });
    }
}

fn server(
    document: &Document,
    key: &Key,
    entry: &Node,
    config: &mut AgentConfig,
    gaps: &mut Vec<Gap>,
) {
    let location = key.place.location(&document.file);
    let name = redact::name(&key.name);
    let mut entries = Entries { document, config, gaps };
    let mut server = entries.entry(name.clone(), entry, location.clone());
    if let Some((image, pin)) = entry.str_at("container").and_then(image_of) {
        let version = entry.str_at("version").map(|version| Pin::Exact(redact::name(version)));
        let words = entry
            .get("entrypointArgs")
            .map(|args| argument_words(args, &document.file))
            .unwrap_or_default();
        let launch = command::direct(Program::Image(image), version.unwrap_or(pin), &words);
        server.transport = Transport::Stdio(launch);
    }
    config.servers.push(server);
    let allowed: Vec<&Node> = entry.items_at("allowed").iter().collect();
    refer(&name, &allowed, unasked(), location, config);
}

/// What another job does for the agent, with a token that may write.
fn outputs(root: &Node, file: &Arc<str>, config: &mut AgentConfig) {
    for outputs in all(root, "safe-outputs") {
        let staged = outputs.get("staged").filter(|node| node.as_bool() == Some(true));
        for (key, node) in outputs.entries() {
            if ABOUT_OUTPUTS.contains(&key.name.as_str()) || node.as_bool() == Some(false) {
                continue;
            }
            let approval = match staged {
                Some(staged) => Approval::Refused {
                    location: staged.location(file),
                    reason: "it is staged: shown, and not done".to_owned(),
                },
                None => Approval::NotAsked { reason: "another job does it unasked".to_owned() },
            };
            let location = key.place.location(file);
            if key.name == "jobs" {
                for (job, _) in node.entries() {
                    let name = format!("safe-outputs: {}", redact::name(&job.name));
                    add(config, &name, approval.clone(), job.place.location(file));
                }
            } else {
                add(config, &redact::name(&key.name), approval, location);
            }
        }
    }
}
