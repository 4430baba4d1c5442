//! What the organisation of an account puts before its principals. Nobody in the
//! account can take it away.

use crate::{
    model::{
        aws::policy::{Effect, Statement},
        capability::Capability,
    },
    privilege::iam::{
        holdings::{Cap, Holding},
        organization::Controls,
    },
};

use super::{
    boundary,
    statement::{Found, Judge},
    taken::{Overlaps, Spoken},
};

/// What stands where it could not be read which policies do.
const UNREAD: &str = "service control policies";

/// What control policies do to what these Allows give, which comes to these
/// capabilities, by name.
pub(super) fn of_organization(
    controls: &Controls<'_>,
    judge: &Judge<'_, '_>,
    allows: &[Spoken<'_>],
    capabilities: &[Capability],
    overlaps: &mut Overlaps,
) -> Vec<(String, Found)> {
    let mut found = Vec::new();
    let deny = |holding: &Holding<'_>, overlaps: &mut Overlaps| {
        let judged = judge.deny_of(holding.statement, allows, overlaps);
        judged.map(|judged| (holding.grant().description, judged))
    };
    for holding in controls.denies.iter().chain(&controls.guards) {
        found.extend(deny(holding, overlaps));
    }
    for level in &controls.levels {
        let holdings = match level {
            Cap::Unknown(reason) => {
                found.push((UNREAD.to_owned(), Found::unread(reason)));
                continue;
            }
            Cap::Statements(holdings) => holdings,
        };
        let denies = holdings.iter().filter(|own| own.statement.effect == Effect::Deny);
        for holding in denies {
            found.extend(deny(holding, overlaps));
        }
        let statements: Vec<&Statement> = holdings.iter().map(|own| own.statement).collect();
        let whole = boundary::whole(&statements, allows, capabilities, overlaps);
        let mut names: Vec<&str> = holdings.iter().map(|own| own.origin.way.as_str()).collect();
        names.dedup();
        let name = if names.is_empty() { UNREAD.to_owned() } else { names.join(" and ") };
        found.extend(whole.map(|whole| (name, whole)));
    }
    found
}
