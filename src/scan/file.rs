//! One file: told by its content, offered to the scanners, and recorded.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    Expected, Source,
    activity::{self, ActivityBuilder},
    agents::{self, Beside},
    aws::{self, eks::EksBuilder},
    kubernetes::{self, ClusterBuilder, Recognition},
    logs, mcp,
    project::Modules,
    snapshot, stray,
    twice::Once,
    unread,
};
use crate::{
    model::{
        agent_config::{AgentConfig, ServerListing},
        aws::{AccountSnapshot, AccountSummary},
        coverage::{Gap, SourceRecord, SourceStatus},
        evidence::Evidence,
        location::Location,
    },
    source::{
        Document,
        error::{ErrorKind, SourceError},
        files::FileRef,
        limits::Limits,
        list::{self, AWS_SNAPSHOT, MCP_SNAPSHOT, SNAPSHOT},
        node::{Node, Value},
        python, read, text,
    },
};

/// Gathers what the scanners take from files.
pub(super) struct Sorter<'s> {
    sources: &'s [Source],
    limits: &'s Limits,
    modules: Modules<'s>,
    clusters: BTreeMap<usize, ClusterBuilder>,
    /// Whole clusters, each of its own.
    snapshots: Vec<kubernetes::snapshot::SnapshotReading>,
    account: Option<AccountSnapshot>,
    /// What accounts count of themselves.
    summaries: BTreeSet<AccountSummary>,
    eks: EksBuilder,
    /// Whole accounts, each with what is not known of it.
    accounts: Vec<aws::snapshot::SnapshotReading>,
    configs: Vec<AgentConfig>,
    listings: Vec<ServerListing>,
    activity: ActivityBuilder,
    records: Vec<SourceRecord>,
    gaps: Vec<Gap>,
    /// What files of accounts could not be read.
    unread_aws: Vec<Gap>,
    /// What files could not be read that may be of accounts, where there is one.
    unread_anything: Vec<Gap>,
    /// Logs that no format could read: what they hold is unknown.
    unread_logs: u64,
}

/// What one file turned out to be.
#[derive(Default)]
struct Taken {
    kinds: BTreeSet<&'static str>,
    items: u64,
    gaps: Vec<Gap>,
    documents: u64,
}

impl<'s> Sorter<'s> {
    pub(super) fn new(sources: &'s [Source], limits: &'s Limits) -> Self {
        Self {
            sources,
            limits,
            modules: Modules::of(sources, limits),
            clusters: BTreeMap::new(),
            snapshots: Vec::new(),
            account: None,
            summaries: BTreeSet::new(),
            eks: EksBuilder::default(),
            accounts: Vec::new(),
            configs: Vec::new(),
            listings: Vec::new(),
            activity: ActivityBuilder::default(),
            records: Vec::new(),
            gaps: Vec::new(),
            unread_aws: Vec::new(),
            unread_anything: Vec::new(),
            unread_logs: 0,
        }
    }

    /// Reads one file for the sources that name it.
    pub(super) fn read(&mut self, file: &FileRef, sources: &[usize]) {
        let expected = self.expected(sources);
        if self.read_snapshot(file, &expected) {
            return;
        }
        if expected.contains(&Expected::Activity) || expected.contains(&Expected::Anything) {
            let mapping = sources.iter().find_map(|&at| self.sources.get(at)?.mapping.clone());
            if let Some(mapping) = mapping {
                let record = activity::read_by(&mapping, file, &mut self.activity, self.limits);
                self.unread_logs += u64::from(record.status == SourceStatus::Failed);
                self.records.push(record);
                return;
            }
            let named = sources.iter().find_map(|&at| self.sources.get(at)?.format);
            let only_logs = expected.len() == 1 && expected.contains(&Expected::Activity);
            match logs::read(file, named, only_logs, &mut self.activity, self.limits) {
                Ok(Some(taken)) => {
                    self.unread_logs += taken.unread;
                    self.records.extend(taken.records);
                    return;
                }
                Ok(None) => {}
                Err(error) => return self.failed(file, sources, &error),
            }
        }
        // Where a plane is expected, code is told as something else that lies there.
        let of_agents = !expected.is_empty()
            && expected.iter().all(|one| matches!(one, Expected::Agents | Expected::Anything));
        if of_agents && python::is_python(&file.display) {
            self.read_python(file, sources, &expected);
        } else {
            self.read_documents(file, sources, &expected);
        }
    }

