//! What else than permissions makes a risk real: grants that give nothing, and
//! what runs as an identity or in its reach.

mod dead;
mod own;

use std::{collections::BTreeSet, sync::Arc};

use super::{closure::Closure, identity::Identity, index::Index, risk::Sighting};
use crate::{
    model::{
        image::ImageRef,
        kubernetes::{ClusterSnapshot, Scope, objects::Workload},
    },
    rubric::kubernetes::{
        effects::Effects,
        risks::{RiskRule, Sight},
    },
};

/// What of a kind is seen of one identity; nothing for what is told of clusters
/// and for what narrows permissions, which those decide.
pub(super) fn of_identity(
    sight: Sight,
    effects: &Effects,
    closure: &Closure<'_>,
    index: &Index<'_>,
    identity: &Identity,
) -> Vec<Sighting> {
    match sight {
        Sight::DeadNames => dead::names(closure),
        Sight::DeadResource => dead::resources(effects, closure),
        Sight::DeadGroup => dead::groups(closure, index.snapshot.version),
        Sight::DanglingRole => dead::roles(closure),
        Sight::DefaultAccount => own::default_account(closure, identity),
        Sight::LastingToken => own::lasting_tokens(index, identity),
        Sight::OwnWorkload => own::changeable(closure, index, identity),
        Sight::PodWithImage
        | Sight::WebhookBackend
        | Sight::Anonymous
        | Sight::Authenticated
        | Sight::EveryAccount
        | Sight::MissingAccount
        | Sight::InertSubject => Vec::new(),
    }
}

/// Something that a risk is about where it lies.
#[derive(Debug)]
pub(super) struct Spot {
    /// Where it lies.
    pub(super) scope: Scope,
    /// As `{detail}` of a message.
    pub(super) said: String,
}

/// What of a cluster narrows the risks of a sight to where it lies; none for a
/// sight that narrows nothing.
pub(super) fn spots(snapshot: &ClusterSnapshot, rule: &RiskRule) -> Option<Vec<Spot>> {
    match rule.seen? {
        Sight::PodWithImage => Some(with_image(snapshot, &rule.images)),
        Sight::WebhookBackend => Some(webhook_backends(snapshot)),
        Sight::DeadNames
        | Sight::DeadResource
        | Sight::DeadGroup
        | Sight::DanglingRole
        | Sight::DefaultAccount
        | Sight::LastingToken
        | Sight::OwnWorkload
        | Sight::Anonymous
        | Sight::Authenticated
        | Sight::EveryAccount
        | Sight::MissingAccount
        | Sight::InertSubject => None,
    }
}

/// Workloads that run one of these images, or call themselves so by the label
/// `app.kubernetes.io/name`; not those that a listed controller made.
fn with_image(snapshot: &ClusterSnapshot, images: &[String]) -> Vec<Spot> {
    let wanted = |name: &str| images.iter().any(|image| image == name);
    snapshot
        .workloads
        .iter()
        .filter(|workload| !workload.owned)
        .filter(|workload| {
            workload.images.iter().any(|image| wanted(ImageRef::parse(image).last_word()))
                || workload.labels.get("app.kubernetes.io/name").is_some_and(|name| wanted(name))
        })
        .map(|workload| Spot { scope: workload.scope.clone(), said: workload_name(workload) })
        .collect()
}

/// Services that answer for webhooks.
fn webhook_backends(snapshot: &ClusterSnapshot) -> Vec<Spot> {
    let services: BTreeSet<&(Arc<str>, Arc<str>)> =
        snapshot.admission.webhooks.iter().filter_map(|webhook| webhook.service.as_ref()).collect();
    services
        .into_iter()
        .map(|(namespace, name)| Spot {
            scope: Scope::Namespace(Arc::clone(namespace)),
            said: format!("Service {namespace}/{name}"),
        })
        .collect()
}

/// `Deployment shop/db`.
fn workload_name(workload: &Workload) -> String {
    let namespace = workload.scope.namespace().unwrap_or("?");
    format!("{} {namespace}/{}", workload.kind, workload.name)
}
