//! What a server offers: its tools by the catalogue, less what its own switches
//! take away.

mod answer;

use std::collections::BTreeMap;

use super::{
    coded,
    merge::{Findings, client_gate},
    observe::Observation,
};
use crate::{
    model::{
        agent_config::{Argument, Pin, Server, ServerListing, Transport},
        effect::Effect,
        gate::{Enforcer, FailMode, Gate, GateKind},
    },
    rubric::servers::{Meaning, Posture, ServerRule, Source, State, SwitchRule, glob},
};

/// Stands for every tool of a server whose tools nobody listed.
pub(super) const ANY_TOOL: &str = "any tool";

/// One tool of a server.
#[derive(Debug, Clone)]
pub(super) struct Offer {
    pub(super) tool: String,
    pub(super) effect: Effect,
    pub(super) known: bool,
    /// What the server itself puts before it.
    pub(super) gate: Option<Gate>,
    /// Whether it gives the agent the machine the server runs on.
    pub(super) host: bool,
}

/// The gate of a tool that the client keeps from the agent; none as tool stands for
/// tools that nobody listed.
pub(super) fn withheld(server: &Server, tool: Option<&str>) -> Option<Gate> {
    let hidden = server.hidden.iter().find(|(pattern, _)| match tool {
        Some(tool) => glob(pattern, tool),
        None => pattern == "*",
    });
    if let Some((_, place)) = hidden {
        let reason = "the client keeps this tool from the agent";
        return Some(client_gate(GateKind::Deny, Some(place.clone()), reason));
    }
    let selected = server.selected.as_ref()?;
    // Of tools that nobody listed, a selection that is not empty hands on some.
    let handed_on = selected.iter().any(|(pattern, _)| tool.is_none_or(|tool| glob(pattern, tool)));
    let place = selected.first().map_or(&server.location, |(_, place)| place);
    (!handed_on).then(|| {
        let reason = "the client hands on other tools of this server only";
        client_gate(GateKind::Deny, Some(place.clone()), reason)
    })
}

/// What a server offers.
pub(super) fn offers(
    server: &Server,
    rule: Option<&ServerRule>,
    findings: &mut Findings,
) -> Vec<Offer> {
    let asked = findings.asked.get(&server.location).cloned();
    let Some(rule) = rule else {
        // What it answers is what it offers; its code only says what it would.
        let coded = if asked.is_none() { coded::of(server, findings) } else { None };
        return coded.cloned().unwrap_or_else(|| answer::unknown(server, asked.as_deref()));
    };
    let switches = Switches::read(server, rule, findings);
    let mut offers = Vec::new();
    if let Some(effect) = rule.unlisted {
        let effect = if switches.reads_only(rule, ANY_TOOL) {
            effect.min(Effect::SensitiveRead)
        } else {
            effect
        };
        offers.push(switches.offer(server, rule, ANY_TOOL, effect, None));
    }
    for (tool, effect) in rule.all_tools() {
        offers.extend(switches.listed(server, rule, tool, effect));
    }
    for tool in switches.selected_unknown(rule) {
        let mut offer = switches.offer(server, rule, &tool, Effect::Destructive, None);
        offer.known = false;
        offers.push(offer);
    }
    if let Some(answer) = asked {
        offers = switches.as_answered(server, rule, &answer, offers);
    }
    switches.note_partial(server, rule, &offers, findings);
    offers
}

/// How the switches of a server stand.
struct Switches<'r> {
    read_only: bool,
    unlock_all: bool,
    unlocked: Vec<&'r str>,
    hidden: Vec<&'r str>,
    /// The switches that hide these.
    hiding: Vec<&'r SwitchRule>,
    selected: Option<Vec<String>>,
    /// Whether a selection that nobody can read goes before every restriction.
    overruled: bool,
    /// The tools beside which there is none, whatever else allows.
    only: Option<Vec<String>>,
    dropped: Vec<String>,
    /// Tools that values of switches name, by switch.
    listed_by: BTreeMap<&'r str, Vec<String>>,
    toolsets: Option<Vec<String>>,
    /// Whether toolsets beyond the default ones may be offered.
    any_toolset: bool,
    on: Vec<&'r str>,
    open: Vec<&'r str>,
}

