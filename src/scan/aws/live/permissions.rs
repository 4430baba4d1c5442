//! What gradus needs to be allowed, as a policy that IAM takes.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::calls::CALLS;

/// The smallest policy that leaves no gap, as JSON.
#[must_use]
pub fn policy() -> String {
    let mut services: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for call in CALLS {
        let service = call.action.split(':').next().unwrap_or_default();
        services.entry(service).or_default().push(call.action);
    }
    let statements: Vec<Value> = services
        .into_iter()
        .map(|(service, mut actions)| {
            actions.sort_unstable();
            json!({
                "Sid": format!("Gradus{}", service.to_ascii_uppercase()),
                "Effect": "Allow",
                "Action": actions,
                "Resource": "*",
            })
        })
        .collect();
    let policy = json!({"Version": "2012-10-17", "Statement": statements});
    format!("{policy:#}\n")
}
