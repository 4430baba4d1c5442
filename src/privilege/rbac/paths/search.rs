//! Shortest ways through the graph.
//!
//! A way is short by its steps first and by its doubts second. Ways of which
//! every step is certain are searched for on their own: a certain way is told
//! before a shorter one that may be closed.

use super::graph::{Edge, Graph};

/// Doubts that a way is told apart by; more of them count as so many.
const DOUBTS: u32 = 15;
/// What a step costs beside a doubt.
const STEP: u32 = DOUBTS + 1;
/// Not reached.
const FAR: u32 = u32::MAX;

/// Which edges count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ways {
    /// Those without a doubt.
    Certain,
    /// All.
    Any,
}

/// How far everything is from where a search began.
#[derive(Debug)]
pub(super) struct Tree {
    cost: Vec<u32>,
    /// From which node, by which of its edges; none at the start.
    from: Vec<(Option<u32>, u32)>,
    /// Nodes in the order of their cost.
    pub(super) reached: Vec<u32>,
}

impl Tree {
    /// Everything that `start` leads to, other than `own`: whoever searches is no
    /// step on its own way, and may hold less than its node in the graph.
    pub(super) fn grow<'a>(graph: &Graph<'a>, start: &[Edge<'a>], own: &[u32], ways: Ways) -> Self {
        let mut tree = Self {
            cost: vec![FAR; graph.len()],
            from: vec![(None, 0); graph.len()],
            reached: Vec::new(),
        };
        let mut buckets: Vec<Vec<u32>> = Vec::new();
        tree.spread(start, None, 0, (own, ways), &mut buckets);
        let mut at = 0;
        while at < buckets.len() {
            // An edge without cost adds to the bucket that is being emptied.
            let mut taken = 0;
            while let Some(&node) = buckets.get(at).and_then(|bucket| bucket.get(taken)) {
                taken += 1;
                let cost = u32::try_from(at).unwrap_or(FAR);
                if tree.cost_of(node) != cost {
                    continue;
                }
                tree.reached.push(node);
                let edges = graph.edges(node);
                tree.spread(edges, Some(node), cost, (own, ways), &mut buckets);
            }
            at += 1;
        }
        // A node may stand twice in a bucket.
        let mut seen = vec![false; graph.len()];
        tree.reached.retain(|node| {
            seen.get_mut(*node as usize).is_some_and(|seen| !std::mem::replace(seen, true))
        });
        tree
    }

    fn cost_of(&self, node: u32) -> u32 {
        self.cost.get(node as usize).copied().unwrap_or(FAR)
    }

    fn spread(
        &mut self,
        edges: &[Edge<'_>],
        from: Option<u32>,
        cost: u32,
        (own, ways): (&[u32], Ways),
        buckets: &mut Vec<Vec<u32>>,
    ) {
        for (number, edge) in (0..).zip(edges) {
            if own.contains(&edge.to) || ways == Ways::Certain && !edge.doubts.is_empty() {
                continue;
            }
            let doubts = u32::try_from(edge.doubts.len()).unwrap_or(DOUBTS);
            let carried = (cost % STEP + doubts).min(DOUBTS);
            let steps = cost / STEP + u32::try_from(edge.steps()).unwrap_or(DOUBTS);
            let next = steps * STEP + carried;
            let place = edge.to as usize;
            let (Some(known), Some(origin)) = (self.cost.get_mut(place), self.from.get_mut(place))
            else {
                continue;
            };
            if next < *known {
                *known = next;
                *origin = (from, number);
                let bucket = next as usize;
                if buckets.len() <= bucket {
                    buckets.resize_with(bucket + 1, Vec::new);
                }
                if let Some(bucket) = buckets.get_mut(bucket) {
                    bucket.push(edge.to);
                }
            }
        }
    }

    /// The edges on the way to a node, each with where it starts; empty where it
    /// is not reached.
    pub(super) fn way<'g, 'a>(
        &self,
        graph: &'g Graph<'a>,
        start: &'g [Edge<'a>],
        target: u32,
    ) -> Vec<&'g Edge<'a>> {
        let mut way = Vec::new();
        let mut at = target;
        while self.cost_of(at) != FAR
            && let Some(&(from, number)) = self.from.get(at as usize)
        {
            let edges = match from {
                Some(node) => graph.edges(node),
                None => start,
            };
            let Some(edge) = edges.get(number as usize) else { break };
            way.push(edge);
            match from {
                Some(node) => at = node,
                None => break,
            }
        }
        way.reverse();
        way
    }
}
