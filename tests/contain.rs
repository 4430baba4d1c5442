//! The `contain` advice is a change that holds what it promises: applied to the
//! objects it was given for, it brings the agent down, or names what remains.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot be set up must stop"
)]

#[path = "support/change.rs"]
mod change;
mod support;

use std::{cell::Cell, collections::BTreeMap, fs, path::Path};

use change::{Command, Object, commands};
use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::{Value, json};
use support::gradus;

const ACCOUNT: &str = "system:serviceaccount:ops:bot";

/// A cluster by kind, namespace and name.
#[derive(Debug, Clone, Default)]
struct Cluster(BTreeMap<(String, String, String), Value>);

impl Cluster {
    fn of(objects: impl IntoIterator<Item = Value>) -> Self {
        let mut cluster = Self::default();
        // Every cluster has some of each, and an account that is not misspelt.
        for object in [
            json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "bot", "namespace": "ops"}}),
            binding("ClusterRoleBinding", "", "other", "view", &[group("humans")]),
            binding("RoleBinding", "shop", "other", "view", &[group("humans")]),
        ]
        .into_iter()
        .chain(objects)
        {
            cluster.apply(object);
        }
        cluster
    }

    fn apply(&mut self, object: Value) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let metadata = &object["metadata"];
        let key = (text(&object["kind"]), text(&metadata["namespace"]), text(&metadata["name"]));
        self.0.insert(key, object);
    }

    /// Does what a step says, and whether all of it could be done.
    fn follow(&mut self, change: &str) -> bool {
        commands(change).into_iter().all(|all| all.into_iter().any(|one| self.run(one)))
    }

    fn run(&mut self, command: Command) -> bool {
        match command {
            Command::Apply(objects) => {
                objects.into_iter().for_each(|object| self.apply(object));
                true
            }
            Command::Delete(object) => self.0.remove(&key(&object)).is_some(),
            Command::Patch(object, patch) => {
                let Some(known) = self.0.get_mut(&key(&object)) else { return false };
                let mut next = known.clone();
                let done = patch.as_array().unwrap().iter().all(|step| operate(&mut next, step));
                if done {
                    *known = next;
                }
                done
            }
        }
    }

    /// The agent `bot@prod`, assessed.
    fn assess(&self, principals: &[&str]) -> Value {
        self.assess_all(&[("bot", principals)]).remove(0)
    }

    /// Agents of production with their principals, assessed.
    fn assess_all(&self, agents: &[(&str, &[&str])]) -> Vec<Value> {
        let folder = tempfile::tempdir().unwrap();
        let items: Vec<&Value> = self.0.values().collect();
        let list = json!({"apiVersion": "v1", "kind": "List", "items": items});
        let at = |name: &str| folder.path().join(name);
        fs::write(at("cluster.json"), list.to_string()).unwrap();
        let declared = agents.iter().map(|(name, principals)| {
            json!({"name": name, "environment": "prod", "tier": "standard", "owner": "team",
                "purpose": "test", "principals": {"kubernetes": principals}})
        });
        let workspace = json!({
            "apiVersion": "gradus/v1", "kind": "Workspace", "metadata": {"name": "test"},
            "agents": declared.collect::<Vec<_>>(),
            "sources": {"kubernetes": [{"path": "cluster.json"}]},
        });
        fs::write(at("gradus.yaml"), workspace.to_string()).unwrap();
        let names = agents.iter().map(|(name, _)| format!("{name}@prod"));
        let all = assessed(folder.path());
        names.map(|id| all.iter().find(|agent| agent["id"] == id).unwrap().clone()).collect()
    }
}

/// The key of an object that a command names.
fn key(object: &Object) -> (String, String, String) {
    let kind = match object.kind.as_str() {
        "clusterrolebinding" => "ClusterRoleBinding",
        "rolebinding" => "RoleBinding",
        other => panic!("{other}"),
    };
    let namespace = object.namespace.clone().unwrap_or_default();
    (kind.to_owned(), namespace, object.name.clone())
}

/// One operation of a JSON patch, as RFC 6902 has it.
fn operate(object: &mut Value, operation: &Value) -> bool {
    let path = operation["path"].as_str().unwrap();
    match operation["op"].as_str().unwrap() {
        "test" => object.pointer(path) == Some(&operation["value"]),
        "remove" => {
            let (list, place) = path.rsplit_once('/').unwrap();
            let list = object.pointer_mut(list).unwrap().as_array_mut().unwrap();
            let place: usize = place.parse().unwrap();
            place < list.len() && !list.remove(place).is_null()
        }
        other => panic!("{other}"),
    }
}

