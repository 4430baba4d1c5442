//! What joins a change to tool calls, sessions and people.

use std::{borrow::Cow, collections::BTreeMap};

use serde::Deserialize;

use super::event::{Event, User};
use crate::{
    model::activity::Manner,
    scan::activity::{request::RequestTrace, text::Json, unique::Unique},
};

/// Longer extra fields of a user are not looked into.
const EXTRA_BYTES: usize = 16 << 10;
/// Longer bodies are not looked into for how they were made.
const BODY_BYTES: usize = 256 << 10;
/// Subresources by which a `get` reaches into what runs.
const CONNECTS: [&str; 4] = ["attach", "exec", "portforward", "proxy"];
/// What a user's extra fields say of the session, the closest first: the role session of
/// EKS, the pod of a token, the credential.
const SESSIONS: [&str; 4] = [
    "sessionName",
    "authentication.kubernetes.io/pod-name",
    "authentication.kubernetes.io/credential-id",
    "accessKeyId",
];
/// Workloads whose template `kubectl rollout` puts back.
pub(super) const ROLLED_OUT: [&str; 3] = ["daemonsets", "deployments", "statefulsets"];

/// Whether a request reads at most, by its verb: what connects to something does more.
pub(in crate::scan::activity) fn only_reads(verb: &str, subresource: Option<&str>) -> bool {
    let connects = subresource.is_some_and(|part| CONNECTS.contains(&part));
    matches!(verb, "get" | "list" | "watch" | "head" | "options") && !connects
}

/// The trace of a request that may change something; none of one that only reads.
pub(super) fn trace<'e>(
    event: &'e Event<'_>,
    verb: &str,
    subresource: Option<&str>,
) -> Option<Box<RequestTrace<'e>>> {
    if only_reads(verb, subresource) {
        return None;
    }
    let text = |text: Option<&'e str>| text.filter(|text| !text.is_empty()).map(Cow::Borrowed);
    Some(Box::new(RequestTrace {
        object: text(event.object_ref.as_ref().and_then(|object| object.name.as_deref())),
        id: text(event.audit_id.as_deref()),
        request: None,
        session: event.user.as_ref().and_then(session).map(Cow::Owned),
        source_identity: None,
        credential: None,
        shallow: event.level.as_deref() == Some("Metadata"),
        manner: manner(event, verb),
    }))
}

pub(super) fn session(user: &User<'_>) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(transparent)]
    struct Extra(BTreeMap<String, Vec<String>>);
    let raw = user.extra.filter(|raw| raw.get().len() <= EXTRA_BYTES)?;
    let Extra(mut found) = serde_json::from_str(raw.get()).ok()?;
    SESSIONS.iter().find_map(|key| found.remove(*key)?.into_iter().find(|text| !text.is_empty()))
}

/// How `kubectl rollout` shows itself: a restart by its field manager and a patch of nothing
/// but its time, an undo by a JSON patch of the template that names no field manager at all.
/// The field manager alone is a claim; without the body both are like any other patch, and
/// are not told.
fn manner(event: &Event<'_>, verb: &str) -> Option<Manner> {
    let resource = event.object_ref.as_ref().and_then(|object| object.resource.as_deref())?;
    if verb != "patch" || !ROLLED_OUT.contains(&resource) {
        return None;
    }
    let uri = event.request_uri.as_deref()?;
    let query = uri.split_once('?').map_or("", |(_, query)| query);
    let manager = query.split('&').find_map(|pair| pair.strip_prefix("fieldManager="));
    let body = || event.request_object.filter(|body| body.get().len() <= BODY_BYTES);
    match manager {
        Some("kubectl-rollout") => only_restarts(body()?).then_some(Manner::Restart),
        Some(_) => None,
        None => {
            let kubectl =
                event.user_agent.as_deref().is_some_and(|agent| agent.starts_with("kubectl"));
            (kubectl && replaces_template(body()?)).then_some(Manner::Undo)
        }
    }
}

/// Whether a patch sets when a workload was restarted, and nothing else.
fn only_restarts(body: Json<'_>) -> bool {
    let Ok(Unique(mut value)) = serde_json::from_str(body.get()) else { return false };
    const PATH: [&str; 4] = ["spec", "template", "metadata", "annotations"];
    for name in PATH.into_iter().chain(["kubectl.kubernetes.io/restartedAt"]) {
        match value {
            serde_json::Value::Object(mut members) if members.len() == 1 => {
                let Some(member) = members.remove(name) else { return false };
                value = member;
            }
            _ => return false,
        }
    }
    value.is_string()
}

fn replaces_template(body: Json<'_>) -> bool {
    #[derive(Deserialize)]
    struct Operation {
        op: String,
        path: String,
    }
    serde_json::from_str::<Vec<Operation>>(body.get()).is_ok_and(|operations| {
        operations.iter().any(|one| one.op == "replace" && one.path == "/spec/template")
    })
}
