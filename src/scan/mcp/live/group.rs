//! A process and all that it started, ended together.

use std::time::Duration;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use tokio::{
    process::Child,
    time::{Instant, sleep},
};

use super::talk::SHUTDOWN;

/// The process and all that it started: a group of its own, ended when this goes.
pub(super) struct Group(Option<Pid>);

impl Group {
    /// That of a process that was started as the first of one.
    pub(super) fn of(child: &Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Self(id.and_then(Pid::from_raw))
    }

    /// Waits until its first process has ended, for a bounded time. The process stays
    /// unreaped, so that its number cannot be another's when the group is ended.
    pub(super) async fn settled(&self) {
        const LOOK: Duration = Duration::from_millis(20);
        let Some(pid) = self.0 else { return };
        let end = Instant::now() + SHUTDOWN;
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
        while Instant::now() < end {
            if !matches!(waitid(WaitId::Pid(pid), options), Ok(None)) {
                return;
            }
            sleep(LOOK).await;
        }
    }

    /// Ends it; nothing happens where that was done.
    pub(super) fn end(&mut self) {
        if let Some(pid) = self.0.take() {
            // It may all have ended already.
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.end();
    }
}
