//! An organisation, as `aws organizations …` prints it.
//!
//! Most of these outputs do not say whom they were asked about: the id of the root,
//! unit, account or policy is then looked for in the name of the file
//! (`list-policies-for-target.ou-ab12-cdefghij.json`). A file that names none tells
//! nothing, and says so.

use std::collections::BTreeSet;

use crate::{
    model::{
        aws::{
            arn::is_account,
            organization::{ControlKind, ControlPolicy, Organization},
        },
        coverage::Gap,
        location::Location,
    },
    source::{Document, node::Node},
};

use super::{Details, policy};

/// Whether what stands under a name is of an organisation.
type Mark = fn(&Node) -> bool;

/// The lists and objects of such outputs, what marks an entry as one of them, and the
/// call that gives them.
const MARKS: [(&str, Mark, &str); 8] = [
    (
        "Organization",
        |node| node.str_at("MasterAccountId").is_some() || is_arn_of(node, "organization"),
        "organizations:DescribeOrganization",
    ),
    ("Policy", |node| node.get("PolicySummary").is_some(), "organizations:DescribePolicy"),
    (
        "Roots",
        |node| entries_are(node, |entry| is_arn_of(entry, "root")),
        "organizations:ListRoots",
    ),
    (
        "OrganizationalUnits",
        |node| entries_are(node, |entry| is_arn_of(entry, "ou")),
        "organizations:ListOrganizationalUnitsForParent",
    ),
    (
        "Accounts",
        |node| entries_are(node, |entry| is_arn_of(entry, "account")),
        "organizations:ListAccounts",
    ),
    (
        "Parents",
        |node| entries_are(node, |entry| entry.str_at("Type").is_some()),
        "organizations:ListParents",
    ),
    (
        "Policies",
        |node| {
            entries_are(node, |entry| entry.str_at("Type").is_some_and(|t| t.ends_with("_POLICY")))
        },
        "organizations:ListPoliciesForTarget",
    ),
    (
        "Targets",
        |node| entries_are(node, |entry| entry.str_at("TargetId").is_some()),
        "organizations:ListTargetsForPolicy",
    ),
];

/// The call of `aws organizations` that a document is the output of; none where it is
/// of none.
#[must_use]
pub(super) fn action_of(document: &Document) -> Option<&'static str> {
    let is_its = |(name, is_one, _): &&(&str, Mark, _)| document.root.get(name).is_some_and(is_one);
    MARKS.iter().find(is_its).map(|(_, _, action)| *action)
}

fn entries_are(node: &Node, is_one: impl Fn(&Node) -> bool) -> bool {
    node.as_sequence().is_some_and(|entries| entries.iter().any(is_one))
}

/// `arn:aws:organizations::111122223333:ou/o-exampleorgid/ou-…`.
fn is_arn_of(node: &Node, kind: &str) -> bool {
    node.str_at("Arn").is_some_and(|arn| {
        let mut parts = arn.splitn(6, ':');
        parts.nth(2) == Some("organizations")
            && parts.nth(2).and_then(|rest| rest.split('/').next()) == Some(kind)
    })
}

/// Reads a document that [`action_of`] knows.
pub(super) fn read(document: &Document) -> Details {
    let details = Details { format: "aws-organizations", ..Details::default() };
    let mut reader = Reader { document, organization: Organization::default(), details };
    let root = &document.root;
    // A page before the last is no list of all.
    let whole = !["NextToken", "nextToken"].iter().any(|name| root.get(name).is_some());
    if !whole {
        reader.gap(root, "the list ends before its last page, so it tells nothing of the rest");
    }
    if let Some(node) = root.get("Organization") {
        reader.organization(node);
    }
    if let Some(node) = root.get("Policy") {
        reader.policy(node);
    }
    reader.roots();
    reader.below("OrganizationalUnits", "ou-");
    reader.below("Accounts", "");
    reader.parents();
    reader.policies(whole);
    reader.targets(whole);
    reader.details.snapshot.organization = reader.organization;
    reader.details
}

