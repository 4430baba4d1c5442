//! Attributes of OpenTelemetry, as plain values.

use std::collections::BTreeMap;

use serde_json::{Map, Number, Value};

use crate::scan::activity::{calls::NoEntry, unique::twice};

/// Attributes by name.
#[derive(Debug, Default)]
pub(in super::super) struct Attributes(BTreeMap<String, Value>);

impl Attributes {
    /// Those of a resource, a span or a log record: pairs in a list, or members of an
    /// object.
    ///
    /// # Errors
    /// One stands twice, or has two values.
    pub(in super::super) fn of(owner: Option<&Value>) -> Result<Self, NoEntry> {
        let attributes = owner.and_then(|owner| owner.get("attributes"));
        let Some(list) = attributes.and_then(Value::as_array) else {
            return Ok(Self::members(attributes));
        };
        Ok(Self(pairs(list)?.into_iter().collect()))
    }

    /// Those that stand as members of an object.
    pub(in super::super) fn members(object: Option<&Value>) -> Self {
        let members = object.and_then(Value::as_object).into_iter().flatten();
        Self(members.map(|(name, value)| (name.clone(), value.clone())).collect())
    }

    /// The value of a name; `null` is none.
    pub(in super::super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// The text of a name; none where it is empty.
    pub(in super::super) fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str().filter(|text| !text.trim().is_empty())
    }

    /// The first text of any of the names.
    pub(in super::super) fn first(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.text(name))
    }

    /// Yes or no, as a value or as text.
    pub(in super::super) fn flag(&self, name: &str) -> Option<bool> {
        match self.get(name)? {
            Value::Bool(value) => Some(*value),
            Value::String(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// A number, as a value or as text.
    pub(in super::super) fn number(&self, name: &str) -> Option<f64> {
        match self.get(name)? {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        }
        .filter(|number| number.is_finite())
    }

    /// The value of the first name that ends so.
    pub(super) fn ending(&self, end: &str) -> Option<&Value> {
        self.0.iter().find(|(name, _)| name.ends_with(end)).map(|(_, value)| value)
    }
}

/// Pairs of a name and a value, each name once.
fn pairs(list: &[Value]) -> Result<Map<String, Value>, NoEntry> {
    let mut all = Map::new();
    for pair in list {
        let name = pair.get("key").and_then(Value::as_str);
        let Some((name, value)) = name.zip(pair.get("value")) else { continue };
        if all.insert(name.to_owned(), plain(value)?).is_some() {
            return Err(NoEntry::Wrong(twice(name)));
        }
    }
    Ok(all)
}

/// `{"stringValue": …}` and the like as what they hold. Depth is bounded by the parser.
fn plain(value: &Value) -> Result<Value, NoEntry> {
    let mut members = value.as_object().into_iter().flatten();
    let Some((kind, held)) = members.next() else { return Ok(Value::Null) };
    if members.next().is_some() {
        return Err(NoEntry::Wrong("an attribute has more than one value".to_owned()));
    }
    let values = || held.get("values").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    Ok(match kind.as_str() {
        "intValue" => match held {
            Value::String(text) => {
                text.parse().map_or(Value::Null, |whole: i64| Value::Number(Number::from(whole)))
            }
            number => number.clone(),
        },
        "arrayValue" => Value::Array(values().iter().map(plain).collect::<Result<_, _>>()?),
        "kvlistValue" => Value::Object(pairs(values())?),
        _ => held.clone(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_what_their_kinds_hold() {
        let attributes = Attributes::of(Some(&json!({"attributes": [
            {"key": "text", "value": {"stringValue": "a"}},
            {"key": "count", "value": {"intValue": "42"}},
            {"key": "list", "value": {"arrayValue": {"values": [{"boolValue": true}]}}},
            {"key": "map", "value": {"kvlistValue": {"values": [{"key": "a", "value": {"doubleValue": 1.5}}]}}},
            {"key": "none", "value": {}},
        ]})))
        .unwrap();
        assert_eq!(attributes.text("text"), Some("a"));
        assert_eq!(attributes.number("count"), Some(42.0));
        assert_eq!(attributes.get("list"), Some(&json!([true])));
        assert_eq!(attributes.get("map"), Some(&json!({"a": 1.5})));
        assert_eq!(attributes.get("none"), None);
    }

    #[test]
    fn an_attribute_that_stands_twice_or_has_two_values_is_an_error() {
        let pair = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
        let nested = [pair("a", "1"), pair("a", "2")];
        for list in [
            json!([pair("source", "user_permanent"), pair("source", "user_temporary")]),
            json!([{"key": "map", "value": {"kvlistValue": {"values": nested}}}]),
            json!([{"key": "both", "value": {"stringValue": "1", "intValue": "2"}}]),
        ] {
            let read = Attributes::of(Some(&json!({"attributes": list})));
            assert!(matches!(read, Err(NoEntry::Wrong(_))), "{list}");
        }
    }
}
