//! Edges that rules over named objects draw.

use super::{
    draw::{Drawing, pass, proof, shells},
    facts::{ACCOUNT_USER, UNPLACED},
    graph::{Node, Proof},
    power::{Power, Powers, TEMPLATES, Template},
    step::{Doubt, Technique},
};
use crate::{
    model::kubernetes::{Scope, objects::Workload},
    privilege::rbac::{
        closure::Held,
        identity::{ACCOUNTS, MASTERS},
    },
};

/// The signer of client certificates, the kubelet's, and all of Kubernetes' own.
const CLIENT_SIGNER: &str = "kubernetes.io/kube-apiserver-client";
const KUBELET_SIGNER: &str = "kubernetes.io/kube-apiserver-client-kubelet";
const ALL_SIGNERS: &str = "kubernetes.io/*";
/// Users of the control plane: whoever acts as one of them may change any role
/// or mint any token.
const CONTROL_PLANE: [&str; 1] = ["system:kube-controller-manager"];

/// How the user name of a node begins, and the group that its user has to be in.
const NODE_USER: &str = "system:node:";
const NODES: &str = "system:nodes";
/// Where a webhook that rewrites objects is configured.
pub(super) const WEBHOOKS: &str = "admissionregistration.k8s.io/MutatingWebhookConfiguration";

pub(super) fn edges(drawing: &mut Drawing<'_, '_>) {
    accounts(drawing);
    unmade_accounts(drawing);
    subjects(drawing);
    nodes(drawing);
    pods(drawing);
    templates(drawing);
    secrets(drawing);
    certificates(drawing);
    webhooks(drawing);
    for held in listed(drawing, Power::NodeProxy) {
        drawing.draw(Node::Some, Technique::NodeProxy, proof(held), Vec::new());
    }
}

fn listed<'a>(drawing: &Drawing<'_, 'a>, power: Power) -> Vec<Held<'a>> {
    drawing.profile.naming(power).collect()
}

fn names<'a>(held: Held<'a>, wanted: &[&str]) -> bool {
    held.rule.resource_names.iter().any(|name| wanted.contains(&&**name))
}

/// What is not known because nobody tells where a binding lies.
fn unplaced<'a>(held: Held<'_>) -> Vec<Doubt<'a>> {
    match held.scope() {
        Scope::UnknownNamespace => vec![Doubt::GrantUnplaced],
        Scope::Cluster | Scope::Namespace(_) => Vec::new(),
    }
}

/// Tokens and impersonation of ServiceAccounts by name.
fn accounts(drawing: &mut Drawing<'_, '_>) {
    for (power, technique) in [
        (Power::MintTokens, Technique::Token),
        (Power::ImpersonateAccounts, Technique::ImpersonateAccount),
    ] {
        for held in listed(drawing, power) {
            for name in &held.rule.resource_names {
                match held.scope() {
                    Scope::Namespace(namespace) => {
                        drawing.draw(
                            Node::Account(namespace, name),
                            technique,
                            proof(held),
                            vec![],
                        );
                        let doubts = vec![Doubt::AccountUnplaced];
                        drawing.draw(Node::Account(UNPLACED, name), technique, proof(held), doubts);
                    }
                    Scope::Cluster | Scope::UnknownNamespace => {
                        let namespaces: Vec<_> = drawing.facts.spaces.keys().copied().collect();
                        for namespace in namespaces {
                            let to = Node::Account(namespace, name);
                            drawing.draw(to, technique, proof(held), unplaced(held));
                        }
                    }
                }
            }
        }
    }
}

/// ServiceAccounts by name that nobody made: the API server asks for no object to
/// impersonate one, and takes it for a member of its groups.
fn unmade_accounts(drawing: &mut Drawing<'_, '_>) {
    let (graph, facts) = (drawing.graph, drawing.facts);
    for held in listed(drawing, Power::ImpersonateAccounts) {
        for name in &held.rule.resource_names {
            let unmade: Vec<&str> = facts
                .spaces
                .keys()
                .copied()
                .filter(|namespace| held.holds_in(Some(namespace)))
                .filter(|namespace| graph.id(Node::Account(namespace, name)).is_none())
                .collect();
            if unmade.is_empty() {
                continue;
            }
            let groups = unmade.iter().map(|namespace| format!("{ACCOUNTS}:{namespace}"));
            for group in groups.chain([ACCOUNTS.to_owned()]) {
                if let Some(group) = graph.id(Node::Group(&group)).and_then(|id| graph.node(id)) {
                    let technique = Technique::ImpersonateAccount;
                    drawing.draw(group, technique, proof(held), unplaced(held));
                }
            }
        }
    }
}

