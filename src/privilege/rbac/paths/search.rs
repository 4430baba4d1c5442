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

/// Of an edge, what a search goes by: small, because a search looks at most of a
/// graph's, and every agent searches.
#[derive(Debug, Clone, Copy)]
pub(super) struct Link {
    to: u32,
    steps: u16,
    doubts: u16,
}

impl Link {
    pub(super) fn of(edge: &Edge<'_>) -> Self {
        Self {
            to: edge.to,
            steps: u16::try_from(edge.steps()).unwrap_or(u16::MAX),
            doubts: u16::try_from(edge.doubts.len()).unwrap_or(u16::MAX),
        }
    }
}

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
        let start: Vec<Link> = start.iter().map(Link::of).collect();
        let mut buckets: Vec<Vec<u32>> = Vec::new();
        tree.spread(&start, None, 0, (own, ways), &mut buckets);
        let mut at = 0;
        while at < buckets.len() {
            // An edge without cost adds to the bucket that is being emptied.
            let mut taken = 0;
            while let Some(&node) = buckets.get(at).and_then(|bucket| bucket.get(taken)) {
                taken += 1;
                let cost = u32::try_from(at).unwrap_or(FAR);
                // It may stand in a later bucket too, and never twice in one.
                if tree.cost_of(node) != cost {
                    continue;
                }
                tree.reached.push(node);
                tree.spread(graph.links(node), Some(node), cost, (own, ways), &mut buckets);
            }
            at += 1;
        }
        tree
    }

    /// Whether a node is among the reached.
    pub(super) fn reaches(&self, node: u32) -> bool {
        self.cost_of(node) != FAR
    }

    fn cost_of(&self, node: u32) -> u32 {
        self.cost.get(node as usize).copied().unwrap_or(FAR)
    }

    fn spread(
        &mut self,
        links: &[Link],
        from: Option<u32>,
        cost: u32,
        (own, ways): (&[u32], Ways),
        buckets: &mut Vec<Vec<u32>>,
    ) {
        for (number, link) in (0..).zip(links) {
            if ways == Ways::Certain && link.doubts > 0 || own.contains(&link.to) {
                continue;
            }
            let doubts = (cost % STEP + u32::from(link.doubts)).min(DOUBTS);
            let next = (cost / STEP + u32::from(link.steps)) * STEP + doubts;
            let place = link.to as usize;
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
                    bucket.push(link.to);
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
        while self.reaches(at)
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
