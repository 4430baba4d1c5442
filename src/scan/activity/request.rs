//! One request of any log, in the words that all formats share.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::row_texts::RowTexts;
use crate::model::activity::{ActionKey, AwsCall, LogOrigin, LoggedOutcome, Manner, Target, Trace};

/// A request with its outcome, as a format read it from one event.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Request<'a> {
    /// Who it counts for: the assumed identity where there is one.
    pub(crate) actor: Cow<'a, str>,
    /// Who assumed that identity.
    pub(crate) impersonator: Option<Cow<'a, str>>,
    /// Groups of the actor, as the JSON list that the log has.
    pub(crate) groups: Option<Cow<'a, str>>,
    /// What was asked for.
    #[serde(with = "in_words")]
    pub(crate) key: Cow<'a, [u8]>,
    /// The object it was for.
    pub(crate) object: Object<'a>,
    /// Whether it needed the right and had it.
    pub(crate) authorised: Authorisation,
    /// What came of it.
    pub(crate) outcome: Outcome,
    /// When it arrived.
    pub(crate) time: Option<Timestamp>,
    /// What the client calls itself, at most [`LABEL_BYTES`] of it.
    pub(crate) user_agent: Option<Cow<'a, str>>,
    /// The grant that the authorizer named, in its words, at most [`REASON_BYTES`] of them.
    pub(crate) grant: Option<Cow<'a, str>>,
    /// Admission webhooks that failed open, at most [`LABEL_BYTES`] of each name.
    #[serde(default)]
    pub(crate) failed_open: Vec<Cow<'a, str>>,
    /// What joins it to other records; none of a request that only reads, of which no
    /// row is kept.
    pub(crate) trace: Option<Box<RequestTrace<'a>>>,
    /// Where it came from, in the log's words; read only where somebody is shown every
    /// request, and in no summary.
    #[serde(skip)]
    pub(crate) source: Option<Cow<'a, str>>,
    /// Of one that waits for its other half, of which cluster it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cluster: Option<LogOrigin>,
    /// Line of the event, from 1.
    pub(crate) line: u64,
}

/// [`Trace`] as a line has it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct RequestTrace<'a> {
    /// The object that was acted on, where the log knows one that the authorizer was not
    /// told of.
    pub(crate) object: Option<Cow<'a, str>>,
    pub(crate) id: Option<Cow<'a, str>>,
    pub(crate) request: Option<Cow<'a, str>>,
    pub(crate) session: Option<Cow<'a, str>>,
    pub(crate) source_identity: Option<Cow<'a, str>>,
    pub(crate) credential: Option<Cow<'a, str>>,
    pub(crate) shallow: bool,
    pub(crate) manner: Option<Manner>,
}

/// What clients call themselves, and webhooks are called, is cut to so many bytes.
pub(crate) const LABEL_BYTES: usize = 160;
/// The authorizer's reason is cut to so many bytes. It names the grant first.
pub(crate) const REASON_BYTES: usize = 1024;

/// The first `limit` bytes at most, not ending inside a character.
pub(crate) fn cut(text: &str, limit: usize) -> &str {
    text.get(..text.floor_char_boundary(limit)).unwrap_or(text)
}

