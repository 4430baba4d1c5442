use std::collections::BTreeSet;

use super::*;
use crate::model::agent_config::Pin;

#[test]
fn every_entry_has_its_own_id_and_both_kinds_of_examples() {
    let rules = ServerRules::load().expect("the catalogue is well formed");
    let mut ids = BTreeSet::new();
    for server in &rules.servers {
        assert!(ids.insert(&server.id), "{} is there twice", server.id);
        assert!(!server.examples.is.is_empty(), "{} is never recognised", server.id);
        assert!(!server.examples.is_not.is_empty(), "{} is always recognised", server.id);
        for switch in &server.switches {
            assert!(!switch.examples.on.is_empty(), "{}/{}", server.id, switch.name);
            assert!(!switch.examples.off.is_empty(), "{}/{}", server.id, switch.name);
        }
    }
    assert!(rules.servers.len() > 60);
}

#[test]
fn every_server_has_tools_or_says_what_they_may_do() {
    for server in ServerRules::load().expect("loads").servers {
        assert_ne!(server.tools.is_empty(), server.unlisted.is_none(), "{}", server.id);
    }
}

#[test]
fn no_tool_stands_under_two_effects_and_every_named_tool_exists() {
    for server in ServerRules::load().expect("loads").servers {
        let mut seen = BTreeSet::new();
        for (tool, _) in server.all_tools() {
            assert!(seen.insert(tool.to_owned()), "{}: {tool} has two effects", server.id);
        }
        let hidden = server.switches.iter().flat_map(|switch| match &switch.does {
            Meaning::Hide(tools) | Meaning::Unlock(tools) => tools.clone(),
            _ => Vec::new(),
        });
        let named = server
            .mixed
            .iter()
            .chain(&server.kept_by_read_only)
            .chain(server.toolsets.values().flatten())
            .chain(server.confirmations.iter().flat_map(|asks| &asks.tools))
            .cloned()
            .chain(hidden);
        for tool in named {
            assert!(seen.contains(&tool), "{}: {tool} is no tool of it", server.id);
        }
    }
}

#[test]
fn confirmations_and_journals_refer_to_switches_that_exist() {
    for server in ServerRules::load().expect("loads").servers {
        let asks = server.confirmations.iter().map(|asks| (&asks.needs, &asks.unless));
        let journals = server.journals.iter().map(|own| (&own.needs, &own.unless));
        for (needs, unless) in asks.chain(journals) {
            for name in needs.iter().chain(unless) {
                assert!(
                    server.switches.iter().any(|switch| switch.name == *name),
                    "{}: {name}",
                    server.id
                );
            }
        }
    }
}

#[test]
fn a_way_back_is_a_tool_that_changes_something_from_tools_that_do() {
    for server in ServerRules::load().expect("loads").servers {
        let mut seen = BTreeSet::new();
        for way in &server.ways_back {
            assert!(!way.tools.is_empty(), "{}: {}", server.id, way.by);
            for tool in way.tools.iter().chain([&way.by]) {
                let effect = server.effect_of(tool).or(server.unlisted);
                assert!(
                    effect.is_some_and(|effect| effect.is_mutating()),
                    "{}: {tool} is no tool of it that changes anything",
                    server.id
                );
            }
            for tool in &way.tools {
                assert!(seen.insert(tool), "{}: two ways back from {tool}", server.id);
            }
        }
    }
}

#[test]
fn default_toolsets_exist() {
    for server in ServerRules::load().expect("loads").servers {
        let earlier = server.earlier.iter().flat_map(|earlier| &earlier.default_toolsets);
        for name in server.default_toolsets.iter().chain(earlier) {
            assert!(server.toolsets.contains_key(name), "{}: {name}", server.id);
        }
    }
}

#[test]
fn the_longest_command_entry_wins() {
    let rules = ServerRules::load().expect("loads");
    let effect = |line: &str| rules.commands.effect_of(&line.split(' ').collect::<Vec<_>>());
    use crate::model::effect::Effect;
    assert_eq!(effect("kubectl rollout status deployment/web"), Some(Effect::Read));
    assert_eq!(effect("kubectl rollout restart deployment/web"), Some(Effect::Reversible));
    assert_eq!(effect("kubectl get"), Some(Effect::SensitiveRead));
    assert_eq!(effect("kubectl"), None);
    assert_eq!(effect("cargo build"), None);
}

#[test]
fn a_star_in_a_pattern_stands_for_any_text() {
    assert!(glob("mcp__*", "mcp__kubernetes__pods_list"));
    assert!(glob("*", ""));
    assert!(glob("a*b*c", "a-b-b-c"));
    assert!(glob("pods_*", "pods_"));
    assert!(!glob("pods_*", "pod_list"));
    assert!(!glob("a*b", "a-b-c"));
    assert!(!glob("", "a"));
}

#[test]
fn what_earlier_versions_offered_counts_unless_the_version_is_known_to_be_later() {
    let rules = ServerRules::load().expect("loads");
    let server = rules.server("kubernetes-mcp-server").expect("it is in the catalogue");
    let has_helm = |pin: Pin| server.toolsets_by_default(Some(&pin)).any(|name| name == "helm");
    for version in ["0.0.59", "v0.0.67", "0.1.0"] {
        assert!(!has_helm(Pin::Exact(version.to_owned())), "{version}");
    }
    for version in ["0.0.54", "0.0.9", "0.0.59-rc.1", ""] {
        assert!(has_helm(Pin::Exact(version.to_owned())), "{version}");
    }
    for pin in [Pin::Absent, Pin::Installed, Pin::Digest, Pin::Floating("latest".to_owned())] {
        assert!(has_helm(pin));
    }
}
