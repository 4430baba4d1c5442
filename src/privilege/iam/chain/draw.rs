//! Drawing the graph: which steps everybody may take, and whom each leads to.

use std::{
    cell::RefCell,
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
    holdings::Who,
    rights::Right,
    risk::{Board, CompiledSet, companions, own_strengths, passes_when, passing},
    trust::{Door, Trusts},
    when::When,
};
use super::{
    graph::{Changed, Drawn, Edge, Graph, Hub, Member, Node, Rank, Subject, To},
    more::Kinds,
};
use crate::{
    model::aws::{
        Role, account_of,
        pattern::literal_prefix,
        policy::{Effect, Statement},
    },
    rubric::aws::{KeyUse, Target},
};

/// Rights to one action from which steps are drawn one by one; beyond them, which
/// only hostile policies have, they count as one that may reach everybody.
const BEGINNINGS: usize = 64;
/// What such a step depends on.
const TOO_MANY: &str = "whom its policies reach: they have too many parts";

/// What a step through existing compute depends on.
const RUNS_AS: &str = "whether compute that it covers runs as that role";

/// Whether a rule tells of a step, so that who fulfils it may become another.
pub(super) fn is_step(compiled: &CompiledSet<'_>) -> bool {
    compiled.risk.step.is_some()
}

impl<'a> Graph<'a> {
    /// Draws it.
    pub(super) fn of(evaluator: &Evaluator<'a>) -> Self {
        let account = evaluator.account;
        let users = account.users.values().map(Who::User).map(Subject::Principal);
        let roles = account.roles.values().map(Who::Role).map(Subject::Principal);
        let groups = account.groups.values().map(Subject::Group);
        let subjects: Vec<Subject<'a>> = users.chain(roles).chain(groups).collect();
        let ground = Rc::new(Ground::of(evaluator, &subjects));
        let mut builder = Builder::new(evaluator, ground.clone(), 0);
        let nodes: Vec<Node<'a>> = subjects.iter().map(|&who| builder.draw(who)).collect();
        let rank = |number: u32| nodes.get(number as usize).and_then(Node::rank);
        let hubs = builder.hubs.into_iter().map(|members| Hub::of(members, rank)).collect();
        let numbers = (0..).zip(&subjects).map(|(number, subject)| (subject.arn(), number));
        let numbers: BTreeMap<&'a str, u32> = numbers.collect();
        let strongest_first = |roles: &BTreeMap<&'a str, When>| {
            let mut roles: Vec<_> = roles.iter().map(|(arn, when)| (*arn, when.clone())).collect();
            let rank_of = |arn: &str| numbers.get(arn).map(|&number| rank(number));
            roles.sort_by_cached_key(|(arn, _)| (Reverse(rank_of(arn)), *arn));
            roles
        };
        let alike = alike(&nodes);
        let services = ground.services.iter();
        let services =
            services.map(|(service, roles)| (*service, strongest_first(roles))).collect();
        Self {
            drawn: Rc::new(Drawn {
                nodes,
                hubs,
                services,
                numbers,
                alike,
                ground,
                kinds: Kinds::default(),
                reached: RefCell::default(),
            }),
            changed: None,
        }
    }

    /// The graph of the account as it is, but for what one of its principals holds by
    /// `evaluator`.
    pub(super) fn with(&self, evaluator: &Evaluator<'a>, who: Who<'a>) -> Self {
        let drawn = self.drawn.clone();
        let Some(number) = self.number(who.arn()) else { return Self { drawn, changed: None } };
        let mut builder = Builder::new(evaluator, drawn.ground.clone(), drawn.hubs.len());
        let node = builder.draw(Subject::Principal(who));
        let rank = |at: u32| -> Rank {
            if at == number { node.rank() } else { drawn.nodes.get(at as usize)?.rank() }
        };
        let hubs = builder.hubs.into_iter().map(|members| Hub::of(members, rank)).collect();
        let changed = Changed { number, node, hubs };
        Self { drawn, changed: Some(Rc::new(changed)) }
    }
}

/// For each node the first whose steps lead to the same, and as certainly; none where
/// no other's do.
fn alike(nodes: &[Node<'_>]) -> Vec<Option<u32>> {
    let mut alike: BTreeMap<Vec<(To, bool)>, Vec<u32>> = BTreeMap::new();
    for (number, node) in (0..).zip(nodes) {
        let steps = node.edges.iter().map(|edge| (edge.to, edge.when.is_always()));
        alike.entry(steps.collect()).or_default().push(number);
    }
    let mut first = vec![None; nodes.len()];
    for numbers in alike.into_values().filter(|numbers| numbers.len() > 1) {
        for &number in &numbers {
            if let Some(slot) = first.get_mut(number as usize) {
                *slot = numbers.first().copied();
            }
        }
    }
    first
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
pub(super) struct Ground<'a> {
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
        let of_account = evaluator.rules.conditions().used_for(KeyUse::WholeAccount);
        let mut ground = Self::default();
        for (number, &subject) in (0..).zip(subjects) {
            let arn = subject.arn();
            match subject {
                Subject::Principal(Who::User(_)) => ground.users.insert(arn, number),
                Subject::Principal(Who::Role(role)) => {
                    if is_personal(role, of_account) {
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
    /// The hubs that others drew before.
    before: usize,
    hubs: Vec<Vec<Member<'a>>>,
    known: BTreeMap<(Family<'a>, Vec<Extent>), usize>,
}

impl<'e, 'a> Builder<'e, 'a> {
    fn new(evaluator: &'e Evaluator<'a>, ground: Rc<Ground<'a>>, before: usize) -> Self {
        Self { evaluator, ground, before, hubs: Vec::new(), known: BTreeMap::new() }
    }

    /// A principal, and the steps that it may take.
    fn draw(&mut self, who: Subject<'a>) -> Node<'a> {
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
        Node { who, rights, strengths, edges, mutating: OnceLock::new() }
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
                    right.resources()
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
            when = when.unless_known(|| doubt.to_owned());
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
        let place = self.hub(family, extents);
        if self.hubs.get(place).is_some_and(|members| !members.is_empty())
            && let Ok(hub) = u32::try_from(self.before + place)
        {
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

    /// The place of a hub among those drawn here.
    fn hub(&mut self, family: Family<'a>, extents: &[Extent]) -> usize {
        let next = self.hubs.len();
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
        self.hubs.push(members);
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

/// Whether a trust policy tells the principals of one account apart other than by
/// naming them; by the keys `of_account` it tells none.
fn is_personal(role: &Role, of_account: &[String]) -> bool {
    let asks_who = |statement: &Statement| {
        statement.conditions.iter().any(|clause| {
            let key = clause.key.to_ascii_lowercase();
            key.starts_with("aws:principal") && !of_account.contains(&key)
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
