//! From held rules to capabilities that a person can read.
//!
//! Wildcards stay wildcards. Verbs of one effect on one resource in one scope
//! are one capability, whatever number of grants give it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    sync::Arc,
};

use super::{
    closure::{Closure, Held},
    effect::{Permission, effect_of_url, worst},
    matcher::{ALL, covers, covers_resource, nameable},
};
use crate::{
    model::{
        capability::{Capability, Condition, Grant, Plane},
        coverage::Gap,
        effect::Effect,
        gate::Gate,
        kubernetes::{Scope, rbac::PolicyRule},
        principal::Principal,
        text::some_of,
    },
    privilege::admission::{Before, Wanted},
    rubric::kubernetes::effects::Effects,
};

/// A rule whose lists multiply to more than this counts as a rule over everything.
pub(super) const COMBINATIONS_PER_RULE: usize = 20_000;
/// Past this number, capabilities that differ only in their namespace become one.
const CAPABILITIES_APART: usize = 400;
/// Past this number, the mildest become one.
const CAPABILITIES: usize = 2_000;
/// Past this number of held rules, a create with names counts as one that can
/// be applied, and nothing is searched for.
const RULES_SEARCHED: usize = 5_000;
/// Grants shown for one capability.
const GRANTS: usize = 50;
/// Names shown in a list.
const NAMES_SHOWN: usize = 3;
/// Names that an id spells out.
const NAMES_IN_ID: usize = 8;

