//! Who the agent is, and whether its identities are its own.

use super::{Offenders, Seen};
use crate::{
    model::{
        fact::{FactValue, Facts},
        principal::Principal,
    },
    privilege::iam::AGENT_SHARED,
};

pub(super) fn collect(seen: Seen<'_>, facts: &mut Facts) {
    let place = || vec![seen.subject.location.clone()];
    let declaration = seen.subject.declaration;
    facts.know("agent.declared", FactValue::Bool(declaration.is_some()), place());
    let text = |value: Option<&String>| FactValue::Text(value.cloned().unwrap_or_default());
    facts.know("agent.owner", text(declaration.and_then(|d| d.owner.as_ref())), place());
    facts.know("agent.purpose", text(declaration.and_then(|d| d.purpose.as_ref())), place());
    let ceiling = seen.subject.ceiling.map_or(0, |level| i64::from(level.number()));
    facts.know("agent.ceiling", FactValue::Int(ceiling), place());
    facts.know("agent.tier", FactValue::Text(seen.subject.tier.as_str().to_owned()), place());

    let principals = &seen.subject.principals;
    if principals.is_empty() {
        let why = "no principal of it is declared or seen";
        for name in
            ["identity.principals", "identity.notDedicated", "identity.sharedAcrossEnvironments"]
        {
            facts.unknown(name, why);
        }
        return;
    }
    let spelt = principals.iter().map(ToString::to_string).collect();
    facts.know("identity.principals", FactValue::List(spelt), place());
    let no_cluster =
        principals.iter().any(|principal| matches!(principal, Principal::ServiceAccount { .. }))
            && seen.evidence.clusters.is_empty();
    let missing = no_cluster.then_some("no cluster objects tell what else runs as it");
    not_dedicated(seen).note("identity.notDedicated", missing, facts);
    shared_across_environments(seen).note("identity.sharedAcrossEnvironments", None, facts);
}

/// Identities that are not the agent's own, each with why.
fn not_dedicated(seen: Seen<'_>) -> Offenders {
    let mut offenders = Offenders::default();
    let subject = seen.subject;
    for principal in &subject.principals {
        match principal {
            Principal::ServiceAccount { name, .. } if name == "default" => offenders.add(
                format!("{principal} is what every pod without a ServiceAccount runs as"),
                Some(&subject.location),
            ),
            Principal::KubernetesUser(name) if !name.starts_with("system:") => offenders.add(
                format!("{name} is a user, not a ServiceAccount: it may be a person's"),
                Some(&subject.location),
            ),
            Principal::KubernetesGroup(_) => offenders.add(
                format!("{principal} is a group, shared by whoever is in it"),
                Some(&subject.location),
            ),
            Principal::ServiceAccount { namespace, name } => {
                workloads_beside(seen, namespace, name, &mut offenders);
            }
            Principal::Aws(arn) if arn.contains(":user/") => offenders.add(
                format!("{arn} is an IAM user, not a role: it may be a person's"),
                Some(&subject.location),
            ),
            Principal::KubernetesUser(_) | Principal::Aws(_) => {}
        }
        for (other, _, principals) in seen.others {
            if *other != subject.id && principals.contains(principal) {
                offenders
                    .add(format!("{principal} is used by {other} too"), Some(&subject.location));
            }
        }
    }
    shared_roles(seen, &mut offenders);
    offenders
}

/// Users and roles of AWS that others act as, declared or through a ServiceAccount;
/// those that two declarations name are told already.
fn shared_roles(seen: Seen<'_>, offenders: &mut Offenders) {
    let is_told = |arn: &str| {
        seen.others.iter().any(|(other, _, principals)| {
            *other != seen.subject.id && principals.contains(&Principal::Aws(arn.to_owned()))
        })
    };
    let shared = seen.holdings.credential_risks().filter(|risk| risk.rule == AGENT_SHARED);
    for risk in shared.filter(|risk| !is_told(&risk.scope)) {
        offenders.add(risk.message.clone(), risk.grants.first().map(|grant| &grant.location));
    }
}

/// Workloads that run as a ServiceAccount beside the first: one identity for
/// several actors leaves no way to tell them apart.
fn workloads_beside(seen: Seen<'_>, namespace: &str, name: &str, offenders: &mut Offenders) {
    for cluster in &seen.evidence.clusters {
        let running: Vec<_> = cluster
            .workloads
            .iter()
            .filter(|w| !w.owned && w.scope.may_be_in(namespace) && &*w.service_account == name)
            .collect();
        if let [first, rest @ ..] = running.as_slice()
            && !rest.is_empty()
        {
            let names: Vec<String> =
                running.iter().map(|w| format!("{}/{}", w.kind, w.name)).collect();
            offenders.add(
                format!("{namespace}/{name} runs several workloads: {}", names.join(", ")),
                Some(&first.location),
            );
        }
    }
}

/// Identities that may write and that agents of another environment use too.
fn shared_across_environments(seen: Seen<'_>) -> Offenders {
    let mut offenders = Offenders::default();
    let subject = seen.subject;
    for principal in &subject.principals {
        let writes = seen
            .holdings
            .credential_capabilities()
            .any(|cap| cap.effect.is_mutating() && cap.principal.as_ref() == Some(principal));
        if !writes {
            continue;
        }
        for (other, environment, principals) in seen.others {
            if *environment != subject.environment && principals.contains(principal) {
                offenders
                    .add(format!("{principal} also writes for {other}"), Some(&subject.location));
            }
        }
    }
    offenders
}
