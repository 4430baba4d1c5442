//! One action as one JSON object, in the shape of the Open Cybersecurity Schema
//! Framework's API Activity (class 6003), so that data lakes that speak it take what
//! gradus reads; with what OCSF has no place for, the [`oversight`], beside it.
//!
//! `docs/activity-export.md` has the mapping. An absent member is one that the log does
//! not tell. Values of arguments and bodies are never in it.

pub mod oversight;
mod platform;
mod tool_call;

use schemars::JsonSchema;
use serde::Serialize;

pub use oversight::OversightRecord;
pub use platform::of_request;
pub use tool_call::of_call;

/// API Activity.
const CLASS: u16 = 6003;
/// The version of OCSF whose words these are.
const OCSF: &str = "1.9.0-dev";

/// One action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ActionRecord {
    activity_id: u8,
    activity_name: &'static str,
    #[schemars(extend("const" = 6))]
    category_uid: u8,
    #[schemars(extend("const" = CLASS))]
    class_uid: u16,
    class_name: &'static str,
    type_uid: u32,
    severity_id: u8,
    status_id: u8,
    status: &'static str,
    /// Milliseconds since 1970; absent where the log has no time.
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_time: Option<i64>,
    metadata: Metadata,
    actor: Actor,
    api: Api,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    resources: Vec<Resource>,
    #[serde(skip_serializing_if = "Option::is_none")]
    http_request: Option<HttpRequest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    src_endpoint: Option<Endpoint>,
    #[serde(skip_serializing_if = "Option::is_none")]
    action_id: Option<u8>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    authorizations: Vec<Authorization>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ai_agent: Option<Named>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ai_model: Option<Named>,
    /// Of changes and tool calls alone: nobody approves what only looks.
    #[serde(skip_serializing_if = "Option::is_none")]
    oversight: Option<OversightRecord>,
    unmapped: Unmapped,
}

/// What an action does, in OCSF's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Create,
    Read,
    Update,
    Delete,
    Other,
}

impl Kind {
    fn id(self) -> u8 {
        match self {
            Self::Create => 1,
            Self::Read => 2,
            Self::Update => 3,
            Self::Delete => 4,
            Self::Other => 99,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Create => "Create",
            Self::Read => "Read",
            Self::Update => "Update",
            Self::Delete => "Delete",
            Self::Other => "Other",
        }
    }
}

/// What came of an action, in OCSF's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Unknown,
    Success,
    Failure,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
struct Metadata {
    version: &'static str,
    product: Product,
    profiles: Vec<&'static str>,
    /// The event's own id.
    #[serde(skip_serializing_if = "Option::is_none")]
    uid: Option<String>,
    /// The trace or session that it is a part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation_uid: Option<String>,
    log_name: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
struct Product {
    name: &'static str,
    vendor_name: &'static str,
    version: &'static str,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
struct Actor {
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<User>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<Session>,
    /// Who assumed the identity.
    #[serde(skip_serializing_if = "Option::is_none")]
    invoked_by: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
struct User {
    name: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    groups: Vec<Named>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
struct Session {
    uid: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
struct Named {
    name: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
struct Api {
    operation: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<Named>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<Session>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
struct Resource {
    #[serde(rename = "type")]
    of_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
struct HttpRequest {
    user_agent: String,
}

/// Where a request came from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
struct Endpoint {
    /// The address that the platform saw.
    #[serde(skip_serializing_if = "Option::is_none")]
    ip: Option<String>,
    /// The service of the platform that called for somebody.
    #[serde(skip_serializing_if = "Option::is_none")]
    svc_name: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
struct Authorization {
    decision: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<Named>,
}

/// What OCSF has no member for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
struct Unmapped {
    /// What came of it, in gradus' words.
    outcome: &'static str,
    /// Where it stands: the file, and the line from 1.
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    /// AWS: `sourceIdentity`.
    #[serde(skip_serializing_if = "Option::is_none")]
    source_identity: Option<String>,
    /// What the way it was asked for shows: `undo`, `restart`.
    #[serde(skip_serializing_if = "Option::is_none")]
    manner: Option<&'static str>,
    /// `sha256:…` of a tool call's arguments.
    #[serde(skip_serializing_if = "Option::is_none")]
    arguments: Option<String>,
    /// The format of the log of a tool call.
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<String>,
}

impl ActionRecord {
    /// A record with what every one has.
    fn new(kind: Kind, status: Status, log_name: String, operation: String) -> Self {
        let (status_id, status) = match status {
            Status::Unknown => (0, "Unknown"),
            Status::Success => (1, "Success"),
            Status::Failure => (2, "Failure"),
        };
        Self {
            activity_id: kind.id(),
            activity_name: kind.name(),
            category_uid: 6,
            class_uid: CLASS,
            class_name: "API Activity",
            type_uid: u32::from(CLASS) * 100 + u32::from(kind.id()),
            severity_id: 1,
            status_id,
            status,
            time: None,
            end_time: None,
            metadata: Metadata {
                version: OCSF,
                product: Product {
                    name: "gradus",
                    vendor_name: "gradus",
                    version: env!("CARGO_PKG_VERSION"),
                },
                profiles: vec!["security_control"],
                uid: None,
                correlation_uid: None,
                log_name,
            },
            actor: Actor::default(),
            api: Api { operation, service: None, request: None },
            resources: Vec::new(),
            http_request: None,
            src_endpoint: None,
            action_id: None,
            authorizations: Vec::new(),
            ai_agent: None,
            ai_model: None,
            oversight: None,
            unmapped: Unmapped::default(),
        }
    }
}

fn named(name: &str) -> Named {
    Named { name: name.to_owned() }
}

fn owned(text: &Option<impl AsRef<str>>) -> Option<String> {
    text.as_ref().map(|text| text.as_ref().to_owned())
}
