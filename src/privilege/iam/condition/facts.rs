//! What is known of a request before it is made, or of one that is asked about.

use std::collections::BTreeMap;

use crate::{model::aws::account_of, rubric::aws::ConditionKeys};

/// What a request is known to hold under one context key. A key that nothing is
/// known of is not told at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// The one value of a key that holds one.
    One(String),
    /// All values of a key that may hold many.
    Many(Vec<String>),
    /// The request does not have the key.
    Absent,
}

/// What is certain about one context key.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::privilege::iam) enum Fact<'a> {
    One(&'a str),
    Many(&'a [String]),
    Absent,
    /// A time not before this one, in seconds since 1970.
    Since(f64),
    /// The same, or nothing.
    SinceIfAny(f64),
    /// There is a value, and it is not known which.
    Present,
    Unknown,
}

/// Where conditions and variables look up context keys.
pub(in crate::privilege::iam) trait Facts {
    /// What is certain about `key`, in lower case.
    fn fact(&self, key: &str) -> Fact<'_>;

    /// What keys are known to hold, if that is at hand.
    fn keys(&self) -> Option<&ConditionKeys> {
        None
    }
}

/// What every request of a principal has in common, as far as its ARN tells.
#[derive(Debug, Clone, Default)]
pub(in crate::privilege::iam) struct Caller<'a> {
    /// ARN of the user or role (`aws:PrincipalArn`); empty for a service.
    pub arn: &'a str,
    /// Name of the user (`aws:username`); roles have none.
    pub user_name: Option<&'a str>,
    /// The service that a role is passed to, where that is the question.
    pub passed_to: Option<&'a str>,
}

/// No request is made before 2026-01-01: gradus did not exist.
const FIRST_MOMENT: f64 = 1_767_225_600.0;

impl Facts for Caller<'_> {
    fn fact(&self, key: &str) -> Fact<'_> {
        let own = |fact| if self.arn.is_empty() { Fact::Unknown } else { fact };
        match key {
            "aws:currenttime" | "aws:epochtime" => Fact::Since(FIRST_MOMENT),
            // Requests with the key of a user alone do not have it.
            "aws:tokenissuetime" => own(match self.user_name {
                Some(_) => Fact::SinceIfAny(FIRST_MOMENT),
                None => Fact::Since(FIRST_MOMENT),
            }),
            // In China some services have names of their own.
            "iam:passedtoservice" if self.arn.starts_with("arn:aws-cn:") => Fact::Unknown,
            "iam:passedtoservice" => self.passed_to.map_or(Fact::Unknown, Fact::One),
            "aws:principalarn" => own(Fact::One(self.arn)),
            "aws:principalaccount" => account_of(self.arn).map_or(Fact::Unknown, Fact::One),
            "aws:principalisawsservice" => own(Fact::One("false")),
            "aws:principalservicename" | "aws:principalservicenameslist" => own(Fact::Absent),
            "aws:principaltype" => match self.user_name {
                Some(_) => Fact::One("User"),
                None => own(Fact::One("AssumedRole")),
            },
            "aws:username" => self.user_name.map_or(own(Fact::Absent), Fact::One),
            _ => Fact::Unknown,
        }
    }
}

/// A principal with what else the evidence tells of it.
#[derive(Debug, Clone)]
pub(in crate::privilege::iam) struct Profile<'a> {
    pub caller: Caller<'a>,
    /// Its tags, where all of them are known. The tags of a role's session may
    /// replace the role's, so of a role only the presence of a tag is certain.
    pub tags: &'a BTreeMap<String, String>,
    /// The organisation that its account is in.
    pub organization: Option<&'a str>,
    /// What keys are known to hold.
    pub keys: &'a ConditionKeys,
}

const PRINCIPAL_TAG: &str = "aws:principaltag/";

impl Facts for Profile<'_> {
    fn fact(&self, key: &str) -> Fact<'_> {
        if let Some(wanted) = key.strip_prefix(PRINCIPAL_TAG) {
            let tag = self.tags.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
            return match (tag, self.caller.user_name) {
                (Some((_, value)), Some(_)) => Fact::One(value),
                (Some(_), None) => Fact::Present,
                // A dump without any tags may be one that leaves them out.
                (None, Some(_)) if !self.tags.is_empty() => Fact::Absent,
                (None, _) => Fact::Unknown,
            };
        }
        match (key, self.organization) {
            ("aws:principalorgid", Some(id)) => Fact::One(id),
            _ => self.caller.fact(key),
        }
    }

    fn keys(&self) -> Option<&ConditionKeys> {
        Some(self.keys)
    }
}

/// One request of a principal: what it is known to hold goes before what all
/// requests of the principal have in common.
#[derive(Debug, Clone, Copy)]
pub(in crate::privilege::iam) struct Asked<'a> {
    pub profile: &'a Profile<'a>,
    /// By key in lower case.
    pub context: &'a BTreeMap<String, Known>,
}

impl Facts for Asked<'_> {
    fn fact(&self, key: &str) -> Fact<'_> {
        match self.context.get(key) {
            Some(Known::One(value)) => Fact::One(value),
            Some(Known::Many(values)) => Fact::Many(values),
            Some(Known::Absent) => Fact::Absent,
            None => self.profile.fact(key),
        }
    }

    fn keys(&self) -> Option<&ConditionKeys> {
        self.profile.keys()
    }
}
