//! Which servers Claude Code uses at all: lists of allowed and refused ones, and a managed
//! list that leaves no other.

use crate::{
    model::{
        agent_config::{AgentConfig, Scope, Server, ServerMatch, SwitchKind, Transport},
        gate::{Gate, GateKind},
        location::Location,
    },
    privilege::tools::merge::client_gate,
    rubric::servers::glob,
};

/// The lists that are in force.
pub(crate) struct Admitted<'c> {
    /// Where a list says that no other one counts.
    exclusive: Option<&'c Location>,
    /// Where allowed servers are listed, and what is.
    allowed: Option<(&'c Location, Vec<&'c ServerMatch>)>,
    refused: Vec<(&'c ServerMatch, &'c Location)>,
    /// Names of servers of the repository that are refused.
    of_project: Vec<(&'c str, &'c Location)>,
}

impl<'c> Admitted<'c> {
    pub(crate) fn new(configs: &[&'c AgentConfig]) -> Self {
        let in_force: Vec<&'c AgentConfig> =
            configs.iter().copied().filter(|config| config.rejected.is_none()).collect();
        let switches = || {
            in_force.iter().flat_map(|config| {
                config.switches.iter().map(|switch| (config.scope, &switch.kind, &switch.location))
            })
        };
        let place = |wanted: SwitchKind| {
            let found = switches().find(|(_, kind, _)| **kind == wanted);
            found.map(|(_, _, place)| place)
        };
        let managed_only = place(SwitchKind::ManagedAllowedServersOnly).is_some();
        let counts = |scope: Scope| !managed_only || scope == Scope::Managed;
        let listed = switches()
            .find(|(scope, kind, _)| counts(*scope) && **kind == SwitchKind::OnlyAllowedServers);
        let entries = switches().filter(|(scope, _, _)| counts(*scope)).filter_map(
            |(_, kind, _)| match kind {
                SwitchKind::AllowMatching(fits) => Some(fits),
                _ => None,
            },
        );
        Self {
            exclusive: place(SwitchKind::OnlyTheseServers),
            allowed: listed.map(|(_, _, place)| (place, entries.collect())),
            refused: switches()
                .filter_map(|(_, kind, place)| match kind {
                    SwitchKind::RefuseMatching(fits) => Some((fits, place)),
                    _ => None,
                })
                .collect(),
            of_project: switches()
                .filter_map(|(_, kind, place)| match kind {
                    SwitchKind::RefuseServer(name) => Some((name.as_str(), place)),
                    _ => None,
                })
                .collect(),
        }
    }

    /// What keeps the client from using a server of this scope; none where it uses it.
    pub(crate) fn gate(&self, server: &Server, scope: Scope) -> Option<Gate> {
        let deny = |place: &Location, reason| {
            Some(client_gate(GateKind::Deny, Some(place.clone()), reason))
        };
        let named = self.of_project.iter().find(|(name, _)| *name == server.name);
        if let Some((_, place)) = named.filter(|_| scope == Scope::Project) {
            return deny(place, "the client refuses the server");
        }
        let mut doubtful = None;
        for (fits, place) in &self.refused {
            match fitting(fits, server) {
                Fit::Surely => return deny(place, "the client refuses the server"),
                Fit::Perhaps => doubtful = Some(place),
                Fit::No => {}
            }
        }
        if scope != Scope::Managed {
            if let Some(place) = self.exclusive {
                return deny(place, "only servers of the managed list are used");
            }
            if let Some((place, entries)) = &self.allowed
                && entries.iter().all(|fits| fitting(fits, server) == Fit::No)
            {
                return deny(place, "no entry of the allowed servers fits it");
            }
        }
        doubtful.map(|place| {
            let reason = "the client refuses a command or URL like it; whether it is the same \
                          word for word was not decided";
            client_gate(GateKind::Unknown, Some((*place).clone()), reason)
        })
    }
}

/// Whether an entry of a list is about a server. The client compares commands and URLs as
/// they are written, of which secrets and launchers' flags are not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    Surely,
    Perhaps,
    No,
}

fn fitting(fits: &ServerMatch, server: &Server) -> Fit {
    match (fits, &server.transport) {
        (ServerMatch::Name(name), _) if *name == server.name => Fit::Surely,
        (ServerMatch::Command(command), Transport::Stdio(launch)) if command.same_as(launch) => {
            Fit::Perhaps
        }
        (ServerMatch::Url(pattern), Transport::Http { url: Some(url), .. })
            if glob(pattern, &url.to_string()) =>
        {
            if pattern.ends_with('*') {
                Fit::Surely
            } else {
                Fit::Perhaps
            }
        }
        // What cannot be read may be about any server.
        (ServerMatch::Unreadable, _) | (ServerMatch::Url(_), Transport::Http { url: None, .. }) => {
            Fit::Perhaps
        }
        (ServerMatch::Name(_) | ServerMatch::Command(_) | ServerMatch::Url(_), _) => Fit::No,
    }
}
