//! One principal's counts, as they leave the builder and come back.

use super::{ActionState, PrincipalState};
use crate::{
    model::activity::{LogOrigin, Rows},
    scan::activity::{
        builder::{
            Caps,
            part::{ActionPart, PrincipalHead, PrincipalPart},
        },
        request::{decode, encode_key},
    },
};

impl PrincipalState {
    /// All of it, in a fixed order.
    pub(crate) fn into_part(mut self, name: Box<str>, cluster: Option<LogOrigin>) -> PrincipalPart {
        self.changes.settle(self.changes.len());
        let mut actions: Vec<ActionPart> = self
            .actions
            .into_iter()
            .filter_map(|(key, state)| {
                let ActionState { record, received, answered, named: _ } = state;
                Some(ActionPart { key: decode(&key)?, record, received, answered })
            })
            .collect();
        actions.sort_by(|one, other| one.key.cmp(&other.key));
        let head = PrincipalHead {
            window: self.window,
            beyond: self.beyond,
            groups: self.groups,
            impersonated_by: self.impersonated_by,
            user_agents: self.user_agents,
            grants: self.grants,
            failed_open: self.failed_open,
            changes_beyond: self.changes.beyond(),
        };
        PrincipalPart {
            name,
            cluster,
            head,
            actions,
            changes: self.changes.iter().cloned().collect(),
        }
    }

    /// What [`PrincipalState::into_part`] made, within `caps`.
    pub(crate) fn of_part(part: PrincipalPart, caps: Caps) -> Self {
        let PrincipalHead {
            window,
            beyond,
            groups,
            impersonated_by,
            user_agents,
            grants,
            failed_open,
            changes_beyond,
        } = part.head;
        let mut changes = Rows::default();
        changes.omit(changes_beyond);
        for row in part.changes {
            changes.add(row, caps.changes_per_principal);
        }
        let mut state = Self {
            window,
            beyond,
            groups,
            impersonated_by,
            user_agents,
            grants,
            failed_open,
            changes,
            ..Self::default()
        };
        for ActionPart { key, record, received, answered } in part.actions {
            state.action(&encode_key(&key), caps, |action| {
                action.record.merge(record);
                action.received += received;
                action.answered += answered;
            });
        }
        state
    }
}
