//! AWS evidence from files: the JSON of
//! `aws iam get-account-authorization-details`, whole or page by page, of
//! `aws organizations …` and of `aws iam list-roles`.
//!
//! Whatever cannot be read becomes a gap, and stays with the principal or policy
//! that it belongs to, so that its rights are unknown rather than fewer.

mod answer;
pub mod eks;
mod identity;
#[cfg(feature = "aws")]
pub mod live;
mod organization;
mod policy;
mod sessions;
pub mod snapshot;

use crate::{
    model::{
        aws::{AccountSnapshot, AccountSummary, policy as policy_model},
        coverage::Gap,
        location::Location,
    },
    source::{
        Document,
        list::AWS_SNAPSHOT,
        node::{Node, Value},
    },
};

/// What one document holds.
#[derive(Debug, Default)]
pub struct Details {
    /// What kind of document it is, for the list of sources.
    pub format: &'static str,
    /// Its principals and policies.
    pub snapshot: AccountSnapshot,
    /// What could not be read, and what such a dump never holds.
    pub gaps: Vec<Gap>,
    /// Users, groups, roles and policies read.
    pub items: u64,
    /// Users, groups, roles and policies that could not be.
    pub malformed: u64,
}

/// The lists of a dump.
const LISTS: [&str; 3] = ["UserDetailList", "GroupDetailList", "RoleDetailList"];
/// The fourth, a name that other AWS output has as well.
const POLICIES: &str = "Policies";

/// The call whose answer a document is, as IAM calls it; none where it is none that is
/// known.
fn action_of(document: &Document) -> Option<&'static str> {
    if holds_details(document) {
        return Some(snapshot::DETAILS);
    }
    organization::action_of(document)
        .or_else(|| sessions::action_of(document))
        .or_else(|| eks::action_of(document))
        .or_else(|| answer::action_of(document))
}

/// Whether a document holds authorization details, tells of an organisation or how
/// long sessions last: by its content, whatever the file is called.
#[must_use]
pub fn recognise(document: &Document) -> bool {
    holds_details(document)
        || organization::action_of(document).is_some()
        || sessions::action_of(document).is_some()
}

fn holds_details(document: &Document) -> bool {
    let is_list = |name: &str| document.root.get(name).is_some_and(|n| n.as_sequence().is_some());
    let versions = |policy: &Node| policy.get("PolicyVersionList").is_some();
    is_loose_head(document)
        || LISTS.into_iter().any(is_list)
        || document
            .root
            .get(POLICIES)
            .and_then(Node::as_sequence)
            .is_some_and(|policies| policies.iter().any(versions))
}

/// Whether a document is the head of a snapshot that is no longer in one piece: a
/// snapshot is told by how its text starts, and read apart.
fn is_loose_head(document: &Document) -> bool {
    document.root.str_at("kind") == Some(AWS_SNAPSHOT)
}

/// What an account counts of itself, where a document is that answer.
#[must_use]
pub fn summary(document: &Document) -> Option<AccountSummary> {
    let count = |name: &str| {
        let own = document.root.at(&["SummaryMap", name]).and_then(Node::as_i64);
        own.and_then(|count| usize::try_from(count).ok())
    };
    Some(AccountSummary {
        users: count("Users")?,
        groups: count("Groups")?,
        roles: count("Roles")?,
        policies: count("Policies")?,
    })
}

/// Whether a document tells about an account and grants nothing.
#[must_use]
pub fn tells_of_account(document: &Document) -> bool {
    answer::action_of(document).is_some()
}

/// Reads a document that [`recognise`] knows. Pages of one account are put
/// together with [`AccountSnapshot::merge`].
#[must_use]
pub fn read(document: &Document) -> Details {
    if !holds_details(document) {
        return match sessions::action_of(document) {
            Some(_) => sessions::read(document),
            None => organization::read(document),
        };
    }
    let details = Details { format: "aws-authorization-details", ..Details::default() };
    let mut reader = Reader { document, details };
    reader.list("UserDetailList", Reader::user);
    reader.list("GroupDetailList", Reader::group);
    reader.list("RoleDetailList", Reader::role);
    reader.list(POLICIES, Reader::managed);
    reader.pages();
    if let Some(how) = &document.lenient {
        reader.gap(
            reader.place(&document.root),
            format!("the file is not what it claims to be: {how}"),
        );
    }
    reader.details
}

/// Reads one document; every entry ends as an item or as a gap.
struct Reader<'d> {
    document: &'d Document,
    details: Details,
}

impl<'d> Reader<'d> {
    /// The entries of one list; an entry that cannot be read says why.
    fn list(&mut self, name: &str, read: fn(&mut Self, &'d Node) -> Result<(), String>) {
        let Some(node) = self.document.root.get(name) else { return };
        let Some(entries) = node.as_sequence() else {
            let place = self.place(node);
            self.details.malformed += 1;
            self.gap(place, format!("{name} is {} and not a list", node.kind()));
            return;
        };
        for entry in entries {
            match read(self, entry) {
                Ok(()) => self.details.items += 1,
                Err(reason) => {
                    self.details.malformed += 1;
                    self.gap(self.place(entry), format!("{name}: {reason}"));
                }
            }
        }
    }

    /// Notes pages that are missing, and what no page ever holds.
    fn pages(&mut self) {
        let root = &self.document.root;
        if is_loose_head(self.document) {
            let gap = Gap {
                location: self.place(root),
                reason: "a snapshot that was rearranged: what it does not hold is unknown"
                    .to_owned(),
            };
            self.details.snapshot.truncated = Some(gap.clone());
            self.details.snapshot.unread.push(gap.clone());
            self.details.gaps.push(gap);
            return;
        }
        let flag = root.get("IsTruncated").is_some_and(|node| match &node.value {
            Value::Bool(yes) => *yes,
            Value::String(text) => text.eq_ignore_ascii_case("true"),
            _ => true,
        });
        // `--max-items` leaves a token in place of the flag.
        let more = flag || ["Marker", "NextToken"].iter().any(|name| root.get(name).is_some());
        if more {
            let gap = Gap {
                location: self.place(root),
                reason: "the dump ends before its last page: principals and policies are missing"
                    .to_owned(),
            };
            self.details.snapshot.truncated = Some(gap.clone());
            self.details.gaps.push(gap);
        } else {
            self.gap(
                Location::file(self.document.file.clone()),
                "authorization details hold no service control policies, which `aws organizations` \
                 tells, and no resource policies or session policies; rights are judged without \
                 what no file tells"
                    .to_owned(),
            );
        }
    }

    fn gap(&mut self, location: Location, reason: String) {
        self.details.gaps.push(Gap { location, reason });
    }

    fn place(&self, node: &Node) -> Location {
        node.location(&self.document.file)
    }
}

/// Reads a policy that stands alone, such as one that a session is given: what of
/// it cannot be read is a gap in it.
#[must_use]
pub fn read_policy(document: &Document, owner: &str) -> policy_model::Document {
    policy::read(&document.root, &document.file, owner)
}
