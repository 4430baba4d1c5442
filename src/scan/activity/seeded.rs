//! Quick hashing that logs cannot make collide.

use std::hash::{BuildHasher, RandomState};

use rustc_hash::{FxHasher, FxSeededState};

/// Hashes from a seed of its own, which whoever writes into a log cannot know.
#[derive(Clone)]
pub(super) struct Seeded(FxSeededState);

impl Default for Seeded {
    fn default() -> Self {
        Self(FxSeededState::with_seed(RandomState::new().hash_one(0) as usize))
    }
}

impl BuildHasher for Seeded {
    type Hasher = FxHasher;

    #[inline]
    fn build_hasher(&self) -> FxHasher {
        self.0.build_hasher()
    }
}

impl std::fmt::Debug for Seeded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seeded")
    }
}
