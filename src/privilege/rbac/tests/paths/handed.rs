//! Rights that an identity hands to itself. What a server does with each of
//! these requests is proven in `tests/live_kubernetes`.

use super::{
    super::build::{Cluster, bot_subject, named, rule},
    told, within,
};
use crate::model::{
    kubernetes::{
        Scope,
        rbac::{PolicyRule, RoleKind},
    },
    path::PathTarget,
};

const RBAC: &str = "rbac.authorization.k8s.io";

fn rbac(verbs: &str, resource: &str) -> PolicyRule {
    rule(verbs, RBAC, resource)
}

/// What leads to an administrator in `shop`, and only there.
fn minter() -> Vec<PolicyRule> {
    vec![rule("create", "core", "serviceaccounts/token")]
}

fn to_system(cluster: &Cluster) -> String {
    let target = PathTarget::NamespaceAdmin("kube-system".to_owned());
    told(cluster.path_to(&target).as_ref())
}

#[test]
fn a_bind_in_the_whole_cluster_counts_in_every_namespace_that_bindings_are_written_in() {
    let rules =
        |name, verb| vec![named(rbac("bind", "clusterroles"), name), rbac(verb, "rolebindings")];
    let admin = Cluster::world().cluster_wide(rules("admin", "create"));
    assert_eq!(admin.to_admin(), "certain: K8S-BIND K8S-ADMIN");
    assert_eq!(to_system(&admin), "certain: K8S-BIND");
    let view = Cluster::world().cluster_wide(rules("view", "create")).role(
        Scope::Cluster,
        "view",
        vec![rule("get list watch", "core", "pods")],
    );
    assert_eq!(view.to_admin(), "none");
    let reads = Cluster::world().cluster_wide(rules("admin", "get list"));
    assert_eq!(reads.to_admin(), "none");
}

#[test]
fn a_named_binding_that_is_not_there_is_made_by_an_update() {
    let rules = |verbs| {
        vec![named(rbac(verbs, "rolebindings"), "x"), named(rbac("bind", "clusterroles"), "admin")]
    };
    let puts = |verbs| Cluster::world().in_namespace("kube-system", rules(verbs));
    assert_eq!(to_system(&puts("update create")), "certain: K8S-BIND");
    assert_eq!(to_system(&puts("patch create")), "certain: K8S-BIND");
    assert_eq!(to_system(&puts("update")), "none");
    assert_eq!(to_system(&puts("create")), "none");
    let mut there = puts("update create").role(Scope::Cluster, "view", vec![]).bind(
        within("kube-system"),
        (RoleKind::ClusterRole, "view"),
        super::subject("shop", "weak"),
    );
    there.0.bindings.last_mut().expect("a binding").name = "x".into();
    assert_eq!(to_system(&there), "none");
}

#[test]
fn a_role_of_its_own_making_gives_everything_where_it_may_be_bound() {
    let rules = |verbs| vec![rbac(verbs, "roles"), rbac("create", "rolebindings")];
    let system = |verbs| to_system(&Cluster::world().in_namespace("kube-system", rules(verbs)));
    assert_eq!(system("create update escalate bind"), "certain: K8S-ESCALATE");
    assert_eq!(system("create escalate"), "none");
    assert_eq!(system("create bind"), "none");
    assert_eq!(system("escalate bind"), "none");
    let everywhere = Cluster::world().cluster_wide(rules("create update escalate bind"));
    assert_eq!(everywhere.to_admin(), "certain: K8S-ESCALATE K8S-ADMIN");
}

#[test]
fn the_role_that_it_is_bound_to_can_be_named() {
    let own = |name| {
        let rules = vec![named(rbac("update escalate", "roles"), name)];
        Cluster::world().role(within("kube-system"), "own", rules).bind(
            within("kube-system"),
            (RoleKind::Role, "own"),
            bot_subject(),
        )
    };
    assert_eq!(to_system(&own("own")), "certain: K8S-ESCALATE");
    assert_eq!(to_system(&own("another")), "none");
}

#[test]
fn a_cluster_role_that_is_rewritten_gives_everything_where_it_is_bound() {
    let cluster = |verbs| {
        Cluster::world()
            .cluster_wide(vec![named(rbac(verbs, "clusterroles"), "pod-maker")])
            .role(Scope::Cluster, "pod-maker", vec![rule("list", "core", "pods")])
            .bind(within("kube-system"), (RoleKind::ClusterRole, "pod-maker"), bot_subject())
    };
    assert_eq!(to_system(&cluster("update escalate")), "certain: K8S-ESCALATE");
    assert_eq!(cluster("update escalate").to_admin(), "none");
    assert_eq!(to_system(&cluster("update")), "none");
    assert_eq!(to_system(&cluster("escalate")), "none");
}

#[test]
fn a_role_that_may_be_bound_leads_where_its_holder_gets() {
    let cluster = |rules, write| {
        Cluster::world()
            .cluster_wide(vec![
                named(rbac("bind", "clusterroles"), "minter"),
                rbac("create", write),
            ])
            .role(Scope::Cluster, "minter", rules)
    };
    let everywhere = cluster(minter(), "clusterrolebindings");
    assert_eq!(everywhere.to_admin(), "certain: K8S-BIND K8S-SA-TOKEN K8S-ADMIN");
    let namespaces = cluster(minter(), "rolebindings");
    assert_eq!(namespaces.to_admin(), "certain: K8S-BIND K8S-SA-TOKEN K8S-ADMIN");
    let reader = vec![rule("get list", "core", "pods")];
    assert_eq!(cluster(reader, "clusterrolebindings").to_admin(), "none");
    let path = everywhere.path_to(&PathTarget::ClusterAdmin).expect("a path");
    let first = path.hops.first().expect("a step");
    assert_eq!(first.how, "binds itself to ClusterRole/minter");
    assert_eq!(first.grants.len(), 2);
}

