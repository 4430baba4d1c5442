//! Which rights put tags on resources, or take them off: a condition on tags binds
//! nobody who holds one.

use std::collections::BTreeSet;

use crate::rubric::aws::{AccessLevel, AwsRules, KnownAction, Service};

use super::{
    capability::named,
    rights::{Right, Rights},
};

/// Tags resources of all services that the service's own actions tag.
const ANY_SERVICE: &str = "tag";

/// The rule of effects that knows actions on tags which AWS labels otherwise.
const MISLABELLED: &str = "tags-labelled-write";

/// A right that includes an action on tags.
pub(super) struct Tagging<'r> {
    pub(super) action: &'r KnownAction,
    pub(super) right: &'r Right,
}

/// The rights to change tags of what these services work on, by their prefixes; of
/// every service where it is not said which.
pub(super) fn taggings<'r>(
    rights: &'r Rights<'_>,
    rules: &'r AwsRules,
    services: Option<&BTreeSet<String>>,
) -> Vec<Tagging<'r>> {
    let taggers = services.map(|services| {
        let owners = services.iter().filter_map(|service| rules.service(service));
        let owners = owners.flat_map(|service| service.owners());
        let own = services.iter().map(String::as_str);
        owners.chain(own).chain([ANY_SERVICE]).collect::<BTreeSet<&str>>()
    });
    let services: Vec<&Service> = match taggers {
        Some(taggers) => taggers.into_iter().filter_map(|prefix| rules.service(prefix)).collect(),
        None => rules.services().map(|(_, service)| service).collect(),
    };
    let mut found = Vec::new();
    for service in services {
        let tags = |action: &&KnownAction| {
            action.level == AccessLevel::Tagging
                || action.lower.contains("tag")
                    && rules.rules_for(&action.lower).contains(&MISLABELLED)
        };
        let actions: Vec<&KnownAction> = service.actions().iter().filter(tags).collect();
        for right in &rights.rights {
            let held = |action: &&&KnownAction| {
                right.actions.iter().any(|extent| extent.contains(&action.lower))
            };
            let mut held = actions.iter().filter(held).peekable();
            if held.peek().is_some() {
                let named = named(service, right.resources());
                let usable = held.filter(|action| action.may_act_within(named));
                found.extend(usable.map(|action| Tagging { action, right }));
            }
        }
    }
    found
}
