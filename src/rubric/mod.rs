//! Levels, dimensions, criteria, risks, effects and catalogues: rules as data.
//!
//! The data is in `rubric/` at the root, written in YAML, embedded as JSON.

pub mod embedded;
pub mod servers;
