//! Agent configurations: from files to gates, risks and facts.

#![expect(clippy::expect_used, clippy::panic, reason = "helpers of tests fail as tests do")]

mod claude_code;
mod clients;
mod codex;
mod continue_dev;
mod formats;
mod gemini;
mod goose;
mod kagent;
mod kiro;
mod launches;
mod opencode;
mod rules;
mod secrets;
mod servers;
mod shared_lists;
mod sole_path;
mod support;
mod zed;
