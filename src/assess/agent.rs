//! One agent before the judge: holdings, facts, criteria, levels, verdict,
//! advice. The one place where the parts of `assess` come together.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    Input,
    acting::Acting,
    advice::{
        climb, contain,
        prove::{self, Undecided},
    },
    assessment::{AgentAssessment, CapabilityView, Next, Step, Verdict, WaiverState},
    criteria::{self, Declared},
    earned::{self, Cap},
    exercised,
    exposed::WeakSpots,
    facts::{self, Seen},
    findings,
    granted::{granted, undecided_paths},
    holdings::{Estate, Holdings},
    managed_mcp,
    overseen::{self, Overseen},
    own_pods, paths,
    roster::{Subject, roster},
    stop, unexplained,
    used::{self, Held},
    verdict,
};
use crate::{
    model::{
        activity::ActionKey,
        agent::AgentId,
        capability::{Capability, Condition},
        coverage::{Gap, SourceStatus},
        evidence::Evidence,
        finding::Finding,
        location::Location,
        principal::Principal,
        status::Status,
    },
    privilege::oversight::{Asked, LogIndex, Records, Who, oversee},
};

/// Everything that judging one agent needs.
pub(super) struct Bench<'a> {
    input: &'a Input<'a>,
    estate: Estate<'a>,
    logs: Arc<LogIndex<'a>>,
    /// Of every cluster, in the order of the evidence.
    spots: Vec<WeakSpots<'a>>,
}

/// All agents, judged.
pub(super) struct JudgedAgents {
    pub(super) agents: Vec<AgentAssessment>,
    pub(super) findings: Vec<Finding>,
    pub(super) waivers: Vec<WaiverState>,
}

/// Every agent's identities, with its environment.
type Identities = Vec<(AgentId, Option<String>, Vec<Principal>)>;

impl<'a> Bench<'a> {
    pub(super) fn new(input: &'a Input<'a>) -> Self {
        Self {
            input,
            estate: Estate::new(input.evidence, input.rules),
            logs: Arc::new(LogIndex::of(&input.evidence.activity, &input.rules.oversight)),
            spots: input.evidence.clusters.iter().map(WeakSpots::of).collect(),
        }
    }

    pub(super) fn judge_all(&self) -> JudgedAgents {
        let subjects = roster(self.input.agents, self.input.evidence, &self.input.rules.known);
        let identities: Identities = subjects
            .iter()
            .map(|s| (s.id.clone(), s.environment.clone(), s.principals.clone()))
            .collect();
        let known = identities.iter().map(|(id, _, principals)| (id, principals.as_slice()));
        let acting = Acting::of(&self.estate, known);
        let mut all =
            JudgedAgents { agents: Vec::new(), findings: Vec::new(), waivers: Vec::new() };
        for subject in &subjects {
            self.judge(subject, &identities, &acting, &mut all);
        }
        all.findings.extend(self.estate.defects().iter().filter_map(|guardrail| {
            findings::of_guardrail(None, guardrail, &self.input.rules.findings)
        }));
        let whole = self.estate.cluster_risks().into_iter().chain(self.estate.account_risks());
        for (source, risk) in whole {
            all.findings.push(findings::of_risk(None, &risk, &Location::file(source)));
        }
        all
    }

