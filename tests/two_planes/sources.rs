//! Which cluster of EKS a source is, where a person says it.

use serde_json::Value;

use super::{Estate, OTHER_CLUSTER, support::run, write};

const SOURCE: &str = "kubernetes: [{path: cluster/}]";

fn of_two(eks: &str) -> Estate {
    let estate = Estate::new();
    write(&estate, "aws/other.json", &serde_json::from_str(OTHER_CLUSTER).unwrap());
    let source = format!("kubernetes: [{{path: cluster/, eks: \"{eks}\"}}]");
    estate.change("gradus.yaml", SOURCE, &source);
    estate
}

#[test]
fn a_source_is_the_cluster_of_eks_that_it_is_said_to_be() {
    for name in ["prod", "arn:aws:eks:eu-central-1:111122223333:cluster/prod"] {
        assert_eq!(of_two(name).agent("cloud-bot")["granted"]["level"], 5, "{name}");
    }
    let other = of_two("stage").agent("cloud-bot");
    assert_eq!(other["granted"]["level"], Value::Null, "prod has an entry, and no objects");
}

#[test]
fn a_cluster_of_eks_that_no_answer_tells_of_leaves_unknown_who_comes_in() {
    let estate = of_two("nowhere");
    let assessment = estate.assessment();
    assert_eq!(super::agent(&assessment, "plain-bot")["granted"]["level"], Value::Null);
    let told = assessment["coverage"].to_string();
    assert!(told.contains("no answer of EKS tells of cluster nowhere"), "{told}");
    assert!(told.contains("gradus.yaml"), "{told}");
}

#[test]
fn only_a_source_of_kubernetes_is_a_cluster_of_eks() {
    let estate = Estate::new();
    estate.change("gradus.yaml", "aws: [{path: aws/}]", "aws: [{path: aws/, eks: prod}]");
    let run = run(estate.0.path(), &["assess", "estate", "-f", "json"]);
    run.ended(2);
    assert!(run.stderr.contains("not a source of `aws`"), "{}", run.stderr);
}
