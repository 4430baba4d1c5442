//! Where capabilities, risks and paths put an agent.

use super::*;
use crate::{
    model::{
        capability::{Grant, Plane},
        coverage::Gap,
        finding::Severity,
        gate::{Enforcer, FailMode, Gate},
        location::Location,
        path::{Hop, PathTarget},
    },
    privilege::tools::{self, SolePath},
    rubric::{agents::AgentRisks, kubernetes::KubernetesRules, servers::ServerRules},
};

fn capability(effect: Effect, gate: GateKind) -> Capability {
    Capability {
        id: format!("{}-{}", effect.as_str(), gate.as_str()),
        plane: Plane::Kubernetes,
        action: format!("do {}", effect.as_str()),
        scope: "cluster".to_owned(),
        effect,
        effect_known: true,
        condition: Condition::Always,
        gate: Gate {
            kind: gate,
            enforced_by: Some(Enforcer::Client),
            fail_mode: FailMode::Closed,
            location: None,
            reason: String::new(),
        },
        grants: vec![Grant {
            description: "x".to_owned(),
            location: Location::file("x"),
            cut_at: None,
        }],
        principal: None,
    }
}

fn risk(class: RiskClass, condition: Condition) -> RiskHit {
    RiskHit {
        rule: "X".to_owned(),
        title: "x".to_owned(),
        class,
        severity: Severity::Critical,
        message: "x".to_owned(),
        remedy: "x".to_owned(),
        grants: Vec::new(),
        condition,
        scope: "cluster".to_owned(),
    }
}

fn level(capabilities: &[Capability]) -> Autonomy {
    read_ladder(&capabilities.iter().collect::<Vec<_>>(), &[]).autonomy
}

#[test]
fn reading_alone_is_level_one() {
    let reads = [
        capability(Effect::Read, GateKind::None),
        capability(Effect::SensitiveRead, GateKind::None),
    ];
    assert_eq!(level(&reads), Autonomy::On(Level::L1));
    assert_eq!(level(&[]), Autonomy::On(Level::L1));
}

#[test]
fn every_change_behind_an_approval_is_level_two() {
    let gated = [
        capability(Effect::Destructive, GateKind::Approve),
        capability(Effect::Escalation, GateKind::Deny),
    ];
    assert_eq!(level(&gated), Autonomy::On(Level::L2));
}

#[test]
fn changes_that_are_all_denied_leave_level_one() {
    assert_eq!(level(&[capability(Effect::Destructive, GateKind::Deny)]), Autonomy::On(Level::L1));
}

#[test]
fn an_acknowledged_reversible_change_is_level_three_and_a_free_one_level_four() {
    let acknowledged = capability(Effect::Reversible, GateKind::Acknowledge);
    let free = capability(Effect::Reversible, GateKind::None);
    assert_eq!(level(std::slice::from_ref(&acknowledged)), Autonomy::On(Level::L3));
    assert_eq!(level(&[acknowledged, free]), Autonomy::On(Level::L4));
}

#[test]
fn one_ungated_irreversible_change_is_level_five_whatever_else_is_gated() {
    for effect in [Effect::Destructive, Effect::Escalation, Effect::Guardrail] {
        let capabilities =
            [capability(Effect::Reversible, GateKind::Approve), capability(effect, GateKind::None)];
        assert_eq!(level(&capabilities), Autonomy::On(Level::L5), "{effect:?}");
    }
}

#[test]
fn an_acknowledgement_does_not_gate_what_cannot_be_put_back() {
    let capability = capability(Effect::Destructive, GateKind::Acknowledge);
    assert_eq!(level(&[capability]), Autonomy::On(Level::L5));
}

#[test]
fn an_unknown_effect_counts_as_destructive_and_an_unknown_gate_as_none() {
    let unknown_effect =
        Capability { effect_known: false, ..capability(Effect::Read, GateKind::None) };
    assert_eq!(level(&[unknown_effect]), Autonomy::On(Level::L5));
    let unknown_gate = capability(Effect::Destructive, GateKind::Unknown);
    assert_eq!(level(&[unknown_gate]), Autonomy::On(Level::L5));
}

#[test]
fn a_gate_that_fails_open_is_no_gate() {
    let mut capability = capability(Effect::Destructive, GateKind::Approve);
    capability.gate.fail_mode = FailMode::Open;
    assert_eq!(level(&[capability]), Autonomy::On(Level::L5));
}

