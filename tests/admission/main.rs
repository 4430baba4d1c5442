//! What admission policies do to the capabilities of an agent, from the objects
//! of a cluster to its reach.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up must stop")]

mod cluster;
mod engines;
mod ineffective;
mod judged;
mod own;
mod policies;
mod properties;
#[path = "../support/mod.rs"]
mod support;
