//! Roles whose trust policies let the token of a ServiceAccount in.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::{ANNOTATION, Account, Asked, Found, Givers, SUBJECT};
use crate::{
    model::{
        aws::{
            AccountSnapshot, Role, pattern,
            policy::{Clause, Effect, Statement},
        },
        capability::Condition,
        coverage::Gap,
        location::Location,
    },
    privilege::{iam::Door, link::way::Way},
};

/// The audience of tokens that AWS takes, unless something says otherwise.
pub(super) const AUDIENCE: &str = "sts.amazonaws.com";
/// Audiences that one role's trust policy is asked for.
const AUDIENCES: usize = 64;
/// What stands between an account and a provider in the provider's ARN.
const PROVIDER: &str = ":oidc-provider/";
/// A name that no ServiceAccount has, for those that are yet to be made.
const NEW: &str = "new";

/// What the trust policies of one account say of one OIDC provider's tokens.
#[derive(Debug)]
pub(super) struct Provider<'a> {
    /// The account's place among all.
    account: usize,
    /// The provider's ARN.
    arn: &'a str,
    roles: Vec<Candidate<'a>>,
    /// Roles that let in exact subjects alone, by subject.
    exact: FxHashMap<&'a str, Vec<usize>>,
    /// Roles that may let in others.
    open: Vec<usize>,
}

/// A role that may let a token in.
#[derive(Debug)]
struct Candidate<'a> {
    role: &'a Role,
    /// The audiences that it asks for, but for the usual one. One with a wildcard is
    /// itself an audience that it matches.
    audiences: BTreeSet<&'a str>,
    /// What it asks of subjects, as patterns of namespace and name.
    subjects: BTreeSet<(&'a str, &'a str)>,
}

/// The OIDC providers that may be a cluster's. Where its issuer is not known: those
/// of EKS, and whichever a trust policy takes for a cluster's.
pub(super) fn providers<'a>(accounts: &[Account<'a>], issuer: Option<&str>) -> Vec<Provider<'a>> {
    let of_account = |(number, (account, _)): (usize, &Account<'a>)| {
        let account: &'a AccountSnapshot = account;
        let arns = provider_arns(account, issuer);
        arns.into_iter().map(move |arn| Provider::of(number, account, arn)).collect::<Vec<_>>()
    };
    accounts.iter().enumerate().flat_map(of_account).collect()
}

fn provider_arns<'a>(account: &'a AccountSnapshot, issuer: Option<&str>) -> BTreeSet<&'a str> {
    let mut providers = BTreeSet::new();
    for statement in account.roles.values().flat_map(|role| role.trust.statements()) {
        let names_account = || {
            let mut values = statement.conditions.iter().flat_map(|clause| &clause.values);
            values.any(|value| value.starts_with(SUBJECT))
        };
        let entries = statement.principals.iter().flat_map(|principals| &principals.entries);
        for (kind, arn) in entries {
            let Some((_, own)) = arn.split_once(PROVIDER) else { continue };
            let may_be = match issuer {
                Some(issuer) => own.eq_ignore_ascii_case(issuer),
                None => own.starts_with("oidc.eks.") || names_account(),
            };
            if kind == "Federated" && may_be {
                providers.insert(arn.as_str());
            }
        }
    }
    providers
}

impl<'a> Provider<'a> {
    fn of(number: usize, account: &'a AccountSnapshot, arn: &'a str) -> Self {
        let issuer = arn.split_once(PROVIDER).map_or(arn, |at| at.1);
        let (audience, subject) = (format!("{issuer}:aud"), format!("{issuer}:sub"));
        let mut provider = Self {
            account: number,
            arn,
            roles: Vec::new(),
            exact: FxHashMap::default(),
            open: Vec::new(),
        };
        for role in account.roles.values() {
            let mut candidate =
                Candidate { role, audiences: BTreeSet::new(), subjects: BTreeSet::new() };
            let (mut exact, mut open, mut any) = (BTreeSet::new(), false, false);
            let allows = role.trust.statements().iter().filter(|own| own.effect == Effect::Allow);
            for statement in allows.filter(|own| may_name(own, arn)) {
                any = true;
                let about = |key: &str| {
                    let own = |clause: &&Clause| clause.key.eq_ignore_ascii_case(key);
                    statement.conditions.iter().filter(own).collect::<Vec<&'a Clause>>()
                };
                let audiences = about(&audience).into_iter().flat_map(|clause| &clause.values);
                candidate.audiences.extend(audiences.map(String::as_str));
                let subjects = about(&subject);
                match subjects.iter().find(|clause| is_exact(clause)) {
                    Some(clause) => exact.extend(clause.values.iter().map(String::as_str)),
                    None => open = true,
                }
                let patterns = subjects.into_iter().flat_map(|clause| &clause.values);
                candidate
                    .subjects
                    .extend(patterns.filter_map(|own| own.strip_prefix(SUBJECT)?.split_once(':')));
            }
            if !any {
                continue;
            }
            candidate.audiences.remove(AUDIENCE);
            let place = provider.roles.len();
            if open {
                provider.open.push(place);
            } else {
                for subject in exact {
                    provider.exact.entry(subject).or_default().push(place);
                }
            }
            provider.roles.push(candidate);
        }
        provider
    }

    /// The subjects that it lets in by name alone, in no order.
    pub(super) fn exact_subjects(&self) -> impl Iterator<Item = &'a str> {
        self.exact.keys().copied()
    }

    fn candidates(&self, subject: &str) -> impl Iterator<Item = &Candidate<'a>> {
        let exact = self.exact.get(subject).into_iter().flatten();
        exact.chain(&self.open).filter_map(|place| self.roles.get(*place))
    }
}

