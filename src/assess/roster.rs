//! Who is judged: every declared agent, and every agent that evidence shows and
//! nobody declared, so that hiding one lowers the headline.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    carriers,
    found::{Found, Sighting, in_clusters},
    own_pods,
};
use crate::{
    model::{
        agent::{AgentId, Tier},
        agent_config::{
            AgentConfig, Approval, Client, IamRole, Launch, Program, Scope, ToolSource, Transport,
        },
        declaration::DeclaredAgent,
        evidence::Evidence,
        kubernetes::objects::Workload,
        level::Level,
        location::Location,
        principal::Principal,
    },
    rubric::known::KnownAgents,
};

/// One agent to judge, with the configurations that are its own.
#[derive(Debug)]
pub struct Subject<'e> {
    /// `name@environment`, or the identity of an undeclared agent.
    pub id: AgentId,
    /// Name.
    pub name: String,
    /// Environment, of a declared agent.
    pub environment: Option<String>,
    /// Its declaration, if there is one.
    pub declaration: Option<&'e DeclaredAgent>,
    /// How much it matters.
    pub tier: Tier,
    /// The level it is meant to reach.
    pub ceiling: Option<Level>,
    /// The identities it acts as.
    pub principals: Vec<Principal>,
    /// Where it is declared, or first seen.
    pub location: Location,
    /// Its configurations, and those of tool servers that its own may name.
    pub configs: Vec<&'e AgentConfig>,
    /// How a cluster shows it; none for an agent that only a declaration, a
    /// configuration or a log tells of.
    pub sighting: Option<Sighting<'e>>,
    /// The workloads that it runs in, as far as the evidence shows them.
    pub workloads: Vec<&'e Workload>,
}

impl<'e> Subject<'e> {
    /// An agent that nobody declared: nothing is known of it but what is seen.
    fn undeclared(
        name: String,
        location: Location,
        principals: Vec<Principal>,
        configs: Vec<&'e AgentConfig>,
    ) -> Self {
        Self {
            id: AgentId::undeclared(&name),
            name,
            environment: None,
            declaration: None,
            tier: Tier::default(),
            ceiling: None,
            principals,
            location,
            configs,
            sighting: None,
            workloads: Vec::new(),
        }
    }

    /// Notes the account that it acts as in a cluster. A role beside it is reached
    /// through that account.
    fn acts_as(&mut self, found: &Found<'e>) {
        if let Some(principal) = &found.principal
            && !self.principals.contains(principal)
        {
            self.principals.push(principal.clone());
        }
    }

    /// Notes where a cluster shows it.
    fn seen(&mut self, found: &Found<'e>) {
        self.sighting.get_or_insert_with(|| found.sighting.clone());
        self.workloads.extend(found.workload);
    }
}

