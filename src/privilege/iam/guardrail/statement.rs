//! Whether one statement works against an agent.

use std::rc::Rc;

use crate::{
    model::{
        aws::{
            pattern,
            policy::{Clause, Effect, Elements, Statement},
        },
        guardrail::{GuardrailState, Guards},
        location::Location,
        text::some_of,
    },
    privilege::iam::{
        Evaluator,
        condition::{self, Certainty, Profile},
        holdings::Who,
        rights::Rights,
        trust,
    },
    rubric::aws::{AwsRules, ConditionKeys, KeyUse, Named},
};

use super::{
    clause::{self, Judged, Why},
    tags,
    taken::{Overlaps, Spoken},
};

/// Actions and resources that one reason names.
const NAMED: usize = 4;

/// Actions of the managed MCP server that AWS has retired: no request is checked
/// for them any more.
const RETIRED: &str = "aws-mcp:";

/// What was found of a guardrail.
pub(super) struct Found {
    pub(super) state: GuardrailState,
    pub(super) guards: Guards,
    /// A phrase that follows the name.
    pub(super) reason: String,
    pub(super) remedy: String,
    /// Where it stands, if not where its document is attached.
    pub(super) location: Option<Location>,
    /// Ids of the capabilities of which it says which things they reach.
    pub(super) bounds: Vec<String>,
}

/// Judges statements for one caller.
pub(super) struct Judge<'e, 'a> {
    pub(super) evaluator: &'e Evaluator<'a>,
    pub(super) who: Who<'a>,
    pub(super) profile: Profile<'a>,
    /// What it may do.
    pub(super) rights: Rc<Rights<'a>>,
}

impl<'e, 'a> Judge<'e, 'a> {
    pub(super) fn of(evaluator: &'e Evaluator<'a>, who: Who<'a>) -> Self {
        let profile = who.profile(evaluator.account, evaluator.rules);
        Self { evaluator, who, profile, rights: evaluator.rights(who) }
    }

