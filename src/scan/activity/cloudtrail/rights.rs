//! Which rights a call needed, and on what.

use std::borrow::Cow;

use serde_json::Value;

use super::names::{Names, Need, Rule};
use crate::scan::activity::request::Object;

/// A longer ARN is none.
const ARN_BYTES: usize = 1024;
/// More resources of one call are not told apart.
const RESOURCES: usize = 64;

/// A call, as far as its rights depend on more than its name.
#[derive(Debug)]
pub(super) struct Call<'c> {
    pub(super) region: &'c str,
    /// The account that it was made in; none where the caller is of another.
    pub(super) account: Option<&'c str>,
    /// The members that are looked into, at least.
    pub(super) parameters: &'c Value,
    /// The ARNs of `resources`.
    pub(super) resources: &'c [String],
}

/// A right that a call needed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Right<'n> {
    /// The IAM action.
    pub(super) action: Cow<'n, str>,
    pub(super) object: Object<'static>,
    /// For `iam:PassRole`.
    pub(super) passed_to: Option<&'n str>,
}

impl Right<'static> {
    /// In the place of the right of a call that needed none: it was made all the same.
    pub(super) fn of_none(prefix: &str, name: &str) -> Self {
        let action = Cow::Owned(format!("{prefix}:{name}"));
        Self { action, object: Object::Unnamed, passed_to: None }
    }
}

/// What decides the rights that calls of one name need.
#[derive(Debug)]
pub(super) struct Asked<'n> {
    /// The call, as rules name it.
    event: String,
    rules: Vec<&'n Rule>,
    /// The members of the parameters that are looked into.
    pub(super) members: Vec<&'n str>,
    /// Whether it may depend on the resources that the record names.
    pub(super) on_resources: bool,
}

impl<'n> Asked<'n> {
    /// Of calls by the prefix of their IAM actions and their name without a date.
    pub(super) fn of(names: &'n Names, prefix: &str, name: &str) -> Self {
        let event = format!("{prefix}:{name}");
        let rules: Vec<&Rule> = names.rules_for(&event).collect();
        let mut members: Vec<&str> = rules.iter().flat_map(|rule| rule.members()).collect();
        members.sort_unstable();
        members.dedup();
        let on_resources = rules.iter().all(|rule| rule.when.is_some())
            || rules.iter().any(|rule| rule.is_on_resources());
        Self { event, rules, members, on_resources }
    }
}

/// The rights that a call needed; none where it needs none.
pub(super) fn rights<'n>(asked: &Asked<'n>, call: &Call<'_>) -> Vec<Right<'n>> {
    let has = |member: &Option<String>| {
        member.as_deref().is_none_or(|path| !values(call.parameters, path).is_empty())
    };
    let Some(rule) = asked.rules.iter().find(|rule| has(&rule.when)) else {
        let object = object(call.resources.to_vec());
        let action = Cow::Owned(asked.event.clone());
        return vec![Right { action, object, passed_to: None }];
    };
    rule.needs
        .iter()
        .filter(|need| has(&need.with))
        .map(|need| Right {
            action: match &need.action {
                Some(action) => Cow::Borrowed(action.as_str()),
                None => Cow::Owned(asked.event.clone()),
            },
            object: object_of(need, call),
            passed_to: need.to.as_deref(),
        })
        .collect()
}

fn object_of(need: &Need, call: &Call<'_>) -> Object<'static> {
    if need.unknown {
        return Object::Unnamed;
    }
    if need.on.is_empty() {
        return object(call.resources.to_vec());
    }
    let mut arns = Vec::new();
    for template in &need.on {
        match fill(template, call) {
            Some(filled) => arns.extend(filled),
            None => return Object::Unnamed,
        }
    }
    object(arns)
}

fn object(mut arns: Vec<String>) -> Object<'static> {
    arns.sort();
    arns.dedup();
    if arns.len() > RESOURCES {
        return Object::Unnamed;
    }
    // A policy would read a wildcard in a name as one.
    if !arns.iter().all(|arn| is_plain(arn)) {
        return Object::Odd;
    }
    match arns.len() {
        0 => Object::Unnamed,
        1 => arns.pop().map_or(Object::Unnamed, |arn| Object::Named(Cow::Owned(arn))),
        _ => Object::Several(arns.into_iter().map(Cow::Owned).collect()),
    }
}

/// Whether text is an ARN in which nothing stands for anything else.
fn is_plain(arn: &str) -> bool {
    arn.starts_with("arn:")
        && arn.len() <= ARN_BYTES
        && arn.split(':').count() >= 6
        && !arn.contains(['*', '?', '$', '%'])
        && !arn.chars().any(char::is_control)
}

/// The ARNs of a template; none where a part of it is not told.
fn fill(template: &str, call: &Call<'_>) -> Option<Vec<String>> {
    let mut arns = vec![String::new()];
    let mut rest = template;
    let members = template.matches('{').count();
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        rest = after;
        arns.iter_mut().for_each(|arn| arn.push_str(before));
        let own = match name {
            "partition" => Some(partition(call.region)),
            "region" => Some(call.region).filter(|region| !region.is_empty()),
            "account" => Some(call.account?),
            _ => None,
        };
        if let Some(own) = own {
            arns.iter_mut().for_each(|arn| arn.push_str(own));
            continue;
        }
        if matches!(name, "region") {
            return None;
        }
        let (path, any) = match name.strip_prefix('*') {
            Some(path) => (path, true),
            None => (name, false),
        };
        let found = values(call.parameters, path);
        let whole = template.len() == name.len() + 2;
        if whole || found.iter().any(|value| value.starts_with("arn:")) {
            // A name that is an ARN says all, where nothing else is to be said.
            let alone = members
                - template.matches("{partition}").count()
                - template.matches("{region}").count()
                - template.matches("{account}").count()
                == 1;
            let arns: Vec<String> = found.iter().map(|value| (*value).to_owned()).collect();
            return (alone && !arns.is_empty() && arns.iter().all(|arn| arn.starts_with("arn:")))
                .then_some(arns);
        }
        if found.is_empty()
            || found.iter().any(|value| value.is_empty() || (!any && value.contains(':')))
        {
            return None;
        }
        arns = arns
            .iter()
            .flat_map(|arn| {
                found.iter().map(move |value| {
                    let at_start = arn.ends_with(['/', ':']);
                    let value = if at_start { value.trim_start_matches('/') } else { value };
                    format!("{arn}{value}")
                })
            })
            .take(RESOURCES + 1)
            .collect();
    }
    arns.iter_mut().for_each(|arn| arn.push_str(rest));
    Some(arns)
}

/// The partition that a region is of.
fn partition(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    }
}

/// The texts that stand at a path; lists give those of each item.
fn values<'v>(value: &'v Value, path: &str) -> Vec<&'v str> {
    let mut found = vec![value];
    for step in path.split('.') {
        found = found.into_iter().flat_map(items).filter_map(|value| value.get(step)).collect();
    }
    found
        .into_iter()
        .flat_map(items)
        .map(|value| value.as_str().unwrap_or_default())
        .take(RESOURCES + 1)
        .collect()
}

fn items(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Null => Vec::new(),
        other => vec![other],
    }
}
