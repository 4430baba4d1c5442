//! Right-sizing and containment, proven on the server that decides.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::Command,
};

use serde_json::{Value, json};

use crate::{
    api_server::{ApiServer, Call, say},
    change::{Command as Kubectl, Object, commands},
};

const BOT: &str = "system:serviceaccount:sized:bot";
const RBAC: &str = "/apis/rbac.authorization.k8s.io/v1";
const REVIEWS: &str = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
/// The script is random, and the same in each run.
const SEED: u64 = 20_261_122;
const REQUESTS: usize = 400;

/// What was asked of the authorizer: verb, group, resource (with subresource),
/// namespace, and name; or verb and path of what is no resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Asked {
    Resource { verb: String, group: String, resource: String, namespace: String, name: String },
    Path { verb: String, path: String },
}

impl Asked {
    fn review(&self, user: &str) -> Call {
        let mut spec = json!({"user": user});
        match self {
            Self::Resource { verb, group, resource, namespace, name } => {
                let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
                spec["resourceAttributes"] = json!({
                    "verb": verb, "group": group, "resource": resource,
                    "subresource": subresource, "namespace": namespace, "name": name,
                });
            }
            Self::Path { verb, path } => {
                spec["nonResourceAttributes"] = json!({"verb": verb, "path": path});
            }
        }
        let kind = "SubjectAccessReview";
        let body = json!({"apiVersion": "authorization.k8s.io/v1", "kind": kind, "spec": spec});
        Call::post(REVIEWS, body)
    }
}

struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

/// One request of the script.
fn call(random: &mut Random) -> Call {
    let namespace = ["shop", "till", "yard"][random.below(3)];
    let name = format!("thing-{}", random.below(6));
    let core = format!("/api/v1/namespaces/{namespace}");
    let maps = format!("{core}/configmaps");
    let pods = format!("{core}/pods");
    let deployments = format!("/apis/apps/v1/namespaces/{namespace}/deployments");
    let map = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": namespace, "labels": {"a": "b"}}, "data": {"k": "v"},
    });
    let container = json!({"name": "c", "image": "c"});
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"a": name}},
        "spec": {"containers": [container]},
    });
    let template = json!({
        "metadata": {"labels": {"a": name}}, "spec": {"containers": [container]},
    });
    let deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
        "spec": {"selector": {"matchLabels": {"a": name}}, "template": template},
    });
    let touch = json!({"metadata": {"labels": {"touched": "yes"}}});
    match random.below(34) {
        // Elsewhere only applying creates them, which takes `create` by name.
        0 if namespace == "shop" => Call::post(maps, map),
        1 | 2 => Call::get(format!("{maps}/{name}")),
        3 => Call::put(format!("{maps}/{name}"), map),
        4 => Call::patch(format!("{maps}/{name}"), touch),
        5 | 6 => Call::apply(format!("{maps}/{name}?fieldManager=bot&force=true"), map),
        7 => Call::delete(format!("{maps}/{name}")),
        8 if namespace == "shop" => Call::get(maps),
        9 => Call::get(format!("{maps}?fieldSelector=metadata.name%3D{name}")),
        10 if namespace == "till" => Call::delete(format!("{maps}?labelSelector=touched%3Dyes")),
        11 => Call::get(format!(
            "{maps}?watch=true&timeoutSeconds=1&fieldSelector=metadata.name%3D{name}"
        )),
        12 | 13 => Call::post(pods, pod),
        14 => Call::get(format!("{pods}/{name}")),
        15 => Call::patch(format!("{pods}/{name}/status"), touch),
        16 => Call::get(format!("{pods}/{name}/log")),
        17 => Call::delete(format!("{pods}/{name}")),
        18 => Call::post(deployments, deployment),
        19 | 20 => {
            Call::patch(format!("{deployments}/{name}/scale"), json!({"spec": {"replicas": 2}}))
        }
        21 => Call::get(format!("{deployments}/{name}/scale")),
        22 => Call::apply(format!("{deployments}/{name}?fieldManager=bot&force=true"), deployment),
        23 => Call::get("/api/v1/pods"),
        24 => Call::get("/api/v1/nodes"),
        25 => Call::get(format!("/api/v1/namespaces/{namespace}")),
        26 => Call::get(format!("{RBAC}/clusterroles/view")),
        27 => Call::get(["/healthz", "/version", "/apis/apps/v1", "/api"][random.below(4)]),
        28 => Call::get("/openapi/v2?timeout=32s"),
        29 => Call::get(format!("{core}/*")),
        30 => Call::post(
            format!("/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token"),
            json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}),
        ),
        31 => Call::post(
            format!("{pods}/{name}/eviction"),
            json!({"apiVersion": "policy/v1beta1", "kind": "Eviction", "metadata": {"name": name}}),
        ),
        32 => Call::patch(format!("{maps}/{name}?dryRun=All"), touch),
        _ => Call::get(format!("{core}/secrets/{name}")),
    }
}

