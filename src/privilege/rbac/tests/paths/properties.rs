//! The search against a closure that nobody could get wrong: add whatever one
//! step reaches until nothing changes.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{
    super::build::{Cluster, named, rule, shipped_once},
    everything, within,
};
use crate::{
    model::{kubernetes::Scope, path::PathTarget, principal::Principal},
    privilege::rbac::{Evaluator, Identity, Request, Target},
};

const SPACES: [&str; 3] = ["one", "two", "three"];
const NAMES: [&str; 3] = ["a", "b", "c"];

type Who = (usize, usize);

/// What a grant gives, and where: in a namespace, or everywhere.
#[derive(Debug, Clone)]
struct Given {
    who: Who,
    what: usize,
    scope: Option<usize>,
}

/// Steps that are told apart by one request each.
const RIGHTS: [(&str, &str, &str); 6] = [
    ("create", "core", "pods"),
    ("create", "core", "serviceaccounts/token"),
    ("impersonate", "core", "serviceaccounts"),
    ("create", "batch", "jobs"),
    ("get", "core", "configmaps"),
    ("create", "core", "pods/log"),
];

fn cluster(given: &[Given], admins: &[Who]) -> Cluster {
    let mut cluster = Cluster::new().listing("Pod").listing("Secret").on_eks();
    cluster = cluster.account("kube-system", "default");
    for space in SPACES {
        cluster = cluster.space(space, Some("restricted"));
        for name in NAMES {
            cluster = cluster.account(space, name);
        }
    }
    for given in given {
        let (verb, group, resource) = RIGHTS[given.what];
        let scope = given.scope.map_or(Scope::Cluster, |space| within(SPACES[space]));
        cluster = cluster.give(scope, account(given.who), vec![rule(verb, group, resource)]);
    }
    for admin in admins {
        cluster = cluster.give(Scope::Cluster, account(*admin), vec![everything()]);
    }
    cluster
}

fn account((space, name): Who) -> (&'static str, &'static str) {
    (SPACES[space], NAMES[name])
}

fn principal(who: Who) -> Principal {
    let (namespace, name) = account(who);
    Principal::ServiceAccount { namespace: namespace.to_owned(), name: name.to_owned() }
}

fn all() -> impl Iterator<Item = Who> {
    (0..SPACES.len()).flat_map(|space| (0..NAMES.len()).map(move |name| (space, name)))
}

/// Whether `from` becomes `to` by one request.
fn steps(evaluator: &Evaluator<'_>, from: Who, to: Who) -> bool {
    let closure = evaluator.closure(&Identity::of(&principal(from)).expect("an account"));
    let (namespace, name) = account(to);
    let allows = |verb, group, resource, subresource, name| {
        let target =
            Target::Resource { group, resource, subresource, namespace: Some(namespace), name };
        closure.allows(&Request { verb, target }).is_allowed()
    };
    allows("create", "", "pods", "", None)
        || allows("create", "batch", "jobs", "", None)
        || allows("create", "", "serviceaccounts", "token", Some(name))
        || allows("impersonate", "", "serviceaccounts", "", Some(name))
}

fn naive(evaluator: &Evaluator<'_>, start: Who, admins: &[Who]) -> bool {
    let mut reached = BTreeSet::from([start]);
    loop {
        let next: BTreeSet<Who> = all()
            .filter(|to| reached.iter().any(|from| steps(evaluator, *from, *to)))
            .chain(reached.iter().copied())
            .collect();
        if next == reached {
            return admins.iter().any(|admin| reached.contains(admin));
        }
        reached = next;
    }
}

fn who() -> impl Strategy<Value = Who> {
    (0..SPACES.len(), 0..NAMES.len())
}

fn given() -> impl Strategy<Value = Given> {
    let scope = prop_oneof![8 => (0..SPACES.len()).prop_map(Some), 1 => Just(None)];
    (who(), 0..RIGHTS.len(), scope).prop_map(|(who, what, scope)| Given { who, what, scope })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn the_search_reaches_exactly_what_a_fix_point_reaches(
        given in prop::collection::vec(given(), 0..8),
        admins in prop::collection::vec(who(), 0..2),
    ) {
        let rules = shipped_once();
        let cluster = cluster(&given, &admins);
        let evaluator = Evaluator::new(&cluster.0, rules);
        for start in all().filter(|who| !admins.contains(who)) {
            let identity = Identity::of(&principal(start)).expect("an account");
            let reach = evaluator.reach(&identity);
            let path = reach.paths.iter().find(|path| path.target == PathTarget::ClusterAdmin);
            let found = path.is_some_and(crate::model::path::Path::is_certain);
            prop_assert_eq!(found, naive(&evaluator, start, &admins), "{:?}", account(start));
            for path in &reach.paths {
                let ends = path.hops.windows(2).all(|pair| pair[0].to == pair[1].from);
                prop_assert!(ends && !path.hops.is_empty());
            }
        }
    }

    #[test]
    fn the_same_cluster_has_the_same_paths_in_whatever_order_it_is_read(
        given in prop::collection::vec(given(), 0..8),
        admins in prop::collection::vec(who(), 0..2),
    ) {
        let rules = shipped_once();
        let one = cluster(&given, &admins);
        let mut other = cluster(&given, &admins);
        other.0.service_accounts.reverse();
        other.0.namespaces.reverse();
        let (one, other) = (Evaluator::new(&one.0, rules), Evaluator::new(&other.0, rules));
        // Whoever is asked about first changes nothing for the next.
        let last_first: Vec<Who> = all().collect::<Vec<_>>().into_iter().rev().collect();
        for who in last_first {
            let identity = Identity::of(&principal(who)).expect("an account");
            let _ = other.reach(&identity);
        }
        for who in all() {
            let identity = Identity::of(&principal(who)).expect("an account");
            prop_assert_eq!(one.reach(&identity).paths, other.reach(&identity).paths);
        }
    }
}

