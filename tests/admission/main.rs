//! What admission policies do to the capabilities of an agent, from the objects
//! of a cluster to its reach.

mod cluster;
mod engines;
mod ineffective;
mod judged;
mod own;
mod policies;
mod properties;
#[path = "../support/mod.rs"]
mod support;
