//! From the agent to a node, and from there on.

use super::super::build::{Cluster, named, rule};
use crate::model::kubernetes::rbac::{PolicyRule, RoleKind, Subject};

fn in_shop(rules: Vec<PolicyRule>) -> Cluster {
    Cluster::world().in_namespace("shop", rules)
}

fn pods() -> PolicyRule {
    rule("create", "core", "pods")
}

#[test]
fn a_pod_reaches_its_node_where_pod_security_lets_it() {
    let shop = |level| in_shop(vec![pods()]).space("shop", level).to_node();
    assert_eq!(shop(Some("privileged")), "certain: K8S-PATH-NODE");
    assert_eq!(shop(None), "possible: K8S-PATH-NODE");
    assert_eq!(shop(Some("baseline")), "none");
    assert_eq!(shop(Some("restricted")), "none");
    assert_eq!(shop(Some("privilged")), "none");
}

#[test]
fn a_label_keeps_no_pod_out_before_the_server_enforces_it() {
    let at = |version| {
        let shop = in_shop(vec![pods()]).space("shop", Some("restricted"));
        shop.version(version).to_node()
    };
    assert_eq!(at("v1.20.2"), "certain: K8S-PATH-NODE");
    assert_eq!(at("v1.22.0"), "possible: K8S-PATH-NODE");
    assert_eq!(at("v1.23.0"), "none");
    let anywhere = |version| {
        let holding = Cluster::world().cluster_wide(vec![pods()]);
        holding.version(version).to_node()
    };
    assert_eq!(anywhere("v1.21.9"), "certain: K8S-PATH-NODE");
    assert_eq!(anywhere("v1.22.9"), "possible: K8S-PATH-NODE");
    assert_eq!(anywhere("v1.30.0"), "none");
}

#[test]
fn the_template_of_one_named_workload_is_enough() {
    let patch = |name| {
        in_shop(vec![named(rule("patch", "apps", "deployments"), name)])
            .workload("Deployment", "shop", "web", "weak")
            .space("shop", Some("privileged"))
    };
    assert_eq!(patch("web").to_node(), "certain: K8S-PATH-NODE");
    assert_eq!(patch("api").to_node(), "none");
    assert_eq!(patch("web").space("shop", Some("baseline")).to_node(), "none");
}

#[test]
fn a_namespace_that_the_evidence_lacks_is_a_doubt() {
    let mut cluster = in_shop(vec![pods()]);
    cluster.0.namespaces.retain(|namespace| *namespace.name != *"shop");
    assert_eq!(cluster.to_node(), "possible: K8S-PATH-NODE");
}

#[test]
fn whoever_changes_the_label_lets_the_pod_in() {
    let label = rule("patch", "core", "namespaces");
    let both = in_shop(vec![pods(), label.clone()]).space("shop", Some("restricted"));
    assert_eq!(both.to_node(), "certain: K8S-NAMESPACE-LABELS");
    assert_eq!(in_shop(vec![label.clone()]).to_node(), "none");
    let elsewhere = in_shop(vec![pods()]).in_namespace("ops", vec![label]);
    assert_eq!(elsewhere.to_node(), "none");
}

#[test]
fn whoever_changes_the_label_of_one_namespace_by_name_lets_the_pod_in() {
    let label = |name| named(rule("patch", "core", "namespaces"), name);
    let restricted = |cluster: Cluster| cluster.space("shop", Some("restricted")).to_node();
    let told = "certain: K8S-NAMESPACE-LABELS";
    assert_eq!(restricted(in_shop(vec![pods(), label("shop")])), told);
    assert_eq!(restricted(in_shop(vec![pods()]).cluster_wide(vec![label("shop")])), told);
    let everywhere = |rules| Cluster::world().cluster_wide(rules);
    assert_eq!(restricted(everywhere(vec![pods(), label("shop")])), told);
    let apart = everywhere(vec![pods()]).in_namespace("shop", vec![label("shop")]);
    assert_eq!(restricted(apart), told);
    assert_eq!(restricted(in_shop(vec![pods(), label("ops")])), "none");
    assert_eq!(restricted(in_shop(vec![pods()]).cluster_wide(vec![label("ops")])), "none");
    let of_another = in_shop(vec![pods()]).in_namespace("ops", vec![label("shop")]);
    assert_eq!(restricted(of_another), "none");
    assert_eq!(restricted(everywhere(vec![pods(), label("nowhere")])), "none");
    let patch = named(rule("patch", "apps", "deployments"), "web");
    let template = |name| {
        let cluster = in_shop(vec![patch.clone(), label(name)]);
        restricted(cluster.workload("Deployment", "shop", "web", "weak"))
    };
    assert_eq!(template("shop"), told);
    assert_eq!(template("ops"), "none");
}

