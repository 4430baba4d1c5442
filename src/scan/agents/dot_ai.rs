//! `RemediationPolicy` of the DevOps AI Toolkit: which events it reacts to, and
//! whether it then acts or only recommends.

use std::sync::Arc;

use super::{
    Format, Reading,
    resource::{Resource, is_of, texts},
    secrets::{self, KeyNames},
};
use crate::{
    model::agent_config::{
        AgentConfig, Approval, Client, Notice, Problem, ProblemKind, Told, ToolReference,
        ToolSource,
    },
    source::{Document, node::Node},
};

pub(super) struct DotAi;

impl Format for DotAi {
    fn id(&self) -> &'static str {
        "dot-ai-remediation"
    }

    fn title(&self) -> &'static str {
        "DevOps AI Toolkit remediation policies"
    }

    fn version(&self) -> &'static str {
        "dot-ai.devopstoolkit.live/v1alpha1, 2026-06"
    }

    fn recognise(&self, document: &Document) -> bool {
        is_of(&document.root, "dot-ai.devopstoolkit.live")
            && document.root.str_at("kind") == Some("RemediationPolicy")
    }

    fn read(&self, document: &Document, _path: &str) -> Reading {
        let mut resource = Resource::of(document, self.id(), Client::DotAi);
        resource.refuse_templates(document.root.get("metadata").into_iter().flat_map(texts));
        if let Some(spec) = document.root.get("spec") {
            resource.refuse_templates(texts(spec).into_iter());
            policy(document, spec, &mut resource);
        }
        let mut config = resource.config;
        config.secrets = secrets::sweep(document, KeyNames::Everywhere);
        Reading::new(config, resource.gaps)
    }
}

/// What a selector of events leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Manual,
    Automatic,
    Unreadable,
}

impl Mode {
    fn of(node: &Node) -> Self {
        match node.as_str() {
            Some("manual") => Self::Manual,
            Some("automatic") => Self::Automatic,
            _ => Self::Unreadable,
        }
    }
}

fn policy(document: &Document, spec: &Node, resource: &mut Resource) {
    let file = &document.file;
    let selectors = spec.items_at("eventSelectors");
    // An empty text is no mode of its own.
    let own = |node: &'_ Node| node.as_str() != Some("");
    let general = spec.get("mode").filter(|node| own(node));
    let mut before: Vec<(&Node, Mode)> = Vec::new();
    let mut overridden = 0;
    for (at, selector) in selectors.iter().enumerate() {
        let special = selector.get("mode").filter(|node| own(node));
        overridden += usize::from(special.is_some());
        let deciding = special.or(general);
        let mode = deciding.map_or(Mode::Manual, Mode::of);
        let place = deciding.unwrap_or(selector).location(file);
        let approval = match mode {
            Mode::Automatic => Approval::NotAsked { reason: automatic(at, selector, spec) },
            Mode::Manual => Approval::Refused {
                location: place.clone(),
                reason: format!("selector {} is manual: it recommends and does nothing", at + 1),
            },
            Mode::Unreadable => Approval::Undecided {
                reason: format!("selector {} has a mode that the policy does not know", at + 1),
            },
        };
        resource.config.tools.push(ToolReference {
            source: ToolSource::BuiltIn("remediate".to_owned()),
            tool: None,
            approval,
            location: place,
        });
        let hidden_by = before
            .iter()
            .position(|(other, mode)| *mode != Mode::Manual && takes_all_of(other, selector));
        if let (Mode::Manual, Some(earlier)) = (mode, hidden_by) {
            resource.config.problems.push(Problem {
                kind: ProblemKind::DeadRule,
                subject: format!("eventSelectors[{at}]"),
                reason: format!(
                    "selector {} before it takes the same events, and acts on them",
                    earlier + 1
                ),
                location: selector.location(file),
            });
        }
        before.push((selector, mode));
    }
    if let Some(mode) = general
        && Mode::of(mode) == Mode::Manual
        && !selectors.is_empty()
        && overridden == selectors.len()
    {
        resource.config.problems.push(Problem {
            kind: ProblemKind::DeadRule,
            subject: "mode: manual".to_owned(),
            reason: "every selector has a mode of its own, which counts instead".to_owned(),
            location: mode.location(file),
        });
    }
    notifications(spec, file, &mut resource.config);
    limits(spec, file, &mut resource.config);
}