    /// Reads code that may make agents.
    fn read_python(&mut self, file: &FileRef, sources: &[usize], expected: &BTreeSet<Expected>) {
        let content = match read::read(file, self.limits) {
            Ok(content) => content,
            Err(error) => return self.failed(file, sources, &error),
        };
        let code = text::decode(&file.display, &content.bytes).and_then(|text| {
            let named = agents::may_hold_agents(text);
            named.then(|| python::parse(&file.display, text, self.limits)).transpose()
        });
        let mut taken = Taken::default();
        let mut configs = Vec::new();
        let errors = match code {
            Ok(None) => Vec::new(),
            Err(error) => vec![error],
            Ok(Some(code)) => {
                let beside = Beside::of(&code.module, &mut self.modules);
                for reading in agents::read_python_beside(&code, &beside) {
                    taken.take(reading.format, reading.items, reading.gaps);
                    configs.extend(reading.configs);
                }
                code.errors
            }
        };
        let status = match (errors.is_empty() && taken.gaps.is_empty(), taken.kinds.is_empty()) {
            (true, true) => SourceStatus::Skipped,
            (true, false) => SourceStatus::Read,
            (false, true) => unread(expected, &errors),
            (false, false) => SourceStatus::Partial,
        };
        let first = errors.first().map(SourceError::reason);
        let first = first.or(taken.gaps.first().map(|gap| gap.reason.clone()));
        let more = (errors.len() + taken.gaps.len()).saturating_sub(1);
        let reason = match first {
            Some(first) if more > 0 => Some(format!("{first} (and {more} more)")),
            None if status == SourceStatus::Skipped => Some(NOTHING_KNOWN.to_owned()),
            first => first,
        };
        if status != SourceStatus::Skipped {
            self.lost(sources, errors.iter().map(Gap::from).collect());
        }
        self.configs.extend(configs);
        self.gaps.extend(taken.gaps);
        let kinds: Vec<&str> = taken.kinds.iter().copied().collect();
        self.records.push(SourceRecord {
            path: file.display.to_string(),
            kind: if kinds.is_empty() { "unrecognised".to_owned() } else { kinds.join("+") },
            status,
            items: taken.items,
            malformed: u64::try_from(errors.len()).unwrap_or(u64::MAX),
            reason,
            digest: Some(content.digest),
        });
    }

    /// Reads the text of a snapshot that was collected just now; `shown` is what it
    /// is called.
    pub(super) fn collected(&mut self, shown: &Arc<str>, text: &[u8]) {
        let kind = snapshot::kind_of(text).unwrap_or(SNAPSHOT);
        self.snapshot(kind, shown, Ok(text));
    }

    /// Reads the text of a snapshot of a kind; `shown` is its file, or what it is
    /// called.
    fn snapshot(&mut self, kind: &str, shown: &Arc<str>, text: Result<&[u8], SourceError>) {
        match kind {
            AWS_SNAPSHOT => self.accounts.push(aws::snapshot::read(shown, text, self.limits)),
            MCP_SNAPSHOT => {
                let reading = mcp::snapshot::read(shown, text, self.limits);
                self.listings.extend(reading.listing);
                self.records.push(reading.record);
                self.gaps.extend(reading.gaps);
            }
            _ => self.snapshots.push(kubernetes::snapshot::read(shown, text, self.limits)),
        }
    }

    /// Whether a file is a snapshot that some source may take; then it was read.
    fn read_snapshot(&mut self, file: &FileRef, expected: &BTreeSet<Expected>) -> bool {
        let takes = |kind: &str| {
            let of = match kind {
                AWS_SNAPSHOT => Expected::Aws,
                MCP_SNAPSHOT => Expected::Agents,
                _ => Expected::Kubernetes,
            };
            expected.contains(&of) || expected.contains(&Expected::Anything)
        };
        // What takes none is not even looked into.
        if ![SNAPSHOT, AWS_SNAPSHOT, MCP_SNAPSHOT].into_iter().any(takes) {
            return false;
        }
        let kind = read::head(file).ok().and_then(|head| snapshot::kind_of(&head));
        let Some(kind) = kind.filter(|kind| takes(kind)) else { return false };
        match read::read(file, self.limits) {
            Ok(content) => self.snapshot(kind, &file.display, Ok(&content.bytes)),
            Err(error) => self.snapshot(kind, &file.display, Err(error)),
        }
        true
    }