/// All agents: declared ones in their order, then undeclared ones by id.
#[must_use]
pub fn roster<'e>(
    declared: &'e [DeclaredAgent],
    evidence: &'e Evidence,
    known: &'e KnownAgents,
) -> Vec<Subject<'e>> {
    let shared: Vec<&AgentConfig> =
        evidence.configs.iter().filter(|config| !is_agent(config)).collect();
    let mut owned = vec![false; evidence.configs.len()];
    let mut subjects: Vec<Subject<'e>> = declared
        .iter()
        .map(|agent| {
            let mut configs = Vec::new();
            for (config, owned) in evidence.configs.iter().zip(&mut owned) {
                if is_agent(config) && owns(agent, config, evidence) {
                    *owned = true;
                    configs.push(config);
                }
            }
            configs.extend(named_by(&configs, &shared));
            let mut principals = agent.principals.clone();
            add_accounts(&configs, &mut principals);
            carriers::add_accounts(&configs, evidence, &mut principals);
            Subject {
                id: agent.id.clone(),
                name: agent.name.clone(),
                environment: Some(agent.environment.clone()),
                declaration: Some(agent),
                tier: agent.tier,
                ceiling: agent.ceiling,
                principals,
                location: agent.location.clone(),
                configs,
                sighting: None,
                workloads: Vec::new(),
            }
        })
        .collect();

    let mut strays: BTreeMap<String, Vec<&'e AgentConfig>> = BTreeMap::new();
    for (config, owned) in evidence.configs.iter().zip(&owned) {
        if is_agent(config) && !owned {
            strays.entry(stray_name(config, evidence)).or_default().push(config);
        }
    }
    subjects.extend(strays.into_iter().filter_map(|(name, mut configs)| {
        let location = configs.first()?.location.clone();
        configs.extend(named_by(&configs, &shared));
        let mut principals = Vec::new();
        add_accounts(&configs, &mut principals);
        carriers::add_accounts(&configs, evidence, &mut principals);
        Some(Subject::undeclared(name, location, principals, configs))
    }));
    add_found(&mut subjects, in_clusters(evidence, known), evidence);
    let running = Running::of(evidence);
    for subject in &mut subjects {
        running.add_to(subject);
        add_held_tokens(subject, evidence);
    }
    subjects.extend(seen_in_logs(&subjects, evidence));
    subjects
}

/// Gives what clusters show to the agents that it is, and adds what is left.
fn add_found<'e>(subjects: &mut Vec<Subject<'e>>, found: Vec<Found<'e>>, evidence: &'e Evidence) {
    let before = subjects.len();
    let homes = Homes::of(evidence, &found);
    // Agents that are resources, by cluster and product.
    let mut carried: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for found in found {
        // One that a controller made is the agent that the controller is.
        let may_be = if found.owned { subjects.len() } else { before };
        let place = &found.sighting.location;
        let at_home = homes.may_be_home(&found);
        let its = |subject: &Subject<'e>| {
            let account =
                found.principal.as_ref().filter(|_| at_home || subject.declaration.is_none());
            account.into_iter().chain(&found.role).any(|own| subject.principals.contains(own))
                || subject.configs.iter().any(|config| is_at(config, place))
                || (subject.declaration.is_none() && subject.name == found.name)
        };
        let carried_out = carried_out_by(&found, &carried);
        for at in &carried_out {
            if let Some(subject) = subjects.get_mut(*at) {
                subject.acts_as(&found);
                subject.seen(&found);
            }
        }
        if let Some((at, subject)) =
            subjects.iter_mut().enumerate().take(may_be).find(|(_, subject)| its(subject))
        {
            let is_shown = |config: &AgentConfig| is_at(config, place) || is_called(config, &found);
            for config in subject.configs.iter().filter(|config| acts(config) && is_shown(config)) {
                carried.entry((found.cluster, config.client.as_str())).or_default().push(at);
            }
            // Its role is declared, and what its account may do counts as well.
            subject.acts_as(&found);
            subject.seen(&found);
            continue;
        }
        if !carried_out.is_empty() {
            continue;
        }
        if found.owned && found.principal.is_none() {
            continue;
        }
        let mut subject = Subject::undeclared(
            free_name(&found, subjects),
            found.sighting.location.clone(),
            found.principal.iter().cloned().collect(),
            Vec::new(),
        );
        subject.seen(&found);
        subjects.push(subject);
    }
}

/// Whether a configuration stands where a cluster shows a resource.
fn is_at(config: &AgentConfig, place: &Location) -> bool {
    (&config.location.path, config.location.line) == (&place.path, place.line)
}

/// Whether an agent resource bears the name of what a cluster shows.
fn is_called(config: &AgentConfig, found: &Found<'_>) -> bool {
    config.identity.as_ref().is_some_and(|identity| {
        let namespace = identity.namespace.as_deref().unwrap_or("?");
        found.name == format!("{namespace}/{}", identity.name)
    })
}

/// Whether an agent resource has something done, asked for or not.
fn acts(config: &AgentConfig) -> bool {
    config.tools.iter().any(|tool| !matches!(tool.approval, Approval::Refused { .. }))
}

