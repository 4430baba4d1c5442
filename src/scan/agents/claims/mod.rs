//! Manifests that describe an agent and run nothing: GitAgent, Open Agent Spec, cards of
//! the A2A protocol.
//!
//! What they say of tools is taken as tools that nobody judged. What they say of
//! approval and supervision is a claim: it lowers nothing, and where it reads like a
//! control it is said that nothing enforces it.

mod a2a;
mod agent_spec;
mod gitagent;

pub(super) use a2a::A2aCard;
pub(super) use agent_spec::AgentSpec;
pub(super) use gitagent::GitAgent;

use super::{
    entries::{has_template, note_duplicates},
    path, redact,
    resource::{named, template},
    secrets::{self, KeyNames},
};
use crate::{
    model::{
        agent_config::{
            AgentConfig, Approval, Client, Problem, ProblemKind, ToolReference, ToolSource,
        },
        coverage::Gap,
        location::Location,
    },
    source::{Document, node::Node},
};

/// A manifest, with what it claims so far.
struct Manifest<'d> {
    document: &'d Document,
    config: AgentConfig,
    gaps: Vec<Gap>,
}

impl<'d> Manifest<'d> {
    fn of(document: &'d Document, format: &'static str, kind: &str, path: &str) -> Self {
        let location = Location::file(document.file.clone());
        let scope = path::home_or_project(path);
        let mut config = AgentConfig::new(format, Client::Unknown, scope, location);
        note_duplicates(document, &mut config);
        let name = document.root.str_at("name").unwrap_or("agent");
        config.identity = Some(named(kind, &redact::name(name)));
        config.secrets = secrets::sweep(document, KeyNames::Environments);
        let gaps = match document.root.get("name") {
            Some(name) if has_template(name) => vec![template(&config.location)],
            _ => Vec::new(),
        };
        Self { document, config, gaps }
    }

    /// A tool that it says the agent has.
    fn tool(&mut self, name: &str, place: &Node) {
        self.config.tools.push(ToolReference {
            source: ToolSource::BuiltIn(redact::name(name)),
            tool: None,
            approval: Approval::Undecided { reason: "a manifest enforces nothing".to_owned() },
            location: place.location(&self.document.file),
        });
    }

    /// A sentence about supervision that reads like a control.
    fn claim(&mut self, subject: &str, place: &Node) {
        self.config.problems.push(Problem {
            kind: ProblemKind::VacuousApproval,
            subject: subject.to_owned(),
            reason: "the manifest declares it and nothing enforces it; it takes effect where the \
                     tools are called, by a gate of the client or server"
                .to_owned(),
            location: place.location(&self.document.file),
        });
    }

    fn reading(self) -> super::Reading {
        super::Reading::new(self.config, self.gaps)
    }
}
