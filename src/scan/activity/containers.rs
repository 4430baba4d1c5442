//! `rubric/logs/containers.yaml`: files that logs are kept in and that gradus does not read,
//! told by their first bytes, so that whoever named one learns what to do about it.

use std::sync::OnceLock;

use serde::{Deserialize, Deserializer, de::Error};

/// The file, as JSON (see `build.rs`).
const TEXT: &str = include_str!(concat!(env!("OUT_DIR"), "/containers.json"));

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Containers {
    containers: Vec<Container>,
}

/// A kind of file.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Container {
    title: String,
    /// Whether logs and little else are kept so.
    #[serde(default)]
    logs: bool,
    /// Where its mark stands.
    #[serde(default)]
    at: usize,
    magic: Marks,
    way_out: String,
    /// Of what stands at that place in such a file, and in one that looks like it.
    #[cfg_attr(not(test), expect(dead_code, reason = "examples are for the test of the table"))]
    example: Marks,
    #[cfg_attr(not(test), expect(dead_code, reason = "examples are for the test of the table"))]
    other: Marks,
    #[cfg_attr(not(test), expect(dead_code, reason = "where the mark is from is for readers"))]
    source: String,
}

/// Half bytes, the high one of each byte first; none where any will do.
#[derive(Debug, PartialEq, Eq)]
struct Marks(Vec<Option<u8>>);

impl<'de> Deserialize<'de> for Marks {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let half = |character: char| match (character, character.to_digit(16)) {
            ('x', _) => Ok(None),
            (_, Some(digit)) => Ok(u8::try_from(digit).ok()),
            _ => Err(D::Error::custom(format!("`{text}` is not hexadecimal"))),
        };
        text.chars()
            .filter(|character| *character != ' ')
            .map(half)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl Marks {
    /// Whether bytes begin so.
    fn begin(&self, bytes: &[u8]) -> bool {
        let halves = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xF]);
        let fits = |(mark, half): (&Option<u8>, u8)| mark.is_none_or(|mark| mark == half);
        bytes.len() * 2 >= self.0.len() && self.0.iter().zip(halves).all(fits)
    }
}

/// A file that is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// What it is, and the way to what is read.
    pub reason: String,
    /// Whether a log is missing with it, also where nobody called it one.
    pub is_log: bool,
}

/// What a file with these first bytes is; none where it is no such file.
pub(super) fn told(head: &[u8]) -> Option<Unread> {
    static TABLE: OnceLock<Option<Containers>> = OnceLock::new();
    let table = TABLE.get_or_init(|| serde_json::from_str(TEXT).ok()).as_ref()?;
    let is = |kind: &&Container| head.get(kind.at..).is_some_and(|from| kind.magic.begin(from));
    let Container { title, way_out, logs, .. } = table.containers.iter().find(is)?;
    let reason = format!("it is {title}, which gradus does not read: {way_out}");
    Some(Unread { reason, is_log: *logs })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file with these bytes at that place.
    fn file(at: usize, Marks(halves): &Marks) -> Vec<u8> {
        let bytes = halves.chunks(2).map(|byte| {
            byte.iter().fold(0, |sum, half| sum << 4 | half.expect("an example has all its bytes"))
        });
        std::iter::repeat_n(b'a', at).chain(bytes).collect()
    }

    #[test]
    fn every_kind_is_told_by_its_example_and_not_by_what_looks_like_it() {
        let table: Containers = serde_json::from_str(TEXT).expect("the table");
        for kind in &table.containers {
            let Container { title, logs, at, example, other, way_out, source, magic } = kind;
            let told_of = |marks| told(&file(*at, marks));
            let reason = format!("it is {title}, which gradus does not read: {way_out}");
            assert_eq!(told_of(example), Some(Unread { reason, is_log: *logs }), "{title}");
            assert_eq!(told_of(other), None, "{title}");
            assert!(source.starts_with("https://") && magic.0.len() >= 6, "{title}");
        }
        assert!(table.containers.len() > 15);
    }

    #[test]
    fn logs_and_short_files_are_none_of_them() {
        for head in ["", "{\"kind\":\"Event\"}\n", "BZ", "2026-10-01T10:11:12Z stdout F {}", "PK"] {
            assert_eq!(told(head.as_bytes()), None, "{head}");
        }
    }
}
