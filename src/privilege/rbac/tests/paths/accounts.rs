//! From the agent to a ServiceAccount.

use super::{
    super::build::{Cluster, named, rule},
    within,
};
use crate::model::kubernetes::{
    Scope,
    rbac::{PolicyRule, RoleKind, Subject},
};

fn in_shop(rules: Vec<PolicyRule>) -> Cluster {
    Cluster::world().in_namespace("shop", rules)
}

#[test]
fn who_creates_pods_beside_an_administrator_is_one() {
    let cluster = in_shop(vec![rule("create", "core", "pods")]);
    assert_eq!(cluster.to_admin(), "certain: K8S-POD-CREATE K8S-ADMIN");
}

#[test]
fn who_creates_pods_elsewhere_is_not() {
    let cluster = Cluster::world().in_namespace("ops", vec![rule("create", "core", "pods")]);
    assert_eq!(cluster.to_admin(), "none");
}

#[test]
fn a_create_of_named_pods_runs_none_unless_they_can_be_applied() {
    let create = in_shop(vec![named(rule("create", "core", "pods"), "mine")]);
    assert_eq!(create.to_admin(), "none");
    let apply = in_shop(vec![named(rule("create patch", "core", "pods"), "mine")]);
    assert_eq!(apply.to_admin(), "certain: K8S-POD-CREATE K8S-ADMIN");
}

#[test]
fn a_quota_of_no_pods_closes_the_way_until_the_holder_may_lift_it() {
    let create = rule("create", "core", "pods");
    let full = in_shop(vec![create.clone()]).quota("shop", &[("pods", "0")]);
    assert_eq!(full.to_admin(), "none");
    let counted = in_shop(vec![create.clone()]).quota("shop", &[("count/pods", "0")]);
    assert_eq!(counted.to_admin(), "none");
    let some = in_shop(vec![create.clone()]).quota("shop", &[("pods", "10")]);
    assert_eq!(some.to_admin(), "certain: K8S-POD-CREATE K8S-ADMIN");
    let lifted = in_shop(vec![create, rule("delete", "core", "resourcequotas")])
        .quota("shop", &[("pods", "0")]);
    assert_eq!(lifted.to_admin(), "certain: K8S-POD-CREATE K8S-ADMIN");
}

#[test]
fn a_quota_of_no_pods_counts_in_its_namespace_for_rights_over_the_cluster_too() {
    let cluster = Cluster::world()
        .cluster_wide(vec![rule("create", "core", "pods")])
        .quota("shop", &[("pods", "0")]);
    assert_eq!(cluster.to_admin(), "none");
}

#[test]
fn a_quota_is_lifted_by_its_name() {
    let pods = || rule("create", "core", "pods");
    let quota = |verb, name| named(rule(verb, "core", "resourcequotas"), name);
    let full = |cluster: Cluster| cluster.quota("shop", &[("pods", "0")]).to_admin();
    for verb in ["update", "patch", "delete"] {
        let both = in_shop(vec![pods(), quota(verb, "none")]);
        assert_eq!(full(both), "certain: K8S-POD-CREATE K8S-ADMIN", "{verb}");
        let all = Cluster::world().cluster_wide(vec![pods(), quota(verb, "none")]);
        assert_eq!(full(all), "certain: K8S-POD-CREATE K8S-ADMIN", "{verb}");
        let apart = Cluster::world()
            .cluster_wide(vec![pods()])
            .in_namespace("shop", vec![quota(verb, "none")]);
        assert_eq!(full(apart), "certain: K8S-POD-CREATE K8S-ADMIN", "{verb}");
    }
    let another = in_shop(vec![pods(), quota("delete", "another")]);
    assert_eq!(full(another), "none");
    let collection = in_shop(vec![pods(), quota("deletecollection", "none")]);
    assert_eq!(full(collection), "none");
    let elsewhere = in_shop(vec![pods()]).in_namespace("ops", vec![quota("delete", "none")]);
    assert_eq!(full(elsewhere), "none");
}

