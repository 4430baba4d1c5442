//! Contain across the planes, through the binary: each change is the command of the
//! place that gives the right, and the estate that is left by it is judged again.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up must stop")]

mod support;

use std::fs;

use serde_json::{Value, json};
use support::gradus;
use tempfile::TempDir;

const BOT: &str = "arn:aws:iam::111122223333:role/bot";
const NODE: &str = "arn:aws:iam::111122223333:role/node";

/// An estate of one agent, cluster `prod` and account.
struct Estate {
    principals: Value,
    cluster: Vec<Value>,
    roles: Vec<Value>,
    eks: Vec<Value>,
}

fn role(name: &str, trusted: &Value, statements: &Value) -> Value {
    let allow = json!({"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"});
    json!({
        "Path": "/", "RoleName": name, "RoleId": name, "CreateDate": "2026-03-02T10:04:55+00:00",
        "Arn": format!("arn:aws:iam::111122223333:role/{name}"),
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [allow]},
        "InstanceProfileList": [], "AttachedManagedPolicies": [], "Tags": [],
        "RolePolicyList": [{"PolicyName": "own", "PolicyDocument":
            {"Version": "2012-10-17", "Statement": statements}}],
    })
}

fn may(action: &str) -> Value {
    json!([{"Effect": "Allow", "Action": action, "Resource": "*"}])
}

fn object(kind: &str, namespace: Option<&str>, name: &str, more: &Value) -> Value {
    let group = "rbac.authorization.k8s.io/v1";
    let version = if kind.contains("Role") { group } else { "v1" };
    let mut object = json!({"apiVersion": version, "kind": kind, "metadata": {"name": name}});
    if let Some(namespace) = namespace {
        object["metadata"]["namespace"] = json!(namespace);
    }
    for (key, value) in more.as_object().unwrap() {
        object[key] = value.clone();
    }
    object
}

