//! Ways to stop an agent that the evidence shows, and which of them it could undo with
//! what it holds.
//!
//! Two at most: its workloads scaled to zero, and its rights taken. Each counts as one
//! only where it stops the whole agent: all workloads that it runs in, or every identity
//! that it acts as.

use std::collections::BTreeSet;

use super::holdings::{Estate, Holdings, InCluster};
use crate::{
    model::{
        capability::RiskClass,
        kubernetes::{ClusterSnapshot, Scope, objects::Workload, rbac::Binding},
        location::Location,
        principal::Principal,
        text::some_of,
    },
    privilege::{
        iam,
        rbac::{self, Closure, Request, Target},
    },
};

/// Most bindings and workloads that one way names.
const NAMED: usize = 3;

/// Kinds that can be stopped for good: kind, API group, resource, and what is done.
const KINDS: [(&str, &str, &str, Halt); 4] = [
    ("Deployment", "apps", "deployments", Halt::Scale),
    ("StatefulSet", "apps", "statefulsets", Halt::Scale),
    ("ReplicaSet", "apps", "replicasets", Halt::Scale),
    ("CronJob", "batch", "cronjobs", Halt::Suspend),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Halt {
    Scale,
    Suspend,
}

/// Actions by which a role undoes what was denied it.
const OWN_POLICY: [&str; 5] = [
    "iam:DeleteRolePolicy",
    "iam:PutRolePolicy",
    "iam:DetachRolePolicy",
    "iam:AttachRolePolicy",
    "iam:DeleteRolePermissionsBoundary",
];

/// One way to stop an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// In the imperative: `scale Deployment/ops/sre-bot to 0`.
    pub way: String,
    /// Where the first thing stands that it is done to.
    pub location: Location,
    /// Whether the agent could undo it.
    pub undoes: Undoes,
}

/// Whether an agent could undo something; the later counts of two.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Undoes {
    /// It holds nothing that would.
    No,
    /// It cannot be told; why.
    Unknown(String),
    /// It could.
    Yes,
}

/// The ways to stop an agent with these identities, workloads and holdings.
#[must_use]
pub fn stops(
    estate: &Estate<'_>,
    principals: &[Principal],
    workloads: &[&Workload],
    holdings: &Holdings,
) -> Vec<Stop> {
    let mut stops: Vec<Stop> = scaled(estate, workloads, holdings)
        .into_iter()
        .chain(taken(estate, principals, holdings))
        .collect();
    // A credential that no evidence tells of may undo anything.
    if let Some(why) = holdings.unseen.first() {
        for stop in &mut stops {
            if stop.undoes == Undoes::No {
                stop.undoes = Undoes::Unknown(why.clone());
            }
        }
    }
    stops
}

/// Its workloads, stopped; none where one of them cannot be.
fn scaled(estate: &Estate<'_>, workloads: &[&Workload], holdings: &Holdings) -> Option<Stop> {
    let own: Vec<&&Workload> = workloads.iter().filter(|workload| !workload.owned).collect();
    let first = own.first()?;
    let mut parts = BTreeSet::new();
    let mut undoes = Undoes::No;
    for workload in &own {
        let (kind, group, resource, halt) =
            KINDS.iter().find(|(kind, ..)| *kind == &*workload.kind)?;
        // What a repository holds is put back by whoever keeps it so.
        let namespace = workload.scope.namespace().filter(|_| !workload.from_git)?;
        let name = format!("{kind}/{namespace}/{}", workload.name);
        parts.insert(match halt {
            Halt::Scale => format!("scale {name} to 0"),
            Halt::Suspend => format!("suspend {name}"),
        });
        let target = |subresource| Target::Resource {
            group,
            resource,
            subresource,
            namespace: Some(namespace),
            name: Some(&workload.name),
        };
        let requests: Vec<Request<'_>> = ["update", "patch"]
            .iter()
            .flat_map(|verb| ["", "scale"].map(|sub| Request { verb, target: target(sub) }))
            .collect();
        undoes = undoes.max(by_clusters(estate, holdings, Some(workload), &requests));
    }
    let parts: Vec<String> = parts.into_iter().collect();
    Some(Stop { way: some_of(&parts, NAMED), location: first.location.clone(), undoes })
}

