//! Configurations, from text to tool layer.

use std::sync::Arc;

use gradus::{
    model::{
        agent_config::{AgentConfig, ProblemKind, Server},
        capability::Capability,
        evidence::Evidence,
    },
    privilege::tools::{ToolLayer, effective},
    rubric::{agents::AgentRisks, servers::ServerRules},
    scan::{
        agents::{Reading, join, read, read_python},
        mcp,
    },
    source::{SyntaxHint, limits::Limits, parse, python},
};

pub(crate) fn catalogue() -> ServerRules {
    ServerRules::load().expect("the catalogue is well formed")
}

pub(crate) fn risks() -> AgentRisks {
    AgentRisks::load().expect("the risks are well formed")
}

/// What the scanner reads from one file.
pub(crate) fn readings(path: &str, text: &str) -> Vec<Reading> {
    let file: Arc<str> = path.into();
    if python::is_python(path) {
        let code = python::parse(&file, text, &Limits::default()).expect("within limits");
        return read_python(&code);
    }
    let parsed = parse(&file, text.as_bytes(), SyntaxHint::of_path(path), &Limits::default());
    parsed.documents.iter().flat_map(|document| read(document, path)).collect()
}

pub(crate) fn config_of(path: &str, text: &str) -> AgentConfig {
    let mut readings = readings(path, text);
    assert_eq!(readings.len(), 1, "{path} is one configuration");
    readings.remove(0).configs.remove(0)
}

/// The kinds of problems that a file has, in their order.
pub(crate) fn problems(path: &str, text: &str) -> Vec<ProblemKind> {
    config_of(path, text).problems.iter().map(|problem| problem.kind).collect()
}

/// The tool layer of an agent with these files. In what was kept of a server that was
/// asked, `{entry}` stands for the first server of the configurations.
pub(crate) fn layer_of<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> ToolLayer {
    let (kept, files): (Vec<_>, Vec<_>) =
        files.into_iter().partition(|(path, _)| path.starts_with(mcp::FOLDER));
    let mut evidence = Evidence {
        configs: files
            .into_iter()
            .flat_map(|(path, text)| readings(path, text))
            .flat_map(|reading| reading.configs)
            .collect(),
        ..Evidence::default()
    };
    join(&mut evidence.configs, None);
    let server = evidence.configs.iter().find_map(|config| config.servers.first());
    let entry = server.map(mcp::entry_digest).unwrap_or_default();
    for (path, text) in kept {
        let text = text.replace("{entry}", &entry);
        let read = mcp::snapshot::read(&path.into(), Ok(text.as_bytes()), &Limits::default());
        assert_eq!(read.gaps, [], "{path}");
        evidence.listings.extend(read.listing);
    }
    mcp::attach(&mut evidence);
    let configs: Vec<&AgentConfig> = evidence.configs.iter().collect();
    effective(&configs, &catalogue(), &risks())
}

/// The server of an example launch: `NAME=value` words, then a command line;
/// or a URL, then `Header:value` words.
pub(crate) fn server_of(example: &str) -> Server {
    let words: Vec<&str> = example.split_whitespace().collect();
    let is_env = |word: &&&str| {
        word.split_once('=').is_some_and(|(name, _)| {
            name.bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
        })
    };
    let env: serde_json::Map<String, serde_json::Value> = words
        .iter()
        .take_while(is_env)
        .filter_map(|word| word.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect();
    let rest = &words[env.len()..];
    let entry = if rest[0].starts_with("http") {
        let headers: serde_json::Map<String, serde_json::Value> = rest[1..]
            .iter()
            .filter_map(|word| word.split_once(':'))
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect();
        serde_json::json!({"type": "http", "url": rest[0], "headers": headers})
    } else {
        serde_json::json!({"command": rest[0], "args": rest[1..], "env": env})
    };
    let text = serde_json::json!({"mcpServers": {"example": entry}}).to_string();
    config_of(".mcp.json", &text).servers.remove(0)
}

/// A `.mcp.json` with one server, named `k8s`.
pub(crate) fn mcp(entry: &str) -> String {
    format!(r#"{{"mcpServers": {{"k8s": {{{entry}}}}}}}"#)
}

/// The capability of that action.
pub(crate) fn capability<'l>(layer: &'l ToolLayer, action: &str) -> &'l Capability {
    let found = layer.capabilities.iter().find(|held| held.action == action);
    found.unwrap_or_else(|| {
        let actions: Vec<&str> =
            layer.capabilities.iter().map(|held| held.action.as_str()).collect();
        panic!("no {action} among {actions:?}")
    })
}
