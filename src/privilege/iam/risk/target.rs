//! On what a right must work for a rule to hold, and the strongest that it reaches.

use crate::{
    model::{
        aws::{Attachment, Group, Role, arn::name_of},
        capability::RiskClass,
    },
    rubric::aws::Target,
};

use super::{
    super::{
        Evaluator,
        condition::{self, Caller, Certainty},
        holdings::Who,
        rights::Right,
        same_account,
        when::When,
    },
    board::Board,
    strength::{Strength, allows_more},
};

/// A right that reaches what the rule needs.
pub(super) struct Anchor<'r> {
    pub right: &'r Right,
    pub when: When,
    pub target: Option<String>,
    pub strength: Option<RiskClass>,
    /// Roles of which the other actions of the set must work on one.
    pub beside: Option<Vec<String>>,
}

impl<'r> Anchor<'r> {
    pub(super) fn plain(right: &'r Right) -> Self {
        Self { right, when: right.when.clone(), target: None, strength: None, beside: None }
    }
}

/// Whether a right reaches the target of a rule.
pub(super) fn anchor<'r, 'a>(
    evaluator: &Evaluator<'a>,
    strength_of: StrengthOf<'_>,
    right: &'r Right,
    on: Target,
    who: Who<'a>,
) -> Option<Anchor<'r>> {
    let reaches = |arn: &str| right.reaches(arn);
    let own = |holds: bool| holds.then(|| Anchor::plain(right));
    let arn = who.arn();
    match (on, who) {
        (Target::Any, _) => own(true),
        (Target::SelfUser, Who::User(_)) | (Target::SelfRole, Who::Role(_)) => own(reaches(arn)),
        (Target::OwnBoundaryUser, Who::User(_)) | (Target::OwnBoundaryRole, Who::Role(_)) => {
            own(who.boundary().is_some() && reaches(arn))
        }
        (
            Target::SelfUser | Target::SelfRole | Target::OwnBoundaryUser | Target::OwnBoundaryRole,
            _,
        ) => None,
        (Target::OwnGroup, _) => {
            own(groups(evaluator, who).any(|group| reaches(&group.identity.arn)))
        }
        (Target::OwnPolicy, _) => {
            own(own_policies(evaluator, who).any(|policy| reaches(&policy.arn)))
        }
        (Target::PolicyOfOtherRole, _) => policy_of(right, evaluator.account.roles.values(), who),
        (Target::PolicyOfAssumableRole, _) => {
            let doors = evaluator.trusts().doors_for(&who.caller());
            policy_of(right, doors.iter().map(|door| door.role), who)
        }
        (Target::OlderVersion, _) => older_version(evaluator, right, who),
        (Target::OtherGroup, Who::Role(_)) => None,
        (Target::OtherGroup, Who::User(user)) => {
            let all = evaluator.account.groups.values();
            let others = all.filter(|group| !user.groups.contains(&group.identity.name));
            let others = others.map(|group| group.identity.arn.as_str());
            strongest(strength_of, right, others, arn, "group")
        }
        (Target::OtherUser, _) => {
            let others =
                evaluator.account.users.keys().map(String::as_str).filter(|user| *user != arn);
            strongest(strength_of, right, others, arn, "user")
        }
        (Target::OtherRole, _) => {
            let others =
                evaluator.account.roles.keys().map(String::as_str).filter(|role| *role != arn);
            strongest(strength_of, right, others, arn, "role")
        }
        (Target::AssumableRole, _) => assumable(evaluator, strength_of, right, who),
    }
}

pub(super) fn groups<'e>(
    evaluator: &'e Evaluator<'_>,
    who: Who<'e>,
) -> impl Iterator<Item = &'e Group> {
    let names: &[String] = match who {
        Who::User(user) => &user.groups,
        Who::Role(_) => &[],
    };
    evaluator.account.groups.values().filter(move |group| {
        names.contains(&group.identity.name) && same_account(&group.identity.arn, who.arn())
    })
}

/// Customer-managed policies that the principal holds.
pub(super) fn own_policies<'e>(
    evaluator: &'e Evaluator<'_>,
    who: Who<'e>,
) -> impl Iterator<Item = &'e Attachment> {
    who.identity()
        .attached
        .iter()
        .chain(groups(evaluator, who).flat_map(|group| &group.identity.attached))
        .filter(|attachment| !attachment.arn.contains(":iam::aws:policy/"))
}

