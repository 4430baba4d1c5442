//! What is known of a request that somebody makes at the door of a role: who it
//! is, and the claims of its token or the tags of its session.

use std::collections::BTreeMap;

use super::super::condition::{Caller, Fact, Facts};

/// Condition keys, in lower case, of which the one value is known.
#[derive(Debug, Clone, Default)]
pub(super) struct Claims(BTreeMap<String, String>);

impl Claims {
    /// These keys, however they are written.
    pub(super) fn of(known: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(known.into_iter().map(|(key, value)| (key.to_ascii_lowercase(), value)).collect())
    }
}

/// Who stands at the door.
pub(super) struct Visitor<'v> {
    pub caller: &'v Caller<'v>,
    pub claims: &'v Claims,
}

impl Facts for Visitor<'_> {
    fn fact(&self, key: &str) -> Fact<'_> {
        match self.claims.0.get(key) {
            Some(value) => Fact::One(value),
            None => self.caller.fact(key),
        }
    }
}
