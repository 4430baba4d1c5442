//! Where one plane leads into the other: as whom an AWS principal is known in a
//! cluster, and what the rights at the end of a way look like from its start.
//!
//! Nothing here judges rights: each plane's engine does. A way only says who an
//! identity is over there, by which entry, and where that stands.

mod aws_auth;
mod caller;
mod way;

#[cfg(test)]
mod tests;

pub use aws_auth::{Known, KnownAs, known_as};
pub use way::Way;
