//! From the members of a line to the values of a record.

use jiff::Timestamp;
use serde_json::Value;

use super::schema::{Field, From, Rule, TimeFormat};

/// What a path leads to: a JSON pointer, or members with dots between them.
fn at<'v>(line: &'v Value, path: &str) -> Option<&'v Value> {
    let found = if path.starts_with('/') {
        line.pointer(path)
    } else {
        path.split('.').try_fold(line, |value, member| match value {
            Value::Array(items) => items.get(member.parse::<usize>().ok()?),
            value => value.get(member),
        })
    };
    found.filter(|value| !value.is_null())
}

/// A value as the text that a mapping compares it with.
fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

impl Rule {
    /// Whether a line meets every condition.
    pub(super) fn matches(&self, line: &Value) -> bool {
        self.when.iter().all(|(path, wanted)| {
            at(line, path).and_then(as_text).is_some_and(|found| found == *wanted)
        })
    }
}

impl Field {
    /// What is wrong with it, whatever the lines are.
    pub(super) fn check(&self) -> Result<(), String> {
        match (&self.from, &self.values, self.format) {
            (From::Nothing, ..) => Err("give one of `path` and `constant`".to_owned()),
            (From::Path(path), ..) if path.trim().is_empty() => Err("the path is empty".to_owned()),
            (From::Constant(_), Some(_), _) | (From::Constant(_), _, Some(_)) => {
                Err("`values` and `format` go with `path`".to_owned())
            }
            (From::Path(_), Some(_), Some(_)) => {
                Err("give one of `values` and `format`".to_owned())
            }
            _ => Ok(()),
        }
    }

    /// Its value in a line; none where the line is without it and may be.
    pub(super) fn of(&self, line: &Value) -> Result<Option<Value>, String> {
        let path = match &self.from {
            From::Constant(value) => return Ok(Some(value.clone())),
            From::Path(path) => path,
            From::Nothing => return Ok(None),
        };
        let Some(value) = at(line, path) else {
            let missing = || Err("the line has nothing at its path".to_owned());
            return if self.optional { Ok(None) } else { missing() };
        };
        if let Some(values) = &self.values {
            let word = as_text(value).and_then(|text| values.get(&text));
            let unknown = "the line has a value that `values` does not name";
            return word.cloned().map(Some).ok_or_else(|| unknown.to_owned());
        }
        match self.format {
            None | Some(TimeFormat::Rfc3339) => Ok(Some(value.clone())),
            Some(format) => {
                let time = time(value, format).ok_or("the line has no time of that format")?;
                Ok(Some(Value::from(time.to_string())))
            }
        }
    }
}

/// A time since 1970; a fraction of seconds counts.
fn time(value: &Value, format: TimeFormat) -> Option<Timestamp> {
    let text = as_text(value)?;
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let digits = match format {
        TimeFormat::Rfc3339 => return text.parse().ok(),
        TimeFormat::UnixSeconds => 9,
        TimeFormat::UnixMillis => 6,
        TimeFormat::UnixMicros => 3,
        TimeFormat::UnixNanos => 0,
    };
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) || whole.starts_with('-') {
        return None;
    }
    let fraction = fraction.get(..digits.min(fraction.len()))?;
    let nanoseconds: i128 = format!("{whole}{fraction:0<digits$}").parse().ok()?;
    Timestamp::from_nanosecond(nanoseconds).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_is_a_pointer_or_members_with_dots() {
        let line = json!({"a": {"b": [{"c": 1}], "d.e": 2}});
        assert_eq!(at(&line, "a.b.0.c"), Some(&json!(1)));
        assert_eq!(at(&line, "/a/d.e"), Some(&json!(2)));
        assert_eq!(at(&line, "a.d.e"), None);
    }

    #[test]
    fn times_since_1970_are_read_by_their_unit() {
        let expected: Timestamp = "2026-10-01T08:00:00.25Z".parse().unwrap();
        for (value, format) in [
            (json!(1_790_841_600.25), TimeFormat::UnixSeconds),
            (json!("1790841600250"), TimeFormat::UnixMillis),
            (json!(1_790_841_600_250_000_i64), TimeFormat::UnixMicros),
            (json!("1790841600250000000"), TimeFormat::UnixNanos),
        ] {
            assert_eq!(time(&value, format), Some(expected), "{value}");
        }
        assert_eq!(time(&json!("soon"), TimeFormat::UnixMillis), None);
        assert_eq!(time(&json!("1.-5"), TimeFormat::UnixSeconds), None);
    }
}
