//! What an API server of some version makes of a grant.

use super::build::{Cluster, risk_ids, rule, worst_effect};
use crate::model::{
    capability::{Condition, Reach},
    effect::Effect,
    kubernetes::version::ServerVersion,
};

fn on(version: Option<&str>, verbs: &str, group: &str, resources: &str) -> Reach {
    let mut cluster = Cluster::new().cluster_wide(vec![rule(verbs, group, resources)]);
    cluster.0.version = version.and_then(ServerVersion::parse);
    cluster.reach()
}

#[test]
fn a_get_on_pods_exec_is_a_shell_until_the_server_asks_for_create() {
    let before = on(Some("v1.34.2"), "get", "core", "pods/exec");
    assert_eq!(worst_effect(&before), Some(Effect::Escalation));
    assert_eq!(risk_ids(&before), ["K8S-EXEC"]);
    assert_eq!(before.risks[0].condition, Condition::Always);
    let after = on(Some("v1.35.0"), "get", "core", "pods/exec");
    assert_eq!(worst_effect(&after), Some(Effect::Read));
    assert_eq!(risk_ids(&after), ["K8S-EXEC-BY-GET"]);
    let create = on(Some("v1.35.0"), "create", "core", "pods/exec");
    assert_eq!(risk_ids(&create), ["K8S-EXEC"]);
}

#[test]
fn where_the_version_is_not_known_the_worse_counts_and_says_so() {
    let reach = on(None, "get", "core", "pods/exec");
    assert_eq!(worst_effect(&reach), Some(Effect::Escalation));
    assert_eq!(risk_ids(&reach), ["K8S-EXEC"]);
    assert_eq!(
        reach.risks[0].condition,
        Condition::Unknown("the version of the API server".to_owned())
    );
}

#[test]
fn what_holds_on_every_server_needs_no_version() {
    let reach = on(None, "create get", "core", "pods/exec");
    assert_eq!(reach.risks[0].condition, Condition::Always);
}

#[test]
fn a_get_on_nodes_proxy_stays_a_shell() {
    let reach = on(Some("1.36"), "get", "core", "nodes/proxy");
    assert_eq!(risk_ids(&reach), ["K8S-NODE-PROXY"]);
    assert_eq!(worst_effect(&reach), Some(Effect::Escalation));
}

#[test]
fn mutating_policies_are_nothing_before_there_are_any() {
    let ids = |version| {
        let reach =
            on(version, "create", "admissionregistration.k8s.io", "mutatingadmissionpolicies");
        risk_ids(&reach).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert!(ids(Some("1.31")).is_empty());
    assert_eq!(ids(Some("1.36")), ["K8S-MUTATING-ADMISSION"]);
    assert_eq!(ids(None), ["K8S-MUTATING-ADMISSION"]);
}
