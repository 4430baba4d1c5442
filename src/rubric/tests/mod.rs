//! Claims about the rubric that gradus ships, and about how any rubric is read.

mod catalogue;
mod data;
mod evaluation;
mod expressions;
mod folders;
mod pages;

use std::sync::LazyLock;

use super::Rubric;

/// The rubric that gradus ships.
fn rubric() -> &'static Rubric {
    static RUBRIC: LazyLock<Rubric> =
        LazyLock::new(|| Rubric::embedded().expect("the embedded rubric loads"));
    &RUBRIC
}