/// What makes two permissions one capability.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key<'a> {
    scope: Place<'a>,
    what: What<'a>,
    effect: Effect,
    known: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Place<'a> {
    One(&'a Scope),
    /// Folded: these namespaces.
    Namespaces(Vec<&'a Scope>),
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum What<'a> {
    Resource { label: String, names: &'a [Arc<str>] },
    Urls,
}

#[derive(Debug, Default)]
struct Draft<'a> {
    verbs: BTreeSet<Verb<'a>>,
    /// Group, resource and subresource, as rules spell them.
    parts: BTreeSet<(&'a str, &'a str, &'a str)>,
    urls: BTreeSet<&'a str>,
    grants: Vec<Grant>,
    grants_left_out: usize,
    /// Whether it takes no credential: whoever drops his is another caller, and
    /// what stands before the principal does not stand before that one.
    anonymous: bool,
}

/// A verb in the order in which people list them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Verb<'a>(usize, &'a str);

impl<'a> Verb<'a> {
    fn new(verb: &'a str) -> Self {
        const ORDER: [&str; 9] = [
            ALL,
            "get",
            "list",
            "watch",
            "create",
            "update",
            "patch",
            "delete",
            "deletecollection",
        ];
        Self(ORDER.iter().position(|known| *known == verb).unwrap_or(ORDER.len()), verb)
    }
}

impl Draft<'_> {
    fn give(&mut self, grant: &Grant) {
        if self.grants.contains(grant) {
        } else if self.grants.len() < GRANTS {
            self.grants.push(grant.clone());
        } else {
            self.grants_left_out += 1;
        }
    }
}

/// All capabilities of a closure, ordered by id, and what they leave undecided.
/// `before` is what stands before the principal at the cluster's door, if that
/// is asked for.
pub(super) fn capabilities(
    effects: &Effects,
    closure: &Closure<'_>,
    principal: &Principal,
    mut before: Option<&mut Before<'_, '_>>,
) -> (Vec<Capability>, Vec<Gap>) {
    let mut gaps = Vec::new();
    let mut drafts = BTreeMap::<Key<'_>, Draft<'_>>::new();
    let everything = |scope| Key {
        scope: Place::One(scope),
        what: What::Resource { label: "*.*".to_owned(), names: &[] },
        effect: Effect::Escalation,
        known: true,
    };
    if let Some(grant) = &closure.bypass {
        let draft = drafts.entry(everything(&Scope::Cluster)).or_default();
        draft.verbs.insert(Verb::new(ALL));
        draft.parts.insert((ALL, ALL, ""));
        draft.give(grant);
    }
    for held in &closure.held {
        let rule = held.rule;
        let combinations = combinations(rule);
        let grant = held.grant();
        if combinations > COMBINATIONS_PER_RULE {
            gaps.push(Gap {
                location: rule.location.clone(),
                reason: format!(
                    "a rule with {combinations} combinations counts as one over everything"
                ),
            });
            let draft = drafts.entry(everything(held.scope())).or_default();
            draft.verbs.insert(Verb::new(ALL));
            draft.parts.insert((ALL, ALL, ""));
            draft.anonymous |= held.anonymous;
            draft.give(&grant);
            continue;
        }
        for permission in permissions(effects, rule) {
            let names = match usable_names(closure, held, permission) {
                Usable::Never => continue,
                Usable::As(names) => names,
            };
            if let Some((effect, known)) = worst(effects, held.scope(), permission, names) {
                let what = What::Resource { label: label(permission), names };
                let key = Key { scope: Place::One(held.scope()), what, effect, known };
                let draft = drafts.entry(key).or_default();
                draft.verbs.insert(Verb::new(permission.verb));
                draft.parts.insert((permission.group, permission.resource, permission.subresource));
                draft.anonymous |= held.anonymous;
                draft.give(&grant);
            }
        }
        if *held.scope() == Scope::Cluster {
            for verb in &rule.verbs {
                for url in &rule.non_resource_urls {
                    let (effect, known) = effect_of_url(effects, verb, url);
                    let key =
                        Key { scope: Place::One(held.scope()), what: What::Urls, effect, known };
                    let draft = drafts.entry(key).or_default();
                    draft.verbs.insert(Verb::new(verb));
                    draft.urls.insert(url);
                    draft.give(&grant);
                }
            }
        }
    }
    if drafts.len() > CAPABILITIES_APART {
        drafts = fold_namespaces(drafts);
    }
    let mut all: Vec<Capability> = drafts
        .into_iter()
        .map(|(key, draft)| finish(key, draft, principal, before.as_deref_mut()))
        .collect();
    if all.len() > CAPABILITIES {
        fold_mildest(&mut all, &mut gaps);
    }
    all.sort_by(|a, b| a.id.cmp(&b.id));
    (all, gaps)
}

/// What a rule's lists multiply to.
pub(super) fn combinations(rule: &PolicyRule) -> usize {
    rule.verbs
        .len()
        .saturating_mul(rule.api_groups.len())
        .saturating_mul(rule.resources.len())
        .saturating_mul(rule.resource_names.len().max(1))
}

/// The combinations of a rule's lists that can name something.
pub(super) fn permissions<'a>(effects: &'a Effects, rule: &'a PolicyRule) -> Vec<Permission<'a>> {
    let one = |list: &'a [Arc<str>]| -> Vec<&'a str> {
        if covers(list, ALL) {
            vec![ALL]
        } else {
            // A star within a word is a letter like any other, and no name has it.
            let words: BTreeSet<&str> =
                list.iter().map(|word| &**word).filter(|word| !word.contains('*')).collect();
            words.into_iter().collect()
        }
    };
    let verbs = one(&rule.verbs);
    let groups = one(&rule.api_groups);
    let mut resources: Vec<(&str, &str)> =
        rule.resources.iter().filter_map(|entry| nameable(entry)).collect();
    resources.sort_unstable();
    resources.dedup();
    if resources.contains(&(ALL, "")) {
        resources = vec![(ALL, "")];
    }
    let mut found = Vec::new();
    for &(resource, subresource) in &resources {
        for &group in &groups {
            if is_artefact(effects, rule, group, resource, subresource) {
                continue;
            }
            found.extend(verbs.iter().map(|&verb| Permission {
                verb,
                group,
                resource,
                subresource,
            }));
        }
    }
    found
}

/// Whether a combination only comes from multiplying a rule's lists: a group
/// that is known in full lacks the resource, and another group of the rule has it.
fn is_artefact(
    effects: &Effects,
    rule: &PolicyRule,
    group: &str,
    resource: &str,
    subresource: &str,
) -> bool {
    let lists = |group: &str| {
        effects.group(group).map(|known| {
            let has = known.resources().any(|listed| {
                listed.split_once('/').unwrap_or((listed, "")) == (resource, subresource)
            });
            (has, known.complete)
        })
    };
    if group == ALL || resource == ALL || lists(group) != Some((false, true)) {
        return false;
    }
    rule.api_groups
        .iter()
        .filter(|other| ***other != *group)
        .any(|other| lists(other).is_none_or(|(has, complete)| has || !complete))
}

enum Usable<'a> {
    Never,
    As(&'a [Arc<str>]),
}

/// The names that a permission is limited to, if it can be used with them at
/// all. Creating and deleting collections carry no name, so a rule with names
/// never meets them; only server-side apply, which is a patch, creates by name.
fn usable_names<'a>(
    closure: &Closure<'_>,
    held: &Held<'a>,
    permission: Permission<'_>,
) -> Usable<'a> {
    let names = &held.rule.resource_names;
    let never = !names.is_empty()
        && match permission.verb {
            "deletecollection" => true,
            "create" => permission.subresource.is_empty() && !can_apply(closure, held, permission),
            _ => false,
        };
    if never { Usable::Never } else { Usable::As(names) }
}

