//! Right-sizing: the smallest roles and policies that a log window justifies for one
//! agent: RBAC here, IAM in `accounts`.
//!
//! A right is *used* when a request that needed it passed the authorizer, whatever
//! came of the request: one that found nothing (404) or was refused by admission
//! needed it all the same. Requests that the authorizer refused are not granted.
//!
//! Names limit a rule only where every request of that verb on that resource in
//! that namespace told the authorizer one. Creating and deleting collections never
//! do; only a patch or update that created its object needed `create` by name.
//!
//! A log never shows what will be needed tomorrow, so the result says what it
//! rests on, and there is none where no log shows the agent.

mod accounts;
pub(super) mod held;
mod needs;
mod notes;
mod rules;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date, tz::TimeZone};

pub use accounts::{HeldActions, HeldPolicy, Proof, SizedPrincipal, Use};
pub use held::{HeldBinding, HeldRule};

use super::{
    exercised::since,
    holdings::Estate,
    manifest::{Manifest, object_name},
    roster::Subject,
};
use crate::{
    model::{
        activity::{ActionKey, ActionRecord, Activity, PrincipalActivity},
        agent::AgentId,
        capability::Plane,
        effect::Effect,
        evidence::Evidence,
        kubernetes::{
            Scope,
            rbac::{self, RoleKind},
        },
        location::Location,
        principal::Principal,
        text::count,
    },
    privilege::exercise::{Doubt, Exercised, Observed, exercise},
};
use needs::Needs;

/// At most this many requests of one kind are listed in a warning.
const LISTED: usize = 10;

/// What one agent needs, as far as its log shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rightsized {
    /// Whom for.
    pub agent: AgentId,
    /// The principals that the roles and policies are for.
    pub principals: Vec<Principal>,
    /// First and last day of the log, within the time that is looked at.
    pub window: Option<(Date, Date)>,
    /// Days of it on which the log holds anything.
    pub days: u64,
    /// Requests of the agent that were authorised.
    pub requests: u64,
    /// Roles and their bindings, in the order in which they are applied.
    pub manifests: Vec<Manifest>,
    /// What it holds now; none where no cluster objects were read.
    pub held: Option<Vec<HeldBinding>>,
    /// IAM policies, for each IAM identity.
    pub policies: Vec<SizedPrincipal>,
    /// What it used although no grant that was read allows it.
    pub unexplained: Vec<Unexplained>,
    /// What makes the result less than the log window of a whole agent.
    pub warnings: Vec<String>,
    /// What else a reader must know.
    pub notes: Vec<String>,
}

/// A use that no grant explains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unexplained {
    /// Whose.
    pub principal: Principal,
    /// `delete pods in shop`.
    pub action: String,
    /// Requests.
    pub requests: u64,
    /// The first of them.
    pub location: Option<Location>,
}

/// Why there is no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unusable {
    /// At least one.
    pub reasons: Vec<String>,
}

