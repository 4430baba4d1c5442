//! Policies that tools have missed (`fn1` to `fn4`) and that tools have accused
//! without ground (`fp1` to `fp5`), as Bishop Fox's iam-vulnerable describes them,
//! in `tests/fixtures/aws/iam-vulnerable/`; and what else peers get wrong.

use gradus::{
    model::{
        aws::AccountSnapshot,
        capability::{Condition, Reach, RiskClass},
    },
    privilege::iam::Evaluator,
    rubric::aws::AwsRisk,
};
use serde_json::{Value, json};

use crate::account::{RULES, allow, bounded, deny, hit, holding, reach, read};

fn vulnerable() -> AccountSnapshot {
    let text = include_str!("../fixtures/aws/iam-vulnerable/account.json");
    let dump: Value = serde_json::from_str(text).unwrap();
    read(&dump).snapshot
}

/// The escalations of a case, as the role and as the user.
fn escalations(case: &str) -> [Vec<String>; 2] {
    let account = vulnerable();
    let evaluator = Evaluator::new(&account, &RULES);
    ["role", "user"].map(|kind| {
        let reach = evaluator.reach(&format!("arn:aws:iam::111122223333:{kind}/{case}"));
        assert_eq!(reach.gaps, Vec::new());
        let worst = reach.risks.into_iter().filter(|risk| risk.class >= RiskClass::Escalation);
        worst.map(|risk| risk.rule).collect()
    })
}

#[test]
fn what_tools_miss_is_found() {
    for (case, rule) in [
        ("fn1", "AWS-PASSROLE"),
        ("fn2", "AWS-POLICY-VERSION"),
        ("fn3", "AWS-POLICY-VERSION"),
        ("fn4", "AWS-PASSROLE"),
    ] {
        for found in escalations(case) {
            assert!(found.iter().any(|found| found == rule), "{case}: {found:?}");
        }
    }
    assert!(escalations("fn1")[0].contains(&"AWS-PATH-ADMIN".to_owned()));
}

#[test]
fn what_tools_accuse_without_ground_is_left_alone() {
    for case in ["fp1", "fp2", "fp3", "fp4", "fp5"] {
        let found = escalations(case);
        assert_eq!(found, [Vec::<String>::new(), Vec::new()], "{case}");
    }
}

fn holds(reach: &Reach, rule: &str) -> bool {
    hit(reach, rule).is_some()
}

#[test]
fn policies_are_judged_together_and_not_one_by_one() {
    // cloudsplaining and prowler look into one document at a time.
    let together =
        reach(&holding(json!([allow("iam:CreateRole", "*"), allow("iam:PutRolePolicy", "*")])));
    assert!(holds(&together, "AWS-NEW-ROLE"));
}

#[test]
fn a_condition_neither_absolves_nor_is_it_overlooked() {
    // cloudsplaining takes any condition for safe, prowler for absent.
    let conditional = json!([{"Effect": "Allow", "Action": "iam:PutRolePolicy", "Resource": "*",
        "Condition": {"StringEquals": {"aws:RequestTag/team": "ops"}}}]);
    let reach = reach(&holding(conditional));
    let risk = hit(&reach, "AWS-PUT-POLICY").unwrap();
    assert_eq!(
        risk.condition,
        Condition::If(vec!["aws:RequestTag/team StringEquals ops".to_owned()])
    );
}

#[test]
fn a_resource_that_is_not_a_star_can_be_as_bad() {
    // cloudsplaining finds a risk only where the resource is the literal `*`.
    let reach = reach(&holding(json!([allow("iam:PutRolePolicy", "arn:aws:iam::*:role/a*"),])));
    assert!(holds(&reach, "AWS-PUT-POLICY"));
}

#[test]
fn not_resource_is_no_blank() {
    // cloudsplaining leaves NotResource out.
    let reach = reach(&holding(json!([{"Effect": "Allow", "Action": "iam:PutRolePolicy",
        "NotResource": "arn:aws:iam::111122223333:role/other"}])));
    assert!(holds(&reach, "AWS-PUT-POLICY"));
}

#[test]
fn a_deny_counts_by_its_resource_and_condition() {
    // cloudsplaining subtracts a Deny by its action alone.
    let elsewhere = reach(&holding(json!([
        allow("iam:PutRolePolicy", "*"),
        deny("iam:PutRolePolicy", "arn:aws:iam::111122223333:role/other"),
    ])));
    assert!(holds(&elsewhere, "AWS-PUT-POLICY"));
    let here = reach(&holding(json!([
        allow("iam:PutRolePolicy", "*"),
        deny("iam:PutRolePolicy", "arn:aws:iam::111122223333:role/agent"),
    ])));
    assert!(!holds(&here, "AWS-PUT-POLICY"));
}

#[test]
fn a_boundary_takes_what_no_deny_takes() {
    // prowler and cloudsplaining know no boundaries.
    let reach = reach(&bounded(json!([allow("iam:*", "*")]), json!([allow("s3:*", "*")])));
    assert!(reach.risks.is_empty(), "{:?}", reach.risks);
}

/// Sets of the published tables that no rule of the rubric follows, and why.
const LEFT_OUT: &[(&str, &str)] = &[];

/// Whether the rubric has a rule for a set of actions: one of its sets is held by
/// whoever holds these.
fn is_covered(all: &[String]) -> bool {
    let held = |action: &str| {
        all.iter().any(|pattern| {
            gradus::model::aws::pattern::matches(
                &pattern.to_ascii_lowercase(),
                &action.to_ascii_lowercase(),
            )
        })
    };
    // Running what others deployed is a single action, told whatever else is held.
    let escalates =
        |risk: &&AwsRisk| risk.class >= RiskClass::Escalation && risk.id != "AWS-RUN-OTHERS";
    RULES.risks().iter().filter(escalates).any(|risk| {
        risk.sets.iter().any(|set| {
            !set.all.is_empty()
                && set.all.iter().all(|action| held(action))
                && (set.pass_to.is_none() || held("iam:PassRole"))
        })
    })
}

#[test]
fn every_published_escalation_set_has_a_rule_or_a_reason() {
    let text = include_str!("../fixtures/aws/escalation-sets.json");
    let sets: Vec<Value> = serde_json::from_str(text).unwrap();
    assert_eq!(sets.len(), 104);
    let mut missing = Vec::new();
    for set in &sets {
        let id = set["id"].as_str().unwrap();
        let all: Vec<String> = serde_json::from_value(set["all"].clone()).unwrap();
        let is_left_out = LEFT_OUT.iter().any(|(left, _)| *left == id);
        if is_covered(&all) == is_left_out {
            missing.push(id);
        }
    }
    assert_eq!(missing, Vec::<&str>::new());
    assert!(LEFT_OUT.iter().all(|(_, why)| !why.is_empty()));
}

#[test]
fn a_set_of_harmless_actions_has_no_rule() {
    assert!(!is_covered(&["s3:GetObject".to_owned(), "ec2:DescribeInstances".to_owned()]));
    assert!(!is_covered(&["lambda:CreateFunction".to_owned(), "lambda:InvokeFunction".to_owned()]));
}
