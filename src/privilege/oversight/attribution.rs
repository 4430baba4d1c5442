//! What ties a change to the agent, and who else stands behind it.
//!
//! The principal is the agent's by declaration; everything else says how far that tells
//! the agent from others who may use the same identity.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    Asked,
    sessions::{Begun, Sessions, subjects},
};
use crate::{
    model::{
        activity::{LoggedAction, PrincipalActivity, Trace},
        principal::Principal,
    },
    rubric::oversight::{Claim, NameOf, OversightRules},
};

/// What ties a change to the agent, the weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sign {
    /// What the client calls itself: a claim that anyone can make.
    UserAgent,
    /// The session's name, which whoever takes on the role chooses.
    Session,
    /// A tag of the session, or of one that it was begun from, names the agent.
    SessionTag(Begun),
    /// The source identity of AWS, which no later role changes.
    SourceIdentity,
    /// The session was begun for an account of the agent in a cluster: by a token of it, or
    /// by EKS Pod Identity.
    WorkloadIdentity(Begun),
    /// A group that it is seen with.
    Group,
    /// Someone acted under its identity.
    Impersonated,
    /// It acted under somebody else's.
    Impersonates,
    /// It is the agent's own identity.
    Principal,
}

impl Sign {
    /// The word used in every format.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UserAgent => "user agent (claimed)",
            Self::Session => "session name",
            Self::SessionTag(Begun::ByName) => "session tag (by session name)",
            Self::SessionTag(Begun::ByCredential) => "session tag (by credential)",
            Self::SourceIdentity => "source identity",
            Self::WorkloadIdentity(Begun::ByName) => "workload identity (by session name)",
            Self::WorkloadIdentity(Begun::ByCredential) => "workload identity (by credential)",
            Self::Group => "group",
            Self::Impersonated => "impersonation",
            Self::Impersonates => "impersonation of another",
            Self::Principal => "principal",
        }
    }
}

/// Everything that ties a change to the agent.
#[must_use]
pub fn signs(
    principal: &Principal,
    row: &LoggedAction,
    sessions: &Sessions<'_>,
    asked: Asked<'_, '_>,
) -> BTreeSet<Sign> {
    let Asked { actors, who, rules, .. } = asked;
    let trace = &row.trace;
    let impersonator = trace.impersonator.as_deref();
    let mut signs = BTreeSet::new();
    if actors.contains(principal) {
        signs.insert(Sign::Principal);
        signs.extend(impersonator.map(|_| Sign::Impersonated));
    } else if impersonator.is_some_and(|name| who.is_itself(name)) {
        signs.insert(Sign::Impersonates);
    } else {
        signs.insert(Sign::Group);
        signs.extend(impersonator.map(|_| Sign::Impersonated));
    }
    let named = |text: &Option<Arc<str>>| text.as_deref().is_some_and(|text| who.is_called(text));
    if named(&trace.source_identity) {
        signs.insert(Sign::SourceIdentity);
    }
    if named(&trace.session) {
        signs.insert(Sign::Session);
    }
    for (session, begun) in sessions.behind(principal, row) {
        if subjects(session).any(|subject| who.is_itself(&subject)) {
            signs.insert(Sign::WorkloadIdentity(begun));
        }
        if session.tags.values().any(|value| who.is_called(value)) {
            signs.insert(Sign::SessionTag(begun));
        }
    }
    let claims = |agent: &str| rules.claims(agent).any(|claim| claim == Claim::McpServer);
    if trace.user_agent.as_deref().is_some_and(claims) {
        signs.insert(Sign::UserAgent);
    }
    signs
}

/// By whom what binds everyone was gone around: the identity, a group of it, or who took
/// it on; none where nothing says so.
#[must_use]
pub fn break_glass<'a>(
    principal: &Principal,
    found: &'a PrincipalActivity,
    row: Option<&'a LoggedAction>,
    declared: &[Principal],
    rules: &OversightRules,
) -> Option<String> {
    let outside = |name: &str, of: NameOf| {
        rules.is_break_glass(name, of) || declared.iter().any(|own| own.to_string() == name)
    };
    let own = principal.to_string();
    if declared.contains(principal) || outside(&own, NameOf::Principal) {
        return Some(own);
    }
    let impersonator = row.and_then(|row| row.trace.impersonator.as_deref());
    if let Some(who) = impersonator.filter(|who| outside(who, NameOf::Principal)) {
        return Some(format!("{who}, who acted as {own}"));
    }
    // Groups that a request tells are its own; those of the principal are of any.
    let told = row.and_then(|row| row.trace.groups.as_deref());
    let of_principal = found.groups.iter().map(String::as_str);
    let mut groups = of_principal
        .filter(|group| told.is_none() || Trace::is_usual(group))
        .chain(told.into_iter().flatten().map(|group| &**group));
    let group = groups.find(|group| {
        rules.is_break_glass(group, NameOf::Group)
            || declared.contains(&Principal::KubernetesGroup((*group).to_owned()))
    })?;
    Some(format!("{own}, in the group {group}"))
}
