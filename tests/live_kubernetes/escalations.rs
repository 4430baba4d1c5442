//! Single rights that decide whether more can be gained, one ServiceAccount each,
//! with the outcome that upstream's code leads to expect. The server has the last
//! word.

use std::fs;

use serde_json::{Value, json};

use crate::{
    api_server::{Call, say},
    attempted::{self, Attempt, Claimed, How, Made},
    attempts::{make, server, tokens},
    decisions::records,
    recorded::{self, Recording, Who, snapshot},
    review::{clear, create, dump},
    world::{API, LABEL, RBAC},
};

/// Who holds what, and what comes of attempts.
struct Case {
    /// Everywhere, or in the namespace `shop` only.
    everywhere: bool,
    rules: Vec<Value>,
    attempts: Vec<(Attempt, bool)>,
}

/// A rule of words; the core group is written `core`.
fn rule(verbs: &str, group: &str, resources: &str, names: &[&str]) -> Value {
    let words = |text: &str| -> Vec<String> { text.split(' ').map(str::to_owned).collect() };
    let group = if group == "core" { "" } else { group };
    json!({
        "verbs": words(verbs), "apiGroups": [group], "resources": words(resources),
        "resourceNames": names,
    })
}

fn urls(verbs: &str, urls: &[&str]) -> Value {
    json!({"verbs": verbs.split(' ').collect::<Vec<_>>(), "nonResourceURLs": urls})
}

/// A binding of a ClusterRole: in `shop`, or everywhere.
fn bind(how: How, shop: bool, name: &str, role: &str) -> Attempt {
    let namespace = shop.then(|| "shop".to_owned());
    Attempt::Bind { how, namespace, name: name.to_owned(), cluster: true, role: role.to_owned() }
}

/// A ClusterRole with rules.
fn role(how: How, name: &str, rules: &[Value]) -> Attempt {
    Attempt::WriteRole {
        how,
        namespace: None,
        name: name.to_owned(),
        rules: json!(rules),
        collects: false,
        collected: false,
    }
}

/// The same, collecting others' rules.
fn collecting(attempt: Attempt) -> Attempt {
    match attempt {
        Attempt::WriteRole { how, namespace, name, rules, collected, .. } => {
            Attempt::WriteRole { how, namespace, name, rules, collects: true, collected }
        }
        other => other,
    }
}

fn config_map(how: How, name: &str) -> Attempt {
    Attempt::WriteConfigMap { how, namespace: "shop".to_owned(), name: name.to_owned() }
}

fn mint(name: &str) -> Attempt {
    Attempt::Mint { namespace: "shop".to_owned(), name: name.to_owned() }
}

fn act_as(claims: &[Claimed]) -> Attempt {
    Attempt::ActAs { claims: claims.to_vec() }
}

/// ClusterRoles that are there, each with one rule that may be handed on.
fn targets() -> Vec<(&'static str, Value)> {
    vec![
        ("scale", rule("patch", "apps", "deployments/scale", &[])),
        ("pods", rule("get list", "core", "pods secrets", &[])),
        ("one", rule("get", "core", "secrets", &["a"])),
        ("logs", urls("get", &["/logs/x", "/logs/*"])),
        ("all", rule("*", "core", "pods", &[])),
        ("star", rule("get", "core", "*/log", &[])),
    ]
}

