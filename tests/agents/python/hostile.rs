//! Python that was made to hurt.

use std::sync::Arc;

use gradus::{
    scan::agents::read_python,
    source::{limits::Limits, python::parse},
};
use proptest::prelude::*;

const FIXTURES: [&str; 14] = [
    include_str!("../../fixtures/agents/python/adk_careful.py"),
    include_str!("../../fixtures/agents/python/adk_careless.py"),
    include_str!("../../fixtures/agents/python/claude_careful.py"),
    include_str!("../../fixtures/agents/python/claude_careless.py"),
    include_str!("../../fixtures/agents/python/crewai_careful.py"),
    include_str!("../../fixtures/agents/python/crewai_careless.py"),
    include_str!("../../fixtures/agents/python/langchain_careful.py"),
    include_str!("../../fixtures/agents/python/langchain_careless.py"),
    include_str!("../../fixtures/agents/python/langgraph_careful.py"),
    include_str!("../../fixtures/agents/python/langgraph_careless.py"),
    include_str!("../../fixtures/agents/python/openai_careful.py"),
    include_str!("../../fixtures/agents/python/openai_careless.py"),
    include_str!("../../fixtures/agents/python/server_careful.py"),
    include_str!("../../fixtures/agents/python/server_careless.py"),
];

/// How many agents a text makes; none where it is refused.
fn agents(text: &str) -> Option<usize> {
    let file: Arc<str> = "hostile.py".into();
    let code = parse(&file, text, &Limits::default()).ok()?;
    Some(read_python(&code).iter().map(|reading| reading.configs.len()).sum())
}

#[test]
fn what_takes_a_parser_or_a_reader_long_ends_all_the_same() {
    let most = Limits::default().code_bytes;
    let filled = |unit: &str| unit.repeat(most / unit.len());
    let chained = |first: &str, link: fn(usize) -> String, last: &str| {
        let links: String = (1..20_000).map(link).collect();
        format!("from agents import Agent, function_tool\n{first}\n{links}{last}")
    };
    for text in [
        filled("("),
        filled("f("),
        filled("["),
        filled("@"),
        filled("f'{"),
        filled("a=b;"),
        filled("x = [\n"),
        filled(") = : ( def ] class \n"),
        format!("a{}", ".b()".repeat(most / 4 - 1)),
        format!("from agents import Agent\n{}", "s = s.strip().lower()\n".repeat(2_000)),
        (0..1_400).map(|depth| format!("{}if x:\n", " ".repeat(depth))).collect(),
        chained("a0 = Agent", |at| format!("a{at} = a{}\n", at - 1), "a19999(tools=[])\n"),
        chained(
            "a0 = []",
            |at| format!("a{at} = [*a{0}, *a{0}]\n", at - 1),
            "Agent(tools=a19999)\n",
        ),
        chained(
            "def f0(): pass",
            |at| format!("def f{at}():\n    f{0}()\n    f{0}()\n", at - 1),
            "Agent(tools=[f19999])\n",
        ),
    ] {
        let head: String = text.chars().take(40).collect();
        assert!(agents(&text).is_none_or(|agents| agents <= 1), "{head}");
    }
}

#[test]
fn as_many_agents_as_fit_into_a_file_are_read() {
    let call = "Agent(tools=[a])\n";
    let count = 20_000;
    let text = format!("from agents import Agent\n{}", call.repeat(count));
    assert_eq!(agents(&text), Some(count));
}

#[test]
fn ten_megabytes_are_refused_before_they_are_parsed() {
    assert_eq!(agents(&"import agents\n".repeat(10 << 16)), None);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn no_agent_with_pieces_cut_out_or_doubled_is_a_panic(
        which in 0..FIXTURES.len(),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 0..40_usize, any::<bool>()), 1..8),
    ) {
        let mut lines: Vec<char> = FIXTURES[which].chars().collect();
        for (at, length, doubled) in cuts {
            let at = at.index(lines.len());
            let end = (at + length).min(lines.len());
            let piece: Vec<char> = lines.drain(at..end).collect();
            if doubled {
                lines.splice(at..at, piece.iter().chain(&piece).copied().collect::<Vec<_>>());
            }
        }
        let text: String = lines.into_iter().collect();
        prop_assert!(agents(&text).is_some());
    }

    #[test]
    fn what_holds_in_a_file_holds_behind_any_other_text(
        which in 0..FIXTURES.len(),
        // No keyword has an underscore: `if = 0` is no statement, and what is behind it is not read.
        before in "[a-z]{1,8}_ = [0-9]{1,3}",
    ) {
        let text = format!("{before}\n{}", FIXTURES[which]);
        prop_assert_eq!(agents(&text), agents(FIXTURES[which]));
    }
}