    fn read_documents(&mut self, file: &FileRef, sources: &[usize], expected: &BTreeSet<Expected>) {
        let mut taken = Taken::default();
        let limits = self.limits;
        let mut pages = Vec::new();
        let read = read::read_documents(file, limits, &mut |document| {
            taken.documents += 1;
            let opened = list::open(document);
            pages.extend(opened.errors.iter().map(Gap::from));
            for document in opened.documents {
                self.offer(&document, sources, expected, &mut taken);
            }
        });
        if !pages.is_empty() {
            taken.gaps.extend(pages.iter().cloned());
            self.lost(sources, pages);
        }
        let (outcome, digest) = match read {
            Ok(read) => read,
            Err(error) => {
                self.failed(file, sources, &error);
                return;
            }
        };
        let errors = outcome.errors.len() + outcome.more_errors;
        let kind = if taken.kinds.is_empty() {
            "unrecognised".to_owned()
        } else {
            taken.kinds.iter().copied().collect::<Vec<_>>().join("+")
        };
        let template = outcome.errors.iter().any(|error| error.kind == ErrorKind::Template);
        // Beside a cluster's objects, whatever is none of them is of the account.
        let only_planes = plane(expected).is_some() && expected.iter().all(is_plane);
        let of_an_account = only_planes && expected.contains(&Expected::Aws);
        let mut unknown = Vec::new();
        let (status, reason) = if errors > 0 {
            let first = outcome.errors.first().map_or_else(String::new, SourceError::reason);
            let more =
                if errors > 1 { format!(" (and {} more)", errors - 1) } else { String::new() };
            let status = if taken.kinds.is_empty() {
                unread(expected, &outcome.errors)
            } else {
                SourceStatus::Partial
            };
            (status, Some(format!("{first}{more}")))
        } else if !taken.gaps.is_empty() {
            let first = taken.gaps.first().map(|gap| gap.reason.clone()).unwrap_or_default();
            let more = taken.gaps.len() - 1;
            let more = if more > 0 { format!(" (and {more} more)") } else { String::new() };
            (SourceStatus::Partial, Some(format!("{first}{more}")))
        } else if !taken.kinds.is_empty() || outcome.lists > 0 {
            (SourceStatus::Read, None)
        } else if taken.documents == 0 {
            if plane(expected).is_some() && !expected.contains(&Expected::Activity) && blank(file) {
                unknown.push(EMPTY);
                (SourceStatus::Failed, Some(EMPTY.to_owned()))
            } else {
                (SourceStatus::Skipped, Some("empty".to_owned()))
            }
        } else if of_an_account {
            unknown.push(NO_OUTPUT);
            (SourceStatus::Failed, Some(NO_OUTPUT.to_owned()))
        } else if read::head(file).is_ok_and(|head| stray::is_refusal(&head)) {
            unknown.push(REFUSED);
            (SourceStatus::Failed, Some(REFUSED.to_owned()))
        } else {
            (SourceStatus::Skipped, Some(NOTHING_KNOWN.to_owned()))
        };
        let foreign = if taken.kinds.is_empty() { foreign_settings(file) } else { None };
        let (status, reason) = match foreign {
            Some(foreign) => (SourceStatus::Failed, Some(foreign.to_owned())),
            None => (status, reason),
        };
        if status != SourceStatus::Skipped {
            let whole = |reason: &&str| Gap {
                location: Location::file(file.display.clone()),
                reason: (*reason).to_owned(),
            };
            let gaps = outcome.errors.iter().map(Gap::from).chain(unknown.iter().map(whole));
            self.lost(sources, gaps.collect());
        }
        let kind = match plane(expected) {
            Some(plane) if status == SourceStatus::Failed => plane.to_owned(),
            _ if template && taken.kinds.is_empty() => "template".to_owned(),
            _ => kind,
        };
        self.gaps.extend(taken.gaps);
        self.records.push(SourceRecord {
            path: file.display.to_string(),
            kind,
            status,
            items: taken.items,
            malformed: u64::try_from(errors).unwrap_or(u64::MAX),
            reason,
            digest: Some(digest),
        });
    }

