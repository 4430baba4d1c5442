//! The reader against a plain one that keeps every event as a value, on random
//! logs with random damage.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::{splits::events, *};
use crate::model::activity::Defect;

/// Done, unclear, denied, failed, dry run, received less answered.
type Counts = [i64; 6];

#[derive(Debug, Default, PartialEq)]
struct Plain {
    actions: BTreeMap<(String, String), Counts>,
    defects: BTreeMap<Defect, u64>,
    events: u64,
    requests: u64,
}

/// Text, or none where it is missing; an error where it is something else.
fn text<'v>(value: &'v Value, name: &str) -> Result<Option<&'v str>, Defect> {
    match &value[name] {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text)),
        _ => Err(Defect::NotAnEvent),
    }
}

/// An object, or null where it is missing.
fn object<'v>(value: &'v Value, name: &str) -> Result<&'v Value, Defect> {
    match &value[name] {
        found @ (Value::Null | Value::Object(_)) => Ok(found),
        _ => Err(Defect::NotAnEvent),
    }
}

/// Whether a member that decides something stands twice: two events glued
/// together, or two users.
fn repeats_a_member(line: &str) -> bool {
    let nested: BTreeMap<String, Box<serde_json::value::RawValue>> =
        serde_json::from_str(line).unwrap();
    let decisive =
        ["username", "groups", "resource", "namespace", "name", "apiGroup", "subresource", "code"];
    let twice = |name: &str| {
        nested.get(name).is_some_and(|raw| {
            raw.get().starts_with('{')
                && repeated(raw.get()).iter().any(|name| decisive.contains(&name.as_str()))
        })
    };
    !repeated(line).is_empty()
        || ["user", "impersonatedUser", "objectRef", "responseStatus"].into_iter().any(twice)
}

/// Members of an object that stand more than once.
fn repeated(object: &str) -> Vec<String> {
    struct Members(Vec<String>);
    impl<'de> serde::Deserialize<'de> for Members {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Names;
            impl<'de> serde::de::Visitor<'de> for Names {
                type Value = Members;

                fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str("an object")
                }

                fn visit_map<A: serde::de::MapAccess<'de>>(
                    self,
                    mut map: A,
                ) -> Result<Members, A::Error> {
                    let mut names = Vec::new();
                    while let Some((name, serde::de::IgnoredAny)) = map.next_entry()? {
                        names.push(name);
                    }
                    Ok(Members(names))
                }
            }
            deserializer.deserialize_map(Names)
        }
    }
    let mut names = serde_json::from_str::<Members>(object).unwrap().0;
    names.sort();
    names.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0].clone()).collect()
}

fn plain(bytes: &[u8]) -> Plain {
    let mut found = Plain::default();
    // By all that tells requests apart: the outcomes of starts and of ends.
    let mut long: BTreeMap<Vec<String>, (Vec<Vec<String>>, usize)> = BTreeMap::new();
    for line in bytes.split(|&byte| byte == b'\n') {
        if line.iter().all(u8::is_ascii_whitespace) && std::str::from_utf8(line).is_ok() {
            continue;
        }
        if let Err(defect) = plain_line(line, &mut found, &mut long) {
            *found.defects.entry(defect).or_default() += 1;
        }
    }
    for (starts, ends) in long.into_values() {
        for start in starts.into_iter().skip(ends) {
            found.count(&start);
        }
    }
    found.actions.retain(|_, counts| {
        counts[5] = counts[5].max(0);
        *counts != Counts::default()
    });
    found
}

