//! The one value type that every syntax is read into: it keeps order, keeps
//! duplicate keys, and knows where everything stands.

use std::{borrow::Cow, sync::Arc};

use crate::model::location::Location;

/// A place within a file: line and column, both from 1. Line 0 is that of a value
/// in no text that a person has; its column then only tells values apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Line from 1.
    pub line: u32,
    /// Column from 1, in characters.
    pub column: u32,
}

/// A value with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Where the value starts.
    pub place: Place,
    /// The value.
    pub value: Value,
    /// How its author wrote it, where the value does not tell.
    pub written: Option<Box<Written>>,
}

/// How a scalar is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// A number as it is spelt, where printing the value would spell it otherwise:
    /// `0755`, `1.10`.
    Number(Box<str>),
    /// Text whose lines stand in the file one by one, each after this many blanks: what
    /// follows `|` in YAML. The place of the text is that of the first that is not empty.
    Lines {
        /// Blanks before each line.
        indent: u32,
    },
    /// With a tag that YAML itself does not know, such as `!Ref`, told as it is written.
    Tag(Box<str>),
}

/// A value of any syntax.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`, `~`, or nothing after a key.
    Null,
    /// A boolean by the syntax's own rules (YAML 1.2 core: only `true` and `false`).
    Bool(bool),
    /// A whole number that fits.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// Text; dates of TOML are text too.
    String(String),
    /// A list.
    Sequence(Vec<Node>),
    /// Key and value pairs.
    Mapping(Mapping),
}

/// A key with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The key as text (YAML keys that are numbers or booleans are spelt out).
    pub name: String,
    /// Where it stands.
    pub place: Place,
}

/// Key and value pairs in their order, duplicates included.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Mapping {
    /// The pairs.
    pub entries: Vec<(Key, Node)>,
}

impl Mapping {
    /// The value of `name`; where a key is repeated, the last one, as most
    /// readers of these formats take it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.entries.iter().rev().find(|(key, _)| key.name == name).map(|(_, node)| node)
    }

    /// Whether any key stands more than once. Most mappings are small, and are
    /// told without allocating.
    fn repeats(&self) -> bool {
        if !self.are_few() {
            return !self.duplicates().is_empty();
        }
        self.entries.iter().enumerate().any(|(at, (key, _))| {
            self.entries.iter().take(at).any(|(other, _)| other.name == key.name)
        })
    }

    /// Whether comparing every key with every other is quickest.
    fn are_few(&self) -> bool {
        self.entries.len() <= 12
    }

    /// Keys that stand more than once, each repetition with its place.
    #[must_use]
    pub fn duplicates(&self) -> Vec<&Key> {
        if self.are_few() && !self.repeats() {
            return Vec::new();
        }
        let mut seen = std::collections::BTreeSet::new();
        self.entries.iter().map(|(key, _)| key).filter(|key| !seen.insert(&key.name)).collect()
    }
}

impl Node {
    /// Keys that stand more than once in one mapping, anywhere in this value:
    /// each repetition, in the order of the text.
    #[must_use]
    pub fn repeated_keys(&self) -> Vec<&Key> {
        let mut repeated = Vec::new();
        self.gather_repeated(&mut repeated);
        repeated
    }