impl Request<'_> {
    /// The same, kept beyond the line it was read from.
    pub(crate) fn into_owned(self) -> Request<'static> {
        let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        Request {
            actor: owned(self.actor),
            impersonator: self.impersonator.map(owned),
            groups: self.groups.map(owned),
            key: Cow::Owned(self.key.into_owned()),
            object: match self.object {
                Object::Named(name) => Object::Named(owned(name)),
                Object::Several(names) => Object::Several(names.into_iter().map(owned).collect()),
                Object::Unnamed => Object::Unnamed,
                Object::Odd => Object::Odd,
            },
            authorised: self.authorised,
            outcome: self.outcome,
            time: self.time,
            user_agent: self.user_agent.map(owned),
            grant: self.grant.map(owned),
            failed_open: self.failed_open.into_iter().map(owned).collect(),
            trace: self.trace.map(|trace| {
                let RequestTrace {
                    object,
                    id,
                    request,
                    session,
                    source_identity,
                    credential,
                    shallow,
                    manner,
                } = *trace;
                Box::new(RequestTrace {
                    object: object.map(owned),
                    id: id.map(owned),
                    request: request.map(owned),
                    session: session.map(owned),
                    source_identity: source_identity.map(owned),
                    credential: credential.map(owned),
                    shallow,
                    manner,
                })
            }),
            source: self.source.map(owned),
            cluster: self.cluster,
            line: self.line,
        }
    }

    /// The object that it was for, where it is one.
    pub(crate) fn one_object(&self) -> Option<&str> {
        match &self.object {
            Object::Named(name) => Some(name),
            Object::Several(_) | Object::Unnamed | Object::Odd => {
                self.trace.as_ref()?.object.as_deref()
            }
        }
    }

    /// What is kept of it as a row, if it may have changed anything.
    pub(crate) fn kept_trace(&self, texts: &mut RowTexts) -> Option<Trace> {
        fn kept<'t>(text: &'t Option<Cow<'_, str>>) -> Option<&'t str> {
            let text = text.as_deref().filter(|text| !text.is_empty())?;
            Some(cut(text, Trace::BYTES))
        }
        let trace = self.trace.as_ref()?;
        let mut shared = |text| kept(text).map(|text| texts.shared(text));
        Some(Trace {
            id: kept(&trace.id).map(Into::into),
            request: kept(&trace.request).map(Into::into),
            session: shared(&trace.session),
            source_identity: shared(&trace.source_identity),
            credential: shared(&trace.credential),
            user_agent: shared(&self.user_agent),
            impersonator: shared(&self.impersonator),
            shallow: trace.shallow,
            manner: trace.manner,
            failed_open: self
                .failed_open
                .iter()
                .map(|webhook| cut(webhook, Trace::BYTES).into())
                .collect(),
            groups: self.groups.as_deref().and_then(|list| texts.groups(list)),
        })
    }

    /// Who was authenticated.
    pub(crate) fn authenticated(&self) -> &str {
        self.impersonator.as_deref().unwrap_or(&self.actor)
    }
}

/// The object of a request, as the authorizer was told of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Object<'a> {
    /// One of this name, or the path of what is no resource.
    Named(Cow<'a, str>),
    /// Several at once, or candidates of which the log does not tell the one.
    Several(Vec<Cow<'a, str>>),
    /// None: all of them, or one yet to be made; or the log does not tell.
    Unnamed,
    /// One whose name is no name.
    Odd,
}

/// Whether the authorizer let a request pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Authorisation {
    /// It did.
    Passed,
    /// It did, twice: for the verb and for `create`.
    PassedToCreate,
    /// It refused, or nothing tells.
    NotShown,
}

/// What came of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Outcome {
    /// It took effect.
    Done,
    /// It may have taken effect.
    Unclear,
    /// It was refused.
    Denied(DeniedBy),
    /// It was rejected as wrong: no effect.
    Failed,
    /// It was a rehearsal.
    DryRun,
}

impl From<Outcome> for LoggedOutcome {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done => Self::Done,
            Outcome::Unclear => Self::Unclear,
            Outcome::Denied(_) => Self::Denied,
            Outcome::Failed => Self::Failed,
            Outcome::DryRun => Self::DryRun,
        }
    }
}

/// Who refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum DeniedBy {
    /// Authentication or authorization.
    Authorization,
    /// Something after it: admission, RBAC's escalation check.
    Later,
    /// The log does not say.
    Unsaid,
}

/// No byte of UTF-8 text has this value, so it separates texts unmistakably.
const SEPARATOR: u8 = 0xff;

/// Writes an [`ActionKey`] for a Kubernetes resource as bytes, so that a known
/// key is found without allocating. Absent parts are empty.
pub(crate) fn encode_resource(buffer: &mut Vec<u8>, verb: &str, rest: [&str; 4]) {
    encode_resource_text(buffer, verb.as_bytes(), rest.map(str::as_bytes));
}

/// The same for bytes that are known to be text.
#[inline]
pub(crate) fn encode_resource_text(
    buffer: &mut Vec<u8>,
    verb: &[u8],
    [group, resource, subresource, namespace]: [&[u8]; 4],
) {
    encode(buffer, b'r', [verb, group, resource, subresource, namespace]);
}

