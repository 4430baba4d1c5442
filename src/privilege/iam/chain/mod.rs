//! What a principal of an account can become: the shortest way to each end that
//! matters, over every rule that tells of a step (`rubric/risks/aws/`, `step`).
//!
//! A step is drawn where both sides allow it: the rights of whoever takes it, and
//! the trust policy of the role it leads to. What no policy shows, such as what runs
//! on existing compute, is a doubt that the step names; such a path is possible and
//! not certain. The graph is drawn once an account, and every principal is a search
//! over it.

mod circles;
mod draw;
mod graph;
mod hits;
mod more;
mod search;

pub use hits::path_risks;

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Evaluator,
    capability::shorten,
    extent::Extent,
    holdings::Who,
    risk::{Board, Strength},
    when::When,
};
use crate::{
    model::{
        aws::account_of,
        capability::{Condition, RiskClass, RiskHit},
        path::{Hop, Path, PathTarget},
    },
    rubric::aws::AwsRisk,
};
use graph::{Graph, Node, Subject};
use more::Own;
use search::{Reached, Taken, Tree, Ways};

/// Stronger roles that paths are told to; whether there are more stands in the risk.
const ROLES: usize = 8;

/// Who may become whom in an account.
#[derive(Debug, Clone)]
pub(super) struct Chains<'a>(Graph<'a>);

/// What came of asking for one principal.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Ordered by target.
    pub paths: Vec<Path>,
    pub risks: Vec<RiskHit>,
}

/// One end of a search.
#[derive(Clone, Copy)]
struct End<'t, 'a> {
    tree: &'t Tree,
    ways: Ways,
    node: u32,
    /// What makes it an end, unless it is one by being stronger.
    strength: Option<&'t Strength<'a>>,
    /// What of it could not be read.
    doubt: Option<&'t str>,
}

impl<'a> Chains<'a> {
    /// Draws the graph of an account.
    pub(super) fn of(evaluator: &Evaluator<'a>) -> Self {
        Self(Graph::of(evaluator))
    }

    /// The same, but for what one principal holds by `evaluator`.
    pub(super) fn with(&self, evaluator: &Evaluator<'a>, who: Who<'a>) -> Self {
        Self(self.0.with(evaluator, who))
    }

