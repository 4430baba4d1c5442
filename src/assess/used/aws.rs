//! How often a right in AWS was used, as far as CloudTrail tells.

use jiff::Timestamp;

use crate::{
    model::{
        activity::{PrincipalActivity, Recorded},
        capability::Capability,
    },
    privilege::iam::{covers_action, is_unscoped, may_include},
    rubric::aws::AwsRules,
};

/// What the log shows of a principal, and of what it shows anything.
#[derive(Clone, Copy)]
pub(super) struct Seen<'a> {
    pub(super) found: &'a PrincipalActivity,
    pub(super) recorded: &'a Recorded,
    pub(super) whole: bool,
    pub(super) since: Option<Timestamp>,
}

/// The uses of one right; none where the log does not tell.
pub(super) fn used(capability: &Capability, seen: Seen<'_>, rules: &AwsRules) -> Option<u64> {
    let uses: u64 = seen
        .found
        .actions
        .iter()
        .filter(|(_, record)| record.authorised.reaches(seen.since))
        .filter(|(key, _)| covers_action(capability, &key.verb))
        .map(|(_, record)| record.authorised.tally.count)
        .sum();
    match uses {
        0 => (seen.whole && seen.found.beyond == 0 && is_observable(capability, seen, rules))
            .then_some(0),
        // On which of the resources, the capability's words do not tell.
        uses => is_unscoped(capability).then_some(uses),
    }
}

/// Whether a use of any of its actions would stand in the log.
fn is_observable(capability: &Capability, seen: Seen<'_>, rules: &AwsRules) -> bool {
    let recorded = seen.recorded;
    let events = if capability.is_mutating() { recorded.writes } else { recorded.reads };
    let hidden = rules.unlogged().hidden(&|service| recorded.data.contains(service));
    events > 0 && !hidden.iter().any(|pattern| may_include(capability, pattern))
}
