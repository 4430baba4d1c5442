//! Claims about the rubric that gradus ships.

use super::*;
use crate::model::status::Status;

fn rubric() -> Rubric {
    Rubric::embedded().expect("the embedded rubric loads")
}

#[test]
fn every_example_of_every_criterion_holds() {
    for criterion in rubric().criteria() {
        let pass = criterion.evaluate(&criterion.examples.pass);
        assert_eq!(pass.status, Status::Pass, "{}: {}", criterion.id, pass.reason);
        let fail = criterion.evaluate(&criterion.examples.fail);
        assert_eq!(fail.status, Status::Fail, "{}: {}", criterion.id, fail.reason);
        assert_eq!(
            criterion.applies_when.is_some(),
            criterion.examples.not_applicable.is_some(),
            "{} has an example for which it does not apply, if there is any",
            criterion.id
        );
        if let Some(facts) = &criterion.examples.not_applicable {
            let evaluation = criterion.evaluate(facts);
            assert_eq!(
                evaluation.status,
                Status::NotApplicable,
                "{}: {}",
                criterion.id,
                evaluation.reason
            );
        }
    }
}
