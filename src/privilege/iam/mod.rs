//! What a principal of an AWS account may do.
//!
//! Principals are judged, never single policies: the union of inline, attached
//! and group policies, less every Deny, within the boundary. Answers have three
//! values: a condition makes a right conditional, a document that is missing
//! makes it unknown, and only what certainly takes a right away takes it away.
//! Decisions are made on patterns; the action table is asked for effects only.
//!
//! What an organisation takes counts where files tell it; session policies count
//! in a [`Request`] that names them. Resource policies are not read, apart from the
//! trust policies of roles: those of other services may grant by themselves, and
//! their Denies may take.

mod capability;
mod chain;
mod condition;
mod decide;
mod extent;
mod guardrail;
mod held;
mod holdings;
mod organization;
mod rights;
mod risk;
mod sight;
mod tagging;
mod trust;
mod when;

pub use capability::{covers_action, is_unscoped, may_include};
pub use chain::path_risks;
pub use condition::Known;
pub use decide::{Decision, Request};
pub use guardrail::OWN_GUARDRAIL;
pub use held::{Held, HeldStatement};
pub use trust::{AGENT_SHARED, Actors, Door};

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
    sync::OnceLock,
};

use crate::{
    model::{
        aws::{AccountSnapshot, Role, User, account_of, eks::EksCluster},
        capability::{Reach, RiskHit},
        coverage::Gap,
        effect::Effect,
        location::Location,
    },
    rubric::aws::AwsRules,
};
use capability::Classes;
use chain::Chains;
use condition::Asked;
use condition::Caller;
use decide::Question;
use extent::Extent;
use holdings::{Holding, Holdings, Who};
use rights::{Right, Rights};
use risk::{Board, Catalogue};
use trust::Trusts;

/// A principal as it would be.
#[derive(Debug, Clone)]
pub enum Principal {
    /// A user.
    User(User),
    /// A role.
    Role(Role),
}

/// An account and the rules to judge it by. What all principals share (trust
/// policies, who is an administrator) is found once, when it is first needed.
#[derive(Debug)]
pub struct Evaluator<'a> {
    account: &'a AccountSnapshot,
    rules: &'a AwsRules,
    catalogue: Rc<Catalogue<'a>>,
    classes: Rc<Classes>,
    trusts: OnceLock<Rc<Trusts<'a>>>,
    /// What each user and role may do, by ARN, once it was asked for.
    rights: BTreeMap<&'a str, OnceLock<Rc<Rights<'a>>>>,
    chains: OnceLock<Chains<'a>>,
}

impl<'a> Evaluator<'a> {
    /// Prepares to judge the principals of `account`.
    #[must_use]
    pub fn new(account: &'a AccountSnapshot, rules: &'a AwsRules) -> Self {
        Self {
            account,
            rules,
            catalogue: Rc::new(Catalogue::of(rules)),
            classes: Rc::default(),
            trusts: OnceLock::new(),
            rights: account
                .users
                .keys()
                .chain(account.roles.keys())
                .map(|arn| (arn.as_str(), OnceLock::new()))
                .collect(),
            chains: OnceLock::new(),
        }
    }

    /// What the user or role of that ARN (or the role of that session) may do.
    #[must_use]
    pub fn reach(&self, principal_arn: &str) -> Reach {
        let Some(who) = Who::find(self.account, principal_arn) else {
            let gaps = self.and_unread(vec![self.absent(principal_arn)]);
            return Reach { gaps, ..Reach::default() };
        };
        self.reach_of(who)
    }

