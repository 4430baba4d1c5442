//! What the API server checks beyond the plain request when rights are handed on.
//!
//! Writing a binding or a role takes more than the verb: the writer must hold all
//! that it gives, or may `bind` or `escalate`
//! (`pkg/registry/rbac/{role,clusterrole,rolebinding,clusterrolebinding}/policybased`,
//! `pkg/registry/rbac/escalation_check.go`, `validation/policy_comparator.go` of
//! kubernetes/kubernetes). Acting as others takes one right for each thing claimed.
//! Whether a server lets it happen is proven in `tests/live_kubernetes`.

use std::collections::BTreeSet;

use super::{
    closure::{Closure, Held},
    matcher::{ALL, covers},
    request::{Decision, Request, Target},
};
use crate::model::{
    capability::Grant,
    coverage::Gap,
    kubernetes::rbac::{PolicyRule, RoleKind},
};

const RBAC: &str = "rbac.authorization.k8s.io";
const AUTHENTICATION: &str = "authentication.k8s.io";
/// Pairs of a right that is given and a rule that is held, in one comparison.
const COMPARISONS: usize = 2_000_000;

/// How an object comes to be or to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Write {
    /// `POST`: a request without a name, which no list of names covers.
    Create,
    /// Server-side apply of an object that is not there: patches and creates it,
    /// both by its name.
    ApplyNew,
    /// `PUT` of an object that is not there, where the resource allows that (roles
    /// and bindings do): updates and creates it, both by its name.
    PutNew,
    /// `PUT` of an object that is there.
    Update,
    /// `PATCH` of an object that is there.
    Patch,
}

impl Write {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Create, Self::ApplyNew, Self::PutNew, Self::Update, Self::Patch];

    /// The verbs that it takes.
    #[must_use]
    pub fn verbs(self) -> &'static [&'static str] {
        match self {
            Self::Create => &["create"],
            Self::ApplyNew => &["patch", "create"],
            Self::PutNew => &["update", "create"],
            Self::Update => &["update"],
            Self::Patch => &["patch"],
        }
    }

    /// The name that the server checks it with.
    fn name(self, name: &str) -> Option<&str> {
        match self {
            Self::Create => None,
            Self::ApplyNew | Self::PutNew | Self::Update | Self::Patch => Some(name),
        }
    }
}

/// An object that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Object<'a> {
    /// API group; `""` is the core group.
    pub group: &'a str,
    /// Plural, lower-case.
    pub resource: &'a str,
    /// None for cluster-scoped ones.
    pub namespace: Option<&'a str>,
    /// Its name.
    pub name: &'a str,
}

/// A role that a binding refers to.
#[derive(Debug, Clone, Copy)]
pub struct RoleToBind<'a> {
    /// Its kind.
    pub kind: RoleKind,
    /// Its name.
    pub name: &'a str,
    /// Its rules; none where there is no such role, which only `bind` passes.
    pub rules: Option<&'a [PolicyRule]>,
}

