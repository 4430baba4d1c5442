//! What a cluster gives to everyone, and whom its bindings name.
//!
//! A credential can be dropped: whoever reaches the API server may send a
//! request without one, and holds what [`ANONYMOUS`] and [`UNAUTHENTICATED`]
//! hold. Whether the server accepts such requests stands in its flags, which no
//! object shows; by default it does.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashSet;

use super::{
    capabilities::capabilities,
    closure::{Closure, Held},
    identity::{ACCOUNTS, ANONYMOUS, AUTHENTICATED, Identity, UNAUTHENTICATED},
    index::Index,
    risk::{Sighting, sighted},
};
use crate::{
    model::{
        capability::{Grant, RiskHit},
        coverage::Gap,
        effect::Effect,
        kubernetes::{
            Scope,
            rbac::{Binding, BoundSubject, PolicyRule, Subject},
        },
        principal::Principal,
    },
    rubric::kubernetes::{KubernetesRules, effects::Effects, risks::Sight, servers::Concerns},
};

/// URLs that every server shows to anyone (ClusterRole system:public-info-viewer).
const PUBLIC_URLS: [&str; 5] = ["/healthz", "/livez", "/readyz", "/version", "/version/"];
/// URLs that it shows to whoever logged in (ClusterRoles system:discovery and
/// system:service-account-issuer-discovery).
const DISCOVERY_URLS: [&str; 10] = [
    "/api",
    "/api/*",
    "/apis",
    "/apis/*",
    "/openapi",
    "/openapi/*",
    "/.well-known/openid-configuration",
    "/.well-known/openid-configuration/",
    "/openid/v1/jwks",
    "/openid/v1/jwks/",
];
/// Questions about oneself (ClusterRole system:basic-user).
const SELF_REVIEWS: [&str; 3] =
    ["selfsubjectaccessreviews", "selfsubjectrulesreviews", "selfsubjectreviews"];
/// Roles that anonymous requests have by default: one that a dump leaves out
/// hides nothing.
const PUBLIC_ROLES: [&str; 2] =
    ["system:public-info-viewer", "kubeadm:bootstrap-signer-clusterinfo"];
/// Actions named in one sentence.
const ACTIONS: usize = 3;
/// Bindings of one finding.
const BINDINGS: usize = 20;

/// What anyone holds beyond what Kubernetes gives to anyone.
#[derive(Debug, Default)]
pub(super) struct Public<'a> {
    held: Vec<Held<'a>>,
    gaps: Vec<Gap>,
}

impl<'a> Public<'a> {
    pub(super) fn of(index: &Index<'a>) -> Self {
        let Some(identity) = Identity::of(&Principal::KubernetesUser(ANONYMOUS.to_owned())) else {
            return Self::default();
        };
        let Closure { held, gaps, dangling, .. } = Closure::of(index, &identity);
        let usual: BTreeSet<Gap> = dangling
            .iter()
            .filter(|binding| PUBLIC_ROLES.contains(&&*binding.role.name))
            .map(|binding| Closure::dangling_gap(binding))
            .collect();
        Self {
            held: held
                .into_iter()
                .filter(|held| !is_public(held))
                .map(|held| Held { anonymous: true, ..held })
                .collect(),
            gaps: gaps.into_iter().filter(|gap| !usual.contains(gap)).collect(),
        }
    }

    /// Adds it to what an identity holds by itself.
    pub(super) fn join(&self, closure: &mut Closure<'a>, identity: &Identity) {
        let is_anyone = identity.user() == Some(ANONYMOUS)
            || identity.groups().any(|group| group == UNAUTHENTICATED);
        if is_anyone || (self.held.is_empty() && self.gaps.is_empty()) {
            return;
        }
        closure.held.extend(self.held.iter().copied());
        closure.gaps.extend(self.gaps.iter().cloned());
        closure.gaps.sort();
        closure.gaps.dedup();
    }
}

