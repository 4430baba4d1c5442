//! What actions do: the label traps, the overrides and their examples.

use std::{collections::BTreeMap, fmt::Write as _};

use gradus::{model::effect::Effect, privilege::iam::effect_of, rubric::aws::AccessLevel};

use crate::account::RULES;

fn effect(action: &str) -> Effect {
    effect_of(&RULES, action).0
}

#[test]
fn every_rule_of_effects_sets_its_examples_and_no_counter_example() {
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
    assert_eq!(effect_of(&RULES, "gamelift:CreateFleet"), (Effect::Destructive, false));
}

#[test]
fn running_what_others_deployed_may_destroy_and_is_known_to() {
    assert_eq!(effect_of(&RULES, "lambda:InvokeFunction"), (Effect::Destructive, true));
    assert_eq!(effect_of(&RULES, "states:StartExecution"), (Effect::Destructive, true));
}

#[test]
fn a_verb_that_usually_adds_does_not_hide_what_is_worse() {
    assert_eq!(effect("s3:PutBucketPolicy"), Effect::Escalation);
    assert_eq!(effect("rds:ModifyDBInstance"), Effect::Destructive);
    assert_eq!(effect("cognito-idp:AdminSetUserPassword"), Effect::Escalation);
    assert_eq!(effect("guardduty:UpdateFilter"), Effect::Guardrail);
    assert_eq!(effect("s3:PutMetricsConfiguration"), Effect::Reversible);
}

#[test]
fn a_new_action_is_unknown_even_where_its_verb_is_known() {
    assert_eq!(effect_of(&RULES, "ec2:CreateSomethingNew"), (Effect::Destructive, false));
}

/// Services whose Write actions were all read: an unknown one is a gap in the data.
const READ_WHOLE: &[&str] = &[
    "application-autoscaling",
    "apprunner",
    "athena",
    "aoss",
    "autoscaling",
    "backup",
    "batch",
    "bedrock",
    "bedrock-agentcore",
    "budgets",
    "cloudformation",
    "cloudtrail",
    "cloudwatch",
    "codebuild",
    "codedeploy",
    "codepipeline",
    "cognito-identity",
    "cognito-idp",
    "config",
    "docdb-elastic",
    "dynamodb",
    "ec2",
    "ecr",
    "ecs",
    "eks",
    "elasticache",
    "elasticfilesystem",
    "elasticloadbalancing",
    "es",
    "events",
    "firehose",
    "glue",
    "guardduty",
    "iam",
    "kafka",
    "kafka-cluster",
    "kinesis",
    "kms",
    "lambda",
    "logs",
    "neptune-db",
    "neptune-graph",
    "network-firewall",
    "opensearch",
    "organizations",
    "ram",
    "rds",
    "rds-data",
    "redshift",
    "redshift-data",
    "redshift-serverless",
    "route53",
    "s3",
    "sagemaker",
    "secretsmanager",
    "securityhub",
    "servicequotas",
    "sns",
    "sqs",
    "ssm",
    "sso",
    "states",
    "sts",
    "wafv2",
];

#[test]
fn no_write_of_a_common_service_is_left_unknown() {
    let mut unknown = Vec::new();
    for prefix in READ_WHOLE {
        let service = RULES.service(prefix).unwrap();
        let actions = service.actions().iter().filter(|action| !action.effect_known);
        unknown.extend(actions.map(|action| action.name.as_str()));
    }
    assert_eq!(unknown, Vec::<&str>::new());
}

/// A milder effect than the verb says is a decision of its own: this lists them all.
#[test]
fn writes_whose_verb_destroys_and_that_do_not() {
    let verbs = RULES.destructive_verbs();
    let mut milder: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for action in RULES.services().flat_map(|(_, service)| service.actions()) {
        let name = action.name.split_once(':').map_or("", |(_, name)| name);
        let destroys = verbs.iter().any(|verb| name.starts_with(verb.as_str()));
        if destroys && action.level == AccessLevel::Write && action.effect != Effect::Destructive {
            milder.entry(action.effect.as_str()).or_default().push(&action.name);
        }
    }
    insta::assert_debug_snapshot!(milder);
}

#[test]
fn every_action_of_the_table_by_level_and_effect() {
    let mut counts: BTreeMap<(AccessLevel, String), usize> = BTreeMap::new();
    for action in RULES.services().flat_map(|(_, service)| service.actions()) {
        let effect = if action.effect_known { action.effect.as_str() } else { "unknown" };
        *counts.entry((action.level, effect.to_owned())).or_default() += 1;
    }
    let mut text = String::new();
    for ((level, effect), count) in counts {
        let _ = writeln!(text, "{level:?} {effect} {count}");
    }
    insta::assert_snapshot!(text);
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
