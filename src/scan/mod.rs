//! Evidence in. Each scanner returns facts and gaps ("could not read X because
//! Y"), never an early exit.

pub mod activity;
pub mod agents;
pub mod aws;
pub mod kubernetes;
