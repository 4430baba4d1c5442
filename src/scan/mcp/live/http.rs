//! A server that is called: streamable HTTP, by the connections that kube has. Answers
//! are bounded, nobody is redirected, and no proxy is used.

use std::{borrow::Cow, collections::HashMap, error::Error as StdError, sync::Arc};

use bytes::Bytes;
use futures_util::{StreamExt as _, stream::BoxStream};
use http::{
    HeaderName, HeaderValue, Method, Request, Response, StatusCode,
    header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE},
};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use rmcp::{
    model::{ClientJsonRpcMessage, JsonRpcMessage, ServerJsonRpcMessage},
    transport::streamable_http_client::{
        AuthRequiredError, SseError, StreamableHttpClient, StreamableHttpClientTransport,
        StreamableHttpClientTransportConfig, StreamableHttpError, StreamableHttpPostResponse,
    },
};
use sse_stream::{Sse, SseStream};

use super::{
    LiveError,
    talk::{Answers, talk},
};
use crate::scan::live::{Bounds, Teller, causes};

/// Bytes of one answer, a stream of events included.
const ANSWER: usize = 16 << 20;

/// What is said of a server that did not wait for its first question.
pub(super) const ENDED: &str = "it ended before it answered `initialize`";

const SESSION: &str = "mcp-session-id";
const EVENTS: &str = "text/event-stream";
const JSON: &str = "application/json";

/// Calls the server at `url` and asks it.
pub(super) async fn ask(
    url: String,
    headers: Vec<(String, String)>,
    bounds: &Bounds,
    teller: &Teller,
) -> Result<Answers, LiveError> {
    let unusable = |what: &str| LiveError::Unreachable(format!("its entry has {what}"));
    let address = url.parse::<http::Uri>().map_err(|_| unusable("a URL that cannot be read"))?;
    if !matches!(address.scheme_str(), Some("https" | "http")) || address.host().is_none() {
        return Err(unusable("a URL that is no https:// or http:// address"));
    }
    let mut sent = HashMap::new();
    for (name, value) in headers {
        let (Ok(name), Ok(mut value)) =
            (HeaderName::try_from(name.as_str()), HeaderValue::try_from(value.as_str()))
        else {
            return Err(unusable("a header that cannot be sent"));
        };
        value.set_sensitive(true);
        sent.insert(name, value);
    }
    let connector = HttpsConnectorBuilder::new()
        .with_provider_and_native_roots(rustls::crypto::ring::default_provider())
        .map_err(|_| LiveError::Unreachable("no certificates to trust".to_owned()))?
        .https_or_http()
        .enable_http1()
        .build();
    let client = Caller(Client::builder(TokioExecutor::new()).build(connector));
    let config = StreamableHttpClientTransportConfig::with_uri(url).custom_headers(sent);
    talk(StreamableHttpClientTransport::with_client(client, config), bounds, teller).await
}

/// Connections, as the SDK uses them.
#[derive(Clone)]
struct Caller(Client<HttpsConnector<HttpConnector>, Full<Bytes>>);

/// Why a call came to nothing.
#[derive(Debug, thiserror::Error)]
enum CallError {
    #[error("it cannot be reached: {0}")]
    Unreachable(String),
    #[error("it answers with status {0}")]
    Status(u16),
    #[error("its answer is longer than {ANSWER} bytes, or breaks off")]
    Body,
    #[error("the request cannot be written")]
    Request,
}

type Failed = StreamableHttpError<CallError>;

