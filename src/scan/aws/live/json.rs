//! Services that speak JSON: EKS and Organizations.
//!
//! What they answer is what the AWS CLI prints, so that it is kept as it came, and no
//! shape of theirs is written down here. Signing, waiting and asking again are those of
//! AWS' own clients, of which this is one more.

use std::sync::Arc;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_runtime::{
    auth::{
        SigV4OperationSigningConfig,
        sigv4::{SCHEME_ID, SigV4AuthScheme},
    },
    retries::classifiers::AwsErrorCodeClassifier,
};
use aws_smithy_http::label::{EncodingStrategy, fmt_string};
use aws_smithy_runtime::client::{
    identity::IdentityCache,
    orchestrator::operation::Operation,
    retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier},
};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        auth::{
            AuthSchemeOptionResolverParams, SharedAuthScheme,
            static_resolver::StaticAuthSchemeOptionResolver,
        },
        identity::SharedIdentityResolver,
        orchestrator::{HttpRequest, HttpResponse, OrchestratorError},
        runtime_components::RuntimeComponentsBuilder,
        runtime_plugin::StaticRuntimePlugin,
    },
};
use aws_smithy_types::{body::SdkBody, config_bag::Layer, error::ErrorMetadata};
use aws_types::{SigningName, region::SigningRegion};
use serde_json::{Map, Value};

use super::{refusal::Refusal, server::Server};

/// Pages of one list; no list that AWS keeps has more.
const MOST_PAGES: usize = 2_000;
/// What services call the way to the next page, in a question and in an answer.
const NEXT: [&str; 2] = ["nextToken", "NextToken"];
/// Entries of a page of EKS, which is what it takes at most.
const PAGE: &str = "maxResults=100";

/// A service, as its configuration names it.
#[derive(Debug)]
pub(super) struct Service {
    /// As in `AWS_ENDPOINT_URL_EKS`, and under `services` in the configuration.
    pub(super) id: &'static str,
    /// As in its host, and in what is signed.
    pub(super) host: &'static str,
}

/// A part of AWS, by how the names of its regions start: what its hosts end in, and
/// where its Organizations are (`partitions.json` and `endpoints.json` of botocore).
const PARTS: [(&str, &str, &str); 8] = [
    ("cn-", "amazonaws.com.cn", "cn-northwest-1"),
    ("us-gov-", "amazonaws.com", "us-gov-west-1"),
    ("us-iso-", "c2s.ic.gov", "us-iso-east-1"),
    ("us-isob-", "sc2s.sgov.gov", "us-isob-east-1"),
    ("us-isof-", "csp.hci.ic.gov", "us-isof-south-1"),
    ("eu-isoe-", "cloud.adc-e.uk", "eu-isoe-west-1"),
    ("eusc-", "amazonaws.eu", "eusc-de-east-1"),
    ("", "amazonaws.com", "us-east-1"),
];

/// What the hosts of a region end in, and where the Organizations of its part are.
fn part_of(region: &str) -> (&'static str, &'static str) {
    let own = PARTS.iter().find(|(start, ..)| region.starts_with(start));
    own.map_or(("amazonaws.com", "us-east-1"), |(_, suffix, home)| (suffix, home))
}

/// The region that answers for the organisation of accounts in `region`.
pub(super) fn home_of(region: &str) -> &'static str {
    part_of(region).1
}

/// A question.
#[derive(Debug, Clone)]
pub(super) enum Question {
    /// An operation with its parameters (JSON 1.1).
    Operation(&'static str, Map<String, Value>),
    /// What stands under a path, by its segments (REST).
    Path(Vec<String>),
}

impl Question {
    /// `DescribePolicy` with `PolicyId`.
    pub(super) fn operation(name: &'static str, parameters: &[(&str, &str)]) -> Self {
        let own = |(key, value): &(&str, &str)| ((*key).to_owned(), Value::from(*value));
        Self::Operation(name, parameters.iter().map(own).collect())
    }

