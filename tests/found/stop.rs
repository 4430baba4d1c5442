//! Ways to stop an agent: what the cluster shows of them, and which it could undo.

use super::{Assessment, Cluster};

const BOT: (&str, &str) = ("bot", "system:serviceaccount:ops:bot");

/// A bot that runs in `ops`, with this right in that namespace and one that reads in `shop`.
fn cluster(verbs: &str, group: &str, resources: &str, labels: &str) -> Cluster {
    let cluster = Cluster::of(&[]);
    cluster.declare(&[BOT]);
    cluster.add(
        "bot.yaml",
        &format!(
            "apiVersion: v1
kind: ServiceAccount
metadata: {{name: bot, namespace: ops}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: bot, namespace: ops, labels: {labels}}}
spec:
  template: {{spec: {{serviceAccountName: bot, containers: [{{name: bot, image: acme/bot:1}}]}}}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{name: own, namespace: ops}}
rules: [{{apiGroups: [{group}], resources: [{resources}], verbs: [{verbs}]}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: own, namespace: ops}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: own}}
subjects: [{{kind: ServiceAccount, name: bot, namespace: ops}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {{name: \"system:discovery\"}}
rules: [{{nonResourceURLs: [/version], verbs: [get]}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {{name: \"system:discovery\"}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: \"system:discovery\"}}
subjects: [{{kind: Group, apiGroup: rbac.authorization.k8s.io, name: \"system:authenticated\"}}]
"
        ),
    );
    cluster
}

/// Status, reason and missing facts of the criterion.
fn stopped(assessment: &Assessment) -> (String, String, String) {
    let criterion = assessment.criterion("bot@prod", "ESC-01");
    let text = |key: &str| criterion[key].as_str().unwrap().to_owned();
    (text("status"), text("reason"), criterion["missing"].to_string())
}

#[test]
fn what_runs_and_is_bound_can_be_stopped_and_a_person_says_where_it_is_written() {
    let assessment = cluster("get", "''", "pods", "{}").assess();
    let (status, _, missing) = stopped(&assessment);
    assert_eq!((status.as_str(), missing.as_str()), ("unknown", "[\"stop.documented\"]"));
    let evidence = assessment.criterion("bot@prod", "ESC-01")["evidence"].to_string();
    assert!(evidence.contains("bot.yaml"), "{evidence}");
}

#[test]
fn one_way_out_of_its_reach_is_enough() {
    let (status, reason, _) = stopped(&cluster("patch", "apps", "deployments", "{}").assess());
    assert_eq!(status, "unknown", "{reason}");
    let scale = cluster("update", "apps", "deployments/scale", "{}").assess();
    assert_eq!(stopped(&scale).0, "unknown", "its bindings can still be removed");
}

#[test]
fn one_that_undoes_every_stop_that_is_seen_fails() {
    let (status, reason, _) = stopped(&cluster("'*'", "'*'", "'*'", "{}").assess());
    assert_eq!(status, "fail", "{reason}");
    for way in ["scale Deployment/ops/bot to 0", "remove RoleBinding/ops/own"] {
        assert!(reason.contains(way), "{reason}");
    }
}

#[test]
fn one_that_raises_its_own_rights_undoes_every_stop() {
    let group = "rbac.authorization.k8s.io";
    let (status, reason, _) = stopped(&cluster("create", group, "rolebindings", "{}").assess());
    assert_eq!(status, "fail", "{reason}");
}

#[test]
fn what_a_repository_puts_back_is_not_stopped_by_hand() {
    let kept = "{kustomize.toolkit.fluxcd.io/name: ops}";
    let (status, reason, _) = stopped(&cluster("'*'", "'*'", "'*'", kept).assess());
    assert_eq!(status, "fail", "{reason}");
    assert!(reason.contains("remove RoleBinding/ops/own"), "{reason}");
    assert!(!reason.contains("scale"), "{reason}");
}

#[test]
fn an_agent_that_no_evidence_shows_has_no_known_way_to_be_stopped() {
    let cluster = Cluster::of(&[]);
    cluster.declare(&[("bot", "arn:aws:iam::111122223333:role/bot")]);
    let (status, _, missing) = stopped(&cluster.assess());
    assert_eq!(status, "unknown");
    assert!(missing.contains("stop.handles"), "{missing}");
}
