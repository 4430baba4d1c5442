//! What the evidence lacks stays a doubt on the way, named or not.

use super::{
    super::build::{Cluster, named, place, rule},
    subject, within,
};
use crate::model::{
    coverage::Gap,
    kubernetes::{
        Scope,
        rbac::{PolicyRule, RoleKind},
    },
    path::PathTarget,
};

/// Nobody is administrator by a role that stands in the evidence.
fn without_administrator() -> Cluster {
    let mut cluster = Cluster::world();
    cluster.0.bindings.clear();
    cluster.0.roles.clear();
    cluster
}

fn reads_token_of(cluster: Cluster, account: &str) -> Cluster {
    cluster
        .token_secret("shop", "its-token", account)
        .cluster_wide(vec![named(rule("get", "core", "secrets"), "its-token")])
}

#[test]
fn an_account_bound_to_a_role_that_is_missing_may_be_administrator() {
    let owner = (RoleKind::ClusterRole, "platform-owner");
    let bound = |scope| without_administrator().bind(scope, owner, subject("shop", "strong"));
    let whole = reads_token_of(bound(Scope::Cluster), "strong");
    assert_eq!(whole.to_admin(), "possible: K8S-SECRETS K8S-ADMIN");
    let path = whole.path_to(&PathTarget::ClusterAdmin).expect("a path");
    let missing = "what ClusterRole/platform-owner gives: the evidence lacks it";
    assert_eq!(path.unknowns(), [missing]);
    let another = reads_token_of(bound(Scope::Cluster), "weak");
    assert_eq!(another.to_admin(), "none");
    let role = vec![rule("get", "core", "pods")];
    let there = bound(Scope::Cluster).role(Scope::Cluster, "platform-owner", role);
    assert_eq!(reads_token_of(there, "strong").to_admin(), "none");
}

#[test]
fn a_missing_role_of_a_namespace_may_give_that_namespace_and_no_more() {
    let owner = (RoleKind::Role, "owner");
    let bound = |namespace| {
        let cluster =
            without_administrator().bind(within(namespace), owner, subject("shop", "weak"));
        reads_token_of(cluster, "weak")
    };
    let target = PathTarget::NamespaceAdmin("kube-system".to_owned());
    let path = bound("kube-system").path_to(&target);
    assert!(path.is_some_and(|path| !path.is_certain()));
    assert_eq!(bound("ops").path_to(&target), None);
    assert_eq!(bound("ops").to_admin(), "none");
}

#[test]
fn a_role_that_was_read_in_part_may_give_anything_too() {
    let mut cluster = reads_token_of(
        without_administrator()
            .role(Scope::Cluster, "halves", vec![rule("get", "core", "pods")])
            .bind(Scope::Cluster, (RoleKind::ClusterRole, "halves"), subject("shop", "weak")),
        "weak",
    );
    assert_eq!(cluster.to_admin(), "none");
    let half = cluster.0.roles.iter_mut().find(|role| *role.name == *"halves").expect("a role");
    half.gaps.push(Gap { location: place(1), reason: "a rule is no mapping".to_owned() });
    assert_eq!(cluster.to_admin(), "possible: K8S-SECRETS K8S-ADMIN");
}

#[test]
fn a_named_workload_that_no_list_shows_may_be_anywhere_the_rule_holds() {
    let patch = || named(rule("patch", "apps", "deployments"), "web");
    let everywhere = Cluster::world().cluster_wide(vec![patch()]);
    assert_eq!(everywhere.to_admin(), "none");
    assert_eq!(
        everywhere.not_listing("apps/Deployment").to_admin(),
        "possible: K8S-WORKLOAD K8S-ADMIN"
    );
    let elsewhere =
        Cluster::world().in_namespace("ops", vec![patch()]).not_listing("apps/Deployment");
    assert_eq!(elsewhere.to_admin(), "none");
}

#[test]
fn a_named_workload_that_no_list_shows_may_reach_its_node() {
    let patch = || vec![named(rule("patch", "apps", "deployments"), "web")];
    let open = Cluster::world().space("shop", Some("privileged")).in_namespace("shop", patch());
    assert_eq!(open.to_node(), "none");
    assert_eq!(open.not_listing("apps/Deployment").to_node(), "possible: K8S-PATH-NODE");
}

#[test]
fn a_named_secret_that_no_list_shows_may_hold_a_token() {
    let read = |rules: Vec<PolicyRule>| Cluster::world().cluster_wide(rules);
    let named_one = || read(vec![named(rule("get", "core", "secrets"), "op-token")]);
    assert_eq!(named_one().to_admin(), "none");
    let unlisted = named_one().not_listing("Secret");
    assert_eq!(unlisted.to_admin(), "possible: K8S-SECRETS K8S-ADMIN");
    let deletes = read(vec![named(rule("delete", "core", "secrets"), "op-token")]);
    assert_eq!(deletes.not_listing("Secret").to_admin(), "none");
}
