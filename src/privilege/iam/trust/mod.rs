//! Which roles let somebody in, by their trust policies.
//!
//! Both sides of a door are read elsewhere: here stands the role's side alone.
//! A trust policy that could not be read may let anybody in whose own policies
//! let it try, and says so.

mod claims;
mod defects;
mod saml;

use std::{collections::BTreeMap, rc::Rc};

use crate::model::{
    aws::{
        AccountSnapshot, Role, account_of,
        arn::{is_account, name_of},
        pattern,
        policy::{Effect, Elements, Language, Statement},
    },
    capability::{Condition, Grant},
};

use super::{
    condition::{self, Caller, Certainty},
    holdings::{Holding, Origin},
    when::When,
};
use claims::{Claims, Visitor};
pub use defects::{AGENT_SHARED, Actors};
pub(super) use defects::{defects, of_agent};
use saml::SAML;

/// `sts:AssumeRole`.
pub(super) const ASSUME: &str = "sts:assumerole";
/// `sts:AssumeRoleWithWebIdentity`.
const WEB_IDENTITY: &str = "sts:assumerolewithwebidentity";
/// `sts:TagSession`.
const TAG_SESSION: &str = "sts:tagsession";
/// The service that EKS Pod Identity assumes roles as.
const POD_IDENTITY: &str = "service:pods.eks.amazonaws.com";
/// Whoever it is.
const ANYONE: &str = "*";

/// Roles by whom they let in: an ARN, `account:111122223333`,
/// `service:lambda.amazonaws.com`, `federated:…`, or `*`.
#[derive(Debug, Default)]
pub(super) struct Trusts<'a> {
    by_key: BTreeMap<String, Vec<(&'a Role, &'a Statement)>>,
    /// Roles with a trust policy, or a part of one, that could not be read.
    unread: Vec<&'a Role>,
}

/// A role that lets someone in.
#[derive(Debug, Clone)]
pub struct Door<'a> {
    pub(super) role: &'a Role,
    /// The statement that lets in; none where the trust policy could not be read.
    pub(super) statement: Option<&'a Statement>,
    pub(super) when: When,
    /// Whether the trust policy names the principal itself, or everyone: within
    /// one account no grant of its own is needed then.
    pub(super) by_name: bool,
}

impl<'a> Door<'a> {
    /// The role behind it.
    #[must_use]
    pub fn role(&self) -> &'a Role {
        self.role
    }

    /// When it opens.
    #[must_use]
    pub fn condition(&self) -> Condition {
        self.when.to_condition()
    }

    /// The statement of the trust policy, for a report.
    #[must_use]
    pub fn grant(&self) -> Grant {
        match self.holding() {
            Some(holding) => holding.grant(),
            None => Grant {
                description: self.way(),
                location: self.role.trust.location().clone(),
                cut_at: None,
            },
        }
    }

    /// The statement that lets in, as one that counts for whoever enters.
    pub(super) fn holding(&self) -> Option<Holding<'a>> {
        Some(Holding {
            statement: self.statement?,
            language: Language::V2012,
            origin: Rc::new(Origin { way: self.way(), cut_at: None }),
        })
    }

    fn way(&self) -> String {
        format!("trust policy of role {}", self.role.identity.name)
    }
}

impl<'a> Trusts<'a> {
    /// Reads the trust policies of all roles.
    pub(super) fn of(account: &'a AccountSnapshot) -> Self {
        let mut trusts = Self::default();
        account.roles.values().for_each(|role| trusts.read(role));
        trusts
    }

    fn read(&mut self, role: &'a Role) {
        for statement in role.trust.statements() {
            if statement.effect == Effect::Allow {
                for key in keys(statement) {
                    self.by_key.entry(key).or_default().push((role, statement));
                }
            }
        }
        if !role.trust.gaps().is_empty() {
            self.unread.push(role);
        }
    }

