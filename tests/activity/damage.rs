//! Files that are broken in one way or another: nothing panics, nothing is lost silently.

use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};
use gradus::model::activity::Defect;

use super::support::{Reading, THREE, content, fixture, text, try_text};

/// A fixture of each envelope.
const ALL: [&str; 22] = [
    "eks-filter-log-events.json",
    "eks-firehose.json",
    "eks-insights.json",
    "eks-insights.csv",
    "eks-export.txt",
    "aks-blob.json",
    "aks-event-hub.json",
    "aks-log-analytics-api.json",
    "gke-sink.jsonl",
    "gke-gcloud.json",
    "gke-bigquery.json",
    "gke-pubsub-push.jsonl",
    "eks-kinesis.json",
    "kinesis-aggregated.json",
    "cloudtrail-sqs.json",
    "kubernetes-sns.jsonl",
    "webhook-cloudwatch.json",
    "loki-query.json",
    "elastic-search.json",
    "splunk-results.csv",
    "cloudtrail-lake.json",
    "cloudtrail-athena.csv",
];

#[test]
fn a_file_that_is_cut_anywhere_is_told_or_loses_whole_lines_only() {
    for name in ALL {
        let whole = content(name);
        for cut in (whole.len() / 2..whole.len() - 1).step_by(97) {
            let Some(part) = whole.get(..cut) else { continue };
            let reading = text(part.as_bytes());
            let record = reading.record();
            let lost = record.malformed > 0 || record.reason.is_some();
            let at_line_end = part.ends_with('\n') || whole[cut..].starts_with(['\n', '\r']);
            // The last cell of a row does not say that it is cut, nor do words.
            let in_words = part.matches('"').count() % 2 == 0 && name.ends_with("csv")
                || part.lines().next_back().is_some_and(|line| !line.contains('{'));
            assert!(lost || at_line_end || in_words, "{name} cut at {cut}");
        }
    }
}

#[test]
fn a_nul_byte_costs_a_line_and_is_counted() {
    for name in ["aks-blob.json", "gke-sink.jsonl", "fluent-bit.jsonl"] {
        let broken = content(name).replacen("\"", "\0\"", 1);
        let reading = text(broken.as_bytes());
        assert_eq!(reading.record().malformed, 1, "{name}");
    }
}

#[test]
fn two_objects_on_one_line_are_two() {
    let lines = content("aks-blob.json").replacen('\n', "", 1);
    let reading = text(lines.as_bytes());
    assert_eq!(reading.told(), "azure-monitor read 3/0");
    assert_eq!(reading.bot(), THREE);
}

#[test]
fn bytes_that_are_no_text_are_counted() {
    let mut bytes = content("aks-blob.json").into_bytes();
    bytes.extend_from_slice(b"{\"category\":\"kube-audit\",\"properties\":{\"log\":\"\xff\"}}\n");
    let reading = text(&bytes);
    assert_eq!(reading.told(), "azure-monitor partial 3/1");
}

#[test]
fn an_envelope_may_be_compressed_and_a_cut_stream_is_told() {
    for name in ["eks-firehose.json", "aks-blob.json", "eks-insights.csv"] {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(content(name).as_bytes()).unwrap();
        let bytes = encoder.finish().unwrap();
        assert_eq!(text(&bytes).bot(), THREE, "{name}");
        let cut = text(&bytes[..bytes.len() - 6]);
        assert!(cut.reason().contains("cannot be read"), "{name}: {}", cut.reason());
    }
}

#[test]
fn a_value_without_end_is_given_up_in_bounded_memory() {
    let mut endless = br#"{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"g","logEvents":[{"id":"1","message":""#.to_vec();
    endless.resize(40 << 20, b'x');
    let reading = text(&endless);
    assert!(reading.reason().contains("more than 33554432 bytes"), "{}", reading.reason());
}

#[test]
fn whatever_is_changed_in_a_file_it_is_read_to_the_same_end_each_time() {
    let mut state = 1_u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(state >> 33).unwrap() % below
    };
    for name in ALL {
        let whole = content(name).into_bytes();
        for _ in 0..40 {
            let mut bytes = whole.clone();
            for _ in 0..=random(3) {
                let at = random(bytes.len());
                bytes[at] = b"\"{}[],:\\\n\0x\xff"[random(12)];
            }
            let Some(first) = try_text(&bytes) else { continue };
            assert!(first.record().items <= 8, "{name}: {:?}", first.record());
            let again = try_text(&bytes).map(|again| again.activity);
            assert_eq!(Some(first.activity), again, "{name}");
        }
    }
}

