//! `docs/risks-kubernetes.md` is made from the data.

use std::{collections::BTreeSet, fmt::Write as _, fs, path::Path};

use crate::rubric::{
    embedded,
    kubernetes::{
        risks::{RiskFamily, RiskRule},
        servers::Servers,
    },
};

const HEAD: &str = "\
# Risks of Kubernetes permissions

What permissions of a Kubernetes identity make possible, as
`rubric/risks/kubernetes/` has it. `gradus explain ID` tells why, and how to end it;
[add a risk](add-a-risk.md) tells what the classes mean and how one is added.

This page is made from the data:
`INSTA_UPDATE=always cargo test --lib rubric::tests::catalogue` writes it.
";

fn page() -> String {
    let families = embedded::read::<RiskFamily>("risks/kubernetes/").expect("the risks load");
    let number: usize = families.iter().map(|(_, family)| family.risks.len()).sum();
    let mut page = format!("{HEAD}\n{number} risks, by file.\n");
    for (file, family) in &families {
        let name = file.rsplit('/').next().unwrap_or(file);
        let _ = write!(page, "\n## {name}\n\n{}\n\n", family.about);
        page.push_str(
            "| id | what it makes possible | class | severity |\n| --- | --- | --- | --- |\n",
        );
        for risk in &family.risks {
            let _ = writeln!(
                page,
                "| `{}` | {}{} | {} | {} |",
                risk.id,
                risk.title,
                range(risk.servers),
                risk.class.as_str(),
                severity(risk)
            );
        }
    }
    page
}

/// ` (from 1.32, before 1.35)`; nothing where every server is meant.
fn range(servers: Servers) -> String {
    let since = servers.since.map(|version| format!("from {version}"));
    let until = servers.until.map(|version| format!("before {version}"));
    let bounds: Vec<String> = since.into_iter().chain(until).collect();
    if bounds.is_empty() { String::new() } else { format!(" ({})", bounds.join(", ")) }
}

fn severity(risk: &RiskRule) -> String {
    match risk.severity_cluster.filter(|worse| *worse > risk.severity) {
        Some(worse) => {
            format!("{}, {} in the whole cluster", risk.severity.as_str(), worse.as_str())
        }
        None => risk.severity.as_str().to_owned(),
    }
}

#[test]
fn the_page_of_risks_is_what_the_data_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/risks-kubernetes.md");
    let wanted = page();
    if std::env::var_os("INSTA_UPDATE").is_some_and(|update| update == "always") {
        fs::write(&path, &wanted).expect("the page can be written");
    }
    let stands = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        stands == wanted,
        "docs/risks-kubernetes.md is stale: INSTA_UPDATE=always cargo test --lib rubric::tests::catalogue"
    );
}

#[test]
fn no_two_risks_are_called_the_same() {
    let families = embedded::read::<RiskFamily>("risks/kubernetes/").expect("the risks load");
    let mut titles = BTreeSet::new();
    for risk in families.iter().flat_map(|(_, family)| &family.risks) {
        assert!(titles.insert(&risk.title), "{} is called as another: {}", risk.id, risk.title);
    }
}
