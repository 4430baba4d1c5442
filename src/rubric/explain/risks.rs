//! The pages of risks, of every plane.

use super::{Catalogue, Explained, Kind, page::Page};
use crate::{
    model::{capability::RiskClass, finding::Severity},
    rubric::{
        agents::AgentRisks,
        aws::{ActionSet, AwsRules, Target},
        findings::FindingRules,
        kubernetes::{KubernetesRules, risks::RiskRule},
        paths::PathRule,
    },
};

/// What the catalogues of risks have in common.
struct Risk<'r> {
    id: &'r str,
    title: &'r str,
    severity: Severity,
    /// Where it holds in a whole cluster, if that is worse.
    severity_cluster: Option<Severity>,
    /// What kind of risk, and on which servers it exists.
    nature: Vec<String>,
    /// What rights make it real, one way a line; empty where it is no matter of rights.
    rights: Vec<String>,
    why: &'r str,
    message: &'r str,
    remedy: &'r str,
    references: &'r [String],
}

impl Catalogue for KubernetesRules {
    fn ids(&self) -> Vec<String> {
        let risks = self.risks.iter().map(|risk| risk.id.clone());
        risks.chain(self.paths.iter().map(|rule| rule.id.clone())).collect()
    }

    fn page(&self, id: &str) -> Option<Explained> {
        if let Some(rule) = self.paths.iter().find(|rule| rule.id == id) {
            return Some(of_path(rule));
        }
        let risk = self.risk(id)?;
        Some(page(&Risk {
            id: &risk.id,
            title: &risk.title,
            severity: risk.severity,
            severity_cluster: risk.severity_cluster,
            nature: nature(risk),
            rights: Vec::new(),
            why: &risk.why,
            message: &risk.message,
            remedy: &risk.remedy,
            references: &risk.references,
        }))
    }
}

fn of_path(rule: &PathRule) -> Explained {
    page(&Risk {
        id: &rule.id,
        title: &rule.title,
        severity: rule.severity,
        severity_cluster: None,
        nature: kind_of(rule.class),
        rights: Vec::new(),
        why: &rule.why,
        message: &rule.message,
        remedy: &rule.remedy,
        references: &rule.references,
    })
}

/// `self-escalation`, `beyond the ladder`.
fn kind_of(class: RiskClass) -> Vec<String> {
    let mut nature = vec![class.as_str().to_owned()];
    if class.is_beyond_ladder() {
        nature.push("beyond the ladder".to_owned());
    }
    nature
}

/// The same, with `on servers from 1.32`.
fn nature(risk: &RiskRule) -> Vec<String> {
    let mut nature = kind_of(risk.class);
    nature.extend(risk.servers.since.map(|version| format!("on servers from {version}")));
    nature.extend(risk.servers.until.map(|version| format!("on servers before {version}")));
    nature
}

impl Catalogue for AwsRules {
    fn ids(&self) -> Vec<String> {
        let risks = self.risks().iter().map(|risk| risk.id.clone());
        let trust = self.trust().iter().map(|rule| rule.id.clone());
        risks.chain(self.paths().iter().map(|rule| rule.id.clone())).chain(trust).collect()
    }

    fn page(&self, id: &str) -> Option<Explained> {
        if let Some(rule) = self.paths().iter().find(|rule| rule.id == id) {
            return Some(of_path(rule));
        }
        if let Some(rule) = self.trust().iter().find(|rule| rule.id == id) {
            return Some(page(&Risk {
                id: &rule.id,
                title: &rule.title,
                severity: rule.severity,
                severity_cluster: None,
                nature: kind_of(rule.class),
                rights: Vec::new(),
                why: &rule.why,
                message: &rule.message,
                remedy: &rule.remedy,
                references: &rule.references,
            }));
        }
        let risk = self.risks().iter().find(|risk| risk.id == id)?;
        Some(page(&Risk {
            id: &risk.id,
            title: &risk.title,
            severity: risk.severity,
            severity_cluster: None,
            nature: kind_of(risk.class),
            rights: risk.sets.iter().flat_map(ways).collect(),
            why: &risk.why,
            message: &risk.message,
            remedy: &risk.remedy,
            references: &risk.references,
        }))
    }
}

impl Catalogue for FindingRules {
    fn ids(&self) -> Vec<String> {
        self.iter().map(|rule| rule.id.clone()).collect()
    }

    fn page(&self, id: &str) -> Option<Explained> {
        let rule = self.get(id)?;
        Some(page(&Risk {
            id: &rule.id,
            title: &rule.title,
            severity: rule.severity,
            severity_cluster: None,
            nature: Vec::new(),
            rights: Vec::new(),
            why: &rule.why,
            message: &rule.message,
            remedy: &rule.remedy,
            references: &[],
        }))
    }
}

impl Catalogue for AgentRisks {
    fn ids(&self) -> Vec<String> {
        self.0.iter().map(|risk| risk.id.clone()).collect()
    }

    fn page(&self, id: &str) -> Option<Explained> {
        let risk = self.get(id)?;
        Some(page(&Risk {
            id: &risk.id,
            title: &risk.title,
            severity: risk.severity,
            severity_cluster: None,
            nature: Vec::new(),
            rights: Vec::new(),
            why: &risk.why,
            message: &risk.message,
            remedy: &risk.remedy,
            references: &risk.references,
        }))
    }
}

