//! What handing on rights takes, where no server can be asked: doubtful evidence
//! and hostile input. The rest is replayed in `tests/recorded_kubernetes.rs`.

use std::sync::Arc;

use super::build::{Cluster, bot, bot_subject, named, rule, urls};
use crate::{
    model::{
        kubernetes::{
            Scope,
            rbac::{PolicyRule, RoleKind},
        },
        principal::Principal,
    },
    privilege::rbac::{
        Claim, Closure, Coverage, Decision, Identity, Index, Object, RoleToBind, Write,
    },
};

const RBAC: &str = "rbac.authorization.k8s.io";

fn held(cluster: &Cluster) -> Closure<'_> {
    Closure::of(&Index::new(&cluster.0), &Identity::of(&bot()).unwrap())
}

fn role_to_bind(rules: Option<&[PolicyRule]>) -> RoleToBind<'_> {
    RoleToBind { kind: RoleKind::ClusterRole, name: "strong", rules }
}

fn binds() -> Vec<PolicyRule> {
    vec![
        rule("create", RBAC, "clusterrolebindings"),
        named(rule("bind", RBAC, "clusterroles"), "strong"),
        rule("get", "core", "pods"),
    ]
}

#[test]
fn each_way_that_is_open_is_told() {
    let cluster = Cluster::new().cluster_wide(binds());
    let wanted = [rule("get", "core", "pods")];
    let decision =
        held(&cluster).may_write_binding(Write::Create, None, "new", role_to_bind(Some(&wanted)));
    let Decision::Allowed { by } = decision else { panic!("{decision:?}") };
    assert_eq!(by.len(), 3, "the verb, `bind`, and what is held: {by:?}");
}

#[test]
fn a_role_that_gives_nothing_is_anyones_to_bind_who_may_write_bindings() {
    let cluster = Cluster::new().cluster_wide(vec![rule("create", RBAC, "clusterrolebindings")]);
    let bind =
        |rules| held(&cluster).may_write_binding(Write::Create, None, "new", role_to_bind(rules));
    assert!(bind(Some(&[])).is_allowed());
    assert_eq!(bind(None), Decision::NotAllowed, "a role that is not there takes `bind`");
}

#[test]
fn what_is_not_known_to_be_held_is_unknown_and_not_refused() {
    let cluster = Cluster::new()
        .cluster_wide(vec![rule("create", RBAC, "clusterrolebindings")])
        .bind(Scope::Cluster, (RoleKind::ClusterRole, "gone"), bot_subject());
    let closure = held(&cluster);
    let wanted = [rule("get", "core", "pods")];
    let bind = closure.may_write_binding(Write::Create, None, "new", role_to_bind(Some(&wanted)));
    assert!(matches!(bind, Decision::Unknown { .. }), "{bind:?}");
    let role = closure.may_write_role(Write::Create, None, "new", &wanted, false);
    assert!(matches!(role, Decision::Unknown { .. }), "{role:?}");
    let coverage = closure.covers(None, &wanted);
    assert!(matches!(coverage, Coverage::Unknown { .. }), "{coverage:?}");
    assert!(matches!(closure.may_mint_token("ops", "x"), Decision::Unknown { .. }));
}

#[test]
fn a_member_of_system_masters_passes_every_check_here_too() {
    let cluster = Cluster::new();
    let masters = Principal::KubernetesGroup("system:masters".to_owned());
    let closure = Closure::of(&Index::new(&cluster.0), &Identity::of(&masters).unwrap());
    let all = [rule("*", "*", "*"), urls("*", "*")];
    for how in Write::ALL {
        assert!(closure.may_write_role(how, None, "new", &all, true).is_allowed());
        let role = role_to_bind(Some(&all));
        assert!(closure.may_write_binding(how, Some("ops"), "new", role).is_allowed());
    }
    assert!(closure.may_mint_token("ops", "x").is_allowed());
    assert!(closure.may_impersonate(&[Claim::User("x"), Claim::Uid("1")]).is_allowed());
}

#[test]
fn nobody_is_acted_as_by_claiming_nothing() {
    let cluster = Cluster::new().cluster_wide(vec![rule("*", "*", "*")]);
    assert_eq!(held(&cluster).may_impersonate(&[]), Decision::NotAllowed);
}

#[test]
fn names_restrict_every_way_of_writing_but_none_can_be_given_to_a_post() {
    let cluster = Cluster::new()
        .cluster_wide(vec![named(rule("create update patch", "core", "configmaps"), "a")]);
    let closure = held(&cluster);
    let write = |how, name| {
        let namespace = Some("shop");
        let object = Object { group: "", resource: "configmaps", namespace, name };
        closure.may_write(how, object).is_allowed()
    };
    for how in Write::ALL {
        assert_eq!(write(how, "a"), how != Write::Create, "{how:?}");
        assert!(!write(how, "b"), "{how:?}");
    }
}

#[test]
fn rights_that_are_too_many_to_compare_are_unknown() {
    let many = |letter: &str| -> Vec<Arc<str>> {
        (0..400).map(|number| format!("{letter}{number}").into()).collect()
    };
    let huge = PolicyRule {
        verbs: many("v"),
        api_groups: many("g"),
        resources: many("r"),
        ..rule("", "", "")
    };
    let cluster = Cluster::new().cluster_wide(vec![rule("*", "*", "*"), rule("get", "x", "x")]);
    let coverage = held(&cluster).covers(None, &[huge]);
    let Coverage::Unknown { gaps } = coverage else { panic!("{coverage:?}") };
    assert!(gaps[0].reason.contains("compares"));
}

#[test]
fn what_is_held_in_a_namespace_is_not_held_everywhere() {
    let wanted = [rule("get", "core", "pods")];
    let cluster = Cluster::new().in_namespace("shop", wanted.to_vec());
    let closure = held(&cluster);
    assert!(closure.covers(Some("shop"), &wanted).is_covered());
    assert_eq!(closure.covers(Some("ops"), &wanted), Coverage::NotCovered);
    assert_eq!(closure.covers(None, &wanted), Coverage::NotCovered);
}
