//! Who holds what, and why.

use super::build::{Cluster, bot, bot_subject, lines, place, risk_ids, rule, urls};
use crate::{
    model::{
        coverage::Gap,
        kubernetes::{
            Scope,
            rbac::{RoleKind, Subject},
        },
        principal::Principal,
    },
    privilege::rbac::{Closure, Decision, Identity, Index, Request, Target},
};

const READER: (RoleKind, &str) = (RoleKind::ClusterRole, "reader");

fn reader() -> Cluster {
    Cluster::new().role(Scope::Cluster, "reader", vec![rule("get", "core", "pods")])
}

fn get_pod(namespace: &str) -> Request<'_> {
    Request {
        verb: "get",
        target: Target::Resource {
            group: "",
            resource: "pods",
            subresource: "",
            namespace: Some(namespace),
            name: Some("web-0"),
        },
    }
}

fn decide(cluster: &Cluster, principal: &Principal, request: &Request<'_>) -> Decision {
    Closure::of(&Index::new(&cluster.0), &Identity::of(principal).unwrap()).allows(request)
}

#[test]
fn a_service_account_is_met_as_itself_as_a_user_and_in_its_groups() {
    let subjects = [
        bot_subject(),
        Subject::User("system:serviceaccount:ops:bot".into()),
        Subject::Group("system:serviceaccounts".into()),
        Subject::Group("system:serviceaccounts:ops".into()),
        Subject::Group("system:authenticated".into()),
    ];
    for subject in subjects {
        let cluster = reader().bind(Scope::Cluster, READER, subject.clone());
        assert_eq!(lines(&cluster.reach()), ["read: get pods (cluster)"], "{subject:?}");
    }
    let others = [
        Subject::Group("system:serviceaccounts:shop".into()),
        Subject::Group("system:masters".into()),
        Subject::User("bot".into()),
        Subject::ServiceAccount { namespace: Some("shop".into()), name: "bot".into() },
    ];
    for subject in others {
        let cluster = reader().bind(Scope::Cluster, READER, subject.clone());
        assert_eq!(lines(&cluster.reach()), [""; 0], "{subject:?}");
    }
}

#[test]
fn a_grant_names_binding_role_rule_and_group_and_where_to_cut() {
    let cluster =
        reader().bind(Scope::Cluster, READER, Subject::Group("system:serviceaccounts".into()));
    let reach = cluster.reach();
    let grant = &reach.capabilities[0].grants[0];
    assert_eq!(
        grant.description,
        "ClusterRoleBinding/reader-binding → ClusterRole/reader, rule 1, through group system:serviceaccounts"
    );
    assert_eq!(grant.location, place(11));
    assert_eq!(grant.cut_at, Some(place(100)));
}

#[test]
fn a_role_binding_reaches_its_namespace_even_through_a_cluster_role() {
    let cluster = reader().bind(Scope::Namespace("shop".into()), READER, bot_subject());
    assert_eq!(lines(&cluster.reach()), ["read: get pods (namespace/shop)"]);
    assert!(decide(&cluster, &bot(), &get_pod("shop")).is_allowed());
    assert_eq!(decide(&cluster, &bot(), &get_pod("ops")), Decision::NotAllowed);
}

#[test]
fn a_role_binding_without_namespace_of_its_account_means_its_own() {
    let local = Subject::ServiceAccount { namespace: None, name: "bot".into() };
    let own = reader().bind(Scope::Namespace("ops".into()), READER, local.clone());
    assert_eq!(lines(&own.reach()), ["read: get pods (namespace/ops)"]);
    assert!(own.reach().gaps.is_empty());
    let other = reader().bind(Scope::Namespace("shop".into()), READER, local);
    assert_eq!(lines(&other.reach()), [""; 0]);
}

#[test]
fn a_cluster_role_binding_that_leaves_out_the_namespace_counts_and_is_a_gap() {
    let stray = Subject::ServiceAccount { namespace: None, name: "bot".into() };
    let reach = reader().bind(Scope::Cluster, READER, stray).reach();
    assert_eq!(lines(&reach), ["read: get pods (cluster)"]);
    assert!(reach.gaps[0].reason.contains("without its namespace"));
}

#[test]
fn a_role_that_is_not_in_the_evidence_is_unknown_and_not_harmless() {
    let cluster =
        Cluster::new().bind(Scope::Cluster, (RoleKind::ClusterRole, "gone"), bot_subject());
    let reach = cluster.reach();
    assert!(reach.capabilities.is_empty());
    assert_eq!(reach.gaps.len(), 1);
    assert!(reach.gaps[0].reason.contains("ClusterRole/gone, which is not in the evidence"));
    assert!(matches!(decide(&cluster, &bot(), &get_pod("shop")), Decision::Unknown { .. }));
}

#[test]
fn a_role_is_looked_up_in_the_bindings_own_namespace() {
    let cluster = Cluster::new()
        .role(Scope::Namespace("shop".into()), "local", vec![rule("get", "core", "pods")])
        .bind(Scope::Namespace("ops".into()), (RoleKind::Role, "local"), bot_subject());
    assert_eq!(cluster.reach().gaps.len(), 1);
    let cluster =
        cluster.bind(Scope::Namespace("shop".into()), (RoleKind::Role, "local"), bot_subject());
    assert_eq!(lines(&cluster.reach()), ["read: get pods (namespace/shop)"]);
}

