//! Rights that an identity can hand to itself: by a binding that it makes, by one
//! that it joins, by a role that it rewrites.
//!
//! Whether it may is asked of the engine that is held against the API server
//! (`escalation.rs`); here stands only what to ask about, within bounds. What it
//! can give itself becomes held rules beside its own, from which edges are drawn
//! as from any others.

use std::{
    collections::BTreeSet,
    sync::{Arc, LazyLock},
};

use super::{power, step::Doubt};
use crate::{
    model::{
        capability::Grant,
        kubernetes::{
            Scope,
            rbac::{Binding, PolicyRule, Role, RoleKind},
        },
        location::Location,
    },
    privilege::rbac::{
        closure::{Closure, Handed, Held},
        escalation::{Object, RoleToBind, Write},
        index::Index,
        matcher::{covers, covers_resource},
        request::Decision,
    },
};

const RBAC: &str = "rbac.authorization.k8s.io";
/// Built-in ClusterRoles that act as every ServiceAccount where they are bound.
const ADMINISTRATORS: [&str; 3] = ["cluster-admin", "admin", "edit"];
/// How often what was handed may help to more.
const ROUNDS: usize = 4;
/// Namespaces, roles, bindings and names that are asked about for one identity
/// in one round.
const ASKED: usize = 2_000;
/// A name that no object has.
const NEW: &str = "gradus-new";
/// No namespace has this name: only what holds in all of them holds in it.
const ANY: &str = "*";

static CLUSTER: Scope = Scope::Cluster;
static EVERYTHING: LazyLock<PolicyRule> = LazyLock::new(|| {
    let all = || vec![Arc::from("*")];
    PolicyRule {
        verbs: all(),
        api_groups: all(),
        resources: all(),
        resource_names: Vec::new(),
        non_resource_urls: Vec::new(),
        number: 1,
        aggregated_from: None,
        location: Location::file("cluster"),
    }
});

/// One way of handing rights to itself.
#[derive(Debug, Clone)]
pub(super) struct Handing<'a> {
    /// The risk that explains it.
    pub(super) rule: &'static str,
    /// As a sentence that follows who does it.
    pub(super) how: String,
    /// What it then is.
    pub(super) to: String,
    pub(super) grants: Vec<Grant>,
    pub(super) doubts: Vec<Doubt<'a>>,
    /// Earlier ones that it takes.
    pub(super) after: Vec<usize>,
    /// Where what it gives holds.
    pub(super) place: Place<'a>,
    /// Whether it gives every right there.
    pub(super) everything: bool,
}

/// Where handed rights hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place<'a> {
    Cluster,
    /// In every namespace, and in none of what lies outside of them.
    Any,
    /// In this scope, that of a namespace.
    In(&'a Scope),
}

impl<'a> Place<'a> {
    fn scope(self) -> &'a Scope {
        match self {
            Self::Cluster | Self::Any => &CLUSTER,
            Self::In(scope) => scope,
        }
    }

    /// As the engine is asked.
    fn namespace(self) -> Option<&'a str> {
        match self {
            Self::Cluster => None,
            Self::Any => Some(ANY),
            Self::In(scope) => Some(scope.namespace().unwrap_or(ANY)),
        }
    }

    fn said(self) -> String {
        match self {
            Self::Cluster => String::new(),
            Self::Any => " within any namespace".to_owned(),
            Self::In(scope) => {
                format!(" within {}", scope.namespace().unwrap_or("some namespace"))
            }
        }
    }

    fn doubts(self) -> Vec<Doubt<'a>> {
        match self {
            Self::In(Scope::UnknownNamespace) => vec![Doubt::GrantUnplaced],
            Self::Cluster | Self::Any | Self::In(_) => Vec::new(),
        }
    }

    fn binding_resource(self) -> &'static str {
        match self {
            Self::Cluster => "clusterrolebindings",
            Self::Any | Self::In(_) => "rolebindings",
        }
    }

    /// Whether a right counts when it is asked about this place: what lies no one
    /// knows where is only asked about by itself.
    fn counts(self, held: &Held<'_>) -> bool {
        match (self, held.scope()) {
            (_, Scope::Cluster) => true,
            (Self::In(scope), own) => scope == own,
            (Self::Cluster | Self::Any, _) => false,
        }
    }
}

