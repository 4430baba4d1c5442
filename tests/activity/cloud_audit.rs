//! GKE through Google's Cloud Audit Logs.

use gradus::model::{activity::InClusters, principal::Principal};

use super::support::{BOT, content, fixture, fixtures, text};

const DONE: [&str; 6] = [
    "create pods/exec in shop: done 1, authorised 1",
    "create apps/deployments in shop: refused later 1, authorised 1",
    "delete pods in shop: done 2, authorised 2",
    "get pods in shop: failed 1, authorised 1",
    "get secrets in shop: refused 1",
    "patch configmaps in shop: unclear 1, authorised 1",
];

#[test]
fn entries_of_a_sink_and_of_gcloud_are_read_alike() {
    for name in ["gke-sink.jsonl", "gke-gcloud.json"] {
        let reading = fixture(name);
        assert_eq!(reading.told(), "cloud-audit read 7/0", "{name}");
        assert_eq!(reading.bot(), DONE, "{name}");
        assert_eq!(
            reading.clusters(),
            ["GKE cluster prod in europe-west1 of project shop-prod: 7"],
            "{name}"
        );
        // The entry of another service.
        assert_eq!(reading.audit().foreign_lines, 1, "{name}");
    }
}

#[test]
fn rows_of_bigquery_are_the_entries_that_a_sink_wrote_there() {
    // As `bq query` prints them, and as `bq extract` writes them.
    for (name, foreign) in [("gke-bigquery.json", 2), ("gke-bigquery.jsonl", 1)] {
        let reading = fixture(name);
        assert_eq!(reading.told(), "bigquery-rows read 7/0", "{name}");
        assert_eq!(reading.bot(), DONE, "{name}");
        assert_eq!(reading.changes(), fixture("gke-sink.jsonl").changes(), "{name}");
        assert_eq!(reading.clusters(), fixture("gke-sink.jsonl").clusters(), "{name}");
        let (log, entries) = (reading.audit(), fixture("gke-sink.jsonl"));
        assert_eq!(log.window, entries.audit().window, "{name}");
        assert_eq!((log.undated, log.foreign_lines), (0, foreign), "{name}");
    }
}

#[test]
fn a_row_without_the_code_of_its_status_does_not_show_success() {
    let row = content("gke-bigquery.jsonl").lines().next().unwrap().to_owned();
    for (status, outcome) in
        [("{}", "done 1"), ("{\"message\": null}", "unclear 1"), ("null", "unclear 1")]
    {
        let row = row.replace("\"status\": {}", &format!("\"status\": {status}"));
        let expected = format!("delete pods in shop: {outcome}, authorised 1");
        assert_eq!(text(row.as_bytes()).bot(), [expected], "{status}");
    }
}

#[test]
fn as_many_rows_as_bq_prints_at_most_may_not_be_all() {
    let row = content("gke-bigquery.jsonl").lines().next().unwrap().to_owned();
    let rows = |count: usize| {
        let rows: Vec<_> =
            (0..count).map(|n| row.replace("\"i0\"", &format!("\"n{n}\""))).collect();
        text(format!("[{}]", rows.join(",")).as_bytes())
    };
    assert_eq!(rows(99).told(), "bigquery-rows read 99/0");
    assert_eq!(rows(100).told(), "bigquery-rows partial 100/0");
    assert!(rows(100).reason().contains("--max_rows"));
}

#[test]
fn success_is_not_inferred_where_the_entry_does_not_say_so() {
    let patch = "patch configmaps in shop: unclear 1, authorised 1".to_owned();
    assert!(fixture("gke-sink.jsonl").bot().contains(&patch));
}

#[test]
fn a_missing_grant_is_no_refusal_and_a_refused_call_is_never_done() {
    let bot = fixture("gke-sink.jsonl").bot();
    assert!(bot.contains(&"get pods in shop: failed 1, authorised 1".to_owned()), "{bot:?}");
    assert!(bot.contains(&"get secrets in shop: refused 1".to_owned()), "{bot:?}");
}

#[test]
fn whose_authority_was_asked_for_is_who_acts() {
    let reading = fixture("gke-sink.jsonl");
    let bot = &reading.activity.principals[&Principal::kubernetes(BOT)];
    assert_eq!(bot.impersonated_by.get("ana@example.com"), Some(1));
    let ana = reading.actions(&Principal::kubernetes("ana@example.com"));
    assert!(ana.iter().any(|action| action.starts_with("impersonate")), "{ana:?}");
}

