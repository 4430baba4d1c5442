//! Paths from manifests to the page: what one patched Deployment comes to.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;

use gradus::{
    model::{
        capability::Reach, evidence::Evidence, kubernetes::ClusterSnapshot, principal::Principal,
    },
    privilege::{
        link,
        rbac::{Evaluator, Identity},
    },
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
    let mut evidence = Evidence { clusters: vec![builder.finish()], ..Evidence::default() };
    link::give(&mut evidence, None);
    evidence.clusters.remove(0)
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

const STRAY: &str = include_str!("fixtures/kubernetes/stray.yaml");

/// The paths of an agent with one right, where these objects are in the evidence
/// besides.
fn with(verb: &str, resource: &str, others: &str) -> Vec<String> {
    let own = STRAY.replace("VERB", verb).replace("RESOURCE", resource);
    told(&reach(&cluster(&format!("{own}---\n{others}\n"))))
}

/// What a client lists of a kind over all namespaces; of each object its
/// metadata and what else is in it.
fn dump(kind: &str, objects: &[(&str, &str)]) -> String {
    let items: Vec<String> = objects
        .iter()
        .enumerate()
        .map(|(number, (metadata, rest))| {
            format!(
                "{{apiVersion: v1, kind: {kind}, metadata: {{uid: u{number}, {metadata}}}{rest}}}"
            )
        })
        .collect();
    let items = items.join(", ");
    format!("{{apiVersion: v1, kind: List, metadata: {{resourceVersion: \"\"}}, items: [{items}]}}")
}

const POD: &str = "{apiVersion: v1, kind: Pod, metadata: {name: debug, namespace: dev}, \
                   spec: {automountServiceAccountToken: false, containers: []}}";

fn pods() -> String {
    let runs = ", spec: {containers: []}";
    dump(
        "Pod",
        &[("name: coredns, namespace: kube-system", runs), ("name: web, namespace: dev", runs)],
    )
}

fn leads_to<'t>(told: &'t [String], target: &str) -> Option<&'t str> {
    told.iter().find_map(|path| path.strip_prefix(target)).map(str::trim_start)
}

#[test]
fn a_stray_pod_does_not_tell_in_which_pods_a_shell_opens() {
    let exec = |others: &str| with("create", "pods/exec", others);
    let unlisted = exec("");
    assert!(leads_to(&unlisted, "cluster-admin").unwrap().starts_with("possible: K8S-EXEC"));
    assert_eq!(exec(POD), unlisted);
    assert_eq!(leads_to(&exec(&pods()), "cluster-admin"), None);
}

#[test]
fn a_stray_secret_does_not_tell_which_hold_tokens() {
    let read = |others: &str| with("get", "secrets", others);
    let unlisted = read("");
    assert!(leads_to(&unlisted, "cluster-admin").unwrap().starts_with("possible: K8S-SECRET"));
    let stray = "{apiVersion: v1, kind: Secret, metadata: {name: s, namespace: dev}, type: Opaque}";
    assert_eq!(read(stray), unlisted);
    let opaque = ", type: Opaque";
    let listed =
        dump("Secret", &[("name: s, namespace: dev", opaque), ("name: t, namespace: ops", opaque)]);
    assert_eq!(leads_to(&read(&listed), "cluster-admin"), None);
}

#[test]
fn a_stray_namespace_does_not_close_those_that_every_cluster_has() {
    let create = |others: &str| with("create", "pods", others);
    let unlisted = create("");
    assert!(leads_to(&unlisted, "node").unwrap().starts_with("possible: K8S-PATH-NODE"));
    let labels = |name: &str| {
        format!("name: {name}, labels: {{pod-security.kubernetes.io/enforce: restricted}}")
    };
    let stray = format!("{{apiVersion: v1, kind: Namespace, metadata: {{{}}}}}", labels("dev"));
    assert_eq!(create(&stray), unlisted);
    let names =
        ["agents", "default", "dev", "kube-node-lease", "kube-public", "kube-system", "ops"];
    let all = names.map(labels);
    let listed: Vec<(&str, &str)> = all.iter().map(|metadata| (metadata.as_str(), "")).collect();
    assert_eq!(leads_to(&create(&dump("Namespace", &listed)), "node"), None);
    assert!(leads_to(&create(&dump("Namespace", &listed[..4])), "node").is_some());
}

#[test]
fn a_stray_workload_of_kube_system_does_not_tell_where_the_control_plane_runs() {
    let proxy = |others: &str| with("get", "nodes/proxy", others);
    let unlisted = proxy("");
    assert!(leads_to(&unlisted, "cluster-admin").unwrap().starts_with("possible: K8S-NODE-PROXY"));
    let coredns = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: coredns, namespace: \
                   kube-system}, spec: {template: {spec: {containers: []}}}}";
    assert_eq!(proxy(&format!("{coredns}\n---\n{POD}")), unlisted);
    assert_eq!(leads_to(&proxy(&pods()), "cluster-admin"), None);
}