/// Users and groups by name. A group alone cannot be impersonated: some user or
/// ServiceAccount has to be in the same request.
fn subjects(drawing: &mut Drawing<'_, '_>) {
    for held in listed(drawing, Power::ImpersonateUsers) {
        for name in &held.rule.resource_names {
            if CONTROL_PLANE.contains(&&**name) {
                let technique = Technique::ImpersonateControlPlane;
                drawing.draw(Node::Administrator, technique, proof(held), vec![]);
            }
            drawing.draw(Node::User(name), Technique::Impersonate, proof(held), vec![]);
            if let Some((namespace, name)) = account_of_user(name) {
                let to = Node::Account(namespace, name);
                drawing.draw(to, Technique::Impersonate, proof(held), vec![]);
            }
        }
    }
    let profile = drawing.profile;
    let somebody = [Power::ImpersonateUsers, Power::ImpersonateAccounts].iter().find_map(|power| {
        profile.given.iter().find(|given| given.powers.has(*power) || given.named.has(*power))
    });
    let Some(somebody) = somebody else { return };
    for given in &profile.given {
        if given.powers.has(Power::ImpersonateGroups) {
            let proofs = vec![Proof::Held(somebody.held), Proof::Held(given.held)];
            drawing.draw(Node::Administrator, Technique::ImpersonateMasters, proofs, vec![]);
        } else if given.named.has(Power::ImpersonateGroups) {
            for name in &given.held.rule.resource_names {
                let proofs = vec![Proof::Held(somebody.held), Proof::Held(given.held)];
                if &**name == MASTERS {
                    let technique = Technique::ImpersonateMasters;
                    drawing.draw(Node::Administrator, technique, proofs, vec![]);
                } else {
                    drawing.draw(Node::Group(name), Technique::Impersonate, proofs, vec![]);
                }
            }
        }
    }
}

/// A node by the names of its user and of the group that makes it one.
fn nodes(drawing: &mut Drawing<'_, '_>) {
    let is_node = |name: &str| name.len() > NODE_USER.len() && name.starts_with(NODE_USER);
    let user = drawing
        .profile
        .naming(Power::ImpersonateUsers)
        .find(|held| held.rule.resource_names.iter().any(|name| is_node(name)));
    let group =
        drawing.profile.naming(Power::ImpersonateGroups).find(|held| names(*held, &[NODES]));
    if let (Some(user), Some(group)) = (user, group) {
        let proofs = vec![Proof::Held(user), Proof::Held(group)];
        drawing.draw(Node::Some, Technique::Impersonate, proofs, vec![]);
    }
}

/// Running pods by name.
fn pods(drawing: &mut Drawing<'_, '_>) {
    for (power, technique, doubts) in shells(drawing.facts) {
        for held in listed(drawing, power) {
            for name in &held.rule.resource_names {
                let facts = drawing.facts;
                let pods: Vec<_> = facts
                    .named(held.scope(), name)
                    .filter(|workload| &*workload.kind == "Pod")
                    .collect();
                let unsure =
                    || doubts.iter().copied().chain(unplaced(held)).collect::<Vec<Doubt<'_>>>();
                if pods.is_empty() && !facts.pods_listed {
                    let to = match held.scope() {
                        Scope::Namespace(namespace) => Node::AnyOf(namespace),
                        Scope::Cluster | Scope::UnknownNamespace => Node::AnyAccount,
                    };
                    let doubts = unsure().into_iter().chain([Doubt::PodsUnlisted]).collect();
                    drawing.draw(to, technique, proof(held), doubts);
                }
                for pod in pods {
                    if facts.mounts_token(pod) {
                        let proofs = shown(held, pod);
                        drawing.draw(account(pod), technique, proofs, unsure());
                    }
                    if pod.node_access.any() {
                        let mut doubts = unsure();
                        if !pod.node_access.privileged {
                            doubts.push(Doubt::NodeAccessReach);
                        }
                        let proofs = shown(held, pod);
                        drawing.draw(Node::Some, Technique::NodeShell, proofs, doubts);
                    }
                }
            }
        }
    }
}

