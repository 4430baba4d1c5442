//! Facts about configurations that no gate changes: what runs in which
//! version, over which connection, with which secrets; hooks and telemetry.

use super::{
    hooks,
    layer::{JournalView, ModelView, Noted, ServerView},
    loaders,
    merge::Findings,
    observe::Observation,
};
use crate::{
    model::{
        agent_config::{
            AgentConfig, Asked, Change, Client, Decision, Hook, ListedKind, Pin, ProblemKind,
            Program, RuleTarget, Server, ServerState, SwitchKind, Transport,
        },
        capability::Grant,
    },
    rubric::servers::{ClientRule, ModelPin, ServerRules},
};

pub(super) fn read(configs: &[&AgentConfig], rules: &ServerRules, findings: &mut Findings) {
    for config in configs {
        for server in &config.servers {
            of_server(config, server, rules, findings);
        }
        for asked in &config.asked {
            drift(config, asked, findings);
        }
        for server in &config.servers {
            approval(config, server, findings);
        }
        for secret in &config.secrets {
            findings.literal_secrets.push(Noted {
                name: secret.place.clone(),
                detail: format!("{}, {}", secret.kind, secret.digest),
                location: secret.location.clone(),
            });
            findings.observations.push(
                Observation::new("secret", &secret.place, secret.kind, &secret.location)
                    .with("kind", secret.kind),
            );
        }
        for problem in &config.problems {
            findings.observations.push(
                Observation::new("problem", &problem.subject, &problem.reason, &problem.location)
                    .with("problem", problem.kind.as_str()),
            );
        }
        if hooks::run(config, configs) {
            let whole = hooks::see_everything(config, configs);
            for hook in &config.hooks {
                if rules.messages.reaches_nobody(&hook.errand) {
                    findings.observations.push(
                        Observation::new(
                            "problem",
                            format!("hook of {}", hook.event),
                            "the address that it sends to is empty or only stands for one, so \
                             nobody is told; name the channel's address",
                            &hook.location,
                        )
                        .with("problem", ProblemKind::IgnoredValue.as_str()),
                    );
                }
                of_hook(hook, whole, rules.client(config.client.as_str()), findings);
            }
        }
        telemetry(config, findings);
        let in_force = config.bounds.iter().filter(|_| config.rejected.is_none());
        findings.bounds.extend(in_force.map(|bound| Noted {
            name: bound.setting.clone(),
            detail: bound.of.describe().to_owned(),
            location: bound.location.clone(),
        }));
        for part in &config.elsewhere {
            if !configs.iter().any(|other| part.is(other)) {
                findings.gap(&part.location, part.describe());
            }
        }
        for named in config.models.iter().filter(|_| config.rejected.is_none()) {
            let floats = match rules.models.pin(&named.name) {
                ModelPin::Fixed => Some(false),
                ModelPin::Floating => Some(true),
                ModelPin::Unknown => None,
            };
            findings.models.push(ModelView {
                name: named.name.clone(),
                floats,
                location: named.location.clone(),
            });
        }
    }
    unseen_servers(configs, findings);
}

/// Servers that settings speak of and no configuration declares: their list was
/// not given, or could not be read, and what their tools do is unknown.
fn unseen_servers(configs: &[&AgentConfig], findings: &mut Findings) {
    let declared = |name: &str| {
        configs.iter().flat_map(|config| &config.servers).any(|server| server.name == name)
    };
    for config in configs.iter().filter(|config| config.client != Client::Kagent) {
        let trusted = config.switches.iter().filter_map(|switch| match &switch.kind {
            SwitchKind::TrustServer(name) => Some((name, &switch.location)),
            _ => None,
        });
        let ruled = config.rules.iter().filter_map(|rule| match (&rule.target, rule.decision) {
            (RuleTarget::Mcp { server, .. }, Decision::Allow | Decision::Ask) => {
                Some((server, &rule.location))
            }
            _ => None,
        });
        for (name, location) in trusted.chain(ruled) {
            if !name.contains('*') && !declared(name) {
                findings.gap(
                    location,
                    format!("server {name} is named here, and no configuration declares it"),
                );
            }
        }
    }
}