    fn judge(
        &self,
        subject: &Subject<'_>,
        identities: &Identities,
        acting: &Acting,
        all: &mut JudgedAgents,
    ) {
        let mut holdings = self.estate.holdings(&subject.principals, &subject.configs);
        holdings.credentials.extend(acting.reach(&self.estate, &subject.id));
        holdings.credentials.extend(own_pods::reach(
            subject.id.as_str(),
            subject.principals.first(),
            &subject.workloads,
            self.input.evidence,
            &self.input.rules.findings,
        ));
        if let Some(layer) = &mut holdings.tools {
            layer.gaps.extend(unread_configs(subject, self.input.evidence));
        }
        managed_mcp::settle(&mut holdings);
        let granted = granted(&holdings);
        let actors = exercised::acts_as(subject, &holdings);
        let rules = &self.input.rules.oversight;
        let who = overseen::who(subject, &actors, identities, rules, &self.logs);
        let records = Records::of(&self.logs, &who);
        let overseen = self.overseen(subject, &holdings, &actors, &who, &records);
        let facts = facts::collect(Seen {
            subject,
            holdings: &holdings,
            granted: &granted,
            exposed: &self.estate.exposed(&subject.principals, &self.spots),
            stops: &stop::stops(&self.estate, &subject.principals, &subject.workloads, &holdings),
            evidence: self.input.evidence,
            others: identities,
            overseen: &overseen,
        });
        let declared = Declared {
            // A statement about every agent speaks of those that are declared.
            attestations: if subject.declaration.is_some() { self.input.attestations } else { &[] },
            waivers: self.input.waivers,
            today: self.input.today,
            rules: &self.input.rules.findings,
        };
        let judged = criteria::judge(self.input.rubric, &facts, &subject.id, declared);
        let cap_of =
            |id: &str| self.input.rubric.criterion(id).and_then(|c| c.cap).map(|at| Cap { at });
        let mut earned = earned::earned(&judged.criteria, &cap_of);
        if subject.declaration.is_none() || granted.beyond_ladder {
            // Nobody answers for it, or no level justifies what it holds.
            earned.level = 0;
            earned.if_proven = 0;
            earned.conditional = false;
        }
        let approved = judged
            .criteria
            .iter()
            .any(|c| c.id == exercised::EVERY_WRITE_APPROVED && c.status == Status::Pass);
        let exercised = exercised::exercised(&actors, &overseen.shown, &holdings, approved);
        let (verdict, severity) = verdict::verdict(&granted, &exercised, &earned);
        let headline = verdict::headline(verdict, &granted, &exercised, &earned);

        let risks = holdings.credential_risks().chain(holdings.tool_risks());
        all.findings
            .extend(risks.map(|r| findings::of_risk(Some(&subject.id), r, &subject.location)));
        let guardrails = holdings.credentials.iter().flat_map(|reach| &reach.guardrails);
        all.findings.extend(guardrails.filter_map(|guardrail| {
            findings::of_guardrail(Some(&subject.id), guardrail, &self.input.rules.findings)
        }));
        all.findings.extend(findings::of_sighting(subject, &self.input.rules.findings));
        all.findings.extend(findings::of_account(subject, &facts, &self.input.rules.findings));
        let changes = |action: &ActionKey| {
            let (effect, known) = exercised::effect_of(action, self.input.rules);
            !known || effect.is_mutating()
        };
        let explained =
            unexplained::unexplained(&actors, &self.estate, &holdings, &changes, overseen.since);
        all.findings.extend(findings::of_overseen(
            subject,
            &overseen,
            &explained.unexplained,
            &self.input.rules.findings,
        ));
        all.findings.extend(judged.findings);
        all.waivers.extend(judged.waivers);

        let contain = match verdict {
            Verdict::OverExtended | Verdict::BeyondLadder => {
                let sharing = contain::Sharing(identities);
                contain::contain(&subject.id, &self.estate, &holdings, earned.level, sharing)
            }
            Verdict::Within | Verdict::Unproven => Vec::new(),
        };
        let next = climb::next_level(&earned, subject.ceiling);
        let undecided = Undecided {
            paths: undecided_paths(&granted, &holdings),
            exercised: (verdict == Verdict::Unproven && !exercised.is_known())
                .then_some(&exercised),
        };
        let until = next.unwrap_or(earned.level);
        let prove = prove::prove(self.input.rubric, &judged.criteria, until, &undecided);
        let within = verdict == Verdict::Within;
        let earliest =
            climb::earliest(self.input.rubric, &earned, next, self.input.today).filter(|_| within);
        all.agents.push(AgentAssessment {
            id: subject.id.clone(),
            name: subject.name.clone(),
            environment: subject.environment.clone(),
            declared: subject.declaration.is_some(),
            tier: subject.tier,
            owner: subject.declaration.and_then(|d| d.owner.clone()),
            purpose: subject.declaration.and_then(|d| d.purpose.clone()),
            ceiling: subject.ceiling.map(crate::model::level::Level::number),
            principals: subject.principals.iter().map(ToString::to_string).collect(),
            location: subject.location.clone(),
            granted,
            exercised,
            earned,
            verdict,
            severity,
            headline,
            next: Next { contain, prove, climb: Vec::new(), level: next, earliest },
            criteria: judged.criteria,
            capabilities: self.views(&holdings),
            paths: paths::views(&holdings),
            oversight: overseen.view(&facts, &explained),
        });
    }