/// What the rules find in a cluster as a whole, in the order of the data.
pub(super) fn of_cluster(
    rules: &KubernetesRules,
    effects: &Effects,
    index: &Index<'_>,
    public: &Public<'_>,
) -> Vec<RiskHit> {
    let mut hits = Vec::new();
    for rule in &rules.risks {
        let Some(sight) = rule.seen.filter(|sight| sight.is_of_cluster()) else { continue };
        if rule.servers.concern(index.snapshot.version) == Concerns::No {
            continue;
        }
        let seen = match sight {
            Sight::Anonymous => rights(effects, &public.held, ""),
            Sight::Authenticated => of_group(effects, index, AUTHENTICATED, ""),
            Sight::EveryAccount => accounts(effects, index),
            Sight::MissingAccount => missing_accounts(index),
            Sight::InertSubject => inert_subjects(index),
            Sight::DeadNames
            | Sight::DeadResource
            | Sight::DeadGroup
            | Sight::DanglingRole
            | Sight::DefaultAccount
            | Sight::LastingToken
            | Sight::OwnWorkload
            | Sight::PodWithImage
            | Sight::WebhookBackend => Vec::new(),
        };
        hits.extend(sighted(rule, &seen, ""));
    }
    hits
}

/// Whether a rule is one that Kubernetes gives to anyone, whatever its role is
/// called: a role of a known name may have been added to.
fn is_public(held: &Held<'_>) -> bool {
    let rule = held.rule;
    let cluster_info = || {
        held.scope().namespace() == Some("kube-public")
            && only(&rule.verbs, &["get"])
            && only(&rule.resources, &["configmaps"])
            && only(&rule.resource_names, &["cluster-info"])
            && !rule.resource_names.is_empty()
    };
    is_urls(rule, &PUBLIC_URLS) || cluster_info()
}

/// Whether a rule is one that Kubernetes gives to whoever logged in.
fn is_usual(held: &Held<'_>) -> bool {
    let rule = held.rule;
    let urls: Vec<&str> = PUBLIC_URLS.into_iter().chain(DISCOVERY_URLS).collect();
    is_public(held)
        || is_urls(rule, &urls)
        || only(&rule.verbs, &["create"])
            && only(&rule.resources, &SELF_REVIEWS)
            && rule.non_resource_urls.is_empty()
}

fn is_urls(rule: &PolicyRule, urls: &[&str]) -> bool {
    only(&rule.verbs, &["get"]) && rule.resources.is_empty() && only(&rule.non_resource_urls, urls)
}

fn only(list: &[std::sync::Arc<str>], allowed: &[&str]) -> bool {
    list.iter().all(|word| allowed.contains(&&**word))
}

/// What rules give, one sighting a scope.
fn rights(effects: &Effects, held: &[Held<'_>], whose: &str) -> Vec<Sighting> {
    let mut by_scope: BTreeMap<&Scope, Vec<Held<'_>>> = BTreeMap::new();
    for held in held {
        by_scope.entry(&held.binding.scope).or_default().push(*held);
    }
    let nobody = Principal::KubernetesUser(ANONYMOUS.to_owned());
    by_scope
        .into_iter()
        .filter_map(|(scope, held)| {
            let grants = held.iter().map(Held::grant).collect();
            let closure = Closure { held, bypass: None, gaps: Vec::new(), dangling: Vec::new() };
            let (mut given, _) = capabilities(effects, &closure, &nobody, None);
            given.sort_by(|a, b| b.effect.cmp(&a.effect).then_with(|| a.id.cmp(&b.id)));
            let worst = given.first()?;
            let mild = worst.effect == Effect::Read && worst.effect_known;
            let mut actions: Vec<&str> =
                given.iter().take(ACTIONS).map(|capability| &*capability.action).collect();
            if given.len() > ACTIONS {
                actions.push("more");
            }
            Some(Sighting {
                scope: scope.clone(),
                detail: format!("{}{whose}", actions.join(", ")),
                grants,
                mild,
                unknown: None,
            })
        })
        .collect()
}

/// What one group is given by its own name.
fn of_group(effects: &Effects, index: &Index<'_>, group: &str, whose: &str) -> Vec<Sighting> {
    let Some(identity) = Identity::of(&Principal::KubernetesGroup(group.to_owned())) else {
        return Vec::new();
    };
    let held: Vec<Held<'_>> = Closure::of(index, &identity)
        .held
        .into_iter()
        .filter(|held| matches!(&held.subject.subject, Subject::Group(name) if &**name == group))
        .filter(|held| !is_usual(held))
        .collect();
    rights(effects, &held, whose)
}

/// What is given to every ServiceAccount, of the cluster or of a namespace.
fn accounts(effects: &Effects, index: &Index<'_>) -> Vec<Sighting> {
    let groups: BTreeSet<&str> = subjects(index)
        .filter_map(|(_, bound)| match &bound.subject {
            Subject::Group(name) if is_accounts(name) => Some(&**name),
            Subject::Group(_) | Subject::User(_) | Subject::ServiceAccount { .. } => None,
        })
        .collect();
    groups
        .into_iter()
        .flat_map(|group| of_group(effects, index, group, &format!(" (to {group})")))
        .collect()
}

/// `system:serviceaccounts` and `system:serviceaccounts:shop`.
fn is_accounts(group: &str) -> bool {
    group.strip_prefix(ACCOUNTS).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
}

fn subjects<'i>(
    index: &'i Index<'_>,
) -> impl Iterator<Item = (&'i Binding, &'i BoundSubject)> + use<'i> {
    index
        .snapshot
        .bindings
        .iter()
        .flat_map(|binding| binding.subjects.iter().map(move |bound| (binding, bound)))
}

