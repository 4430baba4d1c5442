//! `rubric/logs/cloudtrail.yaml`: what the words of CloudTrail mean in IAM's.

use std::{collections::BTreeMap, sync::OnceLock};

use serde::Deserialize;

use crate::model::aws::pattern;

/// The file, as JSON (see `build.rs`).
const TEXT: &str = include_str!(concat!(env!("OUT_DIR"), "/cloudtrail.json"));

/// The names.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Names {
    services: BTreeMap<String, String>,
    pub(super) errors: Errors,
    kept: Vec<KeptRule>,
    rules: Vec<Rule>,
}

/// Patterns of `errorCode`, by what it tells.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Errors {
    pub(super) dry_run: Vec<String>,
    pub(super) denied: Vec<String>,
    pub(super) unclear: Vec<String>,
    pub(super) allowed: Vec<String>,
    pub(super) not_shown: Vec<String>,
}

/// Calls that are no reading although a trail may mark them so.
#[derive(Debug, Deserialize)]
#[cfg_attr(not(test), expect(dead_code, reason = "reasons are for people, examples for tests"))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct KeptRule {
    pub(super) events: Vec<String>,
    pub(super) why: String,
    pub(super) matches: Vec<String>,
    pub(super) does_not_match: Vec<String>,
}

impl KeptRule {
    /// Whether it names an event.
    pub(super) fn names(&self, event: &str) -> bool {
        self.events.iter().any(|pattern| pattern::matches(pattern, event))
    }
}

/// Which rights some events needed.
#[derive(Debug, Deserialize)]
#[cfg_attr(not(test), expect(dead_code, reason = "examples are for tests, ids for people"))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Rule {
    pub(super) id: String,
    events: Vec<String>,
    /// Only where the parameters have this member.
    #[serde(default)]
    pub(super) when: Option<String>,
    pub(super) needs: Vec<Need>,
    pub(super) matches: Vec<String>,
    pub(super) does_not_match: Vec<String>,
    pub(super) example: Example,
}

/// One right.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Need {
    /// The event's own where it is none.
    #[serde(default)]
    pub(super) action: Option<String>,
    /// Templates of ARNs; the `resources` of the event where there are none.
    #[serde(default)]
    pub(super) on: Vec<String>,
    /// The log does not tell on what.
    #[serde(default)]
    pub(super) unknown: bool,
    /// Only where the parameters have this member.
    #[serde(default)]
    pub(super) with: Option<String>,
    /// The service that a role is passed to.
    #[serde(default)]
    pub(super) to: Option<String>,
}

/// An event, and what it needed.
#[derive(Debug, Deserialize)]
#[cfg_attr(not(test), expect(dead_code, reason = "examples are for tests"))]
#[serde(deny_unknown_fields)]
pub(super) struct Example {
    pub(super) event: String,
    pub(super) parameters: serde_json::Value,
    pub(super) needs: Vec<String>,
}

impl Rule {
    /// Whether it names an event.
    pub(super) fn names(&self, event: &str) -> bool {
        self.events.iter().any(|pattern| pattern::matches(pattern, event))
    }

    /// The members of the parameters that it looks into: the first step of each path.
    pub(super) fn members(&self) -> impl Iterator<Item = &str> {
        let conditions = self.when.iter().chain(self.needs.iter().filter_map(|n| n.with.as_ref()));
        let named = self.needs.iter().flat_map(|need| &need.on).flat_map(|on| placeholders(on));
        conditions
            .map(String::as_str)
            .chain(named)
            .map(|path| path.split_once('.').map_or(path, |(first, _)| first))
    }

    /// Whether it may look at the resources that the record names.
    pub(super) fn is_on_resources(&self) -> bool {
        self.needs.iter().any(|need| need.on.is_empty() && !need.unknown)
    }
}

/// The paths in a template of an ARN.
fn placeholders(template: &str) -> impl Iterator<Item = &str> {
    template
        .split('{')
        .filter_map(|part| part.split_once('}'))
        .map(|(name, _)| name.strip_prefix('*').unwrap_or(name))
        .filter(|name| !matches!(*name, "partition" | "region" | "account"))
}

impl Names {
    /// The prefix of the IAM actions of an `eventSource`.
    pub(super) fn prefix<'n>(&'n self, source: &'n str) -> &'n str {
        let prefix = source.strip_suffix(".amazonaws.com").unwrap_or(source);
        self.services.get(prefix).map_or(prefix, String::as_str)
    }

    /// The rules that name an event, in their order.
    pub(super) fn rules_for(&self, event: &str) -> impl Iterator<Item = &Rule> {
        self.rules.iter().filter(move |rule| rule.names(event))
    }

    /// Whether calls of a service and name are kept although a trail marks them as reading.
    pub(super) fn keeps(&self, prefix: &str, name: &str) -> bool {
        let event = format!("{prefix}:{name}");
        self.kept.iter().any(|rule| rule.names(&event))
    }

    /// What is kept so.
    #[cfg(test)]
    pub(super) fn kept(&self) -> &[KeptRule] {
        &self.kept
    }

    /// All rules.
    #[cfg(test)]
    pub(super) fn rules(&self) -> &[Rule] {
        &self.rules
    }
}

/// The names that gradus was built with.
///
/// # Errors
/// When the file does not hold what its type says.
pub(super) fn embedded() -> Result<&'static Names, &'static serde_json::Error> {
    static NAMES: OnceLock<Result<Names, serde_json::Error>> = OnceLock::new();
    NAMES.get_or_init(|| serde_json::from_str(TEXT)).as_ref()
}

/// The name of an API call without the date of its version: `CreateFunction` of
/// `CreateFunction20150331`, `UpdateFunctionCode` of `UpdateFunctionCode20150331v2`,
/// `CreateDistribution` of `CreateDistribution2020_05_31`.
pub(super) fn bare(name: &str) -> &str {
    let version = |text: &str| text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    let undated = match name.rsplit_once('v') {
        Some((dated, number)) if version(number) && !number.is_empty() => dated,
        _ => name,
    };
    let date = |text: &str| {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        digits.len() == 8
            && digits.starts_with("20")
            && text.chars().all(|c| c.is_ascii_digit() || c == '_')
    };
    for length in [8, 10] {
        let at = undated.len().saturating_sub(length);
        if let Some((start, end)) = undated.split_at_checked(at)
            && !start.is_empty()
            && date(end)
        {
            return start;
        }
    }
    name
}
