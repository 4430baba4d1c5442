//! Clusters of EKS, in the JSON of the AWS CLI: `eks describe-cluster`,
//! `list-access-entries`, `describe-access-entry`, `list-associated-access-policies`,
//! `list-pod-identity-associations`, `describe-pod-identity-association` and
//! `describe-nodegroup`; and of its nodes `ec2 describe-instances`.
//!
//! Most of them tell a cluster by its name alone, and a list of entries by nothing:
//! what may be of several clusters counts for each.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    model::{
        aws::eks::{
            AccessEntry, AssociatedPolicy, Authentication, EksCluster, NodeIdentity, NodeRole,
            PodIdentity,
        },
        coverage::Gap,
        location::Location,
    },
    source::{Document, node::Node},
};

/// Entries and gaps that name no cluster, times the clusters they are copied to.
const COPIES: usize = 1 << 18;

/// Types of access entries that nodes join by (EKS user guide, "Create access
/// entries").
const NODES: [&str; 4] = ["EC2", "EC2_LINUX", "EC2_WINDOWS", "HYBRID_LINUX"];
/// What marks an instance as a cluster's, before its name.
const OF_CLUSTER: &str = "kubernetes.io/cluster/";

/// What one document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Cluster,
    Entries,
    Entry,
    Policies,
    PodIdentities,
    PodIdentity,
    Nodegroup,
    Instances,
}

/// Whether a document is of EKS: by its content, whatever the file is called.
#[must_use]
pub fn recognise(document: &Document) -> bool {
    Shape::of(&document.root).is_some()
}

/// The call that a document is the answer to; none where it is of no call of EKS.
#[must_use]
pub(super) fn action_of(document: &Document) -> Option<&'static str> {
    Shape::of(&document.root).map(|shape| match shape {
        Shape::Cluster => "eks:DescribeCluster",
        Shape::Entries => "eks:ListAccessEntries",
        Shape::Entry => "eks:DescribeAccessEntry",
        Shape::Policies => "eks:ListAssociatedAccessPolicies",
        Shape::PodIdentities => "eks:ListPodIdentityAssociations",
        Shape::PodIdentity => "eks:DescribePodIdentityAssociation",
        Shape::Nodegroup => "eks:DescribeNodegroup",
        Shape::Instances => "ec2:DescribeInstances",
    })
}

impl Shape {
    fn of(root: &Node) -> Option<Self> {
        let has =
            |key: &str, part: &str| root.get(key).is_some_and(|node| node.get(part).is_some());
        let list = |key: &str| root.get(key).and_then(Node::as_sequence);
        let all =
            |key: &str, is: &dyn Fn(&Node) -> bool| list(key).is_some_and(|l| l.iter().all(is));
        if root.get("apiVersion").is_some() {
            return None;
        }
        let eks_arn = |key: &str| {
            let arn = root.at(&["cluster", key]).and_then(Node::as_str);
            arn.is_some_and(|arn| arn.split(':').nth(2) == Some("eks"))
        };
        if eks_arn("arn") {
            Some(Self::Cluster)
        } else if has("accessEntry", "principalArn") {
            Some(Self::Entry)
        } else if list("accessEntries").is_some() {
            Some(Self::Entries)
        } else if list("associatedAccessPolicies").is_some() {
            Some(Self::Policies)
        } else if has("association", "serviceAccount") {
            Some(Self::PodIdentity)
        } else if all("associations", &|item| item.get("serviceAccount").is_some()) {
            Some(Self::PodIdentities)
        } else if has("nodegroup", "nodeRole") {
            Some(Self::Nodegroup)
        } else if all("Reservations", &|item| item.get("Instances").is_some()) {
            Some(Self::Instances)
        } else {
            None
        }
    }
}

