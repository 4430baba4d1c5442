//! The counts of one principal while a log is being read.

mod part;

use std::{borrow::Borrow, collections::HashMap, hash::Hash, sync::Arc};

use jiff::Timestamp;

use super::{Alike, Caps};
use crate::{
    model::activity::{
        ActionKey, ActionRecord, BoundedSet, Counted, Denials, GrantUse, InClusters, LoggedAction,
        PrincipalActivity, Rows, Tally, Trace, Window,
    },
    model::location::Location,
    scan::activity::{
        request::{Authorisation, DeniedBy, Object, Outcome, Request, cut, decode},
        row_texts::RowTexts,
        seeded::Seeded,
    },
};

/// A longer name of a group is not kept.
const GROUP_BYTES: usize = 256;
/// A longer list of groups is read anew each time.
const GROUPS_HELD_BYTES: usize = 4096;

/// Counts of one principal.
#[derive(Debug, Default)]
pub(super) struct PrincipalState {
    window: Option<Window>,
    actions: HashMap<Box<[u8]>, ActionState, Seeded>,
    beyond: u64,
    groups: BoundedSet<String, 64>,
    /// The list that was seen last, so that the same one is not read again.
    last_groups: Box<str>,
    impersonated_by: Counted<String, 16>,
    user_agents: Counted<String, 16>,
    grants: Counted<String, 64>,
    failed_open: Counted<String, 16>,
    changes: Rows<LoggedAction>,
    row_texts: RowTexts,
}

/// Counts of one action of one principal.
#[derive(Debug, Default)]
pub(super) struct ActionState {
    pub(super) record: ActionRecord,
    /// Events that say that a request arrived.
    pub(super) received: u64,
    /// Requests with an outcome that arrived under this identity.
    pub(super) answered: u64,
    /// The key in words, once a row names it.
    named: Option<Arc<ActionKey>>,
}

impl ActionState {
    /// Counts one request under its outcome.
    pub(super) fn count(&mut self, request: &Request<'_>, path: &Arc<str>) {
        if request.impersonator.is_none() {
            self.answered += 1;
        }
        if request.authorised != Authorisation::NotShown {
            let create = request.authorised == Authorisation::PassedToCreate;
            self.authorise(request.time, &request.object, create, path, request.line);
        }
        let record = &mut self.record;
        match request.outcome {
            Outcome::Done => record.done.add(request.time, path, request.line),
            Outcome::Unclear => record.unclear.add(request.time, path, request.line),
            Outcome::Failed => record.failed += 1,
            Outcome::DryRun => record.dry_run += 1,
            Outcome::Denied(by) => {
                *of_refusal(&mut record.denied, by) += 1;
                record.denied.examples.add(path, request.line);
            }
        }
    }

    /// Counts requests that are alike.
    pub(super) fn count_alike(&mut self, alike: Alike<'_>) {
        let Alike { request, count, times, examples, mut names } = alike;
        self.answered += count;
        let (first, last) = (Some(times.first), Some(times.last));
        let tally = Tally { count, first, last, undated: 0, examples };
        let record = &mut self.record;
        if request.authorised != Authorisation::NotShown {
            if matches!(request.object, Object::Unnamed) {
                names.unnamed += count;
            }
            if request.authorised == Authorisation::PassedToCreate {
                record.authorised.created.merge(names.clone());
            }
            record.authorised.names.merge(names);
            record.authorised.tally.merge(tally.clone());
        }
        match request.outcome {
            Outcome::Done => record.done.merge(tally),
            Outcome::Unclear => record.unclear.merge(tally),
            Outcome::Failed => record.failed += count,
            Outcome::DryRun => record.dry_run += count,
            Outcome::Denied(by) => {
                *of_refusal(&mut record.denied, by) += count;
                record.denied.examples.merge(tally.examples);
            }
        }
    }

    /// Counts one request that passed the authorizer; `create` says that it
    /// passed for `create` as well.
    pub(super) fn authorise(
        &mut self,
        time: Option<Timestamp>,
        object: &Object<'_>,
        create: bool,
        path: &Arc<str>,
        line: u64,
    ) {
        let authorised = &mut self.record.authorised;
        authorised.tally.add(time, path, line);
        for names in
            std::iter::once(&mut authorised.names).chain(create.then_some(&mut authorised.created))
        {
            match object {
                Object::Named(name) => names.add(name),
                Object::Several(all) => all.iter().for_each(|name| names.add(name)),
                Object::Unnamed => names.unnamed += 1,
                Object::Odd => names.odd += 1,
            }
        }
    }

    /// What is left out when this is dropped: a sum over events, so that it does
    /// not matter how often a key is dropped and seen again.
    fn weight(&self) -> u64 {
        self.record.requests() + self.received
    }

    fn finish(self) -> ActionRecord {
        // An event for its arrival is optional, so this is a lower bound.
        let unanswered = self.received.saturating_sub(self.answered);
        ActionRecord { unanswered, ..self.record }
    }
}

