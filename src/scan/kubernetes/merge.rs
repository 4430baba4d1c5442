//! The same object in several files: neither hides the other.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::model::{
    coverage::Gap,
    kubernetes::{
        Scope,
        rbac::{Binding, PolicyRule, Role},
        selector::LabelSelector,
    },
    location::Location,
};

/// A role whose aggregation is not resolved yet.
#[derive(Debug)]
pub(super) struct PendingRole {
    pub(super) role: Role,
    pub(super) labels: Vec<(Arc<str>, Arc<str>)>,
    pub(super) selectors: Vec<LabelSelector>,
    /// Its name is made up by the API server: no other object is the same.
    pub(super) generated: bool,
}

/// A binding, and whether its name is made up by the API server.
#[derive(Debug)]
pub(super) struct PendingBinding {
    pub(super) binding: Binding,
    pub(super) generated: bool,
}

/// All roles, each once.
#[derive(Debug, Default)]
pub(super) struct Roles {
    list: Vec<PendingRole>,
    by_name: FxHashMap<(Scope, Arc<str>), usize>,
}

impl Roles {
    /// Adds a role. One that is there already under that name and differs is
    /// joined with it, and a gap says so: which of them was applied last is not
    /// in the files.
    pub(super) fn add(&mut self, new: PendingRole, gaps: &mut Vec<Gap>) {
        let key = (new.role.scope.clone(), new.role.name.clone());
        let known = self.by_name.get(&key).copied().and_then(|number| self.list.get_mut(number));
        match known {
            Some(known) if !new.generated => join_roles(known, new, gaps),
            _ => {
                if !new.generated {
                    self.by_name.insert(key, self.list.len());
                }
                self.list.push(new);
            }
        }
    }

    pub(super) fn all(&self) -> &[PendingRole] {
        &self.list
    }

    pub(super) fn get_mut(&mut self, number: usize) -> Option<&mut PendingRole> {
        self.list.get_mut(number)
    }

    pub(super) fn has_cluster_role(&self, name: &str) -> bool {
        self.by_name.contains_key(&(Scope::Cluster, name.into()))
    }

    pub(super) fn into_roles(self) -> Vec<Role> {
        self.list.into_iter().map(|pending| pending.role).collect()
    }
}

fn join_roles(known: &mut PendingRole, new: PendingRole, gaps: &mut Vec<Gap>) {
    let same = known.role.rules.len() == new.role.rules.len()
        && known.role.rules.iter().zip(&new.role.rules).all(|(a, b)| a.gives_same(b))
        && known.selectors == new.selectors
        && known.labels == new.labels;
    if same {
        return;
    }
    gaps.push(differs(&new.role.location, &known.role.location));
    let told: FxHashSet<String> = known.role.rules.iter().map(gives).collect();
    known.role.rules.extend(new.role.rules.into_iter().filter(|rule| !told.contains(&gives(rule))));
    known.role.gaps.extend(new.role.gaps);
    known.labels.extend(new.labels);
    known.selectors.extend(new.selectors);
}

/// All bindings, each once.
#[derive(Debug, Default)]
pub(super) struct Bindings {
    list: Vec<Binding>,
    by_name: FxHashMap<(Scope, Arc<str>), usize>,
}

impl Bindings {
    /// Adds a binding; see [`Roles::add`]. What a binding refers to cannot
    /// change, so two that refer to different roles both count as they are.
    pub(super) fn add(&mut self, new: PendingBinding, gaps: &mut Vec<Gap>) {
        let PendingBinding { binding, generated } = new;
        let key = (binding.scope.clone(), binding.name.clone());
        let known = self.by_name.get(&key).copied().and_then(|number| self.list.get_mut(number));
        let Some(known) = known.filter(|_| !generated) else {
            if !generated {
                self.by_name.insert(key, self.list.len());
            }
            self.list.push(binding);
            return;
        };
        let same_role =
            known.role.kind == binding.role.kind && known.role.name == binding.role.name;
        let here: FxHashSet<_> = binding.subjects.iter().map(|own| &own.subject).collect();
        let there: FxHashSet<_> = known.subjects.iter().map(|own| own.subject.clone()).collect();
        if same_role && here.len() == there.len() && here.iter().all(|own| there.contains(*own)) {
            return;
        }
        gaps.push(differs(&binding.location, &known.location));
        if same_role {
            known
                .subjects
                .extend(binding.subjects.into_iter().filter(|own| !there.contains(&own.subject)));
        } else {
            self.list.push(binding);
        }
    }

    pub(super) fn into_bindings(self) -> Vec<Binding> {
        self.list
    }
}

/// What a rule gives, as one text, wherever it stands.
pub(super) fn gives(rule: &PolicyRule) -> String {
    let lists = [
        &rule.verbs,
        &rule.api_groups,
        &rule.resources,
        &rule.resource_names,
        &rule.non_resource_urls,
    ];
    lists.map(|list| list.join("\u{1}")).join("\u{2}")
}

fn differs(here: &Location, there: &Location) -> Gap {
    Gap {
        location: here.clone(),
        reason: format!(
            "{} also stands at {there} and differs: what both give is counted",
            here.object.as_deref().unwrap_or("it")
        ),
    }
}