/// Whom a request claims to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim<'a> {
    /// A user.
    User(&'a str),
    /// A ServiceAccount, with the groups of its own.
    ServiceAccount {
        /// Its namespace.
        namespace: &'a str,
        /// Its name.
        name: &'a str,
    },
    /// One group. It can only be claimed beside a user or a ServiceAccount.
    Group(&'a str),
    /// A user's uid. It can only be claimed beside a user or a ServiceAccount, and
    /// servers before 1.22 know no such claim.
    Uid(&'a str),
    /// One value of one extra field. It can only be claimed beside a user or a
    /// ServiceAccount.
    Extra {
        /// The field, in lower case.
        key: &'a str,
        /// The value.
        value: &'a str,
    },
}

/// Whether a set of rules holds all that another one gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Coverage {
    /// It does, by these grants, in a fixed order. Empty where nothing is given.
    Covered {
        /// Every grant that holds some of it.
        by: Vec<Grant>,
    },
    /// Something is given that is not held, and all rights are known.
    NotCovered,
    /// It is not known.
    Unknown {
        /// Why.
        gaps: Vec<Gap>,
    },
}

impl Coverage {
    /// Whether it is known to cover.
    #[must_use]
    pub fn is_covered(&self) -> bool {
        matches!(self, Self::Covered { .. })
    }
}

impl Closure<'_> {
    /// Whether all that `wanted` gives is held: in `namespace`, or everywhere
    /// where there is none.
    ///
    /// Each right is compared on its own, and one held rule must cover it whole.
    /// Wildcards are words here: `*` is only covered by `*`.
    #[must_use]
    pub fn covers(&self, namespace: Option<&str>, wanted: &[PolicyRule]) -> Coverage {
        if let Some(bypass) = &self.bypass {
            return Coverage::Covered { by: vec![bypass.clone()] };
        }
        let held: Vec<&Held<'_>> = self.held_in(namespace).collect();
        let mut by = BTreeSet::<usize>::new();
        let mut left = COMPARISONS;
        for rule in wanted {
            for right in rights(rule) {
                if left < held.len() {
                    let gap = Gap {
                        location: rule.location.clone(),
                        reason: "gives more than gradus compares one by one".to_owned(),
                    };
                    return Coverage::Unknown { gaps: vec![gap] };
                }
                left -= held.len();
                let mut covering =
                    (0..).zip(&held).filter(|(_, own)| right.is_covered_by(own.rule)).peekable();
                let is_covered = covering.peek().is_some();
                by.extend(covering.map(|(number, _)| number));
                if !is_covered {
                    return if self.gaps.is_empty() {
                        Coverage::NotCovered
                    } else {
                        Coverage::Unknown { gaps: self.gaps.clone() }
                    };
                }
            }
        }
        let by = by.iter().filter_map(|&number| held.get(number)).map(|own| own.grant()).collect();
        Coverage::Covered { by }
    }

    /// Whether it may write an object that hands on no rights.
    #[must_use]
    pub fn may_write(&self, how: Write, object: Object<'_>) -> Decision {
        let Object { group, resource, namespace, name } = object;
        let name = how.name(name);
        all(how.verbs().iter().map(|verb| {
            let target = Target::Resource { group, resource, subresource: "", namespace, name };
            self.allows(&Request { verb, target })
        }))
    }

    /// Whether it may write a binding to a role: a RoleBinding in `namespace`, or a
    /// ClusterRoleBinding where there is none. A binding that is there already
    /// keeps the role that it refers to.
    #[must_use]
    pub fn may_write_binding(
        &self,
        how: Write,
        namespace: Option<&str>,
        name: &str,
        role: RoleToBind<'_>,
    ) -> Decision {
        let resource = if namespace.is_some() { "rolebindings" } else { "clusterrolebindings" };
        let object = Object { group: RBAC, resource, namespace, name };
        all([self.may_write(how, object), self.may_refer_to(namespace, role)])
    }

    /// Whether a binding that it writes may refer to a role: it may `bind` that
    /// role by name, or holds all that the role gives. In `namespace` for a
    /// RoleBinding, everywhere for a ClusterRoleBinding.
    #[must_use]
    pub fn may_refer_to(&self, namespace: Option<&str>, role: RoleToBind<'_>) -> Decision {
        let resource = match role.kind {
            RoleKind::Role => "roles",
            RoleKind::ClusterRole => "clusterroles",
        };
        let name = Some(role.name);
        let target = Target::Resource { group: RBAC, resource, subresource: "", namespace, name };
        let bind = self.allows(&Request { verb: "bind", target });
        match role.rules {
            Some(rules) => either(bind, self.covers(namespace, rules)),
            None => bind,
        }
    }

    /// Whether it may write a role with these rules: a Role in `namespace`, or a
    /// ClusterRole where there is none. `aggregates` is set where the ClusterRole
    /// collects others' rules, before or after the change.
    #[must_use]
    pub fn may_write_role(
        &self,
        how: Write,
        namespace: Option<&str>,
        name: &str,
        rules: &[PolicyRule],
        aggregates: bool,
    ) -> Decision {
        let resource = if namespace.is_some() { "roles" } else { "clusterroles" };
        let written = self.may_write(how, Object { group: RBAC, resource, namespace, name });
        let name = how.name(name);
        let target = Target::Resource { group: RBAC, resource, subresource: "", namespace, name };
        let escalate = self.allows(&Request { verb: "escalate", target });
        if aggregates {
            // It takes everything there is, and that holds `escalate` as well.
            return all([written, escalate]);
        }
        all([written, either(escalate, self.covers(namespace, rules))])
    }

    /// Whether it may mint a token of a ServiceAccount.
    #[must_use]
    pub fn may_mint_token(&self, namespace: &str, name: &str) -> Decision {
        let target = Target::Resource {
            group: "",
            resource: "serviceaccounts",
            subresource: "token",
            namespace: Some(namespace),
            name: Some(name),
        };
        self.allows(&Request { verb: "create", target })
    }

    /// Whether it may act as all that a request claims to be. A claim that cannot
    /// stand alone is judged as if it stood beside one that it may make.
    ///
    /// Knows the verb `impersonate` only: what servers from 1.35 on allow by
    /// `impersonate:…` for some requests is not counted.
    #[must_use]
    pub fn may_impersonate(&self, claims: &[Claim<'_>]) -> Decision {
        all(claims.iter().map(|claim| {
            let (group, resource, subresource, namespace, name) = match *claim {
                Claim::User(name) => ("", "users", "", None, name),
                Claim::ServiceAccount { namespace, name } => {
                    ("", "serviceaccounts", "", Some(namespace), name)
                }
                Claim::Group(name) => ("", "groups", "", None, name),
                Claim::Uid(uid) => (AUTHENTICATION, "uids", "", None, uid),
                Claim::Extra { key, value } => (AUTHENTICATION, "userextras", key, None, value),
            };
            let name = Some(name);
            let target = Target::Resource { group, resource, subresource, namespace, name };
            self.allows(&Request { verb: "impersonate", target })
        }))
    }

    /// What is held in `namespace`, or everywhere where there is none.
    fn held_in(&self, namespace: Option<&str>) -> impl Iterator<Item = &Held<'_>> {
        self.held.iter().filter(move |held| held.holds_in(namespace))
    }
}

