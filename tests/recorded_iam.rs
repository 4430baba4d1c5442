//! What an independent simulator of IAM answered, asked again of gradus without
//! it, and what must hold of every such request. `docs/live-tests.md` tells how the
//! recording comes about.

#[path = "support/iam_case.rs"]
mod iam_case;
#[path = "support/iam_generate.rs"]
mod iam_generate;
#[path = "support/iam_recorded.rs"]
mod iam_recorded;
#[path = "support/random.rs"]
mod random;

use gradus::{
    model::{aws::pattern, capability::Capability},
    privilege::iam::{Evaluator, covers_action},
};
use iam_case::{Answer, Case, KEYS};
use random::Random;

#[test]
fn every_recorded_decision_is_taken_as_the_simulator_takes_it() {
    let (mut asked, mut allowed, mut open) = (0, 0, 0);
    for (case, answers) in iam_recorded::read() {
        for (index, (decision, theirs)) in case.decisions(&[]).iter().zip(&answers).enumerate() {
            let ours = Answer::from(decision);
            asked += 1;
            allowed += usize::from(*theirs == Answer::Allowed);
            open += usize::from(ours == Answer::Open);
            assert!(
                ours == Answer::Open || ours == *theirs,
                "they say {theirs:?}, gradus {decision:?}: {:#?}",
                case.only(index)
            );
        }
    }
    assert!(asked >= 2_500, "{asked} recorded decisions");
    assert!(allowed * 10 >= asked && open * 8 <= asked, "{allowed} allowed, {open} open");
}

#[test]
fn every_disagreement_is_decided_as_aws_documents_it() {
    let known = iam_recorded::disagreements();
    assert!(!known.is_empty());
    for one in known {
        assert_ne!(one.ours, one.theirs, "{}: no disagreement", one.id);
        assert!(one.source.starts_with("https://docs.aws.amazon.com/"), "{}", one.id);
        assert!(one.why.len() > 40, "{}: why?", one.id);
        let decision = &one.case.decisions(&[])[0];
        assert_eq!(Answer::from(decision), one.ours, "{}: {decision:?}", one.id);
    }
}

fn random_cases(seed: u64) -> Vec<Case> {
    let mut random = Random::new(seed);
    (0..80).map(|_| iam_generate::case(&mut random)).collect()
}

#[test]
fn what_is_withheld_never_turns_an_answer_into_its_opposite() {
    let mut random = Random::new(7);
    let mut opened = 0;
    for case in random_cases(4_711) {
        let full = case.decisions(&[]);
        for _ in 0..3 {
            let withheld = random.some(&KEYS, 1, KEYS.len() - 1);
            for (index, (told, full)) in case.decisions(&withheld).iter().zip(&full).enumerate() {
                let (part, whole) = (Answer::from(told), Answer::from(full));
                opened += usize::from(part != whole);
                assert!(
                    part == Answer::Open || part == whole,
                    "without {withheld:?} {told:?}, with all {full:?}: {:#?}",
                    case.only(index)
                );
            }
        }
    }
    assert!(opened > 100, "{opened} answers were opened");
}

/// Whether a row tells of a resource. A scope is a set of patterns with exceptions,
/// written out.
fn tells_of(row: &Capability, resource: &str) -> bool {
    row.scope.ends_with(" more")
        || row.scope.split(", ").any(|part| {
            let (all, except) = part.split_once(" except ").unwrap_or((part, ""));
            all.split(" & ").all(|pattern| pattern::matches(pattern, resource))
                && !except.split('|').any(|p| !p.is_empty() && pattern::matches(p, resource))
        })
}

#[test]
fn the_rows_of_a_reach_cover_whatever_a_decision_allows() {
    let mut covered = 0;
    for case in random_cases(815) {
        let account = case.account();
        let evaluator = Evaluator::new(&account, iam_case::rules());
        let reach = evaluator.reach(&case.arn());
        for (index, asked) in case.requests.iter().enumerate() {
            let decision = case.decide(&evaluator, asked, &[]);
            // What can never be asked of AWS is no row: the action knows no such resource.
            let known = iam_case::rules().action(&asked.action.to_ascii_lowercase());
            let possible = known.is_none_or(|known| known.may_act_on(&asked.resource));
            if Answer::from(&decision) != Answer::Allowed || !possible {
                continue;
            }
            covered += 1;
            let told = reach
                .capabilities
                .iter()
                .any(|row| covers_action(row, &asked.action) && tells_of(row, &asked.resource));
            assert!(
                told,
                "{decision:?} is told by none of {:#?}: {:#?}",
                reach.capabilities.iter().map(|row| (&row.action, &row.scope)).collect::<Vec<_>>(),
                case.only(index)
            );
        }
    }
    assert!(covered > 80, "{covered} allowed requests");
}
