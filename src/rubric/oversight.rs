//! What logs show of oversight, as far as it is a table: `rubric/logs/oversight.yaml`.

use serde::Deserialize;

use super::{
    clocks::ClockRule,
    embedded::{self, RubricError},
    sends::SendsRule,
    servers::glob,
    severity::SeverityRule,
};
use crate::model::activity::{ActionKey, Target};

/// All tables.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OversightRules {
    /// Names that no person has.
    pub machines: Vec<NameRule>,
    /// Names among them that people have all the same.
    pub people: Vec<NameRule>,
    /// Parts of the platforms, whose doings follow from what others do.
    pub controllers: Vec<NamesRule>,
    /// Who stands outside of what is meant to bind everyone.
    pub break_glass: Vec<BreakGlassRule>,
    /// What clients say of themselves.
    pub user_agents: Vec<UserAgentRule>,
    /// Tools and actions that tell people something.
    pub messaging: Vec<NameRule>,
    /// Tools whose names say that they read.
    pub reading: Vec<NamesRule>,
    /// What tools and commands are named for.
    pub sends: Vec<SendsRule>,
    /// Actions of services that have one home for all regions.
    pub homeless: Vec<NamesRule>,
    /// Requests that change nothing anyone would approve.
    pub noise: Vec<NameRule>,
    /// Actions that hand out rights, and leave everything else as it was.
    pub hands_out: Vec<NamesRule>,
    /// What puts what back.
    pub inverse: Vec<InverseRule>,
    /// Whether what was done can be put back at all; the first that names it decides.
    pub revertible: Vec<RevertRule>,
    /// Actions that touch every replica of their target.
    pub whole_targets: Vec<NameRule>,
    /// How far clocks may be ahead.
    pub clocks: ClockRule,
    /// How grave incidents are.
    pub severities: Vec<SeverityRule>,
}

/// A pattern over one text.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NameRule {
    /// `*` stands for any text; case does not count.
    #[serde(rename = "match")]
    pub pattern: String,
    /// Why it is in the table.
    pub why: String,
    /// What it must and must not match.
    pub examples: TextExamples,
}

/// Patterns over one text, for one reason.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NamesRule {
    /// Patterns as in [`NameRule`].
    #[serde(rename = "match")]
    pub patterns: Vec<String>,
    /// Why they are in the table.
    pub why: String,
    /// What they must and must not match.
    pub examples: TextExamples,
}

/// A pattern over names of principals or of their groups.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BreakGlassRule {
    /// As in [`NameRule`].
    #[serde(rename = "match")]
    pub pattern: String,
    /// Of what.
    pub of: NameOf,
    /// Why it is in the table.
    pub why: String,
    /// What it must and must not match.
    pub examples: TextExamples,
}

/// What a name is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NameOf {
    /// A user, role or ServiceAccount.
    Principal,
    /// A group.
    Group,
}

/// A mark in what a client calls itself.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UserAgentRule {
    /// As in [`NameRule`].
    #[serde(rename = "match")]
    pub pattern: String,
    /// What it claims.
    pub tells: Claim,
    /// Who says so.
    pub why: String,
    /// What it must and must not match.
    pub examples: TextExamples,
}

/// What a client claims of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Claim {
    /// It is a server of MCP.
    McpServer,
    /// It only reads.
    ReadOnly,
    /// It asks before it changes something.
    Consent,
}

/// Texts that a pattern must and must not match.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TextExamples {
    /// Each of these it matches.
    pub matches: Vec<String>,
    /// None of these.
    pub does_not_match: Vec<String>,
}

/// An action and what undoes it, on the same object.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InverseRule {
    /// A verb of Kubernetes, or how the names of actions of AWS begin.
    pub does: String,
    /// The same of what puts it back.
    pub undoes: String,
    /// Which of both.
    pub plane: InversePlane,
    /// Whether it holds the other way round too.
    #[serde(default)]
    pub both: bool,
    /// Pairs that it must and must not match.
    pub examples: PairExamples,
}

/// Whose names a pair is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InversePlane {
    /// Verbs of Kubernetes.
    Kubernetes,
    /// Actions of AWS.
    Aws,
}

/// Pairs of what was done and what came after.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PairExamples {
    /// The second puts the first back.
    pub matches: Vec<(String, String)>,
    /// It does not.
    pub does_not_match: Vec<(String, String)>,
}

/// Whether some actions can be put back.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RevertRule {
    /// Patterns over actions as [`spelt`] spells them.
    #[serde(rename = "match")]
    pub patterns: Vec<String>,
    /// Whether they can.
    pub answer: Revertible,
    /// Why.
    pub why: String,
    /// What it must and must not match.
    pub examples: TextExamples,
}