fn assessed(folder: &Path) -> Vec<Value> {
    let output = gradus(folder).args(["assess", ".", "-f", "json"]).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    let assessment: Value = serde_json::from_slice(&output.stdout).expect(&told);
    assessment["agents"].as_array().unwrap().clone()
}

fn group(name: &str) -> Value {
    json!({"kind": "Group", "apiGroup": "rbac.authorization.k8s.io", "name": name})
}

fn bot() -> Value {
    json!({"kind": "ServiceAccount", "name": "bot", "namespace": "ops"})
}

fn role(namespace: &str, name: &str, rules: &Value) -> Value {
    let kind = if namespace.is_empty() { "ClusterRole" } else { "Role" };
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind,
        "metadata": {"name": name, "namespace": namespace}, "rules": rules,
    })
}

fn binding(kind: &str, namespace: &str, name: &str, role: &str, subjects: &[Value]) -> Value {
    let role_kind =
        if role.starts_with("role-") && kind == "RoleBinding" { "Role" } else { "ClusterRole" };
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind,
        "metadata": {"name": name, "namespace": namespace},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": role_kind, "name": role},
        "subjects": subjects,
    })
}

fn rule(verbs: &[&str], groups: &[&str], resources: &[&str]) -> Value {
    json!({"verbs": verbs, "apiGroups": groups, "resources": resources})
}

fn steps(agent: &Value) -> Vec<&Value> {
    agent["next"]["contain"].as_array().unwrap().iter().collect()
}

fn reasons(agent: &Value) -> String {
    steps(agent).iter().map(|step| step["reason"].as_str().unwrap()).collect::<Vec<_>>().join("\n")
}

fn level(agent: &Value) -> (Option<u64>, bool) {
    (agent["granted"]["level"].as_u64(), agent["granted"]["beyondLadder"].as_bool().unwrap())
}

/// The agent after every step is followed.
fn contained(mut cluster: Cluster, principals: &[&str], agent: &Value) -> Value {
    for step in steps(agent) {
        assert!(cluster.follow(step["change"].as_str().unwrap()), "{step:#}");
    }
    cluster.assess(principals)
}

fn actions(agent: &Value) -> Vec<&str> {
    let all = agent["capabilities"].as_array().unwrap();
    all.iter().map(|capability| capability["action"].as_str().unwrap()).collect()
}

#[test]
fn an_administrator_loses_all_that_puts_it_above_and_keeps_what_it_may_read() {
    let cluster = Cluster::of([
        binding("ClusterRoleBinding", "", "bot-admin", "cluster-admin", &[bot()]),
        role(
            "shop",
            "role-ops",
            &json!([
                rule(&["get", "list", "delete"], &[""], &["pods"]),
                rule(&["get"], &[""], &["configmaps"]),
            ]),
        ),
        binding("RoleBinding", "shop", "bot-ops", "role-ops", &[bot(), group("humans")]),
    ]);
    let before = cluster.assess(&[ACCOUNT]);
    assert!(level(&before).1);
    let after = contained(cluster, &[ACCOUNT], &before);
    assert_eq!(level(&after), (Some(1), false), "{:#}", before["next"]["contain"]);
    assert_eq!(actions(&after), ["get,list pods", "get configmaps"]);
    assert!(reasons(&before).ends_with("what was read grants level 1"), "{}", reasons(&before));
}

#[test]
fn others_keep_what_a_shared_binding_gives_them() {
    let cluster = Cluster::of([
        role("", "deleter", &json!([rule(&["get", "delete"], &["apps"], &["deployments"])])),
        binding("ClusterRoleBinding", "", "shared", "deleter", &[bot(), group("humans")]),
    ]);
    let before = cluster.assess(&[ACCOUNT]);
    let mut after = cluster.clone();
    assert!(steps(&before).iter().all(|step| after.follow(step["change"].as_str().unwrap())));
    let at = |kind: &str, name: &str| (kind.to_owned(), String::new(), name.to_owned());
    assert_eq!(after.0[&at("ClusterRole", "deleter")], cluster.0[&at("ClusterRole", "deleter")]);
    let shared = &after.0[&at("ClusterRoleBinding", "shared")];
    assert_eq!(shared["subjects"], json!([group("humans")]));
    assert_eq!(level(&after.assess(&[ACCOUNT])), (Some(1), false));
}

