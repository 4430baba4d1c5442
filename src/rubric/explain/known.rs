//! The pages of agents that are recognised in a cluster, as `agent/ID`.

use super::{Catalogue, Explained, Kind, page::Page};
use crate::rubric::known::{KnownAgent, KnownAgents};

/// What stands before an agent's id.
const PREFIX: &str = "agent/";

/// Those of `rubric/agents/`; a server that only comes as an image has its own
/// page, `mcp/ID`.
fn described(known: &KnownAgents) -> impl Iterator<Item = &KnownAgent> {
    known.iter().filter(|agent| !agent.sources.is_empty())
}

impl Catalogue for KnownAgents {
    fn ids(&self) -> Vec<String> {
        described(self).map(|agent| format!("{PREFIX}{}", agent.id)).collect()
    }

    fn page(&self, id: &str) -> Option<Explained> {
        let id = id.strip_prefix(PREFIX)?;
        described(self).find(|agent| agent.id == id).map(page)
    }
}

fn page(agent: &KnownAgent) -> Explained {
    let mut page = Page::default();
    page.paragraph(&format!("It is {}: it {}.", agent.role.as_str(), agent.does));
    page.heading("What it is recognised by");
    page.list(agent.recognise.lines());
    if !agent.accounts.is_empty() {
        page.paragraph(&format!(
            "A resource that names no ServiceAccount runs as {}.",
            agent.accounts.join(", or as ")
        ));
    }
    page.heading("Read at").list(&agent.sources);
    Explained {
        id: format!("{PREFIX}{}", agent.id),
        kind: Kind::Agent,
        title: agent.title.clone(),
        body_markdown: page.finish(),
    }
}
