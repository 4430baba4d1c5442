//! Views of estates that are empty, huge, or hardly known; and the promises of
//! the terminal view about width and colour.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use gradus::{
    assess::assessment::{Assessment, GateOutcome, Verdict},
    model::agent::AgentId,
    report::{Format, RenderOptions, render},
};

fn acme() -> Assessment {
    serde_json::from_str(include_str!("fixtures/report/acme.json")).unwrap()
}

fn empty() -> Assessment {
    let mut assessment = acme();
    assessment.agents.clear();
    assessment.findings.clear();
    assessment.waivers.clear();
    assessment.organisation.earned = None;
    assessment.organisation.limited_by.clear();
    assessment.organisation.distribution.clear();
    assessment.organisation.agents = 0;
    assessment.organisation.write_capable = 0;
    assessment.organisation.over_extended = 0;
    assessment.organisation.undeclared = 0;
    assessment.coverage.sources.clear();
    assessment.coverage.gaps.clear();
    assessment.coverage.ratio = 0.0;
    assessment.coverage.files = Default::default();
    assessment.gate.outcome = GateOutcome::Passed;
    assessment.gate.reasons.clear();
    assessment
}

/// Sixty times the estate: 300 agents.
fn huge() -> Assessment {
    let mut assessment = acme();
    let agents = assessment.agents.clone();
    assessment.agents = agents
        .iter()
        .flat_map(|agent| {
            (0..60).map(|number| {
                let mut agent = agent.clone();
                agent.id = AgentId::new(&format!("{}-{number}", agent.name), "prod");
                agent
            })
        })
        .collect();
    assessment.organisation.agents = 300;
    assessment
}

fn table(assessment: &Assessment, width: Option<usize>, color: bool, verbose: bool) -> String {
    render(assessment, Format::Table, &RenderOptions { width, color, verbose }).unwrap()
}

fn view(assessment: &Assessment, format: Format) -> String {
    render(assessment, format, &RenderOptions::default()).unwrap()
}

/// Columns, for the characters that occur here.
fn columns(line: &str) -> usize {
    line.chars().map(|character| if character == '日' { 2 } else { 1 }).sum()
}

#[test]
fn nothing_to_assess_never_looks_like_success() {
    insta::assert_snapshot!(table(&empty(), Some(80), false, false));
    std::fs::write(
        concat!(env!("CARGO_TARGET_TMPDIR"), "/empty.html"),
        view(&empty(), Format::Html),
    )
    .unwrap();
    for format in [Format::Table, Format::Markdown, Format::Html] {
        let text = view(&empty(), format);
        assert!(text.contains("Nothing could be assessed"), "{format}");
        assert!(text.contains("passed (no agent was judged)"), "{format}");
    }
    assert!(!table(&empty(), None, true, false).contains("\x1b[32m"), "nothing is green");
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    let mut long = acme();
    for agent in &mut long.agents {
        agent.id = AgentId::undeclared(&"very-long-name-日/".repeat(20));
        agent.granted.reason = "ungated ".to_owned() + &"x".repeat(300);
    }
    for assessment in [acme(), long] {
        for width in 40..=160 {
            let text = table(&assessment, Some(width), false, false);
            for line in text.lines() {
                assert!(columns(line) <= width, "{width} columns: {line}");
            }
        }
    }
}

#[test]
fn a_terminal_below_40_columns_is_laid_out_for_40() {
    assert_eq!(table(&acme(), Some(10), false, false), table(&acme(), Some(40), false, false));
}

#[test]
fn a_pipe_shortens_no_name_and_leaves_out_no_agent() {
    let mut assessment = huge();
    let name = "n".repeat(300);
    assessment.agents[299].id = AgentId::undeclared(&name);
    let text = table(&assessment, None, false, false);
    assert!(text.contains(&name));
    assert_eq!(text.lines().filter(|line| line.contains("BEYOND THE LADDER")).count(), 60);
}

#[test]
fn without_colour_there_is_no_escape_and_with_it_the_words_stay_the_same() {
    for width in [Some(50), Some(80), None] {
        let plain = table(&acme(), width, false, false);
        let colored = table(&acme(), width, true, false);
        assert!(!plain.contains('\x1b'));
        assert!(colored.contains('\x1b'));
        let mut stripped = String::new();
        for (number, part) in colored.split('\x1b').enumerate() {
            stripped.push_str(if number == 0 { part } else { part.split_once('m').unwrap().1 });
        }
        assert_eq!(stripped, plain);
    }
}