fn user(name: &str) -> Value {
    json!({"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": name})
}

fn account(name: &str) -> Value {
    json!({"kind": "ServiceAccount", "name": name, "namespace": "ops"})
}

/// One binding of two agents, one of which is an account and a user.
fn crowded() -> Cluster {
    let mut shared = binding(
        "ClusterRoleBinding",
        "",
        "shared",
        "mix",
        &[group("humans"), bot(), user("bot-user"), account("other"), user("jo")],
    );
    shared["metadata"]["labels"] = json!({"team": "ops"});
    Cluster::of([
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "other", "namespace": "ops"}}),
        role("", "mix", &json!([rule(&["get", "delete"], &[""], &["configmaps"])])),
        shared,
    ])
}

/// A user's groups are not known unless somebody says what they are.
const CROWD: [(&str, &[&str]); 2] = [
    ("bot", &[ACCOUNT, "bot-user", "group:bots"]),
    ("other", &["system:serviceaccount:ops:other"]),
];

#[test]
fn no_step_gives_back_what_another_took_in_any_order() {
    let before = crowded().assess_all(&CROWD);
    let changes: Vec<&str> =
        before.iter().flat_map(steps).map(|step| step["change"].as_str().unwrap()).collect();
    assert_eq!(changes.len(), 2, "one binding is one step of each agent: {changes:#?}");
    for order in [[0, 1], [1, 0]] {
        let mut cluster = crowded();
        for at in order {
            assert!(cluster.follow(changes[at]), "{}", changes[at]);
        }
        for agent in cluster.assess_all(&CROWD) {
            assert_eq!(level(&agent), (Some(1), false), "{order:?} {agent:#}");
            let reads = actions(&agent);
            assert!(
                !reads.is_empty() && reads.iter().all(|it| *it == "get configmaps"),
                "{agent:#}"
            );
        }
        let shared =
            &cluster.0[&("ClusterRoleBinding".to_owned(), String::new(), "shared".to_owned())];
        assert_eq!(shared["subjects"], json!([group("humans"), user("jo")]));
        assert_eq!(shared["metadata"]["labels"], json!({"team": "ops"}));
        // Again: nothing more is taken, and nobody else.
        let done = cluster.clone();
        changes.iter().for_each(|change| assert!(!cluster.follow(change)));
        assert_eq!(cluster.0, done.0);
    }
}

#[test]
fn a_binding_that_changed_meanwhile_loses_the_agent_and_nobody_else() {
    let before = crowded().assess_all(&CROWD);
    let mut cluster = crowded();
    let shared = ("ClusterRoleBinding".to_owned(), String::new(), "shared".to_owned());
    cluster.0.get_mut(&shared).unwrap()["subjects"] =
        json!([account("other"), bot(), user("new"), user("bot-user")]);
    let other = steps(&before[1])[0]["change"].as_str().unwrap();
    assert!(cluster.follow(other));
    assert_eq!(cluster.0[&shared]["subjects"], json!([bot(), user("new"), user("bot-user")]));
}

#[test]
fn what_two_agents_share_keeps_only_what_looks_and_both_are_named() {
    let agents: [(&str, &[&str]); 2] = [("bot", &[ACCOUNT]), ("twin", &[ACCOUNT])];
    let before = crowded().assess_all(&agents);
    let change = steps(&before[0])[0]["change"].as_str().unwrap();
    assert!(change.contains("# twin@prod acts as system:serviceaccount:ops:bot too"), "{change}");
}

#[test]
fn a_binding_whose_namespace_is_not_told_is_cut_where_a_person_says() {
    let cluster = Cluster::of([
        role("", "mix", &json!([rule(&["get", "delete"], &[""], &["configmaps"])])),
        json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
            "metadata": {"name": "lost"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "mix"},
            "subjects": [bot()],
        }),
    ]);
    let before = cluster.assess(&[ACCOUNT]);
    let change = steps(&before)[0]["change"].as_str().unwrap();
    assert!(change.starts_with("# The evidence does not say in which namespace"), "{change}");
    assert!(change.contains("kubectl apply --namespace NAMESPACE --filename -"), "{change}");
    assert!(change.contains("kubectl patch rolebinding lost --namespace NAMESPACE"), "{change}");
}

