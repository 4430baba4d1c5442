//! What is wrong with a statement that lets in principals of AWS: everyone,
//! accounts, users and roles by ARN, and services.

use super::{Around, Found, NAMED, account, opening::Opening, told};
use crate::{
    model::{
        aws::{account_of, pattern},
        text::some_of,
    },
    privilege::iam::trust::ANYONE,
    rubric::aws::{KeyUse, TrustDefect, TrustRisk},
};

/// Whether a statement has a defect about principals that it names.
pub(super) fn found(
    rule: &TrustRisk,
    opening: &Opening<'_, '_>,
    around: &Around<'_>,
) -> Option<Found> {
    match rule.when {
        TrustDefect::Anyone => {
            (opening.is_for_everyone() && !opening.binds_for(KeyUse::Callers)).then(Found::default)
        }
        TrustDefect::AnyoneConditional => (opening.is_for_everyone()
            && opening.binds_for(KeyUse::Callers))
        .then(|| told(&[], opening.conditions())),
        TrustDefect::External => {
            let unknown =
                |who: &&str| account(who).is_some_and(|home| !around.accounts.contains(home));
            let who: Vec<&str> = opening.named("AWS").into_iter().filter(unknown).collect();
            (!who.is_empty() && !opening.binds_for(KeyUse::Outsiders))
                .then(|| told(&who, String::new()))
        }
        TrustDefect::NotPrincipal => {
            let wild = |who: &&str| *who != ANYONE && pattern::is_wild(who);
            let who: Vec<&str> = opening.named("AWS").into_iter().filter(wild).collect();
            (!who.is_empty()).then(|| told(&who, String::new()))
        }
        TrustDefect::OwnAccount => own_account(opening),
        TrustDefect::Service => {
            let is_meant = |who: &&str| {
                let who = who.strip_suffix(".cn").unwrap_or(who);
                rule.services.iter().any(|service| service == who)
            };
            let who: Vec<&str> = opening.named("Service").into_iter().filter(is_meant).collect();
            (!who.is_empty() && !opening.binds_for(KeyUse::Sources))
                .then(|| told(&who, String::new()))
        }
        _ => None,
    }
}

/// A role beyond the ladder that leaves it to policies of its account who comes in.
fn own_account(opening: &Opening<'_, '_>) -> Option<Found> {
    let arn = &opening.role.identity.arn;
    let own = account_of(arn)?;
    let is_own = |who: &&str| {
        account(who) == Some(own) && (who.len() == own.len() || who.ends_with(":root"))
    };
    let chains = opening.evaluator.chains();
    let strength = chains.strength(arn)?;
    (opening.named("AWS").iter().any(is_own) && strength.makes_admin()).then(|| {
        let holders = chains.may_assume(arn);
        let what = match holders.is_empty() {
            true => "no identity in the evidence may do so now".to_owned(),
            false => format!("{} may", some_of(&holders, NAMED)),
        };
        told(&[], what)
    })
}
