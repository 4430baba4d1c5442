//! Controllers that act for whoever writes their objects.

use super::{
    super::build::{Cluster, rule, shipped},
    everything, told, within,
};
use crate::model::{
    capability::Condition,
    kubernetes::{Scope, rbac::PolicyRule},
    path::PathTarget,
};

fn writes(group: &str, resource: &str) -> Vec<PolicyRule> {
    vec![rule("create", group, resource)]
}

/// A cluster with Argo CD as it is shipped.
fn argo_cd() -> Cluster {
    Cluster::world()
        .space("argocd", Some("restricted"))
        .account("argocd", "argocd-application-controller")
        .give(Scope::Cluster, ("argocd", "argocd-application-controller"), vec![everything()])
}

fn flux() -> Cluster {
    Cluster::world()
        .workload("Deployment", "flux-system", "helm-controller", "helm")
        .whose(|workload| workload.images = vec!["ghcr.io/fluxcd/helm-controller:v1.1.0".into()])
        .give(Scope::Cluster, ("flux-system", "helm"), vec![everything()])
}

#[test]
fn every_deputy_knows_its_examples_and_not_its_counter_examples() {
    for deputy in shipped().deputies {
        let examples = &deputy.examples;
        assert!(!examples.matches.is_empty() && !examples.does_not_match.is_empty());
        assert!(!deputy.writes.is_empty() && !deputy.references.is_empty(), "{}", deputy.id);
        for (list, wanted) in [(&examples.matches, true), (&examples.does_not_match, false)] {
            for example in list {
                let label = example.label.split_once('=');
                let met = deputy.controller.is_met([&*example.image], label, &example.account);
                assert_eq!(met, wanted, "{}: {example:?}", deputy.id);
            }
        }
    }
}

#[test]
fn whoever_writes_applications_may_deploy_as_argo_cd() {
    let cluster = argo_cd().in_namespace("argocd", writes("argoproj.io", "applications"));
    assert_eq!(cluster.to_admin(), "possible: K8S-PATH-CONTROLLER K8S-ADMIN");
    let target = PathTarget::Controller("argo-cd in argocd".to_owned());
    assert_eq!(told(cluster.path_to(&target).as_ref()), "possible: K8S-PATH-CONTROLLER");
}

#[test]
fn applications_beside_the_controller_are_not_acted_upon() {
    let cluster = argo_cd().in_namespace("shop", writes("argoproj.io", "applications"));
    assert_eq!(cluster.to_admin(), "none");
}

#[test]
fn a_controller_that_the_evidence_lacks_acts_for_nobody() {
    let cluster = Cluster::world().cluster_wide(writes("argoproj.io", "applications"));
    assert_eq!(cluster.reach().paths, Vec::new());
}

#[test]
fn reading_its_objects_or_their_status_is_not_writing_them() {
    for (verbs, resource) in [("get list watch", "helmreleases"), ("patch", "helmreleases/status")]
    {
        let rules = vec![rule(verbs, "helm.toolkit.fluxcd.io", resource)];
        assert_eq!(flux().in_namespace("shop", rules).to_admin(), "none", "{verbs} {resource}");
    }
}

#[test]
fn a_controller_is_known_by_its_image_and_acts_in_any_namespace() {
    let cluster = flux().in_namespace("shop", writes("helm.toolkit.fluxcd.io", "helmreleases"));
    assert_eq!(cluster.to_admin(), "possible: K8S-PATH-CONTROLLER K8S-ADMIN");
}

#[test]
fn an_object_that_names_an_account_is_any_of_its_namespace() {
    let tekton = |namespace: &str| {
        Cluster::world()
            .account("tekton-pipelines", "tekton-pipelines-controller")
            .in_namespace(namespace, writes("tekton.dev", "taskruns"))
            .to_admin()
    };
    assert_eq!(tekton("shop"), "certain: K8S-PATH-CONTROLLER K8S-ADMIN");
    assert_eq!(tekton("ops"), "none");
}

#[test]
fn a_controller_that_does_one_thing_gives_no_more_than_that() {
    let cluster = Cluster::world()
        .workload("Deployment", "velero", "velero", "velero")
        .whose(|workload| workload.images = vec!["velero/velero:v1.15.0".into()])
        .give(Scope::Cluster, ("velero", "velero"), vec![everything()])
        .in_namespace("velero", writes("velero.io", "restores"));
    assert_eq!(cluster.to_admin(), "none");
    let target = PathTarget::Controller("velero in velero".to_owned());
    assert!(cluster.path_to(&target).is_some());
}

#[test]
fn changing_an_object_takes_one_that_is_there() {
    let tekton = || {
        Cluster::world()
            .account("tekton-pipelines", "tekton-pipelines-controller")
            .in_namespace("shop", vec![rule("patch", "tekton.dev", "taskruns")])
    };
    assert_eq!(tekton().to_admin(), "possible: K8S-PATH-CONTROLLER K8S-ADMIN");
    assert_eq!(tekton().listing("tekton.dev/TaskRun").to_admin(), "none");
    let there = tekton().listing("tekton.dev/TaskRun").showing("tekton.dev/TaskRun");
    assert_eq!(there.to_admin(), "certain: K8S-PATH-CONTROLLER K8S-ADMIN");
}

