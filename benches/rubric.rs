//! What the rubric costs at start-up: a whole assessment of the samples has 50 ms.

#![expect(clippy::expect_used, reason = "a benchmark without its data has nothing to measure")]

use std::hint::black_box;

use gradus::{model::fact::Facts, rubric::Rubric};

fn main() {
    divan::main();
}

/// Reading the embedded data.
#[divan::bench]
fn load() -> Rubric {
    Rubric::embedded().expect("the embedded rubric loads")
}

/// Reading it, compiling every expression and judging one agent.
#[divan::bench]
fn load_and_judge_one_agent() {
    let rubric = Rubric::embedded().expect("the embedded rubric loads");
    for criterion in rubric.criteria() {
        black_box(criterion.evaluate(&criterion.examples.fail));
        black_box(criterion.evaluate(&criterion.examples.pass));
    }
}

/// Judging one more agent: everything is compiled by then.
#[divan::bench]
fn judge_another_agent(bencher: divan::Bencher<'_, '_>) {
    let rubric = Rubric::embedded().expect("the embedded rubric loads");
    let facts: Vec<&Facts> =
        rubric.criteria().iter().map(|criterion| &criterion.examples.pass).collect();
    bencher.bench_local(|| {
        for (criterion, facts) in rubric.criteria().iter().zip(&facts) {
            black_box(criterion.evaluate(facts));
        }
    });
}
