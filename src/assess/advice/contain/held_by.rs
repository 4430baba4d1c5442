//! By what an identity holds a rule, as far as that can be taken from it: a binding
//! that names it, an access policy of EKS, or the entry that puts it in a group.
//!
//! Each of these is one step, whatever it gives: an access policy holds in several
//! namespaces by several bindings, and is one association.

use std::collections::BTreeSet;

use crate::{
    assess::manifest::shell,
    model::kubernetes::{
        ClusterSnapshot,
        aws_auth::{AwsAuthEntry, Mapped},
        rbac::{Binding, Subject},
    },
    privilege::{
        link::{Mapping, mappings},
        rbac::Identity,
    },
};

/// What an identity of a cluster holds a rule by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum HeldBy {
    /// A binding, by its place among those of the cluster.
    Binding(Option<usize>),
    /// An access policy of the access entry of a principal.
    Policy(Association),
    /// The entries that map an AWS principal, by what they are called. Their groups
    /// are changed in one command, so that no step undoes another's.
    Mapping(String),
}

/// An access policy of EKS that a principal has.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Association {
    cluster: String,
    principal: String,
    policy: String,
}

impl Association {
    /// The association that a binding stands for, if it stands for one.
    pub(super) fn of(binding: &Binding) -> Option<Self> {
        let object = binding.location.object.as_deref()?.strip_prefix("AccessEntry/")?;
        let (cluster, principal) = object.split_once('/')?;
        let policy = binding.role.name.strip_prefix("eks:")?;
        let [cluster, principal, policy] = [cluster, principal, policy].map(str::to_owned);
        Some(Self { cluster, principal, policy })
    }

    /// `access policy AmazonEKSEditPolicy of arn:aws:iam::111122223333:role/bot`.
    pub(super) fn name(&self) -> String {
        format!("access policy {} of {}", self.policy, self.principal)
    }

    /// The command that ends it; a comment where a name cannot be pasted.
    pub(super) fn end(&self) -> String {
        let partition = self.principal.split(':').nth(1).unwrap_or("aws");
        let arn = format!("arn:{partition}:eks::aws:cluster-access-policy/{}", self.policy);
        let words = [self.cluster.as_str(), &self.principal, &arn].map(shell::word);
        let [Some(cluster), Some(principal), Some(arn)] = words else {
            return by_hand(&self.name());
        };
        format!(
            "aws eks disassociate-access-policy --cluster-name {cluster} --principal-arn {principal} --policy-arn {arn}"
        )
    }
}

/// The entries that map one AWS principal to one identity of a cluster.
#[derive(Debug, Clone, Default)]
pub(super) struct Entries<'c>(Vec<Mapping<'c>>);

impl<'c> Entries<'c> {
    /// Those that make `arn` the identity; none where it is one by itself.
    pub(super) fn of(cluster: &'c ClusterSnapshot, arn: Option<&str>, identity: &Identity) -> Self {
        let (Some(arn), Some(place)) = (arn, identity.mapping()) else { return Self::default() };
        let all = mappings(cluster, arn);
        Self(all.into_iter().filter(|own| own.location() == place).collect())
    }

    /// The groups of a binding that these put the identity in.
    pub(super) fn groups_of(&self, identity: &Identity, binding: &Binding) -> Vec<String> {
        let subjects = binding.subjects.iter().map(|bound| &bound.subject);
        let group = |subject: &Subject| match subject {
            Subject::Group(name) => Some(name.to_string()),
            Subject::User(_) | Subject::ServiceAccount { .. } => None,
        };
        let is_in = |name: &String| identity.groups().any(|own| own == name);
        subjects.filter_map(group).filter(|name| is_in(name) && self.puts_in(name)).collect()
    }

    /// Whether these put the identity in a group.
    pub(super) fn puts_in(&self, group: &str) -> bool {
        self.0.iter().any(|own| own.groups().any(|written| may_be(written, group)))
    }

    /// What these are called, as one key of a step.
    pub(super) fn name(&self) -> String {
        let names: Vec<String> = self.0.iter().map(|own| called(*own)).collect();
        names.join(" and ")
    }

    /// The commands that take the principal out of groups.
    pub(super) fn leave(&self, groups: &BTreeSet<String>) -> Vec<String> {
        let gives = |own: &&Mapping<'_>| {
            groups.iter().any(|group| own.groups().any(|written| may_be(written, group)))
        };
        self.0.iter().filter(gives).map(|own| leave(*own, groups)).collect()
    }
}

/// What an entry is called.
fn called(mapping: Mapping<'_>) -> String {
    match mapping {
        Mapping::Entry { cluster, principal, .. } => {
            format!("access entry of {principal} in cluster {cluster}")
        }
        Mapping::ConfigMap(entry) => {
            format!("{} {} of aws-auth", entry.whom.list(), entry.number)
        }
    }
}

/// What takes one entry's principal out of groups.
fn leave(mapping: Mapping<'_>, groups: &BTreeSet<String>) -> String {
    match mapping {
        Mapping::Entry { cluster, principal, entry } => {
            let [Some(cluster), Some(principal)] = [cluster, principal].map(shell::word) else {
                return by_hand(&called(mapping));
            };
            let of = format!("--cluster-name {cluster} --principal-arn {principal}");
            // The groups of nodes are EKS's own: such an entry is there or it is not.
            if entry.for_nodes {
                return format!("aws eks delete-access-entry {of}");
            }
            let stays = |own: &&String| !groups.contains(own.as_str());
            let left: Option<Vec<String>> =
                entry.groups.iter().filter(stays).map(|own| shell::word(own)).collect();
            let Some(left) = left else { return by_hand(&called(mapping)) };
            let left = if left.is_empty() { "'[]'".to_owned() } else { left.join(" ") };
            format!("aws eks update-access-entry {of} --kubernetes-groups {left}")
        }
        Mapping::ConfigMap(entry) => edit(entry, groups),
    }
}

/// The entry of the ConfigMap to edit: its lists are text, which no patch reaches.
fn edit(entry: &AwsAuthEntry, groups: &BTreeSet<String>) -> String {
    let (Mapped::Role(arn) | Mapped::User(arn)) = &entry.whom;
    let field = match &entry.whom {
        Mapped::Role(_) => "rolearn",
        Mapped::User(_) => "userarn",
    };
    let written: Vec<&str> = entry
        .groups
        .iter()
        .map(|own| &**own)
        .filter(|own| groups.iter().any(|group| may_be(own, group)))
        .collect();
    let whom = format!("{field} {arn}");
    let mut text = shell::comment(&format!(
        "In {} {}, that of {whom}, take {} out of groups:",
        entry.whom.list(),
        entry.number,
        written.join(", "),
    ));
    text.push_str("kubectl --namespace kube-system edit configmap aws-auth");
    text
}

/// Whether a group as an entry writes it may be that one: a template may be any.
fn may_be(written: &str, group: &str) -> bool {
    written == group || written.contains("{{")
}

fn by_hand(what: &str) -> String {
    shell::comment(&format!("By hand, since a name cannot be pasted: take it from the {what}."))
        .trim_end()
        .to_owned()
}
