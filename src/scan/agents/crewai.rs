//! CrewAI's `agents.yaml` and `tasks.yaml`: who works on what. Tools are given by the
//! code of the crew; `human_input` lets a person see an answer.

use super::{
    Format, Reading,
    entries::{all, note_duplicates},
    python::crewai::REVIEWED,
    redact,
    secrets::{self, KeyNames},
};
use crate::{
    model::agent_config::{
        AgentConfig, Approval, Client, Identity, Problem, ProblemKind, Scope, ToolReference,
        ToolSource,
    },
    source::{
        Document,
        node::{Key, Node},
    },
};

pub(super) struct CrewAiDefinitions;

impl Format for CrewAiDefinitions {
    fn id(&self) -> &'static str {
        "crewai-definitions"
    }

    fn title(&self) -> &'static str {
        "CrewAI agents.yaml and tasks.yaml"
    }

    fn version(&self) -> &'static str {
        "1"
    }

    fn recognise(&self, document: &Document) -> bool {
        let entries = document.root.entries();
        !entries.is_empty() && entries.iter().all(|(_, entry)| is_agent(entry) || is_task(entry))
    }

    fn read(&self, document: &Document, _path: &str) -> Reading {
        let mut secrets = secrets::sweep(document, KeyNames::Environments);
        let mut configs: Vec<AgentConfig> = Vec::new();
        let entries = document.root.entries();
        for (key, entry) in entries {
            let Some(mut config) = self.entry(document, key, entry) else { continue };
            if configs.is_empty() {
                note_duplicates(document, &mut config);
            }
            config.secrets = std::mem::take(&mut secrets);
            configs.push(config);
        }
        let items = u64::try_from(entries.len()).unwrap_or(u64::MAX);
        Reading { format: self.id(), configs, gaps: Vec::new(), items }
    }
}

impl CrewAiDefinitions {
    /// An agent, or a task that somebody should look at.
    fn entry(&self, document: &Document, key: &Key, entry: &Node) -> Option<AgentConfig> {
        let name = redact::name(&key.name);
        let location = key.place.location(&document.file);
        let place = location.clone().with_object(name.clone());
        let mut config = AgentConfig::new(self.id(), Client::CrewAi, Scope::Project, place);
        let is_agent = is_agent(entry);
        let reviewed = all(entry, "human_input").find(|value| value.as_bool() != Some(false));
        if !is_agent && reviewed.is_none() {
            return None;
        }
        config.problems.extend(reviewed.map(|value| Problem {
            kind: ProblemKind::NoToolGate,
            subject: "human_input".to_owned(),
            reason: REVIEWED.to_owned(),
            location: value.location(&document.file),
        }));
        // The code that takes this definition gives tools to whoever works on it.
        let worker = if is_agent {
            name.clone()
        } else {
            entry.str_at("agent").map_or_else(|| "its crew".to_owned(), redact::name)
        };
        config.tools.push(ToolReference {
            source: ToolSource::Agent(worker),
            tool: None,
            approval: Approval::NotAsked { reason: "CrewAI asks before no tool".to_owned() },
            location,
        });
        let kind = if is_agent { "agent" } else { "task" };
        config.identity = Some(Identity {
            kind: kind.to_owned(),
            name,
            namespace: None,
            service_account: None,
            roles: Vec::new(),
            opaque: None,
        });
        Some(config)
    }
}

fn is_agent(entry: &Node) -> bool {
    ["role", "goal", "backstory"].iter().all(|key| entry.str_at(key).is_some())
}

fn is_task(entry: &Node) -> bool {
    ["description", "expected_output"].iter().all(|key| entry.str_at(key).is_some())
}
