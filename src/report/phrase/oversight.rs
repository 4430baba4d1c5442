//! The words for who stood behind an agent's changes: one clause for each question, what
//! was seen to be wrong before what was seen at all.

use std::collections::BTreeMap;

use super::{count, few};
use crate::assess::assessment::{ChangeView, OversightView, PutBackView, ToldView};

const UNKNOWN: &str = "unknown";

/// Names and reasons in one clause.
const NAMED: usize = 4;

/// How much a clause tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::report) enum Weight {
    /// Something that should not have happened.
    Wrong,
    /// An answer that every reader wants.
    Answer,
    /// What a reader may ask for.
    Detail,
}

/// The answer to one question about an agent's changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::report) struct Clause {
    /// What is asked: `approved before`.
    pub(in crate::report) label: &'static str,
    /// The answer, without the question.
    pub(in crate::report) text: String,
    /// How much it tells.
    pub(in crate::report) weight: Weight,
}

/// All answers, what was seen to be wrong first.
pub(in crate::report) fn clauses(view: &OversightView) -> Vec<Clause> {
    let mut all = Vec::new();
    let mut add = |label, weight, text| all.push(Clause { label, text, weight });
    let seen = |is_wrong: bool| if is_wrong { Weight::Wrong } else { Weight::Answer };

    add("approved before", Weight::Answer, approved(view));
    if !view.lacking.is_empty() {
        add("not approved", Weight::Wrong, with_reasons(&view.lacking));
    }
    if !view.undecided.is_empty() && !is_undecided(view) {
        add("approval unknown", Weight::Answer, with_reasons(&view.undecided));
    }
    add("people told", Weight::Answer, told(&view.told, view.changes));
    add("put back", Weight::Answer, put_back(&view.put_back, view.changes));
    add("reversible kind", Weight::Answer, possible(&view.put_back, view.changes));
    add("no grant explains", seen(view.explained.unexplained > 0), unexplained(view));
    let outside = view.boundary.get("outside").copied().unwrap_or(0);
    let weight = if outside > 0 { Weight::Wrong } else { Weight::Detail };
    add("boundary", weight, boundary(view, outside));
    if view.break_glass > 0 {
        add("for emergencies only", Weight::Wrong, of(view.break_glass, view.changes));
    }
    add("right as proposed", Weight::Answer, record(view));
    add("joined to a call", Weight::Detail, tally(&view.joined));
    add("tied to it by", Weight::Detail, tally(&view.attributed));
    all.sort_by_key(|clause| clause.weight);
    all
}

/// The columns of [`figures`].
pub(in crate::report) const FIGURES: [&str; 5] =
    ["approved", "told", "put back", "no grant", "right"];

/// The answers in figures alone, for tables over many agents.
pub(in crate::report) fn figures(view: &OversightView) -> [String; 5] {
    let undecided: u64 = view.undecided.values().sum();
    let approved = match (view.approved, undecided) {
        (approved, 0) => of(approved, view.changes),
        _ if undecided == view.changes => format!("{UNKNOWN}, of {undecided}"),
        (approved, undecided) => format!("{}, {undecided} {UNKNOWN}", of(approved, view.changes)),
    };
    let told = match (view.told.changes, &view.told.gap) {
        (0, Some(_)) => UNKNOWN.to_owned(),
        (told, _) => of(told, view.changes),
    };
    let unexplained = match (view.explained.unexplained, &view.explained.gap) {
        (0, Some(_)) => UNKNOWN.to_owned(),
        (unexplained, _) => unexplained.to_string(),
    };
    let right = match view.record.accepted_at_least {
        Some(least) if view.record.gap.is_none() => {
            format!("{least}\u{A0}% of {}", view.record.proposals)
        }
        Some(_) | None => UNKNOWN.to_owned(),
    };
    let put_back = &view.put_back;
    let back = put_back.recorded + put_back.logged;
    let can = put_back.possible.get("yes").copied().unwrap_or(0);
    [approved, told, format!("{back}, {can} can"), unexplained, right]
}

/// What the columns mean.
pub(in crate::report) const FIGURES_MEAN: &str = "approved: by a person before · told: people, afterwards · put back: how many, and how many \
     are of a kind that can be · no grant: requests that no grant explains · right: share of \
     proposals accepted unchanged and left in place, at least, with 95\u{A0}% confidence";

