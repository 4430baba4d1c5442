//! What logs show that should not have happened, of one agent: each kind once, with how
//! often and where first.

use super::finding;
use crate::{
    assess::{overseen::Overseen, rightsize::Unexplained, roster::Subject},
    model::{
        activity::{LoggedAction, PrincipalActivity},
        finding::{Finding, Severity},
        level::Level,
        location::Location,
        principal::Principal,
    },
    privilege::oversight::{Approval, Change, Lack},
    rubric::findings::FindingRules,
};

const UNAPPROVED: &str = "AGENT-UNAPPROVED";
const SELF_APPROVED: &str = "AGENT-SELF-APPROVED";
const STANDING: &str = "AGENT-STANDING";
const UNNOTIFIED: &str = "AGENT-UNNOTIFIED";
const UNEXPLAINED: &str = "AGENT-UNEXPLAINED";
const BREAK_GLASS: &str = "AGENT-BREAK-GLASS";
const FAILED_OPEN: &str = "AGENT-FAILED-OPEN";
const OUTSIDE: &str = "AGENT-OUTSIDE";

/// Every rule that is made here.
#[cfg(test)]
pub(super) const MADE: [&str; 8] = [
    UNAPPROVED,
    SELF_APPROVED,
    STANDING,
    UNNOTIFIED,
    UNEXPLAINED,
    BREAK_GLASS,
    FAILED_OPEN,
    OUTSIDE,
];

/// What the logs of an agent show that should not have happened.
pub fn of_overseen(
    subject: &Subject<'_>,
    overseen: &Overseen<'_, '_>,
    unexplained: &[Unexplained],
    rules: &FindingRules,
) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut add = |rule: &str, message: String, place: &Location, scope: &str| {
        found.push(finding(
            rule,
            rules.get(rule).map_or(Severity::Medium, |rule| rule.severity),
            Some(&subject.id),
            message,
            place.clone(),
            rules.remedy(rule),
            scope,
        ));
    };
    let changes: Vec<&Change<'_, '_>> =
        overseen.oversight.in_window().filter(|change| change.is_done()).collect();
    let lacking = |wanted: &dyn Fn(Lack) -> bool| {
        changes
            .iter()
            .copied()
            .filter(|change| matches!(change.approval, Approval::Missing(lack, _) if wanted(lack)))
            .collect::<Vec<_>>()
    };

    let asks_people = subject.ceiling.is_some_and(|ceiling| ceiling <= Level::L2);
    let unapproved = lacking(&|lack| !matches!(lack, Lack::BySelf | Lack::Standing));
    if let Some(first) = unapproved.first().filter(|_| asks_people)
        && let Approval::Missing(lack, _) = first.approval
    {
        let what = told(&unapproved, "had no approval");
        add(UNAPPROVED, format!("{what}: {}", lack.as_str()), &first.row.place, "");
    }
    let own = lacking(&|lack| lack == Lack::BySelf);
    if let Some(first) = own.first()
        && let Approval::Missing(_, Some(decision)) = first.approval
    {
        let by = decision.by.as_deref().unwrap_or_default();
        let what = told(&own, &format!("approved by {by}, who made the change"));
        add(SELF_APPROVED, what, &decision.place, "");
    }
    let standing = lacking(&|lack| lack == Lack::Standing);
    if let Some(first) = standing.first() {
        let what = told(&standing, "passed by a permission that stands");
        add(STANDING, what, &first.row.place, "");
    }

    // Without a record of any message about it, whether one was sent is not known.
    let is_told = changes.iter().any(|change| change.notified.is_some_and(|told| told.is_about()));
    let records = &overseen.records.activity().records.notifications;
    let whole = overseen.records_gap(records, |message| message.time).is_none();
    let untold: Vec<_> = changes
        .iter()
        .copied()
        .filter(|own| own.notified.is_none() && matches!(own.approval, Approval::Missing(..)))
        .collect();
    if let Some(first) = untold.first().filter(|_| is_told && whole) {
        add(UNNOTIFIED, told(&untold, "without a message"), &first.row.place, "");
    }

    for one in unexplained {
        let place = one.location.as_ref().unwrap_or(&subject.location);
        let message = format!(
            "{} × {} as {}: no grant in the evidence allows it",
            one.action, one.requests, one.principal
        );
        add(UNEXPLAINED, message, place, &format!("{} {}", one.principal, one.action));
    }

    let glass = changes.iter().find_map(|own| Some((own, own.break_glass.as_deref()?)));
    if let Some((change, by)) = glass {
        let message = format!("{} as {by}", change.row.action);
        add(BREAK_GLASS, message, &change.row.place, by);
    }
    for principal in overseen.actors {
        let Some(seen) = overseen.records.activity().principals.get(principal) else { continue };
        for (webhook, count) in seen.failed_open.iter() {
            let times = if count == 1 { "once".to_owned() } else { format!("{count} times") };
            let message = format!("{webhook} failed open {times} while {principal} acted");
            add(
                FAILED_OPEN,
                message,
                place_of(seen, webhook).unwrap_or(&subject.location),
                webhook,
            );
        }
    }
    let outside: Vec<_> =
        changes.iter().copied().filter(|change| change.within.is_outside()).collect();
    if let Some(first) = outside.first() {
        add(OUTSIDE, told(&outside, "outside of its boundary"), &first.row.place, "");
    }
    found
}

/// `3 changes had no approval, the first is patch deployments in shop as …`.
fn told(changes: &[&Change<'_, '_>], what: &str) -> String {
    let Some(first) = changes.first() else { return String::new() };
    let (action, principal): (_, &Principal) = (&first.row.action, first.principal);
    match changes.len() {
        1 => format!("1 change {what}: {action} as {principal}"),
        count => format!("{count} changes {what}, the first is {action} as {principal}"),
    }
}

/// Where a webhook first failed open, of the requests that are kept one by one.
fn place_of<'a>(seen: &'a PrincipalActivity, webhook: &str) -> Option<&'a Location> {
    let failed = |row: &&LoggedAction| row.trace.failed_open.iter().any(|own| **own == *webhook);
    seen.changes.iter().find(failed).map(|row| &row.place)
}