/// Whether an action can be put back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Revertible {
    /// It can.
    Yes,
    /// Only where something was prepared that the log does not show.
    Depends,
    /// It cannot.
    No,
}

impl OversightRules {
    /// Reads the embedded table.
    ///
    /// # Errors
    /// When it does not hold what it should.
    pub fn load() -> Result<Self, RubricError> {
        let files = embedded::read::<Self>("logs/oversight.yaml")?;
        Ok(files.into_iter().map(|(_, rules)| rules).next().unwrap_or_default())
    }

    /// Whether no person has this name.
    #[must_use]
    pub fn is_machine(&self, name: &str) -> bool {
        let any = |rules: &[NameRule]| rules.iter().any(|rule| matches(&rule.pattern, name));
        any(&self.machines) && !any(&self.people)
    }

    /// Whether it is a part of a platform, whose doings follow from what others do.
    #[must_use]
    pub fn is_controller(&self, name: &str) -> bool {
        self.controllers.iter().any(|rule| rule.names(name))
    }

    /// Whether the name of a tool, behind that of the server that offers it, says that it
    /// reads.
    #[must_use]
    pub fn only_reads(&self, tool: &str) -> bool {
        let own = tool.rsplit("__").next().unwrap_or(tool);
        self.reading.iter().any(|rule| rule.names(own))
    }

    /// Whether someone of this name stands outside of what binds others.
    #[must_use]
    pub fn is_break_glass(&self, name: &str, of: NameOf) -> bool {
        self.break_glass.iter().any(|rule| rule.of == of && matches(&rule.pattern, name))
    }

    /// What a client claims of itself.
    pub fn claims(&self, user_agent: &str) -> impl Iterator<Item = Claim> {
        self.user_agents
            .iter()
            .filter(move |rule| matches(&rule.pattern, user_agent))
            .map(|rule| rule.tells)
    }

    /// Whether a tool or an action, as [`spelt`] spells it, tells people something.
    #[must_use]
    pub fn is_message(&self, name: &str) -> bool {
        self.messaging.iter().any(|rule| matches(&rule.pattern, name))
    }

    /// Whether a request changes nothing anyone would approve.
    #[must_use]
    pub fn is_noise(&self, action: &ActionKey) -> bool {
        let spelt = spelt(action);
        self.noise.iter().any(|rule| matches(&rule.pattern, &spelt))
    }

    /// Whether a trail tells of an action in one region, wherever it was asked for.
    #[must_use]
    pub fn is_homeless(&self, action: &ActionKey) -> bool {
        let spelt = spelt(action);
        self.homeless.iter().any(|rule| rule.names(&spelt))
    }

    /// Whether an action touches every replica of its target.
    #[must_use]
    pub fn is_of_whole_target(&self, action: &ActionKey) -> bool {
        let spelt = spelt(action);
        self.whole_targets.iter().any(|rule| matches(&rule.pattern, &spelt))
    }

    /// Whether an action hands out rights, and leaves everything else as it was.
    #[must_use]
    pub fn only_hands_out(&self, action: &ActionKey) -> bool {
        let spelt = spelt(action);
        self.hands_out.iter().any(|rule| rule.names(&spelt))
    }

    /// Whether `after` puts back what `done` did, both of one object.
    #[must_use]
    pub fn undoes(&self, done: &ActionKey, after: &ActionKey) -> bool {
        match (&done.target, &after.target) {
            (Target::KubernetesResource { .. }, Target::KubernetesResource { .. }) => {
                done.target == after.target
                    && self.is_inverse(InversePlane::Kubernetes, &done.verb, &after.verb)
            }
            (Target::Aws(one), Target::Aws(other)) => {
                one.region == other.region
                    && self.is_inverse(InversePlane::Aws, &done.verb, &after.verb)
            }
            _ => false,
        }
    }

    fn is_inverse(&self, plane: InversePlane, done: &str, after: &str) -> bool {
        self.inverse.iter().filter(|rule| rule.plane == plane).any(|rule| rule.pairs(done, after))
    }

    /// Whether an action can be put back, and why; none where no rule names it.
    #[must_use]
    pub fn revertible(&self, action: &ActionKey) -> Option<(Revertible, &str)> {
        let spelt = spelt(action);
        let rule = self.revertible.iter().find(|rule| rule.names(&spelt))?;
        Some((rule.answer, &rule.why))
    }
}

impl InverseRule {
    fn pairs(&self, done: &str, after: &str) -> bool {
        let one_way = |does: &str, undoes: &str| match self.plane {
            InversePlane::Kubernetes => done == does && after == undoes,
            InversePlane::Aws => rest_of(done, does)
                .is_some_and(|rest| !rest.1.is_empty() && rest_of(after, undoes) == Some(rest)),
        };
        one_way(&self.does, &self.undoes) || (self.both && one_way(&self.undoes, &self.does))
    }
}

