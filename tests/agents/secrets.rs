//! No secret value ever leaves the scanner.

use proptest::prelude::*;

use crate::support::{layer_of, mcp, readings};

/// Texts that a machine drew: what tokens, keys and generated passwords are.
fn secret() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Za-z]{8}[0-9][A-Za-z0-9]{11,31}",
        "[a-f0-9]{8}-[a-f0-9]{4}-4[a-f0-9]{3}-[a-f0-9]{4}-[a-f0-9]{12}",
        "ghp_[A-Za-z0-9]{20}[0-9][A-Za-z0-9]{15}",
        "AKIA[A-Z0-9]{15}[0-9]",
        "eyJ[A-Za-z0-9]{12}[0-9]\\.[A-Za-z0-9]{19}[0-9]\\.[A-Za-z0-9_]{19}[0-9]",
    ]
}

/// Files with a hole in every place that text can stand; `@` is the hole.
const FILES: &[(&str, &str)] = &[
    (".mcp.json", include_str!("../fixtures/agents/secrets/mcp.json")),
    ("claude_desktop_config.json", include_str!("../fixtures/agents/secrets/mcp.json")),
    (".cursor/permissions.json", include_str!("../fixtures/agents/secrets/cursor.json")),
    (".vscode/mcp.json", include_str!("../fixtures/agents/secrets/vscode-mcp.json")),
    (".vscode/settings.json", include_str!("../fixtures/agents/secrets/vscode-settings.json")),
    (".claude/settings.local.json", include_str!("../fixtures/agents/secrets/claude.json")),
    (".claude/agents/x.md", include_str!("../fixtures/agents/secrets/claude-agent.md")),
    (".github/agents/x.agent.md", include_str!("../fixtures/agents/secrets/copilot.agent.md")),
    (".cursor/cli.json", include_str!("../fixtures/agents/secrets/cursor-cli.json")),
    (".cursor/hooks.json", include_str!("../fixtures/agents/secrets/hooks.json")),
    ("kagent.yaml", include_str!("../fixtures/agents/secrets/kagent.yaml")),
];