/// Templates of workloads by name: whoever changes one chooses its
/// ServiceAccount.
fn templates(drawing: &mut Drawing<'_, '_>) {
    for held in drawing.profile.naming_templates() {
        for name in &held.rule.resource_names {
            let facts = drawing.facts;
            let workloads: Vec<_> = facts
                .named(held.scope(), name)
                .filter(|workload| Template::of(&workload.kind).is_some())
                .filter(|workload| covers_kind(held, &workload.kind))
                .collect();
            let mut changed = TEMPLATES.iter().filter(|template| covers_kind(held, template.kind));
            if workloads.is_empty() && changed.any(|template| !facts.lists(template)) {
                unlisted_template(drawing, held);
            }
            for workload in workloads {
                let namespace = workload.scope.namespace().unwrap_or(UNPLACED);
                let lifts = || {
                    drawing.lifts(namespace, Powers::default())
                        || drawing.profile.witness(Power::LiftQuotas, &workload.scope).is_some()
                };
                if !facts.is_full(namespace) || lifts() {
                    let proofs = shown(held, workload);
                    let to = Node::AnyOf(namespace);
                    drawing.draw(to, Technique::Workload, proofs, unplaced(held));
                    node_by_template(drawing, held, workload, namespace);
                }
            }
        }
    }
}

/// A workload that the evidence may lack: any account where it may lie, and the
/// node where Pod Security lets its pods in.
fn unlisted_template<'a>(drawing: &mut Drawing<'_, 'a>, held: Held<'a>) {
    let profile = drawing.profile;
    let (to, door) = match held.scope() {
        Scope::Namespace(name) if drawing.facts.is_full(name) => return,
        Scope::Namespace(name) => (Node::AnyOf(name), drawing.facts.door(name)),
        Scope::Cluster | Scope::UnknownNamespace => {
            (Node::AnyPodAccount, drawing.widest_door(profile.everywhere()))
        }
    };
    let doubts: Vec<Doubt<'a>> =
        unplaced(held).into_iter().chain([Doubt::ObjectUnlisted]).collect();
    drawing.draw(to, Technique::Workload, proof(held), doubts.clone());
    let labels = profile.witness(Power::ChangeNamespaces, held.scope());
    if let Some((technique, doubt)) = pass(door, labels.is_some()) {
        let mut proofs = proof(held);
        if let (Technique::NodePodByLabel, Some(labels)) = (technique, labels) {
            proofs.push(Proof::Held(labels));
        }
        let doubts = doubts.into_iter().chain(doubt).collect();
        drawing.draw(Node::Chosen, technique, proofs, doubts);
    }
}

/// The node, where Pod Security lets the changed pods reach it.
fn node_by_template<'a>(
    drawing: &mut Drawing<'_, 'a>,
    held: Held<'a>,
    workload: &'a Workload,
    namespace: &str,
) {
    let labels = drawing
        .profile
        .witness(Power::ChangeNamespaces, &workload.scope)
        .or_else(|| drawing.labels(Some(namespace), Powers::default()));
    let door = drawing.facts.door(namespace);
    if let Some((technique, doubt)) = pass(door, labels.is_some()) {
        let mut proofs = shown(held, workload);
        if let (Technique::NodePodByLabel, Some(labels)) = (technique, labels) {
            proofs.push(Proof::Held(labels));
        }
        let doubts = unplaced(held).into_iter().chain(doubt).collect();
        drawing.draw(Node::Chosen, technique, proofs, doubts);
    }
}

/// Whether a rule is about the kind of a workload: a name means one Deployment,
/// and not the CronJob of the same name.
fn covers_kind(held: Held<'_>, kind: &str) -> bool {
    let plural = format!("{}s", kind.to_lowercase());
    held.rule.resources.iter().any(|entry| **entry == *"*" || **entry == *plural)
}

