//! Where the credentials of one agent lead into the other plane: each way is worked
//! out by [`link`], each plane's engine judges what is at its end, and all of it is
//! the agent's.

use super::{
    findings::ROLE_REFUSED,
    holdings::{Estate, Holdings, InAccount, InCluster, name_of},
};
use crate::{
    model::{
        aws::{account_of, eks::EksCluster},
        capability::{Condition, Grant, Reach, RiskClass, RiskHit},
        coverage::Gap,
        kubernetes::ClusterSnapshot,
        path::{Hop, Path, PathTarget},
        principal::Principal,
    },
    privilege::{
        iam::{self, Decision},
        link::{self, Beyond, Broken, KnownAs, RoleOf, User, Way},
        rbac::{self, Identity},
    },
};

impl<'e> Estate<'e> {
    /// What the roles give that a ServiceAccount may act as, declared or not; the account
    /// is come to by `via`.
    pub(super) fn roles(
        &self,
        number: usize,
        (namespace, name): (&str, &str),
        via: &Way,
        holdings: &mut Holdings,
    ) {
        let Some((cluster, givers)) = self.givers(number) else { return };
        let link::Roles { roles, broken, mut gaps } =
            givers.roles_of(&self.accounts, namespace, name);
        let elsewhere = self.without_objects();
        gaps.extend(elsewhere.filter_map(|eks| link::given_elsewhere(eks, namespace, name)));
        for RoleOf { arn, running, .. } in roles {
            if via.is_certain() && running.is_certain() {
                holdings.given.insert(arn.clone());
            }
            self.aws(&arn, &via.then(&running), holdings);
        }
        let account =
            Principal::ServiceAccount { namespace: namespace.to_owned(), name: name.to_owned() };
        let paths = link::node_paths(cluster, &self.accounts, (namespace, name));
        if !paths.is_empty() {
            let risks = self.path_risks(&account, &paths);
            holdings.credentials.push(via.told(Reach { risks, paths, ..Reach::default() }));
        }
        let risks: Vec<RiskHit> = broken.iter().filter_map(|broken| self.broken(broken)).collect();
        if !risks.is_empty() || !gaps.is_empty() {
            holdings.credentials.push(Reach { risks, gaps, ..Reach::default() });
        }
    }

    /// A cluster, with what gives roles to its ServiceAccounts.
    pub(super) fn givers(&self, number: usize) -> Option<(&'e ClusterSnapshot, &link::Givers<'e>)> {
        let cluster = self.clusters.get(number)?.index().snapshot();
        let givers = self.givers.get(number)?;
        Some((cluster, givers.get_or_init(|| link::Givers::new(cluster, &self.accounts))))
    }

    /// The finding for a role that is asked for and does not let in.
    fn broken(&self, broken: &Broken) -> Option<RiskHit> {
        let rule = self.rules.findings.get(ROLE_REFUSED)?;
        let Broken { arn, by, location } = broken;
        Some(RiskHit {
            rule: rule.id.clone(),
            title: rule.title.clone(),
            class: RiskClass::Hygiene,
            severity: rule.severity,
            message: format!("{by} asks for {arn}, whose trust policy does not let it in"),
            remedy: rule.remedy.clone(),
            grants: vec![Grant {
                description: by.clone(),
                location: location.clone(),
                cut_at: None,
            }],
            condition: Condition::Always,
            scope: arn.clone(),
        })
    }