    /// The worst that the own rights of a user, role or group are good for.
    pub(super) fn strength(&self, arn: &str) -> Option<&Strength<'a>> {
        self.0.node(self.0.number(arn)?)?.strengths.worst()
    }

    /// The strongest role within some resources that somebody may assume, and when
    /// its door is open.
    pub(super) fn strongest_door(&self, arn: &str, extents: &[Extent]) -> Option<(&'a str, When)> {
        self.0.strongest_door(self.0.number(arn)?, extents)
    }

    /// The roles that let a service in, by ARN, the strongest first, and when each does.
    pub(super) fn roles_for_service(
        &self,
        service: &str,
    ) -> impl Iterator<Item = (&'a str, &When)> {
        self.0.roles_for_service(service).iter().map(|(arn, when)| (*arn, when))
    }

    /// The paths of a principal. An administrator has none: there is nothing left
    /// to become.
    pub(super) fn paths_of(&self, evaluator: &Evaluator<'a>, who: Who<'a>) -> Found {
        let graph = &self.0;
        let Some(start) = graph.number(who.arn()) else { return Found::default() };
        let Some(own) = graph.node(start) else { return Found::default() };
        if graph.edges_of(start).is_empty() {
            return Found::default();
        }
        let reached = graph.reached_from(start);
        let mut ends = self.beyond(start, reached.as_slice(), own);
        let is_admin = ends.iter().any(|(target, end)| {
            matches!(target, PathTarget::AwsAdmin(_)) && end.ways == Ways::Certain
        });
        let mut has_more = false;
        if is_admin {
            // Who becomes that needs no word about less.
            ends.retain(|target, end| {
                matches!(target, PathTarget::AwsAdmin(_)) && end.ways == Ways::Certain
            });
        } else {
            let own = Own::of(evaluator, graph, own);
            has_more = self.stronger(start, reached.as_slice(), own, &mut ends);
        }
        let paths: Vec<Path> = ends
            .iter()
            .map(|(target, end)| Path {
                target: target.clone(),
                hops: self.hops(start, target, end),
            })
            .collect();
        let mut risks = hits::risks(evaluator.rules, &who.label(), &paths, has_more);
        for risk in &mut risks {
            self.add_beginnings(risk, start, &ends);
        }
        Found { paths, risks }
    }

    /// The nearest of those who are beyond the ladder by themselves.
    fn beyond<'t>(
        &'t self,
        start: u32,
        reached: &'t [Reached],
        own: &Node<'a>,
    ) -> BTreeMap<PathTarget, End<'t, 'a>> {
        let mut ends: BTreeMap<PathTarget, End<'t, 'a>> = BTreeMap::new();
        let others = |all: &'t [u32]| {
            let others = all.iter().copied().filter(move |&node| node != start);
            others.filter_map(|number| Some((number, self.0.node(number)?)))
        };
        let mut writes = own.strengths.database.as_ref().is_some_and(|own| own.when.is_always());
        for Reached { ways, tree, admins, writers } in reached {
            let end = |node, strength| End {
                tree,
                ways: *ways,
                node,
                strength: Some(strength),
                doubt: None,
            };
            for (number, node) in others(admins) {
                let Some(admin) = &node.strengths.admin else { continue };
                let account = account_of(node.who.arn()).unwrap_or_default();
                let target = PathTarget::AwsAdmin(account.to_owned());
                ends.entry(target).or_insert(end(number, admin));
            }
            if !writes
                && let Some((number, node)) = others(writers).next()
                && let Some(database) = &node.strengths.database
            {
                writes = true;
                let target = PathTarget::AwsDatabase(shorten(&database.scope));
                ends.insert(target, end(number, database));
            }
        }
        ends
    }

    /// Adds the nearest of those who may change what the principal may not, and
    /// tells whether there are more.
    fn stronger<'t>(
        &'t self,
        start: u32,
        reached: &'t [Reached],
        mut own: Own<'_, 't, 'a>,
        ends: &mut BTreeMap<PathTarget, End<'t, 'a>>,
    ) -> bool {
        let told: Vec<(Ways, u32)> = ends.values().map(|end| (end.ways, end.node)).collect();
        let mut roles: BTreeSet<u32> = BTreeSet::new();
        for Reached { ways, tree, .. } in reached {
            for &node in tree.reached.iter().filter(|node| **node != start) {
                let Some(found) = self.0.node(node) else { continue };
                let is_told = told.contains(&(*ways, node)) || roles.contains(&node);
                if is_told || matches!(found.who, Subject::Group(_)) {
                    continue;
                }
                let Some(doubt) = own.is_less_than(found) else { continue };
                if roles.len() == ROLES {
                    return true;
                }
                roles.insert(node);
                let target = PathTarget::AwsRole(found.who.arn().to_owned());
                ends.insert(target, End { tree, ways: *ways, node, strength: None, doubt });
            }
        }
        false
    }

    fn hops(&self, start: u32, target: &PathTarget, end: &End<'_, 'a>) -> Vec<Hop> {
        let mut hops: Vec<Hop> = end
            .tree
            .way(&self.0, start, end.node)
            .iter()
            .filter_map(|taken| self.hop(taken))
            .collect();
        if let Some(doubt) = end.doubt
            && let Some(last) = hops.last_mut()
            && last.condition == Condition::Always
        {
            last.condition = Condition::Unknown(doubt.to_owned());
        }
        if let Some(strength) = end.strength
            && let Some(node) = self.0.node(end.node)
        {
            hops.push(Hop {
                from: node.who.arn().to_owned(),
                to: target.to_string(),
                how: told(strength.rule, None, ""),
                rule: strength.rule.id.clone(),
                grants: node.rights.grants(&strength.holdings),
                condition: strength.when.to_condition(),
            });
        }
        hops
    }

    fn hop(&self, &(from, edge, member): &Taken<'_, 'a>) -> Option<Hop> {
        let from = self.0.node(from)?;
        let to = match (member, edge.to) {
            (Some(member), _) => self.0.node(member.node)?,
            (None, graph::To::Node(node)) => self.0.node(node)?,
            (None, graph::To::Hub(_)) => return None,
        };
        let mut grants = from.rights.grants(&edge.holdings);
        let door = edge.door.as_ref().or(member.and_then(|member| member.door.as_ref()));
        if let Some(grant) = door.map(super::trust::Door::grant)
            && !grants.contains(&grant)
        {
            grants.push(grant);
        }
        let when = match member {
            Some(member) => edge.when.clone().with(&member.when),
            None => edge.when.clone(),
        };
        Some(Hop {
            from: from.who.arn().to_owned(),
            to: to.who.arn().to_owned(),
            how: told(edge.rule, edge.service, &to.who.label()),
            rule: edge.rule.id.clone(),
            grants,
            condition: when.to_condition(),
        })
    }

    /// Lets a risk name every statement by which the principal sets out for ends of
    /// its kind: cutting the shortest way alone would leave the others.
    fn add_beginnings(
        &self,
        risk: &mut RiskHit,
        start: u32,
        ends: &BTreeMap<PathTarget, End<'_, 'a>>,
    ) {
        let Some(own) = self.0.node(start) else { return };
        let is_kind = |node: &Node<'a>, number: u32| match risk.class {
            RiskClass::AdminEquivalent => node.strengths.admin.is_some(),
            RiskClass::DatabaseWrite => node.strengths.database.is_some(),
            _ => ends.values().any(|end| end.node == number),
        };
        for (number, edge) in (0..).zip(self.0.edges_of(start)) {
            let beginnings = own.rights.grants(&edge.holdings);
            if beginnings.iter().all(|grant| risk.grants.contains(grant)) {
                continue;
            }
            let reached = Tree::grow(&self.0, start, Some(number), Ways::Any).reached;
            let leads =
                reached.iter().any(|&end| self.0.node(end).is_some_and(|node| is_kind(node, end)));
            if leads {
                for grant in beginnings {
                    if !risk.grants.contains(&grant) {
                        risk.grants.push(grant);
                    }
                }
            }
        }
    }
}

/// Whether what a principal holds may begin a path at all.
pub(super) fn may_begin(evaluator: &Evaluator<'_>, board: &Board<'_, '_>) -> bool {
    let mut steps = evaluator.catalogue.sets.iter().filter(|set| draw::is_step(set));
    steps.any(|set| board.held(set).is_some())
}

/// A step as a phrase that follows whoever takes it.
fn told(rule: &AwsRisk, service: Option<&str>, target: &str) -> String {
    let phrase = rule.step.clone().unwrap_or_else(|| {
        let mut letters = rule.title.chars();
        letters.next().map_or_else(String::new, |first| {
            first.to_lowercase().collect::<String>() + letters.as_str()
        })
    });
    phrase.replace("{target}", target).replace("{service}", service.unwrap_or("a service"))
}