/// Whether one of its identities may do one of these in the cluster of a workload.
fn by_clusters(
    estate: &Estate<'_>,
    holdings: &Holdings,
    workload: Option<&Workload>,
    requests: &[Request<'_>],
) -> Undoes {
    let its = |cluster: &ClusterSnapshot| {
        workload
            .is_none_or(|own| cluster.workloads.as_ptr_range().contains(&std::ptr::from_ref(own)))
    };
    let mut undoes = Undoes::No;
    for own in &holdings.in_clusters {
        let Some(cluster) = estate.cluster(own.cluster) else { continue };
        if its(cluster.index().snapshot()) {
            undoes = undoes.max(by_identity(cluster, own, holdings, requests));
        }
    }
    undoes
}

fn by_identity(
    cluster: &rbac::Evaluator<'_>,
    own: &InCluster,
    holdings: &Holdings,
    requests: &[Request<'_>],
) -> Undoes {
    if raises_itself(holdings, own.credential) {
        return Undoes::Yes;
    }
    let closure = cluster.closure(&own.identity);
    requests.iter().map(|request| decided(&closure, request)).max().unwrap_or(Undoes::No)
}

fn decided(closure: &Closure<'_>, request: &Request<'_>) -> Undoes {
    match closure.allows(request) {
        rbac::Decision::Allowed { .. } => Undoes::Yes,
        rbac::Decision::NotAllowed => Undoes::No,
        rbac::Decision::Unknown { gaps } => Undoes::Unknown(
            gaps.first()
                .map_or_else(String::new, |gap| format!("{} ({})", gap.reason, gap.location)),
        ),
    }
}

/// Whether a credential is an administrator's, or makes itself one.
fn raises_itself(holdings: &Holdings, credential: usize) -> bool {
    holdings.credentials.get(credential).is_some_and(|reach| {
        reach.risks.iter().any(|risk| {
            matches!(risk.class, RiskClass::AdminEquivalent | RiskClass::SelfEscalation)
        })
    })
}

/// Its rights, taken; none where one of its identities holds them otherwise than by
/// bindings of its own or as a role that can be denied.
fn taken(estate: &Estate<'_>, principals: &[Principal], holdings: &Holdings) -> Option<Stop> {
    let mut parts = Vec::new();
    let mut undoes = Undoes::No;
    let mut location = None;
    for own in &holdings.in_clusters {
        let cluster = estate.cluster(own.cluster)?;
        let closure = cluster.closure(&own.identity);
        let bindings = own_bindings(&closure)?;
        for binding in &bindings {
            location.get_or_insert_with(|| binding.location.clone());
            undoes = undoes.max(rebinds(cluster, own, holdings, binding));
        }
        let named: Vec<String> = bindings.iter().map(ToString::to_string).collect();
        if !named.is_empty() {
            parts.push(format!("remove {}", some_of(&named, NAMED)));
        }
    }
    for own in &holdings.in_accounts {
        let (account, evaluator) = estate.account_with(&own.arn)?;
        if !can_be_denied(&own.arn) {
            return None;
        }
        let roles = account.roles.values().map(|role| &role.identity);
        let mut identities = roles.chain(account.users.values().map(|user| &user.identity));
        let identity = identities.find(|identity| identity.arn == own.arn)?;
        location.get_or_insert_with(|| identity.location.clone());
        parts.push(format!("deny everything to {} by an inline policy", own.arn));
        undoes = undoes.max(undenies(evaluator, &own.arn, raises_itself(holdings, own.credential)));
    }
    // An identity of which nothing is known keeps what it holds.
    let known = |principal: &Principal| match principal {
        Principal::Aws(arn) => holdings.in_accounts.iter().any(|own| own.arn == *arn),
        Principal::KubernetesGroup(_) => true,
        Principal::KubernetesUser(_) | Principal::ServiceAccount { .. } => {
            holdings.in_clusters.iter().any(|own| own.identity.principal() == principal)
        }
    };
    if parts.is_empty() || !principals.iter().all(known) {
        return None;
    }
    Some(Stop { way: parts.join(" and "), location: location?, undoes })
}

/// The bindings that name it; none at all where it holds something through a group that
/// it shares with everybody.
fn own_bindings<'a>(closure: &Closure<'a>) -> Option<Vec<&'a Binding>> {
    let mut bindings: Vec<&Binding> = Vec::new();
    if closure.bypass.is_some() {
        return None;
    }
    for held in &closure.held {
        let harmless = ["system:basic-user", "system:discovery", "system:public-info-viewer"];
        let shared = held.through_group.is_some_and(|group| group.starts_with("system:"));
        if shared {
            let starts = |name: &&str| held.binding.name.starts_with(name);
            if !harmless.iter().any(starts) {
                return None;
            }
        } else if !bindings.iter().any(|known| std::ptr::eq(*known, held.binding)) {
            bindings.push(held.binding);
        }
    }
    Some(bindings)
}

/// Whether it could bind itself again to what a binding gives: it holds those rights, so
/// that the API server lets it where it may write bindings at all.
fn rebinds(
    cluster: &rbac::Evaluator<'_>,
    own: &InCluster,
    holdings: &Holdings,
    binding: &Binding,
) -> Undoes {
    let (resource, namespace) = match &binding.scope {
        Scope::Cluster => ("clusterrolebindings", None),
        Scope::Namespace(namespace) => ("rolebindings", Some(&**namespace)),
        Scope::UnknownNamespace => {
            return Undoes::Unknown(format!("{binding} tells no namespace ({})", binding.location));
        }
    };
    let requests: Vec<Request<'_>> =
        [("create", None), ("update", Some(&*binding.name)), ("patch", Some(&*binding.name))]
            .map(|(verb, name)| Request {
                verb,
                target: Target::Resource {
                    group: "rbac.authorization.k8s.io",
                    resource,
                    subresource: "",
                    namespace,
                    name,
                },
            })
            .to_vec();
    by_identity(cluster, own, holdings, &requests)
}

/// Roles that their account writes policies of; those of AWS services and of its
/// directory of people are written elsewhere.
fn can_be_denied(arn: &str) -> bool {
    (arn.contains(":role/") || arn.contains(":user/"))
        && !arn.contains(":role/aws-service-role/")
        && !arn.contains(":role/aws-reserved/")
}

fn undenies(evaluator: &iam::Evaluator<'_>, arn: &str, raises_itself: bool) -> Undoes {
    if raises_itself {
        return Undoes::Yes;
    }
    OWN_POLICY
        .iter()
        .map(|action| match evaluator.allows(arn, action, arn) {
            iam::Decision::Allowed { .. } | iam::Decision::AllowedIf { .. } => Undoes::Yes,
            iam::Decision::Denied { .. } => Undoes::No,
            iam::Decision::Unknown(why) => Undoes::Unknown(why),
        })
        .max()
        .unwrap_or(Undoes::No)
}
