//! Whose rights a call used.

use super::record::Identity;

/// A longer name is none.
const NAME_BYTES: usize = 2048;

/// Whose rights a call used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Actor {
    /// A principal: the role of a session, the user that a federated session is of;
    /// for callers that are no IAM principal, what the log calls them.
    Known(String),
    /// The log does not tell.
    Nobody,
}

impl Actor {
    /// The principal's name; none where the log does not tell it.
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Self::Known(name) => Some(name),
            Self::Nobody => None,
        }
    }
}

/// Reads `userIdentity`.
pub(super) fn actor(identity: &Identity) -> Actor {
    let issuer =
        || identity.session.as_ref().and_then(|session| session.issuer.as_ref()?.arn.clone());
    let account = identity.account.as_deref().unwrap_or("?");
    let name = match identity.kind.as_deref() {
        // A session's ARN lacks the role's path, so it does not tell the role.
        Some("AssumedRole") => issuer(),
        Some("FederatedUser") => issuer().or_else(|| identity.arn.clone()),
        Some("IAMUser" | "Root" | "Role") => identity.arn.clone(),
        Some("AWSService") => identity.invoked_by.clone(),
        Some("WebIdentityUser" | "SAMLUser") => {
            identity.user.as_deref().or(identity.principal.as_deref()).map(|user| {
                format!("{} {user}", identity.provider.as_deref().unwrap_or("federated"))
            })
        }
        Some("IdentityCenterUser") => identity
            .on_behalf
            .as_ref()
            .and_then(|person| person.user.as_deref())
            .map(|user| format!("identity-center {user}")),
        Some("AWSAccount") => identity
            .arn
            .clone()
            .or_else(|| identity.principal.as_deref().map(|id| format!("account {account} {id}"))),
        Some(_) => identity.arn.clone().or_else(|| identity.principal.clone()),
        // Services are told without a type where they call for themselves.
        None => identity.invoked_by.clone(),
    };
    match name {
        Some(name) if !name.is_empty() && name.len() <= NAME_BYTES => Actor::Known(name),
        _ => Actor::Nobody,
    }
}
