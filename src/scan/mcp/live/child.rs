//! A server that is started: in a clean environment, with bounded output, and ended
//! together with everything that it started.

use std::{collections::BTreeMap, path::Path, process::Stdio, sync::Arc};

use rmcp::{RoleClient, transport::async_rw::AsyncRwTransport};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _},
    process::{Child, ChildStderr, Command},
    sync::Mutex,
    task::JoinHandle,
};

#[cfg(unix)]
use super::group::Group;
use super::{
    LiveError,
    talk::{Answers, SHUTDOWN, talk},
};
use crate::scan::{
    agents::{shown_words, way::Way},
    live::{Bounds, Teller},
};

/// Bytes of one message.
const MESSAGE: usize = 16 << 20;

/// Bytes of everything that it writes to us.
const OUTPUT: u64 = 64 << 20;

/// Bytes of its diagnostics that are kept; the rest is read and dropped.
const KEPT: usize = 2_048;

/// Lines of these that are shown.
const LINES: usize = 3;

/// Starts the server of an entry and asks it. It has the variables of its entry and
/// those `passed`, and beside them `PATH` and a `HOME` that is empty and goes away.
pub(super) async fn ask(
    way: Way,
    passed: BTreeMap<String, String>,
    workspace: &Path,
    bounds: &Bounds,
    teller: &Teller,
) -> Result<Answers, LiveError> {
    let secrets: Vec<String> = way.secrets().into_iter().map(str::to_owned).collect();
    let Way::Process { program, arguments, env, folder } = way else {
        return Err(LiveError::Internal("a server that is called cannot be started".to_owned()));
    };
    let home = tempfile::tempdir()
        .map_err(|error| LiveError::Internal(format!("no temporary folder: {error}")))?;
    let mut command = Command::new(&program);
    command.args(&arguments).env_clear().env("HOME", home.path());
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    command.envs(&passed).envs(&env);
    command.current_dir(folder.map_or_else(|| workspace.to_owned(), |own| workspace.join(own)));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.kill_on_drop(true);
    #[cfg(unix)]
    command.process_group(0);
    let child = command.spawn().map_err(|error| {
        LiveError::Unreachable(format!("it cannot be started: {}", error.kind()))
    })?;
    let mut server = Started::new(child);
    let (Some(output), Some(input)) = (server.child.stdout.take(), server.child.stdin.take())
    else {
        return Err(LiveError::Internal("a process without pipes".to_owned()));
    };
    let transport = AsyncRwTransport::<RoleClient, _, _>::new_client(output.take(OUTPUT), input)
        .with_max_line_length(MESSAGE);
    let answers = talk(transport, bounds, teller).await;
    let said = server.end().await;
    answers.map_err(|error| with_words(error, &said, &secrets))
}

/// A process that is running, and ends when this goes.
struct Started {
    child: Child,
    #[cfg(unix)]
    group: Group,
    said: Arc<Mutex<Vec<u8>>>,
    /// Reads what it says.
    listener: Option<JoinHandle<()>>,
}

impl Started {
    fn new(mut child: Child) -> Self {
        let said = Arc::new(Mutex::new(Vec::new()));
        let diagnostics = child.stderr.take();
        let listener =
            diagnostics.map(|diagnostics| tokio::spawn(drain(diagnostics, Arc::clone(&said))));
        Self {
            #[cfg(unix)]
            group: Group::of(&child),
            child,
            said,
            listener,
        }
    }

    /// Waits a little for it to end by itself, now that nothing more is said to it;
    /// then ends it, and gives the first of what it wrote.
    async fn end(mut self) -> Vec<u8> {
        #[cfg(unix)]
        {
            self.group.settled().await;
            self.group.end();
        }
        #[cfg(not(unix))]
        let _ = self.child.start_kill();
        let _ = tokio::time::timeout(SHUTDOWN, self.child.wait()).await;
        // What it wrote may still be on its way. Who has left its group may keep the pipe.
        if let Some(listener) = self.listener.take() {
            let _ = tokio::time::timeout(SHUTDOWN, listener).await;
        }
        self.said.lock().await.clone()
    }
}

/// Reads to the end, so that the server does not wait for its reader; keeps the start.
async fn drain(mut diagnostics: ChildStderr, kept: Arc<Mutex<Vec<u8>>>) {
    let mut buffer = [0; 4_096];
    while let Ok(length) = read(&mut diagnostics, &mut buffer).await {
        if length == 0 {
            return;
        }
        let mut kept = kept.lock().await;
        let room = KEPT.saturating_sub(kept.len());
        kept.extend_from_slice(buffer.get(..length.min(room)).unwrap_or_default());
    }
}

async fn read(from: &mut (impl AsyncRead + Unpin), buffer: &mut [u8]) -> std::io::Result<usize> {
    from.read(buffer).await
}

/// The reason with the first lines of what the server wrote, as far as they may be
/// shown: nothing that its entry holds, and nothing that looks like a secret.
fn with_words(error: LiveError, said: &[u8], secrets: &[String]) -> LiveError {
    let mut text = String::from_utf8_lossy(said).into_owned();
    for secret in secrets {
        text = text.replace(secret.as_str(), "(withheld)");
    }
    let lines: Vec<String> = text
        .lines()
        .map(|line| shown_words(&line.chars().filter(|c| !c.is_control()).collect::<String>()))
        .filter(|line| !line.is_empty())
        .take(LINES)
        .collect();
    if lines.is_empty() {
        return error;
    }
    let told = |reason: String| format!("{reason}; it wrote: {}", lines.join(" / "));
    match error {
        LiveError::Answer(reason) => LiveError::Answer(told(reason)),
        LiveError::TimedOut(after) => {
            LiveError::Answer(told(format!("nothing came within {} s", after.as_secs_f32())))
        }
        other => other,
    }
}
