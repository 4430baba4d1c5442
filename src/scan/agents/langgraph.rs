//! `langgraph.json`: which graphs a LangGraph server runs, and what it hands them. What
//! a graph does stands in the code that the file names.

use super::{
    Format, Reading,
    entries::note_duplicates,
    redact,
    secrets::{self, KeyNames},
};
use crate::{
    model::{
        agent_config::{AgentConfig, Approval, Client, Identity, Scope, ToolReference, ToolSource},
        coverage::Gap,
    },
    source::{Document, files, node::Node},
};

pub(super) struct LangGraph;

impl Format for LangGraph {
    fn id(&self) -> &'static str {
        "langgraph"
    }

    fn title(&self) -> &'static str {
        "LangGraph server (langgraph.json)"
    }

    fn version(&self) -> &'static str {
        "1"
    }

    fn recognise(&self, document: &Document) -> bool {
        let root = &document.root;
        let graphs = root.get("graphs").map(Node::entries).unwrap_or_default();
        let beside = ["dependencies", "python_version", "node_version", "$schema"];
        !graphs.is_empty()
            && beside.iter().any(|key| root.get(key).is_some())
            && graphs.iter().all(|(_, graph)| target(graph).is_some_and(|to| to.contains(':')))
    }

    fn read(&self, document: &Document, path: &str) -> Reading {
        let mut secrets = secrets::sweep(document, KeyNames::Environments);
        let (mut configs, mut gaps) = (Vec::new(), Vec::new());
        for (name, graph) in document.root.get("graphs").map(Node::entries).unwrap_or_default() {
            let location = name.place.location(&document.file);
            let graph_name = redact::name(&name.name);
            let place = location.clone().with_object(graph_name.clone());
            let mut config = AgentConfig::new(self.id(), Client::LangChain, Scope::Project, place);
            if configs.is_empty() {
                note_duplicates(document, &mut config);
            }
            let code = target(graph).and_then(|text| in_file(text, path));
            let is_python = code.as_ref().is_some_and(|code| code.contains(".py:"));
            if !is_python {
                let reason = "what the graph does is code that is no Python, or not named";
                gaps.push(Gap { location: location.clone(), reason: reason.to_owned() });
            }
            config.identity = Some(Identity {
                kind: "graph".to_owned(),
                name: graph_name,
                namespace: None,
                service_account: None,
                roles: Vec::new(),
                opaque: (!is_python).then_some("what it does is code that is not in the evidence"),
            });
            config.tools.extend(code.map(|code| ToolReference {
                source: ToolSource::Agent(code),
                tool: None,
                approval: Approval::Undecided { reason: "its code says what it asks".to_owned() },
                location,
            }));
            config.secrets = std::mem::take(&mut secrets);
            configs.push(config);
        }
        let items = u64::try_from(configs.len()).unwrap_or(u64::MAX);
        Reading { format: self.id(), configs, gaps, items }
    }
}

/// `"./agent.py:graph"`, or `{"path": "./agent.py:graph"}`.
fn target(graph: &Node) -> Option<&str> {
    graph.as_str().or_else(|| graph.str_at("path"))
}

/// The file and the name in it that a target names, relative to what `path` is
/// relative to. `package.module:name` is the file of that module.
fn in_file(target: &str, path: &str) -> Option<String> {
    let (file, name) = target.rsplit_once(':')?;
    let suffix = [".py", ".ts", ".js", ".mts", ".tsx"].iter().any(|end| file.ends_with(end));
    let file = if suffix { file.to_owned() } else { format!("{}.py", file.replace('.', "/")) };
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let whole = files::normalise(&format!("{folder}/{file}"));
    let whole = if folder.is_empty() { whole.trim_start_matches('/') } else { &whole };
    Some(format!("{}:{}", redact::name(whole), redact::name(name)))
}
