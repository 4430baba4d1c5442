//! Which catalogued risks a principal's rights make real.
//!
//! A set of actions is held when rights include each of them; the first one
//! must work on the target that the rule names. Where the danger lies in a
//! target (a user to take over, a role to pass), the account is searched for the
//! strongest one in reach: taking over an administrator is no less than being
//! one. Without a target in the evidence, the risk is conditional.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    model::{
        aws::{Attachment, Role, pattern},
        capability::{Grant, RiskClass, RiskHit},
        finding::Severity,
        text::some_of,
    },
    rubric::aws::{ActionSet, AwsRisk, AwsRules, Target},
};

use super::{
    Evaluator,
    capability::{is_always, scope_of, shorten},
    condition::{self, Certainty},
    extent::{self, Extent},
    holdings::{Holdings, Who, short_name},
    rights::{Right, Rights, When},
};

/// Places that one rule reports; more are counted in the last one.
const PLACES: usize = 8;
/// Actions and grants that one hit names.
const NAMED: usize = 4;

/// The risks in a form that rights are looked up in.
#[derive(Debug)]
pub(super) struct Catalogue<'a> {
    /// Lower-case names of all actions that rules ask for, in order.
    names: Vec<String>,
    sets: Vec<CompiledSet<'a>>,
}

#[derive(Debug)]
struct CompiledSet<'a> {
    risk: &'a AwsRisk,
    set: &'a ActionSet,
    needs: Vec<Need>,
}

#[derive(Debug)]
enum Need {
    /// The action at this place of the names.
    Name(usize),
    /// All of a pattern, on every resource.
    Whole(String),
}

impl<'a> Catalogue<'a> {
    pub(super) fn of(rules: &'a AwsRules) -> Self {
        let sets =
            || rules.risks().iter().flat_map(|risk| risk.sets.iter().map(move |set| (risk, set)));
        let names: BTreeSet<String> = sets()
            .flat_map(|(_, set)| &set.all)
            .filter(|action| condition::is_plain(action))
            .map(|action| action.to_ascii_lowercase())
            .collect();
        let names: Vec<String> = names.into_iter().collect();
        let need = |action: &String| {
            let lower = action.to_ascii_lowercase();
            match names.binary_search(&lower) {
                Ok(at) => Need::Name(at),
                Err(_) => Need::Whole(lower),
            }
        };
        let sets = sets()
            .map(|(risk, set)| CompiledSet { risk, set, needs: set.all.iter().map(need).collect() })
            .collect();
        Self { names, sets }
    }
}

/// For each action that rules ask for, the rights that include it.
struct Board<'r, 'a> {
    rights: &'r Rights<'a>,
    held: Vec<Vec<usize>>,
}

impl<'r, 'a> Board<'r, 'a> {
    fn of(catalogue: &Catalogue<'_>, rights: &'r Rights<'a>) -> Self {
        let mut held = vec![Vec::new(); catalogue.names.len()];
        for (index, right) in rights.rights.iter().enumerate() {
            for extent in &right.actions {
                let prefix = extent
                    .all
                    .iter()
                    .map(|pattern| pattern::literal_prefix(pattern))
                    .max_by_key(|prefix| prefix.len())
                    .unwrap_or("");
                let start = catalogue.names.partition_point(|name| name.as_str() < prefix);
                let candidates = catalogue.names.iter().zip(&mut held).skip(start);
                for (name, places) in candidates.take_while(|(name, _)| name.starts_with(prefix)) {
                    if places.last() != Some(&index) && extent.contains(name) {
                        places.push(index);
                    }
                }
            }
        }
        Self { rights, held }
    }

    fn holding(&self, need: &Need) -> Vec<&'r Right> {
        match need {
            Need::Name(at) => self
                .held
                .get(*at)
                .into_iter()
                .flatten()
                .filter_map(|&index| self.rights.rights.get(index))
                .collect(),
            Need::Whole(wanted) => self
                .rights
                .rights
                .iter()
                .filter(|right| {
                    right.resources.iter().any(Extent::is_everything)
                        && right.actions.iter().any(|extent| extent.covers_pattern(wanted))
                })
                .collect(),
        }
    }

    fn grant(&self, right: &Right) -> Option<Grant> {
        self.rights.holdings.get(right.holding).map(super::holdings::Holding::grant)
    }
}

/// What makes two ways of one risk one hit.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    when: When,
    class: RiskClass,
    severity: Severity,
    scope: Vec<String>,
    target: Option<String>,
}

#[derive(Debug, Default)]
struct Ways {
    actions: BTreeSet<String>,
    grants: Vec<Grant>,
}

/// One way to make a risk real.
struct Way {
    place: Place,
    actions: Vec<String>,
    grants: Vec<Grant>,
}

