//! Whether proposed policies allow what was used: asked of the engine, on the
//! account as it would be with nothing else.

use super::needs::{Needs, request};
use crate::{
    assess::manifest::iam::{self, Statement},
    model::aws::{AccountSnapshot, Identity, InlinePolicy},
    privilege::iam::{Decision, Evaluator},
    rubric::aws::AwsRules,
};

/// What proposed policies were asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proof {
    /// Uses, each an action on a resource that the log names, in a region and a way.
    pub asked: u64,
    /// Those that the policies refuse.
    pub refused: Vec<String>,
}

/// Asks the engine for every use.
pub(super) fn prove(
    arn: &str,
    account: &AccountSnapshot,
    policies: &[Vec<Statement>],
    needs: &Needs,
    rules: &AwsRules,
) -> Proof {
    let changed = with_policies(account, arn, policies);
    let evaluator = Evaluator::new(&changed, rules);
    let mut proof = Proof::default();
    for (action, need) in &needs.actions {
        for (name, how) in &need.named {
            proof.asked += 1;
            match evaluator.decide(arn, &request(action, name, how)) {
                // What stays open are conditions that were there and that the log does
                // not tell.
                Decision::Allowed { .. } | Decision::AllowedIf { .. } => {}
                Decision::Denied { .. } | Decision::Unknown(_) => {
                    proof.refused.push(format!("{action} on {name}"));
                }
            }
        }
    }
    proof
}

/// The account where a principal holds these policies and nothing else. Its boundary
/// stays.
pub(super) fn with_policies(
    account: &AccountSnapshot,
    arn: &str,
    policies: &[Vec<Statement>],
) -> AccountSnapshot {
    let mut changed = account.clone();
    let hold = |identity: &mut Identity| {
        identity.attached.clear();
        identity.gaps.clear();
        identity.inline = policies
            .iter()
            .map(|statements| InlinePolicy {
                name: "proposed".to_owned(),
                document: iam::to_model(statements),
            })
            .collect();
    };
    if let Some(role) = changed.roles.get_mut(arn) {
        hold(&mut role.identity);
    }
    if let Some(user) = changed.users.get_mut(arn) {
        user.groups.clear();
        hold(&mut user.identity);
    }
    changed
}
