//! An AWS principal as the authenticator of EKS sees it.

use crate::model::aws::arn::{account_of, name_of, partition_of, session_of};

/// A caller, by the ARN that identifies it
/// (aws-iam-authenticator, `pkg/arn`): of a role, or a session of one, the role
/// without its path; of anybody else the ARN itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Caller<'a> {
    /// That ARN, as it is spelt.
    pub(super) arn: String,
    /// The twelve digits of its account.
    pub(super) account: Option<&'a str>,
    /// The name of its session, where the principal is one.
    pub(super) session: Option<&'a str>,
    /// Whether it is a role or a session of one.
    pub(super) is_role: bool,
}

impl<'a> Caller<'a> {
    pub(super) fn of(arn: &'a str) -> Self {
        let account = account_of(arn);
        let partition = partition_of(arn).unwrap_or("aws");
        let role = |name: &str, session| Self {
            arn: format!("arn:{partition}:iam::{}:role/{name}", account.unwrap_or_default()),
            account,
            session,
            is_role: true,
        };
        if let Some((name, session)) = session_of(arn) {
            return role(name, Some(session).filter(|session| !session.is_empty()));
        }
        if let Some((_, path)) = arn.split_once(":role/") {
            return role(name_of(path), None);
        }
        Self { arn: arn.to_owned(), account, session: None, is_role: false }
    }
}