#[test]
fn the_roles_of_an_account_come_with_what_is_held_of_it() {
    let arn = "arn:aws:iam::111122223333:role/uploads";
    let target = PathTarget::AwsRole(arn.to_owned());
    let cluster = |running: &Condition, rules| {
        Cluster::world()
            .workload("Deployment", "shop", "weak", "weak")
            .given(("shop", "weak"), arn, running.clone())
            .in_namespace("shop", rules)
    };
    let path = |running: &Condition, verb, resource| {
        cluster(running, vec![rule(verb, "core", resource)]).path_to(&target)
    };
    let asked = Condition::Always;
    let unasked = Condition::Unknown("whether its pods are given a token".to_owned());
    for (running, verb, resource, way) in [
        (&asked, "create", "serviceaccounts/token", "certain: K8S-SA-TOKEN K8S-PATH-CLOUD"),
        (&unasked, "create", "serviceaccounts/token", "certain: K8S-SA-TOKEN K8S-PATH-CLOUD"),
        (&unasked, "create", "pods", "certain: K8S-POD-CREATE K8S-PATH-CLOUD"),
        (&asked, "create", "pods/exec", "certain: K8S-EXEC K8S-PATH-CLOUD"),
        (&unasked, "create", "pods/exec", "possible: K8S-EXEC K8S-PATH-CLOUD"),
        (&asked, "impersonate", "serviceaccounts", "possible: K8S-IMPERSONATE-SA K8S-PATH-CLOUD"),
    ] {
        assert_eq!(told(path(running, verb, resource).as_ref()), way, "{verb} {resource}");
    }
    assert_eq!(path(&asked, "get", "serviceaccounts"), None);
}

#[test]
fn an_agents_own_role_is_no_path() {
    let cluster = Cluster::world()
        .given(("ops", "bot"), "arn:aws:iam::1:role/own", Condition::Always)
        .give(within("ops"), ("ops", "bot"), vec![rule("create", "core", "pods")]);
    assert_eq!(cluster.reach().paths, Vec::new());
}

/// A controller that is known by its image and holds every right.
fn operator(namespace: &str, image: &str) -> Cluster {
    let account = "operator";
    Cluster::world()
        .workload("Deployment", namespace, "operator", account)
        .whose(|workload| workload.images = vec![image.into()])
        .give(Scope::Cluster, (namespace, account), vec![everything()])
}

#[test]
fn whoever_points_a_source_elsewhere_may_deploy_as_flux() {
    let patch = || vec![rule("patch", "source.toolkit.fluxcd.io", "gitrepositories")];
    let flux = || operator("flux-system", "ghcr.io/fluxcd/kustomize-controller:v1.4.0");
    let possible = "possible: K8S-PATH-CONTROLLER K8S-ADMIN";
    assert_eq!(flux().in_namespace("flux-system", patch()).to_admin(), possible);
    assert_eq!(Cluster::world().in_namespace("flux-system", patch()).to_admin(), "none");
}

#[test]
fn a_helm_chart_of_k3s_is_installed_as_administrator_wherever_it_lies() {
    let k3s = operator("kube-system", "rancher/klipper-helm:v0.9.3")
        .in_namespace("shop", writes("helm.cattle.io", "helmcharts"));
    assert_eq!(k3s.to_admin(), "certain: K8S-PATH-CONTROLLER K8S-ADMIN");
}

#[test]
fn what_holds_a_template_runs_as_any_account_of_its_namespace() {
    let knative = "gcr.io/knative-releases/knative.dev/serving/cmd/controller@sha256:00";
    let on_knative = operator("knative-serving", knative)
        .in_namespace("shop", writes("serving.knative.dev", "services"));
    assert_eq!(on_knative.to_admin(), "certain: K8S-PATH-CONTROLLER K8S-ADMIN");
    let on_openshift = Cluster::world()
        .account("openshift-infra", "deploymentconfig-controller")
        .in_namespace("shop", writes("apps.openshift.io", "deploymentconfigs"));
    assert_eq!(on_openshift.to_admin(), "certain: K8S-PATH-CONTROLLER K8S-ADMIN");
}

#[test]
fn a_changed_task_runs_only_if_somebody_starts_it() {
    let tekton = Cluster::world()
        .account("tekton-pipelines", "tekton-pipelines-controller")
        .in_namespace("shop", writes("tekton.dev", "tasks"));
    assert_eq!(tekton.to_admin(), "possible: K8S-PATH-CONTROLLER K8S-ADMIN");
}

#[test]
fn a_rollout_runs_its_template_as_any_account_of_its_namespace() {
    let rollouts = |namespace: &str, verbs: &str| {
        Cluster::world()
            .workload("Deployment", "rollouts", "argo-rollouts", "argo-rollouts")
            .whose(|own| own.images = vec!["quay.io/argoproj/argo-rollouts:v1.8.3".into()])
            .in_namespace(namespace, vec![rule(verbs, "argoproj.io", "rollouts")])
            .to_admin()
    };
    assert_eq!(rollouts("shop", "create"), "possible: K8S-PATH-CONTROLLER K8S-ADMIN");
    assert_eq!(rollouts("shop", "get list"), "none");
    assert_eq!(rollouts("ops", "create"), "none");
}
