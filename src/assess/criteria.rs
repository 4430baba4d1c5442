//! Every criterion of the rubric for one agent: facts first, then what people
//! declare. An attestation settles only what is unknown; a waiver covers only
//! what does not clear; neither ever changes what evidence shows.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::{
    assess::{
        assessment::{CriterionResult, WaiverState},
        declared::{Asked, Attested, WAIVERS_PER_AGENT, WaiverRefusal, attested, waiver_refusal},
        findings,
    },
    model::{
        agent::AgentId,
        declaration::{Attestation, Waiver},
        fact::Facts,
        finding::{Finding, Severity},
        status::{Assurance, Status},
    },
    rubric::{Rubric, criterion::Criterion, findings::FindingRules},
};

/// What people declared, and on which day it is read.
#[derive(Debug, Clone, Copy)]
pub struct Declared<'a> {
    /// Statements.
    pub attestations: &'a [Attestation],
    /// Accepted failures and unknowns.
    pub waivers: &'a [Waiver],
    /// The day that decides what has expired.
    pub today: Date,
    /// How findings about them are told.
    pub rules: &'a FindingRules,
}

/// The criteria of one agent, and what is wrong with the declarations about it.
#[derive(Debug, Default)]
pub struct Judged {
    /// In the order of the rubric.
    pub criteria: Vec<CriterionResult>,
    /// Waivers of this agent.
    pub waivers: Vec<WaiverState>,
    /// Declarations that do not count.
    pub findings: Vec<Finding>,
}

/// Judges every criterion for one agent.
#[must_use]
pub fn judge(rubric: &Rubric, facts: &Facts, agent: &AgentId, declared: Declared<'_>) -> Judged {
    let mut judged = Judged::default();
    let mut used = WaiverBudget::new(rubric);
    for criterion in rubric.criteria() {
        let result = settle(criterion, facts, agent, declared, &mut used, &mut judged);
        judged.criteria.push(result);
    }
    let known: Vec<&str> = rubric.criteria().iter().map(|c| c.id.as_str()).collect();
    for waiver in declared.waivers.iter().filter(|waiver| waiver.agent == *agent) {
        if !known.contains(&waiver.criterion.as_str()) {
            refuse_waiver(
                waiver,
                &WaiverRefusal::Invalid(format!(
                    "the rubric has no criterion {}",
                    waiver.criterion
                )),
                declared.rules,
                &mut judged,
            );
        }
    }
    judged
}

/// One criterion: evaluated, attested, waived.
fn settle(
    criterion: &Criterion,
    facts: &Facts,
    agent: &AgentId,
    declared: Declared<'_>,
    used: &mut WaiverBudget,
    judged: &mut Judged,
) -> CriterionResult {
    let evaluation = criterion.evaluate(facts);
    let asked = Asked {
        id: &criterion.id,
        level: criterion.rung.number(),
        severity: criterion.severity,
        beyond_scanners: evaluation.attestable,
    };
    let mut result = CriterionResult {
        id: criterion.id.clone(),
        title: criterion.title.clone(),
        level: criterion.rung.number(),
        dimension: criterion.dimension.clone(),
        severity: criterion.severity,
        status: evaluation.status,
        reason: evaluation.reason,
        assurance: (evaluation.status == Status::Pass).then_some(Assurance::Automatic),
        evidence: evaluation.evidence.iter().map(ToString::to_string).collect(),
        missing: evaluation.missing,
        expires: None,
    };
    if result.status == Status::Unknown {
        attest(&mut result, asked, agent, declared, judged);
    }
    for waiver in declared.waivers {
        if waiver.criterion == criterion.id && waiver.agent == *agent {
            waive(&mut result, waiver, asked, declared, used, judged);
        }
    }
    result
}

