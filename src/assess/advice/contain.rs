//! Contain: exactly the grants that put granted above earned, cut or gated.
//!
//! Every grant of every offending capability is named, so that no other path to
//! it survives; the ladder is read again over what remains, and the last step
//! says where that leaves the agent.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    assess::{
        assessment::Step,
        granted::{puts_beyond_ladder, read_ladder},
        holdings::Holdings,
    },
    model::{
        capability::{Capability, Grant, Plane, RiskClass, RiskHit},
        effect::Effect,
        finding::Severity,
        gate::GateKind,
        level::Autonomy,
        location::Location,
    },
};

/// The steps that bring an agent down to `earned` (1 at least: looking is what
/// every agent may do), worst first. Empty where it is there already.
#[must_use]
pub fn contain(holdings: &Holdings, earned: u8) -> Vec<Step> {
    let target = earned.max(1);
    let capabilities = holdings.effective();
    let risks = holdings.effective_risks();
    let offending: Vec<&Capability> =
        capabilities.iter().copied().filter(|cap| offends(cap, target)).collect();
    let beyond: Vec<&RiskHit> =
        risks.iter().copied().filter(|risk| puts_beyond_ladder(risk)).collect();
    if offending.is_empty() && beyond.is_empty() {
        return Vec::new();
    }

    let mut cuts: BTreeMap<&Location, Cut<'_>> = BTreeMap::new();
    for risk in &beyond {
        for grant in &risk.grants {
            cut(&mut cuts, grant).risks.push(risk);
        }
    }
    for capability in &offending {
        for grant in &capability.grants {
            cut(&mut cuts, grant).capabilities.push(capability);
        }
    }
    let mut steps: Vec<Step> = cuts.values().map(Cut::step).collect();
    steps.sort_by(|a, b| {
        b.severity
            .cmp(&a.severity)
            .then_with(|| b.settles.cmp(&a.settles))
            .then_with(|| a.location.cmp(&b.location))
    });

    let cut_places: BTreeSet<&Location> = cuts.keys().copied().collect();
    let survives = |grants: &[Grant]| {
        grants.is_empty() || grants.iter().any(|grant| !cut_places.contains(cut_place(grant)))
    };
    let left: Vec<&Capability> = capabilities
        .iter()
        .copied()
        .filter(|cap| !offends(cap, target) || survives(&cap.grants))
        .collect();
    let left_risks: Vec<&RiskHit> = risks
        .iter()
        .copied()
        .filter(|risk| !puts_beyond_ladder(risk) || survives(&risk.grants))
        .collect();
    let after = read_ladder(&left, &left_risks);
    if let Some(last) = steps.last_mut() {
        let then = match after.autonomy {
            // The engines tell an administrator as one, not all else it holds.
            _ if beyond.iter().any(|risk| risk.class == RiskClass::AdminEquivalent) => {
                "run gradus again afterwards: being administrator hides what else is granted"
                    .to_owned()
            }
            Autonomy::On(level) => {
                format!("after all of these, what was read grants level {level}")
            }
            Autonomy::BeyondLadder => "and even then another path remains".to_owned(),
        };
        last.reason = format!("{}; {then}", last.reason);
    }
    steps
}

/// Whether a capability alone puts granted above `target`.
fn offends(capability: &Capability, target: u8) -> bool {
    if !capability.is_mutating()
        || (capability.gate.kind == GateKind::Deny && capability.gate.holds())
    {
        return false;
    }
    let irreversible = capability.is_irreversible();
    match target {
        0 | 1 => true,
        2 => !capability.gate.holds(),
        3 => {
            !capability.gate.holds()
                && (irreversible || capability.gate.kind != GateKind::Acknowledge)
        }
        4 => !capability.gate.holds() && irreversible,
        _ => false,
    }
}

/// What one place gives that must go.
struct Cut<'a> {
    grant: &'a Grant,
    risks: Vec<&'a RiskHit>,
    capabilities: Vec<&'a Capability>,
}

