//! From a context's name to a client: kubeconfig, its credentials, or the pod
//! that gradus runs in.

use std::path::Path;

use kube::{
    Client, Config,
    client::AuthError,
    config::{KubeConfigOptions, Kubeconfig, KubeconfigError},
};

use super::{LiveError, Options};
use crate::scan::live::{causes, nearest_first, plain};

/// What a cluster is called that is reached from within.
pub(super) const IN_CLUSTER: &str = "in-cluster";

/// A client, and what its cluster is called.
pub(super) async fn connect(options: &Options) -> Result<(String, Client), LiveError> {
    let context = options.context.as_deref();
    let (name, config) = match kubeconfig(options.kubeconfig.as_deref()) {
        Ok(Some(kubeconfig)) => from_kubeconfig(kubeconfig, context).await?,
        Ok(None) if context.is_none() => {
            let config = Config::incluster().map_err(|_| LiveError::NoKubeconfig)?;
            (IN_CLUSTER.to_owned(), config)
        }
        Ok(None) => return Err(LiveError::NoKubeconfig),
        Err(error) => return Err(LiveError::Kubeconfig(kubeconfig_error(&error))),
    };
    if !reaches(&config.cluster_url) {
        let message = format!("the server of {name} is no https:// or http:// address");
        return Err(LiveError::Kubeconfig(message));
    }
    let mut config = config;
    // One place decides how often and how long (`request`).
    config.default_retry = false;
    let client = Client::try_from(config).map_err(|error| match error {
        kube::Error::Auth(error) => LiveError::Credentials(credentials(&error)),
        // The address may hold a password.
        kube::Error::ProxyProtocolDisabled { .. }
        | kube::Error::ProxyProtocolUnsupported { .. } => {
            LiveError::Kubeconfig("it asks for a proxy, which gradus cannot use".to_owned())
        }
        error => LiveError::Kubeconfig(causes(&error)),
    })?;
    Ok((name, client))
}

/// Whether an address names a scheme and a host; kube's own client expects both.
fn reaches(address: &http::Uri) -> bool {
    matches!(address.scheme_str(), Some("https" | "http")) && address.host().is_some()
}

/// The kubeconfig in `file`, or as `kubectl` finds it; none where there is no
/// such file.
fn kubeconfig(file: Option<&Path>) -> Result<Option<Kubeconfig>, KubeconfigError> {
    match file.map_or_else(as_kubectl, Kubeconfig::read_from) {
        Ok(kubeconfig) if kubeconfig.contexts.is_empty() && kubeconfig.clusters.is_empty() => {
            Ok(None)
        }
        Ok(kubeconfig) => Ok(Some(kubeconfig)),
        Err(KubeconfigError::FindPath) => Ok(None),
        Err(KubeconfigError::ReadConfig(error, _))
            if error.kind() == std::io::ErrorKind::NotFound
                && file.is_none()
                && std::env::var_os("KUBECONFIG").is_none() =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// All files that `KUBECONFIG` names and that exist, the first one winning; else
/// the one in the home folder.
fn as_kubectl() -> Result<Kubeconfig, KubeconfigError> {
    let Some(named) = std::env::var_os("KUBECONFIG").filter(|named| !named.is_empty()) else {
        return Kubeconfig::read();
    };
    let named: Vec<_> =
        std::env::split_paths(&named).filter(|path| !path.as_os_str().is_empty()).collect();
    let found: Vec<_> = named.iter().filter(|path| path.exists()).collect();
    if found.is_empty() {
        return Kubeconfig::read();
    }
    let mut merged = Kubeconfig::default();
    for path in found {
        merged = merged.merge(Kubeconfig::read_from(path)?)?;
    }
    Ok(merged)
}

async fn from_kubeconfig(
    kubeconfig: Kubeconfig,
    context: Option<&str>,
) -> Result<(String, Config), LiveError> {
    let known: Vec<String> = kubeconfig.contexts.iter().map(|known| known.name.clone()).collect();
    let wanted = context.map(str::to_owned).or(kubeconfig.current_context.clone());
    let Some(wanted) = wanted.filter(|name| !name.is_empty()) else {
        return Err(LiveError::NoCurrentContext { known });
    };
    if !known.contains(&wanted) {
        return Err(LiveError::UnknownContext { known: nearest_first(&wanted, known), wanted });
    }
    if let Some(user) = missing_user(&kubeconfig, &wanted) {
        let message = format!("context `{wanted}` names user `{user}`, which the kubeconfig lacks");
        return Err(LiveError::Kubeconfig(message));
    }
    let options = KubeConfigOptions { context: Some(wanted.clone()), ..Default::default() };
    let config = Config::from_custom_kubeconfig(kubeconfig, &options)
        .await
        .map_err(|error| LiveError::Kubeconfig(kubeconfig_error(&error)))?;
    Ok((wanted, config))
}

/// The user of a context, where it is none of the kubeconfig's: requests would go
/// out without credentials, as somebody else.
fn missing_user(kubeconfig: &Kubeconfig, context: &str) -> Option<String> {
    let named = kubeconfig.contexts.iter().find(|known| known.name == context)?;
    let user = named.context.as_ref()?.user.as_deref().filter(|user| !user.is_empty())?;
    let known = kubeconfig.auth_infos.iter().any(|known| known.name == user);
    (!known).then(|| plain(user))
}

/// What is wrong with a kubeconfig, without the lines of it that a parser shows:
/// they may hold credentials.
fn kubeconfig_error(error: &KubeconfigError) -> String {
    match error {
        KubeconfigError::Parse(_) => "the kubeconfig is not YAML of the shape it needs".to_owned(),
        error => causes(error),
    }
}

/// What went wrong with credentials. What a plugin printed may be a token and is
/// not told.
fn credentials(error: &AuthError) -> String {
    match error {
        AuthError::AuthExecRun { cmd, out } => {
            // What stands before the program sets its environment.
            let program = cmd
                .split_whitespace()
                .find(|word| !word.contains('='))
                .unwrap_or("of the kubeconfig");
            format!("the credentials plugin `{program}` failed ({})", out.status)
        }
        AuthError::AuthExecParse(_) | AuthError::ExecPluginFailed => {
            "the credentials plugin printed no credentials".to_owned()
        }
        AuthError::AuthExecStart(error) => {
            format!("the credentials plugin cannot be started: {error}")
        }
        AuthError::ReadTokenFile(error, path) => {
            format!("the token file {} cannot be read: {error}", path.display())
        }
        error => error.to_string(),
    }
}