/// Secrets with tokens by name.
fn secrets(drawing: &mut Drawing<'_, '_>) {
    for held in listed(drawing, Power::ReadSecrets) {
        if !drawing.facts.secrets_listed {
            let to = match held.scope() {
                Scope::Namespace(namespace) => Node::AnyOf(namespace),
                Scope::Cluster | Scope::UnknownNamespace => Node::AnyAccount,
            };
            let doubts = unplaced(held).into_iter().chain([Doubt::SecretsUnlisted]).collect();
            drawing.draw(to, Technique::ReadTokenSecret, proof(held), doubts);
        }
        for secret in &drawing.facts.snapshot.token_secrets {
            if held.scope().may_reach(&secret.scope)
                && names(held, &[&secret.name])
                && let Some(account) = &secret.service_account
            {
                let namespace = secret.scope.namespace().unwrap_or(UNPLACED);
                let proofs =
                    vec![Proof::Held(held), Proof::Shown("holds its token", &secret.location)];
                let to = Node::Account(namespace, account);
                drawing.draw(to, Technique::ReadTokenSecret, proofs, unplaced(held));
            }
        }
    }
}

/// Certificates by the name of their signer.
fn certificates(drawing: &mut Drawing<'_, '_>) {
    let profile = drawing.profile;
    let has = |power: Power| {
        profile
            .given
            .iter()
            .find(|given| given.powers.has(power) || given.named.has(power))
            .map(|given| given.held)
    };
    let eks = drawing.facts.snapshot.eks.is_some();
    let doubts = || if eks { vec![Doubt::EksSigner] } else { Vec::new() };
    if let (Some(requests), Some(approvals)) =
        (has(Power::RequestCertificates), has(Power::WriteApprovals))
    {
        for held in listed(drawing, Power::ApproveSigners) {
            let proofs = [requests, approvals, held].map(Proof::Held).to_vec();
            if names(held, &[CLIENT_SIGNER, ALL_SIGNERS]) {
                let technique = Technique::Certificate;
                drawing.draw(Node::Administrator, technique, proofs.clone(), doubts());
            }
            if names(held, &[KUBELET_SIGNER, ALL_SIGNERS]) {
                let technique = Technique::NodeCertificate;
                drawing.draw(Node::Chosen, technique, proofs, doubts());
            }
        }
    }
    if let Some(status) = has(Power::WriteCertificates) {
        for held in listed(drawing, Power::Sign) {
            if names(held, &[CLIENT_SIGNER, ALL_SIGNERS]) {
                let proofs = [held, status].map(Proof::Held).to_vec();
                let doubts = vec![Doubt::SignerKey];
                drawing.draw(Node::Administrator, Technique::Sign, proofs, doubts);
            }
        }
    }
}

/// Mutating webhooks by the name of their configuration.
fn webhooks(drawing: &mut Drawing<'_, '_>) {
    let snapshot = drawing.facts.snapshot;
    let listed_all = snapshot.lists(WEBHOOKS);
    for held in listed(drawing, Power::ChangeWebhooks) {
        let is_there = snapshot
            .admission
            .webhooks
            .iter()
            .any(|webhook| webhook.mutating && names(held, &[&webhook.configuration]));
        if is_there || !listed_all {
            let doubt = (!is_there).then_some(Doubt::WebhooksUnlisted);
            let doubts = doubt.into_iter().collect();
            drawing.draw(Node::Administrator, Technique::Webhook, proof(held), doubts);
        }
    }
}

/// Namespace and name of the ServiceAccount that a user name stands for.
fn account_of_user(user: &str) -> Option<(&str, &str)> {
    user.strip_prefix(ACCOUNT_USER)?.split_once(':')
}

fn account(workload: &Workload) -> Node<'_> {
    Node::Account(workload.scope.namespace().unwrap_or(UNPLACED), &workload.service_account)
}

fn shown<'a>(held: Held<'a>, workload: &'a Workload) -> Vec<Proof<'a>> {
    vec![Proof::Held(held), Proof::Shown("what it does it through", &workload.location)]
}
