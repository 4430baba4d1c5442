//! Which roles let a principal or a service in, by their trust policies.

use std::collections::BTreeMap;

use crate::model::aws::{
    AccountSnapshot, Role, account_of, pattern,
    policy::{Effect, Elements, Statement},
};

use super::{
    condition::{self, Caller, Certainty},
    rights::When,
};

/// Roles by whom they let in: an ARN, `account:111122223333`,
/// `service:lambda.amazonaws.com`, or `*`.
#[derive(Debug, Default)]
pub(super) struct Trusts<'a>(BTreeMap<String, Vec<(&'a Role, &'a Statement)>>);

/// A role that lets someone in.
#[derive(Debug, Clone)]
pub(super) struct Door<'a> {
    pub role: &'a Role,
    pub statement: &'a Statement,
    pub when: When,
    /// Whether the trust policy names the principal itself: within one account
    /// no grant of its own is needed then.
    pub by_name: bool,
}

impl<'a> Trusts<'a> {
    /// Reads the trust policies of all roles.
    pub(super) fn of(account: &'a AccountSnapshot) -> Self {
        let mut trusts: BTreeMap<String, Vec<(&Role, &Statement)>> = BTreeMap::new();
        for role in account.roles.values() {
            for statement in role.trust.statements() {
                if statement.effect != Effect::Allow || !lets_assume(&statement.actions) {
                    continue;
                }
                for key in keys(statement) {
                    trusts.entry(key).or_default().push((role, statement));
                }
            }
        }
        Self(trusts)
    }

    /// The roles that let `caller` in.
    pub(super) fn doors_for(&self, caller: &Caller<'_>) -> Vec<Door<'a>> {
        let account = account_of(caller.arn).map(|account| format!("account:{account}"));
        let keys = [Some(caller.arn.to_owned()), account, Some("*".to_owned())];
        let mut doors = Vec::new();
        for (index, key) in keys.iter().enumerate() {
            let Some(key) = key else { continue };
            for &(role, statement) in self.0.get(key).into_iter().flatten() {
                let named = statement.principals.as_ref().is_some_and(|who| {
                    who.negated && who.of("AWS").any(|value| value == caller.arn)
                });
                if named || role.identity.arn == caller.arn {
                    continue;
                }
                if let Some(when) = admitted(role, statement, key, caller) {
                    doors.push(Door { role, statement, when, by_name: index == 0 });
                }
            }
        }
        doors
    }

    /// The roles that let a service in, so that they can be passed to it.
    pub(super) fn roles_for_service(&self, service: &str) -> Vec<(&'a Role, When)> {
        let caller = Caller { arn: "", user_name: None, passed_to: None };
        let key = format!("service:{service}");
        [key.as_str(), "*"]
            .into_iter()
            .flat_map(|key| self.0.get(key).into_iter().flatten().map(move |found| (key, found)))
            .filter_map(|(key, &(role, statement))| {
                admitted(role, statement, key, &caller).map(|when| (role, when))
            })
            .collect()
    }
}

/// Whether the statement lets in, and no Deny of the same policy certainly does not.
fn admitted(role: &Role, statement: &Statement, key: &str, caller: &Caller<'_>) -> Option<When> {
    let mut when = When::default();
    match condition::certainty(&statement.conditions, caller) {
        Certainty::Never => return None,
        Certainty::Always => {}
        Certainty::Depends => {
            for clause in &statement.conditions {
                when = when.and(condition::describe(clause));
            }
        }
    }
    for deny in role.trust.statements().iter().filter(|s| s.effect == Effect::Deny) {
        if !lets_assume(&deny.actions) {
            continue;
        }
        let hit = keys(deny).iter().any(|denied| denied == "*" || denied == key);
        let negated = deny.principals.as_ref().is_some_and(|who| who.negated);
        match condition::certainty(&deny.conditions, caller) {
            Certainty::Never => {}
            Certainty::Always if hit && !negated => return None,
            Certainty::Always | Certainty::Depends if hit || negated => {
                when = when.and(format!(
                    "the Deny of the trust policy of {} does not apply",
                    role.identity.name
                ));
            }
            Certainty::Always | Certainty::Depends => {}
        }
    }
    Some(when)
}

/// Whether an action element includes `sts:AssumeRole`.
fn lets_assume(actions: &Elements) -> bool {
    let hit = |patterns: &[String]| {
        patterns.iter().any(|p| pattern::matches(&condition::action_pattern(p), "sts:assumerole"))
    };
    match actions {
        Elements::Only(patterns) => hit(patterns),
        Elements::Except(patterns) => !hit(patterns),
    }
}

/// Whom a statement speaks of.
fn keys(statement: &Statement) -> Vec<String> {
    let Some(principals) = &statement.principals else { return Vec::new() };
    if principals.negated {
        return vec!["*".to_owned()];
    }
    principals
        .entries
        .iter()
        .filter_map(|(kind, value)| match kind.as_str() {
            _ if value == "*" => Some("*".to_owned()),
            "AWS" if value.len() == 12 && value.bytes().all(|b| b.is_ascii_digit()) => {
                Some(format!("account:{value}"))
            }
            "AWS" if value.ends_with(":root") => {
                account_of(value).map(|account| format!("account:{account}"))
            }
            "AWS" => Some(value.clone()),
            "Service" => Some(format!("service:{value}")),
            _ => None,
        })
        .collect()
}
