//! All rules, modes and lists of one client as one policy.

use std::collections::BTreeMap;

use super::{
    is_shell,
    named::Named,
    opened::{Opened, note_bypass},
};
use crate::{
    model::{
        agent_config::{
            AgentConfig, Client, Decision, PermissionMode, PermissionRule, RuleTarget, Server,
            SwitchKind,
        },
        gate::{Gate, GateKind},
        location::Location,
    },
    privilege::tools::{
        builtin,
        exposure::withheld,
        merge::{Findings, client_gate},
        mode, restriction,
    },
    rubric::servers::{ClientRule, ClientTool, ClientToolKind, Decides, Unset, glob},
};

/// The policy that is in force.
pub(super) struct Policy<'c> {
    client: Client,
    /// Rules that count, those of the weakest scope first.
    rules: Vec<&'c PermissionRule>,
    decides: Decides,
    mode: Option<(PermissionMode, &'c Location)>,
    opened: Opened,
    restrictions: Vec<(&'c SwitchKind, &'c Location)>,
    unset: Unset,
    spelt: Option<&'c str>,
}

impl<'c> Policy<'c> {
    pub(super) fn new(
        client: Client,
        rule: Option<&'c ClientRule>,
        configs: &[&'c AgentConfig],
        findings: &mut Findings,
    ) -> Self {
        let order = rule.map(|rule| rule.scopes.as_slice()).unwrap_or_default();
        // A scope that the client does not name keeps its place behind those it names.
        let rank = |config: &AgentConfig| {
            let named = order.iter().position(|scope| *scope == config.scope);
            (named.unwrap_or(order.len()), config.scope)
        };
        let mut sorted = configs.to_vec();
        sorted.sort_by_key(|config| rank(config));
        // A rejected file restricts nothing, and neither does a list of which a stronger
        // scope has another; what they would open still counts.
        let replaced = |config: &AgentConfig, list: &'static str| {
            let stronger = configs.iter().filter(|other| rank(other) > rank(config));
            stronger
                .filter(|other| other.rejected.is_none())
                .any(|other| other.lists.contains(&list))
        };
        let counts = |config: &AgentConfig, rule: &PermissionRule| {
            rule.decision < Decision::Ask
                || (config.rejected.is_none()
                    && !rule.list.is_some_and(|list| replaced(config, list)))
        };
        let mut rules: Vec<&PermissionRule> = sorted
            .iter()
            .flat_map(|config| config.rules.iter().filter(move |rule| counts(config, rule)))
            .collect();
        if rule.is_some_and(|rule| rule.merged) {
            rules = merged(rules);
        }
        rules.sort_by_key(|rule| rule.priority);
        let restrictions = restriction::in_force(configs, &rank);
        let on = |kind: &SwitchKind| restrictions.iter().any(|(known, _)| *known == kind);
        let (mode, unasked) = mode::in_force(configs, &rank, &on);
        for (mode, _, place) in unasked {
            let detail = match mode {
                PermissionMode::Bypass => "the mode asks nothing",
                _ => "a classifier decides, no human",
            };
            note_bypass(client, detail, place, findings);
        }
        let mut unset = rule.map(|rule| rule.unset.clone()).unwrap_or_default();
        unset.because = unset.because.replace("{client}", client.as_str());
        if rule.is_some_and(|rule| rule.mode_first) {
            let starts_in = mode.map(|(mode, _)| mode);
            match starts_in {
                Some(PermissionMode::Refuse) => rules.clear(),
                Some(PermissionMode::Bypass) => rules.retain(|rule| rule.decision < Decision::Ask),
                None if unset.gate == GateKind::None => {
                    rules.retain(|rule| rule.decision < Decision::Ask);
                }
                _ => {}
            }
        }
        let decides = rule.map(|rule| rule.decides).unwrap_or_default();
        if let Some(place) = allows_everything(&rules, decides) {
            note_bypass(client, "a rule allows every tool unasked", place, findings);
        }
        Self {
            client,
            rules,
            decides,
            mode,
            opened: Opened::read(client, configs, &restrictions, findings),
            restrictions,
            unset,
            spelt: rule.and_then(|rule| rule.spelt.as_deref()),
        }
    }

