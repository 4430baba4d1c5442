//! The authenticator of EKS: an ARN is looked up, and its entry's user name and
//! groups are filled in (aws-iam-authenticator, `pkg/mapper` and `pkg/server`).
//!
//! Where several entries name one principal, the last one counts there; here all
//! do, so that the order in which files were read hides nothing.

use super::{
    caller::Caller,
    known::{Known, KnownAs, Template},
    way::Way,
};
use crate::{
    model::{
        aws::pattern,
        coverage::Gap,
        kubernetes::{
            ClusterSnapshot,
            aws_auth::{AwsAuth, AwsAuthEntry, Mapped},
        },
        principal::Principal,
    },
    privilege::rbac::Identity,
};

/// What the ConfigMap maps the caller to.
pub(super) fn by_config_map(
    cluster: &ClusterSnapshot,
    auth: &AwsAuth,
    caller: &Caller<'_>,
    seen: &[&str],
    known: &mut Known,
) {
    known.gaps.extend(auth.gaps.iter().cloned());
    let mut mapped = false;
    for entry in &auth.entries {
        match meets(entry, caller) {
            Meets::Yes => {
                mapped = true;
                add(known, cluster, auth, entry, caller, seen);
            }
            Meets::WithPath => known.gaps.push(Gap {
                location: entry.location.clone(),
                reason: format!(
                    "{}, {} {} names {} with its path, which the authenticator does not look for: whether it maps the role is unknown",
                    object(auth),
                    entry.whom.list(),
                    entry.number,
                    caller.arn
                ),
            }),
            Meets::No => {}
        }
    }
    let account = auth.accounts.iter().find(|own| Some(&*own.account) == caller.account);
    if let (false, Some(account)) = (mapped, account) {
        let way = Way::by(format!("{}, mapAccounts", object(auth)), account.location.clone());
        let principal = Principal::KubernetesUser(caller.arn.clone());
        known.identities.extend(Identity::of(&principal).map(|identity| KnownAs {
            identity: identity.with_groups([]).mapped_at(account.location.clone()),
            way,
        }));
    }
}

/// `ConfigMap/kube-system/aws-auth`.
fn object(auth: &AwsAuth) -> &str {
    auth.location.object.as_deref().unwrap_or("ConfigMap/kube-system/aws-auth")
}

/// Whether an entry maps a caller.
pub(super) fn is_for(entry: &AwsAuthEntry, caller: &Caller<'_>) -> bool {
    matches!(meets(entry, caller), Meets::Yes)
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
    let template = Template { user: &entry.user, groups: &entry.groups, location };
    template.add(way, cluster, caller, seen, known);
}