    /// What a principal of the account could do if it were as told here: with other
    /// policies, or in fewer groups; and if some roles had the trust policies that
    /// `trusting` have. All else stays as it is, and what is known of it is not
    /// worked out again.
    #[must_use]
    pub fn reach_if<'c>(&self, changed: &'c Principal, trusting: &'c [Role]) -> Reach
    where
        'a: 'c,
    {
        let who = match changed {
            Principal::User(user) => Who::User(user),
            Principal::Role(role) => Who::Role(role),
        };
        let trusts: Rc<Trusts<'c>> = match trusting {
            [] => self.shared_trusts().clone(),
            _ => Rc::new(self.trusts().with(trusting)),
        };
        let evaluator: Evaluator<'c> = Evaluator {
            account: self.account,
            rules: self.rules,
            catalogue: self.catalogue.clone(),
            classes: self.classes.clone(),
            trusts: OnceLock::from(trusts),
            rights: BTreeMap::from([(who.arn(), OnceLock::new())]),
            chains: OnceLock::new(),
        };
        // What others would be stronger by is what they are by the policies of today:
        // a path may be told that is gone, and never the other way round.
        let chains: Chains<'c> = self.chains().clone();
        let _ = evaluator.chains.set(chains.clone());
        let own = chains.with(&evaluator, who);
        Evaluator { chains: OnceLock::from(own), ..evaluator }.reach_of(who)
    }

    fn reach_of(&self, who: Who<'a>) -> Reach {
        let rights = self.rights(who);
        let granting: BTreeSet<usize> = rights.rights.iter().map(|right| right.holding).collect();
        let (capabilities, used) =
            capability::capabilities(&rights, &self.classes, self.rules, who.arn());
        let idle = &granting - &used;
        let board = Board::of(&self.catalogue, &rights);
        let mut risks = risk::hits(self, who, &board);
        risk::drop_own_marks(&mut risks, &rights, self.rules);
        let (guardrails, own) = guardrail::guardrails(self, who, &capabilities);
        risks.extend(own);
        let mut paths = Vec::new();
        if chain::may_begin(self, &board) {
            let found = self.chains().paths_of(self, who);
            paths = found.paths;
            risks.extend(found.risks);
        }
        sight::add(&mut risks, self.rules, who, &rights, &idle);
        risk::sort(&mut risks);
        let gaps = self.and_unread(rights.gaps.clone());
        Reach { capabilities, risks, paths, guardrails, gaps }
    }

    /// Whether that principal may do `action` (in any case) on `resource` (an
    /// ARN, or `*` for actions that know no resource).
    #[must_use]
    pub fn allows(&self, principal_arn: &str, action: &str, resource: &str) -> Decision {
        self.decide(principal_arn, &Request::new(action, resource))
    }

    /// Whether that principal may make a request, by all that is known of it.
    #[must_use]
    pub fn decide(&self, principal_arn: &str, request: &Request<'_>) -> Decision {
        let Some(who) = Who::find(self.account, principal_arn) else {
            return Decision::Unknown(self.absent(principal_arn).reason);
        };
        let doors = self.trusts().doors_for(&who.caller());
        let profile = who.profile(self.account, self.rules);
        let question = Question {
            arn: who.arn(),
            action: request.action.to_ascii_lowercase(),
            resource: request.resource,
            facts: Asked { profile: &profile, context: &request.context },
        };
        let holdings = Holdings::of(self.account, who, self.rules);
        decide::decide(&holdings, &doors, request.session, &question)
    }

    /// The easiest way in which the trust policy of a role of this account lets a
    /// principal of any account in by `sts:AssumeRole`. What the principal's own
    /// policies say of it is the other side.
    #[must_use]
    pub fn door(&self, principal_arn: &str, role_arn: &str) -> Option<Door<'a>> {
        let caller = Who::find(self.account, principal_arn)
            .map_or(Caller { arn: principal_arn, user_name: None, passed_to: None }, Who::caller);
        let doors = self.trusts().doors_within(&caller, |arn| arn == role_arn);
        doors.into_iter().min_by_key(|door| door.when.doubts())
    }

    /// What is wrong with the account as a whole, whoever asks: the trust policies
    /// of its roles, beside the clusters of EKS that the evidence tells of. Worst
    /// first, then by rule and role.
    #[must_use]
    pub fn account_risks(&self, clusters: &[EksCluster]) -> Vec<RiskHit> {
        trust::defects(self, clusters)
    }

    /// The user or role of the evidence that an ARN names, itself or by a session.
    #[must_use]
    pub fn identity_of(&self, principal_arn: &str) -> Option<&'a str> {
        Who::find(self.account, principal_arn).map(Who::arn)
    }

    /// What is wrong with that user or role because an agent acts as it, worst first.
    /// Nothing of what it may do: see [`Evaluator::reach`].
    #[must_use]
    pub fn agent_risks(&self, principal_arn: &str, actors: &Actors<'_>) -> Vec<RiskHit> {
        trust::of_agent(self, principal_arn, actors)
    }

    /// The roles that let in a bearer of a token of that OIDC provider, with what
    /// each door depends on.
    #[must_use]
    pub fn web_identity_doors(
        &self,
        provider_arn: &str,
        subject: &str,
        audience: &str,
    ) -> Vec<Door<'a>> {
        self.trusts().web_identity_doors(provider_arn, subject, audience)
    }

    /// The roles that let in whom a SAML provider (by its ARN) vouches for; none is
    /// certain, since no evidence tells whom that is.
    #[must_use]
    pub fn saml_doors(&self, provider_arn: &str) -> Vec<Door<'a>> {
        self.trusts().saml_doors(provider_arn, self.rules.conditions())
    }

    /// The doors of one role of the account for such a bearer.
    #[must_use]
    pub fn web_identity_doors_of(
        &self,
        role: &'a Role,
        provider_arn: &str,
        subject: &str,
        audience: &str,
    ) -> Vec<Door<'a>> {
        trust::web_identity_doors_of(role, provider_arn, subject, audience)
    }

    /// The doors of one role of the account for EKS Pod Identity with these tags.
    #[must_use]
    pub fn pod_identity_doors_of(&self, role: &'a Role, tags: &[(&str, &str)]) -> Vec<Door<'a>> {
        trust::pod_identity_doors_of(role, tags)
    }

    /// The roles that EKS Pod Identity may hand out with these session tags.
    #[must_use]
    pub fn pod_identity_doors(&self, tags: &[(&str, &str)]) -> Vec<Door<'a>> {
        self.trusts().pod_identity_doors(tags)
    }

    fn rights(&self, who: Who<'a>) -> Rc<Rights<'a>> {
        match self.rights.get(who.arn()) {
            Some(known) => known.get_or_init(|| Rc::new(self.work_out(who))).clone(),
            None => Rc::new(self.work_out(who)),
        }
    }

    fn work_out(&self, who: Who<'a>) -> Rights<'a> {
        let caller = who.caller();
        let extra = self
            .trusts()
            .named_doors(&caller)
            .into_iter()
            .filter(|door| same_account(&door.role.identity.arn, caller.arn))
            .filter_map(|door| open_door(&door))
            .collect();
        let profile = who.profile(self.account, self.rules);
        Rights::of(Holdings::of(self.account, who, self.rules), extra, &profile)
    }

    fn trusts(&self) -> &Trusts<'a> {
        self.shared_trusts()
    }

    fn shared_trusts(&self) -> &Rc<Trusts<'a>> {
        self.trusts.get_or_init(|| Rc::new(Trusts::of(self.account)))
    }

    fn chains(&self) -> &Chains<'a> {
        self.chains.get_or_init(|| Chains::of(self))
    }

    /// Gaps of a principal, and those of the account: a file that was not read may
    /// hold policies of anybody.
    fn and_unread(&self, mut gaps: Vec<Gap>) -> Vec<Gap> {
        gaps.extend(self.account.unread.iter().cloned());
        gaps
    }

    /// A principal that the evidence does not hold: its rights are unknown.
    fn absent(&self, arn: &str) -> Gap {
        let file = self
            .account
            .users
            .values()
            .map(|user| &user.identity.location)
            .chain(self.account.roles.values().map(|role| &role.identity.location))
            .next();
        let location =
            file.map_or_else(|| Location::file("aws"), |at| Location::file(at.path.clone()));
        Gap {
            location: location.with_object(arn),
            reason: format!("principal {arn} is not in the authorization details"),
        }
    }
}