#[test]
fn what_lies_outside_of_namespaces_takes_a_binding_of_the_whole_cluster() {
    let cluster = |write| {
        Cluster::world()
            .cluster_wide(vec![named(rbac("bind", "clusterroles"), "actor"), rbac("create", write)])
            .role(Scope::Cluster, "actor", vec![rule("impersonate", "core", "users")])
            .to_admin()
    };
    assert_eq!(cluster("clusterrolebindings"), "certain: K8S-BIND K8S-IMPERSONATE");
    assert_eq!(cluster("rolebindings"), "none");
}

#[test]
fn a_role_of_a_namespace_that_may_be_bound_leads_on_in_that_namespace() {
    let cluster = |at: &str| {
        Cluster::world()
            .cluster_wide(vec![
                named(rbac("bind", "roles"), "reader"),
                rbac("create", "rolebindings"),
            ])
            .role(within(at), "reader", minter())
            .to_admin()
    };
    assert_eq!(cluster("shop"), "certain: K8S-BIND K8S-SA-TOKEN K8S-ADMIN");
    assert_eq!(cluster("ops"), "none");
}

#[test]
fn a_binding_that_is_there_keeps_its_role_and_takes_one_more_subject() {
    let cluster = |verb: &str, role: &str| {
        let world = Cluster::world().cluster_wide(vec![
            rbac("bind", "clusterroles"),
            named(rbac(verb, "rolebindings"), &format!("{role}-binding")),
        ]);
        world
            .role(Scope::Cluster, "minter", minter())
            .role(Scope::Cluster, "reader", vec![rule("get", "core", "pods")])
            .bind(within("shop"), (RoleKind::ClusterRole, role), super::subject("shop", "weak"))
            .to_admin()
    };
    for verb in ["update", "patch"] {
        assert_eq!(cluster(verb, "minter"), "certain: K8S-BIND K8S-SA-TOKEN K8S-ADMIN");
        assert_eq!(cluster(verb, "reader"), "none");
    }
    assert_eq!(cluster("get", "minter"), "none");
}

#[test]
fn to_change_bindings_is_not_to_make_one() {
    let cluster = |verb| {
        let rules = vec![rbac("bind", "clusterroles"), rbac(verb, "rolebindings")];
        Cluster::world().in_namespace("kube-system", rules)
    };
    assert_eq!(to_system(&cluster("patch")), "none");
    assert_eq!(to_system(&cluster("update")), "none");
    assert_eq!(to_system(&cluster("create")), "certain: K8S-BIND");
}

#[test]
fn a_role_that_may_be_bound_and_is_missing_may_give_anything() {
    let cluster = Cluster::world().cluster_wide(vec![
        named(rbac("bind", "clusterroles"), "platform-owner"),
        rbac("create", "clusterrolebindings"),
    ]);
    assert_eq!(cluster.to_admin(), "possible: K8S-BIND");
    let read = cluster.role(Scope::Cluster, "platform-owner", vec![rule("get", "core", "pods")]);
    assert_eq!(read.to_admin(), "none");
}

#[test]
fn what_was_bound_may_help_to_more() {
    let cluster = |verbs| {
        Cluster::world()
            .cluster_wide(vec![
                named(rbac("bind", "clusterroles"), "first"),
                rbac("create", "clusterrolebindings"),
            ])
            .role(Scope::Cluster, "first", vec![named(rbac(verbs, "clusterroles"), "first")])
            .to_admin()
    };
    assert_eq!(cluster("update escalate"), "certain: K8S-BIND K8S-ESCALATE");
    assert_eq!(cluster("update"), "none");
}

#[test]
fn an_account_on_the_way_hands_rights_to_itself_as_well() {
    let cluster = |verb| {
        Cluster::world()
            .in_namespace(
                "shop",
                vec![named(rule("create", "core", "serviceaccounts/token"), "weak")],
            )
            .give(
                Scope::Cluster,
                ("shop", "weak"),
                vec![
                    named(rbac(verb, "clusterroles"), "all"),
                    rbac("create", "clusterrolebindings"),
                ],
            )
            .role(Scope::Cluster, "all", vec![rule("*", "*", "*")])
            .to_admin()
    };
    assert_eq!(cluster("bind"), "certain: K8S-SA-TOKEN K8S-BIND");
    assert_eq!(cluster("get"), "none");
}

#[test]
fn bindings_that_no_list_shows_may_give_anything_to_whoever_joins_them() {
    let cluster = |verb| {
        Cluster::world().in_namespace(
            "kube-system",
            vec![rbac(verb, "clusterroles"), named(rbac("update", "rolebindings"), "dev")],
        )
    };
    assert_eq!(to_system(&cluster("bind")), "none");
    let kind = "rbac.authorization.k8s.io/RoleBinding";
    let unseen = |verb| {
        let mut cluster = cluster(verb);
        cluster.0.kinds.remove(kind);
        cluster
    };
    assert_eq!(to_system(&unseen("bind")), "possible: K8S-BIND");
    assert_eq!(to_system(&unseen("get")), "none");
}
