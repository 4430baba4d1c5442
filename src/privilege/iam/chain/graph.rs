//! Who may become whom in an account, drawn once for all who ask.
//!
//! What many principals reach by one pattern is a hub that they share, so that an
//! account in which everybody may try everything stays as small as its policies.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, btree_map::Entry},
    ops::Bound,
    rc::Rc,
    sync::OnceLock,
};

use super::super::{
    Evaluator,
    condition::Caller,
    extent::Extent,
    holdings::{Holdings, Who},
    rights::{Right, Rights, When},
    risk::{
        Board, CompiledSet, Strength, Strengths, companions, own_strengths, passes_when, passing,
    },
    trust::{Door, Trusts},
};
use crate::{
    model::{
        aws::{
            Group, Role, account_of,
            pattern::literal_prefix,
            policy::{Effect, Statement},
        },
        capability::RiskClass,
    },
    rubric::aws::{AwsRisk, Target},
};

/// Rights to one action from which steps are drawn one by one; beyond them, which
/// only hostile policies have, they count as one that may reach everybody.
const BEGINNINGS: usize = 64;
/// What such a step depends on.
const TOO_MANY: &str = "whom its policies reach: they have too many parts";

/// What a step through existing compute depends on.
const RUNS_AS: &str = "whether compute that it covers runs as that role";

/// A user, role or group, and what it may do.
#[derive(Debug)]
pub(super) struct Node<'a> {
    pub who: Subject<'a>,
    pub rights: Rc<Rights<'a>>,
    pub strengths: Strengths<'a>,
    /// The rights that change something, found when they are first asked for.
    pub mutating: OnceLock<Vec<usize>>,
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

    fn caller(self) -> Caller<'a> {
        match self {
            Self::Principal(who) => who.caller(),
            Self::Group(group) => {
                Caller { arn: &group.identity.arn, user_name: None, passed_to: None }
            }
        }
    }

    fn rights(self, evaluator: &Evaluator<'a>) -> Rc<Rights<'a>> {
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

/// The graph of one snapshot. Its parts are shared with the graphs in which one
/// principal holds something else ([`Graph::with`]).
#[derive(Debug, Clone)]
pub(super) struct Graph<'a> {
    pub nodes: Vec<Rc<Node<'a>>>,
    pub edges: Vec<Rc<Vec<Edge<'a>>>>,
    pub hubs: Vec<Rc<Vec<Member<'a>>>>,
    /// The roles that let each service in, the strongest first.
    pub services: Rc<BTreeMap<&'a str, Vec<(&'a str, When)>>>,
    /// The strongest that each hub leads to, by its place there.
    best: Vec<Option<usize>>,
    numbers: Rc<BTreeMap<&'a str, u32>>,
    ground: Rc<Ground<'a>>,
}

