//! YAML as a person reads it, whose every text is the text that was meant.

#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use serde_json::Value;

use super::Manifest;

/// A line of a list that is no longer than this stays one line.
const LINE: usize = 96;

/// Words that YAML 1.1 reads as something else, and tools still do.
const RESERVED: [&str; 9] = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];

/// Objects, one document each.
#[must_use]
pub fn documents(manifests: &[Manifest]) -> String {
    let mut text = String::new();
    for (number, manifest) in manifests.iter().enumerate() {
        if number > 0 {
            text.push_str("---\n");
        }
        block(&mut text, &manifest.value(), 0);
    }
    text
}

/// Lines of text as comments. Nothing in them ends the comment: whatever is no
/// letter to a reader is spelt out.
#[must_use]
pub fn comment(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        out.push('#');
        if !line.is_empty() {
            out.push(' ');
        }
        for character in line.chars() {
            if is_plain_in_comments(character) {
                out.push(character);
            } else {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{{{:x}}}", u32::from(character));
            }
        }
        out.push('\n');
    }
    out
}

/// Whether a character neither breaks a line nor hides what is beside it.
fn is_plain_in_comments(character: char) -> bool {
    match character {
        '·' | '×' | '→' | '…' => true,
        _ => {
            matches!(character, ' '..='~') || (!character.is_ascii() && character.is_alphanumeric())
        }
    }
}

fn block(out: &mut String, value: &Value, indent: usize) {
    let Value::Object(map) = value else { return };
    for (key, value) in map {
        pad(out, indent);
        out.push_str(key);
        out.push(':');
        match value {
            Value::Object(_) => {
                out.push('\n');
                block(out, value, indent + 2);
            }
            Value::Array(items) => list(out, items, indent),
            other => {
                out.push(' ');
                out.push_str(&scalar(other));
                out.push('\n');
            }
        }
    }
}

fn list(out: &mut String, items: &[Value], indent: usize) {
    if items.iter().any(Value::is_object) {
        out.push('\n');
        for item in items {
            let mut text = String::new();
            block(&mut text, item, indent + 2);
            pad(out, indent);
            out.push_str("- ");
            out.push_str(text.get(indent + 2..).unwrap_or_default());
        }
        return;
    }
    let scalars: Vec<String> = items.iter().map(scalar).collect();
    let line = format!(" [{}]\n", scalars.join(", "));
    if line.len() + indent <= LINE {
        out.push_str(&line);
        return;
    }
    out.push('\n');
    for item in scalars {
        pad(out, indent);
        out.push_str("- ");
        out.push_str(&item);
        out.push('\n');
    }
}

fn pad(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent));
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        other => other.to_string(),
    }
}

/// Text as it is where it is a plain word, else in double quotes, in which YAML
/// reads escapes as JSON does.
fn quoted(text: &str) -> String {
    let word =
        |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.' | '/');
    if text.starts_with(|c: char| c.is_ascii_lowercase())
        && !text.ends_with(['-', '.', '/'])
        && text.chars().all(|c| word(c) || c.is_ascii_uppercase())
        && !RESERVED.contains(&text.to_ascii_lowercase().as_str())
        || is_type_word(text)
    {
        return text.to_owned();
    }
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            ' '..='~' => out.push(character),
            _ => {
                let code = u32::from(character);
                // Writing to a string cannot fail.
                let _ = if code > 0xFFFF {
                    write!(out, "\\U{code:08X}")
                } else {
                    write!(out, "\\u{code:04X}")
                };
            }
        }
    }
    out.push('"');
    out
}

/// `ClusterRole`, `User`: what these objects say of themselves.
fn is_type_word(text: &str) -> bool {
    matches!(
        text,
        "Role"
            | "ClusterRole"
            | "RoleBinding"
            | "ClusterRoleBinding"
            | "ServiceAccount"
            | "User"
            | "Group"
    )
}