/// The risks of a principal, worst first, then by rule and scope. An
/// administrator has one risk, because it includes all others.
pub(super) fn hits(evaluator: &Evaluator<'_>, who: Who<'_>, rights: &Rights<'_>) -> Vec<RiskHit> {
    let board = Board::of(&evaluator.catalogue, rights);
    let mut found: BTreeMap<&str, (&AwsRisk, BTreeMap<Place, Ways>)> = BTreeMap::new();
    for compiled in &evaluator.catalogue.sets {
        for way in ways(evaluator, &board, compiled, who) {
            let (_, places) =
                found.entry(&compiled.risk.id).or_insert_with(|| (compiled.risk, BTreeMap::new()));
            let ways = places.entry(way.place).or_default();
            ways.actions.extend(way.actions);
            for grant in way.grants {
                if !ways.grants.contains(&grant) {
                    ways.grants.push(grant);
                }
            }
        }
    }
    let mut hits: Vec<RiskHit> =
        found.into_values().flat_map(|(risk, places)| tell(risk, places, &who.label())).collect();
    let admin =
        |hit: &RiskHit| hit.class == RiskClass::AdminEquivalent && is_always(&hit.condition);
    if let Some(first) = hits.iter().position(admin) {
        return vec![hits.swap_remove(first)];
    }
    hits.sort_by(|a, b| {
        b.severity
            .cmp(&a.severity)
            .then_with(|| (&a.rule, &a.scope, &a.condition).cmp(&(&b.rule, &b.scope, &b.condition)))
    });
    hits
}

/// The hits of one rule.
fn tell(risk: &AwsRisk, places: BTreeMap<Place, Ways>, principal: &str) -> Vec<RiskHit> {
    // What always holds comes first: `When::default()` is the least.
    let more = places.len().saturating_sub(PLACES);
    places
        .into_iter()
        .take(PLACES)
        .enumerate()
        .map(|(index, (place, ways))| {
            let actions: Vec<&str> = ways.actions.iter().map(String::as_str).collect();
            let mut scope = shorten(&place.scope);
            if index + 1 == PLACES && more > 0 {
                scope = format!("{scope}, and {more} more places");
            }
            let fill = |template: &str| {
                template
                    .replace("{principal}", principal)
                    .replace("{actions}", &some_of(&actions, NAMED))
                    .replace("{scope}", if scope == "*" { "every resource" } else { &scope })
                    .replace("{target}", place.target.as_deref().unwrap_or("another principal"))
            };
            RiskHit {
                rule: risk.id.clone(),
                title: risk.title.clone(),
                class: place.class,
                severity: place.severity,
                message: fill(&risk.message),
                remedy: fill(&risk.remedy),
                grants: ways.grants,
                condition: place.when.to_condition(),
                scope,
            }
        })
        .collect()
}

/// All ways in which one set is held.
fn ways<'r>(
    evaluator: &Evaluator<'_>,
    board: &Board<'r, '_>,
    compiled: &CompiledSet<'_>,
    who: Who<'_>,
) -> Vec<Way> {
    let held: Vec<Vec<&Right>> = compiled.needs.iter().map(|need| board.holding(need)).collect();
    if held.iter().any(Vec::is_empty) {
        return Vec::new();
    }
    let Some((first, others)) = held.split_first() else { return Vec::new() };
    let set = compiled.set;
    let (anchors, others) = match &set.pass_to {
        Some(service) => (passable(evaluator, board, service, who), held.as_slice()),
        None => {
            let right = |right: &&'r Right| anchor(evaluator, right, set.on, who);
            (first.iter().filter_map(right).collect(), others)
        }
    };
    anchors
        .into_iter()
        .filter_map(|anchor| {
            let mut when = anchor.when;
            let mut grants: Vec<Grant> = board.grant(anchor.right).into_iter().collect();
            for right in companions(others, anchor.right, set.same_resource)? {
                when = when.with(&right.when);
                if let Some(grant) = board.grant(right)
                    && !grants.contains(&grant)
                {
                    grants.push(grant);
                }
            }
            if let Some(assumption) = &set.assumes {
                when.unknown.get_or_insert_with(|| assumption.clone());
            }
            let risk = compiled.risk;
            Some(Way {
                place: Place {
                    when,
                    class: risk.class.max(anchor.strength.unwrap_or(risk.class)),
                    severity: match anchor.strength {
                        Some(_) => Severity::Critical,
                        None => risk.severity,
                    },
                    scope: scope_of(anchor.right),
                    target: anchor.target,
                },
                actions: set.all.clone(),
                grants,
            })
        })
        .collect()
}

