//! `rubric/logs/decisions.yaml`: what the words of clients mean that say whether a tool
//! may run.

use std::sync::OnceLock;

use serde::Deserialize;

use crate::model::activity::{DeciderKind, DecisionVerdict};

/// The file, as JSON (see `build.rs`).
const TEXT: &str = include_str!(concat!(env!("OUT_DIR"), "/decisions.json"));

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Decisions {
    clients: Vec<Client>,
}

#[derive(Debug, Deserialize)]
#[cfg_attr(not(test), expect(dead_code, reason = "titles are for people, examples for tests"))]
#[serde(deny_unknown_fields)]
struct Client {
    id: String,
    title: String,
    source: String,
    rules: Vec<Rule>,
    modes: Vec<String>,
    examples: Vec<Example>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    decisions: Vec<String>,
    sources: Option<Vec<String>>,
    verdict: Verdict,
    kind: Kind,
}

#[derive(Debug, Deserialize)]
#[cfg_attr(not(test), expect(dead_code, reason = "examples are for tests"))]
#[serde(deny_unknown_fields)]
struct Example {
    decision: String,
    source: Option<String>,
    verdict: Verdict,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Verdict {
    Approved,
    Changed,
    Rejected,
    TimedOut,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Kind {
    Person,
    Standing,
    Policy,
    Machine,
    NotSaid,
}

/// A client whose words are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    ClaudeCode,
    Codex,
    GeminiCli,
}

impl Of {
    /// The id in the file, and the agent's name where a log has no other.
    pub(super) fn id(self) -> &'static str {
        match self {
            Self::ClaudeCode => "claude-code",
            Self::Codex => "codex",
            Self::GeminiCli => "gemini-cli",
        }
    }
}

fn client(of: Of) -> Option<&'static Client> {
    static DECISIONS: OnceLock<Option<Decisions>> = OnceLock::new();
    let all = DECISIONS.get_or_init(|| serde_json::from_str(TEXT).ok()).as_ref()?;
    all.clients.iter().find(|client| client.id == of.id())
}

fn same(one: &str, other: &str) -> bool {
    let letters = |text: &'_ str| {
        text.chars()
            .filter(|c| !matches!(c, '_' | '-'))
            .map(|c| c.to_ascii_lowercase())
            .collect::<String>()
    };
    letters(one) == letters(other)
}

/// What a decision is, by the client's words; none where nothing names it.
pub(super) fn of(
    client_of: Of,
    decision: &str,
    source: Option<&str>,
) -> Option<(DecisionVerdict, DeciderKind)> {
    let names = |words: &[String], word: &str| words.iter().any(|known| same(known, word));
    let rule = client(client_of)?.rules.iter().find(|rule| {
        names(&rule.decisions, decision)
            && rule
                .sources
                .as_ref()
                .is_none_or(|sources| source.is_some_and(|source| names(sources, source)))
    })?;
    let verdict = match rule.verdict {
        Verdict::Approved => DecisionVerdict::Approved,
        Verdict::Changed => DecisionVerdict::Changed,
        Verdict::Rejected => DecisionVerdict::Rejected,
        Verdict::TimedOut => DecisionVerdict::TimedOut,
    };
    let kind = match rule.kind {
        Kind::Person => DeciderKind::Person,
        Kind::Standing => DeciderKind::Standing,
        Kind::Policy => DeciderKind::Policy,
        Kind::Machine => DeciderKind::Machine,
        Kind::NotSaid => DeciderKind::NotSaid,
    };
    Some((verdict, kind))
}

/// Whether a client asks nobody in this mode.
pub(super) fn asks_nobody(client_of: Of, mode: &str) -> bool {
    client(client_of).is_none_or(|client| client.modes.iter().any(|known| same(known, mode)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_is_decided_as_it_says() {
        for client_of in [Of::ClaudeCode, Of::Codex, Of::GeminiCli] {
            let own = client(client_of).expect("an entry");
            assert!(!own.title.is_empty() && own.source.starts_with("https://"));
            let examples = &own.examples;
            assert!(!examples.is_empty());
            for example in examples {
                let found = of(client_of, &example.decision, example.source.as_deref());
                let (verdict, kind) = found.unwrap_or_else(|| panic!("{example:?}"));
                assert_eq!(
                    format!("{verdict:?} {kind:?}"),
                    format!("{:?} {:?}", example.verdict, example.kind),
                    "{example:?}"
                );
            }
        }
    }

    #[test]
    fn only_what_a_person_said_of_one_call_is_a_persons() {
        for source in ["user_permanent", "config", "hook", "unheard_of", ""] {
            let found = of(Of::ClaudeCode, "accept", Some(source));
            assert_ne!(found.map(|(_, kind)| kind), Some(DeciderKind::Person), "{source}");
        }
        for decision in ["approved_for_session", "approved_execpolicy_amendment"] {
            let found = of(Of::Codex, decision, Some("user"));
            assert_eq!(found.map(|(_, kind)| kind), Some(DeciderKind::Standing), "{decision}");
        }
        assert_eq!(of(Of::Codex, "approved", None).map(|f| f.1), Some(DeciderKind::NotSaid));
        assert_eq!(of(Of::GeminiCli, "unheard_of", None), None);
    }
}