#[test]
fn an_agent_within_is_green_and_its_level_has_no_colour() {
    let text = table(&acme(), Some(80), true, false);
    assert!(text.contains("\x1b[32mwithin\x1b[0m"));
    let reader = text.lines().find(|line| line.starts_with("reader@prod")).unwrap();
    assert_eq!(reader.matches("\x1b[").count(), 2, "{reader:?}");
}

#[test]
fn a_long_list_says_how_much_it_leaves_out() {
    let text = table(&huge(), Some(80), false, false);
    assert!(text.contains("and 280 more: -v"));
    assert!(table(&huge(), Some(80), false, true).lines().count() > text.lines().count() + 280);
}

#[test]
fn what_is_unknown_says_so() {
    let mut assessment = acme();
    assessment.agents.truncate(1);
    for agent in &mut assessment.agents {
        agent.verdict = Verdict::Unproven;
        agent.granted.level = None;
        agent.granted.beyond_ladder = false;
        agent.granted.credential_level = None;
        agent.granted.credential_beyond_ladder = false;
        agent.exercised.level = None;
        agent.next.contain.clear();
    }
    assessment.organisation.over_extended = 0;
    let text = table(&assessment, Some(80), false, false);
    assert!(text.starts_with("The one agent could not be judged: evidence is missing."));
    let row = text.lines().find(|line| line.starts_with("legacy-bot@prod")).unwrap();
    assert_eq!(row.matches("unknown").count(), 2, "{row}");
}

#[test]
fn an_agent_that_only_reads_but_has_not_earned_that_is_no_success() {
    let mut assessment = acme();
    assessment.agents.retain(|agent| agent.name == "reader");
    assessment.organisation.over_extended = 0;
    assessment.agents[0].earned.level = 0;
    assessment.agents[0].verdict = Verdict::OverExtended;
    let text = table(&assessment, Some(80), false, false);
    assert!(text.starts_with("The one agent holds more autonomy than it has earned."), "{text}");
    assert!(text.contains("over-extended by 1"));
}

#[test]
fn agents_that_all_stay_within_are_said_to() {
    let mut assessment = acme();
    assessment.agents.retain(|agent| agent.verdict == Verdict::Within);
    assessment.organisation.over_extended = 0;
    assessment.organisation.undeclared = 0;
    let text = table(&assessment, Some(80), false, false);
    assert!(text.starts_with("All 2 agents stay within the autonomy they have earned.\n\n"));
    assessment.agents[0].verdict = Verdict::Unproven;
    let text = table(&assessment, Some(80), false, false);
    assert!(text.starts_with("1 of 2 agents could not be judged;"), "{text}");
}

#[test]
fn a_command_to_paste_is_never_wrapped() {
    let mut assessment = acme();
    let command = format!("gradus rightsize {}", "a ".repeat(60).trim_end());
    assessment.agents[0].next.contain[0].change = Some(command.clone());
    assert!(table(&assessment, None, false, false).contains(&command));
    assert!(table(&assessment, Some(80), false, true).contains(&command));
}

#[test]
fn markdown_keeps_to_its_budget_and_names_what_it_leaves_out() {
    let mut assessment = huge();
    for agent in &mut assessment.agents {
        for criterion in &mut agent.criteria {
            criterion.reason = "because ".repeat(20);
        }
    }
    let text = view(&assessment, Format::Markdown);
    assert!(text.len() <= 900_000, "{}", text.len());
    assert!(text.contains("Left out, for this would be too large: the criteria of each agent."));
    assert!(text.contains("## Findings"));
}

#[test]
fn a_fleet_of_300_agents_stays_one_page_that_opens() {
    let page = view(&huge(), Format::Html);
    std::fs::write(concat!(env!("CARGO_TARGET_TMPDIR"), "/fleet.html"), &page).unwrap();
    assert!(page.len() < 6_000_000, "{}", page.len());
    assert!(page.contains("agents, those with the mildest verdicts, are shown without"));
    assert_eq!(page.matches("<article ").count(), 300);
}

#[test]
fn the_same_assessment_gives_the_same_bytes() {
    for format in Format::ALL {
        assert_eq!(view(&acme(), format), view(&acme(), format));
    }
}

#[test]
fn a_format_is_known_by_its_word() {
    for format in Format::ALL {
        assert_eq!(format.as_str().parse::<Format>().unwrap(), format);
    }
    assert_eq!(
        "pdf".parse::<Format>().unwrap_err().to_string(),
        "unknown format `pdf`; there are table, json, markdown and html"
    );
}
