//! Sessions that requests to the token service began.
//!
//! Of an answer, the name of the session and a digest of its credential's id are kept;
//! tokens are passed over.

use std::collections::BTreeMap;

use crate::{
    model::{
        activity::{RoleSession, Trace},
        location::Location,
    },
    scan::activity::request::cut,
    source::read::digest,
};
use jiff::Timestamp;
use serde::{Deserialize, de::IgnoredAny};

/// The service that begins sessions.
const SOURCE: &str = "sts.amazonaws.com";
/// A longer name of a caller is cut.
const NAME_BYTES: usize = 2048;
/// How the names of its requests that begin one begin.
const EVENT: &str = "AssumeRole";

/// Whether a record of this event may tell of a session that it began.
pub(super) fn is_beginning(source: &[u8], name: &[u8]) -> bool {
    source == SOURCE.as_bytes() && name.starts_with(EVENT.as_bytes())
}

/// What is kept of the id of a credential.
pub(super) fn credential(id: &str) -> Option<Box<str>> {
    (!id.is_empty()).then(|| digest(id.as_bytes()).into())
}

/// What a record tells of a session that its request may have begun.
#[derive(Debug)]
pub(super) struct Begun<'a> {
    /// `requestParameters` and `responseElements`, as JSON; none where there are none.
    pub(super) asked: Option<&'a str>,
    pub(super) answered: Option<&'a str>,
    /// A digest of the id of the credential that the request was made with.
    pub(super) parent: Option<Box<str>>,
    /// Who made it, as [`caller`] tells.
    pub(super) by: Option<&'a str>,
}

/// Who made a request: the session where it was one, which a role alone would not tell.
pub(super) fn caller<'a>(arn: Option<&'a str>, actor: Option<&'a str>) -> Option<&'a str> {
    arn.filter(|arn| !arn.is_empty()).or(actor)
}

/// The session that a request began; none where it began none.
pub(super) fn session(
    begun: Begun<'_>,
    time: Option<Timestamp>,
    place: Location,
) -> Option<RoleSession> {
    let answer: Answer = serde_json::from_str(begun.answered?).ok()?;
    let asked: Request =
        begun.asked.and_then(|asked| serde_json::from_str(asked).ok()).unwrap_or_default();
    let kept = |text: String| -> Box<str> { cut(&text, Trace::BYTES).into() };
    let listed = asked.tags.into_iter().map(|tag| (tag.key, tag.value));
    Some(RoleSession {
        time,
        session: kept(answer.role_user?.arn?),
        credential: answer.credentials.and_then(|given| credential(&given.id?)),
        parent: begun.parent,
        by: begun.by.map(|by| cut(by, NAME_BYTES).into()),
        subject: answer.subject.filter(|subject| !subject.is_empty()).map(kept),
        tags: listed
            .chain(asked.principal_tags)
            .take(RoleSession::TAGS)
            .map(|(key, value)| (kept(key), kept(value)))
            .collect(),
        place,
    })
}

#[derive(Default, Deserialize)]
struct Request {
    #[serde(default)]
    tags: Vec<Tag>,
    #[serde(default, rename = "principalTags", alias = "principaltags")]
    principal_tags: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Tag {
    key: String,
    #[serde(default)]
    value: String,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default, rename = "assumedRoleUser", alias = "assumedroleuser")]
    role_user: Option<RoleUser>,
    #[serde(default)]
    credentials: Option<Given>,
    #[serde(
        default,
        rename = "subjectFromWebIdentityToken",
        alias = "subjectfromwebidentitytoken"
    )]
    subject: Option<String>,
}

#[derive(Deserialize)]
struct RoleUser {
    #[serde(default)]
    arn: Option<String>,
}

#[derive(Deserialize)]
struct Given {
    #[serde(default, rename = "accessKeyId", alias = "accesskeyid")]
    id: Option<String>,
    #[serde(default, rename = "sessionToken", alias = "sessiontoken")]
    _token: Option<IgnoredAny>,
}
