//! Roles that Pod Identity hands out.

use super::{Account, Broken, Found, Givers, Roles, is_known};
use crate::{
    model::{
        aws::{
            Role,
            eks::{EksCluster, PodIdentity},
            policy::Effect,
        },
        capability::Condition,
        coverage::Gap,
    },
    privilege::link::way::Way,
};

/// Who hands out roles to pods.
const POD_IDENTITY: &str = "pods.eks.amazonaws.com";
/// What a token alone does not give: the agent on the node trades it in.
const TRADE: &str =
    "whether it may trade the token in, which takes eks-auth:AssumeRoleForPodIdentity";

/// A role that Pod Identity may hand out to somebody, if there is one.
pub(super) fn for_pods<'a>(accounts: &[Account<'a>]) -> Option<&'a Role> {
    let roles = accounts.iter().flat_map(|(account, _)| account.roles.values());
    roles.into_iter().find(|role| names_pods(role)).or_else(|| {
        let doors = accounts.iter().flat_map(|(_, evaluator)| evaluator.pod_identity_doors(&[]));
        doors.into_iter().map(|door| door.role()).next()
    })
}

/// Whether a trust policy names Pod Identity, whatever else it asks for.
fn names_pods(role: &Role) -> bool {
    let allows = role.trust.statements().iter().filter(|own| own.effect == Effect::Allow);
    let mut entries = allows.flat_map(|own| &own.principals).flat_map(|own| &own.entries);
    entries.any(|(kind, name)| kind == "Service" && name == POD_IDENTITY)
}

impl<'a> Givers<'a> {
    /// Adds the roles that Pod Identity hands out to a ServiceAccount.
    pub(super) fn by_pod_identity(
        &self,
        accounts: &[Account<'a>],
        (namespace, name): (&str, &str),
        found: &mut Found,
        roles: &mut Roles,
    ) {
        if let Some(eks) = &self.cluster.eks_cluster {
            roles.gaps.extend(eks.gaps.iter().cloned());
            let own = self.associations.get(&(namespace, name)).into_iter().flatten();
            for association in own {
                associated(eks, association, accounts, found, roles);
            }
        }
        if let Some(role) = self.for_pods {
            roles.gaps.push(Gap {
                location: role.trust.location().clone(),
                reason: format!(
                    "role {} is for Pod Identity, and not every association is in the evidence: `aws eks list-pod-identity-associations` tells whether {namespace}/{name} is given it",
                    role.identity.arn
                ),
            });
        }
    }
}

fn add(found: &mut Found, arn: &str, way: Way) {
    let minted = way.clone().when(Condition::Unknown(TRADE.to_owned()));
    found.add(arn, way.clone(), way, minted);
}

/// A role that an association names.
fn associated(
    eks: &EksCluster,
    association: &PodIdentity,
    accounts: &[Account<'_>],
    found: &mut Found,
    roles: &mut Roles,
) {
    let object = format!("PodIdentityAssociation/{}", association.id);
    let Some(arn) = &association.role else {
        roles.gaps.push(Gap {
            location: association.location.clone(),
            reason: format!(
                "which role {object} gives is not in the evidence: `aws eks describe-pod-identity-association` tells"
            ),
        });
        return;
    };
    let mut way = Way::by(object, association.location.clone());
    if eks.name.is_empty() {
        way = way.when(Condition::Unknown("which cluster of EKS it is".to_owned()));
    }
    let tags = [
        ("eks-cluster-arn", eks.arn.as_deref().unwrap_or_default()),
        ("eks-cluster-name", eks.name.as_str()),
        ("kubernetes-namespace", association.namespace.as_str()),
        ("kubernetes-service-account", association.service_account.as_str()),
    ];
    let tags: Vec<(&str, &str)> =
        tags.into_iter().filter(|tag| association.tags_sessions && !tag.1.is_empty()).collect();
    let own = || accounts.iter().find_map(|(account, _)| account.roles.get(arn));
    let mut doors = accounts
        .iter()
        .filter_map(|(account, evaluator)| Some((account.roles.get(arn)?, evaluator)))
        .flat_map(|(role, evaluator)| evaluator.pod_identity_doors_of(role, &tags))
        .peekable();
    if doors.peek().is_none() && !association.tags_sessions && own().is_some_and(names_pods) {
        // Nothing is tagged, so that the trust policy need not let it tag.
        let doubt = format!("whether the trust policy of {arn} lets {POD_IDENTITY} in");
        add(found, arn, way.when(Condition::Unknown(doubt)));
        return;
    }
    let is_cluster_known = !eks.name.is_empty();
    if doors.peek().is_none() && is_cluster_known && is_known(accounts, arn) {
        roles.broken.push(Broken {
            arn: arn.clone(),
            by: format!(
                "Pod Identity for {}/{}",
                association.namespace, association.service_account
            ),
            location: association.location.clone(),
        });
        return;
    }
    let mut ways: Vec<Way> = doors
        .map(|door| {
            let grant = door.grant();
            way.then(&Way::by(grant.description, grant.location).when(door.condition()))
        })
        .collect();
    if ways.is_empty() {
        ways.push(way.when(Condition::Unknown(super::TRUST.to_owned())));
    }
    for way in ways {
        if let Some(target) = &association.target_role {
            let onward = Way::by(format!("role {arn} goes on to it"), association.location.clone());
            let doubt = Condition::Unknown(format!("whether {arn} may assume {target}"));
            add(found, target, way.then(&onward.when(doubt)));
        }
        add(found, arn, way);
    }
}
