//! Whether people are told of what the agent changes unasked: hooks that post each use
//! of a tool to a channel, and what resources say of messages.
//!
//! What a model may decide to send is no notification, and a script whose text was not
//! read neither is one nor is none.

use super::{
    hooks,
    layer::{Noted, Told},
    merge::Findings,
};
use crate::{
    model::{
        agent_config::{self, AgentConfig, Client, Hook},
        effect::Effect,
        location::Location,
    },
    rubric::servers::{ClientRule, ClientToolKind, Posts, ServerRules, UsesOf, glob},
};

/// A tool that changes something and that nothing stands before.
#[derive(Debug, Clone)]
pub(super) struct Unasked {
    pub(super) client: Client,
    /// The server, or the client for its own tools.
    pub(super) owner: String,
    pub(super) tool: String,
    pub(super) effect: Effect,
    /// Whether the effect is known, and not assumed.
    pub(super) known: bool,
    /// Where it is given.
    pub(super) location: Location,
}

/// What is known of one tool.
enum Known<'r> {
    Told,
    /// Nobody, for this reason.
    Untold(&'r str),
    /// What is configured may tell somebody.
    Undecided(String),
    /// Nothing is said of it.
    Silent,
}

/// A hook that is in force, and whom it tells.
struct Sender<'c, 'r> {
    config: &'c AgentConfig,
    hook: &'c Hook,
    uses: UsesOf,
    posts: Posts<'r>,
}

/// Holds the tools that run unasked against hooks and notices.
pub(super) fn read(configs: &[&AgentConfig], rules: &ServerRules, findings: &Findings) -> Told {
    let senders: Vec<Sender<'_, '_>> = configs
        .iter()
        .filter(|config| hooks::run(config, configs) && hooks::see_everything(config, configs))
        .flat_map(|config| of_config(config, rules))
        .collect();
    let mut told = Told::default();
    for sender in &senders {
        if let Posts::To(channel) = sender.posts {
            told.channels.push(Noted {
                name: channel.to_owned(),
                detail: format!("{} hook", sender.hook.event),
                location: sender.hook.location.clone(),
            });
        }
    }
    for notice in configs.iter().flat_map(|config| &config.notices) {
        if let agent_config::Told::Channel(channel) = &notice.told {
            told.channels.push(Noted {
                name: channel.clone(),
                detail: String::new(),
                location: notice.location.clone(),
            });
        }
    }
    let others_are_told = !told.channels.is_empty();
    for unasked in &findings.unasked {
        let name = format!("{}: {}", unasked.owner, unasked.tool);
        let noted = |detail: &str| Noted {
            name: name.clone(),
            detail: detail.to_owned(),
            location: unasked.location.clone(),
        };
        match known(unasked, configs, &senders, rules) {
            Known::Told => {}
            Known::Untold(why) => told.untold.push(noted(why)),
            Known::Silent if others_are_told => {
                told.untold.push(noted("no hook that tells anybody is for it"));
            }
            Known::Undecided(why) => told.undecided.push(noted(&why)),
            Known::Silent => told.undecided.push(noted("nothing that was read tells anybody")),
        }
    }
    for list in [&mut told.channels, &mut told.untold, &mut told.undecided] {
        list.sort();
        list.dedup();
    }
    told
}

fn of_config<'c, 'r>(
    config: &'c AgentConfig,
    rules: &'r ServerRules,
) -> impl Iterator<Item = Sender<'c, 'r>> {
    let events = rules.client(config.client.as_str()).map(|rule| &rule.hooks.tells);
    config.hooks.iter().filter_map(move |hook| {
        let uses = *events?.get(&hook.event)?;
        let posts = rules.messages.of(&hook.errand);
        (posts != Posts::Nowhere).then_some(Sender { config, hook, uses, posts })
    })
}

