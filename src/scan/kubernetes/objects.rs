//! ServiceAccounts, workloads, namespaces and token Secrets.

use std::{collections::BTreeSet, sync::Arc};

use super::{namespaced, read::Reader};
use crate::{
    model::{
        kubernetes::{
            Scope,
            objects::{Given, Namespace, NodeAccess, ServiceAccount, TokenSecret, Workload},
        },
        location::Location,
    },
    source::node::Node,
};

const ROLE_ARN: &str = "eks.amazonaws.com/role-arn";
const AUDIENCE: &str = "eks.amazonaws.com/audience";
const EKS_PREFIX: &str = "eks.amazonaws.com/";
const TOKEN_TYPE: &str = "kubernetes.io/service-account-token";
const TOKEN_OWNER: &str = "kubernetes.io/service-account.name";
/// Where a resource that somebody added holds the pod it runs.
const TEMPLATES: [&str; 2] = ["template", "podTemplate"];
/// Capabilities that let a container load code into the kernel, mount, trace or
/// open what is outside of it.
/// <https://man7.org/linux/man-pages/man7/capabilities.7.html>
const CAPABILITIES: [&str; 7] =
    ["ALL", "BPF", "DAC_READ_SEARCH", "SYS_ADMIN", "SYS_MODULE", "SYS_PTRACE", "SYS_RAWIO"];
/// Audiences of tokens that no API server takes: clouds and the mesh.
const OTHER_AUDIENCES: [&str; 4] =
    ["api://AzureADTokenExchange", "istio-ca", "pods.eks.amazonaws.com", "sts.amazonaws.com"];

