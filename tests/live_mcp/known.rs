//! Servers that are listed, known to the catalogue or not.

use serde_json::Value;

use crate::servers::{Workspace, exposed, installed};

/// Effects that gradus gives to the tools of an assessment.
fn effects(assessment: &Value) -> Vec<&str> {
    let agents = assessment["agents"].as_array().unwrap();
    let held = agents.iter().flat_map(|agent| agent["capabilities"].as_array().unwrap());
    let tools = held
        .filter(|held| held["action"].as_str().is_some_and(|action| action.starts_with("it: ")));
    tools.map(|held| held["effect"].as_str().unwrap()).collect()
}

#[test]
fn servers_that_no_catalogue_knows_are_listed_and_none_of_their_claims_is_believed() {
    let Some(installed) = installed() else { return };
    let everything = "@modelcontextprotocol/server-everything";
    let files = "@modelcontextprotocol/server-filesystem";
    for (package, args, tool) in
        [(everything, vec![], "echo"), (files, vec!["/tmp"], "read_text_file")]
    {
        let workspace = Workspace::new(&installed, package, &args, &[]);
        let live = workspace.ask();
        assert!(exposed(&live).contains(tool), "{package}");
        assert!(!exposed(&live).contains("any tool"), "{package}");
        assert_eq!(exposed(&live), workspace.listed(), "{package}");
        // `echo` and `read_text_file` say that they only read.
        assert!(effects(&live).iter().all(|effect| *effect == "destructive"), "{package}");
    }
}

#[test]
fn prompts_resources_and_templates_are_kept_as_names_and_digests() {
    let Some(installed) = installed() else { return };
    let package = "@modelcontextprotocol/server-everything";
    let workspace = Workspace::new(&installed, package, &[], &[]);
    workspace.ask();
    let kept = workspace.kept();
    let of = |kind: &str| {
        let items = kept["items"].as_array().unwrap();
        items.iter().filter(|item| item["kind"] == kind).count()
    };
    assert!(of("prompt") > 0 && of("resource") > 0 && of("template") > 0, "{kept:#}");
    let whole = kept["listed"]["whole"].as_array().unwrap();
    assert_eq!(whole.len(), 4, "{kept:#}");
    let text = kept.to_string();
    assert!(!text.contains("Echoes back"), "no text of the server is kept");
}

#[test]
fn two_answers_of_one_server_are_the_same_file() {
    let Some(installed) = installed() else { return };
    for package in ["kubernetes-mcp-server", "mcp-server-kubernetes"] {
        let workspace = Workspace::new(&installed, package, &[], &[]);
        workspace.ask();
        let kept = workspace.kept();
        // From now on its tools can be held against a list that was there before.
        let second = workspace.ask();
        assert_eq!(workspace.kept(), kept, "{package}");
        assert_eq!(workspace.ask(), second, "{package}");
        assert_eq!(workspace.kept(), kept, "{package}");
        assert_eq!(workspace.assess(), second, "{package}");
    }
}
