use proptest::prelude::*;

use super::rubric;
use crate::{
    model::{
        fact::{Fact, FactValue, Facts},
        location::Location,
        status::Status,
    },
    rubric::expression::MAX_LIST,
};

fn list(names: &[&str]) -> FactValue {
    FactValue::List(names.iter().map(|name| (*name).to_owned()).collect())
}

#[test]
fn an_offender_is_named_and_located() {
    let mut facts = Facts::default();
    let place = Location::at("cluster/rbac.yaml", 41, 1);
    facts.know(
        "credential.adminEquivalents",
        list(&["cluster-admin through ClusterRoleBinding/legacy-bot"]),
        vec![place.clone(), place.clone()],
    );
    let evaluation = rubric().criterion("LP-02").unwrap().evaluate(&facts);
    assert_eq!(evaluation.status, Status::Fail);
    assert_eq!(
        evaluation.reason,
        "it is administrator by cluster-admin through ClusterRoleBinding/legacy-bot"
    );
    assert_eq!(evaluation.evidence, [place]);
}

#[test]
fn a_long_list_of_offenders_is_counted() {
    let mut facts = Facts::default();
    facts.know("credential.secretReads", list(&["a", "b", "c", "d", "e", "f"]), Vec::new());
    let evaluation = rubric().criterion("LP-04").unwrap().evaluate(&facts);
    assert_eq!(evaluation.reason, "it can read secrets by a, b, c, d and 2 more");
}

#[test]
fn an_unknown_fact_gives_its_own_reason() {
    let mut facts = Facts::default();
    facts.unknown("credential.secretReads", "Role/x is not in the evidence");
    let evaluation = rubric().criterion("LP-04").unwrap().evaluate(&facts);
    assert_eq!(evaluation.status, Status::Unknown);
    assert_eq!(evaluation.reason, "Role/x is not in the evidence");
    assert_eq!(evaluation.missing, ["credential.secretReads"]);
}

#[test]
fn what_no_scanner_collects_says_so_once_and_names_the_evidence_that_settles_it() {
    let evaluation = rubric().criterion("RVW-03").unwrap().evaluate(&Facts::default());
    assert_eq!(
        evaluation.reason,
        "no scanner collects `grant.independent`, `grant.reviewAgeDays`, `grant.termDays` and \
         `grant.daysLeft` yet; signed review records would settle them"
    );
}

#[test]
fn what_logs_may_show_and_no_evidence_does_is_not_called_uncollected() {
    let evaluation = rubric().criterion("APR-03").unwrap().evaluate(&Facts::default());
    assert_eq!(
        evaluation.reason,
        "no evidence shows `approvals.unapprovedWrites` and `approvals.maxAgeMinutes`; an export \
         of approval records from the gateway, client or change system would settle them"
    );
}

#[test]
fn a_statement_may_settle_only_what_is_unknown_and_beyond_scanners() {
    let rubric = rubric();
    let nothing = Facts::default();
    let attestable =
        |id: &str, facts: &Facts| rubric.criterion(id).unwrap().evaluate(facts).attestable;
    assert!(attestable("RVW-01", &nothing), "it takes statements");
    assert!(
        attestable("APR-03", &nothing),
        "where no log shows approvals, a person may state them"
    );
    assert!(!attestable("LP-02", &nothing), "a scanner collects rights");
    assert!(!attestable("AUD-03", &nothing), "a scanner collects one of its facts");
    let mut facts = Facts::default();
    facts.know("review.recertificationAgeDays", FactValue::Int(500), Vec::new());
    assert!(!attestable("RVW-01", &facts), "a failure is not settled by words");
}

#[test]
fn an_offender_fails_although_other_facts_are_unknown() {
    let mut facts = Facts::default();
    facts.know("granted.ungatedIrreversible", list(&["delete claims"]), Vec::new());
    let evaluation = rubric().criterion("REV-02").unwrap().evaluate(&facts);
    assert_eq!(evaluation.status, Status::Fail);
    assert!(evaluation.reason.contains("delete claims"), "{}", evaluation.reason);
}

#[test]
fn what_is_known_to_be_wrong_is_told_although_what_a_message_asks_first_is_unknown() {
    let mut facts = Facts::default();
    facts.know("targets.freezeViolations", FactValue::Int(2), Vec::new());
    let frozen = rubric().criterion("BLR-04").unwrap().evaluate(&facts);
    assert_eq!((frozen.status, &*frozen.reason), (Status::Fail, "2 actions fell into a freeze"));
    facts.know("targets.freezeViolations", FactValue::Int(0), Vec::new());
    facts.know("targets.replicaShare", FactValue::Float(1.0), Vec::new());
    let whole = rubric().criterion("BLR-04").unwrap().evaluate(&facts);
    assert_eq!(whole.reason, "one action touched 100 % of the replicas, 25 % are allowed");
}

#[test]
fn nothing_passes_while_a_fact_is_unknown() {
    let mut facts = Facts::default();
    facts.know("granted.ungatedIrreversible", list(&[]), Vec::new());
    let evaluation = rubric().criterion("REV-02").unwrap().evaluate(&facts);
    assert_eq!(evaluation.status, Status::Unknown);
    assert_eq!(evaluation.missing, ["reversals.withoutHandle"]);
}

#[test]
fn a_precondition_over_an_unknown_fact_is_unknown_even_if_the_known_one_decides() {
    let mut facts = Facts::default();
    facts.know("granted.level", FactValue::Int(3), Vec::new());
    facts.know("credential.mutating", list(&[]), Vec::new());
    let evaluation = rubric().criterion("LP-01").unwrap().evaluate(&facts);
    assert_eq!(evaluation.status, Status::Unknown);
    assert_eq!(evaluation.missing, ["agent.ceiling"]);
}

