//! Whether a call may have been for the object of a change, by what it was given.
//!
//! Of arguments logs keep words, not where they stood: a namespace that is not among them is
//! not told, and a kind counts as told only in a form that a sentence rarely has.

use std::collections::BTreeSet;

use super::calls::Call;
use crate::{
    model::activity::{LoggedAction, Target},
    privilege::admission::kinds::{of_kind, of_word},
    rubric::oversight::OversightRules,
};

/// Whether a change is of the object that a call's arguments name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// It is, as far as they tell.
    Yes,
    /// They do not tell where the object is, or of what kind.
    Open,
    /// It is another one, or the call only reads.
    No,
}

/// Whether a change of an object that the call's arguments name is what it was for.
pub(super) fn fit(call: &Call<'_>, row: &LoggedAction, rules: &OversightRules) -> Fit {
    if only_reads(call, rules) {
        return Fit::No;
    }
    match &row.action.target {
        Target::KubernetesResource { group, resource, namespace, .. } => {
            let told = kinds(call, row);
            let is_kind = told.contains(&**resource) || says(call, resource);
            if !told.is_empty() && !is_kind {
                return Fit::No;
            }
            // The name of a namespace stands with everything that lies in it.
            let is_open = match group.is_empty() && resource == "namespaces" {
                true => !is_kind,
                false => namespace.as_deref().is_some_and(|place| !call.names(place)),
            };
            if is_open { Fit::Open } else { Fit::Yes }
        }
        Target::KubernetesPath(_) | Target::Aws(_) => Fit::Yes,
    }
}

/// Whether the names of its tool say that it reads.
fn only_reads(call: &Call<'_>, rules: &OversightRules) -> bool {
    let mut tools = call.records.iter().map(|record| &*record.tool).filter(|tool| !tool.is_empty());
    let reads = |tool: &str| rules.only_reads(tool);
    tools.next().is_some_and(|tool| reads(tool) && tools.all(reads))
}

/// The resources that its arguments and its tools' names tell: kinds as manifests spell them,
/// and other forms only in commands of `kubectl`.
fn kinds(call: &Call<'_>, row: &LoggedAction) -> BTreeSet<&'static str> {
    let namespace = match &row.action.target {
        Target::KubernetesResource { namespace, .. } => namespace.as_deref(),
        Target::KubernetesPath(_) | Target::Aws(_) => None,
    };
    let is_name = |word: &str| Some(word) == row.object.as_deref() || Some(word) == namespace;
    let command = call.names("kubectl");
    let words = call.records.iter().flat_map(|record| &record.arguments.words);
    let told = words
        .filter(|word| !is_name(word))
        .filter_map(|word| of_kind(word).or_else(|| of_word(word).filter(|_| command)));
    told.chain(tool_words(call).filter_map(|word| of_word(&word))).collect()
}

/// Whether a word or a tool's name is this resource's, which may be of a definition of the
/// cluster's own.
fn says(call: &Call<'_>, resource: &str) -> bool {
    let is = |word: &str| {
        let word = word.to_ascii_lowercase();
        word == resource
            || resource.strip_prefix(&*word).is_some_and(|rest| matches!(rest, "s" | "es"))
            || of_word(&word) == Some(resource)
    };
    let mut words = call.records.iter().flat_map(|record| &record.arguments.words);
    words.any(|word| is(word)) || tool_words(call).any(|word| is(&word))
}

/// The words of its tools' names, but for one that programs in general have.
fn tool_words(call: &Call<'_>) -> impl Iterator<Item = String> {
    call.records
        .iter()
        .flat_map(|record| record.tool.split(|c: char| !c.is_ascii_alphanumeric()))
        .filter(|word| !word.is_empty() && !matches!(*word, "service" | "services"))
        .map(str::to_owned)
}