    /// What an AWS principal holds that is come to by `way`, in its account and in
    /// the clusters that know it; each principal once, so that circles end.
    pub(super) fn aws(&self, arn: &str, way: &Way, holdings: &mut Holdings) {
        if holdings.asked.contains_key(arn) {
            return;
        }
        holdings.asked.insert(arn.to_owned(), way.clone());
        if self.accounts.is_empty() {
            holdings.unseen.push(format!("no authorization details tell what {arn} may do"));
        }
        for (account, evaluator) in &self.accounts {
            if let Some(gap) = &account.truncated {
                holdings.unseen.push(format!("{} ({})", gap.reason, gap.location));
            }
            let reach = evaluator.reach(arn);
            let mut paths = self.lets_itself_in(arn, &reach);
            paths.extend(self.as_node(arn).into_iter().flat_map(Beyond::whole_paths));
            if !paths.is_empty() {
                let risks = self.path_risks(&Principal::Aws(arn.to_owned()), &paths);
                let entered = Reach { risks, paths, ..Reach::default() };
                holdings.credentials.push(way.told(entered));
            }
            if evaluator.held(arn).is_some() {
                let credential = holdings.credentials.len();
                holdings.in_accounts.push(InAccount { arn: arn.to_owned(), credential });
            }
            holdings.credentials.push(way.told(reach));
        }
        self.mapped(arn, way, holdings);
    }

    /// The clusters that an AWS principal may let itself into.
    fn lets_itself_in(&self, arn: &str, reach: &Reach) -> Vec<Path> {
        let in_one = |cluster| link::lets_itself_in(cluster, &self.accounts, arn, reach);
        self.snapshots().filter_map(in_one).collect()
    }

    /// The nodes that an AWS principal may open a shell on.
    fn shells_on_nodes(&self, arn: &str) -> Vec<Path> {
        let in_one = |cluster| link::shells_on_nodes(cluster, &self.accounts, arn);
        self.snapshots().flat_map(in_one).collect()
    }