#[test]
fn an_agent_with_writes_behind_approval_is_not_asked_for_a_read_only_credential() {
    let mut facts = Facts::default();
    facts.know("granted.level", FactValue::Int(2), Vec::new());
    facts.know("agent.ceiling", FactValue::Int(2), Vec::new());
    let evaluation = rubric().criterion("LP-01").unwrap().evaluate(&facts);
    assert_eq!(evaluation.status, Status::NotApplicable);
    assert_eq!(evaluation.reason, "it is meant for more than level 1, and holds more");
}

#[test]
fn a_fact_of_another_type_is_unknown() {
    let mut facts = Facts::default();
    facts.know("credential.adminEquivalents", FactValue::Int(0), Vec::new());
    let evaluation = rubric().criterion("LP-02").unwrap().evaluate(&facts);
    assert_eq!(evaluation.status, Status::Unknown);
    assert_eq!(evaluation.reason, "`credential.adminEquivalents` was not collected as list");
}

#[test]
fn a_ratio_that_is_no_number_is_unknown() {
    let criterion_status = |ratio: FactValue| {
        let mut facts = Facts::default();
        facts.know("notifications.timelyRatio", ratio, Vec::new());
        rubric().criterion("NOT-02").unwrap().evaluate(&facts).status
    };
    assert_eq!(criterion_status(FactValue::Float(f64::NAN)), Status::Unknown);
    assert_eq!(criterion_status(FactValue::Float(f64::INFINITY)), Status::Unknown);
    assert_eq!(criterion_status(FactValue::Int(1)), Status::Pass, "a whole number is a ratio too");
}

#[test]
fn a_list_beyond_bounds_is_unknown() {
    let mut facts = Facts::default();
    let names = vec![String::from("x"); MAX_LIST + 1];
    facts.know("credential.adminEquivalents", FactValue::List(names), Vec::new());
    let evaluation = rubric().criterion("LP-02").unwrap().evaluate(&facts);
    assert_eq!(evaluation.status, Status::Unknown);
}

#[test]
fn a_share_just_below_a_threshold_is_not_shown_as_the_threshold() {
    let mut facts = Facts::default();
    facts.know("notifications.timelyRatio", FactValue::Float(0.98999), Vec::new());
    let evaluation = rubric().criterion("NOT-02").unwrap().evaluate(&facts);
    assert_eq!(evaluation.status, Status::Fail);
    assert!(evaluation.reason.starts_with("98.9 %"), "{}", evaluation.reason);
}

/// Values that sit on and around the thresholds, so that statuses vary.
fn any_value(example: &FactValue) -> BoxedStrategy<FactValue> {
    match example {
        FactValue::Bool(_) => any::<bool>().prop_map(FactValue::Bool).boxed(),
        FactValue::Int(_) => prop_oneof![Just(0), Just(1), -5_i64..400, Just(i64::MAX)]
            .prop_map(FactValue::Int)
            .boxed(),
        FactValue::Float(_) => {
            prop_oneof![Just(0.0), Just(1.0), 0.8_f64..1.0].prop_map(FactValue::Float).boxed()
        }
        FactValue::Text(_) => prop_oneof![Just(""), Just("critical"), Just("x")]
            .prop_map(|text| FactValue::Text(text.into()))
            .boxed(),
        FactValue::List(_) => {
            prop::collection::vec("[a-z]{1,3}", 0..3).prop_map(FactValue::List).boxed()
        }
    }
}

/// A criterion by index, facts it needs, and which of them are taken away.
fn case() -> impl Strategy<Value = (usize, Facts, Vec<bool>)> {
    let needs: Vec<Vec<(String, FactValue)>> = rubric()
        .criteria()
        .iter()
        .map(|criterion| {
            let known = |facts: &Facts| -> Vec<(String, FactValue)> {
                facts
                    .iter()
                    .filter_map(|(name, fact)| match fact {
                        Fact::Known { value, .. } => Some((name.to_owned(), value.clone())),
                        Fact::Unknown { .. } => None,
                    })
                    .collect()
            };
            known(&criterion.examples.pass)
        })
        .collect();
    (0..needs.len()).prop_flat_map(move |index| {
        let values: Vec<_> = needs[index]
            .iter()
            .map(|(name, value)| (Just(name.clone()), any_value(value)))
            .collect();
        let taken = prop::collection::vec(any::<bool>(), values.len());
        (Just(index), values, taken).prop_map(|(index, values, taken)| {
            let mut facts = Facts::default();
            for (name, value) in values {
                facts.know(&name, value, Vec::new());
            }
            (index, facts, taken)
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn taking_facts_away_never_clears_a_criterion((index, facts, taken) in case()) {
        let rubric = rubric();
        let criterion = &rubric.criteria()[index];
        let whole = criterion.evaluate(&facts).status;
        let mut fewer = Facts::default();
        for ((name, fact), taken) in facts.iter().zip(taken) {
            if let (Fact::Known { value, evidence }, false) = (fact, taken) {
                fewer.know(name, value.clone(), evidence.clone());
            }
        }
        let partial = criterion.evaluate(&fewer).status;
        if partial != Status::Unknown {
            prop_assert_eq!(partial, whole, "{} without some facts", criterion.id);
        }
    }

    #[test]
    fn full_facts_are_always_decided((index, facts, _) in case()) {
        let rubric = rubric();
        let criterion = &rubric.criteria()[index];
        let evaluation = criterion.evaluate(&facts);
        // A message may overflow on absurd numbers; the status never depends on it.
        prop_assert_ne!(evaluation.status, Status::Unknown, "{}: {}", criterion.id, evaluation.reason);
    }
}
