//! What is known of a CEL value.

use std::{collections::BTreeMap, sync::Arc};

/// A value as far as it is known.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::privilege::admission) enum Partial {
    /// Any value of any type, or an error.
    Unknown,
    /// `null`.
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Double(f64),
    /// A text.
    Text(Arc<str>),
    /// A list.
    List(List),
    /// A mapping with text as keys.
    Map(Map),
}

/// A list whose elements are known.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::privilege::admission) struct List {
    /// Known elements, in no particular order where the list is open.
    pub(super) items: Arc<Vec<Partial>>,
    /// Whether there may be more.
    pub(super) open: bool,
}

/// A mapping.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::privilege::admission) struct Map {
    /// Entries; none where a key is known to be absent.
    pub(super) entries: Arc<BTreeMap<Arc<str>, Option<Partial>>>,
    /// Whether there may be more.
    pub(super) open: bool,
}

impl Partial {
    /// A text.
    pub(in crate::privilege::admission) fn text(text: impl Into<Arc<str>>) -> Self {
        Self::Text(text.into())
    }

    /// A list of texts; `open` where there may be more.
    pub(in crate::privilege::admission) fn texts<'t>(
        texts: impl IntoIterator<Item = &'t str>,
        open: bool,
    ) -> Self {
        let items = texts.into_iter().map(Self::text).collect();
        Self::List(List { items: Arc::new(items), open })
    }

    /// A mapping; a key without a value is known to be absent, and where `open`
    /// any other may be there.
    pub(in crate::privilege::admission) fn map<'t>(
        entries: impl IntoIterator<Item = (&'t str, Option<Self>)>,
        open: bool,
    ) -> Self {
        let entries = entries.into_iter().map(|(key, value)| (key.into(), value)).collect();
        Self::Map(Map { entries: Arc::new(entries), open })
    }

    /// Whether nothing about it is open.
    pub(super) fn is_known(&self) -> bool {
        match self {
            Self::Unknown => false,
            Self::Null | Self::Bool(_) | Self::Int(_) | Self::Double(_) | Self::Text(_) => true,
            Self::List(list) => !list.open && list.items.iter().all(Self::is_known),
            Self::Map(map) => !map.open && map.entries.values().flatten().all(Self::is_known),
        }
    }

    /// Whether it equals another value; none where that is not known. Values of
    /// different types are left open, for CEL refuses some of these comparisons; what
    /// is a mapping is not `null`.
    pub(super) fn equals(&self, other: &Self) -> Option<bool> {
        match (self, other) {
            (Self::Null, Self::Null) => Some(true),
            (Self::Bool(a), Self::Bool(b)) => Some(a == b),
            (Self::Int(a), Self::Int(b)) => Some(a == b),
            (Self::Double(a), Self::Double(b)) => Some(a == b),
            (Self::Map(_), Self::Null) | (Self::Null, Self::Map(_)) => Some(false),
            (Self::Text(a), Self::Text(b)) => Some(a == b),
            (Self::List(a), Self::List(b)) if self.is_known() && other.is_known() => {
                if a.items.len() != b.items.len() {
                    return Some(false);
                }
                let mut pairs = a.items.iter().zip(b.items.iter());
                pairs.try_fold(true, |same, (a, b)| Some(a.equals(b)? && same))
            }
            _ => None,
        }
    }
}

impl Map {
    /// The value of a key; unknown where selecting it may fail.
    pub(super) fn get(&self, key: &str) -> Partial {
        self.entries.get(key).cloned().flatten().unwrap_or(Partial::Unknown)
    }

    /// Whether it has a key, where that is known.
    pub(super) fn has(&self, key: &str) -> Partial {
        match self.entries.get(key) {
            // Of what nobody knows, it is not known either whether it is there.
            Some(Some(Partial::Unknown | Partial::Null)) => Partial::Unknown,
            Some(Some(_)) => Partial::Bool(true),
            Some(None) => Partial::Bool(false),
            None if self.open => Partial::Unknown,
            None => Partial::Bool(false),
        }
    }
}
