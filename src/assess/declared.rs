//! What people declare about criteria: attestations and waivers, with their
//! rules. Each rule that a declaration breaks makes it count for nothing, and
//! says so in a finding.

use jiff::{ToSpan as _, civil::Date};

use crate::model::{
    agent::AgentId,
    declaration::{Attestation, EvidenceCheck, Waiver, WaiverReason},
    finding::Severity,
    status::{Assurance, Status},
};

/// An attestation may not speak for longer than this.
const ATTESTATION_DAYS: i64 = 365;
/// A waiver of a criterion of high severity may not end later than this.
const WAIVER_DAYS_HIGH: i64 = 30;
/// A waiver of any other waivable criterion may not end later than this.
const WAIVER_DAYS: i64 = 90;
/// At most this many waivers carry one agent.
pub const WAIVERS_PER_AGENT: usize = 3;

/// What a criterion is, as far as declarations about it are concerned.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Its id.
    pub id: &'a str,
    /// The level it gates, 0 for every level.
    pub level: u8,
    /// Its severity.
    pub severity: Severity,
    /// Whether some of what it needs is seen by no scanner, so that a human's
    /// word is the only evidence there can be.
    pub beyond_scanners: bool,
}

/// What came of looking for an attestation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attested<'a> {
    /// Nobody speaks of it.
    No,
    /// Somebody does, and it counts.
    Yes(&'a Attestation, Assurance),
    /// Somebody does, and it does not count: why.
    Refused(&'a Attestation, String),
}

/// Looks for an attestation that settles `asked` for `agent`. Of several, one
/// that counts wins over one that does not, and a verified one over a bare word.
#[must_use]
pub fn attested<'a>(
    attestations: &'a [Attestation],
    asked: Asked<'_>,
    agent: &AgentId,
    today: Date,
) -> Attested<'a> {
    let mut best = Attested::No;
    for attestation in attestations {
        let speaks = attestation.criterion == asked.id
            && attestation.agent.as_ref().is_none_or(|named| named == agent);
        if !speaks {
            continue;
        }
        let candidate = match refusal(attestation, asked, today) {
            Some(why) => Attested::Refused(attestation, why),
            None => Attested::Yes(attestation, assurance(attestation)),
        };
        if rank(&candidate) > rank(&best) {
            best = candidate;
        }
    }
    best
}

/// Which of two answers counts more.
fn rank(attested: &Attested<'_>) -> u8 {
    match attested {
        Attested::No => 0,
        Attested::Refused(..) => 1,
        Attested::Yes(_, Assurance::Verified) => 3,
        Attested::Yes(..) => 2,
    }
}

/// What a counting attestation rests on.
fn assurance(attestation: &Attestation) -> Assurance {
    match attestation.evidence.as_ref().map(|evidence| &evidence.check) {
        Some(EvidenceCheck::Matches) => Assurance::Verified,
        _ => Assurance::Attested,
    }
}

/// Why an attestation does not count, if it does not.
fn refusal(attestation: &Attestation, asked: Asked<'_>, today: Date) -> Option<String> {
    if !asked.beyond_scanners {
        return Some("gradus can see this itself: supply the evidence".to_owned());
    }
    if is_machine(&attestation.by) {
        return Some("whoever states it is no person".to_owned());
    }
    if attestation.on > today {
        return Some(format!("it is dated {}, which is in the future", attestation.on));
    }
    if attestation.expires < today {
        return Some(format!("it expired on {}", attestation.expires));
    }
    if days_between(attestation.on, attestation.expires) > ATTESTATION_DAYS {
        return Some(format!("it speaks for more than {ATTESTATION_DAYS} days"));
    }
    match attestation.evidence.as_ref() {
        Some(evidence) => match &evidence.check {
            EvidenceCheck::Differs => {
                return Some(format!("{} does not have the stated digest", evidence.uri));
            }
            EvidenceCheck::Unreadable(why) => {
                return Some(format!("{} could not be read: {why}", evidence.uri));
            }
            EvidenceCheck::Matches | EvidenceCheck::NotChecked => {
                if asked.severity == Severity::Critical && evidence.sha256.is_none() {
                    return Some("a critical criterion needs evidence with its sha256".to_owned());
                }
            }
        },
        None if asked.severity == Severity::Critical => {
            return Some("a critical criterion needs evidence with its sha256".to_owned());
        }
        None => {}
    }
    None
}