    /// `/clusters/NAME`.
    pub(super) fn path(segments: &[&str]) -> Self {
        Self::Path(segments.iter().map(|segment| (*segment).to_owned()).collect())
    }
}

/// A question for one page.
#[derive(Debug)]
struct Asked {
    question: Question,
    /// The way to the page; none for the first.
    token: Option<String>,
}

/// The way to one service in one region.
#[derive(Debug, Clone)]
pub(super) struct JsonClient {
    server: Arc<Server>,
    operation: Operation<Asked, Map<String, Value>, ErrorMetadata>,
}

impl JsonClient {
    /// # Errors
    /// The configuration asks for an endpoint of a kind that is not known here, or it
    /// lacks what every configuration has.
    pub(super) fn new(
        server: &Arc<Server>,
        config: &SdkConfig,
        service: &Service,
        region: &str,
    ) -> Result<Self, Refusal> {
        let (Some(http), Some(credentials), Some(sleep), Some(time)) = (
            config.http_client(),
            config.credentials_provider(),
            config.sleep_impl(),
            config.time_source(),
        ) else {
            return Err(Refusal::Failed);
        };
        let mut layer = Layer::new("GradusSigning");
        layer.store_put(AuthSchemeOptionResolverParams::new(()));
        layer.store_put(SigV4OperationSigningConfig {
            region: Some(SigningRegion::from(Region::new(region.to_owned()))),
            name: Some(SigningName::from(service.host)),
            ..SigV4OperationSigningConfig::default()
        });
        let components = RuntimeComponentsBuilder::new("GradusSigning")
            .with_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()))
            .with_auth_scheme_option_resolver(Some(StaticAuthSchemeOptionResolver::new(vec![
                SCHEME_ID,
            ])))
            .with_identity_cache(Some(IdentityCache::no_cache()))
            .with_identity_resolver(SCHEME_ID, SharedIdentityResolver::new(credentials));
        let operation = Operation::builder()
            .service_name(service.id)
            .operation_name("Read")
            .behavior_version(BehaviorVersion::latest())
            .http_client(http)
            .sleep_impl(sleep)
            .time_source(time)
            .endpoint_url(&endpoint(config, service, region)?)
            .standard_retry(&Server::retries())
            .retry_classifier(HttpStatusCodeClassifier::default())
            .retry_classifier(TransientErrorClassifier::<ErrorMetadata>::new())
            .retry_classifier(AwsErrorCodeClassifier::<ErrorMetadata>::new())
            .timeout_config(server.timeouts())
            .runtime_plugin(
                StaticRuntimePlugin::new()
                    .with_config(layer.freeze())
                    .with_runtime_components(components),
            )
            .serializer(request)
            .deserializer(read)
            .build();
        Ok(Self { server: server.clone(), operation })
    }

    /// The whole answer, all pages put together as the AWS CLI puts them, and why it is
    /// not all there is. `key` stands in every such answer. One that breaks off keeps
    /// the way to the page that is missing, by which a reader knows it.
    pub(super) async fn ask(
        &self,
        question: &Question,
        key: &str,
    ) -> (Map<String, Value>, Option<Refusal>) {
        let mut whole = Map::new();
        let mut token: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let asked = Asked { question: question.clone(), token: token.clone() };
            let mut page = match self.server.ask(self.operation.invoke(asked)).await {
                Ok(page) if !page.contains_key(key) => {
                    return (whole, Some(Refusal::lacks(key)));
                }
                Ok(page) => page,
                Err(refusal) => return (whole, Some(refusal)),
            };
            NEXT.iter().for_each(|name| drop(whole.remove(*name)));
            let next = NEXT.iter().find_map(|name| Some((*name, page.remove(*name)?)));
            unite(&mut whole, page);
            let Some((name, next)) = next.filter(|(_, next)| !next.is_null()) else {
                return (whole, None);
            };
            let next = match next {
                Value::String(next) if next.is_empty() => return (whole, None),
                Value::String(next) => next,
                _ => return (whole, Some(Refusal::Garbage(format!("its {name} is no text")))),
            };
            whole.insert(name.to_owned(), Value::from(next.as_str()));
            if token.as_ref() == Some(&next) {
                let reason = "every page sends to itself".to_owned();
                return (whole, Some(Refusal::Garbage(reason)));
            }
            token = Some(next);
        }
        (whole, Some(Refusal::Garbage("more pages than an account has".to_owned())))
    }
}

