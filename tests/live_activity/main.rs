//! What an agent did through tools, told from its calls and from the log of a real API
//! server together: `docs/live-tests.md`.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot be set up must stop"
)]

#[path = "../support/api_server/mod.rs"]
mod api_server;
#[path = "../support/mod.rs"]
mod support;

mod gateway;
mod scenario;
mod told;
mod tool_server;
