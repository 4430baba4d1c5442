//! What of a live object's text may leave its cluster.
//!
//! The same eyes that find secrets in a file ([`super::secrets`]) go over the
//! object before it is kept; what they would report is replaced by a marker, so
//! that it is still reported, and nothing else of it is known. What decides
//! nothing and may say anything (prompts, settings that are no switch) becomes its
//! length and digest: it is no finding, and no value that anything can be read from.

use serde_json::{Map, Value};

use super::{patterns::WITHHELD_PREFIX, redact, secrets};

/// Longest text that is kept.
const LONGEST: usize = 2_000;
/// Texts for a model or a person: they decide nothing.
const PROSE: [&str; 8] = [
    "description",
    "instruction",
    "instructions",
    "message",
    "prompt",
    "systemMessage",
    "systemPrompt",
    "template",
];
/// Values by which settings are told apart, and which nobody takes for a password.
const SWITCHES: [&str; 21] = [
    "",
    "true",
    "false",
    "yes",
    "no",
    "on",
    "off",
    "enabled",
    "disabled",
    "none",
    "null",
    "debug",
    "info",
    "warn",
    "warning",
    "error",
    "stdio",
    "sse",
    "http",
    "streamable-http",
    "readonly",
];

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
    let is_entry = object.contains_key("value") || object.contains_key("valueFrom");
    if let Some(name) = object.get("name").and_then(Value::as_str).map(str::to_owned)
        && let Some(value) = object.get_mut("value")
    {
        setting(&name, value);
        if named {
            unless_switch(value);
        }
    }
    // In an entry of a list, `name` and `value` are no names of settings.
    let named = named && !is_entry;
    for (key, child) in object.iter_mut() {
        let environment = matches!(
            key.as_str(),
            "env" | "environment" | "headers" | "defaultHeaders" | "http_headers"
        );
        match child {
            Value::Object(_) | Value::Array(_) => node(child, environment),
            child if named => {
                setting(key, child);
                unless_switch(child);
            }
            Value::String(text) if PROSE.contains(&key.as_str()) || key == "webhook" => {
                opaque(text);
            }
            child => {
                node(child, false);
                // A key that only sounds like a secret often holds the name of one.
                if let Value::String(text) = child
                    && !text.starts_with(WITHHELD_PREFIX)
                    && secrets::in_setting(key, text)
                {
                    opaque(text);
                }
            }
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
            // What a flag of one letter says is known to its program alone.
            Some(name) if !is_flag && name.len() == 2 && !is_switch(word) => opaque(word),
            _ if holds_login(word) => *word = marker(word),
            _ => plain(word),
        }
        flag = own;
    }
}

/// Whether a word of a command line carries a login: `-u name:password` within a
/// shell's line, `Password=…` within a connection string.
fn holds_login(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    ["password=", "passwd=", "pwd=", " -u ", "--user "].iter().any(|mark| lower.contains(mark))
}

/// Leaves nothing of a value that is no switch.
fn unless_switch(value: &mut Value) {
    if let Value::String(text) = value
        && !text.starts_with(WITHHELD_PREFIX)
        && !is_switch(text)
    {
        opaque(text);
    }
}

/// Whether a value is one of those that settings are told apart by: a word, a
/// small number, a path.
fn is_switch(text: &str) -> bool {
    let lower = text.trim().to_ascii_lowercase();
    let number = lower.len() <= 5 && lower.chars().all(|c| c.is_ascii_digit());
    let path = lower.starts_with('/') && !lower.contains([' ', '?', '=', '@']);
    number || path || SWITCHES.contains(&lower.as_str())
}

fn opaque(text: &mut String) {
    *text = format!("({} bytes, {})", text.len(), redact::digest(text));
}

fn plain(text: &mut String) {
    if text.starts_with(WITHHELD_PREFIX) {
        return;
    }
    if secrets::in_text(text) {
        *text = marker(text);
    } else if text.len() > LONGEST {
        opaque(text);
    }
}

fn marker(secret: &str) -> String {
    format!("{WITHHELD_PREFIX}{}", redact::digest(secret).trim_start_matches("sha256:"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn withheld(mut value: Value) -> String {
        withhold(&mut value);
        value.to_string()
    }

    #[test]
    fn no_literal_of_an_environment_leaves_unless_it_is_a_switch() {
        let kept = withheld(json!({"env": [
            {"name": "PGPASS", "value": "MARK-a1"},
            {"name": "CREDS", "value": "MARKb2"},
            {"name": "CONN", "value": "Server=db;User=sa;Password=MARK-c3"},
            {"name": "READ_ONLY", "value": "true"},
            {"name": "PORT", "value": "8080"},
            {"name": "FROM", "valueFrom": {"secretKeyRef": {"name": "llm", "key": "k"}}},
        ], "environment": {"LICENSE": "MARK-d4", "LOG_LEVEL": "debug"}}));
        assert!(!kept.contains("MARK"), "{kept}");
        for name in ["PGPASS", "READ_ONLY\",\"value\":\"true", "8080", "llm", "LOG_LEVEL\":\"debug"]
        {
            assert!(kept.contains(name), "{name} is not in {kept}");
        }
    }

    #[test]
    fn keys_that_sound_like_secrets_keep_no_text() {
        let kept = withheld(json!({
            "apiKey": "MARK-a", "password": "MARK-b", "clientSecret": "MARK-c",
            "sink": {"webhook": "https://hooks.example.com/services/T0/B0/MARK"},
            "model": "gpt-4o", "serviceAccountName": "holmes",
        }));
        assert!(!kept.contains("MARK"), "{kept}");
        assert!(kept.contains("gpt-4o") && kept.contains("holmes"), "{kept}");
    }

    #[test]
    fn logins_on_command_lines_do_not_leave() {
        let kept = withheld(json!({
            "args": ["--db-pass", "MARK-a", "-p", "MARKb", "--conn=Server=db;Password=MARK-c", "--read-only"],
            "command": ["sh", "-c", "curl -u admin:MARK-d https://x"],
        }));
        assert!(!kept.contains("MARK"), "{kept}");
        assert!(kept.contains("--read-only") && kept.contains("\"-p\""), "{kept}");
    }

    #[test]
    fn prompts_do_not_leave() {
        let kept =
            withheld(json!({"systemMessage": "log in with password MARK", "name": "helper"}));
        assert!(!kept.contains("MARK") && kept.contains("helper"), "{kept}");
    }
}