    /// Notes what of a file could not be read, where it may have held rights: in
    /// the cluster or the account that the file belongs to.
    fn lost(&mut self, sources: &[usize], gaps: Vec<Gap>) {
        for &at in sources {
            let Some(source) = self.sources.get(at) else { continue };
            if matches!(source.expected, Expected::Kubernetes | Expected::Anything) {
                // A folder of anything is a cluster only once it shows one.
                let builder = self
                    .clusters
                    .entry(at)
                    .or_insert_with(|| ClusterBuilder::new(source.name.as_str()));
                for gap in &gaps {
                    builder.unread(gap.clone());
                }
            }
            match source.expected {
                Expected::Aws => self.unread_aws.extend(gaps.iter().map(of_account)),
                Expected::Anything => self.unread_anything.extend(gaps.iter().map(of_account)),
                Expected::Kubernetes | Expected::Agents | Expected::Activity => {}
            }
        }
        self.gaps.extend(gaps);
    }

    /// Offers one document to every scanner that its sources expect. Agents that
    /// live in a cluster are looked for wherever cluster objects are.
    fn offer(
        &mut self,
        document: &Document,
        sources: &[usize],
        expected: &BTreeSet<Expected>,
        taken: &mut Taken,
    ) {
        for &at in sources {
            let Some(source) = self.sources.get(at) else { continue };
            if !matches!(source.expected, Expected::Kubernetes | Expected::Anything) {
                continue;
            }
            let builder = self
                .clusters
                .entry(at)
                .or_insert_with(|| ClusterBuilder::new(source.name.as_str()));
            match builder.accept(document) {
                Recognition::NotMine => {
                    let named = source.expected == Expected::Kubernetes;
                    if let Some(gap) = unread_rights(document, named) {
                        builder.unread(gap.clone());
                        taken.take("kubernetes", 0, vec![gap]);
                    }
                }
                Recognition::Taken { items } => {
                    taken.take("kubernetes", items, repeated_keys(document));
                }
                Recognition::Partly { items, mut gaps } => {
                    gaps.extend(repeated_keys(document));
                    taken.take("kubernetes", items, gaps);
                }
            }
        }
        if (expected.contains(&Expected::Aws) || expected.contains(&Expected::Anything))
            && aws::recognise(document)
        {
            let details = aws::read(document);
            let truncated = details.snapshot.truncated.is_some();
            self.account(details.snapshot);
            // What such a dump never holds is told, but is no fault of this file.
            let gaps = if details.malformed > 0 || truncated {
                details.gaps
            } else {
                self.gaps.extend(details.gaps);
                Vec::new()
            };
            taken.take(details.format, details.items, gaps);
        }
        if (expected.contains(&Expected::Aws) || expected.contains(&Expected::Anything))
            && aws::eks::recognise(document)
        {
            let gaps = self.eks.accept(document);
            taken.take("aws-eks", 1, gaps);
        }
        if (expected.contains(&Expected::Aws) || expected.contains(&Expected::Anything))
            && aws::tells_of_account(document)
        {
            self.summaries.extend(aws::summary(document));
            taken.take("aws-account", 1, Vec::new());
        }
        let may_hold_agents = expected.iter().any(|expected| {
            matches!(expected, Expected::Agents | Expected::Kubernetes | Expected::Anything)
        });
        if may_hold_agents {
            for reading in agents::read(document, &document.file) {
                taken.take(reading.format, reading.items, reading.gaps);
                self.configs.extend(reading.configs);
            }
        }
    }

    /// Adds what is known of an account to what is known of all.
    fn account(&mut self, account: AccountSnapshot) {
        match &mut self.account {
            Some(merged) => merged.merge(account),
            None => self.account = Some(account),
        }
    }

