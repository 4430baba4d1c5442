//! gradus against a real API server: `docs/live-tests.md`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot be set up must stop"
)]

#[path = "../support/api_server/mod.rs"]
mod api_server;
#[path = "../support/attempted.rs"]
mod attempted;
#[path = "../support/change.rs"]
mod change;
#[path = "../support/random.rs"]
mod random;
#[path = "../support/recorded.rs"]
mod recorded;

mod attempts;
mod collect;
mod decisions;
mod escalations;
mod in_cluster;
mod questions;
mod requests;
mod review;
mod rightsize;
mod server;
mod traps;
mod world;
