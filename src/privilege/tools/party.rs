//! Who acts through a client: its session, and the subagents that it runs. A subagent's
//! file narrows what the session gives that one subagent; the session keeps what it has.

use std::collections::BTreeSet;

use super::merge::{Findings, client_gate};
use crate::{
    model::{
        agent_config::{AgentConfig, Client, Subagent},
        gate::{Gate, GateKind},
        location::Location,
    },
    rubric::servers::{ClientRule, ClientTool, glob},
};

/// Most subagents of one client that are read: far above what anyone runs.
const MOST: usize = 500;

/// Most of them that are held against the session's servers, for modes of their own.
const MOST_OPENING: usize = 16;

/// The session of a client, or one subagent with the session's policy around it.
pub(super) struct Party<'c> {
    /// The session's configurations, and the subagent's own.
    pub(super) configs: Vec<&'c AgentConfig>,
    /// Those whose servers are to be exposed: where the session was exposed already, and
    /// this subagent opens nothing of it, its own alone.
    pub(super) exposed: Vec<&'c AgentConfig>,
    subagent: Option<(&'c Subagent, &'c Location)>,
}

/// The parties to these configurations of one client.
pub(super) fn parties<'c>(
    client: Client,
    configs: &[&'c AgentConfig],
    findings: &mut Findings,
) -> Vec<Party<'c>> {
    let (subagents, session): (Vec<_>, Vec<_>) =
        configs.iter().copied().partition(|config| config.subagent.is_some());
    let mut parties = Vec::new();
    if !session.is_empty() {
        parties.push(Party { configs: session.clone(), exposed: session.clone(), subagent: None });
    } else if let Some(first) = subagents.first() {
        let about = first.client.as_str();
        findings.sole.doubt(format!("the session of {about} that runs it is in no file"));
    }
    if let Some(beyond) = subagents.get(MOST) {
        let reason = format!("only the first {MOST} subagents of {} are read", client.as_str());
        findings.gap(&beyond.location, reason);
    }
    let mut opened = BTreeSet::new();
    for config in subagents.into_iter().take(MOST) {
        let Some(subagent) = &config.subagent else { continue };
        let configs: Vec<_> = session.iter().copied().chain([config]).collect();
        // A mode may open what the session keeps; one like it did so already.
        let modes: Vec<_> = config.modes.iter().map(|setting| setting.mode).collect();
        let patterns: Option<Vec<_>> = subagent
            .tools
            .as_ref()
            .map(|tools| tools.iter().map(|(pattern, _)| pattern.as_str()).collect());
        let opens = !modes.is_empty() && opened.insert((modes, patterns));
        if opens && opened.len() > MOST_OPENING && !session.is_empty() {
            let reason = format!(
                "only the first {MOST_OPENING} subagents with modes of their own are held against \
                 the session's servers"
            );
            findings.gap(&config.location, reason);
        }
        let opens = opens && opened.len() <= MOST_OPENING;
        parties.push(Party {
            exposed: if opens || session.is_empty() { configs.clone() } else { vec![config] },
            configs,
            subagent: Some((subagent, &config.location)),
        });
    }
    parties
}

impl Party<'_> {
    /// Whether a rule at this place is no other party's.
    pub(super) fn is_own(&self, rule: &Location) -> bool {
        self.subagent.is_none_or(|(_, own)| own.path == rule.path)
    }

    /// The gate of a tool of a server that its file does not give a subagent; none as tool
    /// stands for tools that nobody listed.
    pub(super) fn withholds(
        &self,
        server: &str,
        tool: Option<&str>,
        rule: Option<&ClientRule>,
    ) -> Option<Gate> {
        let spelt = rule.and_then(|rule| rule.spelt.as_deref()).unwrap_or("{server}/{tool}");
        // Some clients write every other character of a server's name as an underscore.
        let plain: String = server
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '_' })
            .collect();
        let given = |pattern: &str| {
            [server, &plain].into_iter().any(|server| {
                let full = |tool: &str| spelt.replace("{server}", server).replace("{tool}", tool);
                let start = full("");
                pattern == start.trim_end_matches(['_', '/', '.', ':'])
                    || match tool {
                        Some(tool) => glob(pattern, &full(tool)) || pattern == tool,
                        None => glob(pattern, &full("*")) || pattern.starts_with(&start),
                    }
            })
        };
        self.keeps_from(given)
    }

    /// The gate of a tool of the client that its file does not give a subagent.
    pub(super) fn withholds_own(&self, tool: &ClientTool) -> Option<Gate> {
        self.keeps_from(|pattern| {
            let pattern = pattern.split('(').next().unwrap_or(pattern).trim();
            let named =
                |name: &str| glob(&pattern.to_ascii_lowercase(), &name.to_ascii_lowercase());
            named(&tool.tool) || tool.aliases.iter().any(|alias| named(alias))
        })
    }

    fn keeps_from(&self, given: impl Fn(&str) -> bool) -> Option<Gate> {
        let (subagent, own) = self.subagent?;
        let tools = subagent.tools.as_ref()?;
        let any = tools.iter().any(|(pattern, _)| given(pattern));
        let place = tools.first().map_or(own, |(_, place)| place);
        (!any).then(|| {
            let reason = format!("the tools that {} is given leave it out", subagent.name);
            client_gate(GateKind::Deny, Some(place.clone()), reason)
        })
    }
}
