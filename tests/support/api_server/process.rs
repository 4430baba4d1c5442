//! A server as a process: it ends with its value, and with the test process
//! however that ends.

use std::{
    fs,
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
};

/// Runs a command until standard input ends, which is when the test process does.
const KEEPER: &str = r#"
folder=$1; shift
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
{ cat <&3 >/dev/null; kill -9 $server; } 2>/dev/null &
exec 3<&-
wait $server
code=$?
test -z "$folder" || rm -rf "$folder"
exit $code
"#;

/// A process that ends with this value.
#[derive(Debug)]
pub(super) struct Process(Child);

impl Process {
    /// Starts it; `folder` is removed once it has ended.
    pub(super) fn start(command: &[String], log: &Path, folder: Option<&Path>) -> Self {
        let log = fs::File::create(log).unwrap();
        let child = Command::new("sh")
            .args(["-c", KEEPER, "keeper"])
            .arg(folder.unwrap_or(Path::new("")))
            .args(command)
            .stdin(Stdio::piped())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .expect("`sh` runs");
        Self(child)
    }

    pub(super) fn has_ended(&mut self) -> bool {
        !matches!(self.0.try_wait(), Ok(None))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        // It was told to end; how it did is of no interest.
        let _ = self.0.wait();
    }
}

/// Three ports that nobody listens on right now.
pub(super) fn free_ports() -> [u16; 3] {
    let listeners = [(); 3].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().port())
}

pub(super) fn key_is_written(certificates: &Path) -> bool {
    let text = fs::read_to_string(certificates.join("apiserver.key")).unwrap_or_default();
    text.contains("-----END")
}

/// The last lines of what a server said.
pub(super) fn tail(log: &Path) -> String {
    let log = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(8)..].join("\n")
}
