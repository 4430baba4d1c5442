//! How fast an agent's tools can be called at most: the gateways that all of its calls pass.
//!
//! Only an agent whose tools are all listed can be told to have none past the gateway: one
//! that its framework makes. Clients have tools of their own that no file names.

use std::collections::BTreeMap;

use super::{
    layer::{Noted, Pace},
    merge::Findings,
};
use crate::model::{
    agent_config::{AgentConfig, Client, Gateway},
    location::Location,
};

/// Holds the tools that an agent has against the gateways that its servers are called at.
pub(super) fn read(configs: &[&AgentConfig], findings: &Findings) -> Pace {
    let gateways: Vec<&Gateway> = configs.iter().flat_map(|config| &config.gateways).collect();
    let mut pace = Pace::default();
    if gateways.is_empty() {
        return pace;
    }
    // Several files may speak of one port: the one that lets through most counts.
    let mut passed: BTreeMap<u16, (u64, &Location)> = BTreeMap::new();
    for (location, tool) in &findings.within_reach {
        match limit(configs, location, &gateways) {
            Ok((port, most, place)) => {
                let own = passed.entry(port).or_insert((most, place));
                own.0 = own.0.max(most);
            }
            Err(why) => pace.past.push(Noted {
                name: tool.clone(),
                detail: why.to_owned(),
                location: location.clone(),
            }),
        }
    }
    let clients = || configs.iter().filter(|config| config.gateways.is_empty());
    let beside = match clients().next() {
        None => configs.first().map(|gateway| (gateway, "who calls it stands in no file")),
        Some(_) => clients()
            .find(|config| !lists_its_tools(config.client))
            .map(|config| (config, "it has tools of its own that no file names")),
    };
    pace.past.extend(beside.map(|(config, why)| Noted {
        name: config.client.as_str().to_owned(),
        detail: why.to_owned(),
        location: config.location.clone(),
    }));
    pace.past.extend(findings.gaps.first().map(|gap| Noted {
        name: "its tools".to_owned(),
        detail: gap.reason.clone(),
        location: gap.location.clone(),
    }));
    pace.limits = passed
        .iter()
        .map(|(port, (most, place))| Noted {
            name: format!("the gateway at port {port}"),
            detail: format!("lets {most} requests through in a minute"),
            location: (*place).clone(),
        })
        .collect();
    if pace.past.is_empty() && !passed.is_empty() {
        let mut all = passed.values().map(|(most, _)| *most);
        pace.per_minute = all.try_fold(0_u64, u64::checked_add);
    }
    pace
}

/// The limit that calls of a tool pass which stands there, or why they pass none.
fn limit<'c>(
    configs: &[&'c AgentConfig],
    tool: &Location,
    gateways: &[&'c Gateway],
) -> Result<(u16, u64, &'c Location), &'static str> {
    let mut servers = configs
        .iter()
        .flat_map(|config| config.servers.iter().map(move |server| (server, *config)));
    let (server, config) =
        servers.find(|(server, _)| server.location == *tool).ok_or("no server offers it")?;
    let own: Vec<&Gateway> = if config.gateways.is_empty() {
        gateways.iter().copied().filter(|own| own.is_called(&server.transport)).collect()
    } else {
        // It stands behind the gateway itself.
        config.gateways.iter().collect()
    };
    let first = own.first().ok_or("its server is not called through a gateway of the evidence")?;
    let most = own
        .iter()
        .map(|own| own.per_minute)
        .collect::<Option<Vec<u64>>>()
        .and_then(|all| all.into_iter().max())
        .ok_or("the gateway that it is called through lets any number pass")?;
    Ok((first.port, most, &first.location))
}

/// Whether all tools of an agent stand in what makes it.
fn lists_its_tools(client: Client) -> bool {
    matches!(
        client,
        Client::LangChain
            | Client::OpenAiAgents
            | Client::GoogleAdk
            | Client::CrewAi
            | Client::ToolServer
    )
}
