//! The edges that an identity's rights draw.
//!
//! First what holds in the whole cluster, then what single namespaces add to it,
//! then what rules over named objects give.

use super::{
    facts::{Door, Facts, SYSTEM, UNPLACED},
    graph::{Edge, Graph, Node, Proof},
    named,
    power::{Power, Powers, Profile, TEMPLATES},
    step::{Doubt, Technique},
};
use crate::{
    model::kubernetes::{
        OWN_NAMESPACES, Scope, objects::Workload, pod_security::PodSecurity, rbac::RoleKind,
        version::ServerVersion,
    },
    privilege::rbac::closure::{Closure, Held},
    privilege::rbac::matcher::{covers, covers_resource},
    rubric::kubernetes::deputies::{ActsAs, Lies},
};

/// From this version on, opening a shell or attaching takes `create` even through a WebSocket
/// (`AuthorizePodWebsocketUpgradeCreatePermission`, beta and on by default).
const EXEC_CHECKED: ServerVersion = ServerVersion { major: 1, minor: 35 };
/// From this version on a pod has claims made for it (`GenericEphemeralVolume`).
const CLAIMS_OF_PODS: ServerVersion = ServerVersion { major: 1, minor: 21 };
/// From this version on mutating admission policies are served by default, and
/// before the other they do not exist.
const MUTATING_POLICIES: ServerVersion = ServerVersion { major: 1, minor: 36 };
const MUTATING_POLICIES_ALPHA: ServerVersion = ServerVersion { major: 1, minor: 32 };

/// Edges on their way into the graph.
pub(super) struct Drawing<'g, 'a> {
    pub(super) graph: &'g Graph<'a>,
    pub(super) facts: &'g Facts<'a>,
    pub(super) profile: &'g Profile<'a>,
    pub(super) closure: &'g Closure<'a>,
    edges: Vec<Edge<'a>>,
}

/// Where rights hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place<'a> {
    All,
    In(&'a str),
    /// In a namespace that no manifest tells: it may be any.
    Somewhere,
}

/// How pods can be made to run in a place.
#[derive(Clone)]
struct Runs<'a> {
    power: Power,
    to: Node<'a>,
    doubts: Vec<Doubt<'a>>,
    shown: Option<&'a Workload>,
}

pub(super) fn edges<'a>(graph: &Graph<'a>, closure: &Closure<'a>) -> Vec<Edge<'a>> {
    let profile = Profile::of(closure);
    let mut drawing =
        Drawing { graph, facts: &graph.facts, profile: &profile, closure, edges: Vec::new() };
    let everywhere = profile.everywhere();
    drawing.place(Place::All, &Scope::Cluster, everywhere);
    drawing.cluster(everywhere);
    for (&scope, &own) in &profile.places {
        match scope {
            Scope::Cluster => {}
            Scope::Namespace(name) => drawing.place(Place::In(name), scope, own),
            Scope::UnknownNamespace => drawing.place(Place::Somewhere, scope, own),
        }
    }
    named::edges(&mut drawing);
    drawing.deputies();
    drawing.edges
}

/// The edge of an identity that holds every right in a namespace that matters.
pub(super) fn namespace_admin<'a>(graph: &Graph<'a>, closure: &Closure<'a>) -> Vec<Edge<'a>> {
    let profile = Profile::of(closure);
    let mut edges = Vec::new();
    for (&scope, own) in &profile.places {
        if let Scope::Namespace(name) = scope
            && own.has(Power::CreateAll)
            && own.has(Power::ChangeAll)
            && let Some(to) = graph.id(Node::NamespaceAdmin(name))
        {
            let proofs = [Power::CreateAll, Power::ChangeAll]
                .into_iter()
                .filter_map(|power| profile.witness(power, scope))
                .map(Proof::Held)
                .collect();
            let technique = Technique::HoldsNamespace(name);
            edges.push(Edge { to, is_choice: false, technique, proofs, doubts: Vec::new() });
        }
    }
    edges
}