    fn snapshots(&self) -> impl Iterator<Item = &'e ClusterSnapshot> {
        self.clusters.iter().map(|cluster| cluster.index().snapshot())
    }

    /// What ServiceAccounts give whose pods are given the role that an agent is declared
    /// as: its pods hold their tokens, too.
    pub(super) fn used(&self, arn: &str, declared: &[Principal], holdings: &mut Holdings) {
        let mut roles = self.evidence.accounts.iter().filter_map(|account| account.roles.get(arn));
        for User { cluster: number, namespace, name, way } in
            link::users_of(self.snapshots(), arn, roles.next())
        {
            let account = Principal::ServiceAccount {
                namespace: namespace.to_owned(),
                name: name.to_owned(),
            };
            let (Some(cluster), false) = (self.clusters.get(number), declared.contains(&account))
            else {
                continue;
            };
            if let Some(identity) = Identity::of(&account) {
                holdings.in_clusters.push(InCluster {
                    cluster: number,
                    identity: identity.clone(),
                    mapped: None,
                    credential: holdings.credentials.len(),
                });
                holdings.credentials.push(way.told(cluster.reach(&identity)));
                self.roles(number, (namespace, name), &way, holdings);
            }
        }
    }

    /// What the nodes of clusters give whose role a principal acts as.
    fn as_node(&self, arn: &str) -> Vec<Beyond> {
        let mut all = Vec::new();
        for cluster in &self.clusters {
            let snapshot = cluster.index().snapshot();
            for role in snapshot.cloud.nodes.iter().filter(|role| role.arn == arn) {
                let over = Hop {
                    from: arn.to_owned(),
                    to: "a node".to_owned(),
                    how: format!("is a node of the cluster of {}", cluster.index().source()),
                    rule: "K8S-PATH-NODE".to_owned(),
                    grants: vec![role.grant.clone()],
                    condition: role.condition.clone(),
                };
                let mut paths = cluster.paths_of_node(arn);
                paths.push(Path { target: PathTarget::Node, hops: Vec::new() });
                let reach = Reach { paths, ..Reach::default() };
                all.push(Beyond { over: Some(over), reach, as_admin: None });
            }
        }
        all
    }

    /// What clusters give to an AWS principal that they know.
    fn mapped(&self, arn: &str, way: &Way, holdings: &mut Holdings) {
        let seen = self.users_in_logs();
        for (number, cluster) in self.clusters.iter().enumerate() {
            let known = link::known_as(cluster.index().snapshot(), arn, &seen);
            for KnownAs { identity, way: over } in known.identities {
                holdings.in_clusters.push(InCluster {
                    cluster: number,
                    identity: identity.clone(),
                    mapped: Some(arn.to_owned()),
                    credential: holdings.credentials.len(),
                });
                holdings.credentials.push(way.then(&over).told(cluster.reach(&identity)));
            }
            if !known.gaps.is_empty() {
                holdings.credentials.push(Reach { gaps: known.gaps, ..Reach::default() });
            }
        }
        let elsewhere = self.without_objects();
        let gaps: Vec<Gap> =
            elsewhere.filter_map(|eks| link::entered_elsewhere(eks, arn)).collect();
        if !gaps.is_empty() {
            holdings.credentials.push(Reach { gaps, ..Reach::default() });
        }
    }

    /// The clusters of EKS that no cluster of the evidence is known to be.
    fn without_objects(&self) -> impl Iterator<Item = &'e EksCluster> {
        let is_known = |eks: &&EksCluster| {
            let mut clusters = self.clusters.iter().map(|own| own.index().snapshot());
            clusters.any(|own| own.eks_cluster.as_ref().is_some_and(|own| own.name == eks.name))
        };
        self.evidence.eks.iter().filter(move |eks| !is_known(eks))
    }

    /// Users that logs name, for templates of user names.
    fn users_in_logs(&self) -> Vec<&'e str> {
        let users = self.evidence.activity.principals.keys();
        let name = |principal: &'e Principal| match principal {
            Principal::KubernetesUser(name) => Some(name.as_str()),
            _ => None,
        };
        users.filter_map(name).collect()
    }

    /// Lets the paths of an agent go on in the other plane.
    pub(super) fn onward(&self, principals: &[Principal], holdings: &mut Holdings) {
        let Some(principal) = principals.first() else { return };
        // Within accounts alone the engine has gone on by itself.
        if self.clusters.is_empty() {
            return;
        }
        let mut first: Vec<Path> =
            holdings.credentials.iter().flat_map(|reach| &reach.paths).cloned().collect();
        first.extend(holdings.asked.iter().flat_map(|(arn, way)| {
            let paths = self.assumes(arn).into_iter().chain(self.shells_on_nodes(arn)).collect();
            way.told(Reach { paths, ..Reach::default() }).paths
        }));
        let held = &holdings.asked;
        let paths = link::onward(&first, &mut |role| {
            // What it holds anyway is no further end.
            if held.contains_key(role) { Vec::new() } else { self.beyond_once(role) }
        });
        if !paths.is_empty() {
            let risks = self.path_risks(principal, &paths);
            holdings.credentials.push(Reach { risks, paths, ..Reach::default() });
        }
    }

    /// What paths over both planes come to, each by the rules of the plane that it
    /// ends in: who becomes administrator of an account is one, wherever it began.
    fn path_risks(&self, principal: &Principal, paths: &[Path]) -> Vec<RiskHit> {
        let (account, cluster): (Vec<Path>, Vec<Path>) = paths.iter().cloned().partition(|path| {
            matches!(path.target, PathTarget::AwsAdmin(_) | PathTarget::AwsDatabase(_))
        });
        let mut risks = Vec::new();
        if let Some(rules) = &self.rules.kubernetes {
            risks.extend(rbac::path_risks(rules, principal, &cluster));
        }
        if let Some(rules) = &self.rules.aws {
            risks.extend(iam::path_risks(rules, principal, &account));
        }
        risks
    }

    /// The roles that clusters know and an AWS principal may assume.
    fn assumes(&self, arn: &str) -> Vec<Path> {
        let roles = self.roles_in_clusters().iter().filter(|role| **role != arn);
        roles
            .filter_map(|role| {
                let (grants, condition) = self.may_assume(arn, role)?;
                let hop = Hop {
                    from: arn.to_owned(),
                    to: (*role).to_owned(),
                    how: format!("assumes {role}"),
                    rule: "AWS-ASSUME-ROLE".to_owned(),
                    grants,
                    condition,
                };
                Some(Path { target: PathTarget::AwsRole((*role).to_owned()), hops: vec![hop] })
            })
            .collect()
    }

    /// What lets a principal assume a role, and when: its own policies, and the trust
    /// policy of the role.
    fn may_assume(&self, arn: &str, role: &str) -> Option<(Vec<Grant>, Condition)> {
        let mut evaluators = self.accounts.iter().map(|(_, evaluator)| evaluator);
        let home = evaluators.clone().find(|evaluator| evaluator.held(arn).is_some())?;
        let (by, own) = match home.allows(arn, "sts:AssumeRole", role) {
            Decision::Allowed { by } => (Some(by), Condition::Always),
            Decision::AllowedIf { conditions, by } => (Some(by), Condition::If(conditions)),
            Decision::Unknown(why) => (None, Condition::Unknown(why)),
            Decision::Denied { .. } => return None,
        };
        let door = evaluators.find_map(|evaluator| evaluator.door(arn, role))?;
        let grants = by.into_iter().filter(|by| *by != door.grant()).chain([door.grant()]);
        Some((grants.collect(), link::both(&own, &door.condition())))
    }

    /// Roles of the evidence that some cluster knows.
    fn roles_in_clusters(&self) -> &[&'e str] {
        self.known_roles.get_or_init(|| {
            let known = |role: &&str| {
                self.clusters.iter().any(|cluster| {
                    !link::known_as(cluster.index().snapshot(), role, &[]).identities.is_empty()
                })
            };
            let roles = self.evidence.accounts.iter().flat_map(|account| account.roles.keys());
            roles.map(String::as_str).filter(known).collect()
        })
    }

    /// What stands behind a role, worked out once for all agents.
    fn beyond_once(&self, role: &str) -> Vec<Beyond> {
        if let Some(known) = self.beyond.borrow().get(role) {
            return known.clone();
        }
        let mut all = self.beyond(role);
        for beyond in &mut all {
            // What a path goes on by is all that is asked of it.
            let Reach { paths, mut risks, .. } = std::mem::take(&mut beyond.reach);
            risks.retain(|risk| risk.class == RiskClass::AdminEquivalent);
            beyond.reach = Reach { paths, risks, ..Reach::default() };
        }
        self.beyond.borrow_mut().insert(role.to_owned(), all.clone());
        all
    }

    /// What stands behind a role: its own paths, and whom clusters take it for.
    fn beyond(&self, role: &str) -> Vec<Beyond> {
        let own = self.accounts.iter().filter(|(account, _)| account.roles.contains_key(role));
        let mut all: Vec<Beyond> = own
            .map(|(_, evaluator)| {
                let mut reach = evaluator.reach(role);
                reach.paths.extend(self.assumes(role));
                reach.paths.extend(self.shells_on_nodes(role));
                reach.paths.extend(self.lets_itself_in(role, &reach));
                let account = account_of(role).map(str::to_owned);
                Beyond { over: None, reach, as_admin: account.map(PathTarget::AwsAdmin) }
            })
            .collect();
        all.extend(self.as_node(role));
        let seen = self.users_in_logs();
        for cluster in &self.clusters {
            let known = link::known_as(cluster.index().snapshot(), role, &seen);
            all.extend(known.identities.into_iter().map(|KnownAs { identity, way }| {
                let user = identity.principal().to_string();
                let how = format!("is {user} in {}", name_of(cluster));
                Beyond {
                    over: Some(way.hop(role, &user, &how, "K8S-AWS-AUTH")),
                    reach: cluster.reach(&identity),
                    as_admin: Some(PathTarget::ClusterAdmin),
                }
            }));
        }
        all
    }
}
