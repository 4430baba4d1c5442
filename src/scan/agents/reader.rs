//! What reading one configuration is made of: every format takes the same steps
//! around what is its own.

use super::{
    Format, Reading,
    entries::{Entries, all, note_duplicates},
    redact,
    secrets::{self, KeyNames},
};
use crate::{
    model::{
        agent_config::{
            AgentConfig, Client, Decision, ModeSetting, PermissionMode, PermissionRule, Problem,
            ProblemKind, RuleTarget, Scope, Switch, SwitchKind, Telemetry,
        },
        coverage::Gap,
        location::Location,
    },
    source::{
        Document,
        node::{Key, Node},
    },
};

/// Most rules that are read of one file.
const MOST_RULES: usize = 10_000;

/// One configuration while it is read.
pub(super) struct Reader<'d> {
    pub(super) document: &'d Document,
    pub(super) config: AgentConfig,
    pub(super) gaps: Vec<Gap>,
}

impl<'d> Reader<'d> {
    /// Starts a configuration of `client`; repeated keys are noted at once.
    pub(super) fn new(
        format: &dyn Format,
        client: Client,
        scope: Scope,
        document: &'d Document,
    ) -> Self {
        let location = Location::file(document.file.clone());
        let mut config = AgentConfig::new(format.id(), client, scope, location);
        note_duplicates(document, &mut config);
        Self { document, config, gaps: Vec::new() }
    }

    /// The place of a value.
    pub(super) fn at(&self, node: &Node) -> Location {
        node.location(&self.document.file)
    }

    /// Adds a rule.
    pub(super) fn rule(&mut self, decision: Decision, target: RuleTarget, node: &Node) {
        self.ranked(PermissionRule::new(decision, target, self.at(node)));
    }

    /// Adds a rule that may have a rank of its own.
    pub(super) fn ranked(&mut self, rule: PermissionRule) {
        if self.config.rules.len() < MOST_RULES {
            self.config.rules.push(rule);
            return;
        }
        let reason = format!("only the first {MOST_RULES} rules of a file are read");
        if self.gaps.last().is_none_or(|gap| gap.reason != reason) {
            self.gaps.push(Gap { location: rule.location, reason });
        }
    }

    /// Adds a mode.
    pub(super) fn mode(&mut self, mode: PermissionMode, node: &Node) {
        let location = self.at(node);
        self.config.modes.push(ModeSetting { mode, location });
    }

    /// Adds a mode that the client does not know, and says so.
    pub(super) fn unknown_mode(&mut self, key: &str, reason: &str, node: &Node) {
        self.problem(ProblemKind::IgnoredValue, key, reason, node);
        self.mode(PermissionMode::Unrecognised, node);
    }

    /// Adds a switch.
    pub(super) fn switch(&mut self, kind: SwitchKind, node: &Node) {
        let location = self.at(node);
        self.config.switches.push(Switch { kind, location });
    }

    /// Adds a switch that opens something: of repeated keys one true is enough.
    pub(super) fn open_where_true(&mut self, holder: &Node, key: &str, kind: &SwitchKind) {
        if let Some(node) = all(holder, key).find(|node| node.as_bool() == Some(true)) {
            self.switch(kind.clone(), node);
        }
    }

    /// Adds a switch that restricts: of repeated keys each must have the value. Any other
    /// value lifts what a weaker scope restricts.
    pub(super) fn restrict_where(
        &mut self,
        holder: &Node,
        key: &str,
        wanted: bool,
        kind: &SwitchKind,
    ) {
        let values: Vec<&Node> = all(holder, key).collect();
        let Some(first) = values.first() else { return };
        if values.iter().all(|value| value.as_bool() == Some(wanted)) {
            self.switch(kind.clone(), first);
            return;
        }
        let location = self.at(first);
        self.config.lifted.push(Switch { kind: kind.clone(), location });
        if values.iter().any(|value| value.as_bool().is_none()) {
            self.problem(ProblemKind::IgnoredValue, key, "it takes true or false", first);
        }
    }

    /// Adds a problem at a value.
    pub(super) fn problem(&mut self, kind: ProblemKind, subject: &str, reason: &str, node: &Node) {
        let location = self.at(node);
        self.config.problems.push(Problem {
            kind,
            subject: redact::name(subject),
            reason: reason.to_owned(),
            location,
        });
    }

    /// The client reads no such file where this one lies: it restricts nothing.
    pub(super) fn unread_place(&mut self, reason: &str) {
        self.config.problems.push(Problem {
            kind: ProblemKind::UnreadPlace,
            subject: "the file".to_owned(),
            reason: reason.to_owned(),
            location: self.config.location.clone(),
        });
        self.config.rejected = Some(reason.to_owned());
    }

    /// Adds a telemetry setting.
    pub(super) fn telemetry(&mut self, name: &str, enabled: bool, node: &Node) {
        let location = self.at(node);
        let name = redact::name(name);
        self.config.telemetry.push(Telemetry { name, enabled, location });
    }

    /// Reads servers: a mapping of names to entries, or a list of entries with names.
    pub(super) fn servers(&mut self, node: &Node) {
        let (document, config, gaps) = (self.document, &mut self.config, &mut self.gaps);
        let mut entries = Entries { document, config, gaps };
        match node.as_mapping() {
            Some(servers) => entries.read(servers),
            None => entries.read_list(node.as_sequence().unwrap_or_default()),
        }
    }

    /// Reads one server, whose entry stands at `key`.
    pub(super) fn server(&mut self, key: &Key, entry: &Node) {
        let location = key.place.location(&self.document.file);
        let (document, config, gaps) = (self.document, &mut self.config, &mut self.gaps);
        Entries { document, config, gaps }.add(&key.name, entry, location);
    }

    /// Ends the configuration.
    pub(super) fn finish(mut self) -> Reading {
        self.config.secrets = secrets::sweep(self.document, KeyNames::Everywhere);
        Reading::new(self.config, self.gaps)
    }
}

/// Every text under a key: one, or those of a list; with its place.
pub(super) fn texts<'n>(holder: &'n Node, key: &'n str) -> Vec<(&'n str, &'n Node)> {
    let mut found = Vec::new();
    for node in all(holder, key) {
        found.extend(node.as_str().map(|text| (text, node)));
        let items = node.as_sequence().unwrap_or_default().iter();
        found.extend(items.filter_map(|item| Some((item.as_str()?, item))));
    }
    found
}

/// A tool of the client itself as rules write it: `shell`, `shell(git status)`.
pub(super) fn own_tool(text: &str) -> RuleTarget {
    let (tool, specifier) = match text.trim().split_once('(') {
        Some((tool, rest)) => match rest.strip_suffix(')') {
            Some(specifier) => (tool.trim(), Some(specifier)),
            None => return RuleTarget::Unreadable("its bracket is not closed"),
        },
        None => (text.trim(), None),
    };
    if !redact::is_name(tool) {
        return RuleTarget::Unreadable("its tool is no name");
    }
    RuleTarget::BuiltIn { tool: tool.to_owned(), specifier: specifier.map(redact::words) }
}

/// Tools of a server; `*` and nothing mean every one of them.
pub(super) fn of_server(server: &str, tool: Option<&str>) -> RuleTarget {
    let tool = tool.filter(|tool| !tool.is_empty() && *tool != "*");
    RuleTarget::Mcp { server: redact::name(server), tool: tool.map(redact::name) }
}