/// The place where a grant is cut.
fn cut_place(grant: &Grant) -> &Location {
    grant.cut_at.as_ref().unwrap_or(&grant.location)
}

/// The cut at a grant's place, made on first need.
fn cut<'a, 'm>(cuts: &'m mut BTreeMap<&'a Location, Cut<'a>>, grant: &'a Grant) -> &'m mut Cut<'a> {
    cuts.entry(cut_place(grant)).or_insert_with(|| Cut {
        grant,
        risks: Vec::new(),
        capabilities: Vec::new(),
    })
}

impl Cut<'_> {
    /// The step for a person.
    fn step(&self) -> Step {
        let place = cut_place(self.grant);
        let object = place.object.as_deref().unwrap_or(&place.path);
        let tool = self.capabilities.iter().find(|cap| cap.plane == Plane::Mcp);
        let (action, change) = if let Some(risk) = self.risks.first() {
            (format!("cut {object}"), Some(risk.remedy.clone()))
        } else if tool.is_some() {
            (
                format!("gate or drop {}", listed(&self.capabilities)),
                Some(format!(
                    "In {place}, put these behind a human approval or remove them: {}.",
                    every(&self.capabilities)
                )),
            )
        } else {
            (
                format!("drop {}", listed(&self.capabilities)),
                Some(format!("Remove from {object}: {}.", every(&self.capabilities))),
            )
        };
        let unbind = kubectl_unbind(object).filter(|_| !self.risks.is_empty());
        Step {
            id: self
                .risks
                .first()
                .map(|risk| risk.rule.clone())
                .or_else(|| self.capabilities.first().map(|cap| cap.id.clone()))
                .unwrap_or_default(),
            action,
            reason: self
                .risks
                .first()
                .map(|risk| risk.message.clone())
                .unwrap_or_else(|| self.grant.description.clone()),
            location: Some(place.clone()),
            change: unbind.or(change),
            severity: if self.risks.is_empty() { self.worst() } else { Severity::Critical },
            settles: u32::try_from(self.capabilities.len() + self.risks.len()).unwrap_or(u32::MAX),
        }
    }

    /// How bad the worst capability given here is.
    fn worst(&self) -> Severity {
        let worst = self.capabilities.iter().map(|cap| cap.effect).max();
        match worst {
            Some(Effect::Destructive | Effect::Escalation | Effect::Guardrail) => Severity::High,
            Some(Effect::Reversible) => Severity::Medium,
            Some(Effect::Read | Effect::SensitiveRead) | None => Severity::Low,
        }
    }
}

/// The command that removes a binding, if `object` is one whose name can be
/// pasted into a shell: names come from evidence, and evidence is hostile.
fn kubectl_unbind(object: &str) -> Option<String> {
    let harmless = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | ':' | '.' | '_' | '-');
    if !object.chars().all(harmless) || object.contains("/-") {
        return None;
    }
    let mut parts = object.split('/');
    match (parts.next()?, parts.next()?, parts.next()) {
        ("ClusterRoleBinding", name, None) => {
            Some(format!("kubectl delete clusterrolebinding {name}"))
        }
        ("RoleBinding", namespace, Some(name)) => {
            Some(format!("kubectl delete rolebinding {name} --namespace {namespace}"))
        }
        _ => None,
    }
}

/// The first actions, and how many more.
fn listed(capabilities: &[&Capability]) -> String {
    const SHOWN: usize = 2;
    let actions: BTreeSet<&str> = capabilities.iter().map(|cap| cap.action.as_str()).collect();
    let more = actions.len().saturating_sub(SHOWN);
    let mut text = actions
        .iter()
        .take(SHOWN)
        .map(|action| format!("`{action}`"))
        .collect::<Vec<_>>()
        .join(", ");
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    text
}