/// Everything that anybody could print.
fn everything(files: &[(&str, String)]) -> String {
    let files = || files.iter().map(|(path, text)| (*path, text.as_str()));
    let read: Vec<_> = files().flat_map(|(path, text)| readings(path, text)).collect();
    assert_eq!(read.len(), FILES.len() + 1, "every file is recognised");
    let layer = layer_of(files());
    format!("{read:?}{layer:?}{}", serde_json::to_string(&layer).expect("serialises"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_secret_in_any_place_is_nowhere_in_what_comes_out(secret in secret()) {
        let files: Vec<(&str, String)> =
            FILES.iter().map(|(path, text)| (*path, text.replace('@', &secret))).collect();
        let out = everything(&files);
        prop_assert!(!out.contains(&secret), "{}", around(&out, &secret));
        let half: String = secret.chars().skip(secret.len() / 2).collect();
        prop_assert!(!out.contains(&half), "{}", around(&out, &half));
    }

    #[test]
    fn a_password_that_a_person_chose_is_withheld_where_a_name_says_so(
        secret in "[a-z]{6,12}(-[a-z]{4,8}){1,3}",
        name in "(GITHUB_TOKEN|DB_PASSWORD|apiKey|X-Api-Key|Authorization|client_secret)",
    ) {
        let env = format!(r#""command": "x", "env": {{"{name}": "{secret}"}}"#);
        let flag = format!(r#""command": "kubernetes-mcp-server", "args": ["--{name}", "{secret}", "--{name}={secret}"]"#);
        let url = format!(r#""type": "http", "url": "https://ada:{secret}@a.example.com/?{name}={secret}", "headers": {{"{name}": "{secret}"}}"#);
        for entry in [env, flag, url] {
            let text = mcp(&entry);
            let read = readings(".mcp.json", &text);
            prop_assert!(!read[0].configs[0].secrets.is_empty(), "{text}");
            let out = format!("{read:?}{:?}", layer_of([(".mcp.json", text.as_str())]));
            prop_assert!(!out.contains(&secret), "{}", around(&out, &secret));
        }
    }
}

fn around(out: &str, secret: &str) -> String {
    let at = out.find(secret).unwrap_or_default();
    let start = out.floor_char_boundary(at.saturating_sub(120));
    out[start..out.floor_char_boundary(at + 60)].to_owned()
}

fn secrets_in(text: &str) -> usize {
    readings(".mcp.json", text)[0].configs[0].secrets.len()
}

#[test]
fn references_and_placeholders_are_no_secrets() {
    for value in [
        "${TOKEN}",
        "$TOKEN",
        "${env:TOKEN}",
        "${input:token}",
        "${file:/run/token}",
        "{env:TOKEN}",
        "{file:/run/token}",
        "Bearer ${TOKEN}",
        "${{ secrets.TOKEN }}",
        "%TOKEN%",
        "your-token-here",
        "YOUR_API_KEY",
        "<token>",
        "",
        "${TOKEN:-}",
    ] {
        let text = mcp(&format!(r#""command": "x", "env": {{"API_TOKEN": "{value}"}}"#));
        assert_eq!(secrets_in(&text), 0, "{value}");
    }
}

#[test]
fn the_default_of_a_reference_is_a_secret_like_any_other() {
    let text = mcp(r#""command": "x", "env": {"API_TOKEN": "${TOKEN:-hunter22hunter22}"}"#);
    assert_eq!(secrets_in(&text), 1);
    assert!(!format!("{:?}", readings(".mcp.json", &text)).contains("hunter22"));
}

#[test]
fn the_same_secret_has_the_same_digest_wherever_it_stands() {
    let text = mcp(
        r#""command": "x", "env": {"A_TOKEN": "not-a-real-one-41", "B_TOKEN": "not-a-real-one-41"}"#,
    );
    let secrets = &readings(".mcp.json", &text)[0].configs[0].secrets;
    assert_eq!(secrets.len(), 2);
    assert_eq!(secrets[0].digest, secrets[1].digest);
    assert!(secrets[0].digest.starts_with("sha256:"));
}

#[test]
fn limits_and_switches_that_speak_of_secrets_are_none() {
    let text = mcp(
        r#""command": "x", "env": {"MAX_TOKENS": "4000", "MASK_SECRETS": "true", "TOKEN_FILE": "/run/token", "SECRET_NAME": "shop"}"#,
    );
    assert_eq!(secrets_in(&text), 0);
}

/// Every place of a configuration in which people leave secrets.
#[test]
fn a_secret_is_found_wherever_people_leave_it() {
    let uuid = "9f86d081-884c-4d65-9a2f-eaa0c55ad015";
    let server = |entry: &str| (".mcp.json", mcp(entry));
    let places = [
        (
            ".claude/settings.local.json",
            format!(
                r#"{{"permissions": {{"allow": ["Bash(npx -y @acme/cli run --key {uuid}:*)"]}}}}"#
            ),
        ),
        (
            ".cursor/permissions.json",
            format!(r#"{{"terminalAllowlist": ["curl --token {uuid}"], "mcpAllowlist": []}}"#),
        ),
        server(&format!(r#""command": "npx", "args": ["@acme/cli@1.0.0", "--key", "{uuid}"]"#)),
        server(&format!(r#""command": "npx", "args": ["@acme/cli@1.0.0", "--key={uuid}"]"#)),
        server(&format!(
            r#""command": "docker", "args": ["run", "-e", "API_TOKEN={uuid}", "acme/x:1"]"#
        )),
        server(&format!(r#""command": "env", "args": ["API_TOKEN={uuid}", "gke-mcp"]"#)),
        server(&format!(r#""type": "http", "url": "https://a.example.com/mcp?api_key={uuid}""#)),
        server(&format!(r#""type": "http", "url": "https://ada:{uuid}@a.example.com/mcp""#)),
        server(&format!(
            r#""type": "http", "url": "https://a.example.com", "headers": {{"Authorization": "Bearer {uuid}"}}"#
        )),
        server(&format!(r#""command": "x", "disabled": true, "env": {{"API_TOKEN": "{uuid}"}}"#)),
        (
            ".github/agents/x.agent.md",
            format!(
                "---\ndescription: x\nmcp-servers:\n  a: {{command: x, env: {{API_TOKEN: {uuid}}}}}\n---\n"
            ),
        ),
        (
            ".claude/agents/x.md",
            format!(
                "---\nname: x\nmcpServers:\n  - a: {{command: x, args: [--token, {uuid}]}}\n---\n"
            ),
        ),
    ];
    for (path, text) in places {
        let read = readings(path, &text);
        let secrets = &read[0].configs[0].secrets;
        assert_eq!(secrets.len(), 1, "{path}: {text}");
        assert!(secrets[0].digest.starts_with("sha256:"), "{path}");
        assert!(!format!("{read:?}").contains(uuid), "{path}");
    }
}

#[test]
fn what_a_container_is_passed_from_outside_is_no_secret_of_the_file() {
    let text = mcp(
        r#""command": "docker", "args": ["run", "-e", "API_TOKEN", "-e", "OTHER_TOKEN=${OTHER}", "acme/x:1"]"#,
    );
    assert_eq!(secrets_in(&text), 0);
}