    fn gather_repeated<'n>(&'n self, repeated: &mut Vec<&'n Key>) {
        match &self.value {
            Value::Mapping(mapping) => {
                if mapping.repeats() {
                    repeated.extend(mapping.duplicates());
                }
                for (_, node) in &mapping.entries {
                    node.gather_repeated(repeated);
                }
            }
            Value::Sequence(items) => {
                for item in items {
                    item.gather_repeated(repeated);
                }
            }
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::String(_) => {}
        }
    }

    /// Takes the lines off this value and all in it.
    pub fn forget_lines(&mut self) {
        let mut last = 0_u32;
        self.replace_places(&mut |_| {
            last = last.saturating_add(1);
            Place { line: 0, column: last }
        });
    }

    /// Gives this value and all in it another place each, in the order of the text.
    pub fn replace_places(&mut self, other: &mut dyn FnMut(Place) -> Place) {
        self.place = other(self.place);
        // Where lines of text stand is only known of the places that they had.
        if matches!(self.written.as_deref(), Some(Written::Lines { .. })) {
            self.written = None;
        }
        match &mut self.value {
            Value::Mapping(mapping) => {
                for (key, node) in &mut mapping.entries {
                    key.place = other(key.place);
                    node.replace_places(other);
                }
            }
            Value::Sequence(items) => {
                items.iter_mut().for_each(|item| item.replace_places(other));
            }
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::String(_) => {}
        }
    }

    /// A value at a place.
    #[must_use]
    pub fn new(place: Place, value: Value) -> Self {
        Self { place, value, written: None }
    }

    /// The tag that it has in YAML, if it is one that YAML itself does not know: `!Ref`.
    #[must_use]
    pub fn tag(&self) -> Option<&str> {
        match self.written.as_deref() {
            Some(Written::Tag(tag)) => Some(tag),
            Some(Written::Number(_) | Written::Lines { .. }) | None => None,
        }
    }

    /// A scalar as its author spelt it: `0755` and `1.10` stay as they are.
    /// Nothing for null, lists and mappings.
    #[must_use]
    pub fn text(&self) -> Option<Cow<'_, str>> {
        if let Some(Written::Number(spelt)) = self.written.as_deref() {
            return Some(Cow::Borrowed(spelt));
        }
        match &self.value {
            Value::String(text) => Some(Cow::Borrowed(text)),
            Value::Bool(yes) => Some(Cow::Borrowed(if *yes { "true" } else { "false" })),
            Value::Int(number) => Some(Cow::Owned(number.to_string())),
            Value::Float(number) => Some(Cow::Owned(number.to_string())),
            Value::Null | Value::Sequence(_) | Value::Mapping(_) => None,
        }
    }

    /// The whole number, if it is one.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        match self.value {
            Value::Int(number) => Some(number),
            _ => None,
        }
    }

    /// The elements under `name`; none where it is absent or no list.
    #[must_use]
    pub fn items_at(&self, name: &str) -> &[Self] {
        self.get(name).and_then(Self::as_sequence).unwrap_or_default()
    }

    /// The pairs, duplicates included; none where it is no mapping.
    #[must_use]
    pub fn entries(&self) -> &[(Key, Self)] {
        self.as_mapping().map(|mapping| mapping.entries.as_slice()).unwrap_or_default()
    }

    /// The mapping, if it is one.
    #[must_use]
    pub fn as_mapping(&self) -> Option<&Mapping> {
        match &self.value {
            Value::Mapping(mapping) => Some(mapping),
            _ => None,
        }
    }

    /// The elements, if it is a list.
    #[must_use]
    pub fn as_sequence(&self) -> Option<&[Node]> {
        match &self.value {
            Value::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// The text, if it is text.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The boolean, if it is one.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self.value {
            Value::Bool(yes) => Some(yes),
            _ => None,
        }
    }

    /// Whether it is null.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }

    /// The value under `name`, if this is a mapping that has it and it is not null.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.as_mapping()?.get(name).filter(|node| !node.is_null())
    }

    /// The value at the end of a path of keys.
    #[must_use]
    pub fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, name| node.get(name))
    }

    /// The text under `name`.
    #[must_use]
    pub fn str_at(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    /// What a person would call it: `a list`, `text`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Int(_) | Value::Float(_) => "a number",
            Value::String(_) => "text",
            Value::Sequence(_) => "a list",
            Value::Mapping(_) => "a mapping",
        }
    }

    /// Its location in `file`.
    #[must_use]
    pub fn location(&self, file: &Arc<str>) -> Location {
        self.place.location(file)
    }
}

impl Place {
    /// The location of this place in `file`.
    #[must_use]
    pub fn location(self, file: &Arc<str>) -> Location {
        if self.line == 0 {
            return Location::file(file.clone());
        }
        Location::at(file.clone(), self.line, self.column)
    }
}
