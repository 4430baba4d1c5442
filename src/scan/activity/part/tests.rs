//! A summary of parts is what one run over all of them gives, to the byte.

use std::{fs, path::Path};

use proptest::prelude::*;

use super::{caps, text_of};
use crate::{
    model::{capability::Plane, coverage::SourceStatus},
    scan::{
        activity::{ActivityBuilder, Caps, tests::splits::events},
        logs,
    },
    source::{files::FileRef, limits::Limits},
};

/// Bounds that bite at a few hundred events.
const TIGHT: Caps = Caps {
    entries: 40,
    actions_per_principal: 7,
    open_requests: 1_000,
    event_ids: 1_000,
    held_events: 20,
    changes_per_principal: 5,
    changes: 30,
    observer: None,
};

/// One file of each: audit logs, which have requests that lie open, and trails that share
/// events.
fn logs_of(seed: u64, count: usize) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let lines = events(seed, 40 * count);
    for (number, lines) in lines.chunks(lines.len().div_ceil(count)).enumerate() {
        files.push((format!("audit-{number}.log"), lines.join("\n")));
    }
    // Subscriptions of two clusters, in which others of the same names act.
    let lines = events(seed ^ 1, 20 * count);
    for (number, lines) in lines.chunks(lines.len().div_ceil(count)).enumerate() {
        let objects: Vec<String> = lines
            .iter()
            .zip(["prod", "stage"].iter().cycle())
            .map(|(line, cluster)| of_cluster(cluster, line))
            .collect();
        files.push((format!("eks-{number}.json"), objects.join("\n")));
    }
    for number in 0..count as u64 {
        // Half of the events stand in the next file as well.
        let records: Vec<String> =
            (number * 10..number * 10 + 20).map(|id| trail_event(seed, id)).collect();
        files.push((format!("trail-{number}.json"), records.join("\n") + "\nbroken\n"));
    }
    files
}

/// An event in an object of a subscription.
fn of_cluster(cluster: &str, event: &str) -> String {
    serde_json::json!({
        "messageType": "DATA_MESSAGE", "owner": "111122223333", "subscriptionFilters": [],
        "logGroup": format!("/aws/eks/{cluster}/cluster"), "logStream": "kube-apiserver-audit-0",
        "logEvents": [{"id": "0", "timestamp": 0, "message": event}],
    })
    .to_string()
}

fn trail_event(seed: u64, id: u64) -> String {
    let name = ["PutObject", "DeleteObject", "GetObject", "RunInstances"][(id % 4) as usize];
    let source = if id % 4 == 3 { "ec2.amazonaws.com" } else { "s3.amazonaws.com" };
    serde_json::json!({
        "eventVersion": "1.11", "eventID": format!("{seed}-{id}"), "requestID": format!("r{id}"),
        "eventTime": format!("2026-11-{:02}T10:00:{:02}Z", 1 + id % 28, id % 60),
        "eventSource": source, "eventName": name, "awsRegion": "eu-west-1",
        "readOnly": name == "GetObject", "recipientAccountId": "111122223333",
        "userIdentity": {
            "type": "IAMUser", "accountId": "111122223333", "userName": format!("bot-{}", id % 5),
            "arn": format!("arn:aws:iam::111122223333:user/bot-{}", id % 5),
        },
        "requestParameters": {"bucketName": "b", "key": format!("k{}", id % 7)},
        "userAgent": "agent/1", "eventType": "AwsApiCall", "managementEvent": false,
        "eventCategory": "Data",
    })
    .to_string()
}

fn write(folder: &Path, name: &str, text: impl AsRef<[u8]>) -> FileRef {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    FileRef { display: name.into(), path }
}

/// The text of a summary of files, with every one of them read whole or in part.
fn summary(files: &[FileRef], caps: Caps) -> Vec<u8> {
    let mut builder = ActivityBuilder::new(caps);
    let mut files = files.to_vec();
    files.sort();
    for file in &files {
        let taken = logs::read(file, None, true, &mut builder, &Limits::default());
        for record in taken.unwrap().unwrap().records {
            assert_ne!(record.status, SourceStatus::Failed, "{record:?}");
        }
    }
    text_of(builder).unwrap()
}

