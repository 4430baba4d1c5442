//! The pages of the servers in the catalogue, as `mcp/ID`.

use super::{Catalogue, Explained, Kind, page::Page};
use crate::rubric::servers::{Posture, ServerRule, ServerRules};

/// What stands before a server's id.
const PREFIX: &str = "mcp/";

impl Catalogue for ServerRules {
    fn ids(&self) -> Vec<String> {
        self.servers.iter().map(|server| format!("{PREFIX}{}", server.id)).collect()
    }

    fn page(&self, id: &str) -> Option<Explained> {
        self.server(id.strip_prefix(PREFIX)?).map(page)
    }
}

fn page(server: &ServerRule) -> Explained {
    let mut page = Page::default();
    page.paragraph(&format!(
        "Read at version {}. It acts with the credential for: {}.",
        server.version, server.credential
    ));
    page.paragraph(match server.posture {
        Posture::Full => "Without any switch it offers all its tools.",
        Posture::ReadOnly => "Without any switch it only reads.",
    });
    page.heading("Tools by effect");
    page.list(
        server
            .tools
            .iter()
            .map(|(effect, tools)| format!("{}: {}", effect.as_str(), tools.join(", "))),
    );
    if let Some(effect) = server.unlisted {
        page.paragraph(&format!(
            "Nobody listed its tools one by one; each counts as {}.",
            effect.as_str()
        ));
    }
    if !server.switches.is_empty() {
        page.heading("Switches").list(server.switches.iter().map(|switch| switch.name.as_str()));
    }
    if !server.notes.is_empty() {
        page.heading("What else to know").list(&server.notes);
    }
    Explained {
        id: format!("{PREFIX}{}", server.id),
        kind: Kind::Server,
        title: server.title.clone(),
        body_markdown: page.finish(),
    }
}
