//! What tools have got wrong about rules, one ServiceAccount each, with the answer
//! that the documentation leads to expect. The server has the last word.

use std::fs;

use serde_json::{Value, json};

use crate::{
    api_server::{ApiServer, Call, say},
    decisions::records,
    recorded::{self, Asked, Question, Recording, Who, disagreements, list, snapshot},
    review::{aggregate, ask, clear, create, dump},
    world::{LABEL, NAMESPACES, RBAC},
};

/// Who holds what, and a list of questions with their answers.
struct Trap {
    about: &'static str,
    /// None for a ClusterRoleBinding.
    namespace: Option<&'static str>,
    rules: Value,
    questions: Vec<(&'static str, Asked, bool)>,
}

fn on(group: &str, resource: &str, namespace: Option<&str>, name: Option<&str>) -> Asked {
    Asked::resource(group, resource, namespace, name)
}

fn url(path: &str) -> Asked {
    Asked::Url(path.to_owned())
}

/// A rule of words; the core group is written `core`.
fn rule(verbs: &str, groups: &str, resources: &str, names: &[&str]) -> Value {
    let words = |text: &str| -> Vec<String> {
        text.split_whitespace()
            .map(|word| if word == "core" { String::new() } else { word.to_owned() })
            .collect()
    };
    json!({
        "verbs": words(verbs), "apiGroups": words(groups), "resources": words(resources),
        "resourceNames": names,
    })
}

fn traps() -> Vec<Trap> {
    const SHOP: Option<&str> = Some("shop");
    const A: Option<&str> = Some("a");
    let trap = |about, namespace, rules, questions| Trap { about, namespace, rules, questions };
    vec![
        trap(
            "create with names covers no creation, but server-side apply and subresources",
            None,
            json!([rule("create patch", "core", "pods pods/exec configmaps", &["a"])]),
            vec![
                ("create", on("", "pods", SHOP, None), false),
                ("create", on("", "configmaps", SHOP, None), false),
                ("create", on("", "configmaps", SHOP, A), true),
                ("patch", on("", "configmaps", SHOP, A), true),
                ("create", on("", "pods/exec", SHOP, A), true),
                ("create", on("", "pods/exec", SHOP, Some("b")), false),
            ],
        ),
        trap(
            "a list, a watch and a deletion of all carry no name",
            None,
            json!([rule("get list watch delete deletecollection", "core", "secrets", &["a"])]),
            vec![
                ("get", on("", "secrets", SHOP, A), true),
                ("get", on("", "secrets", SHOP, Some("b")), false),
                ("list", on("", "secrets", SHOP, None), false),
                ("list", on("", "secrets", SHOP, A), true),
                ("watch", on("", "secrets", SHOP, None), false),
                ("delete", on("", "secrets", SHOP, A), true),
                ("deletecollection", on("", "secrets", SHOP, None), false),
            ],
        ),
        trap(
            "a star among the names is a name",
            None,
            json!([rule("get", "core", "secrets", &["*"])]),
            vec![
                ("get", on("", "secrets", SHOP, A), false),
                ("get", on("", "secrets", SHOP, Some("*")), true),
                ("get", on("", "secrets", SHOP, None), false),
            ],
        ),
        trap(
            "an empty name is the name of what has none",
            None,
            json!([rule("create list", "core", "secrets", &[""])]),
            vec![
                ("create", on("", "secrets", SHOP, None), true),
                ("list", on("", "secrets", SHOP, None), true),
                ("create", on("", "secrets", SHOP, A), false),
            ],
        ),
        trap(
            "pods/* is no wildcard",
            None,
            json!([rule("create get", "core", "pods/*", &[])]),
            vec![
                ("create", on("", "pods/exec", SHOP, A), false),
                ("get", on("", "pods/log", SHOP, A), false),
                ("get", on("", "pods", SHOP, A), false),
                ("get", on("", "pods/*", SHOP, A), true),
            ],
        ),
        trap(
            "a resource covers no subresource of it",
            None,
            json!([rule("*", "core", "pods", &[])]),
            vec![
                ("create", on("", "pods", SHOP, None), true),
                ("create", on("", "pods/exec", SHOP, A), false),
                ("get", on("", "pods/log", SHOP, A), false),
            ],
        ),
        trap(
            "*/scale covers the scale of everything in its groups",
            None,
            json!([rule("update patch", "apps", "*/scale", &[])]),
            vec![
                ("patch", on("apps", "deployments/scale", SHOP, A), true),
                ("patch", on("apps", "deployments", SHOP, A), false),
                ("patch", on("", "replicationcontrollers/scale", SHOP, A), false),
                ("get", on("apps", "deployments/scale", SHOP, A), false),
            ],
        ),
        trap(
            "*/* covers nothing but itself",
            None,
            json!([rule("*", "*", "*/*", &[])]),
            vec![
                ("get", on("", "pods", SHOP, A), false),
                ("create", on("", "pods/exec", SHOP, A), false),
            ],
        ),
        trap(
            "everything in the core group holds every subresource of it",
            None,
            json!([rule("create", "core", "*", &[])]),
            vec![
                ("create", on("", "pods/exec", SHOP, A), true),
                ("create", on("", "serviceaccounts/token", SHOP, A), true),
                ("create", on("", "nodes/proxy", None, A), true),
                ("create", on("apps", "deployments", SHOP, None), false),
                ("impersonate", on("", "users", None, A), false),
            ],
        ),
        trap(
            "the star of groups covers the core group, an empty one no other",
            None,
            json!([rule("get", "*", "pods", &[]), rule("get", "core", "deployments", &[])]),
            vec![
                ("get", on("", "pods", SHOP, A), true),
                ("get", on("metrics.k8s.io", "pods", SHOP, A), true),
                ("get", on("apps", "deployments", SHOP, A), false),
            ],
        ),
        trap(
            "resources are plural and in lower case",
            None,
            json!([rule("get Get", "core", "secret Pods", &[])]),
            vec![
                ("get", on("", "secrets", SHOP, A), false),
                ("get", on("", "pods", SHOP, A), false),
            ],
        ),
        trap(
            "a RoleBinding reaches the Namespace object of its namespace, and no other",
            SHOP,
            json!([rule("*", "core", "namespaces namespaces/status nodes", &[])]),
            vec![
                ("get", on("", "namespaces", None, Some("shop")), true),
                ("delete", on("", "namespaces", None, Some("shop")), true),
                ("get", on("", "namespaces", None, Some("ops")), false),
                ("list", on("", "namespaces", None, None), false),
                ("list", on("", "namespaces", None, Some("shop")), false),
                ("watch", on("", "namespaces", None, Some("shop")), true),
                ("create", on("", "namespaces", None, None), false),
                ("patch", on("", "namespaces/status", None, Some("shop")), true),
                ("get", on("", "nodes", None, A), false),
            ],
        ),
        trap(
            "a RoleBinding ends at its namespace, whatever its ClusterRole says",
            SHOP,
            json!([
                rule("*", "*", "*", &[]),
                {"verbs": ["*"], "nonResourceURLs": ["*"]},
            ]),
            vec![
                ("delete", on("", "pods", SHOP, A), true),
                ("delete", on("", "pods", Some("ops"), A), false),
                ("list", on("", "pods", None, None), false),
                ("get", url("/metrics"), false),
                ("get", url("/logs"), false),
                ("bind", on(RBAC, "clusterroles", SHOP, Some("cluster-admin")), true),
                ("bind", on(RBAC, "clusterroles", None, Some("cluster-admin")), false),
                ("impersonate", on("", "users", None, A), false),
                ("impersonate", on("", "serviceaccounts", SHOP, A), true),
            ],
        ),
        trap(
            "a URL ends in a star or is exact",
            None,
            json!([{"verbs": ["get"], "nonResourceURLs": ["/logs", "/debug/**", "/a*b"]}]),
            vec![
                ("get", url("/logs"), true),
                ("get", url("/logs/"), false),
                ("get", url("/debug/"), true),
                ("get", url("/debug/pprof"), true),
                ("get", url("/debug"), false),
                ("get", url("/axb"), false),
                ("get", url("/a*b"), true),
                ("post", url("/logs"), false),
            ],
        ),
        trap(
            "all resources are no URLs, and all URLs no resources",
            None,
            json!([rule("*", "*", "*", &[])]),
            vec![("get", url("/metrics"), false), ("delete", on("", "nodes", None, A), true)],
        ),
        trap(
            "bind is asked about roles and not about bindings",
            None,
            json!([rule("bind", RBAC, "rolebindings clusterrolebindings", &[])]),
            vec![
                ("bind", on(RBAC, "clusterroles", None, A), false),
                ("create", on(RBAC, "clusterrolebindings", None, None), false),
            ],
        ),
        trap(
            "uids and extra fields are of authentication.k8s.io",
            None,
            json!([rule("impersonate", "core", "users groups uids userextras", &[])]),
            vec![
                ("impersonate", on("", "users", None, A), true),
                ("impersonate", on("authentication.k8s.io", "uids", None, A), false),
                ("impersonate", on("authentication.k8s.io", "userextras/team", None, A), false),
            ],
        ),
        trap(
            "the signers of a domain are a name with a star",
            None,
            json!([rule("approve", "certificates.k8s.io", "signers", &["example.com/*"])]),
            vec![
                (
                    "approve",
                    on("certificates.k8s.io", "signers", None, Some("example.com/*")),
                    true,
                ),
                (
                    "approve",
                    on("certificates.k8s.io", "signers", None, Some("example.com/a")),
                    false,
                ),
            ],
        ),
        trap(
            "a rule may split what belongs together over two, and holds neither",
            None,
            json!([rule("get", "apps", "pods", &[]), rule("delete", "core", "deployments", &[])]),
            vec![
                ("get", on("", "pods", SHOP, A), false),
                ("delete", on("apps", "deployments", SHOP, A), false),
            ],
        ),
    ]
}

/// Subjects and references rather than rules: who is meant.
fn meant() -> (Vec<Value>, Vec<Who>, Vec<(Question, bool)>) {
    let role = |name: &str, resource: &str| {
        json!({
            "apiVersion": format!("{RBAC}/v1"), "kind": "ClusterRole",
            "metadata": {"name": name, "labels": {LABEL: "x"}},
            "rules": [{"verbs": ["get"], "apiGroups": ["meant"], "resources": [resource]}],
        })
    };
    let bind = |name: &str, namespace: Option<&str>, role: (&str, &str), subject: Value| {
        let mut binding = json!({
            "apiVersion": format!("{RBAC}/v1"), "kind": "ClusterRoleBinding",
            "metadata": {"name": name, "labels": {LABEL: "x"}},
            "roleRef": {"apiGroup": RBAC, "kind": role.0, "name": role.1},
            "subjects": [subject],
        });
        if let Some(namespace) = namespace {
            binding["kind"] = json!("RoleBinding");
            binding["metadata"]["namespace"] = json!(namespace);
        }
        binding
    };
    let user = |name: &str| json!({"apiGroup": RBAC, "kind": "User", "name": name});
    let group = |name: &str| json!({"apiGroup": RBAC, "kind": "Group", "name": name});
    let manifests = vec![
        role("ones", "ones"),
        role("twos", "twos"),
        role("threes", "threes"),
        role("fours", "fours"),
        role("fives", "fives"),
        role("sixes", "sixes"),
        bind("m1", None, ("ClusterRole", "ones"), user("system:serviceaccount:ops:bot")),
        bind("m2", None, ("ClusterRole", "twos"), group("system:serviceaccounts:ops")),
        bind(
            "m3",
            Some("shop"),
            ("ClusterRole", "threes"),
            json!({"kind": "ServiceAccount", "name": "bot"}),
        ),
        bind("m4", None, ("ClusterRole", "fours"), user("*")),
        bind("m5", None, ("ClusterRole", "fives"), user("devs")),
        bind("m6", Some("shop"), ("Role", "sixes"), group("devs")),
        bind("m7", Some("shop"), ("ClusterRole", "gone"), group("devs")),
    ];
    let identities = vec![
        Who::new("system:serviceaccount:ops:bot", &[]),
        Who::new("system:serviceaccount:shop:bot", &[]),
        Who::new("ann", &["devs"]),
        Who::new("devs", &[]),
        Who::new("root", &["system:masters"]),
    ];
    let asked = |who, resource: &str, namespace, allowed| {
        let target = on("meant", resource, namespace, None);
        (Question { who, verb: "get".to_owned(), target }, allowed)
    };
    let decisions = vec![
        asked(0, "ones", None, true),
        asked(1, "ones", None, false),
        asked(0, "twos", Some("shop"), true),
        asked(1, "twos", Some("shop"), false),
        asked(1, "threes", Some("shop"), true),
        asked(0, "threes", Some("shop"), false),
        asked(1, "threes", Some("ops"), false),
        asked(2, "fours", None, false),
        asked(2, "fives", None, false),
        asked(3, "fives", None, true),
        asked(2, "sixes", Some("shop"), false),
        asked(4, "anything", None, true),
        (Question { who: 4, verb: "post".to_owned(), target: url("/x") }, true),
    ];
    (manifests, identities, decisions)
}

/// All of it as one cluster.
fn recording(version: &str) -> Recording {
    let (mut manifests, mut identities, mut decisions) = meant();
    for (number, trap) in traps().into_iter().enumerate() {
        let name = format!("trap-{number}");
        let account = json!([{"kind": "ServiceAccount", "namespace": "pay", "name": name}]);
        let mut metadata = json!({"name": name, "labels": {LABEL: "x"}});
        metadata["annotations"] = json!({"about": trap.about});
        manifests.push(json!({
            "apiVersion": format!("{RBAC}/v1"), "kind": "ClusterRole", "metadata": metadata,
            "rules": trap.rules,
        }));
        let mut metadata = json!({"name": name, "labels": {LABEL: "x"}});
        let mut kind = "ClusterRoleBinding";
        if let Some(namespace) = trap.namespace {
            metadata["namespace"] = json!(namespace);
            kind = "RoleBinding";
        }
        manifests.push(json!({
            "apiVersion": format!("{RBAC}/v1"), "kind": kind, "metadata": metadata,
            "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": name},
            "subjects": account,
        }));
        let who = identities.len();
        identities.push(Who::new(&format!("system:serviceaccount:pay:{name}"), &[]));
        for (verb, target, expected) in trap.questions {
            decisions.push((Question { who, verb: verb.to_owned(), target }, expected));
        }
    }
    Recording { about: format!("{version}, by hand"), manifests, identities, decisions }
}

