//! How risks are told.

use super::build::{Cluster, bot_subject, risk_ids, rule, urls};
use crate::model::{
    capability::RiskClass,
    finding::Severity,
    kubernetes::{
        Scope,
        rbac::{Origin, RoleKind},
    },
};

/// What matters of the built-in role edit, supplied where the evidence lacks it.
fn edit(scope: Scope) -> Cluster {
    let mut cluster = Cluster::new()
        .role(
            Scope::Cluster,
            "edit",
            vec![
                rule("get list watch", "core", "pods/attach pods/exec pods/portforward secrets"),
                rule("impersonate", "core", "serviceaccounts"),
                rule("create delete patch update", "core", "pods pods/exec pods/portforward"),
                rule(
                    "create delete patch update",
                    "core",
                    "configmaps persistentvolumeclaims secrets serviceaccounts",
                ),
                rule("create", "core", "serviceaccounts/token"),
                rule(
                    "create delete deletecollection patch update",
                    "apps",
                    "deployments statefulsets",
                ),
                rule(
                    "create delete patch update",
                    "networking.k8s.io",
                    "ingresses networkpolicies",
                ),
            ],
        )
        .bind(scope, (RoleKind::ClusterRole, "edit"), bot_subject());
    cluster.0.roles[0].origin = Origin::BuiltIn;
    cluster
}

#[test]
fn the_built_in_role_edit_is_one_finding_in_a_namespace() {
    let reach = edit(Scope::Namespace("shop".into())).reach();
    assert_eq!(risk_ids(&reach), ["K8S-NS-EDIT"]);
    let hit = &reach.risks[0];
    assert_eq!((hit.class, hit.severity), (RiskClass::SelfEscalation, Severity::Critical));
    assert!(hit.message.contains("in namespace/shop"), "{}", hit.message);
    assert!(hit.grants[0].description.ends_with("ClusterRole/edit (built-in)"));
    assert_eq!(hit.grants[0].location, hit.grants[0].cut_at.clone().unwrap());
}

#[test]
fn the_built_in_role_edit_across_the_cluster_equals_administrator() {
    let reach = edit(Scope::Cluster).reach();
    assert_eq!(risk_ids(&reach), ["K8S-CLUSTER-EDIT"]);
    assert_eq!(reach.risks[0].class, RiskClass::AdminEquivalent);
}

#[test]
fn administrator_of_the_cluster_leaves_nothing_else_to_tell() {
    let reach = Cluster::new()
        .cluster_wide(vec![rule("*", "*", "*"), urls("*", "*")])
        .in_namespace("shop", vec![rule("get", "core", "secrets")])
        .reach();
    assert_eq!(risk_ids(&reach), ["K8S-ADMIN"]);
    assert_eq!(
        reach.risks[0].message,
        "system:serviceaccount:ops:bot is cluster administrator: it holds every verb on every resource in the whole cluster"
    );
}

#[test]
fn administrator_of_one_namespace_hides_nothing_of_another() {
    let reach = Cluster::new()
        .in_namespace("shop", vec![rule("*", "*", "*")])
        .in_namespace("ops", vec![rule("get", "core", "secrets")])
        .reach();
    assert_eq!(risk_ids(&reach), ["K8S-NS-ADMIN", "K8S-SECRETS"]);
    let secrets = reach.risks.iter().find(|risk| risk.rule == "K8S-SECRETS").unwrap();
    assert_eq!(secrets.scope, "namespace/ops");
}

#[test]
fn several_namespaces_are_one_finding_that_names_them() {
    let reach = Cluster::new()
        .in_namespace("shop", vec![rule("create", "core", "pods/exec")])
        .in_namespace("ops", vec![rule("create", "core", "pods/exec")])
        .reach();
    assert_eq!(risk_ids(&reach), ["K8S-EXEC"]);
    assert_eq!(reach.risks[0].scope, "namespace/ops, namespace/shop");
    assert_eq!(reach.risks[0].grants.len(), 2);
}

#[test]
fn a_risk_of_the_whole_cluster_is_told_once() {
    let exec = || vec![rule("create", "core", "pods/exec")];
    let reach = Cluster::new().in_namespace("shop", exec()).cluster_wide(exec()).reach();
    assert_eq!(risk_ids(&reach), ["K8S-EXEC"]);
    assert_eq!(reach.risks[0].scope, "cluster");
}

#[test]
fn kube_system_and_the_unknown_count_like_the_cluster() {
    let severity = |scope: Scope| {
        let reach = Cluster::new()
            .role(Scope::Cluster, "r", vec![rule("list", "core", "secrets")])
            .bind(scope, (RoleKind::ClusterRole, "r"), bot_subject())
            .reach();
        reach.risks[0].severity
    };
    assert_eq!(severity(Scope::Namespace("shop".into())), Severity::High);
    assert_eq!(severity(Scope::Namespace("kube-system".into())), Severity::Critical);
    assert_eq!(severity(Scope::UnknownNamespace), Severity::Critical);
    assert_eq!(severity(Scope::Cluster), Severity::Critical);
}

#[test]
fn worst_comes_first() {
    let reach = Cluster::new()
        .in_namespace("shop", vec![rule("*", "example.com", "widgets")])
        .cluster_wide(vec![rule("impersonate", "core", "users"), rule("list", "core", "secrets")])
        .reach();
    assert_eq!(
        risk_ids(&reach),
        ["K8S-IMPERSONATE", "K8S-SECRETS", "K8S-DELETE-MANY", "K8S-VERB-WILDCARD"]
    );
}

#[test]
fn a_message_names_principal_permission_and_scope() {
    let reach =
        Cluster::new().in_namespace("shop", vec![rule("create get", "core", "secrets")]).reach();
    let token = reach.risks.iter().find(|risk| risk.rule == "K8S-TOKEN-SECRET").unwrap();
    assert_eq!(
        token.message,
        "system:serviceaccount:ops:bot can obtain a lasting token of any ServiceAccount: create secrets and get secrets in namespace/shop"
    );
}
