//! What bounds an agent's runs is told, and is no limit of its rate.

use super::{Assessment, Cluster};

const GATEWAY: &str = include_str!("../fixtures/agents/agentgateway/gateway.yaml");

/// An agent whose only tools are those of a server at this address, beside a gateway.
fn behind(url: &str) -> Assessment {
    assess_with(
        &format!(
            "from agents import Agent\nfrom agents.mcp import MCPServerStreamableHttp\n\
             server = MCPServerStreamableHttp(name='k8s', params={{'url': '{url}'}})\n\
             bot = Agent(name='bot', mcp_servers=[server])\n"
        ),
        Some(GATEWAY),
    )
}

fn assess(agent: &str) -> Assessment {
    assess_with(agent, None)
}

fn assess_with(agent: &str, gateway: Option<&str>) -> Assessment {
    let mut files = vec![("crew.py", agent)];
    files.extend(gateway.map(|gateway| ("gateway.yaml", gateway)));
    Cluster::of(&[]).configure(&files).assess()
}

#[test]
fn a_bound_of_requests_to_the_model_limits_no_calls_and_the_reason_says_so() {
    let assessment = assess(
        "from crewai import Agent\nbot = Agent(role='bot', goal='g', backstory='b', tools=[], \
         max_rpm=10)\n",
    );
    let criterion = assessment.criterion("bot@prod", "BLR-02");
    let reason = criterion["reason"].as_str().unwrap();
    assert_eq!(criterion["status"], "unknown");
    assert!(reason.contains("max_rpm (agent/crew.py:2"), "{reason}");
    assert!(reason.contains("may bring several calls at once"), "{reason}");
}

#[test]
fn where_nothing_is_bounded_the_reason_says_what_would_settle_it() {
    let assessment =
        assess("from crewai import Agent\nbot = Agent(role='bot', goal='g', backstory='b')\n");
    let criterion = assessment.criterion("bot@prod", "BLR-02");
    assert_eq!(criterion["status"], "unknown");
    let missing = criterion["missing"].to_string();
    assert!(missing.contains("limits.callsPerMinute"), "{missing}");
}

#[test]
fn a_gateway_that_every_call_passes_limits_the_rate() {
    let assessment = behind("http://localhost:3000/mcp");
    let criterion = assessment.criterion("bot@prod", "BLR-02");
    let missing = criterion["missing"].to_string();
    assert!(!missing.contains("limits.callsPerMinute"), "{missing}");
    assert!(missing.contains("limits.concurrentChanges"), "{missing}");
}

#[test]
fn a_gateway_at_another_port_limits_nothing() {
    let assessment = behind("http://localhost:3001/mcp");
    let missing = assessment.criterion("bot@prod", "BLR-02")["missing"].to_string();
    assert!(missing.contains("limits.callsPerMinute"), "{missing}");
}
