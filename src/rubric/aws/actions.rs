//! The action table, and the effect of every action in it.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use serde::Deserialize;

use super::{
    resource::{Named, ResourceTypes, Takes},
    rule::{self, OverrideRule},
};
use crate::{
    model::effect::Effect,
    rubric::embedded::{self, RubricError},
};

/// `effects/aws-actions.yaml`: service, its resources, access level, action names.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TableFile {
    #[expect(dead_code, reason = "names the source and its licence in the data itself")]
    source: String,
    services: BTreeMap<String, ServiceEntry>,
}

/// A service of the table; the head of the file says how to read the texts.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ServiceEntry {
    resources: String,
    list: String,
    read: String,
    write: String,
    tagging: String,
    permissions: String,
}

impl ServiceEntry {
    fn levels(&self) -> [(AccessLevel, &str); 5] {
        [
            (AccessLevel::List, &self.list),
            (AccessLevel::Read, &self.read),
            (AccessLevel::Write, &self.write),
            (AccessLevel::Tagging, &self.tagging),
            (AccessLevel::Permissions, &self.permissions),
        ]
    }

    /// Level, name and places of resources of each action.
    fn actions(&self) -> impl Iterator<Item = (AccessLevel, &str, &str)> {
        self.levels().into_iter().flat_map(|(level, names)| {
            names.split_ascii_whitespace().map(move |text| {
                let (name, places) = text.split_once('/').unwrap_or((text, ""));
                (level, name, places)
            })
        })
    }
}

/// AWS's own classification of actions, in the words of its Service Authorization Reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AccessLevel {
    /// Names what there is.
    List,
    /// Shows what is in it.
    Read,
    /// Creates, changes, deletes, or does anything else.
    Write,
    /// Changes tags only.
    Tagging,
    /// Permissions management.
    Permissions,
}

/// `effects/aws.yaml`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Labels {
    levels: BTreeMap<AccessLevel, Effect>,
    destructive_verbs: Vec<String>,
}

/// An action of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownAction {
    /// `s3:GetObject`.
    pub name: String,
    /// `s3:getobject`.
    pub lower: String,
    /// What AWS calls it.
    pub level: AccessLevel,
    /// What it does.
    pub effect: Effect,
    /// Whether a rule, or a label other than Write, says so.
    pub effect_known: bool,
    /// What it works on.
    takes: Takes,
}

impl KnownAction {
    /// Whether a statement with that `Resource` pattern may have any effect on
    /// it. False only where it certainly has none: the action knows no
    /// resources and the pattern asks for one, or the pattern can match the ARN
    /// of none of its resource types (AWS, "Actions, resources, and condition
    /// keys"). It holds for an Allow and for a Deny alike.
    #[must_use]
    pub fn may_act_on(&self, pattern: &str) -> bool {
        self.takes.may_be(pattern)
    }

    /// The same for what [`Service::named`] found in patterns.
    #[must_use]
    pub fn may_act_within(&self, named: Named) -> bool {
        self.takes.may_be_named(named)
    }
}

/// The actions of one service.
#[derive(Debug)]
pub struct Service {
    prefix: String,
    entry: ServiceEntry,
    resolved: OnceLock<Resolved>,
}

/// What a service holds, in the form that is asked.
#[derive(Debug)]
struct Resolved {
    types: Arc<ResourceTypes>,
    actions: Vec<KnownAction>,
}

/// All services.
#[derive(Debug)]
pub(super) struct ActionTable {
    services: BTreeMap<String, Service>,
    labels: Labels,
    rules: Vec<OverrideRule>,
}

impl ActionTable {
    pub(super) fn embedded() -> Result<Self, RubricError> {
        let mut services = BTreeMap::new();
        for (_, file) in embedded::read::<TableFile>("effects/aws-actions.yaml")? {
            for (prefix, entry) in file.services {
                let service = Service { prefix: prefix.clone(), entry, resolved: OnceLock::new() };
                services.insert(prefix, service);
            }
        }
        let labels = embedded::read::<Labels>("effects/aws.yaml")?.pop();
        let labels = labels.map(|(_, labels)| labels).unwrap_or_default();
        Ok(Self { services, labels, rules: rule::embedded()? })
    }

    pub(super) fn service(&self, prefix: &str) -> Option<&Service> {
        let service = self.services.get(prefix)?;
        service.resolved.get_or_init(|| self.resolve(service));
        Some(service)
    }

    pub(super) fn services(&self) -> impl Iterator<Item = (&str, &Service)> {
        self.services.iter().map(|(prefix, service)| {
            service.resolved.get_or_init(|| self.resolve(service));
            (prefix.as_str(), service)
        })
    }