/// For each further action of a set the right to it with the fewest conditions;
/// where the set asks for one resource, only rights that share one with the first.
fn companions<'r>(
    others: &[Vec<&'r Right>],
    first: &Right,
    same_resource: bool,
) -> Option<Vec<&'r Right>> {
    let shares = |right: &&&Right| {
        !same_resource || !extent::both(&first.resources, &right.resources).is_empty()
    };
    others
        .iter()
        .map(|rights| {
            rights.iter().filter(shares).min_by_key(|right| right.when.conditions.len()).copied()
        })
        .collect()
}

/// A right that reaches what the rule needs.
struct Anchor<'r> {
    right: &'r Right,
    when: When,
    target: Option<String>,
    strength: Option<RiskClass>,
}

impl<'r> Anchor<'r> {
    fn plain(right: &'r Right) -> Self {
        Self { right, when: right.when.clone(), target: None, strength: None }
    }
}

/// Whether a right reaches the target of a rule.
fn anchor<'r>(
    evaluator: &Evaluator<'_>,
    right: &'r Right,
    on: Target,
    who: Who<'_>,
) -> Option<Anchor<'r>> {
    let reaches = |arn: &str| right.resources.iter().any(|extent| extent.contains(arn));
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
        (Target::OtherGroup, Who::Role(_)) => None,
        (Target::OtherGroup, Who::User(user)) => {
            let all = evaluator.account.groups.values();
            let others = all.filter(|group| !user.groups.contains(&group.identity.name));
            strongest(
                evaluator,
                right,
                others.map(|group| group.identity.arn.as_str()),
                arn,
                "group",
            )
        }
        (Target::OtherUser, _) => {
            let others =
                evaluator.account.users.keys().map(String::as_str).filter(|user| *user != arn);
            strongest(evaluator, right, others, arn, "user")
        }
        (Target::OtherRole, _) => {
            let others =
                evaluator.account.roles.keys().map(String::as_str).filter(|role| *role != arn);
            strongest(evaluator, right, others, arn, "role")
        }
        (Target::AssumableRole, _) => assumable(evaluator, right, who),
    }
}

fn groups<'e>(
    evaluator: &'e Evaluator<'_>,
    who: Who<'e>,
) -> impl Iterator<Item = &'e crate::model::aws::Group> {
    let names: &[String] = match who {
        Who::User(user) => &user.groups,
        Who::Role(_) => &[],
    };
    evaluator.account.groups.values().filter(move |group| {
        names.contains(&group.identity.name) && super::same_account(&group.identity.arn, who.arn())
    })
}

/// Customer-managed policies that the principal holds.
fn own_policies<'e>(
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
    evaluator: &Evaluator<'_>,
    right: &'r Right,
    targets: impl Iterator<Item = &'t str>,
    own: &str,
    kind: &str,
) -> Option<Anchor<'r>> {
    let best = targets
        .filter(|arn| right.resources.iter().any(|extent| extent.contains(arn)))
        .map(|arn| (evaluator.strengths().get(arn), arn))
        .max_by(|a, b| a.0.cmp(&b.0).then_with(|| b.1.cmp(a.1)));
    let mut anchor = Anchor::plain(right);
    match best {
        Some((strength, arn)) => anchor.aim(kind, arn, strength),
        // A right to nothing but itself reaches no other, now or later.
        None if right.resources.iter().all(|extent| extent.is_only(own)) => return None,
        None => anchor.when = anchor.when.and(format!("there is a {kind} that it covers")),
    }
    Some(anchor)
}

impl Anchor<'_> {
    fn aim(&mut self, kind: &str, arn: &str, strength: Option<Strength>) {
        self.target = Some(match &strength {
            Some(strength) => format!("{kind} {} ({})", short_name(arn), strength.rule),
            None => format!("{kind} {}", short_name(arn)),
        });
        if let Some(strength) = strength {
            self.strength = Some(strength.class);
            if !strength.always {
                let when = std::mem::take(&mut self.when);
                self.when = when.and(format!("the conditions on {} hold", short_name(arn)));
            }
        }
    }
}

/// The strongest role that lets the principal in, within a right to assume roles.
fn assumable<'r>(evaluator: &Evaluator<'_>, right: &'r Right, who: Who<'_>) -> Option<Anchor<'r>> {
    let best = evaluator
        .trusts()
        .doors_for(&who.caller())
        .into_iter()
        .filter(|door| {
            right.resources.iter().any(|extent| extent.contains(&door.role.identity.arn))
        })
        .map(|door| (evaluator.strengths().get(&door.role.identity.arn), door))
        .max_by(|a, b| {
            a.0.cmp(&b.0).then_with(|| b.1.role.identity.arn.cmp(&a.1.role.identity.arn))
        });
    let (strength, door) = best?;
    let mut anchor = Anchor::plain(right);
    anchor.when = anchor.when.with(&door.when);
    anchor.aim("role", &door.role.identity.arn, strength);
    Some(anchor)
}

