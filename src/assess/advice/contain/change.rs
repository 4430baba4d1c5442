//! The change to one binding, as commands that can be pasted.
//!
//! A report holds such changes for many agents, and people apply some of them, in
//! any order, to a cluster that went on changing. So no command says what a
//! binding's list of subjects is: it takes one subject out of the list, wherever it
//! stands by then, and does nothing if it is gone. The rest of the object, labels
//! and annotations included, stays as it is.

use std::collections::BTreeSet;

use super::{
    held_by::{Association, Entries, HeldBy},
    kubectl_unbind,
};
use crate::{
    assess::manifest::{Manifest, Rule, object_name, shell, yaml},
    model::{
        agent::AgentId,
        kubernetes::{
            Scope,
            rbac::{Binding, BoundSubject, RoleKind, Subject},
        },
        principal::Principal,
    },
    privilege::rbac::Identity,
};

/// Who did not log in.
const NOBODY: &str = "system:unauthenticated";
/// The user of requests without credentials.
const ANONYMOUS: &str = "system:anonymous";
/// What a reader replaces by the namespace that the evidence does not tell. No
/// namespace is called so: left as it is, the command fails.
const NAMESPACE: &str = "NAMESPACE";

/// One identity that a binding loses.
pub(super) struct Part<'c> {
    pub(super) identity: &'c Identity,
    /// The binding that gives it rights.
    pub(super) binding: &'c Binding,
    /// What it keeps, in a role of its own.
    pub(super) kept: Vec<Rule>,
    /// The other agents that act as it.
    pub(super) others: Vec<&'c AgentId>,
}

/// What gives rights to identities, and what becomes of it.
pub(super) struct Change<'c> {
    pub(super) agent: &'c AgentId,
    /// Whether the agent has several identities: each has roles of its own.
    pub(super) several: bool,
    /// The source of the binding's cluster, where there are several.
    pub(super) cluster: Option<&'c str>,
    pub(super) by: &'c HeldBy,
    /// For a binding at least one, all of that binding.
    pub(super) parts: &'c [Part<'c>],
    /// Those that put the identities in `groups`, which they leave.
    pub(super) entries: &'c Entries<'c>,
    pub(super) groups: &'c BTreeSet<String>,
}

