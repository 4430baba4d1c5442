//! Models that configurations name, and whether others may answer to the names tomorrow.

use gradus::{privilege::tools::ModelView, rubric::servers::ModelPin};

use crate::support::{catalogue, layer_of};

fn models(path: &str, text: &str) -> Vec<(String, Option<bool>)> {
    let of = |model: ModelView| (model.name, model.floats);
    layer_of([(path, text)]).models.into_iter().map(of).collect()
}

#[test]
fn every_example_of_a_name_is_what_it_says() {
    let models = catalogue().models;
    for (names, pin) in [
        (&models.examples.floating, ModelPin::Floating),
        (&models.examples.fixed, ModelPin::Fixed),
        (&models.examples.unjudged, ModelPin::Unknown),
    ] {
        assert!(!names.is_empty());
        for name in names {
            assert_eq!(models.pin(name), pin, "{name}");
        }
    }
}

#[test]
fn each_format_names_its_model_where_it_has_it() {
    let named = |name: &str, floats: Option<bool>| vec![(name.to_owned(), floats)];
    let floating = Some(true);
    for (path, text, expected) in [
        (
            ".claude/settings.json",
            r#"{"model": "sonnet", "permissions": {"defaultMode": "default"}}"#,
            named("sonnet", floating),
        ),
        (
            ".claude/agents/ops.md",
            "---\nname: ops\ndescription: runs things\nmodel: claude-sonnet-4-5-20250929\n---\nDo.\n",
            named("claude-sonnet-4-5-20250929", Some(false)),
        ),
        (
            ".claude/agents/ops.md",
            "---\nname: ops\ndescription: runs things\nmodel: inherit\n---\nDo.\n",
            Vec::new(),
        ),
        (
            ".codex/config.toml",
            "model = \"gpt-5\"\napproval_policy = \"never\"\n",
            named("gpt-5", floating),
        ),
        (
            "k8sgpt.yaml",
            "apiVersion: core.k8sgpt.ai/v1alpha1\nkind: K8sGPT\nmetadata: {name: a}\n\
             spec: {ai: {model: gpt-4o-2024-08-06}}\n",
            named("gpt-4o-2024-08-06", Some(false)),
        ),
        (
            "opencode.json",
            r#"{"$schema": "https://opencode.ai/config.json", "model": "acme/house-model"}"#,
            named("acme/house-model", None),
        ),
    ] {
        assert_eq!(models(path, text), expected, "{path}");
    }
}

#[test]
fn a_secret_in_the_place_of_a_model_is_not_shown() {
    let text = r#"{"model": "sk-ant-REDACTED", "permissions": {"deny": ["Bash"]}}"#
        .replace("REDACTED", "api03-Qw8zR5tY7uI9oP1aS3dF");
    let shown = format!("{:?}", models(".claude/settings.json", &text));
    assert!(!shown.contains("Qw8zR5tY7uI9"), "{shown}");
}
