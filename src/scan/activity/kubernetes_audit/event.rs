//! The fields of an audit event that gradus reads, borrowed from the line.
//!
//! Everything else is skipped, but still checked to be JSON. Field names and
//! their meaning: `k8s.io/apiserver/pkg/apis/audit/v1`.

use std::{borrow::Cow, fmt};

use jiff::Timestamp;
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, IgnoredAny, MapAccess, Visitor},
};

use crate::scan::activity::text::{Json, Text, timestamp};

/// One line: an event, or a list of them as the webhook backend sends it.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Event<'a> {
    #[serde(borrow, default)]
    pub(super) kind: Option<Text<'a>>,
    #[serde(borrow, default, rename = "apiVersion")]
    pub(super) api_version: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) level: Option<Text<'a>>,
    #[serde(borrow, default, rename = "auditID")]
    pub(super) audit_id: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) stage: Option<Text<'a>>,
    #[serde(borrow, default, rename = "requestURI")]
    pub(super) request_uri: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) verb: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) user: Option<User<'a>>,
    #[serde(borrow, default, rename = "impersonatedUser")]
    pub(super) impersonated_user: Option<User<'a>>,
    #[serde(borrow, default, rename = "sourceIPs")]
    pub(super) sources: Option<Json<'a>>,
    #[serde(borrow, default, rename = "userAgent")]
    pub(super) user_agent: Option<Text<'a>>,
    #[serde(borrow, default, rename = "objectRef")]
    pub(super) object_ref: Option<ObjectRef<'a>>,
    #[serde(default, rename = "responseStatus")]
    pub(super) response_status: Option<ResponseStatus>,
    #[serde(borrow, default, rename = "requestObject")]
    pub(super) request_object: Option<Json<'a>>,
    #[serde(borrow, default, rename = "requestReceivedTimestamp")]
    pub(super) received_at: Option<Text<'a>>,
    #[serde(borrow, default, rename = "stageTimestamp")]
    pub(super) stage_at: Option<Text<'a>>,
    /// Instead of the two above, before `audit.k8s.io/v1beta1`.
    #[serde(borrow, default, rename = "timestamp")]
    pub(super) at: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) annotations: Option<Annotations<'a>>,
    /// Of an `EventList`.
    #[serde(borrow, default)]
    pub(super) items: Option<Json<'a>>,
}

impl Event<'_> {
    /// When the request arrived.
    pub(super) fn time(&self) -> Option<Timestamp> {
        [&self.received_at, &self.stage_at, &self.at]
            .into_iter()
            .flatten()
            .find_map(|text| timestamp(text))
    }

    /// The address that the server saw: the last. Those before it a client may make up.
    pub(super) fn source(&self) -> Option<String> {
        serde_json::from_str::<Vec<String>>(self.sources?.get()).ok()?.pop()
    }
}

/// A user, authenticated or assumed.
#[derive(Debug, Default, Deserialize)]
pub(super) struct User<'a> {
    #[serde(borrow, default)]
    pub(super) username: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) groups: Option<Json<'a>>,
    #[serde(borrow, default)]
    pub(super) extra: Option<Json<'a>>,
}

/// What a request is about.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ObjectRef<'a> {
    #[serde(borrow, default)]
    pub(super) resource: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) namespace: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) name: Option<Text<'a>>,
    #[serde(borrow, default, rename = "apiGroup")]
    pub(super) api_group: Option<Text<'a>>,
    #[serde(borrow, default, rename = "apiVersion")]
    pub(super) api_version: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) subresource: Option<Text<'a>>,
}

impl ObjectRef<'_> {
    /// The API group, which `audit.k8s.io/v1alpha1` has before the version: `apps/v1beta1`.
    pub(super) fn group(&self) -> Option<&str> {
        let before = || Some(self.api_version.as_deref()?.rsplit_once('/')?.0);
        self.api_group.as_deref().or_else(before)
    }
}

/// How a request was answered.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(super) struct ResponseStatus {
    #[serde(default)]
    pub(super) code: Option<i64>,
}

/// The annotations that decide something.
#[derive(Debug, Default)]
pub(super) struct Annotations<'a> {
    pub(super) decision: Option<Cow<'a, str>>,
    pub(super) reason: Option<Cow<'a, str>>,
    /// The server left out request and response.
    pub(super) truncated: bool,
    /// Webhooks that failed open.
    pub(super) failed_open: Vec<Cow<'a, str>>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Annotations<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnnotationsVisitor;
        impl<'de> Visitor<'de> for AnnotationsVisitor {
            type Value = Annotations<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping of annotations")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut found = Annotations::default();
                let mut truncated = false;
                let once = |again: bool, name| {
                    if again { Err(A::Error::duplicate_field(name)) } else { Ok(()) }
                };
                while let Some(key) = map.next_key::<Text<'de>>()? {
                    match &*key {
                        "authorization.k8s.io/decision" => {
                            once(found.decision.is_some(), "authorization.k8s.io/decision")?;
                            found.decision = Some(map.next_value::<Text<'de>>()?.0);
                        }
                        "authorization.k8s.io/reason" => {
                            once(found.reason.is_some(), "authorization.k8s.io/reason")?;
                            found.reason = Some(map.next_value::<Text<'de>>()?.0);
                        }
                        "audit.k8s.io/truncated" => {
                            once(truncated, "audit.k8s.io/truncated")?;
                            truncated = true;
                            found.truncated = &*map.next_value::<Text<'de>>()? == "true";
                        }
                        key if key.starts_with("failed-open.") => {
                            found.failed_open.push(map.next_value::<Text<'de>>()?.0);
                        }
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(found)
            }
        }
        deserializer.deserialize_map(AnnotationsVisitor)
    }
}