/// Resources that a `PUT` by name creates where they are not there yet
/// (`AllowCreateOnUpdate` of their strategies in `pkg/registry` of
/// kubernetes/kubernetes; false for everything else, custom resources included).
const MADE_BY_UPDATE: [(&str, &str); 10] = [
    ("rbac.authorization.k8s.io", "roles"),
    ("rbac.authorization.k8s.io", "rolebindings"),
    ("rbac.authorization.k8s.io", "clusterroles"),
    ("rbac.authorization.k8s.io", "clusterrolebindings"),
    ("", "services"),
    ("", "endpoints"),
    ("", "events"),
    ("", "limitranges"),
    ("node.k8s.io", "runtimeclasses"),
    ("coordination.k8s.io", "leases"),
];

/// Whether an update by name creates what a permission is about: a permission
/// over groups or resources by wildcard is about those that it does, too.
fn is_made_by_update(permission: Permission<'_>) -> bool {
    permission.subresource.is_empty()
        && MADE_BY_UPDATE.iter().any(|(group, resource)| {
            [*group, ALL].contains(&permission.group)
                && [*resource, ALL].contains(&permission.resource)
        })
}

/// Whether a rule that allows `create` for certain names is met by a `patch`
/// on one of them within the same scope, or by an `update` where that creates.
pub(super) fn can_apply(
    closure: &Closure<'_>,
    held: &Held<'_>,
    permission: Permission<'_>,
) -> bool {
    let by_update = is_made_by_update(permission);
    closure.held.len() > RULES_SEARCHED
        || closure.held.iter().any(|other| {
            (other.scope() == held.scope()
                || *other.scope() == Scope::Cluster
                || *held.scope() == Scope::Cluster
                || *held.scope() == Scope::UnknownNamespace
                || *other.scope() == Scope::UnknownNamespace)
                && (covers(&other.rule.verbs, "patch")
                    || by_update && covers(&other.rule.verbs, "update"))
                && covers(&other.rule.api_groups, permission.group)
                && covers_resource(other.rule, permission.resource, permission.subresource)
                && (other.rule.resource_names.is_empty()
                    || other
                        .rule
                        .resource_names
                        .iter()
                        .any(|name| held.rule.resource_names.contains(name)))
        })
}

/// `pods`, `pods/log`, `deployments.apps/scale`, `*.core`, `*.*`.
pub(super) fn label(permission: Permission<'_>) -> String {
    let Permission { group, resource, subresource, .. } = permission;
    let mut label = resource.to_owned();
    if !group.is_empty() {
        label.push('.');
        label.push_str(group);
    } else if resource == ALL {
        label.push_str(".core");
    }
    if !subresource.is_empty() {
        label.push('/');
        label.push_str(subresource);
    }
    label
}

/// The labels of all permissions that cover one resource: its own, and those with
/// wildcards.
#[must_use]
pub fn labels_covering(group: &str, resource: &str, subresource: &str) -> BTreeSet<String> {
    let mut labels = BTreeSet::new();
    for group in [group, ALL] {
        for (resource, subresource) in [(resource, subresource), (ALL, subresource), (ALL, "")] {
            labels.insert(label(Permission { verb: "", group, resource, subresource }));
        }
    }
    labels
}

fn fold_namespaces<'a>(drafts: BTreeMap<Key<'a>, Draft<'a>>) -> BTreeMap<Key<'a>, Draft<'a>> {
    type Folded<'a> = (Vec<&'a Scope>, Draft<'a>);
    let mut kept = BTreeMap::new();
    let mut folded = BTreeMap::<(What<'a>, Effect, bool, BTreeSet<Verb<'a>>), Folded<'a>>::new();
    for (key, draft) in drafts {
        match key.scope {
            Place::One(scope) if *scope != Scope::Cluster => {
                let same = (key.what, key.effect, key.known, draft.verbs.clone());
                let (scopes, merged) = folded.entry(same).or_default();
                scopes.push(scope);
                merged.verbs.extend(draft.verbs);
                merged.urls.extend(draft.urls);
                merged.anonymous |= draft.anonymous;
                merged.parts.extend(draft.parts);
                draft.grants.iter().for_each(|grant| merged.give(grant));
            }
            Place::One(_) | Place::Namespaces(_) => {
                kept.insert(key, draft);
            }
        }
    }
    kept.extend(folded.into_iter().map(|((what, effect, known, _), (scopes, draft))| {
        let scope = match scopes.as_slice() {
            [one] => Place::One(one),
            _ => Place::Namespaces(scopes),
        };
        (Key { scope, what, effect, known }, draft)
    }));
    kept
}

