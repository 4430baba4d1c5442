//! ServiceAccounts, workloads, namespaces and token Secrets.

use std::sync::Arc;

use super::{namespaced, read::Reader};
use crate::{
    model::{
        kubernetes::objects::{Namespace, NodeAccess, ServiceAccount, TokenSecret, Workload},
        location::Location,
    },
    source::node::Node,
};

const ROLE_ARN: &str = "eks.amazonaws.com/role-arn";
const EKS_PREFIX: &str = "eks.amazonaws.com/";
const TOKEN_TYPE: &str = "kubernetes.io/service-account-token";
const TOKEN_OWNER: &str = "kubernetes.io/service-account.name";

impl Reader<'_> {
    /// The account, and its place where it shows that the cluster is EKS.
    pub(super) fn service_account(&mut self) -> (ServiceAccount, Option<Location>) {
        self.wants_namespace();
        let root = self.root();
        let annotation = root.at(&["metadata", "annotations", ROLE_ARN]);
        let aws_role = annotation.and_then(Node::text).map(|arn| self.word(&arn));
        let eks = annotation.map(|node| self.at(node));
        let account = ServiceAccount {
            scope: self.object.scope.clone(),
            name: self.object.name.clone(),
            aws_role,
            automount: root.get("automountServiceAccountToken").and_then(Node::as_bool),
            location: self.here(),
        };
        (account, eks)
    }

    pub(super) fn namespace(&mut self) -> Option<Namespace> {
        let labels = self.root().at(&["metadata", "labels"]);
        Some(Namespace {
            name: self.object.name.clone(),
            labels: self.pairs(labels).into_iter().collect(),
            location: self.here(),
        })
    }

    /// Metadata of a Secret that holds a ServiceAccount's token; none for any other.
    pub(super) fn token_secret(&mut self) -> Option<TokenSecret> {
        let root = self.root();
        if root.str_at("type") != Some(TOKEN_TYPE) {
            return None;
        }
        self.wants_namespace();
        let owner = root.at(&["metadata", "annotations", TOKEN_OWNER]).and_then(Node::text);
        Some(TokenSecret {
            scope: self.object.scope.clone(),
            name: self.object.name.clone(),
            service_account: owner.map(|name| self.word(&name)),
            location: self.here(),
        })
    }

    /// The place of a Node that runs on EKS.
    pub(super) fn eks_node(&mut self) -> Option<Location> {
        let labels = self.root().at(&["metadata", "labels"])?;
        labels
            .entries()
            .iter()
            .any(|(key, _)| key.name.starts_with(EKS_PREFIX))
            .then(|| self.here())
    }

    /// A workload; none for any other kind.
    pub(super) fn workload(&mut self, kind: &str) -> Option<Workload> {
        let root = self.root();
        let (spec, template) = match kind {
            "Pod" => (root.get("spec"), None),
            "Deployment"
            | "StatefulSet"
            | "DaemonSet"
            | "ReplicaSet"
            | "ReplicationController"
            | "Job" => (root.at(&["spec", "template", "spec"]), root.at(&["spec", "template"])),
            "CronJob" => {
                let template = root.at(&["spec", "jobTemplate", "spec", "template"]);
                (template.and_then(|node| node.get("spec")), template)
            }
            _ => return None,
        };
        self.wants_namespace();
        let mut labels: Vec<(Arc<str>, Arc<str>)> = self.pairs(root.at(&["metadata", "labels"]));
        let pod_labels = match template {
            Some(template) => self.pairs(template.at(&["metadata", "labels"])),
            None if kind == "Pod" => labels.clone(),
            None => Vec::new(),
        };
        labels.extend(pod_labels.iter().cloned());
        let number = |key: &str| {
            root.at(&["spec", key]).and_then(Node::as_i64).and_then(|n| u64::try_from(n).ok())
        };
        if spec.is_none() {
            self.gap(root, "has no pod in it: as whom it runs is unknown".to_owned());
        }
        let spec = spec.unwrap_or(root);
        // The API server keeps the two in step; a manifest may use the old one.
        let account = self.text(spec, "serviceAccountName").filter(|name| !name.is_empty());
        let old = self.text(spec, "serviceAccount").filter(|name| !name.is_empty());
        let service_account = account.or(old).unwrap_or_else(|| self.word("default"));
        let containers: Vec<&Node> = ["initContainers", "containers", "ephemeralContainers"]
            .iter()
            .flat_map(|key| spec.items_at(key))
            .collect();
        let images = containers.iter().filter_map(|node| node.str_at("image"));
        let images = images.map(|image| self.word(image)).collect();
        Some(Workload {
            kind: self.word(kind),
            scope: namespaced(self.object.scope.namespace().map(Arc::from)),
            name: self.object.name.clone(),
            service_account,
            automount: spec.get("automountServiceAccountToken").and_then(Node::as_bool),
            from_git: is_from_git(root),
            labels: labels.into_iter().collect(),
            pod_labels: pod_labels.into_iter().collect(),
            replicas: number("replicas"),
            revision_history: number("revisionHistoryLimit"),
            images,
            node_access: node_access(spec, &containers),
            owned: root
                .at(&["metadata"])
                .map(|node| node.items_at("ownerReferences"))
                .unwrap_or_default()
                .iter()
                .any(|owner| owner.get("controller").and_then(Node::as_bool) == Some(true)),
            location: self.here(),
        })
    }
}

/// Whether Argo CD or Flux says that it applied the object.
fn is_from_git(root: &Node) -> bool {
    let has = |kind: &str, key: &str| root.at(&["metadata", kind, key]).is_some();
    has("annotations", "argocd.argoproj.io/tracking-id")
        || has("labels", "argocd.argoproj.io/instance")
        || has("labels", "kustomize.toolkit.fluxcd.io/name")
        || has("labels", "helm.toolkit.fluxcd.io/name")
}

fn node_access(spec: &Node, containers: &[&Node]) -> NodeAccess {
    let yes = |node: &Node, path: &[&str]| node.at(path).and_then(Node::as_bool) == Some(true);
    NodeAccess {
        privileged: containers.iter().any(|node| yes(node, &["securityContext", "privileged"])),
        host_path: spec.items_at("volumes").iter().any(|volume| volume.get("hostPath").is_some()),
        host_namespaces: ["hostNetwork", "hostPID", "hostIPC"].iter().any(|key| yes(spec, &[key])),
    }
}
