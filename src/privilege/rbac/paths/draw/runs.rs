//! How pods can be made to run in a place.

use super::{
    super::{
        graph::Node,
        power::{Power, Powers, TEMPLATES},
        step::{Doubt, Technique},
    },
    Drawing, Place,
};
use crate::model::kubernetes::{Scope, objects::Workload};

/// How pods can be made to run in a place.
#[derive(Clone)]
pub(super) struct Runs<'a> {
    pub(super) power: Power,
    pub(super) to: Node<'a>,
    pub(super) doubts: Vec<Doubt<'a>>,
    pub(super) shown: Option<&'a Workload>,
}

impl<'a> Drawing<'_, 'a> {
    /// How pods can be made to run in a place, the surest way first: a quota of
    /// none lets nothing in, unless whoever asks may lift it.
    pub(super) fn runs(&self, place: Place<'a>, powers: Powers) -> Vec<Runs<'a>> {
        let lifts = match place {
            Place::In(name) => self.lifts(name, powers),
            Place::All | Place::Somewhere => powers.has(Power::LiftQuotas),
        };
        let to = match place {
            Place::In(name) if self.facts.is_full(name) && !lifts => return Vec::new(),
            Place::In(name) => Node::AnyOf(name),
            Place::All | Place::Somewhere if lifts => Node::AnyAccount,
            Place::All | Place::Somewhere => Node::AnyPodAccount,
        };
        for power in [Power::CreatePods, Power::CreateWorkloads] {
            if powers.has(power) {
                return vec![Runs { power, to, doubts: Vec::new(), shown: None }];
            }
        }
        let mut changed = TEMPLATES.iter().filter(|template| powers.has(template.power)).peekable();
        if changed.peek().is_none() {
            return Vec::new();
        }
        let spaces = match place {
            Place::In(name) => self.facts.spaces.get(name).into_iter().collect::<Vec<_>>(),
            Place::All | Place::Somewhere => self.facts.spaces.values().collect(),
        };
        let (mut shown, mut unlisted) = (Vec::new(), Vec::new());
        for template in changed {
            let there = spaces
                .iter()
                .filter(|space| lifts || !space.is_full())
                .find_map(|space| space.templates.get(template.kind).copied());
            let power = template.power;
            match (there, place) {
                (Some(_), Place::In(_)) => {
                    shown.push(Runs { power, to, doubts: Vec::new(), shown: there });
                }
                (Some(_), Place::All | Place::Somewhere) => {
                    let to = Node::AnyTemplate(template.kind);
                    shown.push(Runs { power, to, doubts: Vec::new(), shown: None });
                }
                (None, _) => {}
            }
            // One that is shown says nothing of other namespaces.
            if !self.facts.lists(template) && (there.is_none() || !matches!(place, Place::In(_))) {
                let doubts = vec![Doubt::ObjectUnlisted];
                unlisted.push(Runs { power, to, doubts, shown: None });
            }
        }
        shown.append(&mut unlisted);
        shown
    }

    pub(super) fn run(&mut self, scope: &Scope, runs: &Runs<'a>) {
        let technique = match runs.power {
            Power::CreatePods => Technique::Pod,
            _ => Technique::Workload,
        };
        self.take(scope, runs.to, technique, &[runs.power], runs.doubts.clone());
        self.show(runs.shown);
    }

    /// What rights over more than one namespace run in those that a quota closes.
    pub(super) fn run_where_quotas_are_lifted(&mut self, scope: &Scope, powers: Powers) {
        let facts = self.facts;
        for (&name, _) in facts.spaces.iter().filter(|(_, space)| space.is_full()) {
            for runs in self.runs(Place::In(name), powers) {
                self.run(scope, &runs);
            }
        }
    }
}
