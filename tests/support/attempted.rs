//! Attempts to gain or hand on rights, what gradus says of them, and recordings of
//! what a real server let happen.

#![allow(dead_code, reason = "each test uses its own part")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot be set up must stop"
)]

use gradus::{
    model::kubernetes::{
        ClusterSnapshot, Scope,
        rbac::{PolicyRule, RoleKind},
    },
    privilege::rbac::{Claim, Closure, Decision, Index, Object, RoleToBind, Write},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::recorded::{Recording, Who, list, snapshot};

/// How something is written, as recordings spell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum How {
    Create,
    ApplyNew,
    PutNew,
    Update,
    Patch,
}

impl How {
    pub(crate) fn write(self) -> Write {
        match self {
            Self::Create => Write::Create,
            Self::ApplyNew => Write::ApplyNew,
            Self::PutNew => Write::PutNew,
            Self::Update => Write::Update,
            Self::Patch => Write::Patch,
        }
    }
}

/// A claim, as recordings spell it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Claimed {
    User(String),
    Account(String, String),
    Group(String),
    Uid(String),
    Extra(String, String),
}

impl Claimed {
    fn claim(&self) -> Claim<'_> {
        match self {
            Self::User(name) => Claim::User(name),
            Self::Account(namespace, name) => Claim::ServiceAccount { namespace, name },
            Self::Group(name) => Claim::Group(name),
            Self::Uid(uid) => Claim::Uid(uid),
            Self::Extra(key, value) => Claim::Extra { key, value },
        }
    }
}

/// What someone tries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Attempt {
    /// Writes a binding to a role: of the namespace where there is one and the
    /// role is not `cluster`-wide.
    Bind { how: How, namespace: Option<String>, name: String, cluster: bool, role: String },
    /// Writes a role with these rules.
    WriteRole {
        how: How,
        namespace: Option<String>,
        name: String,
        rules: Value,
        /// It collects others' rules afterwards.
        collects: bool,
        /// It did so before.
        collected: bool,
    },
    /// Mints a token.
    Mint { namespace: String, name: String },
    /// Writes a ConfigMap.
    WriteConfigMap { how: How, namespace: String, name: String },
    /// Acts as somebody else.
    ActAs { claims: Vec<Claimed> },
}

impl Attempt {
    /// Which kind of attempt it is, for figures.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Bind { .. } => "bindings",
            Self::WriteRole { .. } => "roles",
            Self::Mint { .. } => "tokens",
            Self::WriteConfigMap { .. } => "objects by name",
            Self::ActAs { .. } => "impersonation",
        }
    }

    /// What gradus says of it.
    pub(crate) fn judge(&self, cluster: &ClusterSnapshot, closure: &Closure<'_>) -> Decision {
        match self {
            Self::Bind { how, namespace, name, cluster: wide, role } => {
                let scope = match namespace {
                    Some(namespace) if !wide => Scope::Namespace(namespace.as_str().into()),
                    _ => Scope::Cluster,
                };
                let found =
                    cluster.roles.iter().find(|own| own.scope == scope && *own.name == **role);
                let role = RoleToBind {
                    kind: if *wide { RoleKind::ClusterRole } else { RoleKind::Role },
                    name: role,
                    rules: found.map(|role| role.rules.as_slice()),
                };
                closure.may_write_binding(how.write(), namespace.as_deref(), name, role)
            }
            Self::WriteRole { how, namespace, name, rules, collects, collected } => closure
                .may_write_role(
                    how.write(),
                    namespace.as_deref(),
                    name,
                    &read_rules(rules),
                    *collects || *collected,
                ),
            Self::Mint { namespace, name } => closure.may_mint_token(namespace, name),
            Self::WriteConfigMap { how, namespace, name } => {
                let namespace = Some(namespace.as_str());
                let object = Object { group: "", resource: "configmaps", namespace, name };
                closure.may_write(how.write(), object)
            }
            Self::ActAs { claims } => {
                let claims: Vec<Claim<'_>> = claims.iter().map(Claimed::claim).collect();
                closure.may_impersonate(&claims)
            }
        }
    }
}

/// Rules as the scanner reads them.
fn read_rules(rules: &Value) -> Vec<PolicyRule> {
    let role = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
        "metadata": {"name": "wanted"}, "rules": rules,
    });
    let roles = snapshot([list(&[role]).as_str()]).roles;
    roles.into_iter().find(|role| &*role.name == "wanted").unwrap().rules
}

/// An attempt, by whom, and whether the server let it happen.
pub(crate) type Made = (usize, Attempt, bool);

/// Attempts on which gradus says otherwise than the server, or nothing.
pub(crate) fn disagreements<'m>(
    cluster: &ClusterSnapshot,
    identities: &[Who],
    made: &'m [Made],
) -> Vec<(&'m Made, Decision)> {
    let index = Index::new(cluster);
    let closures: Vec<Closure<'_>> =
        identities.iter().map(|who| Closure::of(&index, &who.identity())).collect();
    made.iter()
        .map(|made| (made, made.1.judge(cluster, &closures[made.0])))
        .filter(|((_, _, allowed), decision)| match decision {
            Decision::Allowed { .. } => !allowed,
            Decision::NotAllowed => *allowed,
            Decision::Unknown { .. } => true,
        })
        .collect()
}

/// A cluster with attempts, as one file.
pub(crate) fn to_text(cluster: &Recording, made: &[Made]) -> String {
    let lines: Vec<String> = made
        .iter()
        .map(|(who, attempt, allowed)| json!([who, attempt, u8::from(*allowed)]).to_string())
        .collect();
    let text = cluster.to_text();
    let head = text.strip_suffix("}\n").unwrap();
    format!("{head},\n\"attempts\":[\n{}]}}\n", lines.join(",\n"))
}

/// The same again.
pub(crate) fn from_text(text: &str) -> (Recording, Vec<Made>) {
    let value: Value = serde_json::from_str(text).unwrap();
    let attempts = value["attempts"].as_array().unwrap();
    let made = attempts
        .iter()
        .map(|made| {
            let who = usize::try_from(made[0].as_u64().unwrap()).unwrap();
            (who, serde_json::from_value(made[1].clone()).unwrap(), made[2] == json!(1))
        })
        .collect();
    (Recording::from_text(text), made)
}
