//! The document, written.

use serde::Serialize;

use crate::{
    model::agent_config::{Hints, ListedKind},
    scan::snapshot::{Collection, Metadata, write},
    source::list::MCP_SNAPSHOT,
};

/// A server as it answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// What its configuration calls it.
    pub name: String,
    /// RFC 3339; all that differs between two equal answers.
    pub collected_at: String,
    /// The file of the configuration, as shown.
    pub config: String,
    /// Digest of the entry.
    pub entry: String,
    /// What it calls itself, with its version.
    pub server: Option<String>,
    /// The version of the protocol that it speaks.
    pub protocol: String,
    /// Digest of its instructions.
    pub instructions: Option<String>,
    /// The lists that it gave to their end.
    pub whole: Vec<ListedKind>,
    /// Those that it did not, and why.
    pub gaps: Vec<Unlisted>,
    /// All that it lists, in any order.
    pub items: Vec<Item>,
}

/// A list that was not given to its end.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Unlisted {
    /// `tool`, `prompt`, `resource`, `template`.
    pub list: &'static str,
    /// Why.
    pub reason: String,
}

/// One thing that it lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What it is.
    pub kind: ListedKind,
    /// Its name, fit to be shown.
    pub name: String,
    /// Digest of title and description.
    pub text: String,
    /// Of a tool, digest of what it takes and gives.
    pub schema: Option<String>,
    /// Of a tool, what the server claims.
    pub hints: Hints,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed<'a> {
    config: &'a str,
    entry: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    server: Option<&'a str>,
    protocol: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    instructions: Option<&'a str>,
    whole: Vec<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    kind: &'static str,
    name: &'a str,
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    schema: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    read_only: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    destructive: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    idempotent: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    open_world: Option<bool>,
}

impl Collection for Snapshot {
    fn name(&self) -> &str {
        &self.name
    }

    fn set_collected_at(&mut self, time: String) {
        self.collected_at = time;
    }

    fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        let metadata = Metadata {
            name: &self.name,
            collected_at: &self.collected_at,
            server_version: None,
            account: None,
            gradus_version: env!("CARGO_PKG_VERSION"),
        };
        let listed = Listed {
            config: &self.config,
            entry: &self.entry,
            server: self.server.as_deref(),
            protocol: &self.protocol,
            instructions: self.instructions.as_deref(),
            whole: self.whole.iter().map(|kind| kind.as_str()).collect(),
        };
        let mut items: Vec<&Item> = self.items.iter().collect();
        // The order of a list says nothing, and some servers change it.
        items.sort_by_key(|item| (item.kind, &item.name, &item.text, &item.schema));
        let lines = items.into_iter().map(line).collect::<Result<Vec<_>, _>>()?;
        write(MCP_SNAPSHOT, &metadata, &listed, &self.gaps, &lines)
    }

    fn missing(&self) -> Vec<String> {
        self.gaps.iter().map(|gap| format!("{}s: {}", gap.list, gap.reason)).collect()
    }

    fn extent(&self) -> String {
        let of = |kind| self.items.iter().filter(|item| item.kind == kind).count();
        format!(
            "{} tools, {} prompts, {} resources",
            of(ListedKind::Tool),
            of(ListedKind::Prompt),
            of(ListedKind::Resource) + of(ListedKind::Template)
        )
    }
}

fn line(item: &Item) -> serde_json::Result<Box<[u8]>> {
    let line = Line {
        kind: item.kind.as_str(),
        name: &item.name,
        text: &item.text,
        schema: item.schema.as_deref(),
        read_only: item.hints.read_only,
        destructive: item.hints.destructive,
        idempotent: item.hints.idempotent,
        open_world: item.hints.open_world,
    };
    Ok(serde_json::to_vec(&line)?.into_boxed_slice())
}
