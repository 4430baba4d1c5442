//! What a server and its clients are given as files.

use std::path::Path;

use serde_json::{Value, json};

/// The token of the administrator, a member of `system:masters`.
pub(super) const ADMIN_TOKEN: &str = "administrator-of-a-test";

pub(super) fn token_of(user: &str) -> String {
    let hex: String = user.bytes().map(|byte| format!("{byte:02x}")).collect();
    format!("user-{hex}")
}

/// The file of tokens: token, user, uid, groups.
pub(super) fn tokens(users: &[(String, Vec<String>)]) -> String {
    let mut text = format!("{ADMIN_TOKEN},administrator,administrator,system:masters\n");
    for (name, groups) in users {
        let groups = groups.join(",");
        text.push_str(&format!("{},\"{name}\",\"{name}\",\"{groups}\"\n", token_of(name)));
    }
    text
}

pub(super) fn kubeconfig(url: &str, authority: &Path, user: &Value) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "live",
        "clusters": [{"name": "live", "cluster": {
            "server": url, "certificate-authority": authority.display().to_string(),
        }}],
        "users": [{"name": "live", "user": user}],
        "contexts": [{"name": "live", "context": {"cluster": "live", "user": "live"}}],
    })
}

pub(super) fn audit_policy() -> Value {
    json!({
        "apiVersion": "audit.k8s.io/v1",
        "kind": "Policy",
        "omitStages": ["RequestReceived"],
        "rules": [
            {"level": "Metadata", "resources": [
                {"group": "", "resources": ["secrets", "configmaps", "serviceaccounts/token"]},
                {"group": "authentication.k8s.io", "resources": ["tokenreviews"]},
            ]},
            {"level": "RequestResponse"},
        ],
    })
}
