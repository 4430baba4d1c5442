//! Rights told as capabilities: few rows, in the words of the policies.
//!
//! A row is one service, effect, scope and condition; its action lists the
//! patterns as they were granted, in a small grammar that
//! [`covers_action`] reads again:
//! `s3:Get*, s3:* except s3:Delete*|s3:PutBucketPolicy, ec2:* & *:Describe*`.

use std::{
    borrow::Cow,
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use sha2::{Digest, Sha256};

use crate::{
    model::{
        aws::{arn::resource_of, pattern},
        capability::{Capability, Condition, Plane},
        effect::Effect,
        gate::Gate,
        principal::Principal,
        text::some_of,
    },
    rubric::aws::{AwsRules, KnownAction, Named, Service},
};

use super::{
    extent::{AND, EXCEPT, Extent, OR},
    rights::{Right, Rights},
    when::When,
};

/// Between the patterns of a row.
pub(super) const NEXT: &str = ", ";
/// Different action sets for which the whole table is asked; what is beyond
/// them and spans services counts as unknown. Only hostile policies have so many.
const CLASSES: usize = 256;
/// Classes kept of one pattern.
const SHARED: usize = 64;
/// Every resource.
const ANYTHING: &[Extent] = &[];
/// Resource patterns shown in a scope.
const SHOWN: usize = 3;

/// What makes two rights one row.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct RowKey<'r> {
    service: &'r str,
    effect: Effect,
    known: bool,
    scope: &'r [String],
    when: &'r When,
}

#[derive(Default)]
struct Row<'r> {
    actions: BTreeSet<Cow<'r, str>>,
    holdings: BTreeSet<usize>,
}

/// The capabilities of a principal, ordered by id, and the holdings that give them.
pub(super) fn capabilities(
    rights: &Rights<'_>,
    shared: &Classes,
    rules: &AwsRules,
    principal: &str,
) -> (Vec<Capability>, BTreeSet<usize>) {
    let mut rows: BTreeMap<RowKey<'_>, Row<'_>> = BTreeMap::new();
    let everything: Vec<&Right> =
        rights.rights.iter().filter(|right| is_everything(right)).collect();
    let told: Vec<&Right> =
        if everything.is_empty() { rights.rights.iter().collect() } else { everything };
    let mut classes: BTreeMap<(&Extent, &[Extent]), Option<Class<'_>>> = BTreeMap::new();
    for right in told {
        // A pattern that starts with a wildcard may name a resource of any kind.
        let open = |extent: &Extent| extent.all.iter().all(|pattern| pattern.starts_with('*'));
        let resources =
            if right.resources().iter().any(open) { ANYTHING } else { right.resources() };
        for extent in &right.actions {
            let class = match classes.get(&(extent, resources)) {
                Some(class) => *class,
                None => {
                    let thorough = classes.len() < CLASSES;
                    let class = shared.classify(extent, resources, rules, thorough);
                    classes.insert((extent, resources), class);
                    class
                }
            };
            let Some((service, effect, known)) = class else { continue };
            let key = RowKey { service, effect, known, scope: right.scope(), when: &right.when };
            let row = rows.entry(key).or_default();
            row.actions.insert(spell(extent, right, rights, rules));
            row.holdings.insert(right.holding);
        }
    }
    let used = rows.values().flat_map(|row| row.holdings.iter().copied()).collect();
    let mut capabilities: Vec<Capability> = rows
        .into_iter()
        .map(|(key, row)| Capability {
            id: id(&key),
            plane: Plane::Aws,
            action: Vec::from_iter(row.actions).join(NEXT),
            scope: shorten(key.scope),
            effect: key.effect,
            effect_known: key.known,
            condition: key.when.to_condition(),
            gate: Gate::none("an IAM Allow asks nobody"),
            grants: row
                .holdings
                .iter()
                .filter_map(|&index| rights.holdings.get(index))
                .map(super::holdings::Holding::grant)
                .collect(),
            principal: Some(Principal::Aws(principal.to_owned())),
        })
        .collect();
    capabilities.sort_by(|a, b| a.id.cmp(&b.id));
    (capabilities, used)
}

/// `*:*` on `*`, always.
pub(super) fn is_everything(right: &Right) -> bool {
    right.when.is_always()
        && right.actions.iter().any(Extent::is_everything)
        && right.is_everywhere()
}

/// Whether a part of a scope holds every resource, or every one of a service, be it
/// with exceptions: `*`, `arn:aws:s3:::*`, `arn:aws:ec2:*:*:* except …`.
pub(super) fn is_broad(part: &str) -> bool {
    let (all, _) = part.split_once(EXCEPT).unwrap_or((part, ""));
    all == "*" || resource_of(all) == Some("*")
}

/// Whether an AWS capability reaches every resource of an account, or every one of
/// a service.
#[must_use]
pub fn is_unscoped(capability: &Capability) -> bool {
    capability.plane == Plane::Aws && capability.scope.split(NEXT).any(is_broad)
}

