//! What evidence says of one agent, in the vocabulary of `rubric/facts.yaml`.
//!
//! One rule for every list of offenders: one that was seen makes the list known,
//! whatever else is missing; an empty list is known only where nothing that could
//! hold an offender is missing. So a gap never hides an offender and never
//! vouches for there being none.

mod activity;
mod credential;
mod granted;
mod guardrails;
mod identity;
mod limits;
mod notifications;
mod reversals;
mod stop;
mod tools;
mod workloads;

use crate::{
    assess::{
        assessment::Granted,
        exposed::{Exposed, Named},
        holdings::Holdings,
        overseen::Overseen,
        roster::Subject,
        stop::Stop,
    },
    model::{
        agent::AgentId,
        evidence::Evidence,
        fact::{FactValue, Facts},
        location::Location,
        principal::Principal,
    },
};

/// At most this many offenders are named in one fact, and as many places kept.
const NAMED: usize = 40;

/// What facts are drawn from.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The agent.
    pub subject: &'a Subject<'a>,
    /// What it holds.
    pub holdings: &'a Holdings,
    /// Its granted level.
    pub granted: &'a Granted,
    /// What it may touch of workloads.
    pub exposed: &'a Exposed,
    /// Ways to stop it.
    pub stops: &'a [Stop],
    /// All evidence.
    pub evidence: &'a Evidence,
    /// Every agent's identities, with its environment.
    pub others: &'a [(AgentId, Option<String>, Vec<Principal>)],
    /// What logs show of it, and who stood behind that.
    pub overseen: &'a Overseen<'a, 'a>,
}

/// All facts about one agent that gradus can collect.
#[must_use]
pub fn collect(seen: Seen<'_>) -> Facts {
    let mut facts = Facts::default();
    identity::collect(seen, &mut facts);
    credential::collect(seen, &mut facts);
    granted::collect(seen, &mut facts);
    tools::collect(seen, &mut facts);
    notifications::collect(seen, &mut facts);
    reversals::collect(seen, &mut facts);
    limits::collect(seen, &mut facts);
    stop::collect(seen, &mut facts);
    workloads::collect(seen, &mut facts);
    guardrails::collect(seen, &mut facts);
    activity::collect(seen, &mut facts);
    tools::recorded(seen, &mut facts);
    facts
}

/// Offenders of one kind: what they are and where they stand.
#[derive(Debug, Default)]
struct Offenders {
    entries: Vec<(String, Option<Location>)>,
    /// How many there are besides.
    more: usize,
}

impl Offenders {
    /// Those of workloads.
    fn of(named: &Named) -> Self {
        let places = named.places.iter().cloned().map(Some);
        Self { entries: named.texts.iter().cloned().zip(places).collect(), more: named.more }
    }

    fn add(&mut self, text: String, place: Option<&Location>) {
        self.entries.push((text, place.cloned()));
    }

    fn extend(&mut self, other: Self) {
        self.entries.extend(other.entries);
        self.more += other.more;
    }

    fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Notes the fact `name`: the offenders, or none if `missing` says that
    /// nothing was missing, or unknown.
    fn note(mut self, name: &str, missing: Option<&str>, facts: &mut Facts) {
        if self.entries.is_empty()
            && let Some(why) = missing
        {
            facts.unknown(name, why);
            return;
        }
        self.entries.sort();
        self.entries.dedup();
        let more = self.more + self.entries.len().saturating_sub(NAMED);
        let mut texts: Vec<String> =
            self.entries.iter().take(NAMED).map(|(text, _)| text.clone()).collect();
        if more > 0 {
            texts.push(format!("{more} more"));
        }
        let mut places: Vec<Location> =
            self.entries.into_iter().filter_map(|(_, place)| place).collect();
        places.sort();
        places.dedup();
        places.truncate(NAMED);
        facts.know(name, FactValue::List(texts), places);
    }
}
