//! Server entries, as nearly every client writes them.

use std::sync::Arc;

mod tool_lists;

use super::{
    command::{self, Word},
    redact,
};
use crate::{
    model::{
        agent_config::{
            AgentConfig, Client, Launch, Problem, ProblemKind, Program, SafeText, Scope, Server,
            ServerState, Setting, Transport,
        },
        coverage::Gap,
        location::Location,
    },
    source::{
        Document, Syntax, files,
        node::{Key, Mapping, Node},
    },
};

/// Every value of `name` in a mapping: more than one only where the key is
/// repeated. Null counts as absent.
pub(super) fn all<'n>(node: &'n Node, name: &'n str) -> impl Iterator<Item = &'n Node> {
    node.entries()
        .iter()
        .filter(move |(key, value)| key.name == name && !value.is_null())
        .map(|(_, value)| value)
}

/// Notes every repeated key of the document.
pub(super) fn note_duplicates(document: &Document, config: &mut AgentConfig) {
    let mut queue = vec![&document.root];
    while let Some(node) = queue.pop() {
        if let Some(mapping) = node.as_mapping() {
            for key in mapping.duplicates() {
                config.problems.push(duplicate(key, &document.file));
            }
            queue.extend(mapping.entries.iter().map(|(_, value)| value));
        }
        queue.extend(node.as_sequence().unwrap_or_default());
    }
    config.problems.sort_by(|a, b| a.location.cmp(&b.location));
}

fn duplicate(key: &Key, file: &Arc<str>) -> Problem {
    Problem {
        kind: ProblemKind::DuplicateKey,
        subject: redact::name(&key.name),
        reason: "it is there more than once, and readers differ in which one counts".to_owned(),
        location: key.place.location(file),
    }
}

/// Most servers that are read of one file: far above what anyone runs, and few
/// enough to hold each against every rule.
const MOST_SERVERS: usize = 1_000;

/// How a server is reached, by its entry.
enum Way<'n> {
    Starts(&'n Node),
    Calls(&'n Node),
    /// It does not say, or says two things.
    Neither,
}

/// What reading entries adds to.
pub(super) struct Entries<'a> {
    pub(super) document: &'a Document,
    pub(super) config: &'a mut AgentConfig,
    pub(super) gaps: &'a mut Vec<Gap>,
}

