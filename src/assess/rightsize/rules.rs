//! From needed rights to the fewest rules that give them and nothing else.
//!
//! A rule multiplies its lists, so only what shares all other lists is put into
//! one: verbs on the same objects, then resources of one group with the same verbs
//! and objects. No right is given twice, so no rule can be left out.

use std::collections::{BTreeMap, BTreeSet};

use super::needs::{Needs, Objects, Place, Resource, Verbs};
use crate::assess::manifest::Rule;

/// The rules of each place, in a fixed order.
pub(super) fn rules(needs: &Needs) -> BTreeMap<Place, Vec<Rule>> {
    let mut all: BTreeMap<Place, Vec<Rule>> = needs
        .resources
        .iter()
        .map(|(place, resources)| (place.clone(), of_resources(resources)))
        .collect();
    let urls = of_urls(&needs.urls);
    if !urls.is_empty() {
        all.entry(None).or_default().extend(urls);
    }
    all
}

fn of_resources(resources: &BTreeMap<Resource, Verbs>) -> Vec<Rule> {
    // By group, objects and verbs: the resources.
    let mut merged = BTreeMap::<(&str, Vec<&str>, Vec<&str>), Vec<String>>::new();
    for (resource, verbs) in resources {
        let mut by_objects = BTreeMap::<Vec<&str>, Vec<&str>>::new();
        for (verb, objects) in verbs {
            let names = match objects {
                Objects::All => Vec::new(),
                Objects::Named(names) => names.iter().map(String::as_str).collect(),
            };
            by_objects.entry(names).or_default().push(verb);
        }
        for (names, mut verbs) in by_objects {
            verbs.sort_by_key(|verb| (order(verb), *verb));
            let key = (resource.group.as_str(), names, verbs);
            merged.entry(key).or_default().push(resource.spelt.clone());
        }
    }
    let owned = |list: Vec<&str>| list.into_iter().map(str::to_owned).collect();
    let mut rules: Vec<Rule> = merged
        .into_iter()
        .map(|((group, names, verbs), resources)| Rule {
            api_groups: vec![group.to_owned()],
            resources,
            resource_names: owned(names),
            verbs: owned(verbs),
            ..Rule::default()
        })
        .collect();
    rules.sort();
    rules
}

fn of_urls(urls: &BTreeMap<String, BTreeSet<String>>) -> Vec<Rule> {
    let mut merged = BTreeMap::<&BTreeSet<String>, Vec<String>>::new();
    for (path, verbs) in urls {
        merged.entry(verbs).or_default().push(path.clone());
    }
    merged
        .into_iter()
        .map(|(verbs, paths)| Rule {
            non_resource_urls: paths,
            verbs: verbs.iter().cloned().collect(),
            ..Rule::default()
        })
        .collect()
}

/// The order in which people list verbs.
fn order(verb: &str) -> usize {
    const ORDER: [&str; 8] =
        ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];
    ORDER.iter().position(|known| *known == verb).unwrap_or(ORDER.len())
}
