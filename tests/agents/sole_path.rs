//! Whether the tools are the only way to the credential.

use gradus::privilege::tools::SolePath;

use crate::support::{layer_of, mcp};

const SERVER: &str = r#""command": "npx", "args": ["kubernetes-mcp-server@0.0.67"]"#;
const CLOSED: &str = r#"{"permissions": {"defaultMode": "default", "deny": ["Bash", "Read(~/.kube/**)", "Read(~/.aws/**)"]}}"#;

fn sole(entry: &str, settings: &str) -> SolePath {
    let text = mcp(entry);
    layer_of([(".mcp.json", text.as_str()), (".claude/settings.json", settings)]).sole_path
}

#[test]
fn without_a_shell_and_with_credential_files_denied_the_tools_are_the_only_way() {
    assert_eq!(sole(SERVER, CLOSED), SolePath::Yes);
}

#[test]
fn a_shell_that_is_not_denied_is_a_way_around() {
    for settings in [
        r#"{"permissions": {"defaultMode": "default"}}"#,
        r#"{"permissions": {"ask": ["Bash"]}}"#,
        r#"{"permissions": {"deny": ["Bash(kubectl:*)"]}}"#,
    ] {
        assert!(matches!(sole(SERVER, settings), SolePath::No { .. }), "{settings}");
    }
}

#[test]
fn a_credential_that_the_agent_may_read_leaves_it_unknown() {
    let settings = r#"{"permissions": {"defaultMode": "default", "deny": ["Bash"]}}"#;
    assert!(matches!(sole(SERVER, settings), SolePath::Unknown { .. }));
}

#[test]
fn a_server_that_nobody_knows_may_be_a_shell() {
    let unknown = r#""command": "npx", "args": ["@acme/tools@1.0.0"]"#;
    assert!(matches!(sole(unknown, CLOSED), SolePath::Unknown { .. }));
}

#[test]
fn a_server_with_a_shell_is_a_way_around_unless_it_is_denied() {
    let shell = r#""command": "kubectl-ai", "args": ["--mcp-server"]"#;
    assert!(matches!(sole(shell, CLOSED), SolePath::No { .. }));
    let denied = CLOSED.replace(r#"["Bash","#, r#"["Bash", "mcp__k8s","#);
    assert_eq!(sole(shell, &denied), SolePath::Yes);
}

#[test]
fn edits_that_nobody_sees_may_open_the_client_itself() {
    let settings = CLOSED.replace("\"default\"", "\"acceptEdits\"");
    assert!(matches!(sole(SERVER, &settings), SolePath::Unknown { .. }));
}

#[test]
fn no_configuration_is_unknown() {
    assert!(matches!(layer_of([]).sole_path, SolePath::Unknown { .. }));
}
