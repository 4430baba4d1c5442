//! Users, groups, roles and managed policies of a dump.

use std::collections::BTreeMap;

use crate::{
    model::{
        aws::{
            AccountSnapshot, Attachment, Boundary, Group, Identity, InlinePolicy, ManagedPolicy,
            PolicyVersion, Role, User, arn::name_of, policy::Document,
        },
        coverage::Gap,
    },
    source::node::Node,
};

use super::{Reader, policy};

impl<'d> Reader<'d> {
    pub(super) fn user(&mut self, entry: &'d Node) -> Result<(), String> {
        let mut identity = self.identity(entry, "UserName", "UserPolicyList")?;
        let mut groups = Vec::new();
        for node in self.entries(entry, "GroupList", &mut identity) {
            match node.as_str() {
                Some(name) => groups.push(name.to_owned()),
                None => self.lose(&mut identity, node, "a group without a name"),
            }
        }
        let user = User { groups, boundary: self.boundary(entry), tags: tags(entry), identity };
        let users = BTreeMap::from([(user.identity.arn.clone(), user)]);
        self.add(AccountSnapshot { users, ..AccountSnapshot::default() });
        Ok(())
    }

    pub(super) fn group(&mut self, entry: &'d Node) -> Result<(), String> {
        let identity = self.identity(entry, "GroupName", "GroupPolicyList")?;
        let groups = BTreeMap::from([(identity.arn.clone(), Group { identity })]);
        self.add(AccountSnapshot { groups, ..AccountSnapshot::default() });
        Ok(())
    }

    pub(super) fn role(&mut self, entry: &'d Node) -> Result<(), String> {
        let identity = self.identity(entry, "RoleName", "RolePolicyList")?;
        let trust = match entry.get("AssumeRolePolicyDocument") {
            Some(node) => policy::read_trust(node, &self.document.file, &identity.arn),
            None => Document::Unreadable(Gap {
                location: identity.location.clone(),
                reason: format!("role {} has no trust policy in the evidence", identity.name),
            }),
        };
        self.note(&trust);
        let profiles = entry.items_at("InstanceProfileList").iter();
        let role = Role {
            trust,
            instance_profiles: profiles
                .filter_map(|own| own.str_at("Arn").map(str::to_owned))
                .collect(),
            boundary: self.boundary(entry),
            tags: tags(entry),
            identity,
        };
        let roles = BTreeMap::from([(role.identity.arn.clone(), role)]);
        self.add(AccountSnapshot { roles, ..AccountSnapshot::default() });
        Ok(())
    }

    pub(super) fn managed(&mut self, entry: &'d Node) -> Result<(), String> {
        let arn = entry.str_at("Arn").ok_or("an entry without Arn")?.to_owned();
        let location = self.place(entry).with_object(arn.as_str());
        let default = entry.str_at("DefaultVersionId");
        let mut versions = Vec::new();
        for node in entry.get("PolicyVersionList").and_then(Node::as_sequence).unwrap_or(&[]) {
            let id = node.str_at("VersionId").unwrap_or_default().to_owned();
            // Where the two contradict each other there are two defaults, and what
            // is in force is unknown.
            let flagged = node.get("IsDefaultVersion").and_then(Node::as_bool).unwrap_or(false);
            let is_default = flagged || (!id.is_empty() && default == Some(id.as_str()));
            let document = match node.get("Document") {
                Some(text) => policy::read(text, &self.document.file, &arn),
                None => Document::Unreadable(Gap {
                    location: self.place(node).with_object(arn.as_str()),
                    reason: format!("version {id} of {arn} has no document"),
                }),
            };
            if is_default {
                self.note(&document);
            }
            versions.push(PolicyVersion { id, is_default, document });
        }
        let name = entry.str_at("PolicyName").unwrap_or(&arn).to_owned();
        let policy = ManagedPolicy { arn: arn.clone(), name, versions, location };
        if let Err(reason) = policy.in_force() {
            self.gap(policy.location.clone(), reason);
        }
        let policies = BTreeMap::from([(arn, policy)]);
        self.add(AccountSnapshot { policies, ..AccountSnapshot::default() });
        Ok(())
    }

