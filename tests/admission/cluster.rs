//! Clusters to judge: the fixtures, with what a test changes in them.

use std::sync::{Arc, LazyLock};

use gradus::{
    model::{
        capability::{Capability, Reach},
        guardrail::{Guardrail, GuardrailState},
        kubernetes::{ClusterSnapshot, version::ServerVersion},
        principal::Principal,
    },
    privilege::rbac::{Evaluator, Identity},
    rubric::kubernetes::KubernetesRules,
    scan::kubernetes::ClusterBuilder,
    source::{self, SyntaxHint, limits::Limits},
};

/// The cluster with its agent.
pub(crate) const CLUSTER: &str = include_str!("../fixtures/admission/cluster.yaml");
/// A policy that denies the agent's deletes, and its binding.
pub(crate) const NO_DELETES: &str = include_str!("../fixtures/admission/no-deletes.yaml");
/// The same as a policy of Kyverno.
pub(crate) const KYVERNO: &str = include_str!("../fixtures/admission/kyverno.yaml");
/// The agent.
pub(crate) const BOT: &str = "system:serviceaccount:ops:bot";

/// The rules that gradus ships.
pub(crate) static RULES: LazyLock<KubernetesRules> =
    LazyLock::new(|| KubernetesRules::embedded().unwrap());

/// A text with one thing in it changed; the thing must be there.
pub(crate) fn with(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from} is not in the fixture");
    text.replace(from, to)
}

/// The cluster of some texts.
pub(crate) fn snapshot(texts: &[&str], version: Option<&str>) -> ClusterSnapshot {
    let mut builder = ClusterBuilder::new("cluster");
    for (number, text) in texts.iter().enumerate() {
        let file: Arc<str> = format!("cluster/{number}.yaml").into();
        let parsed = source::parse(&file, text.as_bytes(), SyntaxHint::Yaml, &Limits::default());
        assert!(parsed.outcome.errors.is_empty(), "{:?}\n{text}", parsed.outcome.errors);
        for document in &parsed.documents {
            builder.accept(document);
        }
    }
    if let Some(version) = version.and_then(ServerVersion::parse) {
        builder.runs(version);
    }
    builder.finish()
}

/// What the agent reaches in the cluster with these texts added.
pub(crate) fn reach(texts: &[&str]) -> Reach {
    reach_of(BOT, &[&[CLUSTER], texts].concat(), None)
}

/// What anybody reaches in a cluster.
pub(crate) fn reach_of(who: &str, texts: &[&str], version: Option<&str>) -> Reach {
    let snapshot = snapshot(texts, version);
    let identity = Identity::of(&Principal::kubernetes(who)).unwrap();
    Evaluator::new(&snapshot, &RULES).reach(&identity)
}

/// Controls of the cluster with these texts that cannot work, as `name reason`,
/// where all objects of each kind that is there were listed.
pub(crate) fn defects(texts: &[&str]) -> Vec<String> {
    let mut snapshot = snapshot(&[&[CLUSTER], texts].concat(), None);
    snapshot.listed = snapshot.kinds.keys().cloned().collect();
    defects_of(&snapshot)
}

/// The same, of nothing but manifests.
pub(crate) fn defects_of_manifests(texts: &[&str]) -> Vec<String> {
    defects_of(&snapshot(&[&[CLUSTER], texts].concat(), None))
}

fn defects_of(snapshot: &ClusterSnapshot) -> Vec<String> {
    let defects = Evaluator::new(snapshot, &RULES).defects();
    assert!(defects.iter().all(|own| own.state == GuardrailState::Ineffective));
    assert!(defects.iter().all(|own| !own.remedy.is_empty()), "each tells what would help");
    defects.iter().map(|own| format!("{} {}", own.name, own.reason)).collect()
}

/// The capability of that action.
pub(crate) fn capability<'r>(reach: &'r Reach, action: &str) -> &'r Capability {
    let found = reach.capabilities.iter().find(|own| own.action == action);
    found.unwrap_or_else(|| panic!("no {action} in {:?}", actions(reach)))
}

/// All actions.
pub(crate) fn actions(reach: &Reach) -> Vec<&str> {
    reach.capabilities.iter().map(|own| own.action.as_str()).collect()
}

/// Whether a capability is denied for certain.
pub(crate) fn is_denied(reach: &Reach, action: &str) -> bool {
    capability(reach, action).gate.holds()
}

/// Guardrails in one state.
pub(crate) fn in_state(reach: &Reach, state: GuardrailState) -> Vec<&Guardrail> {
    reach.guardrails.iter().filter(|own| own.state == state).collect()
}

/// A ClusterRole with these rules, bound to the agent in the whole cluster.
pub(crate) fn cluster_wide(rules: &str) -> String {
    format!(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {{name: more}}\nrules: [{rules}]\n---\n\
         apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {{name: more}}\n\
         roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: more}}\n\
         subjects: [{{kind: ServiceAccount, name: bot, namespace: ops}}]\n"
    )
}

/// The same, bound in one namespace.
pub(crate) fn in_namespace(namespace: &str, rules: &str) -> String {
    with(
        &with(&cluster_wide(rules), "kind: ClusterRoleBinding", "kind: RoleBinding"),
        "RoleBinding\nmetadata: {name: more}",
        &format!("RoleBinding\nmetadata: {{name: more, namespace: {namespace}}}"),
    )
}

/// A policy, bound without conditions, over one rule, with one validation.
pub(crate) fn policy(rule: &str, validation: &str) -> String {
    format!(
        "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata: {{name: p}}\n\
         spec:\n  matchConstraints: {{resourceRules: [{rule}]}}\n  validations:\n    - expression: >-\n        {validation}\n---\n\
         apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicyBinding\nmetadata: {{name: b}}\n\
         spec: {{policyName: p, validationActions: [Deny]}}\n"
    )
}

/// A rule over everything.
pub(crate) const EVERYTHING: &str =
    "{apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*/*']}";