/// The agents among `carried` whose resources a workload of their cluster carries out:
/// what it does, it does for them.
fn carried_out_by(found: &Found<'_>, carried: &BTreeMap<(&str, &str), Vec<usize>>) -> Vec<usize> {
    let clients = found.workload.map(|_| found.sighting.known.acts_for.as_slice());
    clients
        .unwrap_or_default()
        .iter()
        .filter_map(|client| carried.get(&(found.cluster, client.as_str())))
        .flatten()
        .copied()
        .collect()
}

/// By account, the first cluster that shows something running as it, and what that
/// is called. A declaration tells no cluster, and an account of another cluster
/// has only its name in common.
struct Homes<'e>(BTreeMap<(String, String), (&'e str, BTreeSet<String>)>);

impl<'e> Homes<'e> {
    fn of(evidence: &'e Evidence, found: &[Found<'e>]) -> Self {
        let mut homes = Self(BTreeMap::new());
        for cluster in &evidence.clusters {
            for workload in cluster.workloads.iter().filter(|workload| !workload.owned) {
                if let Some(namespace) = workload.scope.namespace() {
                    let account = (namespace.to_owned(), workload.service_account.to_string());
                    homes.add(account, &cluster.source, format!("{namespace}/{}", workload.name));
                }
            }
            for found in found.iter().filter(|found| found.cluster == &*cluster.source) {
                if let (false, Some(account)) = (found.owned, account_of(found)) {
                    homes.add(account, &cluster.source, found.name.clone());
                }
            }
        }
        homes
    }

    fn add(&mut self, account: (String, String), cluster: &'e str, name: String) {
        let (home, names) = self.0.entry(account).or_insert_with(|| (cluster, BTreeSet::new()));
        if *home == cluster {
            names.insert(name);
        }
    }

    /// Whether what was found may be what a declaration of its account means: it is
    /// in the first cluster, or is called as something is there.
    fn may_be_home(&self, found: &Found<'_>) -> bool {
        let Some((home, names)) = account_of(found).and_then(|account| self.0.get(&account)) else {
            return true;
        };
        // What a controller made bears its controller's name and more.
        let made = |name: &String| {
            found.owned && found.name.strip_prefix(name).is_some_and(|rest| rest.starts_with('-'))
        };
        *home == found.cluster || names.iter().any(|name| *name == found.name || made(name))
    }
}

fn account_of(found: &Found<'_>) -> Option<(String, String)> {
    match &found.principal {
        Some(Principal::ServiceAccount { namespace, name }) => {
            Some((namespace.clone(), name.clone()))
        }
        _ => None,
    }
}

/// A name that no other agent has: that of its workload, with its kind and
/// cluster where another is called the same.
fn free_name(found: &Found<'_>, subjects: &[Subject<'_>]) -> String {
    let kind = found.workload.map_or("resource", |workload| &workload.kind);
    let longer = format!("{} ({kind} in {})", found.name, found.cluster);
    let numbered = (2..).map(|number: usize| format!("{longer} {number}"));
    let taken = |name: &String| subjects.iter().any(|subject| subject.id.as_str() == name);
    [found.name.clone(), longer.clone()]
        .into_iter()
        .chain(numbered)
        .find(|name| !taken(name))
        .unwrap_or(longer)
}

/// Workloads by the name of the account they run as.
struct Running<'e>(BTreeMap<&'e str, Vec<&'e Workload>>);

impl<'e> Running<'e> {
    fn of(evidence: &'e Evidence) -> Self {
        let mut running: BTreeMap<&str, Vec<&Workload>> = BTreeMap::new();
        for workload in evidence.clusters.iter().flat_map(|cluster| &cluster.workloads) {
            running.entry(&workload.service_account).or_default().push(workload);
        }
        Self(running)
    }