#[test]
fn administrators_self_escalation_and_unguarded_database_writes_are_beyond_the_ladder() {
    let conditional = || Condition::If(vec!["aws:ResourceTag/env StringEquals dev".to_owned()]);
    let beyond = |class, condition| {
        read_ladder(&[], &[&risk(class, condition)]).autonomy == Autonomy::BeyondLadder
    };
    assert!(beyond(RiskClass::AdminEquivalent, Condition::Always));
    assert!(beyond(RiskClass::AdminEquivalent, conditional()));
    assert!(beyond(RiskClass::SelfEscalation, conditional()));
    assert!(beyond(RiskClass::DatabaseWrite, Condition::Always));
    assert!(beyond(RiskClass::DatabaseWrite, Condition::Unknown("boundary".to_owned())));
    assert!(!beyond(RiskClass::DatabaseWrite, conditional()));
    let met_anyway = Condition::If(vec!["aws:SecureTransport Bool true".to_owned()]);
    assert!(beyond(RiskClass::DatabaseWrite, met_anyway));
    assert!(!beyond(RiskClass::Escalation, Condition::Always));
}

#[test]
fn an_agent_of_which_nothing_is_known_has_no_granted_level() {
    let holdings = Holdings { unseen: vec!["no principal".to_owned()], ..Holdings::default() };
    let granted = granted(&holdings);
    assert_eq!(granted.level, None);
    assert_eq!(granted.reason, "no principal");
}

#[test]
fn a_gap_among_the_grants_takes_away_a_low_level_but_not_a_high_one() {
    let gap = Gap { location: Location::file("rbac.yaml"), reason: "not readable".to_owned() };
    let reach = |capabilities| Reach { capabilities, gaps: vec![gap.clone()], ..Reach::default() };
    let of = |capabilities| {
        granted(&Holdings { credentials: vec![reach(capabilities)], ..Holdings::default() })
    };
    assert_eq!(of(Vec::new()).level, None);
    assert_eq!(of(Vec::new()).at_least, None, "it may hold nothing");
    let scales = of(vec![capability(Effect::Reversible, GateKind::None)]);
    assert_eq!((scales.level, scales.at_least), (None, Some(4)));
    assert_eq!(of(vec![capability(Effect::Destructive, GateKind::None)]).level, Some(5));
}

fn path(class: RiskClass, condition: Condition) -> RiskHit {
    let title = match condition {
        Condition::Always => "Takes over nodes",
        Condition::If(_) | Condition::Unknown(_) => "May take over nodes",
    };
    RiskHit { rule: "K8S-PATH-X".to_owned(), title: title.to_owned(), ..risk(class, condition) }
}

fn unknown() -> Condition {
    Condition::Unknown("whether a Secret holds a token".to_owned())
}

fn of(capabilities: Vec<Capability>, risks: Vec<RiskHit>) -> Granted {
    let reach = Reach { capabilities, risks, ..Reach::default() };
    granted(&Holdings { credentials: vec![reach], ..Holdings::default() })
}

#[test]
fn an_agent_that_only_reads_and_so_becomes_more_is_escalating() {
    let reads = || vec![capability(Effect::SensitiveRead, GateKind::None)];
    let granted = of(reads(), vec![path(RiskClass::Escalation, Condition::Always)]);
    assert_eq!((granted.level, granted.credential_level), (Some(5), Some(5)));
    assert!(!granted.beyond_ladder);
    assert_eq!(granted.because, ["K8S-PATH-X"]);
    assert_eq!(granted.reason, "escalating: takes over nodes");
    let admin = of(reads(), vec![path(RiskClass::AdminEquivalent, Condition::Always)]);
    assert!(admin.beyond_ladder);
}

#[test]
fn a_risk_that_speaks_of_permissions_leaves_the_level_to_their_effects() {
    for condition in [Condition::Always, unknown()] {
        let patch = vec![capability(Effect::Reversible, GateKind::None)];
        let granted = of(patch, vec![risk(RiskClass::Escalation, condition)]);
        assert_eq!((granted.level, granted.at_least), (Some(4), None));
    }
}

#[test]
fn a_path_to_nothing_worse_than_reading_does_not_raise() {
    let granted = of(Vec::new(), vec![path(RiskClass::SensitiveRead, Condition::Always)]);
    assert_eq!(granted.level, Some(1));
    let granted = of(Vec::new(), vec![path(RiskClass::SensitiveRead, unknown())]);
    assert_eq!(granted.level, Some(1));
}

#[test]
fn what_an_agent_may_become_makes_a_lower_reading_a_floor() {
    for (own, floor) in [
        (capability(Effect::Read, GateKind::None), 1),
        (capability(Effect::Destructive, GateKind::Approve), 2),
        (capability(Effect::Reversible, GateKind::None), 4),
    ] {
        let reads_secrets = capability(Effect::SensitiveRead, GateKind::None);
        let granted = of(vec![own, reads_secrets], vec![path(RiskClass::Escalation, unknown())]);
        assert_eq!((granted.level, granted.at_least), (None, Some(floor)));
        assert_eq!(granted.credential_level, None);
        assert_eq!(granted.floor(), Some(floor));
        assert_eq!(granted.reason, format!("level {floor} or above: it may take over nodes"));
    }
    let destroys = vec![capability(Effect::Destructive, GateKind::None)];
    let granted = of(destroys, vec![path(RiskClass::Escalation, unknown())]);
    assert_eq!((granted.level, granted.at_least), (Some(5), None));
}

