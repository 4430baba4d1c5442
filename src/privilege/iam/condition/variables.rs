//! Policy variables: `${aws:username}`, `${aws:PrincipalTag/team, 'none'}`,
//! `${*}`, in resources and in the values of conditions.

use std::{borrow::Cow, sync::Arc};

use crate::model::aws::{
    pattern::{self, is_wild},
    policy::Language,
};

use super::{
    Facts,
    facts::Fact,
    tidy,
    values::{is_shielded, shielded},
};

/// A part of a text with variables.
enum Part<'t> {
    /// As it stands; may hold wildcards.
    Text(&'t str),
    /// A character that stands for itself.
    Plain(&'t str),
    /// A context key, and what stands in its place where it has no value.
    Variable(&'t str, Option<&'t str>),
}

/// A pattern in which every variable stands for anything.
pub(in super::super) fn widest(pattern: &str) -> Cow<'_, str> {
    if !pattern.contains("${") {
        return pattern.into();
    }
    let mut text = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once("${") {
        text.push_str(before);
        text.push('*');
        rest = after.split_once('}').map_or("", |(_, after)| after);
    }
    text.push_str(rest);
    text.into()
}

fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        // Without an end it is no variable.
        let Some((inside, after)) = after.split_once('}') else { break };
        parts.push(Part::Text(before));
        rest = after;
        parts.push(match inside {
            "*" | "?" | "$" => Part::Plain(inside),
            _ => match inside.split_once(", '").map(|(name, rest)| (name, rest.strip_suffix('\'')))
            {
                Some((name, default @ Some(_))) => Part::Variable(name.trim(), default),
                Some((_, None)) | None => Part::Variable(inside.trim(), None),
            },
        });
    }
    parts.push(Part::Text(rest));
    parts
}

/// The value of a variable.
enum Value<'f> {
    Text(Cow<'f, str>),
    /// It has none, so that whatever it is part of equals nothing.
    Nothing,
    Open,
}

fn value<'f>(name: &str, default: Option<&'f str>, facts: &'f impl Facts) -> Value<'f> {
    match (facts.fact(&name.to_ascii_lowercase()), default) {
        (Fact::One(text), _) if !text.is_empty() => Value::Text(Cow::Borrowed(text)),
        (Fact::Absent, Some(default)) => Value::Text(Cow::Borrowed(default)),
        (Fact::Absent, None) => Value::Nothing,
        // A key with many values, or an empty one, is documented as no variable.
        (
            Fact::One(_)
            | Fact::Many(_)
            | Fact::Since(_)
            | Fact::SinceIfAny(_)
            | Fact::Present
            | Fact::Unknown,
            _,
        ) => Value::Open,
    }
}

/// What a text of a policy stands for in a request.
pub(in crate::privilege::iam) enum Meaning {
    /// This; wildcards that stand for themselves are shielded from [`like`].
    Text(String),
    /// A variable has no value: it equals and resembles nothing.
    Nothing,
    /// A variable is not known.
    Open,
}

/// What a text of a policy stands for. Without a language, variables stay open.
pub(in crate::privilege::iam) fn meaning(
    text: &str,
    language: Option<Language>,
    facts: &impl Facts,
) -> Meaning {
    if language == Some(Language::V2008) || !text.contains("${") {
        return Meaning::Text(text.to_owned());
    }
    if language.is_none() {
        return Meaning::Open;
    }
    let mut told = String::with_capacity(text.len());
    let mut open = false;
    for part in parts(text) {
        match part {
            Part::Text(text) => told.push_str(text),
            Part::Plain(text) => told.push_str(&shielded(text)),
            Part::Variable(name, default) => match value(name, default, facts) {
                Value::Text(text) => told.push_str(&shielded(&text)),
                Value::Nothing => return Meaning::Nothing,
                Value::Open => open = true,
            },
        }
    }
    if open { Meaning::Open } else { Meaning::Text(told) }
}

/// Whether a text of a policy, as [`meaning`] told it, matches one of a request.
pub(in crate::privilege::iam) fn like(wanted: &str, text: &str) -> bool {
    if is_shielded(wanted) {
        pattern::matches(wanted, &shielded(text))
    } else {
        pattern::matches(wanted, text)
    }
}

/// A pattern of resources with its variables filled in.
pub(in crate::privilege::iam) struct Filled {
    /// The pattern; a variable nobody knows stands as `*`. None where a variable
    /// has no value: then it matches nothing.
    pub pattern: Option<Arc<str>>,
    /// What keeps it from being certain: variables that are not known here, or
    /// the pattern itself where it is not documented how far its wildcards reach.
    pub open: Vec<String>,
}

/// Fills in what is known.
pub(in crate::privilege::iam) fn fill(
    pattern: &str,
    language: Language,
    facts: &impl Facts,
) -> Filled {
    let mut open = Vec::new();
    if language == Language::V2008 || !pattern.contains("${") {
        if !keeps_to_segments(pattern) {
            open.push(pattern.to_owned());
        }
        return Filled { pattern: Some(tidy(pattern)), open };
    }
    let mut text = String::with_capacity(pattern.len());
    for part in parts(pattern) {
        match part {
            Part::Text(plain) => text.push_str(plain),
            Part::Plain("$") => text.push('$'),
            // Plain wildcards cannot be told apart from wildcards here; `?` is
            // the narrowest pattern that still matches them.
            Part::Plain(plain) => {
                text.push('?');
                open.push(format!("${{{plain}}}"));
            }
            Part::Variable(name, default) => {
                let spelled = || match default {
                    Some(default) => format!("${{{name}, '{default}'}}"),
                    None => format!("${{{name}}}"),
                };
                // Before the fifth colon a variable is none.
                let in_place = text.matches(':').count() >= 5;
                match value(name, default, facts) {
                    Value::Nothing if in_place => {
                        return Filled { pattern: None, open: Vec::new() };
                    }
                    Value::Text(value) if in_place && !is_wild(&value) => text.push_str(&value),
                    Value::Text(_) | Value::Nothing | Value::Open => {
                        text.push('*');
                        open.push(spelled());
                    }
                }
            }
        }
    }
    if open.is_empty() && !keeps_to_segments(&text) {
        open.push(pattern.to_owned());
    }
    Filled { pattern: Some(tidy(&text)), open }
}

/// Whether it is certain how far the wildcards of a pattern reach: within one of
/// the six parts of an ARN, or from the end of the pattern over all that follows.
pub(in crate::privilege::iam) fn keeps_to_segments(pattern: &str) -> bool {
    pattern.ends_with('*') || !is_wild(pattern) || pattern.matches(':').count() >= 5
}