/// A role as its holder is bound to it.
type BoundRole<'a> = (RoleKind, &'a str, Place<'a>);

/// All that one identity can hand to itself.
#[derive(Debug)]
pub(super) struct Handings<'a> {
    pub(super) list: Vec<Arc<Handing<'a>>>,
    /// What it comes to.
    pub(super) held: Vec<Held<'a>>,
    /// Whether there was more to ask about than is asked.
    pub(super) is_cut: bool,
}

/// What an identity can hand to itself; none where it may neither bind nor
/// escalate, as almost nobody may.
pub(super) fn handings<'a>(index: &Index<'a>, closure: &Closure<'a>) -> Option<Handings<'a>> {
    let own: Vec<Held<'a>> =
        closure.held.iter().filter(|held| is_rbac(held.rule)).copied().collect();
    let may = |verbs: &[&str]| {
        own.iter().any(|held| verbs.iter().any(|verb| covers(&held.rule.verbs, verb)))
    };
    if !may(&["bind", "escalate"]) || !may(&["create", "update", "patch"]) {
        return None;
    }
    let mut bound: Vec<BoundRole<'a>> = Vec::new();
    let mut be_bound = |kind, name, scope: &'a Scope| {
        let place = if *scope == Scope::Cluster { Place::Cluster } else { Place::In(scope) };
        if !bound.contains(&(kind, name, place)) {
            bound.push((kind, name, place));
        }
    };
    for held in &closure.held {
        be_bound(held.binding.role.kind, &held.role.name, held.scope());
        if let Some(part) = &held.rule.aggregated_from {
            be_bound(RoleKind::ClusterRole, part, held.scope());
        }
    }
    for binding in &closure.dangling {
        be_bound(binding.role.kind, &binding.role.name, &binding.scope);
    }
    let mut asking = Asking {
        index,
        own,
        bound,
        asked: 0,
        done: BTreeSet::new(),
        found: Handings { list: Vec::new(), held: Vec::new(), is_cut: false },
    };
    for _ in 0..ROUNDS {
        let before = asking.found.list.len();
        asking.asked = 0;
        asking.round();
        if asking.found.list.len() == before {
            break;
        }
    }
    Some(asking.found)
}

impl<'a> Handings<'a> {
    /// A handing with those that it takes before it, in their order.
    pub(super) fn chain(&self, number: usize) -> Vec<Arc<Handing<'a>>> {
        let mut numbers = vec![number];
        let mut at = 0;
        while let Some(handing) = numbers.get(at).and_then(|number| self.list.get(*number)) {
            numbers.extend(handing.after.iter().copied());
            at += 1;
        }
        numbers.sort_unstable();
        numbers.dedup();
        numbers.into_iter().filter_map(|number| self.list.get(number).cloned()).collect()
    }
}

