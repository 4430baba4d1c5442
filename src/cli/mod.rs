//! Commands: arguments in, calls, output. No decision of the domain stands here.

pub mod explain;
pub mod rubric;
