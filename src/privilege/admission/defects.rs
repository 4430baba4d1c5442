//! Controls that are there and cannot work, whoever calls.

use std::collections::BTreeSet;

use super::{
    cel_policy::Compiled,
    kyverno,
    matching::{Applies, selects},
    request::{ALL, Resources},
};
use crate::{
    model::{
        guardrail::{Guardrail, GuardrailState, Guards},
        kubernetes::{
            ClusterSnapshot,
            admission::{CelEngine, FailurePolicy, MatchResources, PolicyBinding},
            selector::LabelSelector,
        },
        location::Location,
    },
    privilege::rbac::Index,
};

const USER_PREFIX: &str = "system:serviceaccount:";
/// What Pod Security labels start with.
const POD_SECURITY: &str = "pod-security.kubernetes.io/";

fn ineffective(
    name: String,
    location: &Location,
    reason: impl Into<String>,
    remedy: impl Into<String>,
) -> Guardrail {
    Guardrail {
        name,
        state: GuardrailState::Ineffective,
        reason: reason.into(),
        remedy: remedy.into(),
        location: location.clone(),
        bounds: Vec::new(),
        guards: Guards::Cluster,
    }
}

/// Those of everything that is no policy written in CEL.
pub(super) fn of_others(snapshot: &ClusterSnapshot) -> Vec<Guardrail> {
    let orphans = snapshot.admission.bindings.iter().filter_map(|own| orphan(snapshot, own));
    let mut found: Vec<Guardrail> = orphans.collect();
    found.extend(webhooks(snapshot));
    found.extend(kyverno_policies(snapshot));
    found.extend(gatekeeper(snapshot));
    found.extend(pod_security(snapshot));
    found
}

/// What keeps one policy from working.
pub(super) fn of_policy(
    resources: Resources<'_>,
    index: &Index<'_>,
    compiled: &Compiled<'_>,
) -> Vec<Guardrail> {
    let policy = compiled.policy;
    let mut found = Vec::new();
    let mut say = |location: &Location, reason: String, remedy: &str| {
        found.push(ineffective(compiled.name(), location, reason, remedy));
    };
    let whole = &policy.location;
    if compiled.is_unserved() {
        let reason = if policy.preview {
            "is written for an alpha or beta version, which an API server serves only where it is \
             switched on"
                .to_owned()
        } else {
            let version = resources.snapshot.version.map(|version| version.to_string());
            format!(
                "is not served by an API server {} unless a feature gate is set",
                version.unwrap_or_default()
            )
        };
        say(
            whole,
            reason,
            "Upgrade to Kubernetes 1.30 or later, and write it for admissionregistration.k8s.io/v1",
        );
    }
    if policy.failure_policy == FailurePolicy::Ignore {
        say(
            whole,
            "lets a request pass when it cannot be evaluated (failurePolicy: Ignore)".to_owned(),
            "Set failurePolicy: Fail",
        );
    }
    if policy.engine == CelEngine::ApiServer && compiled.bindings.is_empty() {
        say(
            whole,
            "has no ValidatingAdmissionPolicyBinding in the evidence".to_owned(),
            "Bind it, with validationActions: [Deny]",
        );
    } else if !compiled.denies_at_all() {
        let place = compiled.bindings.first().map_or(whole, |binding| &binding.location);
        say(place, "only warns or audits".to_owned(), "Add Deny to its validationActions");
    }
    if compiled.can_never_apply() {
        let place = policy.conditions.first().map_or(whole, |condition| &condition.location);
        say(
            place,
            "has a match condition that is never true".to_owned(),
            "Correct or remove the match condition",
        );
    }
    for name in compiled.survey.compared.iter().filter(|name| is_nobody(resources, index, name)) {
        say(
            whole,
            format!("names {name}, which is nowhere in the evidence"),
            "Correct the name: system:serviceaccount:NAMESPACE:NAME",
        );
    }
    let with_bindings = std::iter::once((whole, &policy.matches)).chain(
        compiled
            .bindings
            .iter()
            .filter_map(|binding| Some((&binding.location, binding.matches.as_ref()?))),
    );
    for (place, matches) in with_bindings {
        if selects_nothing(resources, &matches.namespaces) {
            say(
                place,
                "selects no namespace that is in the evidence".to_owned(),
                "Correct the namespaceSelector, or label the namespaces",
            );
        }
    }
    for missing in missing_resources(resources, &policy.matches) {
        say(
            whole,
            format!("is written for {missing}, which does not exist"),
            "Name the resource by its plural, in lower case, and the group that serves it",
        );
    }
    for binding in &compiled.bindings {
        if let Some(reason) = without_parameters(resources.snapshot, compiled, binding) {
            say(
                &binding.location,
                reason,
                "Set parameterNotFoundAction: Deny, and create the parameters",
            );
        }
    }
    found
}