/// Collects what documents tell of clusters.
#[derive(Debug, Default)]
pub struct EksBuilder {
    clusters: BTreeMap<String, EksCluster>,
    /// Principals of lists of entries, each with its place.
    listed: BTreeMap<String, Location>,
    /// Lists of entries that were read to their end.
    lists: usize,
    /// Clusters whose list of associations was read to its end.
    associated: BTreeSet<String>,
    /// Lists without an association: they name no cluster.
    unassociated: usize,
    /// Clusters that were described more than once, by their ARNs.
    twice: BTreeMap<String, BTreeSet<String>>,
    /// By cluster and group of nodes: whether pods reach the metadata of any.
    instances: BTreeMap<(String, String), bool>,
    /// By cluster and instance profile: a node that is in no group and whose
    /// metadata pods may reach.
    profiles: BTreeMap<(String, String), Location>,
    gaps: Vec<Gap>,
}

impl EksBuilder {
    /// Takes a document that [`recognise`] knows; the gaps are what of it could
    /// not be read.
    pub fn accept(&mut self, document: &Document) -> Vec<Gap> {
        let before = self.gaps.len();
        let root = &document.root;
        let at = |node: &Node| node.location(&document.file);
        match Shape::of(root) {
            Some(Shape::Cluster) => self.cluster(root, &at),
            Some(Shape::Entries) => self.entries(root, &at),
            Some(Shape::Entry) => self.entry(root, &at),
            Some(Shape::Policies) => self.policies(root, &at),
            Some(Shape::PodIdentities) => {
                let items = root.items_at("associations");
                for item in items {
                    self.pod_identity(item, &at);
                }
                if self.ends(root, &at) {
                    let named = items.iter().filter_map(|item| item.str_at("clusterName"));
                    self.associated.extend(named.map(str::to_owned));
                    self.unassociated += usize::from(items.is_empty());
                }
            }
            Some(Shape::PodIdentity) => {
                if let Some(item) = root.get("association") {
                    self.pod_identity(item, &at);
                }
            }
            Some(Shape::Nodegroup) => self.nodegroup(root, &at),
            Some(Shape::Instances) => {
                for reservation in root.items_at("Reservations") {
                    for own in reservation.items_at("Instances") {
                        self.instance(own, &at);
                    }
                }
                self.ends(root, &at);
            }
            None => {}
        }
        self.gaps.get(before..).unwrap_or_default().to_vec()
    }

    /// Notes what was asked and not told: of which cluster is not known here.
    pub fn lost(&mut self, gaps: Vec<Gap>) {
        self.gaps.extend(gaps);
    }

    /// The clusters, by name.
    #[must_use]
    pub fn finish(self) -> Vec<EksCluster> {
        let Self {
            mut clusters,
            listed,
            lists,
            associated,
            unassociated,
            gaps,
            twice,
            instances,
            profiles,
        } = self;
        let others = clusters.keys().filter(|name| !associated.contains(*name)).count();
        // A cluster that leaves access to its ConfigMap has no list.
        let has_list = |own: &&EksCluster| own.authentication != Some(Authentication::ConfigMap);
        let all_listed = lists >= clusters.values().filter(has_list).count();
        let fits = clusters.len().saturating_mul(listed.len() + gaps.len()) <= COPIES;
        for cluster in clusters.values_mut() {
            for (principal, location) in listed.iter().filter(|_| fits) {
                // Of several clusters it may be an entry of any.
                cluster
                    .entries
                    .entry(principal.clone())
                    .or_insert_with(|| AccessEntry::listed(location.clone()));
            }
            let own = profiles.iter().filter(|((name, _), _)| *name == cluster.name);
            cluster.node_roles.extend(own.map(|((_, profile), location)| {
                let group = profile.rsplit('/').next().unwrap_or(profile).to_owned();
                NodeRole {
                    identity: NodeIdentity::Profile(profile.clone()),
                    location: location.clone().with_object(format!("InstanceProfile/{group}")),
                    group,
                    metadata_open: None,
                }
            }));
            cluster.entries_listed = all_listed && fits;
            cluster.pod_identities_listed =
                associated.contains(&cluster.name) || unassociated >= others;
            for node in &mut cluster.node_roles {
                let group = (cluster.name.clone(), node.group.clone());
                node.metadata_open = instances.get(&group).copied();
            }
            if fits {
                cluster.gaps.extend(gaps.iter().cloned());
            } else {
                cluster.gaps.push(Gap {
                    location: cluster.location.clone().unwrap_or_else(|| Location::file("aws")),
                    reason: format!(
                        "too many clusters, listed entries and gaps of EKS: who of them comes into {} was not looked at",
                        cluster.name
                    ),
                });
            }
            if let Some(arns) = twice.get(&cluster.name).filter(|arns| arns.len() > 1) {
                let arns: Vec<&str> = arns.iter().map(String::as_str).collect();
                let reason = format!(
                    "several clusters are called {}: {}; what is of which is unknown",
                    cluster.name,
                    arns.join(", ")
                );
                let location = cluster.location.clone().unwrap_or_else(|| Location::file("aws"));
                cluster.gaps.push(Gap { location, reason });
                cluster.issuer = None;
                cluster.authentication = None;
            }
        }
        clusters.into_values().collect()
    }

