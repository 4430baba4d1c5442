//! AWS evidence from the file to the capability: dumps are read by the scanner
//! and judged by the engine, with the rules that gradus ships.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot be set up must stop"
)]

mod account;
mod acting;
mod binary;
mod chains;
mod contain;
mod decisions;
mod doors;
mod dump;
mod effects;
mod examples;
mod guardrails;
mod hostile;
mod mild;
mod organization;
mod properties;
mod reaches;
mod rightsize;
mod vulnerable;

#[path = "../support/mod.rs"]
mod support;
