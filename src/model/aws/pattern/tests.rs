use proptest::prelude::*;

use super::*;

/// Matching by trying everything; slow and plainly right.
fn naive(pattern: &[char], text: &[char]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some(('*', rest)) => (0..=text.len()).any(|skip| naive(rest, &text[skip..])),
        Some(('?', rest)) => !text.is_empty() && naive(rest, &text[1..]),
        Some((want, rest)) => text.first() == Some(want) && naive(rest, &text[1..]),
    }
}

fn naively(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    naive(&pattern, &text)
}

#[test]
fn a_star_matches_nothing_as_well() {
    assert!(matches("s3:*", "s3:"));
    assert!(matches("*", ""));
    assert!(!matches("s3:?", "s3:"));
}

#[test]
fn a_question_mark_matches_one_character_of_several_bytes() {
    assert!(matches("caf?", "café"));
    assert!(!matches("caf??", "café"));
    assert!(overlaps("caf?", "*é"));
}

#[test]
fn a_pattern_covers_a_narrower_one_and_not_a_wider_one() {
    assert!(covers("s3:*", "s3:Get*"));
    assert!(covers("s3:Get?bject", "s3:GetObject"));
    assert!(!covers("s3:Get*", "s3:*"));
    assert!(!covers("s3:Get?", "s3:Get*"), "a star may be longer than one character");
    assert!(covers("*", "?"));
}

#[test]
fn patterns_overlap_where_one_name_matches_both() {
    assert!(overlaps("s3:Get*", "s3:*Object"));
    assert!(overlaps("*prod*", "arn:aws:s3:::*"));
    assert!(!overlaps("s3:Get*", "s3:Put*"));
    assert!(!overlaps("*a", "*b"));
    assert!(!overlaps("a?", "a"));
}

#[test]
fn long_patterns_of_stars_end_in_time() {
    let pattern = "*a".repeat(2_000);
    assert!(!matches(&pattern, &"a".repeat(1_999)));
    assert!(!overlaps(&pattern, &"*b".repeat(2_000)));
    assert!(overlaps(&pattern, &"a*".repeat(2_000)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn matching_agrees_with_trying_everything(pattern in "[ab*?é]{0,7}", text in "[abé]{0,8}") {
        prop_assert_eq!(matches(&pattern, &text), naively(&pattern, &text));
    }

    #[test]
    fn what_covers_matches_all_that_the_other_matches(
        wide in "[ab*?]{0,5}", narrow in "[ab*?]{0,5}", text in "[ab]{0,6}",
    ) {
        if covers(&wide, &narrow) && naively(&narrow, &text) {
            prop_assert!(naively(&wide, &text));
        }
    }

    #[test]
    fn a_common_name_means_an_overlap(a in "[ab*?]{0,5}", b in "[ab*?]{0,5}", text in "[ab]{0,6}") {
        if naively(&a, &text) && naively(&b, &text) {
            prop_assert!(overlaps(&a, &b));
        }
    }

    #[test]
    fn an_overlap_means_a_common_name(a in "[ab*?]{0,4}", b in "[ab*?]{0,4}") {
        // A shortest common name is no longer than both patterns together.
        let mut names = vec![String::new()];
        let mut found = false;
        for _ in 0..=8 {
            found |= names.iter().any(|name| naively(&a, name) && naively(&b, name));
            names = names.iter().flat_map(|n| [format!("{n}a"), format!("{n}b")]).collect();
        }
        prop_assert_eq!(overlaps(&a, &b), found);
    }
}
