//! Whether a call may have been for a change, by what it was given and what its tool is
//! named for.
//!
//! Of arguments logs keep words, not where they stood: a namespace that is not among them is
//! not told, and a kind counts as told only in a form that a sentence rarely has. A tool that
//! is named for a verb asks for no other thing (`sends` in `rubric/logs/oversight.yaml`).

use std::collections::BTreeSet;

use super::calls::Call;
use crate::{
    model::{
        activity::{Arguments, LoggedAction, Target},
        aws::arn,
    },
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
        Target::Aws(aws) => return of_region(call, row, aws.region.as_deref(), rules),
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

/// Whether a change was made in a region that the call names, where it names one.
fn of_region(
    call: &Call<'_>,
    row: &LoggedAction,
    region: Option<&str>,
    rules: &OversightRules,
) -> Fit {
    let told: BTreeSet<&str> = call.words().into_iter().filter_map(region_in).collect();
    let is_told = region.is_some_and(|region| told.contains(region));
    if told.is_empty() || is_told || region.is_none() || rules.is_homeless(&row.action) {
        return Fit::Yes;
    }
    // What is called the same everywhere is found wherever it is: buckets.
    let object = row.object.as_deref().filter(|object| object.starts_with("arn:"));
    let is_everywhere = object.is_some_and(|object| arn::region_of(object) == Some(""));
    if is_everywhere { Fit::Open } else { Fit::No }
}

/// The region of AWS that a word is, or in which the zone lies that it is.
fn region_in(word: &str) -> Option<&str> {
    let region = word.trim_end_matches(|c: char| c.is_ascii_lowercase());
    let (place, number) = region.rsplit_once('-')?;
    let (continent, side) = (place.split('-').next()?, place.rsplit('-').next()?);
    let is_side = SIDES.iter().any(|known| side.strip_prefix(known).is_some_and(is_part_of_side));
    let is_one = continent.len() == 2
        && continent.bytes().all(|byte| byte.is_ascii_lowercase())
        && place.len() > continent.len()
        && (1..=2).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_digit());
    (is_one && is_side).then_some(region)
}

/// How the part of a region's name begins that tells where on its continent it lies.
const SIDES: [&str; 5] = ["north", "south", "east", "west", "central"];

fn is_part_of_side(rest: &str) -> bool {
    matches!(rest, "" | "east" | "west")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_told_from_a_name_that_ends_in_a_number() {
        for (word, region) in [
            ("eu-west-1", "eu-west-1"),
            ("ap-southeast-2", "ap-southeast-2"),
            ("us-gov-west-1", "us-gov-west-1"),
            ("us-east-1a", "us-east-1"),
        ] {
            assert_eq!(region_in(word), Some(region));
        }
        for word in
            ["db-web-1", "web-1", "eu-west", "eu-west-", "east-1", "ap-eastern-1", "é-west-1"]
        {
            assert_eq!(region_in(word), None, "{word}");
        }
    }
}
