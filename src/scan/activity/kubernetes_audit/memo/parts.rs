//! What was found out about the parts of one log, on its way to builders.
//!
//! Parts that were read side by side are handed on side by side: each principal falls to
//! one builder, which gets what all parts know of it, and no builder waits for another.

use rayon::iter::{IndexedParallelIterator, IntoParallelRefMutIterator, ParallelIterator};

use super::{
    Memo,
    kinds::{Kind, Sums},
    rows::Rows,
    text_of,
};
use crate::scan::activity::{
    builder::{Caps, PlaneBuilder},
    kubernetes_audit::Path,
    table::Table,
};

/// The parts of one log, all of them read.
#[derive(Debug)]
pub(in crate::scan::activity::kubernetes_audit) struct Parts {
    parts: Vec<Part>,
    /// The names of the principals of all of them.
    principals: Table,
    /// To which builder each principal falls, and how many builders there are.
    falls_to: Vec<usize>,
    builders: usize,
}

#[derive(Debug)]
struct Part {
    memo: Memo,
    /// The numbers of its principals among those of all.
    principals: Vec<usize>,
    /// By the number of a kind in the first part, its number here; and which kinds of this
    /// one have a number there.
    same: Vec<Option<u32>>,
    known: Vec<bool>,
}

impl Parts {
    /// Hands on what these know of one log, each principal to one of the builders.
    pub(in crate::scan::activity::kubernetes_audit) fn hand_on(
        memos: Vec<Memo>,
        builders: &mut [PlaneBuilder],
        path: &Path,
    ) {
        let Some(caps) = builders.first().map(PlaneBuilder::caps) else { return };
        let mut all = Self::new(memos, builders.len(), caps);
        // Each has a path of its own: to count who holds one costs more where several do.
        let mut own: Vec<_> =
            builders.iter_mut().map(|builder| (builder, Path::from(&**path))).collect();
        own.par_iter_mut().enumerate().for_each(|(number, (builder, path))| {
            all.hand_on_rows(number, builder, path);
        });
        for part in &mut all.parts {
            part.memo.rows = Rows::default();
        }
        own.par_iter_mut().enumerate().for_each(|(number, (builder, path))| {
            (0..all.parts.len()).for_each(|at| all.hand_on_kinds(at, number, builder, path));
            // Their other halves may be in any part; where they meet, all builders share.
            for part in all.parts.iter().skip(number).step_by(all.builders) {
                let name_of = |number| all.name(part, number);
                part.memo.hand_on_halves_of(name_of, builder, path);
            }
        });
    }

    fn new(mut memos: Vec<Memo>, builders: usize, caps: Caps) -> Self {
        memos.par_iter_mut().for_each(|memo| memo.named.settle(&mut memo.kinds));
        let mut principals = Table::default();
        let mut parts: Vec<Part> = Vec::new();
        for memo in memos {
            let names = memo.rows.principals();
            let numbers = names.map(|name| principals.add(name.as_bytes())).collect();
            parts.push(Part { memo, principals: numbers, same: Vec::new(), known: Vec::new() });
        }
        let rows = parts.iter_mut().map(|part| (&mut part.memo.rows, part.principals.as_slice()));
        Rows::prune_together(&mut rows.collect::<Vec<_>>(), &principals, caps);
        if let Some((first, others)) = parts.split_first_mut() {
            others.par_iter_mut().for_each(|other| other.know(&first.memo));
        }
        let falls_to = Vec::new();
        let all = Self { parts, principals, falls_to, builders };
        Self { falls_to: all.shared_out(), ..all }
    }

    /// To which builder each principal falls: those with the most kinds first, each to the
    /// builder that has the fewest.
    fn shared_out(&self) -> Vec<usize> {
        let mut kinds = vec![0_u64; self.principals.len()];
        for part in &self.parts {
            for (kind, _) in part.memo.kinds.iter() {
                if let Some(kinds) = part.principal(kind).and_then(|number| kinds.get_mut(number)) {
                    *kinds += 1;
                }
            }
        }
        let mut order: Vec<_> = kinds.into_iter().enumerate().collect();
        order.sort_by_key(|&(_, kinds)| std::cmp::Reverse(kinds));
        let mut loads = vec![0; self.builders];
        let mut falls_to = vec![0; order.len()];
        for (principal, kinds) in order {
            let least = loads.iter_mut().enumerate().min_by_key(|(_, load)| **load);
            if let (Some((builder, load)), Some(falls_to)) = (least, falls_to.get_mut(principal)) {
                *load += kinds;
                *falls_to = builder;
            }
        }
        falls_to
    }