    fn failed(&mut self, file: &FileRef, sources: &[usize], error: &SourceError) {
        let expected = self.expected(sources);
        let kind = plane(&expected).unwrap_or("unrecognised");
        self.records.push(SourceRecord::without_items(
            &file.display,
            kind,
            SourceStatus::Failed,
            Some(error.reason()),
        ));
        self.lost(sources, vec![Gap::from(error)]);
        if self.expects_logs(sources) {
            self.unread_logs += 1;
        }
    }

    /// What the sources that name a file expect of it.
    fn expected(&self, sources: &[usize]) -> BTreeSet<Expected> {
        sources.iter().filter_map(|&at| self.sources.get(at)).map(|own| own.expected).collect()
    }

    /// Whether a source that names a file is one of logs.
    fn expects_logs(&self, sources: &[usize]) -> bool {
        sources.iter().any(|&at| {
            self.sources.get(at).is_some_and(|source| source.expected == Expected::Activity)
        })
    }

    /// All evidence.
    pub(super) fn finish(mut self) -> Evidence {
        // By name and not by file, so that a cluster and its dump stand in the
        // same place.
        self.snapshots.sort_by(|one, other| one.record.path.cmp(&other.record.path));
        let mut clusters = Once::default();
        for (at, builder) in std::mem::take(&mut self.clusters) {
            let cluster = builder.finish();
            let source = self.sources.get(at);
            // A cluster that was named and not read is no less a cluster.
            let named = source.is_some_and(|own| own.expected == Expected::Kubernetes);
            if !cluster.kinds.is_empty() || (named && !cluster.open.is_empty()) {
                let of_it = |record: &&mut SourceRecord| {
                    let gave = record.items > 0 || record.digest.is_none();
                    let mut files = source.iter().flat_map(|own| &own.files);
                    gave && files.any(|file| *file.display == *record.path)
                };
                let mut records: Vec<_> = self.records.iter_mut().filter(of_it).collect();
                if !clusters.take(cluster, &mut records) {
                    let again: BTreeSet<&str> =
                        records.iter().map(|record| record.path.as_str()).collect();
                    self.configs.retain(|config| !again.contains(&*config.location.path));
                }
            }
        }
        for mut reading in std::mem::take(&mut self.snapshots) {
            if clusters.take(reading.cluster, &mut [&mut reading.record]) {
                self.configs.extend(reading.configs);
            }
            self.records.push(reading.record);
            self.gaps.extend(reading.gaps);
        }
        // Of several accounts nobody can tell which one counts so.
        if let ([summary], Some(account)) =
            (Vec::from_iter(&self.summaries).as_slice(), &mut self.account)
        {
            account.count(**summary);
        }
        let mut accounts = std::mem::take(&mut self.accounts);
        accounts.sort_by(|one, other| one.record.path.cmp(&other.record.path));
        for reading in accounts {
            self.account(reading.account);
            for document in &reading.eks {
                self.gaps.extend(self.eks.accept(document));
            }
            self.eks.lost(reading.eks_gaps);
            self.records.push(reading.record);
            self.gaps.extend(reading.gaps);
        }
        agents::join(&mut self.configs, self.account.as_ref());
        let mut evidence = Evidence {
            clusters: clusters.finish(),
            accounts: self.account.into_iter().collect(),
            eks: self.eks.finish(),
            configs: self.configs,
            listings: self.listings,
            activity: self.activity.finish(),
            sources: self.records,
            gaps: self.gaps,
        };
        unread::of_logs(&mut evidence, self.unread_logs);
        unread::of_accounts(&mut evidence, &self.unread_aws);
        unread::of_known_accounts(&mut evidence, &self.unread_anything);
        evidence
    }
}

impl Taken {
    fn take(&mut self, kind: &'static str, items: u64, gaps: Vec<Gap>) {
        self.kinds.insert(kind);
        self.items += items;
        self.gaps.extend(gaps);
    }
}

