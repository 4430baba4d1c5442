//! What an organisation takes from the principals of one account: the service
//! control policies of every level above it, and the resource control policies
//! over what it holds.
//!
//! Both can only narrow. What is not in the evidence leaves rights unknown and
//! never takes them.

use std::collections::BTreeSet;

use crate::model::aws::{
    account_of,
    organization::{ControlKind, Organization},
    policy::Effect,
};

use super::holdings::{Cap, Holding, Origin, holdings_of};

/// The control policies over one account.
#[derive(Debug, Default)]
pub(super) struct Controls<'a> {
    /// Service control policies, one level each; every level must allow.
    pub levels: Vec<Cap<'a>>,
    /// Denies of service control policies at levels that allow everything.
    pub denies: Vec<Holding<'a>>,
    /// Denies of resource control policies.
    pub guards: Vec<Holding<'a>>,
}

/// The services whose resources such policies control. A service that AWS has
/// added since is left out: then the policy takes nothing.
/// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html>
pub(super) const GUARDED: [&str; 7] = ["s3", "sts", "kms", "sqs", "secretsmanager", "ecr", "aoss"];

/// What controls the principal of that ARN.
pub(super) fn controls<'a>(organization: &'a Organization, arn: &'a str) -> Controls<'a> {
    let Some(account) = account_of(arn) else { return Controls::default() };
    let free = organization.is_empty()
        || organization.only_billing
        || organization.management.as_deref() == Some(account)
        // Roles of AWS services are not controlled.
        || arn.contains(":role/aws-service-role/");
    if free {
        return Controls::default();
    }
    // Policies are attached to the management account like to any other, and take
    // nothing from it.
    let managed = organization.management.is_some();
    let path = match organization.above(account).and_then(|path| {
        let unknown = "which account manages the organisation is not in the evidence";
        managed.then_some(path).ok_or_else(|| unknown.to_owned())
    }) {
        Ok(path) => path,
        Err(reason) => {
            return Controls { levels: vec![Cap::Unknown(reason)], ..Controls::default() };
        }
    };
    let mut controls = Controls::default();
    let switched_on = |kind| {
        path.last().is_none_or(|&root| {
            organization.roots.get(root).is_none_or(|kinds| kinds.contains(&kind))
        })
    };
    // From the root down, as AWS tells it.
    for &place in path.iter().rev() {
        if switched_on(ControlKind::Service) {
            controls.add_level(organization, place);
        }
        if switched_on(ControlKind::Resource) {
            controls.add_guards(organization, place);
        }
    }
    controls
}

impl<'a> Controls<'a> {
    fn add_level(&mut self, organization: &'a Organization, place: &str) {
        let kind = ControlKind::Service;
        let (statements, unread) = match organization.attached_to(place, kind) {
            Ok(ids) => {
                if ids.contains(kind.narrows_nothing()) {
                    let (statements, unread) = read(organization, &ids, place, kind);
                    self.denies.extend(only_denies(statements));
                    self.levels.extend(unread.map(Cap::Unknown));
                    return;
                }
                read(organization, &ids, place, kind)
            }
            Err(reason) => (Vec::new(), Some(reason)),
        };
        match unread {
            // What could be read still denies.
            Some(reason) => {
                self.denies.extend(only_denies(statements));
                self.levels.push(Cap::Unknown(reason));
            }
            None => self.levels.push(Cap::Statements(statements)),
        }
    }

    /// A guard that is not in the evidence guards nothing: it is not even missed,
    /// because it says nothing about what a principal may do elsewhere.
    fn add_guards(&mut self, organization: &'a Organization, place: &str) {
        let kind = ControlKind::Resource;
        if let Ok(ids) = organization.attached_to(place, kind) {
            self.guards.extend(only_denies(read(organization, &ids, place, kind).0));
        }
    }
}

fn only_denies(statements: Vec<Holding<'_>>) -> impl Iterator<Item = Holding<'_>> {
    statements.into_iter().filter(|holding| holding.statement.effect == Effect::Deny)
}

/// The statements of some policies, and what of them could not be read.
fn read<'a>(
    organization: &'a Organization,
    ids: &BTreeSet<&str>,
    place: &str,
    kind: ControlKind,
) -> (Vec<Holding<'a>>, Option<String>) {
    let mut statements = Vec::new();
    let mut unread = None;
    for &id in ids.iter().filter(|id| **id != kind.narrows_nothing()) {
        let policy = organization.policies.get(id);
        let Some((policy, document)) =
            policy.and_then(|policy| Some((policy, policy.document.as_ref()?)))
        else {
            unread.get_or_insert_with(|| {
                format!("the document of {id}, attached to {place}, is not in the evidence")
            });
            continue;
        };
        if let Some(gap) = document.gaps().first() {
            unread.get_or_insert_with(|| gap.reason.clone());
        }
        let what = match kind {
            ControlKind::Service => "service control policy",
            ControlKind::Resource => "resource control policy",
        };
        let origin = Origin { way: format!("{place} → {what} {}", policy.name), cut_at: None };
        statements.extend(holdings_of(document, origin));
    }
    (statements, unread)
}

/// How a resource control policy of `account` reaches a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Guarding {
    /// It does not.
    Not,
    /// It does.
    Surely,
    /// It does if the account holds the resource: the ARN does not tell.
    IfHeld,
}

/// Whether resource control policies of the account of `arn` reach a request.
/// `action` in lower case.
pub(super) fn guarding(arn: &str, action: &str, resource: &str) -> Guarding {
    let service = action.split(':').next().unwrap_or_default();
    // Grants are retired whatever such policies say.
    if !GUARDED.contains(&service) || action == "kms:retiregrant" {
        return Guarding::Not;
    }
    match resource.split(':').nth(4) {
        // An action that knows no resource may still be one on the account.
        Some("") | None => Guarding::IfHeld,
        Some(account) if account_of(arn) == Some(account) => Guarding::Surely,
        Some(_) => Guarding::Not,
    }
}
