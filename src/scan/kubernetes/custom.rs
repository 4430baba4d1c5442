//! Custom resources: who runs what they describe, and what undoes itself.

use std::sync::Arc;

use super::{Kind, read::Reader};
use crate::{
    model::kubernetes::custom::{CustomObject, Rollback},
    source::node::Node,
};

/// At most this many objects of one kind are kept: a kind that describes agents
/// or rollouts has few, one that describes anything else is not asked for.
pub(super) const KEPT: u64 = 2_000;

/// At most this many images are kept of one object.
const IMAGES: usize = 16;

/// Where a spec holds the pod it runs, or what stands for it.
const POD_SPECS: [&[&str]; 6] = [
    &["spec"],
    &["spec", "deployment"],
    &["spec", "declarative", "deployment"],
    &["spec", "byo", "deployment"],
    &["spec", "template", "spec"],
    &["spec", "podTemplate", "spec"],
];

/// Keys under which it names a ServiceAccount.
const ACCOUNTS: [&str; 3] = ["serviceAccountName", "serviceAccount", "proxyServiceAccountName"];

impl Kind<'_> {
    /// Whether it is a kind that somebody added. Groups below `k8s.io` belong to
    /// Kubernetes itself; those of its projects end with `x-k8s.io`.
    pub(super) fn is_custom(self) -> bool {
        self.group.contains('.') && !self.group.ends_with(".k8s.io")
    }
}

impl Reader<'_> {
    pub(super) fn custom(&mut self, kind: Kind<'_>) -> CustomObject {
        let root = self.root();
        let specs = || POD_SPECS.iter().filter_map(|path| root.at(path));
        let account = specs()
            .find_map(|spec| ACCOUNTS.iter().find_map(|key| spec.str_at(key)))
            .filter(|name| !name.is_empty());
        let images = specs().flat_map(|spec| {
            let containers = spec.items_at("containers").iter();
            std::iter::once(spec).chain(containers).filter_map(|node| node.str_at("image"))
        });
        CustomObject {
            group: self.word(kind.group),
            kind: self.word(kind.kind),
            scope: self.object.scope.clone(),
            name: self.object.name.clone(),
            service_account: account.map(|name| self.word(name)),
            images: images.take(IMAGES).map(Arc::from).collect(),
            rollback: self.rollback(kind),
            location: self.here(),
        }
    }

    /// What the object undoes when an analysis fails: a Rollout of Argo
    /// Rollouts, a Canary of Flagger.
    fn rollback(&mut self, kind: Kind<'_>) -> Option<Rollback> {
        let spec = self.root().get("spec")?;
        let target = match (kind.group, kind.kind) {
            ("argoproj.io", "Rollout") if rollout_is_analysed(spec) => spec.get("workloadRef"),
            ("flagger.app", "Canary") if canary_is_analysed(spec) => Some(spec.get("targetRef")?),
            _ => return None,
        };
        let Some(target) = target else {
            return Some(Rollback { kind: self.word("Rollout"), name: self.object.name.clone() });
        };
        Some(Rollback {
            kind: self.word(target.str_at("kind")?),
            name: self.word(target.str_at("name")?),
        })
    }
}

/// Whether an analysis decides on any step of a Rollout.
/// <https://argo-rollouts.readthedocs.io/en/stable/features/analysis/>
fn rollout_is_analysed(spec: &Node) -> bool {
    let canary = spec.at(&["strategy", "canary"]);
    let blue_green = spec.at(&["strategy", "blueGreen"]);
    canary.is_some_and(|canary| {
        canary.get("analysis").is_some()
            || canary.items_at("steps").iter().any(|step| step.get("analysis").is_some())
    }) || blue_green.is_some_and(|strategy| {
        ["prePromotionAnalysis", "postPromotionAnalysis"]
            .iter()
            .any(|key| strategy.get(key).is_some())
    })
}

/// Whether metrics or hooks decide on a Canary.
/// <https://docs.flagger.app/usage/how-it-works>
fn canary_is_analysed(spec: &Node) -> bool {
    let decides = |analysis: &Node| {
        ["metrics", "webhooks"].iter().any(|key| !analysis.items_at(key).is_empty())
    };
    spec.get("skipAnalysis").and_then(Node::as_bool) != Some(true)
        && spec.get("analysis").is_some_and(decides)
}
