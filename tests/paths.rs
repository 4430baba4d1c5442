//! Paths from manifests to the page: what one patched Deployment comes to.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;

use gradus::{
    model::{capability::Reach, kubernetes::ClusterSnapshot, principal::Principal},
    privilege::rbac::{Evaluator, Identity},
    rubric::kubernetes::KubernetesRules,
    scan::kubernetes::ClusterBuilder,
    source::{SyntaxHint, limits::Limits, parse_each},
};

const MANIFESTS: &str = include_str!("fixtures/kubernetes/paths.yaml");

fn cluster(text: &str) -> ClusterSnapshot {
    let file: Arc<str> = "cluster.yaml".into();
    let mut builder = ClusterBuilder::new("cluster");
    parse_each(&file, text.as_bytes(), SyntaxHint::Yaml, &Limits::default(), &mut |document| {
        builder.accept(&document);
    });
    builder.finish()
}

fn reach(snapshot: &ClusterSnapshot) -> Reach {
    let rules = KubernetesRules::embedded().unwrap();
    let fixer = Principal::kubernetes("system:serviceaccount:agents:fixer");
    Evaluator::new(snapshot, &rules).reach(&Identity::of(&fixer).unwrap())
}

/// Each path as its target and its steps with the line that allows each.
fn told(reach: &Reach) -> Vec<String> {
    let step = |hop: &gradus::model::path::Hop| {
        let line = hop.grants.first().and_then(|grant| grant.location.line);
        format!("{} at {}", hop.rule, line.map_or("-".to_owned(), |line| line.to_string()))
    };
    reach
        .paths
        .iter()
        .map(|path| {
            let steps: Vec<String> = path.hops.iter().map(step).collect();
            let certain = if path.is_certain() { "certain" } else { "possible" };
            format!("{} {certain}: {}", path.target, steps.join(", "))
        })
        .collect()
}

#[test]
fn a_patch_of_one_deployment_is_administrator_and_a_cloud_role() {
    assert_eq!(
        told(&reach(&cluster(MANIFESTS))),
        [
            "cluster-admin certain: K8S-WORKLOAD at 36, K8S-ADMIN at 51",
            "arn:aws:iam::111122223333:role/uploads possible: K8S-WORKLOAD at 36, \
             K8S-PATH-CLOUD at 12",
        ]
    );
}

#[test]
fn without_the_deployer_only_the_cloud_role_is_left() {
    let snapshot = cluster(MANIFESTS.rsplit_once("---").unwrap().0);
    let targets: Vec<String> =
        reach(&snapshot).paths.iter().map(|path| path.target.to_string()).collect();
    assert_eq!(targets, ["arn:aws:iam::111122223333:role/uploads"]);
}

#[test]
fn a_quota_of_no_pods_in_the_manifests_closes_both() {
    let quota = "---\napiVersion: v1\nkind: ResourceQuota\nmetadata: {name: none, namespace: \
                 shop}\nspec: {hard: {pods: \"0\"}}\n";
    assert_eq!(told(&reach(&cluster(&format!("{MANIFESTS}{quota}")))), Vec::<String>::new());
}

#[test]
fn a_label_that_admits_anything_adds_the_node() {
    let open = MANIFESTS.replace("enforce: restricted", "enforce: privileged");
    let told = told(&reach(&cluster(&open)));
    assert!(told.contains(&"node certain: K8S-PATH-NODE at 36".to_owned()), "{told:?}");
}