#[test]
fn one_quota_of_two_lifted_lets_no_pod_in() {
    let delete = named(rule("delete", "core", "resourcequotas"), "none");
    let mut cluster = in_shop(vec![rule("create", "core", "pods"), delete])
        .quota("shop", &[("pods", "0")])
        .quota("shop", &[("count/pods", "0")]);
    cluster.0.quotas.last_mut().expect("a quota").name = "second".into();
    assert_eq!(cluster.to_admin(), "none");
}

#[test]
fn whoever_lifts_a_quota_changes_workloads_behind_it() {
    let patch = |name: &str, quota: &str| {
        let deployment = rule("patch", "apps", "deployments");
        let deployment = if name.is_empty() { deployment } else { named(deployment, name) };
        in_shop(vec![deployment, named(rule("patch", "core", "resourcequotas"), quota)])
            .workload("Deployment", "shop", "web", "weak")
            .quota("shop", &[("pods", "0")])
            .to_admin()
    };
    for name in ["", "web"] {
        assert_eq!(patch(name, "none"), "certain: K8S-WORKLOAD K8S-ADMIN", "{name}");
        assert_eq!(patch(name, "another"), "none", "{name}");
    }
}

#[test]
fn controllers_of_every_group_that_runs_pods_lead_there() {
    for (groups, resources) in [
        ("apps", "deployments"),
        ("apps", "statefulsets"),
        ("apps", "daemonsets"),
        ("apps", "replicasets"),
        ("core", "replicationcontrollers"),
        ("batch", "jobs"),
        ("batch", "cronjobs"),
    ] {
        let cluster = in_shop(vec![rule("create", groups, resources)]);
        assert_eq!(cluster.to_admin(), "certain: K8S-WORKLOAD K8S-ADMIN", "{resources}");
    }
    let elsewhere = in_shop(vec![rule("create", "core", "deployments")]);
    assert_eq!(elsewhere.to_admin(), "none");
}

#[test]
fn changing_a_workload_takes_one_that_is_there() {
    let patch = || rule("patch", "apps", "deployments");
    assert_eq!(in_shop(vec![patch()]).to_admin(), "none");
    let there = in_shop(vec![patch()]).workload("Deployment", "shop", "web", "weak");
    assert_eq!(there.to_admin(), "certain: K8S-WORKLOAD K8S-ADMIN");
    let unlisted = in_shop(vec![patch()]).not_listing("apps/Deployment");
    assert_eq!(unlisted.to_admin(), "possible: K8S-WORKLOAD K8S-ADMIN");
}

#[test]
fn a_workload_of_another_kind_is_none_to_change() {
    for (kind, resource) in
        [("StatefulSet", "statefulsets"), ("CronJob", "cronjobs"), ("ReplicaSet", "replicasets")]
    {
        let patch = || vec![rule("patch", "apps batch", resource)];
        for holding in [in_shop(patch()), Cluster::world().cluster_wide(patch())] {
            let there = |kind| {
                let cluster = Cluster(holding.0.clone());
                cluster.workload(kind, "shop", "web", "weak").to_admin()
            };
            assert_eq!(there("Deployment"), "none", "{resource}");
            assert_eq!(there(kind), "certain: K8S-WORKLOAD K8S-ADMIN", "{resource}");
        }
    }
}

#[test]
fn pods_that_are_listed_tell_nothing_of_deployments() {
    let patch = || rule("patch", "apps", "deployments");
    let pods_only = |rules| {
        in_shop(rules).not_listing("apps/Deployment").workload("Pod", "shop", "web-1", "weak")
    };
    let all = pods_only(vec![patch()]);
    assert_eq!(all.to_admin(), "possible: K8S-WORKLOAD K8S-ADMIN");
    let one = pods_only(vec![named(patch(), "web")]);
    assert_eq!(one.to_admin(), "possible: K8S-WORKLOAD K8S-ADMIN");
    let stateful = pods_only(vec![rule("patch", "apps", "statefulsets")]);
    assert_eq!(stateful.to_admin(), "none");
    let one_stateful = pods_only(vec![named(rule("patch", "apps", "statefulsets"), "web")]);
    assert_eq!(one_stateful.to_admin(), "none");
}

