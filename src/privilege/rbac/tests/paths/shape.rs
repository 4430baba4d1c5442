//! Which of several ways is told, how, and what it comes to.

use super::{
    super::build::{Cluster, bot, named, rule, shipped},
    everything, told, within,
};
use crate::{
    model::{
        capability::{Condition, RiskClass},
        finding::Severity,
        kubernetes::{
            Scope,
            rbac::{RoleKind, Subject},
        },
        path::{Path, PathTarget},
        principal::Principal,
    },
    privilege::rbac::{Evaluator, Identity},
    rubric::paths::EndsAt,
};

fn risks(cluster: &Cluster) -> Vec<String> {
    let risks = cluster.reach().risks;
    risks.into_iter().map(|risk| risk.rule).filter(|id| id.starts_with("K8S-PATH-")).collect()
}

#[test]
fn each_hop_tells_who_becomes_whom_how_and_by_which_grant_on_which_line() {
    let cluster = Cluster::world().in_namespace("shop", vec![rule("create", "core", "pods")]);
    let path = cluster.path_to(&PathTarget::ClusterAdmin).expect("a path");
    let [first, second] = path.hops.as_slice() else { panic!("two hops: {path:?}") };
    assert_eq!(first.from, "system:serviceaccount:ops:bot");
    assert_eq!(first.to, "system:serviceaccount:shop:strong");
    assert_eq!(first.how, "creates a pod that runs as system:serviceaccount:shop:strong");
    let grant = first.grants.first().expect("a grant");
    assert_eq!(grant.description, "RoleBinding/shop/role-1-binding → ClusterRole/role-1, rule 1");
    assert_eq!(grant.location.to_string(), "cluster/rbac.yaml:11:1");
    assert_eq!(grant.cut_at.as_ref().and_then(|place| place.line), Some(101));
    assert_eq!((&*second.from, &*second.to), (&*first.to, "cluster-admin"));
    assert_eq!(second.how, "is administrator of the cluster");
    assert!(second.grants.iter().any(|grant| grant.description.contains("ClusterRole/everything")));
}

#[test]
fn the_object_that_a_hop_goes_through_is_named_with_its_place() {
    let cluster = Cluster::world()
        .in_namespace("shop", vec![rule("create", "core", "pods/exec")])
        .workload("Pod", "shop", "web", "strong");
    let path = cluster.path_to(&PathTarget::ClusterAdmin).expect("a path");
    let places: Vec<_> =
        path.hops.iter().flat_map(|hop| &hop.grants).filter_map(|g| g.location.line).collect();
    assert!(places.contains(&20), "the pod's line is among {places:?}");
}

#[test]
fn every_rule_that_a_hop_names_can_be_explained() {
    let rules = shipped();
    let cluster = Cluster::new().cluster_wide(vec![
        rule("create patch get", "core apps batch", "*"),
        rule("impersonate", "core", "users"),
    ]);
    let reach = Evaluator::new(&cluster.0, &rules).reach(&Identity::of(&bot()).expect("a bot"));
    let named: Vec<&str> =
        reach.paths.iter().flat_map(|path| &path.hops).map(|hop| &*hop.rule).collect();
    assert!(!named.is_empty());
    for id in named {
        let known = rules.risk(id).is_some() || rules.paths.iter().any(|rule| rule.id == id);
        assert!(known, "{id}");
    }
}

#[test]
fn a_certain_way_is_told_before_a_shorter_one_that_may_be_closed() {
    let cluster = Cluster::world()
        .in_namespace("ops", vec![rule("create", "core", "pods")])
        .account("ops", "middle")
        .give(within("shop"), ("ops", "middle"), vec![rule("create", "core", "pods")])
        .cluster_wide(vec![rule("create", "apiregistration.k8s.io", "apiservices")]);
    assert_eq!(cluster.to_admin(), "certain: K8S-POD-CREATE K8S-POD-CREATE K8S-ADMIN");
}

