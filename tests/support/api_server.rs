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

use std::{
    env, fs,
    io::{self, Write},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use http_body_util::BodyExt;
use kube::{Client, Config, client::Body, config::KubeConfigOptions, config::Kubeconfig};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{runtime::Handle, sync::oneshot};

/// The token of the administrator, a member of `system:masters`.
const ADMIN_TOKEN: &str = "administrator-of-a-test";
/// How long a server may take to become ready.
const READY_WITHIN: Duration = Duration::from_secs(90);
/// How long one call may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);
/// How long the authorizer may take to see what was written.
const SETTLED_WITHIN: Duration = Duration::from_secs(30);
/// Starts tried before giving up: a port that was free may be taken by then.
const STARTS: usize = 3;
/// Calls under way at once where many are made.
const AT_ONCE: usize = 24;

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

/// One call to the API.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    method: &'static str,
    path: String,
    body: Option<Value>,
    content_type: &'static str,
    headers: Vec<(String, String)>,
    token: Option<String>,
}

impl Call {
    fn new(method: &'static str, path: impl Into<String>, body: Option<Value>) -> Self {
        let content_type = "application/json";
        Self { method, path: path.into(), body, content_type, headers: Vec::new(), token: None }
    }

    /// Reads.
    #[must_use]
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self::new("GET", path, None)
    }

    /// Creates.
    #[must_use]
    pub(crate) fn post(path: impl Into<String>, body: Value) -> Self {
        Self::new("POST", path, Some(body))
    }

    /// Replaces.
    #[must_use]
    pub(crate) fn put(path: impl Into<String>, body: Value) -> Self {
        Self::new("PUT", path, Some(body))
    }

    /// Changes, by a JSON merge patch.
    #[must_use]
    pub(crate) fn patch(path: impl Into<String>, body: Value) -> Self {
        let content_type = "application/merge-patch+json";
        Self { content_type, ..Self::new("PATCH", path, Some(body)) }
    }

    /// Changes, by a JSON patch: operations, all of which succeed or none.
    #[must_use]
    pub(crate) fn json_patch(path: impl Into<String>, operations: Value) -> Self {
        let content_type = "application/json-patch+json";
        Self { content_type, ..Self::new("PATCH", path, Some(operations)) }
    }

    /// Applies on the server's side; add `?fieldManager=…` to the path.
    #[must_use]
    pub(crate) fn apply(path: impl Into<String>, body: Value) -> Self {
        let content_type = "application/apply-patch+yaml";
        Self { content_type, ..Self::new("PATCH", path, Some(body)) }
    }

    /// Deletes one object, or all of a collection.
    #[must_use]
    pub(crate) fn delete(path: impl Into<String>) -> Self {
        Self::new("DELETE", path, None)
    }

    /// Acts as somebody else, with exactly these groups besides those that the
    /// server adds to everyone.
    #[must_use]
    pub(crate) fn act_as<'a>(
        mut self,
        user: &str,
        groups: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        self.headers.push(("Impersonate-User".to_owned(), user.to_owned()));
        for group in groups {
            self.headers.push(("Impersonate-Group".to_owned(), group.to_owned()));
        }
        self
    }

    /// Logs in by this token instead of the administrator's.
    #[must_use]
    pub(crate) fn bearer(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    /// Adds a header.
    #[must_use]
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// Status and body of an answer; a body that is no JSON is a string.
pub(crate) type Answer = (u16, Value);

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

/// A process that ends with this value.
#[derive(Debug)]
struct Process(Child);

impl Process {
    /// Starts it; `folder` is removed once it has ended.
    fn start(command: &[String], log: &Path, folder: Option<&Path>) -> Self {
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

    fn has_ended(&mut self) -> bool {
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

/// A right that nobody else has, written last.
struct Sentinel<'a> {
    user: &'a str,
    resource: &'a str,
    namespace: Option<&'a str>,
}

impl Sentinel<'_> {
    /// A role and its binding, each with the path of its collection.
    fn objects(&self) -> [(String, Value); 2] {
        let (folder, prefix) = match self.namespace {
            Some(namespace) => (format!("/namespaces/{namespace}"), ""),
            None => (String::new(), "Cluster"),
        };
        let collection = |kind: &str| {
            let kind = format!("{prefix}{kind}s").to_lowercase();
            format!("/apis/rbac.authorization.k8s.io/v1{folder}/{kind}")
        };
        let role = json!({
            "metadata": {"name": self.user},
            "rules": [{"verbs": ["get"], "apiGroups": ["settled"], "resources": [self.resource]}],
        });
        let group = "rbac.authorization.k8s.io";
        let binding = json!({
            "metadata": {"name": self.user},
            "roleRef": {"apiGroup": group, "kind": format!("{prefix}Role"), "name": self.user},
            "subjects": [{"kind": "User", "apiGroup": group, "name": self.user}],
        });
        [(collection("Role"), role), (collection("RoleBinding"), binding)]
    }

    fn question(&self) -> Value {
        json!({
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {"user": self.user, "resourceAttributes": {
                "verb": "get", "group": "settled", "resource": self.resource,
                "namespace": self.namespace.unwrap_or_default(),
            }},
        })
    }
}

/// Three ports that nobody listens on right now.
fn free_ports() -> [u16; 3] {
    let listeners = [(); 3].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().port())
}

fn key_is_written(certificates: &Path) -> bool {
    let text = fs::read_to_string(certificates.join("apiserver.key")).unwrap_or_default();
    text.contains("-----END")
}

/// The last lines of what a server said.
fn tail(log: &Path) -> String {
    let log = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(8)..].join("\n")
}