    pub(super) fn rules(&self) -> &'a AwsRules {
        self.evaluator.rules
    }

    pub(super) fn keys(&self) -> &'a ConditionKeys {
        self.rules().conditions()
    }

    /// A Deny that speaks of something which one of these Allows gives, or of
    /// nothing but retired actions; none for any other.
    pub(super) fn deny_of(
        &self,
        deny: &Statement,
        allows: &[Spoken<'_>],
        overlaps: &mut Overlaps,
    ) -> Option<Found> {
        self.retired(deny).or_else(|| {
            let spoken = Spoken::of(deny);
            let met: Vec<&Statement> = allows
                .iter()
                .filter(|allow| overlaps.meet(&spoken, allow))
                .map(|allow| allow.statement)
                .collect();
            (!met.is_empty()).then(|| self.powerless(deny, &met).unwrap_or_else(|| self.deny(deny)))
        })
    }

    /// A Deny whose resources none of the actions can act on that it has in common
    /// with these Allows.
    fn powerless(&self, deny: &Statement, allows: &[&Statement]) -> Option<Found> {
        let (Elements::Only(actions), Some(Elements::Only(resources))) =
            (&deny.actions, &deny.resources)
        else {
            return None;
        };
        let mut shared = Vec::new();
        for pattern in actions {
            let pattern = condition::action_pattern(pattern);
            let prefix = pattern::literal_prefix(&pattern);
            let service = self.rules().service(prefix.split_once(':')?.0)?;
            let named = resources
                .iter()
                .map(|resource| service.named(&condition::widest(resource)))
                .fold(Named::NOTHING, Named::or);
            let mut known = service
                .starting_with(prefix)
                .iter()
                .filter(|action| pattern::matches(&pattern, &action.lower))
                .peekable();
            // What nobody knows may act on anything.
            known.peek()?;
            for action in known {
                if allows.iter().any(|allow| trust::lets(&allow.actions, &action.lower)) {
                    if action.may_act_within(named) {
                        return None;
                    }
                    shared.push(action.name.as_str());
                }
            }
        }
        (!shared.is_empty()).then(|| Found {
            location: Some(deny.location.clone()),
            ..Found::fails(
                format!(
                    "never denies: {} cannot act on {}",
                    some_of(&shared, NAMED),
                    some_of(resources, NAMED)
                ),
                "Name resources that the actions work on: `*` where they know none.".to_owned(),
            )
        })
    }

    /// A Deny of nothing but retired actions.
    fn retired(&self, deny: &Statement) -> Option<Found> {
        let Elements::Only(actions) = &deny.actions else { return None };
        let retired = |action: &String| action.to_ascii_lowercase().starts_with(RETIRED);
        (deny.effect == Effect::Deny && !actions.is_empty() && actions.iter().all(retired)).then(
            || Found {
                location: Some(deny.location.clone()),
                ..Found::fails(
                    "denies only aws-mcp: actions, which no request is checked for any more"
                        .to_owned(),
                    "Deny the actions of the services themselves, if aws:ViaAWSMCPService is true."
                        .to_owned(),
                )
            },
        )
    }

    /// A Deny that speaks of something which an Allow gives.
    fn deny(&self, deny: &Statement) -> Found {
        let located = |found: Found| Found { location: Some(deny.location.clone()), ..found };
        let clauses = self.clauses(deny);
        let never = clauses.iter().find(|(_, own)| own.certainty == Certainty::Never);
        if let Some((clause, own)) = never {
            return located(Found::fails(
                format!(
                    "never denies: {} never holds, because {}",
                    condition::describe(clause),
                    own.why.reason(clause)
                ),
                own.why.remedy(clause),
            ));
        }
        if self.contradicts(deny) {
            return located(Found::fails(
                "never denies: its conditions contradict each other".to_owned(),
                "Write conditions that can hold at one time, or one Deny for each.".to_owned(),
            ));
        }
        if let Some(avoided) = tags::own_tags(self, deny) {
            return located(avoided);
        }
        let open: Vec<_> =
            clauses.iter().filter(|(_, own)| own.certainty == Certainty::Depends).collect();
        let avoided = open.iter().find(|(_, own)| matches!(own.why, Why::Weak(_)));
        if let Some((clause, own)) = avoided {
            return located(Found::fails(
                format!(
                    "denies only if {}, which it gets around: {}",
                    condition::describe(clause),
                    own.why.reason(clause)
                ),
                own.why.remedy(clause),
            ));
        }
        if open.is_empty() {
            let odd = clauses.iter().find(|(_, own)| !matches!(own.why, Why::Known | Why::Binds));
            return located(Found::works(odd.map_or_else(
                || "denies".to_owned(),
                |(clause, own)| {
                    format!(
                        "denies every such call: {} always holds, because {}",
                        condition::describe(clause),
                        own.why.reason(clause)
                    )
                },
            )));
        }
        let told: Vec<String> =
            open.iter().map(|(clause, _)| condition::describe(clause)).collect();
        let mcp = open.iter().any(|(clause, _)| self.is_of_mcp(clause));
        located(Found {
            guards: if mcp { Guards::ManagedMcp } else { Guards::Aws },
            ..Found::works(format!("denies if {}", told.join(" and ")))
        })
    }

    /// An Allow whose conditions narrow nothing; none for any other.
    pub(super) fn allow(&self, allow: &Statement) -> Option<Found> {
        let clauses = self.clauses(allow);
        let binds = |own: &Judged<'_>| {
            own.certainty == Certainty::Never
                || own.certainty == Certainty::Depends && !own.is_loose()
                || own.certainty == Certainty::Always && matches!(own.why, Why::Known)
        };
        if clauses.iter().any(|(_, own)| binds(own)) {
            return None;
        }
        let (clause, own) = clauses.first()?;
        Some(Found {
            location: Some(allow.location.clone()),
            ..Found::fails(
                format!(
                    "allows if {}, which narrows nothing: {}",
                    condition::describe(clause),
                    own.why.reason(clause)
                ),
                own.why.remedy(clause),
            )
        })
    }

    fn clauses<'s>(&self, statement: &'s Statement) -> Vec<(&'s Clause, Judged<'_>)> {
        let judge =
            |clause: &'s Clause| (clause, clause::judge(clause, &self.profile, self.keys()));
        statement.conditions.iter().map(judge).collect()
    }

    /// Whether no request meets all clauses, though each alone may hold.
    fn contradicts(&self, statement: &Statement) -> bool {
        let clauses = &statement.conditions;
        condition::certainty(clauses, &self.profile) == Certainty::Never
            || clauses.iter().enumerate().any(|(index, one)| {
                clauses.iter().skip(index + 1).any(|other| self.excludes(one, other))
            })
    }

    fn is_of_mcp(&self, clause: &Clause) -> bool {
        let not = clause.operator.to_ascii_lowercase().contains("not");
        let says_no = clause.values.iter().all(|value| value.eq_ignore_ascii_case("false"));
        let keys = self.keys().used_for(KeyUse::ManagedMcp);
        keys.iter().any(|key| clause.key.eq_ignore_ascii_case(key)) && !not && !says_no
    }

    /// Whether two clauses ask the same key for texts that nothing is both of.
    fn excludes(&self, one: &Clause, other: &Clause) -> bool {
        let texts = |clause: &Clause| {
            ["stringequals", "stringlike"]
                .iter()
                .any(|known| clause.operator.eq_ignore_ascii_case(known))
        };
        one.key.eq_ignore_ascii_case(&other.key)
            && texts(one)
            && texts(other)
            && self.keys().find(&one.key).is_some_and(|key| !key.many)
            && !one.values.iter().chain(&other.values).any(|value| value.contains("${"))
            && !one.values.iter().any(|a| other.values.iter().any(|b| pattern::overlaps(a, b)))
    }
}

impl Judged<'_> {
    /// Whether the agent meets it, or goes without it, as it likes.
    fn is_loose(&self) -> bool {
        matches!(self.why, Why::Weak(_) | Why::PassesWithout)
    }
}