/// The edge of whoever runs in a pod that reaches its node. It takes no right,
/// and is nobody's who only holds the ServiceAccount's token.
pub(super) fn own_pod<'a>(graph: &Graph<'a>, own: Node<'_>) -> Option<Edge<'a>> {
    let Node::Account(namespace, name) = own else { return None };
    let mut pods = graph.facts.snapshot.workloads.iter().filter(|workload| {
        *workload.service_account == *name
            && workload.scope.namespace().unwrap_or(UNPLACED) == namespace
    });
    let reaching: Vec<_> = pods.clone().filter(|workload| workload.node_access.any()).collect();
    let pod = reaching.iter().max_by_key(|workload| workload.node_access.privileged)?;
    let mut doubts = Vec::new();
    if !pod.node_access.privileged {
        doubts.push(Doubt::NodeAccessReach);
    }
    if pods.any(|workload| !workload.node_access.any()) {
        doubts.push(Doubt::WhichOwnPod);
    }
    Some(Edge {
        to: graph.id(Node::Some)?,
        is_choice: false,
        technique: Technique::OwnPod,
        proofs: vec![Proof::Shown("reaches its node", &pod.location)],
        doubts,
    })
}

impl<'a> Drawing<'_, 'a> {
    /// Draws an edge, should its end be in the graph.
    pub(super) fn draw(
        &mut self,
        to: Node<'a>,
        technique: Technique<'a>,
        proofs: Vec<Proof<'a>>,
        doubts: Vec<Doubt<'a>>,
    ) {
        if let Some(to) = self.graph.id(to) {
            self.edges.push(Edge { to, is_choice: false, technique, proofs, doubts });
        }
    }

    /// Draws an edge that takes some powers in one scope.
    fn take(
        &mut self,
        scope: &Scope,
        to: Node<'a>,
        technique: Technique<'a>,
        powers: &[Power],
        mut doubts: Vec<Doubt<'a>>,
    ) {
        let mut proofs: Vec<Proof<'a>> = Vec::new();
        for held in powers.iter().filter_map(|power| self.profile.witness(*power, scope)) {
            let known = |proof: &Proof<'_>| {
                matches!(proof, Proof::Held(other)
                    if std::ptr::eq(other.rule, held.rule) && std::ptr::eq(other.binding, held.binding))
            };
            if !proofs.iter().any(known) {
                proofs.push(Proof::Held(held));
            }
        }
        if *scope == Scope::UnknownNamespace {
            doubts.push(Doubt::GrantUnplaced);
        }
        self.draw(to, technique, proofs, doubts);
    }

    /// What rights over everything in a place lead to. What follows from rights
    /// in the whole cluster alone is not drawn again for a namespace.
    fn place(&mut self, place: Place<'a>, scope: &Scope, own: Powers) {
        let above = if place == Place::All { Powers::default() } else { self.profile.everywhere() };
        let all = above.with(own);
        let fresh = |powers: &[Power]| {
            powers.iter().all(|power| all.has(*power))
                && !powers.iter().all(|power| above.has(*power))
        };
        let (accounts, running, secrets) = match place {
            Place::All | Place::Somewhere => {
                (Node::AnyAccount, Node::AnyRunning, Node::AnyTokenSecret)
            }
            Place::In(name) => {
                (Node::AnyOf(name), Node::AnyRunningIn(name), Node::AnyTokenSecretIn(name))
            }
        };
        let runs = self.runs(place, all);
        // Where a quota keeps pods out, rights in the whole cluster lead nowhere
        // by themselves.
        let is_full = matches!(place, Place::In(name) if self.facts.is_full(name));
        for runs in runs.iter().filter(|runs| is_full || !above.has(runs.power)) {
            self.run(scope, runs);
        }
        if !matches!(place, Place::In(_)) {
            self.run_where_quotas_are_lifted(scope, all);
        }
        for (power, technique) in [
            (Power::MintTokens, Technique::Token),
            (Power::ImpersonateAccounts, Technique::ImpersonateAccount),
        ] {
            if fresh(&[power]) {
                self.take(scope, accounts, technique, &[power], Vec::new());
            }
        }
        if fresh(&[Power::ReadSecrets]) {
            self.take(scope, secrets, Technique::ReadTokenSecret, &[Power::ReadSecrets], vec![]);
        }
        self.made_secret(place, scope, (above, all), accounts, runs.first());
        for (power, technique, doubts) in shells(self.facts) {
            if fresh(&[power]) {
                self.take(scope, running, technique, &[power], doubts.clone());
                if let Some((workload, reach)) = self.exposed(place) {
                    let doubts = doubts.into_iter().chain(reach).collect();
                    self.take(scope, Node::Some, Technique::NodeShell, &[power], doubts);
                    self.show(Some(workload));
                }
            }
        }
        self.within_rbac(place, scope, (above, all), accounts);
        for runs in &runs {
            self.nodes_by_pods(place, scope, (above, all), runs);
        }
    }

    fn run(&mut self, scope: &Scope, runs: &Runs<'a>) {
        let technique = match runs.power {
            Power::CreatePods => Technique::Pod,
            _ => Technique::Workload,
        };
        self.take(scope, runs.to, technique, &[runs.power], runs.doubts.clone());
        self.show(runs.shown);
    }

    /// What rights over more than one namespace run in those that a quota closes.
    fn run_where_quotas_are_lifted(&mut self, scope: &Scope, powers: Powers) {
        let facts = self.facts;
        for (&name, _) in facts.spaces.iter().filter(|(_, space)| space.is_full()) {
            for runs in self.runs(Place::In(name), powers) {
                self.run(scope, &runs);
            }
        }
    }

    /// Whether whoever asks may lift what keeps pods out of a namespace: quotas of
    /// any name, or each of them by its own.
    pub(super) fn lifts(&self, namespace: &str, powers: Powers) -> bool {
        let by_name = |quota: &str| {
            self.profile.naming(Power::LiftQuotas).any(|held| {
                held.holds_in(Some(namespace))
                    && held.rule.resource_names.iter().any(|name| **name == *quota)
            })
        };
        powers.has(Power::LiftQuotas)
            || self
                .facts
                .spaces
                .get(namespace)
                .is_some_and(|space| space.closed_by.iter().all(|quota| by_name(quota)))
    }

    /// The rule that names a namespace whose labels it may change: one, or any of
    /// those that let pods in.
    pub(super) fn labels(&self, namespace: Option<&str>, powers: Powers) -> Option<Held<'a>> {
        let is_open = |name: &str| {
            let space = self.facts.spaces.get(name);
            space.is_some_and(|space| !space.is_full() || self.lifts(name, powers))
        };
        self.profile.naming(Power::ChangeNamespaces).find(|held| {
            held.rule.resource_names.iter().any(|name| {
                held.holds_in(Some(name))
                    && match namespace {
                        Some(namespace) => **name == *namespace,
                        None => is_open(name),
                    }
            })
        })
    }

    /// Adds the object that shows what the last edge rests on.
    fn show(&mut self, workload: Option<&'a Workload>) {
        if let (Some(workload), Some(edge)) = (workload, self.edges.last_mut()) {
            edge.proofs.push(Proof::Shown("what it does it through", &workload.location));
        }
    }

    /// How pods can be made to run in a place, the surest way first: a quota of
    /// none lets nothing in, unless whoever asks may lift it.
    fn runs(&self, place: Place<'a>, powers: Powers) -> Vec<Runs<'a>> {
        let lifts = match place {
            Place::In(name) => self.lifts(name, powers),
            Place::All | Place::Somewhere => powers.has(Power::LiftQuotas),
        };
        let to = match place {
            Place::In(name) if self.facts.is_full(name) && !lifts => return Vec::new(),
            Place::In(name) => Node::AnyOf(name),
            Place::All | Place::Somewhere if lifts => Node::AnyAccount,
            Place::All | Place::Somewhere => Node::AnyPodAccount,
        };
        for power in [Power::CreatePods, Power::CreateWorkloads] {
            if powers.has(power) {
                return vec![Runs { power, to, doubts: Vec::new(), shown: None }];
            }
        }
        let mut changed = TEMPLATES.iter().filter(|template| powers.has(template.power)).peekable();
        if changed.peek().is_none() {
            return Vec::new();
        }
        let spaces = match place {
            Place::In(name) => self.facts.spaces.get(name).into_iter().collect::<Vec<_>>(),
            Place::All | Place::Somewhere => self.facts.spaces.values().collect(),
        };
        let (mut shown, mut unlisted) = (Vec::new(), Vec::new());
        for template in changed {
            let there = spaces
                .iter()
                .filter(|space| lifts || !space.is_full())
                .find_map(|space| space.templates.get(template.kind).copied());
            let power = template.power;
            match (there, place) {
                (Some(_), Place::In(_)) => {
                    shown.push(Runs { power, to, doubts: Vec::new(), shown: there });
                }
                (Some(_), Place::All | Place::Somewhere) => {
                    let to = Node::AnyTemplate(template.kind);
                    shown.push(Runs { power, to, doubts: Vec::new(), shown: None });
                }
                (None, _) => {}
            }
            // One that is shown says nothing of other namespaces.
            if !self.facts.lists(template) && (there.is_none() || !matches!(place, Place::In(_))) {
                let doubts = vec![Doubt::ObjectUnlisted];
                unlisted.push(Runs { power, to, doubts, shown: None });
            }
        }
        shown.append(&mut unlisted);
        shown
    }

    /// A Secret that Kubernetes fills with a token, and the right to read it or
    /// to mount it into a pod.
    fn made_secret(
        &mut self,
        place: Place<'a>,
        scope: &Scope,
        (above, all): (Powers, Powers),
        accounts: Node<'a>,
        runs: Option<&Runs<'a>>,
    ) {
        if !all.has(Power::CreateSecrets) {
            return;
        }
        let reads_some = |where_: &Scope| {
            self.profile.naming(Power::ReadSecrets).find(|held| {
                held.scope() == where_ || *held.scope() == Scope::Cluster || place == Place::All
            })
        };
        let technique = Technique::MakeTokenSecret;
        if all.has(Power::ReadSecrets) {
            let powers = [Power::CreateSecrets, Power::ReadSecrets];
            if !powers.iter().all(|power| above.has(*power)) {
                self.take(scope, accounts, technique, &powers, Vec::new());
            }
        } else if let Some(held) = reads_some(scope)
            && !above.has(Power::CreateSecrets)
        {
            self.take(scope, accounts, technique, &[Power::CreateSecrets], Vec::new());
            if let Some(edge) = self.edges.last_mut() {
                edge.proofs.push(Proof::Held(held));
            }
        } else if let Some(runs) = runs
            && !(above.has(Power::CreateSecrets) && above.has(runs.power))
        {
            let powers = [Power::CreateSecrets, runs.power];
            self.take(scope, accounts, technique, &powers, runs.doubts.clone());
        }
    }

    /// Bindings and roles within namespaces.
    fn within_rbac(
        &mut self,
        place: Place<'a>,
        scope: &Scope,
        (above, all): (Powers, Powers),
        accounts: Node<'a>,
    ) {
        let binds = [Power::BindClusterRoles, Power::WriteBindings];
        if binds.iter().all(|power| all.has(*power)) && !binds.iter().all(|power| above.has(*power))
        {
            let named = match place {
                Place::In(name) => name,
                Place::All | Place::Somewhere => "any namespace",
            };
            let technique = Technique::BindInNamespace(named);
            self.take(scope, accounts, technique, &binds, Vec::new());
            let matters: Vec<Node<'a>> = self
                .graph
                .nodes()
                .map(|(_, node)| node)
                .filter(|node| match (node, place) {
                    (Node::NamespaceAdmin(name), Place::In(own)) => *name == own,
                    (Node::NamespaceAdmin(_), _) => true,
                    _ => false,
                })
                .collect();
            for node in matters {
                self.take(scope, node, technique, &binds, Vec::new());
            }
        }
        let escalates = [Power::EscalateRoles, Power::ChangeRoles];
        if escalates.iter().all(|power| all.has(*power)) {
            let roles: Vec<&'a str> = self
                .closure
                .held
                .iter()
                .filter(|held| held.binding.role.kind == RoleKind::Role)
                .filter_map(|held| held.binding.scope.namespace())
                .filter(|name| match place {
                    Place::In(own) => own == *name,
                    Place::All => true,
                    Place::Somewhere => false,
                })
                .collect();
            let mut drawn = Vec::new();
            for name in roles {
                if drawn.contains(&name)
                    || place != Place::All && escalates.iter().all(|p| above.has(*p))
                {
                    continue;
                }
                drawn.push(name);
                let technique = Technique::EscalateInNamespace(name);
                self.take(scope, Node::AnyOf(name), technique, &escalates, Vec::new());
                self.take(scope, Node::NamespaceAdmin(name), technique, &escalates, Vec::new());
            }
        }
    }

    /// Nodes, through pods that are let in with access to them.
    fn nodes_by_pods(
        &mut self,
        place: Place<'a>,
        scope: &Scope,
        (above, all): (Powers, Powers),
        runs: &Runs<'a>,
    ) {
        let fresh = |powers: &[Power]| !powers.iter().all(|power| above.has(*power));
        let by_name = if all.has(Power::ChangeNamespaces) {
            None
        } else {
            match place {
                Place::In(name) => self.labels(Some(name), all),
                Place::All | Place::Somewhere => self.labels(None, all),
            }
        };
        let labels = all.has(Power::ChangeNamespaces) || by_name.is_some();
        let door = match place {
            Place::In(name) => self.facts.door(name),
            Place::All | Place::Somewhere => self.widest_door(all),
        };
        let passed = pass(door, labels);
        let powers: &[Power] = match passed {
            Some((Technique::NodePodByLabel, _)) if by_name.is_none() => {
                &[runs.power, Power::ChangeNamespaces]
            }
            _ => &[runs.power],
        };
        let by_name = by_name.filter(|_| matches!(passed, Some((Technique::NodePodByLabel, _))));
        if let Some((technique, doubt)) = passed
            && (fresh(powers) || by_name.is_some_and(|held| held.scope() == scope))
        {
            let unplaced = by_name.filter(|held| *held.scope() == Scope::UnknownNamespace);
            let unplaced = unplaced.map(|_| Doubt::GrantUnplaced);
            let doubts = runs.doubts.iter().copied().chain(doubt).chain(unplaced).collect();
            self.take(scope, Node::Chosen, technique, powers, doubts);
            if let (Some(held), Some(edge)) = (by_name, self.edges.last_mut()) {
                edge.proofs.push(Proof::Held(held));
            }
        }
        let claims = self.facts.snapshot.version.is_some_and(|version| version < CLAIMS_OF_PODS);
        let volumes: &[Power] = if claims {
            &[Power::CreateVolumes, Power::CreateClaims, runs.power]
        } else {
            &[Power::CreateVolumes, runs.power]
        };
        if volumes.iter().all(|power| all.has(*power)) && fresh(volumes) {
            let mut doubts = runs.doubts.clone();
            if door == Door::Closed(PodSecurity::Restricted) && !labels {
                doubts.push(Doubt::RootlessVolume);
            }
            self.take(scope, Node::Chosen, Technique::NodeVolume, volumes, doubts);
        }
    }

    /// The widest door that pods find anywhere in the cluster.
    fn widest_door(&self, powers: Powers) -> Door {
        let listed = self.facts.snapshot.lists("Namespace");
        let mut widest = Door::Closed(PodSecurity::Restricted);
        for (&name, space) in &self.facts.spaces {
            if space.is_full() && !self.lifts(name, powers) {
                continue;
            }
            widest = match (self.facts.door(name), widest) {
                (Door::Open, _) => return Door::Open,
                (_, Door::ServersDefault) | (Door::ServersDefault, _) => Door::ServersDefault,
                (_, Door::Alpha) | (Door::Alpha, _) => Door::Alpha,
                // Something named in it, or a namespace that every cluster has, and
                // no Namespace object.
                (Door::Unlisted, _) | (_, Door::Unlisted)
                    if !listed || OWN_NAMESPACES.contains(&name) =>
                {
                    Door::Unlisted
                }
                (Door::Unlisted, known) => known,
                (Door::Closed(a), Door::Closed(b)) => Door::Closed(a.min(b)),
                (Door::Closed(_), known) => known,
            };
        }
        match widest {
            // A namespace of its own making has no label.
            Door::Closed(_) if powers.has(Power::CreateNamespaces) => Door::ServersDefault,
            known => known,
        }
    }

    /// A workload of a place that reaches its node, and what is not known of it.
    fn exposed(&self, place: Place<'a>) -> Option<(&'a Workload, Option<Doubt<'a>>)> {
        let all = match place {
            Place::In(name) => self.facts.spaces.get(name).into_iter().collect::<Vec<_>>(),
            Place::All | Place::Somewhere => self.facts.spaces.values().collect(),
        };
        let workloads = all.into_iter().filter_map(|space| space.exposed);
        let furthest = workloads.reduce(|a, b| {
            if b.node_access.privileged && !a.node_access.privileged { b } else { a }
        })?;
        let doubt = (!furthest.node_access.privileged).then_some(Doubt::NodeAccessReach);
        Some((furthest, doubt))
    }

    /// What takes rights in the whole cluster.
    fn cluster(&mut self, powers: Powers) {
        use Power as P;
        let scope = &Scope::Cluster;
        let all = |needed: &[Power]| needed.iter().all(|power| powers.has(*power));
        let admin = Node::Administrator;
        let eks = self.facts.snapshot.eks.is_some();
        let on_eks = || if eks { vec![Doubt::EksSigner] } else { Vec::new() };
        let mut take = |needed: &[Power], to, technique, doubts: Vec<Doubt<'a>>| {
            if all(needed) {
                self.take(scope, to, technique, needed, doubts);
            }
        };
        take(&[P::BindClusterRoles, P::WriteClusterBindings], admin, Technique::Bind, vec![]);
        take(&[P::EscalateClusterRoles, P::ChangeClusterRoles], admin, Technique::Escalate, vec![]);
        take(
            &[P::ImpersonateUsers, P::ImpersonateGroups],
            admin,
            Technique::ImpersonateMasters,
            vec![],
        );
        take(
            &[P::ImpersonateAccounts, P::ImpersonateGroups],
            admin,
            Technique::ImpersonateMasters,
            vec![],
        );
        take(&[P::ImpersonateUsers], admin, Technique::ImpersonateControlPlane, vec![]);
        let approves = [P::RequestCertificates, P::WriteApprovals, P::ApproveSigners];
        take(&approves, admin, Technique::Certificate, on_eks());
        take(
            &[P::RequestCertificates, P::NodeCertificates],
            Node::Chosen,
            Technique::NodeCertificate,
            on_eks(),
        );
        take(&[P::Sign, P::WriteCertificates], admin, Technique::Sign, vec![Doubt::SignerKey]);
        take(&[P::CreateWebhooks], admin, Technique::Webhook, vec![]);
        take(&[P::DefineApis], admin, Technique::ApiDefinition, vec![Doubt::ApiClients]);
        take(&[P::NodeProxy], Node::Chosen, Technique::NodeProxy, vec![]);
        if !powers.has(P::CreateWebhooks) {
            let snapshot = self.facts.snapshot;
            let shown = snapshot.shows(named::WEBHOOKS);
            let doubts = if shown { vec![] } else { vec![Doubt::WebhooksUnlisted] };
            if powers.has(P::ChangeWebhooks) && (shown || !snapshot.lists(named::WEBHOOKS)) {
                self.take(scope, admin, Technique::Webhook, &[P::ChangeWebhooks], doubts);
            }
        }
        let policies = [P::WriteMutatingPolicies, P::WriteMutatingPolicyBindings];
        let version = self.facts.snapshot.version;
        if policies.iter().all(|power| powers.has(*power))
            && version.is_none_or(|version| version >= MUTATING_POLICIES_ALPHA)
        {
            let served = version.is_some_and(|version| version >= MUTATING_POLICIES);
            let doubts = if served { vec![] } else { vec![Doubt::MutatingPoliciesServed] };
            self.take(scope, admin, Technique::MutatingPolicy, &policies, doubts);
        }
        self.system_objects();
    }

    /// Objects of kube-system that decide who is who.
    fn system_objects(&mut self) {
        let system = Scope::Namespace(SYSTEM.into());
        let held_there = |power| self.profile.witness(power, &system);
        let maps = held_there(Power::WriteConfigMaps).or_else(|| {
            self.profile.naming(Power::WriteConfigMaps).find(|held| {
                held.rule.resource_names.iter().any(|name| &**name == "aws-auth")
                    && (*held.scope() == Scope::Cluster || held.scope().may_be_in(SYSTEM))
            })
        });
        let makes = held_there(Power::CreateSecrets);
        if let Some(held) = maps
            && self.facts.snapshot.eks.is_some()
        {
            let doubts = vec![Doubt::AuthenticationMode];
            self.draw(Node::Administrator, Technique::AwsAuth, vec![Proof::Held(held)], doubts);
        }
        if let Some(held) = makes
            && self.facts.bootstrappers_join
        {
            let doubts = vec![Doubt::BootstrapTokens];
            self.draw(Node::Chosen, Technique::BootstrapToken, vec![Proof::Held(held)], doubts);
        }
    }

    /// Controllers that act upon what the identity may write.
    fn deputies(&mut self) {
        let graph = self.graph;
        for (number, present, write) in graph.writes() {
            for held in &self.closure.held {
                let covered = |verb: &str| covers(&held.rule.verbs, verb);
                let creates = covered("create") && held.rule.resource_names.is_empty();
                let changes = covered("update") || covered("patch");
                let lies = match (write.lies, held.scope()) {
                    (_, Scope::Cluster) => true,
                    (Lies::Cluster, _) => false,
                    (Lies::Anywhere, _) => true,
                    (Lies::WithController, scope) => scope.may_be_in(present.namespace),
                };
                if !lies
                    || !(creates || changes)
                    || !covers(&held.rule.api_groups, &write.group)
                    || !covers_resource(held.rule, &write.resource, "")
                {
                    continue;
                }
                let mut doubts: Vec<Doubt<'a>> =
                    write.unless.iter().map(|what| Doubt::Setting(what)).collect();
                let kind = format!("{}/{}", write.group, write.kind);
                let snapshot = self.facts.snapshot;
                if !creates && !snapshot.shows(&kind) {
                    if snapshot.lists(&kind) {
                        continue;
                    }
                    doubts.push(Doubt::ObjectUnlisted);
                }
                if *held.scope() == Scope::UnknownNamespace {
                    doubts.push(Doubt::GrantUnplaced);
                }
                let to = graph.acted(number, write.acts_as, &held.binding.scope);
                if write.acts_as == ActsAs::AccountOfNamespace
                    && held.scope().namespace().is_some_and(|name| {
                        self.facts.is_full(name)
                            && !self.lifts(name, Powers::default())
                            && self.profile.witness(Power::LiftQuotas, held.scope()).is_none()
                    })
                {
                    continue;
                }
                let technique = Technique::Deputy(present.deputy, write);
                self.draw(to, technique, vec![Proof::Held(*held)], doubts);
            }
        }
    }
}