impl Entries<'_> {
    /// Reads a mapping of names to entries.
    pub(super) fn read(&mut self, servers: &Mapping) {
        for (key, entry) in &servers.entries {
            self.add(&key.name, entry, key.place.location(&self.document.file));
        }
    }

    /// Reads a list of entries that say their names.
    pub(super) fn read_list(&mut self, servers: &[Node]) {
        for entry in servers {
            let name = entry.str_at("name").unwrap_or("unnamed");
            self.add(name, entry, entry.location(&self.document.file));
        }
    }

    /// Adds one entry, unless there are too many.
    pub(super) fn add(&mut self, name: &str, entry: &Node, location: Location) {
        if self.config.servers.len() >= MOST_SERVERS {
            let reason = format!("only the first {MOST_SERVERS} servers of a file are read");
            if self.gaps.last().is_none_or(|gap| gap.reason != reason) {
                self.gaps.push(Gap { location, reason });
            }
            return;
        }
        if entry.as_mapping().is_none() {
            self.gaps.push(Gap {
                location: location.clone(),
                reason: format!("a server entry must be a mapping, this is {}", entry.kind()),
            });
        }
        let server = self.entry(redact::name(name), entry, location);
        self.config.servers.push(server);
    }

    /// Reads one entry.
    pub(super) fn entry(&mut self, name: String, entry: &Node, location: Location) -> Server {
        let mut server = Server {
            name,
            location,
            state: state(entry, tool_lists::off_keys(self.config.client)),
            transport: Transport::Unreadable,
            env: Vec::new(),
            env_elsewhere: entry.get("envFile").is_some(),
            auto_approved: Vec::new(),
            hidden: Vec::new(),
            selected: None,
            sandboxed: None,
        };
        for key in ["env", "environment", "envs"] {
            for env in all(entry, key) {
                self.settings(env, &mut server.env);
            }
        }
        for key in ["env_keys", "env_vars"] {
            for name in all(entry, key).flat_map(|list| list.as_sequence().unwrap_or_default()) {
                server.env.extend(self.passed_on(name));
            }
        }
        if is_template(entry) {
            self.gaps.push(Gap {
                location: server.location.clone(),
                reason: "template, not assessed: what it starts is decided when it is rendered"
                    .to_owned(),
            });
            return server;
        }
        let url = ["httpUrl", "url", "serverUrl", "uri"].iter().find_map(|key| entry.get(key));
        let command = entry.get("command").or_else(|| entry.get("cmd"));
        let way = match (command, url) {
            (Some(command), None) => Way::Starts(command),
            (None, Some(url)) => Way::Calls(url),
            (Some(command), Some(url)) => self.one_of(entry, command, url),
            (None, None) => Way::Neither,
        };
        if let Way::Starts(command) = way {
            self.stdio(command, entry, &mut server);
        } else if let Way::Calls(url) = way {
            let mut headers = Vec::new();
            for node in ["headers", "http_headers"].iter().flat_map(|key| all(entry, key)) {
                self.settings(node, &mut headers);
            }
            server.transport = Transport::Http { url: url.as_str().and_then(redact::url), headers };
        }
        if matches!(server.transport, Transport::Unreadable) {
            self.gaps.push(Gap {
                location: server.location.clone(),
                reason: match (command, url) {
                    (Some(_), Some(_)) => {
                        "the entry names a command and a URL, and clients differ \
                                           in which one counts"
                    }
                    _ => "the entry names neither a command nor a URL",
                }
                .to_owned(),
            });
        }
        for key in ["autoApprove", "alwaysAllow"] {
            for node in all(entry, key) {
                self.auto_approved(node, &mut server);
            }
        }
        let client = self.config.client;
        let problems = tool_lists::read(client, entry, &self.document.file, &mut server);
        self.config.problems.extend(problems);
        if let Some(node) = entry.get("sandboxEnabled").filter(|node| node.as_bool() == Some(true))
        {
            server.sandboxed = Some(node.location(&self.document.file));
        }
        server
    }

    /// Which way counts where an entry names two: its type says it, or the client's order.
    fn one_of<'n>(&self, entry: &Node, command: &'n Node, url: &'n Node) -> Way<'n> {
        match entry.str_at("type").or_else(|| entry.str_at("transport")) {
            _ if self.config.client == Client::Gemini => Way::Calls(url),
            Some("stdio" | "local") => Way::Starts(command),
            Some("http" | "sse" | "streamable-http" | "streamable_http" | "remote") => {
                Way::Calls(url)
            }
            _ => Way::Neither,
        }
    }

    /// `autoApprove: true`, or a list of tools.
    fn auto_approved(&self, node: &Node, server: &mut Server) {
        let location = node.location(&self.document.file);
        if node.as_bool() == Some(true) {
            server.auto_approved.push(("*".to_owned(), location));
        } else if let Some(one) = node.as_str() {
            server.auto_approved.push((redact::opened(one), location));
        }
        for item in node.as_sequence().unwrap_or_default() {
            if let Some(tool) = item.as_str() {
                let place = item.location(&self.document.file);
                server.auto_approved.push((redact::opened(tool), place));
            }
        }
    }

    fn stdio(&mut self, command: &Node, entry: &Node, server: &mut Server) {
        // Some keep the whole command line in one mapping.
        let (command, holder) = match command.get("path") {
            Some(path) => {
                for env in all(command, "env") {
                    self.settings(env, &mut server.env);
                }
                (path, command)
            }
            None => (command, entry),
        };
        let file = &self.document.file;
        let mut words = command_words(command, file);
        for args in all(holder, "args") {
            words.extend(argument_words(args, file));
        }
        let parsed = command::parse(&words);
        if parsed.isolated {
            self.enter_container(server, &parsed.env);
        } else {
            server.env.extend(parsed.env);
        }
        server.env_elsewhere |= parsed.env_elsewhere;
        let mut launch = parsed.launch;
        // The same words run something else in another folder.
        if let Some(folder) = entry.get("cwd").and_then(Node::text) {
            launch.line = redact::digest(&format!("{}\0{folder}", launch.line));
        }
        if let Program::PythonFile(file) = &launch.program {
            let whole = self.in_project(file).filter(|_| entry.get("cwd").is_none());
            launch.program = whole.map_or(Program::Opaque("a Python program"), Program::PythonFile);
        }
        server.transport = Transport::Stdio(launch);
    }

    /// The path that a file has in the evidence which a command of this document names:
    /// a client starts servers in the folder of the project. Of code nobody knows where
    /// it is run.
    fn in_project(&self, file: &str) -> Option<String> {
        let anywhere = file.starts_with(['/', '~', '$']) || file.contains(['\\', '{', ':']);
        let of_project = self.config.scope == Scope::Project;
        if anywhere || !of_project || self.document.syntax == Syntax::Python {
            return None;
        }
        let folder = self.document.file.rsplit_once('/').map_or(".", |(folder, _)| folder);
        let hidden = |name: &str| name.starts_with('.') && name != "." && name != "..";
        let project = match folder.rsplit_once('/') {
            Some((project, last)) if hidden(last) => project,
            None if hidden(folder) => ".",
            _ => folder,
        };
        Some(files::normalise(&format!("{project}/{file}")))
    }

    /// Only what the command line names reaches a container: `-e NAME` passes
    /// the client's own value on, everything else of `env` stays outside.
    fn enter_container(&mut self, server: &mut Server, named: &[Setting]) {
        let outside = std::mem::take(&mut server.env);
        for setting in named {
            let own = format!("${{{}}}", setting.name);
            let passed_on = matches!(&setting.value, SafeText::Reference(name) if *name == own);
            let values: Vec<_> =
                outside.iter().filter(|outer| outer.name == setting.name).cloned().collect();
            if passed_on && !values.is_empty() {
                server.env.extend(values);
            } else {
                server.env.push(setting.clone());
            }
        }
        for setting in outside {
            let reaches = named.iter().any(|known| known.name == setting.name);
            if !reaches && !setting.name.starts_with("DOCKER_") && !server.env_elsewhere {
                self.config.problems.push(Problem {
                    kind: ProblemKind::MisplacedKey,
                    subject: setting.name,
                    reason: "it does not reach the container: the command line has no -e for it"
                        .to_owned(),
                    location: setting.location,
                });
            }
        }
    }

    /// `env` and `headers`: values that are no text are taken as it is spelt.
    pub(super) fn settings(&self, node: &Node, into: &mut Vec<Setting>) {
        for (key, value) in node.entries() {
            let location = value.location(&self.document.file);
            let text = value.text().unwrap_or_default();
            into.push(command::setting(&key.name, &text, &location));
        }
        // Kubernetes writes `- {name: A, value: B}`.
        for item in node.as_sequence().unwrap_or_default() {
            let Some(name) = item.str_at("name") else { continue };
            let location = item.location(&self.document.file);
            match item.get("value").and_then(Node::text) {
                Some(value) => into.push(command::setting(name, &value, &location)),
                None => {
                    let name = redact::name(name);
                    let value = SafeText::Reference(format!("${{{name}}}"));
                    into.push(Setting { name, value, location });
                }
            }
        }
    }

    /// A variable of the client's own environment that a server is given by name.
    fn passed_on(&self, name: &Node) -> Option<Setting> {
        let location = name.location(&self.document.file);
        let name = redact::name(name.as_str()?);
        Some(Setting { value: SafeText::Reference(format!("${{{name}}}")), name, location })
    }

    /// A command line that stands alone, as in a list of allowed ones.
    pub(super) fn launch(&mut self, command: &Node) -> Launch {
        command::parse(&command_words(command, &self.document.file)).launch
    }
}