/// All actions.
fn every(capabilities: &[&Capability]) -> String {
    let actions: BTreeSet<&str> = capabilities.iter().map(|cap| cap.action.as_str()).collect();
    actions.into_iter().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        capability::{Condition, Reach},
        gate::Gate,
    };

    fn grant(object: &str, line: u32) -> Grant {
        Grant {
            description: format!("{object} → Role/x, rule 1"),
            location: Location::at("roles.yaml", line, 1),
            cut_at: Some(Location::at("bindings.yaml", line, 1).with_object(object)),
        }
    }

    fn capability(action: &str, effect: Effect, grants: Vec<Grant>) -> Capability {
        Capability {
            id: action.to_owned(),
            plane: Plane::Kubernetes,
            action: action.to_owned(),
            scope: "namespace/shop".to_owned(),
            effect,
            effect_known: true,
            condition: Condition::Always,
            gate: Gate::none("RBAC only"),
            grants,
            principal: None,
        }
    }

    fn holdings(capabilities: Vec<Capability>, risks: Vec<RiskHit>) -> Holdings {
        Holdings {
            credentials: vec![Reach { capabilities, risks, ..Reach::default() }],
            ..Holdings::default()
        }
    }

    #[test]
    fn every_way_to_an_offending_capability_is_cut() {
        let held = holdings(
            vec![
                capability("get pods", Effect::Read, vec![grant("RoleBinding/shop/look", 1)]),
                capability(
                    "delete pods",
                    Effect::Destructive,
                    vec![grant("RoleBinding/shop/a", 2), grant("ClusterRoleBinding/b", 3)],
                ),
            ],
            Vec::new(),
        );
        let steps = contain(&held, 1);
        let cut: BTreeSet<_> =
            steps.iter().filter_map(|s| s.location.as_ref()?.object.as_deref()).collect();
        assert_eq!(cut, BTreeSet::from(["RoleBinding/shop/a", "ClusterRoleBinding/b"]));
        assert!(steps.last().unwrap().reason.ends_with("grants level 1"), "{steps:#?}");
    }

    #[test]
    fn only_what_is_above_the_earned_level_is_cut() {
        let held = holdings(
            vec![
                capability("scale", Effect::Reversible, vec![grant("RoleBinding/shop/scale", 1)]),
                capability("delete", Effect::Destructive, vec![grant("RoleBinding/shop/del", 2)]),
            ],
            Vec::new(),
        );
        let objects = |earned| {
            contain(&held, earned)
                .iter()
                .filter_map(|step| step.location.as_ref()?.object.as_deref().map(str::to_owned))
                .collect::<BTreeSet<_>>()
        };
        assert_eq!(objects(4), BTreeSet::from(["RoleBinding/shop/del".to_owned()]));
        assert_eq!(objects(2).len(), 2);
        assert!(objects(5).is_empty());
    }

    #[test]
    fn an_administrator_is_unbound_by_a_command_that_can_be_pasted() {
        let risk = RiskHit {
            rule: "K8S-ADMIN".to_owned(),
            title: "Cluster administrator".to_owned(),
            class: RiskClass::AdminEquivalent,
            severity: Severity::Critical,
            message: "it is cluster-admin".to_owned(),
            remedy: "unbind it".to_owned(),
            grants: vec![grant("ClusterRoleBinding/bot-admin", 7)],
            condition: Condition::Always,
            scope: "cluster".to_owned(),
        };
        let steps = contain(&holdings(Vec::new(), vec![risk]), 0);
        let [step] = steps.as_slice() else { panic!("{steps:#?}") };
        assert_eq!(step.change.as_deref(), Some("kubectl delete clusterrolebinding bot-admin"));
        assert_eq!(step.severity, Severity::Critical);
    }

    #[test]
    fn an_agent_that_only_looks_has_nothing_to_contain() {
        let held = holdings(
            vec![capability("get pods", Effect::Read, vec![grant("RoleBinding/shop/look", 1)])],
            Vec::new(),
        );
        assert!(contain(&held, 0).is_empty());
    }
}