/// The strongest of some targets that a right reaches. Where the evidence holds
/// none of them, the risk depends on there being one.
fn strongest<'r, 't>(
    strength_of: StrengthOf<'_>,
    right: &'r Right,
    targets: impl Iterator<Item = &'t str>,
    own: &str,
    kind: &str,
) -> Option<Anchor<'r>> {
    let best = targets
        .filter(|arn| right.reaches(arn))
        .map(|arn| (strength_of(arn), arn))
        .max_by(|a, b| rank(a.0).cmp(&rank(b.0)).then_with(|| b.1.cmp(a.1)));
    let mut anchor = Anchor::plain(right);
    match best {
        Some((strength, arn)) => anchor.aim(kind, arn, strength),
        // A right to nothing but itself reaches no other, now or later.
        None if right.resources().iter().all(|extent| extent.is_only(own)) => return None,
        None => anchor.when = anchor.when.and(format!("there is a {kind} that it covers")),
    }
    Some(anchor)
}

impl Anchor<'_> {
    fn aim(&mut self, kind: &str, arn: &str, strength: Option<&Strength<'_>>) {
        self.target = Some(match strength {
            Some(strength) => format!("{kind} {} ({})", name_of(arn), strength.rule.id),
            None => format!("{kind} {}", name_of(arn)),
        });
        if let Some(strength) = strength {
            self.strength = Some(strength.rule.class);
            if !strength.when.is_always() {
                let when = std::mem::take(&mut self.when);
                self.when = when.and(format!("the conditions on {} hold", name_of(arn)));
            }
        }
    }
}

/// The strongest role that lets the principal in, within a right to assume roles.
fn assumable<'r>(
    evaluator: &Evaluator<'_>,
    strength_of: StrengthOf<'_>,
    right: &'r Right,
    who: Who<'_>,
) -> Option<Anchor<'r>> {
    let reaches = |arn: &str| right.reaches(arn);
    let doors = evaluator.trusts().doors_within(&who.caller(), reaches);
    let (strength, door) =
        doors.iter().map(|door| (strength_of(&door.role.identity.arn), door)).max_by(|a, b| {
            let easier = || b.1.when.doubts().cmp(&a.1.when.doubts());
            let first = || b.1.role.identity.arn.cmp(&a.1.role.identity.arn);
            rank(a.0).cmp(&rank(b.0)).then_with(easier).then_with(first)
        })?;
    let mut anchor = Anchor::plain(right);
    anchor.when = anchor.when.with(&door.when);
    anchor.aim("role", &door.role.identity.arn, strength);
    Some(anchor)
}

/// The same by the graph of the account, which has the strongest at hand; where it
/// tells of none, the doors are asked one by one.
pub(super) fn assumable_by_graph<'r>(
    evaluator: &Evaluator<'_>,
    strength_of: StrengthOf<'_>,
    right: &'r Right,
    who: Who<'_>,
) -> Option<Anchor<'r>> {
    let Some((arn, when)) = evaluator.chains().strongest_door(who.arn(), right.resources()) else {
        return assumable(evaluator, strength_of, right, who);
    };
    let mut anchor = Anchor::plain(right);
    anchor.when = anchor.when.with(&when);
    anchor.aim("role", arn, strength_of(arn));
    Some(anchor)
}

/// How strong somebody is by own rights, by ARN.
type StrengthOf<'s> = &'s dyn Fn(&str) -> Option<&'s Strength<'s>>;

fn rank(strength: Option<&Strength<'_>>) -> Option<(RiskClass, bool)> {
    strength.map(Strength::rank)
}

/// A right to write a policy that roles hold, with the roles.
fn policy_of<'r, 'e>(
    right: &'r Right,
    roles: impl Iterator<Item = &'e Role>,
    who: Who<'_>,
) -> Option<Anchor<'r>> {
    let reaches = |attachment: &&Attachment| {
        let own = attachment.arn.as_str();
        !own.contains(":iam::aws:policy/") && right.reaches(own)
    };
    let mut holders: Vec<String> = roles
        .filter(|role| role.identity.arn != who.arn())
        .filter(|role| role.identity.attached.iter().any(|held| reaches(&held)))
        .map(|role| role.identity.arn.clone())
        .collect();
    holders.sort();
    holders.dedup();
    let first = holders.first()?;
    let target = Some(format!("role {}", name_of(first)));
    Some(Anchor { target, beside: Some(holders), ..Anchor::plain(right) })
}