/// Whether a text is the user name of a ServiceAccount that nothing in the
/// evidence knows, although it lists all accounts.
fn is_nobody(resources: Resources<'_>, index: &Index<'_>, text: &str) -> bool {
    let Some((namespace, name)) =
        text.strip_prefix(USER_PREFIX).and_then(|rest| rest.split_once(':'))
    else {
        return false;
    };
    !name.is_empty()
        && !name.contains(':')
        && resources.snapshot.lists("ServiceAccount")
        && !index.knows_account(namespace, name)
}

fn selects_nothing(resources: Resources<'_>, selector: &LabelSelector) -> bool {
    let namespaces = &resources.snapshot.namespaces;
    !selector.is_empty()
        && resources.snapshot.lists("Namespace")
        && namespaces.iter().all(|own| selects(resources, selector, &own.name) == Applies::No)
}

/// Resources that rules name and no cluster has; none where a rule also names
/// one that may exist.
fn missing_resources(resources: Resources<'_>, matches: &MatchResources) -> BTreeSet<String> {
    let mut missing = BTreeSet::new();
    for rule in &matches.rules {
        let mut some_exists = false;
        let mut here = Vec::new();
        for group in &rule.groups {
            for entry in &rule.resources {
                let (resource, subresource) = entry.split_once('/').unwrap_or((entry, ""));
                let absent = &**group != ALL && resources.is_missing(group, resource, subresource);
                some_exists |= !absent;
                let shown = if group.is_empty() { "the core group" } else { group };
                if absent {
                    here.push(format!("{entry} of {shown}"));
                }
            }
        }
        // Lists multiply to combinations that nobody meant.
        if !some_exists {
            missing.extend(here);
        }
    }
    missing
}

fn without_parameters(
    snapshot: &ClusterSnapshot,
    compiled: &Compiled<'_>,
    binding: &PolicyBinding,
) -> Option<String> {
    let param = binding.param.as_ref().filter(|param| !param.deny_if_missing)?;
    let (version, kind) = compiled.policy.param_kind.as_ref()?;
    let name = param.name.as_ref()?;
    let configured = (&**version, &**kind) == ("v1", "ConfigMap") && snapshot.lists("ConfigMap");
    let there = snapshot.admission.config_maps.iter().any(|(scope, own)| {
        own == name && param.namespace.as_ref().is_none_or(|namespace| scope.may_be_in(namespace))
    });
    (configured && !there).then(|| {
        format!("is skipped by {}: its parameters, ConfigMap {name}, are not there", binding.name)
    })
}

/// A binding of a policy that is not there.
fn orphan(snapshot: &ClusterSnapshot, binding: &PolicyBinding) -> Option<Guardrail> {
    let known = snapshot
        .admission
        .policies
        .iter()
        .any(|policy| policy.engine == CelEngine::ApiServer && policy.name == binding.policy);
    (!known).then(|| {
        ineffective(
            format!("ValidatingAdmissionPolicyBinding/{}", binding.name),
            &binding.location,
            format!(
                "binds ValidatingAdmissionPolicy/{}, which is not in the evidence",
                binding.policy
            ),
            "Correct policyName, or add the policy",
        )
    })
}

