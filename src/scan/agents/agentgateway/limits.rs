//! How many requests agentgateway lets through at each port.

use crate::{
    model::agent_config::Gateway,
    source::{Document, node::Node},
};

const SECONDS: u64 = 60;

/// Its ports, each with the most that passes in any minute.
pub(super) fn of(document: &Document) -> Vec<Gateway> {
    let port = |bind: &Node| {
        let port = bind.get("port").and_then(Node::as_i64)?;
        Some(Gateway {
            port: u16::try_from(port).ok()?,
            per_minute: of_port(bind),
            location: bind.location(&document.file),
        })
    };
    document.root.items_at("binds").iter().filter_map(port).collect()
}

/// What all routes of a port let through together; none where one of them may let through
/// any number.
fn of_port(bind: &Node) -> Option<u64> {
    let listeners = bind.items_at("listeners");
    let raw = |listener: &Node| listener.get("tcpRoutes").is_some();
    if listeners.is_empty() || listeners.iter().any(raw) {
        return None;
    }
    let mut all: u64 = 0;
    for listener in listeners {
        let routes = listener.items_at("routes");
        if routes.is_empty() {
            return None;
        }
        for route in routes {
            let limits = route.at(&["policies", "localRateLimit"])?;
            let limits = limits.as_sequence().unwrap_or(std::slice::from_ref(limits));
            // Each of them has to let a request through.
            all = all.checked_add(limits.iter().filter_map(of_bucket).min()?)?;
        }
    }
    Some(all)
}

/// The most that a bucket lets through in any minute: all that it holds, and all that is
/// put into it meanwhile. One that counts something else, or for each caller apart, or
/// that the gateway refuses, limits nothing.
fn of_bucket(limit: &Node) -> Option<u64> {
    const KNOWN: [&str; 4] = ["maxTokens", "tokensPerFill", "fillInterval", "type"];
    let known = limit.entries().iter().all(|(key, _)| KNOWN.contains(&key.name.as_str()));
    let counts_requests = limit.get("type").is_none_or(|kind| kind.as_str() == Some("requests"));
    let number = |key: &str| limit.get(key)?.as_i64().and_then(|it| u64::try_from(it).ok());
    let (held, filled) = (number("maxTokens")?, number("tokensPerFill")?);
    let interval = milliseconds(limit.str_at("fillInterval")?).filter(|own| *own > 0)?;
    if !known || !counts_requests || held == 0 || filled > held {
        return None;
    }
    let fills = (SECONDS * 1_000 / interval).checked_add(1)?;
    held.checked_add(filled.checked_mul(fills)?)
}

/// `500ms`, `1s`, `1m`, `1h`.
fn milliseconds(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().ok()?;
    number.checked_mul(match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    })
}
