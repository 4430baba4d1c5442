//! The audience of the token that pods show AWS.

use super::{Estate, grants};

const DETAILS: &str = "aws/authorization-details.json";
const OBJECTS: &str = "cluster/objects.yaml";
const ANNOTATION: &str = "eks.amazonaws.com/role-arn: \"arn:aws:iam::111122223333:role/pod-bot\"";

fn with_audience(estate: &Estate, audience: &str) {
    let both = format!("{ANNOTATION}, eks.amazonaws.com/audience: {audience}");
    estate.change(OBJECTS, ANNOTATION, &both);
}

/// Whether pod-bot certainly holds its role.
fn is_certain(estate: &Estate) -> bool {
    let bot = estate.agent("pod-bot");
    assert_ne!(grants(&bot, "s3:DeleteObject"), "", "{}", bot["granted"]);
    let capabilities = bot["capabilities"].as_array().unwrap();
    let own = capabilities.iter().find(|own| own["action"].as_str().unwrap().contains("s3:"));
    own.unwrap()["conditions"].as_array().unwrap().is_empty()
}

#[test]
fn the_annotation_of_the_audience_says_which_token_pods_are_given() {
    let estate = Estate::new();
    assert!(is_certain(&estate));
    with_audience(&estate, "own.example");
    assert!(!is_certain(&estate), "its pods are given another token than the role asks for");
    estate.change(DETAILS, "\"sts.amazonaws.com\"", "\"own.example\"");
    assert!(is_certain(&estate));
    let patterned = Estate::new();
    with_audience(&patterned, "own.example");
    patterned.change(DETAILS, "\"StringEquals\"", "\"StringLike\"");
    patterned.change(DETAILS, "\"sts.amazonaws.com\"", "\"own.*\"");
    assert!(is_certain(&patterned), "a pattern takes it as well");
}
