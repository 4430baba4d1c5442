//! Which API servers an entry of the data concerns.

use serde::{Deserialize, Deserializer, de::Error as _};

use crate::model::kubernetes::version::ServerVersion;

/// A range of API servers; without bounds, all of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Servers {
    /// From this version on.
    #[serde(default, deserialize_with = "version")]
    pub since: Option<ServerVersion>,
    /// Before this version.
    #[serde(default, deserialize_with = "version")]
    pub until: Option<ServerVersion>,
}

/// Whether an entry concerns a cluster's API server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Concerns {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// The evidence does not tell the version: it counts, as the worse.
    Perhaps,
}

impl Servers {
    /// Whether a server of that version is meant.
    #[must_use]
    pub fn concern(self, version: Option<ServerVersion>) -> Concerns {
        match (self.since, self.until, version) {
            (None, None, _) => Concerns::Yes,
            (_, _, None) => Concerns::Perhaps,
            (since, until, Some(version)) => {
                let begun = since.is_none_or(|since| version >= since);
                let ended = until.is_some_and(|until| version >= until);
                if begun && !ended { Concerns::Yes } else { Concerns::No }
            }
        }
    }
}

/// `"1.35"`: a text, since the number 1.30 would be read as 1.3.
fn version<'de, D: Deserializer<'de>>(source: D) -> Result<Option<ServerVersion>, D::Error> {
    let text = String::deserialize(source)?;
    ServerVersion::parse(&text)
        .map(Some)
        .ok_or_else(|| D::Error::custom(format!("`{text}` is no version such as \"1.35\"")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn servers(json: &str) -> Servers {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_range_begins_with_since_and_ends_before_until() {
        let range = servers(r#"{"since": "1.32", "until": "1.35"}"#);
        let concern = |text| range.concern(ServerVersion::parse(text));
        assert_eq!(concern("1.31"), Concerns::No);
        assert_eq!(concern("1.32"), Concerns::Yes);
        assert_eq!(concern("1.34"), Concerns::Yes);
        assert_eq!(concern("1.35"), Concerns::No);
        assert_eq!(range.concern(None), Concerns::Perhaps);
        assert_eq!(Servers::default().concern(None), Concerns::Yes);
    }

    #[test]
    fn a_version_that_is_a_number_is_refused() {
        assert!(serde_json::from_str::<Servers>(r#"{"since": 1.30}"#).is_err());
        assert!(serde_json::from_str::<Servers>(r#"{"since": "soon"}"#).is_err());
    }
}