/// Lets a statement settle what is unknown, and reports one that cannot.
fn attest(
    result: &mut CriterionResult,
    asked: Asked<'_>,
    agent: &AgentId,
    declared: Declared<'_>,
    judged: &mut Judged,
) {
    match attested(declared.attestations, asked, agent, declared.today) {
        Attested::No => {}
        Attested::Yes(attestation, assurance) => {
            result.status = Status::Pass;
            result.missing.clear();
            result.assurance = Some(assurance);
            result.reason = format!("{} ({})", attestation.statement, attestation.by);
            result.evidence = vec![attestation.location.to_string()];
            if let Some(evidence) = &attestation.evidence {
                result.evidence.push(evidence.uri.clone());
            }
            result.expires = Some(attestation.expires);
        }
        Attested::Refused(attestation, why) => {
            result.reason = format!("{}; an attestation does not count: {why}", result.reason);
            judged.findings.push(findings::finding(
                findings::ATTESTATION_REFUSED,
                Severity::Medium,
                Some(agent),
                format!("the attestation of {} does not count: {why}", asked.id),
                attestation.location.clone(),
                declared.rules.remedy(findings::ATTESTATION_REFUSED),
                asked.id,
            ));
        }
    }
}

/// Lets a waiver cover what does not clear, and reports one that cannot.
fn waive(
    result: &mut CriterionResult,
    waiver: &Waiver,
    asked: Asked<'_>,
    declared: Declared<'_>,
    used: &mut WaiverBudget,
    judged: &mut Judged,
) {
    let refusal = waiver_refusal(waiver, asked, result.status, declared.today)
        .or_else(|| used.take(asked.level).err().map(WaiverRefusal::Invalid));
    match refusal {
        Some(refusal) => refuse_waiver(waiver, &refusal, declared.rules, judged),
        None => {
            result.reason = format!(
                "waived until {} ({}): {}; it was {}: {}",
                waiver.expires,
                waiver.reason.as_str(),
                waiver.justification,
                result.status.as_str(),
                result.reason
            );
            result.status = Status::Waived;
            result.assurance = None;
            result.expires = Some(waiver.expires);
            judged.waivers.push(state(waiver, "used".to_owned()));
        }
    }
}

/// Records a waiver that counts for nothing, as a finding of its own.
fn refuse_waiver(
    waiver: &Waiver,
    refusal: &WaiverRefusal,
    rules: &FindingRules,
    judged: &mut Judged,
) {
    let (rule, severity, word, why) = match refusal {
        WaiverRefusal::Expired => (
            findings::WAIVER_EXPIRED,
            Severity::High,
            "expired".to_owned(),
            format!("expired on {}", waiver.expires),
        ),
        WaiverRefusal::Unused => (
            findings::WAIVER_UNUSED,
            Severity::Low,
            "unused".to_owned(),
            "has nothing to waive".to_owned(),
        ),
        WaiverRefusal::Invalid(why) => {
            (findings::WAIVER_INVALID, Severity::High, format!("invalid: {why}"), why.clone())
        }
    };
    judged.waivers.push(state(waiver, word));
    judged.findings.push(findings::finding(
        rule,
        severity,
        Some(&waiver.agent),
        format!("the waiver of {} does not count: {why}", waiver.criterion),
        waiver.location.clone(),
        rules.remedy(rule),
        &waiver.criterion,
    ));
}

/// A waiver as reports show it.
#[must_use]
pub fn state(waiver: &Waiver, state: String) -> WaiverState {
    WaiverState {
        criterion: waiver.criterion.clone(),
        agent: waiver.agent.clone(),
        reason: waiver.reason.as_str().to_owned(),
        justification: waiver.justification.clone(),
        owner: waiver.owner.clone(),
        approver: waiver.approver.clone(),
        expires: waiver.expires,
        state,
        location: waiver.location.clone(),
    }
}

/// How many waivers may still carry an agent: three in all, and a tenth of a
/// level's criteria (one at least).
struct WaiverBudget {
    left: usize,
    by_level: BTreeMap<u8, usize>,
}

impl WaiverBudget {
    fn new(rubric: &Rubric) -> Self {
        let mut by_level = BTreeMap::new();
        for criterion in rubric.criteria() {
            *by_level.entry(criterion.rung.number()).or_insert(0) += 1;
        }
        for count in by_level.values_mut() {
            *count = (*count / 10).max(1);
        }
        Self { left: WAIVERS_PER_AGENT, by_level }
    }

    fn take(&mut self, level: u8) -> Result<(), String> {
        let of_level = self.by_level.entry(level).or_default();
        if self.left == 0 {
            return Err(format!("more than {WAIVERS_PER_AGENT} waivers for one agent"));
        }
        if *of_level == 0 {
            return Err(format!("more than a tenth of the criteria of level {level} is waived"));
        }
        self.left -= 1;
        *of_level -= 1;
        Ok(())
    }
}
