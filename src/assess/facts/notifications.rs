//! Whether somebody is told of what the agent changes unasked.

use super::{
    Seen,
    tools::{self, Past},
};
use crate::{
    model::{fact::Facts, text::some_of},
    privilege::tools::ToolLayer,
};

/// Most channels that a reason names.
const NAMED: usize = 3;

pub(super) fn collect(seen: Seen<'_>, facts: &mut Facts) {
    let layer = seen.holdings.tools.as_ref();
    tools::noted(layer, |layer| layer.told.untold.iter().collect()).note(
        "notifications.unwiredTools",
        missing(seen, layer).as_deref(),
        facts,
    );
}

/// Why it is not certain that somebody is told of everything, if it is not.
fn missing(seen: Seen<'_>, layer: Option<&ToolLayer>) -> Option<String> {
    let why = tools::missing(layer).or_else(|| {
        let undecided = layer?.told.undecided.first()?;
        Some(format!(
            "whether anybody is told of {} is unknown: {} ({})",
            undecided.name, undecided.detail, undecided.location
        ))
    });
    let why = why.or_else(|| {
        Some(match tools::past_them(seen)? {
            Past::Change(past) => format!(
                "its tools are not the only way to {past}, and of that way nothing tells anybody"
            ),
            Past::Unknown(why) => why,
        })
    })?;
    let channels: Vec<&str> =
        layer.iter().flat_map(|layer| &layer.told.channels).map(|it| it.name.as_str()).collect();
    Some(match channels.as_slice() {
        [] => why,
        names => format!("{why}; of others {} is told", some_of(names, NAMED)),
    })
}
