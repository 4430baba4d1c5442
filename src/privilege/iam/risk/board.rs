//! The catalogue and a principal's rights, laid side by side: for each action that
//! a rule asks for, the rights that include it.

use std::collections::BTreeSet;

use crate::{
    model::aws::pattern,
    rubric::aws::{ActionSet, AwsRisk, AwsRules, KnownAction, Named, Service},
};

use super::super::{
    capability::named,
    condition, extent,
    rights::{Right, Rights},
};

/// The risks in a form that rights are looked up in.
#[derive(Debug)]
pub(in super::super) struct Catalogue<'a> {
    /// Lower-case names of all actions that rules ask for, in order.
    names: Vec<String>,
    /// What the table knows of them, and of their services.
    known: Vec<Option<(&'a Service, &'a KnownAction)>>,
    /// Every set of every rule.
    pub sets: Vec<CompiledSet<'a>>,
}

/// One set of actions of one rule.
#[derive(Debug)]
pub(in super::super) struct CompiledSet<'a> {
    pub risk: &'a AwsRisk,
    pub set: &'a ActionSet,
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
    pub(in super::super) fn of(rules: &'a AwsRules) -> Self {
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
        let known = |name: &String| {
            let service = rules.service(name.split_once(':')?.0)?;
            Some((service, service.find(name)?))
        };
        let known = names.iter().map(known).collect();
        Self { names, known, sets }
    }
}

/// For each action that rules ask for, the rights that include it, by the places of
/// both, in order. A right to an action on resources that it does not work on
/// (`ec2:DescribeInstances` on one ARN, `s3:DeleteBucket` on objects) is none, whatever
/// the statement says.
#[derive(Debug)]
pub(in super::super) struct Places {
    held: Vec<(usize, usize)>,
    /// Whether there is any, by the place of the action: most are held by nobody.
    is_held: Vec<bool>,
}

impl Places {
    fn of(catalogue: &Catalogue<'_>, rights: &[Right]) -> Self {
        let mut held = Vec::new();
        for (index, right) in rights.iter().enumerate() {
            // Names of one service stand together.
            let mut asked: Option<(&Service, Named)> = None;
            for extent in &right.actions {
                let prefix = extent
                    .all
                    .iter()
                    .map(|pattern| pattern::literal_prefix(pattern))
                    .max_by_key(|prefix| prefix.len())
                    .unwrap_or("");
                let start = catalogue.names.partition_point(|name| name.as_str() < prefix);
                let near = catalogue.names.iter().zip(&catalogue.known).enumerate().skip(start);
                let near = near.take_while(|(_, (name, _))| name.starts_with(prefix));
                for (place, (_, known)) in near.filter(|(_, (name, _))| extent.contains(name)) {
                    let is_usable = known.is_none_or(|(service, action)| {
                        let named = match asked {
                            Some((own, named)) if std::ptr::eq(own, service) => named,
                            _ => named(service, right.resources()),
                        };
                        asked = Some((service, named));
                        action.may_act_within(named)
                    });
                    if is_usable {
                        held.push((place, index));
                    }
                }
            }
        }
        held.sort_unstable();
        held.dedup();
        held.shrink_to_fit();
        let mut is_held = vec![false; catalogue.names.len()];
        for (place, _) in &held {
            if let Some(is_held) = is_held.get_mut(*place) {
                *is_held = true;
            }
        }
        Self { held, is_held }
    }

    fn has(&self, name: usize) -> bool {
        self.is_held.get(name).copied().unwrap_or(false)
    }

    /// The rights to the action of that name.
    fn of_name(&self, name: usize) -> impl Iterator<Item = usize> {
        let start = self.held.partition_point(|(own, _)| *own < name);
        let own = self.held.iter().skip(start).take_while(move |(own, _)| *own == name);
        own.map(|(_, right)| *right)
    }
}

/// A principal's rights, with what of the catalogue each includes.
pub(in super::super) struct Board<'r, 'a> {
    pub rights: &'r Rights<'a>,
    places: &'r Places,
}

impl<'r, 'a> Board<'r, 'a> {
    /// Looks up each action of the catalogue, once for the same rights.
    pub(in super::super) fn of(catalogue: &Catalogue<'_>, rights: &'r Rights<'a>) -> Self {
        let places = rights.places.get_or_init(|| Places::of(catalogue, &rights.rights));
        Self { rights, places }
    }

    /// The rights to each action of a set, in its order; none where one is missing.
    pub(in super::super) fn held(&self, set: &CompiledSet<'_>) -> Option<Vec<Vec<&'r Right>>> {
        let lacks = |need: &Need| matches!(need, Need::Name(at) if !self.places.has(*at));
        if set.needs.iter().any(lacks) {
            return None;
        }
        let mut held = Vec::new();
        for need in &set.needs {
            let rights = self.holding(need);
            if rights.is_empty() {
                return None;
            }
            held.push(rights);
        }
        (!held.is_empty()).then_some(held)
    }

    fn holding(&self, need: &Need) -> Vec<&'r Right> {
        match need {
            Need::Name(at) => {
                self.places.of_name(*at).filter_map(|index| self.rights.rights.get(index)).collect()
            }
            Need::Whole(wanted) => self
                .rights
                .rights
                .iter()
                .filter(|right| {
                    right.is_everywhere()
                        && right.actions.iter().any(|extent| extent.covers_pattern(wanted))
                })
                .collect(),
        }
    }
}

/// For each further action of a set the right to it with the fewest conditions;
/// where the set asks for one resource, only rights that share one with the first,
/// and `beside` which it names others, only rights to one of them.
pub(in super::super) fn companions<'r>(
    others: &[Vec<&'r Right>],
    first: &Right,
    same_resource: bool,
    beside: Option<&[String]>,
) -> Option<Vec<&'r Right>> {
    let shares = |right: &&&Right| {
        (!same_resource || !extent::both(first.resources(), right.resources()).is_empty())
            && beside.is_none_or(|arns| arns.iter().any(|arn| right.reaches(arn)))
    };
    others
        .iter()
        .map(|rights| {
            rights.iter().filter(shares).min_by_key(|right| right.when.conditions().len()).copied()
        })
        .collect()
}
