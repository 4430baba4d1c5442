//! Observations, and the risks that the rules make of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    model::{
        capability::{Capability, Condition, Grant, RiskHit},
        gate::FailMode,
        location::Location,
        text::some_of,
    },
    rubric::agents::{AgentRisk, AgentRisks},
};

/// Something seen, in the terms that rules are written in.
#[derive(Debug, Clone)]
pub(super) struct Observation {
    /// `server`, `tool`, `secret`, `problem`, `switch`, `mode`, `rule`, `hook`, `confirmation`,
    /// `drift`, `loader`.
    pub(super) kind: &'static str,
    /// What it is about: a server, a setting. Hits of one rule about one
    /// subject are one hit.
    pub(super) subject: String,
    /// One clause for the message.
    pub(super) detail: String,
    /// The tool, where it is about one.
    pub(super) tool: Option<String>,
    /// What rules ask for.
    pub(super) attributes: BTreeMap<&'static str, String>,
    /// Where it stands, and what that is.
    pub(super) grant: Grant,
}

impl Observation {
    pub(super) fn new(
        kind: &'static str,
        subject: impl Into<String>,
        detail: impl Into<String>,
        location: &Location,
    ) -> Self {
        let subject = subject.into();
        let detail = detail.into();
        let grant =
            Grant { description: subject.clone(), location: location.clone(), cut_at: None };
        Self { kind, subject, detail, tool: None, attributes: BTreeMap::new(), grant }
    }

    pub(super) fn of_tool(mut self, tool: &str) -> Self {
        self.tool = Some(tool.to_owned());
        self
    }

    pub(super) fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.attributes.insert(name, value.to_string());
        self
    }
}

/// The observation that a tool itself is.
pub(super) fn tool(capability: &Capability) -> Observation {
    let location = capability.grants.first().map(|grant| grant.location.clone());
    let location = capability.gate.location.clone().or(location);
    let location = location.unwrap_or_else(|| Location::file("unknown"));
    let tool = capability.id.rsplit('/').next().unwrap_or_default();
    let mut seen = Observation::new("tool", &capability.scope, &capability.gate.reason, &location)
        .with("effect", capability.effect.as_str())
        .with("effectKnown", capability.effect_known)
        .with("gate", capability.gate.kind.as_str())
        .with("gated", capability.gate.holds())
        .with("failsOpen", capability.gate.fail_mode == FailMode::Open);
    seen.tool = Some(tool.to_owned());
    seen
}

/// The attribute that says how a mode is switched off; remedies have it as `{off}`.
pub(super) const SWITCHED_OFF: &str = "off";

/// Most names that a message lists.
const NAMED: usize = 3;

/// The risks that these observations are, one for each rule and subject.
pub(super) fn risks(observations: &[Observation], rules: &AgentRisks) -> Vec<RiskHit> {
    let mut hits = Vec::new();
    for rule in &rules.0 {
        let mut subjects: BTreeMap<&str, Vec<&Observation>> = BTreeMap::new();
        for seen in observations {
            if rule.matches(seen.kind, &seen.attributes) {
                subjects.entry(&seen.subject).or_default().push(seen);
            }
        }
        for seen in subjects.into_values() {
            // Tools of one server are one finding; everything else is its own.
            if seen.iter().all(|one| one.tool.is_some()) {
                hits.extend(hit(rule, &seen));
            } else {
                hits.extend(seen.into_iter().filter_map(|one| hit(rule, &[one])));
            }
        }
    }
    hits.sort_by(|a, b| {
        let key = |hit: &RiskHit| (std::cmp::Reverse(hit.severity), hit.rule.clone());
        (key(a), &a.scope, &a.grants, &a.message).cmp(&(key(b), &b.scope, &b.grants, &b.message))
    });
    hits.dedup();
    hits
}

fn hit(rule: &AgentRisk, seen: &[&Observation]) -> Option<RiskHit> {
    let first = seen.first()?;
    // Several parties of a client may show the same tool.
    let mut named = BTreeSet::new();
    let names: Vec<&str> = seen
        .iter()
        .filter_map(|one| one.tool.as_deref())
        .filter(|name| named.insert(*name))
        .collect();
    let tools = some_of(&names, NAMED);
    let fill = |text: &str| {
        let text = text
            .replace("{subject}", &first.subject)
            .replace("{detail}", &first.detail)
            .replace("{tools}", &tools);
        match first.attributes.get(SWITCHED_OFF) {
            Some(how) => text.replace("{off}", how),
            None => text,
        }
    };
    let mut grants: Vec<Grant> = seen.iter().map(|one| one.grant.clone()).collect();
    grants.sort();
    grants.dedup();
    Some(RiskHit {
        rule: rule.id.clone(),
        title: rule.title.clone(),
        class: rule.class,
        severity: rule.severity,
        message: fill(&rule.message),
        remedy: fill(&rule.remedy),
        grants,
        condition: Condition::Always,
        scope: first.subject.clone(),
    })
}