    /// What its rules call a tool of a server, where they join both into one name.
    pub(super) fn spelt(&self) -> Option<&'c str> {
        self.spelt
    }

    /// The rules that count.
    pub(super) fn rules(&self) -> impl Iterator<Item = &'c PermissionRule> {
        self.rules.iter().copied()
    }

    /// The client's gate of a tool of a server, and what opens it if something does.
    /// None as tool stands for tools that nobody listed.
    pub(super) fn of_server(
        &self,
        server: &Server,
        tool: Option<&str>,
    ) -> (Gate, Option<Location>) {
        if let Some(gate) = withheld(server, tool) {
            return (gate, None);
        }
        if let Some(place) = self.restriction(&SwitchKind::ServersOff) {
            let reason = "the client uses no server at all";
            return (client_gate(GateKind::Deny, Some(place.clone()), reason), None);
        }
        if let Some(place) = self.opened.refuses(&server.name) {
            let reason = "the client does not use the server";
            return (client_gate(GateKind::Deny, Some(place.clone()), reason), None);
        }
        let named = Named::new(self.spelt, &server.name, tool);
        let ruled = self.ruled(|rule| named.is_meant_by(rule));
        let approved = server
            .auto_approved
            .iter()
            .find(|(pattern, _)| tool.is_none_or(|tool| glob(pattern, tool)));
        let listed = if let Some(place) = &self.opened.everything {
            Some((place, "the client lets every tool run unasked"))
        } else if let Some(place) = &server.sandboxed {
            Some((place, "tools of a sandboxed server run unasked"))
        } else if let Some((_, place)) = approved {
            Some((place, "its entry lets it run unasked"))
        } else {
            let place = self.opened.lists(&server.name, tool);
            place.map(|place| (place, "the client's list lets it run unasked"))
        };
        self.decide(ruled, listed, || self.by_mode(None))
    }

    /// The client's gate of a tool of its own, and what opens it if something does.
    pub(super) fn of_own(&self, tool: &ClientTool) -> (Gate, Option<Location>) {
        if let Some(place) = self.opened.withholds(&tool.tool) {
            let reason = "the client keeps this tool from the agent";
            return (client_gate(GateKind::Deny, Some(place.clone()), reason), None);
        }
        let ruled = self.ruled(|rule| {
            let decision = rule.decision;
            builtin::names(rule, tool, decision == Decision::Allow) && builtin::is_whole(rule)
        });
        let all = |(command, _): &&(String, Location)| is_shell(tool) && command == "*";
        let all = self.opened.commands.iter().find(all).map(|(_, place)| place);
        let sandboxed = self.opened.sandboxed.as_ref().filter(|_| is_shell(tool));
        let listed = self.opened.everything.as_ref().or(all);
        let listed = listed
            .map(|place| (place, "the client lets it run unasked"))
            .or(sandboxed.map(|place| (place, "sandboxed commands run unasked")));
        self.decide(ruled, listed, || {
            let always = SwitchKind::AlwaysAsked(tool.tool.clone());
            match self.restriction(&always) {
                Some(place) => {
                    let reason = "each use of it is asked for";
                    client_gate(GateKind::Approve, Some(place.clone()), reason)
                }
                None => self.by_mode(Some(tool)),
            }
        })
    }

    /// Where a restriction stands that holds.
    fn restriction(&self, kind: &SwitchKind) -> Option<&'c Location> {
        self.restrictions.iter().find(|(known, _)| *known == kind).map(|(_, place)| *place)
    }

    /// The client's gate of a tool that a file brings.
    pub(super) fn of_unjudged(&self, tool: &str) -> Gate {
        let ruled = self.ruled(|rule| match &rule.target {
            RuleTarget::BuiltIn { tool: pattern, .. } => {
                glob(pattern, tool) && (builtin::is_whole(rule) || rule.decision == Decision::Allow)
            }
            RuleTarget::Mcp { .. } | RuleTarget::Unreadable(_) => false,
        });
        let listed = self.opened.everything.as_ref();
        let listed = listed.map(|place| (place, "the client lets every tool run unasked"));
        self.decide(ruled, listed, || self.by_mode(None)).0
    }

    /// The parts of a tool of its own that run unasked: `git status` of a shell.
    pub(super) fn opened_parts(&self, tool: &ClientTool) -> Vec<(String, Location)> {
        let whole = |rule: &PermissionRule| {
            builtin::names(rule, tool, false)
                && builtin::is_whole(rule)
                && rule.decision != Decision::Allow
        };
        let mut parts = Vec::new();
        if self.opened.withholds(&tool.tool).is_some() {
            return parts;
        }
        for (at, rule) in self.rules.iter().enumerate() {
            let Some(specifier) = builtin::specifier_of(rule) else { continue };
            if rule.decision != Decision::Allow || !builtin::names(rule, tool, true) {
                continue;
            }
            let overruled = match self.decides {
                Decides::Strictest => self.rules.iter().any(|rule| whole(rule)),
                Decides::LastMatch => self.rules.iter().skip(at).any(|rule| whole(rule)),
            };
            if !overruled {
                parts.push((specifier.to_owned(), rule.location.clone()));
            }
        }
        let commands = self.opened.commands.iter().filter(|(command, _)| command != "*");
        parts.extend(commands.filter(|_| is_shell(tool)).cloned());
        parts
    }

    /// Where a rule denies part of a tool of its own.
    pub(super) fn denied_part(&self, tool: &ClientTool) -> Option<&'c Location> {
        let denies = |rule: &&&PermissionRule| {
            rule.decision == Decision::Deny
                && builtin::specifier_of(rule).is_some()
                && builtin::names(rule, tool, false)
        };
        self.rules.iter().find(denies).map(|rule| &rule.location)
    }

    /// The gate of a tool that changes something and that nothing speaks of.
    pub(super) fn unset(&self) -> Gate {
        self.answered(self.by_mode(None))
    }

    /// The rule that counts among those that speak of a tool.
    fn ruled(&self, speaks: impl Fn(&PermissionRule) -> bool) -> Option<&'c PermissionRule> {
        let mut speaking = self.rules.iter().copied().filter(|rule| speaks(rule));
        match self.decides {
            Decides::LastMatch => speaking.next_back(),
            // Of equal ones the first, as a reader finds it.
            Decides::Strictest => {
                speaking.reduce(
                    |strictest, rule| {
                        if rule.decision > strictest.decision { rule } else { strictest }
                    },
                )
            }
        }
    }

    /// What a list opens runs, unless a rule denies it; a rule that asks and a list
    /// that opens leave it open.
    fn decide(
        &self,
        ruled: Option<&PermissionRule>,
        listed: Option<(&Location, &str)>,
        otherwise: impl FnOnce() -> Gate,
    ) -> (Gate, Option<Location>) {
        let at = |rule: &PermissionRule| Some(rule.location.clone());
        let (gate, opened_by) = match (ruled, listed) {
            (Some(rule), _) if rule.decision == Decision::Deny => {
                (client_gate(GateKind::Deny, at(rule), "a rule denies it"), None)
            }
            (_, Some((place, reason))) => {
                (client_gate(GateKind::None, Some(place.clone()), reason), Some(place.clone()))
            }
            (Some(rule), None) if rule.decision == Decision::Allow => {
                (client_gate(GateKind::None, at(rule), "a rule allows it unasked"), at(rule))
            }
            (Some(rule), None) if rule.decision == Decision::Claimed => {
                let reason = "whether anybody is asked, the server's own words of its tool decide";
                (client_gate(GateKind::Unknown, at(rule), reason), None)
            }
            (Some(rule), None) => match self.mode {
                Some((PermissionMode::Bypass, bypass)) => {
                    let reason = "a rule asks, and the mode that is set asks nothing";
                    (client_gate(GateKind::Unknown, Some(bypass.clone()), reason), None)
                }
                _ => {
                    let reason = "a rule asks a human each time";
                    (client_gate(GateKind::Approve, at(rule), reason), None)
                }
            },
            (None, None) => (otherwise(), None),
        };
        (self.answered(gate), opened_by)
    }

    /// A gate at which a model may stand in for the human.
    fn answered(&self, gate: Gate) -> Gate {
        match &self.opened.answered {
            Some(place) if gate.kind == GateKind::Approve => {
                let reason = "a model answers in place of the human who is asked";
                client_gate(GateKind::None, Some(place.clone()), reason)
            }
            _ => gate,
        }
    }

    /// The gate of what no rule speaks of: one of the client's own tools, or, for
    /// none, a tool of a server.
    fn by_mode(&self, own: Option<&ClientTool>) -> Gate {
        let kind = own.map(|tool| tool.kind);
        let own = own.and_then(|tool| tool.unset.as_ref());
        let Some((mode, place)) = self.mode else {
            if let (None, Some(ClientToolKind::Read)) = (own, kind) {
                return client_gate(GateKind::None, None, "reading is not asked for");
            }
            return self.by_default(own);
        };
        let place = Some(place.clone());
        match (mode, kind) {
            (PermissionMode::Refuse, _) => {
                client_gate(GateKind::Deny, place, "the mode refuses what no rule allows")
            }
            (PermissionMode::Bypass, _) => {
                client_gate(GateKind::None, place, "the mode asks nothing")
            }
            (PermissionMode::Classifier, _) => {
                client_gate(GateKind::None, place, "a classifier decides, no human")
            }
            (PermissionMode::AcceptEdits, Some(ClientToolKind::Edit)) => {
                client_gate(GateKind::None, place, "the mode accepts edits")
            }
            (_, Some(ClientToolKind::Read)) => {
                client_gate(GateKind::None, None, "reading is not asked for")
            }
            (PermissionMode::AskOutside, Some(_)) => {
                let reason = "a human is asked before anything leaves the sandbox";
                client_gate(GateKind::Approve, place, reason)
            }
            (PermissionMode::RefuseOutside, Some(_)) => {
                client_gate(GateKind::Deny, place, "nothing leaves the sandbox")
            }
            // Servers run beside the sandbox.
            (PermissionMode::AskOutside | PermissionMode::RefuseOutside, None) => {
                self.by_default(None)
            }
            (PermissionMode::Ask | PermissionMode::AcceptEdits, _) => {
                client_gate(GateKind::Approve, place, "the mode asks a human")
            }
            (PermissionMode::Plan, _) => {
                client_gate(GateKind::Unknown, place, "the mode plans first, and may be left")
            }
            (PermissionMode::Unrecognised, _) => {
                let reason = format!("{} knows no such mode", self.client.as_str());
                client_gate(GateKind::Unknown, place, reason)
            }
        }
    }

    /// The gate where no file says.
    fn by_default(&self, own: Option<&Unset>) -> Gate {
        let Unset { gate, because } = own.unwrap_or(&self.unset);
        client_gate(*gate, None, because)
    }
}

