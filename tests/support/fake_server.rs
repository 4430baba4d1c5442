//! A server that misbehaves on purpose: plain HTTP on a port of its own.

#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot be set up must stop"
)]

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use serde_json::Value;

/// What was asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// `GET`.
    pub(crate) method: String,
    /// Path without query.
    pub(crate) path: String,
    /// What follows the `?`.
    pub(crate) query: String,
    /// The header `Accept`.
    pub(crate) accept: String,
    /// The header `Authorization`.
    pub(crate) authorization: String,
    /// The header `X-Amz-Target`.
    pub(crate) target: String,
    /// What was sent along.
    pub(crate) body: String,
}

/// What is answered.
pub(crate) enum Reply {
    /// A status with headers and a body.
    Full(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// Bytes as they are, then the end.
    Raw(Vec<u8>),
    /// Nothing, for as long as somebody waits.
    Silence,
    /// The start of an answer, then a byte now and then.
    Drip,
    /// What a healthy server answers.
    Healthy,
}

/// JSON with status 200.
pub(crate) fn json_reply(value: &Value) -> Reply {
    status(200, value)
}

/// JSON with a status.
pub(crate) fn status(code: u16, value: &Value) -> Reply {
    let headers = vec![("content-type", "application/json".to_owned())];
    Reply::Full(code, headers, value.to_string().into_bytes())
}

type Handler = dyn Fn(&Asked) -> Reply + Send + Sync;

/// A running server; its threads end with the test process.
pub(crate) struct FakeServer {
    port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl FakeServer {
    /// A server that answers as `handler` says, and as `healthy` where that leaves it
    /// to a healthy server.
    pub(crate) fn of(
        healthy: fn(&Asked) -> Reply,
        handler: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (log, handler): (_, Arc<Handler>) = (asked.clone(), Arc::new(handler));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, handler) = (log.clone(), handler.clone());
                thread::spawn(move || serve(stream, &log, healthy, &*handler));
            }
        });
        Self { port, asked }
    }

    /// Everything that was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// `http://127.0.0.1:PORT`.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

fn serve(
    stream: TcpStream,
    log: &Mutex<Vec<Asked>>,
    healthy: fn(&Asked) -> Reply,
    handler: &Handler,
) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut stream = stream;
    while let Some(asked) = request(&mut reader) {
        log.lock().unwrap().push(asked.clone());
        let reply = match handler(&asked) {
            Reply::Healthy => healthy(&asked),
            other => other,
        };
        // A client that has gone is what some tests are about.
        let kept = match reply {
            Reply::Full(code, headers, body) => {
                let mut head = format!("HTTP/1.1 {code} It\r\ncontent-length: {}\r\n", body.len());
                for (name, value) in headers {
                    head.push_str(&format!("{name}: {value}\r\n"));
                }
                head.push_str("\r\n");
                stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body)).is_ok()
            }
            Reply::Raw(bytes) => {
                let _ = stream.write_all(&bytes);
                false
            }
            Reply::Silence => {
                thread::sleep(Duration::from_secs(60));
                false
            }
            Reply::Drip => {
                let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\
                            content-length: 100000\r\n\r\n{";
                let mut alive = stream.write_all(head.as_bytes()).is_ok();
                while alive {
                    thread::sleep(Duration::from_millis(100));
                    alive = stream.write_all(b" ").is_ok();
                }
                false
            }
            Reply::Healthy => false,
        };
        if !kept {
            return;
        }
    }
}

fn request(reader: &mut impl BufRead) -> Option<Asked> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|&read| read > 0)?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, uri) = (words.next()?, words.next()?);
    let (path, query) = uri.split_once('?').unwrap_or((&uri, ""));
    let (mut accept, mut authorization, mut target) = <(String, String, String)>::default();
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "accept" => value.trim().clone_into(&mut accept),
            "authorization" => value.trim().clone_into(&mut authorization),
            "x-amz-target" => value.trim().clone_into(&mut target),
            "content-length" => length = value.trim().parse().ok()?,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body = String::from_utf8_lossy(&body).into_owned();
    let (path, query) = (path.to_owned(), query.to_owned());
    Some(Asked { method, path, query, accept, authorization, target, body })
}