/// The count of refusals by whoever refused.
fn of_refusal(denied: &mut Denials, by: DeniedBy) -> &mut u64 {
    match by {
        DeniedBy::Authorization => &mut denied.by_authorization,
        DeniedBy::Later => &mut denied.after_authorization,
        DeniedBy::Unsaid => &mut denied.unattributed,
    }
}

impl PrincipalState {
    /// What it holds of which there may be many: actions, groups and grants.
    pub(super) fn entries(&self) -> usize {
        self.actions.len() + self.side_entries()
    }

    /// The same without actions.
    pub(super) fn side_entries(&self) -> usize {
        self.groups.len() + self.grants.len()
    }

    /// Changes an action, new or known.
    pub(super) fn action(&mut self, key: &[u8], caps: Caps, change: impl FnOnce(&mut ActionState)) {
        if upsert(&mut self.actions, key, change) {
            self.keep_some(caps);
        }
    }

    /// Counts a request under its action, and keeps it as a row if it may have changed
    /// anything.
    pub(super) fn count(&mut self, request: &Request<'_>, path: &Arc<str>, caps: Caps) {
        self.action(&request.key, caps, |action| action.count(request, path));
        self.keep_row(request, path, caps);
    }

    /// Keeps a request as a row if it may have changed anything.
    pub(super) fn keep_row(&mut self, request: &Request<'_>, path: &Arc<str>, caps: Caps) {
        let Some(trace) = request.kept_trace(&mut self.row_texts) else { return };
        let mut named = None;
        self.action(&request.key, caps, |action| {
            if action.named.is_none() {
                action.named = decode(&request.key).map(Arc::new);
            }
            named.clone_from(&action.named);
        });
        let Some(action) = named else { return };
        let row = LoggedAction {
            time: request.time,
            action,
            object: request.one_object().map(|name| cut(name, Trace::BYTES).into()),
            outcome: request.outcome.into(),
            trace,
            place: place(path, request.line),
        };
        self.changes.add(row, caps.changes_per_principal);
    }

    /// Makes room for so many rows, and says how many beside them are left out.
    pub(super) fn expect_rows(&mut self, count: usize, left_out: u64, caps: Caps) {
        self.changes.reserve(count, caps.changes_per_principal);
        self.changes.omit(left_out);
    }

    /// Rows that it holds.
    pub(super) fn changes(&self) -> usize {
        self.changes.len()
    }

    /// Keeps the latest `limit` rows.
    pub(super) fn keep_changes(&mut self, limit: usize) {
        self.changes.keep(limit);
    }

    /// Keeps that it was seen.
    pub(super) fn seen(&mut self, time: Option<Timestamp>) {
        if let Some(time) = time {
            self.widen(Window { first: time, last: time });
        }
    }

    /// Keeps that it was seen then.
    pub(super) fn widen(&mut self, window: Window) {
        self.window = Some(self.window.map_or(window, |known| known.merge(window)));
    }

    /// Keeps what one request tells beside its action.
    pub(super) fn note_one(&mut self, request: &Request<'_>) {
        self.seen(request.time);
        self.note_beside(request, 1);
    }

    /// Keeps what requests tell beside their action.
    pub(super) fn note(&mut self, request: &Request<'_>, times: Window, count: u64) {
        self.widen(times);
        self.note_beside(request, count);
    }

    fn note_beside(&mut self, request: &Request<'_>, count: u64) {
        if let Some(groups) = &request.groups {
            self.note_groups(groups);
        }
        if let Some(impersonator) = &request.impersonator {
            self.impersonated_by.add(impersonator.as_ref(), count);
        }
        if let Some(user_agent) = &request.user_agent {
            self.user_agents.add(user_agent.as_ref(), count);
        }
        if let Some(grant) = &request.grant {
            self.grants.add(grant.as_ref(), count);
        }
        for webhook in &request.failed_open {
            self.failed_open.add(webhook.as_ref(), count);
        }
    }

    /// Keeps the groups of a JSON list.
    pub(super) fn note_groups(&mut self, list: &str) {
        if *self.last_groups == *list {
            return;
        }
        let Ok(groups) = serde_json::from_str::<Vec<String>>(list) else {
            self.groups.omit();
            return;
        };
        for group in groups {
            if group.len() <= GROUP_BYTES {
                self.groups.insert(group);
            } else {
                self.groups.omit();
            }
        }
        if list.len() <= GROUPS_HELD_BYTES {
            self.last_groups = list.into();
        }
    }

    /// Adds what another part of the log shows.
    pub(super) fn merge(&mut self, other: Self, caps: Caps) {
        for (key, theirs) in sorted_actions(other.actions) {
            upsert(&mut self.actions, &key, |mine| {
                mine.record.merge(theirs.record);
                mine.received += theirs.received;
                mine.answered += theirs.answered;
            });
        }
        self.changes.merge(other.changes, caps.changes_per_principal);
        self.keep_some(caps);
        self.beyond += other.beyond;
        if let Some(window) = other.window {
            self.widen(window);
        }
        self.groups.merge(other.groups);
        self.impersonated_by.merge(other.impersonated_by);
        self.user_agents.merge(other.user_agents);
        self.grants.merge(other.grants);
        self.failed_open.merge(other.failed_open);
    }

