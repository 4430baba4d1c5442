//! From a value to the items that stand in it, one at a time, so that a list of any
//! length is read in the memory of its longest item.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    fmt,
};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::scan::activity::unique::twice;

/// Longer members beside a list are not kept.
const MEMBER_BYTES: usize = 16 << 10;
/// More of them are not kept.
const MEMBERS: usize = 64;

/// Where the items of an envelope stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Items {
    /// Each value is one.
    Values,
    /// In the list that is reached by these members; in the value itself, if there are
    /// none.
    Under(&'static [&'static str]),
}

/// What stands around the items: the members beside the list, as far as they were read
/// yet, and how many items there were.
#[derive(Debug, Default)]
pub(super) struct Around {
    members: BTreeMap<String, Box<RawValue>>,
    /// The member that holds the list, where one does.
    pub(super) list: Option<&'static str>,
    /// Items so far.
    pub(super) items: u64,
    /// The names of the columns of a table, which stand in its first row.
    pub(super) columns: Vec<String>,
}

impl Around {
    /// The member of that name, read as what the caller wants; none where it is not that.
    pub(super) fn get<'a, T: Deserialize<'a>>(&'a self, name: &str) -> Option<T> {
        serde_json::from_str(self.members.get(name)?.get()).ok()
    }

    /// Keeps a member; an error where one of its name was kept before.
    fn note<E: Error>(&mut self, name: String, value: Box<RawValue>) -> Result<(), E> {
        let room = value.get().len() <= MEMBER_BYTES && self.members.len() < MEMBERS;
        match self.members.entry(name) {
            Entry::Occupied(before) => return Err(E::custom(twice(before.key()))),
            Entry::Vacant(free) if room => {
                free.insert(value);
            }
            Entry::Vacant(_) => {}
        }
        Ok(())
    }
}

/// Takes one item, with what stands around it.
pub(super) type Each<'e> = dyn FnMut(&RawValue, &mut Around) + 'e;

/// Reads a list that is reached by members.
pub(super) struct Walk<'w, 'e> {
    pub(super) path: &'static [&'static str],
    pub(super) around: &'w mut Around,
    pub(super) each: &'w mut Each<'e>,
}

impl<'de> DeserializeSeed<'de> for Walk<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path {
            [name, ..] => write!(f, "an object with `{name}`"),
            [] => f.write_str("a list"),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element::<Box<RawValue>>()? {
            (self.each)(&item, self.around);
            self.around.items += 1;
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Some((wanted, path)) = self.path.split_first() else {
            return Err(A::Error::invalid_type(serde::de::Unexpected::Map, &self));
        };
        let mut found = false;
        while let Some(name) = map.next_key::<String>()? {
            if name == *wanted {
                found = true;
                self.around.list = Some(wanted);
                map.next_value_seed(Walk { path, around: self.around, each: self.each })?;
            } else {
                self.around.note(name, map.next_value()?)?;
            }
        }
        if found { Ok(()) } else { Err(A::Error::missing_field(wanted)) }
    }

    /// A list that is not there is an empty one.
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}
