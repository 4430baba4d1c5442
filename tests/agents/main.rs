//! Agent configurations: from files to gates, risks and facts.

#![expect(clippy::expect_used, clippy::panic, reason = "helpers of tests fail as tests do")]

mod claude_code;
mod clients;
mod dot_ai;
mod formats;
mod holmes;
mod k8sgpt;
mod kagent;
mod launches;
mod rules;
mod secrets;
mod servers;
mod sole_path;
mod support;
