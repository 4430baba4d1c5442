//! What Pod Security Admission lets into a namespace.
//!
//! <https://kubernetes.io/docs/concepts/security/pod-security-admission/>

use super::objects::Namespace;

/// A Pod Security Standard, loosest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PodSecurity {
    /// Anything.
    Privileged,
    /// No known way to the node.
    Baseline,
    /// Hardened.
    Restricted,
}

/// What is enforced in one namespace, as far as its labels tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Enforced {
    /// The label says so, and the API server knows the word.
    Labelled(PodSecurity),
    /// No label: the API server's default, `privileged` unless its
    /// configuration file says otherwise, which no object shows.
    Default,
}

/// The label that enforces; `warn` and `audit` labels stop nothing.
pub const ENFORCE: &str = "pod-security.kubernetes.io/enforce";

impl Namespace {
    /// What Pod Security enforces here. A word that is no standard is taken by
    /// the API server as `restricted`; a mistake that cannot let a pod in.
    #[must_use]
    pub fn pod_security(&self) -> Enforced {
        match self.labels.get(ENFORCE).map(|word| &**word) {
            None => Enforced::Default,
            Some("privileged") => Enforced::Labelled(PodSecurity::Privileged),
            Some("baseline") => Enforced::Labelled(PodSecurity::Baseline),
            Some(_) => Enforced::Labelled(PodSecurity::Restricted),
        }
    }
}