fn cases() -> Vec<Case> {
    use How::{ApplyNew, Create, Patch, PutNew, Update};
    let case = |everywhere, rules: &[Value], attempts: Vec<(Attempt, bool)>| Case {
        everywhere,
        rules: rules.to_vec(),
        attempts,
    };
    let writes = |resource: &str| rule("create update patch", RBAC, resource, &[]);
    let secrets = rule("get", "core", "secrets", &[]);
    let user = |name: &str| Claimed::User(name.to_owned());
    let group = |name: &str| Claimed::Group(name.to_owned());
    let extra = |key: &str, value: &str| Claimed::Extra(key.to_owned(), value.to_owned());
    let account = |name: &str| Claimed::Account("shop".to_owned(), name.to_owned());
    vec![
        // A binding without `bind`: only what is held, wherever it is held.
        case(
            true,
            &[writes("clusterrolebindings rolebindings")],
            vec![
                (bind(Create, false, "new", "pods"), false),
                (bind(Create, true, "new", "pods"), false),
                (bind(Create, true, "new", "gone"), false),
                (bind(Update, false, "b-pods", "pods"), false),
            ],
        ),
        // With `bind`, by the name of the role; the binding's own name is no matter.
        case(
            true,
            &[
                writes("clusterrolebindings rolebindings"),
                rule("bind", RBAC, "clusterroles", &["pods", "gone"]),
            ],
            vec![
                (bind(Create, false, "new", "pods"), true),
                (bind(Create, true, "new", "gone"), true),
                (bind(Create, false, "new", "one"), false),
                (bind(Update, false, "b-pods", "pods"), true),
                (bind(Patch, false, "b-one", "one"), false),
            ],
        ),
        // `bind` on bindings is a word without meaning.
        case(
            true,
            &[writes("clusterrolebindings"), rule("bind", RBAC, "clusterrolebindings", &[])],
            vec![(bind(Create, false, "new", "pods"), false)],
        ),
        // In a namespace: enough for a RoleBinding there, for nothing wider.
        case(
            false,
            &[writes("clusterrolebindings rolebindings"), rule("bind", RBAC, "clusterroles", &[])],
            vec![
                (bind(Create, true, "new", "cluster-admin"), true),
                (bind(Create, false, "new", "pods"), false),
            ],
        ),
        // What is held covers what is given, word by word.
        case(
            true,
            &[
                writes("clusterrolebindings"),
                rule("patch", "apps", "*/scale", &[]),
                rule("get", "core", "pods secrets", &[]),
                rule("list", "core", "*", &[]),
                urls("get", &["/lo**"]),
            ],
            vec![
                (bind(Create, false, "new", "scale"), true),
                (bind(Create, false, "new", "pods"), true),
                (bind(Create, false, "new", "one"), true),
                (bind(Create, false, "new", "logs"), true),
                (bind(Create, false, "new", "all"), false),
                (bind(Create, false, "new", "star"), false),
            ],
        ),
        // Names held cover those names only; a URL held covers no wider one.
        case(
            true,
            &[
                writes("clusterrolebindings"),
                rule("get list", "core", "pods secrets", &["a", "b"]),
                urls("get", &["/logs/x"]),
            ],
            vec![
                (bind(Create, false, "new", "one"), true),
                (bind(Create, false, "new", "pods"), false),
                (bind(Create, false, "new", "logs"), false),
            ],
        ),
        // All verbs that there are do not make a star.
        case(
            true,
            &[
                writes("clusterrolebindings"),
                rule(
                    "get list watch create update patch delete deletecollection",
                    "core",
                    "pods",
                    &[],
                ),
            ],
            vec![(bind(Create, false, "new", "all"), false)],
        ),
        // Writing a binding by its name: no creation by POST.
        case(
            true,
            &[
                rule("create update patch", RBAC, "clusterrolebindings", &["new"]),
                rule("bind", RBAC, "clusterroles", &[]),
            ],
            vec![
                (bind(Create, false, "new", "pods"), false),
                (bind(ApplyNew, false, "new", "pods"), true),
                (bind(PutNew, false, "new", "pods"), true),
                (bind(ApplyNew, false, "newer", "pods"), false),
                (bind(Update, false, "b-pods", "pods"), false),
            ],
        ),
        // Writing a role without `escalate`: only what is held.
        case(
            true,
            &[writes("clusterroles"), secrets.clone()],
            vec![
                (role(Create, "new", std::slice::from_ref(&secrets)), true),
                (role(Create, "new", &[rule("list", "core", "secrets", &[])]), false),
                (role(Update, "pods", std::slice::from_ref(&secrets)), true),
                (role(Update, "pods", &[rule("*", "*", "*", &[])]), false),
                (collecting(role(Create, "new", &[])), false),
                (collecting(role(Update, "pods", &[])), false),
            ],
        ),
        // With `escalate`, for all.
        case(
            true,
            &[writes("clusterroles"), rule("escalate", RBAC, "clusterroles", &[])],
            vec![
                (role(Create, "new", &[rule("*", "*", "*", &[])]), true),
                (role(Patch, "pods", &[rule("*", "*", "*", &[])]), true),
                (collecting(role(Create, "new", &[])), true),
            ],
        ),
        // With `escalate` by name: a creation by POST has none.
        case(
            true,
            &[writes("clusterroles"), rule("escalate", RBAC, "clusterroles", &["new", "pods"])],
            vec![
                (role(Create, "new", &[rule("*", "*", "*", &[])]), false),
                (role(ApplyNew, "new", &[rule("*", "*", "*", &[])]), true),
                (role(PutNew, "new", &[rule("*", "*", "*", &[])]), true),
                (role(Update, "pods", &[rule("*", "*", "*", &[])]), true),
                (role(Update, "one", &[rule("*", "*", "*", &[])]), false),
            ],
        ),
        // `escalate` alone writes nothing.
        case(
            true,
            &[rule("escalate bind", RBAC, "clusterroles", &[])],
            vec![(role(Update, "pods", &[]), false), (bind(Create, false, "new", "pods"), false)],
        ),
        // Tokens, by name.
        case(
            true,
            &[rule("create", "core", "serviceaccounts/token", &["a"])],
            vec![(mint("a"), true), (mint("new"), false)],
        ),
        case(true, &[rule("create", "core", "serviceaccounts", &[])], vec![(mint("a"), false)]),
        case(true, &[rule("create", "core", "*", &[])], vec![(mint("a"), true)]),
        // Objects by name, by server-side apply.
        case(
            true,
            &[rule("create patch", "core", "configmaps", &["new"])],
            vec![
                (config_map(Create, "new"), false),
                (config_map(ApplyNew, "new"), true),
                (config_map(ApplyNew, "newer"), false),
                (config_map(Patch, "a"), false),
            ],
        ),
        case(
            true,
            &[rule("patch", "core", "configmaps", &[])],
            vec![
                (config_map(ApplyNew, "new"), false),
                (config_map(Patch, "a"), true),
                (config_map(Update, "a"), false),
            ],
        ),
        case(
            true,
            &[
                rule("patch", "core", "configmaps", &[]),
                rule("create", "core", "configmaps", &["new"]),
            ],
            vec![(config_map(ApplyNew, "new"), true), (config_map(Create, "new"), false)],
        ),
        // Acting as others: each claim for itself.
        case(
            true,
            &[rule("impersonate", "core", "users", &["ann"])],
            vec![
                (act_as(&[user("ann")]), true),
                (act_as(&[user("bo")]), false),
                (act_as(&[account("a")]), false),
                (act_as(&[user("ann"), group("devs")]), false),
                (act_as(&[user("ann"), extra("team", "red")]), false),
            ],
        ),
        case(
            true,
            &[rule("impersonate", "core", "users groups", &[])],
            vec![
                (act_as(&[user("ann"), group("system:masters")]), true),
                (act_as(&[account("a"), group("devs")]), false),
            ],
        ),
        case(
            false,
            &[rule("impersonate", "core", "serviceaccounts users", &[])],
            vec![
                (act_as(&[account("a")]), true),
                (act_as(&[Claimed::Account("ops".to_owned(), "a".to_owned())]), false),
                (act_as(&[user("ann")]), false),
            ],
        ),
        case(
            true,
            &[
                rule("impersonate", "core", "serviceaccounts", &["a"]),
                rule("impersonate", "authentication.k8s.io", "userextras/team", &["red"]),
            ],
            vec![
                (act_as(&[account("a"), extra("team", "red")]), true),
                (act_as(&[account("a"), extra("team", "blue")]), false),
                (act_as(&[account("a"), extra("area", "red")]), false),
                (act_as(&[account("new")]), false),
            ],
        ),
    ]
}