#[test]
fn the_grant_that_the_authorizer_named_is_kept() {
    let reading = fixture("gke-sink.jsonl");
    let bot = &reading.activity.principals[&Principal::kubernetes(BOT)];
    let grants: Vec<_> = bot.grants_used.iter().map(|(grant, _)| grant.binding.as_str()).collect();
    assert_eq!(grants, ["bot"]);
}

#[test]
fn entries_that_stand_in_two_files_count_once() {
    let reading = fixtures(&["gke-sink.jsonl", "gke-sink.jsonl"]);
    assert_eq!(reading.bot(), DONE);
    assert_eq!(reading.audit().repeated, 8);
}

#[test]
fn an_entry_counts_once_that_stands_in_a_bucket_in_bigquery_and_in_pub_sub() {
    let names = ["gke-sink.jsonl", "gke-bigquery.json", "gke-bigquery.jsonl", "gke-gcloud.json"];
    let reading = fixtures(&names);
    assert_eq!(reading.bot(), DONE);
    assert_eq!(reading.changes(), fixture("gke-sink.jsonl").changes());
    // The entry of another service is known again as well.
    assert_eq!(reading.audit().repeated, 3 * 8);
    assert!(!reading.audit().repeats_unseen);
    // A bucket has nanoseconds, and BigQuery has not.
    let finer = content("gke-sink.jsonl").replace(".1Z\"", ".100000123Z\"");
    let both = format!("{finer}{}", content("gke-bigquery.jsonl"));
    assert_ne!(finer, content("gke-sink.jsonl"));
    assert_eq!(text(both.as_bytes()).audit().repeated, 8);
}

#[test]
fn entries_of_one_id_that_tell_of_different_things_all_count() {
    let line = content("gke-sink.jsonl").lines().next().unwrap().to_owned();
    for (from, to) in [
        ("pods.delete\",\"requestMetadata", "pods.get\",\"requestMetadata"),
        ("cloudaudit.googleapis.com%2Factivity", "other"),
        ("\"insertId\":\"i0\"", "\"insertId\":\"i9\""),
    ] {
        let other = line.replace(from, to);
        assert_ne!(line, other);
        let reading = text(format!("{line}\n{other}\n{line}\n").as_bytes());
        assert_eq!((reading.record().items, reading.audit().repeated), (2, 1), "{to}");
    }
}

#[test]
fn entries_that_are_cut_or_odd_are_counted_and_nobody_s_are_told() {
    let reading = fixture("gke-damaged.jsonl");
    assert_eq!(reading.told(), "cloud-audit partial 2/2");
    assert_eq!(reading.audit().repeated, 1);
    assert_eq!(reading.audit().unattributed, 1);
    let lines: Vec<_> =
        reading.audit().defects.places().iter().map(|at| at.location.line.unwrap()).collect();
    assert_eq!(lines, [2, 4]);
}

#[test]
fn that_something_was_not_read_cannot_be_told() {
    assert!(fixture("gke-sink.jsonl").audit().reads_left_out);
}

#[test]
fn a_change_is_joined_by_the_id_that_the_api_server_gave_it() {
    let changes = fixture("gke-sink.jsonl").changes();
    let ids: Vec<_> = changes.iter().filter_map(|trace| trace.id.as_deref()).collect();
    assert_eq!(ids, ["i0", "i1", "i2", "i4", "i7"]);
    // None of the entries holds the request.
    assert!(changes.iter().all(|trace| trace.shallow));
}

#[test]
fn entries_tell_which_cluster_each_request_was_made_in() {
    let other = content("gke-sink.jsonl").replace("\"prod\"", "\"stage\"").replace("T10:", "T11:");
    let reading = text((content("gke-sink.jsonl") + &other).as_bytes());
    let bot = &reading.activity.principals[&Principal::kubernetes(BOT)];
    let InClusters::Several { each, of_one: false } = &bot.clusters else { panic!("{bot:?}") };
    assert_eq!(each.len(), 2);
    for (cluster, found) in each {
        let alone =
            fixture("gke-sink.jsonl").activity.principals[&Principal::kubernetes(BOT)].clone();
        assert_eq!(found.effective(), alone.effective(), "{cluster:?}");
        assert_eq!(found.changes.len(), alone.changes.len(), "{cluster:?}");
    }
    // A person is the same in both.
    let ana = &reading.activity.principals[&Principal::kubernetes("ana@example.com")];
    assert!(matches!(&ana.clusters, InClusters::Several { of_one: true, .. }));
}
