//! Every rule that a principal holds, with the way it came to hold it.

use std::collections::BTreeMap;

use super::{
    identity::{Identity, MASTERS},
    index::{Bound, Index},
    matcher::{rule_allows, rule_allows_url},
    request::{Decision, Request, Target},
};
use crate::model::{
    capability::Grant,
    coverage::Gap,
    kubernetes::{
        Scope,
        rbac::{Binding, BoundSubject, Origin, PolicyRule, Role, RoleKind, Subject},
    },
    location::Location,
    principal::Principal,
};

/// Gaps of the evidence that one principal repeats; the rest is counted.
const OPEN_GAPS_SHOWN: usize = 10;

/// One rule as one principal holds it.
#[derive(Debug, Clone, Copy)]
pub struct Held<'a> {
    /// The binding that gives it; its scope is that of the grant.
    pub binding: &'a Binding,
    /// The subject of the binding that the principal is, or is in.
    pub subject: &'a BoundSubject,
    /// The group through which the principal holds it, unless it is named itself.
    pub through_group: Option<&'a str>,
    /// Whether anyone holds it, by a request without credentials.
    pub anonymous: bool,
    /// The role.
    pub role: &'a Role,
    /// The rule.
    pub rule: &'a PolicyRule,
    /// Set where it is not held and can be: the binding is then one by which the
    /// principal can hand it to itself.
    pub handed: Option<Handed<'a>>,
}

/// How a right holds that its holder can hand to itself.
#[derive(Debug, Clone, Copy)]
pub struct Handed<'a> {
    /// Where it would hold.
    pub scope: &'a Scope,
    /// Whether it would hold in every namespace, and outside of them nowhere.
    pub in_namespaces: bool,
    /// Whether it is every right there, and not a rule of the role.
    pub everything: bool,
    /// Which of the ways of handing gives it.
    pub number: usize,
}

impl<'a> Held<'a> {
    /// Where it holds.
    #[must_use]
    pub fn scope(&self) -> &'a Scope {
        self.handed.map_or(&self.binding.scope, |handed| handed.scope)
    }

    /// Whether it holds in namespaces only, be it in all of them.
    #[must_use]
    pub(super) fn is_in_namespaces(&self) -> bool {
        *self.scope() != Scope::Cluster || self.handed.is_some_and(|handed| handed.in_namespaces)
    }

    /// Whether it holds in `namespace`, or everywhere where there is none.
    #[must_use]
    pub fn holds_in(&self, namespace: Option<&str>) -> bool {
        self.scope().holds_in(namespace)
    }

    /// Whether it allows a request.
    #[must_use]
    pub fn allows(&self, request: &Request<'_>) -> bool {
        self.holds_in(request.namespace())
            && match request.target {
                Target::Resource { group, resource, subresource, name, .. } => rule_allows(
                    self.rule,
                    request.verb,
                    group,
                    resource,
                    subresource,
                    name.unwrap_or_default(),
                ),
                Target::Url(path) => rule_allows_url(self.rule, request.verb, path),
            }
    }

    /// As a report shows it.
    #[must_use]
    pub fn grant(&self) -> Grant {
        use std::fmt::Write as _;
        if let Some(handed) = self.handed {
            let kind = match self.role.scope {
                Scope::Cluster => RoleKind::ClusterRole,
                Scope::Namespace(_) | Scope::UnknownNamespace => RoleKind::Role,
            };
            let (description, location) = if handed.everything {
                ("every right, once handed to itself".to_owned(), &self.binding.role.location)
            } else {
                let text = format!("{kind}/{}, rule {}", self.role.name, self.rule.number);
                (format!("{text}, once handed to itself"), &self.rule.location)
            };
            return Grant { description, location: location.clone(), cut_at: None };
        }
        let mut description = format!("{} → {}", self.binding, self.binding.role.kind);
        // Writing to a string cannot fail.
        if self.binding.role.kind == RoleKind::Role
            && let Some(namespace) = self.role.scope.namespace()
        {
            let _ = write!(description, "/{namespace}");
        }
        let _ = write!(description, "/{}", self.role.name);
        match (&self.rule.aggregated_from, self.role.origin) {
            (Some(from), _) => {
                let _ = write!(description, ", rule {} of ClusterRole/{from}", self.rule.number);
            }
            (None, Origin::Evidence) => {
                let _ = write!(description, ", rule {}", self.rule.number);
            }
            (None, Origin::BuiltIn) => description.push_str(" (built-in)"),
        }
        if self.anonymous {
            description.push_str(", through anonymous requests");
        } else if let Some(group) = self.through_group {
            let _ = write!(description, ", through group {group}");
        }
        let location = match self.role.origin {
            Origin::BuiltIn if self.rule.aggregated_from.is_none() => &self.binding.role.location,
            Origin::Evidence | Origin::BuiltIn => &self.rule.location,
        };
        Grant {
            description,
            location: location.clone(),
            cut_at: Some(self.subject.location.clone()),
        }
    }
}

