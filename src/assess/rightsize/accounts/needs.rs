//! What the calls of a log needed, each met by a statement that is held now.

use std::collections::{BTreeMap, BTreeSet};

use super::call;
use crate::{
    assess::manifest::iam,
    model::{
        activity::{ActionKey, ActionRecord, AwsCall},
        aws::{
            pattern,
            policy::{Clause, Effect, Elements},
        },
    },
    privilege::iam::{Decision, Evaluator, Held, HeldStatement, Known, Request},
    rubric::aws::AwsRules,
};

/// More resources of one action are told by what they have in common.
const MANY: usize = 12;

/// On what, and under which conditions of the statement that grants it now.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Grant {
    pub(super) resources: Elements,
    pub(super) conditions: Vec<Clause>,
}

/// How all uses of one action were made.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ways {
    /// None where one of them did not tell its region.
    pub(super) regions: Option<BTreeSet<String>>,
    /// All of them came through the MCP server that AWS runs.
    pub(super) via_mcp: bool,
    /// None where one of them did not tell the service.
    pub(super) passed_to: Option<BTreeSet<String>>,
}

/// One action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Need {
    pub(super) ways: Ways,
    pub(super) grants: BTreeSet<Grant>,
    /// The resources that the log names and a grant covers, and how each was used.
    pub(super) named: BTreeSet<(String, AwsCall)>,
}

/// All that is needed, by action.
#[derive(Debug, Default)]
pub(super) struct Needs {
    pub(super) actions: BTreeMap<String, Need>,
    /// Uses that no grant explains.
    pub(super) unexplained: Vec<ActionKey>,
    /// Actions whose resource the log does not tell.
    pub(super) loose: Vec<String>,
}

impl Needs {
    /// What the uses of `arn` needed. Without `held`, what the log alone says.
    pub(super) fn of(
        arn: &str,
        used: &BTreeMap<ActionKey, ActionRecord>,
        held: Option<&Held<'_>>,
        evaluator: Option<&Evaluator<'_>>,
        rules: &AwsRules,
    ) -> Self {
        let mut needs = Self::default();
        for (key, record) in used {
            let Some(how) = call(key) else { continue };
            // A policy takes only services that there are.
            let service = key.verb.split(':').next().unwrap_or_default();
            let met = match held {
                _ if rules.service(service).is_none() => None,
                None => Some(without_grants(record)),
                Some(held) => met(arn, &key.verb, how, record, held, evaluator),
            };
            let Some(met) = met else {
                needs.unexplained.push(key.clone());
                continue;
            };
            if met.grants.is_empty() {
                // A trust policy gives it, and goes on doing so.
                continue;
            }
            if met.is_loose {
                needs.loose.push(key.verb.clone());
            }
            let ways = Ways {
                regions: how.region.clone().map(|region| BTreeSet::from([region])),
                via_mcp: how.via_mcp,
                passed_to: how.passed_to.clone().map(|service| BTreeSet::from([service])),
            };
            let named: BTreeSet<(String, AwsCall)> =
                met.named.into_iter().map(|name| (name, how.clone())).collect();
            match needs.actions.get_mut(&key.verb) {
                None => {
                    let need = Need { ways, grants: met.grants, named };
                    needs.actions.insert(key.verb.clone(), need);
                }
                Some(known) => {
                    known.ways.join(ways);
                    known.grants.extend(met.grants);
                    known.named.extend(named);
                }
            }
        }
        for need in needs.actions.values_mut() {
            need.settle();
        }
        needs
    }
}

impl Ways {
    fn join(&mut self, other: Self) {
        let both = |mine: &mut Option<BTreeSet<String>>, theirs: Option<BTreeSet<String>>| match (
            mine.as_mut(),
            theirs,
        ) {
            (Some(mine), Some(theirs)) => mine.extend(theirs),
            (_, None) => *mine = None,
            (None, Some(_)) => {}
        };
        both(&mut self.regions, other.regions);
        both(&mut self.passed_to, other.passed_to);
        self.via_mcp &= other.via_mcp;
    }
}

impl Need {
    /// Joins grants under the same conditions, and tells many resources by what they
    /// have in common, within what is granted.
    fn settle(&mut self) {
        let mut by_conditions = BTreeMap::<Vec<Clause>, BTreeSet<String>>::new();
        let mut settled = BTreeSet::new();
        for grant in std::mem::take(&mut self.grants) {
            match grant.resources {
                Elements::Only(patterns) => {
                    by_conditions.entry(grant.conditions).or_default().extend(patterns);
                }
                Elements::Except(_) => {
                    settled.insert(grant);
                }
            }
        }
        for (conditions, patterns) in by_conditions {
            let least: Vec<String> = patterns
                .iter()
                .filter(|one| {
                    !patterns.iter().any(|wider| wider != *one && pattern::covers(wider, one))
                })
                .cloned()
                .collect();
            settled.insert(Grant { resources: Elements::Only(least), conditions });
        }
        self.grants = settled;
    }
}

/// What meets one use.
#[derive(Debug, Default)]
struct Met {
    grants: BTreeSet<Grant>,
    named: BTreeSet<String>,
    is_loose: bool,
}

