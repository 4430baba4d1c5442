//! Agent configurations: from files to gates, risks and facts.

#![expect(clippy::expect_used, clippy::panic, reason = "helpers of tests fail as tests do")]

mod bedrock;
mod cagent;
mod claims;
mod claude_code;
mod clients;
mod command_line;
mod dot_ai;
mod formats;
mod holmes;
mod k8sgpt;
mod kagent;
mod kubectl_ai;
mod kubernetes_mcp;
mod launches;
mod python;
mod robusta;
mod rules;
mod secrets;
mod servers;
mod sole_path;
mod support;
mod toolhive;