/// A right to put another version of an own policy into force, where one that the
/// evidence holds allows more than the principal may.
fn older_version<'r, 'a>(
    evaluator: &Evaluator<'a>,
    right: &'r Right,
    who: Who<'a>,
) -> Option<Anchor<'r>> {
    let mut best: Option<Anchor<'r>> = None;
    for policy in own_policies(evaluator, who) {
        if !right.reaches(&policy.arn) {
            continue;
        }
        let mut anchor = Anchor::plain(right);
        match evaluator.account.policies.get(&policy.arn) {
            None => {
                let why = format!("whether an earlier version of {} allows more", policy.arn);
                anchor.when = anchor.when.unless_known(|| why);
            }
            Some(managed) => {
                let mut others = managed.versions.iter().filter(|version| !version.is_default);
                let more = others
                    .clone()
                    .any(|version| allows_more(evaluator, who, version.document.statements()));
                if !more {
                    let Some(gap) = others.find_map(|version| version.document.gaps().first())
                    else {
                        continue;
                    };
                    anchor.when = anchor.when.unless_known(|| gap.reason.clone());
                }
            }
        }
        if best.as_ref().is_none_or(|best| anchor.when.doubts() < best.when.doubts()) {
            best = Some(anchor);
        }
    }
    best
}

/// Rights to pass roles to a service.
pub(in super::super) fn passing<'r>(
    board: &Board<'r, '_>,
    service: &str,
    who: &Caller<'_>,
) -> Vec<&'r Right> {
    let caller = Caller { passed_to: Some(service), ..who.clone() };
    let passes = |right: &&Right| {
        right.actions.iter().any(|extent| extent.contains("iam:passrole"))
            && board.rights.holdings.get(right.holding).is_some_and(|holding| {
                condition::certainty(&holding.statement.conditions, &caller) != Certainty::Never
            })
    };
    board.rights.rights.iter().filter(passes).collect()
}

/// When one of them may: what the service settles is no condition any more.
pub(in super::super) fn passes_when(
    board: &Board<'_, '_>,
    right: &Right,
    service: &str,
    who: &Caller<'_>,
) -> When {
    let caller = Caller { passed_to: Some(service), ..who.clone() };
    let mut when = right.when.clone();
    let clauses = board.rights.holdings.get(right.holding).map(|h| &h.statement.conditions);
    for clause in clauses.into_iter().flatten() {
        if condition::certainty_of(clause, &caller) == Certainty::Always {
            when = when.without(&condition::describe(clause));
        }
    }
    when
}

/// The same, each with the strongest role that it reaches.
pub(super) fn passable<'r>(
    evaluator: &Evaluator<'_>,
    board: &Board<'r, '_>,
    service: &str,
    who: Who<'_>,
) -> Vec<Anchor<'r>> {
    let mut anchors = Vec::new();
    for right in passing(board, service, &who.caller()) {
        let when = passes_when(board, right, service, &who.caller());
        let mut anchor = Anchor { when, ..Anchor::plain(right) };
        let reached = |arn: &str| right.reaches(arn);
        match strongest_of(evaluator, service, reached) {
            Some((arn, when)) => {
                anchor.when = anchor.when.with(&when);
                anchor.aim("role", arn, evaluator.chains().strength(arn));
            }
            None => {
                anchor.when = anchor.when.and(format!("a role that it may pass trusts {service}"));
            }
        }
        anchors.push(anchor);
    }
    anchors
}

/// A right over compute that runs as a role already. Which compute there is, and
/// as whom it runs, stands in no policy.
pub(super) fn running<'r>(
    evaluator: &Evaluator<'_>,
    right: &'r Right,
    service: &str,
) -> Anchor<'r> {
    let mut anchor = Anchor::plain(right);
    let why = match strongest_of(evaluator, service, |_| true) {
        Some((arn, _)) => {
            anchor.aim("role", arn, evaluator.chains().strength(arn));
            format!("whether compute that it covers runs as role {}", name_of(arn))
        }
        None => "whether compute that it covers runs as a role".to_owned(),
    };
    // A role that trusts a service is none that any compute runs as.
    anchor.strength = None;
    anchor.when = anchor.when.unless_known(|| why);
    anchor
}

/// Of the roles that trust a service the strongest, by its ARN and when it does.
fn strongest_of<'e>(
    evaluator: &'e Evaluator<'_>,
    service: &str,
    reached: impl Fn(&str) -> bool,
) -> Option<(&'e str, When)> {
    let mut roles = evaluator.chains().roles_for_service(service);
    roles.find(|(arn, _)| reached(arn)).map(|(arn, when)| (arn, when.clone()))
}
