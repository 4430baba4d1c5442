//! What is cut, and what is not.

use super::*;
use crate::{
    assess::holdings::EngineRules,
    model::{
        capability::{Condition, Reach, RiskClass},
        evidence::Evidence,
        gate::Gate,
    },
};

/// Of holdings that stand in no cluster's objects.
fn contained(holdings: &Holdings, earned: u8) -> Vec<Step> {
    let (evidence, rules) = (Evidence::default(), EngineRules::default());
    let (agent, estate) = (AgentId::new("bot", "prod"), Estate::new(&evidence, &rules));
    contain(&agent, &estate, holdings, earned, Sharing(&[]))
}

fn grant(object: &str, line: u32) -> Grant {
    Grant {
        description: format!("{object} → Role/x, rule 1"),
        location: Location::at("roles.yaml", line, 1),
        cut_at: Some(Location::at("bindings.yaml", line, 1).with_object(object)),
    }
}

fn capability(action: &str, effect: Effect, grants: Vec<Grant>) -> Capability {
    Capability {
        id: action.to_owned(),
        plane: Plane::Kubernetes,
        action: action.to_owned(),
        scope: "namespace/shop".to_owned(),
        effect,
        effect_known: true,
        condition: Condition::Always,
        gate: Gate::none("RBAC only"),
        grants,
        principal: None,
    }
}

fn holdings(capabilities: Vec<Capability>, risks: Vec<RiskHit>) -> Holdings {
    Holdings {
        credentials: vec![Reach { capabilities, risks, ..Reach::default() }],
        ..Holdings::default()
    }
}

#[test]
fn every_way_to_an_offending_capability_is_cut() {
    let held = holdings(
        vec![
            capability("get pods", Effect::Read, vec![grant("RoleBinding/shop/look", 1)]),
            capability(
                "delete pods",
                Effect::Destructive,
                vec![grant("RoleBinding/shop/a", 2), grant("ClusterRoleBinding/b", 3)],
            ),
        ],
        Vec::new(),
    );
    let steps = contained(&held, 1);
    let cut: BTreeSet<_> =
        steps.iter().filter_map(|s| s.location.as_ref()?.object.as_deref()).collect();
    assert_eq!(cut, BTreeSet::from(["RoleBinding/shop/a", "ClusterRoleBinding/b"]));
    assert!(steps.last().unwrap().reason.ends_with("grants level 1"), "{steps:#?}");
}

#[test]
fn only_what_is_above_the_earned_level_is_cut() {
    let held = holdings(
        vec![
            capability("scale", Effect::Reversible, vec![grant("RoleBinding/shop/scale", 1)]),
            capability("delete", Effect::Destructive, vec![grant("RoleBinding/shop/del", 2)]),
        ],
        Vec::new(),
    );
    let objects = |earned| {
        contained(&held, earned)
            .iter()
            .filter_map(|step| step.location.as_ref()?.object.as_deref().map(str::to_owned))
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(objects(4), BTreeSet::from(["RoleBinding/shop/del".to_owned()]));
    assert_eq!(objects(2).len(), 2);
    assert!(objects(5).is_empty());
}

#[test]
fn an_administrator_is_unbound_by_a_command_that_can_be_pasted() {
    let risk = RiskHit {
        rule: "K8S-ADMIN".to_owned(),
        title: "Cluster administrator".to_owned(),
        class: RiskClass::AdminEquivalent,
        severity: Severity::Critical,
        message: "it is cluster-admin".to_owned(),
        remedy: "unbind it".to_owned(),
        grants: vec![grant("ClusterRoleBinding/bot-admin", 7)],
        condition: Condition::Always,
        scope: "cluster".to_owned(),
    };
    let steps = contained(&holdings(Vec::new(), vec![risk]), 0);
    let [step] = steps.as_slice() else { panic!("{steps:#?}") };
    assert_eq!(step.change.as_deref(), Some("kubectl delete clusterrolebinding bot-admin"));
    assert_eq!(step.severity, Severity::Critical);
}

#[test]
fn an_agent_that_only_looks_has_nothing_to_contain() {
    let held = holdings(
        vec![capability("get pods", Effect::Read, vec![grant("RoleBinding/shop/look", 1)])],
        Vec::new(),
    );
    assert!(contained(&held, 0).is_empty());
}

fn path(rule: &str, condition: Condition) -> RiskHit {
    RiskHit {
        rule: rule.to_owned(),
        title: "Takes over nodes".to_owned(),
        class: RiskClass::Escalation,
        severity: Severity::Medium,
        message: "it takes over a node".to_owned(),
        remedy: "cut the path".to_owned(),
        grants: vec![grant("RoleBinding/shop/tokens", 9)],
        condition,
        scope: "cluster".to_owned(),
    }
}

#[test]
fn what_an_agent_becomes_is_cut_below_the_top_and_so_is_what_it_may_become() {
    for condition in [Condition::Always, Condition::Unknown("which Secrets there are".to_owned())] {
        let held = holdings(Vec::new(), vec![path("K8S-PATH-NODE", condition)]);
        for earned in [0, 4] {
            let steps = contained(&held, earned);
            let [step] = steps.as_slice() else { panic!("{steps:#?}") };
            assert_eq!(step.severity, Severity::Medium, "that of the path");
            assert!(step.reason.ends_with("grants level 1"), "{}", step.reason);
        }
        assert!(contained(&held, 5).is_empty());
    }
}

#[test]
fn a_risk_that_is_no_path_is_cut_by_its_permissions_alone() {
    let held = holdings(Vec::new(), vec![path("K8S-SERVICE-WRITE", Condition::Always)]);
    assert!(contained(&held, 1).is_empty());
}
