//! One resource, listed page by page.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use serde::Deserialize;
use serde_json::{Map, Value, value::RawValue};

use super::{
    prune::prune,
    request::{Accept, Refusal, Server},
    resources::Takes,
};
use crate::scan::live::plain;

/// Objects of one resource; no cluster that Kubernetes supports holds more.
const MOST: usize = 500_000;
/// Bytes kept of one resource.
const MOST_BYTES: usize = 256 << 20;

/// A resource that the server serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// API group; empty for the core.
    pub(super) group: String,
    /// The version it is listed in.
    pub(super) version: String,
    /// `clusterroles`.
    pub(super) resource: String,
    /// `ClusterRole`.
    pub(super) kind: String,
    /// What is kept of it.
    pub(super) takes: Takes,
}

/// What came of listing one resource.
#[derive(Debug)]
pub(super) struct Listing {
    /// The objects that came, pruned, as JSON.
    pub(super) items: Vec<Box<[u8]>>,
    /// Why they are not all.
    pub(super) refusal: Option<Refusal>,
}

/// A page as the API server sends it.
#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    metadata: PageMetadata<'a>,
    #[serde(borrow)]
    items: Option<Vec<&'a RawValue>>,
}

#[derive(Default, Deserialize)]
struct PageMetadata<'a> {
    #[serde(borrow, default, rename = "continue")]
    token: Option<Cow<'a, str>>,
}

/// Namespace and name.
type Identity = (String, String);

/// What is known of some objects besides what the list of all tells, by name.
type Extras = BTreeMap<Identity, Map<String, Value>>;

/// Lists a resource to its end, `page` objects at a time.
pub(super) async fn list(server: Arc<Server>, target: Target, page: u32) -> Listing {
    let mut extras = Extras::new();
    for &(selector, takes, key) in selected(target.takes) {
        let some = Target { takes, ..target.clone() };
        let found = pages(&server, &some, Some(selector), &extras, page).await;
        if found.refusal.is_some() {
            return Listing { items: Vec::new(), ..found };
        }
        extras.extend(found.items.iter().filter_map(|item| extra(item, key)));
    }
    pages(&server, &target, None, &extras, page).await
}

/// What of a resource is asked for by itself: metadata does not tell the type of
/// a Secret, but the server selects by it; one ConfigMap is a guardrail's setting,
/// and one says who AWS principals are.
fn selected(takes: Takes) -> &'static [(&'static str, Takes, &'static str)] {
    match takes {
        Takes::Secrets => &[("type=kubernetes.io/service-account-token", Takes::Metadata, "type")],
        Takes::ConfigMaps => &[
            ("metadata.name=kyverno", Takes::KyvernoFilters, "data"),
            ("metadata.name=aws-auth", Takes::AwsAuth, "data"),
        ],
        _ => &[],
    }
}

/// What an object that was selected adds to the one that is listed.
fn extra(item: &[u8], key: &str) -> Option<(Identity, Map<String, Value>)> {
    let mut object: Map<String, Value> = serde_json::from_slice(item).ok()?;
    let own = identity(&object)?;
    let value = match key {
        "type" => "kubernetes.io/service-account-token".into(),
        key => object.remove(key)?,
    };
    Some((own, Map::from_iter([(key.to_owned(), value)])))
}

/// All pages. A list that was overtaken by changes is begun anew, once.
async fn pages(
    server: &Server,
    target: &Target,
    selector: Option<&str>,
    extras: &Extras,
    page: u32,
) -> Listing {
    let first = one_pass(server, target, selector, extras, page).await;
    if first.refusal != Some(Refusal::Gone) {
        return first;
    }
    let second = one_pass(server, target, selector, extras, page).await;
    // Of two that break off, the one that shows more.
    if second.refusal.is_some() && second.items.len() < first.items.len() { first } else { second }
}

async fn one_pass(
    server: &Server,
    target: &Target,
    selector: Option<&str>,
    extras: &Extras,
    page: u32,
) -> Listing {
    let mut listing = Listing { items: Vec::new(), refusal: None };
    let mut bytes = 0;
    let mut limit = page.max(1);
    let mut token = String::new();
    let accept = if target.takes.metadata_only() { Accept::Metadata } else { Accept::Objects };
    loop {
        let path = path(target, selector, limit, &token);
        let next = match server.get(&path, accept).await {
            Ok(body) => take(&body, target, accept, extras, &mut listing.items, &mut bytes),
            // A page of fewer objects may be small enough.
            Err(Refusal::TooLarge) if limit > 1 => {
                limit = (limit / 8).max(1);
                continue;
            }
            Err(refusal) => Err(refusal),
        };
        match next {
            Ok(Some(next)) if next != token => token = next,
            Ok(Some(_)) => {
                let reason = "every page sends to itself".to_owned();
                listing.refusal = Some(Refusal::Garbage(reason));
                return listing;
            }
            Ok(None) => return listing,
            Err(refusal) => {
                listing.refusal = Some(refusal);
                return listing;
            }
        }
    }
}

/// Takes the objects of one page; the token of the next, if there is one.
fn take(
    body: &[u8],
    target: &Target,
    accept: Accept,
    extras: &Extras,
    items: &mut Vec<Box<[u8]>>,
    bytes: &mut usize,
) -> Result<Option<String>, Refusal> {
    let garbage = |error: serde_json::Error| Refusal::Garbage(plain(&error.to_string()));
    let page: Page<'_> = serde_json::from_slice(body).map_err(garbage)?;
    let expected = match accept {
        Accept::Objects => page.kind.ends_with("List"),
        Accept::Metadata => page.kind == "PartialObjectMetadataList",
    };
    if !expected {
        return Err(Refusal::Garbage(format!("it is of kind `{}`", plain(&page.kind))));
    }
    let api_version = match target.group.as_str() {
        "" => target.version.clone(),
        group => format!("{group}/{}", target.version),
    };
    for raw in page.items.unwrap_or_default() {
        let object: Map<String, Value> = serde_json::from_str(raw.get()).map_err(garbage)?;
        let mut kept = prune(target.takes, &api_version, &target.kind, &object);
        if !extras.is_empty()
            && let Some(more) = identity(&kept).and_then(|own| extras.get(&own))
        {
            kept.extend(more.clone());
        }
        let text = serde_json::to_vec(&kept).map_err(garbage)?;
        *bytes += text.len();
        items.push(text.into());
        if items.len() > MOST || *bytes > MOST_BYTES {
            return Err(Refusal::Garbage(format!("more than {MOST} objects of it")));
        }
    }
    Ok(page.metadata.token.filter(|token| !token.is_empty()).map(Cow::into_owned))
}

fn path(target: &Target, selector: Option<&str>, limit: u32, token: &str) -> String {
    let Target { group, version, resource, .. } = target;
    let mut path = match group.as_str() {
        "" => format!("/api/{version}/{resource}?limit={limit}"),
        group => format!("/apis/{group}/{version}/{resource}?limit={limit}"),
    };
    if let Some(selector) = selector {
        path.push_str("&fieldSelector=");
        path.push_str(&escape(selector));
    }
    if !token.is_empty() {
        path.push_str("&continue=");
        path.push_str(&escape(token));
    }
    path
}

/// Percent-encodes a value of a query.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                escaped.push(char::from(byte));
            }
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}

fn identity(object: &Map<String, Value>) -> Option<Identity> {
    let metadata = object.get("metadata")?;
    let text = |key: &str| Some(metadata.get(key)?.as_str()?.to_owned());
    Some((text("namespace").unwrap_or_default(), text("name")?))
}
