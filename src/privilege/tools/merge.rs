//! Where findings of all clients come together: of two readings of one tool,
//! the one that leaves more open counts.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    exposure::Offer,
    layer::{JournalView, ModelView, Noted, Pace, ServerView, Told, ToolLayer, Undone},
    observe::{self, Observation},
    overview::server_grant,
    sole::SoleEvidence,
    told::Unasked,
};
use crate::{
    model::{
        agent_config::{AgentConfig, Client, Server, ServerListing},
        capability::{Capability, Condition, Grant, Plane},
        coverage::Gap,
        effect::Effect,
        gate::{Enforcer, FailMode, Gate, GateKind},
        location::Location,
    },
    rubric::agents::AgentRisks,
};

/// What the engines of the clients have found so far.
#[derive(Debug, Default)]
pub(super) struct Findings {
    capabilities: BTreeMap<String, Capability>,
    pub(super) observations: Vec<Observation>,
    pub(super) gaps: Vec<Gap>,
    pub(super) servers: Vec<ServerView>,
    pub(super) unpinned: Vec<Noted>,
    pub(super) literal_secrets: Vec<Noted>,
    pub(super) bypasses: Vec<Noted>,
    pub(super) unseen_modes: Vec<Noted>,
    pub(super) auto_allowed: Vec<Noted>,
    pub(super) hooks: Vec<Noted>,
    pub(super) telemetry: Vec<Noted>,
    pub(super) models: Vec<ModelView>,
    pub(super) bounds: Vec<Noted>,
    pub(super) pace: Pace,
    pub(super) told: Told,
    pub(super) undone: Undone,
    pub(super) journals: Vec<JournalView>,
    pub(super) drifted: Vec<Noted>,
    pub(super) unapproved: Vec<Noted>,
    /// The client whose configurations are read.
    pub(super) client: Option<Client>,
    /// Tools that change something and that nothing stands before, as clients give them.
    pub(super) unasked: Vec<Unasked>,
    /// Tools that are not denied, with the place that gives them.
    pub(super) within_reach: BTreeSet<(Location, String)>,
    pub(super) sole: SoleEvidence,
    /// What servers offer whose code is in the evidence, by its file.
    pub(super) coded: BTreeMap<String, Vec<Offer>>,
    /// Servers that act with a database's credential.
    pub(super) databases: BTreeSet<String>,
    /// What servers answered when they were asked, by the place of their entry.
    pub(super) asked: BTreeMap<Location, Arc<ServerListing>>,
}

/// One tool as a client exposes it.
#[derive(Debug, Clone)]
pub(super) struct Exposed {
    /// The server, or the client for its own tools.
    pub(super) owner: String,
    /// The tool.
    pub(super) tool: String,
    pub(super) effect: Effect,
    pub(super) known: bool,
    pub(super) gate: Gate,
    pub(super) grant: Grant,
}

impl Findings {
    /// Adds a tool.
    pub(super) fn add(&mut self, exposed: Exposed) {
        let Exposed { owner, tool, effect, known, gate, grant } = exposed;
        let id = format!("mcp/{owner}/{tool}");
        if gate.kind != GateKind::Deny {
            self.within_reach.insert((grant.location.clone(), tool.clone()));
        }
        if let Some(client) = self.client.filter(|_| effect.is_mutating() && !gate.holds()) {
            self.unasked.push(Unasked {
                client,
                owner: owner.clone(),
                tool: tool.clone(),
                effect,
                known,
                location: grant.location.clone(),
            });
        }
        let new = Capability {
            id: id.clone(),
            plane: Plane::Mcp,
            action: format!("{owner}: {tool}"),
            scope: owner,
            effect,
            effect_known: known,
            condition: Condition::Always,
            gate,
            grants: vec![grant],
            principal: None,
        };
        match self.capabilities.get_mut(&id) {
            None => {
                self.capabilities.insert(id, new);
            }
            Some(old) => {
                old.effect = old.effect.max(new.effect);
                old.effect_known &= new.effect_known;
                if strength(&new.gate) < strength(&old.gate) {
                    old.gate = new.gate;
                }
                for grant in new.grants {
                    if !old.grants.contains(&grant) {
                        old.grants.push(grant);
                    }
                }
                old.grants.sort();
            }
        }
    }

