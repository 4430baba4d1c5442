//! Whether one statement works against an agent.

use crate::{
    model::{
        aws::{
            pattern,
            policy::{Clause, Effect, Elements, Statement},
        },
        guardrail::{GuardrailState, Guards},
        location::Location,
    },
    privilege::iam::condition::{self, Certainty, Profile},
    rubric::aws::ConditionKeys,
};

use super::{
    clause::{self, Judged, Why},
    taken::Overlaps,
};

/// Actions of the managed MCP server that AWS has retired: no request is checked
/// for them any more.
const RETIRED: &str = "aws-mcp:";
/// Keys that only requests through a managed MCP server carry.
const MCP_KEYS: [&str; 2] = ["aws:viaawsmcpservice", "aws:calledviaawsmcp"];

/// What was found of a guardrail.
pub(super) struct Found {
    pub(super) state: GuardrailState,
    pub(super) guards: Guards,
    /// A phrase that follows the name.
    pub(super) reason: String,
    pub(super) remedy: String,
    /// Where it stands, if not where its document is attached.
    pub(super) location: Option<Location>,
}

/// Judges statements for one caller.
pub(super) struct Judge<'r> {
    pub(super) profile: Profile<'r>,
    pub(super) keys: &'r ConditionKeys,
}

impl Judge<'_> {
    /// A Deny that speaks of something which one of these Allows gives, or of
    /// nothing but retired actions; none for any other.
    pub(super) fn deny_of(
        &self,
        deny: &Statement,
        allows: &[&Statement],
        overlaps: &mut Overlaps,
    ) -> Option<Found> {
        self.retired(deny).or_else(|| {
            allows.iter().any(|allow| overlaps.meet(deny, allow)).then(|| self.deny(deny))
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
        let mcp = open.iter().any(|(clause, _)| is_of_mcp(clause));
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
        let judge = |clause: &'s Clause| (clause, clause::judge(clause, &self.profile, self.keys));
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
            && self.keys.find(&one.key).is_some_and(|key| !key.many)
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

fn is_of_mcp(clause: &Clause) -> bool {
    let not = clause.operator.to_ascii_lowercase().contains("not");
    let says_no = clause.values.iter().all(|value| value.eq_ignore_ascii_case("false"));
    MCP_KEYS.iter().any(|key| clause.key.eq_ignore_ascii_case(key)) && !not && !says_no
}