/// All rules of one principal in one cluster.
#[derive(Debug, Clone)]
pub struct Closure<'a> {
    /// What it holds, in the order of bindings and rules.
    pub held: Vec<Held<'a>>,
    /// Set for members of `system:masters`: every request passes.
    pub bypass: Option<Grant>,
    /// What may give it more than `held` shows.
    pub gaps: Vec<Gap>,
    /// Bindings of it whose role is not in the evidence; each is a gap too.
    pub dangling: Vec<&'a Binding>,
}

impl<'a> Closure<'a> {
    /// What an identity holds.
    #[must_use]
    pub fn of(index: &Index<'a>, identity: &Identity) -> Self {
        let mut closure = Self::rights(index, identity);
        let gaps = &mut closure.gaps;
        gaps.extend(open_gaps(index, identity));
        gaps.extend(strays(index, identity));
        gaps.extend(nowhere(index, identity));
        gaps.extend(closure.dangling.iter().map(|binding| Self::dangling_gap(binding)));
        gaps.sort();
        gaps.dedup();
        closure
    }

    /// The same, of what is not known only the roles that are missing or were not
    /// read in full: for asking about identities by the thousand.
    #[must_use]
    pub(super) fn rights(index: &Index<'a>, identity: &Identity) -> Self {
        let mut bound = BTreeMap::<usize, (Option<&'a str>, usize)>::new();
        let mut add = |list: &[Bound], grouped: bool| {
            for at in list {
                let through = grouped.then(|| group_name(index, *at)).flatten();
                bound.entry(at.binding).or_insert((through, at.subject));
            }
        };
        if let Principal::ServiceAccount { namespace, name } = identity.principal() {
            add(index.of_account(namespace, name), false);
            add(index.of_stray_account(name), false);
        }
        if let Some(user) = identity.user() {
            add(index.of_user(user), false);
        }
        for group in identity.groups() {
            add(index.of_group(group), !identity.is_group(group));
        }
        let mut closure = Self {
            held: Vec::new(),
            bypass: bypass(index, identity),
            gaps: Vec::new(),
            dangling: Vec::new(),
        };
        for (number, (through_group, position)) in bound {
            let Some(binding) = index.snapshot.bindings.get(number) else { continue };
            let Some(subject) = binding.subjects.get(position) else { continue };
            closure.take(index, binding, subject, through_group);
        }
        closure
    }

    fn take(
        &mut self,
        index: &Index<'a>,
        binding: &'a Binding,
        subject: &'a BoundSubject,
        through_group: Option<&'a str>,
    ) {
        let mut roles = index.roles_of(binding).peekable();
        if roles.peek().is_none() {
            self.dangling.push(binding);
        }
        for role in roles {
            self.gaps.extend(role.gaps.iter().cloned());
            self.held.extend(role.rules.iter().map(|rule| Held {
                binding,
                subject,
                through_group,
                anonymous: false,
                role,
                rule,
                handed: None,
            }));
        }
    }

    /// What a binding leaves open whose role is not in the evidence.
    pub(super) fn dangling_gap(binding: &Binding) -> Gap {
        let role = &binding.role;
        Gap {
            location: role.location.clone(),
            reason: format!(
                "{binding} refers to {}/{}, which is not in the evidence: what it gives is unknown",
                role.kind, role.name
            ),
        }
    }

    /// What the evidence says about a request of this principal.
    #[must_use]
    pub fn allows(&self, request: &Request<'_>) -> Decision {
        let mut by: Vec<Grant> = self.bypass.iter().cloned().collect();
        by.extend(self.held.iter().filter(|held| held.allows(request)).map(Held::grant));
        if !by.is_empty() {
            Decision::Allowed { by }
        } else if self.gaps.is_empty() {
            Decision::NotAllowed
        } else {
            Decision::Unknown { gaps: self.gaps.clone() }
        }
    }
}

fn group_name<'a>(index: &Index<'a>, at: Bound) -> Option<&'a str> {
    match &index.snapshot.bindings.get(at.binding)?.subjects.get(at.subject)?.subject {
        Subject::Group(name) => Some(name),
        Subject::User(_) | Subject::ServiceAccount { .. } => None,
    }
}

