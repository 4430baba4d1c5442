//! How often each capability was used, as far as logs tell.
//!
//! A number is told where the log shows the principal and could be read whole; that
//! something was *not* used, only where the log records such requests of it at all.
//! A log of Kubernetes tells of one cluster: the one that it names, or the only one. In AWS a right
//! on some resources is told apart from the same on others only where neither was used,
//! and what no trail records, or none that was read, is never called unused. Whatever
//! cannot be told stays unknown: an unused right is a reason to take it away.

mod aws;
mod origin;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use self::origin::Shows;
use super::holdings::EngineRules;
use crate::{
    model::{
        activity::{PrincipalActivity, Target},
        aws::arn::account_of,
        capability::{Capability, Plane},
        evidence::Evidence,
        principal::Principal,
    },
    privilege::rbac::labels_covering,
};

/// A capability, and the number of the cluster that it is held in; none where it is held
/// in no cluster.
#[derive(Debug, Clone, Copy)]
pub(super) struct Held<'a> {
    pub(super) capability: &'a Capability,
    pub(super) cluster: Option<usize>,
}

/// The uses of each of `held`, in their order.
pub(super) fn uses(
    held: &[Held<'_>],
    evidence: &Evidence,
    rules: &EngineRules,
    since: Option<Timestamp>,
) -> Vec<Option<u64>> {
    let capabilities: Vec<&Capability> = held.iter().map(|own| own.capability).collect();
    let mut uses = vec![None; capabilities.len()];
    let activity = &evidence.activity;
    let mut by_principal = BTreeMap::<(Plane, &Principal), Vec<usize>>::new();
    for (position, capability) in capabilities.iter().enumerate() {
        if let Some(principal) = &capability.principal {
            by_principal.entry((capability.plane, principal)).or_default().push(position);
        }
    }
    for ((plane, principal), positions) in by_principal {
        // Who is in a group is not told by what one of them did.
        let Some(found) = activity.principals.get(principal) else { continue };
        let Some(log) = activity.logs.get(&plane) else { continue };
        // A use that nobody knows to have been made is none.
        if found.ahead {
            continue;
        }
        let complete = activity.beyond == 0 && log.defects.total() == 0 && log.files_cut_short == 0;
        match (plane, &rules.aws) {
            (Plane::Kubernetes, _) => {
                let shows = Shows::of(evidence, log, found);
                let is_shown =
                    |at: &usize| held.get(*at).is_some_and(|own| shows.shows(own.cluster));
                let positions: Vec<usize> = positions.into_iter().filter(is_shown).collect();
                let shown = Shown { complete, reads: !log.reads_left_out };
                of_principal(&capabilities, &positions, found, shown, since, &mut uses);
            }
            (Plane::Aws, Some(rules)) => {
                let recorded = match principal {
                    Principal::Aws(arn) => {
                        log.recorded.of_account(account_of(arn).unwrap_or_default())
                    }
                    _ => continue,
                };
                let seen = aws::Seen { found, recorded: &recorded, whole: complete, since };
                for position in positions {
                    if let (Some(capability), Some(used)) =
                        (capabilities.get(position), uses.get_mut(position))
                    {
                        *used = aws::used(capability, seen, rules);
                    }
                }
            }
            (Plane::Aws, None) | (Plane::Mcp, _) => {}
        }
    }
    uses
}

/// What the logs would have shown.
#[derive(Clone, Copy)]
struct Shown {
    /// All of them were read to their ends.
    complete: bool,
    /// None of them leaves out requests that only look.
    reads: bool,
}

fn of_principal(
    capabilities: &[&Capability],
    positions: &[usize],
    found: &PrincipalActivity,
    shown: Shown,
    since: Option<Timestamp>,
    uses: &mut [Option<u64>],
) {
    // `verbs` and what the id says of resource and scope.
    let mut by_text = HashMap::<&str, Vec<(&str, usize)>>::new();
    for &position in positions {
        let text = capabilities.get(position).and_then(|capability| parts(&capability.id));
        if let Some((verbs, text)) = text {
            by_text.entry(text).or_default().push((verbs, position));
        }
    }
    let mut counts = HashMap::<usize, u64>::new();
    let mut reads = false;
    for (key, record) in found.actions.iter().filter(|(_, r)| r.authorised.reaches(since)) {
        reads |= matches!(key.verb.as_str(), "get" | "list" | "watch");
        let Target::KubernetesResource { group, resource, subresource, namespace } = &key.target
        else {
            continue;
        };
        let part = subresource.as_deref().unwrap_or_default();
        let own = namespace.as_deref().map(|namespace| format!("namespace/{namespace}"));
        for label in labels_covering(group, resource, part) {
            for scope in own.as_deref().into_iter().chain(["cluster"]) {
                let text = format!("{label}/{scope}");
                for &(verbs, position) in by_text.get(text.as_str()).into_iter().flatten() {
                    if verbs.split(',').any(|verb| verb == "*" || verb == key.verb) {
                        *counts.entry(position).or_default() += record.authorised.tally.count;
                    }
                }
            }
        }
    }
    let whole = shown.complete && found.beyond == 0;
    reads &= shown.reads;
    for &position in positions {
        let Some(capability) = capabilities.get(position) else { continue };
        let Some(used) = uses.get_mut(position) else { continue };
        // A capability of some names, of many namespaces or of paths is not told
        // apart in what its id says: nothing is known of it.
        let comparable = parts(&capability.id).is_some_and(|(_, text)| is_comparable(text));
        *used = match counts.get(&position) {
            Some(&count) => Some(count),
            None if whole && comparable && (reads || capability.is_mutating()) => Some(0),
            None => None,
        };
    }
}

/// Verbs, and resource with scope, of `kubernetes/get,list/pods/namespace/shop`.
fn parts(id: &str) -> Option<(&str, &str)> {
    id.strip_prefix("kubernetes/")?.split_once('/')
}

fn is_comparable(text: &str) -> bool {
    !text.contains('[')
        && !text.starts_with("urls-")
        && !text.contains("/namespaces/")
        && !text.ends_with("/namespace/?")
}