impl NamesRule {
    fn names(&self, text: &str) -> bool {
        self.patterns.iter().any(|pattern| matches(pattern, text))
    }
}

impl RevertRule {
    fn names(&self, spelt: &str) -> bool {
        self.patterns.iter().any(|pattern| matches(pattern, spelt))
    }
}

/// Service and rest of `service:PrefixRest`.
fn rest_of<'a>(action: &'a str, prefix: &str) -> Option<(&'a str, &'a str)> {
    let (service, name) = action.split_once(':')?;
    Some((service, name.strip_prefix(prefix)?))
}

/// Whether `text` matches `pattern`, in which `*` stands for any text; case does not count.
#[must_use]
pub fn matches(pattern: &str, text: &str) -> bool {
    glob(&pattern.to_lowercase(), &text.to_lowercase())
}

/// An action as the tables spell it, without namespace, region and name: `patch
/// deployments.apps/scale`, `iam:PutRolePolicy`, `post /metrics`.
#[must_use]
pub fn spelt(action: &ActionKey) -> String {
    match &action.target {
        Target::KubernetesResource { group, resource, subresource, .. } => {
            let dot = if group.is_empty() { "" } else { "." };
            let part = subresource.as_deref().map(|part| format!("/{part}")).unwrap_or_default();
            format!("{} {resource}{dot}{group}{part}", action.verb)
        }
        Target::KubernetesPath(path) => format!("{} {path}", action.verb),
        Target::Aws(_) => action.verb.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hold<'a>(
        rules: impl Iterator<Item = (Vec<&'a str>, &'a str, &'a TextExamples)>,
    ) -> Vec<String> {
        let mut wrong = Vec::new();
        for (patterns, why, examples) in rules {
            let is_met = |text: &str| patterns.iter().any(|pattern| matches(pattern, text));
            assert!(!why.is_empty(), "{patterns:?} says why");
            assert!(!examples.matches.is_empty() && !examples.does_not_match.is_empty());
            wrong.extend(examples.matches.iter().filter(|text| !is_met(text)).cloned());
            wrong.extend(examples.does_not_match.iter().filter(|text| is_met(text)).cloned());
        }
        wrong
    }

    #[test]
    fn every_rule_matches_what_its_examples_say() {
        let rules = OversightRules::load().unwrap();
        let none = Vec::<String>::new();
        let tables =
            [&rules.machines, &rules.people, &rules.messaging, &rules.noise, &rules.whole_targets];
        for table in tables {
            let named = table.iter().map(|r| (vec![&*r.pattern], &*r.why, &r.examples));
            assert_eq!(hold(named), none);
        }
        let named = rules.break_glass.iter().map(|r| (vec![&*r.pattern], &*r.why, &r.examples));
        assert_eq!(hold(named), none);
        let named = rules.user_agents.iter().map(|r| (vec![&*r.pattern], &*r.why, &r.examples));
        assert_eq!(hold(named), none);
        fn several(patterns: &[String]) -> Vec<&str> {
            patterns.iter().map(String::as_str).collect()
        }
        let named = rules.revertible.iter().map(|r| (several(&r.patterns), &*r.why, &r.examples));
        assert_eq!(hold(named), none);
        let named = [&rules.controllers, &rules.homeless, &rules.hands_out].into_iter().flatten();
        let named = named.map(|r| (several(&r.patterns), &*r.why, &r.examples));
        assert_eq!(hold(named), none);
    }

    #[test]
    fn a_session_is_a_persons_only_where_people_sign_in_to_its_role() {
        let rules = OversightRules::load().unwrap();
        let session = |role: &str| format!("arn:aws:sts::111122223333:assumed-role/{role}/x");
        assert!(rules.is_machine(&session("ci-deployer")));
        assert!(!rules.is_machine(&session("AWSReservedSSO_Admin_0123456789abcdef")));
    }

    #[test]
    fn every_pair_is_what_its_examples_say() {
        let rules = OversightRules::load().unwrap();
        for rule in &rules.inverse {
            for (done, after) in &rule.examples.matches {
                assert!(rule.pairs(done, after), "{done} {after}");
            }
            for (done, after) in &rule.examples.does_not_match {
                assert!(!rule.pairs(done, after), "{done} {after}");
            }
        }
        assert!(!rules.inverse.is_empty());
    }

    #[test]
    fn the_first_rule_that_names_an_action_tells_whether_it_can_be_put_back() {
        let rules = OversightRules::load().unwrap();
        for rule in &rules.revertible {
            for example in &rule.examples.matches {
                let first = rules.revertible.iter().find(|rule| rule.names(example));
                assert_eq!(first.map(|first| first.answer), Some(rule.answer), "{example}");
            }
        }
    }
}