#[test]
fn what_a_group_gives_is_told_to_a_person() {
    let cluster = Cluster::of([binding(
        "ClusterRoleBinding",
        "",
        "all",
        "edit",
        &[group("system:serviceaccounts:ops")],
    )]);
    let before = cluster.assess(&[ACCOUNT]);
    let change = steps(&before)[0]["change"].as_str().unwrap();
    assert!(change.contains("gives this to all of group system:serviceaccounts:ops"), "{change}");
    assert!(change.contains("no member can leave it"), "{change}");
}

#[test]
fn a_binding_that_names_the_agent_and_its_group_needs_both() {
    let cluster = Cluster::of([
        role("", "deleter", &json!([rule(&["delete"], &["apps"], &["deployments"])])),
        binding(
            "ClusterRoleBinding",
            "",
            "both",
            "deleter",
            &[bot(), group("system:authenticated")],
        ),
    ]);
    let before = cluster.assess(&[ACCOUNT]);
    let change = steps(&before)[0]["change"].as_str().unwrap();
    assert!(change.contains("all of group system:authenticated"), "{change}");
    let mut after = cluster;
    assert!(after.follow(change));
    let left = &after.0[&("ClusterRoleBinding".to_owned(), String::new(), "both".to_owned())];
    assert_eq!(left["subjects"], json!([group("system:authenticated")]));
}

#[test]
fn what_anyone_holds_is_told_to_a_person() {
    let cluster = Cluster::of([binding(
        "ClusterRoleBinding",
        "",
        "open",
        "cluster-admin",
        &[group("system:unauthenticated")],
    )]);
    let before = cluster.assess(&[ACCOUNT]);
    let change = steps(&before)[0]["change"].as_str().unwrap();
    assert!(change.contains("a credential can be dropped"), "{change}");
    assert!(change.contains("take system:unauthenticated out of the binding"), "{change}");
}

#[test]
fn a_member_of_masters_is_told_that_no_binding_helps() {
    let before = Cluster::of([]).assess(&["bot", "group:system:masters"]);
    let step = steps(&before)[0];
    assert!(step["action"].as_str().unwrap().contains("out of group system:masters"), "{step:#}");
    assert!(step["change"].as_str().unwrap().contains("issue the credential"), "{step:#}");
}

#[test]
fn a_role_that_was_not_read_is_named_as_what_may_remain() {
    let cluster = Cluster::of([
        binding("ClusterRoleBinding", "", "bot-admin", "cluster-admin", &[bot()]),
        binding("ClusterRoleBinding", "", "bot-more", "nobody-knows", &[bot()]),
    ]);
    let before = cluster.assess(&[ACCOUNT]);
    assert!(
        reasons(&before).contains("it may hold more: ClusterRoleBinding/bot-more"),
        "{}",
        reasons(&before)
    );
}

/// Who may read the Secrets that `rule` names, where one holds the token of
/// ops/other, which holds `other`.
fn reader_of_tokens(secrets: &Value, other: &str, is_listed: bool) -> Cluster {
    let account = json!({"kind": "ServiceAccount", "name": "other", "namespace": "ops"});
    let mut cluster = Cluster::of([
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "other", "namespace": "ops"}}),
        role("", "looks", &json!([rule(&["get"], &[""], &["pods"]), secrets])),
        role(
            "",
            "volumes",
            &json!([
                rule(&["create"], &[""], &["persistentvolumes", "persistentvolumeclaims"]),
                rule(&["create"], &["apps"], &["deployments"])
            ]),
        ),
        role("", "looker", &json!([rule(&["get"], &[""], &["pods"])])),
        binding("RoleBinding", "ops", "bot-looks", "looks", &[bot()]),
        binding("ClusterRoleBinding", "", "other-holds", other, &[account]),
    ]);
    if is_listed {
        cluster.apply(json!({
            "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/service-account-token",
            "metadata": {"name": "other-token", "namespace": "ops",
                "annotations": {"kubernetes.io/service-account.name": "other"}},
        }));
    }
    cluster
}

fn named_secret() -> Value {
    json!({"verbs": ["get"], "apiGroups": [""], "resources": ["secrets"], "resourceNames": ["other-token"]})
}

