//! What the agent's credentials give it, whatever its tools and gates.

use super::{Offenders, Seen};
use crate::model::{
    capability::{Capability, Condition, Plane, RiskClass, RiskHit},
    effect::Effect,
    fact::Facts,
    path::PathTarget,
    principal::Principal,
};
use crate::privilege::iam;

/// Classes of risks that change or destroy data and what keeps it.
const DATA_WRITES: &[RiskClass] =
    &[RiskClass::Destructive, RiskClass::DatabaseWrite, RiskClass::AdminEquivalent];

/// Resources whose deletion takes data, or what keeps it, with them.
const STATEFUL: &[&str] = &[
    "namespaces",
    "persistentvolumes",
    "persistentvolumeclaims",
    "volumesnapshots",
    "volumesnapshotcontents",
    "customresourcedefinitions",
    "statefulsets",
    "*",
];

/// Steps of a path that a reason tells.
const STEPS: usize = 3;

/// Rights to destroy or change data: catalogued risks, and the capabilities
/// themselves, since a worse risk (an editor of a namespace) is told in place of
/// the milder ones that it includes.
pub(super) fn data_writes(seen: Seen<'_>) -> Offenders {
    let mut writes = of_risks(seen, |risk| DATA_WRITES.contains(&risk.class));
    // A database server acts with a credential that no other evidence shows.
    for risk in seen.holdings.tool_risks().filter(|r| r.class == RiskClass::DatabaseWrite) {
        writes.add(
            risk.message.trim_end_matches('.').to_owned(),
            risk.grants.first().map(|grant| &grant.location),
        );
    }
    writes.extend(of_capabilities(seen, deletes_state));
    writes
}

/// Whether a Kubernetes capability deletes what keeps state.
fn deletes_state(capability: &Capability) -> bool {
    is_on(capability, &["delete", "deletecollection", "*"], STATEFUL)
}

/// Whether a Kubernetes capability shows the contents of Secrets.
fn reads_secrets(capability: &Capability) -> bool {
    is_on(capability, &["get", "list", "watch", "*"], &["secrets", "*"])
}

/// Whether a Kubernetes capability, spelt `verb,verb resource.group`, has one of
/// the verbs on one of the resources.
fn is_on(capability: &Capability, verbs: &[&str], resources: &[&str]) -> bool {
    if capability.plane != Plane::Kubernetes {
        return false;
    }
    let Some((held, target)) = capability.action.split_once(' ') else { return false };
    if target.starts_with('/') {
        return false;
    }
    let resource = target.split(['.', ' ']).next().unwrap_or_default();
    held.split(',').any(|verb| verbs.contains(&verb)) && resources.contains(&resource)
}

pub(super) fn collect(seen: Seen<'_>, facts: &mut Facts) {
    let missing = missing(seen);
    let missing = missing.as_deref();
    of_capabilities(seen, Capability::is_mutating).note("credential.mutating", missing, facts);
    of_capabilities(seen, |cap| cap.is_mutating() && cap.action.contains('*')).note(
        "credential.wildcardWrites",
        missing,
        facts,
    );
    of_capabilities(seen, |cap| cap.is_mutating() && is_unscoped(cap)).note(
        "credential.unscopedWrites",
        missing,
        facts,
    );
    let of_class = |classes: &[RiskClass]| of_risks(seen, |risk| classes.contains(&risk.class));
    use RiskClass::{AdminEquivalent, Guardrail, SelfEscalation, SensitiveRead};
    let possible = possible_administrator(seen);
    let doubt = missing.or(possible.as_deref());
    of_class(&[AdminEquivalent]).note("credential.adminEquivalents", doubt, facts);
    // An administrator can raise every right; the engines tell only the worst.
    of_class(&[SelfEscalation, AdminEquivalent]).note("credential.selfEscalations", doubt, facts);
    let mut secret_reads = of_class(&[SensitiveRead, AdminEquivalent]);
    secret_reads.extend(of_capabilities(seen, reads_secrets));
    secret_reads.note("credential.secretReads", missing, facts);
    data_writes(seen).note("credential.dataWrites", missing, facts);
    let mut tampering = of_class(&[Guardrail, AdminEquivalent]);
    tampering.extend(of_capabilities(seen, |cap| cap.effect == Effect::Guardrail));
    tampering.note("credential.auditTampering", missing, facts);
    long_lived(seen, facts);
}

