//! Kubernetes RBAC: who may do what, through which binding, and what comes of it.
//!
//! The matcher decides as the API server does (`pkg/apis/rbac/v1/evaluation_helpers.go`
//! and `pkg/registry/rbac/validation/rule.go` of kubernetes/kubernetes); everything
//! else is built on it. Where the evidence leaves a doubt, the worse is taken and a
//! gap tells so: a role that is not there is unknown, not "no permission".
//!
//! RBAC only adds: nothing here knows of webhook authorizers or EKS access
//! policies; what admission does to a permission is asked next door.

mod capabilities;
mod closure;
mod effect;
mod escalation;
mod evaluator;
mod identity;
mod index;
mod matcher;
mod narrow;
mod paths;
mod request;
mod risk;
mod scope;
mod seen;
mod subjects;
mod touch;

#[cfg(test)]
mod tests;

pub use capabilities::labels_covering;
pub use closure::{Closure, Held};
pub use effect::effect_of;
pub use escalation::{Claim, Coverage, Object, RoleToBind, Write};
pub use evaluator::Evaluator;
pub use identity::Identity;
pub use index::Index;
pub use matcher::{rule_allows, rule_allows_url};
pub use paths::path_risks;
pub use request::{Decision, Request, Target};
pub use touch::{Asked, Touch};