#[test]
fn a_cluster_role_binding_cannot_refer_to_a_role() {
    let cluster = Cluster::new()
        .role(Scope::Namespace("shop".into()), "local", vec![rule("*", "*", "*")])
        .bind(Scope::Cluster, (RoleKind::Role, "local"), bot_subject());
    let reach = cluster.reach();
    assert!(reach.capabilities.is_empty());
    assert_eq!(reach.gaps.len(), 1);
}

#[test]
fn a_binding_of_unknown_namespace_may_allow_in_every_namespace() {
    let cluster = reader().bind(Scope::UnknownNamespace, READER, bot_subject());
    assert_eq!(lines(&cluster.reach()), ["read: get pods (namespace/?)"]);
    assert!(decide(&cluster, &bot(), &get_pod("kube-system")).is_allowed());
}

#[test]
fn gaps_of_a_role_are_its_holders() {
    let mut cluster = reader().bind(Scope::Cluster, READER, bot_subject());
    cluster.0.roles[0].gaps.push(Gap { location: place(12), reason: "half read".to_owned() });
    assert_eq!(cluster.reach().gaps[0].reason, "half read");
    let someone =
        Principal::ServiceAccount { namespace: "ops".to_owned(), name: "other".to_owned() };
    assert!(cluster.reach_of(&someone).gaps.iter().all(|gap| gap.reason != "half read"));
}

#[test]
fn what_leaves_everybodys_rights_open_leaves_this_ones_open() {
    let reach = reader().gap("a binding could not be read").reach();
    assert_eq!(reach.gaps[0].reason, "a binding could not be read");
}

#[test]
fn evidence_without_bindings_of_a_kind_proves_nothing() {
    let mut cluster = reader().bind(Scope::Cluster, READER, bot_subject());
    cluster.0.kinds.remove("rbac.authorization.k8s.io/RoleBinding");
    assert!(cluster.reach().gaps[0].reason.contains("holds no RoleBinding"));
}

#[test]
fn an_account_that_nothing_names_is_unknown_and_not_harmless() {
    let misspelt =
        Principal::ServiceAccount { namespace: "ops".to_owned(), name: "bto".to_owned() };
    let reach = reader().reach_of(&misspelt);
    assert!(reach.gaps[0].reason.contains("nowhere in the evidence"));
    assert!(reader().reach().gaps.is_empty(), "the bot stands in the evidence");
}

#[test]
fn a_users_groups_are_unknown_until_someone_declares_them() {
    let cluster = reader().bind(Scope::Cluster, READER, Subject::Group("readers".into()));
    let ann = Principal::KubernetesUser("ann".to_owned());
    let alone = cluster.reach_of(&ann);
    assert!(alone.capabilities.is_empty());
    assert!(alone.gaps[0].reason.contains("groups of user ann"));
    let declared = Identity::of(&ann).unwrap().with_groups(["readers".to_owned()]);
    let reach = cluster.reach_as(&declared);
    assert_eq!(lines(&reach), ["read: get pods (cluster)"]);
    assert!(reach.gaps.is_empty());
}

#[test]
fn a_member_of_system_masters_passes_every_check() {
    let masters = Principal::KubernetesGroup("system:masters".to_owned());
    let cluster = reader();
    assert_eq!(risk_ids(&cluster.reach_of(&masters)), ["K8S-ADMIN"]);
    assert_eq!(lines(&cluster.reach_of(&masters)), ["escalation: * *.* (cluster)"]);
    assert!(decide(&cluster, &masters, &get_pod("anywhere")).is_allowed());
}

#[test]
fn a_node_is_not_judged_by_rbac_alone() {
    let node = Principal::KubernetesUser("system:node:worker-1".to_owned());
    let gaps = reader().reach_of(&node).gaps;
    assert!(gaps.iter().any(|gap| gap.reason.contains("node authorizer")));
}

#[test]
fn anonymous_requests_are_in_the_group_of_those_who_did_not_log_in() {
    let cluster =
        reader().bind(Scope::Cluster, READER, Subject::Group("system:unauthenticated".into()));
    let anonymous = Principal::KubernetesUser("system:anonymous".to_owned());
    assert_eq!(lines(&cluster.reach_of(&anonymous)), ["read: get pods (cluster)"]);
}

#[test]
fn a_request_for_a_namespace_object_counts_as_one_within_it() {
    let cluster = Cluster::new().in_namespace("shop", vec![rule("get list", "core", "namespaces")]);
    let request = |verb, name| Request {
        verb,
        target: Target::Resource {
            group: "",
            resource: "namespaces",
            subresource: "",
            namespace: None,
            name,
        },
    };
    assert!(decide(&cluster, &bot(), &request("get", Some("shop"))).is_allowed());
    assert!(!decide(&cluster, &bot(), &request("get", Some("ops"))).is_allowed());
    assert!(!decide(&cluster, &bot(), &request("list", None)).is_allowed());
}

#[test]
fn urls_are_reached_through_cluster_role_bindings_only() {
    let request = Request { verb: "get", target: Target::Url("/metrics") };
    let wide = Cluster::new().cluster_wide(vec![urls("get", "/metrics")]);
    assert!(decide(&wide, &bot(), &request).is_allowed());
    let narrow = Cluster::new().in_namespace("shop", vec![urls("get", "/metrics")]);
    assert!(!decide(&narrow, &bot(), &request).is_allowed());
    assert!(narrow.reach().capabilities.is_empty());
}

#[test]
fn a_principal_of_another_plane_holds_nothing_here() {
    let role = Principal::Aws("arn:aws:iam::111122223333:role/bot".to_owned());
    assert_eq!(Identity::of(&role), None);
}