/// The way by which it may become administrator, if something that the evidence
/// does not show decides that.
fn possible_administrator(seen: Seen<'_>) -> Option<String> {
    let mut paths = seen.holdings.credentials.iter().flat_map(|reach| &reach.paths);
    let is_admin =
        |target: &_| matches!(target, PathTarget::ClusterAdmin | PathTarget::AwsAdmin(_));
    let path = paths.find(|path| is_admin(&path.target) && !path.is_certain())?;
    let of = match &path.target {
        PathTarget::AwsAdmin(account) => format!("AWS account {account}"),
        _ => "the cluster".to_owned(),
    };
    Some(format!(
        "it may become administrator of {of}: {}; not known: {}",
        path.told(STEPS),
        path.unknowns().join("; ")
    ))
}

/// Why an empty list could not be trusted, if it could not.
pub(super) fn missing(seen: Seen<'_>) -> Option<String> {
    if seen.subject.principals.is_empty() {
        return Some("no principal of it is declared or seen".to_owned());
    }
    if !seen.holdings.unseen.is_empty() {
        return Some(seen.holdings.unseen.join("; "));
    }
    let mut gaps = seen.holdings.credentials.iter().flat_map(|reach| &reach.gaps);
    let first = gaps.next()?;
    let more = gaps.count();
    let more = if more > 0 { format!(" (and {more} more)") } else { String::new() };
    Some(format!("{} ({}){more}", first.reason, first.location))
}

/// Capabilities that match, as `right through grant`.
fn of_capabilities(seen: Seen<'_>, matches: impl Fn(&Capability) -> bool) -> Offenders {
    let mut offenders = Offenders::default();
    for capability in seen.holdings.credential_capabilities().filter(|cap| matches(cap)) {
        let grant = capability.grants.first();
        let through =
            grant.map_or_else(String::new, |grant| format!(" through {}", grant.description));
        offenders.add(
            format!("{} in {}{through}", capability.action, capability.scope),
            grant.map(|grant| &grant.location),
        );
    }
    offenders
}

/// Risks that match, with their conditions.
fn of_risks(seen: Seen<'_>, matches: impl Fn(&RiskHit) -> bool) -> Offenders {
    let mut offenders = Offenders::default();
    for risk in seen.holdings.credential_risks().filter(|risk| matches(risk)) {
        let condition = match &risk.condition {
            Condition::Always => String::new(),
            Condition::If(conditions) => format!(" (if {})", conditions.join(" and ")),
            Condition::Unknown(why) => format!(" ({why})"),
        };
        offenders.add(
            format!("{}{condition}", risk.message.trim_end_matches('.')),
            risk.grants.first().map(|grant| grant.cut_at.as_ref().unwrap_or(&grant.location)),
        );
    }
    offenders
}

/// Whether a capability reaches the whole cluster, or every resource of an account.
fn is_unscoped(capability: &Capability) -> bool {
    match capability.plane {
        Plane::Kubernetes => capability.scope == "cluster",
        Plane::Aws => iam::is_unscoped(capability),
        Plane::Mcp => false,
    }
}

/// Credentials that do not expire by themselves.
fn long_lived(seen: Seen<'_>, facts: &mut Facts) {
    let mut offenders = Offenders::default();
    let mut missing = None;
    if seen.subject.principals.is_empty() {
        missing = Some("no principal of it is declared or seen".to_owned());
    }
    for principal in &seen.subject.principals {
        match principal {
            Principal::ServiceAccount { namespace, name } => {
                if seen.evidence.clusters.is_empty() {
                    missing = Some("no cluster objects are in the evidence".to_owned());
                }
                for cluster in &seen.evidence.clusters {
                    if let Some(gap) = cluster.open.first() {
                        missing = Some(format!("{} ({})", gap.reason, gap.location));
                    }
                    if !cluster.lists("Secret") {
                        missing.get_or_insert_with(|| {
                            format!(
                                "{} does not list all Secrets: give the output of `kubectl \
                                 get secrets -A -o json` with the data left out, or `gradus \
                                 collect kubernetes`",
                                cluster.source
                            )
                        });
                    }
                    for secret in &cluster.token_secrets {
                        let its =
                            secret.service_account.as_deref().is_none_or(|account| account == name);
                        if its && secret.scope.may_be_in(namespace) {
                            offenders.add(
                                format!("Secret {} holds a token that never expires", secret.name),
                                Some(&secret.location),
                            );
                        }
                    }
                }
            }
            Principal::Aws(arn) if arn.contains(":user/") => offenders.add(
                format!("{arn} is an IAM user: its access keys do not expire"),
                Some(&seen.subject.location),
            ),
            Principal::Aws(_) => {}
            Principal::KubernetesUser(name) => {
                missing = Some(format!("how {name} authenticates is not in the evidence"));
            }
            Principal::KubernetesGroup(name) => {
                missing =
                    Some(format!("how members of {name} authenticate is not in the evidence"));
            }
        }
    }
    offenders.note("credential.longLived", missing.as_deref(), facts);
}
