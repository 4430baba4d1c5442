//! Agent and client configurations, normalised over their formats.

/// One configuration of one agent or client.
#[derive(Debug, Clone, Default)]
pub struct AgentConfig {}
