//! Who looked at what an agent did, and what did harm.

use super::*;

fn review(from: &str, to: &str, by: &str) -> Review {
    Review {
        time: Some(at(0)),
        agent: None,
        from: from.parse().ok(),
        to: to.parse().ok(),
        by: vec![by.into()],
        sampled: None,
        harmful: None,
        place: Location::file("reviews.jsonl"),
    }
}

fn reviewed(reviews: Vec<Review>) -> Logs {
    let mut rows = Rows::default();
    reviews.into_iter().for_each(|review| rows.add(review, 100));
    let records = Logged { reviews: rows, ..Logged::default() };
    Logs { records, ..Logs::default() }
}

#[test]
fn a_week_is_reviewed_where_a_person_looked_at_all_of_it_afterwards() {
    let weeks = |reviews| fact(&reviewed(reviews), "review.weeksReviewed");
    // The logs end on Monday the 9th of November 2026.
    assert_eq!(weeks(vec![review("2026-10-26", "2026-11-08", "ana@example.com")]), "2");
    assert_eq!(weeks(vec![review("2026-10-27", "2026-11-08", "ana@example.com")]), "1");
    assert_eq!(weeks(vec![review("2026-10-26", "2026-11-08", "fixer")]), "unknown");
    assert_eq!(weeks(vec![review("2026-11-02", "2026-11-15", "ana@example.com")]), "unknown");
    let unread = Review { sampled: Some(0), ..review("2026-10-26", "2026-11-08", "ana") };
    assert_eq!(weeks(vec![unread]), "unknown");
}

#[test]
fn a_review_by_who_answers_for_the_agent_is_not_independent() {
    let independent = |by: &str| {
        fact(&reviewed(vec![review("2026-10-26", "2026-11-08", by)]), "review.independentReviewer")
    };
    assert_eq!(independent("ana@example.com"), "true");
    assert_eq!(independent("Team-Shop"), "false");
}

/// Three executions of two classes that nobody approved, the third of two changes.
fn executions() -> Logs {
    let of_class = |id: &str, from: i64, class: &str| {
        let mut own = call(id, from, from + 20);
        own.failure_class = Some(class.into());
        own.arguments.words.insert("till".into());
        own
    };
    let mut second = change("toolu_3", 215);
    second.object = Some("till".into());
    Logs::default()
        .recording()
        .called(of_class("toolu_1", 0, "oom-killed"))
        .called(of_class("toolu_2", 100, "oom-killed"))
        .called(of_class("toolu_3", 200, "stuck-rollout"))
        .changed(change("toolu_1", 10))
        .changed(change("toolu_2", 110))
        .changed(change("toolu_3", 210))
        .changed(second)
}

/// A review of the day that says which actions did harm.
fn judged(mut logs: Logs, harmful: &[&str]) -> Logs {
    let harmful = Some(harmful.iter().map(|id| (*id).into()).collect());
    let review = Review { harmful, ..review("2026-11-09", "2026-11-09", "ana@example.com") };
    logs.records.reviews.add(review, 100);
    logs
}

#[test]
fn executions_are_calls_and_the_class_with_the_fewest_counts() {
    assert_eq!(fact(&executions(), "record.fewestExecutions"), "1");
    let mut unnamed = call("toolu_4", 300, 320);
    unnamed.failure_class = None;
    let logs = executions().called(unnamed).changed(change("toolu_4", 310));
    assert!(why(&logs, "record.fewestExecutions").contains("which class of failure"));
    // What a person approved is no execution on its own.
    let logs = logs.decided(decision("toolu_4", 305));
    assert_eq!(fact(&logs, "record.fewestExecutions"), "1");
}

#[test]
fn that_nothing_did_harm_is_known_where_a_review_of_the_day_says_so() {
    let harm = "record.harmfulExecutions";
    assert!(why(&executions(), harm).contains("says whether"));
    assert_eq!(fact(&judged(executions(), &[]), harm), "0");
    assert_eq!(fact(&judged(executions(), &["toolu_3"]), harm), "1", "one call, two changes");
    // It may be a slip for any of them.
    let unplaced = judged(executions(), &["toolu_33"]);
    assert!(why(&unplaced, harm).contains("names toolu_33 as harmful, which no change"));
    assert_eq!(fact(&unplaced, "record.safeLowerBound"), "unknown");
    // A review that says nothing of harm, or is of another day, decides nothing.
    let mut silent = executions();
    silent.records.reviews.add(review("2026-11-09", "2026-11-09", "ana@example.com"), 100);
    assert_eq!(fact(&silent, harm), "unknown");
    let mut own = judged(executions(), &[]);
    own.defects = 1;
    assert_eq!(fact(&own, harm), "unknown");
}

#[test]
fn a_review_that_looked_at_some_proves_nothing_of_the_others() {
    let harm = "record.harmfulExecutions";
    let sampled = |sampled, agent: Option<&str>| {
        let mut logs = executions();
        let review = Review {
            harmful: Some(Vec::new()),
            agent: agent.map(Into::into),
            sampled: Some(sampled),
            ..review("2026-11-09", "2026-11-09", "ana@example.com")
        };
        logs.records.reviews.add(review, 100);
        logs
    };
    assert!(why(&sampled(1, Some("fixer")), harm).contains("looked at all of its days"));
    assert_eq!(fact(&sampled(1, Some("fixer")), "record.safeLowerBound"), "unknown");
    assert_eq!(fact(&sampled(3, Some("fixer")), harm), "0");
    assert_eq!(fact(&sampled(3, None), harm), "unknown", "of all agents");
}

#[test]
fn what_people_put_back_did_harm_whatever_no_review_says() {
    let reverted = Reversal {
        time: Some(at(3_000)),
        about: crate::privilege::oversight::tests::about("toolu_1"),
        by: Some("ana@example.com".into()),
        automatic: false,
        restored: Some(true),
        drill: false,
        place: Location::file("reverts.jsonl"),
    };
    let logs = executions().reverted(reverted.clone());
    assert_eq!(fact(&logs, "record.harmfulExecutions"), "1");
    assert_eq!(fact(&logs, "record.safeLowerBound"), "unknown");
    let logs = judged(logs, &[]);
    assert_eq!(fact(&logs, "record.safeLowerBound"), "0.025", "one of two, and one of one");
    // What undid itself as it should did none.
    let own = Reversal { automatic: true, by: Some("argo-rollouts".into()), ..reverted };
    assert_eq!(fact(&judged(executions().reverted(own), &[]), "record.harmfulExecutions"), "0");
}

#[test]
fn the_share_of_harmless_executions_is_that_of_the_weakest_class() {
    assert_eq!(fact(&executions(), "record.safeLowerBound"), "unknown");
    // One of one shows one in twenty.
    assert_eq!(fact(&judged(executions(), &[]), "record.safeLowerBound"), "0.050");
    assert_eq!(fact(&judged(executions(), &["toolu_3"]), "record.safeLowerBound"), "0.000");
}
