//! What one agent holds: the reach of each credential and its tool layer.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, OnceLock},
};

use super::exposed::{Exposed, WeakSpots};
use crate::{
    model::{
        agent_config::{AgentConfig, Client, IamRole},
        aws::AccountSnapshot,
        capability::{Capability, Reach, RiskHit},
        coverage::Gap,
        evidence::Evidence,
        guardrail::Guardrail,
        principal::Principal,
    },
    privilege::{
        iam::Evaluator,
        link::{Beyond, Givers, Way},
        rbac::{self, Identity, Touch},
        tools::{self, SolePath, ToolLayer},
    },
    rubric::{
        agents::AgentRisks, aws::AwsRules, findings::FindingRules, known::KnownAgents,
        kubernetes::KubernetesRules, oversight::OversightRules, servers::ServerRules,
    },
};

/// The rules that the engines go by. Those of a plane are read only where there
/// is evidence of it.
#[derive(Debug, Default)]
pub struct EngineRules {
    /// Kubernetes.
    pub kubernetes: Option<KubernetesRules>,
    /// AWS.
    pub aws: Option<AwsRules>,
    /// Agents as clusters show them; none where there is no cluster.
    pub known: KnownAgents,
    /// MCP servers, clients, and the risks of their configurations.
    pub agents: Option<(ServerRules, AgentRisks)>,
    /// What gradus finds itself.
    pub findings: FindingRules,
    /// What logs show of oversight; none where there is no log.
    pub oversight: OversightRules,
}

/// The evidence, ready to be asked about one identity after the other.
#[derive(Debug)]
pub struct Estate<'e> {
    pub(super) evidence: &'e Evidence,
    pub(super) rules: &'e EngineRules,
    /// One for each cluster, where there are rules to judge it by.
    pub(super) clusters: Vec<rbac::Evaluator<'e>>,
    /// One for each account, where there are rules to judge it by.
    pub(super) accounts: Vec<(&'e AccountSnapshot, Evaluator<'e>)>,
    /// By cluster, what gives roles to its ServiceAccounts; read when it is first needed.
    pub(super) givers: Vec<OnceLock<Givers<'e>>>,
    /// Roles that some cluster knows; found when they are first needed.
    pub(super) known_roles: OnceLock<Vec<&'e str>>,
    /// What stands behind roles that paths lead to, once it was asked for.
    pub(super) beyond: RefCell<BTreeMap<String, Vec<Beyond>>>,
}

impl<'e> Estate<'e> {
    /// Indexes the evidence.
    #[must_use]
    pub fn new(evidence: &'e Evidence, rules: &'e EngineRules) -> Self {
        let cluster = |cluster| Some(rbac::Evaluator::new(cluster, rules.kubernetes.as_ref()?));
        let evaluator = |account| Some((account, Evaluator::new(account, rules.aws.as_ref()?)));
        Self {
            evidence,
            rules,
            clusters: evidence.clusters.iter().filter_map(cluster).collect(),
            accounts: evidence.accounts.iter().filter_map(evaluator).collect(),
            givers: evidence.clusters.iter().map(|_| OnceLock::new()).collect(),
            known_roles: OnceLock::new(),
            beyond: RefCell::default(),
        }
    }

    /// Controls of the clusters that are there and cannot work, whoever calls.
    /// Where there are several clusters, the reason names the one.
    #[must_use]
    pub fn defects(&self) -> Vec<Guardrail> {
        self.clusters
            .iter()
            .flat_map(|cluster| {
                let place = self.place_of(cluster);
                cluster.defects().into_iter().map(move |mut defect| {
                    if let Some(place) = &place {
                        defect.reason = format!("{}, {place}", defect.reason);
                    }
                    defect
                })
            })
            .collect()
    }

    /// What is wrong with each cluster as a whole, with the source of its
    /// evidence. Where there are several clusters, the message names the one.
    #[must_use]
    pub fn cluster_risks(&self) -> Vec<(Arc<str>, RiskHit)> {
        self.clusters
            .iter()
            .flat_map(|cluster| {
                let source = cluster.index().source();
                let place = self.place_of(cluster);
                cluster.cluster_risks().into_iter().map(move |mut risk| {
                    if let Some(place) = &place {
                        risk.message = format!("{place}, {}", risk.message);
                    }
                    (Arc::clone(source), risk)
                })
            })
            .collect()
    }