/// Keeps the worst and sums up the rest in one capability of their worst effect.
fn fold_mildest(all: &mut Vec<Capability>, gaps: &mut Vec<Gap>) {
    all.sort_by(|a, b| b.effect.cmp(&a.effect).then_with(|| a.id.cmp(&b.id)));
    let rest = all.split_off(CAPABILITIES - 1);
    let Some(first) = rest.first() else { return };
    if let Some(grant) = first.grants.first() {
        gaps.push(Gap {
            location: grant.location.clone(),
            reason: format!("{} more capabilities are summed up in one", rest.len()),
        });
    }
    all.push(Capability {
        id: "kubernetes/more".to_owned(),
        action: format!("{} more permissions", rest.len()),
        effect_known: rest.iter().all(|capability| capability.effect_known),
        // What stands before one of them need not stand before the others.
        condition: Condition::Always,
        gate: Gate::none("what stands before each of them is not told apart"),
        ..first.clone()
    });
}

fn finish(
    key: Key<'_>,
    draft: Draft<'_>,
    principal: &Principal,
    before: Option<&mut Before<'_, '_>>,
) -> Capability {
    let verbs: Vec<&str> = draft.verbs.iter().map(|verb| verb.1).collect();
    let verbs = verbs.join(",");
    let (id, what) = match &key.what {
        What::Resource { label, names: [] } => (label.clone(), label.clone()),
        What::Resource { label, names } => {
            let names: Vec<&str> = names.iter().map(|name| &**name).collect();
            (
                format!("{label}[{}]", names_in_id(&names)),
                format!("{label} [{}]", some_of(&names, NAMES_SHOWN)),
            )
        }
        What::Urls => {
            let urls: Vec<&str> = draft.urls.iter().copied().collect();
            (format!("urls-{}", key.effect.as_str()), some_of(&urls, NAMES_SHOWN))
        }
    };
    let scope = match &key.scope {
        Place::One(scope) => scope.to_string(),
        Place::Namespaces(scopes) => scopes_text(scopes),
    };
    let id_scope = match &key.scope {
        Place::One(scope) => scope.to_string(),
        Place::Namespaces(scopes) => {
            let names: Vec<&str> =
                scopes.iter().map(|scope| scope.namespace().unwrap_or("?")).collect();
            format!("namespaces/{}", names_in_id(&names))
        }
    };
    let mut action = format!("{verbs} {what}");
    if draft.grants_left_out > 0 {
        let _ = write!(action, " (and {} more grants)", draft.grants_left_out);
    }
    let mut capability = Capability {
        id: format!("kubernetes/{verbs}/{id}/{id_scope}"),
        plane: Plane::Kubernetes,
        action,
        scope,
        effect: key.effect,
        effect_known: key.known,
        condition: Condition::Always,
        gate: Gate::none("RBAC allows it and nothing in RBAC asks a human"),
        grants: draft.grants,
        principal: Some(principal.clone()),
    };
    if let (What::Resource { names, .. }, Some(before), false) = (key.what, before, draft.anonymous)
    {
        let wanted = Wanted {
            verbs: draft.verbs.iter().map(|verb| verb.1).collect(),
            parts: &draft.parts,
            names,
            scopes: match key.scope {
                Place::One(scope) => vec![scope],
                Place::Namespaces(scopes) => scopes,
            },
        };
        before.stand_before(&mut capability, &wanted);
    }
    capability
}

/// `namespace/a`, `namespace/a, namespace/b and 14 more`.
pub(super) fn scopes_text(scopes: &[&Scope]) -> String {
    let texts: Vec<String> = scopes.iter().map(ToString::to_string).collect();
    some_of(&texts, NAMES_SHOWN)
}

/// All of a short list; of a long one the first few and a digest of the rest.
fn names_in_id(names: &[&str]) -> String {
    match names.get(..NAMES_SHOWN) {
        Some(first) if names.len() > NAMES_IN_ID => {
            format!("{},+{}:{:08x}", first.join(","), names.len() - NAMES_SHOWN, digest(names))
        }
        _ => names.join(","),
    }
}

/// FNV-1a: only tells ids apart.
fn digest(names: &[&str]) -> u32 {
    names
        .iter()
        .flat_map(|name| name.bytes().chain(std::iter::once(0)))
        .fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