/// The program, and whatever else stands in its text: some write a whole
/// command line there, some a list.
pub(super) fn command_words(command: &Node, file: &Arc<str>) -> Vec<Word> {
    let location = command.location(file);
    let Some(text) = command.as_str() else { return argument_words(command, file) };
    // A path may hold blanks; a name of a program does not.
    let path = text.starts_with(['/', '~', '.', '$', '"']) || text.get(1..3) == Some(":\\");
    if path {
        let text = text.trim_matches('"').to_owned();
        return vec![Word { text, location }];
    }
    let word = |text: &str| Word { text: text.to_owned(), location: location.clone() };
    text.split_whitespace().map(word).collect()
}

/// The words of `args`.
pub(super) fn argument_words(args: &Node, file: &Arc<str>) -> Vec<Word> {
    let word = |node: &Node| {
        let text = node.text()?.into_owned();
        Some(Word { text, location: node.location(file) })
    };
    match args.as_sequence() {
        Some(items) => items.iter().filter_map(word).collect(),
        None => word(args).into_iter().collect(),
    }
}

/// Whether a key of the client switches the server off.
fn state(entry: &Node, keys: &[(&str, bool)]) -> ServerState {
    let says = |key: &str, wanted: bool| {
        let mut values = all(entry, key).peekable();
        // Of repeated keys, the reading that leaves the server on counts.
        values.peek().is_some() && values.all(|value| value.as_bool() == Some(wanted))
    };
    if keys.iter().any(|(key, off)| says(key, *off)) {
        ServerState::Disabled
    } else {
        ServerState::Enabled
    }
}

/// Whether something that decides what runs is still a template.
pub(super) fn is_template(entry: &Node) -> bool {
    let deciding = ["command", "cmd", "args", "url", "httpUrl", "serverUrl", "uri"];
    deciding.iter().flat_map(|key| all(entry, key)).any(|node| {
        has_template(node) || node.as_sequence().unwrap_or_default().iter().any(has_template)
    })
}

/// Whether text holds `{{`, other than as GitHub's `${{ … }}`.
pub(super) fn has_template(node: &Node) -> bool {
    node.as_str().is_some_and(|text| {
        text.match_indices("{{").any(|(at, _)| !text.get(..at).unwrap_or_default().ends_with('$'))
    })
}
