//! What everyone holds, and whom bindings name.

use super::build::{Cluster, bot, bot_subject, lines, risk_ids, rule, shipped_once, urls};
use crate::{
    model::{
        capability::RiskHit,
        finding::Severity,
        kubernetes::{
            Scope,
            rbac::{RoleKind, Subject},
        },
        principal::Principal,
    },
    privilege::rbac::{Closure, Evaluator, Identity, Index},
};

const ROLE: (RoleKind, &str) = (RoleKind::ClusterRole, "role");

fn given(subject: Subject, verbs: &str, resources: &str) -> Cluster {
    Cluster::new().role(Scope::Cluster, "role", vec![rule(verbs, "core", resources)]).bind(
        Scope::Cluster,
        ROLE,
        subject,
    )
}

fn anyone() -> Subject {
    Subject::Group("system:unauthenticated".into())
}

fn of_cluster(cluster: &Cluster) -> Vec<RiskHit> {
    Evaluator::new(&cluster.0, shipped_once()).cluster_risks()
}

fn ids(hits: &[RiskHit]) -> Vec<&str> {
    hits.iter().map(|hit| hit.rule.as_str()).collect()
}

#[test]
fn an_agent_holds_what_requests_without_credentials_hold() {
    let cluster = given(anyone(), "create", "pods/exec");
    let reach = cluster.reach();
    assert_eq!(lines(&reach), ["escalation: create pods/exec (cluster)"]);
    assert_eq!(
        reach.capabilities[0].grants[0].description,
        "ClusterRoleBinding/role-binding → ClusterRole/role, rule 1, through anonymous requests"
    );
    assert_eq!(risk_ids(&reach), ["K8S-EXEC"]);
}

#[test]
fn the_closure_of_an_identity_is_what_the_server_says_of_it() {
    let cluster = given(anyone(), "create", "pods/exec");
    let identity = Identity::of(&bot()).unwrap();
    assert!(Closure::of(&Index::new(&cluster.0), &identity).held.is_empty());
    assert_eq!(Evaluator::new(&cluster.0, shipped_once()).closure(&identity).held.len(), 1);
}

#[test]
fn anyone_is_told_once_as_itself() {
    let cluster = given(anyone(), "get", "pods");
    for principal in [
        Principal::KubernetesUser("system:anonymous".to_owned()),
        Principal::KubernetesGroup("system:unauthenticated".to_owned()),
    ] {
        let reach = cluster.reach_of(&principal);
        assert_eq!(reach.capabilities[0].grants.len(), 1, "{principal}");
    }
}

#[test]
fn what_kubernetes_gives_to_anyone_is_no_finding_and_no_right_of_an_agent() {
    let cluster = Cluster::new()
        .role(
            Scope::Cluster,
            "system:public-info-viewer",
            vec![urls("get", "/healthz /livez /readyz /version /version/")],
        )
        .bind(Scope::Cluster, (RoleKind::ClusterRole, "system:public-info-viewer"), anyone());
    assert!(cluster.reach().capabilities.is_empty());
    assert!(of_cluster(&cluster).is_empty());
}

#[test]
fn a_default_role_that_was_added_to_is_no_default() {
    let cluster = Cluster::new()
        .role(
            Scope::Cluster,
            "system:public-info-viewer",
            vec![urls("get", "/version"), rule("list", "core", "secrets")],
        )
        .bind(Scope::Cluster, (RoleKind::ClusterRole, "system:public-info-viewer"), anyone());
    assert_eq!(ids(&of_cluster(&cluster)), ["K8S-ANONYMOUS"]);
    assert_eq!(lines(&cluster.reach()), ["sensitive-read: list secrets (cluster)"]);
}

#[test]
fn a_default_role_that_a_dump_leaves_out_makes_nothing_unknown_and_any_other_does() {
    let missing = |name: &str| {
        let cluster = Cluster::new().bind(Scope::Cluster, (RoleKind::ClusterRole, name), anyone());
        cluster.reach().gaps.len()
    };
    assert_eq!(missing("system:public-info-viewer"), 0);
    assert_eq!(missing("public-dashboards"), 1);
}

#[test]
fn rights_of_everyone_are_as_bad_as_what_they_do() {
    let severity = |verbs, resources| of_cluster(&given(anyone(), verbs, resources))[0].severity;
    assert_eq!(severity("get", "pods"), Severity::Medium);
    assert_eq!(severity("get", "secrets"), Severity::Critical);
    assert_eq!(severity("create", "pods"), Severity::Critical);
}

#[test]
fn whoever_logs_in_and_every_account_are_told_of_the_cluster() {
    let of = |group: &str| {
        let hits = of_cluster(&given(Subject::Group(group.into()), "list", "secrets"));
        hits.into_iter().map(|hit| (hit.rule, hit.message)).collect::<Vec<_>>()
    };
    assert_eq!(
        of("system:authenticated"),
        [(
            "K8S-AUTHENTICATED-WIDE".to_owned(),
            "every identity that logs in may: list secrets in the whole cluster".to_owned()
        )]
    );
    assert_eq!(
        of("system:serviceaccounts:shop"),
        [(
            "K8S-ALL-ACCOUNTS".to_owned(),
            "every ServiceAccount of the group may: list secrets (to \
             system:serviceaccounts:shop) in the whole cluster"
                .to_owned()
        )]
    );
    assert!(of("oidc:platform").is_empty());
}

#[test]
fn accounts_that_are_not_there_are_only_told_where_all_are_listed() {
    let gone = Subject::ServiceAccount { namespace: Some("ops".into()), name: "gone".into() };
    let mut cluster = given(gone, "get", "pods");
    cluster.0.kinds.insert("ServiceAccount".to_owned(), 1);
    assert!(of_cluster(&cluster).is_empty(), "that one was seen says nothing of another");
    cluster.0.listed.insert("ServiceAccount".to_owned());
    let hits = of_cluster(&cluster);
    assert_eq!(ids(&hits), ["K8S-MISSING-ACCOUNT"]);
    assert!(hits[0].message.ends_with("ops/gone by ClusterRoleBinding/role-binding"));
}

#[test]
fn a_role_that_is_missing_is_a_finding_and_an_unknown() {
    let reach = Cluster::new()
        .bind(Scope::Namespace("shop".into()), (RoleKind::Role, "gone"), bot_subject())
        .reach();
    assert_eq!(risk_ids(&reach), ["K8S-DANGLING-ROLE"]);
    assert_eq!(reach.gaps.len(), 1);
}
