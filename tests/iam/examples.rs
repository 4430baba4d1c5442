//! Every example of every rule, through scanner and engine.

use gradus::{
    model::{
        aws::{AccountSnapshot, Attachment, eks::EksCluster},
        capability::Condition,
        location::Location,
    },
    privilege::iam::{Actors, Evaluator},
    rubric::aws::{Example, TrustExample},
};
use serde_json::{Value, json};

use crate::account::{ROLE, RULES, USER, bounded, example as example_account, holding, read};

/// The role that trust policies are tried on.
const OTHER: &str = "arn:aws:iam::111122223333:role/other";

fn account(example: &Example) -> AccountSnapshot {
    let statements = Value::Array(example.statements.clone());
    let mut account = if example.bounded {
        bounded(statements, json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]))
    } else {
        holding(statements)
    };
    let role = account.roles.get_mut(ROLE).unwrap();
    role.identity.attached.extend(example.attached.iter().map(|name| Attachment {
        arn: format!("arn:aws:iam::aws:policy/{name}"),
        location: Location::file("aws/details.json"),
    }));
    account
}

/// How a risk holds for an example: `always`, `conditional`, `unknown`, if at all.
fn held(rule: &str, example: &Example) -> Option<&'static str> {
    let account = account(example);
    let principal = if example.by.as_deref() == Some("user") { USER } else { ROLE };
    let reach = Evaluator::new(&account, &RULES).reach(principal);
    // Of an AWS-managed policy nothing but the name is there.
    if example.attached.is_empty() {
        assert_eq!(reach.gaps, Vec::new(), "{rule}: the example cannot be read");
    }
    reach
        .risks
        .iter()
        .filter(|hit| hit.rule == rule)
        .map(|hit| match hit.condition {
            Condition::Always => "always",
            Condition::If(_) => "conditional",
            Condition::Unknown(_) => "unknown",
        })
        .min()
}

#[test]
fn every_risk_holds_for_what_it_says_it_matches() {
    let mut wrong = Vec::new();
    for risk in RULES.risks() {
        assert!(!risk.examples.matches.is_empty(), "{} has no example that matches", risk.id);
        for (index, example) in risk.examples.matches.iter().enumerate() {
            let expected = example.holds.as_deref().unwrap_or("always");
            let found = held(&risk.id, example);
            if found != Some(expected) {
                wrong.push(format!("{} matches {index}: {expected}, found {found:?}", risk.id));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn no_risk_holds_for_what_it_says_it_does_not_match() {
    let mut wrong = Vec::new();
    for risk in RULES.risks() {
        assert!(!risk.examples.does_not_match.is_empty(), "{} lacks a counter-example", risk.id);
        for (index, example) in risk.examples.does_not_match.iter().enumerate() {
            if let Some(found) = held(&risk.id, example) {
                wrong.push(format!("{} doesNotMatch {index}: found {found}", risk.id));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_action_that_a_risk_names_is_in_the_action_table() {
    let mut unknown = Vec::new();
    for risk in RULES.risks() {
        for action in risk.sets.iter().flat_map(|set| &set.all) {
            let lower = action.to_ascii_lowercase();
            let known = lower
                .split_once(':')
                .and_then(|(service, _)| RULES.service(service))
                .is_some_and(|service| service.find(&lower).is_some());
            if !known && !action.contains('*') {
                unknown.push(format!("{}: {action}", risk.id));
            }
        }
    }
    // Not in the Service Authorization Reference, but seen in logs and policies.
    unknown.retain(|entry| !entry.ends_with("iot:AssumeRoleWithCertificate"));
    assert_eq!(unknown, Vec::<String>::new());
}

#[test]
fn every_risk_explains_itself() {
    for risk in RULES.risks() {
        for text in [&risk.title, &risk.message, &risk.remedy, &risk.why] {
            assert!(!text.is_empty(), "{} lacks a text", risk.id);
        }
        assert!(!risk.references.is_empty(), "{} lacks a reference", risk.id);
        assert!(risk.message.contains("{principal}"), "{} does not say who", risk.id);
    }
}

/// An account of EKS with a cluster of that issuer, in the region that it names.
fn cluster(issuer: &String) -> EksCluster {
    let region = issuer.split('.').nth(2).unwrap();
    EksCluster {
        arn: Some(format!("arn:aws:eks:{region}:111122223333:cluster/{issuer}")),
        issuer: Some(issuer.clone()),
        ..EksCluster::default()
    }
}

/// The rules that find something wrong with the role `other` when it is trusted so,
/// and with what an agent acts as.
fn trusted(example: &TrustExample) -> Vec<String> {
    let mut dump = example_account();
    let roles = &mut dump["RoleDetailList"];
    if !example.statements.is_empty() {
        roles[4]["AssumeRolePolicyDocument"]["Statement"] = json!(example.statements);
    }
    if let Some(open) = &example.open {
        roles[3]["AssumeRolePolicyDocument"]["Statement"] = json!(open);
    }
    if let Some(holding) = &example.holding {
        roles[4]["RolePolicyList"] = json!([{"PolicyName": "own",
            "PolicyDocument": {"Version": "2012-10-17", "Statement": holding}}]);
    }
    let mut account = read(&dump).snapshot;
    account.session_limits.extend(example.seconds.map(|seconds| (OTHER.to_owned(), seconds)));
    let evaluator = Evaluator::new(&account, &RULES);
    let clusters: Vec<EksCluster> = example.clusters.iter().map(cluster).collect();
    let mut risks = evaluator.account_risks(&clusters);
    risks.retain(|risk| risk.message.contains("other"));
    let others: Vec<&str> = example.beside.iter().map(String::as_str).collect();
    let agent = if example.by.as_deref() == Some("user") { USER } else { OTHER };
    risks.extend(evaluator.agent_risks(agent, &Actors { own: &[agent], others: &others }));
    risks.into_iter().map(|risk| risk.rule).collect()
}

#[test]
fn every_rule_of_trust_tells_its_examples_apart() {
    let mut wrong = Vec::new();
    for rule in RULES.trust() {
        assert!(!rule.examples.matches.is_empty(), "{} has no example", rule.id);
        assert!(!rule.examples.does_not_match.is_empty(), "{} has no counter-example", rule.id);
        let both = [(&rule.examples.matches, true), (&rule.examples.does_not_match, false)];
        for (examples, matches) in both {
            for (index, example) in examples.iter().enumerate() {
                let found = trusted(example);
                if found.contains(&rule.id) != matches {
                    wrong.push(format!("{} {index}, matches: {matches}: {found:?}", rule.id));
                }
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn a_role_of_aws_itself_has_no_trust_to_be_told_of() {
    let mut dump = example_account();
    let role = &mut dump["RoleDetailList"][4];
    role["Arn"] = json!("arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/other");
    role["AssumeRolePolicyDocument"]["Statement"] =
        json!([{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]);
    let account = read(&dump).snapshot;
    let risks = Evaluator::new(&account, &RULES).account_risks(&[]);
    assert!(risks.iter().all(|risk| !risk.message.contains("other")), "{risks:?}");
}
