//! Sets of names (actions or resources) that patterns describe, without listing
//! them: what all of some patterns match and none of some others does.
//!
//! Where an answer would need more than patterns can tell, it errs on the side
//! of the larger set, so that a right is narrowed but never lost.

use std::{fmt, sync::Arc};

use crate::model::aws::{
    arn::{name_of, resource_of},
    pattern,
};

/// What every pattern of `all` matches and no pattern of `except` does.
/// No pattern in `all` means everything.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Extent {
    /// Each must match.
    pub(super) all: Vec<Arc<str>>,
    /// None may match.
    pub(super) except: Vec<Arc<str>>,
}

impl Extent {
    /// What one pattern matches.
    pub(super) fn of(pattern: Arc<str>) -> Self {
        if &*pattern == "*" {
            Self::default()
        } else {
            Self { all: vec![pattern], except: Vec::new() }
        }
    }

    /// Everything but what these patterns match.
    pub(super) fn all_but(except: Vec<Arc<str>>) -> Self {
        Self { all: Vec::new(), except }
    }

    /// Whether it certainly is everything.
    #[must_use]
    pub(super) fn is_everything(&self) -> bool {
        self.all.is_empty() && self.except.is_empty()
    }

    /// Whether it holds no user, role or group but the one of that ARN: names
    /// are unique in an account, whatever path stands before them.
    #[must_use]
    pub(super) fn is_only(&self, arn: &str) -> bool {
        // `role`, and the name after the last slash: a user and a role may share theirs.
        let named = |text: &str| {
            let (kind, path) = resource_of(text)?.split_once('/')?;
            Some((kind.to_owned(), name_of(path).to_owned()))
        };
        let Some(own) = named(arn).filter(|(_, name)| !pattern::is_wild(name)) else {
            return false;
        };
        self.all.iter().any(|pattern| named(pattern).as_ref() == Some(&own))
    }

    /// Whether `name` is in it.
    #[must_use]
    pub(super) fn contains(&self, name: &str) -> bool {
        self.all.iter().all(|pattern| pattern::matches(pattern, name))
            && !self.except.iter().any(|pattern| pattern::matches(pattern, name))
    }

    /// Whether everything that `wanted` matches is certainly in it.
    #[must_use]
    pub(super) fn covers_pattern(&self, wanted: &str) -> bool {
        self.all.iter().all(|pattern| pattern::covers(pattern, wanted))
            && !self.except.iter().any(|pattern| pattern::overlaps(pattern, wanted))
    }

    /// Whether all of `other` is certainly in it.
    #[must_use]
    pub(super) fn covers(&self, other: &Self) -> bool {
        let inside = |mine: &Arc<str>| other.all.iter().any(|theirs| pattern::covers(mine, theirs));
        let outside = |mine: &Arc<str>| {
            other.all.iter().any(|theirs| !pattern::overlaps(mine, theirs))
                || other.except.iter().any(|theirs| pattern::covers(theirs, mine))
        };
        self.all.iter().all(inside) && self.except.iter().all(outside)
    }

    /// What is in both, if that may be anything.
    #[must_use]
    pub(super) fn and(&self, other: &Self) -> Option<Self> {
        let mut patterns = other.all.iter();
        let mut both = match patterns.next() {
            Some(first) => self.within(first)?,
            None => self.clone(),
        };
        for pattern in patterns {
            both = both.within(pattern)?;
        }
        for pattern in &other.except {
            both = both.without(pattern)?;
        }
        Some(both)
    }

    /// What of it `pattern` matches, if that may be anything.
    fn within(&self, pattern: &Arc<str>) -> Option<Self> {
        if self.all.iter().any(|mine| !pattern::overlaps(mine, pattern))
            || self.except.iter().any(|mine| pattern::covers(mine, pattern))
        {
            return None;
        }
        let mut all = self.all.clone();
        if !all.iter().any(|mine| pattern::covers(pattern, mine)) {
            all.retain(|mine| !pattern::covers(mine, pattern));
            all.push(pattern.clone());
        }
        let relevant = |mine: &&Arc<str>| pattern::overlaps(mine, pattern);
        Some(Self { all, except: self.except.iter().filter(relevant).cloned().collect() })
    }

    /// What of it `pattern` does not match, if that may be anything.
    fn without(&self, pattern: &Arc<str>) -> Option<Self> {
        if &**pattern == "*" || self.all.iter().any(|mine| pattern::covers(pattern, mine)) {
            return None;
        }
        let mut rest = self.clone();
        if self.all.iter().all(|mine| pattern::overlaps(mine, pattern))
            && !self.except.iter().any(|mine| pattern::covers(mine, pattern))
        {
            rest.except.retain(|mine| !pattern::covers(pattern, mine));
            rest.except.push(pattern.clone());
        }
        Some(rest)
    }

    /// What of it is not in `other`, in parts.
    #[must_use]
    pub(super) fn minus(&self, other: &Self) -> Vec<Self> {
        let mut rest = Vec::new();
        // Outside `other` is outside one of its patterns or inside an exception.
        match other.all.as_slice() {
            [] => {}
            [pattern] => rest.extend(self.without(pattern)),
            // Outside an intersection: keep all rather than split it.
            _ => return vec![self.clone()],
        }
        rest.extend(other.except.iter().filter_map(|pattern| self.within(pattern)));
        rest
    }
}

/// What `extents` and `others` have in common, in parts.
pub(super) fn both(extents: &[Extent], others: &[Extent]) -> Vec<Extent> {
    let mut parts = Vec::new();
    for extent in extents {
        // The whole of an extent is one part, however many patterns cover it.
        if others.iter().any(|other| other.covers(extent)) {
            push_new(&mut parts, extent.clone());
            continue;
        }
        for part in others.iter().filter_map(|other| extent.and(other)) {
            push_new(&mut parts, part);
        }
    }
    parts
}

/// What of `extents` is in none of `others`, in parts.
pub(super) fn difference(extents: &[Extent], others: &[Extent]) -> Vec<Extent> {
    let mut rest: Vec<Extent> = extents.to_vec();
    for other in others {
        let mut parts = Vec::with_capacity(rest.len());
        for part in rest.iter().flat_map(|extent| extent.minus(other)) {
            push_new(&mut parts, part);
        }
        rest = parts;
    }
    rest
}

fn push_new(parts: &mut Vec<Extent>, part: Extent) {
    if !parts.contains(&part) {
        parts.push(part);
    }
}

/// Between patterns that must all match.
pub(super) const AND: &str = " & ";
/// Before patterns that must not match.
pub(super) const EXCEPT: &str = " except ";
/// Between these.
pub(super) const OR: &str = "|";

/// `s3:* except s3:Delete*|s3:PutBucketPolicy`.
impl fmt::Display for Extent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.all.is_empty() {
            f.write_str("*")?;
        }
        for (index, pattern) in self.all.iter().enumerate() {
            if index > 0 {
                f.write_str(AND)?;
            }
            f.write_str(pattern)?;
        }
        for (index, pattern) in self.except.iter().enumerate() {
            f.write_str(if index == 0 { EXCEPT } else { OR })?;
            f.write_str(pattern)?;
        }
        Ok(())
    }
}
