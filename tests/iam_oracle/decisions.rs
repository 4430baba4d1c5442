//! Random requests, and those on which the simulator is known to say otherwise.

use crate::{
    iam_case::{Answer, Case},
    iam_generate, iam_recorded,
    random::{Random, seed},
    simulator,
};

const CASES: usize = 1_800;
/// Of them so many are recorded.
const RECORDED: usize = 250;

#[test]
fn random_requests_are_decided_as_the_simulator_decides_them() {
    let seed = seed();
    eprintln!("GRADUS_SEED={seed}");
    let mut random = Random::new(seed);
    let cases: Vec<Case> = (0..CASES).map(|_| iam_generate::case(&mut random)).collect();
    let Some(answers) = simulator::ask(&cases) else { return };
    let (mut asked, mut allowed, mut open) = (0, 0, 0);
    let mut wrong = Vec::new();
    for (case, theirs) in cases.iter().zip(&answers) {
        for (index, (decision, theirs)) in case.decisions(&[]).iter().zip(theirs).enumerate() {
            let ours = Answer::from(decision);
            asked += 1;
            allowed += usize::from(*theirs == Answer::Allowed);
            open += usize::from(ours == Answer::Open);
            if ours != Answer::Open && ours != *theirs {
                let case = serde_json::to_string_pretty(&case.only(index)).unwrap();
                wrong.push(format!("they say {theirs:?}, gradus {decision:?}: {case}"));
            }
        }
    }
    eprintln!(
        "{asked} decisions, {allowed} allowed by the simulator, {open} left open by gradus, \
         {} disagreements",
        wrong.len()
    );
    assert!(
        wrong.is_empty(),
        "seed {seed}:\n{}",
        wrong.iter().take(3).cloned().collect::<Vec<_>>().join("\n")
    );
    assert!(asked >= 20_000, "{asked} decisions");
    assert!(allowed * 10 >= asked, "only {allowed} of {asked} are allowed");
    assert!(open * 8 <= asked, "{open} of {asked} are left open");
    if std::env::var("GRADUS_RECORD").is_ok_and(|value| value == "1") {
        iam_recorded::write(seed, &cases[..RECORDED], &answers[..RECORDED]);
    }
}

#[test]
fn every_known_disagreement_still_is_one() {
    let known = iam_recorded::disagreements();
    let cases: Vec<Case> = known.iter().map(|one| one.case.clone()).collect();
    let Some(answers) = simulator::ask(&cases) else { return };
    for (one, theirs) in known.iter().zip(&answers) {
        assert_eq!(*theirs, [one.theirs], "{}: the explanation is out of date", one.id);
    }
}