    fn of_name(&mut self, name: &str, location: Location) -> &mut EksCluster {
        self.clusters.entry(name.to_owned()).or_insert_with(|| EksCluster {
            name: name.to_owned(),
            location: Some(location),
            ..EksCluster::default()
        })
    }

    /// The cluster that an item says it is of.
    fn of_item(&mut self, item: &Node, at: At<'_>) -> Option<&mut EksCluster> {
        match item.str_at("clusterName") {
            Some(name) => {
                let name = name.to_owned();
                Some(self.of_name(&name, at(item)))
            }
            None => {
                self.gap(item, at, "names no cluster");
                None
            }
        }
    }

    fn gap(&mut self, node: &Node, at: At<'_>, reason: &str) {
        self.gaps.push(Gap { location: at(node), reason: format!("an answer of EKS {reason}") });
    }

    /// Whether a list is at its end.
    fn ends(&mut self, root: &Node, at: At<'_>) -> bool {
        let more = ["nextToken", "NextToken"].iter().any(|key| root.get(key).is_some());
        if more {
            self.gap(root, at, "ends before its last page");
        }
        !more
    }

    fn cluster(&mut self, root: &Node, at: At<'_>) {
        let Some(node) = root.get("cluster") else { return };
        let Some(name) = node.str_at("name") else {
            self.gap(node, at, "describes a cluster without a name");
            return;
        };
        let mode = node.at(&["accessConfig", "authenticationMode"]);
        let authentication = match mode.and_then(Node::as_str) {
            Some("API") => Some(Authentication::Api),
            Some("API_AND_CONFIG_MAP") => Some(Authentication::ApiAndConfigMap),
            Some("CONFIG_MAP") => Some(Authentication::ConfigMap),
            _ => None,
        };
        let logs = node.at(&["logging", "clusterLogging"]).map(|logging| {
            let sets = logging.as_sequence().unwrap_or_default().iter();
            sets.filter(|set| set.get("enabled").and_then(Node::as_bool) == Some(true))
                .flat_map(|set| set.items_at("types"))
                .filter_map(|kind| kind.as_str().map(str::to_owned))
                .collect()
        });
        let text = |path: &[&str]| node.at(path).and_then(Node::as_str);
        let flag = |path: &[&str]| node.at(path).and_then(Node::as_bool);
        let arn = text(&["arn"]).map(str::to_owned);
        self.twice.entry(name.to_owned()).or_default().extend(arn.clone());
        let issuer = text(&["identity", "oidc", "issuer"]);
        let cluster = self.of_name(name, at(node));
        cluster.arn = arn;
        cluster.issuer =
            issuer.map(|url| url.trim_start_matches("https://").trim_end_matches('/').to_owned());
        cluster.authentication = authentication;
        cluster.creator_is_admin =
            flag(&["accessConfig", "bootstrapClusterCreatorAdminPermissions"]);
        cluster.public_endpoint = flag(&["resourcesVpcConfig", "endpointPublicAccess"]);
        cluster.logs = logs;
    }

