//! Kinds of resources, for policy engines that speak of kinds.

use super::request::Resources;

/// Group, resource and kind of what clusters serve by themselves.
const BUILT_IN: [(&str, &str, &str); 35] = [
    ("", "configmaps", "ConfigMap"),
    ("", "endpoints", "Endpoints"),
    ("", "limitranges", "LimitRange"),
    ("", "namespaces", "Namespace"),
    ("", "nodes", "Node"),
    ("", "persistentvolumeclaims", "PersistentVolumeClaim"),
    ("", "persistentvolumes", "PersistentVolume"),
    ("", "pods", "Pod"),
    ("", "podtemplates", "PodTemplate"),
    ("", "replicationcontrollers", "ReplicationController"),
    ("", "resourcequotas", "ResourceQuota"),
    ("", "secrets", "Secret"),
    ("", "serviceaccounts", "ServiceAccount"),
    ("", "services", "Service"),
    ("apps", "controllerrevisions", "ControllerRevision"),
    ("apps", "daemonsets", "DaemonSet"),
    ("apps", "deployments", "Deployment"),
    ("apps", "replicasets", "ReplicaSet"),
    ("apps", "statefulsets", "StatefulSet"),
    ("autoscaling", "horizontalpodautoscalers", "HorizontalPodAutoscaler"),
    ("batch", "cronjobs", "CronJob"),
    ("batch", "jobs", "Job"),
    ("coordination.k8s.io", "leases", "Lease"),
    ("networking.k8s.io", "ingressclasses", "IngressClass"),
    ("networking.k8s.io", "ingresses", "Ingress"),
    ("networking.k8s.io", "networkpolicies", "NetworkPolicy"),
    ("policy", "poddisruptionbudgets", "PodDisruptionBudget"),
    ("rbac.authorization.k8s.io", "clusterrolebindings", "ClusterRoleBinding"),
    ("rbac.authorization.k8s.io", "clusterroles", "ClusterRole"),
    ("rbac.authorization.k8s.io", "rolebindings", "RoleBinding"),
    ("rbac.authorization.k8s.io", "roles", "Role"),
    ("scheduling.k8s.io", "priorityclasses", "PriorityClass"),
    ("storage.k8s.io", "csidrivers", "CSIDriver"),
    ("storage.k8s.io", "storageclasses", "StorageClass"),
    ("storage.k8s.io", "volumeattachments", "VolumeAttachment"),
];

/// What `kubectl` calls some of them for short (`kubectl api-resources`).
const SHORT: [(&str, &str); 17] = [
    ("cj", "cronjobs"),
    ("cm", "configmaps"),
    ("deploy", "deployments"),
    ("ds", "daemonsets"),
    ("hpa", "horizontalpodautoscalers"),
    ("ing", "ingresses"),
    ("netpol", "networkpolicies"),
    ("no", "nodes"),
    ("ns", "namespaces"),
    ("pdb", "poddisruptionbudgets"),
    ("po", "pods"),
    ("pv", "persistentvolumes"),
    ("pvc", "persistentvolumeclaims"),
    ("rs", "replicasets"),
    ("sa", "serviceaccounts"),
    ("sts", "statefulsets"),
    ("svc", "services"),
];

/// The resource that a kind is of, spelt as manifests spell it (`Deployment`).
pub(in crate::privilege) fn of_kind(kind: &str) -> Option<&'static str> {
    BUILT_IN.iter().find(|(_, _, own)| *own == kind).map(|(_, resource, _)| *resource)
}

/// The resource that a word of a command or of a tool's name says: `deployments`,
/// `deployment`, `deploy`.
pub(in crate::privilege) fn of_word(word: &str) -> Option<&'static str> {
    let word = word.to_ascii_lowercase();
    let built_in = BUILT_IN
        .iter()
        .find(|(_, resource, kind)| *resource == word || kind.eq_ignore_ascii_case(&word));
    built_in
        .map(|(_, resource, _)| *resource)
        .or_else(|| SHORT.iter().find(|(short, _)| *short == word).map(|(_, resource)| *resource))
}

/// The kind of a resource, where it is known.
pub(super) fn kind_of<'a>(
    resources: Resources<'a>,
    group: &str,
    resource: &str,
) -> Option<&'a str> {
    let built_in = BUILT_IN
        .iter()
        .find(|(own_group, own, _)| *own_group == group && *own == resource)
        .map(|(_, _, kind)| *kind);
    built_in.or_else(|| {
        resources
            .snapshot
            .admission
            .definitions
            .iter()
            .find(|own| *own.group == *group && *own.resource == *resource)
            .map(|own| &*own.kind)
    })
}

/// The resources of a kind, each with whether it lives in namespaces where that
/// is known; none where nobody knows the kind.
pub(super) fn resources_of<'a>(
    resources: Resources<'a>,
    group: &str,
    kind: &str,
) -> Vec<(&'a str, Option<bool>)> {
    let built_in = BUILT_IN
        .iter()
        .filter(|(own_group, _, own)| *own_group == group && *own == kind)
        .map(|(_, resource, _)| *resource);
    let definitions = resources.snapshot.admission.definitions.iter();
    built_in
        .chain(
            definitions
                .filter(|own| *own.group == *group && *own.kind == *kind)
                .map(|own| &*own.resource),
        )
        .map(|resource| (resource, resources.is_namespaced(group, resource)))
        .collect()
}

/// Whether a word matches a pattern in which `*` is any text and `?` any
/// character.
pub(super) fn wildcard(pattern: &str, word: &str) -> bool {
    let (pattern, word): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), word.chars().collect());
    let (mut at, mut read) = (0, 0);
    // Where to go on after the last star, should what follows it fail.
    let mut retry: Option<(usize, usize)> = None;
    while read < word.len() {
        match pattern.get(at) {
            Some('*') => {
                retry = Some((at + 1, read + 1));
                at += 1;
            }
            Some(own) if *own == '?' || Some(own) == word.get(read) => {
                at += 1;
                read += 1;
            }
            _ => match retry {
                Some((after, from)) => {
                    at = after;
                    read = from;
                    retry = Some((after, from + 1));
                }
                None => return false,
            },
        }
    }
    pattern.get(at..).unwrap_or_default().iter().all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use super::wildcard;

    #[test]
    fn a_star_is_any_text_and_a_question_mark_one_character() {
        for (pattern, word) in [("*", ""), ("a*c", "abbc"), ("?b*", "abz"), ("a**", "a"), ("", "")]
        {
            assert!(wildcard(pattern, word), "{pattern} {word}");
        }
        for (pattern, word) in [("a", "ab"), ("?", ""), ("a*c", "abd"), ("", "a"), ("*a*b", "bac")]
        {
            assert!(!wildcard(pattern, word), "{pattern} {word}");
        }
    }
}
