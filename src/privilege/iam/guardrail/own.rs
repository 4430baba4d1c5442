//! Whether a principal may take away what guards it.

use crate::{
    model::capability::Grant,
    privilege::iam::{Decision, Evaluator, holdings::Who},
};

use super::sources::{Kind, Place, Way};

/// A right that takes a guardrail away, `iam:DetachRolePolicy` with its
/// conditions, and what gives it.
pub(super) type Right = (String, Grant);

/// Whether a principal may take a guardrail away.
pub(super) enum Removal {
    No,
    Yes(Right),
    Unknown(String),
}

/// Whether `who` may change or remove what stands at this place.
pub(super) fn removal(evaluator: &Evaluator<'_>, who: Who<'_>, place: &Place<'_>) -> Removal {
    let mut unknown = None;
    for (action, resource) in ways(who, place) {
        match evaluator.allows(who.arn(), &action, resource) {
            Decision::Allowed { by } => return Removal::Yes((action, by)),
            Decision::AllowedIf { conditions, by } => {
                let text = format!("{action} (if {})", conditions.join(" and "));
                return Removal::Yes((text, by));
            }
            Decision::Denied { .. } => {}
            Decision::Unknown(why) => unknown = unknown.or(Some(why)),
        }
    }
    unknown.map_or(Removal::No, Removal::Unknown)
}

/// The calls that change or remove it, each with what it is made on.
fn ways<'a>(who: Who<'a>, place: &Place<'a>) -> Vec<(String, &'a str)> {
    let word = place.kind.word();
    let holder = place.holder.arn.as_str();
    let mut ways: Vec<(String, &str)> = match place.way {
        Way::Inline => vec![
            (format!("iam:Put{word}Policy"), holder),
            (format!("iam:Delete{word}Policy"), holder),
        ],
        Way::Attached => vec![(format!("iam:Detach{word}Policy"), holder)],
        Way::Boundary => vec![
            (format!("iam:Delete{word}PermissionsBoundary"), holder),
            (format!("iam:Put{word}PermissionsBoundary"), holder),
        ],
    };
    let is_customers = place.way != Way::Inline && !place.policy.contains(":iam::aws:");
    if is_customers {
        ways.push(("iam:CreatePolicyVersion".to_owned(), place.policy));
    }
    if place.kind == Kind::Group && matches!(who, Who::User(_)) {
        ways.push(("iam:RemoveUserFromGroup".to_owned(), holder));
    }
    ways
}
