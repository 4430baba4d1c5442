//! One plane's counts, as they leave the builder and come back; and events that are
//! kept apart from them.

use std::{collections::BTreeMap, sync::Arc};

use super::{PlaneBuilder, sorted};
use crate::scan::activity::builder::{
    Caps, RequestId, Seen, Shared, actor,
    held::HeldEvents,
    open::Started,
    part::{CountsPart, HeldEvent, PlanePart, PrincipalPart, sparse},
    state::PrincipalState,
};

impl PlaneBuilder {
    /// Whether the event of this id, which stands at `line` of `path`, was counted
    /// already. If not, what is counted from here to [`PlaneBuilder::end`] belongs to it.
    pub(crate) fn is_repeated(
        &mut self,
        id: RequestId,
        seen: &mut Shared,
        (path, line): (&Arc<str>, u64),
    ) -> bool {
        if self.caps.held_events > 0 {
            self.end();
            let nth = match self.held_last {
                Some((last, nth)) if last == line => nth + 1,
                _ => 0,
            };
            self.held_last = Some((line, nth));
            let (path, counts) = (path.clone(), Box::default());
            let event = HeldEvent { id, path, line, nth, events: 0, counts };
            let inner = Self::new(self.caps);
            let around = std::mem::replace(self, inner);
            self.around = Some(Box::new((event, around)));
            return false;
        }
        match seen.note(id, self.caps.event_ids) {
            Seen::First => false,
            Seen::Again => {
                self.summary.repeated += 1;
                true
            }
            Seen::Unknown => {
                self.summary.repeats_unseen = true;
                false
            }
        }
    }

    /// Ends an event that may stand in several files.
    pub(crate) fn end(&mut self) {
        let Some(around) = self.around.take() else { return };
        let (mut event, around) = *around;
        let counts = std::mem::replace(self, around).into_counts();
        event.events = counts.log.events;
        match sparse(&counts) {
            // What is no event is told of its file at once.
            Ok(text) if event.events > 0 && counts.log.defects.total() == 0 => {
                event.counts = text.to_string().into_boxed_str();
                self.hold_event(event);
            }
            Ok(_) | Err(_) => self.count_part(counts),
        }
    }

    /// Adds events that another part held.
    pub(super) fn hold_events(&mut self, events: HeldEvents) {
        self.raise(events.zeros());
        for event in events.into_events() {
            self.hold_event(event);
        }
    }

    /// Events that were read and are not counted yet.
    pub(crate) fn held_events(&self) -> u64 {
        self.held.events()
    }

    fn hold_event(&mut self, event: HeldEvent) {
        let given_up = self.held.add(event, self.caps.held_events);
        self.count_given_up(given_up);
    }

    fn raise(&mut self, zeros: u32) {
        let given_up = self.held.raise(zeros);
        self.count_given_up(given_up);
    }

    fn count_given_up(&mut self, events: Vec<HeldEvent>) {
        self.summary.repeats_unseen |= !events.is_empty();
        for event in events {
            self.count_event(&event);
        }
    }

    /// Counts every event that is held, once.
    pub(super) fn count_held(&mut self) {
        for (event, more) in std::mem::take(&mut self.held).into_firsts() {
            self.summary.repeated += more;
            self.count_event(&event);
        }
    }

    fn count_event(&mut self, event: &HeldEvent) {
        // It was written by `end`, or looked at when it was read.
        if let Ok(mut counts) = serde_json::from_str::<CountsPart>(&event.counts) {
            if let Some(window) = counts.log.window {
                counts.log.ends.note(&event.path, window.last);
            }
            self.count_part(counts);
        }
    }

    fn count_part(&mut self, counts: CountsPart) {
        self.settle_day();
        self.summary.merge(counts.log);
        self.beyond += counts.beyond;
        for part in counts.principals {
            self.count_principal(part);
        }
        for open in counts.open {
            for (path, request) in open.starts {
                self.hold(open.id, Box::new(Started { request, path }));
            }
            for _ in 0..open.ends {
                self.hold_end(open.id);
            }
        }
    }

    fn count_principal(&mut self, part: PrincipalPart) {
        let cluster = part.cluster.clone().and_then(actor::bounded);
        let key = actor::key(&part.name, cluster.as_ref()).into_owned();
        let theirs = PrincipalState::of_part(part, self.caps);
        self.keyed(&key, |state, caps| state.merge(theirs, caps));
    }

    /// Everything it holds, its bounds in force.
    pub(crate) fn into_part(mut self) -> PlanePart {
        self.end();
        let zeros = self.held.zeros();
        let events = std::mem::take(&mut self.held).into_events().collect();
        PlanePart { counts: self.into_counts(), zeros, events }
    }

    /// What is counted or open, without what is held.
    fn into_counts(mut self) -> CountsPart {
        self.settle_day();
        self.compact();
        let open = self.open.take().into_parts();
        CountsPart {
            log: self.summary,
            beyond: self.beyond,
            principals: sorted(self.principals)
                .into_iter()
                .map(|(key, state)| {
                    state.into_part(actor::name_of(&key).into(), actor::cluster_of(&key))
                })
                .collect(),
            open,
        }
    }

    /// What [`PlaneBuilder::into_part`] made, within `caps`. Where events are not kept
    /// apart, those that `seen` does not know yet are counted at once, and the others
    /// are counted in `again` by file.
    pub(crate) fn of_part(
        part: PlanePart,
        caps: Caps,
        seen: &mut Shared,
        again: &mut BTreeMap<Arc<str>, u64>,
    ) -> Self {
        let mut builder = Self::new(caps);
        builder.count_part(part.counts);
        builder.raise(part.zeros);
        for event in part.events {
            if caps.held_events > 0 {
                builder.hold_event(event);
                continue;
            }
            match seen.note(event.id, caps.event_ids) {
                Seen::First => builder.count_event(&event),
                Seen::Again => {
                    builder.summary.repeated += 1;
                    *again.entry(event.path).or_default() += event.events;
                }
                Seen::Unknown => {
                    builder.summary.repeats_unseen = true;
                    builder.count_event(&event);
                }
            }
        }
        builder
    }
}
