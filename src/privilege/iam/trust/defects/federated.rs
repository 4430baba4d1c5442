//! What is wrong with a statement that lets in whom an identity provider vouches
//! for.

use super::{Around, Found, opening::Opening, told};
use crate::{
    model::{
        aws::{account_of, arn::region_of, eks::EksCluster, pattern},
        text::some_of,
    },
    privilege::iam::{risk::Strength, trust::saml},
    rubric::aws::{KeyUse, TrustDefect},
};

/// Between an account and an issuer in the ARN of an OIDC provider.
const OIDC: &str = ":oidc-provider/";
/// Before the region in the issuer of a cluster of EKS.
const EKS: &str = "oidc.eks.";
/// Cognito, as trust policies name it.
const COGNITO: &str = "cognito-identity.amazonaws.com";

/// Whether a statement about an OIDC provider has a defect.
pub(super) fn oidc(
    when: TrustDefect,
    opening: &Opening<'_, '_>,
    around: &Around<'_>,
) -> Option<Found> {
    let providers: Vec<&str> = opening.federated(OIDC).collect();
    let who = *providers.first()?;
    let (_, issuer) = who.split_once(OIDC)?;
    let foreign = foreign_claims(opening, &providers);
    let key = |claim: &str| format!("{issuer}:{claim}");
    match when {
        TrustDefect::OidcIssuer => {
            (!foreign.is_empty()).then(|| told(&[issuer], some_of(&foreign, super::NAMED)))
        }
        TrustDefect::OidcGone => gone(who, issuer, around.clusters),
        // A claim that no token has keeps everybody out.
        _ if !foreign.is_empty() => None,
        TrustDefect::OidcAudience => {
            // A statement without a subject has a worse defect.
            let is_open = opening.binds(&key("sub")) && !opening.binds(&key("aud"));
            is_open.then(|| told(&[issuer], String::new()))
        }
        TrustDefect::OidcSubject => {
            (!opening.binds(&key("sub"))).then(|| told(&[issuer], String::new()))
        }
        TrustDefect::OidcBroadSubject => {
            let subject = key("sub");
            let broad: Vec<&str> = opening
                .clauses_on(&subject)
                .flat_map(|clause| &clause.values)
                .map(String::as_str)
                .filter(|value| is_broad(value))
                .collect();
            (!broad.is_empty()).then(|| told(&[issuer], broad.join(", ")))
        }
        _ => None,
    }
}

/// Claims that are asked for and are of an issuer that is none of the providers.
fn foreign_claims<'s>(opening: &Opening<'s, '_>, providers: &[&str]) -> Vec<&'s str> {
    let is_own = |issuer: &str| {
        let of = |who: &&str| {
            who.split_once(OIDC).is_some_and(|(_, own)| own.eq_ignore_ascii_case(issuer))
        };
        providers.iter().any(of)
    };
    // Keys of AWS itself have no dot before the colon.
    let is_foreign = |key: &&str| {
        let issuer = key.rsplit_once(':').map(|(issuer, _)| issuer);
        issuer.is_some_and(|issuer| issuer.contains('.') && !is_own(issuer))
    };
    opening.bound().map(|clause| clause.key.as_str()).filter(is_foreign).collect()
}

/// The provider of a cluster that none of those is which the evidence describes in
/// its account and region; nothing where it describes none there.
fn gone(provider: &str, issuer: &str, clusters: &[EksCluster]) -> Option<Found> {
    let region = issuer.strip_prefix(EKS)?.split('.').next()?;
    let home = account_of(provider)?;
    let is_near = |cluster: &&EksCluster| {
        cluster
            .arn
            .as_deref()
            .is_some_and(|arn| account_of(arn) == Some(home) && region_of(arn) == Some(region))
    };
    let near: Vec<&EksCluster> = clusters.iter().filter(is_near).collect();
    let told_of = near.iter().filter_map(|cluster| cluster.issuer.as_deref()).collect::<Vec<_>>();
    let is_there = told_of.iter().any(|own| own.eq_ignore_ascii_case(issuer));
    // A cluster whose issuer is not told may be the one.
    (!told_of.is_empty() && told_of.len() == near.len() && !is_there).then(|| Found {
        unless: Some("a cluster that the evidence does not describe".to_owned()),
        ..told(&[issuer], format!("{home} in {region}"))
    })
}

/// Whether a pattern of subjects spans repositories, or namespaces.
fn is_broad(subject: &str) -> bool {
    if subject.starts_with(['*', '?']) {
        return true;
    }
    if let Some(account) = subject.strip_prefix("system:serviceaccount:") {
        return account.split(':').next().is_none_or(pattern::is_wild);
    }
    match subject.split_once(':') {
        Some((_, rest)) => rest.split(':').next().is_none_or(pattern::is_wild),
        None => pattern::is_wild(subject),
    }
}

/// Whether a statement about a SAML provider has a defect.
pub(super) fn saml(when: TrustDefect, opening: &Opening<'_, '_>) -> Option<Found> {
    let who: Vec<&str> = opening.federated(saml::PROVIDER).collect();
    if who.is_empty() || !saml::takes_assertions(opening.statement) {
        return None;
    }
    let rules = opening.evaluator.rules;
    if when == TrustDefect::SamlAudience {
        return (!opening.binds_for(KeyUse::Audience)).then(|| told(&who, String::new()));
    }
    if !saml::may_sign_in(opening.statement, rules.conditions()) {
        return None;
    }
    let strength = opening.evaluator.chains().strength(&opening.role.identity.arn);
    let what = match strength.is_some_and(Strength::makes_admin) {
        true => ", and holds an administrator's rights or their equal",
        false => "",
    };
    Some(told(&who, what.to_owned()))
}

/// What a statement about Cognito does not ask for.
pub(super) fn cognito(opening: &Opening<'_, '_>) -> Option<Found> {
    opening.federated(COGNITO).find(|who| *who == COGNITO)?;
    let asks = |claim: &str| opening.binds(&format!("{COGNITO}:{claim}"));
    let missing: Vec<&str> = [("aud", "of which pool they are"), ("amr", "whether they logged in")]
        .into_iter()
        .filter(|(claim, _)| !asks(claim))
        .map(|(_, what)| what)
        .collect();
    (!missing.is_empty()).then(|| told(&[], missing.join(" or ")))
}
