//! A configuration in the making: what one call of a framework makes of an agent.

use super::uses::{Code, Site};
use crate::{
    model::{
        agent_config::{
            AgentConfig, Approval, Client, Conduct, Identity, Problem, ProblemKind, Scope,
            ToolReference, ToolSource,
        },
        coverage::Gap,
        gate::FailMode,
        location::Location,
    },
    scan::agents::redact,
};

/// One agent that code makes.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) config: AgentConfig,
    pub(super) gaps: Vec<Gap>,
}

impl Draft {
    /// An agent without tools, made at a place in the code. `kind` is what the framework
    /// calls it; its location names what it is bound to.
    pub(super) fn new(
        code: &Code<'_>,
        format: &'static str,
        client: Client,
        kind: &str,
        name: &str,
        site: &Site<'_>,
    ) -> Self {
        let location = code.location(site.place);
        let mut config = AgentConfig::new(format, client, Scope::Project, location);
        let name = redact::name(name);
        let bound_to = site.bound_to.map_or_else(|| name.clone(), redact::name);
        config.location = config.location.with_object(bound_to);
        config.identity = Some(Identity {
            kind: kind.to_owned(),
            name,
            namespace: None,
            service_account: None,
            roles: Vec::new(),
            opaque: None,
        });
        Self { config, gaps: Vec::new() }
    }

    /// Notes that it may have tools, or do things, that its text does not show.
    pub(super) fn opaque(&mut self, location: Location, why: &'static str) {
        if let Some(identity) = &mut self.config.identity {
            identity.opaque.get_or_insert(why);
        }
        self.gaps.push(Gap { location, reason: why.to_owned() });
    }

    pub(super) fn problem(
        &mut self,
        kind: ProblemKind,
        subject: &str,
        reason: &str,
        location: Location,
    ) {
        let problem =
            Problem { kind, subject: redact::name(subject), reason: reason.to_owned(), location };
        if !self.config.problems.contains(&problem) {
            self.config.problems.push(problem);
        }
    }

    /// Gives it a function of the code.
    pub(super) fn function(
        &mut self,
        name: &str,
        conduct: Conduct,
        approval: Approval,
        location: Location,
    ) {
        let name = redact::name(name);
        let source = ToolSource::Function { name: name.clone(), conduct, claims_read: false };
        self.config.tools.push(ToolReference { source, tool: Some(name), approval, location });
    }

    /// Gives it a tool of the framework, or of somebody else's package.
    pub(super) fn built_in(&mut self, name: &str, approval: Approval, location: Location) {
        let name = redact::name(name);
        let source = ToolSource::BuiltIn(name.clone());
        self.config.tools.push(ToolReference { source, tool: Some(name), approval, location });
    }

    /// Gives it a tool of a server, or, for none, all that nothing else speaks of.
    pub(super) fn of_server(
        &mut self,
        server: &str,
        tool: Option<&str>,
        approval: Approval,
        location: Location,
    ) {
        let source = ToolSource::Server { namespace: None, name: redact::name(server) };
        let tool = tool.map(redact::name);
        self.config.tools.push(ToolReference { source, tool, approval, location });
    }

    /// Lets it hand work to an agent that is not made in the same file.
    pub(super) fn agent(&mut self, name: &str, location: Location) {
        let source = ToolSource::Agent(redact::name(name));
        let approval = Approval::NotAsked { reason: "nothing asks before it".to_owned() };
        self.config.tools.push(ToolReference { source, tool: None, approval, location });
    }
}

/// A human is asked, and without an answer nothing happens.
pub(super) fn asked(location: Location, reason: impl Into<String>) -> Approval {
    Approval::Asked { location, reason: reason.into(), fails: FailMode::Closed }
}

pub(super) fn unasked(reason: impl Into<String>) -> Approval {
    Approval::NotAsked { reason: reason.into() }
}

pub(super) fn undecided(reason: impl Into<String>) -> Approval {
    Approval::Undecided { reason: reason.into() }
}