/// What the log says that the bot was let do, read without any code of gradus.
fn allowed(log: &Path) -> BTreeSet<Asked> {
    let mut all = BTreeSet::new();
    for line in fs::read_to_string(log).unwrap().lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        let decision = &event["annotations"]["authorization.k8s.io/decision"];
        if event["impersonatedUser"]["username"] != BOT || decision != "allow" {
            continue;
        }
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let verb = text(&event["verb"]);
        let object = &event["objectRef"];
        if object.is_null() {
            let uri = text(&event["requestURI"]);
            let path = uri.split('?').next().unwrap().to_owned();
            all.insert(Asked::Path { verb, path });
            continue;
        }
        let resource = [&object["resource"], &object["subresource"]]
            .map(text)
            .join("/")
            .trim_end_matches('/')
            .to_owned();
        let on_object = resource.contains('/');
        let unseen = verb == "deletecollection" || verb == "create" && !on_object;
        let name = if unseen { String::new() } else { text(&object["name"]) };
        let (group, namespace) = (text(&object["apiGroup"]), text(&object["namespace"]));
        let asked = |verb: String| Asked::Resource {
            verb,
            group: group.clone(),
            resource: resource.clone(),
            namespace: namespace.clone(),
            name: name.clone(),
        };
        if event["responseStatus"]["code"] == 201 && verb == "patch" {
            all.insert(asked("create".to_owned()));
        }
        all.insert(asked(verb));
    }
    all
}

/// Whether a right is among those that were used.
fn is_used(used: &BTreeSet<Asked>, asked: &Asked) -> bool {
    let Asked::Resource { verb, group, resource, namespace, name } = asked else {
        return used.contains(asked);
    };
    let mut names = BTreeMap::<&str, BTreeSet<&str>>::new();
    for one in used {
        if let Asked::Resource { verb: v, group: g, resource: r, namespace: place, name } = one
            && (v, g, r) == (verb, group, resource)
        {
            names.entry(place).or_default().insert(name);
        }
    }
    // A namespace itself is granted in the cluster, by name.
    let places =
        if resource == "namespaces" { vec![namespace.as_str()] } else { vec!["", namespace] };
    places.iter().any(|place| {
        names.get(place).is_some_and(|names| names.contains("") || names.contains(name.as_str()))
    })
}

/// Everything that decides rights, as files of a workspace, with `gradus` run on it.
struct Workspace(tempfile::TempDir);