/// What one principal may do; see [`Evaluator::reach`]. For many principals of
/// one account, an [`Evaluator`] shares the work.
#[must_use]
pub fn reach(account: &AccountSnapshot, principal_arn: &str, rules: &AwsRules) -> Reach {
    Evaluator::new(account, rules).reach(principal_arn)
}

/// Whether one principal may do one thing; see [`Evaluator::allows`].
#[must_use]
pub fn allows(
    account: &AccountSnapshot,
    rules: &AwsRules,
    principal_arn: &str,
    action: &str,
    resource: &str,
) -> Decision {
    Evaluator::new(account, rules).allows(principal_arn, action, resource)
}

/// What an action does, and whether a rule or label knows it; also for the
/// actions that logs show.
#[must_use]
pub fn effect_of(rules: &AwsRules, action: &str) -> (Effect, bool) {
    rules.effect_of(action)
}

fn same_account(a: &str, b: &str) -> bool {
    account_of(a).is_some_and(|account| account_of(b) == Some(account))
}

/// The right that a trust policy gives to someone it names.
fn open_door<'a>(door: &Door<'a>) -> Option<(Holding<'a>, Right)> {
    let right = Right::new(
        vec![Extent::of(trust::ASSUME.into())],
        vec![Extent::of(door.role.identity.arn.as_str().into())],
        door.when.clone(),
        0,
    );
    Some((door.holding()?, right))
}
