//! What actions do: the label traps, the overrides and their examples.

use gradus::{model::effect::Effect, privilege::iam::effect_of};

use crate::account::RULES;

fn effect(action: &str) -> Effect {
    effect_of(&RULES, action).0
}

#[test]
fn every_override_sets_its_examples_and_no_counter_example() {
    let mut wrong = Vec::new();
    for rule in RULES.overrides() {
        assert!(!rule.matches.is_empty() && !rule.does_not_match.is_empty(), "{}", rule.id);
        for action in &rule.matches {
            if !RULES.rules_for(action).contains(&rule.id.as_str()) {
                wrong.push(format!("{} does not set {action}", rule.id));
            }
            if effect(action) < rule.effect {
                wrong.push(format!("{action} is milder than {} says", rule.id));
            }
        }
        for action in &rule.does_not_match {
            if RULES.rules_for(action).contains(&rule.id.as_str()) {
                wrong.push(format!("{} sets {action}", rule.id));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn decrypting_is_a_sensitive_read_though_aws_calls_it_a_write() {
    assert_eq!(effect("kms:Decrypt"), Effect::SensitiveRead);
}

#[test]
fn reading_many_secrets_is_sensitive_though_aws_calls_it_a_list() {
    assert_eq!(effect("secretsmanager:BatchGetSecretValue"), Effect::SensitiveRead);
}

#[test]
fn receiving_messages_is_a_sensitive_read() {
    assert_eq!(effect("sqs:ReceiveMessage"), Effect::SensitiveRead);
}

#[test]
fn a_database_login_may_destroy_though_aws_calls_it_permissions_management() {
    assert_eq!(effect_of(&RULES, "rds-db:connect"), (Effect::Destructive, true));
}

#[test]
fn assuming_a_role_escalates_though_aws_calls_it_a_write() {
    assert_eq!(effect("sts:AssumeRole"), Effect::Escalation);
}

#[test]
fn cancelling_a_key_deletion_can_be_put_back_though_its_verb_sounds_destructive() {
    assert_eq!(effect("kms:CancelKeyDeletion"), Effect::Reversible);
}

#[test]
fn stopping_the_trail_removes_a_guardrail() {
    assert_eq!(effect("cloudtrail:StopLogging"), Effect::Guardrail);
}

#[test]
fn an_action_that_nobody_knows_is_destructive_and_said_to_be_unknown() {
    assert_eq!(effect_of(&RULES, "newservice:GetThing"), (Effect::Destructive, false));
    assert_eq!(effect_of(&RULES, "s3:GetWhatever"), (Effect::Destructive, false));
    assert_eq!(effect_of(&RULES, "not an action"), (Effect::Destructive, false));
}

#[test]
fn a_write_without_a_rule_is_destructive_and_said_to_be_unknown() {
    assert_eq!(effect_of(&RULES, "lambda:InvokeFunction"), (Effect::Destructive, false));
}

#[test]
fn the_case_of_an_action_does_not_count() {
    assert_eq!(effect_of(&RULES, "S3:GETOBJECT"), effect_of(&RULES, "s3:GetObject"));
}

#[test]
fn every_iam_change_escalates_or_is_known_to_be_milder() {
    let service = RULES.service("iam").unwrap();
    let put = service.find("iam:putrolepolicy").unwrap();
    assert_eq!((put.effect, put.effect_known), (Effect::Escalation, true));
    assert_eq!(effect("iam:CreateServiceLinkedRole"), Effect::Reversible);
}

#[test]
fn the_table_holds_every_service_with_its_actions() {
    let services = RULES.services().count();
    let actions: usize = RULES.services().map(|(_, service)| service.actions().len()).sum();
    assert!(services > 400, "{services} services");
    assert!(actions > 20_000, "{actions} actions");
}