/// One thing that a rule gives.
#[derive(Debug, Clone, Copy)]
enum Right<'a> {
    Resource { verb: &'a str, group: &'a str, resource: &'a str, name: Option<&'a str> },
    Url { verb: &'a str, url: &'a str },
}

/// Every right that a rule gives, one verb, resource and name each.
fn rights(rule: &PolicyRule) -> impl Iterator<Item = Right<'_>> {
    let resources = rule.api_groups.iter().flat_map(move |group| {
        rule.resources.iter().flat_map(move |resource| {
            rule.verbs.iter().flat_map(move |verb| {
                let unnamed = rule.resource_names.is_empty().then_some(None);
                let named = rule.resource_names.iter().map(|name| Some(&**name));
                unnamed.into_iter().chain(named).map(move |name| Right::Resource {
                    verb,
                    group,
                    resource,
                    name,
                })
            })
        })
    });
    let urls = rule
        .non_resource_urls
        .iter()
        .flat_map(move |url| rule.verbs.iter().map(move |verb| Right::Url { verb, url }));
    resources.chain(urls)
}

impl Right<'_> {
    fn is_covered_by(self, rule: &PolicyRule) -> bool {
        match self {
            Self::Resource { verb, group, resource, name } => {
                covers(&rule.verbs, verb)
                    && covers(&rule.api_groups, group)
                    && rule.resources.iter().any(|own| covers_word(own, resource))
                    && (rule.resource_names.is_empty()
                        || name.is_some_and(|name| {
                            rule.resource_names.iter().any(|own| **own == *name)
                        }))
            }
            Self::Url { verb, url } => {
                covers(&rule.verbs, verb)
                    && rule.resource_names.is_empty()
                    && rule.non_resource_urls.iter().any(|own| {
                        **own == *url
                            || own.ends_with('*') && url.starts_with(own.trim_end_matches('*'))
                    })
            }
        }
    }
}

/// Whether an entry of a rule's resources covers another entry.
fn covers_word(own: &str, wanted: &str) -> bool {
    own == ALL
        || own == wanted
        || own.strip_prefix("*/").is_some_and(|own| {
            wanted.split_once('/').is_some_and(|(_, subresource)| own == subresource)
        })
}

/// One of two ways is enough; both are told where both are open.
fn either(request: Decision, coverage: Coverage) -> Decision {
    match (request, coverage) {
        (Decision::Allowed { mut by }, Coverage::Covered { by: more }) => {
            by.extend(more);
            Decision::Allowed { by: ordered(by) }
        }
        (Decision::Allowed { by }, Coverage::NotCovered | Coverage::Unknown { .. }) => {
            Decision::Allowed { by }
        }
        (_, Coverage::Covered { by }) => Decision::Allowed { by },
        (Decision::NotAllowed, Coverage::NotCovered) => Decision::NotAllowed,
        (Decision::Unknown { gaps }, Coverage::NotCovered)
        | (Decision::NotAllowed, Coverage::Unknown { gaps }) => Decision::Unknown { gaps },
        (Decision::Unknown { mut gaps }, Coverage::Unknown { gaps: more }) => {
            gaps.extend(more);
            Decision::Unknown { gaps: ordered(gaps) }
        }
    }
}

/// All of them must pass; what one refuses for certain is refused.
fn all(decisions: impl IntoIterator<Item = Decision>) -> Decision {
    let mut by = Vec::new();
    let mut gaps = Vec::new();
    for decision in decisions {
        match decision {
            Decision::Allowed { by: more } => by.extend(more),
            Decision::NotAllowed => return Decision::NotAllowed,
            Decision::Unknown { gaps: more } => gaps.extend(more),
        }
    }
    if !gaps.is_empty() {
        Decision::Unknown { gaps: ordered(gaps) }
    } else if by.is_empty() {
        Decision::NotAllowed
    } else {
        Decision::Allowed { by: ordered(by) }
    }
}

fn ordered<T: Ord>(mut list: Vec<T>) -> Vec<T> {
    list.sort();
    list.dedup();
    list
}