fn manifest(kind: &str, namespace: Option<&str>, name: &str) -> Value {
    let mut manifest = json!({
        "apiVersion": format!("{RBAC}/v1"), "kind": kind,
        "metadata": {"name": name, "labels": {LABEL: "x"}},
    });
    if let Some(namespace) = namespace {
        manifest["metadata"]["namespace"] = json!(namespace);
    }
    manifest
}

fn binding(namespace: Option<&str>, name: &str, role: &str, subjects: Value) -> Value {
    let kind = if namespace.is_some() { "RoleBinding" } else { "ClusterRoleBinding" };
    let mut binding = manifest(kind, namespace, name);
    binding["roleRef"] = json!({"apiGroup": RBAC, "kind": "ClusterRole", "name": role});
    binding["subjects"] = subjects;
    binding
}

/// The cluster of all cases, and what is attempted in it.
fn recording(version: &str) -> (Recording, Vec<Made>) {
    let (mut manifests, mut identities, mut expected) = (Vec::new(), Vec::new(), Vec::new());
    for (name, rule) in targets() {
        let mut role = manifest("ClusterRole", None, name);
        role["rules"] = json!([rule]);
        manifests.push(role);
        manifests.push(binding(None, &format!("b-{name}"), name, json!([])));
    }
    for (number, case) in cases().into_iter().enumerate() {
        let name = format!("h{number}");
        let mut role = manifest("ClusterRole", None, &name);
        role["rules"] = json!(case.rules);
        manifests.push(role);
        let namespace = (!case.everywhere).then_some("shop");
        let account = json!([{"kind": "ServiceAccount", "namespace": "pay", "name": name}]);
        manifests.push(binding(namespace, &name, &name, account));
        identities.push(Who::new(&format!("system:serviceaccount:pay:{name}"), &[]));
        expected
            .extend(case.attempts.into_iter().map(|(attempt, happens)| (number, attempt, happens)));
    }
    let about = format!("{version}, by hand");
    (Recording { about, manifests, identities, decisions: Vec::new() }, expected)
}

