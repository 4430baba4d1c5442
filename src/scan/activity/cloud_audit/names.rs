//! What was asked for, from the names of the method and of the resource.
//!
//! The method is `io.k8s.GROUP.VERSION.RESOURCE[.SUBRESOURCE].VERB`, where the group is
//! written in several ways; the resource is
//! `GROUP/VERSION[/namespaces/NAMESPACE]/RESOURCE[/NAME[/SUBRESOURCE]]`, with `core` for
//! the group that has no name.

/// Longer parts of a name are none.
const PART_BYTES: usize = 256;

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Asked<'a> {
    /// Something of a resource.
    Resource {
        verb: &'a str,
        group: String,
        resource: &'a str,
        subresource: &'a str,
        namespace: &'a str,
        name: &'a str,
    },
    /// A path that is no resource; the log need not tell the verb.
    Path { verb: Option<&'a str>, path: String },
}

/// Groups of Kubernetes that have no domain.
const PLAIN_GROUPS: [&str; 5] = ["apps", "autoscaling", "batch", "extensions", "policy"];

/// Reads the names; none where they are not those of a request to an API server, or
/// contradict each other.
pub(super) fn asked<'a>(method: &'a str, resource_name: &'a str) -> Option<Asked<'a>> {
    let parts: Vec<&str> = method.split('.').collect();
    if parts.iter().any(|part| part.is_empty() || part.len() > PART_BYTES) {
        return None;
    }
    let Some(at) = parts.iter().rposition(|part| is_version(part)) else {
        return path(&parts, resource_name);
    };
    let (group, rest) = parts.split_at_checked(at)?;
    let (resource, subresource, verb) = match rest {
        [_, resource, verb] => (*resource, "", *verb),
        [_, resource, subresource, verb] => (*resource, *subresource, *verb),
        _ => return None,
    };
    if resource_name.is_empty() {
        let group = group_of_method(group);
        return Some(Asked::Resource {
            verb,
            group,
            resource,
            subresource,
            namespace: "",
            name: "",
        });
    }
    let mut parts = resource_name.split('/');
    let group = match parts.next()? {
        "core" => "",
        group => group,
    };
    let version = parts.next()?;
    let rest: Vec<&str> = parts.collect();
    let (namespace, rest) = match rest.as_slice() {
        // A namespace is a resource itself.
        ["namespaces", ..] if resource == "namespaces" => ("", rest.as_slice()),
        ["namespaces", namespace, rest @ ..] => (*namespace, rest),
        rest => ("", rest),
    };
    let (named, rest) = rest.split_first()?;
    let (name, below) =
        rest.split_first().map_or(("", [].as_slice()), |(name, below)| (*name, below));
    let agree = *named == resource
        && is_version(version)
        && (below.is_empty() || below.first() == Some(&subresource))
        && [group, namespace, name].iter().all(|part| part.len() <= PART_BYTES);
    agree.then(|| Asked::Resource {
        verb,
        group: group.to_owned(),
        resource,
        subresource,
        namespace,
        name,
    })
}

/// What is no resource: `io.k8s.readyz`, or with a verb of HTTP behind it.
fn path<'a>(method: &[&'a str], resource_name: &str) -> Option<Asked<'a>> {
    let ["io", "k8s", rest @ ..] = method else { return None };
    let verb = rest.last().copied().filter(|word| {
        matches!(*word, "get" | "head" | "post" | "put" | "patch" | "delete" | "options")
    });
    let named = match (resource_name.trim_matches('/'), rest.first()) {
        ("", Some(first)) if Some(*first) != verb => *first,
        ("", _) => return None,
        (path, _) => path.split('/').next().unwrap_or_default(),
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    let path = if named.bytes().all(plain) { format!("/{named}") } else { "/…".to_owned() };
    Some(Asked::Path { verb, path })
}

/// The group by the method alone: its words are those of the domain, from the end.
fn group_of_method(words: &[&str]) -> String {
    match words {
        ["io", "k8s", "core"] => String::new(),
        ["io", "k8s", plain] if PLAIN_GROUPS.contains(plain) => (*plain).to_owned(),
        words => words.iter().rev().copied().collect::<Vec<_>>().join("."),
    }
}

/// `v1`, `v1beta2`.
fn is_version(part: &str) -> bool {
    let Some(rest) = part.strip_prefix('v') else { return false };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let Some((_, stage)) = rest.split_at_checked(digits) else { return false };
    let number = stage.strip_prefix("alpha").or_else(|| stage.strip_prefix("beta"));
    digits > 0
        && (stage.is_empty()
            || number.is_some_and(|number| {
                !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
            }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(method: &str, resource: &str) -> Option<String> {
        asked(method, resource).map(|asked| match asked {
            Asked::Resource { verb, group, resource, subresource, namespace, name } => {
                format!("{verb} {group}/{resource}/{subresource} {namespace} {name}")
            }
            Asked::Path { verb, path } => format!("{} {path}", verb.unwrap_or("?")),
        })
    }

    #[test]
    fn names_tell_verb_resource_and_object() {
        for (method, resource, expected) in [
            (
                "io.k8s.core.v1.pods.delete",
                "core/v1/namespaces/shop/pods/web",
                "delete /pods/ shop web",
            ),
            (
                "io.k8s.core.v1.pods.exec.create",
                "core/v1/namespaces/shop/pods/web/exec",
                "create /pods/exec shop web",
            ),
            ("io.k8s.core.v1.secrets.list", "core/v1/secrets", "list /secrets/  "),
            (
                "io.k8s.core.v1.namespaces.delete",
                "core/v1/namespaces/shop",
                "delete /namespaces/  shop",
            ),
            (
                "io.k8s.core.v1.namespaces.finalize.update",
                "core/v1/namespaces/shop/finalize",
                "update /namespaces/finalize  shop",
            ),
            (
                "io.k8s.authorization.rbac.v1.clusterroles.patch",
                "rbac.authorization.k8s.io/v1/clusterroles/view",
                "patch rbac.authorization.k8s.io/clusterroles/  view",
            ),
            (
                "io.cert-manager.v1.certificates.update",
                "cert-manager.io/v1/namespaces/shop/certificates/web",
                "update cert-manager.io/certificates/ shop web",
            ),
            ("io.k8s.core.v1.componentstatuses.list", "", "list /componentstatuses/  "),
            ("io.k8s.batch.v1.jobs.list", "", "list batch/jobs/  "),
            (
                "io.k8s.authorization.rbac.v1.roles.list",
                "",
                "list rbac.authorization.k8s.io/roles/  ",
            ),
            ("io.k8s.readyz", "/readyz", "? /readyz"),
            ("io.k8s.get", "apis/apps", "get /apis"),
        ] {
            assert_eq!(told(method, resource).as_deref(), Some(expected), "{method}");
        }
    }

    #[test]
    fn names_that_contradict_each_other_tell_nothing() {
        for (method, resource) in [
            ("io.k8s.core.v1.pods.get", "core/v1/namespaces/shop/secrets/web"),
            ("io.k8s.core.v1.pods.get", "core/v1/namespaces/shop/pods/web/exec"),
            ("io.k8s.core.v1.pods", "core/v1/pods"),
            ("io.k8s.core.v1.a.b.c.get", "core/v1/a"),
            ("google.container.ClusterManager.GetCluster", "projects/x"),
            ("io.k8s.get", ""),
            ("", ""),
        ] {
            assert_eq!(told(method, resource), None, "{method}");
        }
    }
}
