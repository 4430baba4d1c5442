//! `Agent` and its kin: which tools an agent is given, and which of them ask.

use std::{collections::BTreeSet, sync::Arc};

use crate::{
    model::{
        agent_config::{
            AgentConfig, Approval, Identity, Problem, ProblemKind, ToolReference, ToolSource,
        },
        coverage::Gap,
        gate::FailMode,
        location::Location,
    },
    scan::agents::{entries::all, redact},
    source::{Document, node::Node},
};

pub(super) fn read(
    document: &Document,
    kind: &str,
    identity: &mut Identity,
    config: &mut AgentConfig,
    gaps: &mut Vec<Gap>,
) {
    let Some(spec) = document.root.get("spec") else {
        gaps.push(Gap { location: config.location.clone(), reason: "it has no spec".to_owned() });
        identity.opaque = Some("it has no spec");
        return;
    };
    let declarative = spec.get("declarative");
    let byo = spec.str_at("type").is_some_and(|word| word.eq_ignore_ascii_case("byo"));
    if byo || spec.get("byo").is_some() {
        identity.opaque = Some("what it does is code in its image");
    } else if matches!(kind, "Harness" | "AgentHarness") {
        identity.opaque = Some("it runs a coding agent with tools of its own");
    } else if declarative.or(Some(spec)).is_some_and(|holder| holder.get("skills").is_some())
        || spec.get("skills").is_some()
    {
        identity.opaque = Some("its skills bring a shell and files of their own");
    }
    if let Some(why) = identity.opaque {
        gaps.push(Gap { location: config.location.clone(), reason: why.to_owned() });
    }
    let deployments = [declarative, spec.get("byo"), Some(spec)];
    identity.service_account = deployments
        .into_iter()
        .flatten()
        .find_map(|holder| holder.at(&["deployment", "serviceAccountName"])?.as_str())
        .map(redact::name);
    let nested =
        document.root.str_at("apiVersion").is_some_and(|version| version.ends_with("v1alpha2"));
    for (holder, counts) in [(declarative, true), (Some(spec), !nested)] {
        let Some(holder) = holder else { continue };
        for list in all(holder, "tools") {
            if !counts {
                config.problems.push(Problem {
                    kind: ProblemKind::MisplacedKey,
                    subject: "tools".to_owned(),
                    reason: "this version reads tools inside spec.declarative".to_owned(),
                    location: list.location(&document.file),
                });
            }
            for item in list.as_sequence().unwrap_or_default() {
                let approvals = counts && kind != "AgentTemplate";
                tool(item, approvals, &document.file, config);
            }
        }
    }
}

/// One entry of `tools`; `approvals` tells whether approvals in it count.
fn tool(item: &Node, approvals: bool, file: &Arc<str>, config: &mut AgentConfig) {
    let location = item.location(file);
    let source = item.get("mcpServer").or_else(|| item.get("mcp"));
    if let Some(server) = source {
        from_server(server, approvals, file, config);
    } else if let Some(agent) = item.get("agent") {
        let name = agent.str_at("name").or(agent.as_str()).or(agent.str_at("ref"));
        let source = ToolSource::Agent(redact::name(name.unwrap_or_default()));
        config.tools.push(ToolReference { source, tool: None, approval: unasked(), location });
    } else if let Some(builtin) = item.get("builtin") {
        let name = redact::name(builtin.str_at("name").or(builtin.as_str()).unwrap_or_default());
        let source = ToolSource::BuiltIn(name.clone());
        config.tools.push(ToolReference {
            source,
            tool: Some(name),
            approval: unasked(),
            location,
        });
    }
}

fn unasked() -> Approval {
    Approval::NotAsked { reason: "requireApproval does not list it".to_owned() }
}

fn from_server(server: &Node, approvals: bool, file: &Arc<str>, config: &mut AgentConfig) {
    let reference = server.get("name").or_else(|| server.get("toolServer"));
    let name = reference.and_then(Node::as_str).unwrap_or_default();
    // v1alpha1 writes `namespace/name`.
    let (namespace, name) = match name.split_once('/') {
        Some((namespace, name)) => (Some(namespace), name),
        None => (server.str_at("namespace"), name),
    };
    let source =
        ToolSource::Server { namespace: namespace.map(redact::name), name: redact::name(name) };
    let named = |key: &'static str| {
        all(server, key)
            .flat_map(|list| list.as_sequence().unwrap_or_default())
            .filter_map(|item| Some((redact::name(item.as_str()?), item.location(file))))
            .collect::<Vec<(String, Location)>>()
    };
    let tools = named("toolNames");
    let asked = named("requireApproval");
    let given: BTreeSet<&String> = tools.iter().map(|(tool, _)| tool).collect();
    for (tool, location) in &asked {
        let reason = if !approvals {
            "approvals are not read here"
        } else if given.contains(tool) {
            continue;
        } else {
            "toolNames does not give the agent that tool, and the API refuses such an agent"
        };
        config.problems.push(Problem {
            kind: ProblemKind::VacuousApproval,
            subject: tool.clone(),
            reason: reason.to_owned(),
            location: location.clone(),
        });
    }
    if tools.is_empty() {
        let location = server.location(file);
        config.tools.push(ToolReference { source, tool: None, approval: unasked(), location });
        return;
    }
    for (tool, location) in tools {
        let listed = asked.iter().find(|(asked, _)| approvals && *asked == tool);
        let approval = listed.map_or_else(unasked, |(_, location)| Approval::Asked {
            location: location.clone(),
            reason: "requireApproval lists it".to_owned(),
            // The run pauses until someone answers; what follows when nobody
            // does is not written anywhere.
            fails: FailMode::Unknown,
        });
        let source = source.clone();
        config.tools.push(ToolReference { source, tool: Some(tool), approval, location });
    }
}
