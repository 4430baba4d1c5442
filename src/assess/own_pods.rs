//! What an agent's own pods give it: one that touches its node is every
//! ServiceAccount with a pod there, whatever its own account may do.

use crate::{
    assess::findings::AGENT_NODE,
    model::{
        capability::{Capability, Condition, Grant, Plane, Reach, RiskClass, RiskHit},
        effect::Effect,
        finding::Severity,
        gate::Gate,
        kubernetes::objects::Workload,
        principal::Principal,
    },
    rubric::findings::FindingRules,
};

/// What these workloads of one agent reach beside its account; none where no
/// pod of them touches its node.
#[must_use]
pub(super) fn reach(
    agent: &str,
    principal: Option<&Principal>,
    workloads: &[&Workload],
    rules: &FindingRules,
) -> Option<Reach> {
    let mut reach = Reach::default();
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
    (!reach.risks.is_empty()).then_some(reach)
}

/// What of its node a workload touches.
fn how(workload: &Workload) -> Vec<&'static str> {
    let access = workload.node_access;
    [
        (access.privileged, "a privileged container"),
        (access.host_path, "a path of the node"),
        (access.host_namespaces, "the node's network, processes or IPC"),
    ]
    .into_iter()
    .filter_map(|(has, what)| has.then_some(what))
    .collect()
}
