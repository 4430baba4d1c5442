//! Agents as a cluster shows them: `rubric/agents/*.yaml`, and every image of
//! `rubric/servers/*.yaml`.
//!
//! What a workload says of itself can be forged, so recognising one only ever
//! adds an agent; nothing is excused by it.

use std::{collections::BTreeMap, sync::Arc};

use serde::Deserialize;

use crate::model::image::ImageRef;

use super::{
    embedded::{self, RubricError},
    servers::ServerRules,
};

/// One file of `rubric/agents/`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AgentFile {
    agents: Vec<KnownAgent>,
}

/// What is known of one kind of agent.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KnownAgent {
    /// Its id: `k8sgpt-operator`.
    pub id: String,
    /// What it is called: `k8sgpt's operator`.
    pub title: String,
    /// What it does, as a clause that follows "it".
    pub does: String,
    /// What its account stands for.
    pub role: Role,
    /// What it is recognised by; any one of these is enough.
    pub recognise: ClusterRecogniser,
    /// The ServiceAccount that a resource runs as where it names none, likeliest
    /// first; `{name}` and `{namespace}` are those of the resource.
    #[serde(default)]
    pub accounts: Vec<String>,
    /// Whose resources it carries out: clients as `Client::as_str` spells them. What
    /// it does for such a resource, the agent that the resource is does.
    #[serde(default)]
    pub acts_for: Vec<String>,
    /// Where it was read.
    pub sources: Vec<String>,
    /// What must and must not be recognised.
    pub examples: KnownExamples,
}

/// What the account of an agent's pod stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The pod decides and acts.
    Agent,
    /// It acts for whatever agent calls it.
    Server,
    /// It runs agents, and does what their resources say.
    Controller,
}

impl Role {
    /// For a person, with its article.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "an agent",
            Self::Server => "a tool server that acts for whoever calls it",
            Self::Controller => "a controller of agents",
        }
    }
}

/// What an agent is recognised by.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClusterRecogniser {
    /// Image repositories without registry and tag, two segments at least. One
    /// is met by itself below any registry and any mirror's prefix.
    pub images: Vec<String>,
    /// Sets of labels; every one of a set must be there.
    pub labels: Vec<BTreeMap<String, String>>,
    /// Custom resources.
    pub resources: Vec<Resources>,
}

/// Kinds of one API group.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resources {
    /// The group, without version.
    pub group: String,
    /// Its kinds.
    pub kinds: Vec<String>,
}

/// What must and must not be recognised as one agent.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct KnownExamples {
    /// Each of these is.
    pub matches: Vec<Shown>,
    /// None of these is.
    pub does_not_match: Vec<Shown>,
}

/// What a cluster shows of a workload or a resource.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Shown {
    /// An image, as a container names it.
    pub image: Option<String>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// A custom resource.
    pub resource: Option<ShownResource>,
}

/// The kind of a custom resource.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShownResource {
    /// Its group.
    pub group: String,
    /// Its kind.
    pub kind: String,
}

/// Everything that is recognised in a cluster.
#[derive(Debug, Clone, Default)]
pub struct KnownAgents(Vec<KnownAgent>);

impl KnownAgents {
    /// Reads what is built in: agents, then servers that come as an image.
    ///
    /// # Errors
    /// When a file does not hold what its type says.
    pub fn load() -> Result<Self, RubricError> {
        let mut known = Vec::new();
        for (_, file) in embedded::read::<AgentFile>("agents/")? {
            known.extend(file.agents);
        }
        known.extend(ServerRules::load()?.servers.into_iter().filter_map(|server| {
            let images: Vec<String> = server
                .recognise
                .image
                .iter()
                .map(|image| ImageRef::parse(image).repository().to_ascii_lowercase())
                .filter(|image| image.contains('/'))
                .collect();
            (!images.is_empty()).then(|| KnownAgent {
                id: server.id,
                title: server.title,
                does: "answers the tool calls of whoever reaches it".to_owned(),
                role: Role::Server,
                recognise: ClusterRecogniser { images, ..ClusterRecogniser::default() },
                accounts: Vec::new(),
                acts_for: Vec::new(),
                sources: Vec::new(),
                examples: KnownExamples::default(),
            })
        }));
        Ok(Self(known))
    }

    /// All of them, agents first.
    pub fn iter(&self) -> impl Iterator<Item = &KnownAgent> {
        self.0.iter()
    }

    /// Which agent a workload is, and what tells so: its images count more than
    /// its labels, which cost nothing to copy.
    #[must_use]
    pub fn workload(
        &self,
        images: &[Arc<str>],
        labels: &BTreeMap<Arc<str>, Arc<str>>,
    ) -> Option<(&KnownAgent, String)> {
        let given: Vec<ImageRef<'_>> = images.iter().map(|image| ImageRef::parse(image)).collect();
        let by_image = self.0.iter().find_map(|known| {
            let image = given.iter().find_map(|given| known.recognise.image(given))?;
            Some((known, format!("image {image}")))
        });
        by_image.or_else(|| {
            self.0.iter().find_map(|known| {
                let set = known.recognise.labels(|key| labels.get(key).map(|value| &**value))?;
                let set: Vec<String> =
                    set.iter().map(|(key, value)| format!("{key}={value}")).collect();
                Some((known, format!("label {}", set.join(", "))))
            })
        })
    }

