//! What an agent's own pods give it: one that touches its node is every
//! ServiceAccount with a pod there, and one that is given a Secret can read it,
//! whatever its own account may do.

use crate::{
    assess::findings::{AGENT_NODE, AGENT_SECRET},
    model::{
        capability::{Capability, Condition, Grant, Plane, Reach, RiskClass, RiskHit},
        coverage::Gap,
        effect::Effect,
        evidence::Evidence,
        finding::Severity,
        gate::Gate,
        kubernetes::objects::{TokenSecret, Workload},
        principal::Principal,
    },
    rubric::findings::FindingRules,
};

/// Secrets with tokens of ServiceAccounts that the pods of these workloads can
/// read, of the clusters that the workloads are in.
pub(super) fn held_tokens<'e>(
    workloads: &[&Workload],
    evidence: &'e Evidence,
) -> Vec<&'e TokenSecret> {
    let mut held = Vec::new();
    for workload in workloads.iter().filter(|workload| !workload.given.secrets.is_empty()) {
        let its = evidence.clusters.iter().filter(|cluster| {
            cluster.workloads.as_ptr_range().contains(&std::ptr::from_ref(*workload))
        });
        held.extend(its.flat_map(|cluster| &cluster.token_secrets).filter(|secret| {
            let together = secret.scope == workload.scope
                || secret.scope.namespace().is_none()
                || workload.scope.namespace().is_none();
            together && workload.given.secrets.contains(&secret.name)
        }));
    }
    held
}

/// What these workloads of one agent reach beside its account; none where no
/// pod of them touches its node or is given a Secret.
#[must_use]
pub(super) fn reach(
    agent: &str,
    principal: Option<&Principal>,
    workloads: &[&Workload],
    evidence: &Evidence,
    rules: &FindingRules,
) -> Option<Reach> {
    let mut reach = Reach::default();
    for workload in workloads {
        reach.risks.extend(secrets(agent, workload, evidence, rules));
    }
    reach.gaps.extend(held_tokens(workloads, evidence).into_iter().filter_map(|secret| {
        let known = secret.service_account.is_some() && secret.scope.namespace().is_some();
        (!known).then(|| Gap {
            location: secret.location.clone(),
            reason: format!("whose token Secret {} holds is not told", secret.name),
        })
    }));
    for workload in workloads.iter().filter(|workload| workload.node_access.any()) {
        let how = how(workload);
        let place = format!("{}/{}", workload.kind, workload.name);
        let grants = vec![Grant {
            description: format!("{place}: {}", how.join(", ")),
            location: workload.location.clone(),
            cut_at: None,
        }];
        let condition = if workload.node_access.privileged {
            Condition::Always
        } else {
            Condition::Unknown("which of the node it reaches, and as which user".to_owned())
        };
        let scope = workload.scope.to_string();
        reach.capabilities.push(Capability {
            id: format!("kubernetes/take over/node/{scope}/{}", workload.name),
            plane: Plane::Kubernetes,
            action: "take over the node through its own pod".to_owned(),
            scope: scope.clone(),
            effect: Effect::Escalation,
            effect_known: true,
            condition: condition.clone(),
            gate: Gate::none("nothing asks before a pod uses what it was given"),
            grants: grants.clone(),
            principal: principal.cloned(),
        });
        let rule = rules.get(AGENT_NODE);
        reach.risks.push(RiskHit {
            rule: AGENT_NODE.to_owned(),
            title: rule.map_or_else(String::new, |rule| rule.title.clone()),
            class: RiskClass::Escalation,
            severity: rule.map_or(Severity::Critical, |rule| rule.severity),
            message: format!(
                "{agent} runs in {place}, which has {}: it is every pod on its node",
                how.join(" and ")
            ),
            remedy: rules.remedy(AGENT_NODE).to_owned(),
            grants,
            condition,
            scope,
        });
    }
    reach.capabilities.sort_by(|a, b| a.id.cmp(&b.id));
    reach.capabilities.dedup_by(|a, b| a.id == b.id);
    (!reach.risks.is_empty() || !reach.gaps.is_empty()).then_some(reach)
}

/// The Secrets that the pods of a workload are given.
fn secrets(
    agent: &str,
    workload: &Workload,
    evidence: &Evidence,
    rules: &FindingRules,
) -> Option<RiskHit> {
    if workload.given.secrets.is_empty() {
        return None;
    }
    let place = format!("{}/{}", workload.kind, workload.name);
    let tokens = held_tokens(&[workload], evidence);
    let names: Vec<String> = workload
        .given
        .secrets
        .iter()
        .map(|name| {
            let token = tokens.iter().find(|secret| secret.name == *name);
            match token.and_then(|secret| secret.service_account.as_deref()) {
                Some(account) => format!("{name} (the token of {account})"),
                None => name.to_string(),
            }
        })
        .collect();
    let names = names.join(", ");
    let rule = rules.get(AGENT_SECRET);
    Some(RiskHit {
        rule: AGENT_SECRET.to_owned(),
        title: rule.map_or_else(String::new, |rule| rule.title.clone()),
        // Every agent needs some credential of its own: by itself it is no wrong.
        class: RiskClass::Hygiene,
        severity: rule.map_or(Severity::Low, |rule| rule.severity),
        message: format!("{agent} runs in {place}, which is given the Secrets {names}"),
        remedy: rules.remedy(AGENT_SECRET).to_owned(),
        grants: vec![Grant {
            description: format!("{place}: {names}"),
            location: workload.location.clone(),
            cut_at: None,
        }],
        condition: Condition::Always,
        scope: workload.scope.to_string(),
    })
}

/// What of its node a workload touches.
fn how(workload: &Workload) -> Vec<&'static str> {
    let access = workload.node_access;
    [
        (access.privileged, "a privileged container"),
        (access.capabilities, "a capability that leads out of its container"),
        (access.host_path, "a path of the node"),
        (access.host_namespaces, "the node's network, processes or IPC"),
    ]
    .into_iter()
    .filter_map(|(has, what)| has.then_some(what))
    .collect()
}
