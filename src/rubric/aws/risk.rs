//! The catalogue of AWS risks: `risks/aws/*.yaml`.

use serde::Deserialize;
use serde_json::Value;

use super::trust::TrustRisk;
use crate::{
    model::{aws::pattern, capability::RiskClass, finding::Severity},
    rubric::embedded::{self, RubricError},
};

/// One file below `rubric/risks/aws/`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RiskFamily {
    #[expect(dead_code, reason = "tells a reader of the file what its rules have in common")]
    about: String,
    #[serde(default)]
    risks: Vec<AwsRisk>,
    #[serde(default)]
    trust: Vec<TrustRisk>,
}

/// What a set of actions makes possible.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AwsRisk {
    /// `AWS-PUT-POLICY`.
    pub id: String,
    /// What it is, in a few words.
    pub title: String,
    /// What kind of risk.
    pub class: RiskClass,
    /// How bad.
    pub severity: Severity,
    /// Any of these sets makes it real.
    #[serde(default, rename = "match")]
    pub sets: Vec<ActionSet>,
    /// How who fulfils it becomes another, as a phrase that follows its name, with
    /// `{target}` and `{service}`: every set of the rule is then a step of paths. Of
    /// a rule that is an end of paths, what holds there.
    #[serde(default)]
    pub step: Option<String>,
    /// What else than rights makes it real.
    #[serde(default)]
    pub seen: Option<Sight>,
    /// One sentence; `{principal}`, `{actions}`, `{scope}` and `{target}` are filled in.
    pub message: String,
    /// One sentence: the smallest change that ends it; same placeholders.
    pub remedy: String,
    /// Why it matters.
    pub why: String,
    /// Where to read more.
    #[serde(default)]
    pub references: Vec<String>,
    /// Policies that a test runs through the engine.
    pub examples: Examples,
}

/// What the engine sees in how rights were granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sight {
    /// An Allow of all actions but those of a list, after every Deny.
    AllBut,
    /// A statement none of whose actions works on any of its resources.
    NoEffect,
    /// An attached AWS-managed policy that is broad by design.
    BroadPolicy,
}

/// Actions that together make a risk real.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ActionSet {
    /// All of these are needed. A name is held where a right includes it; a
    /// pattern (`iam:*`) only where rights cover all of it on every resource.
    #[serde(default)]
    pub all: Vec<String>,
    /// Each of these alone is enough: short for as many sets of one.
    #[serde(default)]
    pub any: Vec<String>,
    /// On what the first action must work.
    #[serde(default)]
    pub on: Target,
    /// The actions that this rule of `effects/aws/` names, each alone.
    #[serde(default)]
    pub effect_rule: Option<String>,
    /// Whether all of the actions must work on one resource.
    #[serde(default)]
    pub same_resource: bool,
    /// The service that `iam:PassRole` must be able to pass a role to.
    #[serde(default)]
    pub pass_to: Option<String>,
    /// The service on whose existing compute the actions run code: as which role,
    /// no policy shows.
    #[serde(default)]
    pub runs_on: Option<String>,
    /// What no policy shows and must hold besides; it makes the risk unknown.
    #[serde(default)]
    pub assumes: Option<String>,
}

/// On what an action must work for a risk to be real.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// Anything.
    #[default]
    Any,
    /// The principal itself, being a user.
    SelfUser,
    /// The principal itself, being a role.
    SelfRole,
    /// A group of the principal.
    OwnGroup,
    /// A group that the principal, being a user, is not in.
    OtherGroup,
    /// A customer-managed policy attached to the principal or to a group of it.
    OwnPolicy,
    /// A customer-managed policy of a role whose trust policy lets the principal in;
    /// the other actions must work on that role.
    PolicyOfAssumableRole,
    /// The same of any other role.
    PolicyOfOtherRole,
    /// A policy of the principal of which a version that is not in force allows more.
    OlderVersion,
    /// The boundary of the principal: the user itself, where it has one.
    OwnBoundaryUser,
    /// The same for a role.
    OwnBoundaryRole,
    /// A user other than the principal.
    OtherUser,
    /// A role other than the principal.
    OtherRole,
    /// A role other than the principal whose trust policy lets it in.
    AssumableRole,
}

/// Policies that a test runs through the engine.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Examples {
    /// Each makes the risk real.
    pub matches: Vec<Example>,
    /// None does.
    pub does_not_match: Vec<Example>,
}

/// Statements held by the principal of the example account.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Example {
    /// `role` (default) or `user`: as which principal it is tried.
    #[serde(default)]
    pub by: Option<String>,
    /// Whether the principal has a boundary that allows everything.
    #[serde(default)]
    pub bounded: bool,
    /// `always`, `conditional` or `unknown`; `always` where it is not said.
    #[serde(default)]
    pub holds: Option<String>,
    /// Policy statements.
    #[serde(default)]
    pub statements: Vec<Value>,
    /// Names of AWS-managed policies that are attached.
    #[serde(default)]
    pub attached: Vec<String>,
}

/// Reads the catalogue, by actions and by trust policies; `named` gives the actions
/// of a rule of effects.
pub(super) fn embedded<'r>(
    named: impl Fn(&str) -> &'r [String],
) -> Result<(Vec<AwsRisk>, Vec<TrustRisk>), RubricError> {
    let (mut risks, mut trust) = (Vec::new(), Vec::new());
    for (_, family) in embedded::read::<RiskFamily>("risks/aws/")? {
        risks.extend(family.risks);
        trust.extend(family.trust);
    }
    for risk in &mut risks {
        risk.sets = std::mem::take(&mut risk.sets)
            .into_iter()
            .flat_map(|set| spread(set, &named))
            .collect();
    }
    risks.sort_by(|a, b| a.id.cmp(&b.id));
    trust.sort_by(|a, b| a.id.cmp(&b.id));
    Ok((risks, trust))
}

/// Writes `any` and `effectRule` out as sets of one.
fn spread<'r>(mut set: ActionSet, named: impl Fn(&str) -> &'r [String]) -> Vec<ActionSet> {
    let mut alone = std::mem::take(&mut set.any);
    if let Some(rule) = set.effect_rule.take() {
        // A pattern in a risk asks for all that it covers; a rule of effects means any.
        alone.extend(named(&rule).iter().filter(|action| !pattern::is_wild(action)).cloned());
    }
    let mut sets: Vec<ActionSet> =
        alone.into_iter().map(|action| ActionSet { all: vec![action], ..set.clone() }).collect();
    if !set.all.is_empty() {
        sets.push(set);
    }
    sets
}
