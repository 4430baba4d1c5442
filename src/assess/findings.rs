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
};

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
pub fn of_verdict(agent: &AgentAssessment) -> Option<Finding> {
    let (rule, remedy) = match agent.verdict {
        Verdict::Within | Verdict::Unproven => return None,
        Verdict::OverExtended => (
            "OVER-EXTENDED",
            "Contain first: remove or gate what puts granted above earned, then climb one level \
             at a time.",
        ),
        Verdict::BeyondLadder => (
            "BEYOND-LADDER",
            "Remove the administrator rights, self-escalation or unguarded database write; no \
             level justifies them.",
        ),
    };
    Some(finding(
        rule,
        agent.severity,
        Some(&agent.id),
        agent.headline.clone(),
        agent.location.clone(),
        remedy,
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
