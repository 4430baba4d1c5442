//! The members of a CloudTrail record that gradus reads, borrowed from the text.
//!
//! Athena's tables have them in lower case, and objects as JSON within text.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, de::IgnoredAny};
use serde_json::value::RawValue;

use crate::scan::activity::text::Text;

/// A record, or what it is wrapped in.
#[derive(Debug, Deserialize)]
pub(super) struct Record<'a> {
    #[serde(borrow, default, rename = "eventTime", alias = "eventtime")]
    pub(super) time: Option<Text<'a>>,
    #[serde(borrow, default, rename = "eventSource", alias = "eventsource")]
    pub(super) source: Option<Text<'a>>,
    #[serde(borrow, default, rename = "eventName", alias = "eventname")]
    pub(super) name: Option<Text<'a>>,
    #[serde(borrow, default, rename = "eventID", alias = "eventid")]
    pub(super) id: Option<Text<'a>>,
    #[serde(borrow, default, rename = "requestID", alias = "requestid")]
    pub(super) request: Option<Text<'a>>,
    #[serde(borrow, default, rename = "eventType", alias = "eventtype")]
    pub(super) kind: Option<Text<'a>>,
    #[serde(borrow, default, rename = "eventCategory", alias = "eventcategory")]
    pub(super) category: Option<Text<'a>>,
    #[serde(borrow, default, rename = "awsRegion", alias = "awsregion")]
    pub(super) region: Option<Text<'a>>,
    #[serde(borrow, default, rename = "sourceIPAddress", alias = "sourceipaddress")]
    pub(super) source_address: Option<Text<'a>>,
    #[serde(borrow, default, rename = "userAgent", alias = "useragent")]
    pub(super) user_agent: Option<Text<'a>>,
    #[serde(borrow, default, rename = "errorCode", alias = "errorcode")]
    pub(super) error: Option<Text<'a>>,
    #[serde(borrow, default, rename = "recipientAccountId", alias = "recipientaccountid")]
    pub(super) account: Option<Text<'a>>,
    #[serde(default, rename = "readOnly", alias = "readonly")]
    pub(super) read_only: Flag,
    #[serde(default, rename = "managementEvent", alias = "managementevent")]
    pub(super) management: Flag,
    #[serde(borrow, default, rename = "userIdentity", alias = "useridentity")]
    pub(super) identity: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "requestParameters", alias = "requestparameters")]
    pub(super) parameters: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) resources: Option<&'a RawValue>,
    /// Of an item of `lookup-events`: the record, as text.
    #[serde(borrow, default, rename = "CloudTrailEvent")]
    pub(super) as_text: Option<Text<'a>>,
    /// Of an event of EventBridge: the record.
    #[serde(borrow, default)]
    pub(super) detail: Option<&'a RawValue>,
}

/// `userIdentity`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Identity {
    #[serde(default, rename = "type")]
    pub(super) kind: Option<String>,
    #[serde(default)]
    pub(super) arn: Option<String>,
    #[serde(default, rename = "accountId", alias = "accountid")]
    pub(super) account: Option<String>,
    #[serde(default, rename = "principalId", alias = "principalid")]
    pub(super) principal: Option<String>,
    #[serde(default, rename = "userName", alias = "username")]
    pub(super) user: Option<String>,
    #[serde(default, rename = "identityProvider", alias = "identityprovider")]
    pub(super) provider: Option<String>,
    #[serde(default, rename = "invokedBy", alias = "invokedby")]
    pub(super) invoked_by: Option<String>,
    #[serde(default, rename = "sessionContext", alias = "sessioncontext")]
    pub(super) session: Option<Session>,
    #[serde(default, rename = "onBehalfOf", alias = "onbehalfof")]
    pub(super) on_behalf: Option<OnBehalfOf>,
}

/// `sessionContext`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Session {
    #[serde(default, rename = "sessionIssuer", alias = "sessionissuer")]
    pub(super) issuer: Option<Issuer>,
    #[serde(default, rename = "sourceIdentity", alias = "sourceidentity")]
    pub(super) source_identity: Option<String>,
}

/// Whose rights a session has.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Issuer {
    #[serde(default)]
    pub(super) arn: Option<String>,
}

/// The person of an identity centre.
#[derive(Debug, Default, Deserialize)]
pub(super) struct OnBehalfOf {
    #[serde(default, rename = "userId", alias = "userid")]
    pub(super) user: Option<String>,
}

/// One of `resources`.
#[derive(Debug, Deserialize)]
pub(super) struct Resource {
    #[serde(default, rename = "ARN", alias = "arn")]
    pub(super) arn: Option<String>,
}

/// A switch, as JSON or as text; what is neither is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Flag(pub(super) Option<bool>);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Box::<RawValue>::deserialize(deserializer)?;
        Ok(Self(match text.get().trim_matches('"') {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }))
    }
}

/// The object that a member holds, as JSON or as JSON within text; none for what is
/// no JSON.
pub(super) fn object(raw: &RawValue) -> Option<Cow<'_, str>> {
    let text = raw.get();
    if !text.starts_with('"') {
        return Some(Cow::Borrowed(text));
    }
    let inner: String = serde_json::from_str(text).ok()?;
    serde_json::from_str::<IgnoredAny>(&inner).ok()?;
    Some(Cow::Owned(inner))
}
