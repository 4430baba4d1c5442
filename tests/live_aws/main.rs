//! gradus against a real HTTP endpoint of AWS: moto's server. `docs/live-tests.md`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot be set up must stop"
)]

mod alike;
#[path = "../support/anywhere.rs"]
mod anywhere;
mod moto;
mod permissions;
