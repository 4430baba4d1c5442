//! The authenticator of EKS: an ARN is looked up, and its entry's user name and
//! groups are filled in (aws-iam-authenticator, `pkg/mapper` and `pkg/server`).
//!
//! Where several entries name one principal, the last one counts there; here all
//! do, so that the order in which files were read hides nothing.

use std::collections::BTreeSet;

use super::{caller::Caller, way::Way};
use crate::{
    model::{
        aws::pattern,
        coverage::Gap,
        kubernetes::{
            ClusterSnapshot,
            aws_auth::{AwsAuth, AwsAuthEntry, Mapped},
            rbac::Subject,
        },
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

/// As whom the principal of `arn` is known in a cluster. Whoever assumes a role
/// names the session, so that a template may stand for every user that a binding
/// names, or that `seen` in logs.
#[must_use]
pub fn known_as(cluster: &ClusterSnapshot, arn: &str, seen: &[&str]) -> Known {
    let mut known = Known::default();
    let Some(auth) = &cluster.aws_auth else { return known };
    let caller = Caller::of(arn);
    known.gaps.extend(auth.gaps.iter().cloned());
    let mut mapped = false;
    for entry in &auth.entries {
        match meets(entry, &caller) {
            Meets::Yes => {
                mapped = true;
                add(&mut known, cluster, auth, entry, &caller, seen);
            }
            Meets::WithPath => known.gaps.push(Gap {
                location: entry.location.clone(),
                reason: format!(
                    "{}, {} {} names {arn} with its path, which the authenticator does not look for: whether it maps the role is unknown",
                    object(auth),
                    entry.whom.list(),
                    entry.number
                ),
            }),
            Meets::No => {}
        }
    }
    let account = auth.accounts.iter().find(|own| Some(&*own.account) == caller.account);
    if let (false, Some(account)) = (mapped, account) {
        let way = Way::by(format!("{}, mapAccounts", object(auth)), account.location.clone());
        let principal = Principal::KubernetesUser(caller.arn);
        known.identities.extend(Identity::of(&principal).map(|identity| KnownAs {
            identity: identity.with_groups([]).mapped_at(account.location.clone()),
            way,
        }));
    }
    known
}

/// `ConfigMap/kube-system/aws-auth`.
fn object(auth: &AwsAuth) -> &str {
    auth.location.object.as_deref().unwrap_or("ConfigMap/kube-system/aws-auth")
}

/// Whether an entry is for a caller.
enum Meets {
    Yes,
    /// It would be, had the entry been written without the role's path.
    WithPath,
    No,
}

fn meets(entry: &AwsAuthEntry, caller: &Caller<'_>) -> Meets {
    let wanted = caller.arn.to_ascii_lowercase();
    let is = |pattern: &str| pattern::matches(&pattern.to_ascii_lowercase(), &wanted);
    match &entry.whom {
        Mapped::Role(arn) if caller.is_role && is(arn) => Meets::Yes,
        Mapped::Role(arn) if caller.is_role && is(&Caller::of(arn).arn) => Meets::WithPath,
        Mapped::User(arn) if !caller.is_role && arn.eq_ignore_ascii_case(&wanted) => Meets::Yes,
        Mapped::Role(_) | Mapped::User(_) => Meets::No,
    }
}

fn add(
    known: &mut Known,
    cluster: &ClusterSnapshot,
    auth: &AwsAuth,
    entry: &AwsAuthEntry,
    caller: &Caller<'_>,
    seen: &[&str],
) {
    let location = &entry.location;
    let way = format!("{}, {} {}", object(auth), entry.whom.list(), entry.number);
    let groups: BTreeSet<String> =
        entry.groups.iter().flat_map(|group| Filled::of(group, caller).groups(cluster)).collect();
    let users = Filled::of(&entry.user, caller).users(cluster, seen);
    if users.len() > NAMES {
        known.gaps.push(Gap {
            location: location.clone(),
            reason: format!("{way} stands for more than {NAMES} users: not all were looked at"),
        });
    }
    known.identities.extend(users.iter().take(NAMES).filter_map(|user| {
        let identity = Identity::of(&principal(user))?;
        let identity = identity.with_groups(groups.iter().cloned()).mapped_at(location.clone());
        Some(KnownAs { identity, way: Way::by(way.clone(), location.clone()) })
    }));
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