impl Rightsized {
    /// Of an agent of which nothing is known.
    fn of(agent: &Subject<'_>) -> Self {
        Self {
            agent: agent.id.clone(),
            principals: Vec::new(),
            window: None,
            days: 0,
            requests: 0,
            manifests: Vec::new(),
            held: None,
            policies: Vec::new(),
            unexplained: Vec::new(),
            warnings: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Of a cluster and of an account together.
    fn join(mut self, other: Self) -> Self {
        self.window = match (self.window, other.window) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (one, two) => one.or(two),
        };
        self.days = self.days.max(other.days);
        self.requests += other.requests;
        self.principals.extend(other.principals);
        self.manifests.extend(other.manifests);
        self.held = self.held.or(other.held);
        self.policies.extend(other.policies);
        self.unexplained.extend(other.unexplained);
        self.warnings.extend(other.warnings);
        self.notes.extend(other.notes);
        self
    }
}

/// The smallest roles and policies for `agent`, from the log window that ends `today`.
///
/// # Errors
/// Where no log shows what the agent did, or shows more than could be kept.
pub fn rightsize(
    agent: &Subject<'_>,
    estate: &Estate<'_>,
    today: Date,
) -> Result<Rightsized, Unusable> {
    let since = since(today);
    let in_clusters = !kubernetes_principals(&agent.principals).is_empty();
    let in_accounts = !accounts::arns(&agent.principals).is_empty();
    let cluster = || clusters(agent, estate, since);
    let account = || accounts::rightsize(agent, estate, since);
    match (in_clusters, in_accounts) {
        (false, false) => {
            let reason = format!("{} acts as no identity that is known", agent.id);
            Err(Unusable { reasons: vec![reason] })
        }
        (true, false) => cluster(),
        (false, true) => account(),
        (true, true) => match (cluster(), account()) {
            (Ok(cluster), Ok(account)) => Ok(cluster.join(account)),
            (Ok(mut sized), Err(missing)) | (Err(missing), Ok(mut sized)) => {
                let told = missing
                    .reasons
                    .into_iter()
                    .map(|reason| format!("only a part of it: {reason}"));
                sized.warnings.extend(told);
                Ok(sized)
            }
            (Err(mut cluster), Err(account)) => {
                cluster.reasons.extend(account.reasons);
                Err(cluster)
            }
        },
    }
}

/// The smallest roles for its identities of clusters.
fn clusters(
    agent: &Subject<'_>,
    estate: &Estate<'_>,
    since: Option<Timestamp>,
) -> Result<Rightsized, Unusable> {
    let evidence = estate.evidence();
    let principals = kubernetes_principals(&agent.principals);
    let unusable = |reason: String| Err(Unusable { reasons: vec![reason] });
    let observed =
        match exercise(&principals, &evidence.activity, since, &|_| (Effect::Read, true), None) {
            Exercised::Unknown(reasons) => {
                return Err(Unusable {
                    reasons: reasons.iter().map(ToString::to_string).collect(),
                });
            }
            Exercised::Observed(observed) => observed,
        };
    if observed.doubts.contains(&Doubt::MoreActions) {
        return unusable(format!("{} did more different things than are kept", agent.id));
    }
    // Roles would hold what another of the same name used.
    if observed.doubts.contains(&Doubt::SeveralClusters) {
        return unusable(Doubt::SeveralClusters.to_string());
    }

    let mut sized = Rightsized {
        principals: principals.clone(),
        window: observed.window.map(|window| (day(window.first), day(window.last))),
        days: observed.days,
        ..Rightsized::of(agent)
    };
    let (mut left_out, mut given_up) = (Vec::new(), Vec::new());
    for (number, principal) in (1..).zip(&principals) {
        let used = used_by(principal, &evidence.activity, since);
        let mut needs = Needs::default();
        for (key, record) in &used {
            needs.add(key, record, since);
            sized.requests += record.authorised.tally.count;
        }
        needs.settle();
        left_out.append(&mut needs.left_out);
        given_up.append(&mut needs.given_up);
        let name = match principals.len() {
            1 => object_name(&agent.id, &[]),
            _ => object_name(&agent.id, &["identity", &number.to_string()]),
        };
        sized.manifests.extend(manifests(&needs, &name, principal));
        held::compare(principal, &agent.principals, estate, &used, &mut sized);
    }
    if sized.manifests.is_empty() {
        let mut reasons = vec![format!(
            "the log shows {}, and no request of it that is known to have passed the authorizer and can be granted",
            agent.id
        )];
        reasons.extend(notes::not_granted(&principals, &evidence.activity));
        reasons.extend(listed("left out", left_out));
        return Err(Unusable { reasons });
    }
    sized.warnings.extend(doubts(&observed, evidence, Plane::Kubernetes));
    sized.warnings.extend(passing_names(&sized.manifests));
    sized.warnings.extend(listed("left out", left_out));
    sized.warnings.extend(listed("wider than was used", given_up));
    sized.notes.extend(before(&principals, &evidence.activity, since));
    sized.warnings.extend(notes::second_rights(&principals, evidence, since));
    sized.notes.extend(notes::notes(&agent.principals, evidence, since));
    Ok(sized)
}

/// The identities that roles can be bound to: a group counts where it is all that
/// is known, since one of a user's groups is no identity of its own.
fn kubernetes_principals(principals: &[Principal]) -> Vec<Principal> {
    let is_actor = |principal: &&Principal| {
        matches!(principal, Principal::KubernetesUser(_) | Principal::ServiceAccount { .. })
    };
    let mut actors: Vec<Principal> = principals.iter().filter(is_actor).cloned().collect();
    if actors.is_empty() {
        let is_group = |p: &&Principal| matches!(p, Principal::KubernetesGroup(_));
        actors = principals.iter().filter(is_group).cloned().collect();
    }
    actors.sort();
    actors.dedup();
    actors
}

/// What a principal did; for a group, what everyone did who was seen with it.
pub(super) fn seen<'a>(
    principal: &Principal,
    activity: &'a Activity,
) -> Vec<&'a PrincipalActivity> {
    match principal {
        Principal::KubernetesGroup(group) => {
            activity.principals.values().filter(|found| found.groups.contains(group)).collect()
        }
        _ => activity.principals.get(principal).into_iter().collect(),
    }
}

/// The actions of a principal that passed the authorizer within the window.
pub(super) fn used_by(
    principal: &Principal,
    activity: &Activity,
    since: Option<Timestamp>,
) -> BTreeMap<ActionKey, ActionRecord> {
    let mut used = BTreeMap::<ActionKey, ActionRecord>::new();
    for found in seen(principal, activity) {
        for (key, record) in found.actions.iter().filter(|(_, r)| r.authorised.reaches(since)) {
            used.entry(key.clone()).or_default().merge(record.clone());
        }
    }
    used
}

