//! What was read: reported on its own, never multiplied into a level.

use crate::{
    assess::assessment::{Coverage, FileCounts},
    model::{
        aws::AccountSnapshot,
        coverage::{Gap, SourceRecord, SourceStatus},
    },
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
        location: first.clone(),
        reason:
            "policies of resources (buckets, queues, topics, keys, secrets, functions) are not \
                 visible: one may give principals of its account what their own policies do not, \
                 and take what they do"
                .to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(status: SourceStatus) -> SourceRecord {
        SourceRecord {
            path: "x".to_owned(),
            kind: "kubernetes".to_owned(),
            status,
            items: 0,
            malformed: 0,
            reason: None,
            digest: None,
        }
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
    fn an_account_without_principals_hides_no_policies_of_resources() {
        assert_eq!(resource_policies(&AccountSnapshot::default()), None);
    }
}
