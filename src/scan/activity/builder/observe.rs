//! Whoever wants to see every request as it is counted.

use std::{fmt, sync::Arc};

use crate::{
    model::{
        activity::{ObservedAction, Trace},
        location::Location,
    },
    scan::activity::request::{Authorisation, Request, decode},
};

/// Is shown every request once: not its stages, and no event again that was counted.
///
/// Files are read in their order, and what stands in one is shown in its order as long as
/// one thread reads it.
#[derive(Clone, Copy)]
pub struct Observer(pub &'static (dyn Fn(ObservedAction) + Sync));

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer")
    }
}

impl PartialEq for Observer {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::addr_eq(self.0, other.0)
    }
}

impl Eq for Observer {}

impl Observer {
    /// Shows a request that stands in `path`.
    pub(super) fn see(self, request: &Request<'_>, path: &Arc<str>) {
        let Some(action) = decode(&request.key) else { return };
        let user_agent = request.user_agent.as_deref().map(Into::into);
        (self.0)(ObservedAction {
            actor: request.actor.to_string(),
            groups: request.groups.as_deref().and_then(|list| serde_json::from_str(list).ok()),
            action,
            object: request.one_object().map(str::to_owned),
            outcome: request.outcome.into(),
            authorised: request.authorised != Authorisation::NotShown,
            grant: request.grant.as_deref().map(str::to_owned),
            time: request.time,
            changes: request.trace.is_some(),
            trace: request.kept_trace().unwrap_or_else(|| Trace { user_agent, ..Trace::default() }),
            place: Location {
                path: path.clone(),
                line: u32::try_from(request.line).ok(),
                column: None,
                object: None,
            },
        });
    }
}
