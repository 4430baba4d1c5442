//! Workloads that an identity may change or take down.

use super::build::{Cluster, bot, named, rule};
use crate::{
    model::kubernetes::{Scope, rbac::PolicyRule},
    privilege::rbac::{Asked, Closure, Identity, Index, Touch},
};

/// Whether a bot with this rule in `shop` may change, and may take down.
fn may(rule: PolicyRule, kind: &str, namespace: &str, name: Option<&str>) -> (bool, bool) {
    let cluster = Cluster::new().in_namespace("shop", vec![rule]);
    let index = Index::new(&cluster.0);
    let closure = Closure::of(&index, &Identity::of(&bot()).unwrap());
    let touch = Touch::of(&closure);
    let scope = Scope::Namespace(namespace.into());
    let asked = Asked { kind, scope: &scope, name };
    (touch.changes(asked), touch.disrupts(asked))
}

#[test]
fn a_change_of_the_template_takes_pods_down_too() {
    assert_eq!(may(rule("patch", "apps", "deployments"), "Deployment", "shop", None), (true, true));
    assert_eq!(may(rule("*", "*", "*"), "StatefulSet", "shop", None), (true, true));
}

#[test]
fn a_scale_an_eviction_and_the_end_of_a_pod_take_down_what_they_do_not_change() {
    for rule in [
        rule("update", "apps", "deployments/scale"),
        rule("patch", "apps", "*/scale"),
        rule("create", "core", "pods/eviction"),
        rule("delete", "core", "pods"),
        rule("deletecollection", "core", "pods"),
        rule("deletecollection", "apps", "deployments"),
    ] {
        assert_eq!(may(rule.clone(), "Deployment", "shop", None), (false, true), "{rule:?}");
    }
}

#[test]
fn looking_and_other_namespaces_touch_nothing() {
    let none = (false, false);
    assert_eq!(may(rule("get list watch", "apps", "*"), "Deployment", "shop", None), none);
    assert_eq!(may(rule("patch", "apps", "deployments/status"), "Deployment", "shop", None), none);
    assert_eq!(may(rule("*", "*", "*"), "Deployment", "bank", None), none);
    assert_eq!(may(rule("patch", "apps", "daemonsets/scale"), "DaemonSet", "shop", None), none);
}

#[test]
fn a_right_over_names_reaches_those_and_no_made_up_pods() {
    let web = || named(rule("patch", "apps", "deployments"), "web");
    assert_eq!(may(web(), "Deployment", "shop", Some("web")), (true, true));
    assert_eq!(may(web(), "Deployment", "shop", Some("api")), (false, false));
    assert_eq!(may(web(), "Deployment", "shop", None), (false, false));
    let pod = || named(rule("delete", "core", "pods"), "web");
    assert_eq!(may(pod(), "Deployment", "shop", Some("web")), (false, false));
    assert_eq!(may(pod(), "Pod", "shop", Some("web")), (false, true));
}