/// Why a waiver does not count, if it does not. `status` is what it would waive.
#[must_use]
pub fn waiver_refusal(
    waiver: &Waiver,
    asked: Asked<'_>,
    status: Status,
    today: Date,
) -> Option<WaiverRefusal> {
    if waiver.expires < today {
        return Some(WaiverRefusal::Expired);
    }
    let invalid = |why: String| Some(WaiverRefusal::Invalid(why));
    if asked.severity == Severity::Critical {
        return invalid("a critical criterion cannot be waived".to_owned());
    }
    if is_machine(&waiver.approver) {
        return invalid("its approver is no person".to_owned());
    }
    if same_person(&waiver.owner, &waiver.approver) {
        return invalid("owner and approver are the same".to_owned());
    }
    if asked.level <= 1 && waiver.reason != WaiverReason::FalsePositive {
        return invalid("a criterion of level 1 can only be waived as false-positive".to_owned());
    }
    let limit = if asked.severity == Severity::High { WAIVER_DAYS_HIGH } else { WAIVER_DAYS };
    if days_between(today, waiver.expires) > limit {
        return invalid(format!(
            "it ends {} and a {} criterion may be waived for {limit} days",
            waiver.expires,
            asked.severity.as_str()
        ));
    }
    if status.clears() {
        return Some(WaiverRefusal::Unused);
    }
    None
}

/// Why a waiver does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WaiverRefusal {
    /// Its time is over.
    Expired,
    /// There is nothing to waive.
    Unused,
    /// It breaks a rule.
    Invalid(String),
}

/// Whether a name is that of a machine's identity.
fn is_machine(name: &str) -> bool {
    let name = name.trim();
    name.starts_with("system:") || name.starts_with("arn:")
}

