//! Budgets, revisions and rollouts of what an agent may touch.

use super::Cluster;

const BOT: (&str, &str) = ("bot", "system:serviceaccount:ops:bot");

/// The shop, with budgets for these apps as `kubectl get -A -o yaml` lists them.
fn shop(budgets: &[(&str, &str)]) -> Cluster {
    let cluster = Cluster::of(&["found/shop.yaml"]);
    cluster.declare(&[BOT]);
    if !budgets.is_empty() {
        let own = budgets.iter().map(|(app, keeps)| budget("shop", app, keeps));
        let all: Vec<String> = own.chain([budget("bank", "ledger", "minAvailable: 1")]).collect();
        cluster.add("budgets.yaml", &list(&all));
    }
    cluster
}

fn list(items: &[String]) -> String {
    format!(
        "{{apiVersion: v1, kind: List, metadata: {{resourceVersion: \"\"}}, items: [{}]}}\n",
        items.join(", ")
    )
}

fn budget(namespace: &str, app: &str, keeps: &str) -> String {
    format!(
        "{{apiVersion: policy/v1, kind: PodDisruptionBudget, \
         metadata: {{name: {app}, namespace: {namespace}, uid: {namespace}-{app}}}, \
         spec: {{{keeps}, selector: {{matchLabels: {{app: {app}}}}}}}}}"
    )
}

/// Status and reason of the criterion that asks for budgets.
fn budgets(cluster: &Cluster) -> (String, String) {
    let assessment = cluster.assess();
    let criterion = assessment.criterion("bot@prod", "BLR-04");
    (
        criterion["status"].as_str().unwrap().to_owned(),
        criterion["reason"].as_str().unwrap().to_owned(),
    )
}

#[test]
fn targets_without_a_budget_fail_it_and_only_those_within_reach() {
    let (status, reason) = budgets(&shop(&[("web", "minAvailable: 1")]));
    assert_eq!(status, "fail", "{reason}");
    assert!(reason.contains("StatefulSet/db in namespace/shop"), "{reason}");
    for other in ["web", "queue", "ledger"] {
        assert!(!reason.contains(other), "{other}: {reason}");
    }
}

#[test]
fn a_budget_that_lets_every_pod_go_is_none() {
    let (status, reason) =
        budgets(&shop(&[("web", "maxUnavailable: 100%"), ("db", "minAvailable: 1")]));
    assert_eq!(status, "fail", "{reason}");
    assert!(reason.contains("Deployment/web"), "{reason}");
    assert!(reason.contains("lets every pod go"), "{reason}");
}

#[test]
fn a_budget_that_protects_nothing_is_a_finding() {
    let cluster = shop(&[("web", "maxUnavailable: 3"), ("db", "maxUnavailable: 1")]);
    cluster.add(
        "old.yaml",
        "apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\n\
         metadata: {name: old, namespace: shop}\nspec: {minAvailable: 1, selector: {}}\n",
    );
    let assessment = cluster.assess();
    let findings = assessment.0["findings"].as_array().unwrap();
    let told: Vec<&str> = findings
        .iter()
        .filter(|finding| finding["rule"] == "BUDGET-INEFFECTIVE")
        .map(|finding| finding["message"].as_str().unwrap())
        .collect();
    assert_eq!(
        told,
        [
            "PodDisruptionBudget web in namespace/shop lets every pod go: it protects nothing",
            "PodDisruptionBudget old in namespace/shop selects no pod: it protects nothing",
        ]
    );
}

#[test]
fn budgets_on_every_target_leave_the_rest_to_be_shown() {
    let (status, reason) =
        budgets(&shop(&[("web", "minAvailable: 1"), ("db", "maxUnavailable: 1")]));
    assert_eq!(status, "unknown", "{reason}");
    assert!(!reason.contains("withoutBudget"), "{reason}");
}

#[test]
fn evidence_without_any_budget_says_nothing_of_them() {
    let (status, reason) = budgets(&shop(&[]));
    assert_eq!(status, "unknown", "{reason}");
    assert!(reason.contains("PodDisruptionBudgets"), "{reason}");
}

#[test]
fn one_budget_is_not_all_of_them() {
    let cluster = shop(&[]);
    cluster.add("budget.yaml", &format!("{}\n", budget("shop", "web", "minAvailable: 1")));
    let (status, reason) = budgets(&cluster);
    assert_eq!(status, "unknown", "{reason}");
    assert!(reason.contains("does not list all PodDisruptionBudgets"), "{reason}");
    assert!(reason.contains("`gradus collect kubernetes`"), "{reason}");
}

#[test]
fn a_list_of_lists_is_no_servers_list_of_all_namespaces() {
    let of_bank = list(&[budget("bank", "ledger", "minAvailable: 1")]);
    let of_shop = list(&[budget("shop", "web", "minAvailable: 1")]);
    let cluster = shop(&[]);
    cluster.add("budgets.yaml", &list(&[of_bank, of_shop]));
    let (status, reason) = budgets(&cluster);
    assert_eq!(status, "unknown", "{reason}");
}

#[test]
fn a_workload_that_keeps_no_revision_has_no_way_back() {
    let cluster = shop(&[]);
    let deployment = |name: &str, labels: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\n\
             metadata: {{name: {name}, namespace: shop, labels: {labels}}}\n\
             spec: {{revisionHistoryLimit: 0, template: {{spec: {{containers: []}}}}}}\n"
        )
    };
    cluster.add("a.yaml", &deployment("brittle", "{}"));
    cluster.add("b.yaml", &deployment("synced", "{kustomize.toolkit.fluxcd.io/name: shop}"));
    let assessment = cluster.assess();
    let criterion = assessment.criterion("bot@prod", "REV-02");
    assert_eq!(criterion["status"], "fail");
    let run = super::run(cluster.folder.path(), &["explain", "reversals.withoutHandle"]);
    run.ended(0).says("from kubernetes, agents where one is seen there");
    // A patch of a Deployment runs any image, which fails the criterion first.
    let reason = criterion["reason"].as_str().unwrap();
    assert!(reason.contains("patch deployments.apps"), "{reason}");
}

#[test]
fn a_rollout_that_an_analysis_undoes_is_an_automated_way_back() {
    let cluster = shop(&[]);
    let canary = |analysis: &str| {
        format!(
            "apiVersion: flagger.app/v1beta1\nkind: Canary\n\
             metadata: {{name: web, namespace: shop}}\n\
             spec: {{targetRef: {{kind: Deployment, name: web}}, analysis: {{{analysis}}}}}\n"
        )
    };
    let reason = |cluster: &Cluster| {
        let assessment = cluster.assess();
        assessment.criterion("bot@prod", "REV-05")["reason"].as_str().unwrap().to_owned()
    };
    cluster.add("canary.yaml", &canary("interval: 1m"));
    assert!(reason(&cluster).contains("`reversals.automated`"), "{}", reason(&cluster));
    cluster.add("canary.yaml", &canary("metrics: [{name: request-success-rate}]"));
    assert!(!reason(&cluster).contains("`reversals.automated`"), "{}", reason(&cluster));
}
