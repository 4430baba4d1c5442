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
mod eks;
mod errand;
mod json;
mod organization;
mod permissions;
mod refusal;
mod server;
mod shape;

#[cfg(test)]
mod tests;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use aws_config::SdkConfig;
use serde_json::{Value, json};

pub use permissions::policy;

use super::snapshot::Snapshot;
use crate::scan::{
    live::{self, Progress, Stopped, TIMEOUT, Teller, shown, together},
    snapshot::LiveFailure,
};
use errand::{Errand, Told, note};
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
    /// Regions whose clusters to ask for, all of one part of AWS; none for the configured
    /// one.
    pub regions: Vec<String>,
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
            regions: Vec::new(),
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

/// All that is asked of `account`, in the order in which it stands in the snapshot.
fn errands(
    options: &Options,
    server: &Arc<Server>,
    config: &SdkConfig,
    account: Option<&str>,
) -> Vec<Errand> {
    let client = aws_sdk_iam::Client::new(config);
    let page = options.page;
    let own = || (server.clone(), client.clone());
    let ((s1, c1), (s2, c2), (s3, c3), (s4, c4)) = (own(), own(), own(), own());
    let one = |call, answer| vec![Told::of(call, answer)];
    let mut errands: Vec<Errand> = vec![
        (
            &calls::DETAILS,
            Box::pin(async move { one(&calls::DETAILS, details::list(&s1, &c1, page).await) }),
        ),
        (
            &calls::SUMMARY,
            Box::pin(async move { one(&calls::SUMMARY, about::summary(&s2, &c2).await) }),
        ),
        (
            &calls::ALIASES,
            Box::pin(async move { one(&calls::ALIASES, about::aliases(&s3, &c3).await) }),
        ),
        (
            &calls::REPORT,
            Box::pin(async move { one(&calls::REPORT, about::report(&s4, &c4).await) }),
        ),
    ];
    let own = || (server.clone(), config.clone());
    let region = config.region().map_or(connect::REGION, AsRef::as_ref).to_owned();
    // Without an account there is nothing to go up from.
    if let Some(account) = account.map(str::to_owned) {
        let ((server, config), region) = (own(), region.clone());
        let told = organization::read(server, config, region, account);
        errands.push((&calls::ORGANIZATION, Box::pin(told)));
    }
    let configured = [region];
    let regions = match options.regions.as_slice() {
        [] => &configured[..],
        named => named,
    };
    for region in regions.iter().collect::<BTreeSet<_>>() {
        let (server, config) = own();
        errands.push((&calls::EKS, Box::pin(eks::read(server, config, region.clone()))));
    }
    errands
}

async fn account(
    options: &Options,
    server: Arc<Server>,
    config: &SdkConfig,
    teller: &Teller,
) -> Result<Snapshot, LiveError> {
    let mut snapshot = Snapshot::default();
    let mut told = Vec::new();
    match identity(&server, config).await {
        Ok((account, document)) => {
            snapshot.account = Some(account);
            told.push(Told::of(&calls::IDENTITY, Ok(document)));
        }
        Err(refusal) if options.account.is_some() || refusal.is_fatal() => {
            return Err(fatal(&refusal));
        }
        Err(refusal) => told.push(Told::of(&calls::IDENTITY, Err(refusal))),
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
    let errands = errands(options, &server, config, snapshot.account.as_deref());
    let mut progress = Progress { done: 0, all: errands.len(), objects: 0 };
    let (calls, work): (Vec<_>, Vec<_>) = errands.into_iter().unzip();
    let answers = together(work, |told: &Vec<Told>| {
        progress.done += 1;
        progress.objects += told.iter().map(|told| told.answer.objects).sum::<usize>();
        teller.tell(&progress);
    })
    .await;
    for (call, answer) in calls.into_iter().zip(answers) {
        // A task that failed is an answer that is missing.
        told.extend(answer.unwrap_or_else(|| vec![Told::of(call, Err(Refusal::Failed))]));
    }
    note(&mut snapshot, told);
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

/// What is wrong where nothing can be read.
fn fatal(refusal: &Refusal) -> LiveError {
    match refusal {
        Refusal::Credentials(_) | Refusal::Expired(_) => {
            LiveError::Credentials(refusal.to_string())
        }
        refusal => LiveError::Server(format!("nothing can be read: {refusal}")),
    }
}
