//! Levels, dimensions, criteria, risks, effects and catalogues: rules as data.
//!
//! The data is in `rubric/` at the root, written in YAML, embedded as JSON, and
//! can be extended or replaced file by file by a folder of the same layout.
//!
//! Contract of the criteria: they are written in CEL over the facts documented in
//! `rubric/facts.yaml`. A criterion passes only when every fact it needs is known
//! and its expression is true; whatever goes wrong on the way is `unknown`.

pub mod agents;
pub mod aws;
pub mod bounds;
mod check;
pub mod clocks;
pub mod criterion;
pub mod eks;
pub mod embedded;
pub mod evaluate;
pub mod explain;
pub mod expression;
pub mod findings;
mod folder;
pub mod known;
pub mod kubernetes;
pub mod ladder;
pub mod load;
pub mod oversight;
pub mod paths;
pub mod sends;
pub mod servers;
pub mod severity;
mod shape;
mod typing;
pub mod vocabulary;

pub use criterion::Criterion;
pub use evaluate::Evaluation;
pub use explain::Explained;
pub use folder::{FileState, FolderReport};
pub use load::Rubric;

#[cfg(test)]
mod tests;
