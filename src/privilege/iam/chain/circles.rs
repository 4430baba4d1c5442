//! Who may assume a role, and roles that may assume each other.

use std::collections::BTreeMap;

use super::{
    super::holdings::Who,
    Chains,
    graph::{Graph, Subject, To},
};
use crate::model::aws::Role;

impl<'a> Chains<'a> {
    /// Who may assume a role, certainly or under a condition: `role bot`, in order.
    pub(in super::super) fn may_assume(&self, role: &str) -> Vec<String> {
        let graph = &self.0;
        let Some(role) = graph.number(role) else { return Vec::new() };
        let leading: Vec<bool> =
            graph.hubs().map(|hub| hub.members.iter().any(|member| member.node == role)).collect();
        let leads = |hub: u32| leading.get(hub as usize).copied().unwrap_or(false);
        let mut holders: Vec<String> = (0_u32..)
            .zip(graph.nodes())
            .filter(|(number, node)| {
                *number != role
                    && node.edges.iter().any(|edge| {
                        edge.assumes
                            && match edge.to {
                                To::Node(node) => node == role,
                                To::Hub(hub) => leads(hub),
                            }
                    })
            })
            .map(|(_, node)| node.who.label())
            .collect();
        holders.sort();
        holders
    }

    /// Roles that certainly may assume each other, in circles of two at least.
    pub(in super::super) fn circles(&self) -> Vec<Vec<&'a Role>> {
        let components = components(&self.0);
        let mut circles: BTreeMap<u32, Vec<&'a Role>> = BTreeMap::new();
        for (node, component) in self.0.nodes().zip(&components) {
            if let Subject::Principal(Who::Role(role)) = node.who {
                circles.entry(*component).or_default().push(role);
            }
        }
        circles.into_values().filter(|roles| roles.len() > 1).collect()
    }
}

/// Whom a node or hub (after all nodes) leads to by assuming roles for certain.
fn successors(graph: &Graph<'_>, at: usize) -> Vec<usize> {
    let nodes = graph.node_count();
    match at.checked_sub(nodes).map(u32::try_from) {
        None => {
            let edges = u32::try_from(at).map_or(&[][..], |number| graph.edges_of(number));
            let certain = edges.iter().filter(|edge| edge.assumes && edge.when.is_always());
            certain
                .map(|edge| match edge.to {
                    To::Node(node) => node as usize,
                    To::Hub(hub) => nodes + hub as usize,
                })
                .collect()
        }
        Some(Ok(hub)) => {
            let certain = graph.members(hub).iter().filter(|member| member.when.is_always());
            certain.map(|member| member.node as usize).collect()
        }
        Some(Err(_)) => Vec::new(),
    }
}

/// The strongly connected component of every node and hub, by Tarjan's algorithm
/// without recursion.
fn components(graph: &Graph<'_>) -> Vec<u32> {
    const UNSEEN: u32 = u32::MAX;
    let size = graph.node_count() + graph.hub_count();
    let (mut index, mut low) = (vec![UNSEEN; size], vec![UNSEEN; size]);
    let mut component = vec![UNSEEN; size];
    let (mut next, mut found) = (0, 0);
    let mut open: Vec<usize> = Vec::new();
    for root in 0..graph.node_count() {
        if index.get(root) != Some(&UNSEEN) {
            continue;
        }
        let mut calls: Vec<(usize, Vec<usize>)> = vec![(root, Vec::new())];
        let mut entering = true;
        while let Some((at, mut rest)) = calls.pop() {
            if entering {
                set(&mut index, at, next);
                set(&mut low, at, next);
                next += 1;
                open.push(at);
                rest = successors(graph, at);
            }
            entering = false;
            let mut descended = false;
            while let Some(to) = rest.pop() {
                match (get(&index, to), get(&component, to)) {
                    (UNSEEN, _) => {
                        rest.push(to);
                        calls.push((at, std::mem::take(&mut rest)));
                        calls.push((to, Vec::new()));
                        (entering, descended) = (true, true);
                        break;
                    }
                    // Of one that was just left, or is still open, the lowest counts.
                    (_, UNSEEN) => {
                        let lowest = get(&low, at).min(get(&low, to));
                        set(&mut low, at, lowest);
                    }
                    _ => {}
                }
            }
            if !descended && get(&low, at) == get(&index, at) {
                while let Some(member) = open.pop() {
                    set(&mut component, member, found);
                    if member == at {
                        break;
                    }
                }
                found += 1;
            }
        }
    }
    component
}

fn get(values: &[u32], at: usize) -> u32 {
    values.get(at).copied().unwrap_or(u32::MAX)
}

fn set(values: &mut [u32], at: usize, to: u32) {
    if let Some(value) = values.get_mut(at) {
        *value = to;
    }
}