/// What one identity is asked about.
struct Asking<'i, 'a> {
    index: &'i Index<'a>,
    /// Its rules over roles and bindings, and those that it can hand to itself.
    own: Vec<Held<'a>>,
    bound: Vec<BoundRole<'a>>,
    asked: usize,
    done: BTreeSet<(String, Place<'a>)>,
    found: Handings<'a>,
}

/// What is given, and by what.
struct Gift<'a> {
    rule: &'static str,
    how: String,
    /// The role; none for one that is made.
    role: Option<(RoleKind, &'a str)>,
    gives: Gives<'a>,
    place: Place<'a>,
    by: Vec<Grant>,
}

enum Gives<'a> {
    Everything,
    Roles(Vec<&'a Role>),
    /// The evidence lacks the role.
    Unknown(Doubt<'a>),
}

impl<'a> Asking<'_, 'a> {
    fn round(&mut self) {
        let mut places = BTreeSet::new();
        for held in &self.own {
            if *held.scope() == Scope::Cluster {
                places.extend([Place::Cluster, Place::Any]);
            } else {
                places.insert(Place::In(held.scope()));
            }
        }
        for place in places {
            let rights = self.rights(place);
            if !self.binds_anew(place, &rights) {
                self.joins(place, &rights);
            }
        }
        self.rewrites();
    }

    /// Whether one more question is within bounds.
    fn ask(&mut self) -> bool {
        self.asked += 1;
        self.found.is_cut |= self.asked > ASKED;
        self.asked <= ASKED
    }

    /// The rights that count in a place, as the engine takes them.
    fn rights(&self, place: Place<'_>) -> Closure<'a> {
        Closure {
            held: self.own.iter().filter(|held| place.counts(held)).copied().collect(),
            bypass: None,
            gaps: Vec::new(),
            dangling: Vec::new(),
        }
    }

    /// New bindings in a place. Whether every right is to be had there.
    fn binds_anew(&mut self, place: Place<'a>, rights: &Closure<'a>) -> bool {
        let Some((how, name)) = self.new_binding(place, rights) else { return false };
        let namespace = place.namespace();
        let bind = |kind, role| {
            let role = RoleToBind { kind, name: role, rules: None };
            allowed(rights.may_write_binding(how, namespace, name, role))
        };
        if let Some(by) = bind(RoleKind::ClusterRole, "cluster-admin") {
            self.give(Gift {
                rule: "K8S-BIND",
                how: format!("binds itself to ClusterRole/cluster-admin{}", place.said()),
                role: Some((RoleKind::ClusterRole, "cluster-admin")),
                gives: Gives::Everything,
                place,
                by,
            });
            return true;
        }
        for role in named_by(rights, "bind", "clusterroles") {
            if !self.ask() {
                break;
            }
            let Some(by) = bind(RoleKind::ClusterRole, role) else { continue };
            let roles = self.index.roles_named(&Scope::Cluster, role);
            let gives = if ADMINISTRATORS.contains(&role) {
                Gives::Everything
            } else if roles.is_empty() {
                Gives::Unknown(Doubt::BoundRoleUnlisted(role))
            } else {
                Gives::Roles(roles)
            };
            self.give(Gift {
                rule: "K8S-BIND",
                how: format!("binds itself to ClusterRole/{role}{}", place.said()),
                role: Some((RoleKind::ClusterRole, role)),
                gives,
                place,
                by,
            });
        }
        if place != Place::Cluster {
            self.binds_roles(place, rights, (how, name));
        }
        self.makes_role(place, rights, (how, name))
    }

    /// Roles of a place, by new bindings.
    fn binds_roles(&mut self, place: Place<'a>, rights: &Closure<'a>, (how, name): (Write, &str)) {
        if !rights.held.iter().any(|held| gives(held.rule, &["bind"], "roles")) {
            return;
        }
        for role in &self.index.snapshot.roles {
            let here = match place {
                Place::Cluster => false,
                Place::Any => role.scope.namespace().is_some(),
                Place::In(scope) => role.scope == *scope,
            };
            if !here {
                continue;
            }
            if !self.ask() {
                break;
            }
            let at = Place::In(&role.scope);
            let wanted = RoleToBind { kind: RoleKind::Role, name: &role.name, rules: None };
            let decision = rights.may_write_binding(how, at.namespace(), name, wanted);
            if let Some(by) = allowed(decision) {
                self.give(Gift {
                    rule: "K8S-BIND",
                    how: format!("binds itself to Role/{}{}", role.name, at.said()),
                    role: Some((RoleKind::Role, &role.name)),
                    gives: Gives::Roles(vec![role]),
                    place: at,
                    by,
                });
            }
        }
    }

    /// A role of its own making, bound to itself. Whether that can be.
    fn makes_role(
        &mut self,
        place: Place<'a>,
        rights: &Closure<'a>,
        (how, name): (Write, &str),
    ) -> bool {
        let kinds: &[RoleKind] = match place {
            Place::Cluster => &[RoleKind::ClusterRole],
            Place::Any | Place::In(_) => &[RoleKind::Role, RoleKind::ClusterRole],
        };
        for &kind in kinds {
            let (namespace, resource) = match kind {
                RoleKind::Role => (place.namespace(), "roles"),
                RoleKind::ClusterRole => (None, "clusterroles"),
            };
            let mut names = vec![NEW];
            for verb in ["bind", "escalate", "create"] {
                names.extend(named_by(rights, verb, resource));
            }
            names.sort_unstable();
            names.dedup();
            for role in names {
                let scope = if kind == RoleKind::Role { place.scope() } else { &CLUSTER };
                if role != NEW && !self.index.roles_named(scope, role).is_empty() {
                    continue;
                }
                if !self.ask() {
                    return false;
                }
                let wanted = RoleToBind { kind, name: role, rules: None };
                let binding = rights.may_write_binding(how, place.namespace(), name, wanted);
                let Some(mut by) = allowed(binding) else { continue };
                let made =
                    [Write::Create, Write::ApplyNew, Write::PutNew].into_iter().find_map(|how| {
                        let rules = std::slice::from_ref(&*EVERYTHING);
                        allowed(rights.may_write_role(how, namespace, role, rules, false))
                    });
                let Some(more) = made else { continue };
                by.extend(more);
                self.give(Gift {
                    rule: "K8S-ESCALATE",
                    how: format!(
                        "makes a {kind} of every right and binds itself to it{}",
                        place.said()
                    ),
                    role: None,
                    gives: Gives::Everything,
                    place,
                    by,
                });
                return true;
            }
        }
        false
    }

    /// How a binding that is not there yet can be made in a place, and under
    /// which name.
    fn new_binding(&self, place: Place<'_>, rights: &Closure<'a>) -> Option<(Write, &'a str)> {
        let resource = place.binding_resource();
        let may = |how, name| {
            let object = Object { group: RBAC, resource, namespace: place.namespace(), name };
            rights.may_write(how, object).is_allowed()
        };
        if may(Write::Create, NEW) {
            return Some((Write::Create, NEW));
        }
        let mut names: Vec<&'a str> = named_by(rights, "create", resource).take(ASKED).collect();
        names.sort_unstable();
        names.dedup();
        names.into_iter().find_map(|name| {
            let how = [Write::ApplyNew, Write::PutNew].into_iter().find(|how| may(*how, name))?;
            let is_there = self
                .index
                .snapshot
                .bindings
                .iter()
                .any(|binding| *binding.name == *name && binding.scope == *place.scope());
            // What is there and can be deleted can be made anew.
            let deletes = || {
                rights.held.iter().any(|held| {
                    gives(held.rule, &["delete"], resource)
                        && (held.rule.resource_names.is_empty()
                            || held.rule.resource_names.iter().any(|own| **own == *name))
                })
            };
            (place == Place::Any || !is_there || deletes()).then_some((how, name))
        })
    }

    /// Bindings that are there: they keep their role, and take one more subject.
    fn joins(&mut self, place: Place<'a>, rights: &Closure<'a>) {
        let resource = place.binding_resource();
        let writers: Vec<&Held<'a>> = rights
            .held
            .iter()
            .filter(|held| gives(held.rule, &["update", "patch"], resource))
            .collect();
        if writers.is_empty() {
            return;
        }
        self.joins_unlisted(place, rights, &writers);
        for binding in &self.index.snapshot.bindings {
            let here = match place {
                Place::Cluster => binding.scope == Scope::Cluster,
                Place::Any => matches!(binding.scope, Scope::Namespace(_)),
                Place::In(scope) => binding.scope == *scope,
            };
            let named = |held: &&&Held<'a>| {
                let names = &held.rule.resource_names;
                names.is_empty() || names.contains(&binding.name)
            };
            if !here || !writers.iter().any(|held| named(&held)) {
                continue;
            }
            let at = if place == Place::Cluster { place } else { Place::In(&binding.scope) };
            let role = &binding.role;
            if self.bound.contains(&(role.kind, &role.name, at)) {
                continue;
            }
            if !self.ask() {
                break;
            }
            self.join(binding, at, rights);
        }
    }

    /// Bindings of a kind of which the evidence has none.
    fn joins_unlisted(&mut self, place: Place<'a>, rights: &Closure<'a>, writers: &[&Held<'a>]) {
        let kind = if place == Place::Cluster { "ClusterRoleBinding" } else { "RoleBinding" };
        let binds = |held: &Held<'_>| gives(held.rule, &["bind"], "clusterroles");
        let Some(binder) = rights.held.iter().find(|held| binds(held)) else { return };
        let Some(writer) = writers.first() else { return };
        if !self.index.snapshot.has_kind(&format!("{RBAC}/{kind}")) {
            self.give(Gift {
                rule: "K8S-BIND",
                how: format!("adds itself to a {kind}{}", place.said()),
                role: None,
                gives: Gives::Unknown(Doubt::BindingsUnlisted),
                place,
                by: vec![binder.grant(), writer.grant()],
            });
        }
    }

    fn join(&mut self, binding: &'a Binding, place: Place<'a>, rights: &Closure<'a>) {
        let role = &binding.role;
        if place == Place::Cluster && role.kind == RoleKind::Role {
            return;
        }
        let by = [Write::Update, Write::Patch].into_iter().find_map(|how| {
            let wanted = RoleToBind { kind: role.kind, name: &role.name, rules: None };
            allowed(rights.may_write_binding(how, place.namespace(), &binding.name, wanted))
        });
        let Some(by) = by else { return };
        let roles: Vec<&Role> = self.index.roles_of(binding).collect();
        let gives = if role.kind == RoleKind::ClusterRole && ADMINISTRATORS.contains(&&*role.name) {
            Gives::Everything
        } else if roles.is_empty() {
            Gives::Unknown(Doubt::RoleUnlisted(role))
        } else {
            Gives::Roles(roles)
        };
        self.give(Gift {
            rule: "K8S-BIND",
            how: format!("adds itself to {binding}, which gives {}/{}", role.kind, role.name),
            role: Some((role.kind, &role.name)),
            gives,
            place,
            by,
        });
    }

    /// Roles that it is bound to, or can be: one that it may rewrite gives
    /// everything where it is bound.
    fn rewrites(&mut self) {
        if !self.own.iter().any(|held| covers(&held.rule.verbs, "escalate")) {
            return;
        }
        for (kind, name, place) in self.bound.clone() {
            if !self.ask() {
                break;
            }
            let (namespace, rights) = match kind {
                RoleKind::Role => (place.namespace(), self.rights(place)),
                RoleKind::ClusterRole => (None, self.rights(Place::Cluster)),
            };
            let scope = if kind == RoleKind::Role { place.scope() } else { &CLUSTER };
            let ways: &[Write] = if self.index.roles_named(scope, name).is_empty() {
                &[Write::Create, Write::ApplyNew, Write::PutNew]
            } else {
                &[Write::Update, Write::Patch]
            };
            let by = ways.iter().find_map(|how| {
                let rules = std::slice::from_ref(&*EVERYTHING);
                allowed(rights.may_write_role(*how, namespace, name, rules, false))
            });
            if let Some(by) = by {
                self.give(Gift {
                    rule: "K8S-ESCALATE",
                    how: format!(
                        "adds every right to {kind}/{name}, which it is bound to{}",
                        place.said()
                    ),
                    role: None,
                    gives: Gives::Everything,
                    place,
                    by,
                });
            }
        }
    }

    /// Takes a way of handing into account, unless it is one already.
    fn give(&mut self, gift: Gift<'a>) {
        let Gift { rule, how, role, gives, place, by } = gift;
        let mut doubts = place.doubts();
        let mut roles = Vec::new();
        let everything = match gives {
            Gives::Everything => true,
            Gives::Unknown(doubt) => {
                doubts.push(doubt);
                true
            }
            Gives::Roles(list) => {
                let all = |role: &&Role| role.rules.iter().any(power::is_everything);
                let has_all = list.iter().any(all);
                roles = list;
                has_all
            }
        };
        let key = match role {
            Some((kind, name)) if doubts.is_empty() => format!("{kind}/{name}"),
            Some((kind, name)) => format!("?{kind}/{name}"),
            None if doubts.is_empty() => String::new(),
            None => "?".to_owned(),
        };
        let Some(anchor) = self.own.iter().find(|held| place.counts(held)).copied() else {
            return;
        };
        if !self.done.insert((key, place)) {
            return;
        }
        let number = self.found.list.len();
        let after = self.resting_on(&by);
        let handed = |everything| {
            let in_namespaces = place == Place::Any;
            Some(Handed { scope: place.scope(), in_namespaces, everything, number })
        };
        let mut given: Vec<Held<'a>> = roles
            .iter()
            .flat_map(|role| role.rules.iter().map(move |rule| (*role, rule)))
            .map(|(role, rule)| Held { role, rule, handed: handed(false), ..anchor })
            .collect();
        if everything {
            given.push(Held { rule: &EVERYTHING, handed: handed(true), ..anchor });
        }
        if let Some((kind, name)) = role
            && !self.bound.contains(&(kind, name, place))
        {
            self.bound.push((kind, name, place));
        }
        if doubts.is_empty() && place != Place::Any {
            self.own.extend(given.iter().filter(|held| is_rbac(held.rule)).copied());
        }
        let to = match role {
            Some((kind, name)) => format!("a holder of {kind}/{name}{}", place.said()),
            None => format!("a holder of every right{}", place.said()),
        };
        let grants = by.into_iter().filter(|grant| grant.cut_at.is_some()).collect();
        let handing = Handing { rule, how, to, grants, doubts, after, place, everything };
        self.found.list.push(Arc::new(handing));
        self.found.held.extend(given);
    }

    /// The handings that grants come from.
    fn resting_on(&self, by: &[Grant]) -> Vec<usize> {
        let mut after: Vec<usize> = self
            .own
            .iter()
            .filter_map(|held| held.handed.map(|handed| (handed.number, held.grant())))
            .filter(|(_, grant)| by.contains(grant))
            .map(|(number, _)| number)
            .collect();
        let is_own = |grant: &Grant| grant.cut_at.is_some();
        if by.iter().any(is_own) && by.iter().all(is_own) {
            after.clear();
        }
        after.sort_unstable();
        after.dedup();
        after
    }
}

/// Names for which a verb is held on a resource.
fn named_by<'c, 'a>(
    rights: &'c Closure<'a>,
    verb: &'c str,
    resource: &'c str,
) -> impl Iterator<Item = &'a str> + 'c {
    rights
        .held
        .iter()
        .filter(move |held| gives(held.rule, &[verb], resource))
        .flat_map(|held| held.rule.resource_names.iter().map(|name| &**name))
}

fn gives(rule: &PolicyRule, verbs: &[&str], resource: &str) -> bool {
    covers(&rule.api_groups, RBAC)
        && covers_resource(rule, resource, "")
        && verbs.iter().any(|verb| covers(&rule.verbs, verb))
}

fn is_rbac(rule: &PolicyRule) -> bool {
    covers(&rule.api_groups, RBAC)
        && ["roles", "clusterroles", "rolebindings", "clusterrolebindings"]
            .iter()
            .any(|resource| covers_resource(rule, resource, ""))
}

fn allowed(decision: Decision) -> Option<Vec<Grant>> {
    match decision {
        Decision::Allowed { by } => Some(by),
        Decision::NotAllowed | Decision::Unknown { .. } => None,
    }
}
