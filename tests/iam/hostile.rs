//! Input that was made to hurt: bounded work, and never fewer rights. What is not
//! bounded would not end here within hours; what is says so.

use gradus::privilege::iam::Decision;
use serde_json::{Value, json};

use crate::account::{allow, decide, deny, document, example, holding, is_allowed, reach, read};

#[test]
fn a_megabyte_of_actions_is_refused_as_unknown() {
    let actions: Vec<String> = (0..50_000).map(|n| format!("s3:Get*{n}*")).collect();
    let account = holding(json!([
        allow("ec2:StopInstances", "*"),
        {"Effect": "Allow", "Action": actions, "Resource": "*"},
    ]));
    assert!(matches!(decide(&account, "s3:GetObject", "*"), Decision::Unknown(_)));
    assert!(is_allowed(&account, "ec2:StopInstances", "*"));
}

#[test]
fn an_endless_pattern_is_refused_as_unknown() {
    let account = holding(json!([allow(&"*a".repeat(100_000), "*")]));
    assert!(matches!(decide(&account, "s3:GetObject", "*"), Decision::Unknown(_)));
}

#[test]
fn thousands_of_crossing_denies_end_in_time_and_lose_no_right() {
    let mut statements = vec![allow("*", "*")];
    for n in 0..1_000 {
        statements.push(json!({"Effect": "Deny", "Action": format!("*a{n}*"),
            "Resource": format!("*b{n}*"), "Condition": {"StringEquals": {"aws:x": n.to_string()}}}));
    }
    let account = holding(Value::Array(statements));
    let reach = reach(&account);
    assert!(!reach.capabilities.is_empty());
    assert!(reach.gaps.iter().any(|gap| gap.reason.contains("too large")), "{:?}", reach.gaps);
    assert!(is_allowed(&account, "ec2:StopInstances", "*"));
}

#[test]
fn patterns_of_stars_end_in_time() {
    let stars = "*a".repeat(2_000);
    let statements: Vec<Value> = (0..50)
        .flat_map(|_| [allow(&format!("s3:{stars}"), "*"), deny(&format!("s3:b{stars}"), &stars)])
        .collect();
    let reach = reach(&holding(Value::Array(statements)));
    assert!(!reach.capabilities.is_empty());
}

#[test]
fn a_condition_nested_without_end_is_refused_where_it_stands() {
    let mut deep = json!("x");
    for _ in 0..40 {
        deep = json!({"StringEquals": deep});
    }
    let account = holding(json!([
        {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": deep},
        allow("ec2:StopInstances", "*"),
    ]));
    assert!(is_allowed(&account, "ec2:StopInstances", "*"));
    assert!(!reach(&account).gaps.is_empty());
}

#[test]
fn roles_that_trust_each_other_in_a_circle_end() {
    let mut dump = example();
    for (from, to) in [(0, "open"), (3, "agent")] {
        dump["RoleDetailList"][from]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] =
            json!({"AWS": format!("arn:aws:iam::111122223333:role/{to}")});
    }
    let reach = reach(&read(&dump).snapshot);
    assert!(reach.risks.iter().any(|hit| hit.rule == "AWS-ASSUME-ROLE"));
}

#[test]
fn a_duplicate_element_is_refused_rather_than_chosen() {
    let text = example().to_string().replace(
        r#""Statement":[]"#,
        r#""Statement":[{"Effect":"Allow","Effect":"Deny","Action":"s3:*","Resource":"*"}]"#,
    );
    let account = gradus::scan::aws::read(&document(&text)).snapshot;
    assert!(matches!(decide(&account, "s3:GetObject", "*"), Decision::Unknown(_)));
}
