//! Whether somebody hears of what an agent changes unasked, as the criteria see it.

use super::{Assessment, Cluster};

/// A bot that scales unasked through its only way to the cluster, with these hooks.
fn assess(hooks: &str) -> Assessment {
    let cluster = Cluster::of(&[]);
    let settings = format!(
        r#"{{"permissions": {{"defaultMode": "dontAsk", "allow": ["mcp__k8s__resources_scale"],
            "deny": ["Bash", "Edit", "Write", "NotebookEdit", "Read(~/.kube/**)", "Read(~/.aws/**)"]}},
            "hooks": {{{hooks}}}}}"#
    );
    let servers = r#"{"mcpServers": {"k8s": {"command": "npx",
        "args": ["-y", "kubernetes-mcp-server@0.0.67"]}}}"#;
    cluster.configure(&[(".claude/settings.json", &settings), (".mcp.json", servers)]).assess()
}

fn hook(matcher: &str, command: &str) -> String {
    format!(
        r#""PostToolUse": [{{"matcher": "{matcher}", "hooks": [{{"type": "command",
            "command": "{command}"}}]}}]"#
    )
}

const SLACK: &str = "curl -sf -d @- $SLACK_WEBHOOK_URL";

fn wired(assessment: &Assessment) -> (String, String, String) {
    let criterion = assessment.criterion("bot@prod", "NOT-01");
    let text = |key: &str| criterion[key].as_str().unwrap().to_owned();
    (text("status"), text("reason"), criterion["missing"].to_string())
}

#[test]
fn where_every_change_is_told_only_the_test_of_the_channel_is_left_to_show() {
    let (status, reason, missing) = wired(&assess(&hook("", SLACK)));
    assert_eq!(status, "unknown", "{reason}");
    assert_eq!(missing, "[\"notifications.testAgeDays\"]", "{reason}");
}

#[test]
fn a_change_that_the_hook_is_not_for_fails_it() {
    let (status, reason, _) = wired(&assess(&hook("Edit", SLACK)));
    assert_eq!(status, "fail", "{reason}");
    assert!(reason.contains("k8s: resources_scale"), "{reason}");
}

#[test]
fn where_nothing_tells_anybody_it_is_unknown_and_says_so() {
    for hooks in ["", hook("", "jq -c . >> log.jsonl").as_str()] {
        let (status, reason, missing) = wired(&assess(hooks));
        assert_eq!(status, "unknown", "{reason}");
        assert!(missing.contains("notifications.unwiredTools"), "{missing}");
        assert!(reason.contains("nothing that was read tells anybody"), "{reason}");
    }
}

#[test]
fn a_hook_that_sees_every_call_is_where_its_log_may_come_from() {
    let assessment = assess(&hook("", "jq -c . >> log.jsonl"));
    let criterion = assessment.criterion("bot@prod", "AUD-02");
    let reason = criterion["reason"].as_str().unwrap();
    assert!(reason.contains("PostToolUse"), "{reason}");
    assert_eq!(criterion["status"], "unknown");
}