impl<'a> Graph<'a> {
    /// Draws it.
    pub(super) fn of(evaluator: &Evaluator<'a>) -> Self {
        let account = evaluator.account;
        let users = account.users.values().map(Who::User).map(Subject::Principal);
        let roles = account.roles.values().map(Who::Role).map(Subject::Principal);
        let groups = account.groups.values().map(Subject::Group);
        let subjects: Vec<Subject<'a>> = users.chain(roles).chain(groups).collect();
        let mut builder = Builder {
            evaluator,
            ground: Rc::new(Ground::of(evaluator, &subjects)),
            hubs: Vec::new(),
            known: BTreeMap::new(),
        };
        let numbers = (0..).zip(&subjects).map(|(number, subject)| (subject.arn(), number));
        let mut graph = Self {
            nodes: Vec::with_capacity(subjects.len()),
            edges: Vec::with_capacity(subjects.len()),
            hubs: Vec::new(),
            services: Rc::default(),
            best: Vec::new(),
            numbers: Rc::new(numbers.collect()),
            ground: builder.ground.clone(),
        };
        for &who in &subjects {
            let (node, edges) = builder.draw(who);
            graph.nodes.push(Rc::new(node));
            graph.edges.push(Rc::new(edges));
        }
        graph.hubs = builder.hubs;
        let strongest_first = |roles: &BTreeMap<&'a str, When>| {
            let mut roles: Vec<_> = roles.iter().map(|(arn, when)| (*arn, when.clone())).collect();
            let rank = |arn: &str| graph.number(arn).map(|number| graph.rank(number));
            roles.sort_by_cached_key(|(arn, _)| (Reverse(rank(arn)), *arn));
            roles
        };
        let services = &graph.ground.services;
        let services = services.iter().map(|(service, roles)| (*service, strongest_first(roles)));
        graph.services = Rc::new(services.collect());
        graph.best = graph.hubs.iter().map(|members| graph.best_of(members)).collect();
        graph
    }

    /// The same graph, but for what one of its principals holds by `evaluator`.
    pub(super) fn with(&self, evaluator: &Evaluator<'a>, who: Who<'a>) -> Self {
        let mut graph = self.clone();
        let Some(number) = self.number(who.arn()) else { return graph };
        let mut builder = Builder {
            evaluator,
            ground: self.ground.clone(),
            hubs: std::mem::take(&mut graph.hubs),
            known: BTreeMap::new(),
        };
        let (node, edges) = builder.draw(Subject::Principal(who));
        graph.hubs = builder.hubs;
        if let Some(slot) = graph.nodes.get_mut(number as usize) {
            *slot = Rc::new(node);
        }
        if let Some(slot) = graph.edges.get_mut(number as usize) {
            *slot = Rc::new(edges);
        }
        let new: Vec<_> = graph.hubs.iter().skip(graph.best.len()).cloned().collect();
        for members in new {
            let best = graph.best_of(&members);
            graph.best.push(best);
        }
        graph
    }

    /// The place of the strongest of some.
    fn best_of(&self, members: &[Member<'a>]) -> Option<usize> {
        let key = |(_, member): &(usize, &Member<'a>)| {
            (Reverse(self.rank(member.node)), member.when.doubts(), member.node)
        };
        members.iter().enumerate().min_by_key(key).map(|(place, _)| place)
    }

    /// How strong somebody is by own rights.
    fn rank(&self, number: u32) -> Option<(RiskClass, bool)> {
        self.node(number)?.strengths.worst().map(Strength::rank)
    }

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
                let place = self.best.get(hub as usize).copied().flatten()?;
                let member = self.members(hub).get(place)?;
                Some((member.node, member.when.clone()))
            }
        });
        ends.filter_map(|(node, when)| Some((node, self.node(node)?.who.arn(), when)))
            .filter(|(node, arn, _)| {
                *node != number && extents.iter().any(|extent| extent.contains(arn))
            })
            .min_by_key(|(node, _, when)| (Reverse(self.rank(*node)), when.doubts(), *node))
            .map(|(_, arn, when)| (arn, when))
    }

    pub(super) fn number(&self, arn: &str) -> Option<u32> {
        self.numbers.get(arn).copied()
    }

    pub(super) fn node(&self, number: u32) -> Option<&Node<'a>> {
        self.nodes.get(number as usize).map(|node| &**node)
    }

    pub(super) fn edges_of(&self, number: u32) -> &[Edge<'a>] {
        self.edges.get(number as usize).map_or(&[], |edges| edges.as_slice())
    }

    pub(super) fn members(&self, hub: u32) -> &[Member<'a>] {
        self.hubs.get(hub as usize).map_or(&[], |members| members.as_slice())
    }
}

/// Whether a rule tells of a step, so that who fulfils it may become another.
pub(super) fn is_step(compiled: &CompiledSet<'_>) -> bool {
    compiled.risk.step.is_some()
}

/// What a hub gathers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Family<'a> {
    Users,
    Roles,
    Groups,
    /// Roles that let an account in, whoever of it asks.
    Doors(&'a str),
    /// Roles that let a service in.
    Service(&'a str),
}

/// What the edges of all are drawn from: whom there is, and whose door is open.
#[derive(Debug, Default)]
struct Ground<'a> {
    users: BTreeMap<&'a str, u32>,
    roles: BTreeMap<&'a str, u32>,
    groups: BTreeMap<&'a str, u32>,
    doors: BTreeMap<&'a str, BTreeMap<&'a str, Door<'a>>>,
    /// Roles whose trust asks who it is.
    personal: BTreeMap<&'a str, &'a Role>,
    services: BTreeMap<&'a str, BTreeMap<&'a str, When>>,
}