/// The grants that meet a use; none where nothing does.
fn met(
    arn: &str,
    action: &str,
    how: &AwsCall,
    record: &ActionRecord,
    held: &Held<'_>,
    evaluator: Option<&Evaluator<'_>>,
) -> Option<Met> {
    let giving: Vec<&HeldStatement<'_>> = held
        .statements
        .iter()
        .filter(|one| one.statement.effect == Effect::Allow && one.speaks_of(action))
        .collect();
    let names = &record.authorised.names;
    let allowed = |name: &str| {
        let decision = evaluator.map(|e| e.decide(arn, &request(action, name, how)));
        !matches!(decision, Some(Decision::Denied { .. }))
    };
    let mut met = Met::default();
    let mut by_trust = false;
    match names.all().filter(|_| names.unnamed == 0) {
        Some(all) => {
            // Of several resources of one call only some are what the right is asked
            // on; those that nothing grants are not.
            for name in all.filter(|name| allowed(name)) {
                let reaching: Vec<_> = giving.iter().filter(|one| one.may_reach(name)).collect();
                by_trust |= reaching.is_empty() && evaluator.is_some();
                for one in easiest(&reaching) {
                    let resources = Elements::Only(vec![name.to_owned()]);
                    met.grants.insert(Grant { resources, conditions: conditions(one) });
                    met.named.insert(name.to_owned());
                }
            }
            if met.named.len() > MANY {
                met.grants = generalised(&met.named, &giving);
            }
        }
        None => {
            met.is_loose = true;
            for one in &giving {
                let Some(resources) = &one.statement.resources else { continue };
                let resources = iam::written(resources, one.language);
                met.grants.insert(Grant { resources, conditions: conditions(one) });
            }
        }
    }
    (!met.grants.is_empty() || by_trust).then_some(met)
}

/// Whether an action is the right to pass a role, which is asked within another call:
/// whether with that call's region and way is not documented.
pub(super) fn is_passing(action: &str) -> bool {
    action.eq_ignore_ascii_case("iam:PassRole")
}

/// A use, as the engine is asked for it. What the log does not say stays open.
pub(super) fn request<'r>(action: &'r str, resource: &'r str, how: &AwsCall) -> Request<'r> {
    let mut request = Request::new(action, resource);
    let mut know = |key: &str, value: Option<&str>| {
        if let Some(value) = value {
            request.context.insert(key.to_owned(), Known::One(value.to_owned()));
        }
    };
    know("aws:requestedregion", how.region.as_deref().filter(|_| !is_passing(action)));
    know("iam:passedtoservice", how.passed_to.as_deref());
    know("aws:viaawsmcpservice", how.via_mcp.then_some("true").filter(|_| !is_passing(action)));
    request
}

/// Where nothing is known of what is granted.
fn without_grants(record: &ActionRecord) -> Met {
    let names = &record.authorised.names;
    let all: Option<Vec<String>> =
        names.all().filter(|_| names.unnamed == 0).map(|all| all.map(str::to_owned).collect());
    let is_loose = all.as_ref().is_none_or(Vec::is_empty);
    let resources = match all {
        Some(all) if !all.is_empty() => all,
        Some(_) | None => vec!["*".to_owned()],
    };
    let grant = Grant { resources: Elements::Only(resources.clone()), conditions: Vec::new() };
    Met { grants: BTreeSet::from([grant]), named: BTreeSet::new(), is_loose }
}

/// Of statements that all give it: one without conditions, or all, since the log does
/// not say by which it was.
fn easiest<'h, 'a>(giving: &[&&'h HeldStatement<'a>]) -> Vec<&'h HeldStatement<'a>> {
    match giving.iter().find(|one| one.statement.conditions.is_empty()) {
        Some(one) => vec![**one],
        None => giving.iter().map(|one| **one).collect(),
    }
}

fn conditions(one: &HeldStatement<'_>) -> Vec<Clause> {
    iam::conditions(one.statement, one.language)
}

/// What many resources have in common, within each statement that grants some.
fn generalised(named: &BTreeSet<String>, giving: &[&HeldStatement<'_>]) -> BTreeSet<Grant> {
    let mut grants = BTreeSet::new();
    for one in giving {
        let own: Vec<&str> =
            named.iter().map(String::as_str).filter(|n| one.may_reach(n)).collect();
        let Some(elements) = one.statement.resources.as_ref().filter(|_| !own.is_empty()) else {
            continue;
        };
        let whole = iam::written(elements, one.language);
        let resources = match elements {
            Elements::Except(_) => whole,
            Elements::Only(patterns) => {
                let folders: BTreeSet<String> = own.iter().map(|name| folder(name)).collect();
                let inside = |folder: &String| {
                    patterns
                        .iter()
                        .any(|pattern| !pattern.contains("${") && pattern::covers(pattern, folder))
                };
                if folders.len() <= MANY && folders.iter().all(inside) {
                    Elements::Only(folders.into_iter().collect())
                } else {
                    // The statement's own patterns, as far as any of them was used.
                    let used = |pattern: &String| {
                        let wide = one.widest(pattern);
                        own.iter().any(|name| pattern::matches(&wide, name))
                    };
                    Elements::Only(
                        patterns
                            .iter()
                            .filter(|p| used(p))
                            .map(|p| iam::literal(p, one.language))
                            .collect(),
                    )
                }
            }
        };
        grants.insert(Grant { resources, conditions: conditions(one) });
    }
    grants
}

/// `arn:aws:s3:::bucket/*` of `arn:aws:s3:::bucket/a/b`: what stands before the first
/// slash of the resource, or before its last part where it has none.
fn folder(arn: &str) -> String {
    let start = arn.match_indices(':').nth(4).map_or(0, |(at, _)| at + 1);
    let (head, tail) = arn.split_at_checked(start).unwrap_or(("", arn));
    let end = tail.find('/').or_else(|| tail.rfind(':')).map_or(0, |at| at + 1);
    format!("{head}{}*", tail.get(..end).unwrap_or_default())
}
