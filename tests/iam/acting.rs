//! Whom agents act as, and who else does, as the reports tell it.

use std::path::Path;

use serde_json::{Value, json};

use crate::{
    account::allow,
    chains::role,
    support::{copy, run},
};

const WORKSPACE: &str = r#"apiVersion: gradus/v1
kind: Workspace
metadata: {name: acting}
agents:
  - name: bot
    environment: prod
    owner: team
    purpose: shows whom it acts as
    principals: {aws: ["arn:aws:iam::111122223333:role/bot"]}
  - name: twin
    environment: prod
    owner: team
    purpose: acts as whom it says
    principals: {aws: ["TWIN"]}
sources:
  aws: [{path: details.json}]
"#;

/// Two agents, the second of which acts as `twin`, in an account where the role
/// `bot` has this trust policy.
fn assessed(twin: &str, trust: Value) -> Value {
    let mut bot = role("bot", &[], json!([allow("s3:ListAllMyBuckets", "*")]));
    bot["AssumeRolePolicyDocument"]["Statement"] = trust;
    let key = json!({"UserName": "key", "Arn": "arn:aws:iam::111122223333:user/key",
        "GroupList": [], "AttachedManagedPolicies": [], "UserPolicyList": []});
    let dump = json!({"RoleDetailList": [bot], "UserDetailList": [key]});
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("details.json", &dump.to_string());
    write("gradus.yaml", &WORKSPACE.replace("TWIN", twin));
    let json = run(folder.path(), &["assess", ".", "-f", "json"]);
    json.ended(0);
    serde_json::from_str(&json.stdout).unwrap()
}

/// The rules about whom it acts as that an agent broke.
fn broken(assessment: &Value, agent: &str) -> Vec<String> {
    let findings = assessment["findings"].as_array().unwrap();
    let mut rules: Vec<String> = findings
        .iter()
        .filter(|finding| finding["agent"] == agent)
        .map(|finding| finding["rule"].as_str().unwrap().to_owned())
        .filter(|rule| rule.starts_with("AWS-AGENT-") || rule == "AGENT-ACCOUNT")
        .collect();
    rules.sort();
    rules
}

fn by_tasks() -> Value {
    json!([{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"},
        "Action": "sts:AssumeRole"}])
}

#[test]
fn a_role_of_its_own_that_a_service_hands_out_is_an_identity_of_its_own() {
    let assessment = assessed("arn:aws:iam::111122223333:user/key", by_tasks());
    assert_eq!(broken(&assessment, "bot@prod"), Vec::<String>::new());
    assert_eq!(broken(&assessment, "twin@prod"), ["AGENT-ACCOUNT", "AWS-AGENT-USER"]);
}

#[test]
fn a_role_that_two_agents_act_as_is_that_of_neither() {
    let assessment = assessed("arn:aws:iam::111122223333:role/bot", by_tasks());
    for agent in ["bot@prod", "twin@prod"] {
        assert_eq!(broken(&assessment, agent), ["AGENT-ACCOUNT", "AWS-AGENT-SHARED"], "{agent}");
    }
}

#[test]
fn a_role_that_people_sign_in_to_is_no_identity_of_an_agents_own() {
    let provider = "arn:aws:iam::111122223333:saml-provider/idp";
    let people = json!({"Effect": "Allow", "Principal": {"Federated": provider},
        "Action": "sts:AssumeRoleWithSAML",
        "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}});
    let mut trust = by_tasks();
    trust.as_array_mut().unwrap().push(people);
    let assessment = assessed("arn:aws:iam::111122223333:role/none", trust);
    assert_eq!(broken(&assessment, "bot@prod"), ["AGENT-ACCOUNT", "AWS-AGENT-SHARED"]);
    let findings = assessment["findings"].as_array().unwrap();
    let shared = findings.iter().find(|one| one["rule"] == "AWS-AGENT-SHARED").unwrap();
    let message = shared["message"].as_str().unwrap();
    assert!(message.contains("people that idp vouches for may act as it"), "{message}");
}

#[test]
fn what_policies_of_resources_say_is_told_to_be_out_of_sight() {
    let assessment = assessed("arn:aws:iam::111122223333:role/none", by_tasks());
    let gaps = assessment["coverage"]["gaps"].as_array().unwrap();
    let told = |gap: &&Value| {
        gap["reason"].as_str().unwrap().starts_with("policies of resources")
            && gap["location"]["path"] == "details.json"
    };
    assert_eq!(gaps.iter().filter(told).count(), 1, "{gaps:#?}");
}

#[test]
fn a_role_that_the_accounts_of_two_agents_are_let_into_is_shared() {
    let folder = tempfile::tempdir().unwrap();
    let estate = folder.path().join("estate");
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/link/estate");
    copy(&fixtures, &estate);
    let details = estate.join("aws/authorization-details.json");
    let text = std::fs::read_to_string(&details).unwrap();
    let alone = r#""system:serviceaccount:agents:pod-bot""#;
    let both =
        r#"["system:serviceaccount:agents:pod-bot", "system:serviceaccount:agents:late-bot"]"#;
    let shared = |text: &str| {
        std::fs::write(&details, text).unwrap();
        let json = run(folder.path(), &["assess", "estate", "-f", "json"]);
        json.ended(0);
        let assessment: Value = serde_json::from_str(&json.stdout).unwrap();
        ["pod-bot@prod", "late-bot@prod"]
            .map(|agent| broken(&assessment, agent).contains(&"AWS-AGENT-SHARED".to_owned()))
    };
    assert_eq!(shared(&text), [false, false]);
    assert_eq!(shared(&text.replacen(alone, both, 1)), [true, true]);
}