    /// Which agent a custom resource describes.
    #[must_use]
    pub fn resource(&self, group: &str, kind: &str) -> Option<&KnownAgent> {
        self.0.iter().find(|known| known.recognise.resource(group, kind))
    }
}

impl ClusterRecogniser {
    /// What it is met by, one a line: `image robustadev/holmes`.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let images = self.images.iter().map(|image| format!("image {image}"));
        let labels = self.labels.iter().map(|set| {
            let set: Vec<String> =
                set.iter().map(|(key, value)| format!("{key}={value}")).collect();
            format!("labels {}", set.join(", "))
        });
        let resources = self.resources.iter().flat_map(|own| {
            own.kinds.iter().map(move |kind| format!("resource {}/{kind}", own.group))
        });
        images.chain(labels).chain(resources).collect()
    }

    /// The repository that an image is met by.
    fn image(&self, image: &ImageRef<'_>) -> Option<&str> {
        self.images.iter().find(|known| image.is_of(known)).map(String::as_str)
    }

    /// The set of labels that is met.
    fn labels<'l>(
        &self,
        value: impl Fn(&str) -> Option<&'l str>,
    ) -> Option<&BTreeMap<String, String>> {
        self.labels.iter().find(|set| {
            !set.is_empty() && set.iter().all(|(key, wanted)| value(key) == Some(wanted.as_str()))
        })
    }

    fn resource(&self, group: &str, kind: &str) -> bool {
        self.resources
            .iter()
            .any(|known| known.group == group && known.kinds.iter().any(|own| own == kind))
    }

    /// Whether it is met by an example.
    #[must_use]
    pub fn meets(&self, shown: &Shown) -> bool {
        shown.image.as_deref().is_some_and(|image| self.image(&ImageRef::parse(image)).is_some())
            || self.labels(|key| shown.labels.get(key).map(String::as_str)).is_some()
            || shown.resource.as_ref().is_some_and(|own| self.resource(&own.group, &own.kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_is_recognised_and_every_counter_example_is_not() {
        for known in KnownAgents::load().unwrap().iter() {
            for shown in &known.examples.matches {
                assert!(known.recognise.meets(shown), "{}: {shown:?}", known.id);
            }
            for shown in &known.examples.does_not_match {
                assert!(!known.recognise.meets(shown), "{}: {shown:?}", known.id);
            }
        }
    }

    #[test]
    fn every_agent_has_examples_sources_and_an_id_of_its_own() {
        let known = KnownAgents::load().unwrap();
        let mut ids = std::collections::BTreeSet::new();
        for agent in
            embedded::read::<AgentFile>("agents/").unwrap().iter().flat_map(|f| &f.1.agents)
        {
            assert!(ids.insert(agent.id.as_str()), "{} twice", agent.id);
            assert!(!agent.examples.matches.is_empty(), "{}", agent.id);
            assert!(!agent.examples.does_not_match.is_empty(), "{}", agent.id);
            assert!(!agent.sources.is_empty(), "{}", agent.id);
        }
        for agent in known.iter() {
            for image in &agent.recognise.images {
                assert!(image.contains('/'), "{}: {image} is one word, anybody's image", agent.id);
                assert_eq!(
                    ImageRef::parse(image).repository().to_ascii_lowercase(),
                    *image,
                    "{}",
                    agent.id
                );
            }
        }
    }

    #[test]
    fn the_table_of_the_documentation_is_the_data() {
        const PAGE: &str = include_str!("../../docs/agents-in-clusters.md");
        let rows: Vec<String> = KnownAgents::load()
            .unwrap()
            .iter()
            .filter(|agent| !agent.sources.is_empty())
            .map(|agent| {
                let by: Vec<String> =
                    agent.recognise.lines().iter().map(|line| format!("`{line}`")).collect();
                format!("| `{}` | {} | {} |", agent.id, agent.title, by.join("<br>"))
            })
            .collect();
        let shown: Vec<&str> = PAGE.lines().filter(|line| line.starts_with("| `")).collect();
        assert_eq!(shown, rows, "copy this table:\n{}", rows.join("\n"));
    }

    #[test]
    fn an_image_is_told_by_whole_segments_below_any_registry_and_mirror() {
        let recogniser =
            ClusterRecogniser { images: vec!["acme/agent".to_owned()], ..Default::default() };
        for image in [
            "acme/agent",
            "acme/agent:1",
            "docker.io/acme/agent@sha256:00",
            "localhost:5000/acme/agent:1@sha256:00",
            "registry.corp/mirror/acme/agent",
            "ACME/Agent:Latest",
        ] {
            assert_eq!(recogniser.image(&ImageRef::parse(image)), Some("acme/agent"), "{image}");
        }
        for image in
            ["evilacme/agent", "acme/agent-x", "acme/agent/x", "acme.agent", "agent", "", ":", "/@"]
        {
            assert_eq!(recogniser.image(&ImageRef::parse(image)), None, "{image}");
        }
    }

    #[test]
    fn servers_that_come_as_an_image_are_known_too() {
        let known = KnownAgents::load().unwrap();
        let images = ["registry.corp/quay/containers/kubernetes_mcp_server:latest".into()];
        let (server, by) = known.workload(&images, &BTreeMap::new()).unwrap();
        assert_eq!(server.id, "kubernetes-mcp-server");
        assert_eq!(server.role, Role::Server);
        assert_eq!(by, "image containers/kubernetes_mcp_server");
    }
}
