//! Assessments of the same evidence from different places.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up must stop")]

use serde_json::Value;

/// An assessment without where its evidence lies: the path and the lines, the steps
/// that are one for each line, and the sources, of which one knows more calls than the
/// other. Files do not say which regions were asked.
pub(crate) fn anywhere(assessment: &str, path: &str) -> String {
    let mut assessment: Value = serde_json::from_str(assessment).unwrap();
    assessment["coverage"]["sources"] = Value::Null;
    assessment["coverage"]["files"] = Value::Null;
    let gaps = assessment["coverage"]["gaps"].as_array_mut().unwrap();
    gaps.retain(|gap| !gap.to_string().contains("asked for their clusters"));
    for agent in assessment["agents"].as_array_mut().unwrap() {
        agent["next"]["contain"] = Value::Null;
    }
    forget(&mut assessment, path);
    serde_json::to_string_pretty(&assessment).unwrap()
}

fn forget(value: &mut Value, path: &str) {
    match value {
        Value::Object(fields) => {
            for key in ["line", "column", "fingerprint"] {
                fields.remove(key);
            }
            fields.values_mut().for_each(|value| forget(value, path));
        }
        Value::Array(items) => {
            items.iter_mut().for_each(|value| forget(value, path));
            // Places that differ by their lines alone.
            items.dedup_by(|one, other| one == other && one.as_str() == Some("HERE"));
        }
        Value::String(text) => *text = without(text, path),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// `aws/prod/details.json:12:3` and `aws/prod` as one word.
fn without(text: &str, path: &str) -> String {
    let mut parts = text.split(path);
    let mut told = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        told.push_str("HERE");
        let file = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
        let part = if part.starts_with('/') { part.trim_start_matches(file) } else { part };
        told.push_str(part.trim_start_matches(|c: char| c == ':' || c.is_ascii_digit()));
    }
    told
}