impl<'r> Switches<'r> {
    fn read(server: &Server, rule: &'r ServerRule, findings: &mut Findings) -> Self {
        let mut switches = Self {
            read_only: false,
            unlock_all: false,
            unlocked: Vec::new(),
            hidden: Vec::new(),
            hiding: Vec::new(),
            selected: None,
            overruled: false,
            only: None,
            dropped: Vec::new(),
            listed_by: BTreeMap::new(),
            toolsets: None,
            any_toolset: false,
            on: Vec::new(),
            open: Vec::new(),
        };
        for switch in &rule.switches {
            switches.take(server, rule, switch, findings);
        }
        if let Transport::Stdio(launch) = &server.transport {
            let elsewhere = launch.arguments.iter().any(|argument| match argument {
                Argument::Flag { name, .. } => rule.settings_elsewhere.contains(name),
                Argument::Word(_) | Argument::Url(_) => false,
            });
            if elsewhere {
                switches.any_toolset = true;
                findings.gap(
                    &server.location,
                    format!("{} reads settings from a file that is not evaluated", server.name),
                );
            }
        }
        switches
    }

    fn take(
        &mut self,
        server: &Server,
        rule: &ServerRule,
        switch: &'r SwitchRule,
        findings: &mut Findings,
    ) {
        let mut state = switch.state(server);
        if matches!(state, State::On(_)) && contradicted(server, rule, switch) {
            state = State::Ignored;
        }
        let setting = spelling(switch);
        match &state {
            State::Unset | State::Off => return,
            State::Ignored => {
                if switch.does.restricts() {
                    let detail = format!("{setting} is set in a way that the server may ignore");
                    findings.observations.push(
                        Observation::new("switch", &server.name, detail, &server.location)
                            .with("state", "ignored"),
                    );
                }
                return;
            }
            State::Unresolved => {
                findings.gap(
                    &server.location,
                    format!("the value of {setting} of {} is not in the evidence", server.name),
                );
                match switch.does {
                    // What it selects may be more than is offered without it.
                    Meaning::SelectToolsets => self.any_toolset = true,
                    Meaning::SelectTools => self.overruled = true,
                    _ => {}
                }
                if switch.does.restricts() {
                    return;
                }
                self.open.push(&switch.name);
            }
            State::On(_) => self.on.push(&switch.name),
        }
        let value = match state {
            State::On(value) => value,
            _ => None,
        };
        match &switch.does {
            Meaning::ReadOnly => self.read_only = true,
            Meaning::Hide(tools) => {
                self.hidden.extend(tools.iter().map(String::as_str));
                self.hiding.push(switch);
            }
            Meaning::UnlockAll => self.unlock_all = true,
            Meaning::Unlock(tools) => self.unlocked.extend(tools.iter().map(String::as_str)),
            Meaning::SelectTools => match value {
                Some(list) => self.selected = Some(split(&list)),
                None => {
                    self.overruled = true;
                    findings.gap(
                        &server.location,
                        format!(
                            "the tools that {setting} of {} selects are not known",
                            server.name
                        ),
                    );
                }
            },
            Meaning::OnlyTools => match value {
                Some(list) => self.only = Some(split(&list)),
                None => findings.gap(
                    &server.location,
                    format!("the tools that {setting} of {} selects are not known", server.name),
                ),
            },
            Meaning::HideTools => self.dropped.extend(value.iter().flat_map(|list| split(list))),
            Meaning::SelectToolsets => match value {
                Some(list) => self.toolsets = Some(split(&list)),
                None => self.any_toolset = true,
            },
            Meaning::Weaken(how) => findings.observations.push(
                Observation::new(
                    "switch",
                    &server.name,
                    format!("{setting}: {how}"),
                    &server.location,
                )
                .with("state", "weakens"),
            ),
            Meaning::Marker => {
                let named = switch.values(server).into_iter().flat_map(|list| split(&list));
                self.listed_by.entry(&switch.name).or_default().extend(named);
            }
        }
    }

    /// Whether the server refuses to change anything through this tool.
    fn reads_only(&self, rule: &ServerRule, tool: &str) -> bool {
        if self.overruled || rule.kept_by_read_only.iter().any(|kept| kept == tool) {
            return false;
        }
        let locked =
            rule.posture == Posture::ReadOnly && !self.unlock_all && !self.unlocked.contains(&tool);
        self.read_only || locked
    }

