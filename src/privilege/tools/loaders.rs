//! Settings of a server's environment that decide what code it loads, whatever version is
//! named: a registry of packages, options of the interpreter, libraries that are preloaded.

use super::{merge::Findings, observe::Observation};
use crate::{
    model::agent_config::{SafeText, Server},
    rubric::servers::ServerRules,
};

pub(super) fn note(server: &Server, rules: &ServerRules, findings: &mut Findings) {
    for setting in &server.env {
        let empty = matches!(&setting.value, SafeText::Plain(text) if text.is_empty());
        if !empty && let Some(loads) = rules.loader(&setting.name) {
            let detail = format!("{} decides {loads}", setting.name);
            findings.observations.push(Observation::new(
                "loader",
                &server.name,
                detail,
                &setting.location,
            ));
        }
    }
}
