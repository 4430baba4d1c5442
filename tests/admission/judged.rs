//! What policies do to an agent's assessment, through the binary.

use std::{fs, path::Path};

use serde_json::Value;

use crate::{
    cluster::{EVERYTHING, policy, with},
    support::{copy, run},
};

/// The samples with a policy in the cluster.
fn assess(policy: &str) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let samples = folder.path().join("samples");
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("samples"), &samples);
    fs::write(samples.join("cluster/policy.yaml"), policy).unwrap();
    let run = run(folder.path(), &["assess", "samples", "-f", "json"]);
    run.ended(0);
    serde_json::from_str(&run.stdout).unwrap()
}

fn restarter(assessment: &Value) -> &Value {
    let agents = assessment["agents"].as_array().unwrap();
    agents.iter().find(|agent| agent["id"] == "restarter@prod").unwrap()
}

fn policy_status(assessment: &Value) -> (&str, &str) {
    let criteria = restarter(assessment)["criteria"].as_array().unwrap();
    let found = criteria.iter().find(|own| own["id"] == "POL-01").unwrap();
    (found["status"].as_str().unwrap(), found["reason"].as_str().unwrap())
}

fn findings<'a>(assessment: &'a Value, rule: &str) -> Vec<(&'a str, &'a Value)> {
    let all = assessment["findings"].as_array().unwrap();
    all.iter()
        .filter(|own| own["rule"] == rule)
        .map(|own| (own["message"].as_str().unwrap(), &own["agent"]))
        .collect()
}

/// Denies everything that restarter changes.
fn denies_all() -> String {
    policy(EVERYTHING, "request.userInfo.username != 'system:serviceaccount:agents:restarter'")
}

#[test]
fn a_policy_that_denies_every_change_lowers_the_credential() {
    let assessment = assess(&denies_all());
    let agent = restarter(&assessment);
    assert_eq!(agent["granted"]["credentialLevel"], 1, "{:#}", agent["granted"]);
    let gates: Vec<_> = agent["capabilities"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|own| own["plane"] == "kubernetes" && own["effect"] == "destructive")
        .map(|own| (own["gate"].as_str().unwrap(), own["gateReason"].as_str().unwrap()))
        .collect();
    assert!(!gates.is_empty());
    assert!(
        gates.iter().all(|gate| *gate == ("deny", "ValidatingAdmissionPolicy/p denies it")),
        "{gates:?}"
    );
}

#[test]
fn one_that_only_audits_lowers_nothing_and_is_a_finding_of_the_cluster() {
    let assessment = assess(&with(&denies_all(), "[Deny]", "[Audit]"));
    assert_eq!(restarter(&assessment)["granted"]["credentialLevel"], 5);
    let found = findings(&assessment, "K8S-GUARDRAIL-INEFFECTIVE");
    assert_eq!(found, [("ValidatingAdmissionPolicy/p only warns or audits", &Value::Null)]);
    let (status, reason) = policy_status(&assessment);
    assert_eq!(status, "fail", "{reason}");
}

#[test]
fn without_policies_in_the_evidence_nobody_knows_whether_any_bounds_it() {
    let assessment = assess("");
    let (status, reason) = policy_status(&assessment);
    assert_eq!(status, "unknown");
    assert!(reason.contains("holds no admission policies"), "{reason}");
}

#[test]
fn enforced_policies_over_every_change_pass_and_a_change_beside_them_fails() {
    let bounded = assess(&policy(EVERYTHING, "object.spec.replicas < 5"));
    assert_eq!(policy_status(&bounded).0, "pass", "{:?}", policy_status(&bounded));
    let claims = "{apiGroups: [''], apiVersions: ['*'], operations: ['*'], resources: [persistentvolumeclaims]}";
    let some = assess(&policy(claims, "object.spec.replicas < 5"));
    let (status, reason) = policy_status(&some);
    assert_eq!(status, "fail");
    assert!(reason.contains("no policy bounds"), "{reason}");
}

#[test]
fn what_leaves_one_agent_out_is_a_finding_of_that_agent() {
    let others = with(
        &denies_all(),
        "  validations:",
        "  matchConditions:\n    - name: not-the-restarter\n      expression: >-\n        \
         request.userInfo.username != 'system:serviceaccount:agents:restarter'\n  validations:",
    );
    let assessment = assess(&with(
        &others,
        "request.userInfo.username != 'system:serviceaccount:agents:restarter'\n---",
        "false\n---",
    ));
    let found = findings(&assessment, "K8S-GUARDRAIL-EXEMPT");
    assert!(found.iter().any(|(_, agent)| *agent == "restarter@prod"), "{found:?}");
    assert!(found.iter().all(|(_, agent)| *agent == "restarter@prod"), "{found:?}");
}