#[test]
fn of_two_open_ways_the_shorter_is_told() {
    let cluster = Cluster::world()
        .in_namespace("shop", vec![rule("create", "core", "pods")])
        .cluster_wide(vec![rule("impersonate", "core", "users")]);
    assert_eq!(cluster.to_admin(), "certain: K8S-IMPERSONATE");
}

#[test]
fn all_that_is_not_known_of_a_possible_path_is_said() {
    let cluster = Cluster::world()
        .in_namespace("shop", vec![rule("get", "core", "pods/exec")])
        .not_listing("Pod");
    let path = cluster.path_to(&PathTarget::ClusterAdmin).expect("a path");
    let told = path.unknowns().join("; ");
    assert!(told.contains("which version the API server is"), "{told}");
    assert!(told.contains("the evidence does not list all pods"), "{told}");
}

#[test]
fn a_certain_path_to_administrator_makes_the_holder_one() {
    let cluster = Cluster::world().in_namespace("shop", vec![rule("create", "core", "pods")]);
    let reach = cluster.reach();
    let hit = reach.risks.iter().find(|risk| risk.rule == "K8S-PATH-ADMIN").expect("the risk");
    assert_eq!((hit.class, hit.severity), (RiskClass::AdminEquivalent, Severity::Critical));
    assert_eq!(hit.condition, Condition::Always);
    assert_eq!(
        hit.message,
        "system:serviceaccount:ops:bot becomes administrator of the cluster: it creates a pod \
         that runs as system:serviceaccount:shop:strong, which is administrator of the cluster"
    );
    assert!(hit.remedy.contains("RoleBinding/shop/role-1-binding"), "{}", hit.remedy);
    assert_eq!(risks(&cluster), ["K8S-PATH-ADMIN"]);
}

#[test]
fn a_possible_path_to_administrator_does_not() {
    let cluster = Cluster::world()
        .in_namespace("shop", vec![rule("create", "core", "pods/exec")])
        .not_listing("Pod");
    let reach = cluster.reach();
    let hit =
        reach.risks.iter().find(|risk| risk.rule == "K8S-PATH-ADMIN-POSSIBLE").expect("the risk");
    assert_eq!((hit.class, hit.severity), (RiskClass::Escalation, Severity::High));
    assert!(
        matches!(&hit.condition, Condition::Unknown(why) if why.contains("does not list all pods"))
    );
}

#[test]
fn an_administrator_has_nothing_left_to_become() {
    let reach = Cluster::world().cluster_wide(vec![everything()]).reach();
    assert_eq!(reach.paths, Vec::new());
    assert!(!reach.risks.iter().any(|risk| risk.rule.starts_with("K8S-PATH-")));
}

#[test]
fn a_possible_node_on_the_way_to_a_possible_administrator_goes_without_saying() {
    let cluster = Cluster::world()
        .in_namespace("shop", vec![rule("create", "apps", "daemonsets")])
        .space("shop", None);
    let admin_first = risks(&cluster);
    assert_eq!(admin_first, ["K8S-PATH-ADMIN"]);
    let mut weak = cluster;
    weak.0.bindings.retain(|binding| *binding.role.name != *"everything");
    let unknown = weak.not_listing("Pod");
    assert_eq!(risks(&unknown), ["K8S-PATH-ADMIN-POSSIBLE"]);
}

#[test]
fn nobody_becomes_more_through_what_it_was_before_its_rights_were_cut() {
    let rules = shipped();
    let cluster = Cluster::world()
        .in_namespace("ops", vec![rule("create", "core", "pods")])
        .cluster_wide(vec![rule("impersonate", "core", "users")]);
    let evaluator = Evaluator::new(&cluster.0, &rules);
    let identity = Identity::of(&bot()).expect("a bot");
    let mut closure = evaluator.closure(&identity);
    assert_eq!(evaluator.reach_of(&closure, &identity).paths.len(), 1);
    closure.held.retain(|held| *held.scope() != Scope::Cluster);
    assert_eq!(evaluator.reach_of(&closure, &identity).paths, Vec::<Path>::new());
}

