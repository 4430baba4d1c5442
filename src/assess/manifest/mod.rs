//! What gradus proposes: RBAC objects ready for `kubectl apply`, and IAM policies.
//!
//! What stands in them comes from logs and from a cluster's objects, and both are
//! hostile: [`yaml`] and [`shell`] quote whatever is not a plain word, so that a
//! name stays a name.

pub mod iam;
pub mod shell;
pub mod yaml;

use std::sync::Arc;

use serde_json::{Value, json};

use crate::model::{
    agent::AgentId,
    kubernetes::{
        Scope,
        rbac::{PolicyRule, RoleKind, Subject},
    },
};

/// The API group of all of them.
const GROUP: &str = "rbac.authorization.k8s.io";

/// One rule of a role: its lists, each in the order in which it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rule {
    /// API groups; `""` is the core group.
    pub api_groups: Vec<String>,
    /// `pods`, `pods/log`.
    pub resources: Vec<String>,
    /// Names; empty is any.
    pub resource_names: Vec<String>,
    /// Paths of what is no resource.
    pub non_resource_urls: Vec<String>,
    /// Verbs.
    pub verbs: Vec<String>,
}

impl Rule {
    /// What a rule of the evidence gives.
    #[must_use]
    pub fn of(rule: &PolicyRule) -> Self {
        let texts = |list: &[Arc<str>]| list.iter().map(|text| text.to_string()).collect();
        Self {
            api_groups: texts(&rule.api_groups),
            resources: texts(&rule.resources),
            resource_names: texts(&rule.resource_names),
            non_resource_urls: texts(&rule.non_resource_urls),
            verbs: texts(&rule.verbs),
        }
    }

    fn value(&self) -> Value {
        let mut value = serde_json::Map::new();
        for (key, list) in [
            ("apiGroups", &self.api_groups),
            ("resources", &self.resources),
            ("resourceNames", &self.resource_names),
            ("nonResourceURLs", &self.non_resource_urls),
            ("verbs", &self.verbs),
        ] {
            if !list.is_empty() {
                value.insert(key.to_owned(), json!(list));
            }
        }
        Value::Object(value)
    }
}

/// One object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Manifest {
    /// A Role, or a ClusterRole where the scope is the cluster.
    Role {
        /// Where it lives. In a namespace that nobody knows, it names none.
        scope: Scope,
        /// Its name.
        name: String,
        /// Its rules.
        rules: Vec<Rule>,
    },
    /// A RoleBinding, or a ClusterRoleBinding where the scope is the cluster.
    Binding {
        /// Where it lives.
        scope: Scope,
        /// Its name.
        name: String,
        /// The role that it gives.
        role: (RoleKind, String),
        /// To whom; without any it gives nothing.
        subjects: Vec<Subject>,
    },
}

impl Manifest {
    /// `Role`, `ClusterRoleBinding`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Role { scope: Scope::Cluster, .. } => "ClusterRole",
            Self::Role { .. } => "Role",
            Self::Binding { scope: Scope::Cluster, .. } => "ClusterRoleBinding",
            Self::Binding { .. } => "RoleBinding",
        }
    }

    /// As the API takes it.
    #[must_use]
    pub fn value(&self) -> Value {
        let (scope, name) = match self {
            Self::Role { scope, name, .. } | Self::Binding { scope, name, .. } => (scope, name),
        };
        let mut metadata = serde_json::Map::new();
        metadata.insert("name".to_owned(), json!(name));
        if let Some(namespace) = scope.namespace() {
            metadata.insert("namespace".to_owned(), json!(namespace));
        }
        let mut value = json!({
            "apiVersion": format!("{GROUP}/v1"), "kind": self.kind(), "metadata": metadata,
        });
        match self {
            Self::Role { rules, .. } => {
                value["rules"] = rules.iter().map(Rule::value).collect();
            }
            Self::Binding { role: (kind, role), subjects, .. } => {
                value["roleRef"] =
                    json!({"apiGroup": GROUP, "kind": kind.to_string(), "name": role});
                value["subjects"] = subjects.iter().map(subject).collect();
            }
        }
        value
    }
}

fn subject(subject: &Subject) -> Value {
    match subject {
        Subject::User(name) => json!({"apiGroup": GROUP, "kind": "User", "name": &**name}),
        Subject::Group(name) => json!({"apiGroup": GROUP, "kind": "Group", "name": &**name}),
        Subject::ServiceAccount { namespace: Some(namespace), name } => {
            json!({"kind": "ServiceAccount", "name": &**name, "namespace": &**namespace})
        }
        Subject::ServiceAccount { namespace: None, name } => {
            json!({"kind": "ServiceAccount", "name": &**name})
        }
    }
}

/// A name that gradus gives to its objects: `gradus-`, the agent, and what it is
/// for, with a dot for the `@` and between the parts, of letters that every kind of
/// object takes. Parts in which anything else stands are told apart by a digest, so
/// no two lists of parts get the same name.
#[must_use]
pub fn object_name(agent: &AgentId, parts: &[&str]) -> String {
    use sha2::{Digest, Sha256};

    const LETTERS: usize = 180;
    let agent = agent.as_str().split('@');
    let of_agent = agent.clone().count();
    let all: Vec<&str> = agent.chain(parts.iter().copied()).collect();
    let name = all.join(".");
    // No plain part holds a dot or two dashes: its place is told by counting.
    let plain = |part: &&str| {
        !part.is_empty()
            && !part.starts_with('-')
            && !part.ends_with('-')
            && !part.contains("--")
            && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    };
    if of_agent == 2 && name.len() <= LETTERS && all.iter().all(plain) {
        return format!("gradus-{name}");
    }
    let kept: String = name
        .chars()
        .map(|c| if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { '-' })
        .take(LETTERS)
        .collect();
    let words: Vec<&str> = kept.split('-').filter(|word| !word.is_empty()).collect();
    let mut digest = Sha256::new();
    digest.update(of_agent.to_le_bytes());
    for part in &all {
        digest.update(part.len().to_le_bytes());
        digest.update(part.as_bytes());
    }
    let digest: String = digest.finalize().iter().take(6).map(|b| format!("{b:02x}")).collect();
    format!("gradus-{}--{digest}", words.join("-"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn name(agent: &str, parts: &[&str]) -> String {
        object_name(&AgentId::undeclared(agent), parts)
    }

    #[test]
    fn a_name_is_one_that_every_object_may_have() {
        assert_eq!(name("sre-bot@prod", &[]), "gradus-sre-bot.prod");
        assert_eq!(name("sre-bot@prod", &["edit"]), "gradus-sre-bot.prod.edit");
        for odd in ["Sre Bot@prod", "../../x", "@", "", "a\nb", &"x".repeat(400)] {
            let name = name(odd, &["x/y"]);
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            assert!(name.chars().all(plain) && name.len() < 254, "{name}");
            assert!(!name.ends_with('-'), "{name}");
        }
    }

    #[test]
    fn two_agents_do_not_share_a_name() {
        let all = [
            name("sre@prod-eu", &[]),
            name("sre-prod@eu", &[]),
            name("sre@prod", &["eu"]),
            name("sre@prod", &["eu-x"]),
            name("sre@prod-eu", &["x"]),
            name("sre@prod.eu", &["x"]),
            name("sre@prod", &["eu.x"]),
            name("sre@prod", &["eu", "x"]),
            name("sre.prod", &["eu", "x"]),
            name("sre prod@eu", &["x"]),
            name("sre@prod@eu", &["x"]),
            name("SRE@prod", &[]),
            name("sre@prod", &[]),
        ];
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "{all:#?}");
    }
}
