//! Which tool call made a change, and how surely.

use super::{
    calls::{Call, Calls},
    chosen::{claimed, is_of, may_be_of},
    events::{Events, ids},
    targets::{self, Fit},
    who::Who,
};
use crate::{
    model::activity::LoggedAction,
    rubric::oversight::{OversightRules, spelt},
};

/// How surely two records are of one thing, the surest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strength {
    /// The agent did something at that time.
    Window,
    /// The agent named the object, at that time.
    Object,
    /// Both bear one id.
    Exact,
}

impl Strength {
    /// For a person.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Window => "by time alone",
            Self::Object => "by object and time",
            Self::Exact => "by id",
        }
    }
}

/// The call that made a change.
#[derive(Debug, Clone, Copy)]
pub struct Join<'a, 'c> {
    /// The call.
    pub call: &'c Call<'a>,
    /// How surely.
    pub strength: Strength,
}

/// The call that made a change, by the surest join there is.
///
/// By id: the `auditID`, which the client may set to the call's, or a request that the
/// tool's answer names, unless only the client says so (`chosen.rs`). Without one, a call of
/// the agent, by name or session, that spans the moment; by its object where the arguments
/// name it, with its place and its kind as far as they tell one, and the tool is named for
/// such a request. A call whose id other requests bear made those: what sets the id of one of
/// its requests sets that of all. So a change that bears the id of a call is no other's.
#[must_use]
pub fn join<'a, 'c>(
    row: &LoggedAction,
    calls: &'c Calls<'a>,
    events: &Events<'_>,
    who: &Who<'_>,
    rules: &OversightRules,
) -> Option<Join<'a, 'c>> {
    let claimed = claimed(row, calls);
    if let Some(call) = claimed.filter(|call| is_of(row, call, events, rules)) {
        return Some(Join { call, strength: Strength::Exact });
    }
    let time = row.time?;
    let its = |call: &&Call<'a>| may_be_its(call, row, events, who);
    if let Some(object) = row.object.as_deref() {
        let made = |call: &&Call<'a>| {
            let is_claimed = claimed.is_none_or(|own| std::ptr::eq(own, *call));
            is_claimed && targets::fit(call, row, rules) == Fit::Yes
        };
        if let Some(call) = calls.naming(object, time).filter(its).find(made) {
            return Some(Join { call, strength: Strength::Object });
        }
    }
    let call = claimed.filter(its).or_else(|| calls.at(time).find(its))?;
    Some(Join { call, strength: Strength::Window })
}

/// A call that may have made a change and that nothing shows to have: the change bears its id
/// and nothing more is told of it; it names the object, and not where that is; or such changes
/// come with what its tool is named for.
#[must_use]
pub fn perhaps<'a, 'c>(
    row: &LoggedAction,
    calls: &'c Calls<'a>,
    events: &Events<'_>,
    who: &Who<'_>,
    rules: &OversightRules,
) -> Option<&'c Call<'a>> {
    if let Some(call) = claimed(row, calls) {
        return Some(call).filter(|call| !call.is_refused() && may_be_of(row, call, events, rules));
    }
    let time = row.time?;
    let its = |call: &&Call<'a>| may_be_its(call, row, events, who);
    let naming = row.object.as_deref().and_then(|object| {
        let mut naming = calls.naming(object, time).filter(its);
        naming.find(|call| targets::fit(call, row, rules) == Fit::Open)
    });
    naming.or_else(|| calls.at(time).filter(its).find(|call| targets::comes_with(call, row, rules)))
}

/// Whether a call of the time of a change may be what made it: one of the agent, by name or
/// session, that was run.
fn may_be_its(call: &Call<'_>, row: &LoggedAction, events: &Events<'_>, who: &Who<'_>) -> bool {
    let session = row.trace.session.as_deref().or(row.trace.source_identity.as_deref());
    let is_message = who.is_message(None, &spelt(&row.action));
    !call.is_refused()
        // Who is told of an object changes nothing of it.
        && (is_message || !call.is_message)
        && call.id().is_none_or(|id| !events.bears(id) || ids(row).any(|own| own == id))
        && (call.named
            || session.is_some_and(|session| call.contexts().any(|own| own == session)))
        && call
            .records
            .iter()
            .all(|record| record.caller.agent.as_deref().is_none_or(|name| !who.is_other(name)))
}