/// Appends the lists of a page to those before it.
fn unite(whole: &mut Map<String, Value>, page: Map<String, Value>) {
    for (key, value) in page {
        match (whole.get_mut(&key), value) {
            (Some(Value::Array(own)), Value::Array(more)) => own.extend(more),
            (_, value) => drop(whole.insert(key, value)),
        }
    }
}

/// Where a service answers: what the configuration says, as other clients take it, else
/// AWS itself.
pub(super) fn endpoint(
    config: &SdkConfig,
    service: &Service,
    region: &str,
) -> Result<String, Refusal> {
    let key = aws_types::service_config::ServiceConfigKey::builder()
        .service_id(service.id)
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build();
    let own = config.service_config().zip(key.ok()).and_then(|(own, key)| own.load_config(key));
    if let Some(url) = own.or_else(|| config.endpoint_url().map(str::to_owned)) {
        return Ok(url);
    }
    // Hosts of these kinds have names of their own in every part of AWS, and going round
    // what somebody demanded is no way.
    if config.use_fips() == Some(true) || config.use_dual_stack() == Some(true) {
        return Err(Refusal::NoEndpoint(service.id.to_ascii_uppercase()));
    }
    Ok(format!("https://{}.{region}.{}", service.host, part_of(region).0))
}

fn request(asked: Asked) -> Result<HttpRequest, BoxError> {
    const AGENT: &str = concat!("gradus/", env!("CARGO_PKG_VERSION"));
    let mut request = match asked.question {
        Question::Operation(name, mut parameters) => {
            parameters.extend(asked.token.map(|token| ("NextToken".to_owned(), token.into())));
            let text = Value::Object(parameters).to_string();
            let mut request = HttpRequest::new(SdkBody::from(text));
            request.set_method("POST")?;
            request.set_uri("/")?;
            let headers = request.headers_mut();
            headers.try_insert("content-type", "application/x-amz-json-1.1")?;
            headers.try_insert("x-amz-target", format!("AWSOrganizationsV20161128.{name}"))?;
            request
        }
        Question::Path(segments) => {
            let mut path = String::new();
            for segment in segments {
                path.push('/');
                path.push_str(&fmt_string(segment, EncodingStrategy::Default));
            }
            path.push('?');
            path.push_str(PAGE);
            if let Some(token) = asked.token {
                path.push_str("&nextToken=");
                path.push_str(&fmt_string(token, EncodingStrategy::Default));
            }
            let mut request = HttpRequest::new(SdkBody::empty());
            request.set_method("GET")?;
            request.set_uri(path)?;
            request
        }
    };
    request.headers_mut().try_insert("user-agent", AGENT)?;
    Ok(request)
}

fn read(response: &HttpResponse) -> Result<Map<String, Value>, OrchestratorError<ErrorMetadata>> {
    let text = response.body().bytes().unwrap_or_default();
    let read = serde_json::from_slice::<Map<String, Value>>(text);
    if response.status().is_success() {
        // An error without a code says what is no answer of AWS.
        return read.map_err(|_| OrchestratorError::operation(ErrorMetadata::builder().build()));
    }
    let body = read.unwrap_or_default();
    let word = |keys: &[&str]| keys.iter().find_map(|key| body.get(*key)?.as_str());
    // `prefix#Code:http://…`, as AWS JSON 1.1 and REST JSON write it.
    let code = response.headers().get("x-amzn-errortype").or_else(|| word(&["__type", "code"]));
    let code = code.map(|code| code.split(':').next().unwrap_or(code));
    let code = code.map(|code| code.rsplit('#').next().unwrap_or(code));
    let mut error = ErrorMetadata::builder();
    if let Some(code) = code.filter(|code| !code.is_empty()) {
        error = error.code(code);
    }
    if let Some(message) = word(&["message", "Message"]) {
        error = error.message(message);
    }
    Err(OrchestratorError::operation(error.build()))
}