fn webhooks(snapshot: &ClusterSnapshot) -> Vec<Guardrail> {
    let mut found = Vec::new();
    for webhook in &snapshot.admission.webhooks {
        let kind = if webhook.mutating { "Mutating" } else { "Validating" };
        let name =
            format!("{kind}WebhookConfiguration/{} ({})", webhook.configuration, webhook.name);
        if !webhook.mutating && webhook.failure_policy == FailurePolicy::Ignore {
            found.push(ineffective(
                name.clone(),
                &webhook.location,
                "lets a request pass when its service does not answer (failurePolicy: Ignore), \
                 so it is no gate",
                "Set failurePolicy: Fail, once the service runs with more than one replica",
            ));
        }
        if let Some((namespace, service)) = &webhook.service
            && snapshot.lists("Service")
            && !snapshot
                .admission
                .services
                .iter()
                .any(|(scope, own)| own == service && scope.may_be_in(namespace))
        {
            found.push(ineffective(
                name,
                &webhook.location,
                format!("calls Service {namespace}/{service}, which is not in the evidence"),
                "Correct the service, or install it",
            ));
        }
    }
    found
}

fn kyverno_policies(snapshot: &ClusterSnapshot) -> Vec<Guardrail> {
    let mut found = Vec::new();
    for policy in &snapshot.admission.kyverno {
        let name = kyverno::name(policy);
        if policy.background_only {
            found.push(ineffective(
                name.clone(),
                &policy.location,
                "only runs in the background (admission: false)",
                "Remove admission: false",
            ));
        }
        if policy.failure_policy == FailurePolicy::Ignore {
            found.push(ineffective(
                name.clone(),
                &policy.location,
                "lets a request pass when Kyverno does not answer (failurePolicy: Ignore)",
                "Set failurePolicy: Fail",
            ));
        }
        for rule in policy.rules.iter().filter(|rule| !rule.enforce && !rule.overridden) {
            found.push(ineffective(
                name.clone(),
                &rule.location,
                format!("only audits in rule {}", rule.name),
                "Set failureAction: Enforce",
            ));
        }
    }
    found
}

fn gatekeeper(snapshot: &ClusterSnapshot) -> Vec<Guardrail> {
    let mut found = Vec::new();
    for constraint in &snapshot.admission.constraints {
        let name = format!("{}/{}", constraint.kind, constraint.name);
        if matches!(&*constraint.action, "dryrun" | "warn") {
            found.push(ineffective(
                name.clone(),
                &constraint.location,
                format!("does not deny (enforcementAction: {})", constraint.action),
                "Set enforcementAction: deny",
            ));
        }
        if snapshot.lists("templates.gatekeeper.sh/ConstraintTemplate")
            && !snapshot.admission.templates.contains(&constraint.kind)
        {
            found.push(ineffective(
                name,
                &constraint.location,
                format!("has no ConstraintTemplate of kind {} in the evidence", constraint.kind),
                "Install the template that defines it",
            ));
        }
    }
    found
}

/// Namespaces whose Pod Security only speaks.
fn pod_security(snapshot: &ClusterSnapshot) -> Vec<Guardrail> {
    let strict = |word: &str| matches!(word, "baseline" | "restricted");
    let mut found = Vec::new();
    for namespace in &snapshot.namespaces {
        let mode = |mode: &str| {
            let key = format!("{POD_SECURITY}{mode}");
            namespace.labels.get(key.as_str()).map(|word| &**word)
        };
        let speaks: Vec<&str> =
            ["warn", "audit"].into_iter().filter(|own| mode(own).is_some_and(strict)).collect();
        if !speaks.is_empty() && matches!(mode("enforce"), None | Some("privileged")) {
            found.push(ineffective(
                format!("Namespace/{} (Pod Security)", namespace.name),
                &namespace.location,
                format!("has Pod Security {} and does not enforce it", speaks.join(" and ")),
                format!("Set the label {POD_SECURITY}enforce"),
            ));
        }
    }
    found
}