    /// Everything it counted, were it dropped.
    pub(super) fn weight(&self) -> u64 {
        self.beyond + self.actions.values().map(ActionState::weight).sum::<u64>()
    }

    /// Keeps the first `limit` actions.
    pub(super) fn keep(&mut self, limit: usize) {
        if self.actions.len() <= limit {
            return;
        }
        let mut actions = sorted_actions(std::mem::take(&mut self.actions));
        for (_, dropped) in actions.drain(limit..) {
            self.beyond += dropped.weight();
        }
        self.actions = actions.into_iter().collect();
    }

    /// Keeps the first actions, with slack, so that sorting is paid for by many additions.
    fn keep_some(&mut self, caps: Caps) {
        let limit = caps.actions_per_principal;
        if self.actions.len() > limit + limit / 4 {
            self.keep(limit);
        }
    }

    /// The result.
    pub(super) fn finish(mut self) -> PrincipalActivity {
        self.changes.settle(self.changes.len());
        let mut grants_used = Counted::default();
        let mut other_reasons = 0;
        for (reason, count) in self.grants.iter() {
            match grant_use(reason) {
                Some(grant) => grants_used.insert(grant, count),
                None => other_reasons += count,
            }
        }
        grants_used.omit(self.grants.beyond());
        let actions = self
            .actions
            .into_iter()
            .filter_map(|(key, action)| Some((decode(&key)?, action.finish())))
            .filter(|(_, record)| *record != ActionRecord::default())
            .collect();
        PrincipalActivity {
            window: self.window,
            actions,
            beyond: self.beyond,
            groups: self.groups,
            impersonated_by: self.impersonated_by,
            user_agents: self.user_agents,
            grants_used,
            allowed_otherwise: other_reasons,
            failed_open: self.failed_open,
            changes: self.changes,
            ahead: false,
            clusters: InClusters::Untold,
        }
    }
}

/// Reads `RBAC: allowed by RoleBinding "name/namespace" of Role "role" to …`
/// (`k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac`).
fn grant_use(reason: &str) -> Option<GrantUse> {
    let rest = reason.strip_prefix("RBAC: allowed by ")?;
    let (binding_kind, rest) = rest.split_once(" \"")?;
    let (binding, rest) = rest.split_once("\" of ")?;
    let (role_kind, rest) = rest.split_once(" \"")?;
    let (role, _) = rest.split_once("\" to ")?;
    let (binding, binding_namespace) = match (binding_kind, binding.rsplit_once('/')) {
        ("ClusterRoleBinding", _) => (binding, None),
        ("RoleBinding", Some((name, namespace))) => (name, Some(namespace.to_owned())),
        _ => return None,
    };
    Some(GrantUse {
        binding_kind: binding_kind.to_owned(),
        binding_namespace,
        binding: binding.to_owned(),
        role_kind: role_kind.to_owned(),
        role: role.to_owned(),
    })
}

/// Where a row stands.
fn place(path: &Arc<str>, line: u64) -> Location {
    Location { path: path.clone(), line: u32::try_from(line).ok(), column: None, object: None }
}

fn sorted_actions(map: HashMap<Box<[u8]>, ActionState, Seeded>) -> Vec<(Box<[u8]>, ActionState)> {
    let mut actions: Vec<_> = map.into_iter().collect();
    actions.sort_by(|(a, _), (b, _)| a.cmp(b));
    actions
}

/// Changes the value of `key`, which is made if there is none; true if it was
/// made. Allocates only then.
pub(super) fn upsert<Q, V>(
    map: &mut HashMap<Box<Q>, V, Seeded>,
    key: &Q,
    change: impl FnOnce(&mut V),
) -> bool
where
    Q: Hash + Eq + ?Sized,
    Box<Q>: Borrow<Q> + for<'a> From<&'a Q>,
    V: Default,
{
    if let Some(value) = map.get_mut(key) {
        change(value);
        return false;
    }
    let mut value = V::default();
    change(&mut value);
    map.insert(key.into(), value);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_is_read_from_the_authorizers_words() {
        let grant = grant_use(
            "RBAC: allowed by RoleBinding \"fix/shop\" of ClusterRole \"edit\" to ServiceAccount \"bot/ops\"",
        )
        .unwrap();
        assert_eq!(grant.binding, "fix");
        assert_eq!(grant.binding_namespace.as_deref(), Some("shop"));
        assert_eq!((grant.role_kind.as_str(), grant.role.as_str()), ("ClusterRole", "edit"));
        assert_eq!(grant_use(""), None);
        assert_eq!(grant_use("RBAC: allowed by Something \"x\" of Role \"y\" to z"), None);
    }
}