impl<'a> Ground<'a> {
    fn of(evaluator: &Evaluator<'a>, subjects: &[Subject<'a>]) -> Self {
        let trusts = evaluator.trusts();
        let mut ground = Self::default();
        for (number, &subject) in (0..).zip(subjects) {
            let arn = subject.arn();
            match subject {
                Subject::Principal(Who::User(_)) => ground.users.insert(arn, number),
                Subject::Principal(Who::Role(role)) => {
                    if is_personal(role) {
                        ground.personal.insert(arn, role);
                    }
                    ground.roles.insert(arn, number)
                }
                Subject::Group(_) => ground.groups.insert(arn, number),
            };
            if let Some(account) = account_of(arn)
                && let Entry::Vacant(slot) = ground.doors.entry(account)
            {
                slot.insert(shared_doors(trusts, account));
            }
        }
        for CompiledSet { set, .. } in &evaluator.catalogue.sets {
            for service in [&set.pass_to, &set.runs_on].into_iter().flatten() {
                let let_in = ground.services.entry(service).or_default();
                if let_in.is_empty() {
                    for (role, when) in trusts.roles_for_service(service) {
                        ease(let_in, &role.identity.arn, when, When::doubts);
                    }
                }
            }
        }
        ground
    }
}

/// Draws the edges of one principal after the other.
struct Builder<'e, 'a> {
    evaluator: &'e Evaluator<'a>,
    ground: Rc<Ground<'a>>,
    hubs: Vec<Rc<Vec<Member<'a>>>>,
    known: BTreeMap<(Family<'a>, Vec<Extent>), u32>,
}

impl<'a> Builder<'_, 'a> {
    /// A principal, and the steps that it may take.
    fn draw(&mut self, who: Subject<'a>) -> (Node<'a>, Vec<Edge<'a>>) {
        let evaluator = self.evaluator;
        let rights = who.rights(evaluator);
        let board = Board::of(&evaluator.catalogue, &rights);
        let principal = match who {
            Subject::Principal(who) => Some(who),
            Subject::Group(_) => None,
        };
        let strengths = own_strengths(evaluator, &board, principal);
        // Who can make itself anything has nothing left to become.
        let is_end = strengths.admin.as_ref().is_some_and(|own| own.when.is_always());
        let edges = if is_end { Vec::new() } else { self.edges(who, &board) };
        (Node { who, rights, strengths, mutating: OnceLock::new() }, edges)
    }

