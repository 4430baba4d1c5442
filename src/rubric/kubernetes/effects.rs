//! The effect of each permission, as data.

use std::{borrow::Cow, sync::OnceLock};

use rustc_hash::FxHashMap;
use serde::Deserialize;

use super::servers::{Concerns, Servers};
use crate::model::{effect::Effect, kubernetes::version::ServerVersion};

/// `rubric/effects/kubernetes.yaml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Effects {
    /// What the file is and how to read it.
    pub about: String,
    /// The resources of each known API group.
    pub api_groups: Vec<ApiGroup>,
    /// Entries; the first that matches decides.
    pub effects: Vec<EffectEntry>,
    /// The same for URLs that are no resources.
    pub urls: Vec<UrlEntry>,
    #[serde(skip)]
    index: OnceLock<Index>,
}

/// Where a resource is spoken of, by its name without a subresource: permissions
/// are asked about by the hundred thousand.
#[derive(Debug, Clone, Default)]
struct Index {
    /// Positions of the entries that may decide it.
    entries: FxHashMap<String, Vec<usize>>,
    /// Of those that may decide any.
    any: Vec<usize>,
    /// Positions of the groups that list it, and whether within namespaces.
    groups: FxHashMap<String, Vec<(usize, bool)>>,
}

/// The resources of one API group, for wildcards and for telling a resource
/// that does not exist from one that nobody knows.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApiGroup {
    /// `""` is the core group.
    pub group: String,
    /// Whether Kubernetes itself serves the group: a resource that is not
    /// listed does not exist there.
    #[serde(default)]
    pub complete: bool,
    /// Resources and subresources in namespaces.
    #[serde(default)]
    pub namespaced: Vec<String>,
    /// Resources and subresources in none.
    #[serde(default)]
    pub cluster: Vec<String>,
}

impl ApiGroup {
    /// All its resources and subresources.
    pub fn resources(&self) -> impl Iterator<Item = &str> {
        self.namespaced.iter().chain(&self.cluster).map(String::as_str)
    }
}

/// The effect of the permissions that a pattern covers.
///
/// Verbs and groups: a name, or `*`, or a prefix ending in `*`. Resources:
/// `pods`, `pods/log`, `*/scale`, `pods/*`, `*` (no subresource), `*/*`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EffectEntry {
    /// A name for messages and tests.
    pub id: String,
    /// Verbs.
    pub verbs: Vec<String>,
    /// API groups.
    pub groups: Vec<String>,
    /// Resources.
    pub resources: Vec<String>,
    /// Where given, only objects of these names, named in the request or rule.
    #[serde(default)]
    pub names: Vec<String>,
    /// The API servers on which it is so.
    #[serde(default)]
    pub servers: Servers,
    /// The effect.
    pub effect: Effect,
    /// Why.
    pub why: String,
    /// Permissions that this entry decides: `patch deployments.apps/scale`.
    pub matches: Vec<String>,
    /// Permissions that it does not.
    pub does_not_match: Vec<String>,
}

/// The effect of calling URLs that are no resources.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UrlEntry {
    /// A name for messages and tests.
    pub id: String,
    /// Lower-case HTTP methods, or `*`.
    pub verbs: Vec<String>,
    /// Paths; a trailing `*` is any rest.
    pub paths: Vec<String>,
    /// The effect.
    pub effect: Effect,
    /// Why.
    pub why: String,
    /// Requests that this entry decides: `get /metrics`.
    pub matches: Vec<String>,
    /// Requests that it does not.
    pub does_not_match: Vec<String>,
}