/// Bindings to ServiceAccounts that the evidence, which lists all, lacks: who
/// makes one of that name has its rights.
fn missing_accounts(index: &Index<'_>) -> Vec<Sighting> {
    if !index.snapshot.lists("ServiceAccount") {
        return Vec::new();
    }
    let known: FxHashSet<(Option<&str>, &str)> = index
        .snapshot
        .service_accounts
        .iter()
        .map(|account| (account.scope.namespace(), &*account.name))
        .collect();
    let listed = |namespace: &str, name: &str| {
        // Every namespace has one of that name; one without a namespace may be any.
        name == "default"
            || known.contains(&(Some(namespace), name))
            || known.contains(&(None, name))
    };
    subjects(index)
        .filter_map(|(binding, bound)| {
            let Subject::ServiceAccount { namespace, name } = &bound.subject else { return None };
            let namespace = namespace.as_deref().or_else(|| binding.scope.namespace())?;
            (!listed(namespace, name))
                .then(|| named(binding, bound, format!("{namespace}/{name} by {binding}")))
        })
        .take(BINDINGS)
        .collect()
}

/// Subjects that are nobody, and look like somebody.
fn inert_subjects(index: &Index<'_>) -> Vec<Sighting> {
    subjects(index)
        .filter_map(|(binding, bound)| {
            let what = match &bound.subject {
                Subject::ServiceAccount { namespace: None, name }
                    if binding.scope == Scope::Cluster =>
                {
                    format!("ServiceAccount {name} without its namespace")
                }
                Subject::User(name) if is_misspelt(name) => format!("User {name}"),
                Subject::Group(name) if name.starts_with("system:serviceaccount:") => {
                    format!("Group {name}")
                }
                Subject::ServiceAccount { .. } | Subject::User(_) | Subject::Group(_) => {
                    return None;
                }
            };
            Some(named(binding, bound, format!("{what} in {binding}")))
        })
        .take(BINDINGS)
        .collect()
}

/// A user that is meant to be a ServiceAccount or a group of them, and is not
/// `system:serviceaccount:NAMESPACE:NAME`.
fn is_misspelt(user: &str) -> bool {
    match user.strip_prefix("system:serviceaccount:") {
        Some(rest) => rest.split(':').count() != 2 || rest.split(':').any(str::is_empty),
        None => is_accounts(user),
    }
}

fn named(binding: &Binding, bound: &BoundSubject, detail: String) -> Sighting {
    Sighting {
        scope: binding.scope.clone(),
        detail,
        grants: vec![Grant {
            description: binding.to_string(),
            location: bound.location.clone(),
            cut_at: None,
        }],
        mild: false,
        unknown: None,
    }
}