    /// The steps of one principal; of those that lead to one end, the easiest.
    fn edges(&mut self, who: Subject<'a>, board: &Board<'_, 'a>) -> Vec<Edge<'a>> {
        let mut edges: BTreeMap<To, Edge<'a>> = BTreeMap::new();
        let evaluator = self.evaluator;
        for compiled in evaluator.catalogue.sets.iter().filter(|set| is_step(set)) {
            let Some(held) = board.held(compiled) else { continue };
            let caller = who.caller();
            let mut rights = match &compiled.set.pass_to {
                Some(service) => passing(board, service, &caller),
                None => held.first().cloned().unwrap_or_default(),
            };
            let is_cut = rights.len() > BEGINNINGS;
            if is_cut {
                rights.sort_by_key(|right| right.when.doubts());
                rights.truncate(1);
            }
            for right in rights {
                let when = self.begins_when(right, board, compiled, &caller, is_cut);
                let everything = [Extent::default()];
                let extents = if is_cut || compiled.set.runs_on.is_some() {
                    everything.as_slice()
                } else {
                    right.resources.as_slice()
                };
                let others = match compiled.set.pass_to {
                    Some(_) => held.as_slice(),
                    None => held.get(1..).unwrap_or(&[]),
                };
                let Some(more) = companions(others, right, compiled.set.same_resource, None) else {
                    continue;
                };
                let mut edge = Edge {
                    to: To::Hub(0),
                    rule: compiled.risk,
                    assumes: compiled.set.on == Target::AssumableRole,
                    service: compiled.set.pass_to.as_deref().or(compiled.set.runs_on.as_deref()),
                    holdings: vec![right.holding],
                    when,
                    door: None,
                };
                for other in more {
                    edge.when = edge.when.with(&other.when);
                    edge.holdings.push(other.holding);
                }
                self.lead(who, extents, compiled, edge, &mut edges);
            }
        }
        edges.into_values().collect()
    }

    /// What a step depends on, by the right that it begins with.
    fn begins_when(
        &self,
        right: &Right,
        board: &Board<'_, 'a>,
        compiled: &CompiledSet<'a>,
        caller: &Caller<'_>,
        is_cut: bool,
    ) -> When {
        let set = compiled.set;
        let mut when = match &set.pass_to {
            Some(service) => passes_when(board, right, service, caller),
            None => right.when.clone(),
        };
        let runs = set.runs_on.is_some().then_some(RUNS_AS);
        let cut = is_cut.then_some(TOO_MANY);
        if let Some(doubt) = set.assumes.as_deref().or(runs).or(cut) {
            when.unknown.get_or_insert_with(|| doubt.to_owned());
        }
        when
    }

    /// Draws a step to everybody that is within some resources.
    fn lead(
        &mut self,
        who: Subject<'a>,
        extents: &[Extent],
        compiled: &CompiledSet<'a>,
        edge: Edge<'a>,
        edges: &mut BTreeMap<To, Edge<'a>>,
    ) {
        let set = compiled.set;
        let family = match (&set.pass_to, &set.runs_on, set.on) {
            (Some(service), ..) | (None, Some(service), _) => Family::Service(service),
            (None, None, Target::OtherUser) => Family::Users,
            (None, None, Target::OtherRole) => Family::Roles,
            (None, None, Target::OtherGroup) => match who {
                Subject::Principal(Who::User(_)) => Family::Groups,
                Subject::Principal(Who::Role(_)) | Subject::Group(_) => return,
            },
            (None, None, Target::AssumableRole) => {
                self.open(who, extents, &edge, edges);
                match account_of(who.arn()) {
                    Some(account) => Family::Doors(account),
                    None => return,
                }
            }
            (
                None,
                None,
                Target::Any
                | Target::SelfUser
                | Target::SelfRole
                | Target::OwnGroup
                | Target::OwnPolicy
                | Target::OlderVersion
                | Target::PolicyOfAssumableRole
                | Target::PolicyOfOtherRole
                | Target::OwnBoundaryUser
                | Target::OwnBoundaryRole,
            ) => return,
        };
        let hub = self.hub(family, extents);
        if self.hubs.get(hub as usize).is_some_and(|members| !members.is_empty()) {
            add(edges, Edge { to: To::Hub(hub), ..edge });
        }
    }

    /// Draws a step through each door that asks who it is.
    fn open(
        &self,
        who: Subject<'a>,
        extents: &[Extent],
        edge: &Edge<'a>,
        edges: &mut BTreeMap<To, Edge<'a>>,
    ) {
        let caller = who.caller();
        let trusts = self.evaluator.trusts();
        let asked = covered(&self.ground.personal, extents);
        let mut doors = trusts.named_doors(&caller);
        doors.extend(asked.values().flat_map(|role| trusts.doors_of(role, &caller)));
        for door in doors {
            let arn = door.role.identity.arn.as_str();
            if !extents.iter().any(|extent| extent.contains(arn)) || arn == who.arn() {
                continue;
            }
            let Some(&number) = self.ground.roles.get(arn) else { continue };
            add(
                edges,
                Edge {
                    to: To::Node(number),
                    rule: edge.rule,
                    assumes: edge.assumes,
                    service: edge.service,
                    holdings: edge.holdings.clone(),
                    when: edge.when.clone().with(&door.when),
                    door: Some(door),
                },
            );
        }
    }

    fn hub(&mut self, family: Family<'a>, extents: &[Extent]) -> u32 {
        let next = u32::try_from(self.hubs.len()).unwrap_or(u32::MAX);
        let slot = match self.known.entry((family, extents.to_vec())) {
            Entry::Occupied(known) => return *known.get(),
            Entry::Vacant(slot) => slot,
        };
        slot.insert(next);
        let plain = |(_, &node): (&str, &u32)| Member { node, when: When::default(), door: None };
        let none = BTreeMap::new();
        let members: Vec<Member<'a>> = match family {
            Family::Users => covered(&self.ground.users, extents).into_iter().map(plain).collect(),
            Family::Roles => covered(&self.ground.roles, extents).into_iter().map(plain).collect(),
            Family::Groups => {
                covered(&self.ground.groups, extents).into_iter().map(plain).collect()
            }
            Family::Doors(account) => {
                let doors = self.ground.doors.get(account);
                covered(doors.unwrap_or(&BTreeMap::new()), extents)
                    .into_iter()
                    .filter(|(arn, _)| !self.ground.personal.contains_key(arn))
                    .filter_map(|(arn, door)| {
                        let node = *self.ground.roles.get(arn)?;
                        Some(Member { node, when: door.when.clone(), door: Some(door.clone()) })
                    })
                    .collect()
            }
            Family::Service(service) => {
                covered(self.ground.services.get(service).unwrap_or(&none), extents)
                    .into_iter()
                    .filter_map(|(arn, when)| {
                        let node = *self.ground.roles.get(arn)?;
                        Some(Member { node, when: when.clone(), door: None })
                    })
                    .collect()
            }
        };
        self.hubs.push(Rc::new(members));
        next
    }
}