#[test]
fn known_traps_are_what_they_are_said_to_be() {
    let Some(server) = ApiServer::start() else { return };
    for namespace in NAMESPACES {
        server.namespace(namespace);
    }
    let recording = recording(server.version());
    create(&server, &recording.manifests);
    aggregate(&server);
    server.settle();
    let questions: Vec<Question> =
        recording.decisions.iter().map(|(question, _)| question.clone()).collect();
    let answers = ask(&server, &recording.identities, &questions);
    for ((question, expected), answer) in recording.decisions.iter().zip(&answers) {
        assert_eq!(expected, answer, "{question:?} of {:?}", recording.identities[question.who]);
    }
    let cluster = snapshot(dump(&server).iter().map(String::as_str));
    let wrong = disagreements(&cluster, &recording.identities, &recording.decisions);
    assert!(wrong.is_empty(), "{wrong:#?}");

    requests_for_namespaces_are_of_the_namespace(&server);
    clear(&server);
    if records() {
        fs::write(recorded::folder().join("traps.json"), recording.to_text()).unwrap();
    }
    let own = list(&recording.manifests);
    assert!(own.contains("annotations"));
    say(&format!("traps: {} decisions, as expected and as gradus says", answers.len()));
}

/// Real requests rather than reviews, as a review cannot tell what the server
/// makes of a path.
fn requests_for_namespaces_are_of_the_namespace(server: &ApiServer) {
    let bound_in_shop = traps().iter().position(|trap| trap.about.contains("Namespace object"));
    let user = format!("system:serviceaccount:pay:trap-{}", bound_in_shop.unwrap());
    let answers = [
        ("/api/v1/namespaces/shop", 200),
        ("/api/v1/namespaces/ops", 403),
        ("/api/v1/namespaces", 403),
        // By a selector it is a list of the whole cluster.
        ("/api/v1/namespaces?fieldSelector=metadata.name%3Dshop", 403),
        ("/api/v1/namespaces?watch=1&timeoutSeconds=1&fieldSelector=metadata.name%3Dshop", 403),
        ("/api/v1/watch/namespaces/shop?timeoutSeconds=1", 200),
        ("/api/v1/namespaces/shop/status", 200),
    ];
    for (path, expected) in answers {
        assert_eq!(server.send(Call::get(path).act_as(&user, [])).0, expected, "{path}");
    }
}
