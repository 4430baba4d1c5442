//! Paths from the cluster into AWS: which roles come with what is held of a
//! ServiceAccount.

use serde_json::{Value, json};

use super::{Estate, paths, write};

const DETAILS: &str = "aws/authorization-details.json";
const OBJECTS: &str = "cluster/objects.yaml";
const ROLE: &str = "arn:aws:iam::111122223333:role/deployer";
const ANNOTATION: &str =
    "  annotations: {eks.amazonaws.com/role-arn: \"arn:aws:iam::111122223333:role/deployer\"}\n";

/// The path of an agent to a target, if it has one.
fn path_to(agent: &Value, target: &str) -> Option<Value> {
    agent["paths"].as_array()?.iter().find(|own| own["target"] == target).cloned()
}

/// The way of maker-bot to the role of the account that it may run pods as: whether it
/// is certain, or none.
fn makers_way(estate: &Estate, role: &str) -> Option<bool> {
    path_to(&estate.agent("maker-bot"), role).map(|path| path["certain"] == true)
}

#[test]
fn a_trust_policy_in_evidence_makes_the_way_of_a_pods_maker_certain() {
    let bot = Estate::new().agent("maker-bot");
    let path = path_to(&bot, ROLE).unwrap();
    assert_eq!(path["certain"], true, "{path}");
    let grants = path["hops"][1]["grants"].to_string();
    assert!(grants.contains("trust policy of role deployer"), "{grants}");
    assert_eq!(path_to(&bot, "cluster-admin").unwrap()["certain"], true);
    assert_eq!(bot["verdict"], "beyond-ladder");
}

#[test]
fn a_pod_of_ones_own_making_asks_for_a_token_without_an_annotation() {
    let estate = Estate::new();
    estate.change(OBJECTS, ANNOTATION, "");
    assert_eq!(makers_way(&estate, ROLE), Some(true));
    assert_eq!(estate.agent("maker-bot")["verdict"], "beyond-ladder");
}

#[test]
fn a_shell_in_a_pod_holds_what_the_pod_was_given_and_no_more() {
    let estate = Estate::new();
    estate.change(
        OBJECTS,
        "resources: [pods], verbs: [create]",
        "resources: [pods/exec], verbs: [create]",
    );
    write(
        &estate,
        "cluster/pod.json",
        &json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "d", "namespace": "ops"},
            "spec": {"serviceAccountName": "deployer", "containers": [{"name": "c", "image": "i"}]}}),
    );
    assert_eq!(makers_way(&estate, ROLE), Some(true), "the annotation has it given");
    estate.change(OBJECTS, ANNOTATION, "");
    assert_eq!(makers_way(&estate, ROLE), Some(false));
}

#[test]
fn a_role_that_does_not_let_the_account_in_is_no_end_of_a_path() {
    let estate = Estate::new();
    estate.change(
        DETAILS,
        "system:serviceaccount:ops:deployer",
        "system:serviceaccount:shop:deployer",
    );
    assert_eq!(makers_way(&estate, ROLE), None);
    estate.without(DETAILS);
    assert_eq!(makers_way(&estate, ROLE), Some(false), "its trust policy is not in the evidence");
}

#[test]
fn whoever_makes_a_pod_has_the_role_of_its_pod_identity() {
    let estate = Estate::new();
    let role = "arn:aws:iam::111122223333:role/identity-bot";
    assert_eq!(makers_way(&estate, role), None);
    write(
        &estate,
        "aws/deployers.json",
        &json!({"association": {"clusterName": "prod", "namespace": "ops",
            "serviceAccount": "deployer", "roleArn": role, "associationId": "a-deployer"}}),
    );
    assert_eq!(makers_way(&estate, role), Some(true));
    let tagging = "\"sts:TagSession\"";
    estate.change(DETAILS, tagging, "\"sts:SetSourceIdentity\"");
    assert_eq!(makers_way(&estate, role), None, "its trust policy must let it tag");
}

#[test]
fn an_account_that_can_be_made_has_the_roles_that_take_it_for_its_name() {
    let subject = "system:serviceaccount:ops:deployer";
    let rights = "resources: [pods], verbs: [create]";
    for name in ["system:serviceaccount:ops:new-one", "system:serviceaccount:*:new-*"] {
        let estate = Estate::new();
        estate.change(OBJECTS, ANNOTATION, "");
        if name.contains('*') {
            let own = format!(":sub\": \"{subject}\"");
            estate.change(DETAILS, "\"StringEquals\"", "\"StringLike\"");
            estate.change(DETAILS, &own, &format!(":sub\": \"{name}\""));
            assert_eq!(makers_way(&estate, ROLE), None, "{name}");
        } else {
            estate.change(DETAILS, subject, name);
            assert_eq!(makers_way(&estate, ROLE), Some(false), "it may be there, unseen");
        }
        estate.change(OBJECTS, rights, "resources: [pods, serviceaccounts], verbs: [create]");
        assert_eq!(makers_way(&estate, ROLE), Some(true), "{name}");
    }
}

#[test]
fn a_subject_that_takes_a_whole_namespace_takes_the_account_that_each_has() {
    let estate = Estate::new();
    estate.change(OBJECTS, ANNOTATION, "");
    estate.change(DETAILS, "\"StringEquals\"", "\"StringLike\"");
    estate.change(DETAILS, "system:serviceaccount:ops:deployer", "system:serviceaccount:ops:*");
    assert_eq!(makers_way(&estate, ROLE), Some(true));
    assert!(paths(&estate.agent("maker-bot")).contains("system:serviceaccount:ops:"));
}
