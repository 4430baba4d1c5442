//! An audit log as an API server writes it: the same order of members, the same
//! escapes, objects of the same size; always the same for a seed.

use std::{
    collections::VecDeque,
    io::{self, Write},
};

/// Watches that are open at a time.
const OPEN: usize = 500;
const WATCH: &str = "\"verb\":\"watch\"";

/// Writes events until there are `bytes` of them.
pub(crate) fn audit_log(out: &mut impl Write, bytes: u64, seed: u64) -> io::Result<()> {
    let mut random = Random(seed);
    let mut written = 0;
    let mut number = 0;
    let mut open = VecDeque::new();
    while written < bytes {
        let mut event = String::new();
        write_event(&mut event, number, &mut random);
        number += 1;
        // A watch begins to answer at once and ends later.
        if event.contains(WATCH) {
            let start = event.replace("ResponseComplete", "ResponseStarted");
            out.write_all(start.as_bytes())?;
            written += start.len() as u64;
            open.push_back(event);
            if open.len() < OPEN {
                continue;
            }
            event = open.pop_front().unwrap_or_default();
        }
        out.write_all(event.as_bytes())?;
        written += event.len() as u64;
    }
    out.flush()
}

/// A generator that needs no dependency and never changes.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    pub(crate) fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len() as u64) as usize]
    }
}

const VERBS: [&str; 10] =
    ["get", "get", "get", "list", "list", "watch", "update", "patch", "create", "delete"];
const TARGETS: [(&str, &str); 8] = [
    ("pods", ""),
    ("configmaps", ""),
    ("secrets", ""),
    ("events", ""),
    ("deployments", "apps"),
    ("replicasets", "apps"),
    ("leases", "coordination.k8s.io"),
    ("roles", "rbac.authorization.k8s.io"),
];

fn write_event(out: &mut String, number: u64, random: &mut Random) {
    use std::fmt::Write as _;
    let verb = random.pick(&VERBS);
    let (resource, group) = TARGETS[random.below(8) as usize];
    let account = random.below(100);
    // An agent works in few namespaces, so that it does a thing many times.
    let namespace = (account * 7 + random.below(2)) % 40;
    let second = number / 200;
    let time = format!(
        "2026-11-{:02}T{:02}:{:02}:{:02}.{:06}Z",
        1 + (second / 86_400) % 28,
        (second / 3_600) % 24,
        (second / 60) % 60,
        second % 60,
        random.below(1_000_000)
    );
    let bodies = random.below(4) == 0;
    let level = if bodies { "RequestResponse" } else { "Metadata" };
    let version = if group.is_empty() { "v1" } else { "apps/v1" };
    let path = if group.is_empty() { "/api/v1".to_owned() } else { format!("/apis/{group}/v1") };
    let forbidden = random.below(50) == 0;
    let code = if forbidden { 403 } else { 200 };
    let _ = write!(
        out,
        r#"{{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"{level}","auditID":"{a:08x}-{b:04x}-4a5b-8c9d-{c:012x}","stage":"ResponseComplete","requestURI":"{path}/namespaces/team-{namespace}/{resource}?limit=500\u0026resourceVersion={rv}","verb":"{verb}","user":{{"username":"system:serviceaccount:agents:agent-{account}","uid":"1b1026cc-195b-4272-94b2-00dfe0a0463f","groups":["system:serviceaccounts","system:serviceaccounts:agents","system:authenticated"],"extra":{{"authentication.kubernetes.io/credential-id":["JTI=8a1f6d7e-2b3c-4d5e-9f60-718293a4b5c6"],"authentication.kubernetes.io/pod-name":["agent-{account}-7d9f8b6c5-x2x4z"]}}}},"sourceIPs":["10.12.{namespace}.7"],"userAgent":"kubernetes-mcp-server/v0.0.67 (linux/amd64) kubernetes/$Format","objectRef":{{"resource":"{resource}","namespace":"team-{namespace}","name":"item-{rv}""#,
        a = random.below(1 << 31),
        b = random.below(1 << 16),
        c = number,
        rv = random.below(100_000),
    );
    if !group.is_empty() {
        let _ = write!(out, r#","apiGroup":"{group}""#);
    }
    let _ =
        write!(out, r#","apiVersion":"v1"}},"responseStatus":{{"metadata":{{}},"code":{code}}}"#);
    if bodies {
        for member in ["requestObject", "responseObject"] {
            let _ = write!(
                out,
                r#","{member}":{{"kind":"Item","apiVersion":"{version}","metadata":{{"name":"item","namespace":"team-{namespace}","annotations":{{"last-applied":"{{\"spec\":{{\"replicas\":3}}}}\n"}}}},"spec":{{"containers":["#
            );
            for container in 0..1 + random.below(8) {
                let comma = if container == 0 { "" } else { "," };
                let _ = write!(
                    out,
                    r#"{comma}{{"name":"c{container}","image":"registry.example/team/app:{rv}","args":["--port=8080","--say=\"hello\""],"env":[{{"name":"MODE","value":"production"}},{{"name":"LEVEL","value":"info"}}],"resources":{{"limits":{{"cpu":"500m","memory":"256Mi"}}}}}}"#,
                    rv = random.below(100_000)
                );
            }
            out.push_str("]}}");
        }
    }
    let decision = if forbidden { "forbid" } else { "allow" };
    let reason = if forbidden {
        String::new()
    } else {
        format!(
            r#"RBAC: allowed by RoleBinding \"agent-{account}/team-{namespace}\" of ClusterRole \"edit\" to ServiceAccount \"agent-{account}/agents\""#
        )
    };
    let _ = writeln!(
        out,
        r#","requestReceivedTimestamp":"{time}","stageTimestamp":"{time}","annotations":{{"authorization.k8s.io/decision":"{decision}","authorization.k8s.io/reason":"{reason}"}}}}"#
    );
}