/// What was not observable, as far as no clause tells it already.
pub(in crate::report) fn unobserved<'a>(
    view: &'a OversightView,
    clauses: &[Clause],
) -> Vec<&'a str> {
    let is_told = |what: &str| clauses.iter().any(|clause| clause.text.contains(what));
    view.unobserved.iter().map(String::as_str).filter(|what| !is_told(what)).collect()
}

/// `5 of 7`.
fn of(part: u64, whole: u64) -> String {
    format!("{part} of {whole}")
}

/// Whether nothing is known of any approval, for one reason.
fn is_undecided(view: &OversightView) -> bool {
    view.approved == 0 && view.unapproved == 0 && view.undecided.len() == 1
}

fn approved(view: &OversightView) -> String {
    if is_undecided(view) {
        let reason = view.undecided.keys().next().map(String::as_str).unwrap_or_default();
        return format!("{UNKNOWN}, {reason}");
    }
    let known = of(view.approved, view.changes);
    if view.approvers.is_empty() {
        known
    } else {
        format!("{known}, by {}", tally(&view.approvers))
    }
}

/// The most frequent first.
fn by_count(counts: &BTreeMap<String, u64>) -> Vec<(&str, u64)> {
    let mut all: Vec<_> = counts.iter().map(|(what, count)| (what.as_str(), *count)).collect();
    all.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(other.0)));
    all
}

/// `ana@example.com 3, ben@example.com 2 and 4 more`.
fn tally(counts: &BTreeMap<String, u64>) -> String {
    listed(counts, |what, count| format!("{what} {count}"))
}

/// `3 (it was approved after it was made), 1 (…)`.
fn with_reasons(counts: &BTreeMap<String, u64>) -> String {
    listed(counts, |what, count| format!("{count} ({what})"))
}

