//! The ways in which one identity becomes another, and what may stand in them.

use std::fmt;

use crate::{
    model::kubernetes::rbac::RoleRef,
    rubric::kubernetes::deputies::{Deputy, DeputyWrite},
};

/// How a step is taken.
#[derive(Debug, Clone, Copy)]
pub(super) enum Technique<'a> {
    /// Part of the step before: one of several that it could end at.
    Choice,
    Pod,
    Workload,
    PodImage,
    Debug,
    Exec,
    Attach,
    Token,
    ImpersonateAccount,
    ReadTokenSecret,
    MakeTokenSecret,
    /// By rights that it hands to itself, without a step between.
    Handed,
    Impersonate,
    ImpersonateControlPlane,
    ImpersonateMasters,
    Certificate,
    Sign,
    NodeCertificate,
    BootstrapToken,
    Webhook,
    MutatingPolicy,
    ApiDefinition,
    AwsAuth,
    NodePod,
    NodePodByLabel,
    NodeVolume,
    NodeShell,
    OwnPod,
    NodeProxy,
    NodeToken,
    ControlPlaneNode,
    Deputy(&'a Deputy, &'a DeputyWrite),
    Holds,
    HoldsNamespace(&'a str),
    /// A role that the evidence lacks, or holds in part.
    MayHold,
    CloudRole,
    /// The role of a node, by whoever is it.
    NodeRole,
    /// A ServiceAccount of its own making, and a pod or token of it.
    NewAccount,
}

