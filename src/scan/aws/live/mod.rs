//! Live accounts, read and never written.
//!
//! The only place that knows AWS' own SDK, which stays within [`collect`]. What
//! comes of it is a [`Snapshot`], the same one that is written to a file; its items
//! are what the AWS CLI would have printed.

mod about;
mod bounded;
mod calls;
mod connect;
mod details;
mod permissions;
mod refusal;
mod server;
mod shape;

#[cfg(test)]
mod tests;

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use aws_config::SdkConfig;
use serde_json::{Value, json};
use tokio::task::JoinSet;

pub use permissions::policy;

use super::snapshot::{Listed, Refused, Snapshot};
use crate::scan::{
    live::{self, Progress, Stopped, TIMEOUT, Teller, shown},
    snapshot::LiveFailure,
};
use calls::Call;
use refusal::Refusal;
use server::Server;

/// How to collect.
#[derive(Debug, Clone)]
pub struct Options {
    /// The profile of the AWS CLI's configuration; none for whatever the
    /// environment gives.
    pub profile: Option<String>,
    /// The account that it must be, by its twelve digits; none for any.
    pub account: Option<String>,
    /// A region of the part of AWS to ask; none for the configured one.
    pub region: Option<String>,
    /// What the whole account may take; one answer may take a quarter of it.
    pub timeout: Duration,
    /// Principals and policies that are asked for at a time.
    pub page: i32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            profile: None,
            account: None,
            region: None,
            timeout: Duration::from_secs(TIMEOUT),
            page: 500,
        }
    }
}

/// Why an account could not be collected at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LiveError {
    /// Nothing gives credentials.
    #[error(
        "there are no AWS credentials: no profile, no variables (AWS_ACCESS_KEY_ID), no role of \
         a container or machine"
    )]
    NoCredentials,
    /// The configuration cannot be used.
    #[error("the AWS configuration cannot be used: {0}")]
    Configuration(String),
    /// The profile is not in the configuration.
    #[error("profile `{wanted}` is not in the AWS configuration, which has {}", shown(.known))]
    UnknownProfile {
        /// What was asked for.
        wanted: String,
        /// Profiles that there are, the nearest first.
        known: Vec<String>,
    },
    /// The credentials are of another account.
    #[error("the credentials are of account {found}, not of {wanted} (`account` in gradus.yaml)")]
    WrongAccount {
        /// What was asked for.
        wanted: String,
        /// Whose they are.
        found: String,
    },
    /// Credentials cannot be had, or AWS does not take them.
    #[error("{0}")]
    Credentials(String),
    /// The server does not answer as AWS does.
    #[error("{0}")]
    Server(String),
    /// Time was over before anything was read.
    #[error(
        "nothing came within {} s (--timeout): a server or a source of credentials that does not \
         answer", .0.as_secs_f32()
    )]
    TimedOut(Duration),
    /// The collector itself failed.
    #[error("the collector failed: {0}")]
    Internal(String),
}

impl LiveFailure for LiveError {
    fn is_usage(&self) -> bool {
        match self {
            Self::NoCredentials
            | Self::Configuration(_)
            | Self::UnknownProfile { .. }
            | Self::WrongAccount { .. } => true,
            Self::Credentials(_) | Self::Server(_) | Self::TimedOut(_) | Self::Internal(_) => false,
        }
    }
}

impl From<Stopped> for LiveError {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::TimedOut(timeout) => Self::TimedOut(timeout),
            Stopped::Failed(reason) => Self::Internal(reason),
        }
    }
}

/// Collects an account. What of it is refused is a gap of the snapshot; `watch` is
/// told how far it is, on this thread.
///
/// # Errors
/// There is no way to the account, it is another one, or nothing at all can be read.
pub fn collect(options: &Options, watch: &mut dyn FnMut(&Progress)) -> Result<Snapshot, LiveError> {
    let own = options.clone();
    live::within(options.timeout, watch, move |teller| async move {
        let server = Arc::new(Server::new(own.timeout));
        let config = connect::connect(&own, &server).await?;
        account(&own, server, &config, &teller).await
    })
}

/// What came of one call.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// Documents, as the AWS CLI prints them.
    items: Vec<Box<[u8]>>,
    /// Principals and policies in them.
    objects: usize,
    /// Why they are not all.
    refusal: Option<Refusal>,
}

/// One document, or none.
impl From<Result<Value, Refusal>> for Answer {
    fn from(result: Result<Value, Refusal>) -> Self {
        match result {
            Ok(document) => {
                let text = document.to_string().into_bytes();
                Self { items: vec![text.into()], objects: 1, refusal: None }
            }
            Err(refusal) => Self { refusal: Some(refusal), ..Self::default() },
        }
    }
}

