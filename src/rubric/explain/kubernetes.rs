//! The pages of Kubernetes risks.

use super::{Catalogue, Explained, Kind, page::Page};
use crate::rubric::kubernetes::{KubernetesRules, risks::RiskRule};

impl Catalogue for KubernetesRules {
    fn ids(&self) -> Vec<String> {
        self.risks.iter().map(|risk| risk.id.clone()).collect()
    }

    fn page(&self, id: &str) -> Option<Explained> {
        self.risk(id).map(page)
    }
}

fn page(risk: &RiskRule) -> Explained {
    let mut page = Page::default();
    let worse = risk.severity_cluster.filter(|worse| *worse != risk.severity);
    page.paragraph(&match worse {
        Some(worse) => {
            format!("{} · {} in the whole cluster", risk.severity.as_str(), worse.as_str())
        }
        None => risk.severity.as_str().to_owned(),
    });
    page.heading("Why").paragraph(&risk.why);
    page.heading("What is said of it").paragraph(&risk.message);
    page.heading("How to end it").paragraph(&risk.remedy);
    if !risk.references.is_empty() {
        page.heading("Sources").list(&risk.references);
    }
    Explained {
        id: risk.id.clone(),
        kind: Kind::Risk,
        title: risk.title.clone(),
        body_markdown: page.finish(),
    }
}
