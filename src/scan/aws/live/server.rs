//! Questions to AWS: bounded in time and number, repeated where that may help.

use std::{
    error::Error as StdError,
    future::Future,
    time::{Duration, Instant},
};

use super::refusal::{Refusal, refusal};
use crate::scan::live::Bounds;
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::{
    error::metadata::ProvideErrorMetadata, retry::RetryConfig, timeout::TimeoutConfig,
};

/// How often a question is put before the answer counts.
const ATTEMPTS: u32 = 4;
/// The longest first pause between two attempts; each further one is twice as long.
const PAUSE: Duration = Duration::from_millis(250);
/// The longest that a connection is waited for.
const CONNECT: Duration = Duration::from_secs(10);

/// AWS, which has a certain time to answer everything.
#[derive(Debug)]
pub(super) struct Server {
    bounds: Bounds,
}

impl Server {
    /// AWS, with `whole` from now on.
    pub(super) fn new(whole: Duration) -> Self {
        Self { bounds: Bounds::new(Instant::now(), whole) }
    }

    /// How the SDK is to ask again where AWS is busy or fails.
    pub(super) fn retries() -> RetryConfig {
        RetryConfig::standard().with_max_attempts(ATTEMPTS).with_initial_backoff(PAUSE)
    }

    /// What the SDK is to wait for a connection. What an answer takes is decided
    /// here alone.
    pub(super) fn timeouts(&self) -> TimeoutConfig {
        TimeoutConfig::builder().connect_timeout(CONNECT.min(self.bounds.one())).build()
    }

    /// The answer to a question, all attempts together within a quarter of the time.
    pub(super) async fn ask<T, E>(
        &self,
        question: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> Result<T, Refusal>
    where
        E: ProvideErrorMetadata + StdError + 'static,
    {
        self.wait(question).await?.map_err(|error| refusal(&error))
    }

    /// What comes of waiting, within a quarter of the time.
    pub(super) async fn wait<T>(&self, what: impl Future<Output = T>) -> Result<T, Refusal> {
        let _turn = self.bounds.turn().await?;
        Ok(self.bounds.wait(what).await?)
    }
}