/// Adds an edge, unless an easier one leads there.
fn add<'a>(edges: &mut BTreeMap<To, Edge<'a>>, edge: Edge<'a>) {
    match edges.entry(edge.to) {
        Entry::Vacant(slot) => drop(slot.insert(edge)),
        Entry::Occupied(mut known) => {
            if edge.when.doubts() < known.get().when.doubts() {
                known.insert(edge);
            }
        }
    }
}

/// Keeps the easier of two ways to one end.
fn ease<'a, T, D: Ord>(ways: &mut BTreeMap<&'a str, T>, to: &'a str, way: T, doubts: fn(&T) -> D) {
    match ways.entry(to) {
        Entry::Vacant(slot) => drop(slot.insert(way)),
        Entry::Occupied(mut known) => {
            if doubts(&way) < doubts(known.get()) {
                known.insert(way);
            }
        }
    }
}

/// The roles that let in whoever of an account asks, each by its easiest door.
fn shared_doors<'a>(trusts: &Trusts<'a>, account: &str) -> BTreeMap<&'a str, Door<'a>> {
    let anybody = format!("arn:aws:iam::{account}:root");
    let caller = Caller { arn: &anybody, user_name: None, passed_to: None };
    let mut doors = BTreeMap::new();
    for door in trusts.doors_for(&caller) {
        ease(&mut doors, &door.role.identity.arn, door, |door| door.when.doubts());
    }
    doors
}

/// Keys about principals that are the same for all of one account.
const SHARED: [&str; 4] = [
    "aws:principalaccount",
    "aws:principalisawsservice",
    "aws:principalorgid",
    "aws:principalorgpaths",
];

/// Whether a trust policy tells the principals of one account apart other than by
/// naming them.
fn is_personal(role: &Role) -> bool {
    let asks_who = |statement: &Statement| {
        statement.conditions.iter().any(|clause| {
            let key = clause.key.to_ascii_lowercase();
            key.starts_with("aws:principal") && !SHARED.contains(&key.as_str())
                || key.starts_with("aws:user")
                || clause.values.iter().any(|value| value.contains("${"))
        })
    };
    let singles_out = |statement: &Statement| {
        statement.principals.as_ref().is_some_and(|who| {
            who.negated
                || statement.effect == Effect::Deny
                    && who.entries.iter().any(|(_, value)| value != "*")
        })
    };
    role.trust.statements().iter().any(|statement| asks_who(statement) || singles_out(statement))
}

/// What of a map some extents include.
fn covered<'m, 'k, T>(
    map: &'m BTreeMap<&'k str, T>,
    extents: &[Extent],
) -> BTreeMap<&'k str, &'m T> {
    let mut found = BTreeMap::new();
    for extent in extents {
        let prefix = extent
            .all
            .iter()
            .map(|pattern| literal_prefix(pattern))
            .max_by_key(|prefix| prefix.len())
            .unwrap_or("");
        let range = map.range::<str, _>((Bound::Included(prefix), Bound::Unbounded));
        let near = range.take_while(|(arn, _)| arn.starts_with(prefix));
        found.extend(near.filter(|(arn, _)| extent.contains(arn)).map(|(arn, item)| (*arn, item)));
    }
    found
}
