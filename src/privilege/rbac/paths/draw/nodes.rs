//! Ways to nodes, through pods that reach them.

use super::{
    super::{
        facts::{Door, UNPLACED},
        graph::{Edge, Graph, Node, Proof},
        power::{Power, Powers},
        step::{Doubt, Technique},
    },
    Drawing, Place,
    runs::Runs,
};
use crate::model::kubernetes::{
    OWN_NAMESPACES, Scope, objects::Workload, pod_security::PodSecurity, version::ServerVersion,
};

/// From this version on a pod has claims made for it (`GenericEphemeralVolume`).
const CLAIMS_OF_PODS: ServerVersion = ServerVersion { major: 1, minor: 21 };

/// The edge of whoever runs in a pod that reaches its node. It takes no right,
/// and is nobody's who only holds the ServiceAccount's token.
pub(in super::super) fn own_pod<'a>(graph: &Graph<'a>, own: Node<'_>) -> Option<Edge<'a>> {
    let Node::Account(namespace, name) = own else { return None };
    let mut pods = graph.facts.snapshot.workloads.iter().filter(|workload| {
        *workload.service_account == *name
            && workload.scope.namespace().unwrap_or(UNPLACED) == namespace
    });
    let reaching: Vec<_> = pods.clone().filter(|workload| workload.node_access.any()).collect();
    let pod = reaching.iter().max_by_key(|workload| workload.node_access.privileged)?;
    let mut doubts = Vec::new();
    if !pod.node_access.privileged {
        doubts.push(Doubt::NodeAccessReach);
    }
    if pods.any(|workload| !workload.node_access.any()) {
        doubts.push(Doubt::WhichOwnPod);
    }
    Some(Edge {
        to: graph.id(Node::Some)?,
        is_choice: false,
        technique: Technique::OwnPod,
        through: Vec::new(),
        proofs: vec![Proof::Shown("reaches its node", &pod.location)],
        doubts,
    })
}

impl<'a> Drawing<'_, 'a> {
    /// Nodes, through pods that are let in with access to them.
    pub(super) fn nodes_by_pods(
        &mut self,
        place: Place<'a>,
        scope: &Scope,
        (above, all): (Powers, Powers),
        runs: &Runs<'a>,
    ) {
        let fresh = |powers: &[Power]| !powers.iter().all(|power| above.has(*power));
        let by_name = if all.has(Power::ChangeNamespaces) {
            None
        } else {
            match place {
                Place::In(name) => self.labels(Some(name), all),
                Place::All | Place::Somewhere => self.labels(None, all),
            }
        };
        let labels = all.has(Power::ChangeNamespaces) || by_name.is_some();
        let door = match place {
            Place::In(name) => self.facts.door(name),
            Place::All | Place::Somewhere => self.widest_door(all),
        };
        let passed = pass(door, labels);
        let powers: &[Power] = match passed {
            Some((Technique::NodePodByLabel, _)) if by_name.is_none() => {
                &[runs.power, Power::ChangeNamespaces]
            }
            _ => &[runs.power],
        };
        let by_name = by_name.filter(|_| matches!(passed, Some((Technique::NodePodByLabel, _))));
        if let Some((technique, doubt)) = passed
            && (fresh(powers) || by_name.is_some_and(|held| held.scope() == scope))
        {
            let unplaced = by_name.filter(|held| *held.scope() == Scope::UnknownNamespace);
            let unplaced = unplaced.map(|_| Doubt::GrantUnplaced);
            let doubts = runs.doubts.iter().copied().chain(doubt).chain(unplaced).collect();
            self.take(scope, Node::Chosen, technique, powers, doubts);
            if let (Some(held), Some(edge)) = (by_name, self.edges.last_mut()) {
                edge.proofs.push(Proof::Held(held));
            }
        }
        let claims = self.facts.snapshot.version.is_some_and(|version| version < CLAIMS_OF_PODS);
        let volumes: &[Power] = if claims {
            &[Power::CreateVolumes, Power::CreateClaims, runs.power]
        } else {
            &[Power::CreateVolumes, runs.power]
        };
        if volumes.iter().all(|power| all.has(*power)) && fresh(volumes) {
            let mut doubts = runs.doubts.clone();
            if door == Door::Closed(PodSecurity::Restricted) && !labels {
                doubts.push(Doubt::RootlessVolume);
            }
            self.take(scope, Node::Chosen, Technique::NodeVolume, volumes, doubts);
        }
    }

    /// The widest door that pods find anywhere in the cluster.
    pub(in super::super) fn widest_door(&self, powers: Powers) -> Door {
        let listed = self.facts.snapshot.lists("Namespace");
        let mut widest = Door::Closed(PodSecurity::Restricted);
        for (&name, space) in &self.facts.spaces {
            if space.is_full() && !self.lifts(name, powers) {
                continue;
            }
            widest = match (self.facts.door(name), widest) {
                (Door::Open, _) => return Door::Open,
                (_, Door::ServersDefault) | (Door::ServersDefault, _) => Door::ServersDefault,
                (_, Door::Alpha) | (Door::Alpha, _) => Door::Alpha,
                // Something named in it, or a namespace that every cluster has, and
                // no Namespace object.
                (Door::Unlisted, _) | (_, Door::Unlisted)
                    if !listed || OWN_NAMESPACES.contains(&name) =>
                {
                    Door::Unlisted
                }
                (Door::Unlisted, known) => known,
                (Door::Closed(a), Door::Closed(b)) => Door::Closed(a.min(b)),
                (Door::Closed(_), known) => known,
            };
        }
        match widest {
            // A namespace of its own making has no label.
            Door::Closed(_) if powers.has(Power::CreateNamespaces) => Door::ServersDefault,
            known => known,
        }
    }

    /// A workload of a place that reaches its node, and what is not known of it.
    pub(super) fn exposed(&self, place: Place<'a>) -> Option<(&'a Workload, Option<Doubt<'a>>)> {
        let all = match place {
            Place::In(name) => self.facts.spaces.get(name).into_iter().collect::<Vec<_>>(),
            Place::All | Place::Somewhere => self.facts.spaces.values().collect(),
        };
        let workloads = all.into_iter().filter_map(|space| space.exposed);
        let furthest = workloads.reduce(|a, b| {
            if b.node_access.privileged && !a.node_access.privileged { b } else { a }
        })?;
        let doubt = (!furthest.node_access.privileged).then_some(Doubt::NodeAccessReach);
        Some((furthest, doubt))
    }
}

/// How a pod that reaches its node passes Pod Security, if it does, and what is
/// not known of that.
pub(in super::super) fn pass<'a>(
    door: Door,
    labels: bool,
) -> Option<(Technique<'a>, Option<Doubt<'a>>)> {
    match door {
        Door::Open => Some((Technique::NodePod, None)),
        _ if labels => Some((Technique::NodePodByLabel, None)),
        Door::ServersDefault => Some((Technique::NodePod, Some(Doubt::PodSecurityDefault))),
        Door::Alpha => Some((Technique::NodePod, Some(Doubt::PodSecurityAlpha))),
        Door::Unlisted => Some((Technique::NodePod, Some(Doubt::NamespaceUnlisted))),
        Door::Closed(_) => None,
    }
}
