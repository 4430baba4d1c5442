//! Members of entries, and the times that logs write in many ways.

use jiff::Timestamp;
use serde_json::Value;

use crate::scan::activity::{request::cut, text::timestamp};

/// Longer names, ids and labels are cut.
const TEXT_BYTES: usize = 256;

/// The value at a path of members.
pub(super) fn at<'v>(value: &'v Value, path: &[&str]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, member| value.get(member)).filter(|value| !value.is_null())
}

/// The text at a path; none where it is empty.
pub(super) fn text<'v>(value: &'v Value, path: &[&str]) -> Option<&'v str> {
    at(value, path)?.as_str().filter(|text| !text.trim().is_empty())
}

/// A name or an id to keep; none where it is empty.
pub(super) fn kept(text: &str) -> Option<Box<str>> {
    let text = text.trim();
    (!text.is_empty()).then(|| cut(text, TEXT_BYTES).into())
}

/// The first text at any of the paths, to keep.
pub(super) fn first(value: &Value, paths: &[&[&str]]) -> Option<Box<str>> {
    paths.iter().find_map(|path| kept(text(value, path)?))
}

/// The time at a path.
pub(super) fn time(value: &Value, path: &[&str]) -> Option<Timestamp> {
    time_of(at(value, path)?)
}

/// A time: of RFC 3339 (one without a zone is in UTC), or a number since 1970, in
/// seconds, milli-, micro- or nanoseconds by its size, which leaves no doubt between 1973
/// and 5138.
pub(super) fn time_of(value: &Value) -> Option<Timestamp> {
    match value {
        Value::Number(number) => match number.as_i64() {
            Some(whole) => since_1970(i128::from(whole)),
            None => seconds(number.as_f64()?),
        },
        Value::String(text) => {
            timestamp(text).or_else(|| civil(text)).or_else(|| since_1970(text.parse().ok()?))
        }
        _ => None,
    }
}

fn civil(text: &str) -> Option<Timestamp> {
    let time: jiff::civil::DateTime = text.parse().ok()?;
    jiff::tz::Offset::UTC.to_timestamp(time).ok()
}

fn since_1970(number: i128) -> Option<Timestamp> {
    let nanoseconds = match number.unsigned_abs() {
        0..=99_999_999_999 => number.checked_mul(1_000_000_000)?,
        100_000_000_000..=99_999_999_999_999 => number.checked_mul(1_000_000)?,
        100_000_000_000_000..=99_999_999_999_999_999 => number.checked_mul(1_000)?,
        _ => number,
    };
    Timestamp::from_nanosecond(nanoseconds).ok()
}

/// Seconds, or milliseconds, with a fraction.
fn seconds(number: f64) -> Option<Timestamp> {
    let seconds = if number.abs() < 1e11 { number } else { number / 1e3 };
    let microseconds = (seconds * 1e6).round();
    // Beyond what a float holds exactly there is no time to tell.
    (microseconds.abs() < 9e15).then_some(())?;
    #[expect(clippy::cast_possible_truncation, reason = "it was compared just now")]
    let whole = microseconds as i64;
    Timestamp::from_microsecond(whole).ok()
}

/// What stands in a member that some logs fill with a value and others with its text.
pub(super) fn unquoted(value: &Value) -> Value {
    match value.as_str().map(str::trim_start) {
        Some(text) if text.starts_with(['{', '[']) => {
            serde_json::from_str(text).unwrap_or_else(|_| value.clone())
        }
        _ => value.clone(),
    }
}

/// The server and the tool, of a name as clients spell those of MCP:
/// `mcp__server__tool`.
pub(super) fn server_and_tool(name: &str) -> (Option<Box<str>>, Box<str>) {
    match name.strip_prefix("mcp__").and_then(|rest| rest.split_once("__")) {
        Some((server, tool)) if !tool.is_empty() => (kept(server), kept(tool).unwrap_or_default()),
        _ => (None, kept(name).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_are_read_as_logs_write_them() {
        let expected: Option<Timestamp> = "2026-10-01T08:00:00Z".parse().ok();
        for written in [
            json!("2026-10-01T08:00:00Z"),
            json!("2026-10-01T10:00:00+02:00"),
            json!("2026-10-01T08:00:00"),
            json!("2026-10-01 08:00:00"),
            json!(1_790_841_600),
            json!(1_790_841_600.0),
            json!(1_790_841_600_000_i64),
            json!(1_790_841_600_000_000_i64),
            json!("1790841600000000000"),
        ] {
            assert_eq!(time_of(&written), expected, "{written}");
        }
        for written in [json!("soon"), json!(null), json!(1e300), json!([])] {
            assert_eq!(time_of(&written), None, "{written}");
        }
    }

    #[test]
    fn a_name_of_mcp_is_server_and_tool() {
        assert_eq!(
            server_and_tool("mcp__kubernetes__pods_delete"),
            (Some("kubernetes".into()), "pods_delete".into())
        );
        assert_eq!(server_and_tool("Bash"), (None, "Bash".into()));
        assert_eq!(server_and_tool("mcp__odd"), (None, "mcp__odd".into()));
    }
}