    /// What is wrong with each account as a whole, with the file that tells of it.
    #[must_use]
    pub fn account_risks(&self) -> Vec<(Arc<str>, RiskHit)> {
        self.accounts
            .iter()
            .flat_map(|(_, evaluator)| evaluator.account_risks(&self.evidence.eks))
            .filter_map(|risk| Some((Arc::clone(&risk.grants.first()?.location.path), risk)))
            .collect()
    }

    /// `in cluster prod`; nothing where it is the only one.
    fn place_of(&self, cluster: &rbac::Evaluator<'_>) -> Option<String> {
        let several = self.clusters.len() > 1;
        several.then(|| format!("in {}", name_of(cluster)))
    }

    /// What an agent with these identities and configurations holds.
    #[must_use]
    pub fn holdings(&self, principals: &[Principal], configs: &[&AgentConfig]) -> Holdings {
        let mut holdings = Holdings::default();
        if principals.is_empty() {
            holdings.unseen.push("no principal of it is declared or seen".to_owned());
        }
        holdings.unseen.extend(configs.iter().flat_map(|config| untold_roles(config)));
        let has_members = principals.iter().any(|principal| {
            matches!(principal, Principal::KubernetesUser(_) | Principal::ServiceAccount { .. })
        });
        for principal in principals {
            match principal {
                Principal::Aws(arn) => {
                    self.aws(arn, &Way::none(), &mut holdings);
                    self.used(arn, principals, &mut holdings);
                }
                Principal::KubernetesGroup(_) if has_members => {}
                Principal::KubernetesUser(_)
                | Principal::KubernetesGroup(_)
                | Principal::ServiceAccount { .. } => {
                    self.kubernetes(principal, principals, &mut holdings);
                }
            }
        }
        self.onward(principals, &mut holdings);
        if let Some((servers, risks)) = &self.rules.agents
            && !configs.is_empty()
        {
            let layer = tools::effective(configs, servers, risks);
            undeclared_credentials(&layer, principals, &mut holdings);
            holdings.tools = Some(layer);
        }
        holdings
    }

    /// What an agent with these identities may touch of workloads.
    #[must_use]
    pub fn exposed(&self, principals: &[Principal], spots: &[WeakSpots<'_>]) -> Exposed {
        let mut exposed = Exposed::default();
        for principal in principals {
            let Some((identity, clusters)) = self.in_clusters(principal, principals) else {
                continue;
            };
            for (number, cluster) in clusters {
                if let Some(spots) = spots.get(number) {
                    let closure = cluster.closure(&identity);
                    spots.reached(&Touch::of(&closure), &mut exposed);
                }
            }
        }
        exposed
    }

    /// The evidence itself.
    #[must_use]
    pub fn evidence(&self) -> &'e Evidence {
        self.evidence
    }

    /// The cluster of that number; see [`InCluster`].
    #[must_use]
    pub fn cluster(&self, number: usize) -> Option<&rbac::Evaluator<'e>> {
        self.clusters.get(number)
    }

    /// The account that has the user or role of that ARN.
    #[must_use]
    pub fn account_with(&self, arn: &str) -> Option<(&'e AccountSnapshot, &Evaluator<'e>)> {
        let mut accounts = self.accounts.iter();
        accounts.find(|(_, e)| e.held(arn).is_some()).map(|(account, e)| (*account, e))
    }

    /// The rules of the AWS plane, where there is evidence of it.
    #[must_use]
    pub fn aws_rules(&self) -> Option<&'e AwsRules> {
        self.rules.aws.as_ref()
    }

    /// A principal as its clusters know it, with the groups that are declared
    /// beside it, and those clusters by number; none where no cluster tells of it.
    #[must_use]
    pub fn in_clusters(
        &self,
        principal: &Principal,
        declared: &[Principal],
    ) -> Option<(Identity, Vec<(usize, &rbac::Evaluator<'e>)>)> {
        // A group adds to the identities it is declared with; alone it is one.
        let groups: Vec<String> = declared
            .iter()
            .filter_map(|principal| match principal {
                Principal::KubernetesGroup(name) => Some(name.clone()),
                _ => None,
            })
            .collect();
        let identity = Identity::of(principal).map(|identity| match principal {
            Principal::KubernetesGroup(_) => identity,
            _ if groups.is_empty() => identity,
            _ => identity.with_groups(groups),
        })?;
        if self.clusters.is_empty() {
            return None;
        }
        // An account of one cluster is not asked for in the others.
        let knows = |cluster: &rbac::Evaluator<'_>| match principal {
            Principal::ServiceAccount { namespace, name } => {
                cluster.index().knows_account(namespace, name)
            }
            _ => true,
        };
        let may_know = |cluster: &rbac::Evaluator<'_>| match principal {
            Principal::ServiceAccount { namespace, name } => {
                cluster.index().may_know_account(namespace, name)
            }
            _ => true,
        };
        let anywhere = self.clusters.iter().any(knows);
        let clusters = self.clusters.iter().enumerate();
        Some((identity, clusters.filter(|(_, cluster)| !anywhere || may_know(cluster)).collect()))
    }

    fn kubernetes(&self, principal: &Principal, declared: &[Principal], holdings: &mut Holdings) {
        let Some((identity, clusters)) = self.in_clusters(principal, declared) else {
            holdings.unseen.push(format!("no cluster objects tell what {principal} may do"));
            return;
        };
        for (number, cluster) in clusters {
            holdings.in_clusters.push(InCluster {
                cluster: number,
                identity: identity.clone(),
                mapped: None,
                credential: holdings.credentials.len(),
            });
            holdings.credentials.push(cluster.reach(&identity));
            if let Principal::ServiceAccount { namespace, name } = principal {
                self.roles(number, (namespace, name), &Way::none(), holdings);
            }
        }
    }
}

