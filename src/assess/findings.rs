//! Located problems, from risks, verdicts and declarations, in one order.

use sha2::{Digest as _, Sha256};

use crate::{
    assess::assessment::{AgentAssessment, Verdict},
    model::{
        agent::AgentId,
        capability::{Condition, RiskHit},
        finding::{Finding, Severity},
        location::Location,
    },
    rubric::findings::FindingRules,
};

/// Rule of an agent that holds or uses more than it has earned.
pub const OVER_EXTENDED: &str = "OVER-EXTENDED";
/// Rule of an agent that holds what no level justifies.
pub const BEYOND_LADDER: &str = "BEYOND-LADDER";
/// Rule of a statement that does not count.
pub const ATTESTATION_REFUSED: &str = "ATTESTATION-REFUSED";
/// Rule of a waiver that has run out.
pub const WAIVER_EXPIRED: &str = "WAIVER-EXPIRED";
/// Rule of a waiver that breaks a rule.
pub const WAIVER_INVALID: &str = "WAIVER-INVALID";
/// Rule of a waiver without a use.
pub const WAIVER_UNUSED: &str = "WAIVER-UNUSED";

/// The finding for a catalogued risk of one agent. It stands where the grant
/// is cut, since that is the line to change.
#[must_use]
pub fn of_risk(agent: Option<&AgentId>, risk: &RiskHit, fallback: &Location) -> Finding {
    let location = risk
        .grants
        .first()
        .map_or(fallback, |grant| grant.cut_at.as_ref().unwrap_or(&grant.location));
    let message = match &risk.condition {
        Condition::Always => risk.message.clone(),
        Condition::If(conditions) => format!("{} (if {})", risk.message, conditions.join(" and ")),
        Condition::Unknown(why) => format!("{} (unless {why} says otherwise)", risk.message),
    };
    finding(&risk.rule, risk.severity, agent, message, location.clone(), &risk.remedy, &risk.scope)
}

/// The finding for a verdict that is not `within`.
#[must_use]
pub fn of_verdict(agent: &AgentAssessment, rules: &FindingRules) -> Option<Finding> {
    let rule = match agent.verdict {
        Verdict::Within | Verdict::Unproven => return None,
        Verdict::OverExtended => OVER_EXTENDED,
        Verdict::BeyondLadder => BEYOND_LADDER,
    };
    Some(finding(
        rule,
        agent.severity,
        Some(&agent.id),
        agent.headline.clone(),
        agent.location.clone(),
        rules.remedy(rule),
        "",
    ))
}

/// A finding with its fingerprint: rule, agent, file, object and scope, but no
/// line, so that it stays the same when text above it moves.
#[must_use]
pub fn finding(
    rule: &str,
    severity: Severity,
    agent: Option<&AgentId>,
    message: String,
    location: Location,
    remedy: &str,
    scope: &str,
) -> Finding {
    let mut digest = Sha256::new();
    let object = location.object.as_deref().unwrap_or_default();
    for part in [rule, agent.map_or("", AgentId::as_str), &location.path, object, scope] {
        digest.update(part.as_bytes());
        digest.update([0]);
    }
    let fingerprint = digest.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    Finding {
        rule: rule.to_owned(),
        severity,
        agent: agent.cloned(),
        message,
        location,
        remedy: remedy.to_owned(),
        fingerprint,
    }
}

/// Orders findings by severity (worst first), agent, rule, location, and makes
/// fingerprints unique where one place breaks one rule more than once.
pub fn order(findings: &mut [Finding]) {
    findings.sort_by(|a, b| {
        b.severity
            .cmp(&a.severity)
            .then_with(|| a.agent.cmp(&b.agent))
            .then_with(|| a.rule.cmp(&b.rule))
            .then_with(|| a.location.cmp(&b.location))
            .then_with(|| a.message.cmp(&b.message))
    });
    let mut seen = std::collections::BTreeMap::<String, u32>::new();
    for finding in findings {
        let times = seen.entry(finding.fingerprint.clone()).or_default();
        *times += 1;
        if *times > 1 {
            finding.fingerprint = format!("{}-{times}", finding.fingerprint);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_finding_of_the_judge_is_documented_with_its_remedy() {
        let rules = FindingRules::load().unwrap();
        let made = [
            OVER_EXTENDED,
            BEYOND_LADDER,
            ATTESTATION_REFUSED,
            WAIVER_EXPIRED,
            WAIVER_INVALID,
            WAIVER_UNUSED,
        ];
        for id in made {
            assert!(!rules.remedy(id).is_empty(), "{id}");
        }
        assert_eq!(rules.iter().count(), made.len(), "one is documented and never made");
    }

    #[test]
    fn a_fingerprint_does_not_change_when_lines_move() {
        let at = |line| {
            let place = Location::at("a.yaml", line, 1).with_object("Role/x");
            finding("X", Severity::Low, None, "m".to_owned(), place, "r", "s").fingerprint
        };
        assert_eq!(at(3), at(30));
        let elsewhere = Location::at("b.yaml", 3, 1).with_object("Role/x");
        let other = finding("X", Severity::Low, None, "m".to_owned(), elsewhere, "r", "s");
        assert_ne!(at(3), other.fingerprint);
    }
}
