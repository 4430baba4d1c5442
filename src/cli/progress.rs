//! How far it is, for a person at a terminal and for nobody else.

use std::{io::IsTerminal as _, time::Duration};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::scan::live::Progress;

/// A bar on stderr; none where that is no terminal, or nothing is to be said.
#[derive(Debug)]
pub struct Bar(ProgressBar);

impl Bar {
    /// A bar that says what is done.
    #[must_use]
    pub fn new(what: &str, quiet: bool) -> Self {
        let shown = !quiet && std::io::stderr().is_terminal();
        let target =
            if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix}: {msg} ({elapsed})") {
            bar.set_style(style);
        }
        // What people call contexts and profiles reaches the terminal as text only.
        bar.set_prefix(what.chars().filter(|c| !c.is_control()).collect::<String>());
        if shown {
            bar.enable_steady_tick(Duration::from_millis(120));
        }
        Self(bar)
    }

    /// Says how far it is.
    pub fn at(&self, progress: &Progress) {
        let Progress { done, all, objects } = progress;
        self.0.set_message(format!("{done} of {all} resources, {objects} objects"));
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
