//! Random clusters: roles, bindings and those who are bound.

use serde_json::{Value, json};

use crate::{random::Random, recorded::Who};

pub(crate) const RBAC: &str = "rbac.authorization.k8s.io";
pub(crate) const API: &str = "/apis/rbac.authorization.k8s.io/v1";
/// The label of all that a world holds.
pub(crate) const LABEL: &str = "gradus-random";

pub(crate) const NAMESPACES: [&str; 3] = ["shop", "ops", "pay"];
pub(crate) const VERBS: [&str; 16] = [
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
    "bind",
    "escalate",
    "impersonate",
    "approve",
    "use",
    "Get",
    "*",
    "*",
];
pub(crate) const GROUPS: [&str; 7] =
    ["", "", "apps", "batch", "rbac.authorization.k8s.io", "example.com", "*"];
pub(crate) const RESOURCES: [&str; 26] = [
    "pods",
    "pods",
    "pods/exec",
    "pods/log",
    "pods/*",
    "*/scale",
    "*/*",
    "*",
    "deployments",
    "deployments/scale",
    "secrets",
    "configmaps",
    "namespaces",
    "namespaces/status",
    "nodes",
    "nodes/proxy",
    "serviceaccounts",
    "serviceaccounts/token",
    "clusterroles",
    "roles",
    "rolebindings",
    "widgets",
    "widgets/a/b",
    "*/",
    "/",
    "Pods",
];
pub(crate) const NAMES: [&str; 7] = ["a", "b", "web", "shop", "ops", "*", ""];
pub(crate) const URLS: [&str; 12] = [
    "/metrics",
    "/healthz/*",
    "/api*",
    "*",
    "/apis/**",
    "/*",
    "/logs/***",
    "/logs",
    "",
    "*/x",
    "/openapi/v2",
    "/a*b",
];
pub(crate) const PATHS: [&str; 14] = [
    "/metrics",
    "/healthz",
    "/healthz/",
    "/healthz/etcd",
    "/api",
    "/apix",
    "/apis",
    "/apis/",
    "/apis/apps",
    "/logs",
    "/logs/x",
    "/x",
    "/a*b",
    "/",
];

/// A role that can be bound.
#[derive(Debug, Clone)]
pub(crate) struct RandomRole {
    /// None for a ClusterRole.
    pub(crate) namespace: Option<&'static str>,
    pub(crate) name: String,
    pub(crate) rules: Vec<Value>,
}

/// A binding of a world.
#[derive(Debug, Clone)]
pub(crate) struct RandomBinding {
    /// None for a ClusterRoleBinding.
    pub(crate) namespace: Option<&'static str>,
    /// The role that it refers to, unless there is none or it is built in.
    pub(crate) role: Option<usize>,
    /// Those of the identities that it means, as far as its writer knows.
    pub(crate) means: Vec<usize>,
}

/// Everything of one world.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) roles: Vec<RandomRole>,
    pub(crate) bindings: Vec<RandomBinding>,
    pub(crate) identities: Vec<Who>,
    /// The manifests, roles first.
    pub(crate) manifests: Vec<Value>,
}

/// Whoever asks in a random world.
pub(crate) fn identities() -> Vec<Who> {
    vec![
        Who::new("ann", &["devs"]),
        Who::new("bo", &["sre", "devs"]),
        Who::new("cy", &[]),
        Who::new("Ann", &["Devs"]),
        Who::new("*", &["*"]),
        Who::new("dee@example.com", &["oidc:devs"]),
        Who::new("system:serviceaccount:ops:bot", &[]),
        Who::new("system:serviceaccount:shop:bot", &[]),
        Who::new("system:serviceaccount:pay:runner", &[]),
        Who::new("system:serviceaccount:ops:default", &[]),
        Who::new("system:anonymous", &[]),
        Who::new("group:devs", &[]),
        Who::new("group:sre", &[]),
        Who::new("group:system:serviceaccounts:ops", &[]),
        Who::new("root", &["system:masters"]),
    ]
}