#[test]
fn changing_a_named_workload_takes_that_one() {
    let patch = |name| vec![named(rule("patch", "apps", "deployments"), name)];
    let there = in_shop(patch("web")).workload("Deployment", "shop", "web", "weak");
    assert_eq!(there.to_admin(), "certain: K8S-WORKLOAD K8S-ADMIN");
    let other = in_shop(patch("api")).workload("Deployment", "shop", "web", "weak");
    assert_eq!(other.to_admin(), "none");
    let namesake = in_shop(patch("web")).workload("CronJob", "shop", "web", "weak");
    assert_eq!(namesake.to_admin(), "none");
}

#[test]
fn the_template_of_a_job_cannot_change() {
    let cluster = in_shop(vec![rule("update patch", "batch", "jobs")])
        .workload("Job", "shop", "once", "weak");
    assert_eq!(cluster.to_admin(), "none");
}

#[test]
fn scaling_a_workload_runs_nothing_new() {
    let cluster = in_shop(vec![rule("patch update", "apps", "deployments/scale")]).workload(
        "Deployment",
        "shop",
        "web",
        "strong",
    );
    assert_eq!(cluster.to_admin(), "none");
}

#[test]
fn a_shell_is_as_strong_as_the_pods_it_opens_in() {
    let exec = || in_shop(vec![rule("create", "core", "pods/exec")]);
    assert_eq!(exec().workload("Pod", "shop", "web", "weak").to_admin(), "none");
    let strong = exec().workload("Pod", "shop", "web", "strong");
    assert_eq!(strong.to_admin(), "certain: K8S-EXEC K8S-ADMIN");
    let unlisted = || exec().not_listing("Pod");
    assert_eq!(unlisted().to_admin(), "possible: K8S-EXEC K8S-ADMIN");
    let stray = unlisted().showing("Pod").workload("Pod", "shop", "web", "weak");
    assert_eq!(stray.to_admin(), "possible: K8S-EXEC K8S-ADMIN");
}

#[test]
fn a_pod_without_a_token_gives_none_away() {
    let exec = || {
        in_shop(vec![rule("create", "core", "pods/exec")]).workload("Pod", "shop", "web", "strong")
    };
    let of_pod = exec().whose(|pod| pod.automount = Some(false));
    assert_eq!(of_pod.to_admin(), "none");
    let of_account = exec().change_account("strong", |account| account.automount = Some(false));
    assert_eq!(of_account.to_admin(), "none");
    let asked_for = of_account.whose(|pod| pod.automount = Some(true));
    assert_eq!(asked_for.to_admin(), "certain: K8S-EXEC K8S-ADMIN");
}

#[test]
fn a_get_opens_a_shell_until_the_server_checks_it() {
    let get =
        || in_shop(vec![rule("get", "core", "pods/exec")]).workload("Pod", "shop", "web", "strong");
    assert_eq!(get().version("v1.34.1").to_admin(), "certain: K8S-EXEC K8S-ADMIN");
    assert_eq!(get().to_admin(), "possible: K8S-EXEC K8S-ADMIN");
    assert_eq!(get().version("v1.35.0").to_admin(), "none");
}

#[test]
fn a_get_attaches_until_the_server_checks_it() {
    let get = |verb| {
        in_shop(vec![rule(verb, "core", "pods/attach")]).workload("Pod", "shop", "web", "strong")
    };
    assert_eq!(get("get").version("v1.30.4").to_admin(), "possible: K8S-EXEC K8S-ADMIN");
    assert_eq!(get("get").to_admin(), "possible: K8S-EXEC K8S-ADMIN");
    assert_eq!(get("get").version("v1.35.0").to_admin(), "none");
    assert_eq!(get("list").version("v1.30.4").to_admin(), "none");
}