/// What gives a server's tools.
pub(super) fn server_grant(server: &Server) -> Grant {
    Grant {
        description: format!("server {} ({})", server.name, runs(server)),
        location: server.location.clone(),
        cut_at: None,
    }
}

fn runs(server: &Server) -> String {
    match &server.transport {
        Transport::Stdio(launch) => match &launch.pin {
            Pin::Exact(version) | Pin::Floating(version) => {
                format!("{} {version}", launch.program.describe())
            }
            Pin::Digest | Pin::Absent | Pin::Installed => launch.program.describe(),
        },
        Transport::Http { url: Some(url), .. } => url.to_string(),
        Transport::Http { url: None, .. } => "a URL that cannot be read".to_owned(),
        Transport::Unreadable => "nothing that can be read".to_owned(),
    }
}

fn of_server(config: &AgentConfig, server: &Server, rules: &ServerRules, findings: &mut Findings) {
    let rule = rules.recognise(server);
    let enabled = server.state == ServerState::Enabled;
    let (pin, local, opaque) = match &server.transport {
        Transport::Stdio(launch) => {
            let opaque = match &launch.program {
                Program::Opaque(_) => true,
                Program::PythonFile(file) => !findings.coded.contains_key(file),
                Program::Npm(_) | Program::PyPi(_) | Program::Image(_) | Program::Binary(_) => {
                    false
                }
            };
            (launch.pin.as_str(), true, opaque)
        }
        Transport::Http { .. } => ("remote", false, false),
        Transport::Unreadable => ("absent", true, true),
    };
    if local && enabled && config.client != Client::Kagent {
        findings.sole.local_server();
    }
    if rule.is_some_and(|rule| rule.credential == "database") {
        findings.databases.insert(server.name.clone());
    }
    loaders::note(server, rules, findings);
    for rule in rule.iter().filter(|_| enabled) {
        let kept = rule.journals.iter().filter(|own| own.is_kept(server, &rule.switches));
        findings.journals.extend(kept.map(|own| JournalView {
            server: server.name.clone(),
            keeps: own.keeps.clone(),
            place: own.place.clone(),
            prior_state: own.prior_state,
            location: server.location.clone(),
        }));
    }
    let runs = runs(server);
    // What is installed on the machine is whatever was installed last.
    if matches!(pin, "absent" | "floating" | "installed") {
        findings.unpinned.push(Noted {
            name: server.name.clone(),
            detail: runs.clone(),
            location: server.location.clone(),
        });
    }
    let plain = match &server.transport {
        Transport::Http { url, .. } => url.as_ref().is_some_and(|url| url.is_plain_http()),
        Transport::Stdio(_) | Transport::Unreadable => false,
    };
    findings.observations.push(
        Observation::new("server", &server.name, &runs, &server.location)
            .with("known", rule.is_some())
            .with("pin", pin)
            .with("plainHttp", plain)
            .with("enabled", enabled)
            .with("opaque", opaque)
            .with("client", config.client.as_str()),
    );
    findings.servers.push(ServerView {
        name: server.name.clone(),
        catalogue: rule.map(|rule| rule.id.clone()),
        credential: rule.map(|rule| rule.credential.clone()),
        runs,
        pin: pin.to_owned(),
        enabled,
        client: config.client.as_str().to_owned(),
        location: server.location.clone(),
    });
}

