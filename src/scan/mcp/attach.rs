//! Answers and the configurations whose servers gave them.

use std::{collections::BTreeMap, sync::Arc};

use super::entry::digest;
use crate::model::{
    agent_config::{Asked, Change, Drift, Given, ListedKind, Server, ServerListing},
    coverage::Gap,
    evidence::Evidence,
};

/// Tells every configuration what its servers answered, and how that differs from
/// what was kept before. An answer only counts for the very entry that it was given
/// by; where there are only others, that is a gap.
pub fn attach(evidence: &mut Evidence) {
    let mut kept: BTreeMap<&str, Vec<&ServerListing>> = BTreeMap::new();
    for listing in &evidence.listings {
        kept.entry(&listing.name).or_default().push(listing);
    }
    for answers in kept.values_mut() {
        answers.sort_by_key(|answer| (&answer.listed_at, &answer.location));
    }
    for config in &mut evidence.configs {
        config.asked.clear();
        for server in &config.servers {
            let Some(answers) = kept.get(server.name.as_str()) else { continue };
            let own: Vec<&ServerListing> = answers
                .iter()
                .filter(|one| *one.config == *server.location.path)
                .copied()
                .collect();
            match asked(server, answers, &own) {
                Some(asked) => config.asked.push(asked),
                None if own.is_empty() => {}
                None => evidence.gaps.push(Gap {
                    location: server.location.clone(),
                    reason: format!(
                        "the entry of server {0} is another one since its tools were listed, \
                         and what they are is not known from that: `--live mcp={0}` lists them",
                        server.name
                    ),
                }),
            }
        }
    }
}

/// The last answer that was given by the entry of `server`, compared with the first
/// one that is kept of the same place: that one was there when somebody last looked.
fn asked(server: &Server, answers: &[&ServerListing], own: &[&ServerListing]) -> Option<Asked> {
    let entry = digest(server);
    let by_it = |answer: &&&ServerListing| answer.entry == entry;
    let own_last = own.iter().rev().find(by_it);
    let last = own_last.or_else(|| answers.iter().rev().find(by_it))?;
    let drift = match own.first() {
        Some(first) if own_last.is_some() => differences(first, last),
        Some(_) | None => Vec::new(),
    };
    let approved = own_last.is_some() && own.first().is_some_and(|first| first.given != Given::Now);
    let listing = Arc::new((*last).clone());
    Some(Asked { server: server.location.clone(), listing, drift, approved })
}

/// What is different in `after`, ordered by kind and name.
#[must_use]
pub(super) fn differences(before: &ServerListing, after: &ServerListing) -> Vec<Drift> {
    let mut drift = Vec::new();
    let mut note = |kind, name: &str, change| {
        drift.push(Drift { kind, name: name.to_owned(), change });
    };
    for (name, tool) in &after.tools {
        match before.tools.get(name) {
            None => note(ListedKind::Tool, name, Change::Added),
            Some(old) => {
                for (differs, change) in [
                    (old.text != tool.text, Change::Text),
                    (old.schema != tool.schema, Change::Schema),
                    (old.hints != tool.hints, Change::Hints),
                ] {
                    if differs {
                        note(ListedKind::Tool, name, change);
                    }
                }
            }
        }
    }
    // What a list that broke off does not hold may be there all the same.
    for name in
        before.tools.keys().filter(|name| after.all_tools && !after.tools.contains_key(*name))
    {
        note(ListedKind::Tool, name, Change::Removed);
    }
    for ((kind, name), text) in &after.others {
        match before.others.get(&(*kind, name.clone())) {
            None => note(*kind, name, Change::Added),
            Some(old) if old != text => note(*kind, name, Change::Text),
            Some(_) => {}
        }
    }
    if before.instructions != after.instructions {
        let change = match (&before.instructions, &after.instructions) {
            (None, _) => Change::Added,
            (_, None) => Change::Removed,
            (Some(_), Some(_)) => Change::Text,
        };
        note(ListedKind::Instructions, "its instructions", change);
    }
    drift.sort();
    drift
}
