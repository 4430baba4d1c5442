//! Paths that go on in the other plane.
//!
//! Each engine ends a path at an identity of the other plane. From there the other
//! engine's paths are the rest of it: the shortest to each end is kept, and an end
//! is gone on from once, so that circles end.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    capability::{Reach, RiskClass},
    path::{Hop, Path, PathTarget},
};

/// Ends that are gone on from.
const ENDS: usize = 256;

/// What stands behind a role.
#[derive(Debug, Clone)]
pub struct Beyond {
    /// The step over to the other plane, if it takes one.
    pub over: Option<Hop>,
    /// What is reached there.
    pub reach: Reach,
    /// The end where that is an administrator's.
    pub as_admin: Option<PathTarget>,
}

impl Beyond {
    /// Its paths, the step over included.
    #[must_use]
    pub fn whole_paths(self) -> Vec<Path> {
        let Self { over, reach, .. } = self;
        let whole = |rest: Path| Path {
            target: rest.target,
            hops: over.iter().cloned().chain(rest.hops).collect(),
        };
        reach.paths.into_iter().map(whole).collect()
    }
}

/// The paths that begin as one of `first` does and end beyond its end: the shortest
/// to each end, where it is not one of `first`. `ask` tells what is behind a role.
#[must_use]
pub fn onward(first: &[Path], ask: &mut dyn FnMut(&str) -> Vec<Beyond>) -> Vec<Path> {
    let mut found: BTreeMap<PathTarget, Path> = BTreeMap::new();
    for path in first {
        keep(&mut found, path.clone());
    }
    let mut gone: BTreeSet<PathTarget> = BTreeSet::new();
    while gone.len() < ENDS {
        let next = found
            .values()
            .filter(|path| matches!(path.target, PathTarget::AwsRole(_)))
            .filter(|path| !gone.contains(&path.target))
            .min_by(|a, b| cost(a).cmp(&cost(b)).then_with(|| a.cmp(b)))
            .cloned();
        let Some(Path { target: PathTarget::AwsRole(role), hops }) = next else { break };
        for beyond in ask(&role) {
            let mut hops = hops.clone();
            hops.extend(beyond.over);
            let is_admin =
                beyond.reach.risks.iter().any(|risk| risk.class == RiskClass::AdminEquivalent);
            if let Some(target) = beyond.as_admin.filter(|_| is_admin) {
                keep(&mut found, Path { target, hops: hops.clone() });
            }
            for rest in beyond.reach.paths {
                let mut hops = hops.clone();
                hops.extend(rest.hops);
                keep(&mut found, Path { target: rest.target, hops });
            }
        }
        gone.insert(PathTarget::AwsRole(role));
    }
    found.into_values().filter(|path| !first.contains(path)).collect()
}

/// The certain before the possible, the shorter before the longer.
fn cost(path: &Path) -> (bool, usize) {
    (!path.is_certain(), path.hops.len())
}

fn keep(found: &mut BTreeMap<PathTarget, Path>, path: Path) {
    match found.get_mut(&path.target) {
        Some(known) if (cost(known), &*known) <= (cost(&path), &path) => {}
        Some(known) => *known = path,
        None => drop(found.insert(path.target.clone(), path)),
    }
}