fn bypass(index: &Index<'_>, identity: &Identity) -> Option<Grant> {
    identity.groups().any(|group| group == MASTERS).then(|| Grant {
        description: format!("member of group {MASTERS}, which passes every check"),
        location: identity.mapping().cloned().unwrap_or_else(|| {
            Location::file(index.snapshot.source.clone()).with_object(format!("Group/{MASTERS}"))
        }),
        cut_at: None,
    })
}

/// What of the evidence as a whole leaves any principal's rights open.
fn open_gaps(index: &Index<'_>, identity: &Identity) -> Vec<Gap> {
    let snapshot = index.snapshot;
    let whole = |reason: String| Gap { location: Location::file(snapshot.source.clone()), reason };
    let mut gaps: Vec<Gap> = snapshot.open.iter().take(OPEN_GAPS_SHOWN).cloned().collect();
    if let Some(more) = snapshot.open.len().checked_sub(OPEN_GAPS_SHOWN + 1) {
        gaps.push(whole(format!("{} more bindings could not be read", more + 1)));
    }
    for kind in ["ClusterRoleBinding", "RoleBinding"] {
        if !snapshot.has_kind(&format!("rbac.authorization.k8s.io/{kind}")) {
            gaps.push(whole(format!(
                "the evidence holds no {kind}, and every cluster has some: what they give is unknown"
            )));
        }
    }
    if !identity.groups_known() {
        gaps.push(whole(format!(
            "the groups of user {} stand in its certificate or identity provider: what they give is unknown",
            identity.principal()
        )));
    }
    if identity.user().is_some_and(|user| user.starts_with("system:node:")) {
        gaps.push(whole(format!(
            "{} is judged by the node authorizer as well, which gradus does not know",
            identity.principal()
        )));
    }
    gaps
}

/// Subjects that name a ServiceAccount without its namespace: nobody by the letter,
/// and refused by the API server; but whatever fills the namespace in may make it
/// this one.
fn strays(index: &Index<'_>, identity: &Identity) -> Vec<Gap> {
    let Principal::ServiceAccount { namespace, name } = identity.principal() else {
        return Vec::new();
    };
    let gap = |at: &Bound| {
        let binding = index.snapshot.bindings.get(at.binding)?;
        let subject = binding.subjects.get(at.subject)?;
        Some(Gap {
            location: subject.location.clone(),
            reason: format!(
                "{binding} names ServiceAccount {name} without its namespace: it is taken to be {namespace}/{name}"
            ),
        })
    };
    index.of_stray_account(name).iter().filter_map(gap).collect()
}

/// A ServiceAccount that nothing in the evidence names may be misspelt: that it
/// holds nothing proves nothing.
fn nowhere(index: &Index<'_>, identity: &Identity) -> Option<Gap> {
    let Principal::ServiceAccount { namespace, name } = identity.principal() else { return None };
    let named = !index.of_stray_account(name).is_empty()
        || identity.user().is_some_and(|user| !index.of_user(user).is_empty())
        || index.knows_account(namespace, name);
    (!named).then(|| Gap {
        location: Location::file(index.snapshot.source.clone()),
        reason: format!(
            "{} is nowhere in the evidence: its rights are unknown",
            identity.principal()
        ),
    })
}