#[test]
fn a_node_is_impersonated_by_its_name_and_its_group() {
    let user = |name| named(rule("impersonate", "core", "users"), name);
    let group = |name| named(rule("impersonate", "core", "groups"), name);
    let holding = |rules| Cluster::world().cluster_wide(rules);
    let node = || user("system:node:ip-10-0-0-1");
    let both = holding(vec![node(), group("system:nodes")]);
    assert_eq!(both.to_node(), "certain: K8S-IMPERSONATE");
    let strong = both.workload("DaemonSet", "shop", "agent", "strong");
    assert_eq!(strong.to_admin(), "certain: K8S-IMPERSONATE K8S-PATH-NODE K8S-ADMIN");
    assert_eq!(holding(vec![node()]).to_node(), "none");
    assert_eq!(holding(vec![node(), group("readers")]).to_node(), "none");
    let anyone = holding(vec![user("alice"), group("system:nodes")]);
    assert_eq!(anyone.to_node(), "none");
}

#[test]
fn rights_over_the_cluster_find_its_widest_namespace() {
    let holding = |rules| Cluster::world().cluster_wide(rules);
    assert_eq!(holding(vec![pods()]).to_node(), "none");
    let open = holding(vec![pods()]).space("lab", Some("privileged"));
    assert_eq!(open.to_node(), "certain: K8S-PATH-NODE");
    let full =
        holding(vec![pods()]).space("lab", Some("privileged")).quota("lab", &[("pods", "0")]);
    assert_eq!(full.to_node(), "none");
    let new = holding(vec![pods(), rule("create", "core", "namespaces")]);
    assert_eq!(new.to_node(), "possible: K8S-PATH-NODE");
}

#[test]
fn a_volume_over_a_path_of_the_node_passes_pod_security() {
    let claim = || rule("create", "core", "persistentvolumeclaims");
    let volume = || rule("create", "core", "persistentvolumes");
    let all = || in_shop(vec![pods(), claim()]).cluster_wide(vec![volume()]);
    assert_eq!(all().to_node(), "certain: K8S-PATH-NODE");
    let restricted = all().space("shop", Some("restricted"));
    assert_eq!(restricted.to_node(), "possible: K8S-PATH-NODE");
    let no_volume = in_shop(vec![pods(), claim(), volume()]);
    assert_eq!(no_volume.to_node(), "none");
}

#[test]
fn a_pod_has_its_claim_made_for_it_where_the_server_does_that() {
    let volume = rule("create", "core", "persistentvolumes");
    let at = |version| {
        let no_claim = in_shop(vec![pods()]).cluster_wide(vec![volume.clone()]);
        no_claim.version(version)
    };
    assert_eq!(at("v1.30.0").to_node(), "certain: K8S-PATH-NODE");
    assert_eq!(at("").to_node(), "certain: K8S-PATH-NODE");
    let restricted = at("v1.30.0").space("shop", Some("restricted"));
    assert_eq!(restricted.to_node(), "possible: K8S-PATH-NODE");
    let only_volumes = Cluster::world().cluster_wide(vec![volume.clone()]);
    assert_eq!(only_volumes.version("v1.30.0").to_node(), "none");
    let full = at("v1.30.0").quota("shop", &[("pods", "0")]);
    assert_eq!(full.to_node(), "none");
}

#[test]
fn a_shell_in_a_privileged_pod_is_on_its_node() {
    let exec = || {
        in_shop(vec![rule("create", "core", "pods/exec")]).workload("Pod", "shop", "agent", "weak")
    };
    assert_eq!(exec().to_node(), "none");
    let privileged = exec().whose(|pod| pod.node_access.privileged = true);
    assert_eq!(privileged.to_node(), "certain: K8S-EXEC");
    let host_path = exec().whose(|pod| pod.node_access.host_path = true);
    assert_eq!(host_path.to_node(), "possible: K8S-EXEC");
}

#[test]
fn nodes_proxy_is_the_node_and_subresources_beside_it_are_not() {
    let holding = |verbs, resource| {
        Cluster::world().cluster_wide(vec![rule(verbs, "core", resource)]).to_node()
    };
    assert_eq!(holding("get", "nodes/proxy"), "certain: K8S-NODE-PROXY");
    assert_eq!(holding("create", "*/proxy"), "certain: K8S-NODE-PROXY");
    assert_eq!(holding("get", "nodes/metrics nodes/stats nodes"), "none");
    assert_eq!(holding("get", "nodes/*"), "none");
    let one = Cluster::world().cluster_wide(vec![named(rule("get", "core", "nodes/proxy"), "n1")]);
    assert_eq!(one.to_node(), "certain: K8S-NODE-PROXY");
    assert_eq!(in_shop(vec![rule("get", "core", "nodes/proxy")]).to_node(), "none");
}