impl Workspace {
    fn of(server: &ApiServer, agents: &[(&str, &[&str])], log: Option<&Path>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut items = Vec::new();
        for (kind, version, path) in [
            ("ClusterRole", "rbac.authorization.k8s.io/v1", format!("{RBAC}/clusterroles")),
            (
                "ClusterRoleBinding",
                "rbac.authorization.k8s.io/v1",
                format!("{RBAC}/clusterrolebindings"),
            ),
            ("Role", "rbac.authorization.k8s.io/v1", format!("{RBAC}/roles")),
            ("RoleBinding", "rbac.authorization.k8s.io/v1", format!("{RBAC}/rolebindings")),
            ("Namespace", "v1", "/api/v1/namespaces".to_owned()),
            ("ServiceAccount", "v1", "/api/v1/serviceaccounts".to_owned()),
        ] {
            let list = server.must(Call::get(path));
            for item in list["items"].as_array().unwrap() {
                let mut item = item.clone();
                item["kind"] = json!(kind);
                item["apiVersion"] = json!(version);
                items.push(item);
            }
        }
        let list = json!({"apiVersion": "v1", "kind": "List", "items": items});
        fs::write(folder.path().join("cluster.json"), list.to_string()).unwrap();
        let mut sources = json!({"kubernetes": [{"path": "cluster.json"}]});
        if let Some(log) = log {
            fs::copy(log, folder.path().join("audit.log")).unwrap();
            sources["activity"] = json!([{"path": "audit.log"}]);
        }
        let declared = agents.iter().map(|(name, principals)| {
            json!({"name": name, "environment": "live", "tier": "standard", "owner": "team",
                "purpose": "test", "principals": {"kubernetes": principals}})
        });
        let workspace = json!({
            "apiVersion": "gradus/v1", "kind": "Workspace", "metadata": {"name": "live"},
            "agents": declared.collect::<Vec<_>>(),
            "sources": sources,
        });
        fs::write(folder.path().join("gradus.yaml"), workspace.to_string()).unwrap();
        Self(folder)
    }

