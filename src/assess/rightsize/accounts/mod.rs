//! The smallest IAM policies that a log window justifies for an AWS principal.
//!
//! A policy gives no more than is granted now: each use is met by a statement that
//! the principal holds, and what is written is that statement narrowed to the action,
//! to the resources that the log tells, and to the regions, services and ways that
//! every one of its uses had. Where the log does not tell a resource the statement's
//! own patterns stay. Conditions stay, and so do Denies that speak of what is given.
//!
//! What CloudTrail does not record is never called unused: it stays where a statement
//! names its service, and is left to a person where only a wildcard gives it.

mod compare;
mod needs;
mod prove;
mod statements;

use jiff::Timestamp;

pub use compare::{HeldActions, HeldPolicy, Use};
pub use prove::Proof;

use super::{Rightsized, Unexplained, Unusable, count, day, doubts, listed, used_by};
use crate::{
    assess::{
        holdings::Estate,
        manifest::{iam, object_name},
        roster::Subject,
    },
    model::{
        activity::{ActionKey, ActionRecord, Target},
        aws::arn::account_of,
        capability::Plane,
        effect::Effect,
        principal::Principal,
    },
    privilege::{
        exercise::{Doubt, Exercised, exercise},
        iam::Decision,
    },
};

/// The policies of one principal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SizedPrincipal {
    /// Its ARN.
    pub arn: String,
    /// Name and statements of each policy.
    pub policies: Vec<(String, Vec<iam::Statement>)>,
    /// What it holds now; none where the evidence does not have it.
    pub held: Option<Vec<HeldPolicy>>,
    /// Rights that stay although no use of them can stand in the log.
    pub kept: Vec<String>,
    /// Such rights that do not stay, for a person to decide.
    pub undecided: Vec<String>,
    /// What the policies were asked.
    pub proof: Proof,
}

/// The IAM identities among principals.
pub(super) fn arns(principals: &[Principal]) -> Vec<Principal> {
    let is_aws = |principal: &&Principal| matches!(principal, Principal::Aws(_));
    let mut arns: Vec<Principal> = principals.iter().filter(is_aws).cloned().collect();
    arns.sort();
    arns.dedup();
    arns
}

/// The smallest policies for the IAM identities of `agent`.
///
/// # Errors
/// Where no log shows what they did, or shows more than could be kept.
pub(super) fn rightsize(
    agent: &Subject<'_>,
    estate: &Estate<'_>,
    since: Option<Timestamp>,
) -> Result<Rightsized, Unusable> {
    let evidence = estate.evidence();
    let principals = arns(&agent.principals);
    let nothing = |_: &ActionKey| (Effect::Read, true);
    let observed = match exercise(&principals, &evidence.activity, since, &nothing, None) {
        Exercised::Unknown(reasons) => {
            return Err(Unusable { reasons: reasons.iter().map(ToString::to_string).collect() });
        }
        Exercised::Observed(observed) => observed,
    };
    if observed.doubts.contains(&Doubt::MoreActions) {
        let reason = format!("{} did more different things than are kept", agent.id);
        return Err(Unusable { reasons: vec![reason] });
    }
    let window = observed.window.map(|window| (day(window.first), day(window.last)));
    let mut sized = Rightsized { window, days: observed.days, ..Rightsized::of(agent) };
    sized.principals.clone_from(&principals);
    let mut loose = Vec::new();
    for (number, principal) in (1..).zip(&principals) {
        let Principal::Aws(arn) = principal else { continue };
        let used = used_by(principal, &evidence.activity, since);
        sized.requests += used.values().map(|record| record.authorised.tally.count).sum::<u64>();
        let number = number.to_string();
        let parts: &[&str] = if principals.len() > 1 { &["identity", &number] } else { &[] };
        let name = object_name(&agent.id, parts);
        if let Some(one) = of_principal(arn, &name, &used, estate, &mut sized, &mut loose) {
            sized.policies.push(one);
        }
    }
    if sized.policies.iter().all(|one| one.policies.is_empty()) {
        let mut reasons = vec![format!(
            "the log shows {}, and no call of it that is known to have been allowed and that a policy can give",
            agent.id
        )];
        reasons.extend(super::notes::not_granted(&principals, &evidence.activity));
        reasons.extend(sized.unexplained.iter().map(|one| {
            format!("{} × {}: no grant that was read explains it", one.action, one.requests)
        }));
        return Err(Unusable { reasons });
    }
    sized.warnings.extend(doubts(&observed, evidence, Plane::Aws));
    sized.warnings.extend(blind_spots(estate));
    sized.warnings.extend(listed("the resource is not told, so what is granted now stays", loose));
    for one in &sized.policies {
        if one.policies.len() > iam::ATTACHED {
            sized.warnings.push(format!(
                "{} needs {} policies, and AWS attaches {} unless its quota is raised",
                one.arn,
                one.policies.len(),
                iam::ATTACHED
            ));
        }
        sized.warnings.extend(
            one.proof.refused.iter().map(|refused| {
                format!("{refused}: it was used, and these policies may not allow it")
            }),
        );
    }
    sized.notes.extend(notes(&principals, evidence, since));
    Ok(sized)
}

