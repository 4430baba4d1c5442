//! Who may become whom in an account, drawn once for all who ask.
//!
//! What many principals reach by one pattern is a hub that they share, so that an
//! account in which everybody may try everything stays as small as its policies.

use std::{cell::RefCell, cmp::Reverse, collections::BTreeMap, rc::Rc, sync::OnceLock};

use super::super::{
    Evaluator,
    condition::Caller,
    extent::Extent,
    holdings::{Holdings, Who},
    rights::Rights,
    risk::{Strength, Strengths},
    trust::Door,
    when::When,
};
use super::{
    draw::Ground,
    more::{Kinds, Mutating},
    search::Reached,
};
use crate::{
    model::{aws::Group, capability::RiskClass},
    rubric::aws::AwsRisk,
};

/// A user, role or group, and what it may do.
#[derive(Debug)]
pub(super) struct Node<'a> {
    pub who: Subject<'a>,
    pub rights: Rc<Rights<'a>>,
    pub strengths: Strengths<'a>,
    /// The steps that it may take.
    pub edges: Vec<Edge<'a>>,
    /// The rights that change something, found when they are first asked for.
    pub mutating: OnceLock<Vec<Mutating>>,
}

/// Whom a node stands for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Subject<'a> {
    Principal(Who<'a>),
    /// Whoever joins it.
    Group(&'a Group),
}

impl<'a> Subject<'a> {
    pub(super) fn arn(self) -> &'a str {
        match self {
            Self::Principal(who) => who.arn(),
            Self::Group(group) => &group.identity.arn,
        }
    }

    /// `role deployer`.
    pub(super) fn label(self) -> String {
        match self {
            Self::Principal(who) => who.label(),
            Self::Group(group) => format!("group {}", group.identity.name),
        }
    }

    pub(super) fn caller(self) -> Caller<'a> {
        match self {
            Self::Principal(who) => who.caller(),
            Self::Group(group) => {
                Caller { arn: &group.identity.arn, user_name: None, passed_to: None }
            }
        }
    }

    pub(super) fn rights(self, evaluator: &Evaluator<'a>) -> Rc<Rights<'a>> {
        match self {
            Self::Principal(who) => evaluator.rights(who),
            Self::Group(group) => {
                let holdings = Holdings::of_group(evaluator.account, group, evaluator.rules);
                Rc::new(Rights::of(holdings, Vec::new(), &self.caller()))
            }
        }
    }
}

/// Where a step leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum To {
    Node(u32),
    Hub(u32),
}

/// A step that somebody may take.
#[derive(Debug)]
pub(super) struct Edge<'a> {
    pub to: To,
    pub rule: &'a AwsRisk,
    /// Whether it is `sts:AssumeRole`, and no taking over.
    pub assumes: bool,
    /// To which service a role is passed, or whose compute is used.
    pub service: Option<&'a str>,
    /// The statements of whoever takes it.
    pub holdings: Vec<usize>,
    pub when: When,
    /// The other side, where it is no hub's.
    pub door: Option<Door<'a>>,
}

/// Somebody that a hub leads to.
#[derive(Debug)]
pub(super) struct Member<'a> {
    pub node: u32,
    pub when: When,
    pub door: Option<Door<'a>>,
}

/// All that one pattern reaches.
#[derive(Debug)]
pub(super) struct Hub<'a> {
    pub members: Vec<Member<'a>>,
    /// The place of the strongest.
    pub best: Option<usize>,
}

/// How strong somebody is; more is greater.
pub(super) type Rank = Option<(RiskClass, bool)>;

impl<'a> Node<'a> {
    /// How strong it is by own rights.
    pub(super) fn rank(&self) -> Rank {
        self.strengths.worst().map(Strength::rank)
    }
}

impl<'a> Hub<'a> {
    pub(super) fn of(members: Vec<Member<'a>>, rank: impl Fn(u32) -> Rank) -> Self {
        let key = |(_, member): &(usize, &Member<'a>)| {
            (Reverse(rank(member.node)), member.when.doubts(), member.node)
        };
        let best = members.iter().enumerate().min_by_key(key).map(|(place, _)| place);
        Self { members, best }
    }
}

/// The graph of one snapshot, or one in which one principal holds something else:
/// all others are the same, and shared.
#[derive(Debug, Clone)]
pub(super) struct Graph<'a> {
    pub(super) drawn: Rc<Drawn<'a>>,
    pub(super) changed: Option<Rc<Changed<'a>>>,
}