fn plain_line(
    line: &[u8],
    found: &mut Plain,
    long: &mut BTreeMap<Vec<String>, (Vec<Vec<String>>, usize)>,
) -> Result<(), Defect> {
    let line = std::str::from_utf8(line).map_err(|_| Defect::NotUtf8)?;
    let event: Value = serde_json::from_str(line)
        .map_err(|error| if error.is_eof() { Defect::CutOff } else { Defect::NotJson })?;
    if !event.is_object() || repeats_a_member(line) {
        return Err(Defect::NotAnEvent);
    }
    for name in ["level", "requestURI", "userAgent", "stageTimestamp", "timestamp"] {
        text(&event, name)?;
    }
    let user = text(object(&event, "user")?, "username")?.unwrap_or("").to_owned();
    let assumed = object(&event, "impersonatedUser")?;
    let actor =
        text(assumed, "username")?.filter(|name| !name.is_empty()).unwrap_or(&user).to_owned();
    let target = object(&event, "objectRef")?;
    let [group, resource, subresource, namespace] =
        ["apiGroup", "resource", "subresource", "namespace"].map(|name| text(target, name));
    let (group, resource) = (group?.unwrap_or(""), resource?.unwrap_or(""));
    let (subresource, namespace) = (subresource?.unwrap_or(""), namespace?.unwrap_or(""));
    text(target, "name")?;
    let code = match &object(&event, "responseStatus")?["code"] {
        Value::Null => 0,
        code => code.as_i64().ok_or(Defect::NotAnEvent)?,
    };
    let annotations = object(&event, "annotations")?;
    let decision = annotations.get("authorization.k8s.io/decision");
    let decision = decision.map_or(Ok(""), |word| word.as_str().ok_or(Defect::NotAnEvent))?;
    let reason = annotations.get("authorization.k8s.io/reason");
    reason.map_or(Ok(""), |word| word.as_str().ok_or(Defect::NotAnEvent))?;
    let (id, arrived) = (text(&event, "auditID")?, text(&event, "requestReceivedTimestamp")?);
    let version = text(&event, "apiVersion")?.unwrap_or("audit.k8s.io/v1");
    let kind = text(&event, "kind")?.unwrap_or("Event");
    let stage = text(&event, "stage")?.unwrap_or("");
    let verb = text(&event, "verb")?.unwrap_or("");
    let known = ["RequestReceived", "ResponseStarted", "ResponseComplete", "Panic"];
    if version.starts_with("audit.k8s.io/")
        && !["audit.k8s.io/v1", "audit.k8s.io/v1beta1", "audit.k8s.io/v1alpha1"].contains(&version)
        && ["Event", "EventList"].contains(&kind)
    {
        return Err(Defect::UnknownVersion);
    }
    if !version.starts_with("audit.k8s.io/")
        || kind != "Event"
        || verb.is_empty()
        || !known.contains(&stage)
    {
        return Err(Defect::NotAnEvent);
    }

    found.events += 1;
    let key = if resource.is_empty() {
        format!("{verb} path")
    } else {
        [verb, group, resource, subresource, namespace].join("|")
    };
    if stage == "RequestReceived" {
        if !user.is_empty() {
            found.actions.entry((user, key)).or_default()[5] += 1;
        }
        return Ok(());
    }
    let uri = event["requestURI"].as_str().unwrap_or("");
    let dry = uri
        .split_once('?')
        .is_some_and(|(_, query)| query.split('&').any(|pair| pair == "dryRun=All"));
    let changes = ["create", "update", "patch"].contains(&verb);
    let deletes = ["delete", "deletecollection"].contains(&verb);
    let stored = !resource.is_empty() && ["", "status", "scale"].contains(&subresource);
    let (rehearsed, claimed) = (dry && changes && stored, dry && (deletes || (changes && !stored)));
    let code = Some(code).filter(|code| (100..600).contains(code));
    let outcome = match code {
        Some(..=399) if decision == "forbid" => 1,
        _ if decision == "forbid" => 2,
        Some(400..=499) if verb == "deletecollection" && decision == "allow" => 1,
        Some(401 | 403) => 2,
        Some(400..=499) => 3,
        _ if rehearsed => 4,
        _ if stage == "Panic" || claimed => 1,
        Some(..=399) => 0,
        _ => 1,
    };
    // A panic is unclear whatever the code, but for a refusal by the authorizer.
    let outcome =
        if stage == "Panic" && decision != "forbid" && outcome != 4 { 1 } else { outcome };
    let request = vec![user.clone(), actor.clone(), key.clone(), outcome.to_string()];
    let identity =
        vec![id.unwrap_or("").to_owned(), arrived.unwrap_or("").to_owned(), user, actor, key];
    if stage == "ResponseStarted" {
        long.entry(identity).or_default().0.push(request);
        return Ok(());
    }
    found.count(&request);
    if !resource.is_empty() && (verb == "watch" || ["exec", "attach", "log"].contains(&subresource))
    {
        long.entry(identity).or_default().1 += 1;
    }
    Ok(())
}

impl Plain {
    /// One text for each figure, so that a difference is easy to see.
    fn lines(&self) -> BTreeSet<String> {
        let actions = self.actions.iter().map(|action| format!("{action:?}"));
        let defects = self.defects.iter().map(|defect| format!("{defect:?}"));
        let sums = format!("{} events, {} requests", self.events, self.requests);
        actions.chain(defects).chain([sums]).collect()
    }

