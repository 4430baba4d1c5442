//! One question to the API server: read-only, bounded in time and size, repeated
//! where that may help.

use std::time::{Duration, Instant};

use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use kube::client::Body;
use serde::Deserialize;
use tokio::time::sleep;

use crate::scan::live::{Bounds, Overdue, causes, plain};

/// Bytes of one answer; a larger page is asked for in smaller ones.
const LARGEST: usize = 64 << 20;
/// How often a question is put before the answer counts.
const ATTEMPTS: u32 = 4;
/// The first pause between two attempts; each further one is twice as long.
const PAUSE: Duration = Duration::from_millis(250);

/// What an answer should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Accept {
    /// Whole objects.
    Objects,
    /// Nothing of an object but its metadata.
    Metadata,
}

impl Accept {
    fn header(self) -> &'static str {
        match self {
            Self::Objects => "application/json",
            // No second choice: whole objects are no answer.
            Self::Metadata => "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
        }
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("the API server does not accept the credentials (401)")]
    Credentials,
    #[error("the API server refuses to list it (403){0}")]
    Forbidden(String),
    #[error("the API server does not serve it (404)")]
    NotServed,
    #[error("the list changed too much while it was read (410), twice")]
    Gone,
    #[error("the API server sends no metadata alone (406), and contents are never asked for")]
    OnlyWhole,
    #[error("the API server sends elsewhere ({0}), which is not followed")]
    Redirect(u16),
    #[error("the API server fails ({0}){1}")]
    Status(u16, String),
    #[error("the answer is no JSON, it says ({0})")]
    ContentType(String),
    #[error("the answer cannot be read: {0}")]
    Garbage(String),
    #[error("the answer is larger than {} MiB", LARGEST >> 20)]
    TooLarge,
    #[error("no answer within {} s", .0.as_secs_f32())]
    Slow(Duration),
    #[error("the time for the whole cluster ({} s, --timeout) was over", .0.as_secs_f32())]
    Late(Duration),
    #[error("the answer breaks off: {0}")]
    CutShort(String),
    #[error("the API server cannot be reached: {0}")]
    Unreachable(String),
}

/// An API server that answers questions.
pub(super) struct Server {
    client: kube::Client,
    bounds: Bounds,
}

impl Server {
    /// A server that has `whole` from when it `began` to answer everything; one
    /// answer may take a quarter of it.
    pub(super) fn new(client: kube::Client, began: Instant, whole: Duration) -> Self {
        Self { client, bounds: Bounds::new(began, whole) }
    }

    /// The body of the answer to a GET of `path`, which gradus never changes
    /// anything by: there is no other way to put a question.
    pub(super) async fn get(&self, path: &str, accept: Accept) -> Result<Vec<u8>, Refusal> {
        let _turn = self.bounds.turn().await?;
        let mut pause = PAUSE;
        for attempt in 1.. {
            // Waiting as long once more helps nobody.
            let (refusal, after) = match self.bounds.wait(self.ask(path, accept)).await? {
                Ok(body) => return Ok(body),
                Err(failure) => failure,
            };
            if attempt >= ATTEMPTS || !refusal.may_pass() {
                return Err(refusal);
            }
            let wait = after.unwrap_or(pause);
            if wait >= self.bounds.left()? {
                return Err(refusal);
            }
            sleep(wait).await;
            pause *= 2;
        }
        Err(self.bounds.over().into())
    }

    /// One attempt; a failure with how long to wait, where the server says so.
    async fn ask(
        &self,
        path: &str,
        accept: Accept,
    ) -> Result<Vec<u8>, (Refusal, Option<Duration>)> {
        let request = Request::get(path)
            .header(header::ACCEPT, accept.header())
            .body(Body::empty())
            .map_err(|error| (Refusal::Garbage(error.to_string()), None))?;
        let response = self
            .client
            .send(request)
            .await
            .map_err(|error| (Refusal::Unreachable(causes(&error)), None))?;
        let (parts, body) = response.into_parts();
        let refused = |refusal| (refusal, retry_after(&parts.headers));
        let read = Limited::new(body, LARGEST).collect().await.map_err(|error| {
            if error.is::<LengthLimitError>() {
                Refusal::TooLarge
            } else {
                Refusal::CutShort(causes(&*error))
            }
        });
        // A status is an answer even where what it says breaks off.
        let text = match (read, parts.status.is_success()) {
            (Ok(body), _) => body.to_bytes(),
            (Err(refusal), true) => return Err(refused(refusal)),
            (Err(_), false) => Default::default(),
        };
        let status = parts.status;
        Err(refused(match status {
            status if status.is_success() => {
                let kind = parts.headers.get(header::CONTENT_TYPE);
                let kind = kind.map(|kind| kind.to_str().unwrap_or("bytes")).unwrap_or("nothing");
                if kind.split(';').next().is_some_and(|kind| kind.trim() == "application/json") {
                    return Ok(text.into());
                }
                Refusal::ContentType(plain(kind))
            }
            StatusCode::UNAUTHORIZED => Refusal::Credentials,
            StatusCode::FORBIDDEN => Refusal::Forbidden(said(&text)),
            StatusCode::NOT_FOUND => Refusal::NotServed,
            StatusCode::GONE => Refusal::Gone,
            StatusCode::NOT_ACCEPTABLE if accept == Accept::Metadata => Refusal::OnlyWhole,
            status if status.is_redirection() => Refusal::Redirect(status.as_u16()),
            status => Refusal::Status(status.as_u16(), said(&text)),
        }))
    }
}

impl From<Overdue> for Refusal {
    fn from(overdue: Overdue) -> Self {
        match overdue {
            Overdue::One(time) => Self::Slow(time),
            Overdue::Whole(time) => Self::Late(time),
        }
    }
}

impl Refusal {
    /// Whether the same question may get another answer soon.
    fn may_pass(&self) -> bool {
        match self {
            Self::Status(code, _) => *code == 429 || (500..600).contains(code),
            Self::CutShort(_) | Self::Unreachable(_) => true,
            Self::Credentials
            | Self::Forbidden(_)
            | Self::NotServed
            | Self::Gone
            | Self::OnlyWhole
            | Self::Redirect(_)
            | Self::ContentType(_)
            | Self::Garbage(_)
            | Self::TooLarge
            | Self::Slow(_)
            | Self::Late(_) => false,
        }
    }
}

/// Seconds that the server asks to wait. A date, the header's other form, is not
/// sent by API servers.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// What the server itself says of it, fit to be shown.
fn said(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Status {
        message: String,
    }
    serde_json::from_slice(body)
        .map(|Status { message }| format!(": {}", plain(&message)))
        .unwrap_or_default()
}