    /// Whether this gate stands before something that changes anything.
    pub(super) fn guards_changes(&self, gate: &Gate) -> bool {
        self.capabilities.values().any(|held| held.gate == *gate && held.effect.is_mutating())
    }

    /// Adds a tool of a server, behind its gate.
    pub(super) fn expose(&mut self, server: &Server, offer: Offer, gate: Gate) {
        self.sole.tool(&server.name, &offer, &gate);
        self.add(Exposed {
            owner: server.name.clone(),
            tool: offer.tool,
            effect: offer.effect,
            known: offer.known,
            gate,
            grant: server_grant(server),
        });
    }

    /// Notes that the rule at `location` lets a changing tool run unasked.
    pub(super) fn auto_allow(
        &mut self,
        server: &Server,
        offer: &Offer,
        gate: &Gate,
        location: &Location,
    ) {
        self.auto_allowed.push(Noted {
            name: format!("{}: {}", server.name, offer.tool),
            detail: gate.reason.clone(),
            location: location.clone(),
        });
        self.observations.push(
            Observation::new("rule", &server.name, &gate.reason, location)
                .of_tool(&offer.tool)
                .with("what", "tool")
                .with("effect", offer.effect.as_str()),
        );
    }

    /// Adds a gap.
    pub(super) fn gap(&mut self, location: &Location, reason: impl Into<String>) {
        self.gaps.push(Gap { location: location.clone(), reason: reason.into() });
    }

    pub(super) fn into_layer(mut self, configs: &[&AgentConfig], risks: &AgentRisks) -> ToolLayer {
        for capability in self.capabilities.values() {
            let database = self.databases.contains(&capability.scope);
            self.observations.push(observe::tool(capability).with("database", database));
        }
        for list in [
            &mut self.unpinned,
            &mut self.literal_secrets,
            &mut self.bypasses,
            &mut self.unseen_modes,
            &mut self.auto_allowed,
            &mut self.hooks,
            &mut self.telemetry,
            &mut self.bounds,
            &mut self.drifted,
            &mut self.unapproved,
        ] {
            list.sort();
            list.dedup();
        }
        self.models.sort();
        self.models.dedup();
        self.journals.sort();
        self.journals.dedup();
        self.gaps.sort();
        self.gaps.dedup();
        self.servers.sort_by(|a, b| (&a.name, &a.location).cmp(&(&b.name, &b.location)));
        let sole_path = self.sole.decide(configs.is_empty());
        ToolLayer {
            risks: observe::risks(&self.observations, risks),
            capabilities: self.capabilities.into_values().collect(),
            sole_path,
            gaps: self.gaps,
            servers: self.servers,
            unpinned: self.unpinned,
            literal_secrets: self.literal_secrets,
            bypasses: self.bypasses,
            unseen_modes: self.unseen_modes,
            auto_allowed: self.auto_allowed,
            hooks: self.hooks,
            telemetry: self.telemetry,
            models: self.models,
            bounds: self.bounds,
            pace: self.pace,
            told: self.told,
            undone: self.undone,
            journals: self.journals,
            drifted: self.drifted,
            unapproved: self.unapproved,
        }
    }
}

/// How much a gate holds, weakest first.
pub(super) fn strength(gate: &Gate) -> (bool, GateKind) {
    (gate.holds(), gate.kind)
}

/// The gate of a call that passes the client and then the server: the
/// stronger of both.
pub(super) fn in_a_row(client: Gate, server: Option<Gate>) -> Gate {
    match server {
        None => client,
        Some(server) if client.holds() => {
            if server.kind == GateKind::Deny && client.kind != GateKind::Deny {
                server
            } else {
                client
            }
        }
        Some(server) => server,
    }
}

/// A gate of the client.
pub(super) fn client_gate(
    kind: GateKind,
    location: Option<Location>,
    reason: impl Into<String>,
) -> Gate {
    let fail_mode = match kind {
        GateKind::Approve | GateKind::Deny => FailMode::Closed,
        GateKind::None | GateKind::Acknowledge | GateKind::Unknown => FailMode::Unknown,
    };
    let enforced_by = (kind != GateKind::None).then_some(Enforcer::Client);
    Gate { kind, enforced_by, fail_mode, location, reason: reason.into() }
}