    fn entries(&mut self, root: &Node, at: At<'_>) {
        for item in root.items_at("accessEntries") {
            match item.as_str() {
                Some(principal) => {
                    self.listed.entry(principal.to_owned()).or_insert_with(|| at(item));
                }
                None => self.gap(item, at, "lists an entry that is no text"),
            }
        }
        if self.ends(root, at) {
            self.lists += 1;
        }
    }

    fn entry(&mut self, root: &Node, at: At<'_>) {
        let Some(item) = root.get("accessEntry") else { return };
        let Some(principal) = item.str_at("principalArn").map(str::to_owned) else {
            self.gap(item, at, "describes an entry of nobody");
            return;
        };
        let groups: Option<Vec<String>> = item
            .items_at("kubernetesGroups")
            .iter()
            .map(|group| group.as_str().map(str::to_owned))
            .collect();
        let location = at(item).with_object(object(item, &principal));
        let user = item.str_at("username").map(str::to_owned);
        if groups.is_none() {
            self.gap(item, at, "describes an entry with a group that is no text");
        }
        let Some(cluster) = self.of_item(item, at) else { return };
        let entry = cluster
            .entries
            .entry(principal)
            .or_insert_with(|| AccessEntry::listed(location.clone()));
        // One whose groups are not known is as one that was only listed.
        entry.user = groups.is_some().then_some(user).flatten();
        entry.groups = groups.unwrap_or_default();
        entry.for_nodes = item.str_at("type").is_some_and(|kind| NODES.contains(&kind));
        entry.location = location;
    }

    fn policies(&mut self, root: &Node, at: At<'_>) {
        let Some(principal) = root.str_at("principalArn").map(str::to_owned) else {
            self.gap(root, at, "lists access policies of nobody");
            return;
        };
        let whole = self.ends(root, at);
        let mut policies = Vec::new();
        for item in root.items_at("associatedAccessPolicies") {
            let scope = item.at(&["accessScope", "type"]).and_then(Node::as_str);
            let named = item.get("accessScope").map_or(&[][..], |node| node.items_at("namespaces"));
            let Some(arn) = item.str_at("policyArn") else {
                self.gap(item, at, "associates a policy without an ARN");
                return;
            };
            let namespaces: Option<Vec<String>> =
                named.iter().map(|name| name.as_str().map(str::to_owned)).collect();
            policies.push(AssociatedPolicy {
                arn: arn.to_owned(),
                // A scope that nobody knows is the whole cluster.
                namespaces: namespaces.filter(|_| scope == Some("namespace")),
                location: at(item).with_object(object(root, &principal)),
            });
        }
        let location = at(root).with_object(object(root, &principal));
        let Some(cluster) = self.of_item(root, at) else { return };
        let entry =
            cluster.entries.entry(principal).or_insert_with(|| AccessEntry::listed(location));
        if whole {
            entry.policies.get_or_insert_default().extend(policies);
        }
    }

    fn pod_identity(&mut self, item: &Node, at: At<'_>) {
        let text = |key: &str| item.str_at(key).map(str::to_owned);
        let (Some(namespace), Some(service_account)) = (text("namespace"), text("serviceAccount"))
        else {
            self.gap(item, at, "associates a role with no ServiceAccount");
            return;
        };
        let id = text("associationId").unwrap_or_default();
        let found = PodIdentity {
            namespace,
            service_account,
            role: text("roleArn"),
            target_role: text("targetRoleArn"),
            tags_sessions: item.get("disableSessionTags").and_then(Node::as_bool) != Some(true),
            location: at(item).with_object(format!("PodIdentityAssociation/{id}")),
            id,
        };
        let Some(cluster) = self.of_item(item, at) else { return };
        let same = |own: &&mut PodIdentity| {
            (&own.id, &own.namespace, &own.service_account)
                == (&found.id, &found.namespace, &found.service_account)
        };
        match cluster.pod_identities.iter_mut().find(same) {
            Some(known) if known.role.is_none() => *known = found,
            Some(known) if found.role.is_none() || *known == found => {}
            _ => cluster.pod_identities.push(found),
        }
    }

