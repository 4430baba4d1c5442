//! A real API server, as long as a test needs it.
//!
//! The binaries `kube-apiserver` and `etcd` come from the folder that
//! `KUBEBUILDER_ASSETS` names, as with envtest. Where it names none, live tests say
//! so and pass, unless `GRADUS_REQUIRE_LIVE=1` forbids that.
//!
//! Nothing but the two runs: no controller-manager (nobody fills aggregated
//! ClusterRoles, default ServiceAccounts or token Secrets in), no kubelet, no
//! webhook. Authorization is RBAC alone; the admission plugin `ServiceAccount` is
//! off, so that pods can be created without the controllers. Both processes end
//! with the [`ApiServer`], and with the test process however that ends.

#![allow(dead_code, reason = "each test uses its own part")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot be set up must stop"
)]

mod call;
mod files;
mod process;
mod sentinel;

use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use kube::Client;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{runtime::Handle, sync::oneshot};

pub(crate) use call::{Answer, Call};
use call::{clients, forward, send};
use files::{ADMIN_TOKEN, audit_policy, kubeconfig, token_of, tokens};
use process::{Process, free_ports, key_is_written, tail};
use sentinel::Sentinel;

/// How long a server may take to become ready.
const READY_WITHIN: Duration = Duration::from_secs(90);
/// How long the authorizer may take to see what was written.
const SETTLED_WITHIN: Duration = Duration::from_secs(30);
/// Starts tried before giving up: a port that was free may be taken by then.
const STARTS: usize = 3;
/// Calls under way at once where many are made.
const AT_ONCE: usize = 24;

/// What a server is started with.
#[derive(Debug, Clone, Default)]
pub(crate) struct Builder {
    audit_log: bool,
    users: Vec<(String, Vec<String>)>,
    flags: Vec<String>,
}

impl Builder {
    /// Writes an audit log: bodies of requests and answers, but metadata only of
    /// whatever holds credentials.
    #[must_use]
    pub(crate) fn audit_log(mut self, wanted: bool) -> Self {
        self.audit_log = wanted;
        self
    }

    /// Lets a user log in by a token of its own: see [`ApiServer::kubeconfig_of`].
    #[must_use]
    pub(crate) fn user(mut self, name: &str, groups: &[&str]) -> Self {
        self.users.push((name.to_owned(), groups.iter().map(|&group| group.to_owned()).collect()));
        self
    }

    /// Adds a flag of kube-apiserver: `--feature-gates=…`.
    #[must_use]
    pub(crate) fn flag(mut self, flag: &str) -> Self {
        self.flags.push(flag.to_owned());
        self
    }

    /// Starts it; none where there are no binaries and nobody insists.
    #[must_use]
    pub(crate) fn start(self) -> Option<ApiServer> {
        let assets = assets()?;
        let mut told = String::new();
        for _ in 0..STARTS {
            match ApiServer::try_start(&assets, &self) {
                Ok(server) => return Some(server),
                Err(why) => told = why,
            }
        }
        panic!("the API server does not start: {told}");
    }
}

/// The folder of the binaries.
fn assets() -> Option<PathBuf> {
    let folder = env::var_os("KUBEBUILDER_ASSETS").map(PathBuf::from);
    let whole = |folder: &PathBuf| {
        ["kube-apiserver", "etcd"].iter().all(|binary| folder.join(binary).is_file())
    };
    if let Some(folder) = folder.as_ref().filter(|folder| whole(folder)) {
        return Some(folder.clone());
    }
    let lacks = folder.map_or_else(
        || "KUBEBUILDER_ASSETS is not set".to_owned(),
        |folder| format!("{} lacks kube-apiserver or etcd", folder.display()),
    );
    let advice = ".ci/kube-apiserver DIR; export KUBEBUILDER_ASSETS=DIR";
    assert!(
        env::var_os("GRADUS_REQUIRE_LIVE").is_none_or(|value| value != "1"),
        "GRADUS_REQUIRE_LIVE=1, and {lacks}: {advice}"
    );
    say(&format!("\n!! NOT RUN against a live API server: {lacks}\n!! {advice}\n"));
    None
}

/// Tells the person who runs the tests something, past the harness, which keeps
/// what passing tests print to itself.
pub(crate) fn say(text: &str) {
    // Whoever closed standard error does not want to know.
    let _ = writeln!(io::stderr(), "{text}");
}

