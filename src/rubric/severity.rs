//! How grave an incident is: the words of many scales, in two.

use serde::Deserialize;

use super::oversight::{OversightRules, TextExamples};

/// Words of scales that mean the same here.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SeverityRule {
    /// Case and whatever is no letter or digit do not count.
    pub words: Vec<String>,
    /// Whether they stand for the gravest.
    pub severe: bool,
    /// Why.
    pub why: String,
    /// What it must and must not match.
    pub examples: TextExamples,
}

impl SeverityRule {
    fn names(&self, text: &str) -> bool {
        let text = squeezed(text);
        self.words.iter().any(|word| squeezed(word) == text)
    }
}

impl OversightRules {
    /// Whether a severity is among the gravest; none where no scale has the word.
    #[must_use]
    pub fn is_severe(&self, severity: &str) -> Option<bool> {
        let answers = self.severities.iter().filter(|rule| rule.names(severity));
        answers.map(|rule| rule.severe).max()
    }
}

/// Letters and digits alone, in lower case.
fn squeezed(text: &str) -> String {
    text.chars().filter(|own| own.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_what_its_examples_say() {
        let rules = OversightRules::load().unwrap();
        assert!(rules.severities.iter().any(|rule| rule.severe));
        assert!(rules.severities.iter().any(|rule| !rule.severe));
        for rule in &rules.severities {
            assert!(!rule.why.is_empty(), "{:?} say why", rule.words);
            assert!(!rule.examples.matches.is_empty() && !rule.examples.does_not_match.is_empty());
            for text in &rule.examples.matches {
                assert!(rule.names(text), "{text}");
                assert_eq!(rules.is_severe(text), Some(rule.severe), "{text}");
            }
            for text in &rule.examples.does_not_match {
                assert!(!rule.names(text), "{text}");
            }
        }
    }

    #[test]
    fn a_word_that_means_the_most_in_one_scale_only_is_not_readable() {
        let rules = OversightRules::load().unwrap();
        for word in ["1", "high", "major", "Level 1", "sev ?", ""] {
            assert_eq!(rules.is_severe(word), None, "{word}");
        }
    }
}
