//! Controls that stand before a principal, and whether they work for it.

use serde::{Deserialize, Serialize};

use super::location::Location;

/// What a guardrail does for one principal, or for all of a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GuardrailState {
    /// It denies, fails closed, and the principal cannot change it.
    Enforced,
    /// It is there, and what it denies cannot be decided.
    Undecided,
    /// It is there and cannot work, for anybody.
    Ineffective,
    /// It asks for a mark that the principal can set itself.
    SelfApproved,
    /// It works, and leaves this principal out.
    Exempt,
    /// The principal can change it.
    OwnedByPrincipal,
}

/// Which requests a control stands before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Guards {
    /// Those to a cluster.
    Cluster,
    /// Those to AWS, whatever way they take.
    Aws,
    /// Those to AWS through an MCP server that AWS runs, and no others.
    ManagedMcp,
}

/// One control as found in the evidence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Guardrail {
    /// `ValidatingAdmissionPolicy/no-deletes`.
    pub name: String,
    /// Which requests it stands before.
    pub guards: Guards,
    /// What it does.
    pub state: GuardrailState,
    /// A phrase that follows the name: `only audits`.
    pub reason: String,
    /// One sentence: what would make it work; empty where it does.
    pub remedy: String,
    /// Where to change it.
    pub location: Location,
    /// Ids of the capabilities of which no request passes without it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bounds: Vec<String>,
}