    fn run(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gradus"));
        let output = command.current_dir(self.0.path()).args(arguments).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {told}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Declared agents, by name.
    fn assess(&self) -> BTreeMap<String, Value> {
        let assessment: Value =
            serde_json::from_str(&self.run(&["assess", ".", "-f", "json"])).unwrap();
        let agents = assessment["agents"].as_array().unwrap().iter();
        agents.map(|agent| (agent["name"].as_str().unwrap().to_owned(), agent.clone())).collect()
    }
}

/// Applies documents as `kubectl apply --server-side` does.
fn apply(server: &ApiServer, text: &str) {
    for document in text.split("---\n").filter(|one| one.lines().any(|l| !l.starts_with('#'))) {
        apply_object(server, serde_saphyr::from_str(document).unwrap());
    }
}

fn apply_object(server: &ApiServer, object: Value) {
    let metadata = &object["metadata"];
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let path = path(&Object {
        kind: text(&object["kind"]).unwrap().to_lowercase(),
        name: text(&metadata["name"]).unwrap(),
        namespace: text(&metadata["namespace"]),
    });
    server.must(Call::apply(format!("{path}?fieldManager=kubectl&force=true"), object));
}

fn path(object: &Object) -> String {
    let folder = match &object.namespace {
        Some(namespace) => format!("/namespaces/{namespace}"),
        None => String::new(),
    };
    format!("{RBAC}{folder}/{}s/{}", object.kind, object.name)
}

/// Does what a step says, and whether all of it could be done.
fn follow(server: &ApiServer, change: &str) -> bool {
    let run = |command| match command {
        Kubectl::Apply(objects) => {
            objects.into_iter().for_each(|object| apply_object(server, object));
            true
        }
        Kubectl::Delete(object) => server.send(Call::delete(path(&object))).0 == 200,
        Kubectl::Patch(object, patch) => {
            server.send(Call::json_patch(path(&object), patch)).0 == 200
        }
    };
    commands(change).into_iter().all(|all| all.into_iter().any(run))
}

/// The changes that an agent is advised.
fn changes(agent: &Value) -> Vec<&str> {
    let steps = agent["next"]["contain"].as_array().unwrap().iter();
    steps.map(|step| step["change"].as_str().unwrap()).collect()
}

fn bind(server: &ApiServer, name: &str, role: &str, user: &str) {
    let group = "rbac.authorization.k8s.io";
    let binding = json!({
        "metadata": {"name": name},
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": role},
        "subjects": [{"kind": "User", "apiGroup": group, "name": user}],
    });
    server.create(&format!("{RBAC}/clusterrolebindings"), binding);
}

fn reviews(server: &ApiServer, asked: &[Asked]) -> Vec<bool> {
    let calls = asked.iter().map(|one| one.review(BOT)).collect();
    let answers = server.send_all(calls);
    answers.iter().map(|(_, body)| body["status"]["allowed"].as_bool().unwrap()).collect()
}

#[test]
fn the_roles_of_a_log_allow_all_that_it_shows_and_nothing_else() {
    let Some(server) = ApiServer::builder().audit_log(true).start() else { return };
    for namespace in ["sized", "shop", "till", "yard"] {
        server.namespace(namespace);
    }
    let mut random = Random(SEED);
    // Before it is bound it is refused: that is in the log too, and is not granted.
    for _ in 0..20 {
        let (status, body) = server.send(call(&mut random).act_as(BOT, []));
        assert!(matches!(status, 200 | 403), "{status} {body}");
    }
    let group = "rbac.authorization.k8s.io";
    let subject = json!({"kind": "ServiceAccount", "name": "bot", "namespace": "sized"});
    let binding = json!({
        "metadata": {"name": "bot-admin"},
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [subject],
    });
    server.create(&format!("{RBAC}/clusterrolebindings"), binding);
    server.settle();
    for _ in 0..REQUESTS {
        let (status, body) = server.send(call(&mut random).act_as(BOT, []));
        assert_ne!(status, 403, "{body}");
    }

    let workspace = Workspace::of(&server, &[("bot", &[BOT])], Some(&server.audit_log()));
    let roles = workspace.run(&["rightsize", "bot", ".", "--quiet"]);
    server.must(Call::delete(format!("{RBAC}/clusterrolebindings/bot-admin")));
    apply(&server, &roles);
    server.settle();

    let mut used = allowed(&server.audit_log());
    used.retain(|asked| {
        // No object is called `*`, and a rule that says so would give everything.
        !matches!(asked, Asked::Resource { resource, .. } if resource == "*")
    });
    let asked: Vec<Asked> = used.iter().cloned().collect();
    let answers = reviews(&server, &asked);
    let denied: Vec<_> = asked.iter().zip(&answers).filter(|(_, allowed)| !**allowed).collect();
    assert!(denied.is_empty(), "{denied:#?}\n{roles}");
    assert!(asked.len() > 100, "the script shows {} rights only", asked.len());

    // Every right near the ones that were used, and its answer as expected.
    let mut near = BTreeSet::new();
    for one in &asked {
        match one {
            Asked::Resource { group, resource, .. } => {
                for verb in [
                    "get",
                    "list",
                    "watch",
                    "create",
                    "update",
                    "patch",
                    "delete",
                    "deletecollection",
                ] {
                    for namespace in ["", "shop", "till", "yard", "default"] {
                        for name in ["", "thing-0", "thing-5", "stranger"] {
                            near.insert(Asked::Resource {
                                verb: verb.to_owned(),
                                group: group.clone(),
                                resource: resource.clone(),
                                namespace: namespace.to_owned(),
                                name: name.to_owned(),
                            });
                        }
                    }
                }
            }
            Asked::Path { path, .. } => {
                for path in [path.clone(), format!("{path}/more"), "/logs".to_owned()] {
                    for verb in ["get", "post"] {
                        near.insert(Asked::Path { verb: verb.to_owned(), path: path.clone() });
                    }
                }
            }
        }
    }
    let near: Vec<Asked> = near.into_iter().collect();
    let answers = reviews(&server, &near);
    let wrong: Vec<_> = near
        .iter()
        .zip(&answers)
        .filter(|(asked, allowed)| is_used(&used, asked) != **allowed)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}\n{roles}");
    let refused = answers.iter().filter(|allowed| !**allowed).count();
    assert!(refused > 100);
    say(&format!(
        "rightsize: {REQUESTS} requests, {} rights used and allowed, {} rights nearby, {refused} of them refused, 0 differences",
        asked.len(),
        near.len()
    ));
}

