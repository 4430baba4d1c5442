//! The pages of the servers in the catalogue, as `mcp/ID`.

use super::{Catalogue, Explained, Kind, page::Page};
use crate::{
    model::gate::FailMode,
    rubric::servers::{
        Confirmation, Journal, Meaning, Posture, ServerRule, ServerRules, Source, SwitchRule,
        Truth, WayBack,
    },
};

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

fn recognisers(server: &ServerRule) -> Vec<String> {
    let by = &server.recognise;
    [
        ("npm", &by.npm),
        ("PyPI", &by.pypi),
        ("program", &by.binary),
        ("image", &by.image),
        ("URL", &by.url),
        ("and by the arguments", &by.arguments),
    ]
    .into_iter()
    .filter(|(_, names)| !names.is_empty())
    .map(|(kind, names)| format!("{kind}: {}", names.join(", ")))
    .collect()
}

/// `ALLOW_ONLY_READONLY_TOOLS, on where it is exactly true: …`.
fn switch(switch: &SwitchRule) -> String {
    let by = match &switch.by {
        Source::Flag(names) => names.join(" or "),
        Source::Env(name) => name.clone(),
        Source::Header(name) => format!("header {name}"),
        Source::UrlPath(end) => format!("a URL that ends with {end}"),
    };
    let on = match &switch.on {
        Truth::Present { bool: false, negated, .. } if negated.is_empty() => {
            "where it stands".into()
        }
        Truth::Present { bool: true, negated, .. } if negated.is_empty() => {
            "where it stands, unless as =false".to_owned()
        }
        Truth::Present { negated, .. } => {
            format!("where it stands, unless {} follows", negated.join(" or "))
        }
        Truth::Set => "with any value that is not empty".to_owned(),
        Truth::Words { values, any_case, trim } => {
            let exactly = if *any_case || *trim { "" } else { "exactly " };
            let case = if *any_case { ", in any case" } else { "" };
            let trim = if *trim { ", blanks aside" } else { "" };
            format!("with {exactly}{}{case}{trim}", values.join(" or "))
        }
    };
    let does = match &switch.does {
        Meaning::ReadOnly => "drops every tool that it believes to change something".to_owned(),
        Meaning::Hide(tools) => format!("drops {}", tools.join(", ")),
        Meaning::UnlockAll => "offers everything".to_owned(),
        Meaning::Unlock(tools) => format!("offers {} as well", tools.join(", ")),
        Meaning::SelectTools => "offers the tools that it lists and no others".to_owned(),
        Meaning::OnlyTools => "leaves no tool beside those that it lists".to_owned(),
        Meaning::HideTools => "drops the tools that it lists".to_owned(),
        Meaning::SelectToolsets => "offers the toolsets that it lists and no others".to_owned(),
        Meaning::Weaken(how) => how.clone(),
        Meaning::Marker => "decides about what it asks a person".to_owned(),
    };
    let since =
        switch.since.as_ref().map(|since| format!(" (read from {since} on)")).unwrap_or_default();
    format!("{by}, {on}: {does}{since}")
}

fn confirmation(asks: &Confirmation) -> String {
    let tools = match asks.tools.as_slice() {
        [] if asks.tools_of.is_some() => "before the tools that it lists".to_owned(),
        [] => "before every tool that changes something".to_owned(),
        tools => format!("before {}", tools.join(", ")),
    };
    let needs = asks.needs.as_ref().map(|name| format!(", where {name} is on")).unwrap_or_default();
    let unless =
        asks.unless.as_ref().map(|name| format!(", unless {name} is on")).unwrap_or_default();
    let fails = match asks.fail_mode {
        FailMode::Closed => "it refuses",
        FailMode::Open => "it runs the tool",
        FailMode::Unknown => "nobody knows what it does",
    };
    format!("{tools}{needs}{unless}; where the client cannot ask, {fails}")
}

fn way_back(way: &WayBack) -> String {
    let since = way.since.as_ref().map(|version| format!(", since {version}")).unwrap_or_default();
    let doubt = way.doubt.as_ref().map(|doubt| format!(" (never counted: {doubt})"));
    format!(
        "{}: {}, {}{since}{}",
        way.tools.join(", "),
        way.by,
        way.from.describe(),
        doubt.unwrap_or_default()
    )
}

fn journal(own: &Journal) -> String {
    let needs = own.needs.as_ref().map(|name| format!(", where {name} is on")).unwrap_or_default();
    let unless = own.unless.as_ref().map(|name| format!(", unless {name} is on"));
    let prior = if own.prior_state { " (the state before a change among it)" } else { "" };
    format!("{} in {}{prior}{needs}{}", own.keeps, own.place, unless.unwrap_or_default())
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
    page.heading("Recognised by").list(recognisers(server));
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
    if !server.toolsets.is_empty() {
        page.heading("Toolsets").list(server.toolsets.iter().map(|(name, tools)| {
            let default = server.default_toolsets.contains(name);
            let earlier =
                server.earlier.iter().find(|earlier| earlier.default_toolsets.contains(name));
            let offered = match (default, earlier) {
                (true, _) => " (offered without being asked)".to_owned(),
                (false, Some(earlier)) => format!(" (offered unasked before {})", earlier.before),
                (false, None) => String::new(),
            };
            format!("{name}{offered}: {}", tools.join(", "))
        }));
    }
    if !server.switches.is_empty() {
        page.heading("Switches").list(server.switches.iter().map(switch));
    }
    if !server.confirmations.is_empty() {
        page.heading("What it asks a person").list(server.confirmations.iter().map(confirmation));
    }
    if !server.ways_back.is_empty() {
        page.heading("What puts its changes back").list(server.ways_back.iter().map(way_back));
    }
    if !server.journals.is_empty() {
        page.heading("What it writes down").list(server.journals.iter().map(journal));
    }
    if !server.settings_elsewhere.is_empty() {
        page.paragraph(&format!(
            "{} names a file with more settings, which is not read: the server is then not known \
             to be restricted.",
            server.settings_elsewhere.join(" or ")
        ));
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