/// Writes an [`ActionKey`] for a path that is no resource.
pub(crate) fn encode_path(buffer: &mut Vec<u8>, verb: &str, path: &str) {
    encode(buffer, b'p', [verb, path].map(str::as_bytes));
}

/// Writes an [`ActionKey`] for a call of an AWS API, by its IAM action.
pub(crate) fn encode_aws(buffer: &mut Vec<u8>, action: &str, call: &AwsCall) {
    let part = |text: &Option<String>| text.clone().unwrap_or_default();
    let via = if call.via_mcp { "mcp" } else { "" };
    let parts = [action, &part(&call.region), via, &part(&call.passed_to)];
    encode(buffer, b'a', parts.map(str::as_bytes));
}

#[inline]
fn encode<const N: usize>(buffer: &mut Vec<u8>, tag: u8, parts: [&[u8]; N]) {
    buffer.clear();
    buffer.push(tag);
    for part in parts {
        buffer.extend_from_slice(part);
        buffer.push(SEPARATOR);
    }
}

/// The key that was written; none for bytes that no encoder wrote.
pub(crate) fn decode(bytes: &[u8]) -> Option<ActionKey> {
    let (tag, rest) = bytes.split_first()?;
    let mut parts =
        rest.split(|&byte| byte == SEPARATOR).map(|part| std::str::from_utf8(part).ok());
    let mut next = || parts.next().flatten().map(str::to_owned);
    let some = |text: Option<String>| text.filter(|text| !text.is_empty());
    let verb = next()?;
    let target = match tag {
        b'r' => Target::KubernetesResource {
            group: next()?,
            resource: next()?,
            subresource: some(next()),
            namespace: some(next()),
        },
        b'p' => Target::KubernetesPath(next()?),
        b'a' => Target::Aws(AwsCall {
            region: some(next()),
            via_mcp: next()? == "mcp",
            passed_to: some(next()),
        }),
        _ => return None,
    };
    Some(ActionKey { verb, target })
}

/// The bytes of a key.
pub(crate) fn encode_key(key: &ActionKey) -> Vec<u8> {
    fn text(part: &Option<String>) -> &str {
        part.as_deref().unwrap_or_default()
    }
    let mut buffer = Vec::new();
    match &key.target {
        Target::KubernetesResource { group, resource, subresource, namespace } => encode_resource(
            &mut buffer,
            &key.verb,
            [group, resource, text(subresource), text(namespace)],
        ),
        Target::KubernetesPath(path) => encode_path(&mut buffer, &key.verb, path),
        Target::Aws(call) => encode_aws(&mut buffer, &key.verb, call),
    }
    buffer
}

/// A key in a file: in words.
mod in_words {
    use std::borrow::Cow;

    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer, ser::Error as _};

    use super::{ActionKey, decode, encode_key};

    pub(super) fn serialize<S: Serializer>(key: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        decode(key).ok_or_else(|| S::Error::custom("no key"))?.serialize(serializer)
    }

    pub(super) fn deserialize<'de, 'a, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Cow<'a, [u8]>, D::Error> {
        Ok(Cow::Owned(encode_key(&ActionKey::deserialize(deserializer)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_survive_their_byte_form() {
        let mut buffer = Vec::new();
        encode_resource(&mut buffer, "delete", ["apps", "deployments", "", "shop"]);
        assert_eq!(
            decode(&buffer).map(|key| key.to_string()).as_deref(),
            Some("delete apps/deployments in shop")
        );
        assert_eq!(decode(&buffer).map(|key| encode_key(&key)), Some(buffer.clone()));
        encode_path(&mut buffer, "get", "/healthz");
        assert_eq!(decode(&buffer).map(|key| key.to_string()).as_deref(), Some("get /healthz"));
    }

    #[test]
    fn text_is_cut_between_characters() {
        assert_eq!(cut("aé", 2), "a");
        assert_eq!(cut("aé", 3), "aé");
    }

    #[test]
    fn neighbouring_parts_cannot_be_mistaken_for_one_another() {
        let (mut left, mut right) = (Vec::new(), Vec::new());
        encode_resource(&mut left, "get", ["a", "bc", "", ""]);
        encode_resource(&mut right, "get", ["ab", "c", "", ""]);
        assert_ne!(left, right);
    }
}