    /// The same, where some roles have another trust policy.
    pub(super) fn with<'c>(&self, changed: &'c [Role]) -> Trusts<'c>
    where
        'a: 'c,
    {
        let stays = |role: &Role| !changed.iter().any(|own| own.identity.arn == role.identity.arn);
        let mut trusts = Trusts::default();
        for (key, doors) in &self.by_key {
            let doors: Vec<_> = doors.iter().copied().filter(|(role, _)| stays(role)).collect();
            if !doors.is_empty() {
                trusts.by_key.insert(key.clone(), doors);
            }
        }
        trusts.unread = self.unread.iter().copied().filter(|role| stays(role)).collect();
        changed.iter().for_each(|role| trusts.read(role));
        trusts
    }

    /// The roles that let `caller` in by `sts:AssumeRole`.
    pub(super) fn doors_for(&self, caller: &Caller<'_>) -> Vec<Door<'a>> {
        self.doors_within(caller, |_| true)
    }

    /// Those of them whose role is wanted, by its ARN.
    pub(super) fn doors_within(
        &self,
        caller: &Caller<'_>,
        wanted: impl Fn(&str) -> bool,
    ) -> Vec<Door<'a>> {
        let mut doors = self.named_doors(caller);
        if let Some(key) = account_key(caller) {
            let asked = self.by_key.get(&key).into_iter().flatten();
            let near = asked.filter(|(role, _)| wanted(&role.identity.arn));
            doors.extend(
                near.filter_map(|&asked| {
                    door(asked, &key, ASSUME, caller, &Claims::default(), false)
                }),
            );
        }
        doors.extend(self.unread_doors());
        doors
            .retain(|door| door.role.identity.arn != caller.arn && wanted(&door.role.identity.arn));
        doors
    }

    /// Those of them that name the caller itself, one of its sessions, or everyone.
    pub(super) fn named_doors(&self, caller: &Caller<'_>) -> Vec<Door<'a>> {
        let mut doors = Vec::new();
        for key in [caller.arn, ANYONE] {
            doors.extend(self.behind(key, ASSUME, caller, &Claims::default(), true));
        }
        for (key, session) in self.sessions_of(caller.arn) {
            let named = self.behind(key, ASSUME, caller, &Claims::default(), true);
            doors.extend(named.into_iter().map(|mut door| {
                door.when = door.when.and(format!("its session is called {session}"));
                door
            }));
        }
        doors.retain(|door| door.role.identity.arn != caller.arn);
        doors
    }

    /// The doors of one role for `caller`, by `sts:AssumeRole`.
    pub(super) fn doors_of(&self, role: &'a Role, caller: &Caller<'_>) -> Vec<Door<'a>> {
        let mut keys: Vec<(String, bool)> =
            vec![(caller.arn.to_owned(), true), (ANYONE.to_owned(), true)];
        keys.extend(account_key(caller).map(|key| (key, false)));
        doors_in(role, &keys, ASSUME, caller, &Claims::default())
    }

    /// The roles whose trust policies could not be read: they may let in anybody.
    pub(super) fn unread_doors(&self) -> impl Iterator<Item = Door<'a>> + '_ {
        self.unread.iter().filter_map(|role| unread_door(role))
    }

    /// The roles that let a service in, so that they can be passed to it.
    pub(super) fn roles_for_service(&self, service: &str) -> Vec<(&'a Role, When)> {
        let key = format!("service:{service}");
        self.inside(&key, ASSUME, &Claims::default())
            .into_iter()
            .map(|door| (door.role, door.when))
            .collect()
    }

    /// The roles that let in whoever shows a token of an OIDC provider (by its
    /// ARN) for that subject and audience, by `sts:AssumeRoleWithWebIdentity`.
    pub(super) fn web_identity_doors(
        &self,
        provider_arn: &str,
        subject: &str,
        audience: &str,
    ) -> Vec<Door<'a>> {
        let claims = claims_of_token(provider_arn, subject, audience);
        self.inside(&format!("federated:{provider_arn}"), WEB_IDENTITY, &claims)
    }

    /// The roles that EKS Pod Identity may give to a pod: the trust policy must
    /// let it assume the role and tag the session. `tags` are those that it sets
    /// (`kubernetes-namespace`, `kubernetes-service-account`, `eks-cluster-name`, …)
    /// (EKS user guide, "Create IAM role with trust policy required by EKS Pod
    /// Identity").
    pub(super) fn pod_identity_doors(&self, tags: &[(&str, &str)]) -> Vec<Door<'a>> {
        let claims = claims_of_pod(tags);
        let tagging = self.inside(POD_IDENTITY, TAG_SESSION, &claims);
        tagged(self.inside(POD_IDENTITY, ASSUME, &claims), &tagging)
    }

    /// What lets in someone who is no principal of an account.
    fn inside(&self, key: &str, action: &str, claims: &Claims) -> Vec<Door<'a>> {
        let nobody = Caller { arn: "", user_name: None, passed_to: None };
        let mut doors = Vec::new();
        for key in [key, ANYONE] {
            doors.extend(self.behind(key, action, &nobody, claims, false));
        }
        doors.extend(self.unread_doors());
        doors
    }

    fn behind(
        &self,
        key: &str,
        action: &str,
        caller: &Caller<'_>,
        claims: &Claims,
        by_name: bool,
    ) -> Vec<Door<'a>> {
        self.by_key
            .get(key)
            .into_iter()
            .flatten()
            .filter_map(|&asked| door(asked, key, action, caller, claims, by_name))
            .collect()
    }

    /// The keys that name sessions of a role (`arn:aws:sts::…:assumed-role/NAME/SESSION`).
    fn sessions_of(&self, role_arn: &str) -> impl Iterator<Item = (&str, &str)> {
        let prefix = role_arn.split_once(":role/").map(|(head, path)| {
            let head = head.replacen(":iam:", ":sts:", 1);
            format!("{head}:assumed-role/{}/", name_of(path))
        });
        let start = prefix.clone().unwrap_or_default();
        self.by_key.range(start..).map_while(move |(key, _)| {
            let session = key.strip_prefix(prefix.as_ref()?.as_str())?;
            Some((key.as_str(), session))
        })
    }
}