#[test]
fn what_contain_advises_brings_the_agent_down_on_the_server() {
    let Some(server) = ApiServer::shared() else { return };
    let user = "contained-bot";
    bind(server, "contained-admin", "cluster-admin", user);
    bind(server, "contained-edit", "contained-edit", user);
    let role = json!({
        "metadata": {"name": "contained-edit"},
        "rules": [
            {"verbs": ["*"], "apiGroups": ["apps"], "resources": ["deployments"]},
            {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods", "events"]},
        ],
    });
    server.create(&format!("{RBAC}/clusterroles"), role);
    // A user's groups are not known unless somebody says what they are.
    let agents: [(&str, &[&str]); 1] = [("bot", &[user, "group:contained-bots"])];
    let before = Workspace::of(server, &agents, None).assess().remove("bot").unwrap();
    assert_eq!(before["granted"]["beyondLadder"], true);
    for change in changes(&before) {
        assert!(follow(server, change), "{change}");
    }
    server.settle();
    let after = Workspace::of(server, &agents, None).assess().remove("bot").unwrap();
    let earned = before["earned"]["level"].as_u64().unwrap().max(1);
    assert_eq!(after["granted"]["beyondLadder"], false, "{after:#}");
    assert!(
        after["granted"]["level"].as_u64().unwrap() <= earned,
        "{:#}",
        before["next"]["contain"]
    );

    let ask = |verb: &str, group: &str, resource: &str| {
        let asked = Asked::Resource {
            verb: verb.to_owned(),
            group: group.to_owned(),
            resource: resource.to_owned(),
            namespace: "default".to_owned(),
            name: "x".to_owned(),
        };
        server.must(asked.review(user))["status"]["allowed"].as_bool().unwrap()
    };
    assert!(ask("get", "apps", "deployments") && ask("get", "", "pods"), "reading stays");
    assert!(!ask("delete", "apps", "deployments") && !ask("get", "", "secrets"), "the rest goes");
}

#[test]
fn steps_of_two_agents_give_nothing_back_on_the_server_in_any_order() {
    let Some(server) = ApiServer::shared() else { return };
    let group = "rbac.authorization.k8s.io";
    server.namespace("crowded");
    for name in ["bot", "other"] {
        let account = json!({"metadata": {"name": name}});
        server.create("/api/v1/namespaces/crowded/serviceaccounts", account);
    }
    let role = json!({
        "metadata": {"name": "crowded"},
        "rules": [{"verbs": ["get", "delete"], "apiGroups": [""], "resources": ["configmaps"]}],
    });
    server.create(&format!("{RBAC}/clusterroles"), role);
    let accounts = ["bot", "other"].map(|name| format!("system:serviceaccount:crowded:{name}"));
    let [bot, other] = &accounts;
    let agents: [(&str, &[&str]); 2] =
        [("bot", &[bot, "crowded-user", "group:crowded-bots"]), ("other", &[other])];
    let ask = |user: &str, verb: &str| {
        let asked = Asked::Resource {
            verb: verb.to_owned(),
            group: String::new(),
            resource: "configmaps".to_owned(),
            namespace: "default".to_owned(),
            name: "x".to_owned(),
        };
        server.must(asked.review(user))["status"]["allowed"].as_bool().unwrap()
    };
    for order in [["bot", "other"], ["other", "bot"]] {
        let name = format!("crowded-{}-first", order[0]);
        let user = |name: &str| json!({"kind": "User", "apiGroup": group, "name": name});
        let account =
            |name: &str| json!({"kind": "ServiceAccount", "name": name, "namespace": "crowded"});
        let binding = json!({
            "metadata": {"name": name, "labels": {"team": "ops"}},
            "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": "crowded"},
            "subjects": [account("bot"), user("jo"), user("crowded-user"), account("other")],
        });
        server.create(&format!("{RBAC}/clusterrolebindings"), binding);
        server.settle();
        assert!(ask(bot, "delete") && ask("crowded-user", "delete") && ask(other, "delete"));
        let before = Workspace::of(server, &agents, None).assess();
        for change in order.iter().flat_map(|agent| changes(&before[*agent])) {
            assert!(follow(server, change), "{change}");
        }
        server.settle();
        for who in [bot, "crowded-user", other] {
            assert!(!ask(who, "delete"), "{who} may delete again: {order:?}");
            assert!(ask(who, "get"), "{who} may look: {order:?}");
        }
        assert!(ask("jo", "delete"), "whoever else is bound stays");
        let left = server.must(Call::get(format!("{RBAC}/clusterrolebindings/{name}")));
        assert_eq!(left["subjects"], json!([user("jo")]));
        assert_eq!(left["metadata"]["labels"], json!({"team": "ops"}));
    }
}
