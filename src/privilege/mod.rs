//! Pure engines: from grants to capabilities. No I/O, no format.

pub mod rbac;

pub mod iam;

pub mod tools;
