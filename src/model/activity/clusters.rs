//! In which clusters a principal acted, and what of that is the doing of the identity that
//! is meant: a ServiceAccount is one of its cluster, and the same name in another is
//! somebody else. A user is who an identity provider says, in whatever cluster.

use std::collections::{BTreeMap, BTreeSet};

use super::{Activity, LogOrigin, PrincipalActivity};
use crate::model::principal::Principal;

/// In which clusters a principal acted, as far as logs say of which they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum InClusters {
    /// No log says.
    #[default]
    Untold,
    /// In this one.
    One(LogOrigin),
    /// In several.
    Several {
        /// What it did in each; none is for logs that do not say. What stands beside this
        /// is all of it together.
        each: BTreeMap<Option<LogOrigin>, PrincipalActivity>,
        /// Whether all of it is the doing of one identity.
        of_one: bool,
    },
}

impl PrincipalActivity {
    /// Whether some of it may be the doing of another identity of the same name.
    #[must_use]
    pub fn is_of_several(&self) -> bool {
        matches!(self.clusters, InClusters::Several { of_one: false, .. })
    }

    /// Adds what other logs show of it; nothing of it is left out.
    fn merge(&mut self, other: Self) {
        let Self {
            window,
            actions,
            beyond,
            groups,
            impersonated_by,
            user_agents,
            grants_used,
            allowed_otherwise,
            failed_open,
            changes,
            ahead,
            clusters: _,
        } = other;
        self.window = match (self.window, window) {
            (Some(one), Some(other)) => Some(one.merge(other)),
            (one, other) => one.or(other),
        };
        for (action, record) in actions {
            self.actions.entry(action).or_default().merge(record);
        }
        self.beyond += beyond;
        self.groups.merge(groups);
        self.impersonated_by.merge(impersonated_by);
        self.user_agents.merge(user_agents);
        self.grants_used.merge(grants_used);
        self.allowed_otherwise += allowed_otherwise;
        self.failed_open.merge(failed_open);
        self.ahead |= ahead;
        // Where some are left out, nothing is known of the time before the first that is
        // kept.
        let first = |rows: &super::Rows<_>| {
            let first: Option<&super::LoggedAction> = rows.iter().next();
            first.filter(|_| rows.beyond() > 0).and_then(|row| row.time)
        };
        let since = first(&self.changes).max(first(&changes));
        let whole = self.changes.len() + changes.len();
        self.changes.merge(changes, whole);
        let kept = self.changes.iter().filter(|row| since.is_none() || row.time >= since).count();
        self.changes.settle(kept);
    }

    /// Everything of several clusters together.
    fn of_all(
        each: BTreeMap<Option<LogOrigin>, Self>,
        of_one: impl FnOnce(&BTreeMap<Option<LogOrigin>, Self>) -> bool,
    ) -> Self {
        let mut all = Self::default();
        for found in each.values() {
            all.merge(found.clone());
        }
        let of_one = of_one(&each);
        all.clusters = InClusters::Several { each, of_one };
        all
    }
}

impl Activity {
    /// Adds what a principal did in a cluster, or where no log says in which.
    pub fn show(
        &mut self,
        principal: Principal,
        cluster: Option<LogOrigin>,
        mut found: PrincipalActivity,
    ) {
        let of_cluster = |cluster: &Option<LogOrigin>| {
            cluster.clone().map_or(InClusters::Untold, InClusters::One)
        };
        let Some(mut known) = self.principals.remove(&principal) else {
            found.clusters = of_cluster(&cluster);
            self.principals.insert(principal, found);
            return;
        };
        let mut each = match std::mem::take(&mut known.clusters) {
            InClusters::Untold => BTreeMap::from([(None, known)]),
            InClusters::One(one) => BTreeMap::from([(Some(one), known)]),
            InClusters::Several { each, .. } => each,
        };
        match each.get_mut(&cluster) {
            Some(same) => same.merge(found),
            None => drop(each.insert(cluster, found)),
        }
        let is_local = matches!(principal, Principal::ServiceAccount { .. });
        let named = |each: &BTreeMap<Option<LogOrigin>, _>| each.keys().flatten().count();
        let all = PrincipalActivity::of_all(each, |each| !is_local || named(each) < 2);
        self.principals.insert(principal, all);
    }