    fn listed(
        &self,
        server: &Server,
        rule: &ServerRule,
        tool: &str,
        effect: Effect,
    ) -> Option<Offer> {
        if let Some(selected) = &self.selected {
            let offered = selected.iter().any(|name| name == tool);
            let gate = (!offered).then(|| denied(server, "its list of tools leaves it out"));
            return Some(self.offer(server, rule, tool, effect, gate));
        }
        if let Some(toolset) = rule.toolset_of(tool) {
            match &self.toolsets {
                Some(chosen) if !chosen.iter().any(|name| name == toolset || name == "all") => {
                    let gate = denied(server, "its list of toolsets leaves it out");
                    return Some(self.offer(server, rule, tool, effect, Some(gate)));
                }
                Some(_) => {}
                None if self.any_toolset => {}
                None if rule.toolsets_by_default(pin(server)).any(|name| name == toolset) => {}
                None => return None,
            }
        }
        if self.only.as_ref().is_some_and(|only| !only.iter().any(|name| name == tool)) {
            let gate = denied(server, "its list of tools leaves it out");
            return Some(self.offer(server, rule, tool, effect, Some(gate)));
        }
        let hidden = self.hidden.contains(&tool) || self.dropped.iter().any(|name| name == tool);
        if hidden && !self.overruled {
            let gate = denied(server, "the server hides it");
            return Some(self.offer(server, rule, tool, effect, Some(gate)));
        }
        if effect.is_mutating() && self.reads_only(rule, tool) {
            if rule.mixed.iter().any(|mixed| mixed == tool) {
                return Some(self.offer(server, rule, tool, Effect::SensitiveRead, None));
            }
            let gate = denied(server, "the server only reads");
            return Some(self.offer(server, rule, tool, effect, Some(gate)));
        }
        Some(self.offer(server, rule, tool, effect, None))
    }

    fn offer(
        &self,
        server: &Server,
        rule: &ServerRule,
        tool: &str,
        effect: Effect,
        gate: Option<Gate>,
    ) -> Offer {
        let gate = gate.or_else(|| self.confirmation(server, rule, tool, effect));
        Offer {
            tool: tool.to_owned(),
            effect,
            known: true,
            gate,
            host: rule.host_tools.iter().any(|host| host == tool),
        }
    }

    /// What the server asks a human before it runs the tool.
    fn confirmation(
        &self,
        server: &Server,
        rule: &ServerRule,
        tool: &str,
        effect: Effect,
    ) -> Option<Gate> {
        let asks = rule.confirmations.iter().find(|asks| {
            let concerns = if let Some(switch) = &asks.tools_of {
                let named = self.listed_by.get(switch.as_str());
                named.is_some_and(|named| named.iter().any(|name| name == tool))
            } else if asks.tools.is_empty() {
                effect.is_mutating()
            } else {
                asks.tools.iter().any(|name| name == tool)
            };
            let on = |name: &String| self.on.iter().any(|on| on == name);
            let open = |name: &String| on(name) || self.open.iter().any(|open| open == name);
            concerns
                && asks.needs.as_ref().is_none_or(on)
                && !asks.unless.as_ref().is_some_and(open)
        })?;
        // A question of which nobody knows what follows when it cannot be put.
        let kind = match asks.fail_mode {
            FailMode::Unknown => GateKind::Unknown,
            FailMode::Closed | FailMode::Open => GateKind::Approve,
        };
        Some(Gate {
            kind,
            enforced_by: Some(Enforcer::Server),
            fail_mode: asks.fail_mode,
            location: Some(server.location.clone()),
            reason: format!("{} asks through the client before it acts", server.name),
        })
    }

    /// Tools that a selection names and the catalogue does not know.
    fn selected_unknown(&self, rule: &ServerRule) -> Vec<String> {
        let selected = self.selected.iter().flatten().chain(self.only.iter().flatten());
        selected.filter(|tool| rule.effect_of(tool).is_none()).cloned().collect()
    }