#[test]
fn users_of_the_control_plane_are_ends_and_no_way_elsewhere() {
    let cluster = Cluster::world()
        .role(Scope::Cluster, "minter", vec![rule("create", "core", "serviceaccounts/token")])
        .bind(
            Scope::Cluster,
            (RoleKind::ClusterRole, "minter"),
            Subject::User("system:kube-scheduler".into()),
        )
        .cluster_wide(vec![named(rule("impersonate", "core", "users"), "system:kube-scheduler")]);
    assert_eq!(cluster.to_admin(), "none");
}

#[test]
fn groups_that_everybody_is_in_lead_on_for_everybody() {
    let cluster = Cluster::world()
        .in_namespace("ops", vec![rule("create", "core", "pods")])
        .account("ops", "middle")
        .role(Scope::Cluster, "minter", vec![rule("create", "core", "serviceaccounts/token")])
        .bind(
            within("shop"),
            (RoleKind::ClusterRole, "minter"),
            Subject::Group("system:serviceaccounts:ops".into()),
        );
    assert_eq!(cluster.to_admin(), "certain: K8S-SA-TOKEN K8S-ADMIN");
}

#[test]
fn users_and_groups_have_paths_as_well() {
    let subject = Subject::User("alice".into());
    let cluster = Cluster::world()
        .role(Scope::Cluster, "pods", vec![rule("create", "core", "pods")])
        .bind(within("shop"), (RoleKind::ClusterRole, "pods"), subject);
    let reach = cluster.reach_of(&Principal::KubernetesUser("alice".to_owned()));
    let path = super::path_to(&reach, &PathTarget::ClusterAdmin);
    assert_eq!(told(path.as_ref()), "certain: K8S-POD-CREATE K8S-ADMIN");
    assert_eq!(path.expect("a path").hops.first().map(|hop| &*hop.from), Some("alice"));
}

#[test]
fn a_grant_whose_namespace_nobody_tells_is_possible_anywhere() {
    let cluster = Cluster::world().give(
        Scope::UnknownNamespace,
        ("ops", "bot"),
        vec![rule("create", "core", "pods")],
    );
    assert_eq!(cluster.to_admin(), "possible: K8S-POD-CREATE K8S-ADMIN");
}

#[test]
fn long_paths_are_told_by_their_first_steps_and_their_last() {
    let cluster = Cluster::world().in_namespace("shop", vec![rule("create", "core", "pods")]);
    let mut path = cluster.path_to(&PathTarget::ClusterAdmin).expect("a path");
    let first = path.hops.first().expect("a hop").clone();
    path.hops.splice(0..0, [first.clone(), first.clone(), first]);
    assert!(
        path.told(3).ends_with(", then takes 2 more steps and is administrator of the cluster")
    );
    assert_eq!(path.told(5).matches("creates a pod").count(), 4);
}

#[test]
fn every_kind_of_end_has_its_words() {
    let rules = shipped();
    for end in
        [EndsAt::ClusterAdmin, EndsAt::Node, EndsAt::Namespace, EndsAt::Controller, EndsAt::Account]
    {
        assert!(rules.path(end, true).is_some() && rules.path(end, false).is_some(), "{end:?}");
    }
    assert!(rules.path(EndsAt::Cloud, false).is_some());
    for rule in &rules.paths {
        let fields = ["{principal}", "{target}", "{steps}", "{unknown}", "{first}"];
        let mut text = format!("{} {}", rule.message, rule.remedy);
        for field in fields {
            text = text.replace(field, "");
        }
        assert!(!text.contains('{'), "{}: {text}", rule.id);
        assert_eq!(rule.certain, !rule.message.contains("{unknown}"), "{}", rule.id);
    }
}