    /// Adds to an agent the workloads that run as it, unless a cluster shows which
    /// are its own. Those that a controller made count where nothing else does.
    fn add_to(&self, subject: &mut Subject<'e>) {
        if subject.declaration.is_none() && !subject.workloads.is_empty() {
            return;
        }
        let mut workloads: Vec<&Workload> = Vec::new();
        for principal in &subject.principals {
            if let Principal::ServiceAccount { namespace, name } = principal {
                let its = self.0.get(name.as_str()).into_iter().flatten();
                workloads.extend(its.filter(|workload| workload.scope.may_be_in(namespace)));
            }
        }
        if workloads.iter().any(|workload| !workload.owned) {
            workloads.retain(|workload| !workload.owned);
        }
        subject.workloads = workloads;
    }
}

/// Adds the accounts whose tokens stand in Secrets that an agent's pods can read:
/// it is each of them, declared or not.
fn add_held_tokens(subject: &mut Subject<'_>, evidence: &Evidence) {
    for secret in own_pods::held_tokens(&subject.workloads, evidence) {
        if let (Some(namespace), Some(name)) = (secret.scope.namespace(), &secret.service_account) {
            let account = Principal::ServiceAccount {
                namespace: namespace.to_owned(),
                name: name.to_string(),
            };
            if !subject.principals.contains(&account) {
                subject.principals.push(account);
            }
        }
    }
}

/// Whether a configuration is an agent's own, rather than that of a tool server
/// or model which agents refer to.
fn is_agent(config: &AgentConfig) -> bool {
    match (&config.client, &config.identity) {
        (Client::Kagent, Some(identity)) => matches!(
            identity.kind.as_str(),
            "Agent" | "SandboxAgent" | "AgentTemplate" | "Harness" | "AgentHarness"
        ),
        (Client::Kagent, None) | (Client::ToolServer, _) => false,
        _ => true,
    }
}

/// The tool servers that an agent's own configurations name.
fn named_by<'e>(own: &[&AgentConfig], shared: &[&'e AgentConfig]) -> Vec<&'e AgentConfig> {
    let named: BTreeSet<&str> = own
        .iter()
        .flat_map(|config| &config.tools)
        .filter_map(|tool| match &tool.source {
            ToolSource::Server { name, .. } => Some(name.as_str()),
            ToolSource::Agent(_) | ToolSource::BuiltIn(_) | ToolSource::Function { .. } => None,
        })
        .collect();
    let started = |code: &AgentConfig| {
        own.iter().flat_map(|config| &config.servers).any(|server| match &server.transport {
            Transport::Stdio(Launch { program: Program::PythonFile(file), .. }) => {
                *code.location.path == **file
            }
            Transport::Stdio(_) | Transport::Http { .. } | Transport::Unreadable => false,
        })
    };
    shared
        .iter()
        .copied()
        .filter(|config| {
            let by_name = || config.identity.as_ref().is_some_and(|own| named.contains(&*own.name));
            if config.client == Client::ToolServer { started(config) } else { by_name() }
        })
        .collect()
}

/// Whether a declared agent owns a configuration: by path, or because it runs
/// as one of its principals. The folder of the whole workspace names no one's
/// agents: an agent resource in it is somebody's only by its principal.
fn owns(agent: &DeclaredAgent, config: &AgentConfig, evidence: &Evidence) -> bool {
    let mut accounts =
        carriers::accounts(config, evidence).into_iter().chain(acts_on_aws_as(config));
    if accounts.any(|account| agent.principals.contains(&account)) {
        return true;
    }
    match runs_as(config) {
        Some(principal) if agent.principals.contains(&principal) => true,
        Some(_) if agent.configs.iter().any(|own| own == "./" || own == ".") => false,
        _ => agent.owns_config(&config.location.path),
    }
}