    /// What it offers, where it was asked: the tools that it listed, whatever its
    /// switches mean. What it did not list is there only where its list broke off, or is of
    /// an earlier day and another version may run today.
    fn as_answered(
        &self,
        server: &Server,
        rule: &ServerRule,
        answer: &ServerListing,
        by_switches: Vec<Offer>,
    ) -> Vec<Offer> {
        let mut offers = Vec::new();
        let whole = answer.is_whole(&server.transport);
        for (name, tool) in &answer.tools {
            let known = by_switches.iter().find(|offer| offer.tool == *name);
            offers.push(match (known, rule.effect_of(name)) {
                (Some(offer), _) if !is_denied(offer) => offer.clone(),
                (_, Some(effect)) => self.offer(server, rule, name, effect, None),
                (_, None) => {
                    let effect = match rule.unlisted {
                        Some(effect) if self.reads_only(rule, name) => {
                            effect.min(Effect::SensitiveRead)
                        }
                        Some(effect) => effect,
                        None => Effect::Destructive,
                    };
                    let mut offer = self.offer(server, rule, name, effect, None);
                    offer.known = rule.unlisted.is_some() || answer::admits(tool);
                    offer.host |= rule.host_tools.iter().any(|host| host == ANY_TOOL);
                    offer
                }
            });
        }
        for offer in by_switches {
            let runs = !whole || is_denied(&offer) || self.runs_unlisted(&offer.tool);
            if answer.tools.contains_key(&offer.tool) {
                continue;
            } else if offer.tool == ANY_TOOL {
                offers.extend((!whole).then_some(offer));
            } else if runs {
                offers.push(offer);
            } else {
                let gate = denied(server, "the server did not list it when it was asked");
                offers.push(Offer { gate: Some(gate), ..offer });
            }
        }
        offers
    }

    /// Whether a setting names the tool itself: some servers run such a tool although
    /// another setting keeps it out of their list.
    fn runs_unlisted(&self, tool: &str) -> bool {
        self.selected.iter().flatten().any(|name| name == tool)
    }

    /// Hiding the worst tools is no read-only mode while others that destroy
    /// or escalate stay.
    fn note_partial(
        &self,
        server: &Server,
        rule: &ServerRule,
        offers: &[Offer],
        findings: &mut Findings,
    ) {
        let left: Vec<&str> = offers
            .iter()
            .filter(|offer| offer.gate.is_none() && offer.effect.is_irreversible())
            .map(|offer| offer.tool.as_str())
            .collect();
        let hides_worst = |switch: &&&SwitchRule| match &switch.does {
            Meaning::Hide(tools) => tools
                .iter()
                .any(|tool| rule.effect_of(tool).is_some_and(|effect| effect.is_irreversible())),
            _ => false,
        };
        let Some(hides) = self.hiding.iter().find(hides_worst).filter(|_| !left.is_empty()) else {
            return;
        };
        let setting = spelling(hides);
        let named = left.iter().take(3).copied().collect::<Vec<_>>().join(", ");
        let detail = format!("{setting} leaves {named}");
        findings.observations.push(
            Observation::new("switch", &server.name, detail, &server.location)
                .with("state", "partial"),
        );
    }
}

/// Whether a restriction is set one way here and the other way elsewhere, by a flag and a
/// variable, say: which of both the server follows nobody needs to know.
fn contradicted(server: &Server, rule: &ServerRule, switch: &SwitchRule) -> bool {
    let against = |other: &SwitchRule| {
        other.name != switch.name
            && other.does == switch.does
            && matches!(other.state(server), State::Off | State::Ignored)
    };
    switch.does.restricts() && rule.switches.iter().any(against)
}

/// The version that is started; none of what is called.
fn pin(server: &Server) -> Option<&Pin> {
    match &server.transport {
        Transport::Stdio(launch) => Some(&launch.pin),
        Transport::Http { .. } | Transport::Unreadable => None,
    }
}

fn is_denied(offer: &Offer) -> bool {
    offer.gate.as_ref().is_some_and(|gate| gate.kind == GateKind::Deny)
}

fn denied(server: &Server, reason: &str) -> Gate {
    Gate {
        kind: GateKind::Deny,
        enforced_by: Some(Enforcer::Server),
        fail_mode: FailMode::Closed,
        location: Some(server.location.clone()),
        reason: reason.to_owned(),
    }
}

fn split(list: &str) -> Vec<String> {
    list.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
}

/// The setting as a person writes it.
fn spelling(switch: &SwitchRule) -> String {
    match &switch.by {
        Source::Flag(names) => names.first().cloned().unwrap_or_default(),
        Source::Env(name) | Source::Header(name) => name.clone(),
        Source::UrlPath(path) => path.clone(),
    }
}
