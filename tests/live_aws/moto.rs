//! moto's server, on a port of its own, for as long as one test needs it.

use std::{
    fs,
    io::{self, BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use assert_cmd::cargo::CommandCargoExt as _;

/// The account that moto plays.
pub(crate) const ACCOUNT: &str = "123456789012";
/// 2026-11-22 00:00 UTC.
const DAY: &str = "1795305600";
const POPULATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/live_aws/populate.py");

/// A server that is filled; it ends with this value.
pub(crate) struct Moto {
    venv: PathBuf,
    port: u16,
    process: Child,
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Moto {
    /// A server with users, groups, roles and policies in it; none where there is no
    /// moto, which is said.
    pub(crate) fn start() -> Option<Self> {
        let Some(venv) = std::env::var_os("GRADUS_MOTO").map(PathBuf::from) else {
            let required = std::env::var_os("GRADUS_REQUIRE_LIVE").is_some_and(|it| it == "1");
            assert!(!required, "GRADUS_REQUIRE_LIVE=1, and GRADUS_MOTO names no folder");
            // Past the harness, which keeps what passing tests print to itself.
            let told = "SKIPPED: GRADUS_MOTO names no folder with moto in it: docs/live-tests.md";
            let _ = writeln!(io::stderr(), "{told}");
            return None;
        };
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut process = Command::new(venv.join("bin/moto_server"))
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .env("MOTO_IAM_LOAD_MANAGED_POLICIES", "false")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // It writes a line a request, and must not wait for a reader.
        let log = BufReader::new(process.stderr.take().unwrap());
        thread::spawn(move || log.lines().for_each(drop));
        let moto = Self { venv, port, process };
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(began.elapsed() < Duration::from_secs(60), "moto does not answer");
            thread::sleep(Duration::from_millis(100));
        }
        moto.tool("python", &[POPULATE]);
        Some(moto)
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What a program of moto's environment prints, as the administrator.
    pub(crate) fn tool(&self, program: &str, arguments: &[&str]) -> String {
        let mut command = Command::new(self.venv.join("bin").join(program));
        self.speak(&mut command, "admin", "admin");
        let output = command.args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// What `aws iam …` prints.
    pub(crate) fn iam(&self, arguments: &[&str]) -> String {
        self.tool("aws", &[&["iam", "--output", "json"][..], arguments].concat())
    }

    /// Whether moto is to judge requests by policies from now on.
    pub(crate) fn enforce(&self, enforced: bool) {
        let count = if enforced { "0" } else { "inf" };
        let post = "import sys, urllib.request as r; \
                    r.urlopen(r.Request(sys.argv[1], data=sys.argv[2].encode(), \
                    headers={'Content-Type': 'text/plain'}, method='POST'))";
        let url = format!("{}/moto-api/reset-auth", self.url());
        self.tool("python", &["-c", post, &url, count]);
    }

    /// `gradus` in `folder`, with profile `prod` as who has these keys.
    pub(crate) fn gradus(&self, folder: &Path, keys: (&str, &str), arguments: &[&str]) -> Output {
        let credentials =
            format!("[prod]\naws_access_key_id = {}\naws_secret_access_key = {}\n", keys.0, keys.1);
        fs::write(folder.join("credentials"), credentials).unwrap();
        let mut command = Command::cargo_bin("gradus").unwrap();
        // Variables that must not take the place of the profile.
        self.speak(&mut command, "somebody", "else");
        command
            .current_dir(folder)
            .env("AWS_SHARED_CREDENTIALS_FILE", folder.join("credentials"))
            .env("SOURCE_DATE_EPOCH", DAY)
            .args(arguments)
            .output()
            .unwrap()
    }

    fn speak(&self, command: &mut Command, key: &str, secret: &str) {
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("AWS_ENDPOINT_URL", self.url())
            .env("AWS_CONFIG_FILE", "/nonexistent")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_DEFAULT_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", key)
            .env("AWS_SECRET_ACCESS_KEY", secret);
    }
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
