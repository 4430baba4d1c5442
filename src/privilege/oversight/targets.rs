//! Whether a call may have been for a change, by what it was given and what its tool is
//! named for.
//!
//! Of arguments logs keep words, not where they stood: a namespace that is not among them is
//! not told, and a kind counts as told only in a form that a sentence rarely has. A tool that
//! is named for a verb asks for no other thing (`sends` in `rubric/logs/oversight.yaml`).

use std::collections::BTreeSet;

use super::{calls::Call, regions};
use crate::{
    model::activity::{Arguments, LoggedAction, Target},
    privilege::admission::kinds::{of_kind, of_word},
    rubric::{
        oversight::OversightRules,
        sends::{NamedFor, Sends, words_of},
    },
};

/// Whether a change is of the object that a call's arguments name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// It is, as far as they tell.
    Yes,
    /// They do not tell where the object is, or of what kind; or it may be a way of doing what
    /// the tool is named for, or come with that.
    Open,
    /// It is another one, or another thing was done to it than the call is named for.
    No,
}

/// Whether a change of an object that the call's arguments name is what it was for.
pub(super) fn fit(call: &Call<'_>, row: &LoggedAction, rules: &OversightRules) -> Fit {
    if only_reads(call, rules) {
        return Fit::No;
    }
    let (group, resource, namespace) = match &row.action.target {
        Target::KubernetesResource { group, resource, namespace, .. } => {
            (group, resource, namespace)
        }
        Target::KubernetesPath(_) => return Fit::Yes,
        Target::Aws(aws) => return regions::fit(call, row, aws.region.as_deref(), rules),
    };
    let named_for = named_for(call, rules);
    let told = kinds(call, row);
    let is_kind = told.contains(&**resource) || says(call, resource);
    let is_other = !told.is_empty() && !is_kind;
    match named_for.sends(&row.action) {
        Sends::Named | Sends::Perhaps if is_other => of_brought(&named_for, row),
        Sends::Never => of_brought(&named_for, row),
        Sends::Perhaps => Fit::Open,
        Sends::Named => {
            // The name of a namespace stands with everything that lies in it.
            let is_open = match group.is_empty() && resource == "namespaces" {
                true => !is_kind,
                false => namespace.as_deref().is_some_and(|place| !call.names(place)),
            };
            if is_open { Fit::Open } else { Fit::Yes }
        }
    }
}

/// Whether a change is of a sort that comes with what the call was for, whatever it is of.
pub(super) fn comes_with(call: &Call<'_>, row: &LoggedAction, rules: &OversightRules) -> bool {
    matches!(row.action.target, Target::KubernetesResource { .. })
        && !only_reads(call, rules)
        && named_for(call, rules).brings(&row.action)
}

/// Whether a call of that tool does such things: not only by a way that is open.
pub(super) fn is_named_for(call: &Call<'_>, row: &LoggedAction, rules: &OversightRules) -> bool {
    named_for(call, rules).sends(&row.action) == Sends::Named
}

fn of_brought(named_for: &NamedFor<'_>, row: &LoggedAction) -> Fit {
    if named_for.brings(&row.action) { Fit::Open } else { Fit::No }
}

/// What the names of its tool are for; where they do not tell, what it asks `kubectl` for.
fn named_for<'r>(call: &Call<'_>, rules: &'r OversightRules) -> NamedFor<'r> {
    let mut named_for = NamedFor::default();
    for record in &call.records {
        named_for.add_tool(&record.tool, rules);
    }
    let words = call.words();
    // What else it asks for may not have been kept.
    if named_for.is_nothing() && words.len() < Arguments::WORDS {
        let of_kubectl = |tool: &str| words_of(tool).iter().any(|word| word == "kubectl");
        let by_tool = call.records.iter().any(|record| of_kubectl(&record.tool));
        if by_tool || words.contains("kubectl") {
            words.iter().for_each(|word| named_for.add_command(word, rules));
        }
    }
    named_for
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
