//! What logs show.

/// Actions of all principals, counted.
#[derive(Debug, Clone, Default)]
pub struct Activity {}