    /// What logs show of an agent, and who stood behind it.
    fn overseen<'r, 's>(
        &self,
        subject: &Subject<'_>,
        holdings: &Holdings,
        actors: &'s [Principal],
        who: &'s Who<'s>,
        records: &'s Records<'r>,
    ) -> Overseen<'r, 's> {
        let effect = |action: &ActionKey| exercised::effect_of(action, self.input.rules);
        let since = exercised::since(self.input.today);
        let oversight = oversee(
            records,
            Asked {
                actors,
                who,
                since,
                effect: &effect,
                rules: &self.input.rules.oversight,
                boundary: subject.declaration.and_then(|own| own.boundary.as_ref()),
                break_glass: self.input.break_glass,
            },
        );
        Overseen::new(actors, who, records, oversight, holdings, &effect, self.input.today)
    }

    /// Capabilities as reports show them, worst first.
    fn views(&self, holdings: &Holdings) -> Vec<CapabilityView> {
        let mut held: Vec<Held<'_>> = Vec::new();
        for (number, reach) in holdings.credentials.iter().enumerate() {
            let own = holdings.in_clusters.iter().find(|own| own.credential == number);
            let cluster = own.map(|own| own.cluster);
            let capabilities = reach.capabilities.iter();
            held.extend(capabilities.map(|capability| Held { capability, cluster }));
        }
        let of_tools = holdings.tool_capabilities();
        held.extend(of_tools.map(|capability| Held { capability, cluster: None }));
        held.sort_by(|a, b| {
            let (a, b) = (a.capability, b.capability);
            b.effect
                .cmp(&a.effect)
                .then_with(|| a.plane.cmp(&b.plane))
                .then_with(|| a.id.cmp(&b.id))
        });
        let since = exercised::since(self.input.today);
        let uses = used::uses(&held, self.input.evidence, self.input.rules, since);
        held.iter().zip(uses).map(|(own, used)| view(own.capability, used)).collect()
    }

    /// What a judged agent has to do for its next level.
    pub(super) fn climb(
        &self,
        agent: &AgentAssessment,
        unblocks: &BTreeMap<String, u32>,
    ) -> Vec<Step> {
        match agent.next.level {
            Some(next) if agent.declared => {
                climb::climb(self.input.rubric, &agent.criteria, next, unblocks)
            }
            _ => Vec::new(),
        }
    }
}

/// Files of an agent's own configuration that were not read whole, or that no
/// format reads: what they allow is unknown.
fn unread_configs(subject: &Subject<'_>, evidence: &Evidence) -> Vec<Gap> {
    let Some(declaration) = subject.declaration else { return Vec::new() };
    evidence
        .sources
        .iter()
        .filter(|source| source.status != SourceStatus::Read)
        .filter(|source| declaration.owns_config(&source.path))
        .filter(|source| source.status != SourceStatus::Skipped || may_configure(&source.path))
        .map(|source| Gap {
            location: Location::file(source.path.as_str()),
            reason: source.reason.clone().unwrap_or_else(|| "not read whole".to_owned()),
        })
        .collect()
}

/// Whether a file that no format knows may still configure an agent: data, or
/// Markdown in a hidden folder, where clients keep agents and rules. Prose
/// elsewhere is no setting.
fn may_configure(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "json" | "jsonc" | "yaml" | "yml" | "toml" => true,
        "md" | "mdc" => folder.split('/').any(|part| part.starts_with('.')),
        _ => false,
    }
}

fn view(capability: &Capability, used: Option<u64>) -> CapabilityView {
    CapabilityView {
        id: capability.id.clone(),
        plane: capability.plane.as_str().to_owned(),
        action: capability.action.clone(),
        scope: capability.scope.clone(),
        effect: capability.effect,
        effect_known: capability.effect_known,
        gate: capability.gate.kind.as_str().to_owned(),
        gate_reason: capability.gate.reason.clone(),
        conditions: match &capability.condition {
            Condition::Always => Vec::new(),
            Condition::If(conditions) => conditions.clone(),
            Condition::Unknown(why) => vec![format!("unknown: {why}")],
        },
        grants: capability
            .grants
            .iter()
            .map(|grant| format!("{} ({})", grant.description, grant.location))
            .collect(),
        provenance: capability.grants.clone(),
        used,
    }
}
