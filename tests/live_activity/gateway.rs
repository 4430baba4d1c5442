//! The gateway that an agent's requests pass: it logs in for the agent, and sends the id
//! of the tool call at hand as the `Audit-ID` of every request.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    thread,
};

use serde_json::json;

use crate::api_server::ApiServer;

/// Headers of a connection, not of a request.
const OF_THE_CONNECTION: [&str; 6] =
    ["host", "connection", "content-length", "accept-encoding", "authorization", "audit-id"];

/// A gateway for one identity.
pub(crate) struct Gateway {
    port: u16,
    call: Arc<Mutex<Option<String>>>,
}

impl Gateway {
    /// Passes requests to `server`, logged in by `token`.
    pub(crate) fn start(server: &'static ApiServer, token: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let call = Arc::new(Mutex::new(None));
        let (shared, token) = (call.clone(), token.to_owned());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (call, token) = (shared.clone(), token.clone());
                thread::spawn(move || {
                    // A client that hangs up has its answer already.
                    let _ = serve(server, &stream, &token, &call);
                });
            }
        });
        Self { port, call }
    }

    /// From now on requests belong to this tool call, or to none.
    pub(crate) fn call(&self, id: Option<&str>) {
        *self.call.lock().unwrap() = id.map(str::to_owned);
    }

    /// A kubeconfig that leads here, without a credential.
    pub(crate) fn kubeconfig(&self, folder: &Path) -> PathBuf {
        let path = folder.join(format!("kubeconfig-{}", self.port));
        let text = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "gateway",
            "clusters": [{"name": "gateway", "cluster": {
                "server": format!("http://127.0.0.1:{}", self.port),
            }}],
            "users": [{"name": "gateway", "user": {}}],
            "contexts": [{"name": "gateway", "context": {"cluster": "gateway", "user": "gateway"}}],
        });
        fs::write(&path, text.to_string()).unwrap();
        path
    }
}

/// Answers one request after the other of one connection.
fn serve(
    server: &ApiServer,
    stream: &TcpStream,
    token: &str,
    call: &Mutex<Option<String>>,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let mut words = line.split_whitespace();
        let (method, path) = (words.next().unwrap(), words.next().unwrap());
        let mut request = http::Request::builder().method(method).uri(path);
        let mut length = 0;
        loop {
            let mut header = String::new();
            reader.read_line(&mut header)?;
            let Some((name, value)) = header.trim_end().split_once(':') else { break };
            let (name, value) = (name.to_ascii_lowercase(), value.trim());
            if name == "content-length" {
                length = value.parse().unwrap();
            }
            assert_ne!(name, "transfer-encoding", "kubectl knows how long its requests are");
            if !OF_THE_CONNECTION.contains(&name.as_str()) {
                request = request.header(name, value);
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        request = request.header("authorization", format!("Bearer {token}"));
        if let Some(id) = call.lock().unwrap().as_deref() {
            request = request.header("audit-id", id);
        }
        let (status, kind, bytes) = server
            .forward(request.body(body).unwrap())
            .unwrap_or_else(|why| (502, "text/plain".to_owned(), why.into_bytes()));
        let head = format!(
            "HTTP/1.1 {status} Answer\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n",
            bytes.len()
        );
        let mut stream = stream;
        stream.write_all(head.as_bytes())?;
        stream.write_all(&bytes)?;
    }
}
