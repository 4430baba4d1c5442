//! Workloads that a wrong move would hurt, and what puts them back: which of
//! them each agent may touch.
//!
//! Whatever is the same for every agent is worked out once for a cluster.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    model::{
        kubernetes::{
            ClusterSnapshot, Scope, custom::CustomObject, limits::DisruptionBudget,
            objects::Workload,
        },
        location::Location,
    },
    privilege::rbac::{Asked, Touch},
};

/// At most this many workloads are named for one agent; the others are counted.
const NAMED: usize = 40;

/// Kinds of which a budget keeps pods up.
const BUDGETED: [&str; 2] = ["apps/Deployment", "apps/StatefulSet"];

/// The workloads of one cluster that matter.
#[derive(Debug)]
pub struct WeakSpots<'e> {
    cluster: &'e ClusterSnapshot,
    without_budget: Spots<'e>,
    without_history: Spots<'e>,
    rolled_back: Spots<'e>,
    /// Those whose namespace the evidence does not tell, and so not whose budgets.
    unplaced: Vec<&'e Workload>,
}

/// Workloads with what is to be said of each, by where they are and their kind:
/// a right that names none of them reaches all of one place and kind.
type Spots<'e> = BTreeMap<(&'e Scope, &'e str), Vec<(String, &'e Workload)>>;

/// Those of one kind that an agent may touch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// The first ones, in order.
    pub texts: Vec<String>,
    /// Where these stand.
    pub places: Vec<Location>,
    /// How many there are besides.
    pub more: usize,
}

/// What one agent may touch of all clusters that know it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exposed {
    /// Workloads that it may take down and that no disruption budget keeps up.
    pub without_budget: Named,
    /// Workloads that it may change and that keep no revision to go back to.
    pub without_history: Named,
    /// Workloads that it may change and whose rollout undoes itself.
    pub rolled_back: Named,
    /// Why there may be more without a budget, or some of these may have one.
    pub undecided: Option<String>,
}

impl<'e> WeakSpots<'e> {
    /// Looks at a cluster.
    #[must_use]
    pub fn of(cluster: &'e ClusterSnapshot) -> Self {
        let mut spots = Self {
            cluster,
            without_budget: Spots::new(),
            without_history: Spots::new(),
            rolled_back: Spots::new(),
            unplaced: Vec::new(),
        };
        let budgets = budgets(cluster);
        let rollbacks = rollbacks(cluster);
        for workload in cluster.workloads.iter().filter(|workload| !workload.owned) {
            let place = || {
                let namespace = workload.scope.namespace().unwrap_or("?");
                format!("{}/{} in namespace/{namespace}", workload.kind, workload.name)
            };
            match workload.scope.namespace() {
                _ if !wants_budget(workload) => {}
                None => spots.unplaced.push(workload),
                Some(namespace) => {
                    let its = budgets.get(namespace).map(Vec::as_slice).unwrap_or_default();
                    if let Some(why) = unprotected(its, namespace, workload) {
                        let text = format!("{}{why}", place());
                        add(&mut spots.without_budget, workload, text);
                    }
                }
            }
            // What a repository holds is put back from there.
            if workload.revision_history == Some(0) && !workload.from_git {
                let text = format!("change {}, which keeps no earlier revision", place());
                add(&mut spots.without_history, workload, text);
            }
            if rollbacks.contains(&(&workload.scope, &*workload.kind, &*workload.name)) {
                add(&mut spots.rolled_back, workload, format!("change {}", place()));
            }
        }
        spots
    }

    /// Adds what `touch` reaches to `exposed`.
    pub fn reached(&self, touch: &Touch<'_>, exposed: &mut Exposed) {
        if touch.is_empty() {
            return;
        }
        let changes = |asked: Asked<'_>| touch.changes(asked);
        let disrupts = |asked: Asked<'_>| touch.disrupts(asked);
        exposed.without_history.reached(&self.without_history, touch, changes);
        exposed.rolled_back.reached(&self.rolled_back, touch, changes);
        let mut undecided = |why: String| {
            exposed.undecided.get_or_insert(why);
        };
        if let Some(unplaced) = self.unplaced.iter().find(|workload| disrupts(one(workload))) {
            undecided(format!(
                "{}/{} tells no namespace, so which budgets keep it up is unknown ({})",
                unplaced.kind, unplaced.name, unplaced.location
            ));
        }
        let missing = |what: &str, resources: &str| {
            format!(
                "{} does not list all {what}: give the output of `kubectl get {resources} -A -o \
                 json`, or `gradus collect kubernetes`",
                self.cluster.source
            )
        };
        let mut without = Named::default();
        without.reached(&self.without_budget, touch, disrupts);
        if !without.texts.is_empty() && !self.cluster.lists("policy/PodDisruptionBudget") {
            undecided(missing("PodDisruptionBudgets", "poddisruptionbudgets"));
        } else if without.texts.is_empty() && !BUDGETED.iter().all(|kind| self.cluster.lists(kind))
        {
            undecided(missing("workloads", "deployments,statefulsets"));
        } else {
            exposed.without_budget.join(without);
        }
    }
}

