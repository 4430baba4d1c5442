use std::collections::{BTreeMap, BTreeSet};

use super::rubric;
use crate::{
    model::{fact::Facts, finding::Severity, status::Status},
    rubric::{criterion::Mode, embedded},
};

#[test]
fn the_embedded_rubric_is_sound() {
    let problems: Vec<String> = rubric().check().iter().map(ToString::to_string).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn there_are_sixty_criteria_two_of_them_for_every_level() {
    let rubric = rubric();
    let mut by_level: BTreeMap<u8, usize> = BTreeMap::new();
    for criterion in rubric.criteria() {
        *by_level.entry(criterion.rung.number()).or_default() += 1;
    }
    assert_eq!(rubric.criteria().len(), 60);
    assert_eq!(by_level.into_values().collect::<Vec<_>>(), [2, 15, 13, 12, 10, 8]);
}

#[test]
fn nineteen_criteria_are_critical_and_one_only_advises() {
    let rubric = rubric();
    let count = |severity| {
        rubric.criteria().iter().filter(|criterion| criterion.severity == severity).count()
    };
    assert_eq!(
        [Severity::Critical, Severity::High, Severity::Medium, Severity::Low, Severity::Info]
            .map(count),
        [19, 32, 8, 0, 1]
    );
}

#[test]
fn most_criteria_are_decided_on_evidence() {
    let rubric = rubric();
    let count = |mode| rubric.criteria().iter().filter(|criterion| criterion.mode == mode).count();
    assert_eq!([Mode::Automatic, Mode::Both, Mode::Attested].map(count), [42, 16, 2]);
}

#[test]
fn administrator_and_self_escalation_cap_at_nothing_and_own_bounds_at_three() {
    let caps: BTreeMap<String, u8> = rubric()
        .criteria()
        .iter()
        .filter_map(|criterion| Some((criterion.id.clone(), criterion.cap?)))
        .collect();
    let expected =
        [("LP-02", 0), ("LP-03", 0), ("POL-04", 3)].map(|(id, cap)| (id.to_owned(), cap));
    assert_eq!(caps, BTreeMap::from(expected));
}

#[test]
fn every_example_of_every_criterion_holds() {
    for criterion in rubric().criteria() {
        let pass = criterion.evaluate(&criterion.examples.pass);
        assert_eq!(pass.status, Status::Pass, "{}: {}", criterion.id, pass.reason);
        let fail = criterion.evaluate(&criterion.examples.fail);
        assert_eq!(fail.status, Status::Fail, "{}: {}", criterion.id, fail.reason);
        assert_ne!(fail.reason, criterion.fallback_reason(), "{}", criterion.id);
        if let Some(facts) = &criterion.examples.not_applicable {
            let status = criterion.evaluate(facts).status;
            assert_eq!(status, Status::NotApplicable, "{}", criterion.id);
        }
    }
}

#[test]
fn nothing_is_decided_without_facts() {
    for criterion in rubric().criteria() {
        let evaluation = criterion.evaluate(&Facts::default());
        assert_eq!(evaluation.status, Status::Unknown, "{}", criterion.id);
        assert!(!evaluation.missing.is_empty(), "{} says what it misses", criterion.id);
    }
}

#[test]
fn every_dimension_and_every_framework_is_used() {
    let rubric = rubric();
    let dimensions: BTreeSet<&str> =
        rubric.criteria().iter().map(|criterion| criterion.dimension.as_str()).collect();
    let informed: BTreeSet<&str> = rubric
        .criteria()
        .iter()
        .flat_map(|criterion| &criterion.informs)
        .map(|informs| informs.framework.as_str())
        .collect();
    assert_eq!(rubric.dimensions().len(), 12);
    assert!(rubric.dimensions().iter().all(|dimension| dimensions.contains(dimension.id.as_str())));
    assert!(rubric.frameworks().iter().all(|framework| informed.contains(framework.id.as_str())));
}

#[test]
fn each_level_asks_for_the_dwell_time_that_its_record_criterion_names() {
    let rubric = rubric();
    let asked = |id: &str, fact: &str, days: u32| {
        let criterion = rubric.criterion(id).expect("a record criterion");
        assert!(
            criterion.expression.text().contains(&format!("{fact} >= {days}")),
            "{id} asks for {days} days"
        );
    };
    let days: Vec<u32> = rubric.levels().iter().filter_map(|level| level.dwell_days).collect();
    assert_eq!(days, [14, 30, 56, 90]);
    for (index, id) in ["TRK-01", "TRK-02", "TRK-03", "TRK-05"].into_iter().enumerate() {
        asked(id, &format!("record.daysAtLevel{}", index + 1), days[index]);
    }
}

#[test]
fn the_digest_is_that_of_the_embedded_files() {
    let digest = rubric().digest();
    assert_eq!(digest, embedded::digest());
    assert_eq!(digest.len(), "sha256:".len() + 64);
    assert!(embedded::files().is_sorted());
}
