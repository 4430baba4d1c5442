//! Bounded collections in files.
//!
//! They are read by adding one entry after the other, so that no file can make one that
//! holds more than its bound, or holds it in another order.

use std::{collections::BTreeMap, sync::Arc};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::SerializeStruct as _,
};

use super::{BoundedSet, Counted, Defect, DefectPlace, Defects, Examples, Names};
use crate::model::location::{Location, TextStart};

impl<K: Ord + Serialize, const LIMIT: usize> Serialize for Counted<K, LIMIT> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let entries: Vec<(&K, u64)> = self.iter().collect();
        let mut out = serializer.serialize_struct("Counted", 2)?;
        out.serialize_field("entries", &entries)?;
        out.serialize_field("beyond", &self.beyond())?;
        out.end()
    }
}

impl<'de, K: Ord + Deserialize<'de>, const LIMIT: usize> Deserialize<'de> for Counted<K, LIMIT> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Wire<K> {
            #[serde(default = "Vec::new")]
            entries: Vec<(K, u64)>,
            #[serde(default)]
            beyond: u64,
        }
        let wire = Wire::<K>::deserialize(deserializer)?;
        let mut counted = Self::default();
        for (key, count) in wire.entries {
            counted.insert(key, count);
        }
        counted.omit(wire.beyond);
        Ok(counted)
    }
}

impl<K: Ord + Serialize, const LIMIT: usize> Serialize for BoundedSet<K, LIMIT> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let values: Vec<&K> = self.iter().collect();
        let mut out = serializer.serialize_struct("BoundedSet", 2)?;
        out.serialize_field("values", &values)?;
        out.serialize_field("more", &self.has_more())?;
        out.end()
    }
}

impl<'de, K: Ord + Deserialize<'de>, const LIMIT: usize> Deserialize<'de> for BoundedSet<K, LIMIT> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Wire<K> {
            #[serde(default = "Vec::new")]
            values: Vec<K>,
            #[serde(default)]
            more: bool,
        }
        let wire = Wire::<K>::deserialize(deserializer)?;
        let mut set = Self::default();
        for value in wire.values {
            set.insert(value);
        }
        if wire.more {
            set.omit();
        }
        Ok(set)
    }
}

impl Serialize for Names {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let kept: Vec<&str> = self.plain().into_iter().flatten().collect();
        let mut out = serializer.serialize_struct("Names", 4)?;
        out.serialize_field("kept", &kept)?;
        out.serialize_field("many", &self.plain().is_none())?;
        out.serialize_field("unnamed", &self.unnamed)?;
        out.serialize_field("odd", &self.odd)?;
        out.end()
    }
}

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Wire {
            kept: Vec<Box<str>>,
            many: bool,
            unnamed: u64,
            odd: u64,
        }
        let wire = Wire::deserialize(deserializer)?;
        let mut names = Self::default();
        (names.unnamed, names.odd) = (wire.unnamed, wire.odd);
        wire.kept.iter().for_each(|name| names.add(name));
        if wire.many {
            names.omit();
        }
        Ok(names)
    }
}

/// The line as those who add it count: one beyond 2^32 is named by its file alone.
fn line_of(place: &Location) -> u64 {
    place.line.map_or(u64::MAX, u64::from)
}

impl Serialize for Examples {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.places())
    }
}

impl<'de> Deserialize<'de> for Examples {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut examples = Self::default();
        for place in Vec::<Location>::deserialize(deserializer)? {
            examples.add(&place.path, line_of(&place));
        }
        Ok(examples)
    }
}

impl Serialize for Defects {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Defects", 2)?;
        out.serialize_field("counts", &self.iter().collect::<Vec<_>>())?;
        out.serialize_field("places", self.places())?;
        out.end()
    }
}

impl<'de> Deserialize<'de> for Defects {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Wire {
            counts: Vec<(Defect, u64)>,
            places: Vec<DefectPlace>,
        }
        let wire = Wire::deserialize(deserializer)?;
        let mut left: BTreeMap<Defect, u64> = wire.counts.into_iter().collect();
        let mut defects = Self::default();
        for DefectPlace { location, byte, defect } in wire.places {
            let count = left.get_mut(&defect).filter(|count| **count > 0);
            *count.ok_or_else(|| D::Error::custom("more places than defects"))? -= 1;
            let start = TextStart { line: line_of(&location), byte };
            defects.add(defect, &Arc::clone(&location.path), start);
        }
        for (defect, count) in left {
            defects.add_unplaced(defect, count);
        }
        Ok(defects)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::activity::Tally;

    fn again<T: Serialize + for<'de> Deserialize<'de>>(value: &T) -> T {
        serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap()
    }

    #[test]
    fn what_was_written_is_read_as_it_was() {
        let path: Arc<str> = "a.log".into();
        let mut tally = Tally::default();
        tally.add(None, &path, 7);
        tally.add(None, &path, u64::MAX);
        assert_eq!(again(&tally), tally);

        let mut defects = Defects::default();
        (1..9).for_each(|line| defects.add(Defect::NotJson, &path, line));
        defects.add(Defect::NotUtf8, &path, TextStart { line: 1, byte: Some(7) });
        defects.add_unplaced(Defect::Overlong, 3);
        assert_eq!(again(&defects), defects);

        let mut names = Names::default();
        names.odd = 2;
        names.add("web");
        assert_eq!(again(&names), names);
        (0..100).for_each(|number| names.add(&number.to_string()));
        assert_eq!(again(&names), names);

        let mut counted = Counted::<String, 2>::default();
        ["c", "a", "b"].into_iter().for_each(|key| counted.add(key, 5));
        assert_eq!(again(&counted), counted);
        let mut set = BoundedSet::<u8, 2>::default();
        [3, 1, 2].into_iter().for_each(|value| set.insert(value));
        assert_eq!(again(&set), set);
    }

    #[test]
    fn no_file_makes_one_that_holds_more_than_its_bound() {
        let counted: Counted<String, 2> =
            serde_json::from_str(r#"{"entries": [["c", 1], ["b", 2], ["a", 3]]}"#).unwrap();
        assert_eq!((counted.len(), counted.beyond()), (2, 1));
        let set: BoundedSet<u8, 2> = serde_json::from_str(r#"{"values": [3, 2, 1]}"#).unwrap();
        assert!(set.len() == 2 && set.has_more());
        let places = r#"[{"path":"b"},{"path":"a"},{"path":"d"},{"path":"c"}]"#;
        let examples: Examples = serde_json::from_str(places).unwrap();
        assert_eq!(examples.places().len(), Examples::LIMIT);
        let fewer =
            r#"{"counts": [], "places": [{"location": {"path": "a"}, "defect": "not-json"}]}"#;
        assert!(serde_json::from_str::<Defects>(fewer).is_err());
    }
}
