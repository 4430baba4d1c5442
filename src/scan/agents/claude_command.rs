//! Commands and skills of Claude Code that bring allow rules: `allowed-tools` lets tools
//! run unasked while the command or skill is at work.

use super::{
    Format, Reading, agent_file,
    entries::note_duplicates,
    path, permission_rule,
    secrets::{self, KeyNames},
};
use crate::{
    model::{
        agent_config::{
            AgentConfig, Client, Decision, PermissionRule, Problem, ProblemKind, RuleTarget,
        },
        location::Location,
    },
    source::{Document, Syntax},
};

pub(super) struct ClaudeCommand;

impl Format for ClaudeCommand {
    fn id(&self) -> &'static str {
        "claude-code-command"
    }

    fn title(&self) -> &'static str {
        "Claude Code command or skill with allow rules"
    }

    fn version(&self) -> &'static str {
        "2.1.330"
    }

    fn recognise(&self, document: &Document) -> bool {
        document.syntax == Syntax::Frontmatter && document.root.get("allowed-tools").is_some()
    }

    fn read(&self, document: &Document, path: &str) -> Reading {
        let scope = path::claude_scope(path);
        let location = Location::file(document.file.clone());
        let mut config = AgentConfig::new(self.id(), Client::ClaudeCode, scope, location);
        let mut gaps = Vec::new();
        note_duplicates(document, &mut config);
        agent_file::note_lenient(document, &mut gaps);
        for (text, location) in agent_file::tools(document, "allowed-tools").unwrap_or_default() {
            let target = permission_rule::parse(&text, Decision::Allow);
            if let RuleTarget::Unreadable(why) = &target {
                config.problems.push(Problem {
                    kind: ProblemKind::DeadRule,
                    subject: "allowed-tools".to_owned(),
                    reason: (*why).to_owned(),
                    location: location.clone(),
                });
            }
            config.rules.push(PermissionRule::new(Decision::Allow, target, location));
        }
        config.secrets = secrets::sweep(document, KeyNames::Everywhere);
        Reading::new(config, gaps)
    }
}