/// A permutation that a number stands for.
fn shuffled<T: Clone>(items: &[T], seed: u64) -> Vec<T> {
    let mut items = items.to_vec();
    let mut state = seed | 1;
    for at in (1..items.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        items.swap(at, (state >> 33) as usize % (at + 1));
    }
    items
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 12,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_split_order_and_nesting_gives_the_same_bytes(
        seed in any::<u64>(),
        order in any::<u64>(),
        parts in 1usize..6,
        nesting in 1usize..4,
        tight in any::<bool>(),
    ) {
        let caps = if tight { TIGHT } else { caps() };
        let folder = tempfile::tempdir().unwrap();
        let files: Vec<FileRef> = logs_of(seed, 4)
            .iter()
            .map(|(name, text)| write(folder.path(), name, text))
            .collect();
        let whole = summary(&files, caps);

        let files = shuffled(&files, order);
        let mut level: Vec<FileRef> = files
            .chunks(files.len().div_ceil(parts))
            .enumerate()
            .map(|(at, files)| write(folder.path(), &format!("0-{at}"), summary(files, caps)))
            .collect();
        for depth in 1..=nesting {
            level = shuffled(&level, order.rotate_left(depth as u32))
                .chunks(2)
                .enumerate()
                .map(|(at, of)| {
                    write(folder.path(), &format!("{depth}-{at}"), summary(of, caps))
                })
                .collect();
        }
        let merged = summary(&level, caps);
        let mut differing = merged.split(|&byte| byte == b'\n').zip(whole.split(|&byte| byte == b'\n'));
        let differing = differing.find(|(one, other)| one != other);
        prop_assert!(
            merged == whole,
            "{:?}",
            differing.map(|(one, other)| [one, other].map(String::from_utf8_lossy))
        );
    }

    #[test]
    fn a_summary_counts_what_its_logs_count(seed in any::<u64>()) {
        let folder = tempfile::tempdir().unwrap();
        let files: Vec<FileRef> = logs_of(seed, 3)
            .iter()
            .map(|(name, text)| write(folder.path(), name, text))
            .collect();
        let read = |files: &[FileRef]| {
            let mut builder = ActivityBuilder::default();
            let mut records = Vec::new();
            for file in files {
                let taken = logs::read(file, None, true, &mut builder, &Limits::default());
                records.extend(taken.unwrap().unwrap().records);
            }
            records.sort_by(|one, other| one.path.cmp(&other.path));
            (builder.finish(), records)
        };
        let one = write(folder.path(), "one", summary(&files, caps()));
        prop_assert_eq!(read(&[one]), read(&files));
        let trails = write(folder.path(), "trails", summary(&files[3..], caps()));
        let (activity, _) = read(&[vec![trails], files[..3].to_vec()].concat());
        prop_assert_eq!(activity, read(&files).0);
    }
}

#[test]
fn events_that_parts_share_count_once_and_those_beyond_the_bound_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let files: Vec<FileRef> = logs_of(7, 3)
        .iter()
        .filter(|(name, _)| name.starts_with("trail"))
        .map(|(name, text)| write(folder.path(), name, text))
        .collect();
    let counted = |caps: Caps| {
        let parts: Vec<FileRef> = files
            .iter()
            .enumerate()
            .map(|(at, file)| {
                let text = summary(std::slice::from_ref(file), caps);
                write(folder.path(), &at.to_string(), text)
            })
            .collect();
        let mut builder = ActivityBuilder::default();
        for part in &parts {
            logs::read(part, None, true, &mut builder, &Limits::default()).unwrap();
        }
        builder.finish().logs.remove(&Plane::Aws).unwrap()
    };
    let log = counted(caps());
    assert_eq!((log.events, log.repeated, log.repeats_unseen), (40, 20, false));
    let few = counted(Caps { held_events: 4, ..caps() });
    assert!(few.repeats_unseen);
    assert!(few.events > 40, "what is not kept apart counts as often as it stands");
}

