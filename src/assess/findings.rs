//! Located problems, from risks, verdicts and declarations, in one order.

mod oversight;

pub use oversight::of_overseen;

use sha2::{Digest as _, Sha256};

use crate::{
    assess::{
        assessment::{AgentAssessment, Verdict},
        exposed,
        roster::Subject,
    },
    model::{
        agent::AgentId,
        capability::{Condition, RiskHit},
        fact::{Fact, FactValue, Facts},
        finding::{Finding, Severity},
        guardrail::{Guardrail, GuardrailState, Guards},
        kubernetes::ClusterSnapshot,
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

/// Rule of an agent that a cluster shows and nobody declared.
pub const AGENT_FOUND: &str = "AGENT-FOUND";
/// Rule of an agent whose identity is not its own.
pub const AGENT_ACCOUNT: &str = "AGENT-ACCOUNT";
/// Rule of a disruption budget that keeps no pod up.
pub const BUDGET_INEFFECTIVE: &str = "BUDGET-INEFFECTIVE";
/// Rule of an agent whose own pod touches its node.
pub const AGENT_NODE: &str = "AGENT-NODE";
/// Rule of an agent whose own pod is given Secrets.
pub const AGENT_SECRET: &str = "AGENT-SECRET";

/// Rule of a role that is asked for and does not let in.
pub const ROLE_REFUSED: &str = "LINK-ROLE-REFUSED";

/// Rule of a control that is there and cannot work.
pub const GUARDRAIL_INEFFECTIVE: &str = "K8S-GUARDRAIL-INEFFECTIVE";
/// Rule of a control of AWS that is there and cannot work for an agent.
pub const AWS_GUARDRAIL_INEFFECTIVE: &str = "AWS-GUARDRAIL-INEFFECTIVE";
/// Rule of a control that works and leaves an agent out.
pub const GUARDRAIL_EXEMPT: &str = "K8S-GUARDRAIL-EXEMPT";

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
        // A path tells in its own words what is not known of it.
        Condition::Unknown(why) if risk.message.contains(why) => risk.message.clone(),
        Condition::Unknown(why) => format!("{} (unless {why} says otherwise)", risk.message),
    };
    finding(&risk.rule, risk.severity, agent, message, location.clone(), &risk.remedy, &risk.scope)
}

/// The finding for a guardrail that does not do what it is there for: of a
/// whole cluster, or of one agent. What an agent can change is a risk of its own.
#[must_use]
pub fn of_guardrail(
    agent: Option<&AgentId>,
    guardrail: &Guardrail,
    rules: &FindingRules,
) -> Option<Finding> {
    let in_aws = guardrail.guards != Guards::Cluster;
    let rule = match (guardrail.state, agent) {
        (GuardrailState::Ineffective, _) if in_aws => AWS_GUARDRAIL_INEFFECTIVE,
        // Told once, of the cluster.
        (GuardrailState::Ineffective, Some(_)) => return None,
        (GuardrailState::Ineffective, None) | (GuardrailState::SelfApproved, _) => {
            GUARDRAIL_INEFFECTIVE
        }
        (GuardrailState::Exempt, _) => GUARDRAIL_EXEMPT,
        (
            GuardrailState::Enforced | GuardrailState::Undecided | GuardrailState::OwnedByPrincipal,
            _,
        ) => return None,
    };
    let severity = rules.get(rule).map_or(Severity::Medium, |rule| rule.severity);
    Some(finding(
        rule,
        severity,
        agent,
        format!("{} {}", guardrail.name, guardrail.reason),
        guardrail.location.clone(),
        &guardrail.remedy,
        &guardrail.name,
    ))
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

/// Findings for disruption budgets that keep no pod up.
pub fn of_budgets(
    cluster: &ClusterSnapshot,
    rules: &FindingRules,
) -> impl Iterator<Item = Finding> {
    exposed::ineffective(cluster).into_iter().map(|(budget, why)| {
        finding(
            BUDGET_INEFFECTIVE,
            rules.get(BUDGET_INEFFECTIVE).map_or(Severity::Medium, |rule| rule.severity),
            None,
            format!(
                "PodDisruptionBudget {} in {} {why}: it protects nothing",
                budget.name, budget.scope
            ),
            budget.location.clone(),
            rules.remedy(BUDGET_INEFFECTIVE),
            "",
        )
    })
}

/// The finding for an agent that a cluster shows and nobody declared.
#[must_use]
pub fn of_sighting(subject: &Subject<'_>, rules: &FindingRules) -> Option<Finding> {
    let sighting = subject.sighting.as_ref().filter(|_| subject.declaration.is_none())?;
    let account = subject.principals.first().map_or_else(
        || "as whom is not in the evidence".to_owned(),
        |principal| format!("as {principal}"),
    );
    let known = sighting.known;
    Some(finding(
        AGENT_FOUND,
        rules.get(AGENT_FOUND).map_or(Severity::High, |rule| rule.severity),
        Some(&subject.id),
        format!(
            "{} is {}: it {}. It runs {account}, and nobody declared it. Recognised by {}",
            known.title,
            known.role.as_str(),
            known.does,
            sighting.by
        ),
        sighting.location.clone(),
        rules.remedy(AGENT_FOUND),
        &known.id,
    ))
}

/// The finding for an agent whose identities others have too.
#[must_use]
pub fn of_account(subject: &Subject<'_>, facts: &Facts, rules: &FindingRules) -> Option<Finding> {
    let Some(Fact::Known { value: FactValue::List(why), evidence }) =
        facts.get("identity.notDedicated")
    else {
        return None;
    };
    let first = why.first()?;
    let more = match why.len() {
        1 => String::new(),
        count => format!(" (and {} more)", count - 1),
    };
    Some(finding(
        AGENT_ACCOUNT,
        rules.get(AGENT_ACCOUNT).map_or(Severity::Medium, |rule| rule.severity),
        Some(&subject.id),
        format!("{first}{more}"),
        evidence.first().unwrap_or(&subject.location).clone(),
        rules.remedy(AGENT_ACCOUNT),
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
            AGENT_FOUND,
            AGENT_ACCOUNT,
            AGENT_NODE,
            AGENT_SECRET,
            BUDGET_INEFFECTIVE,
            GUARDRAIL_INEFFECTIVE,
            AWS_GUARDRAIL_INEFFECTIVE,
            GUARDRAIL_EXEMPT,
            ROLE_REFUSED,
            crate::privilege::admission::OWN_GUARDRAIL,
            crate::privilege::iam::OWN_GUARDRAIL,
        ];
        let made: Vec<&str> = made.into_iter().chain(oversight::MADE).collect();
        for &id in &made {
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
