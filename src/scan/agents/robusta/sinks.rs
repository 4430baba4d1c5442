//! Robusta's sinks: who reads what a playbook reports. An action by itself reports
//! nothing; a playbook does where one of its actions makes a finding.

use std::sync::Arc;

use crate::{
    model::agent_config::{AgentConfig, Notice, Problem, ProblemKind, Told, ToolReference},
    scan::agents::entries::all,
    source::node::Node,
};

/// Sinks that people are at the other end of: the key, what people call it, and the key
/// that names the channel or whoever is called.
const READ: [(&str, &str, &str); 14] = [
    ("slack_sink", "Slack", "slack_channel"),
    ("ms_teams_sink", "Microsoft Teams", "webhook_url"),
    ("google_chat_sink", "Google Chat", "webhook_url"),
    ("discord_sink", "Discord", "url"),
    ("mattermost_sink", "Mattermost", "channel"),
    ("rocketchat_sink", "Rocket.Chat", "channel"),
    ("zulip_sink", "Zulip", "stream_name"),
    ("webex_sink", "Webex", "room_id"),
    ("telegram_sink", "Telegram", "chat_id"),
    ("mail_sink", "mail", "mailto"),
    ("pagerduty_sink", "PagerDuty", "api_key"),
    ("opsgenie_sink", "Opsgenie", "api_key"),
    ("victorops_sink", "Splunk On-Call", "url"),
    ("pushover_sink", "Pushover", "user"),
];

/// Keys of a sink that keep some findings from it.
const NARROWED_BY: [&str; 4] = ["match", "scope", "activity", "mute_intervals"];

/// One sink of the values.
struct Sink<'n> {
    name: &'n str,
    by_default: bool,
    told: Told,
}

/// The sinks of the values; none where nothing is said of them.
pub(super) struct Sinks<'n>(Option<Vec<Sink<'n>>>);

impl<'n> Sinks<'n> {
    /// Reads `sinksConfig`; sinks without a channel are noted.
    pub(super) fn read(root: &'n Node, file: &Arc<str>, config: &mut AgentConfig) -> Self {
        let mut lists = all(root, "sinksConfig").peekable();
        if lists.peek().is_none() {
            return Self(None);
        }
        let entries = lists
            .flat_map(|list| list.as_sequence().unwrap_or_default())
            .flat_map(Node::entries)
            .map(|(key, node)| {
                let told = told(&key.name, node);
                if told == Told::Nobody(NO_CHANNEL) {
                    config.problems.push(Problem {
                        kind: ProblemKind::IgnoredValue,
                        subject: key.name.clone(),
                        reason: "it names no channel, so nobody is told".to_owned(),
                        location: node.location(file),
                    });
                }
                Sink {
                    name: node.str_at("name").unwrap_or_default(),
                    by_default: node.get("default").and_then(Node::as_bool) != Some(false),
                    told,
                }
            });
        Self(Some(entries.collect()))
    }

    /// Notes who is told of what a playbook does: `tools` are its actions.
    pub(super) fn note(
        &self,
        playbook: &Node,
        tools: &[ToolReference],
        file: &Arc<str>,
        config: &mut AgentConfig,
    ) {
        let location = playbook.location(file);
        for tool in tools {
            let told = self.told(playbook);
            let tool = Some(tool.location.clone());
            config.notices.push(Notice { tool, told, location: location.clone() });
        }
    }

    fn told(&self, playbook: &Node) -> Told {
        let Some(sinks) = &self.0 else {
            return Told::Undecided("which sinks it has is not in this file");
        };
        let named: Vec<&str> = playbook.items_at("sinks").iter().filter_map(Node::as_str).collect();
        let used = |sink: &&Sink<'_>| {
            if named.is_empty() { sink.by_default } else { named.contains(&sink.name) }
        };
        let used: Vec<&Sink<'_>> = sinks.iter().filter(used).collect();
        let channel = used.iter().find(|sink| matches!(sink.told, Told::Channel(_)));
        let reports = playbook
            .items_at("actions")
            .iter()
            .flat_map(Node::entries)
            .any(|(key, _)| key.name == "create_finding" || key.name.ends_with("_enricher"));
        match channel.or_else(|| used.first()) {
            // Values of a chart are laid over each other.
            None => Told::Undecided("no sink of this file takes what it reports"),
            Some(sink) if reports => sink.told.clone(),
            Some(_) => Told::Undecided("none of its actions is known to report anything"),
        }
    }
}

const NO_CHANNEL: &str = "its sink names no channel";

fn told(key: &str, sink: &Node) -> Told {
    let Some((_, name, channel)) = READ.iter().find(|(known, ..)| *known == key) else {
        return Told::Undecided("who reads its sink is not known");
    };
    let filled = sink.get(channel).and_then(Node::text).is_some_and(|text| !text.trim().is_empty());
    if !filled {
        return Told::Nobody(NO_CHANNEL);
    }
    if NARROWED_BY.iter().any(|key| sink.get(key).is_some()) {
        return Told::Undecided("its sink takes a part of what it reports");
    }
    Told::Channel((*name).to_owned())
}
