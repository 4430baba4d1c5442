//! Calls to the API, and the clients that make them.

use std::{path::Path, sync::mpsc, thread, time::Duration};

use http_body_util::BodyExt;
use kube::{Client, Config, client::Body, config::KubeConfigOptions, config::Kubeconfig};
use serde_json::Value;
use tokio::{runtime::Handle, sync::oneshot};

/// How long one call may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);

/// One call to the API.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) body: Option<Value>,
    pub(super) content_type: &'static str,
    pub(super) headers: Vec<(String, String)>,
    pub(super) token: Option<String>,
}

impl Call {
    pub(super) fn new(method: &'static str, path: impl Into<String>, body: Option<Value>) -> Self {
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

/// Clients on a thread of their own, which ends with the returned sender.
pub(super) fn clients(kubeconfigs: [&Path; 2]) -> (Handle, [Client; 2], oneshot::Sender<()>) {
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

pub(super) async fn send(client: Client, call: Call) -> Result<Answer, String> {
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

/// A request as somebody else wrote it, passed on; the bytes of the answer with their type.
pub(super) async fn forward(
    client: Client,
    request: http::Request<Vec<u8>>,
) -> Result<(u16, String, Vec<u8>), String> {
    let answer = async {
        let request = request.map(Body::from);
        let response = client.send(request).await.map_err(|error| error.to_string())?;
        let status = response.status().as_u16();
        let kind = response.headers().get("content-type").and_then(|kind| kind.to_str().ok());
        let kind = kind.unwrap_or("application/octet-stream").to_owned();
        let bytes = response.into_body().collect().await.map_err(|error| error.to_string())?;
        Ok((status, kind, bytes.to_bytes().to_vec()))
    };
    tokio::time::timeout(ANSWER_WITHIN, answer).await.map_err(|error| error.to_string())?
}