/// `cluster prod` where EKS names it, else `the cluster of gradus.yaml:9:17`, as
/// evidence calls its source.
pub(super) fn name_of(cluster: &rbac::Evaluator<'_>) -> String {
    let eks = cluster.index().snapshot().eks_cluster.as_ref();
    match eks.filter(|eks| !eks.name.is_empty()) {
        Some(eks) => format!("cluster {}", eks.name),
        None => format!("the cluster of {}", cluster.index().source()),
    }
}

/// The roles of an agent's description whose rights no principal tells of for certain.
fn untold_roles(config: &AgentConfig) -> impl Iterator<Item = String> {
    let roles = config.identity.iter().flat_map(|identity| &identity.roles);
    roles.filter_map(|role| match role {
        IamRole::Arn(_) => None,
        IamRole::OfSomeAccount(name) => Some(format!(
            "which account its role {name} is in is decided when the stack is made ({})",
            config.location
        )),
        IamRole::Unknown(why) => Some(format!("{why} ({})", config.location)),
    })
}

/// Notes servers that act with a credential which no principal of the agent
/// tells of: what they may do is then unknown.
fn undeclared_credentials(layer: &ToolLayer, principals: &[Principal], holdings: &mut Holdings) {
    let on_aws = |principal: &Principal| matches!(principal, Principal::Aws(_));
    for server in &layer.servers {
        let (declared, plane) = match server.credential.as_deref() {
            Some("kubernetes") => (principals.iter().any(|p| !on_aws(p)), "a Kubernetes"),
            Some("aws") => (!holdings.given.is_empty() || principals.iter().any(on_aws), "an AWS"),
            _ => continue,
        };
        if !declared {
            holdings.unseen.push(format!(
                "server {} acts with {plane} credential, and no principal of the agent tells \
                 which ({})",
                server.name, server.location
            ));
        }
    }
}

/// An identity of a cluster, and where its reach stands.
#[derive(Debug, Clone)]
pub struct InCluster {
    /// The cluster's number in the [`Estate`].
    pub cluster: usize,
    /// As whom.
    pub identity: Identity,
    /// The ARN of the AWS principal that it is there, if it is one.
    pub mapped: Option<String>,
    /// The position of its reach among the credentials.
    pub credential: usize,
}

/// A principal of an account, and where its reach stands.
#[derive(Debug, Clone)]
pub struct InAccount {
    /// Its ARN.
    pub arn: String,
    /// The position of its reach among the credentials.
    pub credential: usize,
}

