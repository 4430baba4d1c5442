//! gradus against real tool servers from npm. `docs/live-tests.md`.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot be set up must stop"
)]

#[path = "../support/mod.rs"]
mod support;

mod known;
mod matrix;
mod servers;
