//! What agents can become: the worst path, or all of them where all is asked for.

use super::{
    page::Page,
    style::{self, FAINT, PLAIN},
};
use crate::{
    assess::assessment::{Assessment, HopView},
    model::finding::Severity,
    report::{
        phrase::{self, place},
        story,
    },
};

/// How many paths are shown unless all are asked for.
const FEW: usize = 1;

pub(super) fn write(page: &mut Page, assessment: &Assessment) {
    let paths = story::paths(assessment);
    if paths.is_empty() {
        return;
    }
    page.title("What they can become");
    let shown = if page.is_verbose() { paths.len() } else { FEW };
    for (agent, path) in paths.iter().take(shown) {
        let severity = if path.certain { Severity::Critical } else { Severity::Medium };
        let mark = if path.certain { "certain " } else { "possible" };
        let text = format!("{} {}", page.name(agent.id.as_str()), phrase::becomes(path));
        page.item((style::severity(severity), mark), &text, None);
        for (number, hop) in path.hops.iter().enumerate() {
            step(page, number + 1, hop);
        }
    }
    page.rest(paths.len(), shown);
}

fn step(page: &mut Page, number: usize, hop: &HopView) {
    let place = hop.grants.first().map(|grant| place(&grant.location));
    let place = place.map_or_else(String::new, |place| format!(" ({place})"));
    page.prose(12, PLAIN, &format!("{number}. {}{place}", hop.how));
    if page.is_verbose() {
        page.prose(15, FAINT, &format!("{} as {}", hop.rule, hop.from));
        for grant in &hop.grants {
            page.prose(15, FAINT, &grant.description);
        }
    }
    if let Some(unknown) = &hop.unknown {
        page.prose(15, FAINT, &format!("not known: {unknown}"));
    }
}
