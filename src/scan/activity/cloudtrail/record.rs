//! The members of a CloudTrail record that gradus reads, borrowed from the text.
//!
//! Athena's tables have them in lower case, and objects as JSON within text.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};
use serde_json::{Map, Value, value::RawValue};

use crate::scan::activity::text::Text;

/// A record, or what it is wrapped in.
#[derive(Debug, Deserialize)]
pub(super) struct Record<'a> {
    #[serde(borrow, default, rename = "eventVersion", alias = "eventversion")]
    pub(super) version: Option<Text<'a>>,
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
    #[serde(borrow, default, rename = "responseElements", alias = "responseelements")]
    pub(super) response: Option<&'a RawValue>,
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
    #[serde(default, rename = "accessKeyId", alias = "accesskeyid")]
    pub(super) access_key: Option<String>,
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
struct Resource {
    #[serde(default, rename = "ARN", alias = "arn")]
    arn: Option<String>,
}

/// A switch, as JSON or as text; what is neither is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Flag(pub(super) Option<bool>);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(deserializer).map(|text| Self::of(text.get().as_bytes()))
    }
}

impl Flag {
    /// What a value says as it stands in the text.
    pub(super) fn of(value: &[u8]) -> Self {
        Self(match value {
            b"true" | b"\"true\"" => Some(true),
            b"false" | b"\"false\"" => Some(false),
            _ => None,
        })
    }
}

/// The members of these names that `text` has, where it is an object; all of any other
/// value. None where what is wanted is no value, or the text no JSON.
pub(super) fn members(text: &str, names: &[&str]) -> Option<Value> {
    struct Members<'n>(&'n [&'n str]);

    impl<'de> Visitor<'de> for Members<'_> {
        type Value = Map<String, Value>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut found = Map::new();
            while let Some(Text(name)) = map.next_key::<Text<'_>>()? {
                if self.0.contains(&&*name) {
                    found.insert(name.into_owned(), map.next_value()?);
                } else {
                    map.next_value::<IgnoredAny>()?;
                }
            }
            Ok(found)
        }
    }

    if !text.trim_start().starts_with('{') {
        return serde_json::from_str(text).ok();
    }
    let mut parser = serde_json::Deserializer::from_str(text);
    let found = parser.deserialize_map(Members(names)).ok()?;
    parser.end().ok()?;
    Some(Value::Object(found))
}

/// The ARNs that a list of resources holds; none where it is no such list.
pub(super) fn arns(resources: &str) -> Vec<String> {
    let resources = serde_json::from_str::<Vec<Resource>>(resources).unwrap_or_default();
    resources.into_iter().filter_map(|one| one.arn).collect()
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