fn listed(counts: &BTreeMap<String, u64>, words: impl Fn(&str, u64) -> String) -> String {
    let all = by_count(counts);
    let (shown, hidden) = few(&all, NAMED);
    let shown: Vec<String> = shown.iter().map(|(what, count)| words(what, *count)).collect();
    let more = if hidden > 0 { format!(" and {hidden} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

fn told(told: &ToldView, changes: u64) -> String {
    let mut parts = Vec::new();
    if told.changes > 0 || told.gap.is_none() {
        parts.push(of(told.changes, changes));
    }
    if told.changes > 0 {
        parts.push(format!("{} in full within 5 minutes", told.timely));
        if let Some(slowest) = told.slowest_seconds {
            parts.push(format!("the slowest after {}", after(slowest)));
        }
        parts.push(format!("{} acknowledged", told.acknowledged));
    }
    if told.perhaps > 0 {
        parts.push(format!("perhaps {} more", told.perhaps));
    }
    if let Some(gap) = &told.gap {
        let of_whom = if told.changes > 0 { "of the others " } else { "" };
        parts.push(format!("{of_whom}{UNKNOWN}, {gap}"));
    }
    parts.join(", ")
}

fn put_back(put_back: &PutBackView, changes: u64) -> String {
    let all = put_back.recorded + put_back.logged;
    let mut text = of(all, changes);
    if all > 0 {
        text.push_str(&format!(
            " ({} on record, {} in the log; {} by people)",
            put_back.recorded, put_back.logged, put_back.by_people
        ));
    }
    if put_back.perhaps > 0 {
        text.push_str(&format!(", perhaps {} more", put_back.perhaps));
    }
    text
}

fn possible(put_back: &PutBackView, changes: u64) -> String {
    let with = |answer: &str| put_back.possible.get(answer).copied().unwrap_or(0);
    let mut text = of(with("yes"), changes);
    for (answer, words) in
        [("depends", "if it was prepared"), ("no", "never"), ("unknown", "not classified")]
    {
        if with(answer) > 0 {
            text.push_str(&format!(", {} {words}", with(answer)));
        }
    }
    text
}

fn unexplained(view: &OversightView) -> String {
    let requests = count(view.explained.unexplained, "request", "requests");
    match (&view.explained.gap, view.explained.unexplained) {
        (None, 0) => "none of its requests".to_owned(),
        (None, _) => requests,
        (Some(gap), 0) => format!("{UNKNOWN}, {gap}"),
        (Some(gap), _) => format!("{requests}, perhaps more: {gap}"),
    }
}

fn boundary(view: &OversightView, outside: u64) -> String {
    match (outside, view.boundary.get("inside")) {
        (0, None) => "none is declared".to_owned(),
        (0, Some(inside)) => format!("{} inside", of(*inside, view.changes)),
        (outside, _) => format!("{} outside", of(outside, view.changes)),
    }
}

fn record(view: &OversightView) -> String {
    let record = &view.record;
    let mut text = match (&record.gap, record.accepted_at_least) {
        (Some(gap), _) => format!("{UNKNOWN}, {gap}"),
        (None, Some(least)) => format!(
            "{} that people decided on, so at least {least}\u{A0}% (95\u{A0}% \
             confidence)",
            of(record.accepted, record.proposals)
        ),
        (None, None) => "nobody decided on a proposal".to_owned(),
    };
    if let Some(most) = record.put_back_at_most {
        text.push_str(&format!("; people put back at most {most}\u{A0}% of its changes"));
    }
    text
}

/// Who stood behind one change: each answer that the logs hold.
pub(in crate::report) fn behind(change: &ChangeView) -> Vec<String> {
    let mut all = vec![format!("{}: {}", change.approval, change.approval_reason)];
    if let Some(who) = &change.impersonator {
        all.push(format!("{who} acted as {}", change.principal));
    }
    if let Some(how) = &change.joined {
        let call = change.call.as_deref().unwrap_or("without an id");
        all.push(format!("call {call} ({how})"));
    }
    if let Some(seconds) = change.notified_after {
        all.push(format!("people told after {}", after(seconds)));
    }
    match (&change.reverted, change.revertible.as_deref()) {
        (Some(how), _) => all.push(format!("put back {how}")),
        (None, Some("yes")) => all.push("of a kind that can be put back".to_owned()),
        (None, Some("depends")) => {
            all.push("of a kind that can be put back if it was prepared".to_owned())
        }
        (None, Some("no")) => all.push("cannot be put back".to_owned()),
        (None, _) => {}
    }
    all
}

/// `40 s`, `12 min`, `3 h`, rounded up.
fn after(seconds: i64) -> String {
    match seconds {
        ..=119 => format!("{seconds} s"),
        120..=7_199 => format!("{} min", (seconds + 59) / 60),
        _ => format!("{} h", seconds.saturating_add(3_599) / 3_600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(of: &[(&str, u64)]) -> BTreeMap<String, u64> {
        of.iter().map(|(what, count)| ((*what).to_owned(), *count)).collect()
    }

    fn text(view: &OversightView, label: &str) -> String {
        let all = clauses(view);
        all.into_iter().find(|clause| clause.label == label).map(|own| own.text).unwrap_or_default()
    }

    #[test]
    fn what_no_log_records_is_unknown_and_never_none() {
        let view = OversightView {
            changes: 7,
            undecided: counts(&[("approvals are not recorded", 7)]),
            told: ToldView { gap: Some("no log was read".to_owned()), ..ToldView::default() },
            ..OversightView::default()
        };
        assert_eq!(text(&view, "approved before"), "unknown, approvals are not recorded");
        assert_eq!(text(&view, "people told"), "unknown, no log was read");
        assert_eq!(text(&view, "approval unknown"), "", "it is told once");
    }

    #[test]
    fn what_was_wrong_stands_before_what_was_right() {
        let view = OversightView {
            changes: 4,
            approved: 1,
            unapproved: 3,
            approvers: counts(&[("ana", 1)]),
            lacking: counts(&[("it was late", 1), ("nobody was asked", 2)]),
            ..OversightView::default()
        };
        let all = clauses(&view);
        assert_eq!(all[0].label, "not approved");
        assert_eq!(all[0].text, "2 (nobody was asked), 1 (it was late)");
        assert_eq!(text(&view, "approved before"), "1 of 4, by ana 1");
    }

    #[test]
    fn a_message_that_names_no_change_is_told_apart() {
        let told = ToldView { perhaps: 2, ..ToldView::default() };
        let view = OversightView { changes: 3, told, ..OversightView::default() };
        assert_eq!(text(&view, "people told"), "0 of 3, perhaps 2 more");
    }

    #[test]
    fn what_a_clause_tells_is_not_told_again() {
        let view = OversightView {
            changes: 1,
            undecided: counts(&[("no approvals", 1)]),
            unobserved: vec!["no approvals".to_owned(), "one line was not read".to_owned()],
            ..OversightView::default()
        };
        assert_eq!(unobserved(&view, &clauses(&view)), ["one line was not read"]);
    }

    #[test]
    fn a_delay_is_told_in_the_unit_that_fits_it() {
        assert_eq!(
            [after(0), after(119), after(121), after(7_200)],
            ["0 s", "119 s", "3 min", "2 h"]
        );
    }
}