#[test]
fn a_nodes_certificate_takes_request_and_nodeclient() {
    let holding = |resources| {
        Cluster::world()
            .cluster_wide(vec![rule("create", "certificates.k8s.io", resources)])
            .to_node()
    };
    let both = "certificatesigningrequests certificatesigningrequests/nodeclient";
    assert_eq!(holding(both), "certain: K8S-CSR-NODE");
    assert_eq!(holding("certificatesigningrequests"), "none");
}

#[test]
fn bootstrap_tokens_join_where_they_are_approved() {
    let make =
        || Cluster::world().in_namespace("kube-system", vec![rule("create", "core", "secrets")]);
    assert_eq!(make().to_node(), "none");
    let approved = make().bind(
        crate::model::kubernetes::Scope::Cluster,
        (RoleKind::ClusterRole, "system:certificates.k8s.io:certificatesigningrequests:nodeclient"),
        Subject::Group("system:bootstrappers:kubeadm:default-node-token".into()),
    );
    assert_eq!(approved.to_node(), "possible: K8S-BOOTSTRAP-SECRET");
}

#[test]
fn a_node_is_every_account_whose_pods_it_runs() {
    let proxy = || Cluster::world().cluster_wide(vec![rule("get", "core", "nodes/proxy")]);
    assert_eq!(proxy().to_admin(), "none");
    let strong = proxy().workload("Deployment", "shop", "web", "strong");
    assert_eq!(strong.to_admin(), "certain: K8S-NODE-PROXY K8S-PATH-NODE K8S-ADMIN");
    let weak = proxy().workload("Deployment", "shop", "web", "weak");
    assert_eq!(weak.to_admin(), "none");
}

#[test]
fn one_node_surely_runs_daemons_and_maybe_others() {
    let shell = |kind: &str| {
        in_shop(vec![rule("create", "core", "pods/exec")])
            .workload("Pod", "shop", "agent", "weak")
            .whose(|pod| pod.node_access.privileged = true)
            .workload(kind, "kube-system", "system", "strong-system")
            .give(
                crate::model::kubernetes::Scope::Cluster,
                ("kube-system", "strong-system"),
                vec![super::everything()],
            )
            .to_admin()
    };
    assert_eq!(shell("DaemonSet"), "certain: K8S-EXEC K8S-PATH-NODE K8S-ADMIN");
    assert_eq!(shell("Deployment"), "possible: K8S-EXEC K8S-PATH-NODE K8S-ADMIN");
}

#[test]
fn a_node_of_the_control_plane_is_administrator_where_pods_show_it() {
    let proxy = || Cluster::world().cluster_wide(vec![rule("get", "core", "nodes/proxy")]);
    let shown = proxy().workload("Pod", "kube-system", "kube-apiserver-a", "default");
    assert_eq!(shown.to_admin(), "certain: K8S-NODE-PROXY K8S-PATH-NODE");
    let unlisted = proxy().not_listing("Pod");
    assert_eq!(unlisted.to_admin(), "possible: K8S-NODE-PROXY K8S-PATH-NODE");
    let mut eks = proxy().on_eks().not_listing("Pod");
    eks.0.bindings.retain(|binding| *binding.role.name != *"everything");
    assert_eq!(eks.to_admin(), "none");
}

#[test]
fn whoever_runs_in_a_pod_that_reaches_its_node_is_on_it() {
    let runs = || {
        Cluster::world()
            .workload("Deployment", "ops", "bot", "bot")
            .whose(|pod| pod.node_access.privileged = true)
    };
    assert_eq!(runs().to_node(), "certain: K8S-PATH-NODE");
    let one_of_two = runs().workload("Deployment", "ops", "other", "bot");
    assert_eq!(one_of_two.to_node(), "possible: K8S-PATH-NODE");
    let plain = runs().whose(|pod| pod.node_access.privileged = false);
    assert_eq!(plain.to_node(), "none");
}

#[test]
fn the_token_of_an_account_is_not_the_node_of_its_pods() {
    let cluster = in_shop(vec![rule("create", "core", "serviceaccounts/token")])
        .workload("Deployment", "shop", "web", "weak")
        .whose(|pod| pod.node_access.privileged = true);
    assert_eq!(cluster.to_node(), "none");
}