#[test]
fn a_shell_in_a_named_pod_is_that_pods() {
    let exec = |name| {
        in_shop(vec![named(rule("create", "core", "pods/exec"), name)])
            .workload("Pod", "shop", "web", "strong")
    };
    assert_eq!(exec("web").to_admin(), "certain: K8S-EXEC K8S-ADMIN");
    assert_eq!(exec("api").to_admin(), "none");
}

#[test]
fn images_debug_containers_and_attaching_lead_into_pods_as_well() {
    for (verb, resource, wanted) in [
        ("patch", "pods", "certain: K8S-POD-PATCH K8S-ADMIN"),
        ("update", "pods/ephemeralcontainers", "certain: K8S-DEBUG K8S-ADMIN"),
        ("create", "pods/attach", "possible: K8S-EXEC K8S-ADMIN"),
        ("patch", "pods/status", "none"),
        ("get", "pods/ephemeralcontainers", "none"),
        ("create", "pods/*", "none"),
    ] {
        let cluster =
            in_shop(vec![rule(verb, "core", resource)]).workload("Pod", "shop", "web", "strong");
        assert_eq!(cluster.to_admin(), wanted, "{verb} {resource}");
    }
}

#[test]
fn tokens_are_minted_for_whom_the_rule_names() {
    let mint = || rule("create", "core", "serviceaccounts/token");
    assert_eq!(in_shop(vec![mint()]).to_admin(), "certain: K8S-SA-TOKEN K8S-ADMIN");
    assert_eq!(
        in_shop(vec![named(mint(), "strong")]).to_admin(),
        "certain: K8S-SA-TOKEN K8S-ADMIN"
    );
    assert_eq!(in_shop(vec![named(mint(), "weak")]).to_admin(), "none");
    assert_eq!(in_shop(vec![rule("create", "core", "serviceaccounts")]).to_admin(), "none");
}

#[test]
fn accounts_are_impersonated_within_the_namespace_of_the_grant() {
    let act = || rule("impersonate", "core", "serviceaccounts");
    assert_eq!(in_shop(vec![act()]).to_admin(), "certain: K8S-IMPERSONATE-SA K8S-ADMIN");
    let elsewhere = Cluster::world().in_namespace("ops", vec![act()]);
    assert_eq!(elsewhere.to_admin(), "none");
}

/// A cluster in which every ServiceAccount of `lab` is administrator, and the
/// evidence has none of them.
fn lab_of_administrators() -> Cluster {
    Cluster::world().bind(
        Scope::Cluster,
        (RoleKind::ClusterRole, "everything"),
        Subject::Group("system:serviceaccounts:lab".into()),
    )
}

#[test]
fn every_namespace_has_an_account_that_no_manifest_makes() {
    for (verb, resource, wanted) in [
        ("create", "pods", "certain: K8S-POD-CREATE K8S-ADMIN"),
        ("create", "serviceaccounts/token", "certain: K8S-SA-TOKEN K8S-ADMIN"),
        ("impersonate", "serviceaccounts", "certain: K8S-IMPERSONATE-SA K8S-ADMIN"),
    ] {
        let at = |namespace| {
            lab_of_administrators().in_namespace(namespace, vec![rule(verb, "core", resource)])
        };
        assert_eq!(at("lab").to_admin(), wanted, "{resource}");
        assert_eq!(at("ops").to_admin(), "none", "{resource}");
    }
}