struct Reader<'d> {
    document: &'d Document,
    organization: Organization,
    details: Details,
}

impl<'d> Reader<'d> {
    fn gap(&mut self, node: &Node, reason: &str) {
        let location = node.location(&self.document.file);
        self.details.gaps.push(Gap { location, reason: reason.to_owned() });
    }

    /// An entry that says too little to be one.
    fn lose(&mut self, node: &Node, reason: &str) {
        self.details.malformed += 1;
        self.gap(node, reason);
    }

    /// The entries of a list that is there; none where there is no such list.
    fn list(&mut self, name: &str) -> Option<&'d [Node]> {
        let node = self.document.root.get(name)?;
        if let Some(entries) = node.as_sequence() {
            return Some(entries);
        }
        self.lose(node, &format!("{name} is no list"));
        None
    }

    /// The management account and the organisation stand in every ARN.
    fn learn(&mut self, node: &Node) {
        let Some(mut parts) = node.str_at("Arn").map(|arn| arn.splitn(6, ':')) else { return };
        let (account, rest) = (parts.nth(4), parts.next());
        let id = rest.and_then(|rest| rest.split('/').find(|part| part.starts_with("o-")));
        if let (Some(account), Some(id)) = (account.filter(|text| is_account(text)), id) {
            self.organization.merge(Organization {
                id: Some(id.to_owned()),
                management: Some(account.to_owned()),
                ..Organization::default()
            });
        }
    }

    fn organization(&mut self, node: &Node) {
        self.learn(node);
        match (node.str_at("Id"), node.str_at("MasterAccountId")) {
            (Some(id), Some(account)) => {
                self.details.items += 1;
                self.organization.id = Some(id.to_owned());
                self.organization.management = Some(account.to_owned());
            }
            _ => self.lose(node, "an organisation without Id or MasterAccountId"),
        }
        self.organization.only_billing = node.str_at("FeatureSet") == Some("CONSOLIDATED_BILLING");
    }

    fn roots(&mut self) {
        for node in self.list("Roots").unwrap_or_default() {
            self.learn(node);
            let Some(id) = node.str_at("Id") else {
                self.lose(node, "a root without Id");
                continue;
            };
            let Some(kinds) = node.get("PolicyTypes").and_then(Node::as_sequence) else {
                self.lose(node, "a root without PolicyTypes");
                continue;
            };
            let enabled = kinds
                .iter()
                .filter(|kind| kind.str_at("Status") == Some("ENABLED"))
                .filter_map(|kind| ControlKind::of(kind.str_at("Type")?))
                .collect();
            self.organization.roots.insert(id.to_owned(), enabled);
            self.details.items += 1;
        }
    }

    /// `list-organizational-units-for-parent`, `list-accounts-for-parent`; without a
    /// parent in the name of the file, they tell who there is and no more.
    fn below(&mut self, list: &str, prefix: &str) {
        let Some(entries) = self.list(list) else { return };
        let parent = self.asked().filter(|id| is_container(id));
        for node in entries {
            self.learn(node);
            match (node.str_at("Id").filter(|id| id.starts_with(prefix)), &parent) {
                (Some(id), Some(parent)) => {
                    self.organization.parents.insert(id.to_owned(), Some(parent.clone()));
                    self.details.items += 1;
                }
                (Some(_), None) => self.details.items += 1,
                (None, _) => self.lose(node, &format!("{list}: an entry without Id")),
            }
        }
        if parent.is_none() && list != "Accounts" {
            self.nameless(list, "root or unit");
        }
    }

    fn parents(&mut self) {
        let Some(entries) = self.list("Parents") else { return };
        let Some(child) = self.asked() else { return self.nameless("Parents", "account or unit") };
        match entries {
            [node] => match node.str_at("Id") {
                Some(id) => {
                    self.organization.parents.insert(child, Some(id.to_owned()));
                    self.details.items += 1;
                }
                None => self.lose(node, "a parent without Id"),
            },
            _ => self.gap(&self.document.root, "not one parent, as everything has"),
        }
    }

    /// `describe-policy`.
    fn policy(&mut self, node: &Node) {
        let summary = node.get("PolicySummary");
        let Some((id, mut policy)) = summary.and_then(|summary| self.summary(summary)) else {
            return;
        };
        let Some(content) = node.get("Content") else {
            return self.lose(node, &format!("the policy {id} has no Content"));
        };
        let file = &self.document.file;
        let document = match policy.kind {
            ControlKind::Service => policy::read(content, file, &id),
            ControlKind::Resource => policy::read_with_principal(content, file, &id),
        };
        self.details.gaps.extend(document.gaps().iter().cloned());
        policy.document = Some(document);
        self.organization.policies.insert(id, policy);
        self.details.items += 1;
    }

    /// A policy as lists tell it; none for kinds that narrow nothing.
    fn summary(&mut self, node: &Node) -> Option<(String, ControlPolicy)> {
        let (Some(id), Some(kind)) = (node.str_at("Id"), node.str_at("Type")) else {
            self.lose(node, "a policy without Id or Type");
            return None;
        };
        let kind = ControlKind::of(kind)?;
        let location: Location = node.location(&self.document.file).with_object(id);
        let name = node.str_at("Name").unwrap_or(id).to_owned();
        Some((id.to_owned(), ControlPolicy { name, kind, document: None, location }))
    }

    /// `list-policies-for-target` where the name of the file says for which one,
    /// `list-policies` where it does not.
    fn policies(&mut self, whole: bool) {
        let Some(entries) = self.list("Policies") else { return };
        let target = self.asked().filter(|id| !id.starts_with("p-"));
        let mut kinds = BTreeSet::new();
        let mut ids = BTreeSet::new();
        let mut complete = whole;
        for node in entries {
            let lost = self.details.malformed;
            if let Some((id, policy)) = self.summary(node) {
                kinds.insert(policy.kind);
                ids.insert((policy.kind, id.clone()));
                self.organization.merge(Organization {
                    policies: [(id, policy)].into(),
                    ..Organization::default()
                });
                self.details.items += 1;
            }
            complete &= lost == self.details.malformed;
        }
        if !complete {
            return;
        }
        for kind in kinds {
            let of_kind = ids.iter().filter(|(of, _)| *of == kind).map(|(_, id)| id.clone());
            match &target {
                Some(target) => {
                    let key = (target.clone(), kind);
                    self.organization.attached.insert(key, Some(of_kind.collect()));
                }
                None => drop(self.organization.listed.insert(kind)),
            }
        }
    }

    fn targets(&mut self, whole: bool) {
        let Some(entries) = self.list("Targets") else { return };
        let Some(policy) = self.asked().filter(|id| id.starts_with("p-")) else {
            return self.nameless("Targets", "policy");
        };
        let mut ids = BTreeSet::new();
        for node in entries {
            match node.str_at("TargetId") {
                Some(id) => drop(ids.insert(id.to_owned())),
                None => return self.lose(node, "a target without TargetId"),
            }
            self.details.items += 1;
        }
        if whole {
            self.organization.targets.insert(policy, Some(ids));
        }
    }

    fn nameless(&mut self, list: &str, what: &str) {
        self.gap(
            &self.document.root,
            &format!("{list} does not say of which {what}: name the file after its id"),
        );
    }

    /// The one id in the name of the file.
    fn asked(&self) -> Option<String> {
        let name = self.document.file.rsplit(['/', '\\']).next()?;
        let stem = name.split('.').filter(|part| *part != "json").collect::<Vec<_>>().join(".");
        let is_id = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let mut found = BTreeSet::new();
        for word in stem.split(|c: char| !is_id(c)) {
            if is_account(word) || is_container(word) || word.starts_with("p-") {
                found.insert(word.to_owned());
            }
        }
        match found.len() {
            1 => found.pop_first(),
            _ => None,
        }
    }
}

/// `r-ab12`, `ou-ab12-cdefghij`.
fn is_container(text: &str) -> bool {
    text.starts_with("r-") || text.starts_with("ou-")
}