/// The graph of an account as it is.
#[derive(Debug)]
pub(super) struct Drawn<'a> {
    pub nodes: Vec<Node<'a>>,
    pub hubs: Vec<Hub<'a>>,
    /// The roles that let each service in, the strongest first.
    pub services: BTreeMap<&'a str, Vec<(&'a str, When)>>,
    pub numbers: BTreeMap<&'a str, u32>,
    /// For each node the first that leads to the same, and as certainly; none where it
    /// stands alone.
    pub alike: Vec<Option<u32>>,
    pub ground: Rc<Ground<'a>>,
    /// Of the rights that were compared.
    pub kinds: Kinds,
    /// What those lead to who lead to the same, by the first of them, once it was asked for.
    pub reached: RefCell<BTreeMap<u32, Rc<[Reached; 2]>>>,
}

/// What one principal holds instead.
#[derive(Debug)]
pub(super) struct Changed<'a> {
    pub number: u32,
    pub node: Node<'a>,
    /// Hubs that it alone leads to, numbered after all others.
    pub hubs: Vec<Hub<'a>>,
}

impl<'a> Graph<'a> {
    /// The strongest role among some that somebody may assume, and when its door
    /// is open; none where no edge tells.
    pub(super) fn strongest_door(
        &self,
        number: u32,
        extents: &[Extent],
    ) -> Option<(&'a str, When)> {
        let doors = self.edges_of(number).iter().filter(|edge| edge.assumes);
        let ends = doors.filter_map(|edge| match edge.to {
            To::Node(node) => {
                Some((node, edge.door.as_ref().map(|door| door.when.clone()).unwrap_or_default()))
            }
            To::Hub(hub) => {
                let hub = self.hub(hub)?;
                let member = hub.members.get(hub.best?)?;
                Some((member.node, member.when.clone()))
            }
        });
        ends.filter_map(|(number, when)| Some((number, self.node(number)?, when)))
            .filter(|(own, node, _)| {
                *own != number && extents.iter().any(|extent| extent.contains(node.who.arn()))
            })
            .min_by_key(|(own, node, when)| (Reverse(node.rank()), when.doubts(), *own))
            .map(|(_, node, when)| (node.who.arn(), when))
    }

    pub(super) fn number(&self, arn: &str) -> Option<u32> {
        self.drawn.numbers.get(arn).copied()
    }

    pub(super) fn node(&self, number: u32) -> Option<&Node<'a>> {
        match &self.changed {
            Some(changed) if changed.number == number => Some(&changed.node),
            _ => self.drawn.nodes.get(number as usize),
        }
    }

    /// All users, roles and groups, in the order of their numbers.
    pub(super) fn nodes(&self) -> impl Iterator<Item = &Node<'a>> {
        (0..).map_while(|number| self.node(number))
    }

    pub(super) fn node_count(&self) -> usize {
        self.drawn.nodes.len()
    }

    /// The first of those who lead to the same as somebody, and as certainly: whoever
    /// went on from one of them need not from another. None for who stands alone.
    pub(super) fn alike(&self, number: u32) -> Option<u32> {
        match &self.changed {
            Some(changed) if changed.number == number => None,
            _ => self.drawn.alike.get(number as usize).copied().flatten(),
        }
    }

    pub(super) fn edges_of(&self, number: u32) -> &[Edge<'a>] {
        self.node(number).map_or(&[], |node| node.edges.as_slice())
    }

    fn hub(&self, number: u32) -> Option<&Hub<'a>> {
        let place = number as usize;
        let own = || self.changed.as_ref()?.hubs.get(place.checked_sub(self.drawn.hubs.len())?);
        self.drawn.hubs.get(place).or_else(own)
    }

    /// All hubs, in the order of their numbers.
    pub(super) fn hubs(&self) -> impl Iterator<Item = &Hub<'a>> {
        (0..).map_while(|number| self.hub(number))
    }

    pub(super) fn hub_count(&self) -> usize {
        self.drawn.hubs.len() + self.changed.as_ref().map_or(0, |changed| changed.hubs.len())
    }

    pub(super) fn members(&self, hub: u32) -> &[Member<'a>] {
        self.hub(hub).map_or(&[], |hub| hub.members.as_slice())
    }

    /// The roles that let a service in, the strongest first, and when each does.
    pub(super) fn roles_for_service(&self, service: &str) -> &[(&'a str, When)] {
        self.drawn.services.get(service).map_or(&[], Vec::as_slice)
    }
}