impl Effects {
    /// The entries that concern a server of that version; where it is not
    /// known, all of them, so that the worse of two stands first.
    #[must_use]
    pub fn on(&self, version: Option<ServerVersion>) -> Cow<'_, Self> {
        let concerns = |entry: &EffectEntry| entry.servers.concern(version) != Concerns::No;
        if self.effects.iter().all(concerns) {
            return Cow::Borrowed(self);
        }
        let effects = self.effects.iter().filter(|entry| concerns(entry)).cloned().collect();
        Cow::Owned(Self { effects, index: OnceLock::new(), ..self.clone() })
    }

    /// The group of that name, if the data knows it.
    #[must_use]
    pub fn group(&self, name: &str) -> Option<&ApiGroup> {
        self.api_groups.iter().find(|group| group.group == name)
    }

    /// The entry that decides one permission, if any does. No argument is a
    /// wildcard here; `resource` is without its subresource.
    #[must_use]
    pub fn deciding(
        &self,
        verb: &str,
        group: &str,
        resource: &str,
        subresource: &str,
        name: Option<&str>,
    ) -> Option<&EffectEntry> {
        let index = self.index();
        let may_decide = index.entries.get(resource).unwrap_or(&index.any);
        may_decide.iter().filter_map(|at| self.effects.get(*at)).find(|entry| {
            any(&entry.verbs, verb)
                && any(&entry.groups, group)
                && entry
                    .resources
                    .iter()
                    .any(|pattern| resource_matches(pattern, resource, subresource))
                && (entry.names.is_empty()
                    || name.is_some_and(|name| entry.names.iter().any(|known| known == name)))
        })
    }

    /// Whether the data lists a resource as living outside of namespaces, and no
    /// group of that name (`*` is all of them) lists it as living within. A
    /// subresource lives where its resource does.
    #[must_use]
    pub fn is_cluster_scoped(&self, group: &str, resource: &str) -> bool {
        let listed = self.index().groups.get(resource).into_iter().flatten();
        let mut listed = listed
            .filter(|(at, _)| {
                group == "*" || self.api_groups.get(*at).is_some_and(|known| known.group == group)
            })
            .peekable();
        listed.peek().is_some() && listed.all(|(_, namespaced)| !namespaced)
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| {
            let mut index = Index::default();
            for pattern in self.effects.iter().flat_map(|entry| &entry.resources) {
                index.entries.entry(whole(pattern).to_owned()).or_default();
            }
            for (at, entry) in self.effects.iter().enumerate() {
                if entry.resources.iter().any(|pattern| whole(pattern) == "*") {
                    index.any.push(at);
                    index.entries.values_mut().for_each(|list| list.push(at));
                    continue;
                }
                for pattern in &entry.resources {
                    let list = index.entries.entry(whole(pattern).to_owned()).or_default();
                    if list.last() != Some(&at) {
                        list.push(at);
                    }
                }
            }
            for (at, group) in self.api_groups.iter().enumerate() {
                for (list, namespaced) in [(&group.namespaced, true), (&group.cluster, false)] {
                    for entry in list {
                        let of = index.groups.entry(whole(entry).to_owned()).or_default();
                        of.push((at, namespaced));
                    }
                }
            }
            index
        })
    }

    /// The entry that decides a call of a URL, if any does. A `path` that ends
    /// with `*` is only decided by an entry that covers all of it.
    #[must_use]
    pub fn deciding_url(&self, verb: &str, path: &str) -> Option<&UrlEntry> {
        self.urls.iter().find(|entry| any(&entry.verbs, verb) && any(&entry.paths, path))
    }
}

/// `pods` of `pods/log`.
fn whole(resource: &str) -> &str {
    resource.split_once('/').map_or(resource, |(whole, _)| whole)
}

fn any(patterns: &[String], text: &str) -> bool {
    patterns.iter().any(|pattern| word_matches(pattern, text))
}

/// `*`, a prefix ending in `*`, or the word itself.
#[must_use]
pub fn word_matches(pattern: &str, word: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => word.starts_with(prefix),
        None => pattern == word,
    }
}

fn resource_matches(pattern: &str, resource: &str, subresource: &str) -> bool {
    match pattern.split_once('/') {
        None => subresource.is_empty() && (pattern == "*" || pattern == resource),
        Some((wanted, wanted_sub)) => {
            !subresource.is_empty()
                && (wanted == "*" || wanted == resource)
                && (wanted_sub == "*" || wanted_sub == subresource)
        }
    }
}