    fn falls_to(&self, principal: Option<usize>, builder: usize) -> bool {
        let found = principal.and_then(|number| self.falls_to.get(number));
        found.copied().unwrap_or_default() == builder
    }

    fn hand_on_rows(&self, number: usize, builder: &mut PlaneBuilder, path: &Path) {
        let mut counts = vec![(0, 0); self.principals.len()];
        for part in &self.parts {
            for (&principal, (held, left_out)) in
                part.principals.iter().zip(part.memo.rows.counts())
            {
                if let Some(counts) = counts.get_mut(principal) {
                    counts.0 += held;
                    counts.1 += left_out;
                }
            }
        }
        for (principal, (held, left_out)) in counts.into_iter().enumerate() {
            if self.falls_to(Some(principal), number) && (held, left_out) != (0, 0) {
                builder.expect_rows(text_of(self.principals.get(principal)), held, left_out);
            }
        }
        for part @ Part { memo, .. } in &self.parts {
            for (row, id, name) in memo.rows.iter() {
                let principal = part.principals.get(row.principal as usize).copied();
                if self.falls_to(principal, number)
                    && let Some((kind, rest)) = memo.kinds.get(row.kind as usize)
                {
                    let request = memo.request(kind.key, rest, row.time, row.line, name, id);
                    builder.row(&request, path);
                }
            }
        }
    }

    /// What a principal of a part is called.
    fn name(&self, part: &Part, number: usize) -> &str {
        let principal = part.principals.get(number);
        principal.map_or("", |&number| text_of(self.principals.get(number)))
    }

    /// Hands on the kinds of a part, but for those that the first part knows: they are handed
    /// on with what all parts have summed of them.
    fn hand_on_kinds(&self, at: usize, number: usize, builder: &mut PlaneBuilder, path: &Path) {
        let Some(part) = self.parts.get(at) else { return };
        for (place, (kind, rest)) in part.memo.kinds.iter().enumerate() {
            if part.is_known(place) || !self.falls_to(part.principal(kind), number) {
                continue;
            }
            let Some(mut sums) = part.memo.kinds.sums(place, self.builders == 1) else { continue };
            let others = self.parts.iter().filter(|_| at == 0);
            for same in others.filter_map(|other| other.same(place)) {
                sums.add(same);
            }
            if sums.count > 0 {
                part.memo.hand_on_kind(kind, rest, sums, builder, path);
            }
        }
    }
}

impl Part {
    /// Finds the kinds that the first part knows as well.
    fn know(&mut self, first: &Memo) {
        let actions = self.memo.actions.numbers_in(&first.actions);
        let numbers = self.memo.texts.numbers_in(&first.texts, actions);
        self.same = vec![None; first.kinds.len()];
        self.known = vec![false; self.memo.kinds.len()];
        for (number, (kind, _)) in self.memo.kinds.iter().enumerate() {
            let key = numbers.key(kind.key);
            if let Some(there) = key.and_then(|key| first.kinds.find(&key))
                && let (Some(same), Some(known)) =
                    (self.same.get_mut(there), self.known.get_mut(number))
            {
                (*same, *known) = (Some(number as u32), true);
            }
        }
    }

    /// Whether the first part knows the kind of a number as well.
    fn is_known(&self, kind: usize) -> bool {
        self.known.get(kind).copied().unwrap_or_default()
    }

    /// What is summed of the kind of a number of the first part.
    fn same(&self, kind: usize) -> Option<Sums> {
        self.memo.kinds.sums(self.same.get(kind).copied().flatten()? as usize, false)
    }

    /// The principal of a kind, among those of all parts.
    fn principal(&self, kind: &Kind) -> Option<usize> {
        let who = self.memo.texts.who(kind.key.identity)?;
        self.principals.get(who.principal).copied()
    }
}
