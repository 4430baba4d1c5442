//! Who acts as a role: the ServiceAccounts whose pods are given it.
//!
//! A role does not become a ServiceAccount. Where an agent is declared by its role and
//! pods of a ServiceAccount are given that role, the agent is what runs in such pods,
//! and holds their token as well: an inference, told with what it rests on.

use super::{caller::Caller, way::Way};
use crate::model::{
    aws::{Role, policy::Effect},
    capability::Condition,
    kubernetes::{ClusterSnapshot, cloud::CloudRole},
};

/// A ServiceAccount whose pods are given a role.
#[derive(Debug, Clone)]
pub struct User<'a> {
    /// The number of its cluster.
    pub cluster: usize,
    /// Its namespace.
    pub namespace: &'a str,
    /// Its name.
    pub name: &'a str,
    /// From the role to the account.
    pub way: Way,
}

/// The ServiceAccounts whose pods are given the role of `arn`, or that a session of it
/// is of. One that alone is given it, where the trust policy of the role lets in
/// nothing but pods, certainly is the agent's; of others any may be.
#[must_use]
pub fn users_of<'a>(
    clusters: impl Iterator<Item = &'a ClusterSnapshot>,
    arn: &str,
    role: Option<&Role>,
) -> Vec<User<'a>> {
    let same = |own: &str| Caller::of(own).arn.eq_ignore_ascii_case(&Caller::of(arn).arn);
    let mut users = Vec::new();
    for (number, cluster) in clusters.enumerate() {
        for ((namespace, name), roles) in &cluster.cloud.accounts {
            let its = roles.iter().filter(|role| role.is_given() && same(&role.arn));
            users.extend(its.map(|CloudRole { running, .. }| User {
                cluster: number,
                namespace,
                name,
                way: Way::of(running, |step| {
                    format!(
                        "inferred: pods of ServiceAccount {namespace}/{name} act as it by {step}"
                    )
                }),
            }));
        }
    }
    let alone = users.len() == 1 && role.is_some_and(is_for_pods);
    for user in users.iter_mut().filter(|_| !alone) {
        let doubt = format!(
            "whether it runs as ServiceAccount {}/{}, which is not alone in being given the role",
            user.namespace, user.name
        );
        user.way = user.way.clone().when(Condition::Unknown(doubt));
    }
    users
}

/// Whether a trust policy lets in nobody but pods.
fn is_for_pods(role: &Role) -> bool {
    let pods = |(kind, value): &(String, String)| match kind.as_str() {
        "Federated" => value.contains(":oidc-provider/"),
        "Service" => value == "pods.eks.amazonaws.com",
        _ => false,
    };
    let mut allows = role.trust.statements().iter().filter(|own| own.effect == Effect::Allow);
    role.trust.gaps().is_empty()
        && allows.all(|own| {
            own.principals.as_ref().is_some_and(|who| !who.negated && who.entries.iter().all(pods))
        })
}
