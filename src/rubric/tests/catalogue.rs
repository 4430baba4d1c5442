//! `docs/risks-kubernetes.md` and `docs/risks-aws.md` are made from the data.

use std::{collections::BTreeSet, fmt::Write as _, fs, path::Path};

use serde::Deserialize;

use crate::{
    model::{capability::RiskClass, finding::Severity},
    rubric::{
        aws::{AwsRisk, TrustRisk},
        embedded,
        kubernetes::{
            risks::{RiskFamily, RiskRule},
            servers::Servers,
        },
    },
};

const KUBERNETES: &str = "\
# Risks of Kubernetes permissions

What permissions of a Kubernetes identity make possible, as
`rubric/risks/kubernetes/` has it.";

const AWS: &str = "\
# Risks of AWS permissions

What the policies of an AWS principal make possible, as `rubric/risks/aws/` has it.";

const MADE: &str = "\
`gradus explain ID` tells why, and how to end it;
[add a risk](add-a-risk.md) tells what the classes mean and how one is added.

This page is made from the data:
`INSTA_UPDATE=always cargo test --lib rubric::tests::catalogue` writes it.
";

/// A file of risks, as its page shows it.
struct Family {
    file: String,
    about: String,
    /// Id, title, class and severity.
    risks: Vec<[String; 4]>,
}

fn kubernetes() -> Vec<Family> {
    let families = embedded::read::<RiskFamily>("risks/kubernetes/").expect("the risks load");
    let row = |risk: &RiskRule| {
        [
            risk.id.clone(),
            format!("{}{}", risk.title, range(risk.servers)),
            risk.class.as_str().to_owned(),
            severity(risk),
        ]
    };
    let family = |(file, family): (&str, RiskFamily)| Family {
        file: file.to_owned(),
        about: family.about,
        risks: family.risks.iter().map(row).collect(),
    };
    families.into_iter().map(family).collect()
}

fn aws() -> Vec<Family> {
    #[derive(Deserialize)]
    struct File {
        about: String,
        #[serde(default)]
        risks: Vec<AwsRisk>,
        #[serde(default)]
        trust: Vec<TrustRisk>,
    }
    let families = embedded::read::<File>("risks/aws/").expect("the risks load");
    let row = |id: &str, title: &str, class: RiskClass, severity: Severity| {
        [id, title, class.as_str(), severity.as_str()].map(str::to_owned)
    };
    let family = |(file, family): (&str, File)| Family {
        file: file.to_owned(),
        about: family.about,
        risks: (family.risks.iter().map(|own| row(&own.id, &own.title, own.class, own.severity)))
            .chain(family.trust.iter().map(|own| row(&own.id, &own.title, own.class, own.severity)))
            .collect(),
    };
    families.into_iter().map(family).collect()
}

fn page(head: &str, families: &[Family]) -> String {
    let number: usize = families.iter().map(|family| family.risks.len()).sum();
    let mut page = format!("{head} {MADE}\n{number} risks, by file.\n");
    for family in families {
        let name = family.file.rsplit('/').next().unwrap_or(&family.file);
        let _ = write!(page, "\n## {name}\n\n{}\n\n", family.about);
        page.push_str(
            "| id | what it makes possible | class | severity |\n| --- | --- | --- | --- |\n",
        );
        for [id, title, class, severity] in &family.risks {
            let _ = writeln!(page, "| `{id}` | {title} | {class} | {severity} |");
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

/// Whether a page of `docs/` says what the data says; with `INSTA_UPDATE=always` it is made to.
fn is_fresh(name: &str, wanted: &str) -> bool {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    if std::env::var_os("INSTA_UPDATE").is_some_and(|update| update == "always") {
        fs::write(&path, wanted).expect("the page can be written");
    }
    fs::read_to_string(&path).unwrap_or_default() == wanted
}

#[test]
fn the_pages_of_risks_are_what_the_data_says() {
    let pages = [
        ("risks-kubernetes.md", page(KUBERNETES, &kubernetes())),
        ("risks-aws.md", page(AWS, &aws())),
    ];
    for (name, wanted) in pages {
        assert!(
            is_fresh(name, &wanted),
            "docs/{name} is stale: INSTA_UPDATE=always cargo test --lib rubric::tests::catalogue"
        );
    }
}

#[test]
fn no_two_risks_of_a_plane_are_called_the_same() {
    for families in [kubernetes(), aws()] {
        let mut titles = BTreeSet::new();
        for [id, title, ..] in families.iter().flat_map(|family| &family.risks) {
            assert!(titles.insert(title), "{id} is called as another: {title}");
        }
    }
}
