//! Controls of AWS that only stand before its managed MCP servers, joined with
//! what is known of the agent's other ways to the same credential.
//!
//! Requests carry the keys of such a server only where they come through it. An
//! agent with a shell, or with a server of its own that holds the credential,
//! makes the same call without them.

use super::holdings::Holdings;
use crate::{
    model::guardrail::{Guardrail, GuardrailState, Guards},
    privilege::tools::{ServerView, SolePath, ToolLayer},
};

/// The catalogue's id of the server that AWS runs.
const MANAGED: &str = "aws-mcp";

/// Settles the controls of all credentials by the agent's tool layer.
pub(super) fn settle(holdings: &mut Holdings) {
    let way = other_way(holdings.tools.as_ref());
    let guardrails = holdings.credentials.iter_mut().flat_map(|reach| &mut reach.guardrails);
    for own in guardrails.filter(|own| own.guards == Guards::ManagedMcp) {
        if own.state == GuardrailState::Enforced {
            judge(own, &way);
        }
    }
}

/// Whether the credential is reached past managed servers.
enum OtherWay {
    No,
    Yes(String),
    Unknown(String),
}

fn other_way(tools: Option<&ToolLayer>) -> OtherWay {
    let Some(tools) = tools else {
        return OtherWay::Unknown("no configuration of the agent is in the evidence".to_owned());
    };
    let holds_it = |server: &&ServerView| {
        server.enabled
            && server.credential.as_deref() == Some("aws")
            && server.catalogue.as_deref() != Some(MANAGED)
    };
    if let Some(server) = tools.servers.iter().find(holds_it) {
        return OtherWay::Yes(format!("{} acts with an AWS credential too", server.name));
    }
    match &tools.sole_path {
        SolePath::Yes => OtherWay::No,
        SolePath::No { reason, .. } => OtherWay::Yes(reason.clone()),
        SolePath::Unknown { reason } => OtherWay::Unknown(reason.clone()),
    }
}

fn judge(own: &mut Guardrail, way: &OtherWay) {
    let (state, why, remedy) = match way {
        OtherWay::No => return,
        OtherWay::Yes(why) => (
            GuardrailState::Ineffective,
            format!("and only there, and it need not take that way: {why}"),
            "Deny it by what every request carries (tags, region, resource), or take the other \
             way to the credential from the agent.",
        ),
        OtherWay::Unknown(why) => (
            GuardrailState::Undecided,
            format!("and only there; whether it has another way is unknown: {why}"),
            "Supply the agent's configuration, so that its ways to the credential are known.",
        ),
    };
    own.state = state;
    own.reason = format!("{}, {why}", own.reason);
    own.remedy = remedy.to_owned();
}