    /// Sets apart what ServiceAccounts of other clusters did. `is_ours` says whether a
    /// cluster is one of those that the evidence is of; none where nobody can tell.
    pub fn set_apart(&mut self, is_ours: &dyn Fn(&LogOrigin) -> Option<bool>) {
        let is_other = |cluster: &LogOrigin| is_ours(cluster) == Some(false);
        for (principal, mut found) in std::mem::take(&mut self.principals) {
            if !matches!(principal, Principal::ServiceAccount { .. }) {
                self.principals.insert(principal, found);
                continue;
            }
            let each = match std::mem::take(&mut found.clusters) {
                InClusters::One(cluster) if is_other(&cluster) => {
                    self.elsewhere.entry(principal).or_default().insert(cluster);
                    continue;
                }
                InClusters::Several { each, .. } => each,
                clusters @ (InClusters::Untold | InClusters::One(_)) => {
                    found.clusters = clusters;
                    self.principals.insert(principal, found);
                    continue;
                }
            };
            let mut others = BTreeSet::new();
            let mut own = BTreeMap::new();
            for (cluster, found) in each {
                match cluster {
                    Some(cluster) if is_other(&cluster) => drop(others.insert(cluster)),
                    cluster => drop(own.insert(cluster, found)),
                }
            }
            // What no log says the cluster of may be of the others as well.
            let untold = own.contains_key(&None) && !others.is_empty();
            if !others.is_empty() {
                self.elsewhere.entry(principal.clone()).or_default().extend(others);
            }
            let named = own.keys().flatten().count();
            match (own.len(), own.pop_first()) {
                (0, _) | (_, None) => {}
                (1, Some((Some(cluster), mut found))) => {
                    found.clusters = InClusters::One(cluster);
                    self.principals.insert(principal, found);
                }
                (_, Some((cluster, found))) => {
                    own.insert(cluster, found);
                    let all = PrincipalActivity::of_all(own, |_| named < 2 && !untold);
                    self.principals.insert(principal, all);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::activity::{ActionKey, ActionRecord, Target};

    fn cluster(name: &str) -> LogOrigin {
        LogOrigin::Eks { account: None, cluster: name.to_owned() }
    }

    fn did(verb: &str, count: u64) -> PrincipalActivity {
        let target = Target::KubernetesPath("/x".to_owned());
        let mut record = ActionRecord::default();
        record.done.count = count;
        let actions = BTreeMap::from([(ActionKey { verb: verb.to_owned(), target }, record)]);
        PrincipalActivity { actions, ..PrincipalActivity::default() }
    }

    fn bot() -> Principal {
        Principal::kubernetes("system:serviceaccount:ops:bot")
    }

    /// What is left of the bot: `VERB COUNT`, and whether it may be another's; then where
    /// else it acted.
    fn left(
        who: &Principal,
        shown: &[(Option<&str>, &str)],
        ours: &[&str],
        others: &[&str],
    ) -> (Vec<String>, bool, usize) {
        let mut activity = Activity::default();
        for (name, verb) in shown {
            activity.show(who.clone(), name.map(cluster), did(verb, 1));
        }
        activity.set_apart(&|origin| {
            let LogOrigin::Eks { cluster, .. } = origin else { return None };
            let is = |names: &[&str]| names.contains(&cluster.as_str());
            is(ours).then_some(true).or_else(|| is(others).then_some(false))
        });
        let found = activity.principals.get(who).cloned().unwrap_or_default();
        let told = |(key, record): (&ActionKey, &ActionRecord)| {
            format!("{} {}", key.verb, record.done.count)
        };
        let away = activity.elsewhere.get(who).map_or(0, BTreeSet::len);
        (found.actions.iter().map(told).collect(), found.is_of_several(), away)
    }

    #[test]
    fn what_another_cluster_s_account_did_is_not_this_one_s() {
        let shown = [(Some("prod"), "get"), (Some("stage"), "delete")];
        let told = left(&bot(), &shown, &["prod"], &["stage"]);
        assert_eq!(told, (vec!["get 1".to_owned()], false, 1));
        assert_eq!(left(&bot(), &shown[1..], &["prod"], &["stage"]), (vec![], false, 1));
    }

    #[test]
    fn where_nothing_tells_which_cluster_is_meant_it_may_be_either_s() {
        let shown = [(Some("prod"), "get"), (Some("stage"), "delete")];
        let both = vec!["delete 1".to_owned(), "get 1".to_owned()];
        for (ours, others) in [(&[][..], &[][..]), (&["prod"], &[]), (&["prod", "stage"], &[])] {
            assert_eq!(left(&bot(), &shown, ours, others), (both.clone(), true, 0));
        }
    }

    #[test]
    fn what_no_log_says_the_cluster_of_may_be_another_s_once_one_is_seen() {
        let shown = [(None, "get"), (Some("prod"), "get")];
        assert_eq!(left(&bot(), &shown, &["prod"], &[]), (vec!["get 2".to_owned()], false, 0));
        assert_eq!(left(&bot(), &shown, &[], &[]), (vec!["get 2".to_owned()], false, 0));
        assert_eq!(left(&bot(), &shown, &[], &["prod"]), (vec!["get 1".to_owned()], true, 1));
    }

    #[test]
    fn a_user_is_the_same_in_every_cluster() {
        let shown = [(Some("prod"), "get"), (Some("stage"), "delete")];
        let ana = Principal::kubernetes("ana@example.com");
        let both = vec!["delete 1".to_owned(), "get 1".to_owned()];
        assert_eq!(left(&ana, &shown, &["prod"], &["stage"]), (both, false, 0));
    }
}