    fn nodegroup(&mut self, root: &Node, at: At<'_>) {
        let Some(item) = root.get("nodegroup") else { return };
        let role = item.str_at("nodeRole").unwrap_or_default().to_owned();
        let group = item.str_at("nodegroupName").unwrap_or("?").to_owned();
        let location = at(item).with_object(format!("Nodegroup/{group}"));
        let Some(cluster) = self.of_item(item, at) else { return };
        let identity = NodeIdentity::Role(role);
        cluster.node_roles.push(NodeRole { group, identity, metadata_open: None, location });
    }

    /// Whether pods reach the metadata of a node: its answers go one hop, unless
    /// more is set, and only those to version 2 of the service are bound by that
    /// (EC2 user guide, "Configure the Instance Metadata Service options").
    fn instance(&mut self, item: &Node, at: At<'_>) {
        let tag = |name: &str| {
            let mut tags = item.items_at("Tags").iter();
            let of_name = tags.find(|tag| tag.str_at("Key") == Some(name))?;
            of_name.str_at("Value").map(str::to_owned)
        };
        let option = |name: &str| item.at(&["MetadataOptions", name]);
        let is = |name: &str, word: &str| option(name).and_then(Node::as_str) == Some(word);
        let closed = is("HttpEndpoint", "disabled")
            || is("HttpTokens", "required")
                && option("HttpPutResponseHopLimit").and_then(Node::as_i64) == Some(1);
        if let (Some(cluster), Some(group)) = (tag("eks:cluster-name"), tag("eks:nodegroup-name")) {
            *self.instances.entry((cluster, group)).or_insert(false) |= !closed;
            return;
        }
        let profile = item.at(&["IamInstanceProfile", "Arn"]).and_then(Node::as_str);
        let Some(profile) = profile.filter(|_| !closed) else { return };
        for tag in item.items_at("Tags") {
            let name = tag.str_at("Key").and_then(|key| key.strip_prefix(OF_CLUSTER));
            if let Some(name) = name {
                let of = (name.to_owned(), profile.to_owned());
                self.profiles.entry(of).or_insert_with(|| at(item));
            }
        }
    }
}

/// `AccessEntry/CLUSTER/PRINCIPAL`.
fn object(item: &Node, principal: &str) -> String {
    format!("AccessEntry/{}/{principal}", item.str_at("clusterName").unwrap_or("?"))
}

/// Where a value stands.
type At<'f> = &'f dyn Fn(&Node) -> Location;

impl AccessEntry {
    /// One of which only the principal is known.
    fn listed(location: Location) -> Self {
        Self { user: None, groups: Vec::new(), policies: None, for_nodes: false, location }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_of_too_many_clusters_are_a_gap_of_each_and_no_copies() {
        let of = |clusters: usize, entries: usize| {
            let name = |number| format!("c{number}");
            let cluster =
                |number| (name(number), EksCluster { name: name(number), ..EksCluster::default() });
            let entry =
                |number| (format!("arn:aws:iam::111122223333:role/r{number}"), Location::file("e"));
            EksBuilder {
                clusters: (0..clusters).map(cluster).collect(),
                listed: (0..entries).map(entry).collect(),
                lists: clusters,
                ..EksBuilder::default()
            }
            .finish()
        };
        let few = of(2, 500);
        assert!(few.iter().all(|own| own.entries.len() == 500 && own.entries_listed));
        let many = of(600, 500);
        assert!(many.iter().all(|own| own.entries.is_empty() && !own.entries_listed));
        assert!(many.iter().all(|own| own.gaps.len() == 1));
    }
}
