//! JSON that is checked in full and hardly read.
//!
//! A log of gigabytes is mostly bodies and labels that nobody asks for. What is not
//! asked for must be well-formed all the same, since half a line is no evidence, but it
//! needs no values. A [`Cursor`] goes over text without copying, hands out what is
//! asked for as it stands there, and passes over the rest at the speed of memory.
//!
//! Contract: whatever it takes, serde_json takes, with the same ends. It takes nothing
//! with white space between tokens, and nothing that is not UTF-8 if
//! [`Cursor::is_ascii`] is asked; what it does not take is left to a reader that can
//! say what is wrong.

mod cursor;
mod scalar;
mod skip;
#[cfg(test)]
mod tests;
mod wide;

pub use cursor::{Cursor, Raw};
#[cfg(target_arch = "x86_64")]
pub use wide::{Avx2, Avx512};
pub use wide::{Portable, Task, Wide, widest};