/// The doors of one role for a bearer of such a token; see
/// [`Trusts::web_identity_doors`].
pub(super) fn web_identity_doors_of<'a>(
    role: &'a Role,
    provider_arn: &str,
    subject: &str,
    audience: &str,
) -> Vec<Door<'a>> {
    let claims = claims_of_token(provider_arn, subject, audience);
    inside_of(role, &format!("federated:{provider_arn}"), WEB_IDENTITY, &claims)
}

/// The doors of one role for EKS Pod Identity; see [`Trusts::pod_identity_doors`].
pub(super) fn pod_identity_doors_of<'a>(role: &'a Role, tags: &[(&str, &str)]) -> Vec<Door<'a>> {
    let claims = claims_of_pod(tags);
    let tagging = inside_of(role, POD_IDENTITY, TAG_SESSION, &claims);
    tagged(inside_of(role, POD_IDENTITY, ASSUME, &claims), &tagging)
}

fn claims_of_token(provider_arn: &str, subject: &str, audience: &str) -> Claims {
    let issuer = provider_arn.split_once(":oidc-provider/").map_or(provider_arn, |at| at.1);
    Claims::of([
        (format!("{issuer}:sub"), subject.to_owned()),
        (format!("{issuer}:aud"), audience.to_owned()),
    ])
}

fn claims_of_pod(tags: &[(&str, &str)]) -> Claims {
    Claims::of(tags.iter().flat_map(|(name, value)| {
        ["aws:RequestTag", "aws:PrincipalTag"]
            .map(|kind| (format!("{kind}/{name}"), (*value).to_owned()))
    }))
}

/// Those of the doors whose role may be tagged as well.
fn tagged<'a>(doors: Vec<Door<'a>>, tagging: &[Door<'a>]) -> Vec<Door<'a>> {
    let tag = |mut door: Door<'a>| {
        let same = |tag: &&Door<'_>| tag.role.identity.arn == door.role.identity.arn;
        let easiest = tagging.iter().filter(same).min_by_key(|tag| tag.when.doubts())?;
        door.when = door.when.with(&easiest.when);
        Some(door)
    };
    doors.into_iter().filter_map(tag).collect()
}

/// The doors of one role for someone who is no principal of an account.
fn inside_of<'a>(role: &'a Role, key: &str, action: &str, claims: &Claims) -> Vec<Door<'a>> {
    let nobody = Caller { arn: "", user_name: None, passed_to: None };
    let keys = [(key.to_owned(), false), (ANYONE.to_owned(), false)];
    doors_in(role, &keys, action, &nobody, claims)
}

