//! Which rights the requests of a log needed.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::model::activity::{ActionKey, ActionRecord, Names, Target};

/// Where a right is needed: everywhere (none), or in a namespace.
pub(super) type Place = Option<String>;

/// A resource with its group and subresource, as rules spell it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Resource {
    pub(super) group: String,
    /// `pods`, `pods/log`.
    pub(super) spelt: String,
}

/// The objects that a verb is needed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Objects {
    /// Any.
    All,
    /// These; never none.
    Named(BTreeSet<String>),
}

impl Objects {
    /// The objects of some requests; none where all of them had odd names, which
    /// no object has.
    fn of(names: &Names) -> Option<Self> {
        match names.plain() {
            Some(all) if names.unnamed == 0 && all.len() > 0 => {
                Some(Self::Named(all.map(str::to_owned).collect()))
            }
            Some(_) if names.unnamed == 0 && names.odd > 0 => None,
            Some(_) | None => Some(Self::All),
        }
    }

    fn widen(&mut self, other: Self) {
        match (&mut *self, other) {
            (Self::All, _) => {}
            (Self::Named(_), Self::All) => *self = Self::All,
            (Self::Named(mine), Self::Named(theirs)) => mine.extend(theirs),
        }
    }

    /// What of it `wider` does not cover.
    fn without(self, wider: Option<&Self>) -> Option<Self> {
        match (self, wider) {
            (_, Some(Self::All)) => None,
            (Self::Named(names), Some(Self::Named(wider))) => {
                let left: BTreeSet<String> = names.difference(wider).cloned().collect();
                (!left.is_empty()).then_some(Self::Named(left))
            }
            (own, _) => Some(own),
        }
    }
}

/// Verbs by the objects they are needed on.
pub(super) type Verbs = BTreeMap<String, Objects>;

/// All that the requests needed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Needs {
    pub(super) resources: BTreeMap<Place, BTreeMap<Resource, Verbs>>,
    /// Verbs by the path of what is no resource.
    pub(super) urls: BTreeMap<String, BTreeSet<String>>,
    /// Requests that no rule can cover without covering what was not asked for.
    pub(super) left_out: Vec<String>,
    /// Requests whose names or paths were too many to be told apart, so that
    /// their rule gives more than was used.
    pub(super) given_up: Vec<String>,
}

impl Needs {
    /// Adds an action, if any of it passed the authorizer and may be of the time
    /// asked for.
    pub(super) fn add(&mut self, key: &ActionKey, record: &ActionRecord, since: Option<Timestamp>) {
        let authorised = &record.authorised;
        if !authorised.reaches(since) {
            return;
        }
        match &key.target {
            Target::KubernetesResource { group, resource, subresource, namespace } => {
                let part = subresource.as_deref().unwrap_or_default();
                // A client may ask for a resource called `*`, and an administrator
                // is let pass: a rule that says so would give everything.
                let stars = [&*key.verb, group, resource, part].iter().any(|w| w.contains('*'));
                let slashes = [group, resource, part].iter().any(|word| word.contains('/'));
                if stars || slashes || resource.is_empty() {
                    self.left_out.push(format!(
                        "`{key}`: no object can be called so, and a rule would give more than was used"
                    ));
                    return;
                }
                let spelt = match subresource {
                    Some(part) => format!("{resource}/{part}"),
                    None => resource.clone(),
                };
                let resource = Resource { group: group.clone(), spelt };
                // A Role in a namespace ends with it, and one for a namespace that
                // is yet to be made cannot be applied.
                let on_namespace = resource.group.is_empty()
                    && resource.spelt.split('/').next() == Some("namespaces");
                let place = if on_namespace { None } else { namespace.clone() };
                let objects = match (key.verb.as_str(), subresource) {
                    ("deletecollection", _) | ("create", None) => Some(Objects::All),
                    _ => {
                        self.doubt(key, &authorised.names);
                        Objects::of(&authorised.names)
                    }
                };
                let created = match authorised.created.is_empty() {
                    true => None,
                    false => Objects::of(&authorised.created),
                };
                let needed = [(key.verb.as_str(), objects), ("create", created)];
                for (verb, objects) in needed {
                    let Some(objects) = objects else { continue };
                    let place = self.resources.entry(place.clone()).or_default();
                    need(place.entry(resource.clone()).or_default(), verb, objects);
                }
            }
            Target::KubernetesPath(first) => self.add_path(key, first, &authorised.names),
            // No role of a cluster gives it.
            Target::Aws(_) => {}
        }
    }

    /// Notes names that are odd, and names that are given up.
    fn doubt(&mut self, key: &ActionKey, names: &Names) {
        if names.plain().is_none() {
            self.given_up.push(format!(
                "`{key}`: it named more than {} objects, so the rule has no names",
                Names::LIMIT
            ));
        } else if names.odd > 0 {
            self.left_out.push(format!("`{key}`: names that no object has"));
        }
    }

    fn add_path(&mut self, key: &ActionKey, first: &str, names: &Names) {
        let mut left_out = |what: &str, why: &str| {
            self.left_out.push(format!("`{} {what}`: {why}", key.verb));
        };
        const STARS: &str = "a rule reads its `*` as more than was used";
        let plain = |path: &str| path.starts_with('/') && !path.contains(['*', '…']);
        if key.verb.contains('*') || !plain(first) {
            return left_out(first, STARS);
        }
        let mut paths = Vec::new();
        match names.plain() {
            Some(all) => {
                for path in all {
                    if plain(path) {
                        paths.push(path.to_owned());
                    } else {
                        left_out(path, STARS);
                    }
                }
                if names.odd > 0 {
                    left_out(first, "below it, paths that are odd");
                }
            }
            None if first == "/" => return left_out(first, "too many paths to be told apart"),
            None => {
                self.given_up.push(format!(
                    "`{} {first}`: it asked for more than {} paths, so the rule is of all below it",
                    key.verb,
                    Names::LIMIT
                ));
                paths.extend([first.to_owned(), format!("{first}/*")]);
            }
        }
        for path in paths {
            self.urls.entry(path).or_default().insert(key.verb.clone());
        }
    }

    /// Takes away in each namespace what is needed everywhere.
    pub(super) fn settle(&mut self) {
        let everywhere = self.resources.get(&None).cloned().unwrap_or_default();
        for (place, resources) in &mut self.resources {
            if place.is_none() {
                continue;
            }
            for (resource, verbs) in &mut *resources {
                let wide = everywhere.get(resource);
                *verbs = std::mem::take(verbs)
                    .into_iter()
                    .filter_map(|(verb, objects)| {
                        let wider = wide.and_then(|wide| wide.get(&verb));
                        Some((verb, objects.without(wider)?))
                    })
                    .collect();
            }
            resources.retain(|_, verbs| !verbs.is_empty());
        }
        self.resources.retain(|_, resources| !resources.is_empty());
    }

    pub(super) fn is_empty(&self) -> bool {
        self.resources.is_empty() && self.urls.is_empty()
    }
}

fn need(verbs: &mut Verbs, verb: &str, objects: Objects) {
    match verbs.get_mut(verb) {
        Some(known) => known.widen(objects),
        None => {
            verbs.insert(verb.to_owned(), objects);
        }
    }
}
