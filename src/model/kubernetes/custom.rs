//! Custom resources: objects of kinds that somebody added to the API.

use std::sync::Arc;

use super::Scope;
use crate::model::location::Location;

/// A custom object, as far as it tells who runs as whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomObject {
    /// API group, without version: `core.k8sgpt.ai`.
    pub group: Arc<str>,
    /// Kind: `K8sGPT`.
    pub kind: Arc<str>,
    /// Where it lives; [`Scope::UnknownNamespace`] also for one that lives in no
    /// namespace, since an object does not tell which it is.
    pub scope: Scope,
    /// Its name.
    pub name: Arc<str>,
    /// The ServiceAccount that its spec names for whatever runs it.
    pub service_account: Option<Arc<str>>,
    /// The images that its spec names.
    pub images: Vec<Arc<str>>,
    /// What an operator of this object undoes by itself when a check fails.
    pub rollback: Option<Rollback>,
    /// Where it stands.
    pub location: Location,
}

/// A rollout that is undone by its controller when an analysis fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rollback {
    /// The kind of the workload that is rolled out: `Deployment`, or `Rollout`
    /// where it is the object itself.
    pub kind: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
}
