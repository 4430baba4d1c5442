//! What is wrong with trust policies, and with whom agents act as, as data:
//! `risks/aws/trust.yaml` and `risks/aws/agents.yaml`.

use serde::Deserialize;
use serde_json::Value;

use crate::model::{capability::RiskClass, finding::Severity};

/// Something that a trust policy, or the identity of an agent, may have wrong.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TrustRisk {
    /// `AWS-TRUST-ANYONE`.
    pub id: String,
    /// What it is, in a few words.
    pub title: String,
    /// What kind of risk.
    pub class: RiskClass,
    /// How bad.
    pub severity: Severity,
    /// What makes it real.
    pub when: TrustDefect,
    /// Of a defect about services, those that it is one for.
    #[serde(default)]
    pub services: Vec<String>,
    /// Of a defect about the length of sessions, the seconds that are not too long.
    #[serde(default)]
    pub seconds: Option<u32>,
    /// One sentence; `{role}`, `{who}` and `{what}` are filled in.
    pub message: String,
    /// One sentence: the smallest change that ends it; same placeholders.
    pub remedy: String,
    /// Why it matters.
    pub why: String,
    /// Where to read more.
    pub references: Vec<String>,
    /// Trust policies that a test runs through the engine.
    pub examples: TrustExamples,
}

/// What the engine can find in a trust policy, and about a user or role that an
/// agent acts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TrustDefect {
    /// Everyone is let in, and no condition tells them apart.
    Anyone,
    /// Everyone is let in whom a condition tells apart.
    AnyoneConditional,
    /// Principals of an account that the evidence does not hold, without an
    /// external id.
    External,
    /// `NotPrincipal`, or a wildcard within a principal.
    NotPrincipal,
    /// The own account, for a role that is beyond the ladder by itself.
    OwnAccount,
    /// An OIDC provider beside a claim of another one, which no token of it has.
    OidcIssuer,
    /// The provider of a cluster that the account does not have any more.
    OidcGone,
    /// An OIDC provider whose tokens' audience is not asked for.
    OidcAudience,
    /// An OIDC provider whose tokens' subject is not asked for.
    OidcSubject,
    /// An OIDC provider whose tokens' subject is asked for by a broad pattern.
    OidcBroadSubject,
    /// A SAML provider whose assertions' audience is not asked for.
    SamlAudience,
    /// A SAML provider: whom it vouches for is in no evidence.
    SamlDoor,
    /// Cognito, without a pool or without asking for a login.
    Cognito,
    /// A service that may be acting for another account.
    Service,
    /// Roles that may assume each other in a circle.
    Circle,
    /// An agent that acts as a user.
    AgentUser,
    /// A role of an agent that asks nobody who assumes it for a name that
    /// CloudTrail keeps.
    AgentUnnamed,
    /// A role of an agent that other agents or people act as, too.
    AgentShared,
    /// A role of an agent whose sessions may last longer than the rule says.
    AgentSession,
}

/// Trust policies that a test runs through the engine.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TrustExamples {
    /// Each has it.
    pub matches: Vec<TrustExample>,
    /// None does.
    pub does_not_match: Vec<TrustExample>,
}

/// Trust policies of roles of the example account.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TrustExample {
    /// That of the role `other`, which is asked about.
    #[serde(default)]
    pub statements: Vec<Value>,
    /// That of the role `open`, where it matters.
    #[serde(default)]
    pub open: Option<Vec<Value>>,
    /// What the role `other` may do, where it matters.
    #[serde(default)]
    pub holding: Option<Vec<Value>>,
    /// Issuers of the clusters that the account has, where it matters.
    #[serde(default)]
    pub clusters: Vec<String>,
    /// Of a rule about agents, `user` where the agent acts as the user `agent`; it
    /// acts as the role `other` where it is not said.
    #[serde(default)]
    pub by: Option<String>,
    /// Seconds that a session of the role `other` may last.
    #[serde(default)]
    pub seconds: Option<u32>,
    /// Other agents that act as the same.
    #[serde(default)]
    pub beside: Vec<String>,
}
