use super::rubric;
use crate::rubric::{
    agents::AgentRisks,
    aws::AwsRules,
    explain::{Catalogue, Kind, RubricCatalogue, explain},
    kubernetes::KubernetesRules,
    servers::ServerRules,
};

#[test]
fn everything_with_an_id_has_a_page_of_80_columns() {
    let rubric = rubric();
    let criteria = RubricCatalogue(rubric);
    for id in criteria.ids() {
        let page = explain(&[&criteria], &id).expect("a page").page();
        let mut code = false;
        for line in page.lines() {
            if line.starts_with("```") {
                code = !code;
            }
            assert!(code || line.chars().count() <= 90, "{id}: {line}");
        }
        assert!(!code, "{id} closes its code");
    }
}

#[test]
fn the_page_of_a_criterion_says_why_how_when_and_what_to_do() {
    let rubric = rubric();
    let page = explain(&[&RubricCatalogue(rubric)], "apr-01").expect("a page");
    assert_eq!((page.id.as_str(), page.kind), ("APR-01", Kind::Criterion));
    for part in [
        "critical · level 2 · approval · automatic · cannot be waived",
        "## Why",
        "## How it is measured",
        "## When it passes",
        "size(granted.ungatedMutating) == 0",
        "## How to meet it",
        "## Informs",
        "it satisfies none of them",
        "- NIST SP 800-53 (Revision 5): CM-3, CM-5",
        "## Source",
    ] {
        assert!(page.body_markdown.contains(part), "{part} is in\n{}", page.body_markdown);
    }
}

#[test]
fn levels_dimensions_and_facts_list_their_criteria() {
    let rubric = rubric();
    let catalogue = RubricCatalogue(rubric);
    for (id, kind) in
        [("level-2", Kind::Level), ("approval", Kind::Dimension), ("tools.bypassModes", Kind::Fact)]
    {
        let page = explain(&[&catalogue], id).expect("a page");
        assert_eq!(page.kind, kind);
        assert!(page.body_markdown.contains("APR-02"), "{id} lists APR-02");
    }
}

#[test]
fn an_unknown_id_names_the_nearest_one() {
    let rubric = rubric();
    let error = explain(&[&RubricCatalogue(rubric)], "ARP-01").expect_err("no such id");
    assert_eq!(error.to_string(), "nothing is called `ARP-01`; did you mean `APR-01`?");
    let error = explain(&[&RubricCatalogue(rubric)], "zzzzzzzzzz").expect_err("no such id");
    assert_eq!(error.to_string(), "nothing is called `zzzzzzzzzz`");
}

#[test]
fn no_two_things_share_an_id() {
    let mut ids = RubricCatalogue(rubric()).ids();
    ids.extend(ServerRules::load().expect("servers").ids());
    ids.extend(KubernetesRules::embedded().expect("Kubernetes risks").ids());
    ids.extend(AwsRules::embedded().expect("AWS risks").ids());
    ids.extend(AgentRisks::load().expect("risks of configurations").ids());
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count);
}

#[test]
fn every_risk_of_kubernetes_says_its_class_and_the_servers_it_exists_on() {
    let rules = KubernetesRules::embedded().expect("the rules load");
    for risk in &rules.risks {
        let page = explain(&[&rules], &risk.id).expect("a page").body_markdown;
        assert!(page.contains(risk.class.as_str()), "{page}");
        assert!(page.contains("## How to end it") && page.contains("## Sources"), "{page}");
    }
    let page = explain(&[&rules], "k8s-psp-use").expect("a page").body_markdown;
    assert!(page.starts_with("medium · high in the whole cluster · escalation"), "{page}");
    assert!(page.contains("on servers before 1.25"), "{page}");
    let page = explain(&[&rules], "K8S-DATABASE-POD").expect("a page").body_markdown;
    assert!(page.starts_with("critical · database-write · beyond the ladder"), "{page}");
}