    fn count(&mut self, request: &[String]) {
        let [user, actor, key, outcome] = request else { unreachable!() };
        self.requests += 1;
        if actor.is_empty() {
            return;
        }
        let outcome: usize = outcome.parse().unwrap();
        self.actions.entry((actor.clone(), key.clone())).or_default()[outcome] += 1;
        if !user.is_empty() {
            self.actions.entry((user.clone(), key.clone())).or_default()[5] -= 1;
            if user != actor {
                let assumed = (user.clone(), "impersonate".to_owned());
                self.actions.entry(assumed).or_default()[0] += 1;
            }
        } else {
            self.actions.entry((actor.clone(), key.clone())).or_default()[5] -= 1;
        }
    }
}

/// The reader's result in the same shape.
fn of_reader(bytes: &[u8]) -> Plain {
    let (activity, _) = read_all(&[bytes], Caps::default(), &small());
    let mut found = Plain::default();
    for (principal, seen) in &activity.principals {
        for (action, record) in &seen.actions {
            let key = match &action.target {
                crate::model::activity::Target::Aws(_) => unreachable!("no such log is read"),
                crate::model::activity::Target::KubernetesPath(_) => {
                    format!("{} path", action.verb)
                }
                crate::model::activity::Target::KubernetesResource { .. }
                    if action.verb == "impersonate" =>
                {
                    "impersonate".to_owned()
                }
                crate::model::activity::Target::KubernetesResource {
                    group,
                    resource,
                    subresource,
                    namespace,
                } => [
                    &*action.verb,
                    group,
                    resource,
                    subresource.as_deref().unwrap_or(""),
                    namespace.as_deref().unwrap_or(""),
                ]
                .join("|"),
            };
            let counts = [
                record.done.count,
                record.unclear.count,
                record.denied.total(),
                record.failed,
                record.dry_run,
                record.unanswered,
            ];
            let sum = found.actions.entry((principal.to_string(), key)).or_default();
            for (sum, count) in sum.iter_mut().zip(counts) {
                *sum += count as i64;
            }
        }
    }
    let log = log(&activity);
    found.defects = log.defects.iter().collect();
    found.events = log.events;
    found.requests = log.requests;
    found
}

/// One change to the bytes of a log.
#[derive(Debug, Clone)]
pub(in crate::scan::activity) enum Damage {
    Replace(prop::sample::Index, u8),
    Insert(prop::sample::Index, u8),
    Remove(prop::sample::Index, usize),
    End(prop::sample::Index),
}

pub(in crate::scan::activity) fn damage() -> impl Strategy<Value = Damage> {
    let at = any::<prop::sample::Index>;
    let byte = || prop_oneof![prop::sample::select(b"{}[]\",:\\\n\r\0 0nu".to_vec()), any::<u8>()];
    prop_oneof![
        6 => (at(), byte()).prop_map(|(at, byte)| Damage::Replace(at, byte)),
        6 => (at(), byte()).prop_map(|(at, byte)| Damage::Insert(at, byte)),
        6 => (at(), 1usize..40).prop_map(|(at, count)| Damage::Remove(at, count)),
        1 => at().prop_map(Damage::End),
    ]
}

pub(in crate::scan::activity) fn apply(bytes: &mut Vec<u8>, damage: &Damage) {
    if bytes.is_empty() {
        return;
    }
    match damage {
        Damage::Replace(at, byte) => {
            let at = at.index(bytes.len());
            bytes[at] = *byte;
        }
        Damage::Insert(at, byte) => bytes.insert(at.index(bytes.len()), *byte),
        Damage::Remove(at, count) => {
            let at = at.index(bytes.len());
            bytes.drain(at..(at + count).min(bytes.len()));
        }
        Damage::End(at) => bytes.truncate(at.index(bytes.len())),
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 96,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_reader_agrees_with_a_plain_one(
        seed in any::<u64>(),
        damages in prop::collection::vec(damage(), 0..60),
    ) {
        let mut bytes = events(seed, 60).join("\n").into_bytes();
        for damage in &damages {
            apply(&mut bytes, damage);
        }
        // The plain reader knows bare lines only.
        let mut log = events(1, 1).remove(0).into_bytes();
        log.push(b'\n');
        log.extend(bytes);
        let (reader, plain) = (of_reader(&log).lines(), plain(&log).lines());
        let (more, less): (Vec<_>, Vec<_>) =
            (reader.difference(&plain).collect(), plain.difference(&reader).collect());
        prop_assert!(more.is_empty() && less.is_empty(), "reader {more:?}, plain {less:?}");
    }
}
