//! One kind of action and its counts.

use std::{fmt, sync::Arc};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Authorised;
use crate::model::{capability::Plane, location::Location};

/// What was asked for, without the names of objects.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ActionKey {
    /// The verb as the log has it; `get` on `pods/exec` stays `get`.
    pub verb: String,
    /// On what.
    pub target: Target,
}

/// On what an action acts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// A resource of the Kubernetes API.
    KubernetesResource {
        /// API group; empty for the core group.
        group: String,
        /// Resource, plural: `pods`.
        resource: String,
        /// Subresource: `exec`.
        subresource: Option<String>,
        /// Namespace; none for cluster-scoped resources and requests over all namespaces.
        namespace: Option<String>,
    },
    /// A path of the Kubernetes API that is no resource, by its first segment: `/healthz`.
    KubernetesPath(String),
    /// A call of an AWS API; the verb is the IAM action that it needed: `s3:GetObject`.
    Aws(AwsCall),
}

/// How an AWS API was called, as far as policies can ask for it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AwsCall {
    /// The region that was asked (`aws:RequestedRegion`); none where the log does not say.
    pub region: Option<String>,
    /// Whether it came through the MCP server that AWS runs (`aws:ViaAWSMCPService`).
    pub via_mcp: bool,
    /// For `iam:PassRole`, the service that the role is passed to (`iam:PassedToService`).
    pub passed_to: Option<String>,
}

impl ActionKey {
    /// The namespace of Kubernetes in which it acts; none where it acts in none, or in all.
    #[must_use]
    pub fn namespace(&self) -> Option<&str> {
        match &self.target {
            Target::KubernetesResource { namespace, .. } => namespace.as_deref(),
            Target::KubernetesPath(_) | Target::Aws(_) => None,
        }
    }

    /// Where it acts.
    #[must_use]
    pub fn plane(&self) -> Plane {
        match self.target {
            Target::KubernetesResource { .. } | Target::KubernetesPath(_) => Plane::Kubernetes,
            Target::Aws(_) => Plane::Aws,
        }
    }
}

/// `delete apps/deployments/scale in shop`, `get /healthz`, `s3:GetObject in eu-west-1`,
/// `iam:PassRole to lambda.amazonaws.com in eu-west-1`.
impl fmt::Display for ActionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.verb)?;
        match &self.target {
            Target::KubernetesResource { group, resource, subresource, namespace } => {
                f.write_str(" ")?;
                if !group.is_empty() {
                    write!(f, "{group}/")?;
                }
                f.write_str(resource)?;
                if let Some(subresource) = subresource {
                    write!(f, "/{subresource}")?;
                }
                if let Some(namespace) = namespace {
                    write!(f, " in {namespace}")?;
                }
                Ok(())
            }
            Target::KubernetesPath(path) => write!(f, " {path}"),
            Target::Aws(AwsCall { region, via_mcp, passed_to }) => {
                if let Some(service) = passed_to {
                    write!(f, " to {service}")?;
                }
                if let Some(region) = region {
                    write!(f, " in {region}")?;
                }
                if *via_mcp { f.write_str(" through the AWS MCP server") } else { Ok(()) }
            }
        }
    }
}

/// How often one action was asked for, by outcome: every request is in exactly
/// one of `done`, `unclear`, `denied`, `failed` and `dry_run`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ActionRecord {
    /// Took effect; a connection that is still open counts.
    pub done: Tally,
    /// May have taken effect: a server error, a panic, or no status in the log.
    pub unclear: Tally,
    /// Refused: no effect.
    pub denied: Denials,
    /// Rejected as wrong, conflicting or missing (other 4xx): no effect.
    pub failed: u64,
    /// Asked for as a rehearsal, and carried out as one.
    pub dry_run: u64,
    /// At least so many more were received without any outcome in the log (it
    /// was cut, or events were lost). Whether they were even allowed is not known.
    pub unanswered: u64,
    /// Those of all of the above that the authorizer let pass, with the objects
    /// that they were for.
    pub authorised: Authorised,
}

