//! What was read: reported on its own, never multiplied into a level.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    assess::assessment::{Coverage, FileCounts},
    model::{
        agent_config::AgentConfig,
        aws::AccountSnapshot,
        coverage::{Gap, SourceRecord, SourceStatus},
        location::Location,
    },
    rubric::servers::ServerRules,
};

/// Counts sources and states the share that was read whole.
#[must_use]
pub fn coverage(mut sources: Vec<SourceRecord>, mut gaps: Vec<Gap>) -> Coverage {
    sources.sort_by(|a, b| a.path.cmp(&b.path).then_with(|| a.kind.cmp(&b.kind)));
    gaps.sort();
    gaps.dedup();
    let mut files = FileCounts::default();
    for source in &sources {
        files.found += 1;
        match source.status {
            SourceStatus::Read => files.read += 1,
            SourceStatus::Partial => files.partial += 1,
            SourceStatus::Failed => files.failed += 1,
            SourceStatus::Skipped => files.skipped += 1,
        }
    }
    let evidence = files.read + files.partial + files.failed;
    let ratio = if evidence == 0 { 0.0 } else { f64::from(files.read) / f64::from(evidence) };
    Coverage { sources, ratio: (ratio * 1000.0).floor() / 1000.0, files, gaps }
}

/// What no evidence of an account shows: the policies of its resources. Which
/// principals such a policy lets in, or keeps out, is then in no answer about them.
#[must_use]
pub fn resource_policies(account: &AccountSnapshot) -> Option<Gap> {
    let users = account.users.values().map(|user| &user.identity);
    let roles = account.roles.values().map(|role| &role.identity);
    let first = users.chain(roles).map(|identity| &identity.location).min()?;
    Some(Gap {
        location: Location::file(Arc::clone(&first.path)),
        reason:
            "policies of resources (buckets, queues, topics, keys, secrets, functions) are not \
                 visible: one may give principals of its account what their own policies do not, \
                 and take what they do"
                .to_owned(),
    })
}

/// What decides about each client in the evidence and stands in none of its files.
#[must_use]
pub fn unseen_of_clients(configs: &[AgentConfig], rules: &ServerRules) -> Vec<Gap> {
    let mut clients: BTreeMap<&str, &Location> = BTreeMap::new();
    for config in configs {
        let first = clients.entry(config.client.as_str()).or_insert(&config.location);
        *first = (*first).min(&config.location);
    }
    let gap = |(client, location): (&str, &Location)| {
        let rule = rules.client(client).filter(|rule| !rule.not_visible.is_empty())?;
        Some(Gap {
            location: Location::file(Arc::clone(&location.path)),
            reason: format!("not visible of {client}: {}", rule.not_visible.join("; ")),
        })
    };
    clients.into_iter().filter_map(gap).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::agent_config::{Client, Scope};

    fn record(status: SourceStatus) -> SourceRecord {
        SourceRecord::without_items("x", "kubernetes", status, None)
    }

    #[test]
    fn no_evidence_is_no_coverage() {
        assert!(coverage(Vec::new(), Vec::new()).ratio.abs() < f64::EPSILON);
        let skipped = coverage(vec![record(SourceStatus::Skipped)], Vec::new());
        assert!(skipped.ratio.abs() < f64::EPSILON);
    }

    #[test]
    fn a_partly_read_file_does_not_count_as_read() {
        let sources = vec![
            record(SourceStatus::Read),
            record(SourceStatus::Partial),
            record(SourceStatus::Failed),
            record(SourceStatus::Skipped),
        ];
        assert!((coverage(sources, Vec::new()).ratio - 0.333).abs() < 1e-9);
    }

    #[test]
    fn what_no_file_of_a_client_shows_is_said_once_for_each() {
        let config = |client, path: &str| {
            AgentConfig::new("x", client, Scope::Project, Location::file(path))
        };
        let configs = [
            config(Client::Cursor, "b/mcp.json"),
            config(Client::Cursor, "a/mcp.json"),
            config(Client::Copilot, "c.agent.md"),
            config(Client::Unknown, "servers.json"),
        ];
        let rules = ServerRules::load().expect("the catalogue is well formed");
        let gaps = unseen_of_clients(&configs, &rules);
        let places: Vec<&str> = gaps.iter().map(|gap| &*gap.location.path).collect();
        assert_eq!(places, ["c.agent.md", "a/mcp.json"]);
        assert!(gaps[0].reason.starts_with("not visible of copilot: servers"), "{gaps:?}");
        assert!(unseen_of_clients(&[], &rules).is_empty());
    }

    #[test]
    fn an_account_without_principals_hides_no_policies_of_resources() {
        assert_eq!(resource_policies(&AccountSnapshot::default()), None);
    }
}