fn of_principal(
    arn: &str,
    name: &str,
    used: &std::collections::BTreeMap<ActionKey, ActionRecord>,
    estate: &Estate<'_>,
    sized: &mut Rightsized,
    loose: &mut Vec<String>,
) -> Option<SizedPrincipal> {
    let rules = estate.aws_rules()?;
    let account = estate.account_with(arn);
    let held = account.and_then(|(_, evaluator)| evaluator.held(arn));
    let needs = needs::Needs::of(arn, used, held.as_ref(), account.map(|(_, e)| e), rules);
    loose.extend(needs.loose.iter().cloned());
    for key in &needs.unexplained {
        let Some(record) = used.get(key) else { continue };
        sized.unexplained.push(Unexplained {
            principal: Principal::Aws(arn.to_owned()),
            action: key.to_string(),
            requests: record.authorised.tally.count,
            location: record.authorised.tally.examples.places().next(),
        });
    }
    let log = estate.evidence().activity.logs.get(&Plane::Aws)?;
    let recorded = &log.recorded.of_account(account_of(arn).unwrap_or_default());
    let is_denied = |action: &str, resource: &str| {
        account.is_some_and(|(_, evaluator)| {
            matches!(evaluator.allows(arn, action, resource), Decision::Denied { .. })
        })
    };
    let compared =
        held.as_ref().map(|held| compare::compare(held, &is_denied, &needs, recorded, rules));
    let mut all = statements::statements(&needs);
    let (mut kept, mut undecided, mut told) = (Vec::new(), Vec::new(), None);
    if let Some(compared) = compared {
        if !all.is_empty() {
            all.extend(compared.kept.iter().cloned());
            kept = compared.kept_told;
        }
        undecided = compared.undecided;
        told = Some(compared.held);
    }
    if let Some(held) = &held {
        let denies = statements::denies(held, &all);
        all.extend(denies);
    }
    let policies = iam::pack(&all);
    let several = policies.len() > 1;
    let proof = match account {
        Some((account, _)) => prove::prove(arn, account, &policies, &needs, rules),
        None => Proof::default(),
    };
    let named = (1..).zip(policies).map(|(number, statements)| {
        let name = if several { format!("{name}.part-{number}") } else { name.to_owned() };
        (name, statements)
    });
    Some(SizedPrincipal {
        arn: arn.to_owned(),
        policies: named.collect(),
        held: told,
        kept,
        undecided,
        proof,
    })
}

/// What the log cannot show of anybody.
fn blind_spots(estate: &Estate<'_>) -> Vec<String> {
    let Some(log) = estate.evidence().activity.logs.get(&Plane::Aws) else { return Vec::new() };
    let mut told = Vec::new();
    if log.recorded.reads == 0 {
        told.push("the log holds no management event that only looks: a trail that leaves them out makes these policies too narrow".to_owned());
    }
    if log.recorded.writes == 0 {
        told.push("the log holds no management event that changes anything: a trail that leaves them out makes these policies too narrow".to_owned());
    }
    if log.repeats_unseen {
        told.push("more events than are told apart: some that stand in several files are counted as often".to_owned());
    }
    told
}

/// What a reader must know of these policies.
fn notes(
    principals: &[Principal],
    evidence: &crate::model::evidence::Evidence,
    since: Option<Timestamp>,
) -> Vec<String> {
    let mut notes = vec![
        "a call counts when AWS allowed it: one that failed for want of its object needed the right too".to_owned(),
        "boundaries, service control policies and policies of resources stay as they are and are not repeated".to_owned(),
    ];
    if let Some(log) = evidence.activity.logs.get(&Plane::Aws) {
        let regions: Vec<&str> = log.recorded.regions.iter().map(String::as_str).collect();
        notes.push(format!("the log holds events of {}", regions.join(", ")));
        if log.repeated > 0 {
            notes.push(format!(
                "{} in several files, and counted once",
                count(log.repeated, "event stands", "events stand")
            ));
        }
    }
    notes.extend(super::before(principals, &evidence.activity, since));
    notes.extend(super::notes::not_granted(principals, &evidence.activity));
    notes
}

/// How a call was made.
fn call(key: &ActionKey) -> Option<&crate::model::activity::AwsCall> {
    match &key.target {
        Target::Aws(call) => Some(call),
        Target::KubernetesResource { .. } | Target::KubernetesPath(_) => None,
    }
}