impl ActionRecord {
    /// All requests with an outcome.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.done.count + self.unclear.count + self.denied.total() + self.failed + self.dry_run
    }

    /// Adds what another part of the log shows of the same action.
    pub fn merge(&mut self, other: Self) {
        self.done.merge(other.done);
        self.unclear.merge(other.unclear);
        self.denied.merge(other.denied);
        self.failed += other.failed;
        self.dry_run += other.dry_run;
        self.unanswered += other.unanswered;
        self.authorised.merge(other.authorised);
    }
}

/// Refusals, by who refused.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Denials {
    /// The authorizer said no (`authorization.k8s.io/decision: forbid`), or
    /// nobody was authenticated.
    pub by_authorization: u64,
    /// It was authorized and refused all the same: admission, or the escalation check of RBAC.
    pub after_authorization: u64,
    /// 403 with no word on who refused (refused impersonation, old servers).
    pub unattributed: u64,
    /// The first places.
    pub examples: Examples,
}

impl Denials {
    /// All refusals.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.by_authorization + self.after_authorization + self.unattributed
    }

    fn merge(&mut self, other: Self) {
        self.by_authorization += other.by_authorization;
        self.after_authorization += other.after_authorization;
        self.unattributed += other.unattributed;
        self.examples.merge(other.examples);
    }
}

/// How often, between when and when, and where to look.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Tally {
    /// Requests.
    pub count: u64,
    /// When the earliest arrived; none where no request carries a time.
    pub first: Option<Timestamp>,
    /// When the latest arrived.
    pub last: Option<Timestamp>,
    /// Requests without a readable time: they may be of any day.
    pub undated: u64,
    /// The first places.
    pub examples: Examples,
}

impl Tally {
    /// Counts one request that stands at `line` (from 1) of `path`.
    pub fn add(&mut self, time: Option<Timestamp>, path: &Arc<str>, line: u64) {
        self.count += 1;
        match time {
            Some(time) => {
                self.first = Some(self.first.map_or(time, |first| first.min(time)));
                self.last = Some(self.last.map_or(time, |last| last.max(time)));
            }
            None => self.undated += 1,
        }
        self.examples.add(path, line);
    }

    /// Adds what another part of the log shows.
    pub fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.undated += other.undated;
        // `None` is below every time, so it must not win a minimum.
        self.first = match (self.first, other.first) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        self.last = self.last.max(other.last);
        self.examples.merge(other.examples);
    }

    /// Whether any of it may have happened at or after `since`.
    #[must_use]
    pub fn reaches(&self, since: Timestamp) -> bool {
        self.undated > 0 || self.last.is_some_and(|last| last >= since)
    }
}

/// The first few places of something, by path and line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Examples {
    places: Vec<Place>,
}

/// As little of a [`Location`] as a log needs: there are several for each action.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    path: Arc<str>,
    line: Option<u32>,
}

impl Examples {
    /// How many are kept.
    pub const LIMIT: usize = 3;

    /// The first of these lines of one file.
    #[must_use]
    pub fn of(path: &Arc<str>, lines: &[u64]) -> Self {
        let mut examples = Self::default();
        lines.iter().for_each(|&line| examples.add(path, line));
        examples
    }

    /// The places, in order.
    pub fn places(&self) -> impl ExactSizeIterator<Item = Location> {
        self.places.iter().map(|Place { path, line }| Location {
            path: path.clone(),
            line: *line,
            column: None,
            object: None,
        })
    }

    /// Keeps `line` (from 1) of `path` if it is among the first.
    pub fn add(&mut self, path: &Arc<str>, line: u64) {
        // A line beyond 2^32 is named by its file alone.
        let line = u32::try_from(line).ok();
        if self.places.len() == Self::LIMIT
            && self.places.last().is_some_and(|last| (&last.path, last.line) <= (path, line))
        {
            return;
        }
        self.insert(Place { path: path.clone(), line });
    }

    /// Keeps the first of both.
    pub fn merge(&mut self, other: Self) {
        if self.places.is_empty() {
            self.places = other.places;
            return;
        }
        for place in other.places {
            self.insert(place);
        }
    }

    fn insert(&mut self, place: Place) {
        let at = self.places.partition_point(|kept| *kept < place);
        if self.places.get(at) != Some(&place) {
            self.places.insert(at, place);
            self.places.truncate(Self::LIMIT);
        }
    }
}
