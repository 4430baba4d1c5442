//! Whether a principal may set the tags by which a Deny would bind it.

use std::collections::BTreeSet;

use super::statement::{Found, Judge};
use crate::{
    model::aws::policy::{Clause, Elements, Statement},
    privilege::iam::{
        Decision,
        condition::{self, widest},
        extent::{Extent, both},
        holdings::Who,
        tagging::taggings,
    },
    rubric::aws::KeyUse,
};

/// What changes the tags of a principal itself.
const OF_USERS: [&str; 2] = ["iam:TagUser", "iam:UntagUser"];
const OF_ROLES: [&str; 2] = ["iam:TagRole", "iam:UntagRole"];

/// A way to change a tag: `ec2:CreateTags`, with what it depends on.
enum Change {
    Yes(String),
    Unknown(String),
}

/// Why a Deny that goes by tags does not bind whom it is meant for; none where it
/// does, or where it goes by none.
pub(super) fn own_tags(judge: &Judge<'_, '_>, deny: &Statement) -> Option<Found> {
    let changes = deny.conditions.iter().filter_map(|clause| {
        let known = judge.keys().find(&clause.key)?;
        let is_for = |usage| known.uses.contains_key(&usage);
        let change = if is_for(KeyUse::CallerTag) {
            of_caller(judge, deny)?
        } else if is_for(KeyUse::ResourceTag) {
            of_resources(judge, deny)?
        } else {
            return None;
        };
        Some((clause, change))
    });
    let mut changes: Vec<(&Clause, Change)> = changes.collect();
    changes.sort_by_key(|(_, change)| matches!(change, Change::Unknown(_)));
    let (clause, change) = changes.into_iter().next()?;
    let clause = condition::describe(clause);
    Some(match change {
        Change::Yes(way) => Found::fails(
            format!("denies only if {clause}, which it gets around: it may {way}"),
            "Deny it to change that tag as well, or take the right to away from it.".to_owned(),
        ),
        Change::Unknown(why) => {
            Found::undecided(format!("denies only if {clause}, and may change that tag: {why}"))
        }
    })
}

/// Whether the Deny itself stands before a right with these conditions.
fn is_kept_by(deny: &Statement, conditions: &[String]) -> bool {
    conditions.contains(&condition::describe_unless(&deny.conditions))
}

fn of_caller(judge: &Judge<'_, '_>, deny: &Statement) -> Option<Change> {
    let arn = judge.who.arn();
    let actions = match judge.who {
        Who::User(_) => OF_USERS,
        Who::Role(_) => OF_ROLES,
    };
    let mut unknown = None;
    for action in actions {
        match judge.evaluator.allows(arn, action, arn) {
            Decision::Allowed { .. } => return Some(Change::Yes(action.to_owned())),
            Decision::AllowedIf { conditions, .. } if is_kept_by(deny, &conditions) => {}
            Decision::AllowedIf { conditions, .. } => {
                return Some(Change::Yes(format!("{action} (if {})", conditions.join(" and "))));
            }
            Decision::Denied { .. } => {}
            Decision::Unknown(why) => unknown = unknown.or(Some(Change::Unknown(why))),
        }
    }
    unknown
}

fn of_resources(judge: &Judge<'_, '_>, deny: &Statement) -> Option<Change> {
    let services = services(&deny.actions);
    let spoken_of = extents(deny.resources.as_ref());
    let mut unknown = None;
    for tagging in taggings(&judge.rights, judge.rules(), services.as_ref()) {
        let when = &tagging.right.when;
        let reaches = !both(tagging.right.resources(), &spoken_of).is_empty();
        if !reaches || is_kept_by(deny, when.conditions()) {
            continue;
        }
        let name = &tagging.action.name;
        match when.missing() {
            Some(why) => unknown = unknown.or_else(|| Some(Change::Unknown(why.clone()))),
            None if when.is_always() => return Some(Change::Yes(name.clone())),
            None => {
                return Some(Change::Yes(format!(
                    "{name} (if {})",
                    when.conditions().join(" and ")
                )));
            }
        }
    }
    unknown
}

/// The services whose actions an element speaks of, in lower case; none where that
/// may be any.
fn services(actions: &Elements) -> Option<BTreeSet<String>> {
    let Elements::Only(patterns) = actions else { return None };
    let service = |pattern: &String| {
        let (service, _) = pattern.split_once(':')?;
        condition::is_plain(service).then(|| service.to_ascii_lowercase())
    };
    patterns.iter().map(service).collect()
}

/// What a resource element may speak of.
fn extents(resources: Option<&Elements>) -> Vec<Extent> {
    match resources {
        None => vec![Extent::default()],
        Some(Elements::Only(patterns)) => {
            patterns.iter().map(|pattern| Extent::of(widest(pattern).as_ref().into())).collect()
        }
        Some(Elements::Except(patterns)) => {
            let fixed = patterns.iter().filter(|pattern| !pattern.contains("${"));
            vec![Extent::all_but(fixed.map(|pattern| pattern.as_str().into()).collect())]
        }
    }
}