/// A subject, with those of the identities that it names.
fn subject(random: &mut Random, wide: bool) -> (Value, Vec<usize>) {
    let user = |name: &str, means: &[usize]| {
        (json!({"apiGroup": RBAC, "kind": "User", "name": name}), means.to_vec())
    };
    let group = |name: &str, means: &[usize]| {
        (json!({"apiGroup": RBAC, "kind": "Group", "name": name}), means.to_vec())
    };
    let account = |namespace: &str, name: &str, means: &[usize]| {
        let subject = json!({"kind": "ServiceAccount", "namespace": namespace, "name": name});
        (subject, means.to_vec())
    };
    match random.below(20) {
        0 | 1 => user("ann", &[0]),
        2 => user("bo", &[1]),
        3 => user("cy", &[2]),
        4 => user("*", &[4]),
        5 => user("dee@example.com", &[5]),
        6 => user("system:serviceaccount:ops:bot", &[6]),
        7 => user("system:anonymous", &[10]),
        8 | 9 => group("devs", &[0, 1, 11]),
        10 => group("sre", &[1, 12]),
        11 => group("oidc:devs", &[5]),
        12 => group("*", &[4]),
        13 => group("system:serviceaccounts:ops", &[6, 9, 13]),
        14 if random.chance(30) => group("system:serviceaccounts", &[6, 7, 8, 9]),
        15 if random.chance(20) => group("system:authenticated", &[0, 2, 7, 11]),
        16 if random.chance(30) => group("system:unauthenticated", &[10]),
        14..=17 => account("ops", "bot", &[6]),
        18 => account("pay", "runner", &[8]),
        // Without a namespace it is one of the binding's own.
        _ if !wide => (json!({"kind": "ServiceAccount", "name": "bot"}), vec![6, 7]),
        _ => account("shop", "bot", &[7]),
    }
}

/// A rule that the API server takes.
pub(crate) fn rule(random: &mut Random, wide: bool) -> Value {
    if wide && random.chance(20) {
        return json!({
            "verbs": random.some(&VERBS, 1, 3),
            "nonResourceURLs": random.some(&URLS, 1, 3),
        });
    }
    let mut rule = json!({
        "verbs": random.some(&VERBS, 1, 4),
        "apiGroups": random.some(&GROUPS, 1, 2),
        "resources": random.some(&RESOURCES, 1, 3),
    });
    match random.below(10) {
        0..=2 => rule["resourceNames"] = json!(random.some(&NAMES, 1, 3)),
        3 => rule["resourceNames"] = json!([]),
        _ => {}
    }
    rule
}

fn rules(random: &mut Random, wide: bool) -> Vec<Value> {
    // Few hold everything, or nothing would be left to refuse.
    if random.chance(2) {
        return vec![json!({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]})];
    }
    let count = if random.chance(10) { 0 } else { 1 + random.below(3) };
    (0..count).map(|_| rule(random, wide)).collect()
}

fn selector(random: &mut Random) -> Value {
    let value = random.one(&["x", "y"]);
    match random.below(12) {
        0..=4 => json!({"matchLabels": {"collect": value}}),
        5 => json!({"matchLabels": {"collect": value, "more": "x"}}),
        6 | 7 => json!({"matchExpressions": [
            {"key": "collect", "operator": "In", "values": [value, "z"]},
        ]}),
        8 => json!({"matchExpressions": [
            {"key": LABEL, "operator": "Exists"},
            {"key": "collect", "operator": "NotIn", "values": [value]},
        ]}),
        9 => json!({"matchExpressions": [{"key": "more", "operator": "Exists"}]}),
        10 => json!({"matchLabels": {LABEL: "x"}, "matchExpressions": [
            {"key": "more", "operator": "DoesNotExist"},
            {"key": "collect", "operator": "Exists"},
        ]}),
        _ => json!({"matchLabels": {"kubernetes.io/bootstrapping": "nothing"}}),
    }
}