fn token_of(user: &str) -> String {
    let hex: String = user.bytes().map(|byte| format!("{byte:02x}")).collect();
    format!("user-{hex}")
}

/// The file of tokens: token, user, uid, groups.
fn tokens(users: &[(String, Vec<String>)]) -> String {
    let mut text = format!("{ADMIN_TOKEN},administrator,administrator,system:masters\n");
    for (name, groups) in users {
        let groups = groups.join(",");
        text.push_str(&format!("{},\"{name}\",\"{name}\",\"{groups}\"\n", token_of(name)));
    }
    text
}

fn kubeconfig(url: &str, authority: &Path, user: &Value) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "live",
        "clusters": [{"name": "live", "cluster": {
            "server": url, "certificate-authority": authority.display().to_string(),
        }}],
        "users": [{"name": "live", "user": user}],
        "contexts": [{"name": "live", "context": {"cluster": "live", "user": "live"}}],
    })
}

fn audit_policy() -> Value {
    json!({
        "apiVersion": "audit.k8s.io/v1",
        "kind": "Policy",
        "omitStages": ["RequestReceived"],
        "rules": [
            {"level": "Metadata", "resources": [
                {"group": "", "resources": ["secrets", "configmaps", "serviceaccounts/token"]},
                {"group": "authentication.k8s.io", "resources": ["tokenreviews"]},
            ]},
            {"level": "RequestResponse"},
        ],
    })
}

/// Clients on a thread of their own, which ends with the returned sender.
fn clients(kubeconfigs: [&Path; 2]) -> (Handle, [Client; 2], oneshot::Sender<()>) {
    let kubeconfigs = kubeconfigs.map(|path| Kubeconfig::read_from(path).unwrap());
    let (sender, receiver) = mpsc::channel();
    let (end, ended) = oneshot::channel::<()>();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let [first, second] = kubeconfigs;
            let clients = [client(first).await, client(second).await];
            sender.send((Handle::current(), clients)).unwrap();
            // Whether told or dropped, it is over.
            let _ = ended.await;
        });
    });
    let (handle, clients) = receiver.recv().expect("clients of kubeconfigs of our own");
    (handle, clients, end)
}

async fn client(kubeconfig: Kubeconfig) -> Client {
    let options = KubeConfigOptions::default();
    let mut config = Config::from_custom_kubeconfig(kubeconfig, &options).await.unwrap();
    config.default_retry = false;
    Client::try_from(config).unwrap()
}

async fn send(client: Client, call: Call) -> Result<Answer, String> {
    let mut request = http::Request::builder()
        .method(call.method)
        .uri(&call.path)
        .header("accept", "application/json");
    let body = call.body.map(|body| body.to_string()).unwrap_or_default();
    if !body.is_empty() {
        request = request.header("content-type", call.content_type);
    }
    if let Some(token) = &call.token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    for (name, value) in &call.headers {
        request = request.header(name, value);
    }
    let request = request.body(Body::from(body.into_bytes())).map_err(|error| error.to_string())?;
    let answer = async {
        let response = client.send(request).await.map_err(|error| error.to_string())?;
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await.map_err(|error| error.to_string())?;
        let bytes = bytes.to_bytes();
        let body = serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
        Ok((status, body))
    };
    tokio::time::timeout(ANSWER_WITHIN, answer).await.map_err(|error| error.to_string())?
}
