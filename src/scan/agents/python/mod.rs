//! Agents that are Python code.
//!
//! One file a framework, behind [`Framework`] and the list [`FRAMEWORKS`]. The code
//! is read and never run: a gate counts where the text alone shows that it stands
//! before a tool, whatever happens at run time. Everything else is not known, and
//! said to be.

mod adk;
mod beside;
mod claude;
mod conduct;
pub(super) mod crewai;
mod draft;
mod langchain;
mod list;
mod literal;
mod mcp_server;
mod names;
mod openai;
mod servers;
mod tools;
mod uses;

use super::{About, Reading, bounds};
use crate::{
    model::{
        agent_config::{AgentConfig, Bound, Bounded},
        coverage::Gap,
    },
    source::python::{Expr, Read},
};
pub use beside::{Beside, Project};
use draft::Draft;
use uses::Code;

/// One framework or SDK whose agents are Python code.
trait Framework: Sync {
    /// Its name, as `SourceRecord::kind` has it.
    fn id(&self) -> &'static str;

    /// What it is, in a line.
    fn title(&self) -> &'static str;

    /// The version that was read.
    fn version(&self) -> &'static str;

    /// Words of which one stands in every file that uses it.
    fn marks(&self) -> &'static [&'static str];

    /// The agents that a file makes with it, in the order of the text.
    fn read(&self, code: &Code<'_>) -> Vec<Draft>;
}

/// Every framework.
static FRAMEWORKS: &[&dyn Framework] = &[
    &langchain::LangChain,
    &openai::OpenAiAgents,
    &claude::ClaudeAgentSdk,
    &adk::GoogleAdk,
    &crewai::CrewAi,
    &mcp_server::McpServer,
];

/// What docs say of each.
pub(super) fn about() -> impl Iterator<Item = About> {
    FRAMEWORKS.iter().map(|framework| About {
        id: framework.id(),
        title: framework.title(),
        version: framework.version(),
    })
}

/// Whether code may make agents: it names a framework.
pub(super) fn may_hold_agents(text: &str) -> bool {
    let marks = FRAMEWORKS.iter().flat_map(|framework| framework.marks());
    marks.into_iter().any(|mark| memchr::memmem::find(text.as_bytes(), mark.as_bytes()).is_some())
}

/// The agents that a file makes, framework by framework.
pub(super) fn read(read: &Read, beside: &Beside) -> Vec<Reading> {
    let code = Code::of(&read.module, beside);
    let mut secrets = code.secrets();
    let bounds = bounds_of(&code);
    let mut readings = Vec::new();
    for framework in FRAMEWORKS {
        let mut drafts = framework.read(&code);
        if drafts.is_empty() {
            continue;
        }
        let unread = match (read.errors.is_empty(), code.names.is_spent()) {
            (false, _) => Some("part of the code that makes it could not be read"),
            (true, true) => Some("the code that makes it is too entangled to be followed"),
            (true, false) => None,
        };
        for draft in &mut drafts {
            draft.config.bounds.clone_from(&bounds);
            if let Some(why) = unread {
                let place = draft.config.location.clone();
                draft.opaque(place, why);
            }
        }
        let (mut configs, mut gaps): (Vec<AgentConfig>, Vec<Gap>) = (Vec::new(), Vec::new());
        for draft in drafts {
            configs.push(draft.config);
            gaps.extend(draft.gaps);
        }
        if let Some(first) = configs.first_mut() {
            first.secrets = std::mem::take(&mut secrets);
        }
        gaps.sort();
        gaps.dedup();
        let items = configs.iter().map(AgentConfig::settings).sum::<usize>();
        let items = u64::try_from(items.max(configs.len())).unwrap_or(u64::MAX);
        readings.push(Reading { format: framework.id(), configs, gaps, items });
    }
    readings
}

/// What the calls of a file bound. Which of its agents a run is of, the text seldom says.
fn bounds_of(code: &Code<'_>) -> Vec<Bound> {
    let calls = code.sites.iter().flat_map(|site| bounds::of_call(site.call));
    let bound = |(setting, of, value): (&str, Bounded, &Expr)| Bound {
        of,
        setting: setting.to_owned(),
        location: code.location(value.place),
    };
    calls.map(bound).take(bounds::MOST).collect()
}