/// Its channels: the key, what people call it, and how each address of it starts.
const CHANNELS: [(&str, &str, &str); 2] = [
    ("slack", "Slack", "https://hooks.slack.com/"),
    ("googleChat", "Google Chat", "https://chat.googleapis.com/"),
];

/// Who is told of what the policy does: nobody, unless a channel is on.
fn notifications(spec: &Node, file: &Arc<str>, config: &mut AgentConfig) {
    let mut told = Told::Nobody("no channel of its notifications is on");
    for (key, name, start) in CHANNELS {
        let Some(node) = spec.at(&["notifications", key]) else { continue };
        if node.get("enabled").and_then(Node::as_bool) != Some(true) {
            continue;
        }
        let on = |key: &str, unset: bool| node.get(key).map_or(Some(unset), Node::as_bool);
        let messages = [on("notifyOnStart", false), on("notifyOnComplete", true)];
        let why_not = if !has_address(node, start) {
            "no address of the channel stands beside it, so nothing is sent; webhookUrlSecretRef \
             names one"
        } else if !messages.contains(&Some(true)) {
            "notifyOnStart and notifyOnComplete are both off, so nothing is sent"
        } else {
            told = Told::Channel(name.to_owned());
            continue;
        };
        config.problems.push(Problem {
            kind: ProblemKind::IgnoredValue,
            subject: format!("notifications.{key}.enabled"),
            reason: why_not.to_owned(),
            location: node.location(file),
        });
    }
    let place = spec.get("notifications").unwrap_or(spec);
    config.notices.push(Notice { tool: None, told, location: place.location(file) });
}

/// Whether a channel has an address that the controller takes; a reference to a Secret
/// goes before one that is written out.
fn has_address(channel: &Node, start: &str) -> bool {
    let filled = |node: &Node, key: &str| node.str_at(key).is_some_and(|text| !text.is_empty());
    let written = channel.str_at("webhookUrl").filter(|url| !url.is_empty());
    let fits = written.is_none_or(|url| url.starts_with(start));
    match channel.get("webhookUrlSecretRef") {
        Some(reference) => filled(reference, "name") && filled(reference, "key") && fits,
        None => written.is_some() && fits,
    }
}

/// A pause after each event is only counted where events are.
fn limits(spec: &Node, file: &Arc<str>, config: &mut AgentConfig) {
    let number = |key: &str| spec.at(&["rateLimiting", key]);
    let (Some(events), pause) = (number("eventsPerMinute"), number("cooldownMinutes")) else {
        return;
    };
    let paused = pause.is_none_or(|node| node.text().as_deref() != Some("0"));
    if events.text().as_deref() == Some("0") && paused {
        config.problems.push(Problem {
            kind: ProblemKind::IgnoredValue,
            subject: "rateLimiting.eventsPerMinute".to_owned(),
            reason: "0 switches the pause of cooldownMinutes off as well: the controller starts \
                     it where it counts events"
                .to_owned(),
            location: events.location(file),
        });
    }
}

/// Why a selector acts, with the bounds that the model itself is asked to keep.
fn automatic(at: usize, selector: &Node, spec: &Node) -> String {
    let bound = |key: &str, default: &str| {
        let written = selector.get(key).or_else(|| spec.get(key)).and_then(Node::text);
        written.filter(|text| text.len() <= 8).map_or_else(|| default.to_owned(), String::from)
    };
    format!(
        "selector {} is automatic: it does what the model proposes, up to risk {} at confidence {} \
         by the model's own judgement",
        at + 1,
        bound("maxRiskLevel", "low"),
        bound("confidenceThreshold", "0.8"),
    )
}

/// Whether an earlier selector takes every event that a later one would: the first
/// one that matches counts.
fn takes_all_of(earlier: &Node, later: &Node) -> bool {
    ["type", "reason", "involvedObjectKind", "namespace", "message"].iter().all(|key| match earlier
        .str_at(key)
        .filter(|text| !text.is_empty())
    {
        None => true,
        Some(text) => later.str_at(key) == Some(text),
    })
}
