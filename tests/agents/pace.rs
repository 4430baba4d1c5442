//! Gateways that limit how fast tools are called, and those that only look as if.

use gradus::privilege::tools::Pace;

use crate::support::{config_of, layer_of};

const GATEWAY: &str = include_str!("../fixtures/agents/agentgateway/gateway.yaml");

/// What each port of a gateway lets through in a minute.
fn ports(text: &str) -> Vec<(u16, Option<u64>)> {
    let config = config_of("gateway.yaml", text);
    config.gateways.iter().map(|own| (own.port, own.per_minute)).collect()
}

/// An agent of a framework whose code holds `more`, with a server at `url`.
fn pace(url: &str, more: &str, gateway: &str) -> Pace {
    let agent = format!(
        "from agents import Agent, ShellTool, function_tool\n\
         from agents.mcp import MCPServerStreamableHttp\n\
         server = MCPServerStreamableHttp(name='k8s', params={{'url': '{url}'}})\n\
         bot = Agent(name='bot', mcp_servers=[server]{more})\n"
    );
    layer_of([("bot.py", agent.as_str()), ("gateway.yaml", gateway)]).pace
}

const URL: &str = "http://localhost:3000/mcp";

#[test]
fn a_bucket_lets_through_what_it_holds_and_what_is_put_into_it() {
    assert_eq!(ports(GATEWAY), [(3000, Some(60 + 61))]);
    let every = |interval: &str| ports(&GATEWAY.replace("1s", interval))[0].1;
    assert_eq!(every("10s"), Some(60 + 7));
    assert_eq!(every("1m"), Some(60 + 2));
    assert_eq!(every("500ms"), Some(60 + 121));
    for unclear in ["0s", "soon", "1.5s", "-1s", "99999999999999999999h", ""] {
        assert_eq!(every(unclear), None, "{unclear}");
    }
}

#[test]
fn what_counts_something_else_limits_no_calls() {
    for (old, new) in [
        ("type: requests", "type: tokens"),
        ("type: requests", "key: 'jwt.sub'"),
        ("maxTokens: 60", "maxTokens: 0"),
        ("tokensPerFill: 1", "tokensPerFill: 61"),
        ("maxTokens: 60", "limit: 60"),
        ("localRateLimit", "remoteRateLimit"),
    ] {
        assert!(GATEWAY.contains(old));
        assert_eq!(ports(&GATEWAY.replace(old, new)), [(3000, None)], "{new}");
    }
}

#[test]
fn a_route_beside_it_without_a_limit_lets_any_number_pass() {
    let open = GATEWAY
        .replace("      - routes:\n", "      - routes:\n          - backends: [{host: other}]\n");
    assert_eq!(ports(&open), [(3000, None)]);
}

#[test]
fn an_agent_of_which_every_call_passes_it_is_limited() {
    let limited = pace(URL, "", GATEWAY);
    assert_eq!(limited.per_minute, Some(121), "{:?}", limited.past);
    assert_eq!(limited.limits[0].name, "the gateway at port 3000");
}

#[test]
fn a_tool_that_does_not_pass_it_leaves_the_rate_open() {
    for more in [", tools=[ShellTool()]", ", tools=tools_of_today()", ", handoffs=[other]"] {
        let open = pace(URL, more, GATEWAY);
        assert_eq!(open.per_minute, None, "{more}");
        assert!(!open.past.is_empty(), "{more}");
    }
}

#[test]
fn a_server_elsewhere_or_a_gateway_without_a_limit_leaves_it_open() {
    for url in
        ["http://localhost:3001/mcp", "http://gateway.example:3000/mcp", "https://localhost/mcp"]
    {
        assert_eq!(pace(url, "", GATEWAY).per_minute, None, "{url}");
    }
    let unlimited = GATEWAY.replace("type: requests", "type: tokens");
    assert_eq!(pace(URL, "", &unlimited).per_minute, None);
}

#[test]
fn a_client_with_tools_that_no_file_names_is_not_limited() {
    let servers =
        r#"{"mcpServers": {"k8s": {"type": "http", "url": "http://localhost:3000/mcp"}}}"#;
    let pace = layer_of([(".mcp.json", servers), ("gateway.yaml", GATEWAY)]).pace;
    assert_eq!(pace.per_minute, None);
    assert!(pace.past.iter().any(|own| own.detail.contains("no file names")), "{:?}", pace.past);
}

#[test]
fn a_gateway_alone_says_nothing_of_who_calls_it() {
    assert_eq!(layer_of([("gateway.yaml", GATEWAY)]).pace.per_minute, None);
}