impl Technique<'_> {
    /// The risk that explains it.
    pub(super) fn rule(&self) -> &'static str {
        match self {
            Self::Choice | Self::Pod | Self::NewAccount => "K8S-POD-CREATE",
            Self::Workload => "K8S-WORKLOAD",
            Self::PodImage => "K8S-POD-PATCH",
            Self::Debug => "K8S-DEBUG",
            Self::Exec | Self::Attach | Self::NodeShell => "K8S-EXEC",
            Self::Token => "K8S-SA-TOKEN",
            Self::ImpersonateAccount => "K8S-IMPERSONATE-SA",
            Self::ReadTokenSecret => "K8S-SECRETS",
            Self::MakeTokenSecret => "K8S-TOKEN-SECRET",
            Self::Handed => "K8S-BIND",
            Self::Impersonate | Self::ImpersonateControlPlane | Self::ImpersonateMasters => {
                "K8S-IMPERSONATE"
            }
            Self::Certificate => "K8S-CSR",
            Self::Sign => "K8S-CSR-SIGN",
            Self::NodeCertificate => "K8S-CSR-NODE",
            Self::BootstrapToken => "K8S-BOOTSTRAP-SECRET",
            Self::Webhook | Self::MutatingPolicy => "K8S-MUTATING-ADMISSION",
            Self::ApiDefinition => "K8S-API-DEFINITION",
            Self::AwsAuth => "K8S-AWS-AUTH",
            Self::NodePodByLabel => "K8S-NAMESPACE-LABELS",
            Self::NodeProxy => "K8S-NODE-PROXY",
            Self::NodePod
            | Self::NodeVolume
            | Self::OwnPod
            | Self::NodeToken
            | Self::ControlPlaneNode => "K8S-PATH-NODE",
            Self::Deputy(..) => "K8S-PATH-CONTROLLER",
            Self::Holds | Self::MayHold => "K8S-ADMIN",
            Self::HoldsNamespace(_) => "K8S-NS-ADMIN",
            Self::CloudRole | Self::NodeRole => "K8S-PATH-CLOUD",
        }
    }

    /// As a sentence that follows who takes it.
    pub(super) fn told(&self, to: &str) -> String {
        match self {
            Self::Choice => format!("becomes {to}"),
            Self::Pod => format!("creates a pod that runs as {to}"),
            Self::Workload => format!("has a workload run as {to}"),
            Self::PodImage => format!("swaps the image of a pod that runs as {to}"),
            Self::Debug => format!("adds a container to a pod that runs as {to}"),
            Self::Exec => format!("opens a shell in a pod that runs as {to}"),
            Self::Attach => format!("attaches to a process that runs as {to}"),
            Self::Token => format!("mints a token of {to}"),
            Self::ImpersonateAccount | Self::Impersonate => format!("impersonates {to}"),
            Self::ReadTokenSecret => format!("reads the Secret that holds a token of {to}"),
            Self::MakeTokenSecret => format!("has a token of {to} written into a Secret"),
            Self::Handed => format!("acts as {to}"),
            Self::ImpersonateControlPlane => {
                "impersonates system:kube-controller-manager, which mints tokens of every \
                 ServiceAccount"
                    .to_owned()
            }
            Self::ImpersonateMasters => "impersonates a member of system:masters".to_owned(),
            Self::Certificate => {
                "has a client certificate of a control-plane user issued".to_owned()
            }
            Self::Sign => "issues a client certificate of any user".to_owned(),
            Self::NodeCertificate => "has the certificate of a node issued".to_owned(),
            Self::BootstrapToken => "makes a bootstrap token and joins as a node".to_owned(),
            Self::Webhook => "puts a webhook before the API that rewrites pods".to_owned(),
            Self::MutatingPolicy => "puts a policy before the API that rewrites pods".to_owned(),
            Self::ApiDefinition => "answers part of the API itself".to_owned(),
            Self::AwsAuth => "maps an AWS identity to system:masters".to_owned(),
            Self::NodePod => "runs a pod that reaches its node".to_owned(),
            Self::NodePodByLabel => {
                "lifts Pod Security from the namespace and runs a pod that reaches its node"
                    .to_owned()
            }
            Self::NodeVolume => "mounts a path of the node through a PersistentVolume".to_owned(),
            Self::NodeShell => "enters a pod that reaches its node".to_owned(),
            Self::OwnPod => "reaches the node of its own pod".to_owned(),
            Self::NodeProxy => "commands the kubelet through nodes/proxy".to_owned(),
            Self::NodeToken => format!("takes the token of {to} from the node"),
            Self::ControlPlaneNode => "reads the control plane's keys on its node".to_owned(),
            Self::Deputy(deputy, write) => {
                format!(
                    "writes {}.{}, upon which {} acts as {to}",
                    write.resource, write.group, deputy.title
                )
            }
            Self::Holds => "is administrator of the cluster".to_owned(),
            Self::HoldsNamespace(namespace) => format!("is administrator of {namespace}"),
            Self::MayHold => format!("may hold the rights of {to}"),
            Self::CloudRole => format!("is given credentials of {to}"),
            Self::NodeRole => format!("takes the role of its node, {to}"),
            Self::NewAccount => format!("makes {to} and holds its token"),
        }
    }
}

