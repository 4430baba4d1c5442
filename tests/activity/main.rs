//! Logs as platforms and collectors leave them: one file a format, one fixture a shape.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test that cannot be set up must stop")]

mod azure;
mod carried;
mod cloud_audit;
mod cloudtrail;
mod cloudwatch;
mod collectors;
#[path = "../support/mod.rs"]
mod command;
mod damage;
mod documented;
mod kubernetes;
mod lists;
mod messages;
mod sources;
mod support;