/// Rights to pass roles to a service, each with the strongest role that it reaches.
fn passable<'r>(
    evaluator: &Evaluator<'_>,
    board: &Board<'r, '_>,
    service: &str,
    who: Who<'_>,
) -> Vec<Anchor<'r>> {
    let mut caller = who.caller();
    caller.passed_to = Some(service);
    let mut anchors = Vec::new();
    let rights = board
        .rights
        .rights
        .iter()
        .filter(|right| right.actions.iter().any(|extent| extent.contains("iam:passrole")));
    for right in rights {
        let Some(holding) = board.rights.holdings.get(right.holding) else { continue };
        let clauses = &holding.statement.conditions;
        if condition::certainty(clauses, &caller) == Certainty::Never {
            continue;
        }
        let mut anchor = Anchor::plain(right);
        // What the service settles is no condition any more.
        for clause in clauses {
            if condition::certainty_of(clause, &caller) == Certainty::Always {
                let settled = condition::describe(clause);
                anchor.when.conditions.retain(|text| *text != settled);
            }
        }
        let best = evaluator
            .trusts()
            .roles_for_service(service)
            .into_iter()
            .filter(|(role, _)| {
                right.resources.iter().any(|extent| extent.contains(&role.identity.arn))
            })
            .map(|(role, when)| (evaluator.strengths().get(&role.identity.arn), role, when))
            .max_by(|a: &(_, &Role, _), b| {
                a.0.cmp(&b.0).then_with(|| b.1.identity.arn.cmp(&a.1.identity.arn))
            });
        match best {
            Some((strength, role, _)) => anchor.aim("role", &role.identity.arn, strength),
            None => {
                anchor.when = anchor.when.and(format!("a role that it may pass trusts {service}"));
            }
        }
        anchors.push(anchor);
    }
    anchors
}

/// How strong a principal is by its own rights, without going through others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Strength<'a> {
    class: RiskClass,
    /// Whether it holds without conditions.
    always: bool,
    rule: &'a str,
}

/// The users, roles and groups that are beyond the ladder by themselves.
#[derive(Debug, Default)]
pub(super) struct Strengths<'a>(BTreeMap<&'a str, Strength<'a>>);

impl<'a> Strengths<'a> {
    pub(super) fn of(evaluator: &Evaluator<'a>) -> Self {
        let account = evaluator.account;
        let mut strengths = BTreeMap::new();
        let principals =
            account.users.values().map(Who::User).chain(account.roles.values().map(Who::Role));
        for who in principals {
            let holdings = Holdings::of(account, who, evaluator.rules);
            let rights = Rights::of(holdings, Vec::new(), &who.caller());
            if let Some(strength) = own_strength(evaluator, &rights, Some(who)) {
                strengths.insert(who.arn(), strength);
            }
        }
        for group in account.groups.values() {
            let holdings = Holdings::of_group(account, group, evaluator.rules);
            let caller = condition::Caller { arn: "", user_name: None, passed_to: None };
            let rights = Rights::of(holdings, Vec::new(), &caller);
            if let Some(strength) = own_strength(evaluator, &rights, None) {
                strengths.insert(group.identity.arn.as_str(), strength);
            }
        }
        Self(strengths)
    }

    fn get(&self, arn: &str) -> Option<Strength<'a>> {
        self.0.get(arn).copied()
    }
}

/// The worst that someone's own rights are good for.
fn own_strength<'a>(
    evaluator: &Evaluator<'a>,
    rights: &Rights<'a>,
    who: Option<Who<'a>>,
) -> Option<Strength<'a>> {
    let board = Board::of(&evaluator.catalogue, rights);
    let mut best = None;
    for compiled in &evaluator.catalogue.sets {
        let CompiledSet { risk, set, needs } = compiled;
        if !risk.class.is_beyond_ladder() || set.pass_to.is_some() || set.assumes.is_some() {
            continue;
        }
        let by_itself = matches!(
            set.on,
            Target::Any
                | Target::SelfUser
                | Target::SelfRole
                | Target::OwnGroup
                | Target::OwnPolicy
        );
        let held: Vec<Vec<&Right>> = needs.iter().map(|need| board.holding(need)).collect();
        if !by_itself || held.is_empty() || held.iter().any(Vec::is_empty) {
            continue;
        }
        let anchored = held.first().into_iter().flatten().filter(|right| match who {
            Some(who) => anchor(evaluator, right, set.on, who).is_some(),
            None => set.on == Target::Any,
        });
        for right in anchored {
            let strength =
                Strength { class: risk.class, always: right.when.is_always(), rule: &risk.id };
            best = best.max(Some(strength));
        }
    }
    best
}
