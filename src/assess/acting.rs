//! Which users and roles of AWS each agent acts as, and what is wrong with that:
//! an identity that several act as tells nobody apart, whatever it may do.

use std::collections::{BTreeMap, BTreeSet};

use super::holdings::Estate;
use crate::{
    model::{agent::AgentId, capability::Reach, principal::Principal},
    privilege::iam::Actors,
};

/// The ARNs of the users and roles that each agent acts as.
pub(super) struct Acting(BTreeMap<AgentId, BTreeSet<String>>);

impl Acting {
    /// Of agents with these identities.
    pub(super) fn of<'s>(
        estate: &Estate<'_>,
        agents: impl Iterator<Item = (&'s AgentId, &'s [Principal])>,
    ) -> Self {
        Self(agents.map(|(id, principals)| (id.clone(), arns(estate, principals))).collect())
    }

    /// What is wrong with the identities of one agent; none where nothing is.
    pub(super) fn reach(&self, estate: &Estate<'_>, agent: &AgentId) -> Option<Reach> {
        let own: Vec<&str> = self.0.get(agent)?.iter().map(String::as_str).collect();
        let mut risks = Vec::new();
        for arn in &own {
            let others: Vec<&str> = self
                .0
                .iter()
                .filter(|(other, arns)| *other != agent && arns.contains(*arn))
                .map(|(other, _)| other.as_str())
                .collect();
            let actors = Actors { own: &own, others: &others };
            for (_, evaluator) in &estate.accounts {
                risks.extend(evaluator.agent_risks(arn, &actors));
            }
        }
        (!risks.is_empty()).then(|| Reach { risks, ..Reach::default() })
    }
}

/// The users and roles of the evidence that somebody with these identities is, by
/// name or through a ServiceAccount.
fn arns(estate: &Estate<'_>, principals: &[Principal]) -> BTreeSet<String> {
    let mut asked = BTreeSet::new();
    for principal in principals {
        match principal {
            Principal::Aws(arn) => drop(asked.insert(arn.clone())),
            Principal::ServiceAccount { namespace, name } => {
                for number in 0..estate.clusters.len() {
                    let Some((_, givers)) = estate.givers(number) else { continue };
                    let roles = givers.roles_of(&estate.accounts, namespace, name);
                    asked.extend(roles.roles.into_iter().map(|role| role.arn));
                }
            }
            Principal::KubernetesUser(_) | Principal::KubernetesGroup(_) => {}
        }
    }
    let known = |arn: String| {
        let mut accounts = estate.accounts.iter();
        accounts.find_map(|(_, evaluator)| evaluator.identity_of(&arn)).map(str::to_owned)
    };
    asked.into_iter().filter_map(known).collect()
}