fn bind(name: &str, role: &str, group: &str) -> Value {
    let of = json!({"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role});
    let who = json!([{"kind": "Group", "name": group, "apiGroup": "rbac.authorization.k8s.io"}]);
    object("ClusterRoleBinding", None, name, &json!({"roleRef": of, "subjects": who}))
}

fn entry(principal: &str, groups: &[&str], kind: &str) -> Value {
    json!({"accessEntry": {"clusterName": "prod", "principalArn": principal,
        "kubernetesGroups": groups, "username": principal, "type": kind, "accessEntryArn": "x"}})
}

fn policies(principal: &str, all: &Value) -> Value {
    json!({"clusterName": "prod", "principalArn": principal, "associatedAccessPolicies": all})
}

fn policy(name: &str, namespaces: &[&str]) -> Value {
    let kind = if namespaces.is_empty() { "cluster" } else { "namespace" };
    json!({"policyArn": format!("arn:aws:eks::aws:cluster-access-policy/{name}"),
        "accessScope": {"type": kind, "namespaces": namespaces}})
}

impl Estate {
    fn new(principals: Value) -> Self {
        let binding = json!({"kind": "ServiceAccount", "name": "zz", "namespace": "ops"});
        let of = json!({"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "r"});
        let rules = json!([{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]);
        Self {
            principals,
            cluster: vec![
                object("Namespace", None, "ops", &json!({})),
                object("Role", Some("ops"), "r", &json!({"rules": rules})),
                object("ClusterRole", None, "r", &json!({"rules": rules})),
                object(
                    "RoleBinding",
                    Some("ops"),
                    "b",
                    &json!({"roleRef": of, "subjects": [binding]}),
                ),
                bind("cluster-admin", "cluster-admin", "system:masters"),
            ],
            roles: vec![role(
                "bot",
                &json!({"Service": "ec2.amazonaws.com"}),
                &may("cloudwatch:GetMetricData"),
            )],
            eks: vec![
                json!({"cluster": {"name": "prod", "arn": "arn:aws:eks:eu-central-1:111122223333:cluster/prod",
                    "identity": {"oidc": {"issuer": "https://oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE"}},
                    "accessConfig": {"authenticationMode": "API_AND_CONFIG_MAP",
                        "bootstrapClusterCreatorAdminPermissions": false}}}),
                json!({"associations": []}),
            ],
        }
    }

    fn of_role() -> Self {
        Self::new(json!({"aws": [BOT]}))
    }

    /// With access entries of these principals.
    fn listed(mut self, principals: &[&str]) -> Self {
        self.eks.push(json!({"accessEntries": principals}));
        self
    }

    fn agent(&self) -> Value {
        let folder = self.written();
        let output = gradus(folder.path()).args(["assess", ".", "-f", "json"]).output().unwrap();
        let assessment: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
        assessment["agents"][0].clone()
    }

    fn written(&self) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("aws")).unwrap();
        fs::create_dir_all(at("cluster")).unwrap();
        let pretty = |value: &Value| serde_json::to_string_pretty(value).unwrap();
        let items = json!({"apiVersion": "v1", "kind": "List", "items": self.cluster});
        fs::write(at("cluster/objects.json"), pretty(&items)).unwrap();
        let details = json!({"UserDetailList": [], "GroupDetailList": [], "Policies": [],
            "RoleDetailList": self.roles});
        fs::write(at("aws/details.json"), pretty(&details)).unwrap();
        for (number, answer) in self.eks.iter().enumerate() {
            fs::write(at(&format!("aws/eks{number}.json")), pretty(answer)).unwrap();
        }
        let workspace = json!({
            "apiVersion": "gradus/v1", "kind": "Workspace", "metadata": {"name": "x"},
            "agents": [{"name": "bot", "environment": "prod", "principals": self.principals}],
            "sources": {"kubernetes": [{"path": "cluster/"}], "aws": [{"path": "aws/"}]},
        });
        fs::write(at("gradus.yaml"), workspace.to_string()).unwrap();
        folder
    }
}

/// The changes of the steps, in their order.
fn changes(agent: &Value) -> Vec<&str> {
    let steps = agent["next"]["contain"].as_array().unwrap();
    steps.iter().map(|step| step["change"].as_str().unwrap()).collect()
}

fn promise(agent: &Value) -> &str {
    let steps = agent["next"]["contain"].as_array().unwrap();
    steps.last().unwrap()["reason"].as_str().unwrap()
}

#[test]
fn a_trust_policy_that_alone_lets_the_agent_in_is_the_step() {
    let mut estate = Estate::of_role().listed(&[]);
    estate.roles.push(role("adm", &json!({"AWS": BOT}), &may("*")));
    let before = estate.agent();
    assert_eq!(before["verdict"], "beyond-ladder");
    let all = changes(&before);
    let [change] = all.as_slice() else { panic!("{all:#?}") };
    assert!(change.contains("aws iam update-assume-role-policy --role-name adm"), "{change}");
    assert!(change.contains("Statement 1 of the trust policy of role adm"), "{change}");
    assert!(change.contains(BOT), "{change}");
    assert!(promise(&before).ends_with("what was read grants level 1"), "{}", promise(&before));
    let (_, written) = change.split_once("--policy-document '").unwrap();
    estate.roles[1]["AssumeRolePolicyDocument"] =
        serde_json::from_str(written.trim_end_matches('\'')).unwrap();
    let after = estate.agent();
    assert_eq!(after["granted"]["level"], 1, "{}", after["granted"]);
    assert_eq!(changes(&after), Vec::<&str>::new());
}

#[test]
fn a_group_of_an_access_entry_is_taken_out_of_the_entry() {
    let mut estate = Estate::of_role().listed(&[BOT]);
    estate.cluster.push(bind("oa", "cluster-admin", "ops-admins"));
    estate.eks.push(entry(BOT, &["ops-admins", "lookers"], "STANDARD"));
    estate.eks.push(policies(BOT, &json!([])));
    let before = estate.agent();
    let all = changes(&before);
    let [change] = all.as_slice() else { panic!("{all:#?}") };
    assert_eq!(
        *change,
        format!(
            "aws eks update-access-entry --cluster-name prod --principal-arn '{BOT}' --kubernetes-groups lookers"
        )
    );
    assert!(!before.to_string().contains("certificate"));
    estate.eks[3] = entry(BOT, &["lookers"], "STANDARD");
    assert_eq!(estate.agent()["granted"]["level"], 1);
}

#[test]
fn a_group_of_aws_auth_is_taken_out_of_its_entry_and_what_else_it_gave_stays() {
    let mut estate = Estate::of_role().listed(&[]);
    let map = |groups: &str| {
        let text = format!("- rolearn: {BOT}\n  username: bot\n  groups: [{groups}]\n");
        object("ConfigMap", Some("kube-system"), "aws-auth", &json!({"data": {"mapRoles": text}}))
    };
    estate.cluster.push(map("ops"));
    estate.cluster.push(bind("admins", "admin", "ops"));
    estate.cluster.push(bind("lookers", "r", "ops"));
    let before = estate.agent();
    let all = changes(&before);
    let [change] = all.as_slice() else { panic!("{all:#?}") };
    assert!(change.contains("# In mapRoles 1, that of rolearn"), "{change}");
    assert!(
        change.ends_with("kubectl --namespace kube-system edit configmap aws-auth"),
        "{change}"
    );
    assert!(!change.contains("identity provider"), "{change}");
    // What the other binding gave the group is bound to the user.
    assert_eq!(change.matches("kind: ClusterRoleBinding").count(), 1, "{change}");
    assert!(change.contains("name: gradus-bot.prod.lookers"), "{change}");
    *estate.cluster.iter_mut().find(|own| own["kind"] == "ConfigMap").unwrap() = map("");
    assert_eq!(estate.agent()["granted"]["level"], 1);
}

#[test]
fn the_masters_of_an_entry_leave_by_the_entry_and_not_by_a_certificate() {
    let mut estate = Estate::of_role().listed(&[]);
    let text = format!("- rolearn: {BOT}\n  username: bot\n  groups: [system:masters]\n");
    let data = json!({"data": {"mapRoles": text}});
    estate.cluster.push(object("ConfigMap", Some("kube-system"), "aws-auth", &data));
    let agent = estate.agent();
    let all = changes(&agent);
    let [change] = all.as_slice() else { panic!("{all:#?}") };
    assert!(change.contains("take system:masters out of groups"), "{change}");
    assert!(!agent.to_string().contains("issue the credential"));
}

#[test]
fn an_access_policy_of_several_namespaces_is_ended_once() {
    let mut estate = Estate::of_role().listed(&[BOT]);
    estate.eks.push(entry(BOT, &[], "STANDARD"));
    estate.eks.push(policies(
        BOT,
        &json!([
            policy("AmazonEKSEditPolicy", &["ops", "shop"]),
            policy("AmazonEKSClusterAdminPolicy", &[])
        ]),
    ));
    let agent = estate.agent();
    let all = changes(&agent).join("\n");
    assert_eq!(all.matches("disassociate-access-policy").count(), 2, "{all}");
    for name in ["AmazonEKSEditPolicy'", "AmazonEKSClusterAdminPolicy'"] {
        assert_eq!(all.matches(name).count(), 1, "{all}");
    }
    estate.eks[4] = policies(BOT, &json!([]));
    assert_eq!(estate.agent()["granted"]["level"], 1);
}

#[test]
fn the_role_of_nodes_is_kept_from_pods_and_stays_as_it_is() {
    let mut estate =
        Estate::new(json!({"kubernetes": ["system:serviceaccount:ops:bot"]})).listed(&[]);
    estate.cluster.push(object("ServiceAccount", Some("ops"), "bot", &json!({})));
    estate.roles = vec![role("node", &json!({"Service": "ec2.amazonaws.com"}), &may("*"))];
    for group in ["blue", "green"] {
        estate.eks.push(json!({"nodegroup": {"nodegroupName": group, "clusterName": "prod",
            "nodegroupArn": format!("arn:aws:eks:eu-central-1:111122223333:nodegroup/prod/{group}/x"),
            "nodeRole": NODE}}));
    }
    let agent = estate.agent();
    let all = changes(&agent);
    assert!(!all.is_empty());
    for change in &all {
        assert!(change.contains("--http-put-response-hop-limit 1"), "{change}");
        assert!(change.contains("--http-tokens required"), "{change}");
        assert!(change.contains("hostNetwork"), "{change}");
        assert!(change.contains("a role of its own ServiceAccount"), "{change}");
    }
    let all = all.join("\n");
    assert!(!all.contains("aws iam ") && !all.contains("trust policy"), "{all}");
}