/// How a pod that reaches its node passes Pod Security, if it does, and what is
/// not known of that.
pub(super) fn pass<'a>(door: Door, labels: bool) -> Option<(Technique<'a>, Option<Doubt<'a>>)> {
    match door {
        Door::Open => Some((Technique::NodePod, None)),
        _ if labels => Some((Technique::NodePodByLabel, None)),
        Door::ServersDefault => Some((Technique::NodePod, Some(Doubt::PodSecurityDefault))),
        Door::Alpha => Some((Technique::NodePod, Some(Doubt::PodSecurityAlpha))),
        Door::Unlisted => Some((Technique::NodePod, Some(Doubt::NamespaceUnlisted))),
        Door::Closed(_) => None,
    }
}

/// Ways into running pods, as far as the API server's version allows them.
pub(super) fn shells<'a>(facts: &Facts<'_>) -> Vec<(Power, Technique<'a>, Vec<Doubt<'a>>)> {
    let mut ways = vec![
        (Power::Exec, Technique::Exec, Vec::new()),
        (Power::DebugPods, Technique::Debug, Vec::new()),
        (Power::PatchPods, Technique::PodImage, Vec::new()),
        (Power::Attach, Technique::Attach, vec![Doubt::ProcessInput]),
    ];
    let version = facts.snapshot.version;
    if version.is_none_or(|version| version < EXEC_CHECKED) {
        let unsure = version.is_none().then_some(Doubt::ServerVersion);
        let attach = unsure.into_iter().chain([Doubt::ProcessInput]).collect();
        ways.push((Power::ExecByGet, Technique::Exec, unsure.into_iter().collect()));
        ways.push((Power::AttachByGet, Technique::Attach, attach));
    }
    ways
}

/// The rule itself, as proof.
pub(super) fn proof(held: Held<'_>) -> Vec<Proof<'_>> {
    vec![Proof::Held(held)]
}
