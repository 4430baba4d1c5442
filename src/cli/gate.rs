//! `gradus gate`: an assessment judged by what a workspace demands.

use std::{fs, path::Path};

use anyhow::Context as _;
use jiff::civil::Date;

use super::{
    arguments::{Arguments, GateOptions},
    clock,
    exit::{Exit, UsageError},
    output, pipeline,
};
use crate::{
    assess::{
        assessment::{Assessment, GateOutcome, SCHEMA},
        earned, gate, organisation, verdict,
    },
    model::declaration::GatePolicy,
};

/// Judges, reports, and turns the outcome into an exit code.
///
/// # Errors
/// When the workspace or the assessment is wrong, or a report cannot be written.
pub fn run(options: &GateOptions, arguments: &Arguments) -> anyhow::Result<Exit> {
    let destinations = output::destinations(&options.assess)?;
    let assessment = match &options.assessment {
        Some(file) => {
            let mut assessment = read(file)?;
            if let Some(what) = contradiction(&assessment) {
                return Err(UsageError(format!(
                    "{} contradicts itself: {what}; assess again",
                    file.display()
                ))
                .into());
            }
            let policy = overridden(assessment.gate.policy.clone(), options);
            assessment.gate = gate::judge(&assessment, &policy);
            note_expired(&mut assessment, clock::today()?);
            assessment
        }
        None => {
            let adjust = |policy| overridden(policy, options);
            pipeline::assess(&options.assess.evidence, arguments.quiet, Some(&adjust))?
        }
    };
    output::write(&assessment, &destinations, arguments)?;
    Ok(match assessment.gate.outcome {
        GateOutcome::Passed => Exit::Fine,
        GateOutcome::Failed => Exit::GateFailed,
        GateOutcome::Incomplete => Exit::Incomplete,
    })
}

/// The workspace's demands, with what the command line says instead.
fn overridden(policy: GatePolicy, options: &GateOptions) -> GatePolicy {
    GatePolicy {
        min_level: options.min_level.or(policy.min_level),
        max_over_extension: options.max_over_extension.or(policy.max_over_extension),
        fail_on: options.fail_on.or(policy.fail_on),
        fail_on_unknown: options.fail_on_unknown.or(policy.fail_on_unknown),
        min_coverage: options.min_coverage.or(policy.min_coverage),
    }
}

/// Makes a passed gate incomplete where a statement or waiver that it rests on
/// has ended since the assessment.
fn note_expired(assessment: &mut Assessment, today: Date) {
    let ended = assessment.agents.iter().flat_map(|agent| {
        let over = |expires: Option<Date>| expires.is_some_and(|day| day < today);
        agent.criteria.iter().filter(move |c| c.status.clears() && over(c.expires)).map(|c| {
            format!("what {} of {} rests on has ended since; assess again", c.id, agent.id)
        })
    });
    let ended: Vec<String> = ended.collect();
    if !ended.is_empty() {
        if assessment.gate.outcome == GateOutcome::Passed {
            assessment.gate.outcome = GateOutcome::Incomplete;
        }
        assessment.gate.reasons.extend(ended);
    }
}

/// What of an assessment does not follow from the rest of it. Nothing can tell a
/// careful forgery, but an edited figure shows.
fn contradiction(assessment: &Assessment) -> Option<String> {
    if organisation::roll_up(&assessment.agents) != assessment.organisation {
        return Some("the organisation is not the roll-up of the agents".to_owned());
    }
    assessment.agents.iter().find_map(|agent| {
        let (verdict, severity) = verdict::verdict(&agent.granted, &agent.exercised, &agent.earned);
        let blocked = agent.criteria.iter().any(|criterion| {
            earned::gates(criterion)
                && criterion.level <= agent.earned.level
                && agent.earned.level > 0
                && !criterion.status.clears()
        });
        if (verdict, severity) != (agent.verdict, agent.severity) {
            Some(format!("the verdict on {} does not follow from its levels", agent.id))
        } else if blocked {
            Some(format!("{} has not met the criteria of the level it has earned", agent.id))
        } else {
            None
        }
    })
}

/// Reads an assessment that `-f json` wrote.
fn read(file: &Path) -> anyhow::Result<Assessment> {
    let text = fs::read(file)
        .map_err(|error| UsageError(format!("cannot read {}: {error}", file.display())))?;
    let assessment: Assessment = serde_json::from_slice(&text)
        .map_err(|error| UsageError(error.to_string()))
        .with_context(|| format!("{} is no assessment of gradus", file.display()))?;
    if assessment.schema != SCHEMA {
        return Err(UsageError(format!(
            "{} has schema `{}`, and this gradus reads `{SCHEMA}`",
            file.display(),
            assessment.schema
        ))
        .into());
    }
    Ok(assessment)
}
