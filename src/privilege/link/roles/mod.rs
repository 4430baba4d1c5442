//! The IAM roles of ServiceAccounts: by trust policies that let a token in, and by
//! Pod Identity. An annotation only says which role a pod asks for.
//!
//! What trust policies say is read once for a cluster; a ServiceAccount is then held
//! against those alone that may speak of it.

mod pods;
mod tokens;

use std::collections::BTreeMap;

use super::way::Way;
use crate::{
    model::{
        aws::{AccountSnapshot, Role, eks::PodIdentity},
        capability::Condition,
        coverage::Gap,
        kubernetes::{ClusterSnapshot, objects::ServiceAccount},
        location::Location,
    },
    privilege::iam::Evaluator,
};
use tokens::Provider;
pub(super) use tokens::too_many;

/// What asks for a role, as a step.
const ANNOTATION: &str = "annotation eks.amazonaws.com/role-arn";
/// What is not known of a role whose trust policy the evidence does not hold.
const TRUST: &str = "the role's trust policy";
/// How the subject of a ServiceAccount's token begins.
pub(super) const SUBJECT: &str = "system:serviceaccount:";

/// An account with what judges it.
pub type Account<'a> = (&'a AccountSnapshot, Evaluator<'a>);

/// A role that pods of a ServiceAccount may act as.
#[derive(Debug, Clone)]
pub struct RoleOf {
    /// Its ARN.
    pub arn: String,
    /// How a pod that runs as the account comes to it.
    pub running: Way,
    /// How a pod of one's own making does, which asks for any token.
    pub made: Way,
    /// How whoever words a token of the account does.
    pub minted: Way,
}

/// A role that pods ask for and are not let in by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Its ARN.
    pub arn: String,
    /// Who asks.
    pub by: String,
    /// Where that stands.
    pub location: Location,
}

/// The roles of one ServiceAccount.
#[derive(Debug, Clone, Default)]
pub struct Roles {
    /// Those it may act as, by ARN.
    pub roles: Vec<RoleOf>,
    /// Those it only seems to.
    pub broken: Vec<Broken>,
    /// What may let it in elsewhere.
    pub gaps: Vec<Gap>,
}

/// What gives roles to the ServiceAccounts of one cluster.
#[derive(Debug)]
pub struct Givers<'a> {
    cluster: &'a ClusterSnapshot,
    issuer: Option<&'a str>,
    providers: Vec<Provider<'a>>,
    /// Roles whose trust policies could not be read.
    unread: Vec<&'a Role>,
    /// ServiceAccounts that ask for a role, by name.
    asking: BTreeMap<&'a str, Vec<&'a ServiceAccount>>,
    /// By namespace and name of the ServiceAccount.
    associations: BTreeMap<(&'a str, &'a str), Vec<&'a PodIdentity>>,
    /// A role for Pod Identity, where not every association is known.
    for_pods: Option<&'a Role>,
}

/// A role that a ServiceAccount asks for.
struct Asked<'a> {
    location: &'a Location,
    /// For which audience its pods are given a token.
    audience: &'a str,
}

