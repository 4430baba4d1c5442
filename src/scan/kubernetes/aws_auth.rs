//! ConfigMap `kube-system/aws-auth`: YAML in text. What of it cannot be read may
//! map any AWS principal, so that no error of it is without a gap.

use std::sync::Arc;

use super::read::Reader;
use crate::{
    model::{
        coverage::Gap,
        kubernetes::aws_auth::{AwsAuth, AwsAuthAccount, AwsAuthEntry, Mapped},
        location::Location,
    },
    source::{self, SyntaxHint, limits::Limits, node::Node},
};

/// The ConfigMap's name.
const NAME: &str = "aws-auth";
/// Its namespace.
const NAMESPACE: &str = "kube-system";
/// Bytes of one list: a ConfigMap ends at 1 MiB.
const MAX_TEXT: usize = 1 << 20;

/// Reads one kind of entry: whom it maps.
type Whom = fn(Arc<str>) -> Mapped;

impl Reader<'_> {
    /// The mappings; none where the ConfigMap is another one.
    pub(super) fn aws_auth(&mut self) -> Option<AwsAuth> {
        if &*self.object.name != NAME || !self.object.scope.may_be_in(NAMESPACE) {
            return None;
        }
        let root = self.root();
        let mut auth = AwsAuth {
            entries: Vec::new(),
            accounts: Vec::new(),
            gaps: Vec::new(),
            location: self.here(),
        };
        // Without any data it may be a list of names only.
        let Some(data) = root.get("data") else {
            self.auth_gap(&mut auth, root, "its entries are not in the evidence");
            return Some(auth);
        };
        if data.as_mapping().is_none() {
            self.auth_gap(&mut auth, data, "its data is no mapping");
        }
        for (key, value) in data.entries() {
            match key.name.as_str() {
                "mapRoles" => {
                    self.auth_entries(&mut auth, value, "mapRoles", "rolearn", Mapped::Role);
                }
                "mapUsers" => {
                    self.auth_entries(&mut auth, value, "mapUsers", "userarn", Mapped::User);
                }
                "mapAccounts" => self.auth_accounts(&mut auth, value),
                _ => {}
            }
        }
        Some(auth)
    }

    fn auth_entries(
        &mut self,
        auth: &mut AwsAuth,
        value: &Node,
        list: &str,
        arn: &str,
        whom: Whom,
    ) {
        let location = self.at(value);
        let items = self.auth_list(auth, value, list);
        for (number, item) in (1..).zip(&items) {
            let read = |name: &str| any_case(item, name).and_then(Node::text);
            let Some(arn) = read(arn).filter(|arn| !arn.is_empty()) else {
                // A permission set of IAM Identity Center, or what nobody knows.
                let reason = format!("entry {number} of {list} names no ARN");
                self.auth_gap(auth, value, &reason);
                continue;
            };
            let groups_node = any_case(item, "groups").filter(|node| !node.is_null());
            let groups: Option<Vec<Arc<str>>> = match groups_node {
                None => Some(Vec::new()),
                Some(node) => node.as_sequence().and_then(|groups| {
                    groups.iter().map(|group| Some(self.word(group.as_str()?))).collect()
                }),
            };
            let user = match any_case(item, "username").filter(|node| !node.is_null()) {
                None => Some(self.word("")),
                Some(node) => node.as_str().map(|user| self.word(user)),
            };
            let (Some(groups), Some(user)) = (groups, user) else {
                let reason = format!("user name or groups in entry {number} of {list} are no text");
                self.auth_gap(auth, value, &reason);
                continue;
            };
            let whom = whom(self.word(arn.trim()));
            auth.entries.push(AwsAuthEntry {
                whom,
                user,
                groups,
                number,
                location: location.clone(),
            });
        }
    }

    fn auth_accounts(&mut self, auth: &mut AwsAuth, value: &Node) {
        let location = self.at(value);
        for item in self.auth_list(auth, value, "mapAccounts") {
            match account(&item) {
                Some(account) => {
                    let account = self.word(&account);
                    auth.accounts.push(AwsAuthAccount { account, location: location.clone() });
                }
                None => self.auth_gap(auth, value, "an account of mapAccounts is no text"),
            }
        }
    }

    /// The items of one list. YAML takes the list itself, too, where a file was
    /// written by hand.
    fn auth_list(&mut self, auth: &mut AwsAuth, value: &Node, list: &str) -> Vec<Node> {
        if let Some(items) = value.as_sequence() {
            return items.to_vec();
        }
        let Some(text) = value.as_str() else {
            if !value.is_null() {
                self.auth_gap(auth, value, &format!("{list} is {}", value.kind()));
            }
            return Vec::new();
        };
        // The authenticator skips these.
        if matches!(text.trim(), "" | "``" | "\"\"") {
            return Vec::new();
        }
        if text.len() > MAX_TEXT {
            self.auth_gap(auth, value, &format!("{list} is longer than a ConfigMap may be"));
            return Vec::new();
        }
        let limits = Limits { documents: 8, ..Limits::default() };
        let file: Arc<str> = self.here().path;
        let parsed = source::parse(&file, text.as_bytes(), SyntaxHint::Yaml, &limits);
        if let Some(error) = parsed.outcome.errors.first() {
            self.auth_gap(auth, value, &format!("{list} could not be read: {}", error.message));
        }
        let mut items = Vec::new();
        for document in parsed.documents {
            match document.root.as_sequence() {
                Some(found) => items.extend(found.iter().cloned()),
                None if document.root.is_null() => {}
                None => self.auth_gap(auth, value, &format!("{list} holds no list")),
            }
        }
        items
    }

    fn auth_gap(&mut self, auth: &mut AwsAuth, node: &Node, reason: &str) {
        let location: Location = self.at(node);
        self.gap(node, format!("maps AWS principals, and {reason}"));
        auth.gaps.push(Gap {
            location,
            reason: format!(
                "{reason} ({}): which AWS principals it maps to whom is unknown",
                self.shown
            ),
        });
    }
}

/// A key as JSON of Go reads it: in any case.
fn any_case<'n>(item: &'n Node, name: &str) -> Option<&'n Node> {
    let of_name = |(key, _): &&(source::node::Key, Node)| key.name.eq_ignore_ascii_case(name);
    item.entries().iter().rfind(of_name).map(|(_, node)| node)
}

/// Twelve digits, which YAML may take for a number: as they are spelt, or with the
/// zeros in front that it dropped.
fn account(item: &Node) -> Option<String> {
    match item.as_str() {
        Some(text) => Some(text.trim().to_owned()),
        None => item.text().map(|digits| format!("{digits:0>12}")),
    }
}
