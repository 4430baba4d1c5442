//! Whom requests count for: a name, in the cluster that the log is of, where it tells. The
//! same name in two clusters need not be the same identity.
//!
//! Both are one key, so that one that is known is found without allocating: the name, and
//! where a cluster is known its parts behind it, each behind a byte that no text holds.

use std::borrow::Cow;

use crate::model::activity::LogOrigin;

/// No byte of UTF-8 text has this value.
const SEPARATOR: u8 = 0xff;
/// Longer names of clusters are none: each principal has its own.
const CLUSTER_BYTES: usize = 1024;

/// A cluster, as far as keys have room for its name.
pub(super) fn bounded(cluster: LogOrigin) -> Option<LogOrigin> {
    let bytes: usize = parts(&cluster).iter().map(|part| part.len()).sum();
    (bytes <= CLUSTER_BYTES).then_some(cluster)
}

/// The key of a name.
#[inline]
pub(super) fn key<'n>(name: &'n str, cluster: Option<&LogOrigin>) -> Cow<'n, [u8]> {
    match cluster {
        None => Cow::Borrowed(name.as_bytes()),
        Some(cluster) => {
            let mut key = name.as_bytes().to_vec();
            for part in parts(cluster) {
                key.push(SEPARATOR);
                key.extend_from_slice(part.as_bytes());
            }
            Cow::Owned(key)
        }
    }
}

fn parts(cluster: &LogOrigin) -> Vec<&str> {
    match cluster {
        LogOrigin::Eks { account: None, cluster } => vec!["eks", cluster],
        LogOrigin::Eks { account: Some(account), cluster } => vec!["eks", cluster, account],
        LogOrigin::Gke { project, location, cluster } => vec!["gke", project, location, cluster],
        LogOrigin::Aks(resource) => vec!["aks", resource],
    }
}

/// The name of a key.
pub(super) fn name_of(key: &[u8]) -> &str {
    let name = key.split(|&byte| byte == SEPARATOR).next().unwrap_or_default();
    std::str::from_utf8(name).unwrap_or_default()
}

/// The cluster of a key.
pub(super) fn cluster_of(key: &[u8]) -> Option<LogOrigin> {
    let parts: Option<Vec<&str>> = key
        .split(|&byte| byte == SEPARATOR)
        .skip(1)
        .map(|part| std::str::from_utf8(part).ok())
        .collect();
    let text = |text: &str| text.to_owned();
    Some(match parts?.as_slice() {
        ["eks", cluster] => LogOrigin::Eks { account: None, cluster: text(cluster) },
        ["eks", cluster, account] => {
            LogOrigin::Eks { account: Some(text(account)), cluster: text(cluster) }
        }
        ["gke", project, location, cluster] => LogOrigin::Gke {
            project: text(project),
            location: text(location),
            cluster: text(cluster),
        },
        ["aks", resource] => LogOrigin::Aks(text(resource)),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_tell_the_name_and_the_cluster() {
        let text = |text: &str| text.to_owned();
        for cluster in [
            None,
            Some(LogOrigin::Eks { account: None, cluster: text("prod") }),
            Some(LogOrigin::Eks { account: Some(text("1")), cluster: text("prod") }),
            Some(LogOrigin::Eks { account: Some(String::new()), cluster: String::new() }),
            Some(LogOrigin::Gke {
                project: text("p"),
                location: String::new(),
                cluster: text("prod"),
            }),
            Some(LogOrigin::Aks(text("/subscriptions/x"))),
        ] {
            for name in ["bot", "", "eks", "a b"] {
                let key = key(name, cluster.as_ref());
                assert_eq!((name_of(&key), cluster_of(&key)), (name, cluster.clone()));
            }
        }
    }

    #[test]
    fn a_name_without_end_is_that_of_no_cluster() {
        assert_eq!(bounded(LogOrigin::Aks("a".repeat(CLUSTER_BYTES))), None);
    }
}