/// One question, or several of one kind, on its way.
type Errand = (&'static Call, Pin<Box<dyn Future<Output = Answer> + Send>>);

/// All that is asked, in the order in which it stands in the snapshot.
fn errands(options: &Options, server: &Arc<Server>, config: &SdkConfig) -> Vec<Errand> {
    let client = aws_sdk_iam::Client::new(config);
    let page = options.page;
    let own = || (server.clone(), client.clone());
    let ((s1, c1), (s2, c2), (s3, c3), (s4, c4)) = (own(), own(), own(), own());
    vec![
        (&calls::DETAILS, Box::pin(async move { details::list(&s1, &c1, page).await })),
        (&calls::SUMMARY, Box::pin(async move { about::summary(&s2, &c2).await })),
        (&calls::ALIASES, Box::pin(async move { about::aliases(&s3, &c3).await })),
        (&calls::REPORT, Box::pin(async move { about::report(&s4, &c4).await })),
    ]
}

async fn account(
    options: &Options,
    server: Arc<Server>,
    config: &SdkConfig,
    teller: &Teller,
) -> Result<Snapshot, LiveError> {
    let mut snapshot = Snapshot::default();
    match identity(&server, config).await {
        Ok((account, document)) => {
            snapshot.account = Some(account);
            snapshot.add(&calls::IDENTITY, Ok(document).into());
        }
        Err(refusal) if options.account.is_some() || refusal.is_fatal() => {
            return Err(fatal(&refusal));
        }
        Err(refusal) => snapshot.add(&calls::IDENTITY, Err(refusal).into()),
    }
    if let (Some(wanted), Some(found)) = (&options.account, &snapshot.account)
        && wanted != found
    {
        return Err(LiveError::WrongAccount { wanted: wanted.clone(), found: found.clone() });
    }
    snapshot.name = options
        .profile
        .clone()
        .or_else(|| snapshot.account.clone())
        .unwrap_or_else(|| "unknown".to_owned());
    let errands = errands(options, &server, config);
    let mut tasks = JoinSet::new();
    let mut progress = Progress { done: 0, all: errands.len(), objects: 0 };
    let calls: Vec<&'static Call> = errands.iter().map(|(call, _)| *call).collect();
    for (index, (_, errand)) in errands.into_iter().enumerate() {
        tasks.spawn(async move { (index, errand.await) });
    }
    let mut answers: Vec<Option<Answer>> = calls.iter().map(|_| None).collect();
    while let Some(joined) = tasks.join_next().await {
        // A task that failed is an answer that is missing.
        let Ok((index, answer)) = joined else { continue };
        progress.done += 1;
        progress.objects += answer.objects;
        teller.tell(&progress);
        if let Some(slot) = answers.get_mut(index) {
            *slot = Some(answer);
        }
    }
    for (call, answer) in calls.into_iter().zip(answers) {
        snapshot.add(call, answer.unwrap_or_else(|| Err(Refusal::Failed).into()));
    }
    snapshot.gaps.sort();
    // A file that says nothing would stand for an account.
    if snapshot.listed.is_empty()
        && snapshot.items.is_empty()
        && let Some(gap) = snapshot.gaps.first()
    {
        return Err(LiveError::Server(format!(
            "nothing can be read: {}: {}",
            gap.action, gap.reason
        )));
    }
    Ok(snapshot)
}

/// Whose the credentials are: the account, and the whole answer.
async fn identity(server: &Server, config: &SdkConfig) -> Result<(String, Value), Refusal> {
    let client = aws_sdk_sts::Client::new(config);
    let answer = server.ask(client.get_caller_identity().send()).await?;
    let (Some(user), Some(account), Some(arn)) = (answer.user_id(), answer.account(), answer.arn())
    else {
        return Err(Refusal::lacks("Account"));
    };
    if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Refusal::Garbage("it tells an account that is none".to_owned()));
    }
    let document = json!({"UserId": user, "Account": account, "Arn": arn});
    Ok((account.to_owned(), document))
}

impl Snapshot {
    fn add(&mut self, call: &Call, answer: Answer) {
        let items = u64::try_from(answer.items.len()).unwrap_or(u64::MAX);
        self.items.extend(answer.items);
        let action = call.action.to_owned();
        match answer.refusal {
            Some(refusal) => self.gaps.push(Refused {
                action,
                region: None,
                object: None,
                reason: refusal.to_string(),
            }),
            None => self.listed.push(Listed { action, region: None, items }),
        }
    }
}

/// What is wrong where nothing can be read.
fn fatal(refusal: &Refusal) -> LiveError {
    match refusal {
        Refusal::Credentials(_) | Refusal::Expired(_) => {
            LiveError::Credentials(refusal.to_string())
        }
        refusal => LiveError::Server(format!("nothing can be read: {refusal}")),
    }
}
