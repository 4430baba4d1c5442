//! The IAM roles of a ServiceAccount: by trust policies that let its token in, and
//! by Pod Identity. An annotation only says which role a pod asks for.

use std::collections::{BTreeMap, BTreeSet};

use super::way::Way;
use crate::{
    model::{
        aws::{
            AccountSnapshot, Role,
            eks::{EksCluster, PodIdentity},
            policy::Effect,
        },
        capability::Condition,
        coverage::Gap,
        kubernetes::ClusterSnapshot,
        location::Location,
    },
    privilege::iam::{Door, Evaluator},
};

/// The audience of tokens that AWS takes.
const AUDIENCE: &str = "sts.amazonaws.com";
/// Who hands out roles to pods.
const POD_IDENTITY: &str = "pods.eks.amazonaws.com";
/// Audiences of one provider that a ServiceAccount is asked for.
const AUDIENCES: usize = 64;
/// What asks for a role, as a step.
const ANNOTATION: &str = "annotation eks.amazonaws.com/role-arn";
/// What stands between an account and a provider in the provider's ARN.
const PROVIDER: &str = ":oidc-provider/";

/// An account with what judges it.
pub type Account<'a> = (&'a AccountSnapshot, Evaluator<'a>);

/// A role that pods of a ServiceAccount may act as.
#[derive(Debug, Clone)]
pub struct RoleOf {
    /// Its ARN.
    pub arn: String,
    /// By which steps, and when.
    pub way: Way,
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

/// The roles of a ServiceAccount of a cluster, by all accounts of the evidence.
#[must_use]
pub fn roles_of(
    cluster: &ClusterSnapshot,
    accounts: &[Account<'_>],
    namespace: &str,
    name: &str,
) -> Roles {
    let mut found = Found::default();
    let mut roles = Roles::default();
    let annotated: BTreeMap<&str, &Location> = cluster
        .service_accounts
        .iter()
        .filter(|account| &*account.name == name && account.scope.may_be_in(namespace))
        .filter_map(|account| Some((account.aws_role.as_deref()?, &account.location)))
        .collect();
    let subject = format!("system:serviceaccount:{namespace}:{name}");
    let issuer = cluster.eks_cluster.as_ref().and_then(|eks| eks.issuer.as_deref());
    for (account, evaluator) in accounts {
        for provider in providers(account, issuer) {
            for door in evaluator.web_identity_doors(provider, &subject, AUDIENCE) {
                by_token(&door, AUDIENCE, &annotated, issuer, &mut found, &mut roles.gaps);
            }
            let audiences = audiences(account, provider);
            if audiences.len() > AUDIENCES {
                roles.gaps.push(Gap {
                    location: Location::file(provider),
                    reason: format!("trust policies ask for more than {AUDIENCES} audiences of its tokens: not all were looked at"),
                });
            }
            for audience in audiences.into_iter().take(AUDIENCES) {
                for door in evaluator.web_identity_doors(provider, &subject, audience) {
                    by_token(&door, audience, &annotated, issuer, &mut found, &mut roles.gaps);
                }
            }
        }
    }
    for (arn, location) in annotated {
        if found.has(arn) {
            continue;
        }
        if is_known(accounts, arn) {
            let by = format!("the annotation of {subject}");
            roles.broken.push(Broken { arn: arn.to_owned(), by, location: location.clone() });
        } else {
            found.add(arn, Way::by(ANNOTATION, location.clone()));
        }
    }
    let own = |own: &&PodIdentity| own.namespace == namespace && own.service_account == name;
    if let Some(eks) = &cluster.eks_cluster {
        roles.gaps.extend(eks.gaps.iter().cloned());
        for association in eks.pod_identities.iter().filter(own) {
            by_pod_identity(eks, association, accounts, &mut found, &mut roles);
        }
    }
    let listed = cluster.eks_cluster.as_ref().is_some_and(|eks| eks.pod_identities_listed);
    if let (false, Some(role)) = (listed, for_pods(accounts)) {
        roles.gaps.push(Gap {
            location: role.trust.location().clone(),
            reason: format!(
                "role {} is for Pod Identity, and not every association is in the evidence: `aws eks list-pod-identity-associations` tells whether {namespace}/{name} is given it",
                role.identity.arn
            ),
        });
    }
    roles.roles = found.0.into_iter().map(|(arn, way)| RoleOf { arn, way }).collect();
    roles.gaps.sort();
    roles.gaps.dedup();
    roles
}

/// Roles with the surest way to each.
#[derive(Default)]
struct Found(BTreeMap<String, Way>);

impl Found {
    fn has(&self, arn: &str) -> bool {
        self.0.contains_key(arn)
    }

    fn add(&mut self, arn: &str, way: Way) {
        match self.0.get_mut(arn) {
            Some(known) if known.is_certain() || !way.is_certain() => {}
            Some(known) => *known = way,
            None => drop(self.0.insert(arn.to_owned(), way)),
        }
    }
}

fn is_known(accounts: &[Account<'_>], arn: &str) -> bool {
    accounts.iter().any(|(account, _)| account.roles.contains_key(arn))
}

/// A role whose trust policy lets a token in.
fn by_token(
    door: &Door<'_>,
    audience: &str,
    annotated: &BTreeMap<&str, &Location>,
    issuer: Option<&str>,
    found: &mut Found,
    gaps: &mut Vec<Gap>,
) {
    let role = door.role();
    let arn = &role.identity.arn;
    let asked = annotated.get(arn.as_str());
    if asked.is_none() && is_unread(role, &door.condition()) {
        gaps.push(Gap {
            location: role.trust.location().clone(),
            reason: format!("whom the trust policy of {arn} lets in could not be read"),
        });
        return;
    }
    let grant = door.grant();
    let trust = Way::by(grant.description, grant.location).when(door.condition());
    let way = match asked {
        Some(location) if audience == AUDIENCE => {
            Way::by(ANNOTATION, (*location).clone()).then(&trust)
        }
        // The annotation of the audience, or a pod, may ask for another.
        Some(location) => {
            let doubt = format!("whether its pods are given a token for {audience}");
            Way::by(ANNOTATION, (*location).clone()).then(&trust).when(Condition::Unknown(doubt))
        }
        // Nothing gives its pods a token that AWS takes; they may ask for one.
        None => trust
            .when(Condition::Unknown(format!("whether its pods are given a token for {audience}"))),
    };
    let way = match (issuer, asked) {
        (None, None) => way.when(Condition::Unknown(
            "whether the OIDC provider is that of the cluster".to_owned(),
        )),
        _ => way,
    };
    found.add(arn, way);
}

/// Whether a door is there only because a trust policy could not be read.
fn is_unread(role: &Role, condition: &Condition) -> bool {
    !role.trust.gaps().is_empty() && matches!(condition, Condition::Unknown(_))
}

/// The other audiences that trust policies ask of a provider's tokens. One with a
/// wildcard is itself a token's audience that it matches.
fn audiences<'a>(account: &'a AccountSnapshot, provider: &str) -> BTreeSet<&'a str> {
    let issuer = provider.split_once(PROVIDER).map_or(provider, |at| at.1);
    let key = format!("{issuer}:aud");
    let statements = account.roles.values().flat_map(|role| role.trust.statements());
    let clauses = statements.flat_map(|statement| &statement.conditions);
    clauses
        .filter(|clause| clause.key.eq_ignore_ascii_case(&key))
        .flat_map(|clause| &clause.values)
        .map(String::as_str)
        .filter(|audience| *audience != AUDIENCE)
        .collect()
}

/// The OIDC providers that may be the cluster's. Where its issuer is not known:
/// those of EKS, and whichever a trust policy takes for a cluster's.
fn providers<'a>(account: &'a AccountSnapshot, issuer: Option<&str>) -> BTreeSet<&'a str> {
    let mut providers = BTreeSet::new();
    for statement in account.roles.values().flat_map(|role| role.trust.statements()) {
        let names_account = || {
            let mut values = statement.conditions.iter().flat_map(|clause| &clause.values);
            values.any(|value| value.starts_with("system:serviceaccount:"))
        };
        let entries = statement.principals.iter().flat_map(|principals| &principals.entries);
        for (kind, arn) in entries {
            let Some((_, own)) = arn.split_once(PROVIDER) else { continue };
            let may_be = match issuer {
                Some(issuer) => own.eq_ignore_ascii_case(issuer),
                None => own.starts_with("oidc.eks.") || names_account(),
            };
            if kind == "Federated" && may_be {
                providers.insert(arn.as_str());
            }
        }
    }
    providers
}

/// A role that Pod Identity may hand out to somebody, if there is one.
fn for_pods<'a>(accounts: &[Account<'a>]) -> Option<&'a Role> {
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

/// A role that Pod Identity hands out.
fn by_pod_identity(
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
    let mut doors = accounts
        .iter()
        .flat_map(|(_, evaluator)| evaluator.pod_identity_doors(&tags))
        .filter(|door| door.role().identity.arn == *arn)
        .peekable();
    let own = || accounts.iter().find_map(|(account, _)| account.roles.get(arn));
    if doors.peek().is_none() && !association.tags_sessions && own().is_some_and(names_pods) {
        // Nothing is tagged, so that the trust policy need not let it tag.
        let doubt = format!("whether the trust policy of {arn} lets {POD_IDENTITY} in");
        found.add(arn, way.when(Condition::Unknown(doubt)));
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
        ways.push(way);
    }
    for way in ways {
        if let Some(target) = &association.target_role {
            let onward = Way::by(format!("role {arn} goes on to it"), association.location.clone());
            let doubt = Condition::Unknown(format!("whether {arn} may assume {target}"));
            found.add(target, way.then(&onward.when(doubt)));
        }
        found.add(arn, way);
    }
}