/// The ServiceAccount that an agent resource runs as. kagent makes one named
/// after the agent where the resource names none.
fn runs_as(config: &AgentConfig) -> Option<Principal> {
    let identity = config.identity.as_ref()?;
    let made = (config.client == Client::Kagent).then(|| identity.name.clone());
    Some(Principal::ServiceAccount {
        namespace: identity.namespace.clone()?,
        name: identity.service_account.clone().or(made)?,
    })
}

/// The IAM roles that an agent's own description names.
fn acts_on_aws_as(config: &AgentConfig) -> impl Iterator<Item = Principal> {
    let roles = config.identity.iter().flat_map(|identity| &identity.roles);
    roles.filter_map(|role| match role {
        IamRole::Arn(arn) => Some(Principal::Aws(arn.clone())),
        IamRole::OfSomeAccount(_) | IamRole::Unknown(_) => None,
    })
}

/// Adds what an agent's resources run as, and the tool servers that they name,
/// where those name an account: it counts, declared or not.
fn add_accounts(configs: &[&AgentConfig], principals: &mut Vec<Principal>) {
    for config in configs {
        let names_it = config.identity.as_ref().is_some_and(|id| id.service_account.is_some());
        let account = runs_as(config).filter(|_| is_agent(config) || names_it);
        for account in account.into_iter().chain(acts_on_aws_as(config)) {
            if !principals.contains(&account) {
                principals.push(account);
            }
        }
    }
}

/// What an undeclared agent is called: `namespace/name` of its resource or of the object
/// that carries its configuration, the file that
/// describes it, the file of code that makes it, with all others that it makes, or the
/// folder whose client configuration it is.
fn stray_name(config: &AgentConfig, evidence: &Evidence) -> String {
    let path = &*config.location.path;
    let made_in = config.tools.iter().find_map(|tool| match &tool.source {
        ToolSource::Agent(name) => Some(name.split_once(".py:")?.0),
        _ => None,
    });
    if let Some(code) = path.strip_suffix(".py").or(made_in) {
        return code.to_owned();
    }
    if let Some(identity) = config.identity.as_ref().filter(|_| config.client != Client::CrewAi) {
        if config.scope != Scope::Cluster {
            return path.rsplit_once('.').map_or(path, |(stem, _)| stem).to_owned();
        }
        let namespace = identity.namespace.as_deref().unwrap_or("?");
        return format!("{namespace}/{}", identity.name);
    }
    // Two that lie in one folder are two agents: neither restricts the other.
    if let Some(name) = carriers::name(config, evidence) {
        return name;
    }
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let folder = [".claude", ".claude-plugin", ".cursor", ".vscode", ".github/workflows"]
        .iter()
        .find_map(|hidden| folder.strip_suffix(hidden))
        .unwrap_or(folder)
        .trim_end_matches('/');
    if folder.is_empty() { format!("{} in .", config.client.as_str()) } else { folder.to_owned() }
}

/// Identities that called as an MCP server does and that no agent has. What a
/// client says of itself can be forged, so this only ever adds agents.
fn seen_in_logs<'e>(subjects: &[Subject<'e>], evidence: &'e Evidence) -> Vec<Subject<'e>> {
    let mut found = Vec::new();
    for (principal, seen) in &evidence.activity.principals {
        let known = subjects.iter().any(|subject| subject.principals.contains(principal));
        if known || !seen.user_agents.iter().any(|(agent, _)| says_it_is_mcp(agent)) {
            continue;
        }
        let place = seen.actions.values().find_map(|record| {
            record
                .done
                .examples
                .places()
                .chain(record.unclear.examples.places())
                .chain(record.denied.examples.places())
                .next()
        });
        let Some(location) = place else { continue };
        found.push(Subject::undeclared(
            principal.to_string(),
            location,
            vec![principal.clone()],
            Vec::new(),
        ));
    }
    found
}

/// Whether a user agent names an MCP server.
fn says_it_is_mcp(user_agent: &str) -> bool {
    let lower = user_agent.to_ascii_lowercase();
    lower.contains("mcp-server") || lower.contains("mcp#")
}