/// What a server offers otherwise than somebody last saw it.
fn drift(config: &AgentConfig, asked: &Asked, findings: &mut Findings) {
    let server = config.servers.iter().find(|server| server.location == asked.server);
    let Some(server) = server else { return };
    for drift in &asked.drift {
        let kind = drift.kind.as_str();
        let detail = match drift.change {
            Change::Added => format!("new {kind} {}", drift.name),
            Change::Removed => format!("{kind} {} is gone", drift.name),
            Change::Text => format!("another description of {kind} {}", drift.name),
            Change::Schema => format!("other arguments of {kind} {}", drift.name),
            Change::Hints => format!("other claims about {kind} {}", drift.name),
        };
        findings.observations.push(
            Observation::new("drift", &server.name, detail, &server.location)
                .of_tool(&drift.name)
                .with("kind", kind)
                .with("change", drift.change.as_str()),
        );
    }
}

/// Notes whether the tools of a server in use are the ones that are kept of an earlier run.
fn approval(config: &AgentConfig, server: &Server, findings: &mut Findings) {
    if server.state != ServerState::Enabled {
        return;
    }
    let noted =
        |name: String, detail: String| Noted { name, detail, location: server.location.clone() };
    let asked = config.asked.iter().find(|asked| asked.server == server.location);
    let drifted = asked.iter().flat_map(|asked| &asked.drift).filter(|own| {
        let defines = matches!(own.change, Change::Added | Change::Text | Change::Schema);
        own.kind == ListedKind::Tool && defines
    });
    findings
        .drifted
        .extend(drifted.map(|own| noted(format!("{}: {}", server.name, own.name), String::new())));
    let why = match asked {
        None => Some("no list of its tools is kept".to_owned()),
        Some(asked) if !asked.approved => {
            Some("its tools were listed in this run for the first time".to_owned())
        }
        Some(asked) if !asked.listing.all_tools => {
            Some("the list of its tools broke off".to_owned())
        }
        Some(asked) if !asked.listing.is_whole(&server.transport) => Some(format!(
            "its tools were listed on {}, and another version may run today",
            asked.listing.listed_at.get(..10).unwrap_or("another day")
        )),
        Some(_) => None,
    };
    findings.unapproved.extend(why.map(|why| noted(server.name.clone(), why)));
}

/// Notes a hook; one that does not see the `whole` of what its client does is no evidence
/// that anything is seen.
fn of_hook(hook: &Hook, whole: bool, client: Option<&ClientRule>, findings: &mut Findings) {
    let Some(events) = client.map(|rule| &rule.hooks) else { return };
    let blocks = events.before.contains(&hook.event);
    if !blocks && !events.seen.contains(&hook.event) {
        return;
    }
    let matcher = hook.matcher.as_deref().unwrap_or("every tool");
    let fails = match (blocks && hook.waits, hook.fails_closed) {
        (true, true) => ", blocks when it fails",
        (true, false) => ", lets pass when it fails",
        (false, _) => "",
    };
    if whole {
        findings.hooks.push(Noted {
            name: hook.event.clone(),
            detail: format!("{} hook for {matcher}{fails}", hook.kind),
            location: hook.location.clone(),
        });
    }
    let fails_open = blocks && !(hook.fails_closed && hook.waits);
    findings.observations.push(
        Observation::new("hook", &hook.event, matcher, &hook.location)
            .with("event", &hook.event)
            .with("failsOpen", fails_open),
    );
}

/// Telemetry that is in force: where a client has a switch of its own, exporters
/// count only where that is on.
fn telemetry(config: &AgentConfig, findings: &mut Findings) {
    let on = config.client != Client::ClaudeCode
        || config
            .telemetry
            .iter()
            .any(|setting| setting.name == "CLAUDE_CODE_ENABLE_TELEMETRY" && setting.enabled);
    if !on || config.rejected.is_some() {
        return;
    }
    for setting in config.telemetry.iter().filter(|setting| setting.enabled) {
        findings.telemetry.push(Noted {
            name: setting.name.clone(),
            detail: format!("{} settings", config.scope.as_str()),
            location: setting.location.clone(),
        });
    }
}
