//! Servers that stand at one place, told apart.
//!
//! What stands in a value on one line (JSON within a ConfigMap, a list on a command line)
//! has the place of that value. A server is known by its place: what one of them answered
//! must not be taken for what another would.

use std::collections::BTreeMap;

use crate::model::{
    agent_config::{AgentConfig, Server},
    location::Location,
};

/// Names the server in the place of each that shares it with another.
pub(super) fn settle(configs: &mut [AgentConfig]) {
    let mut at: BTreeMap<Location, Vec<Server>> = BTreeMap::new();
    for server in configs.iter().flat_map(|config| &config.servers) {
        let known = at.entry(server.location.clone()).or_default();
        if !known.contains(server) {
            known.push(server.clone());
        }
    }
    at.retain(|_, known| known.len() > 1);
    for server in configs.iter_mut().flat_map(|config| &mut config.servers) {
        let Some(known) = at.get(&server.location) else { continue };
        let same = known.iter().filter(|other| other.name == server.name);
        let name = match (same.count(), known.iter().position(|other| other == server)) {
            (2.., Some(number)) => format!("{} ({})", server.name, number + 1),
            _ => server.name.clone(),
        };
        let within = server.location.object.as_deref().map(|object| format!("{object}: "));
        server.location.object = Some(format!("{}{name}", within.unwrap_or_default()).into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        scan::agents,
        source::{self, SyntaxHint, limits::Limits},
    };

    fn servers(text: &str) -> Vec<Server> {
        let parsed = source::parse(
            &"all.yaml".into(),
            text.as_bytes(),
            SyntaxHint::Yaml,
            &Limits::default(),
        );
        let readings = parsed.documents.iter().flat_map(|one| agents::read(one, "all.yaml"));
        let mut configs: Vec<AgentConfig> = readings.flat_map(|reading| reading.configs).collect();
        agents::join(&mut configs, None);
        configs.into_iter().flat_map(|config| config.servers).collect()
    }

    #[test]
    fn servers_of_a_value_on_one_line_have_places_of_their_own() {
        let servers = servers(concat!(
            "kind: ConfigMap\napiVersion: v1\nmetadata: {name: c, namespace: n}\ndata:\n",
            r#"  .mcp.json: '{"mcpServers":{"a":{"command":"x"},"b":{"command":"y"}}}'"#,
            "\n",
        ));
        let [a, b] = servers.as_slice() else { panic!("{servers:?}") };
        assert_eq!((a.location.line, b.location.line), (Some(5), Some(5)));
        assert_ne!(a.location, b.location);
    }

    #[test]
    fn a_server_that_has_its_line_keeps_its_place() {
        let servers = servers(concat!(
            "kind: ConfigMap\napiVersion: v1\nmetadata: {name: c, namespace: n}\ndata:\n",
            "  .mcp.json: |\n    {\"mcpServers\": {\n      \"a\": {\"command\": \"x\"},\n",
            "      \"b\": {\"command\": \"y\"}}}\n",
        ));
        let lines: Vec<_> = servers.iter().map(|server| server.location.line).collect();
        assert_eq!(lines, [Some(7), Some(8)]);
        assert_eq!(servers[0].location.object, servers[1].location.object);
    }
}