    /// Adds one entry; one that stands twice is united, as between pages.
    fn add(&mut self, one: AccountSnapshot) {
        self.details.snapshot.merge(one);
    }

    /// What users, groups and roles have in common.
    fn identity(&mut self, entry: &'d Node, name: &str, inline: &str) -> Result<Identity, String> {
        let arn = entry.str_at("Arn").ok_or("an entry without Arn")?;
        let mut identity = Identity {
            arn: arn.to_owned(),
            name: entry.str_at(name).unwrap_or_else(|| name_of(arn)).to_owned(),
            inline: Vec::new(),
            attached: Vec::new(),
            gaps: Vec::new(),
            location: self.place(entry).with_object(arn),
        };
        // AWS leaves out the inline policies of a user without any, and nothing else.
        let always = ["AttachedManagedPolicies"]
            .into_iter()
            .chain((inline != "UserPolicyList").then_some(inline));
        for name in always {
            if entry.get(name).is_none() {
                self.lose(&mut identity, entry, &format!("no {name}: the dump is not whole"));
            }
        }
        for node in self.entries(entry, inline, &mut identity) {
            match node.get("PolicyDocument") {
                Some(text) => {
                    let document = policy::read(text, &self.document.file, arn);
                    self.note(&document);
                    let name = node.str_at("PolicyName").unwrap_or("without a name").to_owned();
                    identity.inline.push(InlinePolicy { name, document });
                }
                None => self.lose(&mut identity, node, "an inline policy without a document"),
            }
        }
        for node in self.entries(entry, "AttachedManagedPolicies", &mut identity) {
            match node.str_at("PolicyArn") {
                Some(policy) => identity.attached.push(Attachment {
                    arn: policy.to_owned(),
                    location: self.place(node).with_object(arn),
                }),
                None => self.lose(&mut identity, node, "an attached policy without an ARN"),
            }
        }
        Ok(identity)
    }

    /// A list of an entry; AWS leaves out empty ones.
    fn entries(&mut self, entry: &'d Node, name: &str, identity: &mut Identity) -> &'d [Node] {
        let Some(node) = entry.get(name) else { return &[] };
        if let Some(entries) = node.as_sequence() {
            return entries;
        }
        self.lose(identity, node, &format!("{name}, which is no list"));
        &[]
    }

    fn boundary(&self, entry: &Node) -> Option<Boundary> {
        let node = entry.get("PermissionsBoundary")?;
        let location = self.place(node);
        Some(match node.str_at("PermissionsBoundaryArn") {
            Some(arn) => Boundary::Policy(Attachment { arn: arn.to_owned(), location }),
            None => Boundary::Unreadable(Gap {
                location,
                reason: "the permissions boundary has no ARN".to_owned(),
            }),
        })
    }

    /// Notes a part of an identity that could not be read.
    fn lose(&mut self, identity: &mut Identity, node: &Node, what: &str) {
        let gap = Gap {
            location: self.place(node).with_object(identity.arn.as_str()),
            reason: format!("{} has {what}", identity.arn),
        };
        identity.gaps.push(gap.clone());
        self.details.gaps.push(gap);
    }

    /// Notes what of a document could not be read.
    fn note(&mut self, document: &Document) {
        self.details.gaps.extend(document.gaps().iter().cloned());
    }
}

fn tags(entry: &Node) -> BTreeMap<String, String> {
    entry
        .get("Tags")
        .and_then(Node::as_sequence)
        .unwrap_or(&[])
        .iter()
        .filter_map(|tag| Some((tag.str_at("Key")?.to_owned(), tag.str_at("Value")?.to_owned())))
        .collect()
}
