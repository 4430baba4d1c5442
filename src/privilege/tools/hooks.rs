//! Whether the hooks of a configuration run at all: settings of others may forbid it.

use crate::model::agent_config::{AgentConfig, Scope, SwitchKind};

/// Whether the hooks of `of` run, beside these configurations. Those of managed settings
/// stop only where managed settings stop them.
pub(super) fn run(of: &AgentConfig, configs: &[&AgentConfig]) -> bool {
    if of.rejected.is_some() {
        return false;
    }
    let managed = of.scope == Scope::Managed;
    let stops = |config: &&AgentConfig| {
        let from_above = config.scope == Scope::Managed;
        config.client == of.client
            && config.rejected.is_none()
            && config.switches.iter().any(|switch| match switch.kind {
                SwitchKind::HooksDisabled => from_above || !managed,
                SwitchKind::ManagedHooksOnly => from_above && !managed,
                _ => false,
            })
    };
    !configs.iter().any(stops)
}

/// Whether every party of its client has the hooks of a configuration: those of a subagent
/// see that subagent alone.
pub(super) fn see_everything(of: &AgentConfig, configs: &[&AgentConfig]) -> bool {
    let others = |config: &&AgentConfig| config.client == of.client && !std::ptr::eq(*config, of);
    of.subagent.is_none() || !configs.iter().any(others)
}
