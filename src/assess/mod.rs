//! The judge: facts, criteria, levels, verdict, advice, roll-up.

pub mod assessment;
