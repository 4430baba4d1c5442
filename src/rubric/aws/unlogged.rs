//! What CloudTrail does not record: that it is missing from a log says nothing.

use serde::Deserialize;

use crate::{
    model::aws::pattern,
    rubric::embedded::{self, RubricError},
};

/// `effects/aws-unlogged.yaml`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Unlogged {
    /// Recorded only where a trail selects data events of the service.
    data_events: Vec<UnloggedRule>,
    /// Not recorded by any trail.
    never: Vec<UnloggedRule>,
}

/// Some actions, and why they are not recorded.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UnloggedRule {
    /// Its name, for messages of tests.
    pub id: String,
    /// Why.
    pub reason: String,
    /// Patterns, each of one service.
    pub actions: Vec<String>,
    /// Actions that it names.
    pub matches: Vec<String>,
    /// Actions that it does not name.
    pub does_not_match: Vec<String>,
}

impl UnloggedRule {
    /// Whether it names an action, in any case.
    #[must_use]
    pub fn names(&self, action: &str) -> bool {
        let action = action.to_ascii_lowercase();
        self.actions.iter().any(|p| pattern::matches(&p.to_ascii_lowercase(), &action))
    }
}

impl Unlogged {
    pub(super) fn embedded() -> Result<Self, RubricError> {
        let files = embedded::read::<Self>("effects/aws-unlogged.yaml")?;
        Ok(files.into_iter().map(|(_, file)| file).next().unwrap_or_default())
    }

    /// All rules.
    pub fn rules(&self) -> impl Iterator<Item = &UnloggedRule> {
        self.data_events.iter().chain(&self.never)
    }

    /// The patterns of actions that a log cannot show, where it holds
    /// data events of the services for which `has_data` answers so.
    #[must_use]
    pub fn hidden(&self, has_data: &dyn Fn(&str) -> bool) -> Vec<String> {
        let service = |action: &String| action.split(':').next().unwrap_or_default().to_owned();
        let data = self.data_events.iter().flat_map(|rule| &rule.actions);
        data.filter(|action| !has_data(&service(action)))
            .chain(self.never.iter().flat_map(|rule| &rule.actions))
            .cloned()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_names_what_its_examples_say() {
        for rule in Unlogged::embedded().unwrap().rules() {
            assert!(!rule.reason.is_empty());
            for action in &rule.matches {
                assert!(rule.names(action), "{}: {action}", rule.id);
            }
            for action in &rule.does_not_match {
                assert!(!rule.names(action), "{}: {action}", rule.id);
            }
        }
    }

    #[test]
    fn data_events_of_a_service_show_its_actions_and_no_others() {
        let unlogged = Unlogged::embedded().unwrap();
        let hidden = unlogged.hidden(&|service| service == "s3");
        assert!(!hidden.iter().any(|pattern| pattern.starts_with("s3:")), "{hidden:?}");
        assert!(hidden.contains(&"lambda:InvokeFunction".to_owned()));
        assert!(hidden.contains(&"rds-db:connect".to_owned()));
    }
}