/// Whether two names mean one person: case and space do not tell people apart.
fn same_person(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

/// Days from one day to another; a span that cannot be counted is endless.
fn days_between(from: Date, to: Date) -> i64 {
    from.until(to).map_or(i64::MAX, |span| i64::from(span.get_days()))
}

/// The day `days` after `day`, if the calendar has it.
#[must_use]
pub fn days_after(day: Date, days: u32) -> Option<Date> {
    day.checked_add(i64::from(days).days()).ok()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::model::{declaration::AttestedEvidence, location::Location};

    const TODAY: Date = date(2026, 11, 22);

    fn asked(severity: Severity, level: u8) -> Asked<'static> {
        Asked { id: "RVW-02", level, severity, beyond_scanners: true }
    }

    fn attestation() -> Attestation {
        Attestation {
            criterion: "RVW-02".to_owned(),
            agent: Some(AgentId::new("a", "prod")),
            statement: "reviewed".to_owned(),
            by: "ada".to_owned(),
            on: date(2026, 11, 1),
            expires: date(2027, 1, 30),
            evidence: None,
            location: Location::file("gradus.yaml"),
        }
    }

    fn waiver() -> Waiver {
        Waiver {
            criterion: "RVW-02".to_owned(),
            agent: AgentId::new("a", "prod"),
            reason: WaiverReason::RiskAccepted,
            justification: "known".to_owned(),
            owner: "ada".to_owned(),
            approver: "grace".to_owned(),
            expires: date(2026, 12, 15),
            location: Location::file("gradus.yaml"),
        }
    }

    fn counts(attestation: Attestation, asked: Asked<'_>) -> bool {
        matches!(
            attested(&[attestation], asked, &AgentId::new("a", "prod"), TODAY),
            Attested::Yes(..)
        )
    }

    #[test]
    fn an_attestation_counts_until_the_day_it_expires() {
        assert!(counts(attestation(), asked(Severity::High, 3)));
        let last_day = Attestation { expires: TODAY, ..attestation() };
        assert!(counts(last_day, asked(Severity::High, 3)));
        let over = Attestation { expires: date(2026, 11, 21), ..attestation() };
        assert!(!counts(over, asked(Severity::High, 3)));
    }

    #[test]
    fn an_attestation_from_the_future_or_for_too_long_does_not_count() {
        let future = Attestation { on: date(2026, 11, 23), ..attestation() };
        assert!(!counts(future, asked(Severity::High, 3)));
        let endless = Attestation { expires: date(2027, 11, 2), ..attestation() };
        assert!(!counts(endless, asked(Severity::High, 3)));
    }

    #[test]
    fn an_attestation_never_replaces_what_a_scanner_can_see() {
        let visible = Asked { beyond_scanners: false, ..asked(Severity::High, 3) };
        assert!(!counts(attestation(), visible));
    }

    #[test]
    fn a_critical_criterion_wants_evidence_with_a_digest() {
        assert!(!counts(attestation(), asked(Severity::Critical, 3)));
        let evidence = |sha256: Option<&str>, check| AttestedEvidence {
            uri: "evidence/review.txt".to_owned(),
            sha256: sha256.map(str::to_owned),
            check,
        };
        let linked = |e| Attestation { evidence: Some(e), ..attestation() };
        let critical = asked(Severity::Critical, 3);
        assert!(!counts(linked(evidence(None, EvidenceCheck::NotChecked)), critical));
        assert!(counts(linked(evidence(Some("00"), EvidenceCheck::Matches)), critical));
        assert!(!counts(linked(evidence(Some("00"), EvidenceCheck::Differs)), critical));
    }

    #[test]
    fn an_attestation_for_another_agent_says_nothing() {
        let other = Attestation { agent: Some(AgentId::new("b", "prod")), ..attestation() };
        assert!(!counts(other, asked(Severity::High, 3)));
        let everyone = Attestation { agent: None, ..attestation() };
        assert!(counts(everyone, asked(Severity::High, 3)));
    }

    fn refused(waiver: &Waiver, asked: Asked<'_>, status: Status) -> Option<WaiverRefusal> {
        waiver_refusal(waiver, asked, status, TODAY)
    }

    #[test]
    fn critical_criteria_cannot_be_waived() {
        let refusal = refused(&waiver(), asked(Severity::Critical, 3), Status::Fail);
        assert!(matches!(refusal, Some(WaiverRefusal::Invalid(_))));
    }

    #[test]
    fn nobody_waives_for_themselves() {
        let own = Waiver { approver: " ADA ".to_owned(), ..waiver() };
        let refusal = refused(&own, asked(Severity::Medium, 3), Status::Fail);
        assert!(matches!(refusal, Some(WaiverRefusal::Invalid(_))));
    }

    #[test]
    fn a_level_one_criterion_is_only_waived_as_a_false_positive() {
        let medium = asked(Severity::Medium, 1);
        assert!(refused(&waiver(), medium, Status::Fail).is_some());
        let wrong = Waiver { reason: WaiverReason::FalsePositive, ..waiver() };
        assert_eq!(refused(&wrong, medium, Status::Fail), None);
    }

    #[test]
    fn a_waiver_ends_in_thirty_days_for_high_and_ninety_for_medium() {
        let later = Waiver { expires: date(2027, 1, 15), ..waiver() };
        assert_eq!(refused(&later, asked(Severity::Medium, 3), Status::Fail), None);
        assert!(refused(&later, asked(Severity::High, 3), Status::Fail).is_some());
        assert_eq!(refused(&waiver(), asked(Severity::High, 3), Status::Unknown), None);
    }

    #[test]
    fn expired_and_unused_waivers_are_told_apart() {
        let over = Waiver { expires: date(2026, 11, 21), ..waiver() };
        let medium = asked(Severity::Medium, 3);
        assert_eq!(refused(&over, medium, Status::Fail), Some(WaiverRefusal::Expired));
        assert_eq!(refused(&waiver(), medium, Status::Pass), Some(WaiverRefusal::Unused));
    }
}
