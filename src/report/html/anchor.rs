//! Anchors: stable from run to run, safe in a URL, and unique on the page.

use std::collections::BTreeSet;

/// Hands out anchors of one page.
#[derive(Debug, Default)]
pub(super) struct Anchors {
    taken: BTreeSet<String>,
}

impl Anchors {
    /// An anchor for `text` below `prefix`: `agent-sre-bot-prod` for
    /// `sre-bot@prod`. Whoever comes second to the same one gets a number.
    pub(super) fn take(&mut self, prefix: &str, text: &str) -> String {
        let stem = format!("{prefix}{}", slug(text));
        let mut anchor = stem.clone();
        let mut number = 2_usize;
        while !self.taken.insert(anchor.clone()) {
            // A slug holds no dot, so a numbered anchor is no other text's slug.
            anchor = format!("{stem}.{number}");
            number += 1;
        }
        anchor
    }
}

/// Lower-case ASCII letters, digits and single dashes, of bounded length.
fn slug(text: &str) -> String {
    const LONGEST: usize = 80;
    let mut slug = String::new();
    for character in text.chars() {
        if character.is_ascii_alphanumeric() {
            slug.push(character.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.len() >= LONGEST {
            break;
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "unnamed".to_owned() } else { slug.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_anchor_holds_nothing_that_a_url_must_escape() {
        assert_eq!(Anchors::default().take("agent-", "SRE bot@prod\"><x"), "agent-sre-bot-prod-x");
    }

    #[test]
    fn two_names_that_sanitise_alike_get_two_anchors() {
        let mut anchors = Anchors::default();
        assert_eq!(anchors.take("agent-", "a@b"), "agent-a-b");
        assert_eq!(anchors.take("agent-", "a/b"), "agent-a-b.2");
    }

    #[test]
    fn a_name_without_a_letter_still_has_an_anchor() {
        assert_eq!(Anchors::default().take("agent-", "日本"), "agent-unnamed");
    }
}
