//! Whether a change stayed within what the agent is declared for, whatever it may do.

use crate::{
    model::{
        activity::{ActionKey, Target},
        declaration::Boundary,
    },
    rubric::oversight::{OversightRules, matches, spelt},
};

/// Where a change lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Within {
    /// Within everything that is declared and speaks of it.
    Inside,
    /// Nothing that is declared speaks of it.
    NotDeclared,
    /// In another namespace, or in all of them.
    OtherNamespace,
    /// In another region.
    OtherRegion,
    /// Another action.
    OtherAction,
}

impl Within {
    /// Whether it is beyond what is declared.
    #[must_use]
    pub fn is_outside(self) -> bool {
        matches!(self, Self::OtherNamespace | Self::OtherRegion | Self::OtherAction)
    }
}

/// Where an action lies.
#[must_use]
pub fn within(action: &ActionKey, boundary: &Boundary, rules: &OversightRules) -> Within {
    let is_in = |list: &[String], text: &str| list.iter().any(|own| matches(own, text));
    let mut answer = Within::NotDeclared;
    if !boundary.actions.is_empty() {
        if !is_in(&boundary.actions, &spelt(action)) {
            return Within::OtherAction;
        }
        answer = Within::Inside;
    }
    match &action.target {
        Target::KubernetesResource { namespace, .. } if !boundary.namespaces.is_empty() => {
            match namespace {
                Some(namespace) if is_in(&boundary.namespaces, namespace) => Within::Inside,
                Some(_) | None => Within::OtherNamespace,
            }
        }
        Target::Aws(call) if !boundary.regions.is_empty() => match &call.region {
            Some(region) if is_in(&boundary.regions, region) => Within::Inside,
            // A trail tells of a role that was taken on where the client's endpoint is.
            Some(_) if rules.is_homeless(action) && rules.only_hands_out(action) => answer,
            Some(_) => Within::OtherRegion,
            None => answer,
        },
        Target::KubernetesResource { .. } | Target::KubernetesPath(_) | Target::Aws(_) => answer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::activity::AwsCall;

    #[test]
    fn a_role_is_taken_on_in_no_region_and_a_user_deleted_in_all() {
        let rules = OversightRules::load().unwrap();
        let boundary = Boundary { regions: vec!["eu-central-1".to_owned()], ..Boundary::default() };
        let of = |verb: &str, region: &str| {
            let call = AwsCall { region: Some(region.to_owned()), ..AwsCall::default() };
            let action = ActionKey { verb: verb.to_owned(), target: Target::Aws(call) };
            within(&action, &boundary, &rules)
        };
        assert_eq!(of("ec2:StopInstances", "eu-central-1"), Within::Inside);
        assert_eq!(of("sts:AssumeRole", "us-east-1"), Within::NotDeclared);
        for outside in ["iam:DeleteUser", "ec2:StopInstances", "redshift:GetClusterCredentials"] {
            assert_eq!(of(outside, "us-east-1"), Within::OtherRegion, "{outside}");
        }
    }
}