fn add<'e>(spots: &mut Spots<'e>, workload: &'e Workload, text: String) {
    spots.entry((&workload.scope, &workload.kind)).or_default().push((text, workload));
}

fn one(workload: &Workload) -> Asked<'_> {
    Asked { kind: &workload.kind, scope: &workload.scope, name: Some(&workload.name) }
}

/// Budgets by namespace.
fn budgets(cluster: &ClusterSnapshot) -> BTreeMap<&str, Vec<&DisruptionBudget>> {
    let mut budgets: BTreeMap<&str, Vec<&DisruptionBudget>> = BTreeMap::new();
    for budget in &cluster.budgets {
        if let Some(namespace) = budget.scope.namespace() {
            budgets.entry(namespace).or_default().push(budget);
        }
    }
    budgets
}

/// The workloads whose rollout undoes itself: place, kind and name.
fn rollbacks<'e>(cluster: &'e ClusterSnapshot) -> BTreeSet<(&'e Scope, &'e str, &'e str)> {
    let undone = |own: &'e CustomObject| {
        let rollback = own.rollback.as_ref()?;
        Some((&own.scope, &*rollback.kind, &*rollback.name))
    };
    cluster.custom.iter().filter_map(undone).collect()
}

/// Budgets that keep no pod up, each with why. One that meets no workload of the
/// evidence may be for pods that something else makes.
#[must_use]
pub fn ineffective(cluster: &ClusterSnapshot) -> Vec<(&DisruptionBudget, &'static str)> {
    let mut by_namespace: BTreeMap<&str, Vec<&Workload>> = BTreeMap::new();
    for workload in cluster.workloads.iter().filter(|workload| !workload.owned) {
        if let Some(namespace) = workload.scope.namespace() {
            by_namespace.entry(namespace).or_default().push(workload);
        }
    }
    let why = |budget: &DisruptionBudget| {
        if budget.selector.is_none() {
            return Some("selects no pod");
        }
        let namespace = budget.scope.namespace()?;
        let replicas = by_namespace
            .get(namespace)
            .into_iter()
            .flatten()
            .filter(|workload| budget.selects(namespace, &workload.pod_labels))
            .map(|workload| workload.replicas.unwrap_or(1))
            .max();
        (!budget.keeps_any(replicas.unwrap_or(u64::MAX))).then_some("lets every pod go")
    };
    cluster.budgets.iter().filter_map(|budget| Some((budget, why(budget)?))).collect()
}

/// Why no budget keeps any of a workload's pods up, as what follows its name;
/// none where one does.
fn unprotected(
    budgets: &[&DisruptionBudget],
    namespace: &str,
    workload: &Workload,
) -> Option<String> {
    let selecting: Vec<&&DisruptionBudget> =
        budgets.iter().filter(|budget| budget.selects(namespace, &workload.pod_labels)).collect();
    // A workload that does not say how many it keeps has one.
    let replicas = workload.replicas.unwrap_or(1);
    if selecting.iter().any(|budget| budget.keeps_any(replicas)) {
        return None;
    }
    Some(
        selecting.first().map_or_else(String::new, |budget| {
            format!(" (budget {} lets every pod go)", budget.name)
        }),
    )
}

/// Whether a budget makes sense for it: what runs on every node or to an end is
/// not kept up by one.
fn wants_budget(workload: &Workload) -> bool {
    !matches!(&*workload.kind, "DaemonSet" | "Job" | "CronJob") && workload.replicas != Some(0)
}

impl Named {
    /// Adds those of `spots` that `may` be touched.
    fn reached(&mut self, spots: &Spots<'_>, touch: &Touch<'_>, may: impl Fn(Asked<'_>) -> bool) {
        for (&(scope, kind), spots) in spots {
            let all = may(Asked { kind, scope, name: None });
            if !all && !touch.names_any() {
                continue;
            }
            for (text, workload) in spots {
                if all || may(one(workload)) {
                    self.add(text, workload);
                }
            }
        }
    }

    fn add(&mut self, text: &str, workload: &Workload) {
        if self.texts.len() < NAMED {
            self.texts.push(text.to_owned());
            self.places.push(workload.location.clone());
        } else {
            self.more += 1;
        }
    }

    fn join(&mut self, other: Self) {
        self.texts.extend(other.texts);
        self.places.extend(other.places);
        self.more += other.more + self.texts.len().saturating_sub(NAMED);
        self.texts.truncate(NAMED);
        self.places.truncate(NAMED);
    }
}
