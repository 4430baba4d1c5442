//! Controllers that act for whoever writes their objects, as data.

use serde::Deserialize;

use crate::model::image::ImageRef;

/// `rubric/deputies/kubernetes.yaml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeputyFile {
    /// What its entries have in common and how to read them.
    pub about: String,
    /// The controllers.
    pub deputies: Vec<Deputy>,
}

/// One controller, and what writing its objects comes to.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Deputy {
    /// `argo-cd`: what paths call it.
    pub id: String,
    /// Its name for a person.
    pub title: String,
    /// How its workload is recognised; any one is enough.
    pub controller: Recogniser,
    /// Objects that it acts upon.
    pub writes: Vec<DeputyWrite>,
    /// Why writing them is acting as somebody else.
    pub why: String,
    /// Where the claim comes from.
    pub references: Vec<String>,
    /// Workloads that are and are not this controller.
    pub examples: DeputyExamples,
}

/// How a controller is recognised among workloads.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Recogniser {
    /// Image repositories, without registry and tag: `fluxcd/helm-controller`.
    #[serde(default)]
    pub images: Vec<String>,
    /// A label with its value: `app.kubernetes.io/name=argocd-server`.
    #[serde(default)]
    pub labels: Vec<String>,
    /// Names of ServiceAccounts that installations give it and nothing else.
    #[serde(default)]
    pub accounts: Vec<String>,
}

/// One kind of object that a controller acts upon.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeputyWrite {
    /// API group.
    pub group: String,
    /// `Application`.
    pub kind: String,
    /// `applications`.
    pub resource: String,
    /// Where an object must lie for the controller to act upon it.
    #[serde(default)]
    pub lies: Lies,
    /// As whom a written object acts.
    pub acts_as: ActsAs,
    /// What no object of the cluster shows and would prevent it: the hop is then
    /// possible and not certain.
    #[serde(default)]
    pub unless: Option<String>,
}

/// Where an object must lie.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lies {
    /// In any namespace.
    #[default]
    Anywhere,
    /// In that of the controller.
    WithController,
    /// In no namespace.
    Cluster,
}

/// As whom a written object acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ActsAs {
    /// As the controller's own ServiceAccount, whose rights are then the writer's.
    Controller,
    /// As a ServiceAccount of the object's namespace, which it names.
    AccountOfNamespace,
    /// As the controller, for what it is built to do and nothing else.
    WithinLimits,
}

/// Workloads that a test holds against the recogniser.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeputyExamples {
    /// Each is the controller.
    pub matches: Vec<WorkloadExample>,
    /// None of these is.
    pub does_not_match: Vec<WorkloadExample>,
}

/// A workload, as far as it matters.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorkloadExample {
    /// Image of its container.
    #[serde(default)]
    pub image: String,
    /// A label with its value.
    #[serde(default)]
    pub label: String,
    /// Its ServiceAccount.
    #[serde(default)]
    pub account: String,
}

impl Recogniser {
    /// Whether a workload with these images, labels and ServiceAccount is the
    /// controller.
    #[must_use]
    pub fn is_met<'t>(
        &self,
        images: impl IntoIterator<Item = &'t str>,
        labels: impl IntoIterator<Item = (&'t str, &'t str)>,
        account: &str,
    ) -> bool {
        self.accounts.iter().any(|known| known == account)
            || images
                .into_iter()
                .map(ImageRef::parse)
                .any(|image| self.images.iter().any(|own| image.is_of(own)))
            || labels.into_iter().any(|(key, value)| {
                self.labels.iter().any(|known| known.split_once('=') == Some((key, value)))
            })
    }
}
