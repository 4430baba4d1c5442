//! Declared agents: their ids, principals and configuration.

use std::collections::BTreeMap;

use super::Declaration;
use crate::{
    model::{
        agent::AgentId,
        aws::arn::is_account,
        declaration::{Boundary, DeclaredAgent, Freeze},
        principal::Principal,
    },
    source::{
        files::{Found, normalise},
        node::Place,
        typed::Located,
    },
    workspace::schema::{self, Words},
};

impl Declaration<'_> {
    /// The agents, to each of which the freezes of all apply, and the files of their
    /// configuration.
    pub(super) fn agents<'w>(
        &mut self,
        written: &'w [Located<schema::Agent>],
        of_all: Option<&[Freeze]>,
    ) -> (Vec<DeclaredAgent>, Vec<(&'w Located<Words>, Found)>) {
        let mut seen: BTreeMap<AgentId, Place> = BTreeMap::new();
        let mut agents = Vec::new();
        let mut named = Vec::new();
        for agent in written {
            let id = self.agent_id(&agent.value);
            if let Some(first) = seen.insert(id.clone(), agent.place) {
                let message =
                    format!("the agent `{id}` is declared twice, first in line {}", first.line);
                self.problem(agent.place, message, "give one of them another name or environment");
            }
            let mut configs = Vec::new();
            for config in &agent.value.configs {
                let found = self.expand(config);
                configs.extend(self.config_paths(config, &found));
                named.push((config, found));
            }
            agents.push(DeclaredAgent {
                id,
                name: agent.value.name.value.0.clone(),
                environment: agent.value.environment.value.0.clone(),
                tier: agent.value.tier,
                owner: agent.value.owner.clone().map(|words| words.0),
                purpose: agent.value.purpose.clone().map(|words| words.0),
                ceiling: agent.value.ceiling,
                principals: self.principals(&agent.value.principals),
                configs,
                log_names: self.each_once(&agent.value.log_names),
                approvers: self.approvers(&agent.value.approvers),
                boundary: agent.value.boundary.as_ref().map(|written| self.boundary(written)),
                freezes: self.freezes(agent.value.freezes.as_deref()).map_or_else(
                    || of_all.map(<[Freeze]>::to_vec),
                    |own| Some([of_all.unwrap_or_default(), &own].concat()),
                ),
                location: agent.place.location(&self.shown),
            });
        }
        (agents, named)
    }

    fn agent_id(&mut self, agent: &schema::Agent) -> AgentId {
        for part in [&agent.name, &agent.environment] {
            let text = &part.value.0;
            if text.contains(|c: char| c == '@' || c.is_whitespace() || c.is_control()) {
                let message = format!("`{text}` cannot be part of an agent's id");
                self.problem(
                    part.place,
                    message,
                    "use letters, digits and `-`; the id is `name@environment`",
                );
            }
        }
        AgentId::new(&agent.name.value.0, &agent.environment.value.0)
    }

    /// Names or patterns, none of them twice.
    fn each_once(&mut self, written: &[Located<Words>]) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for own in written {
            if all.contains(&own.value.0) {
                let message = format!("`{}` is named twice", own.value.0);
                self.problem(own.place, message, "name it once");
            } else {
                all.push(own.value.0.clone());
            }
        }
        all
    }

    fn approvers(&mut self, written: &[Located<Words>]) -> Vec<String> {
        for own in written.iter().filter(|own| own.value.0.chars().all(|c| c == '*')) {
            let message = format!("`{}` lets anyone approve", own.value.0);
            self.problem(own.place, message, "name people, or patterns such as `*@example.com`");
        }
        self.each_once(written)
    }

    fn boundary(&mut self, written: &Located<schema::Boundary>) -> Boundary {
        let schema::Boundary { namespaces, regions, actions } = &written.value;
        if namespaces.is_empty() && regions.is_empty() && actions.is_empty() {
            let message = "a boundary that says nothing".to_owned();
            self.problem(written.place, message, "name `namespaces`, `regions` or `actions`");
        }
        Boundary {
            namespaces: self.each_once(namespaces),
            regions: self.each_once(regions),
            actions: self.each_once(actions),
        }
    }

    /// Times in which changes are not to be made; none where it is not said whether there
    /// are any.
    pub(super) fn freezes(
        &mut self,
        written: Option<&[Located<schema::Freeze>]>,
    ) -> Option<Vec<Freeze>> {
        Some(written?.iter().map(|freeze| self.freeze(freeze)).collect())
    }

    fn freeze(&mut self, written: &Located<schema::Freeze>) -> Freeze {
        let schema::Freeze { from, until, namespaces, regions, actions } = &written.value;
        if until.value.last() < from.value.first() {
            let message = "the freeze ends before it begins";
            self.problem(until.place, message, "`until` is its last day or moment");
        }
        Freeze {
            from: from.value.first(),
            until: until.value.last(),
            of: Boundary {
                namespaces: self.each_once(namespaces),
                regions: self.each_once(regions),
                actions: self.each_once(actions),
            },
            location: written.place.location(&self.shown),
        }
    }

    pub(super) fn principals(&mut self, written: &schema::Principals) -> Vec<Principal> {
        let mut principals = Vec::new();
        for name in &written.kubernetes {
            let principal = Principal::kubernetes(&name.value.0);
            let half = name.value.0.starts_with("system:serviceaccount:");
            if half && !matches!(principal, Principal::ServiceAccount { .. }) {
                let message = format!("`{}` names no ServiceAccount", name.value.0);
                self.problem(name.place, message, "write `system:serviceaccount:NAMESPACE:NAME`");
            }
            principals.push(principal);
        }
        for arn in &written.aws {
            if !is_iam_arn(&arn.value.0) {
                let message = format!("`{}` is not the ARN of an IAM role or user", arn.value.0);
                self.problem(arn.place, message, "write `arn:aws:iam::ACCOUNT:role/NAME`");
            }
            principals.push(Principal::Aws(arn.value.0.clone()));
        }
        principals
    }

    /// The paths of one `configs` entry: a folder ends in `/`, a glob becomes the
    /// files it matches.
    fn config_paths(&self, config: &Located<Words>, found: &Found) -> Vec<String> {
        let path = normalise(&config.value.0);
        if self.root.join(&path).is_dir() {
            vec![format!("{path}/")]
        } else {
            found.files.iter().map(|file| file.display.to_string()).collect()
        }
    }
}

/// `arn:PARTITION:iam::ACCOUNT:role/…` or `…:user/…`.
fn is_iam_arn(text: &str) -> bool {
    let parts: Vec<_> = text.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", partition, "iam", "", account, resource] => {
            partition.starts_with("aws")
                && is_account(account)
                && (resource.starts_with("role/") || resource.starts_with("user/"))
        }
        _ => false,
    }
}