#[test]
fn what_is_certain_counts_before_what_is_possible() {
    let both = vec![
        path(RiskClass::Escalation, unknown()),
        RiskHit { rule: "K8S-PATH-Y".to_owned(), ..path(RiskClass::Escalation, Condition::Always) },
    ];
    let granted = of(Vec::new(), both);
    assert_eq!(granted.level, Some(5));
    assert_eq!(granted.because, ["K8S-PATH-Y"]);
}

#[test]
fn what_its_owner_may_become_does_not_raise_an_agent_behind_tools_alone() {
    let layer = |capabilities| {
        let servers = ServerRules::load().unwrap();
        let risks = AgentRisks::load().unwrap();
        let mut layer = tools::effective(&[], &servers, &risks);
        layer.capabilities = capabilities;
        layer.sole_path = SolePath::Yes;
        layer
    };
    let reach = |condition| Reach {
        capabilities: vec![capability(Effect::Read, GateKind::None)],
        risks: vec![path(RiskClass::Escalation, condition)],
        ..Reach::default()
    };
    for condition in [Condition::Always, unknown()] {
        let known = condition == Condition::Always;
        let holdings = Holdings {
            credentials: vec![reach(condition)],
            tools: Some(layer(vec![capability(Effect::Read, GateKind::None)])),
            ..Holdings::default()
        };
        let granted = granted(&holdings);
        assert_eq!(granted.level, Some(1));
        assert_eq!(granted.credential_level, known.then_some(5));
        assert!(undecided_paths(&granted, &holdings).is_empty());
    }
}

#[test]
fn only_possible_paths_that_leave_the_level_unknown_are_undecided() {
    let count = |capability, condition| {
        let reach = Reach {
            capabilities: vec![capability],
            risks: vec![path(RiskClass::Escalation, condition)],
            ..Reach::default()
        };
        let holdings = Holdings { credentials: vec![reach], ..Holdings::default() };
        undecided_paths(&granted(&holdings), &holdings).len()
    };
    assert_eq!(count(capability(Effect::Read, GateKind::None), unknown()), 1);
    assert_eq!(count(capability(Effect::Read, GateKind::None), Condition::Always), 0);
    assert_eq!(count(capability(Effect::Destructive, GateKind::None), unknown()), 0);
}

#[test]
fn every_rule_about_paths_is_known_as_one_and_no_other_rule_is() {
    let rules = KubernetesRules::embedded().unwrap();
    assert!(!rules.paths.is_empty());
    for rule in &rules.paths {
        let hit = RiskHit { rule: rule.id.clone(), ..risk(rule.class, Condition::Always) };
        assert!(risk_offends(&hit, 4), "{}", rule.id);
        assert_eq!(risk_offends(&hit, 5), puts_beyond_ladder(&hit), "{}", rule.id);
    }
    assert!(rules.risks.iter().all(|rule| !tells_of_path(&rule.id)));
}

/// A way to a node whose first step is allowed by so many grants.
fn way(grants: usize) -> Path {
    Path {
        target: PathTarget::Node,
        hops: vec![Hop {
            from: "bot".to_owned(),
            to: "node".to_owned(),
            how: "runs a pod that reaches its node".to_owned(),
            rule: "K8S-PATH-NODE".to_owned(),
            grants: capability(Effect::Read, GateKind::None)
                .grants
                .into_iter()
                .cycle()
                .take(grants)
                .collect(),
            condition: Condition::Always,
        }],
    }
}

#[test]
fn a_path_that_cannot_start_without_a_gate_leaves_the_gates_what_they_are_worth() {
    let level = |more: Option<Capability>, first_step| {
        let mut capabilities = vec![
            capability(Effect::Read, GateKind::None),
            capability(Effect::Escalation, GateKind::Approve),
        ];
        capabilities.extend(more);
        let reach = |condition| Reach {
            capabilities: capabilities.clone(),
            risks: vec![path(RiskClass::Escalation, condition)],
            paths: vec![way(first_step)],
            ..Reach::default()
        };
        let of = |reach| granted(&Holdings { credentials: vec![reach], ..Holdings::default() });
        (of(reach(Condition::Always)).level, of(reach(unknown())).level)
    };
    assert_eq!(level(None, 1), (Some(2), Some(2)));
    let reads_secrets = capability(Effect::SensitiveRead, GateKind::None);
    assert_eq!(level(Some(reads_secrets), 1), (Some(5), None), "a path may start there");
    let scales = capability(Effect::Reversible, GateKind::None);
    assert_eq!(level(Some(scales), 1), (Some(5), None));
    let odd = Capability { effect_known: false, ..capability(Effect::Read, GateKind::Deny) };
    assert_eq!(level(Some(odd), 1), (Some(2), Some(2)));
    assert_eq!(level(None, 0), (Some(5), None), "a pod's own node takes no right");
}