#[test]
fn the_order_of_lines_does_not_matter() {
    for name in ["aks-blob.json", "gke-sink.jsonl", "eks-export.txt", "elastic-dump.jsonl"] {
        let forwards = content(name);
        let mut lines: Vec<&str> = forwards.lines().collect();
        lines.reverse();
        let backwards = text(lines.join("\n").as_bytes());
        let forwards = text(forwards.as_bytes());
        assert_eq!(forwards.bot(), backwards.bot(), "{name}");
        let told = |reading: &Reading| {
            let log = reading.audit();
            (log.events, log.window, log.foreign_lines, log.origins.clone())
        };
        assert_eq!(told(&forwards), told(&backwards), "{name}");
    }
}

#[test]
fn an_event_with_a_member_twice_is_a_defect_wherever_it_is_carried() {
    // As text in a message, and as an object whose members come twice at any depth.
    for (name, told) in [
        ("cloudwatch-twice.json", "cloudwatch-logs partial 1/3"),
        ("wrapped-twice.jsonl", "wrapped-log partial 1/3"),
    ] {
        let reading = fixture(name);
        assert_eq!(reading.told(), told, "{name}");
        assert_eq!(reading.bot(), [THREE[1]], "{name}");
        assert_eq!(reading.audit().defects.count(Defect::NotAnEvent), 3, "{name}");
    }
}

#[test]
fn an_answer_that_says_twice_whether_more_follows_is_not_all() {
    let page = content("eks-filter-log-events-page.json");
    let twice = page.replacen('{', "{\"nextToken\": null,", 1);
    let reading = text(twice.as_bytes());
    assert!(reading.record().malformed > 0, "{:?}", reading.record());
    assert_eq!(reading.audit().files_cut_short, 1);
}

#[test]
fn a_member_or_a_column_twice_makes_a_row_a_defect() {
    let row = content("gke-bigquery.jsonl").lines().next().unwrap().to_owned();
    for again in ["\"insertId\": \"i9\"", "\"protoPayload\": {}"] {
        let twice = row.replacen('{', &format!("{{{again},"), 1);
        let reading = text(format!("{row}\n{twice}\n").as_bytes());
        assert_eq!(reading.told(), "bigquery-rows partial 1/1", "{again}");
    }
    let row = content("aks-log-analytics.json");
    let twice = row.replacen("\"Verb\":", "\"Verb\": \"get\", \"Verb\":", 1);
    assert_ne!(row, twice);
    assert_eq!(
        text(twice.as_bytes()).record().malformed,
        fixture("aks-log-analytics.json").record().malformed + 1
    );
    // Every row of a table that has two columns of a name.
    let table = content("splunk-results.csv");
    let (columns, rows) = table.split_once('\n').unwrap();
    let twice = format!(
        "{},_raw\n{}",
        columns.trim_end(),
        rows.replace("\"\n", "\",x\n").replace("\"\r\n", "\",x\r\n")
    );
    let reading = text(twice.as_bytes());
    assert_eq!(reading.record().items, 0);
    assert!(reading.record().malformed >= 3, "{:?}", reading.record());
}

#[test]
fn a_log_in_utf_16_is_read_as_the_same_log_in_utf_8() {
    for name in [
        "kubernetes-webhook.jsonl",
        "kubernetes-webhook-cri.log",
        "aks-blob.json",
        "eks-insights.csv",
        "elastic-search.json",
        "eks-tail.txt",
    ] {
        let plain = content(name);
        let expected = text(plain.as_bytes());
        for mark in ["", "\u{feff}"] {
            for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
                let coded: Vec<u8> =
                    format!("{mark}{plain}").encode_utf16().flat_map(bytes).collect();
                let reading = text(&coded);
                assert_eq!(reading.activity, expected.activity, "{name}");
                assert_eq!(reading.told(), expected.told(), "{name}");
            }
        }
    }
}

#[test]
fn places_in_a_log_in_utf_16_are_those_of_its_text_and_half_a_character_costs_its_line() {
    let good = content("kubernetes-webhook.jsonl");
    let (first, second) = good.split_once('\n').unwrap();
    let mut coded: Vec<u8> =
        format!("\u{feff}{first}\r\n").encode_utf16().flat_map(u16::to_le_bytes).collect();
    coded.extend([0x3E, 0xD8]);
    coded.extend(format!("\r\n{second}").encode_utf16().flat_map(u16::to_le_bytes));
    let reading = text(&coded);
    assert_eq!(reading.bot(), THREE);
    let place = first.len() + 2;
    let expected = format!(
        "1 of 3 lines could not be read: line 2, byte {place} of the text in UTF-8 (not UTF-8)"
    );
    assert_eq!(reading.reason(), expected);
    // Compressed as well.
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&coded).unwrap();
    assert_eq!(text(&encoder.finish().unwrap()).bot(), THREE);
    // One that ends in the middle of a character.
    assert_eq!(text(&coded[..coded.len() - 3]).record().malformed, 2);
}