impl Change<'_> {
    /// The agent's own roles, and then what gives rights without the agent.
    pub(super) fn text(&self) -> String {
        let mut text = self.comments();
        let mut commands = Vec::new();
        let roles: Vec<Manifest> = self.parts.iter().flat_map(|part| self.role(part)).collect();
        if !roles.is_empty() {
            let namespace = self.binding().map_or("", placeholder);
            let apply = format!("kubectl apply{namespace} --filename -");
            commands.push(shell::feed(&yaml::documents(&roles), &apply));
        }
        match self.by {
            HeldBy::Policy(association) => commands.push(association.end()),
            HeldBy::Binding(_) => {
                if let Some(binding) = self.binding() {
                    self.unbind(binding, &mut text, &mut commands);
                }
            }
            HeldBy::Mapping(_) => {}
        }
        commands.extend(self.entries.leave(self.groups));
        let is_comment = |text: &String| text.lines().all(|line| line.starts_with('#'));
        for comment in commands.extract_if(.., |own| is_comment(own)) {
            text.push_str(&comment);
            text.push('\n');
        }
        text.push_str(&commands.join(" &&\n"));
        text
    }

    fn binding(&self) -> Option<&Binding> {
        self.parts.first().map(|part| part.binding)
    }

    /// The commands that take the identities out of a binding.
    fn unbind(&self, binding: &Binding, text: &mut String, commands: &mut Vec<String>) {
        let own: Vec<(usize, &BoundSubject)> = binding
            .subjects
            .iter()
            .enumerate()
            .filter(|(_, bound)| self.parts.iter().any(|part| part.is_named(&bound.subject)))
            .collect();
        let unbind = kubectl_unbind(&binding.to_string());
        if let Some(unbind) = unbind
            && !own.is_empty()
            && own.len() == binding.subjects.len()
        {
            commands.push(unbind);
        } else if let Some(object) = object(binding) {
            // From the last to the first: none moves one that is yet to go.
            commands.extend(own.iter().rev().map(|(at, bound)| remove(&object, *at, bound)));
        } else if !own.is_empty() {
            let principals: BTreeSet<String> =
                self.parts.iter().map(|part| part.identity.principal().to_string()).collect();
            text.push_str(&shell::comment(&format!(
                "By hand, since its name cannot be pasted: take {} out of {binding}.",
                principals.into_iter().collect::<Vec<_>>().join(" and "),
            )));
        }
    }

    /// What is to be known, and what only a person can do.
    fn comments(&self) -> String {
        let mut text = String::new();
        if let Some(cluster) = self.cluster {
            text.push_str(&shell::comment(&format!("In the cluster of {cluster}:")));
        }
        let bindings: Vec<&Binding> = self.parts.iter().map(|part| part.binding).collect();
        let unplaced = |own: &&&Binding| own.scope == Scope::UnknownNamespace;
        if let Some(binding) = bindings.iter().find(unplaced) {
            text.push_str(&shell::comment(&format!(
                "The evidence does not say in which namespace {binding} lies: put it for {NAMESPACE}."
            )));
        }
        if let (HeldBy::Binding(_), Some(binding)) = (self.by, self.binding())
            && let Some(whom) = self.given_to(binding)
        {
            text.push_str(&shell::comment(&by_hand(&whom, &binding.to_string())));
        }
        let mut told = BTreeSet::new();
        for part in self.parts {
            let principal = part.identity.principal();
            for other in part.others.iter().filter(|other| told.insert((**other, principal))) {
                text.push_str(&shell::comment(&format!(
                    "{other} acts as {principal} too: it loses the same, and both keep only what looks."
                )));
            }
        }
        text
    }

    /// Through whom else an identity holds what the binding gives, its entries apart.
    fn given_to(&self, binding: &Binding) -> Option<String> {
        let in_group =
            |group: &str| self.parts.iter().any(|p| p.identity.groups().any(|own| own == group));
        let named = |subject: &Subject| self.parts.iter().any(|part| part.is_named(subject));
        binding.subjects.iter().map(|bound| &bound.subject).filter(|s| !named(s)).find_map(
            |subject| match subject {
                Subject::Group(name) if self.groups.contains(&**name) => None,
                Subject::Group(name) if &**name == NOBODY || in_group(name) => {
                    Some(format!("all of group {name}"))
                }
                Subject::User(name) if &**name == ANONYMOUS => Some(format!("user {name}")),
                Subject::Group(_) | Subject::User(_) | Subject::ServiceAccount { .. } => None,
            },
        )
    }

    /// The role of one identity's own, and its binding.
    fn role(&self, part: &Part<'_>) -> Vec<Manifest> {
        let subjects: Vec<Subject> = subject(part.identity.principal()).into_iter().collect();
        if part.kept.is_empty() || subjects.is_empty() {
            return Vec::new();
        }
        let principal = part.identity.principal().to_string();
        // The bindings of all policies of an entry are called the same.
        let of_policy =
            Association::of(part.binding).map(|_| part.binding.role.name.to_lowercase());
        let mut words = vec![of_policy.as_deref().unwrap_or(&part.binding.name)];
        if self.several {
            words.extend(["of", &principal]);
        }
        let name = object_name(self.agent, &words);
        let scope = &part.binding.scope;
        let kind = match scope {
            Scope::Cluster => RoleKind::ClusterRole,
            Scope::Namespace(_) | Scope::UnknownNamespace => RoleKind::Role,
        };
        let rules = part.kept.clone();
        vec![
            Manifest::Role { scope: scope.clone(), name: name.clone(), rules },
            Manifest::Binding {
                scope: scope.clone(),
                name: name.clone(),
                role: (kind, name),
                subjects,
            },
        ]
    }
}