/// What one agent holds.
#[derive(Debug, Default)]
pub struct Holdings {
    /// One for each identity and source of evidence.
    pub credentials: Vec<Reach>,
    /// Those of the credentials that are of clusters.
    pub in_clusters: Vec<InCluster>,
    /// Those of the credentials that are of principals of an account.
    pub in_accounts: Vec<InAccount>,
    /// Identities that no evidence tells of, each with why.
    pub unseen: Vec<String>,
    /// The roles that pods of its ServiceAccounts are certainly given, by ARN.
    pub(super) given: BTreeSet<String>,
    /// IAM identities already looked at, and the way to each.
    pub(super) asked: BTreeMap<String, Way>,
    /// Its clients and servers, where any configuration of it was found.
    pub tools: Option<ToolLayer>,
}

impl Holdings {
    /// All capabilities of the credentials.
    pub fn credential_capabilities(&self) -> impl Iterator<Item = &Capability> {
        self.credentials.iter().flat_map(|reach| &reach.capabilities)
    }

    /// All risks of the credentials.
    pub fn credential_risks(&self) -> impl Iterator<Item = &RiskHit> {
        self.credentials.iter().flat_map(|reach| &reach.risks)
    }

    /// All capabilities of the tool layer.
    pub fn tool_capabilities(&self) -> impl Iterator<Item = &Capability> {
        self.tools.iter().flat_map(|layer| &layer.capabilities)
    }

    /// Tools that act with the credential which the agent's principals are.
    pub fn shared_credential_tools(&self) -> impl Iterator<Item = &Capability> {
        self.tool_capabilities().filter(|tool| !self.has_own_credential(tool))
    }

    /// Tools that act with a credential of their own, of another system.
    pub fn own_credential_tools(&self) -> impl Iterator<Item = &Capability> {
        self.tool_capabilities().filter(|tool| self.has_own_credential(tool))
    }

    /// Whether a tool acts by itself, whatever the agent's principals may do: a
    /// tool of the client (a shell changes more than a cluster), one of a server
    /// that runs elsewhere as somebody else (kagent's, a remote one), and one of
    /// a server that acts with another system's credential, or may, since
    /// nothing is known of it.
    fn has_own_credential(&self, tool: &Capability) -> bool {
        let mut servers = self
            .tools
            .iter()
            .flat_map(|layer| &layer.servers)
            .filter(|server| server.name == tool.scope)
            .peekable();
        servers.peek().is_none()
            || servers.any(|server| {
                server.client == Client::Kagent.as_str()
                    || server.pin == "remote"
                    || !matches!(server.credential.as_deref(), Some("kubernetes" | "aws"))
            })
    }

    /// All risks of the tool layer.
    pub fn tool_risks(&self) -> impl Iterator<Item = &RiskHit> {
        self.tools.iter().flat_map(|layer| &layer.risks)
    }

    /// What could not be decided about the credentials.
    pub fn credential_gaps(&self) -> impl Iterator<Item = &Gap> {
        self.credentials.iter().flat_map(|reach| &reach.gaps)
    }

    /// Whether the tool layer is the only way to the credential.
    #[must_use]
    pub fn tools_are_sole_path(&self) -> bool {
        self.tools.as_ref().is_some_and(|layer| matches!(layer.sole_path, SolePath::Yes))
    }

    /// The capabilities that count: those of the tool layer where it is the
    /// sole path to the credential, else those of the credential, and of tools
    /// that carry a credential of their own.
    #[must_use]
    pub fn effective(&self) -> Vec<&Capability> {
        if self.tools_are_sole_path() {
            return self.tool_capabilities().collect();
        }
        self.credential_capabilities().chain(self.own_credential_tools()).collect()
    }

    /// The capabilities and risks that count, without those of credentials whose
    /// position `wanted` refuses.
    #[must_use]
    pub fn effective_where(
        &self,
        wanted: &dyn Fn(usize) -> bool,
    ) -> (Vec<&Capability>, Vec<&RiskHit>) {
        if self.tools_are_sole_path() {
            return (self.effective(), self.effective_risks());
        }
        let reaches = || {
            self.credentials.iter().enumerate().filter(|(n, _)| wanted(*n)).map(|(_, reach)| reach)
        };
        (
            reaches().flat_map(|r| &r.capabilities).chain(self.own_credential_tools()).collect(),
            reaches().flat_map(|r| &r.risks).chain(self.tool_risks()).collect(),
        )
    }

    /// The risks that count, likewise.
    #[must_use]
    pub fn effective_risks(&self) -> Vec<&RiskHit> {
        if self.tools_are_sole_path() {
            return self.tool_risks().collect();
        }
        self.credential_risks().chain(self.tool_risks()).collect()
    }
}
