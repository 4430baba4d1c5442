//! Switches of servers. Each has a truthiness of its own: what one server
//! takes for yes, the next one ignores.

use serde::Deserialize;

use super::rule;
use crate::model::agent_config::{Argument, Pin, SafeText, Server, Transport};

/// One switch.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SwitchRule {
    /// Its name within the entry.
    pub name: String,
    /// Where it is set.
    pub by: Source,
    /// Which values switch it on.
    pub on: Truth,
    /// What it does when on.
    pub does: Meaning,
    /// The first version that was read in which it is; what an earlier one makes of it
    /// is not known.
    #[serde(default)]
    pub since: Option<String>,
    /// Values that switch and that do not.
    pub examples: SwitchExamples,
}

/// Where a switch is set.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Source {
    /// A flag, by any of its spellings.
    Flag(Vec<String>),
    /// An environment variable.
    Env(String),
    /// A header sent with each call.
    Header(String),
    /// The end of the URL's path.
    UrlPath(String),
}

/// Which values switch on.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Truth {
    /// The flag stands there. `--flag=false` switches off where `bool` is set
    /// (Go reads it), and is an error that stops the server elsewhere.
    Present {
        /// Whether the flag takes a value after `=`.
        #[serde(default)]
        bool: bool,
        /// Whether `true` or `false` in the next word is its value too.
        #[serde(default)]
        spaced: bool,
        /// Spellings that switch off again; the last one on the line wins.
        #[serde(default)]
        negated: Vec<String>,
    },
    /// Any value that is not empty.
    Set,
    /// One of these values.
    Words {
        /// The values.
        values: Vec<String>,
        /// Whether case is ignored.
        #[serde(default)]
        any_case: bool,
        /// Whether blanks around it are ignored.
        #[serde(default)]
        trim: bool,
    },
}

/// What a switch does.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Meaning {
    /// Drops every tool that the server believes to change something.
    ReadOnly,
    /// Drops these tools.
    Hide(Vec<String>),
    /// Offers every tool of a read-only posture.
    UnlockAll,
    /// Offers these tools of a read-only posture.
    Unlock(Vec<String>),
    /// Offers exactly the tools that its value lists, whatever else is set.
    SelectTools,
    /// Offers no tool but those that its value lists, and of them what else allows.
    OnlyTools,
    /// Drops the tools that its value lists.
    HideTools,
    /// Offers exactly the toolsets that its value lists.
    SelectToolsets,
    /// Weakens the server without changing its list of tools; says how.
    Weaken(String),
    /// Nothing by itself; a confirmation refers to it.
    Marker,
}

/// Values that switch and that do not: launches as in
/// [`ServerExamples`](super::ServerExamples).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SwitchExamples {
    /// On.
    pub on: Vec<String>,
    /// Not on.
    pub off: Vec<String>,
}

/// How a switch stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Nobody touched it.
    Unset,
    /// On; with its value, where that is known.
    On(Option<String>),
    /// Set to a value that means off.
    Off,
    /// Set to a value that looks like yes and that the server does not take for it.
    Ignored,
    /// Set to something that is not in the evidence.
    Unresolved,
}

impl Meaning {
    /// Whether the switch takes something away.
    #[must_use]
    pub fn restricts(&self) -> bool {
        matches!(self, Self::ReadOnly | Self::Hide(_) | Self::HideTools) || self.selects()
    }

    /// Whether its value lists what is offered.
    #[must_use]
    pub fn selects(&self) -> bool {
        matches!(self, Self::SelectTools | Self::OnlyTools | Self::SelectToolsets)
    }
}

/// What lists select that stand more than once: all that any of them does, since some
/// servers add them up.
fn all_selected(states: &[State]) -> State {
    let lists = states.iter().map(|state| match state {
        State::On(list) => list.as_deref(),
        State::Unset | State::Off | State::Ignored | State::Unresolved => None,
    });
    let lists: Option<Vec<&str>> = lists.collect();
    State::On(lists.map(|lists| lists.join(",")))
}

impl SwitchRule {
    /// How the switch stands for this server. Where it is set more than once,
    /// the reading that leaves more open counts.
    #[must_use]
    pub fn state(&self, server: &Server) -> State {
        let states = self.states(server);
        if self.does.restricts() && !states.is_empty() && self.may_be_unknown_to(server) {
            return State::Ignored;
        }
        let worst = |state: &State| match state {
            State::On(_) => !self.does.restricts(),
            State::Unresolved => true,
            State::Unset | State::Off | State::Ignored => self.does.restricts(),
        };
        let chosen = states.iter().find(|state| worst(state)).or(states.first());
        match chosen {
            Some(State::On(_)) if self.does.selects() => all_selected(&states),
            Some(state) => state.clone(),
            None if server.env_elsewhere && matches!(self.by, Source::Env(_)) => State::Unresolved,
            None => State::Unset,
        }
    }

    /// Whether the version that is started is one that may not know the switch.
    fn may_be_unknown_to(&self, server: &Server) -> bool {
        let Transport::Stdio(launch) = &server.transport else { return false };
        let exact = matches!(launch.pin, Pin::Exact(_));
        self.since.as_deref().is_some_and(|since| exact && !rule::is_since(&launch.pin, since))
    }

    /// Every value that it is given, where those are known.
    #[must_use]
    pub fn values(&self, server: &Server) -> Vec<String> {
        let known = self.states(server).into_iter();
        known.filter_map(|state| if let State::On(value) = state { value } else { None }).collect()
    }

