//! What the roles that Kubernetes ships are told as: a reader of a report sees
//! causes, not forty consequences.

use super::build::{Cluster, bot_subject, risk_ids, rule, urls};
use crate::model::kubernetes::{
    Scope,
    rbac::{PolicyRule, RoleKind},
};

const READ: &str = "get list watch";
const WRITE: &str = "create delete deletecollection patch update";
const ALL_VERBS: &str = "create delete deletecollection get list patch update watch";

/// `bootstrappolicy/policy.go` of kubernetes/kubernetes, 1.33.
fn view() -> Vec<PolicyRule> {
    vec![
        rule(
            READ,
            "core",
            "configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods \
             replicationcontrollers replicationcontrollers/scale serviceaccounts services \
             services/status bindings events limitranges namespaces/status pods/log pods/status \
             replicationcontrollers/status resourcequotas resourcequotas/status namespaces",
        ),
        rule(READ, "discovery.k8s.io", "endpointslices"),
        rule(
            READ,
            "apps",
            "controllerrevisions daemonsets daemonsets/status deployments deployments/scale \
             deployments/status replicasets replicasets/scale replicasets/status statefulsets \
             statefulsets/scale statefulsets/status",
        ),
        rule(READ, "autoscaling", "horizontalpodautoscalers horizontalpodautoscalers/status"),
        rule(READ, "batch", "cronjobs cronjobs/status jobs jobs/status"),
        rule(READ, "policy", "poddisruptionbudgets poddisruptionbudgets/status"),
        rule(READ, "networking.k8s.io", "ingresses ingresses/status networkpolicies"),
    ]
}

fn edit() -> Vec<PolicyRule> {
    let mut rules = view();
    rules.extend([
        rule(
            READ,
            "core",
            "pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy",
        ),
        rule("impersonate", "core", "serviceaccounts"),
        rule(WRITE, "core", "pods pods/attach pods/exec pods/portforward pods/proxy"),
        rule("create", "core", "pods/eviction"),
        rule(
            WRITE,
            "core",
            "configmaps events persistentvolumeclaims replicationcontrollers \
             replicationcontrollers/scale secrets serviceaccounts services services/proxy",
        ),
        rule("create", "core", "serviceaccounts/token"),
        rule(
            WRITE,
            "apps",
            "daemonsets deployments deployments/rollback deployments/scale replicasets \
             replicasets/scale statefulsets statefulsets/scale",
        ),
        rule(WRITE, "autoscaling", "horizontalpodautoscalers"),
        rule(WRITE, "batch", "cronjobs jobs"),
        rule(WRITE, "policy", "poddisruptionbudgets"),
        rule(WRITE, "networking.k8s.io", "ingresses networkpolicies"),
        rule(ALL_VERBS, "coordination.k8s.io", "leases"),
    ]);
    rules
}

fn admin() -> Vec<PolicyRule> {
    let mut rules = edit();
    rules.extend([
        rule("create", "authorization.k8s.io", "localsubjectaccessreviews"),
        rule(ALL_VERBS, "rbac.authorization.k8s.io", "rolebindings roles"),
    ]);
    rules
}

fn cluster_admin() -> Vec<PolicyRule> {
    vec![rule("*", "*", "*"), urls("*", "*")]
}

fn told(rules: Vec<PolicyRule>, scope: Scope) -> Vec<String> {
    let reach = Cluster::new()
        .role(Scope::Cluster, "role", rules)
        .bind(scope, (RoleKind::ClusterRole, "role"), bot_subject())
        .reach();
    risk_ids(&reach).into_iter().map(str::to_owned).collect()
}

fn namespace(name: &str) -> Scope {
    Scope::Namespace(name.into())
}

#[test]
fn a_viewer_of_a_namespace_is_told_that_logs_are_hearsay() {
    assert_eq!(told(view(), namespace("shop")), ["K8S-POD-LOGS"]);
}

#[test]
fn a_viewer_of_the_cluster_reads_its_configuration_as_well() {
    assert_eq!(told(view(), Scope::Cluster), ["K8S-CONFIG-READ", "K8S-POD-LOGS"]);
}

#[test]
fn an_editor_of_a_namespace_is_one_finding() {
    assert_eq!(told(edit(), namespace("shop")), ["K8S-NS-EDIT"]);
    assert_eq!(told(admin(), namespace("shop")), ["K8S-NS-EDIT"]);
    assert_eq!(told(edit(), namespace("kube-system")), ["K8S-NS-EDIT"]);
}

#[test]
fn an_editor_of_the_cluster_is_one_finding() {
    assert_eq!(told(edit(), Scope::Cluster), ["K8S-CLUSTER-EDIT"]);
    assert_eq!(told(admin(), Scope::Cluster), ["K8S-CLUSTER-EDIT"]);
}

#[test]
fn an_administrator_is_one_finding() {
    assert_eq!(told(cluster_admin(), Scope::Cluster), ["K8S-ADMIN"]);
    assert_eq!(told(cluster_admin(), namespace("shop")), ["K8S-NS-ADMIN"]);
}

#[test]
fn a_writer_of_the_core_group_and_workloads_is_a_handful() {
    let verbs = "get list watch create update patch delete";
    assert_eq!(
        told(vec![rule(verbs, "core apps batch", "*")], namespace("shop")),
        [
            "K8S-CORE-CHANGE",
            "K8S-CORE-CREATE",
            "K8S-CORE-DELETE",
            "K8S-POD-SECURITY-LIFT",
            "K8S-SECRETS",
            "K8S-STATEFULSET-DELETE",
            "K8S-WORKLOAD-DELETE",
            "K8S-POD-LOGS",
        ]
    );
}

#[test]
fn who_creates_changes_or_deletes_everything_is_told_so_once() {
    for (verbs, wanted) in
        [("create", "K8S-CREATE-ALL"), ("patch", "K8S-CHANGE-ALL"), ("delete", "K8S-DELETE-ALL")]
    {
        for scope in [Scope::Cluster, namespace("shop")] {
            let told = told(vec![rule(verbs, "*", "*")], scope.clone());
            assert_eq!(told.iter().filter(|id| *id == wanted).count(), 1, "{told:?}");
            assert!(told.len() <= 3, "{verbs} in {scope}: {told:?}");
        }
    }
}

#[test]
fn a_reader_of_everything_is_told_so_once() {
    assert_eq!(
        told(vec![rule(READ, "*", "*"), urls("get", "*")], Scope::Cluster),
        ["K8S-READ-ALL", "K8S-URLS"]
    );
}