/// Whether a statement speaks of a provider, or of everyone.
fn may_name(statement: &Statement, provider: &str) -> bool {
    statement.principals.as_ref().is_some_and(|who| {
        who.negated || who.entries.iter().any(|(_, value)| value == provider || value == "*")
    })
}

/// Whether only what a clause spells out passes it.
fn is_exact(clause: &Clause) -> bool {
    let plain = |wild: &[char]| {
        clause.values.iter().all(|value| !value.contains("${") && !value.contains(wild))
    };
    match clause.operator.to_ascii_lowercase().as_str() {
        "stringequals" => plain(&[]),
        "stringlike" => plain(&['*', '?']),
        _ => false,
    }
}

impl<'a> Givers<'a> {
    /// Adds the roles that let the token of a ServiceAccount in.
    pub(super) fn by_tokens(
        &self,
        accounts: &[Account<'a>],
        (namespace, name): (&str, &str),
        asked: &BTreeMap<&str, Asked<'_>>,
        found: &mut Found,
        gaps: &mut Vec<Gap>,
    ) {
        let subject = format!("{SUBJECT}{namespace}:{name}");
        for provider in &self.providers {
            for candidate in provider.candidates(&subject) {
                self.by_token(accounts, (provider, candidate), &subject, asked, found, gaps);
            }
        }
        for role in &self.unread {
            let arn = &role.identity.arn;
            let Some(gap) = role.trust.gaps().first() else { continue };
            match asked.get(arn.as_str()) {
                Some(Asked { location, .. }) => {
                    let way = Way::by(ANNOTATION, (*location).clone());
                    found.add_all(arn, &way.when(Condition::Unknown(gap.reason.clone())));
                }
                None => gaps.push(Gap {
                    location: role.trust.location().clone(),
                    reason: format!("whom the trust policy of {arn} lets in could not be read"),
                }),
            }
        }
    }

    /// Adds a role, if it lets a token with that subject in.
    fn by_token(
        &self,
        accounts: &[Account<'a>],
        (provider, candidate): (&Provider<'a>, &Candidate<'a>),
        subject: &str,
        asked: &BTreeMap<&str, Asked<'_>>,
        found: &mut Found,
        gaps: &mut Vec<Gap>,
    ) {
        let Some((_, evaluator)) = accounts.get(provider.account) else { return };
        let role = candidate.role;
        let asked = asked.get(role.identity.arn.as_str());
        if candidate.audiences.len() > AUDIENCES {
            gaps.push(Gap {
                location: role.trust.location().clone(),
                reason: format!("the trust policy of {} asks for more than {AUDIENCES} audiences of tokens: not all were looked at", role.identity.arn),
            });
        }
        let usual = asked.map_or(AUDIENCE, |asked| asked.audience);
        let mut audiences = BTreeSet::from([AUDIENCE, usual]);
        audiences.extend(candidate.audiences.iter().take(AUDIENCES));
        for audience in audiences {
            for door in evaluator.web_identity_doors_of(role, provider.arn, subject, audience) {
                self.open(&door, audience, asked, found);
            }
        }
    }

    /// Adds the role behind a door.
    fn open(&self, door: &Door<'_>, audience: &str, asked: Option<&Asked<'_>>, found: &mut Found) {
        let arn = &door.role().identity.arn;
        let is_unread = !door.role().trust.gaps().is_empty()
            && matches!(door.condition(), Condition::Unknown(_));
        if asked.is_none() && is_unread {
            return;
        }
        let grant = door.grant();
        let trust = Way::by(grant.description, grant.location).when(door.condition());
        let way = match asked {
            Some(Asked { location, .. }) => Way::by(ANNOTATION, (*location).clone()).then(&trust),
            None if self.issuer.is_none() => trust.when(Condition::Unknown(
                "whether the OIDC provider is that of the cluster".to_owned(),
            )),
            None => trust,
        };
        let running = match asked {
            Some(asked) if asked.audience == audience => way.clone(),
            // Nothing gives its pods such a token; they may ask for one.
            _ => way.clone().when(Condition::Unknown(format!(
                "whether its pods are given a token for {audience}"
            ))),
        };
        found.add(arn, running, way.clone(), way);
    }

    /// Whether any trust policy may let in accounts that it does not name.
    pub(in super::super) fn is_open(&self) -> bool {
        self.providers.iter().any(|provider| !provider.open.is_empty())
    }

    /// Names of ServiceAccounts that could be made, and that a trust policy may let in
    /// for what they are called, by namespace: those of `namespaces`, and of such as it
    /// names itself. One name stands for all that a pattern takes.
    pub(in super::super) fn makeable(
        &self,
        namespaces: &BTreeSet<&str>,
    ) -> BTreeSet<(String, String)> {
        let fill = |pattern: &str| pattern.replace(['*', '?'], "x");
        let mut all = BTreeSet::new();
        for provider in &self.providers {
            let open = provider.open.iter().filter_map(|place| provider.roles.get(*place));
            for (space, name) in open.flat_map(|candidate| &candidate.subjects) {
                if space.contains(['*', '?']) {
                    let its = namespaces.iter().filter(|own| pattern::matches(space, own));
                    all.extend(its.map(|own| ((*own).to_owned(), fill(name))));
                }
                all.insert((fill(space), fill(name)));
            }
            if !provider.open.is_empty() {
                all.extend(namespaces.iter().map(|own| ((*own).to_owned(), NEW.to_owned())));
            }
        }
        all
    }
}

/// Where a list was too long to be gone through.
pub(in super::super) fn too_many(source: &str) -> Gap {
    Gap {
        location: Location::file(source),
        reason: "too many ServiceAccounts and trust policies: which roles those could have that are yet to be made was not looked at".to_owned(),
    }
}