fn known<'r>(
    unasked: &Unasked,
    configs: &[&AgentConfig],
    senders: &[Sender<'_, 'r>],
    rules: &ServerRules,
) -> Known<'r> {
    let mut undecided = None;
    for notice in configs
        .iter()
        .filter(|config| config.client == unasked.client)
        .flat_map(|config| &config.notices)
        .filter(|notice| notice.tool.as_ref().is_none_or(|place| *place == unasked.location))
    {
        match &notice.told {
            agent_config::Told::Channel(_) => {}
            agent_config::Told::Nobody(why) => return Known::Untold(why),
            agent_config::Told::Undecided(why) => undecided = Some((*why).to_owned()),
        }
    }
    let noticed = configs.iter().any(|config| {
        config.client == unasked.client
            && config
                .notices
                .iter()
                .any(|notice| notice.tool.as_ref().is_none_or(|place| *place == unasked.location))
    });
    match undecided {
        Some(why) => return Known::Undecided(why),
        None if noticed => return Known::Told,
        None => {}
    }
    let rule = rules.client(unasked.client.as_str());
    let mut known = Known::Silent;
    for sender in senders {
        let hook = sender.hook;
        let same = sender.config.client == unasked.client;
        let fits =
            if same { fits(unasked, sender.uses, hook, rule) } else { shares(unasked, sender) };
        match (fits, sender.posts) {
            (Some(true), Posts::To(_)) => return Known::Told,
            (Some(false), _) => {}
            (Some(true) | None, _) => {
                known = Known::Undecided(format!(
                    "what the hook of {} does for it is not decided ({})",
                    hook.event, hook.location
                ));
            }
        }
    }
    known
}

/// Whether hooks of one client may be run by another: that is not decided.
fn shares(unasked: &Unasked, sender: &Sender<'_, '_>) -> Option<bool> {
    let family = |client: Client| match client {
        Client::CursorCli => Client::Cursor,
        Client::CopilotCli => Client::Copilot,
        other => other,
    };
    (family(unasked.client) != family(sender.config.client)).then_some(false)
}

/// Whether a hook runs at each use of a tool; none where that cannot be told.
fn fits(unasked: &Unasked, uses: UsesOf, hook: &Hook, rule: Option<&ClientRule>) -> Option<bool> {
    let bare = unasked.tool.split('(').next().unwrap_or_default();
    let of_client = unasked.owner == unasked.client.as_str();
    let own = rule.filter(|_| of_client).and_then(|rule| rule.tool(bare));
    let kind = own.map(|tool| tool.kind);
    let in_scope = match (uses, kind) {
        (UsesOf::EveryTool, _) => true,
        (UsesOf::Servers, _) => !of_client,
        (UsesOf::Shells, kind) => kind == Some(ClientToolKind::Shell),
        (UsesOf::Edits, kind) => kind == Some(ClientToolKind::Edit),
    };
    if !in_scope {
        return Some(false);
    }
    let Some(matcher) = &hook.matcher else { return Some(true) };
    let spelt = rule.and_then(|rule| rule.spelt.as_deref()).filter(|_| !of_client);
    let (names, aliases) = match spelt {
        Some(spelt) => {
            // Some clients write every other character of a server's name as an underscore.
            let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
            let plain: String = unasked.owner.chars().map(plain).collect();
            let full = |server: &str| spelt.replace("{server}", server).replace("{tool}", bare);
            (vec![full(&unasked.owner), full(&plain)], Vec::new())
        }
        None if of_client => {
            let aliases = own.map(|tool| tool.aliases.clone()).unwrap_or_default();
            (vec![bare.to_owned()], aliases)
        }
        // How the client spells a server's tool to its hooks is not known.
        None => return None,
    };
    let mut sure = true;
    for alternative in matcher.split('|') {
        let (pattern, plain) = pattern(alternative);
        if plain && names.iter().any(|name| glob(&pattern, name)) {
            return Some(true);
        }
        // An alias may be another tool, and what is no plain name may match anything.
        sure &= plain && !aliases.iter().any(|name| glob(&pattern, name));
    }
    sure.then_some(false)
}

/// One alternative of a matcher as a pattern, and whether that is all it says: `.*` is the
/// one piece of a regular expression that is taken apart.
fn pattern(alternative: &str) -> (String, bool) {
    let pattern = alternative.trim().replace(".*", "*");
    let plain = !pattern.is_empty()
        && pattern.chars().all(|c| c.is_ascii_alphanumeric() || "_-*/:@".contains(c));
    (pattern, plain)
}
