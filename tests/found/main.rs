//! Agents that a cluster shows, and what its workloads tell of them, through
//! the binary.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up must stop")]

mod charts;
mod clusters;
mod described;
mod limits;
mod stop;
#[path = "../support/mod.rs"]
mod support;
mod told;
mod undone;
mod workloads;

use std::{fs, path::Path};

use serde_json::Value;
use support::run;

/// One cluster, and the assessment of it.
struct Cluster {
    folder: tempfile::TempDir,
}

impl Cluster {
    /// A cluster of these fixtures, beside what every cluster holds.
    fn of(fixtures: &[&str]) -> Self {
        let cluster = Self { folder: tempfile::tempdir().unwrap() };
        fs::create_dir(cluster.folder.path().join("cluster")).unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/kubernetes");
        for fixture in fixtures.iter().chain(&["charts/base.yaml"]) {
            let text = fs::read_to_string(root.join(fixture)).unwrap();
            cluster.add(&fixture.replace('/', "-"), &text);
        }
        cluster
    }

    /// Adds a file of objects.
    fn add(&self, file: &str, text: &str) -> &Self {
        fs::write(self.folder.path().join("cluster").join(file), text).unwrap();
        self
    }

    /// Declares agents: name, and the identity they act as.
    fn declare(&self, agents: &[(&str, &str)]) -> &Self {
        let mut text = "apiVersion: gradus/v1\nkind: Workspace\nmetadata: {name: test}\n\
                        sources: {kubernetes: [{path: cluster/}]}\nagents:\n"
            .to_owned();
        for (name, principal) in agents {
            let plane = if principal.starts_with("arn:") { "aws" } else { "kubernetes" };
            text.push_str(&format!(
                "  - {{name: {name}, environment: prod, tier: standard, owner: team, \
                 purpose: test, principals: {{{plane}: [\"{principal}\"]}}}}\n"
            ));
        }
        fs::write(self.folder.path().join("gradus.yaml"), text).unwrap();
        self
    }

    /// Declares the bot of `ops`, with these files as its configuration.
    fn configure(&self, files: &[(&str, &str)]) -> &Self {
        let agent = self.folder.path().join("agent");
        for (name, text) in files {
            let path = agent.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let workspace = "apiVersion: gradus/v1\nkind: Workspace\nmetadata: {name: test}\n\
                         sources: {kubernetes: [{path: cluster/}], agents: [{path: agent/}]}\n\
                         agents:\n  - {name: bot, environment: prod, tier: standard, owner: team, \
                         purpose: test, configs: [agent/], \
                         principals: {kubernetes: [\"system:serviceaccount:ops:bot\"]}}\n";
        fs::write(self.folder.path().join("gradus.yaml"), workspace).unwrap();
        self
    }

    fn assess(&self) -> Assessment {
        let run = run(self.folder.path(), &["assess", "-f", "json"]);
        run.ended(0);
        Assessment(serde_json::from_str(&run.stdout).unwrap())
    }
}

struct Assessment(Value);

impl Assessment {
    fn ids(&self) -> Vec<String> {
        let agents = self.0["agents"].as_array().unwrap();
        let mut ids: Vec<String> =
            agents.iter().map(|agent| agent["id"].as_str().unwrap().to_owned()).collect();
        ids.sort();
        ids
    }

    #[track_caller]
    fn agent(&self, id: &str) -> &Value {
        let agents = self.0["agents"].as_array().unwrap();
        let found = agents.iter().find(|agent| agent["id"] == id);
        assert!(found.is_some(), "no agent {id}, but {:?}", self.ids());
        found.unwrap()
    }

    /// Rules of the findings about an agent, each once.
    fn rules(&self, agent: &str) -> Vec<String> {
        let findings = self.0["findings"].as_array().unwrap();
        let rules: std::collections::BTreeSet<String> = findings
            .iter()
            .filter(|finding| finding["agent"] == agent)
            .map(|finding| finding["rule"].as_str().unwrap().to_owned())
            .collect();
        rules.into_iter().collect()
    }

    /// What the finding of a rule says of an agent.
    #[track_caller]
    fn finding(&self, agent: &str, rule: &str) -> String {
        let findings = self.0["findings"].as_array().unwrap();
        let found =
            findings.iter().find(|finding| finding["agent"] == agent && finding["rule"] == rule);
        assert!(found.is_some(), "no {rule} of {agent}, but {:?}", self.rules(agent));
        found.unwrap()["message"].as_str().unwrap().to_owned()
    }

    /// What the findings of a rule say, in order of the text.
    fn messages(&self, rule: &str) -> Vec<String> {
        let findings = self.0["findings"].as_array().unwrap();
        let mut messages: Vec<String> = findings
            .iter()
            .filter(|finding| finding["rule"] == rule)
            .map(|finding| finding["message"].as_str().unwrap().to_owned())
            .collect();
        messages.sort();
        messages
    }

    fn criterion(&self, agent: &str, id: &str) -> &Value {
        let criteria = self.agent(agent)["criteria"].as_array().unwrap();
        criteria.iter().find(|criterion| criterion["id"] == id).unwrap()
    }
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}