impl Caller {
    async fn send(
        &self,
        method: Method,
        uri: &str,
        own: &[(&'static str, &str)],
        custom: HashMap<HeaderName, HeaderValue>,
        body: Vec<u8>,
    ) -> Result<Response<Limited<Incoming>>, Failed> {
        let mut request = Request::builder().method(method).uri(uri);
        let mut custom: Vec<(HeaderName, HeaderValue)> = custom.into_iter().collect();
        custom.sort_by(|(one, _), (other, _)| one.as_str().cmp(other.as_str()));
        for (name, value) in custom {
            // What the protocol needs wins over what an entry sends.
            if !own.iter().any(|(own, _)| name.as_str().eq_ignore_ascii_case(own)) {
                request = request.header(name, value);
            }
        }
        for (name, value) in own {
            request = request.header(*name, *value);
        }
        let body = Full::new(Bytes::from(body));
        let request = request.body(body).map_err(|_| Failed::Client(CallError::Request))?;
        let response = self
            .0
            .request(request)
            .await
            .map_err(|error| Failed::Client(CallError::Unreachable(causes(&error))))?;
        let status = response.status();
        if status == StatusCode::UNAUTHORIZED || status == StatusCode::FORBIDDEN {
            let refused = AuthRequiredError::new(String::new());
            return Err(Failed::AuthRequired(refused));
        }
        Ok(response.map(|body| Limited::new(body, ANSWER)))
    }
}

impl StreamableHttpClient for Caller {
    type Error = CallError;

    async fn post_message(
        &self,
        uri: Arc<str>,
        message: ClientJsonRpcMessage,
        session: Option<Arc<str>>,
        _auth: Option<String>,
        custom: HashMap<HeaderName, HeaderValue>,
    ) -> Result<StreamableHttpPostResponse, Failed> {
        let text = serde_json::to_vec(&message)?;
        let accept = format!("{JSON}, {EVENTS}");
        let mut own = vec![(CONTENT_TYPE.as_str(), JSON), (ACCEPT.as_str(), accept.as_str())];
        own.extend(session.as_deref().map(|id| (SESSION, id)));
        let response = self.send(Method::POST, &uri, &own, custom, text).await?;
        let status = response.status();
        let header = |name: &str| {
            let value = response.headers().get(name).and_then(|value| value.to_str().ok());
            value.map(str::to_owned)
        };
        let length = header(CONTENT_LENGTH.as_str());
        let kind = header(CONTENT_TYPE.as_str()).unwrap_or_default().to_ascii_lowercase();
        let new_session = header(SESSION);
        if matches!(status, StatusCode::ACCEPTED | StatusCode::NO_CONTENT) {
            return Ok(StreamableHttpPostResponse::Accepted);
        }
        if status == StatusCode::NOT_FOUND && session.is_some() {
            return Err(Failed::SessionExpired);
        }
        let is_request = matches!(message, ClientJsonRpcMessage::Request(_));
        if status.is_success() && !is_request && length.as_deref() == Some("0") {
            return Ok(StreamableHttpPostResponse::Accepted);
        }
        if status.is_success() && kind.starts_with(EVENTS) {
            let events = SseStream::new(response.into_body().map_err(|_| CallError::Body)).boxed();
            return Ok(StreamableHttpPostResponse::Sse(events, new_session));
        }
        if !kind.starts_with(JSON) {
            return Err(Failed::Client(CallError::Status(status.as_u16())));
        }
        let body = response.into_body().collect().await;
        let body = body.map_err(|_| Failed::Client(CallError::Body))?.to_bytes();
        match serde_json::from_slice::<ServerJsonRpcMessage>(&body) {
            Ok(answer) if status.is_success() || matches!(answer, JsonRpcMessage::Error(_)) => {
                Ok(StreamableHttpPostResponse::Json(answer, new_session))
            }
            Ok(_) => Err(Failed::Client(CallError::Status(status.as_u16()))),
            Err(_) if status.is_success() && !is_request => {
                Ok(StreamableHttpPostResponse::Accepted)
            }
            Err(_) => {
                Err(Failed::UnexpectedServerResponse(Cow::Borrowed("an answer that is no message")))
            }
        }
    }

    async fn delete_session(
        &self,
        uri: Arc<str>,
        session: Arc<str>,
        _auth: Option<String>,
        custom: HashMap<HeaderName, HeaderValue>,
    ) -> Result<(), Failed> {
        let own = [(SESSION, &*session)];
        self.send(Method::DELETE, &uri, &own, custom, Vec::new()).await.map(|_| ())
    }

    /// What a server would tell unasked is not listened to.
    async fn get_stream(
        &self,
        _uri: Arc<str>,
        _session: Option<Arc<str>>,
        _last_event: Option<String>,
        _auth: Option<String>,
        _custom: HashMap<HeaderName, HeaderValue>,
    ) -> Result<BoxStream<'static, Result<Sse, SseError>>, Failed> {
        Err(Failed::ServerDoesNotSupportSse)
    }
}

/// What went wrong on the way, without the server's own words.
pub(super) fn causes_of(error: &(dyn StdError + 'static)) -> String {
    if error.is::<std::io::Error>() {
        return ENDED.to_owned();
    }
    match error.downcast_ref::<Failed>() {
        Some(Failed::Client(error)) => error.to_string(),
        Some(Failed::AuthRequired(_)) => "it asks for other credentials".to_owned(),
        Some(_) | None => "its answer to `initialize` is none".to_owned(),
    }
}
