//! EKS through CloudWatch Logs, in each of the ways that it comes out.

use gradus::model::{activity::InClusters, coverage::SourceStatus, principal::Principal};

use super::support::{BOT, THREE, content, fixture, fixtures, text};

#[test]
fn what_filter_log_events_prints_is_read_and_other_streams_are_foreign() {
    let reading = fixture("eks-filter-log-events.json");
    assert_eq!(reading.told(), "cloudwatch-logs read 3/0");
    assert_eq!(reading.bot(), THREE);
    assert_eq!(reading.audit().foreign_lines, 1);
}

#[test]
fn a_page_that_says_more_follow_is_not_all() {
    let reading = fixture("eks-filter-log-events-page.json");
    assert_eq!(reading.told(), "cloudwatch-logs partial 3/0");
    assert!(reading.reason().contains("nextToken"), "{}", reading.reason());
    assert_eq!(reading.audit().files_cut_short, 1);
}

#[test]
fn an_export_to_s3_is_lines_with_a_time_before_the_event() {
    let reading = fixture("eks-export.txt");
    assert_eq!(reading.told(), "prefixed-lines read 3/0");
    assert_eq!(reading.bot(), THREE);
    assert_eq!(reading.audit().foreign_lines, 1);
}

#[test]
fn what_logs_tail_prints_has_the_stream_too() {
    let reading = fixture("eks-tail.txt");
    assert_eq!(reading.told(), "prefixed-lines read 3/0");
    assert_eq!(reading.bot(), THREE);
}

#[test]
fn objects_of_a_subscription_stand_in_a_row_and_say_of_which_cluster_they_are() {
    let reading = fixture("eks-firehose.json");
    assert_eq!(reading.told(), "cloudwatch-logs read 3/0");
    assert_eq!(reading.bot(), THREE);
    assert_eq!(reading.clusters(), ["EKS cluster prod of account 111122223333: 3"]);
    // The control message and what the authenticator printed.
    assert_eq!(reading.audit().foreign_lines, 2);
}

#[test]
fn who_acts_in_two_clusters_under_one_name_is_kept_apart() {
    let stage = content("eks-firehose.json").replace("/eks/prod/", "/eks/stage/");
    let both = content("eks-firehose.json") + &stage.replace("T10:", "T11:");
    let reading = text(both.as_bytes());
    let bot = &reading.activity.principals[&Principal::kubernetes(BOT)];
    let InClusters::Several { each, of_one } = &bot.clusters else { panic!("{bot:?}") };
    assert!(!of_one && bot.is_of_several());
    let told: Vec<_> = each
        .iter()
        .map(|(cluster, found)| (cluster.as_ref().unwrap().to_string(), found.effective()))
        .collect();
    let of = |name| format!("EKS cluster {name} of account 111122223333");
    assert_eq!(told, [(of("prod"), 2), (of("stage"), 2)]);
    assert_eq!((bot.effective(), bot.changes.len()), (4, 2));
}

#[test]
fn an_answer_of_logs_insights_is_read() {
    for (name, foreign) in
        [("eks-insights.json", 1), ("eks-insights-console.json", 0), ("eks-insights.csv", 1)]
    {
        let reading = fixture(name);
        assert_eq!(reading.told(), "cloudwatch-logs read 3/0", "{name}");
        assert_eq!(reading.bot(), THREE, "{name}");
        assert_eq!(reading.clusters(), ["EKS cluster prod of account 111122223333: 3"], "{name}");
        assert_eq!(reading.audit().foreign_lines, foreign, "{name}");
    }
}

#[test]
fn a_query_that_matched_more_than_it_answered_is_not_all() {
    let reading = fixture("eks-insights-limited.json");
    assert_eq!(reading.told(), "cloudwatch-logs partial 3/0");
    assert!(reading.reason().contains("matched 25000 events, and 4"), "{}", reading.reason());
    let unfinished = content("eks-insights.json").replace("\"Complete\"", "\"Running\"");
    let reading = text(unfinished.as_bytes());
    assert!(reading.reason().contains("`Running`"), "{}", reading.reason());
}

#[test]
fn a_message_that_was_cut_is_counted_and_located() {
    let reading = fixture("cloudwatch-cut-message.json");
    assert_eq!(reading.told(), "cloudwatch-logs partial 2/3");
    assert_eq!(reading.bot(), THREE[..2]);
    let places: Vec<_> = reading
        .audit()
        .defects
        .places()
        .iter()
        .map(|at| format!("{}: {}", at.location.line.unwrap(), at.defect))
        .collect();
    assert_eq!(places, ["10: cut off", "17: not JSON", "24: not JSON"]);
    let text = content("cloudwatch-cut-message.json");
    for (at, item) in reading.audit().defects.places().iter().zip([2, 3, 4]) {
        let (begin, _) = text.match_indices("    {\n").nth(item - 1).unwrap();
        assert_eq!(at.byte, Some(begin as u64 + 4));
    }
}

#[test]
fn the_same_event_counts_once_however_often_it_was_delivered() {
    let reading = fixtures(&["eks-firehose.json", "firehose-repeated.json", "eks-export.txt"]);
    assert_eq!(reading.bot(), THREE);
    assert_eq!(reading.audit().repeated, 6);
}

#[test]
fn a_row_of_objects_that_ends_too_soon_is_not_all() {
    let reading = fixture("firehose-cut.json");
    assert_eq!(reading.told(), "cloudwatch-logs partial 1/1");
    assert_eq!(reading.bot(), THREE[..1]);
    assert_eq!(reading.audit().files_cut_short, 1);
}

#[test]
fn a_log_group_of_an_application_is_no_evidence_of_anything() {
    let reading = fixture("app-only.json");
    assert_eq!(reading.record().status, SourceStatus::Skipped);
    assert_eq!(reading.reason(), "it holds 2 messages of other programs, and no event");
    assert!(reading.activity.logs.is_empty());
}

#[test]
fn logs_of_every_kind_may_lie_in_one_envelope() {
    let reading = fixture("mixed.jsonl");
    assert_eq!(reading.told(), "cloudwatch-logs partial 3/1");
    assert_eq!(reading.bot(), [THREE[0], THREE[2]]);
    assert_eq!(reading.role().len(), 1);
    // What could not be read may have been of either plane.
    for log in reading.activity.logs.values() {
        assert_eq!(log.defects.total(), 1);
    }
    assert!(reading.activity.logs.len() == 2, "{BOT}");
}
