//! What of a live object's text may leave its cluster.
//!
//! The same eyes that find secrets in a file ([`super::secrets`]) go over the
//! object before it is kept; what they would report is replaced by a marker, so
//! that it is still reported, and nothing else of it is known.

use serde_json::{Map, Value};

use super::{patterns::WITHHELD_PREFIX, redact, secrets};

/// Longest text that is kept: prompts decide nothing and may say anything.
const LONGEST: usize = 2_000;

/// Replaces whatever could be a secret, anywhere in a value.
pub(crate) fn withhold(value: &mut Value) {
    node(value, false);
}

/// `named`: whether keys name settings, as in an environment.
fn node(value: &mut Value, named: bool) {
    match value {
        Value::Object(object) => mapping(object, named),
        Value::Array(items) => list(items, named),
        Value::String(text) => plain(text),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn mapping(object: &mut Map<String, Value>, named: bool) {
    if let Some(name) = object.get("name").and_then(Value::as_str).map(str::to_owned)
        && let Some(value) = object.get_mut("value")
    {
        setting(&name, value);
    }
    for (key, child) in object.iter_mut() {
        let environment = matches!(
            key.as_str(),
            "env" | "environment" | "headers" | "defaultHeaders" | "http_headers"
        );
        match child {
            Value::Object(_) | Value::Array(_) => node(child, environment),
            child if named => setting(key, child),
            child => node(child, false),
        }
    }
}

/// A value that has a name, of which only what is plainly harmless is kept.
fn setting(name: &str, value: &mut Value) {
    match value {
        Value::String(text)
            if !text.starts_with(WITHHELD_PREFIX) && secrets::in_setting(name, text) =>
        {
            *text = marker(text);
        }
        Value::Number(number) if secrets::in_setting(name, &number.to_string()) => {
            *value = Value::String(marker(&number.to_string()));
        }
        other => node(other, false),
    }
}

/// Words of a command line: a flag names what follows it.
fn list(items: &mut [Value], named: bool) {
    let mut flag: Option<String> = None;
    for item in items {
        let Value::String(word) = item else {
            flag = None;
            node(item, named);
            continue;
        };
        let is_flag = word.starts_with('-') && !word.contains([' ', '=']);
        let own = is_flag.then(|| word.clone());
        match flag {
            Some(name) if !is_flag && secrets::in_setting(&name, word) => *word = marker(word),
            _ => plain(word),
        }
        flag = own;
    }
}

fn plain(text: &mut String) {
    if text.starts_with(WITHHELD_PREFIX) {
        return;
    }
    if secrets::in_text(text) {
        *text = marker(text);
    } else if text.len() > LONGEST {
        *text = format!("({} bytes, {})", text.len(), redact::digest(text));
    }
}

fn marker(secret: &str) -> String {
    format!("{WITHHELD_PREFIX}{}", redact::digest(secret).trim_start_matches("sha256:"))
}