/// The rules of files that are put together key by key, the weakest first: one that speaks
/// of the same as one of another file takes its place, and no later one.
fn merged<'c>(rules: Vec<&'c PermissionRule>) -> Vec<&'c PermissionRule> {
    let mut places: BTreeMap<(u16, &str, Option<&str>), usize> = BTreeMap::new();
    let mut merged: Vec<&'c PermissionRule> = Vec::with_capacity(rules.len());
    for rule in rules {
        let RuleTarget::BuiltIn { tool, specifier } = &rule.target else {
            merged.push(rule);
            continue;
        };
        let place = places.entry((rule.priority, tool, specifier.as_deref()));
        let place = *place.or_insert(merged.len());
        match merged.get_mut(place) {
            Some(held) if held.location.path != rule.location.path => *held = rule,
            _ => merged.push(rule),
        }
    }
    merged
}

/// Where a rule allows every tool, and no rule that could take anything of it back
/// stands beside it.
fn allows_everything<'c>(rules: &[&'c PermissionRule], decides: Decides) -> Option<&'c Location> {
    let everything = |rule: &PermissionRule| {
        matches!(&rule.target, RuleTarget::BuiltIn { tool, .. } if tool == "*")
            && builtin::is_whole(rule)
            && rule.decision == Decision::Allow
    };
    let at = rules.iter().rposition(|rule| everything(rule))?;
    let against = match decides {
        Decides::Strictest => 0,
        Decides::LastMatch => at,
    };
    let restricted = rules.iter().skip(against).any(|rule| rule.decision >= Decision::Ask);
    rules.get(at).filter(|_| !restricted).map(|rule| &rule.location)
}
