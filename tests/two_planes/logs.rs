//! Logs of several clusters: a ServiceAccount of the same name in another cluster is
//! somebody else, and what it did is neither counted nor forgotten.

use serde_json::{Value, json};

use super::Estate;

/// Days of each log: fewer show little of what an agent does.
const DAYS: u64 = 14;

/// The objects of a subscription, in which the account acts so in these clusters, once a day.
fn log(requests: &[(&str, &str)]) -> String {
    let object = |at: usize, day: u64, (cluster, verb): (&str, &str)| {
        let event = json!({
            "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Request",
            "auditID": format!("a{at}-{day}"), "stage": "ResponseComplete",
            "requestURI": "/api/v1/namespaces/agents/pods/web", "verb": verb,
            "user": {"username": "system:serviceaccount:agents:lost-bot"},
            "objectRef": {"resource": "pods", "namespace": "agents", "name": "web", "apiVersion": "v1"},
            "responseStatus": {"metadata": {}, "code": 200},
            "requestReceivedTimestamp": format!("2026-10-{day:02}T08:00:09.500000Z"),
            "stageTimestamp": format!("2026-10-{day:02}T08:00:09.600000Z"),
            "annotations": {"authorization.k8s.io/decision": "allow"},
        });
        let group = format!("/aws/eks/{cluster}/cluster");
        json!({
            "messageType": "DATA_MESSAGE", "owner": "111122223333", "logGroup": group,
            "logStream": "kube-apiserver-audit-0", "subscriptionFilters": ["audit"],
            "logEvents": [{"id": "0", "timestamp": 0, "message": event.to_string()}],
        })
        .to_string()
    };
    let days = (1..=DAYS).flat_map(|day| requests.iter().enumerate().map(move |of| (day, of)));
    let objects: Vec<String> = days.map(|(day, (at, request))| object(at, day, *request)).collect();
    objects.join("\n")
}

/// What tells which cluster of EKS the evidence is of.
const AWS: &str = "  aws: [{path: aws/}]\n";

fn with_log(requests: &[(&str, &str)]) -> Estate {
    let estate = Estate::new();
    std::fs::write(estate.0.path().join("estate/eks.json"), log(requests)).unwrap();
    estate.change("gradus.yaml", AWS, &format!("{AWS}  activity: [{{path: eks.json}}]\n"));
    estate
}

/// The exercised level of the account's agent, requests that count, and why.
fn exercised(estate: &Estate) -> (Value, u64, String) {
    let exercised = estate.agent("lost-bot")["exercised"].clone();
    let because = exercised["because"].to_string();
    (exercised["level"].clone(), exercised["actions"].as_u64().unwrap(), because)
}

#[test]
fn what_a_namesake_did_in_another_cluster_is_told_and_not_counted() {
    let (level, actions, because) = exercised(&with_log(&[("prod", "get"), ("stage", "delete")]));
    assert_eq!((&level, actions), (&json!(1), DAYS), "{because}");
    assert!(because.contains("EKS cluster stage of account 111122223333"), "{because}");
    let (own, ..) = exercised(&with_log(&[("prod", "delete"), ("stage", "get")]));
    assert_eq!(own, json!(5), "what it did itself counts");
}

#[test]
fn the_log_of_another_cluster_shows_nothing_of_an_agent() {
    let (level, actions, because) = exercised(&with_log(&[("stage", "get")]));
    assert_eq!((level, actions), (Value::Null, 0), "{because}");
    assert!(because.contains("which is another"), "{because}");
}

#[test]
fn of_clusters_that_nobody_can_tell_apart_no_figure_is_certain() {
    let estate = with_log(&[("prod", "get"), ("stage", "get")]);
    estate.change("gradus.yaml", AWS, "");
    let (level, actions, because) = exercised(&estate);
    assert_eq!((level, actions), (Value::Null, 2 * DAYS), "{because}");
    assert!(because.contains("logs of several clusters"), "{because}");
    // As a floor it still shows how far somebody of its name went.
    let estate = with_log(&[("prod", "get"), ("stage", "delete")]);
    estate.change("gradus.yaml", AWS, "");
    assert_eq!(exercised(&estate).0, json!(5));
}
