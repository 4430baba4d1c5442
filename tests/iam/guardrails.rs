//! Which controls bind an agent in AWS, and which cannot; the policies stand in
//! `tests/fixtures/aws/guardrails`, each with what must be found of it.

use gradus::{
    model::guardrail::{Guardrail, GuardrailState, Guards},
    privilege::iam::{OWN_GUARDRAIL, reach},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::account::{ROLE, RULES, USER, allow, bounded, deny, holding};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    case: String,
    #[serde(default)]
    r#as: As,
    statements: Value,
    boundary: Option<Value>,
    found: Vec<Expected>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum As {
    #[default]
    Role,
    User,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    name: String,
    state: GuardrailState,
    says: String,
    #[serde(default)]
    remedy: String,
    #[serde(default = "aws")]
    guards: Guards,
}

fn aws() -> Guards {
    Guards::Aws
}

fn found(case: &Case) -> Vec<Guardrail> {
    let account = match &case.boundary {
        Some(boundary) => bounded(case.statements.clone(), boundary.clone()),
        None => holding(case.statements.clone()),
    };
    let principal = match case.r#as {
        As::Role => ROLE,
        As::User => USER,
    };
    reach(&account, principal, &RULES).guardrails
}

fn judge(cases: &str) {
    let cases: Vec<Case> = serde_json::from_str(cases).expect("the cases are well-formed");
    for case in &cases {
        let found = found(case);
        let names: Vec<&str> = found.iter().map(|own| own.name.as_str()).collect();
        let expected: Vec<&str> = case.found.iter().map(|own| own.name.as_str()).collect();
        assert_eq!(names, expected, "{}: {found:?}", case.case);
        for (own, expected) in found.iter().zip(&case.found) {
            assert_eq!(own.state, expected.state, "{}: {own:?}", case.case);
            assert_eq!(own.guards, expected.guards, "{}: {own:?}", case.case);
            assert!(own.reason.contains(&expected.says), "{}: {}", case.case, own.reason);
            assert!(own.remedy.contains(&expected.remedy), "{}: {}", case.case, own.remedy);
            let works = own.state == GuardrailState::Enforced;
            assert_eq!(own.remedy.is_empty(), works, "{}: {own:?}", case.case);
        }
    }
}

#[test]
fn what_narrows_an_agent_binds_and_what_takes_nothing_is_no_guardrail() {
    judge(include_str!("../fixtures/aws/guardrails/binding.json"));
}

#[test]
fn conditions_on_managed_mcp_servers_work_only_where_they_name_the_service() {
    judge(include_str!("../fixtures/aws/guardrails/mcp.json"));
}

#[test]
fn a_second_factor_denies_a_machine_everything_or_nothing() {
    judge(include_str!("../fixtures/aws/guardrails/second-factor.json"));
}

#[test]
fn what_an_agent_chooses_or_waits_for_is_no_control() {
    judge(include_str!("../fixtures/aws/guardrails/weak.json"));
}

#[test]
fn a_condition_that_never_holds_and_one_that_always_does_are_told() {
    judge(include_str!("../fixtures/aws/guardrails/broken.json"));
}

#[test]
fn a_guardrail_that_the_agent_may_take_away_is_its_own() {
    judge(include_str!("../fixtures/aws/guardrails/own.json"));
}

#[test]
fn a_tag_that_the_agent_may_set_denies_it_nothing() {
    judge(include_str!("../fixtures/aws/guardrails/tags.json"));
}

#[test]
fn a_deny_on_what_its_actions_cannot_act_on_denies_nothing() {
    judge(include_str!("../fixtures/aws/guardrails/resources.json"));
}

#[test]
fn a_boundary_binds_where_it_takes_something_away() {
    judge(include_str!("../fixtures/aws/guardrails/boundary.json"));
}

#[test]
fn the_risk_of_owning_a_guardrail_names_it_and_the_right() {
    let account = holding(json!([
        allow("ec2:*", "*"),
        allow("iam:DetachRolePolicy", ROLE),
        deny("ec2:TerminateInstances", "*"),
    ]));
    let risks = reach(&account, ROLE, &RULES).risks;
    let risk = risks.iter().find(|risk| risk.rule == OWN_GUARDRAIL).expect("it is a risk");
    assert!(risk.message.contains("policy/agent: iam:DetachRolePolicy"), "{}", risk.message);
    assert!(risk.grants[0].description.contains("statement 2"), "{:?}", risk.grants);
}

#[test]
fn a_guardrail_gives_and_takes_no_right() {
    let useless = json!({"StringLike": {"aws:UserAgent": "bot*"}});
    let mut denied = deny("ec2:TerminateInstances", "*");
    denied["Condition"] = useless;
    let reach = reach(&holding(json!([allow("ec2:*", "*"), denied])), ROLE, &RULES);
    assert!(reach.guardrails.iter().all(|own| own.state == GuardrailState::Ineffective));
    assert!(!reach.capabilities.is_empty());
}

/// The ids of what a role that holds `statements` may change, by whether its boundary says
/// which things that reaches.
fn bounded_by(statements: Value, boundary: Value) -> (Vec<String>, Vec<String>) {
    let reach = reach(&bounded(statements, boundary), ROLE, &RULES);
    let is_bounded = |id: &String| {
        let mut guardrails = reach.guardrails.iter();
        guardrails.any(|own| own.state == GuardrailState::Enforced && own.bounds.contains(id))
    };
    let changing = reach.capabilities.iter().filter(|held| held.is_mutating());
    changing.map(|held| held.id.clone()).partition(is_bounded)
}

const REBOOT: &str = "ec2:RebootInstances";
const ONE: &str = "arn:aws:ec2:eu-west-1:111122223333:instance/i-0123456789abcdef0";

#[test]
fn a_boundary_bounds_what_it_names_things_for() {
    for (given, named) in [
        // It takes something away, or nothing: the things are named all the same.
        ("*", json!([allow("ec2:Describe*", "*"), allow(REBOOT, ONE)])),
        (ONE, json!([allow(REBOOT, ONE)])),
        ("*", json!([allow("ec2:*", ONE)])),
    ] {
        let (bounded, open) = bounded_by(json!([allow(REBOOT, given)]), named);
        assert_eq!((bounded.len(), open.len()), (1, 0), "{given}: {bounded:?}, {open:?}");
    }
    let (bounded, open) = bounded_by(
        json!([allow("s3:PutObject", "*")]),
        json!([allow("s3:*", "arn:aws:s3:::agent-notes/*")]),
    );
    assert_eq!((bounded.len(), open.len()), (1, 0), "{bounded:?}, {open:?}");
}

#[test]
fn a_boundary_that_leaves_all_things_of_a_kind_bounds_none() {
    let all = "arn:aws:ec2:*:111122223333:instance/*";
    let mut conditional = allow(REBOOT, "*");
    conditional["Condition"] = json!({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}});
    let mut except = allow(REBOOT, "*");
    except["NotResource"] = except["Resource"].take();
    except.as_object_mut().expect("a statement").remove("Resource");
    except["NotResource"] = ONE.into();
    for boundary in [
        json!([allow("ec2:*", "*")]),
        json!([allow(REBOOT, all)]),
        json!([allow(REBOOT, ONE), allow("ec2:Reboot*", "*")]),
        json!([conditional]),
        json!([except]),
    ] {
        let (bounded, open) = bounded_by(json!([allow("ec2:*", "*")]), boundary.clone());
        assert_eq!(bounded, [""; 0], "{boundary}");
        assert!(!open.is_empty(), "{boundary}");
    }
}
