//! What a server says of its own tools, and what that is worth.
//!
//! Nothing where it makes them look harmless: a hint is the claim of somebody whom
//! nobody has checked. Where it says that a tool destroys, it is believed.

use super::{ANY_TOOL, Offer};
use crate::model::{
    agent_config::{ListedTool, Server, ServerListing},
    effect::Effect,
};

/// What a server offers that no catalogue knows. Any of its tools may destroy, and may
/// run commands on the machine; by its list they have names, and nothing else is there
/// where that is whole.
pub(super) fn unknown(server: &Server, answer: Option<&ServerListing>) -> Vec<Offer> {
    let offer = |tool: &str, known| Offer {
        tool: tool.to_owned(),
        effect: Effect::Destructive,
        known,
        gate: None,
        host: true,
    };
    let tools = answer.iter().flat_map(|answer| &answer.tools);
    let mut offers: Vec<Offer> = tools.map(|(name, tool)| offer(name, admits(tool))).collect();
    if !answer.is_some_and(|answer| answer.is_whole(&server.transport)) {
        offers.push(offer(ANY_TOOL, false));
    }
    offers
}

/// Whether the server itself says that the tool destroys: that its effect is so is then
/// no mere assumption.
pub(super) fn admits(tool: &ListedTool) -> bool {
    tool.hints.destructive == Some(true) && tool.hints.read_only != Some(true)
}