/// A running server.
pub(crate) struct ApiServer {
    url: String,
    port: u16,
    version: String,
    handle: Handle,
    client: Client,
    /// One that logs in as nobody.
    nobody: Client,
    sentinel: AtomicUsize,
    kubeconfigs: AtomicUsize,
    /// Ends the thread that calls are made on.
    calls: oneshot::Sender<()>,
    /// kube-apiserver before etcd, so that it ends first.
    processes: [Process; 2],
    folder: TempDir,
}

impl ApiServer {
    /// A server with an administrator and nothing else; see [`Builder::start`].
    #[must_use]
    pub(crate) fn start() -> Option<Self> {
        Self::builder().start()
    }

    /// A server to be adapted.
    #[must_use]
    pub(crate) fn builder() -> Builder {
        Builder::default()
    }

    /// One plain server for all tests of a binary that keep out of each other's
    /// way: namespaces and names of their own.
    #[must_use]
    pub(crate) fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<ApiServer>> = OnceLock::new();
        SHARED.get_or_init(Self::start).as_ref()
    }

    fn try_start(assets: &Path, builder: &Builder) -> Result<Self, String> {
        let folder = tempfile::Builder::new().prefix("gradus-live-").tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let [port, etcd_port, peer_port] = free_ports();
        let etcd_url = format!("http://127.0.0.1:{etcd_port}");
        let etcd = [
            assets.join("etcd").display().to_string(),
            format!("--data-dir={}", at("etcd").display()),
            format!("--listen-client-urls={etcd_url}"),
            format!("--advertise-client-urls={etcd_url}"),
            format!("--listen-peer-urls=http://127.0.0.1:{peer_port}"),
        ];
        let etcd = Process::start(&etcd, &at("etcd.log"), Some(folder.path()));

        let certificates = at("certificates");
        let key = certificates.join("apiserver.key").display().to_string();
        fs::write(at("tokens.csv"), tokens(&builder.users)).unwrap();
        let mut server = vec![
            assets.join("kube-apiserver").display().to_string(),
            format!("--etcd-servers={etcd_url}"),
            "--bind-address=127.0.0.1".to_owned(),
            format!("--secure-port={port}"),
            format!("--cert-dir={}", certificates.display()),
            format!("--token-auth-file={}", at("tokens.csv").display()),
            "--authorization-mode=RBAC".to_owned(),
            // The server makes this key before it looks for those of tokens.
            format!("--service-account-key-file={key}"),
            format!("--service-account-signing-key-file={key}"),
            "--service-account-issuer=https://kubernetes.default.svc".to_owned(),
            "--service-cluster-ip-range=10.0.0.0/24".to_owned(),
            "--disable-admission-plugins=ServiceAccount".to_owned(),
            "--allow-privileged=true".to_owned(),
            "--enable-priority-and-fairness=false".to_owned(),
            "--max-requests-inflight=0".to_owned(),
            "--max-mutating-requests-inflight=0".to_owned(),
        ];
        if builder.audit_log {
            fs::write(at("audit-policy.json"), audit_policy().to_string()).unwrap();
            server.push(format!("--audit-policy-file={}", at("audit-policy.json").display()));
            server.push(format!("--audit-log-path={}", at("audit.log").display()));
        }
        server.extend(builder.flags.iter().cloned());
        let log = at("kube-apiserver.log");
        let mut process = Process::start(&server, &log, None);

        let url = format!("https://127.0.0.1:{port}");
        let authority = certificates.join("apiserver.crt");
        let began = Instant::now();
        while !authority.is_file() || !key_is_written(&certificates) {
            if process.has_ended() || began.elapsed() > READY_WITHIN {
                return Err(format!("it makes no certificate\n{}", tail(&log)));
            }
            thread::sleep(Duration::from_millis(50));
        }
        let kubeconfig = kubeconfig(&url, &authority, &json!({"token": ADMIN_TOKEN}));
        fs::write(at("kubeconfig"), kubeconfig.to_string()).unwrap();
        let nobody = self::kubeconfig(&url, &authority, &json!({}));
        fs::write(at("kubeconfig-of-nobody"), nobody.to_string()).unwrap();
        let (handle, [client, nobody], calls) =
            clients([&at("kubeconfig"), &at("kubeconfig-of-nobody")]);
        let mut started = Self {
            url,
            port,
            version: String::new(),
            handle,
            client,
            nobody,
            sentinel: AtomicUsize::new(0),
            kubeconfigs: AtomicUsize::new(0),
            calls,
            processes: [process, etcd],
            folder,
        };
        while !started.is_ready() {
            if started.processes.iter_mut().any(Process::has_ended)
                || began.elapsed() > READY_WITHIN
            {
                return Err(format!("it does not get ready\n{}", tail(&log)));
            }
            thread::sleep(Duration::from_millis(100));
        }
        let version = started.send(Call::get("/version")).1;
        version["gitVersion"].as_str().unwrap_or_default().clone_into(&mut started.version);
        Ok(started)
    }

    /// Ready, and the namespaces are there that it makes by itself.
    fn is_ready(&self) -> bool {
        ["/readyz", "/api/v1/namespaces/default", "/api/v1/namespaces/kube-system"]
            .into_iter()
            .all(|path| self.try_send(Call::get(path)).is_ok_and(|(status, _)| status == 200))
    }

    /// `https://127.0.0.1:PORT`.
    #[must_use]
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Its port on 127.0.0.1.
    #[must_use]
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// What it calls its version: `v1.33.4`; a server built from Debian's package
    /// says `v0.0.0-master+…`.
    #[must_use]
    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    /// Whether it serves an API group and version: `apis/policy/v1`.
    #[must_use]
    pub(crate) fn serves(&self, api: &str) -> bool {
        self.send(Call::get(format!("/{api}"))).0 == 200
    }

    /// A file that logs in as the administrator; its context is `live`.
    #[must_use]
    pub(crate) fn kubeconfig(&self) -> PathBuf {
        self.folder.path().join("kubeconfig")
    }

    /// The certificate that its own is signed with, PEM.
    #[must_use]
    pub(crate) fn authority(&self) -> PathBuf {
        self.folder.path().join("certificates/apiserver.crt")
    }

    /// The audit log, where one was asked for.
    #[must_use]
    pub(crate) fn audit_log(&self) -> PathBuf {
        self.folder.path().join("audit.log")
    }

    fn write_kubeconfig(&self, user: &Value) -> PathBuf {
        let number = self.kubeconfigs.fetch_add(1, Ordering::Relaxed);
        let path = self.folder.path().join(format!("kubeconfig-{number}"));
        let text = kubeconfig(&self.url, &self.authority(), user).to_string();
        fs::write(&path, text).unwrap();
        path
    }

    /// A file that logs in as the administrator and acts as somebody else.
    #[must_use]
    pub(crate) fn kubeconfig_for(&self, user: &str, groups: &[&str]) -> PathBuf {
        self.write_kubeconfig(&json!({"token": ADMIN_TOKEN, "as": user, "as-groups": groups}))
    }

    /// A file that logs in as a user of [`Builder::user`].
    #[must_use]
    pub(crate) fn kubeconfig_of(&self, user: &str) -> PathBuf {
        self.kubeconfig_with_token(&token_of(user))
    }

    /// A file that logs in by a token.
    #[must_use]
    pub(crate) fn kubeconfig_with_token(&self, token: &str) -> PathBuf {
        self.write_kubeconfig(&json!({"token": token}))
    }

    /// A file that logs in as a ServiceAccount; its namespace and itself are made
    /// where they are missing.
    #[must_use]
    pub(crate) fn kubeconfig_of_account(&self, namespace: &str, name: &str) -> PathBuf {
        self.namespace(namespace);
        let accounts = format!("/api/v1/namespaces/{namespace}/serviceaccounts");
        let (status, body) = self.send(Call::post(&accounts, json!({"metadata": {"name": name}})));
        assert!(matches!(status, 201 | 409), "{status} {body}");
        let request = json!({
            "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}
        });
        let body = self.must(Call::post(format!("{accounts}/{name}/token"), request));
        self.kubeconfig_with_token(body["status"]["token"].as_str().unwrap())
    }

    /// Makes a namespace where it is missing.
    pub(crate) fn namespace(&self, name: &str) {
        let namespace = json!({"metadata": {"name": name}});
        let (status, body) = self.send(Call::post("/api/v1/namespaces", namespace));
        assert!(matches!(status, 201 | 409), "{status} {body}");
    }

    /// Creates an object from its manifest, in the path of its collection.
    pub(crate) fn create(&self, collection: &str, manifest: Value) -> Value {
        self.must(Call::post(collection, manifest))
    }

    /// One call, whatever its answer, as the administrator or as somebody else.
    pub(crate) fn request(
        &self,
        method: &'static str,
        path: &str,
        body: Option<Value>,
        as_user: Option<&str>,
        as_groups: &[&str],
    ) -> Answer {
        let call = Call::new(method, path, body);
        self.send(match as_user {
            Some(user) => call.act_as(user, as_groups.iter().copied()),
            None => call,
        })
    }

    /// The answer to a call that must succeed.
    #[track_caller]
    pub(crate) fn must(&self, call: Call) -> Value {
        let told = format!("{} {}", call.method, call.path);
        let (status, body) = self.send(call);
        assert!((200..300).contains(&status), "{told}: {status} {body}");
        body
    }

    /// The answer to a call.
    #[track_caller]
    pub(crate) fn send(&self, call: Call) -> Answer {
        let told = format!("{} {}", call.method, call.path);
        self.try_send(call).unwrap_or_else(|why| panic!("{told}: {why}"))
    }

    fn client_of(&self, call: &Call) -> Client {
        if call.token.is_some() { self.nobody.clone() } else { self.client.clone() }
    }

    fn try_send(&self, call: Call) -> Result<Answer, String> {
        let (sender, receiver) = mpsc::channel();
        let client = self.client_of(&call);
        self.handle.spawn(async move {
            // The receiver waits for as long as this takes.
            let _ = sender.send(send(client, call).await);
        });
        receiver.recv().map_err(|error| error.to_string())?
    }

    /// Passes a request on as it was written, with the credential that it carries.
    pub(crate) fn forward(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> Result<(u16, String, Vec<u8>), String> {
        let (sender, receiver) = mpsc::channel();
        let client = self.nobody.clone();
        self.handle.spawn(async move {
            // The receiver waits for as long as this takes.
            let _ = sender.send(forward(client, request).await);
        });
        receiver.recv().map_err(|error| error.to_string())?
    }

    /// The answers to many calls, in their order, many at once.
    #[track_caller]
    pub(crate) fn send_all(&self, calls: Vec<Call>) -> Vec<Answer> {
        let answers = Arc::new(Mutex::new(vec![None; calls.len()]));
        let calls = Arc::new(calls);
        let next = Arc::new(AtomicUsize::new(0));
        let (done, wait) = mpsc::channel::<()>();
        for _ in 0..AT_ONCE.min(calls.len()) {
            let (calls, next, answers) = (calls.clone(), next.clone(), answers.clone());
            let (client, nobody, done) = (self.client.clone(), self.nobody.clone(), done.clone());
            self.handle.spawn(async move {
                while let number = next.fetch_add(1, Ordering::Relaxed)
                    && let Some(call) = calls.get(number)
                {
                    let client = if call.token.is_some() { &nobody } else { &client };
                    let answer = send(client.clone(), call.clone()).await;
                    answers.lock().unwrap()[number] = Some(answer);
                }
                drop(done);
            });
        }
        drop(done);
        // Ends with an error once the last sender is gone, which is when all is done.
        let _ = wait.recv();
        let answers = std::mem::take(&mut *answers.lock().unwrap());
        let told = |number: usize| format!("{} {}", calls[number].method, calls[number].path);
        (0..)
            .zip(answers)
            .map(|(number, answer)| {
                answer
                    .unwrap_or_else(|| panic!("{}: not made", told(number)))
                    .unwrap_or_else(|why| panic!("{}: {why}", told(number)))
            })
            .collect()
    }

    /// Waits until the authorizer decides by all that was written so far: it
    /// watches each of the four kinds on its own, a moment behind.
    pub(crate) fn settle(&self) {
        let number = self.sentinel.fetch_add(1, Ordering::Relaxed);
        let user = format!("settled-{number}");
        let wide = Sentinel { user: &user, resource: "wide", namespace: None };
        let narrow = Sentinel { user: &user, resource: "narrow", namespace: Some("default") };
        for sentinel in [&wide, &narrow] {
            for (collection, manifest) in sentinel.objects() {
                self.create(&collection, manifest);
            }
        }
        let began = Instant::now();
        for sentinel in [&wide, &narrow] {
            let reviews = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
            while self.must(Call::post(reviews, sentinel.question()))["status"]["allowed"] != true {
                assert!(began.elapsed() < SETTLED_WITHIN, "the authorizer sees no changes");
                thread::sleep(Duration::from_millis(10));
            }
            for (collection, _) in sentinel.objects() {
                self.must(Call::delete(format!("{collection}/{user}")));
            }
        }
    }
}
