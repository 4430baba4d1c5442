//! As whom an AWS principal is known in a cluster, whatever tells: user names and
//! groups are templates that the session fills in.

use std::{collections::BTreeSet, sync::Arc};

use super::{aws_auth, caller::Caller, entries, way::Way};
use crate::{
    model::{
        aws::{eks::Authentication, pattern},
        coverage::Gap,
        kubernetes::{ClusterSnapshot, rbac::Subject},
        location::Location,
        principal::Principal,
    },
    privilege::rbac::Identity,
};

/// What the authenticator fills in that depends on the session.
const BY_SESSION: [&str; 4] =
    ["{{SessionName}}", "{{SessionNameRaw}}", "{{EC2PrivateDNSName}}", "{{AccessKeyID}}"];
/// Names that one template is tried with; what is beyond them is a gap.
const NAMES: usize = 64;

/// An identity of a cluster that an AWS principal is.
#[derive(Debug, Clone)]
pub struct KnownAs {
    /// Its user name and groups there.
    pub identity: Identity,
    /// By what.
    pub way: Way,
}

/// As whom a principal is known in one cluster.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Every identity it may have; none where nothing maps it.
    pub identities: Vec<KnownAs>,
    /// What may map it to somebody else, too.
    pub gaps: Vec<Gap>,
}

/// As whom the principal of `arn` is known in a cluster, by its access entries and
/// its ConfigMap as far as either counts there. Whoever assumes a role names the
/// session, so that a template may stand for every user that a binding names, or
/// that `seen` in logs.
#[must_use]
pub fn known_as(cluster: &ClusterSnapshot, arn: &str, seen: &[&str]) -> Known {
    let mut known = Known::default();
    let caller = Caller::of(arn);
    let mode = cluster.eks_cluster.as_ref().and_then(|eks| eks.authentication);
    if let Some(eks) =
        cluster.eks_cluster.as_ref().filter(|_| mode != Some(Authentication::ConfigMap))
    {
        entries::by_entries(cluster, eks, arn, &caller, seen, &mut known);
    }
    if let (None, Some(location)) = (&cluster.eks_cluster, &cluster.eks) {
        known.gaps.push(Gap {
            location: location.clone(),
            reason: "whom EKS lets in by access entries is not in the evidence: `aws eks \
                     describe-cluster`, `list-access-entries` and what they name tell"
                .to_owned(),
        });
    }
    match (&cluster.aws_auth, &cluster.eks) {
        _ if mode == Some(Authentication::Api) => {}
        (Some(auth), _) => aws_auth::by_config_map(cluster, auth, &caller, seen, &mut known),
        (None, Some(location)) if !cluster.lists("ConfigMap") => known.gaps.push(Gap {
            location: location.clone(),
            reason: "ConfigMap kube-system/aws-auth is not in the evidence: which AWS principals \
                     it maps to whom is unknown"
                .to_owned(),
        }),
        (None, _) => {}
    }
    known
}

/// A user name and groups as an entry spells them.
pub(super) struct Template<'t> {
    pub(super) user: &'t str,
    pub(super) groups: &'t [Arc<str>],
    pub(super) location: &'t Location,
}

impl Template<'_> {
    /// Adds every identity that it may be filled in to.
    pub(super) fn add(
        &self,
        way: String,
        cluster: &ClusterSnapshot,
        caller: &Caller<'_>,
        seen: &[&str],
        known: &mut Known,
    ) {
        let groups: BTreeSet<String> = self
            .groups
            .iter()
            .flat_map(|group| Filled::of(group, caller).groups(cluster))
            .collect();
        let users = Filled::of(self.user, caller).users(cluster, seen);
        if users.len() > NAMES {
            known.gaps.push(Gap {
                location: self.location.clone(),
                reason: format!("{way} stands for more than {NAMES} users: not all were looked at"),
            });
        }
        // The steps that end one do not end the other list's.
        let is_same_list = |own: &Location| {
            (&own.path, &own.object) == (&self.location.path, &self.location.object)
        };
        for user in users.iter().take(NAMES) {
            let Some(identity) = Identity::of(&principal(user)) else { continue };
            let identity = identity.with_groups(groups.iter().cloned());
            let is_it = |own: &KnownAs| {
                own.identity.mapping().is_some_and(is_same_list)
                    && own.identity.user() == identity.user()
                    && own.identity.groups().eq(identity.groups())
            };
            if !known.identities.iter().any(is_it) {
                let identity = identity.mapped_at(self.location.clone());
                let way = Way::by(way.clone(), self.location.clone());
                known.identities.push(KnownAs { identity, way });
            }
        }
    }
}

/// Whom a user name means: one in a ServiceAccount's form is that account.
fn principal(user: &str) -> Principal {
    match Principal::kubernetes(user) {
        // A name may be spelt as the workspace spells a group; it is none.
        Principal::KubernetesGroup(_) => Principal::KubernetesUser(user.to_owned()),
        principal => principal,
    }
}

/// A template, filled in as far as it is known with whom.
struct Filled {
    text: String,
    /// A glob of what it may be, where part of it is of the session's choosing.
    pattern: Option<String>,
}

impl Filled {
    fn of(template: &str, caller: &Caller<'_>) -> Self {
        let mut text = template.replace("{{AccountID}}", caller.account.unwrap_or_default());
        if let Some(session) = caller.session {
            text = text
                .replace("{{SessionName}}", &session.replace('@', "-"))
                .replace("{{SessionNameRaw}}", session);
        }
        let mut pattern = text.clone();
        for placeholder in BY_SESSION {
            pattern = pattern.replace(placeholder, "*");
        }
        let pattern = (pattern != text).then_some(pattern);
        Self { text, pattern }
    }

    /// Whether it may be `name`: no session is called with a colon or a slash.
    fn may_be(&self, name: &str) -> bool {
        let count = |text: &str, wanted| text.chars().filter(|own| *own == wanted).count();
        match &self.pattern {
            None => self.text == name,
            Some(pattern) => {
                pattern::matches(pattern, name)
                    && [':', '/'].iter().all(|own| count(pattern, *own) == count(name, *own))
            }
        }
    }

    /// Itself, and every user named in a binding or seen that it may be.
    fn users(&self, cluster: &ClusterSnapshot, seen: &[&str]) -> BTreeSet<String> {
        let mut users = BTreeSet::from([self.text.clone()]);
        if self.pattern.is_some() {
            let bound = subjects(cluster).filter_map(|subject| match subject {
                Subject::User(name) => Some(&**name),
                Subject::Group(_) | Subject::ServiceAccount { .. } => None,
            });
            let names = bound.chain(seen.iter().copied()).filter(|name| self.may_be(name));
            users.extend(names.map(str::to_owned));
        }
        users
    }

    /// Itself, and every group named in a binding that it may be.
    fn groups(&self, cluster: &ClusterSnapshot) -> BTreeSet<String> {
        let mut groups = BTreeSet::from([self.text.clone()]);
        if self.pattern.is_some() {
            let bound = subjects(cluster).filter_map(|subject| match subject {
                Subject::Group(name) => Some(&**name),
                Subject::User(_) | Subject::ServiceAccount { .. } => None,
            });
            let names = bound.chain(["system:masters"]).filter(|name| self.may_be(name));
            groups.extend(names.map(str::to_owned));
        }
        groups
    }
}

fn subjects(cluster: &ClusterSnapshot) -> impl Iterator<Item = &Subject> {
    cluster.bindings.iter().flat_map(|binding| &binding.subjects).map(|bound| &bound.subject)
}
