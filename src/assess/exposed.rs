//! Workloads that a wrong move would hurt, and what puts them back: which of
//! them each agent may touch.
//!
//! Whatever is the same for every agent is worked out once for a cluster.

use crate::{
    model::{
        kubernetes::{ClusterSnapshot, limits::DisruptionBudget, objects::Workload},
        location::Location,
    },
    privilege::rbac::Touch,
};

/// At most this many workloads are named for one agent; the others are counted.
const NAMED: usize = 40;

/// One workload with what is to be said of it.
#[derive(Debug)]
struct Spot<'e> {
    text: String,
    workload: &'e Workload,
}

/// The workloads of one cluster that matter.
#[derive(Debug)]
pub struct WeakSpots<'e> {
    cluster: &'e ClusterSnapshot,
    without_budget: Vec<Spot<'e>>,
    without_history: Vec<Spot<'e>>,
    rolled_back: Vec<Spot<'e>>,
    /// Those whose namespace the evidence does not tell, and so not whose budgets.
    unplaced: Vec<&'e Workload>,
}

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
            without_budget: Vec::new(),
            without_history: Vec::new(),
            rolled_back: Vec::new(),
            unplaced: Vec::new(),
        };
        for workload in cluster.workloads.iter().filter(|workload| !workload.owned) {
            let place = || {
                let namespace = workload.scope.namespace().unwrap_or("?");
                format!("{}/{} in namespace/{namespace}", workload.kind, workload.name)
            };
            match workload.scope.namespace() {
                _ if !wants_budget(workload) => {}
                None => spots.unplaced.push(workload),
                Some(namespace) => {
                    if let Some(why) = spots.unprotected(namespace, workload) {
                        let text = format!("{}{why}", place());
                        spots.without_budget.push(Spot { text, workload });
                    }
                }
            }
            // What a repository holds is put back from there.
            if workload.revision_history == Some(0) && !workload.from_git {
                spots.without_history.push(Spot {
                    text: format!("change {}, which keeps no earlier revision", place()),
                    workload,
                });
            }
            if spots.undoes_itself(workload) {
                spots.rolled_back.push(Spot { text: format!("change {}", place()), workload });
            }
        }
        for list in [&mut spots.without_budget, &mut spots.without_history, &mut spots.rolled_back]
        {
            list.sort_by(|a, b| a.text.cmp(&b.text));
        }
        spots
    }

    /// Why no budget keeps any of a workload's pods up, as what follows its
    /// name; none where one does.
    fn unprotected(&self, namespace: &str, workload: &Workload) -> Option<String> {
        let selecting: Vec<&DisruptionBudget> = self
            .cluster
            .budgets
            .iter()
            .filter(|budget| budget.selects(namespace, &workload.pod_labels))
            .collect();
        // A workload that does not say how many it keeps has one.
        let replicas = workload.replicas.unwrap_or(1);
        if selecting.iter().any(|budget| budget.keeps_any(replicas)) {
            return None;
        }
        Some(selecting.first().map_or_else(String::new, |budget| {
            format!(" (budget {} lets every pod go)", budget.name)
        }))
    }

    fn undoes_itself(&self, workload: &Workload) -> bool {
        self.cluster.custom.iter().any(|own| {
            own.scope == workload.scope
                && own.rollback.as_ref().is_some_and(|rollback| {
                    rollback.kind == workload.kind && rollback.name == workload.name
                })
        })
    }

    /// Adds what `touch` reaches to `exposed`.
    pub fn add(&self, touch: &Touch<'_>, exposed: &mut Exposed) {
        if touch.is_empty() {
            return;
        }
        let disrupts = |spot: &&Spot<'_>| touch.disrupts(spot.workload);
        let changes = |spot: &&Spot<'_>| touch.changes(spot.workload);
        exposed.without_history.extend(self.without_history.iter().filter(changes));
        exposed.rolled_back.extend(self.rolled_back.iter().filter(changes));
        let missing = |what: &str| {
            format!(
                "{} holds no {what}: none are there, or none were collected",
                self.cluster.source
            )
        };
        if let Some(unplaced) = self.unplaced.iter().find(|workload| touch.disrupts(workload)) {
            exposed.undecided.get_or_insert_with(|| {
                format!(
                    "{}/{} tells no namespace, so which budgets keep it up is unknown ({})",
                    unplaced.kind, unplaced.name, unplaced.location
                )
            });
        }
        if self.cluster.workloads.is_empty() {
            exposed.undecided.get_or_insert_with(|| missing("workloads"));
        } else if !self.cluster.has_kind("policy/PodDisruptionBudget") {
            if self.without_budget.iter().any(|spot| disrupts(&spot)) {
                exposed.undecided.get_or_insert_with(|| missing("PodDisruptionBudgets"));
            }
        } else {
            exposed.without_budget.extend(self.without_budget.iter().filter(disrupts));
        }
    }
}

/// Whether a budget makes sense for it: what runs on every node or to an end is
/// not kept up by one.
fn wants_budget(workload: &Workload) -> bool {
    !matches!(&*workload.kind, "DaemonSet" | "Job" | "CronJob") && workload.replicas != Some(0)
}

impl Named {
    fn extend<'s>(&mut self, spots: impl Iterator<Item = &'s Spot<'s>>) {
        for spot in spots {
            if self.texts.len() < NAMED {
                self.texts.push(spot.text.clone());
                self.places.push(spot.workload.location.clone());
            } else {
                self.more += 1;
            }
        }
    }
}
