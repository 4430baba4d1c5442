//! Doors of SAML providers: who comes through one is known to the provider alone.

use super::{Claims, Door, Trusts};
use crate::{
    model::aws::policy::Statement,
    rubric::aws::{ConditionKeys, KeyUse},
};

/// `sts:AssumeRoleWithSAML`.
pub(super) const SAML: &str = "sts:assumerolewithsaml";
/// Between an account and a name in the ARN of a SAML provider.
pub(super) const PROVIDER: &str = ":saml-provider/";

impl<'a> Trusts<'a> {
    /// The roles that let in whom a SAML provider (by its ARN) vouches for. None of
    /// these doors is certain: no evidence tells whom that is.
    pub(in super::super) fn saml_doors(
        &self,
        provider_arn: &str,
        keys: &ConditionKeys,
    ) -> Vec<Door<'a>> {
        let mut doors = self.inside(&format!("federated:{provider_arn}"), SAML, &Claims::default());
        doors.retain(|door| door.statement.is_none_or(|own| may_sign_in(own, keys)));
        for door in &mut doors {
            let why = || format!("whom {provider_arn} vouches for");
            door.when = std::mem::take(&mut door.when).unless_known(why);
        }
        doors
    }
}

/// Whether a statement is about assertions at all.
pub(super) fn takes_assertions(statement: &Statement) -> bool {
    super::lets(&statement.actions, SAML)
}

/// Whether an assertion that is sent to AWS can meet what a statement asks of its
/// audience: one that asks for another address lets nobody in.
pub(super) fn may_sign_in(statement: &Statement, keys: &ConditionKeys) -> bool {
    let audiences = keys.used_for(KeyUse::Audience);
    statement.conditions.iter().all(|clause| {
        let operator = clause.operator.to_ascii_lowercase();
        let asks = audiences.iter().any(|key| clause.key.eq_ignore_ascii_case(key))
            && operator.starts_with("string")
            && !operator.contains("not");
        let Some(key) = keys.find(&clause.key).filter(|_| asks) else { return true };
        clause.values.iter().any(|value| value.contains("${") || key.may_be(value))
    })
}
