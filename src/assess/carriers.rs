//! Objects of a cluster that carry an agent's configuration, or start the agent: which
//! workloads they belong to, and whom these run as.

use crate::model::{
    agent_config::AgentConfig, evidence::Evidence, kubernetes::objects::Workload,
    principal::Principal,
};

/// Adds the accounts of whoever runs what ConfigMaps and Secrets carry.
pub(super) fn add_accounts(
    configs: &[&AgentConfig],
    evidence: &Evidence,
    principals: &mut Vec<Principal>,
) {
    for account in configs.iter().flat_map(|config| accounts(config, evidence)) {
        if !principals.contains(&account) {
            principals.push(account);
        }
    }
}

/// The accounts of the workloads that are given the ConfigMap or Secret which carries a
/// configuration, or that start an agent themselves.
pub(super) fn accounts(config: &AgentConfig, evidence: &Evidence) -> Vec<Principal> {
    let Some(object) = carrier(config) else { return Vec::new() };
    let workloads = evidence.clusters.iter().flat_map(|cluster| &cluster.workloads);
    let mounting = workloads.filter(|workload| {
        let runs = match object.kind {
            "Secret" => workload.given.secrets.contains(object.name),
            "ConfigMap" => workload.given.config_maps.contains(object.name),
            kind => *workload.kind == *kind && *workload.name == *object.name,
        };
        runs && object.namespace.is_none_or(|own| workload.scope.may_be_in(own))
    });
    let account = |workload: &Workload| {
        let namespace = workload.scope.namespace().or(object.namespace)?.to_owned();
        let name = workload.service_account.to_string();
        Some(Principal::ServiceAccount { namespace, name })
    };
    mounting.filter_map(account).collect()
}

/// An object of a cluster that carries a configuration or starts an agent.
struct Carrier<'c> {
    kind: &'c str,
    namespace: Option<&'c str>,
    name: &'c str,
}

fn carrier(config: &AgentConfig) -> Option<Carrier<'_>> {
    let (kind, rest) = config.location.object.as_deref()?.split_once('/')?;
    let (namespace, name) = match rest.split_once('/') {
        Some((namespace, name)) => (Some(namespace), name),
        None => (None, rest),
    };
    let known = matches!(kind, "ConfigMap" | "Secret") || Workload::BUILT_IN.contains(&kind);
    known.then_some(Carrier { kind, namespace, name })
}

/// What made an object that a controller keeps, where that is in the evidence: its name
/// begins with that of the other, and both run as one account.
fn made_by<'e>(object: &Carrier<'_>, evidence: &'e Evidence) -> Option<&'e str> {
    let workloads = || evidence.clusters.iter().flat_map(|cluster| &cluster.workloads);
    let own = workloads().find(|own| {
        own.owned
            && *own.kind == *object.kind
            && *own.name == *object.name
            && own.scope.namespace() == object.namespace
    })?;
    let makers = workloads().filter(|maker| {
        let rest = own.name.strip_prefix(&*maker.name);
        !maker.owned
            && maker.scope == own.scope
            && maker.service_account == own.service_account
            && rest.is_some_and(|rest| rest.starts_with('-'))
    });
    makers.map(|maker| &*maker.name).max_by_key(|name| name.len())
}

/// What the agent is called that such an object tells of: `namespace/name`.
pub(super) fn name(config: &AgentConfig, evidence: &Evidence) -> Option<String> {
    let object = carrier(config)?;
    let name = made_by(&object, evidence).unwrap_or(object.name);
    Some(format!("{}/{name}", object.namespace.unwrap_or("?")))
}
