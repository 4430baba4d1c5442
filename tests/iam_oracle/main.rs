//! gradus against an independent simulator of IAM: `docs/live-tests.md`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot be set up must stop"
)]
#![allow(clippy::print_stderr, reason = "a run says its seed, its figures and what it left out")]

#[path = "../support/iam_case.rs"]
mod iam_case;
#[path = "../support/iam_generate.rs"]
mod iam_generate;
#[path = "../support/iam_recorded.rs"]
mod iam_recorded;
#[path = "../support/random.rs"]
mod random;

mod decisions;
mod simulator;
