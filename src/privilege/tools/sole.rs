//! Whether an agent's tools are the only way to its credential: only then do
//! they narrow what the credential gives.

use super::{exposure::Offer, layer::SolePath};
use crate::{
    model::{
        gate::{Gate, GateKind},
        location::Location,
    },
    rubric::servers::ClientToolKind,
};

/// What speaks for ways around the tools.
#[derive(Debug, Default)]
pub(super) struct SoleEvidence {
    ways_around: Vec<(String, Option<Location>)>,
    doubts: Vec<String>,
    readable: bool,
    /// Set where rules keep the agent from reading credential files.
    pub(super) credential_files_blocked: bool,
    local_servers: bool,
}

impl SoleEvidence {
    /// Notes a tool of a server.
    pub(super) fn tool(&mut self, server: &str, offer: &Offer, gate: &Gate) {
        if !offer.host || gate.kind == GateKind::Deny {
            return;
        }
        if offer.known {
            let reason = format!("{server} gives the agent a shell");
            self.ways_around.push((reason, gate.location.clone()));
        } else {
            self.doubts.push(format!("what {server} does is not known"));
        }
    }

    /// Notes a tool of the client itself.
    pub(super) fn built_in(&mut self, kind: ClientToolKind, tool: &str, gate: &Gate) {
        if gate.kind == GateKind::Deny {
            return;
        }
        match kind {
            ClientToolKind::Shell => {
                let reason = match gate.kind {
                    GateKind::Approve => format!("{tool} is a shell; it is asked for, not denied"),
                    _ => format!("{tool} is a shell"),
                };
                self.ways_around.push((reason, gate.location.clone()));
            }
            ClientToolKind::Read => self.readable = true,
            ClientToolKind::Edit if !gate.holds() => {
                self.doubts.push(format!("{tool} may change the client's own files unasked"));
            }
            ClientToolKind::Edit | ClientToolKind::Other => {}
        }
    }

    /// Notes a rule that opens part of a shell.
    pub(super) fn open_shell(&mut self, name: &str, location: &Location) {
        self.ways_around.push((format!("{name} runs unasked"), Some(location.clone())));
    }

    /// Notes a server that the client starts, with credentials of the machine.
    pub(super) fn local_server(&mut self) {
        self.local_servers = true;
    }

    /// Notes an agent that lists its tools, and why more may be in it.
    pub(super) fn opaque(&mut self, name: &str, opaque: Option<&str>) {
        if let Some(why) = opaque {
            self.doubts.push(format!("{name}: {why}"));
        }
    }

    /// Notes why it could not be decided.
    pub(super) fn doubt(&mut self, reason: String) {
        self.doubts.push(reason);
    }

    pub(super) fn decide(mut self, nothing_configured: bool) -> SolePath {
        if nothing_configured {
            let reason = "no configuration of the agent is in the evidence".to_owned();
            return SolePath::Unknown { reason };
        }
        self.ways_around.sort();
        if let Some((reason, location)) = self.ways_around.into_iter().next() {
            return SolePath::No { reason, location };
        }
        if self.readable && self.local_servers && !self.credential_files_blocked {
            self.doubts.push(
                "the agent may read the files that hold the credential: no rule denies Read for \
                 ~/.kube and ~/.aws"
                    .to_owned(),
            );
        }
        self.doubts.sort();
        match self.doubts.into_iter().next() {
            Some(reason) => SolePath::Unknown { reason },
            None => SolePath::Yes,
        }
    }
}
