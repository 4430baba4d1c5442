//! Roles of nodes, which any pod there may take from the instance metadata.
//!
//! The role is what nodes need, and stays: its pods are kept off it, and what an
//! agent needs of it goes to a role of its own ServiceAccount.

use std::collections::{BTreeMap, BTreeSet};

use super::severity_of;
use crate::{
    assess::{
        assessment::Step,
        granted::risk_offends,
        holdings::{Estate, Holdings},
        manifest::shell,
    },
    model::{
        capability::{Grant, Reach, RiskHit},
        finding::Severity,
        location::Location,
    },
    privilege::link::{self, Nodes},
};

/// What a reader replaces by each instance. None is called so: left as it is, the
/// command fails.
const INSTANCE: &str = "INSTANCE";

/// The nodes whose role is kept from an agent.
#[derive(Debug, Default)]
pub(super) struct Kept {
    nodes: BTreeMap<Nodes, Against>,
    /// Where they are told of.
    places: BTreeSet<Location>,
}

/// What speaks against leaving the role within reach.
#[derive(Debug, Clone)]
struct Against {
    location: Location,
    rule: String,
    reason: String,
    severity: Severity,
    settles: u32,
}

impl Kept {
    /// The nodes whose roles put an agent above the target.
    pub(super) fn of(estate: &Estate<'_>, holdings: &Holdings, target: u8) -> Self {
        let mut kept = Self::default();
        for reach in &holdings.credentials {
            let offending: Vec<&RiskHit> =
                reach.risks.iter().filter(|risk| risk_offends(risk, target)).collect();
            if !offending.is_empty() {
                kept.add(estate, reach, &offending);
            }
        }
        kept
    }

    fn add(&mut self, estate: &Estate<'_>, reach: &Reach, offending: &[&RiskHit]) {
        for first in reach.paths.iter().filter_map(|path| path.hops.first()) {
            let mut clusters = estate.evidence().clusters.iter();
            let Some(nodes) = clusters.find_map(|cluster| link::nodes_of(cluster, first)) else {
                continue;
            };
            let Some(grant) = first.grants.first() else { continue };
            self.places.insert(grant.location.clone());
            let begins = |risk: &&&RiskHit| risk.grants.first() == Some(grant);
            let worst = offending.iter().filter(begins).max_by_key(|risk| severity_of(risk));
            // Several paths are told as one risk, by the first of them.
            let Some(told) = worst.or_else(|| offending.first()) else { continue };
            self.nodes.entry(nodes).or_insert_with(|| Against {
                location: grant.location.clone(),
                rule: told.rule.clone(),
                reason: told.message.clone(),
                severity: severity_of(told),
                settles: u32::try_from(offending.len()).unwrap_or(u32::MAX),
            });
        }
    }

    /// Whether a risk begins at one of these nodes, so that it ends with the steps.
    pub(super) fn ends(&self, grants: &[Grant]) -> bool {
        grants.first().is_some_and(|grant| self.places.contains(&grant.location))
    }

    /// One step for each group of nodes.
    pub(super) fn steps(&self) -> impl Iterator<Item = Step> {
        self.nodes.iter().map(|(nodes, against)| Step {
            id: against.rule.clone(),
            action: format!("keep its pods off the instance metadata of {}", nodes.name),
            reason: against.reason.clone(),
            location: Some(against.location.clone()),
            change: Some(change(nodes)),
            severity: against.severity,
            settles: against.settles,
        })
    }
}

/// The change, with what only a person can do.
fn change(nodes: &Nodes) -> String {
    let Nodes { cluster, name, role } = nodes;
    let of = cluster.as_ref().map_or_else(String::new, |cluster| format!(" of cluster {cluster}"));
    let mut text = shell::comment(&format!(
        "For each instance of {name}{of}, put for {INSTANCE}, and the same in its launch template, so that new ones have it:"
    ));
    text.push_str(&format!(
        "aws ec2 modify-instance-metadata-options --instance-id {INSTANCE} --http-tokens required --http-put-response-hop-limit 1\n"
    ));
    for line in [
        "A pod with hostNetwork reaches it all the same: admit none in the namespaces of agents, as Pod Security level baseline does.".to_owned(),
        format!("What the agent needs of {role} goes to a role of its own ServiceAccount, by Pod Identity or IRSA. The role of the nodes keeps what nodes need."),
    ] {
        text.push_str(&shell::comment(&line));
    }
    text
}