impl Part<'_> {
    /// Whether a subject is the identity itself, not a group that it is in.
    fn is_named(&self, subject: &Subject) -> bool {
        match (subject, self.identity.principal()) {
            (Subject::User(name), _) => self.identity.user() == Some(&**name),
            (Subject::Group(group), Principal::KubernetesGroup(own)) => **group == **own,
            (
                Subject::ServiceAccount { namespace, name },
                Principal::ServiceAccount { namespace: own_namespace, name: own },
            ) => {
                let namespace = namespace.as_deref().or_else(|| self.binding.scope.namespace());
                **name == **own && namespace.is_none_or(|namespace| namespace == own_namespace)
            }
            (Subject::Group(_) | Subject::ServiceAccount { .. }, _) => false,
        }
    }
}

/// The binding as an argument of kubectl, if its name can be pasted.
fn object(binding: &Binding) -> Option<String> {
    let kind = binding.kind().to_lowercase();
    let name = shell::word(&binding.name)?;
    let namespace = match &binding.scope {
        Scope::Namespace(namespace) => format!(" --namespace {}", shell::word(namespace)?),
        Scope::Cluster | Scope::UnknownNamespace => placeholder(binding).to_owned(),
    };
    Some(format!("{kind} {name}{namespace}"))
}

fn placeholder(binding: &Binding) -> &'static str {
    match binding.scope {
        Scope::UnknownNamespace => " --namespace NAMESPACE",
        Scope::Cluster | Scope::Namespace(_) => "",
    }
}

/// A principal as a subject.
fn subject(principal: &Principal) -> Option<Subject> {
    match principal {
        Principal::KubernetesUser(name) => Some(Subject::User(name.as_str().into())),
        Principal::KubernetesGroup(name) => Some(Subject::Group(name.as_str().into())),
        Principal::ServiceAccount { namespace, name } => Some(Subject::ServiceAccount {
            namespace: Some(namespace.as_str().into()),
            name: name.as_str().into(),
        }),
        Principal::Aws(_) => None,
    }
}

/// The command that takes a subject out of a binding, in which the evidence has it
/// at `at`. The server does nothing unless it is the one that is meant; others that
/// stood before it may be gone, so each place before is tried.
fn remove(object: &str, at: usize, bound: &BoundSubject) -> String {
    /// No more places than these are tried.
    const TRIED: usize = 16;
    let (kind, name, namespace) = match &bound.subject {
        Subject::User(name) => ("User", name, None),
        Subject::Group(name) => ("Group", name, None),
        Subject::ServiceAccount { namespace, name } => ("ServiceAccount", name, namespace.as_ref()),
    };
    // Without its namespace an account may be taken for one of the same name.
    let sure = namespace.is_some() || kind != "ServiceAccount";
    let moves = at > 0 && sure;
    let place = if moves { "'$i'".to_owned() } else { at.to_string() };
    let mut patch = String::from("[");
    let fields =
        [("kind", Some(kind)), ("name", Some(&**name)), ("namespace", namespace.map(|n| &**n))];
    for (field, value) in fields {
        let Some(value) = value.map(shell::json_text) else { continue };
        patch.push_str(&format!(
            r#"{{"op":"test","path":"/subjects/{place}/{field}","value":{value}}},"#
        ));
    }
    patch.push_str(&format!(r#"{{"op":"remove","path":"/subjects/{place}"}}]"#));
    let command = format!("kubectl patch {object} --type json --patch '{patch}'");
    if !moves {
        return command;
    }
    let places: Vec<String> = (0..=at).rev().take(TRIED).map(|at| at.to_string()).collect();
    format!("for i in {}; do {command} && break; done", places.join(" "))
}

/// What a person does about a right that others give the agent: `whom` is a group
/// that it is in, or everybody.
fn by_hand(whom: &str, binding: &str) -> String {
    let name = whom.rsplit(' ').next().unwrap_or_default();
    let everybody = name == NOBODY || name == ANONYMOUS;
    let fixed = name == "system:authenticated" || name.starts_with("system:serviceaccounts");
    let how = if everybody {
        "a credential can be dropped, so the agent is one of them:"
    } else if fixed {
        "no member can leave it:"
    } else {
        "take the agent out of it, in its certificate or identity provider, or"
    };
    format!(
        "{binding} gives this to {whom}, and {how} bind those who need the role by name, and take {name} out of the binding."
    )
}
