//! From the agent to administrator by the cluster's own machinery.

use super::{
    super::build::{Cluster, bot_subject, named, rule},
    within,
};
use crate::model::{
    kubernetes::{
        Scope,
        rbac::{PolicyRule, RoleKind, Subject},
    },
    path::PathTarget,
};

const RBAC: &str = "rbac.authorization.k8s.io";
const CERTIFICATES: &str = "certificates.k8s.io";

fn holding(rules: Vec<PolicyRule>) -> Cluster {
    Cluster::world().cluster_wide(rules)
}

#[test]
fn bind_with_the_right_to_write_bindings_is_administrator() {
    let bind = || rule("bind", RBAC, "clusterroles");
    let write = || rule("create", RBAC, "clusterrolebindings");
    assert_eq!(holding(vec![bind(), write()]).to_admin(), "certain: K8S-BIND");
    assert_eq!(holding(vec![bind()]).to_admin(), "none");
    assert_eq!(holding(vec![write()]).to_admin(), "none");
}

#[test]
fn bind_of_a_named_role_is_as_strong_as_that_role() {
    let bind = |name| {
        let bind = named(rule("bind", RBAC, "clusterroles"), name);
        holding(vec![bind, rule("create", RBAC, "clusterrolebindings")])
    };
    assert_eq!(bind("cluster-admin").to_admin(), "certain: K8S-BIND");
    assert_eq!(bind("everything").to_admin(), "certain: K8S-BIND");
    assert_eq!(bind("view").to_admin(), "none");
}

#[test]
fn bind_within_a_namespace_is_every_account_of_it() {
    let rules = || vec![rule("bind", RBAC, "clusterroles"), rule("create", RBAC, "rolebindings")];
    let shop = Cluster::world().in_namespace("shop", rules());
    assert_eq!(shop.to_admin(), "certain: K8S-BIND K8S-ADMIN");
    let ops = Cluster::world().in_namespace("ops", rules());
    assert_eq!(ops.to_admin(), "none");
    let system = Cluster::world().in_namespace("kube-system", rules());
    let target = PathTarget::NamespaceAdmin("kube-system".to_owned());
    assert!(system.path_to(&target).is_some_and(|path| path.is_certain()));
    assert_eq!(ops.path_to(&target), None);
}

#[test]
fn escalate_with_the_right_to_change_roles_is_administrator() {
    let escalate = || rule("escalate", RBAC, "clusterroles");
    let change = || rule("patch", RBAC, "clusterroles");
    assert_eq!(holding(vec![escalate(), change()]).to_admin(), "certain: K8S-ESCALATE");
    assert_eq!(holding(vec![change()]).to_admin(), "none");
    assert_eq!(holding(vec![escalate(), rule("create", RBAC, "clusterroles")]).to_admin(), "none");
}

#[test]
fn escalate_of_a_named_role_takes_that_the_holder_is_bound_to_it() {
    let rules = |name| vec![named(rule("escalate patch", RBAC, "clusterroles"), name)];
    let own = Cluster::world().role(Scope::Cluster, "own", rules("own")).bind(
        Scope::Cluster,
        (RoleKind::ClusterRole, "own"),
        bot_subject(),
    );
    assert_eq!(own.to_admin(), "certain: K8S-ESCALATE");
    assert_eq!(holding(rules("another")).to_admin(), "none");
}

#[test]
fn escalate_of_roles_takes_a_role_in_that_namespace() {
    let rules = || vec![rule("escalate update", RBAC, "roles")];
    let through_role = Cluster::world().role(within("shop"), "own", rules()).bind(
        within("shop"),
        (RoleKind::Role, "own"),
        bot_subject(),
    );
    assert_eq!(through_role.to_admin(), "certain: K8S-ESCALATE K8S-ADMIN");
    let through_cluster_role = Cluster::world().in_namespace("shop", rules());
    assert_eq!(through_cluster_role.to_admin(), "none");
}

#[test]
fn impersonating_users_is_the_control_plane() {
    let act = || rule("impersonate", "core", "users");
    assert_eq!(holding(vec![act()]).to_admin(), "certain: K8S-IMPERSONATE");
    let in_namespace = Cluster::world().in_namespace("shop", vec![act()]);
    assert_eq!(in_namespace.to_admin(), "none");
}

#[test]
fn impersonating_a_named_user_is_what_that_user_holds() {
    let act = |name| {
        holding(vec![named(rule("impersonate", "core", "users"), name)]).bind(
            Scope::Cluster,
            (RoleKind::ClusterRole, "everything"),
            Subject::User("root".into()),
        )
    };
    assert_eq!(act("root").to_admin(), "certain: K8S-IMPERSONATE K8S-ADMIN");
    assert_eq!(act("alice").to_admin(), "none");
    assert_eq!(act("system:kube-controller-manager").to_admin(), "certain: K8S-IMPERSONATE");
}

#[test]
fn a_group_is_impersonated_together_with_somebody() {
    let groups = || rule("impersonate", "core", "groups");
    let account = || rule("impersonate", "core", "serviceaccounts");
    let weak = |rules| {
        let mut snapshot = holding(rules);
        snapshot.0.bindings.retain(|binding| *binding.role.name != *"everything");
        snapshot
    };
    assert_eq!(weak(vec![groups()]).to_admin(), "none");
    assert_eq!(weak(vec![account()]).to_admin(), "none");
    assert_eq!(weak(vec![groups(), account()]).to_admin(), "certain: K8S-IMPERSONATE");
    let masters = named(groups(), "system:masters");
    assert_eq!(weak(vec![masters, account()]).to_admin(), "certain: K8S-IMPERSONATE");
    let other = named(groups(), "readers");
    assert_eq!(weak(vec![other, account()]).to_admin(), "none");
}