/// A document that may give rights, and that the cluster scanner did not know: one
/// of RBAC by its `apiVersion`, a list that could not be opened, a binding without
/// a kind; and where a source is `named` as a cluster's, whatever holds an object.
fn unread_rights(document: &Document, named: bool) -> Option<Gap> {
    let root = &document.root;
    let version = root.str_at("apiVersion").unwrap_or_default();
    let kind = root.str_at("kind").unwrap_or_default();
    let is_list = kind.ends_with("List") && root.get("items").is_some() && !version.is_empty();
    // A snapshot is told by its head, and read apart; this one was rearranged.
    let is_snapshot = list::is_snapshot(kind) && !version.is_empty();
    let is_rights = version.starts_with("rbac.authorization.k8s.io/") && !kind.is_empty();
    let what = if is_rights || is_list || is_snapshot {
        format!("`{kind}` of {version}")
    } else if list::names_role(root) && !kubernetes::is_known_elsewhere(root) {
        "a binding that does not say that it is one".to_owned()
    } else if named && !kubernetes::is_known_elsewhere(root) && holds_object(root) {
        "something that holds objects of a cluster and is none".to_owned()
    } else {
        return None;
    };
    Some(Gap {
        location: root.location(&document.file),
        reason: format!("{what} could not be read: what it gives is unknown"),
    })
}

/// Whether an object of a cluster, or what may be one, stands anywhere in a value.
fn holds_object(node: &Node) -> bool {
    kubernetes::seems_object(node)
        || list::names_role(node)
        || match &node.value {
            Value::Sequence(items) => items.iter().any(holds_object),
            Value::Mapping(mapping) => mapping.entries.iter().any(|(_, node)| holds_object(node)),
            _ => false,
        }
}

/// Keys that stand twice: the last one is judged, but `kubectl` refuses the
/// object and other readers differ, so what the cluster holds is not known.
fn repeated_keys(document: &Document) -> Vec<Gap> {
    document
        .root
        .repeated_keys()
        .into_iter()
        .map(|key| Gap {
            location: key.place.location(&document.file),
            reason: format!(
                "key `{}` stands twice; which one the cluster got is not known",
                key.name
            ),
        })
        .collect()
}

/// What is wrong with a file that nothing was taken from.
const NOTHING_KNOWN: &str = "no evidence that gradus knows";

/// What is wrong with a file of an account that holds something else.
const NO_OUTPUT: &str = "not the output of `aws iam get-account-authorization-details`, \
                         `aws organizations` or `aws eks`";

/// What is wrong with a file that a command left which was refused.
const EMPTY: &str = "it is empty: the command that wrote it failed?";

/// What is wrong with a file in which a cluster's objects should be.
const REFUSED: &str =
    "what kubectl says when it gives no objects: the command that wrote it failed?";

/// The plane that a file was expected to be of, as records and the gate call it.
fn plane(expected: &BTreeSet<Expected>) -> Option<&'static str> {
    if expected.contains(&Expected::Kubernetes) {
        Some("kubernetes")
    } else {
        expected.contains(&Expected::Aws).then_some("aws")
    }
}

fn is_plane(expected: &Expected) -> bool {
    matches!(expected, Expected::Kubernetes | Expected::Aws)
}

/// Whether a file holds nothing but white space. One that only comments is written
/// by a person, and no command that failed.
fn blank(file: &FileRef) -> bool {
    let head = read::head(file).unwrap_or_default();
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head);
    text.iter().all(u8::is_ascii_whitespace)
}

/// What a file of settings is that gradus cannot read, where it is one by its name.
fn foreign_settings(file: &FileRef) -> Option<&'static str> {
    let name = file.display.to_ascii_lowercase();
    stray::FOREIGN.iter().find(|suffix| name.ends_with(*suffix))?;
    stray::foreign_settings(&name, &read::head(file).ok()?)
}

/// What a gap in a file means for an account.
fn of_account(gap: &Gap) -> Gap {
    Gap {
        location: gap.location.clone(),
        reason: format!("{}: principals, policies and associations may be missing", gap.reason),
    }
}

/// What a file is that yielded nothing but errors: a failure where evidence was
/// expected or its syntax promises it; prose and binaries are no evidence.
fn unread(expected: &BTreeSet<Expected>, errors: &[SourceError]) -> SourceStatus {
    let only_prose = errors.iter().all(|error| matches!(error.kind, ErrorKind::Binary));
    if only_prose && expected.contains(&Expected::Anything) {
        SourceStatus::Skipped
    } else {
        SourceStatus::Failed
    }
}
