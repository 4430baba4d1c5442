//! Settings that bound an agent's runs, and that none of them is taken for a rate.

use gradus::model::agent_config::Bounded;

use crate::support::{layer_of, readings};

/// What a file bounds, by the names of its settings.
fn bounds(path: &str, text: &str) -> Vec<(String, Bounded)> {
    let configs = readings(path, text).into_iter().flat_map(|reading| reading.configs);
    let mut bounds: Vec<(String, Bounded)> =
        configs.flat_map(|config| config.bounds).map(|bound| (bound.setting, bound.of)).collect();
    bounds.sort();
    bounds.dedup();
    bounds
}

fn one(setting: &str, of: Bounded) -> Vec<(String, Bounded)> {
    vec![(setting.to_owned(), of)]
}

#[test]
fn each_format_is_read_where_it_has_its_bounds() {
    for (path, text, setting, of) in [
        (
            ".claude/agents/a.md",
            "---\nname: a\ndescription: it\nmaxTurns: 8\n---\nDo it.\n",
            "maxTurns",
            Bounded::Turns,
        ),
        (
            ".vscode/settings.json",
            r#"{"chat.agent.maxRequests": 15}"#,
            "chat.agent.maxRequests",
            Bounded::Turns,
        ),
        (
            ".gemini/settings.json",
            r#"{"general": {"defaultApprovalMode": "default"}, "model": {"maxSessionTurns": 9}}"#,
            "maxSessionTurns",
            Bounded::Turns,
        ),
        (
            "config/goose/config.yaml",
            "GOOSE_MODE: auto\nGOOSE_MAX_TURNS: 50\nextensions: {}\n",
            "GOOSE_MAX_TURNS",
            Bounded::Turns,
        ),
        (
            "agents.yaml",
            "helper:\n  role: r\n  goal: g\n  backstory: b\n  max_rpm: 10\n",
            "max_rpm",
            Bounded::ModelRequests,
        ),
        (
            "policy.yaml",
            "apiVersion: dot-ai.devopstoolkit.live/v1alpha1\nkind: RemediationPolicy\n\
             metadata: {name: p}\nspec: {mode: automatic, rateLimiting: {eventsPerMinute: 5}}\n",
            "eventsPerMinute",
            Bounded::Events,
        ),
        (
            "server.yaml",
            "apiVersion: toolhive.stacklok.dev/v1alpha1\nkind: MCPServer\nmetadata: {name: s}\n\
             spec: {image: \"x:1\", rateLimiting: {shared: {maxTokens: 5, refillPeriod: 1m}}}\n",
            "rateLimiting",
            Bounded::CallsWhileCounted,
        ),
    ] {
        assert_eq!(bounds(path, text), one(setting, of), "{path}");
    }
}

#[test]
fn a_value_that_means_any_number_bounds_nothing() {
    for value in ["-1", "0", "\"\"", "null", "many"] {
        let text = format!("---\nname: a\ndescription: it\nmaxTurns: {value}\n---\nDo it.\n");
        assert_eq!(bounds(".claude/agents/a.md", &text), [], "{value}");
    }
}

#[test]
fn calls_of_frameworks_are_read_for_what_they_bound() {
    let crew = "from crewai import Agent\nfixer = Agent(role='fixer', goal='g', backstory='b', \
                tools=[], max_rpm=10, max_iter=5, max_execution_time=None)\n";
    assert_eq!(
        bounds("crew.py", crew),
        [("max_iter".to_owned(), Bounded::Turns), ("max_rpm".to_owned(), Bounded::ModelRequests)]
    );
    let chain = "from langchain.agents import create_agent\n\
                 from langchain.agents.middleware import ToolCallLimitMiddleware\n\
                 agent = create_agent('m', tools=[], \
                 middleware=[ToolCallLimitMiddleware(run_limit=20)])\n\
                 agent.invoke({}, config={'recursion_limit': 30, 'max_concurrency': 2})\n";
    assert_eq!(
        bounds("chain.py", chain),
        [
            ("max_concurrency".to_owned(), Bounded::Tasks),
            ("recursion_limit".to_owned(), Bounded::Turns),
            ("run_limit".to_owned(), Bounded::Calls)
        ]
    );
    // The same word of something else counts nothing.
    let other = "from crewai import Agent\nfixer = Agent(role='r', goal='g', backstory='b')\n\
                 race(run_limit=3)\n";
    assert_eq!(bounds("other.py", other), []);
}

#[test]
fn a_bound_is_told_with_what_it_limits_and_where() {
    let crew = "from crewai import Agent\nfixer = Agent(role='fixer', goal='g', backstory='b', \
                tools=[], max_rpm=10)\n";
    let layer = layer_of([("crew.py", crew)]);
    let bound = &layer.bounds[0];
    assert_eq!(
        (bound.name.as_str(), bound.location.to_string().as_str()),
        ("max_rpm", "crew.py:2:72")
    );
    assert!(bound.detail.contains("requests to the model"), "{}", bound.detail);
}
