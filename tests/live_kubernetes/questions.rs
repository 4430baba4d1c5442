//! Random questions, most of them near what the rules of a world mention.

use serde_json::Value;

use crate::{
    random::Random,
    recorded::{Asked, Question},
    world::{GROUPS, NAMES, NAMESPACES, PATHS, RESOURCES, VERBS, World},
};

/// One word of a list of a rule, or one of all.
fn word(random: &mut Random, rule: &Value, key: &str, all: &[&'static str]) -> String {
    match rule[key].as_array() {
        Some(list) if !list.is_empty() && random.chance(85) => {
            random.pick(list).as_str().unwrap().to_owned()
        }
        _ => random.one(all).to_owned(),
    }
}

/// A word for `*`, mostly: whoever asks rarely asks for the star itself.
fn concrete(random: &mut Random, word: String, all: &[&'static str]) -> String {
    if word == "*" && random.chance(90) { random.one(all).to_owned() } else { word }
}

/// A path that a rule's URL may mean.
fn path(random: &mut Random, url: String) -> String {
    match url.strip_suffix('*') {
        Some(_) if random.chance(80) => {
            let prefix = url.trim_end_matches('*');
            format!("{prefix}{}", random.one(&["", "x", "/x", "etcd", "*"]))
        }
        _ => url,
    }
}

/// A question about a world.
pub(crate) fn question(random: &mut Random, world: &World) -> Question {
    let binding = random.pick(&world.bindings);
    let role = match binding.role {
        Some(role) if random.chance(90) => &world.roles[role],
        _ => random.pick(&world.roles),
    };
    let who = match binding.means.as_slice() {
        means if !means.is_empty() && random.chance(88) => *random.pick(means),
        _ => random.below(world.identities.len()),
    };
    let nothing = Value::Null;
    let rule = if role.rules.is_empty() { &nothing } else { random.pick(&role.rules) };
    let verb = word(random, rule, "verbs", &VERBS);
    let verb = concrete(random, verb, &VERBS);
    let asks_for_url = rule["nonResourceURLs"].is_array() && random.chance(85);
    if asks_for_url || random.chance(4) {
        let url = word(random, rule, "nonResourceURLs", &PATHS);
        return Question { who, verb, target: Asked::Url(path(random, url)) };
    }
    let group = word(random, rule, "apiGroups", &GROUPS);
    let group = concrete(random, group, &GROUPS);
    let entry = word(random, rule, "resources", &RESOURCES);
    let mut entry = concrete(random, entry, &RESOURCES);
    if let Some(subresource) = entry.strip_prefix("*/").filter(|_| random.chance(90)) {
        entry = format!("{}/{subresource}", random.one(&["deployments", "widgets", "pods"]));
    }
    if let Some(resource) = entry.strip_suffix("/*").filter(|_| random.chance(80)) {
        entry = format!("{resource}/{}", random.one(&["exec", "status", "log"]));
    }
    if random.chance(8) {
        entry = format!("{entry}/{}", random.one(&["status", "scale", "x"]));
    }
    let namespace = match binding.namespace {
        Some(own) if random.chance(80) => Some(own),
        _ if random.chance(30) => None,
        _ => Some(random.one(&NAMESPACES)),
    };
    let name = if rule["resourceNames"].as_array().is_some_and(|names| !names.is_empty()) {
        let name = word(random, rule, "resourceNames", &NAMES);
        (!name.is_empty() && random.chance(85)).then_some(name)
    } else {
        random.chance(50).then(|| random.one(&NAMES[..6]).to_owned())
    };
    let target = Asked::resource(&group, &entry, namespace, name.as_deref());
    Question { who, verb, target }
}
