//! How strong a principal is by its own rights, without going through others.

use std::rc::Rc;

use crate::{
    model::{
        aws::policy::{Language, Statement},
        capability::RiskClass,
    },
    rubric::aws::{AwsRisk, Target},
};

use super::{
    super::{
        Evaluator,
        condition::Caller,
        holdings::{Holding, Holdings, Origin, Who},
        rights::{Right, Rights},
        when::When,
    },
    board::{Board, CompiledSet, companions},
    target::{Anchor, anchor},
};

/// The worst that someone's own rights are good for.
#[derive(Debug, Clone)]
pub(in super::super) struct Strength<'a> {
    /// The rule that it fulfils.
    pub rule: &'a AwsRisk,
    /// When it does.
    pub when: When,
    /// Which of its holdings give it.
    pub holdings: Vec<usize>,
    /// On what.
    pub scope: Vec<String>,
}

impl Strength<'_> {
    /// Whether it makes whoever holds it an administrator, or lets it become one.
    pub(in super::super) fn makes_admin(&self) -> bool {
        matches!(self.rule.class, RiskClass::AdminEquivalent | RiskClass::SelfEscalation)
    }

    /// What is stronger is greater.
    pub(in super::super) fn rank(&self) -> (RiskClass, bool) {
        (self.rule.class, self.when.is_always())
    }
}

/// What own rights are good for.
#[derive(Debug, Default)]
pub(in super::super) struct Strengths<'a> {
    /// It may make itself whatever it likes.
    pub admin: Option<Strength<'a>>,
    /// It may write databases.
    pub database: Option<Strength<'a>>,
}

impl<'a> Strengths<'a> {
    /// The worse of both.
    pub(in super::super) fn worst(&self) -> Option<&Strength<'a>> {
        self.admin.as_ref().or(self.database.as_ref())
    }
}

/// What the rights of a user or role, or those of a group, are good for.
pub(in super::super) fn own_strengths<'a>(
    evaluator: &Evaluator<'a>,
    board: &Board<'_, 'a>,
    who: Option<Who<'a>>,
) -> Strengths<'a> {
    let mut strengths = Strengths::default();
    for compiled in &evaluator.catalogue.sets {
        let CompiledSet { risk, set, .. } = compiled;
        if !risk.class.is_beyond_ladder()
            || set.pass_to.is_some()
            || set.runs_on.is_some()
            || set.assumes.is_some()
        {
            continue;
        }
        let best = match risk.class {
            RiskClass::DatabaseWrite => &mut strengths.database,
            _ => &mut strengths.admin,
        };
        let Some(held) = board.held(compiled) else { continue };
        let Some((first, others)) = held.split_first() else { continue };
        for right in first {
            let rank = (risk.class, right.when.is_always());
            if best.as_ref().is_some_and(|best| best.rank() >= rank) {
                continue;
            }
            let Some(anchor) = working(evaluator, right, set.on, who) else { continue };
            let beside = anchor.beside.as_deref();
            let Some(more) = companions(others, anchor.right, set.same_resource, beside) else {
                continue;
            };
            let mut strength = Strength {
                rule: risk,
                holdings: vec![anchor.right.holding],
                scope: anchor.right.scope().to_vec(),
                when: anchor.when,
            };
            for other in more {
                strength.when = strength.when.with(&other.when);
                strength.holdings.push(other.holding);
            }
            strength.holdings.dedup();
            if best.as_ref().is_none_or(|best| best.rank() < strength.rank()) {
                *best = Some(strength);
            }
        }
    }
    strengths
}

/// A right that reaches what a rule asks for in the evidence.
fn working<'r, 'a>(
    evaluator: &Evaluator<'a>,
    right: &'r Right,
    on: Target,
    who: Option<Who<'a>>,
) -> Option<Anchor<'r>> {
    let Some(who) = who else { return (on == Target::Any).then(|| Anchor::plain(right)) };
    // How strong others are is what is being found out.
    let anchor = anchor(evaluator, &|_| None, right, on, who)?;
    let is_of_another = matches!(
        on,
        Target::OtherUser | Target::OtherRole | Target::OtherGroup | Target::AssumableRole
    );
    (!is_of_another || anchor.target.is_some()).then_some(anchor)
}

/// Whether statements allow anything that a principal may not do already.
pub(super) fn allows_more<'a>(
    evaluator: &Evaluator<'a>,
    who: Who<'a>,
    statements: &[Statement],
) -> bool {
    let own = evaluator.rights(who);
    let caller = who.caller();
    let theirs = rights_by(statements, &caller);
    theirs.rights.iter().any(|right| {
        !own.rights.iter().any(|own| {
            own.has_actions_of(right) && own.holds_with(right) && own.has_resources_of(right)
        })
    })
}

/// What a principal could do by these statements alone.
fn rights_by<'s>(statements: &'s [Statement], caller: &Caller<'_>) -> Rights<'s> {
    let origin = Rc::new(Origin { way: String::new(), cut_at: None });
    let identity = statements
        .iter()
        .map(|statement| Holding { statement, language: Language::V2012, origin: origin.clone() })
        .collect();
    Rights::of(Holdings { identity, ..Holdings::default() }, Vec::new(), caller)
}
