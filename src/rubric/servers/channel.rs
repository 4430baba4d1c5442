//! How people are told: services that they read, and programs that call those.

use serde::Deserialize;

use super::recognise::{glob, url_matches};
use crate::model::agent_config::{Address, Call, Errand};

/// The services and the programs.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Channels {
    /// Services, in the order in which they are tried.
    pub channels: Vec<ChannelRule>,
    /// Programs that send what they are given to an address among their arguments.
    senders: Vec<String>,
    /// Programs that tell nobody beyond the machine.
    silent: Vec<String>,
}

/// One service that people read.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelRule {
    /// What people call it.
    pub channel: String,
    /// Its addresses, as those of servers are written.
    urls: Vec<String>,
    /// Names of variables that hold one; `*` stands for any text.
    variables: Vec<String>,
    /// Commands that post there, and commands that do not.
    pub examples: ChannelExamples,
}

/// Examples of one service.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChannelExamples {
    /// Commands that post there.
    pub is: Vec<String>,
    /// Commands that do not.
    pub is_not: Vec<String>,
}

/// Whom a hook tells whenever it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Posts<'r> {
    /// Whoever reads this service.
    To(&'r str),
    /// Nobody beyond the machine.
    Nowhere,
    /// It may tell somebody; nothing shows whom.
    Unknown,
}

impl Channels {
    pub(super) fn extend(&mut self, other: Self) {
        self.channels.extend(other.channels);
        self.senders.extend(other.senders);
        self.silent.extend(other.silent);
    }

    /// Whom a hook tells.
    #[must_use]
    pub fn of(&self, errand: &Errand) -> Posts<'_> {
        match errand {
            Errand::Elsewhere => Posts::Unknown,
            Errand::Posts(Address::Empty) => Posts::Nowhere,
            Errand::Posts(address) => self.at(address).map_or(Posts::Unknown, Posts::To),
            Errand::Commands(calls) => {
                let sent = calls.iter().filter(|call| call.always && self.sends(call));
                let mut named = sent.flat_map(|call| &call.addresses);
                match named.find_map(|address| self.at(address)) {
                    Some(channel) => Posts::To(channel),
                    None if calls.iter().all(|call| self.is_silent(call)) => Posts::Nowhere,
                    None => Posts::Unknown,
                }
            }
        }
    }

    /// Whether a hook sends to no address at all: what it is for, nobody hears.
    #[must_use]
    pub fn reaches_nobody(&self, errand: &Errand) -> bool {
        match errand {
            Errand::Elsewhere => false,
            Errand::Posts(address) => *address == Address::Empty,
            Errand::Commands(calls) => {
                calls.iter().any(|call| self.sends(call) && is_empty_handed(call))
            }
        }
    }

    /// The service at an address.
    fn at(&self, address: &Address) -> Option<&str> {
        let is_of = |rule: &&ChannelRule| match address {
            Address::Url(url) => rule.urls.iter().any(|pattern| url_matches(pattern, url)),
            Address::Variable(name) => {
                let name = name.to_ascii_uppercase();
                rule.variables.iter().any(|pattern| glob(pattern, &name))
            }
            Address::Empty => false,
        };
        self.channels.iter().find(is_of).map(|rule| rule.channel.as_str())
    }

    fn sends(&self, call: &Call) -> bool {
        call.program.as_ref().is_some_and(|program| self.senders.contains(program))
    }

    fn is_silent(&self, call: &Call) -> bool {
        let Some(program) = &call.program else { return false };
        self.silent.contains(program) || (self.senders.contains(program) && is_empty_handed(call))
    }
}

/// Whether a command is given addresses, and none at which anything arrives.
fn is_empty_handed(call: &Call) -> bool {
    let nowhere = call.addresses.iter().all(|address| *address == Address::Empty);
    !call.addresses.is_empty() && nowhere
}