/// The ways in which a set of actions makes a risk real, in words.
fn ways(set: &ActionSet) -> Vec<String> {
    let mut of = String::new();
    let on = on(set.on);
    if !on.is_empty() {
        of.push_str(&format!(", on {on}"));
    }
    if set.same_resource {
        of.push_str(", all on one resource");
    }
    if let Some(service) = &set.pass_to {
        of.push_str(&format!(", with `iam:PassRole` of a role that trusts `{service}`"));
    }
    if let Some(service) = &set.runs_on {
        of.push_str(&format!(", on compute of `{service}` that runs as a stronger role"));
    }
    if let Some(assumed) = &set.assumes {
        of.push_str(&format!("; no policy shows {assumed}"));
    }
    let code = |action: &String| format!("`{action}`");
    let all: Vec<String> = set.all.iter().map(code).collect();
    let mut ways = Vec::new();
    if !all.is_empty() {
        ways.push(format!("{}{of}", all.join(" and ")));
    }
    if !set.any.is_empty() {
        let any: Vec<String> = set.any.iter().map(code).collect();
        ways.push(format!("each of {}{of}", any.join(", ")));
    }
    if let Some(rule) = &set.effect_rule {
        ways.push(format!("each action that rule `{rule}` of the effects names{of}"));
    }
    ways
}

/// On what the first action of a set must work, in words; empty for anything.
fn on(target: Target) -> &'static str {
    match target {
        Target::Any => "",
        Target::SelfUser => "itself, being a user",
        Target::SelfRole => "itself, being a role",
        Target::OwnGroup => "a group that it is in",
        Target::OtherGroup => "a group that it is not in",
        Target::OwnPolicy => "a managed policy of its own or of its groups",
        Target::PolicyOfAssumableRole => "a managed policy of a role that lets it in",
        Target::PolicyOfOtherRole => "a managed policy of another role",
        Target::OlderVersion => "a policy of its own that allowed more in an older version",
        Target::OwnBoundaryUser => "the boundary that limits it, being a user",
        Target::OwnBoundaryRole => "the boundary that limits it, being a role",
        Target::OtherUser => "another user",
        Target::OtherRole => "another role",
        Target::AssumableRole => "another role that lets it in",
    }
}

/// A template with a word for each `{place}` that the evidence fills in.
fn spoken(template: &str) -> String {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        match after.split_once('}') {
            Some((name, after))
                if !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase()) =>
            {
                text.push_str(&format!("‹{}›", stand_in(name)));
                rest = after;
            }
            _ => {
                text.push('{');
                rest = after;
            }
        }
    }
    text.push_str(rest);
    text
}

/// What the evidence fills in, in a few words.
fn stand_in(name: &str) -> &str {
    match name {
        "principal" => "the principal",
        "subject" => "the agent or server",
        "permission" => "the permission",
        "actions" => "the actions",
        "tools" => "the tools",
        "scope" => "where",
        "target" => "what is reached",
        "steps" => "the steps",
        "unknown" => "what is not known",
        "first" => "the first grant",
        "detail" => "what was found",
        "off" => "which key of which file, by client",
        other => other,
    }
}

fn page(risk: &Risk<'_>) -> Explained {
    let mut page = Page::default();
    let worse = risk.severity_cluster.filter(|worse| *worse != risk.severity);
    let summary: Vec<String> = std::iter::once(risk.severity.as_str().to_owned())
        .chain(worse.map(|worse| format!("{} in the whole cluster", worse.as_str())))
        .chain(risk.nature.iter().cloned())
        .collect();
    page.paragraph(&summary.join(" · "));
    page.heading("Why").paragraph(risk.why);
    if !risk.rights.is_empty() {
        page.heading("What makes it real");
        page.paragraph("Any of these, as far as conditions and denies leave it:");
        page.list(&risk.rights);
    }
    page.heading("What is said of it").paragraph(&spoken(risk.message));
    page.heading("How to end it").paragraph(&spoken(risk.remedy));
    if !risk.references.is_empty() {
        page.heading("Sources").list(risk.references);
    }
    Explained {
        id: risk.id.to_owned(),
        kind: Kind::Risk,
        title: risk.title.to_owned(),
        body_markdown: page.finish(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_shows_no_raw_place_of_a_template() {
        let rules = KubernetesRules::embedded().unwrap();
        let aws = AwsRules::embedded().unwrap();
        let pages = Catalogue::ids(&rules).into_iter().filter_map(|id| rules.page(&id));
        let pages = pages.chain(aws.ids().into_iter().filter_map(|id| aws.page(&id)));
        for page in pages {
            for place in ["{principal}", "{permission}", "{scope}", "{actions}", "{steps}"] {
                assert!(!page.body_markdown.contains(place), "{}: {place}", page.id);
            }
        }
    }

    #[test]
    fn a_risk_of_aws_lists_the_actions_that_make_it_real() {
        let aws = AwsRules::embedded().unwrap();
        for risk in aws.risks() {
            let page = aws.page(&risk.id).unwrap().body_markdown;
            for action in risk.sets.iter().flat_map(|set| set.all.iter().chain(&set.any)) {
                assert!(page.contains(&format!("`{action}`")), "{}: {action}\n{page}", risk.id);
            }
        }
    }

    #[test]
    fn a_variable_of_a_shell_is_no_place_of_a_template() {
        assert_eq!(spoken("{principal} sets ${TOKEN}"), "‹the principal› sets ${TOKEN}");
        assert_eq!(spoken("a { b } {"), "a { b } {");
    }
}