impl Reader<'_> {
    /// The account, and its place where it shows that the cluster is EKS.
    pub(super) fn service_account(&mut self) -> (ServiceAccount, Option<Location>) {
        self.wants_namespace();
        let root = self.root();
        let annotation = root.at(&["metadata", "annotations", ROLE_ARN]);
        let aws_role = annotation.and_then(Node::text).map(|arn| self.word(&arn));
        let audience = root.at(&["metadata", "annotations", AUDIENCE]).and_then(Node::text);
        let aws_audience = audience.map(|audience| self.word(&audience));
        let eks = annotation.map(|node| self.at(node));
        let account = ServiceAccount {
            scope: self.object.scope.clone(),
            name: self.object.name.clone(),
            aws_role,
            aws_audience,
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

    /// A workload; none for a kind that runs no pod.
    pub(super) fn workload(&mut self, kind: &str) -> Option<Workload> {
        let root = self.root();
        let (spec, template) = match kind {
            "Pod" => (root.get("spec"), None),
            "CronJob" => {
                let template = root.at(&["spec", "jobTemplate", "spec", "template"]);
                (template.and_then(|node| node.get("spec")), template)
            }
            _ if Workload::BUILT_IN.contains(&kind) => {
                (root.at(&["spec", "template", "spec"]), root.at(&["spec", "template"]))
            }
            _ => return None,
        };
        Some(self.running(kind, spec, template))
    }

    /// What a resource that somebody added runs, where it holds a pod template:
    /// a Rollout of Argo Rollouts, a Sandbox, a Service of Knative.
    pub(super) fn custom_workload(&mut self, kind: &str) -> Option<Workload> {
        let root = self.root();
        let template = TEMPLATES.iter().filter_map(|key| root.at(&["spec", key])).find(|node| {
            node.get("spec").is_some_and(|spec| !spec.items_at("containers").is_empty())
        })?;
        Some(self.running(kind, template.get("spec"), Some(template)))
    }

    fn running(&mut self, kind: &str, spec: Option<&Node>, template: Option<&Node>) -> Workload {
        let root = self.root();
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
        let given = self.given(kind, spec, &containers);
        Workload {
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
            given,
            owned: root
                .at(&["metadata"])
                .map(|node| node.items_at("ownerReferences"))
                .unwrap_or_default()
                .iter()
                .any(|owner| owner.get("controller").and_then(Node::as_bool) == Some(true)),
            location: self.here(),
        }
    }

    /// What a pod is given to read; of Secrets the names alone.
    fn given(&mut self, kind: &str, spec: &Node, containers: &[&Node]) -> Given {
        let volumes = spec.items_at("volumes");
        let sources = || {
            volumes
                .iter()
                .filter_map(|volume| volume.get("projected"))
                .flat_map(|projected| projected.items_at("sources"))
        };
        // How volumes, projected sources and environments name an object of each kind.
        let mut names = |volume: &[&str], source: &[&str], all: &[&str], one: &[&str]| {
            let mounted = volumes.iter().filter_map(|node| node.at(volume));
            let projected = sources().filter_map(|node| node.at(source));
            let env = containers.iter().flat_map(|container| {
                let from = container.items_at("envFrom").iter();
                let single = container.items_at("env").iter();
                from.filter_map(|node| node.at(all)).chain(single.filter_map(|node| node.at(one)))
            });
            let names = mounted.chain(projected).chain(env).filter_map(Node::text);
            names.map(|name| self.word(&name)).collect::<BTreeSet<Arc<str>>>()
        };
        let secrets = names(
            &["secret", "secretName"],
            &["secret", "name"],
            &["secretRef", "name"],
            &["valueFrom", "secretKeyRef", "name"],
        );
        let config_maps = names(
            &["configMap", "name"],
            &["configMap", "name"],
            &["configMapRef", "name"],
            &["valueFrom", "configMapKeyRef", "name"],
        );
        let claims = volumes
            .iter()
            .filter_map(|volume| volume.at(&["persistentVolumeClaim", "claimName"])?.text())
            .map(|name| self.word(&name));
        let mut claims: BTreeSet<Arc<str>> = claims.collect();
        if kind == "StatefulSet"
            && let Some(spec) = self.root().get("spec")
        {
            for template in spec.items_at("volumeClaimTemplates") {
                if let Some(name) = template.at(&["metadata", "name"]).and_then(Node::text) {
                    let made = format!("{name}-{}-*", self.object.name);
                    claims.insert(self.word(&made));
                }
            }
        }
        let token = sources().filter_map(|source| source.get("serviceAccountToken")).any(|token| {
            token.str_at("audience").is_none_or(|whose| !OTHER_AUDIENCES.contains(&whose))
        });
        Given { token, secrets, config_maps, claims }
    }

    /// The claim that a volume of the cluster is bound to, as namespace and name,
    /// where the volume is a path of a node; and its own name.
    pub(super) fn host_volume(&mut self) -> Option<HostVolume> {
        let spec = self.root().get("spec")?;
        if spec.get("hostPath").is_none() && spec.get("local").is_none() {
            return None;
        }
        let claim = spec.get("claimRef").and_then(|claim| {
            Some((self.word(claim.str_at("namespace")?), self.word(claim.str_at("name")?)))
        });
        Some(HostVolume { name: self.object.name.clone(), claim })
    }

    /// A claim that names its volume: where it lies, its name, and the volume.
    pub(super) fn claim(&mut self) -> Option<Claim> {
        let volume = self.root().at(&["spec", "volumeName"]).and_then(Node::text)?;
        Some(Claim {
            scope: self.object.scope.clone(),
            name: self.object.name.clone(),
            volume: self.word(&volume),
        })
    }
}

/// A volume that is a path of a node.
#[derive(Debug)]
pub(super) struct HostVolume {
    name: Arc<str>,
    claim: Option<(Arc<str>, Arc<str>)>,
}

/// A claim, and the volume that it names.
#[derive(Debug)]
pub(super) struct Claim {
    scope: Scope,
    name: Arc<str>,
    volume: Arc<str>,
}

/// Notes which workloads mount a path of their node by a claim. One of a
/// namespace that nobody tells may be in any.
pub(super) fn resolve_claims(workloads: &mut [Workload], volumes: &[HostVolume], claims: &[Claim]) {
    let named = |claim: &&Claim| volumes.iter().any(|volume| volume.name == claim.volume);
    let by_claim: Vec<&Claim> = claims.iter().filter(named).collect();
    for workload in workloads.iter_mut().filter(|workload| !workload.given.claims.is_empty()) {
        let bound = volumes
            .iter()
            .filter_map(|volume| volume.claim.as_ref())
            .any(|(space, name)| workload.scope.may_be_in(space) && workload.given.mounts(name));
        let names = by_claim.iter().any(|claim| {
            let together = match claim.scope.namespace() {
                Some(space) => workload.scope.may_be_in(space),
                None => true,
            };
            together && workload.given.mounts(&claim.name)
        });
        workload.node_access.host_path |= bound || names;
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
    let host_process = ["securityContext", "windowsOptions", "hostProcess"];
    let leads_out = |container: &&Node| {
        let added = container.at(&["securityContext", "capabilities"]);
        added.map(|node| node.items_at("add")).unwrap_or_default().iter().any(|name| {
            name.as_str().is_some_and(|name| {
                let name = name.to_ascii_uppercase();
                CAPABILITIES.contains(&name.strip_prefix("CAP_").unwrap_or(&name))
            })
        })
    };
    NodeAccess {
        privileged: yes(spec, &host_process)
            || containers.iter().any(|node| {
                yes(node, &["securityContext", "privileged"]) || yes(node, &host_process)
            }),
        capabilities: containers.iter().any(leads_out),
        host_path: spec.items_at("volumes").iter().any(|volume| volume.get("hostPath").is_some()),
        host_namespaces: ["hostNetwork", "hostPID", "hostIPC"].iter().any(|key| yes(spec, &[key])),
    }
}