#[test]
fn a_namespace_is_there_because_a_binding_lies_in_it() {
    let everyone = |group: &str| {
        Cluster::world()
            .in_namespace("attic", vec![rule("create", "core", "pods")])
            .bind(
                Scope::Cluster,
                (RoleKind::ClusterRole, "everything"),
                Subject::Group(group.into()),
            )
            .to_admin()
    };
    let account = |namespace: &str| {
        Cluster::world()
            .in_namespace("attic", vec![rule("create", "core", "pods")])
            .bind(
                Scope::Cluster,
                (RoleKind::ClusterRole, "everything"),
                super::subject(namespace, "default"),
            )
            .to_admin()
    };
    assert_eq!(everyone("system:serviceaccounts:attic"), "certain: K8S-POD-CREATE K8S-ADMIN");
    assert_eq!(everyone("system:serviceaccounts:cellar"), "none");
    assert_eq!(account("attic"), "certain: K8S-POD-CREATE K8S-ADMIN");
    assert_eq!(account("cellar"), "none");
}

#[test]
fn an_account_that_nobody_made_is_impersonated_as_a_member_of_its_groups() {
    let act = |namespace: &str, verb: &str| {
        let ghost = named(rule(verb, "core", "serviceaccounts"), "ghost");
        lab_of_administrators().in_namespace(namespace, vec![ghost]).to_admin()
    };
    assert_eq!(act("lab", "impersonate"), "certain: K8S-IMPERSONATE-SA K8S-ADMIN");
    assert_eq!(act("ops", "impersonate"), "none");
    assert_eq!(act("lab", "get"), "none");
}

#[test]
fn secrets_that_hold_tokens_are_those_accounts() {
    let read = |verbs| in_shop(vec![rule(verbs, "core", "secrets")]);
    for verb in ["get", "list", "watch"] {
        let cluster = read(verb).token_secret("shop", "strong-token", "strong");
        assert_eq!(cluster.to_admin(), "certain: K8S-SECRETS K8S-ADMIN", "{verb}");
    }
    assert_eq!(read("get list watch").to_admin(), "none");
    let weak = read("list").token_secret("shop", "weak-token", "weak");
    assert_eq!(weak.to_admin(), "none");
    let unlisted = read("list").not_listing("Secret");
    assert_eq!(unlisted.to_admin(), "possible: K8S-SECRETS K8S-ADMIN");
}

#[test]
fn a_named_secret_is_the_token_that_it_holds() {
    let read = |name| {
        in_shop(vec![named(rule("get", "core", "secrets"), name)]).token_secret(
            "shop",
            "strong-token",
            "strong",
        )
    };
    assert_eq!(read("strong-token").to_admin(), "certain: K8S-SECRETS K8S-ADMIN");
    assert_eq!(read("password").to_admin(), "none");
}

#[test]
fn a_secret_made_and_read_back_is_any_account() {
    let made = in_shop(vec![rule("create get", "core", "secrets")]);
    assert_eq!(made.to_admin(), "certain: K8S-TOKEN-SECRET K8S-ADMIN");
    let not_read = in_shop(vec![rule("create", "core", "secrets")]);
    assert_eq!(not_read.to_admin(), "none");
    let own_name = in_shop(vec![
        rule("create", "core", "secrets"),
        named(rule("get", "core", "secrets"), "mine"),
    ]);
    assert_eq!(own_name.to_admin(), "certain: K8S-TOKEN-SECRET K8S-ADMIN");
    let read_elsewhere = in_shop(vec![rule("create", "core", "secrets")])
        .in_namespace("ops", vec![rule("get", "core", "secrets")]);
    assert_eq!(read_elsewhere.to_admin(), "none");
}

#[test]
fn a_way_may_lead_through_several_accounts() {
    let cluster = Cluster::world()
        .in_namespace("ops", vec![rule("create", "core", "pods")])
        .account("ops", "middle")
        .give(
            within("shop"),
            ("ops", "middle"),
            vec![rule("create", "core", "serviceaccounts/token")],
        );
    assert_eq!(cluster.to_admin(), "certain: K8S-POD-CREATE K8S-SA-TOKEN K8S-ADMIN");
}