#[test]
fn certificates_take_request_approval_and_signer() {
    let request = || rule("create", CERTIFICATES, "certificatesigningrequests");
    let approval = || rule("update", CERTIFICATES, "certificatesigningrequests/approval");
    let signer = |name| named(rule("approve", CERTIFICATES, "signers"), name);
    let all = |name| holding(vec![request(), approval(), signer(name)]);
    assert_eq!(all("kubernetes.io/kube-apiserver-client").to_admin(), "certain: K8S-CSR");
    assert_eq!(all("kubernetes.io/*").to_admin(), "certain: K8S-CSR");
    assert_eq!(all("example.com/app").to_admin(), "none");
    assert_eq!(holding(vec![request(), approval()]).to_admin(), "none");
    let eks = all("kubernetes.io/kube-apiserver-client").on_eks();
    assert_eq!(eks.to_admin(), "possible: K8S-CSR");
}

#[test]
fn signing_takes_a_key_that_no_object_shows() {
    let status = || rule("patch", CERTIFICATES, "certificatesigningrequests/status");
    let sign = || rule("sign", CERTIFICATES, "signers");
    assert_eq!(holding(vec![status(), sign()]).to_admin(), "possible: K8S-CSR-SIGN");
    assert_eq!(holding(vec![sign()]).to_admin(), "none");
}

#[test]
fn whoever_rewrites_pods_at_the_door_is_administrator() {
    const ADMISSION: &str = "admissionregistration.k8s.io";
    let create = holding(vec![rule("create", ADMISSION, "mutatingwebhookconfigurations")]);
    assert_eq!(create.to_admin(), "certain: K8S-MUTATING-ADMISSION");
    let patch = || holding(vec![rule("patch", ADMISSION, "mutatingwebhookconfigurations")]);
    assert_eq!(patch().to_admin(), "possible: K8S-MUTATING-ADMISSION");
    let kind = "admissionregistration.k8s.io/MutatingWebhookConfiguration";
    assert_eq!(patch().showing(kind).to_admin(), "certain: K8S-MUTATING-ADMISSION");
    assert_eq!(patch().listing(kind).to_admin(), "none", "there is none to change");
    let validating = holding(vec![rule("*", ADMISSION, "validatingadmissionpolicies")]);
    assert_eq!(validating.to_admin(), "none");
}

#[test]
fn a_webhook_is_changed_by_its_name_where_it_may_be_there() {
    const ADMISSION: &str = "admissionregistration.k8s.io";
    let patch =
        |verb: &str, resource: &str| holding(vec![named(rule(verb, ADMISSION, resource), "istio")]);
    let webhooks = "mutatingwebhookconfigurations";
    assert_eq!(patch("patch", webhooks).to_admin(), "possible: K8S-MUTATING-ADMISSION");
    let listed = || {
        patch("patch", webhooks)
            .listing("admissionregistration.k8s.io/MutatingWebhookConfiguration")
    };
    assert_eq!(listed().to_admin(), "none");
    assert_eq!(listed().webhook("vault").to_admin(), "none");
    assert_eq!(listed().webhook("istio").to_admin(), "certain: K8S-MUTATING-ADMISSION");
    assert_eq!(patch("delete", webhooks).to_admin(), "none");
    assert_eq!(patch("patch", "validatingwebhookconfigurations").to_admin(), "none");
}

#[test]
fn mutating_policies_count_where_the_server_has_them() {
    let rules = || {
        vec![rule(
            "create",
            "admissionregistration.k8s.io",
            "mutatingadmissionpolicies mutatingadmissionpolicybindings",
        )]
    };
    let at = |version| holding(rules()).version(version).to_admin();
    assert_eq!(at("v1.36.0"), "certain: K8S-MUTATING-ADMISSION");
    assert_eq!(at("v1.34.0"), "possible: K8S-MUTATING-ADMISSION");
    assert_eq!(at("v1.30.0"), "none");
}

#[test]
fn answering_part_of_the_api_may_lead_anywhere() {
    let define = |verbs| holding(vec![rule(verbs, "apiregistration.k8s.io", "apiservices")]);
    assert_eq!(define("create").to_admin(), "possible: K8S-API-DEFINITION");
    assert_eq!(define("get list").to_admin(), "none");
}

#[test]
fn aws_auth_counts_on_eks_and_in_kube_system() {
    let write = |name| named(rule("patch", "core", "configmaps"), name);
    let at = |namespace, name| Cluster::world().in_namespace(namespace, vec![write(name)]);
    assert_eq!(at("kube-system", "aws-auth").on_eks().to_admin(), "possible: K8S-AWS-AUTH");
    assert_eq!(at("kube-system", "aws-auth").to_admin(), "none");
    assert_eq!(at("kube-system", "coredns").on_eks().to_admin(), "none");
    assert_eq!(at("shop", "aws-auth").on_eks().to_admin(), "none");
}

#[test]
fn an_account_of_kube_system_that_the_evidence_lacks_is_a_doubt() {
    let mint = || vec![rule("create", "core", "serviceaccounts/token")];
    let listed = Cluster::world().in_namespace("kube-system", mint());
    assert_eq!(listed.to_admin(), "none");
    let unlisted =
        Cluster::world().in_namespace("kube-system", mint()).not_listing("ServiceAccount");
    assert_eq!(unlisted.to_admin(), "possible: K8S-SA-TOKEN K8S-ADMIN");
}
