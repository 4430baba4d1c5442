//! From an AWS principal into the cluster without any entry: by the ServiceAccounts
//! that are given its role, and by nodes.

use serde_json::{Value, json};

use super::{Estate, in_order, paths, read, write};

const DETAILS: &str = "aws/authorization-details.json";
const PLAIN: &str = "\"cloudwatch:GetMetricData\"";
const BOUND: &str = "cluster/bound.json";

/// An estate in which pod-bot is declared by its role alone, and the ServiceAccount of
/// its pods may delete Deployments.
fn declared_by_role() -> Estate {
    let estate = Estate::new();
    estate.change(
        "gradus.yaml",
        "principals: {kubernetes: [\"system:serviceaccount:agents:pod-bot\"]}",
        "principals: {aws: [\"arn:aws:iam::111122223333:role/pod-bot\"]}",
    );
    let rbac = "rbac.authorization.k8s.io";
    let role = json!({"apiVersion": format!("{rbac}/v1"), "kind": "Role",
        "metadata": {"name": "d", "namespace": "shop"},
        "rules": [{"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["delete"]}]});
    let binding = json!({"apiVersion": format!("{rbac}/v1"), "kind": "RoleBinding",
        "metadata": {"name": "d", "namespace": "shop"},
        "roleRef": {"apiGroup": rbac, "kind": "Role", "name": "d"},
        "subjects": [{"kind": "ServiceAccount", "name": "pod-bot", "namespace": "agents"}]});
    write(&estate, BOUND, &json!({"apiVersion": "v1", "kind": "List", "items": [role, binding]}));
    estate
}

/// Whether pod-bot's right over Deployments is certain, should it have it.
fn holds(estate: &Estate) -> Option<bool> {
    let bot = estate.agent("pod-bot");
    let capabilities = bot["capabilities"].as_array().unwrap().clone();
    let own = capabilities.iter().find(|own| own["scope"] == "namespace/shop")?;
    Some(own["conditions"].as_array().unwrap().is_empty())
}

#[test]
fn an_agent_declared_by_its_role_holds_the_token_of_the_pods_that_are_given_it() {
    let estate = declared_by_role();
    assert_eq!(holds(&estate), Some(true));
    in_order(
        &estate.agent("pod-bot")["capabilities"].to_string(),
        &["inferred: pods of ServiceAccount agents/pod-bot act as it by annotation", "RoleBinding"],
    );
}

#[test]
fn a_role_that_others_are_given_too_leaves_it_possible_which_of_them_the_agent_is() {
    let estate = declared_by_role();
    estate.change(DETAILS, "\"StringEquals\"", "\"StringLike\"");
    estate.change(DETAILS, "serviceaccount:agents:pod-bot", "serviceaccount:agents:pod-bo*");
    assert_eq!(holds(&estate), Some(true));
    write(
        &estate,
        "cluster/twin.json",
        &json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "pod-bob",
            "namespace": "agents", "annotations":
                {"eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/pod-bot"}}}),
    );
    assert_eq!(holds(&estate), Some(false));
}

#[test]
fn an_account_that_only_could_be_given_the_role_is_not_the_agents() {
    let estate = declared_by_role();
    let annotation =
        "  annotations: {eks.amazonaws.com/role-arn: \"arn:aws:iam::111122223333:role/pod-bot\"}\n";
    estate.change("cluster/objects.yaml", annotation, "");
    assert_eq!(holds(&estate), None);
}

fn nodes_of(role: &str) -> Value {
    json!({"nodegroup": {"nodegroupName": "blue", "clusterName": "prod",
        "nodegroupArn": "arn:aws:eks:eu-central-1:111122223333:nodegroup/prod/blue/x",
        "nodeRole": format!("arn:aws:iam::111122223333:role/{role}")}})
}

#[test]
fn a_shell_on_a_node_is_its_role_and_the_node() {
    let estate = Estate::new();
    write(&estate, "aws/nodegroup.json", &nodes_of("late-bot"));
    assert!(!paths(&estate.agent("plain-bot")).contains("late-bot"));
    estate.change(DETAILS, PLAIN, "\"ssm:StartSession\"");
    let bot = estate.agent("plain-bot");
    let all = bot["paths"].as_array().unwrap();
    let node = all.iter().find(|own| own["target"] == "node").unwrap();
    in_order(
        &node.to_string(),
        &[
            "opens a shell on a node of cluster prod by ssm:StartSession",
            "is a node of the cluster of",
        ],
    );
    assert_ne!(bot["granted"]["level"], 1, "{}", bot["granted"]);
}

#[test]
fn who_acts_as_the_role_of_nodes_is_a_node() {
    let estate = Estate::new();
    write(&estate, "aws/nodegroup.json", &nodes_of("plain-bot"));
    let bot = estate.agent("plain-bot");
    let all = bot["paths"].as_array().unwrap();
    let node = all.iter().find(|own| own["target"] == "node").unwrap();
    assert_eq!(node["certain"], true, "{node}");
}

#[test]
fn a_node_has_the_role_that_its_instance_profile_holds() {
    let profile = "arn:aws:iam::111122223333:instance-profile/workers";
    let estate = Estate::new();
    let instance = json!({"Reservations": [{"Instances": [{"InstanceId": "i-0example",
        "IamInstanceProfile": {"Arn": profile},
        "MetadataOptions": {"HttpTokens": "optional", "HttpEndpoint": "enabled"},
        "Tags": [{"Key": "kubernetes.io/cluster/prod", "Value": "owned"}]}]}]});
    write(&estate, "aws/instances.json", &instance);
    let guess = paths(&estate.agent("lost-bot"));
    in_order(&guess, &["which role", "instance-profile/workers"]);
    let mut details = read(&estate, DETAILS);
    for role in details["RoleDetailList"].as_array_mut().unwrap() {
        if role["RoleName"] == "late-bot" {
            role["InstanceProfileList"] =
                json!([{"InstanceProfileName": "workers", "Arn": profile}]);
        }
    }
    write(&estate, DETAILS, &details);
    let told = paths(&estate.agent("lost-bot"));
    assert!(told.contains("takes the role of its node, arn:aws:iam::111122223333:role/late-bot"));
    assert!(!told.contains("instance-profile/workers holds"), "{told}");
}

#[test]
fn a_cluster_that_heeds_no_entries_can_be_switched_to_them() {
    let estate = Estate::new();
    let entry = "\"eks:CreateAccessEntry\", \"eks:AssociateAccessPolicy\"";
    estate.change("aws/cluster.json", "API_AND_CONFIG_MAP", "CONFIG_MAP");
    estate.change(DETAILS, PLAIN, entry);
    assert!(!paths(&estate.agent("plain-bot")).contains("lets itself in"));
    estate.change(DETAILS, entry, &format!("{entry}, \"eks:UpdateClusterConfig\""));
    in_order(
        &paths(&estate.agent("plain-bot")),
        &["switches cluster prod to access entries", "lets itself into cluster prod"],
    );
}