/// Rights over roles and bindings, and one that leads to accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Right {
    Mint,
    BindAll,
    BindMinter,
    MakeBindings,
    JoinBindings,
    RewriteFirst,
    Nothing,
}

const ROLE_RIGHTS: [Right; 7] = [
    Right::Mint,
    Right::BindAll,
    Right::BindMinter,
    Right::MakeBindings,
    Right::JoinBindings,
    Right::RewriteFirst,
    Right::Nothing,
];

impl Right {
    fn rule(self) -> crate::model::kubernetes::rbac::PolicyRule {
        const RBAC: &str = "rbac.authorization.k8s.io";
        match self {
            Self::Mint => rule("create", "core", "serviceaccounts/token"),
            Self::BindAll => rule("bind", RBAC, "clusterroles"),
            Self::BindMinter => named(rule("bind", RBAC, "clusterroles"), "minter"),
            Self::MakeBindings => rule("create", RBAC, "rolebindings"),
            Self::JoinBindings => rule("patch", RBAC, "rolebindings"),
            Self::RewriteFirst => named(rule("update escalate", RBAC, "clusterroles"), "role-0"),
            Self::Nothing => rule("list", "core", "configmaps"),
        }
    }
}

/// What someone holds, by hand: rights with their scope, roles it is bound to,
/// and where it holds everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Holds {
    rights: BTreeSet<(Right, Option<usize>)>,
    bound: BTreeSet<(usize, Option<usize>)>,
    everything: BTreeSet<Option<usize>>,
}

impl Holds {
    fn of(given: &[Given], who: Who) -> Self {
        let mut holds = Self::default();
        for (number, given) in given.iter().enumerate().filter(|(_, given)| given.who == who) {
            holds.rights.insert((ROLE_RIGHTS[given.what], given.scope));
            holds.bound.insert((number, given.scope));
        }
        holds
    }

    fn has(&self, right: Right, space: usize) -> bool {
        [None, Some(space)]
            .iter()
            .any(|at| self.everything.contains(at) || self.rights.contains(&(right, *at)))
    }

    /// One round of handing rights to itself.
    fn hand(&mut self, all: &[Given]) {
        for space in 0..SPACES.len() {
            if self.has(Right::MakeBindings, space) {
                if self.has(Right::BindAll, space) {
                    self.everything.insert(Some(space));
                }
                if self.has(Right::BindMinter, space) {
                    self.rights.insert((Right::Mint, Some(space)));
                }
            }
            if self.has(Right::JoinBindings, space) && self.has(Right::BindAll, space) {
                for (number, given) in all.iter().enumerate() {
                    if given.scope == Some(space) {
                        self.rights.insert((ROLE_RIGHTS[given.what], given.scope));
                        self.bound.insert((number, given.scope));
                    }
                }
            }
        }
        // Roles of the whole cluster are rewritten by a right that holds there.
        if self.rights.contains(&(Right::RewriteFirst, None)) {
            let first = self.bound.iter().filter(|(number, _)| *number == 0);
            self.everything.extend(first.map(|(_, scope)| *scope).collect::<Vec<_>>());
        }
    }

    fn saturated(mut self, all: &[Given]) -> Self {
        loop {
            let before = self.clone();
            self.hand(all);
            if self == before {
                return self;
            }
        }
    }
}

fn naive_by_hand(given: &[Given], start: Who, admin: Option<Who>) -> bool {
    let mut reached = BTreeSet::from([start]);
    loop {
        let held: Vec<Holds> =
            reached.iter().map(|who| Holds::of(given, *who).saturated(given)).collect();
        if held.iter().any(|holds| holds.everything.contains(&None))
            || admin.is_some_and(|admin| reached.contains(&admin))
        {
            return true;
        }
        let before = reached.len();
        reached.extend(all().filter(|to| held.iter().any(|holds| holds.has(Right::Mint, to.0))));
        if reached.len() == before {
            return false;
        }
    }
}

fn role_given() -> impl Strategy<Value = Given> {
    let scope = prop_oneof![3 => (0..2_usize).prop_map(Some), 1 => Just(None)];
    let who = (0..2_usize, 0..2_usize);
    (who, 0..ROLE_RIGHTS.len(), scope).prop_map(|(who, what, scope)| Given { who, what, scope })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn rights_that_are_handed_on_reach_exactly_what_a_fix_point_by_hand_reaches(
        given in prop::collection::vec(role_given(), 0..9),
        admin in prop::option::of((0..2_usize, 0..3_usize)),
    ) {
        let rules = shipped_once();
        let mut cluster = cluster(&[], &[]);
        for given in &given {
            let scope = given.scope.map_or(Scope::Cluster, |space| within(SPACES[space]));
            let rules = vec![ROLE_RIGHTS[given.what].rule()];
            cluster = cluster.give(scope, account(given.who), rules);
        }
        cluster = cluster.role(Scope::Cluster, "minter", vec![Right::Mint.rule()]);
        if let Some(admin) = admin {
            cluster = cluster.give(Scope::Cluster, account(admin), vec![everything()]);
        }
        let evaluator = Evaluator::new(&cluster.0, rules);
        for start in all().filter(|who| admin != Some(*who)) {
            let identity = Identity::of(&principal(start)).expect("an account");
            let reach = evaluator.reach(&identity);
            let path = reach.paths.iter().find(|path| path.target == PathTarget::ClusterAdmin);
            let found = path.is_some_and(crate::model::path::Path::is_certain);
            prop_assert_eq!(found, naive_by_hand(&given, start, admin), "{:?}", account(start));
        }
    }
}