    pub(super) fn overrides(&self) -> &[OverrideRule] {
        &self.rules
    }

    pub(super) fn destructive_verbs(&self) -> &[String] {
        &self.labels.destructive_verbs
    }

    /// The effect of a lower-cased action.
    pub(super) fn effect_of(&self, action: &str) -> (Effect, bool) {
        let known = action
            .split_once(':')
            .and_then(|(prefix, _)| self.service(prefix))
            .and_then(|service| service.find(action));
        match known {
            Some(known) => (known.effect, known.effect_known),
            // A rule may know an action that the table does not have yet.
            None => self
                .ruled(action, None)
                .map_or((Effect::Destructive, false), |effect| (effect, true)),
        }
    }

    /// What the rules say; where several do, the worst.
    fn ruled(&self, action: &str, level: Option<AccessLevel>) -> Option<Effect> {
        self.rules_for(action, level).map(|rule| rule.effect).max()
    }

    /// The rules that name a lower-cased action of that access level.
    pub(super) fn rules_for(
        &self,
        action: &str,
        level: Option<AccessLevel>,
    ) -> impl Iterator<Item = &OverrideRule> {
        let service = action.split_once(':').map_or("", |(service, _)| service);
        self.rules
            .iter()
            .filter_map(move |rule| rule.within(service))
            .filter(move |within| within.names(action, level))
            .map(|within| within.rule)
    }

    fn resolve(&self, service: &Service) -> Resolved {
        let relevant: Vec<_> =
            self.rules.iter().filter_map(|rule| rule.within(&service.prefix)).collect();
        let types = Arc::new(ResourceTypes::read(&service.prefix, &service.entry.resources));
        let mut actions = Vec::new();
        for (level, name, places) in service.entry.actions() {
            let full = format!("{}:{name}", service.prefix);
            let lower = full.to_ascii_lowercase();
            let ruled = relevant.iter().filter(|within| within.names(&lower, Some(level)));
            let (effect, effect_known) = match ruled.map(|within| within.rule.effect).max() {
                Some(effect) => (effect, true),
                None => self.by_level(level, name),
            };
            let takes = Takes::read(&types, places);
            actions.push(KnownAction { name: full, lower, level, effect, effect_known, takes });
        }
        actions.sort_by(|a, b| a.lower.cmp(&b.lower));
        Resolved { types, actions }
    }

    /// The access level of a lower-cased action.
    pub(super) fn level(&self, action: &str) -> Option<AccessLevel> {
        let (prefix, name) = action.split_once(':')?;
        let mut actions = self.services.get(prefix)?.entry.actions();
        let found = actions.find(|(_, known, _)| known.eq_ignore_ascii_case(name))?;
        Some(found.0)
    }

    /// A Write that no rule knows may be anything: destructive, and not known,
    /// unless its verb says what it does.
    fn by_level(&self, level: AccessLevel, name: &str) -> (Effect, bool) {
        let effect = self.labels.levels.get(&level).copied().unwrap_or(Effect::Destructive);
        let known = level != AccessLevel::Write
            || self.labels.destructive_verbs.iter().any(|verb| name.starts_with(verb.as_str()));
        (effect, known)
    }
}

impl Service {
    /// Its actions, ordered by lower-case name.
    #[must_use]
    pub fn actions(&self) -> &[KnownAction] {
        self.resolved.get().map_or(&[], |resolved| &resolved.actions)
    }

    /// The services whose ARNs its resources have, by their prefixes.
    pub fn owners(&self) -> impl Iterator<Item = &str> {
        self.resolved.get().into_iter().flat_map(|resolved| resolved.types.services())
    }

    /// What a `Resource` pattern may name among the resources of its actions.
    #[must_use]
    pub fn named(&self, pattern: &str) -> Named {
        self.resolved.get().map_or(Named::EVERYTHING, |resolved| resolved.types.named(pattern))
    }

    /// The action of that lower-case name.
    #[must_use]
    pub fn find(&self, lower: &str) -> Option<&KnownAction> {
        let actions = self.actions();
        let at = actions.binary_search_by(|action| action.lower.as_str().cmp(lower)).ok()?;
        actions.get(at)
    }

    /// The actions whose lower-case name starts with `prefix`.
    #[must_use]
    pub fn starting_with(&self, prefix: &str) -> &[KnownAction] {
        let actions = self.actions();
        let start = actions.partition_point(|action| action.lower.as_str() < prefix);
        let rest = actions.get(start..).unwrap_or(&[]);
        let end = rest.partition_point(|action| action.lower.starts_with(prefix));
        rest.get(..end).unwrap_or(&[])
    }
}