impl World {
    /// A world of some forty objects.
    pub(crate) fn new(random: &mut Random) -> Self {
        let mut world = Self {
            roles: Vec::new(),
            bindings: Vec::new(),
            identities: identities(),
            manifests: Vec::new(),
        };
        for number in 0..12 {
            let mut labels = json!({LABEL: "x"});
            if random.chance(50) {
                labels["collect"] = json!(random.one(&["x", "y", "z"]));
            }
            if random.chance(30) {
                labels["more"] = json!("x");
            }
            if random.chance(10) {
                labels["rbac.authorization.k8s.io/aggregate-to-view"] = json!("true");
            }
            let aggregates = random.chance(25);
            let rules = if aggregates { Vec::new() } else { rules(random, true) };
            let name = format!("c{number}");
            let mut manifest = json!({
                "apiVersion": format!("{RBAC}/v1"), "kind": "ClusterRole",
                "metadata": {"name": name, "labels": labels}, "rules": rules,
            });
            if aggregates {
                let selectors: Vec<Value> =
                    (0..=random.below(2)).map(|_| selector(random)).collect();
                manifest["aggregationRule"] = json!({"clusterRoleSelectors": selectors});
            }
            world.manifests.push(manifest);
            world.roles.push(RandomRole { namespace: None, name, rules });
        }
        for namespace in NAMESPACES {
            for number in 0..3 {
                // Some bear the name of a ClusterRole.
                let name = format!("{}{number}", random.one(&["c", "r"]));
                let rules = rules(random, false);
                world.manifests.push(json!({
                    "apiVersion": format!("{RBAC}/v1"), "kind": "Role",
                    "metadata": {"name": name, "namespace": namespace, "labels": {LABEL: "x"}},
                    "rules": rules,
                }));
                world.roles.push(RandomRole { namespace: Some(namespace), name, rules });
            }
        }
        for number in 0..9 {
            world.bind(random, None, &format!("b{number}"));
        }
        for namespace in NAMESPACES {
            for number in 0..5 {
                world.bind(random, Some(namespace), &format!("b{number}"));
            }
        }
        world
    }

    fn bind(&mut self, random: &mut Random, namespace: Option<&'static str>, name: &str) {
        let candidates: Vec<usize> = (0..self.roles.len())
            .filter(|&number| {
                let of = self.roles[number].namespace;
                of.is_none() || of == namespace
            })
            .collect();
        let role = *random.pick(&candidates);
        let (kind, role_name, role) = match random.below(40) {
            0 => ("ClusterRole", "gone".to_owned(), None),
            1 if namespace.is_some() => ("Role", "gone".to_owned(), None),
            2 => ("ClusterRole", random.one(&["view", "edit", "admin"]).to_owned(), None),
            3 if random.chance(40) => ("ClusterRole", "cluster-admin".to_owned(), None),
            _ => {
                let chosen = &self.roles[role];
                let kind = if chosen.namespace.is_some() { "Role" } else { "ClusterRole" };
                (kind, chosen.name.clone(), Some(role))
            }
        };
        let (mut subjects, mut means) = (Vec::new(), Vec::new());
        for _ in 0..random.below(4) {
            let (subject, meant) = subject(random, namespace.is_none());
            subjects.push(subject);
            means.extend(meant);
        }
        let (kind_of_binding, metadata) = match namespace {
            Some(namespace) => (
                "RoleBinding",
                json!({"name": name, "namespace": namespace, "labels": {LABEL: "x"}}),
            ),
            None => ("ClusterRoleBinding", json!({"name": name, "labels": {LABEL: "x"}})),
        };
        self.manifests.push(json!({
            "apiVersion": format!("{RBAC}/v1"), "kind": kind_of_binding, "metadata": metadata,
            "roleRef": {"apiGroup": RBAC, "kind": kind, "name": role_name},
            "subjects": subjects,
        }));
        self.bindings.push(RandomBinding { namespace, role, means });
    }
}