impl<'a> Givers<'a> {
    /// Reads the trust policies of all accounts, as far as a cluster's tokens are
    /// concerned.
    #[must_use]
    pub fn new(cluster: &'a ClusterSnapshot, accounts: &[Account<'a>]) -> Self {
        let eks = cluster.eks_cluster.as_ref();
        let issuer = eks.and_then(|eks| eks.issuer.as_deref());
        let mut asking = BTreeMap::<_, Vec<_>>::new();
        for own in cluster.service_accounts.iter().filter(|own| own.aws_role.is_some()) {
            asking.entry(&*own.name).or_default().push(own);
        }
        let mut associations = BTreeMap::<_, Vec<_>>::new();
        for own in eks.into_iter().flat_map(|eks| &eks.pod_identities) {
            let account = (own.namespace.as_str(), own.service_account.as_str());
            associations.entry(account).or_default().push(own);
        }
        let all_associated = eks.is_some_and(|eks| eks.pod_identities_listed);
        let roles = || accounts.iter().flat_map(|(account, _)| account.roles.values());
        Self {
            cluster,
            issuer,
            providers: tokens::providers(accounts, issuer),
            unread: roles().filter(|role| !role.trust.gaps().is_empty()).collect(),
            asking,
            associations,
            for_pods: if all_associated { None } else { pods::for_pods(accounts) },
        }
    }

    /// The roles of a ServiceAccount, there or not.
    #[must_use]
    pub fn roles_of(&self, accounts: &[Account<'a>], namespace: &str, name: &str) -> Roles {
        let mut roles = Roles::default();
        let mut found = Found::default();
        let asking = self.asking.get(name).into_iter().flatten();
        let asked: BTreeMap<&str, Asked<'a>> = asking
            .filter(|own| own.scope.may_be_in(namespace))
            .filter_map(|own| {
                let audience = own.aws_audience.as_deref().unwrap_or(tokens::AUDIENCE);
                Some((own.aws_role.as_deref()?, Asked { location: &own.location, audience }))
            })
            .collect();
        self.by_tokens(accounts, (namespace, name), &asked, &mut found, &mut roles.gaps);
        for (arn, Asked { location, .. }) in asked {
            if found.has(arn) {
                continue;
            }
            if is_known(accounts, arn) {
                let by = format!("the annotation of {SUBJECT}{namespace}:{name}");
                roles.broken.push(Broken { arn: arn.to_owned(), by, location: location.clone() });
            } else {
                let doubt = Condition::Unknown(TRUST.to_owned());
                found.add_all(arn, &Way::by(ANNOTATION, location.clone()).when(doubt));
            }
        }
        self.by_pod_identity(accounts, (namespace, name), &mut found, &mut roles);
        roles.roles = found.0.into_values().collect();
        roles.gaps.sort();
        roles.gaps.dedup();
        roles
    }

    /// The accounts that something names: an annotation, an association, or a trust
    /// policy by its exact subject. Where a namespace is not told, it is none.
    pub(super) fn named(&self) -> impl Iterator<Item = (Option<&'a str>, &'a str)> {
        let asking = self.asking.values().flatten().map(|own| (own.scope.namespace(), &*own.name));
        let associated = self.associations.keys().map(|(space, name)| (Some(*space), *name));
        let subjects = self.providers.iter().flat_map(Provider::exact_subjects);
        asking.chain(associated).chain(subjects.filter_map(|subject| {
            let (space, name) = subject.strip_prefix(SUBJECT)?.split_once(':')?;
            Some((Some(space), name))
        }))
    }
}

/// Roles with the surest ways to each.
#[derive(Default)]
struct Found(BTreeMap<String, RoleOf>);

impl Found {
    fn has(&self, arn: &str) -> bool {
        self.0.contains_key(arn)
    }

    /// Adds a role that is come to in the same way whatever is held of the account.
    fn add_all(&mut self, arn: &str, way: &Way) {
        self.add(arn, way.clone(), way.clone(), way.clone());
    }

    fn add(&mut self, arn: &str, running: Way, made: Way, minted: Way) {
        match self.0.get_mut(arn) {
            Some(known) => {
                for (known, way) in [
                    (&mut known.running, running),
                    (&mut known.made, made),
                    (&mut known.minted, minted),
                ] {
                    if way.is_certain() && !known.is_certain() {
                        *known = way;
                    }
                }
            }
            None => {
                let role = RoleOf { arn: arn.to_owned(), running, made, minted };
                self.0.insert(arn.to_owned(), role);
            }
        }
    }
}

fn is_known(accounts: &[Account<'_>], arn: &str) -> bool {
    accounts.iter().any(|(account, _)| account.roles.contains_key(arn))
}
