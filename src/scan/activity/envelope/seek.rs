//! Events within values whose shape nobody knows: the outermost ones, as text or as
//! objects. What stands within an event is never looked into, so that what a request
//! carries is not taken for another.

use serde_json::Value;

use super::{content, contents::Contents};
use crate::scan::activity::{trouble::defect_of, unique::Unique};

/// Values within each other that are looked at.
const DEPTH: usize = 8;

/// Reads the events that stand within a value; one without any is another program's.
pub(super) fn seek(text: &str, contents: &mut Contents<'_>) {
    match serde_json::from_str::<Unique>(text) {
        Ok(Unique(value)) if within(&value, DEPTH, contents) => {}
        Ok(_) => contents.foreign(),
        Err(error) => contents.defect(defect_of(text, &error)),
    }
}

/// Whether it held an event.
fn within(value: &Value, depth: usize, contents: &mut Contents<'_>) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    let mut all = |values: &mut dyn Iterator<Item = &Value>| {
        let mut found = false;
        for value in values {
            found |= within(value, depth, contents);
        }
        found
    };
    match value {
        Value::String(text) => match content::of(text) {
            Some(content) => {
                contents.event(content, text);
                true
            }
            None if content::is_list(text) => {
                contents.list(text);
                true
            }
            None => false,
        },
        Value::Object(object) => match content::of_object(object) {
            Some(content) => {
                contents.event(content, &value.to_string());
                true
            }
            None => all(&mut object.values()),
        },
        Value::Array(items) => all(&mut items.iter()),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
