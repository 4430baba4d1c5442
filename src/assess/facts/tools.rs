//! What the agent's configuration exposes.

use super::{Offenders, Seen, credential};
use crate::{
    model::{
        fact::{Fact, Facts},
        gate::GateKind,
        text::some_of,
    },
    privilege::tools::{JournalView, Noted, ToolLayer},
};

const CALLS: &str = "toolLog.calls";

const PRIOR_STATE: &str = "reversals.priorStateRatio";

/// Most recorders that a reason names.
const NAMED: usize = 3;

pub(super) fn collect(seen: Seen<'_>, facts: &mut Facts) {
    let layer = seen.holdings.tools.as_ref();
    let missing = missing(layer);
    let missing = missing.as_deref();
    mutating(layer).note("tools.mutating", missing, facts);
    let unseen = layer.and_then(|layer| layer.unseen_modes.first());
    let unseen = unseen.map(|noted| format!("{}: {}", noted.name, noted.detail));
    noted(layer, |layer| layer.bypasses.iter().chain(&layer.auto_allowed).collect()).note(
        "tools.bypassModes",
        unseen.as_deref().or(missing),
        facts,
    );
    noted(layer, |layer| layer.unpinned.iter().collect()).note(
        "tools.unpinnedServers",
        missing,
        facts,
    );
    noted(layer, |layer| layer.literal_secrets.iter().collect()).note(
        "tools.literalSecrets",
        missing,
        facts,
    );
    floating_models(layer, facts);
    let unapproved = layer.and_then(|layer| layer.unapproved.first()).map(|noted| {
        format!(
            "whether the tools of {0} are those that were approved is unknown: {1} ({2}); `--live \
             mcp={0}` lists them",
            noted.name, noted.detail, noted.location
        )
    });
    noted(layer, |layer| layer.drifted.iter().collect()).note(
        "tools.driftedDefinitions",
        unapproved.as_deref().or(missing),
        facts,
    );
}

/// Models that may be others tomorrow.
fn floating_models(layer: Option<&ToolLayer>, facts: &mut Facts) {
    let named = || layer.iter().flat_map(|layer| &layer.models);
    let mut floating = Offenders::default();
    for model in named().filter(|model| model.floats == Some(true)) {
        floating.add(model.name.clone(), Some(&model.location));
    }
    let unjudged = named().find(|model| model.floats.is_none());
    let missing = match unjudged {
        Some(model) => Some(format!(
            "whether {} is always the same model is unknown ({})",
            model.name, model.location
        )),
        None if named().next().is_none() => {
            Some("no configuration of it names its model".to_owned())
        }
        None => None,
    };
    floating.note("tools.floatingModels", missing.as_deref(), facts);
}

/// Where a log of its tool calls comes from, for whoever has none yet: what is switched on
/// to record them says nothing of what it recorded.
pub(super) fn recorded(seen: Seen<'_>, facts: &mut Facts) {
    let Some(layer) = &seen.holdings.tools else { return };
    let journal = |own: &JournalView| {
        format!("server {} keeps {} in {} ({})", own.server, own.keeps, own.place, own.location)
    };
    let settings = layer.telemetry.iter().chain(&layer.hooks);
    let recorders = settings.map(|noted| format!("{} ({})", noted.name, noted.location)).collect();
    hint(CALLS, recorders, " may write one", facts);
    hint(CALLS, layer.journals.iter().map(journal).collect(), "", facts);
    let prior = layer.journals.iter().filter(|own| own.prior_state);
    hint(PRIOR_STATE, prior.map(journal).collect(), "", facts);
}

/// Adds to the reason why a fact is unknown where it might be seen.
fn hint(fact: &str, sources: Vec<String>, what: &str, facts: &mut Facts) {
    let why = match facts.get(fact) {
        Some(Fact::Unknown { reason }) => reason.clone(),
        None => "no log of its tool calls is in the evidence".to_owned(),
        Some(_) => return,
    };
    if !sources.is_empty() {
        facts.unknown(fact, format!("{why}; {}{what}", some_of(&sources, NAMED)));
    }
}

/// What lies past the tools, of which nothing that is set for them hears.
pub(super) enum Past {
    /// This change, ungated.
    Change(String),
    /// Something may, since the credentials are not known whole; says why.
    Unknown(String),
}

/// What the credentials allow past the tools; none where the tools are the only way, or
/// nothing is past them.
pub(super) fn past_them(seen: Seen<'_>) -> Option<Past> {
    if seen.holdings.tools_are_sole_path() {
        return None;
    }
    let ungated =
        seen.holdings.credential_capabilities().find(|cap| cap.is_mutating() && !cap.gate.holds());
    match ungated {
        Some(past) => Some(Past::Change(format!("{} in {}", past.action, past.scope))),
        None => credential::missing(seen).map(Past::Unknown),
    }
}

/// Why an empty list could not be trusted, if it could not.
pub(super) fn missing(layer: Option<&ToolLayer>) -> Option<String> {
    match layer {
        None => Some("no client or server configuration of it is in the evidence".to_owned()),
        Some(layer) => layer.gaps.first().map(|gap| format!("{} ({})", gap.reason, gap.location)),
    }
}

/// Tools that change something and are not denied.
fn mutating(layer: Option<&ToolLayer>) -> Offenders {
    let mut offenders = Offenders::default();
    for tool in layer.iter().flat_map(|layer| &layer.capabilities) {
        if tool.is_mutating() && tool.gate.kind != GateKind::Deny {
            offenders.add(tool.action.clone(), tool.grants.first().map(|grant| &grant.location));
        }
    }
    offenders
}

/// Noted settings, with their details.
pub(super) fn noted<'l>(
    layer: Option<&'l ToolLayer>,
    which: impl Fn(&'l ToolLayer) -> Vec<&'l Noted>,
) -> Offenders {
    let mut offenders = Offenders::default();
    for noted in layer.map(which).unwrap_or_default() {
        let text = if noted.detail.is_empty() {
            noted.name.clone()
        } else {
            format!("{} ({})", noted.name, noted.detail)
        };
        offenders.add(text, Some(&noted.location));
    }
    offenders
}