/// The doors of one role for whom any of the keys speaks of; a key says whether it
/// names the caller itself.
fn doors_in<'a>(
    role: &'a Role,
    keys: &[(String, bool)],
    action: &str,
    caller: &Caller<'_>,
    claims: &Claims,
) -> Vec<Door<'a>> {
    let mut doors = Vec::new();
    for statement in role.trust.statements().iter().filter(|own| own.effect == Effect::Allow) {
        let spoken_of = self::keys(statement);
        for (key, by_name) in keys.iter().filter(|(key, _)| spoken_of.contains(key)) {
            doors.extend(door((role, statement), key, action, caller, claims, *by_name));
        }
    }
    doors.extend(unread_door(role));
    doors
}

fn account_key(caller: &Caller<'_>) -> Option<String> {
    account_of(caller.arn).map(|account| format!("account:{account}"))
}

/// A trust policy that was not read whole may let in anybody.
fn unread_door(role: &Role) -> Option<Door<'_>> {
    let gap = role.trust.gaps().first()?;
    let when = When::unknown(gap.reason.clone());
    Some(Door { role, statement: None, when, by_name: false })
}

/// The door that a statement opens to whom `key` speaks of, if it does.
fn door<'a>(
    (role, statement): (&'a Role, &'a Statement),
    key: &str,
    action: &str,
    caller: &Caller<'_>,
    claims: &Claims,
    by_name: bool,
) -> Option<Door<'a>> {
    let names_caller = |statement: &Statement| {
        statement
            .principals
            .as_ref()
            .is_some_and(|who| who.negated && who.of("AWS").any(|value| value == caller.arn))
    };
    if !lets(&statement.actions, action) || names_caller(statement) {
        return None;
    }
    let when = admitted(role, statement, (key, action), caller, claims)?;
    Some(Door { role, statement: Some(statement), when, by_name })
}

/// When the statement lets in and no Deny of the same policy certainly does not.
fn admitted(
    role: &Role,
    statement: &Statement,
    (key, action): (&str, &str),
    caller: &Caller<'_>,
    claims: &Claims,
) -> Option<When> {
    let mut when = When::default();
    let visitor = Visitor { caller, claims };
    match condition::certainty(&statement.conditions, &visitor) {
        Certainty::Never => return None,
        Certainty::Always => {}
        Certainty::Depends => {
            for clause in &statement.conditions {
                if condition::certainty_of(clause, &visitor) == Certainty::Depends {
                    when = when.and(condition::describe(clause));
                }
            }
        }
    }
    for deny in role.trust.statements().iter().filter(|s| s.effect == Effect::Deny) {
        if !lets(&deny.actions, action) {
            continue;
        }
        // Everyone is `*` or `{"AWS": "*"}`; of another kind it takes nobody else.
        let everyone =
            |who: &crate::model::aws::policy::Principals| who.of("AWS").any(|own| own == ANYONE);
        let hit = keys(deny).iter().any(|denied| denied != ANYONE && denied == key)
            || deny.principals.as_ref().is_some_and(everyone);
        let negated = deny.principals.as_ref().is_some_and(|who| who.negated);
        match condition::certainty(&deny.conditions, &visitor) {
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

/// Whether an action element includes an action, given in lower case.
pub(super) fn lets(actions: &Elements, action: &str) -> bool {
    actions.includes(|p| pattern::matches(&condition::action_pattern(p), action))
}

/// Whom a statement speaks of.
fn keys(statement: &Statement) -> Vec<String> {
    let Some(principals) = &statement.principals else { return Vec::new() };
    if principals.negated {
        return vec![ANYONE.to_owned()];
    }
    principals
        .entries
        .iter()
        .filter_map(|(kind, value)| match kind.as_str() {
            _ if value == ANYONE => Some(ANYONE.to_owned()),
            "AWS" if is_account(value) => Some(format!("account:{value}")),
            "AWS" if value.ends_with(":root") => {
                account_of(value).map(|account| format!("account:{account}"))
            }
            "AWS" => Some(value.clone()),
            // In China some services have names of their own.
            "Service" => Some(format!("service:{}", value.strip_suffix(".cn").unwrap_or(value))),
            "Federated" => Some(format!("federated:{value}")),
            _ => None,
        })
        .collect()
}
