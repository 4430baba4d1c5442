//! Agent configurations: from files to gates, risks and facts.

#![expect(clippy::expect_used, clippy::panic, reason = "helpers of tests fail as tests do")]

mod agentgateway;
mod agentic_workflow;
mod bedrock;
mod cagent;
mod carried;
mod catalogue;
mod claims;
mod claude_agents;
mod claude_code;
mod claude_managed;
mod clients;
mod codex;
mod command_line;
mod continue_dev;
mod copilot;
mod cursor;
mod dot_ai;
mod folders;
mod formats;
mod gemini;
mod goose;
mod holmes;
mod k8sgpt;
mod kagent;
mod kiro;
mod kubectl_ai;
mod kubernetes_mcp;
mod launches;
mod models;
mod more_clients;
mod opencode;
mod python;
mod robusta;
mod rules;
mod secrets;
mod servers;
mod shared_lists;
mod sole_path;
mod support;
mod told;
mod toolhive;
mod vscode;
mod zed;