#[test]
fn of_copies_in_one_line_the_first_counts_in_a_summary_too() {
    let folder = tempfile::tempdir().unwrap();
    let done = trail_event(1, 1);
    let refused = done.replacen('{', r#"{"errorCode":"AccessDenied","#, 1);
    for (name, records) in [("done", [&done, &refused]), ("refused", [&refused, &done])] {
        let text = format!(r#"{{"Records":[{},{}]}}"#, records[0], records[1]);
        let file = write(folder.path(), &format!("{name}.json"), text);
        let part = write(folder.path(), name, summary(std::slice::from_ref(&file), caps()));
        let counted = [file, part].map(|file| {
            let mut builder = ActivityBuilder::default();
            logs::read(&file, None, true, &mut builder, &Limits::default()).unwrap();
            let activity = builder.finish();
            let actions = activity.principals.values().flat_map(|found| found.actions.values());
            actions.map(|action| (action.done.count, action.denied.total())).collect::<Vec<_>>()
        });
        let expected = if name == "done" { (1, 0) } else { (0, 1) };
        assert_eq!(counted, [[expected], [expected]], "{name}");
    }
}

#[test]
fn a_log_that_two_summaries_hold_counts_once_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let logs = logs_of(3, 2);
    let [one, two] = [0, 1].map(|at| write(folder.path(), &logs[at].0, &logs[at].1));
    let first = write(folder.path(), "first", summary(std::slice::from_ref(&one), caps()));
    let again = write(folder.path(), "again", summary(std::slice::from_ref(&one), caps()));
    let both = write(folder.path(), "both", summary(&[one.clone(), two.clone()], caps()));

    let (builder, records) = logs::gather(&[first.clone(), again], &[], caps(), &Limits::default());
    assert_eq!(text_of(builder).unwrap(), summary(std::slice::from_ref(&one), caps()));
    assert_eq!(records[1].status, SourceStatus::Skipped);

    let (builder, records) = logs::gather(&[first.clone(), both], &[], caps(), &Limits::default());
    assert_eq!(text_of(builder).unwrap(), summary(std::slice::from_ref(&one), caps()));
    assert!(super::is_refused(&records[1]));
    assert!(records[1].reason.as_ref().unwrap().contains(&logs[0].0), "{records:?}");

    // The log itself beside its summary, and a copy of it beside it.
    let copy = write(folder.path(), "copy.log", &logs[0].1);
    let (_, records) = logs::gather(&[first, one, copy], &[], caps(), &Limits::default());
    let statuses: Vec<_> = records.iter().map(|record| record.status).collect();
    assert_eq!(statuses[1..], [SourceStatus::Skipped; 2]);
    assert!(records[2].reason.as_ref().unwrap().contains("byte for byte"));
}

#[test]
fn copies_are_told_without_looking_at_the_bytes_of_all_files() {
    let folder = tempfile::tempdir().unwrap();
    let logs = logs_of(3, 2);
    let one = write(folder.path(), "a.log", &logs[0].1);
    let copy = write(folder.path(), "b.log", &logs[0].1);
    let other = write(folder.path(), "c.log", &logs[1].1);
    let mut builder = ActivityBuilder::default();
    let statuses = [one, copy, other].map(|file| {
        let taken = logs::read(&file, None, true, &mut builder, &Limits::default());
        taken.unwrap().unwrap().records.remove(0).status
    });
    assert_eq!(statuses[1], SourceStatus::Skipped);
    assert!(statuses[0] != SourceStatus::Skipped && statuses[2] != SourceStatus::Skipped);
}

#[test]
fn a_summary_that_was_changed_or_cut_gives_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let logs = logs_of(5, 2);
    let files: Vec<FileRef> =
        logs.iter().map(|(name, text)| write(folder.path(), name, text)).collect();
    let text = String::from_utf8(summary(&files, caps())).unwrap();
    let end = text.trim_end().rfind('\n').unwrap() + 1;
    let signed = |body: &str| {
        let digest = crate::source::read::digest(body.as_bytes());
        format!("{body}{{\"end\":{{\"digest\":\"{digest}\"}}}}\n")
    };
    assert_eq!(signed(&text[..end]), text);
    let schema = text.lines().next().unwrap();
    let action = text.lines().find(|line| line.starts_with("{\"action\"")).unwrap();
    let huge = u64::MAX;
    let damaged = [
        text[..end].to_owned(),
        text[..text.len() / 2].to_owned(),
        text.replacen("2026-11-", "2026-10-", 1),
        text.replacen("/v1", "/v2", 1),
        signed(&format!("{schema}\n{action}\n")),
        signed(&format!("{schema}\n{{\"surprise\":1}}\n")),
        signed(&format!("{schema}\nno json\n")),
        signed(&format!("{schema}\n{schema}\n")),
        signed(&format!("{schema}\n{{\"plane\":{{\"plane\":\"aws\",\"beyond\":{huge}}}}}\n")),
        signed(&format!("{schema}\n{{\"plane\":{{\"plane\":\"aws\",\"beyond\":-1}}}}\n")),
        format!("{schema}\n"),
        schema.to_owned(),
    ];
    for text in damaged {
        let file = write(folder.path(), "damaged", &text);
        let (builder, records) = logs::gather(&[file], &[], caps(), &Limits::default());
        assert!(super::is_refused(&records[0]), "{records:?}: {text}");
        assert!(builder.finish().logs.is_empty());
    }
}
