//! The agents, one a row; one a block where the terminal is too narrow for rows.

use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets::NOTHING};

use super::{
    page::Page,
    style::{self, FAINT, STRONG},
    text::{GLUE, elide, width},
};
use crate::{
    assess::assessment::{AgentAssessment, Assessment, Verdict},
    report::{escape::one_line, phrase},
};

/// Below this, five columns leave no room for what they hold.
const NARROWEST_TABLE: usize = 72;
/// What a level's reason has at least.
const REASON: u16 = 18;
/// How many agents are shown unless all are asked for.
const FEW: usize = 20;

pub(super) fn write(page: &mut Page, assessment: &Assessment) {
    let all = assessment.agents.len();
    // In a pipe another program may look for any of them.
    let shown = if page.room().is_none() { all } else { page.limit(all, FEW) };
    let agents = assessment.agents.get(..shown).unwrap_or_default();
    if agents.is_empty() {
        return;
    }
    page.blank();
    match page.room() {
        Some(room) if room < NARROWEST_TABLE => {
            for agent in agents {
                block(page, agent);
            }
        }
        Some(_) | None => table(page, agents),
    }
    page.rest(all, shown);
    legend(page, agents);
}

/// The word for the verdict; the worst one also stands out without colour.
fn verdict(agent: &AgentAssessment) -> String {
    let word = phrase::verdict(agent);
    if agent.verdict == Verdict::BeyondLadder { word.to_uppercase() } else { word }
}

fn name(page: &Page, agent: &AgentAssessment) -> String {
    let name = page.name(agent.id.as_str());
    if agent.declared { name } else { format!("{name} (undeclared)") }
}

/// The level with what makes it so: always where the agent is not within.
fn granted(agent: &AgentAssessment) -> String {
    let mut text = phrase::granted_level(&agent.granted);
    if agent.verdict != Verdict::Within && !agent.granted.reason.is_empty() {
        text.push(' ');
        text.push_str(&one_line(&agent.granted.reason));
    }
    if let Some(credential) = phrase::credential(&agent.granted) {
        text.push_str(&format!(" ({credential})"));
    }
    text
}

fn table(page: &mut Page, agents: &[AgentAssessment]) {
    let is_pipe = page.room().is_none();
    let mut table = Table::new();
    table.load_style(NOTHING);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(page.columns()).unwrap_or(u16::MAX));
    table.set_header(["agent", "granted", "exercised", "earned", "verdict"]);
    for agent in agents {
        let mut granted = granted(agent);
        if !is_pipe && !page.is_verbose() {
            granted = elide(&granted, 100);
        }
        table.add_row([
            name(page, agent),
            granted,
            phrase::exercised(&agent.exercised),
            phrase::earned(&agent.earned),
            verdict(agent),
        ]);
    }
    for (number, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, if number == 4 { 0 } else { 2 }));
        // The last three are short words, never worth breaking; a name in a pipe may
        // be looked for, and then the reason still has some room.
        column.set_constraint(match number {
            0 if is_pipe => ColumnConstraint::LowerBoundary(Width::Fixed(longest(agents))),
            0 => continue,
            1 => ColumnConstraint::LowerBoundary(Width::Fixed(REASON)),
            _ => ColumnConstraint::ContentWidth,
        });
    }
    let mut rows = agents.iter().peekable();
    for (number, line) in table.lines().enumerate() {
        let line = line.trim_end();
        if number == 0 {
            page.line(0, FAINT, line);
            continue;
        }
        // The verdict is never broken and stands last, so a line that ends in
        // it is the first line of its row.
        let word = rows.peek().map(|agent| (agent.verdict, verdict(agent)));
        match word.and_then(|(kind, word)| Some((line.strip_suffix(word.as_str())?, kind, word))) {
            Some((before, kind, word)) => {
                rows.next();
                let word = page.paint(style::verdict(kind), &word);
                page.line(0, style::PLAIN, &format!("{before}{word}"));
            }
            None => page.line(0, style::PLAIN, line),
        }
    }
}

/// Columns of the longest name, with what stands between it and the next column.
fn longest(agents: &[AgentAssessment]) -> u16 {
    let widths = agents.iter().map(|agent| width(&one_line(agent.id.as_str())) + 2);
    u16::try_from(widths.max().unwrap_or_default()).unwrap_or(u16::MAX)
}

fn block(page: &mut Page, agent: &AgentAssessment) {
    let name = name(page, agent);
    let verdict_text = verdict(agent);
    let room = page.room().unwrap_or(usize::MAX);
    let verdict = page.paint(style::verdict(agent.verdict), &verdict_text);
    if width(&name) + 2 + width(&verdict_text) <= room {
        let line = format!("{}  {verdict}", page.paint(STRONG, &name));
        page.line(0, style::PLAIN, &line);
    } else {
        page.prose(0, STRONG, &name);
        page.line(2, style::PLAIN, &verdict);
    }
    page.prose(
        2,
        style::PLAIN,
        &format!(
            "granted {} · exercised{GLUE}{} · earned{GLUE}{}",
            granted(agent),
            phrase::exercised(&agent.exercised),
            phrase::earned(&agent.earned).replace(' ', "\u{A0}")
        ),
    );
}

/// What the marks beside a level mean, where they occur.
fn legend(page: &mut Page, agents: &[AgentAssessment]) {
    let mut marks = Vec::new();
    if agents.iter().any(|agent| agent.earned.conditional) {
        marks.push("* rests on waivers");
    }
    if agents.iter().any(|agent| agent.earned.if_proven > agent.earned.level) {
        marks.push("(n) if every unknown turned out well");
    }
    if !marks.is_empty() {
        page.prose(0, FAINT, &format!("earned: {}", marks.join(", ")));
    }
}
