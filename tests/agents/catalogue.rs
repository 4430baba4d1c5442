//! `docs/formats.md` is what the registry says, and what reading the examples shows.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::Path,
};

use gradus::{
    model::agent_config::{AgentConfig, Transport},
    scan::agents::FORMATS,
};

use crate::{
    folders::files_below,
    support::{readings, risks},
};

const HEAD: &str = "\
# Formats of agents and clients

Every format of configuration that gradus reads, in the order in which they are tried: what
says what it is comes before what is told by its keys. *Version* is that of the product that
was read. *Says* is what the examples under `tests/fixtures/agents/` and
`rubric/risks/agents/` show of a format; *facts* are the [facts](../rubric/facts.yaml) that
this feeds. [Add a format](add-a-format.md) tells how one is added.

This page is made from the registry:
`INSTA_UPDATE=always cargo test --test agents catalogue` writes it.
";

/// What configurations say, and the facts that it feeds.
const PARTS: [(&str, &[&str]); 12] = [
    (
        "servers",
        &[
            "tools.mutating",
            "tools.unpinnedServers",
            "granted.ungatedMutating",
            "reversals.withoutHandle",
        ],
    ),
    ("tools", &["tools.mutating", "granted.ungatedMutating", "reversals.withoutHandle"]),
    ("rules", &["tools.mutating", "tools.bypassModes", "granted.ungatedMutating"]),
    ("modes", &["tools.bypassModes", "granted.ungatedMutating"]),
    ("switches", &["tools.bypassModes", "granted.ungatedMutating"]),
    ("hooks", &["notifications.unwiredTools", "toolLog.calls"]),
    ("telemetry", &["toolLog.calls"]),
    ("messages", &["notifications.unwiredTools"]),
    ("models", &["tools.floatingModels"]),
    ("gateways", &["limits.callsPerMinute"]),
    ("secrets", &["tools.literalSecrets"]),
    ("problems", &[]),
];

/// Which parts a configuration has.
fn parts(config: &AgentConfig) -> impl Iterator<Item = &'static str> {
    let has = |part: &str| match part {
        "servers" => config.servers.iter().any(|it| it.transport != Transport::Unreadable),
        "tools" => !config.tools.is_empty() || config.subagent.is_some(),
        "rules" => !config.rules.is_empty(),
        "modes" => !config.modes.is_empty(),
        "switches" => !config.switches.is_empty() || !config.lifted.is_empty(),
        "hooks" => !config.hooks.is_empty(),
        "telemetry" => !config.telemetry.is_empty(),
        "messages" => !config.notices.is_empty(),
        "models" => !config.models.is_empty(),
        "gateways" => !config.gateways.is_empty(),
        "secrets" => !config.secrets.is_empty(),
        _ => !config.problems.is_empty(),
    };
    let found: Vec<&str> = PARTS.iter().map(|(part, _)| *part).filter(|part| has(part)).collect();
    found.into_iter()
}

/// What each format says in the project's own examples.
fn shown() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let fixtures = files_below("");
    let risks = risks();
    let examples = risks.0.iter().flat_map(|risk| {
        risk.examples.matches.iter().chain(&risk.examples.does_not_match).flatten()
    });
    let files = fixtures.iter().map(|(path, text)| (path, text)).chain(examples);
    let mut shown: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for reading in files.flat_map(|(path, text)| readings(path, text)) {
        let said = shown.entry(reading.format).or_default();
        said.extend(reading.configs.iter().flat_map(parts));
    }
    shown
}

fn page() -> String {
    let shown = shown();
    let mut page = format!(
        "{HEAD}\n| format | id | version | says | facts |\n| --- | --- | --- | --- | --- |\n"
    );
    for format in FORMATS {
        let said = shown.get(format.id());
        let listed: Vec<&str> = PARTS
            .iter()
            .map(|(part, _)| *part)
            .filter(|part| said.is_some_and(|said| said.contains(part)))
            .collect();
        let facts: BTreeSet<&str> = PARTS
            .iter()
            .filter(|(part, _)| listed.contains(part))
            .flat_map(|(_, facts)| facts.iter().copied())
            .collect();
        let facts: Vec<String> = facts.iter().map(|fact| format!("`{fact}`")).collect();
        let or = |text: String, none: &str| if text.is_empty() { none.to_owned() } else { text };
        writeln!(
            page,
            "| {} | `{}` | {} | {} | {} |",
            format.title(),
            format.id(),
            format.version(),
            or(listed.join(", "), "no example"),
            or(facts.join(", "), "none, findings alone"),
        )
        .expect("writing to text");
    }
    page
}

#[test]
fn the_page_of_formats_is_what_the_registry_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/formats.md");
    let wanted = page();
    if std::env::var_os("INSTA_UPDATE").is_some_and(|update| update == "always") {
        fs::write(&path, &wanted).expect("the page can be written");
    }
    assert!(
        fs::read_to_string(&path).unwrap_or_default() == wanted,
        "docs/formats.md is stale: INSTA_UPDATE=always cargo test --test agents catalogue"
    );
}

#[test]
fn every_format_has_an_example() {
    let shown = shown();
    for format in FORMATS {
        let says = shown.get(format.id()).is_some_and(|said| !said.is_empty());
        assert!(says, "{} has no example that says anything", format.id());
    }
}

#[test]
fn facts_of_the_page_are_facts_of_the_rubric() {
    let rubric =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("rubric/facts.yaml"))
            .expect("the facts");
    for fact in PARTS.iter().flat_map(|(_, facts)| *facts) {
        assert!(rubric.contains(&format!("- name: {fact}\n")), "{fact}");
    }
}
