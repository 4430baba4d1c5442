//! What a person reads.

use super::build::{Cluster, bot_subject, lines, named, rule, urls};
use crate::model::{
    effect::Effect,
    gate::GateKind,
    kubernetes::{Scope, rbac::RoleKind},
};

#[test]
fn cluster_admin_is_one_capability() {
    let reach = Cluster::new().cluster_wide(vec![rule("*", "*", "*"), urls("*", "*")]).reach();
    assert_eq!(lines(&reach), ["escalation: * *.* (cluster)", "destructive?: * * (cluster)"]);
    assert_eq!(reach.risks.len(), 1, "one finding, not forty");
}

#[test]
fn verbs_of_one_effect_are_one_capability_with_every_grant() {
    let reach = Cluster::new()
        .cluster_wide(vec![rule("get list", "core", "pods")])
        .cluster_wide(vec![rule("watch", "core", "pods")])
        .reach();
    assert_eq!(lines(&reach), ["read: get,list,watch pods (cluster)"]);
    assert_eq!(reach.capabilities[0].id, "kubernetes/get,list,watch/pods/cluster");
    assert_eq!(reach.capabilities[0].grants.len(), 2);
    assert_eq!(reach.capabilities[0].gate.kind, GateKind::None);
}

#[test]
fn a_rule_of_many_lists_makes_no_resource_that_does_not_exist() {
    let reach = Cluster::new()
        .in_namespace("shop", vec![rule("get delete", "core apps", "pods deployments")])
        .reach();
    assert_eq!(
        lines(&reach),
        [
            "destructive: delete deployments.apps (namespace/shop)",
            "destructive: delete pods (namespace/shop)",
            "read: get deployments.apps (namespace/shop)",
            "read: get pods (namespace/shop)",
        ]
    );
}

#[test]
fn a_resource_that_no_group_of_the_rule_knows_stays() {
    let reach =
        Cluster::new().in_namespace("shop", vec![rule("delete", "apps", "gadgets")]).reach();
    assert_eq!(lines(&reach), ["destructive: delete gadgets.apps (namespace/shop)"]);
    let reach = Cluster::new().in_namespace("shop", vec![rule("patch", "apps", "gadgets")]).reach();
    assert_eq!(lines(&reach), ["destructive?: patch gadgets.apps (namespace/shop)"]);
}

#[test]
fn names_are_told_and_long_lists_of_them_are_short_and_distinct() {
    let few = named(rule("get", "core", "secrets"), "a b");
    let reach = Cluster::new().in_namespace("shop", vec![few]).reach();
    assert_eq!(lines(&reach), ["sensitive-read: get secrets [a, b] (namespace/shop)"]);
    assert_eq!(reach.capabilities[0].id, "kubernetes/get/secrets[a,b]/namespace/shop");
    let many =
        |last: &str| named(rule("get", "core", "secrets"), &format!("a b c d e f g h {last}"));
    let reach = Cluster::new().in_namespace("shop", vec![many("i"), many("j")]).reach();
    assert_eq!(
        lines(&reach)[0],
        "sensitive-read: get secrets [a, b, c and 6 more] (namespace/shop)"
    );
    assert_ne!(reach.capabilities[0].id, reach.capabilities[1].id);
}

#[test]
fn a_name_may_make_the_effect_worse() {
    let patch = |names: &str| named(rule("patch", "core", "configmaps"), names);
    let worst = |names: &str| {
        let reach = Cluster::new().in_namespace("kube-system", vec![patch(names)]).reach();
        reach.capabilities[0].effect
    };
    assert_eq!(worst("app"), Effect::Destructive);
    assert_eq!(worst("app aws-auth"), Effect::Escalation);
}

#[test]
fn a_wildcard_has_the_worst_effect_of_what_it_covers() {
    let of = |verbs: &str, group: &str, resources: &str| {
        lines(&Cluster::new().cluster_wide(vec![rule(verbs, group, resources)]).reach())
    };
    assert_eq!(of("create", "core", "*"), ["escalation: create *.core (cluster)"]);
    assert_eq!(of("get", "apps", "*"), ["read: get *.apps (cluster)"]);
    assert_eq!(of("list", "core", "*"), ["sensitive-read: list *.core (cluster)"]);
    assert_eq!(of("get", "example.com", "*"), ["read: get *.example.com (cluster)"]);
    assert_eq!(of("patch", "*", "deployments"), ["escalation: patch deployments.* (cluster)"]);
    assert_eq!(
        of("*", "coordination.k8s.io", "leases"),
        ["destructive: * leases.coordination.k8s.io (cluster)"]
    );
}

#[test]
fn urls_of_one_effect_are_one_capability() {
    let reach = Cluster::new()
        .cluster_wide(vec![urls("get", "/api /api/* /apis /apis/* /healthz /debug/pprof/*")])
        .reach();
    assert_eq!(
        lines(&reach),
        [
            "read: get /api, /api/*, /apis and 2 more (cluster)",
            "sensitive-read: get /debug/pprof/* (cluster)",
        ]
    );
}

#[test]
fn a_rule_too_large_to_multiply_counts_as_one_over_everything() {
    let many: Vec<String> = (0..200).map(|number| format!("w{number}")).collect();
    let many = many.join(" ");
    let reach = Cluster::new().in_namespace("shop", vec![rule(&many, &many, "pods")]).reach();
    assert_eq!(lines(&reach), ["escalation: * *.* (namespace/shop)"]);
    assert!(reach.gaps[0].reason.contains("combinations"), "{}", reach.gaps[0].reason);
}

#[test]
fn the_same_rights_in_very_many_namespaces_are_one_capability() {
    let mut cluster =
        Cluster::new().role(Scope::Cluster, "r", vec![rule("delete", "core", "pods")]);
    for number in 0..1000 {
        let scope = Scope::Namespace(format!("team-{number:04}").into());
        cluster = cluster.bind(scope, (RoleKind::ClusterRole, "r"), bot_subject());
    }
    let reach = cluster.reach();
    assert_eq!(reach.capabilities.len(), 1);
    let scope = "namespace/team-0000, namespace/team-0001, namespace/team-0002 and 997 more";
    assert_eq!(reach.capabilities[0].scope, scope);
}

#[test]
fn very_many_capabilities_are_summed_up_and_none_gets_lost() {
    let resources: Vec<String> = (0..5000).map(|number| format!("w{number}")).collect();
    let reads = rule("get", "example.com", &resources.join(" "));
    let reach = Cluster::new().cluster_wide(vec![reads, rule("delete", "core", "pods")]).reach();
    assert_eq!(reach.capabilities.len(), 2000);
    assert!(lines(&reach).contains(&"destructive: delete pods (cluster)".to_owned()));
    let rest = reach.capabilities.iter().find(|one| one.id == "kubernetes/more").unwrap();
    assert_eq!((rest.action.as_str(), rest.effect), ("3002 more permissions", Effect::Read));
    assert_eq!(reach.gaps.len(), 1);
}