/// What is not known of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doubt<'a> {
    PodSecurityDefault,
    PodSecurityAlpha,
    NamespaceUnlisted,
    PodsUnlisted,
    SecretsUnlisted,
    SystemAccountsUnlisted,
    GrantUnplaced,
    AccountUnplaced,
    ServerVersion,
    ProcessInput,
    NodeAccessReach,
    RootlessVolume,
    PodsOfNode,
    WhichOwnPod,
    ControlPlaneNodes,
    TokenGiven,
    WhichNode,
    NamespaceUnseen,
    SignerKey,
    EksSigner,
    BootstrapTokens,
    AuthenticationMode,
    ApiClients,
    WebhooksUnlisted,
    MutatingPoliciesServed,
    ObjectUnlisted,
    RoleUnlisted(&'a RoleRef),
    RoleUnread(&'a RoleRef),
    BoundRoleUnlisted(&'a str),
    BindingsUnlisted,
    Unasked,
    /// As another room says it.
    Told(&'a str),
}

impl fmt::Display for Doubt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RoleUnlisted(role) => {
                return write!(f, "what {}/{} gives: the evidence lacks it", role.kind, role.name);
            }
            Self::RoleUnread(role) => {
                return write!(f, "all that {}/{} gives: part was not read", role.kind, role.name);
            }
            Self::BoundRoleUnlisted(role) => {
                return write!(f, "what ClusterRole/{role} gives: the evidence lacks it");
            }
            Self::BindingsUnlisted => "what the bindings give that it may join: none are listed",
            Self::Unasked => "what the roles and bindings give that gradus did not ask about",
            Self::PodSecurityDefault => {
                "the API server's default for Pod Security, where no label of the namespace tells"
            }
            Self::PodSecurityAlpha => {
                "whether the API server enforces Pod Security: in 1.22 it has to be switched on"
            }
            Self::NamespaceUnlisted => {
                "what Pod Security enforces in a namespace that the evidence lacks"
            }
            Self::PodsUnlisted => {
                "as which ServiceAccounts pods run: the evidence does not list all pods (give \
                 `kubectl get pods -A -o json`, or collect the cluster)"
            }
            Self::SecretsUnlisted => {
                "whether a Secret holds a token: the evidence does not list all Secrets (give \
                 their metadata of all namespaces, or collect the cluster)"
            }
            Self::SystemAccountsUnlisted => {
                "the ServiceAccounts of kube-system, which the evidence does not list"
            }
            Self::GrantUnplaced => "in which namespace the binding lies",
            Self::AccountUnplaced => "in which namespace the ServiceAccount lies",
            Self::ServerVersion => {
                "which version the API server is: before 1.35 a get opens a shell"
            }
            Self::ProcessInput => "whether a process of the pod does what it reads",
            Self::NodeAccessReach => "how far the pod's access to its node reaches",
            Self::RootlessVolume => "what a pod without root reads on the node",
            Self::PodsOfNode => "which pods run on that node",
            Self::WhichOwnPod => "which of the pods of its ServiceAccount it is",
            Self::ControlPlaneNodes => "whether a node that pods run on holds the control plane",
            Self::TokenGiven => "whether it gets at what pods of the ServiceAccount are given",
            Self::WhichNode => "which of the nodes it is",
            Self::NamespaceUnseen => "whether there is such a namespace, or it may make it",
            Self::SignerKey => "whether it holds the signer's key",
            Self::EksSigner => "whether EKS issues certificates of that signer",
            Self::BootstrapTokens => "whether the API server takes bootstrap tokens",
            Self::AuthenticationMode => "whether the cluster still reads aws-auth",
            Self::ApiClients => "which clients trust what is answered",
            Self::WebhooksUnlisted => {
                "whether there is a webhook to change: the evidence shows none"
            }
            Self::MutatingPoliciesServed => "whether the API server serves mutating policies",
            Self::ObjectUnlisted => "whether there is such an object to change",
            Self::Told(what) => what,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rubric::kubernetes::KubernetesRules;

    #[test]
    fn every_step_is_explained_by_a_rule() {
        use Technique as T;
        let rules = KubernetesRules::embedded().expect("the shipped rules load");
        let deputy = rules.deputies.first().expect("a deputy");
        let write = deputy.writes.first().expect("a write");
        let all = [
            T::Choice,
            T::Pod,
            T::Workload,
            T::PodImage,
            T::Debug,
            T::Exec,
            T::Attach,
            T::Token,
            T::ImpersonateAccount,
            T::ReadTokenSecret,
            T::MakeTokenSecret,
            T::Handed,
            T::Impersonate,
            T::ImpersonateControlPlane,
            T::ImpersonateMasters,
            T::Certificate,
            T::Sign,
            T::NodeCertificate,
            T::BootstrapToken,
            T::Webhook,
            T::MutatingPolicy,
            T::ApiDefinition,
            T::AwsAuth,
            T::NodePod,
            T::NodePodByLabel,
            T::NodeVolume,
            T::NodeShell,
            T::OwnPod,
            T::NodeProxy,
            T::NodeToken,
            T::ControlPlaneNode,
            T::Deputy(deputy, write),
            T::Holds,
            T::HoldsNamespace("shop"),
            T::MayHold,
            T::CloudRole,
            T::NodeRole,
            T::NewAccount,
        ];
        for technique in all {
            let id = technique.rule();
            let known = rules.risk(id).is_some() || rules.paths.iter().any(|rule| rule.id == id);
            assert!(known, "{id}");
        }
    }
}
