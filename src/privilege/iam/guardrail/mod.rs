//! What stands before a principal of AWS, and whether it works for it.
//!
//! A guardrail is a Deny, or a permissions boundary, that takes away something
//! which an Allow of the principal gives: what takes nothing is none. One that
//! can never apply, or that the principal gets around by itself, is told as
//! ineffective, and so is the condition of an Allow that narrows nothing; one
//! that the principal may take away is its own. Whether the evaluation counts a
//! Deny is decided elsewhere: nothing here gives or takes a right.

mod boundary;
mod clause;
mod control;
mod own;
mod sources;
mod statement;
mod tags;
mod taken;

use std::collections::BTreeMap;

use crate::{
    model::{
        aws::policy::{Effect, Statement},
        capability::{Capability, RiskHit},
        guardrail::{Guardrail, GuardrailState, Guards},
        location::Location,
    },
    privilege::owned::own_guardrail,
};

use super::{Evaluator, holdings::Who, organization::controls};
use own::Removal;
use sources::{Source, sources};
use statement::{Found, Judge};
use taken::{Overlaps, Spoken};

/// Rule of a principal that can change what guards it.
pub const OWN_GUARDRAIL: &str = "AWS-OWN-GUARDRAIL";
/// Where that is so.
const ACCOUNT: &str = "account";

/// The guardrails of a principal that has these capabilities, ordered by name, and the risk of one that can
/// take away what guards it.
pub(super) fn guardrails<'a>(
    evaluator: &Evaluator<'a>,
    who: Who<'a>,
    capabilities: &[Capability],
) -> (Vec<Guardrail>, Option<RiskHit>) {
    let sources = sources(evaluator.account, who);
    let allows: Vec<Spoken<'_>> = sources
        .iter()
        .filter(|source| !source.place.is_boundary())
        .flat_map(|source| source.document.statements())
        .filter(|statement| statement.effect == Effect::Allow)
        .map(Spoken::of)
        .collect();
    let judge = Judge::of(evaluator, who);
    let mut overlaps = Overlaps::default();
    let mut guardrails = Vec::new();
    let mut owned = BTreeMap::new();
    for source in &sources {
        let mut found = of_source(source, &judge, &allows, capabilities, &mut overlaps);
        if found.iter().any(|(_, found)| found.state == GuardrailState::Enforced) {
            match own::removal(evaluator, who, &source.place) {
                Removal::No => {}
                Removal::Unknown(why) => change(&mut found, GuardrailState::Undecided, &|_| {
                    format!("may be taken away by it: {why}")
                }),
                Removal::Yes(right) => {
                    change(&mut found, GuardrailState::OwnedByPrincipal, &|_| {
                        format!("is no guardrail for it: it may {}", right.0)
                    });
                    owned.insert(source.place.to_string(), right);
                }
            }
        }
        guardrails.extend(
            found.into_iter().map(|(name, found)| guardrail(source.place.location(), name, found)),
        );
    }
    let controls = controls(&evaluator.account.organization, who.arn());
    let found = control::of_organization(&controls, &judge, &allows, capabilities, &mut overlaps);
    let at = &who.identity().location;
    guardrails.extend(found.into_iter().map(|(name, found)| guardrail(at, name, found)));
    guardrails.sort();
    guardrails.dedup();
    (guardrails, own_guardrail(OWN_GUARDRAIL, who.arn(), &owned, ACCOUNT))
}

/// What one document holds, by name.
fn of_source(
    source: &Source<'_>,
    judge: &Judge<'_, '_>,
    allows: &[Spoken<'_>],
    capabilities: &[Capability],
    overlaps: &mut Overlaps,
) -> Vec<(String, Found)> {
    let mut found = Vec::new();
    for own in source.document.statements() {
        let judged = match own.effect {
            Effect::Deny => judge.deny_of(own, allows, overlaps),
            Effect::Allow => judge.allow(own),
        };
        found.extend(judged.map(|judged| (source.statement_name(own), judged)));
    }
    if source.place.is_boundary() {
        let whole = match source.document.gaps().first() {
            Some(gap) => Some(Found::unread(&gap.reason)),
            None => {
                let statements: Vec<&Statement> = source.document.statements().iter().collect();
                boundary::whole(&statements, allows, capabilities, overlaps)
            }
        };
        found.extend(whole.map(|whole| (source.place.to_string(), whole)));
    }
    found
}

fn change(found: &mut [(String, Found)], to: GuardrailState, reason: &dyn Fn(&Found) -> String) {
    for (_, own) in found.iter_mut().filter(|(_, own)| own.state == GuardrailState::Enforced) {
        own.reason = reason(own);
        own.state = to;
        own.remedy = match to {
            GuardrailState::OwnedByPrincipal => {
                "Take that right away from it, and let others own the policy.".to_owned()
            }
            _ => "Supply what was missing, so that it can be decided.".to_owned(),
        };
    }
}

fn guardrail(at: &Location, name: String, found: Found) -> Guardrail {
    Guardrail {
        name,
        guards: found.guards,
        state: found.state,
        reason: found.reason,
        remedy: found.remedy,
        location: found.location.unwrap_or_else(|| at.clone()),
        bounds: found.bounds,
    }
}

impl Found {
    fn works(reason: String) -> Self {
        Self {
            state: GuardrailState::Enforced,
            guards: Guards::Aws,
            reason,
            remedy: String::new(),
            location: None,
            bounds: Vec::new(),
        }
    }

    fn unread(reason: &str) -> Self {
        Self {
            remedy: "Supply the document, so that it can be decided.".to_owned(),
            ..Self::undecided(format!("could not be read: {reason}"))
        }
    }

    fn undecided(reason: String) -> Self {
        Self {
            state: GuardrailState::Undecided,
            remedy: "Supply what was missing, so that it can be decided.".to_owned(),
            ..Self::works(reason)
        }
    }

    fn fails(reason: String, remedy: String) -> Self {
        Self { state: GuardrailState::Ineffective, remedy, ..Self::works(reason) }
    }
}
