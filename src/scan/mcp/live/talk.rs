//! What is said to a server, whichever way.

use std::time::Duration;

use rmcp::{
    RoleClient,
    model::{
        ClientCapabilities, ClientConfig, Implementation, Prompt, ProtocolVersion, Resource,
        ResourceTemplate, Tool,
    },
    service::{ClientInitializeError, ClientLifecycleMode, Peer, serve_client_with_lifecycle},
    transport::Transport,
};

use super::{
    LiveError,
    pages::{self, Listed},
};
use crate::scan::{
    agents::shown_words,
    live::{Bounds, Progress, Teller},
};

/// What is waited for a server that was told that it is over.
pub(super) const SHUTDOWN: Duration = Duration::from_secs(2);

/// All that a server answered.
pub(super) struct Answers {
    /// Its own name and version.
    pub(super) server: Option<String>,
    /// The version of the protocol.
    pub(super) protocol: String,
    /// What it tells every model that uses it.
    pub(super) instructions: Option<String>,
    pub(super) tools: Listed<Tool>,
    pub(super) prompts: Listed<Prompt>,
    pub(super) resources: Listed<Resource>,
    pub(super) templates: Listed<ResourceTemplate>,
}

/// Introduces gradus and asks for every list. A server may take half of the whole time
/// to start.
pub(super) async fn talk<T>(
    transport: T,
    bounds: &Bounds,
    teller: &Teller,
) -> Result<Answers, LiveError>
where
    T: Transport<RoleClient> + 'static,
{
    let start_time = 2 * bounds.one();
    let me = Implementation::new("gradus", env!("CARGO_PKG_VERSION"));
    // No capability: whatever a server asks of its client is refused or empty.
    let config = ClientConfig::new(ClientCapabilities::default(), me)
        .with_protocol_version(ProtocolVersion::LATEST_WITH_INITIALIZE);
    let start = serve_client_with_lifecycle(config, transport, ClientLifecycleMode::Initialize);
    let service = match tokio::time::timeout(start_time, start).await {
        Ok(service) => service.map_err(|error| LiveError::Answer(not_introduced(&error)))?,
        Err(_) => {
            let seconds = start_time.as_secs_f32();
            let reason = format!("it does not answer `initialize` within {seconds} s");
            return Err(LiveError::Answer(reason));
        }
    };
    let answers = lists(service.peer(), bounds, teller).await;
    // The transport is closed with it.
    let _ = tokio::time::timeout(SHUTDOWN, service.cancel()).await;
    answers
}

async fn lists(
    peer: &Peer<RoleClient>,
    bounds: &Bounds,
    teller: &Teller,
) -> Result<Answers, LiveError> {
    /// Tools, prompts, resources, templates.
    const LISTS: usize = 4;

    let Some(info) = peer.peer_info() else {
        return Err(LiveError::Answer("it does not introduce itself".to_owned()));
    };
    if !info.protocol_version.has_initialize() {
        // From that version on the SDK leaves out tools with headers that it does not like.
        let reason = "it answers `initialize` in a version of the protocol that has none";
        return Err(LiveError::Answer(reason.to_owned()));
    }
    let tools = pages::all(bounds, async |params| {
        peer.list_tools(params).await.map(|page| (page.tools, page.next_cursor))
    })
    .await;
    let has_tools = info.capabilities.tools.is_some();
    let tools = match tools {
        none if none.refused && !has_tools => Listed::none(),
        Listed { items, broken: Some(reason), .. } if items.is_empty() => {
            return Err(LiveError::Answer(format!("its list of tools: {reason}")));
        }
        tools => tools,
    };
    teller.tell(&Progress { done: 1, all: LISTS, objects: tools.items.len() });
    let (mut prompts, mut resources, mut templates) =
        (Listed::none(), Listed::none(), Listed::none());
    if info.capabilities.prompts.is_some() {
        prompts = pages::all(bounds, async |params| {
            peer.list_prompts(params).await.map(|page| (page.prompts, page.next_cursor))
        })
        .await;
    }
    if info.capabilities.resources.is_some() {
        resources = pages::all(bounds, async |params| {
            peer.list_resources(params).await.map(|page| (page.resources, page.next_cursor))
        })
        .await;
        templates = pages::all(bounds, async |params| {
            let page = peer.list_resource_templates(params).await;
            page.map(|page| (page.resource_templates, page.next_cursor))
        })
        .await;
        if templates.refused {
            templates = Listed::none();
        }
    }
    let server = info.server_info.as_ref();
    Ok(Answers {
        server: server.map(|server| shown_words(&format!("{} {}", server.name, server.version))),
        protocol: shown_words(info.protocol_version.as_str()),
        instructions: info.instructions.clone(),
        tools,
        prompts,
        resources,
        templates,
    })
}

/// What went wrong, without the server's own words.
fn not_introduced(error: &ClientInitializeError) -> String {
    match error {
        ClientInitializeError::ConnectionClosed(_) => super::http::ENDED.to_owned(),
        ClientInitializeError::JsonRpcError(error) => {
            format!("it answers `initialize` with error {}", error.code.0)
        }
        error if error.is_authorization_required() => "it asks for other credentials".to_owned(),
        ClientInitializeError::TransportError { error, .. } => {
            super::http::causes_of(&*error.error)
        }
        _ => "its answer to `initialize` is none".to_owned(),
    }
}