/// The first few resources, and how many more there are.
pub(super) fn shorten(scope: &[String]) -> String {
    some_of(scope, SHOWN)
}

fn id(key: &RowKey<'_>) -> String {
    let effect = if key.known { key.effect.as_str() } else { "unknown-effect" };
    let scope = shorten(key.scope);
    let mut id = format!("aws/{}/{effect}/{scope}", key.service);
    if !key.when.is_always() || key.scope.len() > SHOWN {
        let mut digest = Sha256::new();
        for part in key.scope.iter().chain(key.when.conditions()).chain(key.when.missing()) {
            digest.update(part.as_bytes());
            digest.update([0]);
        }
        let hex: String =
            digest.finalize().iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        id.push_str(if key.when.is_always() { "/" } else { "/if-" });
        id.push_str(&hex);
    }
    id
}

/// Service (`*` for several), worst effect, and whether that effect is known.
pub(super) type Class<'e> = (&'e str, Effect, bool);

/// The worst effect by what resources may be, and whether it is known; none where nothing
/// can be done to them.
type EffectsOf = Vec<(Named, Option<(Effect, bool)>)>;

/// The classes that principals of one account were told by: of a pattern of one service
/// it is the same on all resources that may be of the same types.
#[derive(Debug, Default)]
pub(super) struct Classes(RefCell<BTreeMap<Extent, EffectsOf>>);

impl Classes {
    /// The same as [`classify`].
    pub(super) fn classify<'e>(
        &self,
        extent: &'e Extent,
        resources: &[Extent],
        rules: &AwsRules,
        thorough: bool,
    ) -> Option<Class<'e>> {
        let asked = || classify(extent, resources, rules, thorough);
        let [pattern] = extent.all.as_slice() else { return asked() };
        let Some((prefix, _)) = pattern::literal_prefix(pattern).split_once(':') else {
            return asked();
        };
        let service = rules.service(prefix);
        let named = service.map_or(Named::EVERYTHING, |service| named(service, resources));
        let mut classes = self.0.borrow_mut();
        let known = classes.get(extent).and_then(|known| known.iter().find(|own| own.0 == named));
        if let Some((_, known)) = known {
            return known.map(|(effect, known)| (prefix, effect, known));
        }
        let class = asked();
        let of_extent = classes.entry(extent.clone()).or_default();
        if of_extent.len() < SHARED {
            of_extent.push((named, class.map(|(_, effect, known)| (effect, known))));
        }
        class
    }
}

/// The class of an extent on these resources; none where none of the actions that
/// it stands for can act on any of them.
fn classify<'e>(
    extent: &'e Extent,
    resources: &[Extent],
    rules: &AwsRules,
    thorough: bool,
) -> Option<Class<'e>> {
    let prefix = extent
        .all
        .iter()
        .map(|pattern| pattern::literal_prefix(pattern))
        .max_by_key(|prefix| prefix.len())
        .unwrap_or("");
    let service = prefix.split_once(':').map_or("*", |(service, _)| service);
    if service == "*" && !thorough {
        return Some((service, Effect::Destructive, false));
    }
    // A part that Denies or boundaries cut out of a pattern may hold no action of
    // today. What it is good for tomorrow is no worse than the mildest pattern
    // that it lies in, by the actions which that one has.
    let unknown = (Effect::Destructive, false);
    let (effect, known) = match worst_in(extent, resources, prefix, rules) {
        Found::Effect(effect, known) => (effect, known),
        Found::Unusable => return None,
        Found::Nothing => {
            let mut mildest = None;
            for pattern in &extent.all {
                let prefix = pattern::literal_prefix(pattern);
                let alone = Extent::of(pattern.clone());
                let worst = match worst_in(&alone, resources, prefix, rules) {
                    Found::Effect(effect, known) => (effect, known),
                    Found::Unusable => return None,
                    Found::Nothing => unknown,
                };
                let milder = |so_far: (Effect, bool)| {
                    std::cmp::min_by_key(so_far, worst, |&(effect, known)| (effect, !known))
                };
                mildest = Some(mildest.map_or(worst, milder));
            }
            mildest.unwrap_or(unknown)
        }
    };
    Some((service, effect, known))
}

/// What the actions in an extent do on some resources.
enum Found {
    /// The worst effect of those that may act there, and whether it is known.
    Effect(Effect, bool),
    /// The table has actions in it, and none may act there.
    Unusable,
    /// Neither the table nor a rule knows an action in it.
    Nothing,
}

fn worst_in(extent: &Extent, resources: &[Extent], prefix: &str, rules: &AwsRules) -> Found {
    let mut worst = Worst::default();
    if let Some((service, _)) = prefix.split_once(':') {
        if let Some(known) = rules.service(service) {
            worst.take(known.starting_with(prefix), extent, named(known, resources));
        }
        if worst.effect.is_none()
            && !worst.unusable
            && let Some(name) = extent.all.iter().find(|pattern| !pattern::is_wild(pattern))
        {
            let (effect, known) = rules.effect_of(name);
            return Found::Effect(effect, known);
        }
    } else {
        for (_, service) in rules.services() {
            worst.take(service.actions(), extent, named(service, resources));
            if worst.is_final() {
                break;
            }
        }
    }
    match worst.effect {
        Some(effect) => Found::Effect(effect, worst.known),
        None if worst.unusable => Found::Unusable,
        None => Found::Nothing,
    }
}

