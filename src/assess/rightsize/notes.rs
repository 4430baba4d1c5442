//! What a reader must know of an agent's requests before trusting its roles.

use jiff::Timestamp;

use super::{count, kubernetes_principals, seen};
use crate::model::{
    activity::{ActionKey, ActionRecord, Activity, Target},
    capability::Plane,
    evidence::Evidence,
    principal::Principal,
};

/// What is true of the agent's own requests.
pub(super) fn notes(
    principals: &[Principal],
    evidence: &Evidence,
    since: Option<Timestamp>,
) -> Vec<String> {
    let mut notes = vec![
        "a request counts when the authorizer let it pass: one that failed afterwards (404, 409, admission) needed the right too".to_owned(),
        "an audit policy may leave requests out (level None): the log cannot show that".to_owned(),
    ];
    let actors = kubernetes_principals(principals);
    let mut reads = false;
    for (key, _) in used(&actors, &evidence.activity, since) {
        reads |= matches!(key.verb.as_str(), "get" | "list" | "watch");
        if key.verb == "impersonate" {
            notes.push(format!(
                "it acts as others (`{key}`): groups that it asks for with them need `impersonate` on `groups` as well, which no log tells apart from their own"
            ));
        }
    }
    notes.extend(actors.iter().filter_map(|principal| impersonated_only(principal, evidence)));
    notes.extend(not_granted(&actors, &evidence.activity));
    if !reads {
        notes.push(
            "no read of it is in the log: either it reads nothing, or the audit policy leaves reads out and these roles are too narrow".to_owned(),
        );
    }
    let log = evidence.activity.logs.get(&Plane::Kubernetes);
    if log.is_some_and(|log| log.reads_left_out) {
        notes.push(
            "a log leaves out requests that only look, or may (AKS' `kube-audit-admin`, GKE without Data Access logs): reads that it would have shown are missing from these roles".to_owned(),
        );
    }
    notes.dedup();
    notes
}

/// How many requests are not granted, by what the log says of them.
pub(super) fn not_granted(principals: &[Principal], activity: &Activity) -> Vec<String> {
    let (mut refused, mut unsaid, mut unanswered, mut unclear) = (0, 0, 0, 0);
    let records = principals.iter().flat_map(|principal| seen(principal, activity));
    for record in records.flat_map(|found| found.actions.values()) {
        refused += record.denied.by_authorization;
        unsaid += record.denied.unattributed;
        unanswered += record.unanswered;
        unclear += record
            .requests()
            .saturating_sub(record.authorised.tally.count)
            .saturating_sub(record.denied.by_authorization)
            .saturating_sub(record.denied.unattributed);
    }
    [
        (refused, "refused for want of a right"),
        (unsaid, "refused and the log does not say by whom"),
        (unanswered, "logged without an outcome"),
        (unclear, "answered in a way that does not show whether the authorizer let them pass, as server errors and missing statuses do"),
    ]
    .into_iter()
    .filter(|(number, _)| *number > 0)
    .map(|(number, what)| {
        let requests = count(number, "request was", "requests were");
        format!("{requests} {what}: not granted")
    })
    .collect()
}

/// Requests for which the API server asks for a second right, beside the one that
/// stands in the log: roles without it are too narrow.
///
/// RBAC's own check of writes (`k8s.io/kubernetes/pkg/registry/rbac`), and the
/// admission plugins for certificates (`plugin/pkg/admission/certificates`) and
/// PodSecurityPolicy, which ended with 1.25.
pub(super) fn second_rights(
    principals: &[Principal],
    evidence: &Evidence,
    since: Option<Timestamp>,
) -> Vec<String> {
    let mut found = [false; 5];
    for (key, record) in used(principals, &evidence.activity, since) {
        let Target::KubernetesResource { group, resource, subresource, .. } = &key.target else {
            continue;
        };
        let part = subresource.as_deref().unwrap_or_default();
        let writes = matches!(key.verb.as_str(), "create" | "update" | "patch");
        let creates = key.verb == "create" || !record.authorised.created.is_empty();
        let [roles, bindings, approvals, signatures, pods] = &mut found;
        match (group.as_str(), resource.as_str(), part) {
            ("rbac.authorization.k8s.io", "roles" | "clusterroles", "") => *roles |= writes,
            ("rbac.authorization.k8s.io", "rolebindings" | "clusterrolebindings", "") => {
                *bindings |= writes;
            }
            ("certificates.k8s.io", "certificatesigningrequests", "approval") => {
                *approvals |= writes;
            }
            ("certificates.k8s.io", "certificatesigningrequests", "status") => {
                *signatures |= writes;
            }
            ("", "pods", "") => *pods |= creates,
            _ => {}
        }
    }
    let policies = |kind: &String| kind.rsplit('/').next() == Some("PodSecurityPolicy");
    found[4] &= evidence.clusters.iter().any(|cluster| cluster.kinds.keys().any(policies));
    let told = [
        "it wrote roles: the API server lets it give only what it holds itself, or asks for `escalate` on them",
        "it wrote bindings: the API server asks for all that the bound role gives, or for `bind` on that role",
        "it approved certificate requests: the API server asks for `approve` on `signers` with the signer's name",
        "it wrote the status of certificate requests: the API server asks for `sign` on `signers` with the signer's name",
        "it created pods under PodSecurityPolicies: they ask for `use` on one that lets the pod pass",
    ];
    let told = found.into_iter().zip(told).filter(|(found, _)| *found);
    told.map(|(_, what)| format!("too narrow: {what}; no log shows that, so add it by hand"))
        .collect()
}

/// The actions that passed the authorizer within the window.
fn used<'a>(
    principals: &[Principal],
    activity: &'a Activity,
    since: Option<Timestamp>,
) -> impl Iterator<Item = (&'a ActionKey, &'a ActionRecord)> {
    let found: Vec<_> = principals.iter().flat_map(|principal| seen(principal, activity)).collect();
    found
        .into_iter()
        .flat_map(|found| &found.actions)
        .filter(move |(_, record)| record.authorised.reaches(since))
}

fn impersonated_only(principal: &Principal, evidence: &Evidence) -> Option<String> {
    let found = evidence.activity.principals.get(principal)?;
    let (by, _) = found.impersonated_by.iter().next()?;
    Some(format!("{principal} was also acted as by {by}: those requests count as its own"))
}
