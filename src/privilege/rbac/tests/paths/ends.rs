//! Accounts that may change what the agent may not.

use super::{
    super::build::{Cluster, named, rule},
    told, within,
};
use crate::model::{
    capability::Reach,
    kubernetes::{Scope, rbac::PolicyRule},
    path::PathTarget,
};

/// A bot that reads the Secret with the token of `weak`, which holds these rules.
fn reads_token_of(rules: Vec<PolicyRule>) -> Cluster {
    Cluster::world()
        .token_secret("shop", "its-token", "weak")
        .cluster_wide(vec![named(rule("get", "core", "secrets"), "its-token")])
        .give(Scope::Cluster, ("shop", "weak"), rules)
}

fn deletes_claims() -> Vec<PolicyRule> {
    vec![rule("delete create patch", "core", "persistentvolumeclaims persistentvolumes")]
}

fn weak() -> PathTarget {
    PathTarget::ServiceAccount("system:serviceaccount:shop:weak".to_owned())
}

fn hits(reach: &Reach) -> Vec<&str> {
    let rules = reach.risks.iter().map(|risk| risk.rule.as_str());
    rules.filter(|rule| rule.starts_with("K8S-PATH-")).collect()
}

#[test]
fn an_account_that_deletes_what_the_holder_of_its_token_may_not_is_an_end() {
    let cluster = reads_token_of(deletes_claims());
    assert_eq!(told(cluster.path_to(&weak()).as_ref()), "certain: K8S-SECRETS");
    let reach = cluster.reach();
    assert_eq!(hits(&reach), ["K8S-PATH-ACCOUNT"]);
    let reads = reads_token_of(vec![rule("get list watch", "core", "pods")]);
    assert_eq!(reads.path_to(&weak()), None);
    assert_eq!(hits(&reads.reach()), Vec::<&str>::new());
}

#[test]
fn an_account_that_changes_no_more_than_the_holder_is_none() {
    let same = reads_token_of(deletes_claims()).cluster_wide(deletes_claims());
    assert_eq!(same.path_to(&weak()), None);
    let in_one = reads_token_of(deletes_claims()).in_namespace("ops", deletes_claims());
    assert!(in_one.path_to(&weak()).is_some());
}

#[test]
fn an_account_on_the_way_to_something_worse_is_told_by_that() {
    let mut rules = deletes_claims();
    rules.push(rule("create", "core", "pods"));
    let node = reads_token_of(rules).space("shop", Some("privileged"));
    let mut reach = node.reach();
    assert_eq!(hits(&reach), ["K8S-PATH-ADMIN"]);
    let mut weaker = reads_token_of(vec![rule("create", "core", "pods")]);
    weaker = weaker.space("shop", Some("privileged"));
    weaker.0.bindings.retain(|binding| *binding.role.name != *"everything");
    reach = weaker.reach();
    assert_eq!(hits(&reach), ["K8S-PATH-NODE"]);
    assert!(weaker.path_to(&weak()).is_some());
}

#[test]
fn of_many_accounts_three_are_named_and_the_rest_counted() {
    let mut cluster =
        Cluster::world().in_namespace("ops", vec![rule("create", "core", "serviceaccounts/token")]);
    for name in ["a", "b", "c", "d", "e"] {
        let rules = vec![rule("patch", "core", "services")];
        cluster = cluster.account("ops", name).give(within("shop"), ("ops", name), rules);
    }
    let worst = vec![rule("delete", "core", "persistentvolumeclaims")];
    let reach = cluster.give(within("shop"), ("ops", "e"), worst).reach();
    let hit = reach.risks.iter().find(|risk| risk.rule == "K8S-PATH-ACCOUNT").expect("the risk");
    assert!(hit.message.contains("and 2 more"), "{}", hit.message);
    assert!(hit.message.contains("system:serviceaccount:ops:e"), "{}", hit.message);
    assert!(!hit.message.contains("system:serviceaccount:ops:d"), "{}", hit.message);
}

#[test]
fn what_may_be_an_account_is_possible() {
    let cluster = Cluster::world()
        .in_namespace("ops", vec![rule("create", "core", "pods/exec")])
        .not_listing("Pod")
        .account("ops", "other")
        .give(within("shop"), ("ops", "other"), vec![rule("patch", "core", "services")]);
    assert_eq!(hits(&cluster.reach()), ["K8S-PATH-ACCOUNT-POSSIBLE"]);
}