/// What of a service's resources a right may be about.
pub(super) fn named(service: &Service, resources: &[Extent]) -> Named {
    if resources.is_empty() || resources.iter().any(Extent::is_everything) {
        return Named::EVERYTHING;
    }
    let one = |extent: &Extent| {
        let all = extent.all.iter().map(|pattern| service.named(pattern));
        all.fold(Named::EVERYTHING, Named::and)
    };
    resources.iter().map(one).fold(Named::NOTHING, Named::or)
}

/// The worst effect of some actions.
#[derive(Default)]
struct Worst {
    effect: Option<Effect>,
    known: bool,
    /// Whether one of them cannot act on the resources.
    unusable: bool,
}

impl Worst {
    fn take(&mut self, actions: &[KnownAction], extent: &Extent, named: Named) {
        for action in actions {
            if self.is_final() {
                return;
            }
            let adds = match self.effect {
                Some(effect) if self.known => action.effect > effect,
                Some(effect) => action.effect >= effect,
                None => true,
            };
            if !adds || !extent.contains(&action.lower) {
                continue;
            }
            if !action.may_act_within(named) {
                self.unusable = true;
                continue;
            }
            if self.effect != Some(action.effect) {
                self.effect = Some(action.effect);
                self.known = false;
            }
            self.known |= action.effect_known;
        }
    }

    /// Nothing is worse than what was found.
    fn is_final(&self) -> bool {
        self.known && self.effect == Some(Effect::Escalation)
    }
}

/// An extent with its patterns as the policy spells them.
fn spell<'a>(
    extent: &Extent,
    right: &Right,
    rights: &Rights<'a>,
    rules: &AwsRules,
) -> Cow<'a, str> {
    let granted = rights
        .holdings
        .get(right.holding)
        .map_or(&[][..], |holding| holding.statement.actions.patterns());
    let one = |lower: &str| -> Cow<'a, str> {
        granted
            .iter()
            .find(|pattern| pattern.eq_ignore_ascii_case(lower))
            .map_or_else(|| cased(lower, rules).into(), |pattern| pattern.as_str().into())
    };
    match (extent.all.as_slice(), extent.except.as_slice()) {
        ([], []) => "*:*".into(),
        ([pattern], []) => one(pattern),
        (all, except) => Extent {
            all: all.iter().map(|pattern| one(pattern).into()).collect(),
            except: except.iter().map(|pattern| one(pattern).into()).collect(),
        }
        .to_string()
        .into(),
    }
}

/// A lower-cased pattern in the case of the first action that starts like it.
fn cased(lower: &str, rules: &AwsRules) -> String {
    let prefix = pattern::literal_prefix(lower);
    let first = lower
        .split_once(':')
        .and_then(|(service, _)| rules.service(service))
        .and_then(|service| service.starting_with(prefix).first());
    let start = first.and_then(|action| action.name.get(..prefix.len())).unwrap_or(prefix);
    format!("{start}{}", lower.get(prefix.len()..).unwrap_or(""))
}

/// Whether the action text of an AWS capability includes `action`
/// (`s3:GetObject`, in any case).
#[must_use]
pub fn covers_action(capability: &Capability, action: &str) -> bool {
    let action = action.to_ascii_lowercase();
    let like = |pattern: &str| {
        let pattern = pattern.trim().to_ascii_lowercase();
        pattern == "*:*" || pattern::matches(&pattern, &action)
    };
    capability.plane == Plane::Aws
        && capability.action.split(NEXT).any(|item| {
            let (all, except) = item.split_once(EXCEPT).unwrap_or((item, ""));
            all.split(AND).all(like)
                && !except.split(OR).any(|pattern| !pattern.is_empty() && like(pattern))
        })
}

/// Whether a condition is certain to hold.
pub(super) fn is_always(condition: &Condition) -> bool {
    matches!(condition, Condition::Always)
}

/// Whether the action text of an AWS capability may include an action that `pattern`
/// names too (`s3:GetObject*`, in any case).
#[must_use]
pub fn may_include(capability: &Capability, pattern: &str) -> bool {
    let other = pattern.to_ascii_lowercase();
    let meets = |part: &str| {
        let part = part.trim().to_ascii_lowercase();
        part == "*:*" || pattern::overlaps(&part, &other)
    };
    capability.plane == Plane::Aws
        && capability.action.split(NEXT).any(|item| {
            let (all, _) = item.split_once(EXCEPT).unwrap_or((item, ""));
            all.split(AND).all(meets)
        })
}
