//! What a file is, its content decides.

use gradus::{
    model::agent_config::{Client, Scope},
    scan::agents::{FORMATS, is_backup},
};

use crate::support::{config_of, readings};

#[test]
fn settings_are_recognised_whatever_they_are_called() {
    let text = r#"{"permissions": {"ask": ["mcp__k8s"]}}"#;
    let config = config_of("anything.json", text);
    assert_eq!((config.format, config.client), ("claude-code-settings", Client::ClaudeCode));
}

#[test]
fn the_path_tells_whose_settings_they_are() {
    let text = r#"{"permissions": {"ask": ["mcp__k8s"]}}"#;
    for (path, scope) in [
        ("repo/.claude/settings.json", Scope::Project),
        ("repo/.CLAUDE/Settings.local.json", Scope::Local),
        ("/home/ada/.claude/settings.json", Scope::User),
        ("/Users/ada/.claude/settings.json", Scope::User),
        ("/etc/claude-code/managed-settings.json", Scope::Managed),
        ("managed-settings.json", Scope::Managed),
    ] {
        assert_eq!(config_of(path, text).scope, scope, "{path}");
    }
}

#[test]
fn cursors_own_permissions_are_not_those_of_claude_code() {
    let text = r#"{"version": 1, "permissions": {"allow": ["Shell(ls)"], "deny": ["Read(.env)"]}}"#;
    assert_eq!(config_of(".cursor/cli.json", text).client, Client::CursorCli);
}

#[test]
fn a_mapping_that_is_called_servers_need_not_be_one_of_servers() {
    assert!(
        readings("mcp.json", r#"{"servers": {"a": {"url": "https://a.example.com"}}}"#).is_empty()
    );
    assert!(
        readings("openapi.json", r#"{"servers": [{"url": "https://a.example.com"}]}"#).is_empty()
    );
    assert!(readings("x.json", r#"{"is-this-even-one": {"what": "no clue"}}"#).is_empty());
}

#[test]
fn backups_do_not_count() {
    let text = r#"{"permissions": {"defaultMode": "bypassPermissions"}}"#;
    for path in
        [".claude/settings.json.orig", ".claude/settings.json.bak", ".claude/settings.json~"]
    {
        assert!(is_backup(path), "{path}");
        assert!(readings(path, text).is_empty(), "{path}");
    }
    assert!(!is_backup(".claude/settings.json"));
}

#[test]
fn servers_of_single_projects_count_in_the_users_own_file() {
    let text = r#"{"projects": {"/src/shop": {"mcpServers": {"k8s": {"command": "kubernetes-mcp-server"}}}}}"#;
    let config = config_of(".claude.json", text);
    assert_eq!((config.client, config.servers.len()), (Client::ClaudeCode, 1));
}

#[test]
fn an_entry_that_says_neither_command_nor_url_is_a_gap() {
    for text in [r#"{"mcpServers": {"a": {}}}"#, r#"{"mcpServers": {"a": "npx"}}"#] {
        let read = readings(".mcp.json", text);
        assert!(!read[0].gaps.is_empty(), "{text}");
        assert_eq!(read[0].configs[0].servers.len(), 1, "{text}");
    }
}

#[test]
fn a_template_in_an_entry_is_a_gap_and_a_reference_of_github_is_none() {
    let read = readings(".mcp.json", r#"{"mcpServers": {"a": {"command": "{{ .Values.cmd }}"}}}"#);
    assert!(read[0].gaps[0].reason.starts_with("template"));
    let read = readings(
        ".mcp.json",
        r#"{"mcpServers": {"a": {"command": "gke-mcp", "args": ["${{ vars.X }}"]}}}"#,
    );
    assert!(read[0].gaps.is_empty());
}

#[test]
fn ids_of_formats_are_unique() {
    let mut ids: Vec<&str> = FORMATS.iter().map(|format| format.id()).collect();
    ids.sort_unstable();
    let all = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), all);
}

#[test]
fn thousands_of_servers_and_rules_are_bounded_and_said() {
    let servers: Vec<String> =
        (0..3_000).map(|at| format!(r#""s{at}": {{"command": "gke-mcp"}}"#)).collect();
    let read = readings(".mcp.json", &format!(r#"{{"mcpServers": {{{}}}}}"#, servers.join(",")));
    assert!(read[0].gaps.iter().any(|gap| gap.reason.contains("first 1000")));
    let rules = vec![r#""mcp__a__b""#; 30_000].join(",");
    let read = readings("s.json", &format!(r#"{{"permissions": {{"deny": [{rules}]}}}}"#));
    assert_eq!(read[0].configs[0].rules.len(), 10_000);
    assert!(!read[0].gaps.is_empty());
}