    fn states(&self, server: &Server) -> Vec<State> {
        match (&self.by, &server.transport) {
            (Source::Env(name), _) => server
                .env
                .iter()
                .filter(|setting| setting.name == *name)
                .map(|setting| self.judge(&setting.value))
                .collect(),
            (Source::Flag(names), Transport::Stdio(launch)) => {
                self.flag_states(names, &launch.arguments)
            }
            (Source::Header(name), Transport::Http { headers, .. }) => headers
                .iter()
                .filter(|header| header.name.eq_ignore_ascii_case(name))
                .map(|header| self.judge(&header.value))
                .collect(),
            (Source::UrlPath(end), transport) => {
                let path = match transport {
                    Transport::Http { url, .. } => url.as_ref().map(|url| url.path.as_str()),
                    Transport::Stdio(launch) => {
                        launch.arguments.iter().find_map(|argument| match argument {
                            Argument::Url(url) => Some(url.path.as_str()),
                            Argument::Flag { .. } | Argument::Word(_) => None,
                        })
                    }
                    Transport::Unreadable => None,
                };
                let path = path.map(|path| path.trim_end_matches('/'));
                if path.is_some_and(|path| path.ends_with(end.as_str())) {
                    vec![State::On(None)]
                } else {
                    Vec::new()
                }
            }
            (Source::Flag(_) | Source::Header(_), _) => Vec::new(),
        }
    }

    /// What a value means to it. One that is nowhere in the evidence may be empty: it
    /// opens what it may open, and restricts nothing.
    fn judge(&self, value: &SafeText) -> State {
        match (self.on.judge(value), value) {
            (State::On(None), SafeText::Reference(_)) if self.does.restricts() => State::Unresolved,
            (state, _) => state,
        }
    }

    /// Whether a flag is this one. Where it opens something, a start of it that some
    /// parsers complete counts as well.
    fn is_called(&self, given: &str, names: &[String]) -> bool {
        let started = !self.does.restricts() && given.len() > 4 && given.starts_with("--");
        names.iter().any(|name| name == given || (started && name.starts_with(given)))
    }

    fn flag_states(&self, names: &[String], arguments: &[Argument]) -> Vec<State> {
        let mut states = Vec::new();
        let mut arguments = arguments.iter().peekable();
        // Behind a bare `--` most programs take no flags.
        let mut ended = false;
        while let Some(argument) = arguments.next() {
            let Argument::Flag { name, value, .. } = argument else { continue };
            if name == "--" {
                ended = true;
                continue;
            }
            if ended && self.does.restricts() {
                if names.contains(name) {
                    states.push(State::Ignored);
                }
                continue;
            }
            match &self.on {
                Truth::Present { bool, spaced, negated } => {
                    if negated.contains(name) {
                        states.clear();
                        states.push(State::Off);
                    } else if self.is_called(name, names) {
                        let state = match value {
                            None => match arguments.peek() {
                                Some(Argument::Word(word)) if *spaced && is_bool(word) => {
                                    go_bool(word)
                                }
                                _ => State::On(None),
                            },
                            Some(value) if *bool => go_bool(value),
                            Some(_) => State::Ignored,
                        };
                        if !negated.is_empty() {
                            states.clear();
                        }
                        states.push(state);
                    }
                }
                Truth::Set | Truth::Words { .. } if self.is_called(name, names) => {
                    let state = match (value, arguments.peek()) {
                        (Some(value), _) => self.judge(value),
                        (None, Some(Argument::Word(value))) => self.judge(value),
                        (None, _) => State::Off,
                    };
                    states.push(state);
                }
                Truth::Set | Truth::Words { .. } => {}
            }
        }
        states
    }
}

impl Truth {
    /// What a value means to this switch.
    #[must_use]
    pub fn judge(&self, value: &SafeText) -> State {
        match (self, value) {
            (Self::Set | Self::Present { .. }, SafeText::Plain(text)) if text.is_empty() => {
                State::Off
            }
            (Self::Set | Self::Present { .. }, SafeText::Plain(text)) => {
                State::On(Some(text.clone()))
            }
            // A value that only exists elsewhere is there all the same.
            (Self::Set | Self::Present { .. }, _) => State::On(None),
            (Self::Words { .. }, SafeText::Reference(_) | SafeText::Withheld { .. }) => {
                State::Unresolved
            }
            (Self::Words { values, any_case, trim }, SafeText::Plain(text)) => {
                let given = if *trim { text.trim() } else { text.as_str() };
                let same = |known: &String| {
                    if *any_case { known.eq_ignore_ascii_case(given) } else { known == given }
                };
                if values.iter().any(same) {
                    State::On(Some(text.clone()))
                } else if means_no(text) {
                    State::Off
                } else {
                    State::Ignored
                }
            }
        }
    }
}

fn is_bool(word: &SafeText) -> bool {
    word.plain().is_some_and(|text| matches!(text, "true" | "false"))
}

/// Values that nobody writes to switch something on.
fn means_no(text: &str) -> bool {
    ["", "0", "false", "no", "off", "none", "disabled"]
        .iter()
        .any(|word| word.eq_ignore_ascii_case(text.trim()))
}

/// Go's `strconv.ParseBool`.
fn go_bool(value: &SafeText) -> State {
    match value {
        SafeText::Plain(text) => match text.as_str() {
            "1" | "t" | "T" | "TRUE" | "true" | "True" => State::On(None),
            "0" | "f" | "F" | "FALSE" | "false" | "False" => State::Off,
            _ => State::Ignored,
        },
        SafeText::Reference(_) | SafeText::Withheld { .. } => State::Unresolved,
    }
}
