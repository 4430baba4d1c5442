//! Pure engines: from grants to capabilities. No I/O, no format.

pub mod admission;
pub mod exercise;
pub mod iam;
pub mod link;
pub mod oversight;
mod owned;
mod path_risk;
pub mod rbac;
pub mod tools;