/// What of a log is older than the window.
fn before(
    principals: &[Principal],
    activity: &Activity,
    since: Option<Timestamp>,
) -> Option<String> {
    let records = principals
        .iter()
        .flat_map(|principal| seen(principal, activity))
        .flat_map(|found| found.actions.values());
    let old = records.filter(|record| !record.authorised.reaches(since));
    let requests: u64 = old.map(|record| record.authorised.tally.count).sum();
    let first = since.map(day).filter(|_| requests > 0)?;
    Some(format!(
        "{} before {first} {} not counted: whatever was done only then is not granted",
        count(requests, "request", "requests"),
        if requests == 1 { "is" } else { "are" }
    ))
}

/// Roles and bindings, the cluster's own first.
fn manifests(needs: &Needs, name: &str, principal: &Principal) -> Vec<Manifest> {
    if needs.is_empty() {
        return Vec::new();
    }
    let subject = match principal {
        Principal::ServiceAccount { namespace, name } => rbac::Subject::ServiceAccount {
            namespace: Some(namespace.as_str().into()),
            name: name.as_str().into(),
        },
        Principal::KubernetesGroup(name) => rbac::Subject::Group(name.as_str().into()),
        Principal::KubernetesUser(name) | Principal::Aws(name) => {
            rbac::Subject::User(name.as_str().into())
        }
    };
    let mut manifests = Vec::new();
    for (place, rules) in rules::rules(needs) {
        let (scope, kind) = match place {
            None => (Scope::Cluster, RoleKind::ClusterRole),
            Some(namespace) => (Scope::Namespace(namespace.into()), RoleKind::Role),
        };
        manifests.push(Manifest::Role { scope: scope.clone(), name: name.to_owned(), rules });
        manifests.push(Manifest::Binding {
            scope,
            name: name.to_owned(),
            role: (kind, name.to_owned()),
            subjects: vec![subject.clone()],
        });
    }
    manifests
}

/// What the log may not show.
fn doubts(observed: &Observed, evidence: &Evidence, plane: Plane) -> Vec<String> {
    let mut warnings = Vec::new();
    warnings.extend(observed.uncovered());
    warnings.extend(observed.unobserved.iter().map(ToString::to_string));
    warnings.extend(observed.doubts.iter().map(ToString::to_string));
    warnings.extend(observed.namesakes.iter().map(ToString::to_string));
    if let Some(log) = evidence.activity.logs.get(&plane) {
        for (number, what) in [
            (log.undated, "without a time: they count as of the window"),
            (log.truncated, "cut short by the server"),
            (evidence.activity.beyond, "of principals that were too many to be kept"),
        ] {
            if number > 0 {
                warnings.push(format!("{} {what}", count(number, "event", "events")));
            }
        }
    }
    if plane == Plane::Kubernetes && evidence.clusters.len() > 1 {
        warnings.push(format!(
            "the evidence is of {} clusters and the logs do not tell of which each is: the roles hold what was used in any of them",
            evidence.clusters.len()
        ));
    }
    warnings
}

/// Objects whose names a controller makes up, so that those of the log are gone
/// tomorrow.
const PASSING: [&str; 6] = ["pods", "replicasets", "jobs", "events", "endpointslices", "leases"];

/// Rules whose names will not be the names of tomorrow.
fn passing_names(manifests: &[Manifest]) -> Vec<String> {
    let mut passing = std::collections::BTreeSet::new();
    for manifest in manifests {
        let Manifest::Role { rules, .. } = manifest else { continue };
        for rule in rules.iter().filter(|rule| !rule.resource_names.is_empty()) {
            let made_up = |resource: &&String| {
                PASSING.contains(&resource.split('/').next().unwrap_or_default())
            };
            passing.extend(rule.resources.iter().filter(made_up).cloned());
        }
    }
    if passing.is_empty() {
        return Vec::new();
    }
    let list: Vec<String> = passing.into_iter().collect();
    vec![format!(
        "controllers make up names of {}: where they do, take `resourceNames` out of the rule, or tomorrow's objects are refused",
        list.join(", ")
    )]
}

fn listed(what: &str, mut all: Vec<String>) -> Vec<String> {
    all.sort();
    all.dedup();
    let more = all.len().saturating_sub(LISTED);
    all.truncate(LISTED);
    let mut warnings: Vec<String> = all.into_iter().map(|one| format!("{what}: {one}")).collect();
    if more > 0 {
        warnings.push(format!("{what}: {more} more"));
    }
    warnings
}

fn day(time: Timestamp) -> Date {
    time.to_zoned(TimeZone::UTC).date()
}
