//! From a profile's name to credentials and places: the configuration of the AWS
//! CLI, its variables, or the machine that gradus runs on.

use std::{borrow::Cow, error::Error as _};

use aws_config::{
    BehaviorVersion, Region, SdkConfig,
    environment::EnvironmentVariableRegionProvider,
    imds::client::error::ImdsError,
    meta::region::RegionProviderChain,
    profile::{self, ProfileFileCredentialsProvider, ProfileFileRegionProvider},
    provider_config::ProviderConfig,
};
use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials as _, SharedCredentialsProvider, error::CredentialsError},
};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::os_shim_internal::{Env, Fs};

use super::{LiveError, Options, bounded, server::Server};
use crate::scan::live::{causes, nearest_first, plain};

/// Where nothing says which region: IAM is the same in all of a partition.
pub(super) const REGION: &str = "us-east-1";

/// The configuration, with credentials that are there already: a source of them is
/// asked once.
pub(super) async fn connect(options: &Options, server: &Server) -> Result<SdkConfig, LiveError> {
    let named = options.profile.as_deref();
    known_profile(named).await?;
    plain_region(options).await?;
    let http = SharedHttpClient::new(bounded::client());
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http.clone())
        .retry_config(Server::retries())
        .timeout_config(server.timeouts())
        .region(region(options));
    if let Some(name) = named {
        let provider = ProviderConfig::without_region()
            .with_region(region(options).region().await)
            .with_http_client(http);
        // Variables of the environment do not take the place of a profile that was named.
        let credentials =
            ProfileFileCredentialsProvider::builder().configure(&provider).profile_name(name);
        loader = loader.profile_name(name).credentials_provider(credentials.build());
    }
    let config = loader.load().await;
    let credentials = credentials(&config, server, named).await?;
    let provider = SharedCredentialsProvider::new(credentials);
    Ok(config.into_builder().credentials_provider(provider).build())
}

/// The region that was named, else that of the environment, else the profile's.
fn region(options: &Options) -> RegionProviderChain {
    let mut profile = ProfileFileRegionProvider::builder();
    if let Some(name) = &options.profile {
        profile = profile.profile_name(name);
    }
    RegionProviderChain::first_try(options.regions.first().cloned().map(Region::new))
        .or_else(EnvironmentVariableRegionProvider::new())
        .or_else(profile.build())
        .or_else(Region::from_static(REGION))
}

/// Whether every region can be part of a host's name: one that is not would lead
/// elsewhere.
async fn plain_region(options: &Options) -> Result<(), LiveError> {
    let configured = region(options).region().await;
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_plain = |region: &&str| !region.is_empty() && region.bytes().all(allowed);
    let regions = options.regions.iter().map(String::as_str);
    match configured.as_ref().map(AsRef::as_ref).into_iter().chain(regions).find(|r| !is_plain(r)) {
        None => Ok(()),
        Some(region) => {
            let shown = plain(region);
            Err(LiveError::Configuration(format!("`{shown}` is no region (such as eu-central-1)")))
        }
    }
}

/// Whether the profile is there that was named, here or in the environment.
async fn known_profile(named: Option<&str>) -> Result<(), LiveError> {
    let files = Default::default();
    let named = named.map(|name| Cow::Owned(name.to_owned()));
    let explicit = named.is_some();
    let profiles =
        profile::load(&Fs::real(), &Env::real(), &files, named).await.map_err(|error| {
            // What follows the place is the line itself, which may hold a secret.
            let cause = error.source().map(ToString::to_string).unwrap_or_default();
            let place = cause.lines().next().unwrap_or_default();
            LiveError::Configuration(plain(&format!("{error}: {place}")))
        })?;
    let wanted = profiles.selected_profile();
    // `default` need not be there: other sources of credentials may be.
    if profiles.get_profile(wanted).is_some() || (wanted == "default" && !explicit) {
        return Ok(());
    }
    let known = profiles.profiles().map(str::to_owned).collect();
    Err(LiveError::UnknownProfile { known: nearest_first(wanted, known), wanted: plain(wanted) })
}

async fn credentials(
    config: &SdkConfig,
    server: &Server,
    named: Option<&str>,
) -> Result<Credentials, LiveError> {
    let provider = config.credentials_provider().ok_or(LiveError::NoCredentials)?;
    let late = |_| LiveError::Credentials("the source of credentials does not answer".to_owned());
    let answer = server.wait(provider.provide_credentials()).await.map_err(late)?;
    answer.map_err(|error| match &error {
        CredentialsError::CredentialsNotLoaded(_) => LiveError::NoCredentials,
        // The last source that is asked where nothing is named; a machine without a
        // role, or none of AWS, has one that refuses.
        error if named.is_none() && is_of_machine(error) => LiveError::NoCredentials,
        CredentialsError::InvalidConfiguration(_) => LiveError::Configuration(told(&error)),
        error => LiveError::Credentials(format!("there are no credentials: {}", told(error))),
    })
}

/// Whether it is the service of a machine's metadata that gives none.
fn is_of_machine(error: &CredentialsError) -> bool {
    let mut causes = std::iter::successors(error.source(), |cause| (**cause).source());
    causes.any(|cause| cause.is::<ImdsError>())
}

/// What went wrong with credentials. What a process printed may be one and is not
/// told.
fn told(error: &CredentialsError) -> String {
    let told = causes(error);
    match told.contains("external process") {
        true => "the `credential_process` of the profile failed".to_owned(),
        false => told,
    }
}
