//! k8sgpt's `K8sGPT` resource: it diagnoses with an account of its own, and has things
//! patched where it may.
//!
//! There is no approval in it: `autoRemediation` on is patching unasked. Who patches
//! is the operator, with the operator's account.

use super::{
    Format, Reading, redact,
    resource::{Resource, is_of, names, texts},
    secrets::{self, KeyNames},
};
use crate::{
    model::agent_config::{
        Approval, Client, Notice, Problem, ProblemKind, Told, ToolReference, ToolSource,
    },
    source::{Document, node::Node},
};

pub(super) struct K8sGpt;

/// What is patched where the resource lists nothing.
const DEFAULT_RESOURCES: [&str; 4] = ["Pod", "Deployment", "Service", "Ingress"];

impl Format for K8sGpt {
    fn id(&self) -> &'static str {
        "k8sgpt"
    }

    fn title(&self) -> &'static str {
        "k8sgpt resources"
    }

    fn version(&self) -> &'static str {
        "core.k8sgpt.ai/v1alpha1, 2026-03"
    }

    fn recognise(&self, document: &Document) -> bool {
        is_of(&document.root, "core.k8sgpt.ai") && document.root.str_at("kind") == Some("K8sGPT")
    }

    fn read(&self, document: &Document, _path: &str) -> Reading {
        let mut resource = Resource::of(document, self.id(), Client::K8sGpt);
        resource.refuse_templates(document.root.get("metadata").into_iter().flat_map(texts));
        let spec = document.root.get("spec");
        resource.refuse_templates(spec.into_iter().flat_map(texts));
        if let Some(remediation) = spec.and_then(|spec| spec.at(&["ai", "autoRemediation"])) {
            auto_remediation(document, remediation, &mut resource);
        }
        if let Some(sink) = spec.and_then(|spec| spec.get("sink")) {
            note_sink(document, sink, &mut resource);
        }
        let mut config = resource.config;
        config.secrets = secrets::sweep(document, KeyNames::Everywhere);
        Reading::new(config, resource.gaps)
    }
}

fn auto_remediation(document: &Document, remediation: &Node, resource: &mut Resource) {
    let file = &document.file;
    if let Some(threshold) = remediation.get("riskThreshold") {
        resource.config.problems.push(Problem {
            kind: ProblemKind::MisplacedKey,
            subject: "autoRemediation.riskThreshold".to_owned(),
            reason: "the resource has no such field, so the API drops it; similarityRequirement \
                     is the threshold, and it asks nobody either"
                .to_owned(),
            location: threshold.location(file),
        });
    }
    let Some(enabled) = remediation.get("enabled") else { return };
    let place = enabled.location(file);
    let approval = match enabled.as_bool() {
        Some(true) => Approval::NotAsked { reason: "autoRemediation patches unasked".to_owned() },
        Some(false) => Approval::Refused {
            location: place.clone(),
            reason: "autoRemediation is off".to_owned(),
        },
        None => Approval::Undecided { reason: "autoRemediation.enabled is no boolean".to_owned() },
    };
    resource.config.notices.push(Notice {
        tool: None,
        told: Told::Nobody("its sink is sent what it finds, and nobody what it patches"),
        location: place.clone(),
    });
    let listed = names(remediation.items_at("resources"), file);
    let kinds = if listed.is_empty() {
        DEFAULT_RESOURCES.iter().map(|kind| (redact::name(kind), place.clone())).collect()
    } else {
        listed
    };
    for (kind, location) in kinds {
        resource.config.tools.push(ToolReference {
            source: ToolSource::BuiltIn(format!("patch {kind}")),
            tool: None,
            approval: approval.clone(),
            location,
        });
    }
}

/// A sink of a messaging service needs an address, written out or in a Secret.
fn note_sink(document: &Document, sink: &Node, resource: &mut Resource) {
    let address = ["webhook", "endpoint"]
        .iter()
        .any(|key| sink.str_at(key).is_some_and(|address| !address.is_empty()))
        || sink.get("secret").is_some();
    if sink.str_at("type").is_some() && !address {
        resource.config.problems.push(Problem {
            kind: ProblemKind::IgnoredValue,
            subject: "sink.type".to_owned(),
            reason: "no address stands beside it, so nothing is sent".to_owned(),
            location: sink.location(&document.file),
        });
    }
}