#[test]
fn a_token_that_an_agent_reads_puts_it_where_the_token_leads_until_that_is_cut() {
    let cluster = reader_of_tokens(&named_secret(), "volumes", true);
    let before = cluster.assess(&[ACCOUNT]);
    assert_eq!(level(&before), (Some(5), false), "{:#}", before["granted"]);
    assert_eq!(before["granted"]["because"], json!(["K8S-PATH-NODE"]));
    assert_eq!(before["verdict"], "over-extended");
    let step = steps(&before)[0];
    assert_eq!(step["id"], "K8S-PATH-NODE");
    let after = contained(cluster, &[ACCOUNT], &before);
    assert_eq!(level(&after), (Some(1), false), "{:#}", before["next"]["contain"]);
    assert_eq!(actions(&after), ["get pods"]);
    assert!(reasons(&before).ends_with("what was read grants level 1"), "{}", reasons(&before));
}

#[test]
fn a_token_that_leads_to_nothing_more_leaves_the_level_and_nothing_to_cut() {
    let before = reader_of_tokens(&named_secret(), "looker", true).assess(&[ACCOUNT]);
    assert_eq!(level(&before), (Some(1), false), "{:#}", before["granted"]);
    assert!(steps(&before).is_empty());
}

#[test]
fn what_an_agent_may_become_leaves_its_level_unknown_and_the_advice_says_what_settles_it() {
    let secrets = rule(&["get"], &[""], &["secrets"]);
    let cluster = reader_of_tokens(&secrets, "cluster-admin", false);
    let before = cluster.assess(&[ACCOUNT]);
    assert_eq!(level(&before), (None, false), "{:#}", before["granted"]);
    assert_eq!(before["granted"]["atLeast"], 1);
    let reason = before["granted"]["reason"].as_str().unwrap();
    assert_eq!(reason, "level 1 or above: it may become administrator of the cluster");
    let first = &before["next"]["prove"][0];
    assert_eq!(first["id"], "K8S-PATH-ADMIN-POSSIBLE");
    assert!(first["action"].as_str().unwrap().contains("whether a Secret holds a token"));
    // It has earned nothing, so it is over-extended as it is, and contained whole.
    let after = contained(cluster, &[ACCOUNT], &before);
    assert_eq!(level(&after), (Some(1), false), "{:#}", before["next"]["contain"]);
    let proves = after["next"]["prove"].as_array().unwrap();
    assert!(proves.iter().all(|step| step["id"] != "K8S-PATH-ADMIN-POSSIBLE"));
}

#[test]
fn a_level_that_is_only_known_to_be_above_what_is_earned_is_over_extended() {
    let secrets = json!([
        rule(&["get"], &[""], &["secrets"]),
        rule(&["update"], &["apps"], &["deployments/scale"])
    ]);
    let mut cluster = reader_of_tokens(&secrets[0], "cluster-admin", false);
    cluster.apply(role("", "scales", &json!([secrets[1]])));
    cluster.apply(binding("ClusterRoleBinding", "", "bot-scales", "scales", &[bot()]));
    let before = cluster.assess(&[ACCOUNT]);
    assert_eq!(level(&before), (None, false), "{:#}", before["granted"]);
    assert_eq!(before["granted"]["atLeast"], 4);
    assert_eq!(before["verdict"], "over-extended");
    assert_eq!(before["severity"], "critical");
    let after = contained(cluster, &[ACCOUNT], &before);
    assert_eq!(level(&after), (Some(1), false), "{:#}", before["next"]["contain"]);
}

#[test]
fn hostile_names_stay_within_their_quotes() {
    let nasty = "x\n---\nkind: ClusterRoleBinding\n'\": &a";
    let cluster = Cluster::of([
        role(
            "shop",
            &format!("role-{nasty}"),
            &json!([rule(&["get", "delete"], &[""], &["pods", nasty])]),
        ),
        binding("RoleBinding", "shop", nasty, &format!("role-{nasty}"), &[bot()]),
    ]);
    let before = cluster.assess(&[ACCOUNT]);
    for step in steps(&before) {
        let change = step["change"].as_str().unwrap();
        assert!(!change.contains("\nkind: ClusterRoleBinding"), "{change}");
    }
}

