//! The DevOps AI Toolkit: which selector acts, and which only recommends.

use gradus::model::{agent_config::ProblemKind, effect::Effect, gate::GateKind};

use crate::support::{capability, config_of, layer_of};

const CARELESS: &str = include_str!("../fixtures/agents/dot-ai/careless.yaml");
const CAREFUL: &str = include_str!("../fixtures/agents/dot-ai/careful.yaml");

fn problems(text: &str) -> Vec<(ProblemKind, String)> {
    let problems = config_of("policy.yaml", text).problems;
    problems.into_iter().map(|problem| (problem.kind, problem.subject)).collect()
}

#[test]
fn one_automatic_selector_makes_a_manual_policy_act() {
    let layer = layer_of([("policy.yaml", CARELESS)]);
    let remediate = capability(&layer, "dot-ai: remediate");
    assert_eq!((remediate.effect, remediate.gate.kind), (Effect::Escalation, GateKind::None));
    assert!(remediate.gate.reason.contains("risk high at confidence 0.8"));
}

#[test]
fn a_manual_policy_recommends_and_does_nothing() {
    let layer = layer_of([("policy.yaml", CAREFUL)]);
    assert_eq!(capability(&layer, "dot-ai: remediate").gate.kind, GateKind::Deny);
    assert!(problems(CAREFUL).is_empty());
}

#[test]
fn without_a_mode_the_policy_is_manual() {
    let layer = layer_of([("policy.yaml", CAREFUL.replace("  mode: manual\n", "").as_str())]);
    assert_eq!(capability(&layer, "dot-ai: remediate").gate.kind, GateKind::Deny);
}

#[test]
fn a_mode_that_the_policy_does_not_know_is_unknown() {
    let layer = layer_of([("policy.yaml", CAREFUL.replace("mode: manual", "mode: ask").as_str())]);
    assert_eq!(capability(&layer, "dot-ai: remediate").gate.kind, GateKind::Unknown);
}

#[test]
fn a_manual_selector_behind_one_that_takes_its_events_is_dead() {
    assert!(problems(CARELESS).contains(&(ProblemKind::DeadRule, "eventSelectors[1]".to_owned())));
    let narrow = CARELESS.replace("reason: \"\"", "reason: BackOff");
    assert!(!problems(&narrow).iter().any(|(_, subject)| subject == "eventSelectors[1]"));
}

#[test]
fn a_general_mode_that_every_selector_overrides_is_dead() {
    assert!(problems(CARELESS).contains(&(ProblemKind::DeadRule, "mode: manual".to_owned())));
    let one = CARELESS.replace("      mode: manual\n", "");
    assert!(!problems(&one).iter().any(|(_, subject)| subject == "mode: manual"));
}

#[test]
fn a_notification_without_an_address_is_ineffective() {
    let subject = "notifications.slack.enabled".to_owned();
    assert!(problems(CARELESS).contains(&(ProblemKind::IgnoredValue, subject)));
}

#[test]
fn an_address_in_plain_text_is_a_secret_that_leaves_as_a_digest() {
    let text = CARELESS.replace(
        "channel: \"#alerts\"",
        "webhookUrl: \"https://hooks.slack.com/services/T0AAAAAAA/B0AAAAAAA/abcdefghijklmnopqrstuvwx\"",
    );
    let config = config_of("policy.yaml", &text);
    assert_eq!(config.secrets.len(), 1);
    assert!(config.secrets[0].digest.starts_with("sha256:"));
}