#[test]
fn every_single_right_gains_what_it_is_said_to_gain() {
    let Some(server) = server() else { return };
    let (recording, expected) = recording(server.version());
    let names: Vec<String> = (0..recording.identities.len()).map(|n| format!("h{n}")).collect();
    let tokens = tokens(&server, &names);
    create(&server, &recording.manifests);
    server.settle();
    let attempts = expected.iter().map(|(who, attempt, _)| (*who, attempt.clone())).collect();
    let made = make(&server, &recording.identities, &tokens, attempts);
    for (made, expected) in made.iter().zip(&expected) {
        assert_eq!(made, expected);
    }
    let cluster = snapshot(dump(&server).iter().map(String::as_str));
    let wrong = attempted::disagreements(&cluster, &recording.identities, &made);
    assert!(wrong.is_empty(), "{wrong:#?}");
    clear(&server);
    if records() {
        let path = recorded::folder().join("attempts-by-hand.json");
        fs::write(path, attempted::to_text(&recording, &made)).unwrap();
    }
    say(&format!("attempts by hand: {}, as expected and as gradus says", made.len()));
}

#[test]
fn whoever_may_bind_becomes_administrator() {
    let Some(server) = server() else { return };
    let bot = "system:serviceaccount:pay:h0";
    let mut powers = manifest("ClusterRole", None, "h0");
    powers["rules"] = json!([
        rule("create", RBAC, "clusterrolebindings", &[]),
        rule("bind", RBAC, "clusterroles", &["cluster-admin"]),
    ]);
    let account = json!([{"kind": "ServiceAccount", "namespace": "pay", "name": "h0"}]);
    create(&server, &[powers, binding(None, "h0", "h0", account.clone())]);
    server.settle();
    let nodes = || server.send(Call::get("/api/v1/nodes").act_as(bot, [])).0;
    assert_eq!(nodes(), 403);
    let own = binding(None, "own", "cluster-admin", account);
    let path = format!("{API}/clusterrolebindings");
    server.must(Call::post(path, own).act_as(bot, []));
    server.settle();
    assert_eq!(nodes(), 200, "what gradus tells of is no theory");
}