#[cfg(unix)]
#[test]
fn a_shell_reads_what_was_meant_and_nothing_else() {
    let nasty = "it's; touch owned `touch owned` $(touch owned) \\ \"x";
    let cluster = Cluster::of([
        role("", nasty, &json!([rule(&["get", "delete"], &[""], &["pods", nasty])])),
        binding("ClusterRoleBinding", "", nasty, nasty, &[group("humans"), user(nasty)]),
    ]);
    let before = cluster.assess(&[nasty]);
    let change = steps(&before)[0]["change"].as_str().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let script = format!(
        "kubectl() {{ if [ \"$1\" = apply ]; then cat; else printf '%s\\n' \"$@\"; fi; }}\n{change}"
    );
    let output =
        std::process::Command::new("sh").arg("-c").arg(script).current_dir(folder.path()).output();
    let output = output.unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "a name was run");
    let told = String::from_utf8(output.stdout).unwrap();
    let (yaml, patch) = told.split_once("patch\nclusterrolebinding\n").unwrap();
    let binding: Value = serde_saphyr::from_str(yaml.split("---\n").nth(1).unwrap()).unwrap();
    assert_eq!(binding["subjects"][0]["name"], nasty);
    let words: Vec<&str> = patch.lines().collect();
    assert_eq!(words[..4], [nasty, "--type", "json", "--patch"]);
    let patch: Value = serde_json::from_str(words[4]).unwrap();
    assert_eq!(patch[1]["value"], nasty);
    assert_eq!(patch[2]["path"], "/subjects/1");
}

fn clusters() -> impl Strategy<Value = Vec<Value>> {
    let verbs = prop::sample::subsequence(
        vec![
            "get",
            "list",
            "create",
            "update",
            "patch",
            "delete",
            "*",
            "bind",
            "escalate",
            "impersonate",
        ],
        1..5,
    );
    let groups = prop::sample::select(vec!["", "apps", "rbac.authorization.k8s.io", "*", "x.io"]);
    let resources = prop::sample::subsequence(
        vec![
            "pods",
            "pods/exec",
            "secrets",
            "deployments",
            "clusterroles",
            "clusterrolebindings",
            "users",
            "*",
            "nodes/proxy",
            "serviceaccounts/token",
        ],
        1..4,
    );
    let rules = prop::collection::vec(
        (verbs, groups, resources).prop_map(|(v, g, r)| rule(&v, &[g], &r)),
        1..4,
    );
    let name = prop::sample::select(vec!["role-a", "role-b", "role-c", "edit", "cluster-admin"]);
    let place = prop::sample::select(vec!["", "", "shop", "till"]);
    let others = any::<bool>();
    prop::collection::vec((rules, name, place, others), 1..5).prop_map(|all| {
        let mut objects = Vec::new();
        for (number, (rules, name, place, others)) in all.into_iter().enumerate() {
            let own = name.starts_with("role-");
            if own {
                objects.push(role(place, name, &json!(rules)));
            }
            let mut subjects = vec![bot()];
            subjects.extend(others.then(|| group("humans")));
            let kind = if place.is_empty() { "ClusterRoleBinding" } else { "RoleBinding" };
            objects.push(binding(kind, place, &format!("binding-{number}"), name, &subjects));
        }
        objects
    })
}

#[test]
fn any_cluster_is_contained_or_told_why_not() {
    let config = Config { cases: 40, failure_persistence: None, ..Config::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let (brought_down, above) = (Cell::new(0), Cell::new(0));
    runner
        .run(&clusters(), |objects| {
            let cluster = Cluster::of(objects);
            let before = cluster.assess(&[ACCOUNT]);
            let earned = before["earned"]["level"].as_u64().unwrap().max(1);
            let after = contained(cluster, &[ACCOUNT], &before);
            let within = matches!(level(&after), (Some(level), false) if level <= earned);
            above.set(above.get() + u32::from(!steps(&before).is_empty()));
            brought_down.set(brought_down.get() + u32::from(within && !steps(&before).is_empty()));
            prop_assert!(
                within || reasons(&before).contains("still"),
                "{:?} after {:#}",
                level(&after),
                before["next"]["contain"]
            );
            Ok(())
        })
        .unwrap();
    // Nothing but the agent itself is bound, so nothing else can remain.
    assert!(above.get() > 20);
    assert_eq!(brought_down.get(), above.get());
}
