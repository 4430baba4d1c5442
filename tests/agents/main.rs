//! Agent configurations: from files to gates, risks and facts.

#![expect(clippy::expect_used, clippy::panic, reason = "helpers of tests fail as tests do")]

mod catalogue;
mod claude_agents;
mod claude_code;
mod claude_managed;
mod clients;
mod copilot;
mod cursor;
mod folders;
mod formats;
mod kagent;
mod launches;
mod rules;
mod secrets;
mod servers;
mod sole_path;
mod support;
mod vscode;
