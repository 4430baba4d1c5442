//! Whether what the agent changes unasked can be put back in one step, by a tool that its
//! own server offers.
//!
//! A way back counts where the catalogue names it and the agent's configuration leaves it
//! within reach: one that a switch hides or a client denies is none that whoever is told of
//! the change can ask for. What nobody has looked at stays undecided.

use super::{
    exposure::ANY_TOOL,
    layer::{Noted, Undone},
    merge::Findings,
    told::Unasked,
};
use crate::{
    model::{
        agent_config::{AgentConfig, Pin, Server, Transport},
        effect::Effect,
    },
    rubric::servers::{Kept, ServerRules, WayBack},
};

/// What is known of the way back from one tool.
enum Known<'r> {
    Back(&'r WayBack),
    /// None, for this reason.
    Lost(&'static str),
    Undecided(String),
}

/// Looks for the way back from each tool that runs unasked.
pub(super) fn read(configs: &[&AgentConfig], rules: &ServerRules, findings: &Findings) -> Undone {
    let mut undone = Undone::default();
    for unasked in &findings.unasked {
        let noted = |detail: String| Noted {
            name: format!("{}: {}", unasked.owner, unasked.tool),
            detail,
            location: unasked.location.clone(),
        };
        match known(unasked, configs, rules, findings) {
            Known::Back(way) => {
                let handle = noted(format!("{} {}", way.by, way.from.describe()));
                match way.from {
                    Kept::Revisions => undone.by_revisions.push(handle.clone()),
                    Kept::Token | Kept::Call => {}
                }
                undone.handles.push(handle);
            }
            Known::Lost(why) => undone.lost.push(noted(why.to_owned())),
            Known::Undecided(why) => undone.undecided.push(noted(why)),
        }
    }
    for list in
        [&mut undone.handles, &mut undone.by_revisions, &mut undone.lost, &mut undone.undecided]
    {
        list.sort();
        list.dedup();
    }
    undone
}

fn known<'r>(
    unasked: &Unasked,
    configs: &[&AgentConfig],
    rules: &'r ServerRules,
    findings: &Findings,
) -> Known<'r> {
    let server = server(unasked, configs);
    let rule = server.map(|server| rules.recognise(server));
    let doubt = |way: &WayBack| way.doubt(server.and_then(pin));
    let way = rule.flatten().and_then(|rule| rule.way_back(&unasked.tool));
    let offered =
        |way: &WayBack| findings.within_reach.contains(&(unasked.location.clone(), way.by.clone()));
    match (way, rule) {
        (Some(way), _) if offered(way) => match doubt(way) {
            None => Known::Back(way),
            Some(doubt) => Known::Undecided(doubt),
        },
        (Some(way), _) => Known::Undecided(format!(
            "{} would put it back, and the configuration keeps that from the agent",
            way.by
        )),
        (None, _) if unasked.known && unasked.effect == Effect::Destructive => {
            Known::Lost("nothing that was read brings back what it destroys")
        }
        (None, _) if unasked.tool == ANY_TOOL => {
            Known::Undecided("the tools of its server are not known one by one".to_owned())
        }
        (None, Some(Some(rule))) => {
            Known::Undecided(format!("no tool of {} is known to put it back", rule.id))
        }
        (None, Some(None)) => Known::Undecided("no catalogue knows its server".to_owned()),
        (None, None) => Known::Undecided("nothing that was read says what puts it back".to_owned()),
    }
}

/// How its version is said; none for a server that somebody else starts.
fn pin(server: &Server) -> Option<&Pin> {
    match &server.transport {
        Transport::Stdio(launch) => Some(&launch.pin),
        Transport::Http { .. } | Transport::Unreadable => None,
    }
}

/// The server that gives a tool.
fn server<'c>(unasked: &Unasked, configs: &[&'c AgentConfig]) -> Option<&'c Server> {
    let mut servers = configs.iter().flat_map(|config| &config.servers);
    servers.find(|server| server.location == unasked.location)
}
