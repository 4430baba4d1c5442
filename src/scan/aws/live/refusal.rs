//! Why there is no answer, in words that tell what to do about it.

use std::{error::Error as StdError, time::Duration};

use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::scan::live::{Overdue, causes, plain};

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("AWS does not accept the credentials ({0})")]
    Credentials(String),
    #[error(
        "AWS does not accept the credentials ({0}): renew them (`aws sts get-caller-identity` must \
         work)"
    )]
    Expired(String),
    #[error("AWS refuses it ({0})")]
    Forbidden(String),
    #[error("AWS fails ({0})")]
    Status(String),
    #[error("the answer cannot be read: {0}")]
    Garbage(String),
    #[error("no answer within {} s", .0.as_secs_f32())]
    Slow(Duration),
    #[error("the time for the whole account ({} s, --timeout) was over", .0.as_secs_f32())]
    Late(Duration),
    #[error("the answer breaks off: {0}")]
    CutShort(String),
    #[error("AWS cannot be reached: {0}")]
    Unreachable(String),
    #[error("there is none; `aws iam generate-credential-report` makes one, which gradus does not")]
    NoReport,
    #[error(
        "it is older than four hours, and AWS no longer gives it; `aws iam generate-credential-report` makes one, which gradus does not"
    )]
    OldReport,
    #[error("the account is in no organisation")]
    NoOrganization,
    #[error(
        "FIPS or IPv6 is asked for, and which host answers so is not known here: \
         AWS_ENDPOINT_URL_{0} names it"
    )]
    NoEndpoint(String),
    #[error("the collector failed")]
    Failed,
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
    /// An answer without what it must have.
    pub(super) fn lacks(key: &str) -> Self {
        Self::Garbage(format!("it has no {key}"))
    }

    /// Whether nothing else will be answered either.
    pub(super) fn is_fatal(&self) -> bool {
        match self {
            Self::Credentials(_)
            | Self::Expired(_)
            | Self::Unreachable(_)
            | Self::Slow(_)
            | Self::Late(_) => true,
            Self::Forbidden(_)
            | Self::Status(_)
            | Self::Garbage(_)
            | Self::CutShort(_)
            | Self::NoReport
            | Self::OldReport
            | Self::NoOrganization
            | Self::NoEndpoint(_)
            | Self::Failed => false,
        }
    }
}

/// What AWS says where it does not take credentials, whatever the service.
const NOT_ACCEPTED: [&str; 9] = [
    "RequestExpired",
    "InvalidClientTokenId",
    "InvalidAccessKeyId",
    "UnrecognizedClientException",
    "SignatureDoesNotMatch",
    "InvalidSignatureException",
    "IncompleteSignature",
    "MissingAuthenticationToken",
    "AuthFailure",
];

/// What it says where they were good once.
const EXPIRED: [&str; 2] = ["ExpiredToken", "ExpiredTokenException"];

/// What it says where they are good and not enough.
const FORBIDDEN: [&str; 4] =
    ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "UnauthorizedAccess"];

/// What an answer is that no service of AWS gives.
const NOT_AWS: &str = "it is no answer of AWS (a proxy, or another endpoint?)";

/// Why a question was not answered.
pub(super) fn refusal<E>(error: &SdkError<E, HttpResponse>) -> Refusal
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    match error {
        SdkError::TimeoutError(_) => Refusal::Unreachable("no connection in time".to_owned()),
        SdkError::DispatchFailure(failure) => match failure.as_connector_error() {
            Some(error) => Refusal::Unreachable(causes(error)),
            None => Refusal::Unreachable("no reason is known".to_owned()),
        },
        SdkError::ResponseError(_) => Refusal::CutShort(reason(error)),
        SdkError::ServiceError(service) => {
            let status = service.raw().status();
            match service.err().code() {
                Some(code) => by_code(code, service.err().message().unwrap_or_default()),
                // What the SDK says of it is for those who write parsers.
                None if status.is_success() => Refusal::Garbage(NOT_AWS.to_owned()),
                None => match status.as_u16() {
                    401 => Refusal::Credentials("401".to_owned()),
                    403 => Refusal::Forbidden("403".to_owned()),
                    code => Refusal::Status(code.to_string()),
                },
            }
        }
        _ => Refusal::Garbage(NOT_AWS.to_owned()),
    }
}

fn by_code(code: &str, message: &str) -> Refusal {
    let said = if message.is_empty() { plain(code) } else { plain(&format!("{code}: {message}")) };
    if EXPIRED.contains(&code) {
        Refusal::Expired(said)
    } else if NOT_ACCEPTED.contains(&code) {
        Refusal::Credentials(said)
    } else if FORBIDDEN.contains(&code) {
        Refusal::Forbidden(said)
    } else {
        match code {
            "ReportNotPresent" => Refusal::NoReport,
            "ReportExpired" => Refusal::OldReport,
            "AWSOrganizationsNotInUseException" => Refusal::NoOrganization,
            _ => Refusal::Status(said),
        }
    }
}

/// What is wrong, without what only says that something is.
fn reason(error: &(dyn StdError + 'static)) -> String {
    error.source().map_or_else(|| causes(error), causes)
}
