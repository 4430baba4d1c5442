use super::*;

/// A link that leads nowhere.
#[cfg(unix)]
fn dangle(estate: &Estate, file: &str) {
    std::os::unix::fs::symlink("nowhere", estate.path(file)).unwrap();
}

#[cfg(unix)]
#[test]
fn what_an_account_names_and_does_not_hold_leaves_its_principals_unknown() {
    let estate = Estate::new();
    dangle(&estate, "aws/more.json");
    for agent in ["reader@prod", "db-tuner@stage"] {
        let judged = estate.agent(agent);
        is_not_within(&judged);
        let text = judged.to_string();
        assert!(text.contains("aws/more.json"), "{agent}: {text}");
    }
}

#[test]
fn what_kubectl_says_in_place_of_objects_leaves_the_cluster_unknown() {
    for text in [
        "The connection to the server localhost:8080 was refused - did you specify the right host or port?\n",
        "error: You must be logged in to the server (Unauthorized)\n",
        "Error from server (Forbidden): clusterrolebindings is forbidden\n",
    ] {
        let estate = Estate::new();
        let reader = estate.add("cluster/bindings.yaml", text).agent("reader@prod");
        is_not_within(&reader);
        assert!(reader.to_string().contains("cluster/bindings.yaml"), "{text}");
    }
}

const EVERY_LOG: (&str, &str) = (
    "activity: [{path: \"logs/*.log*\"}, {path: \"logs/*CloudTrail*\"},",
    "activity: [{path: logs/},",
);

#[test]
fn a_program_among_logs_takes_nothing_from_them() {
    let estate = Estate::new();
    let reader = estate.change("gradus.yaml", EVERY_LOG.0, EVERY_LOG.1).agent("reader@prod");
    assert_eq!(reader["verdict"], "within", "{:#}", reader["headline"]);
}

#[test]
fn a_log_that_is_called_like_a_program_leaves_what_was_done_unknown() {
    for (name, text) in
        [("logs/more.py", "# events\n{\"verb\": \"delete\"}\n"), ("logs/more.log", "#!/bin/sh\n")]
    {
        let estate = Estate::new();
        estate.change("gradus.yaml", EVERY_LOG.0, EVERY_LOG.1);
        is_not_within(&estate.add(name, text).agent("reader@prod"));
    }
}
