//! AKS through Azure Monitor.

use super::support::{THREE, content, fixture, fixtures, text};

const CLUSTER: &str = "AKS cluster /subscriptions/0000/resourcegroups/rg/providers/microsoft.containerservice/managedclusters/prod: 3";

#[test]
fn diagnostic_records_are_read_and_other_categories_are_foreign() {
    for name in ["aks-blob.json", "aks-event-hub.json"] {
        let reading = fixture(name);
        assert_eq!(reading.told(), "azure-monitor read 3/0", "{name}");
        assert_eq!(reading.bot(), THREE, "{name}");
        assert_eq!(reading.audit().foreign_lines, 2, "{name}");
        assert_eq!(reading.clusters(), [CLUSTER], "{name}");
        assert!(!reading.audit().reads_left_out, "{name}");
    }
}

#[test]
fn a_log_without_reads_says_so() {
    assert!(fixture("aks-admin.json").audit().reads_left_out);
    let rows = content("aks-log-analytics.json").replace("\"AKSAudit\"", "\"AKSAuditAdmin\"");
    assert!(text(rows.as_bytes()).audit().reads_left_out);
}

#[test]
fn an_event_of_both_categories_counts_once() {
    let reading = fixtures(&["aks-event-hub.json", "aks-admin.json"]);
    assert_eq!(reading.bot(), THREE);
    assert_eq!(reading.audit().repeated, 1);
}

#[test]
fn rows_of_log_analytics_are_events_again() {
    for name in [
        "aks-log-analytics.json",
        "aks-log-analytics-api.json",
        "aks-log-analytics.csv",
        "aks-diagnostics.json",
    ] {
        let reading = fixture(name);
        assert_eq!(reading.told(), "azure-monitor read 3/0", "{name}");
        assert_eq!(reading.bot(), THREE, "{name}");
        let window = reading.audit().window.unwrap();
        assert_eq!(window.first.to_string(), "2026-11-01T10:00:00.000001Z", "{name}");
    }
}

#[test]
fn text_that_is_no_event_in_the_audit_category_is_a_defect() {
    let records =
        content("aks-blob.json").replace("\\\"kind\\\":\\\"Event\\\"", "\\\"kind\\\":\\\"Even");
    let reading = text(records.as_bytes());
    assert_eq!(reading.told(), "azure-monitor failed 0/3");
    assert_eq!(reading.audit().defects.total(), 3);
}

#[test]
fn a_request_that_is_too_large_for_a_row_is_not_in_the_log() {
    let rows = content("aks-log-analytics.json")
        .replace("\"Level\": \"Metadata\"", "\"Level\": \"Request\"");
    let whole = rows.replace("skipped-too-big-size-object", "{}");
    for (rows, shallow) in [(rows, true), (whole, false)] {
        let found = text(rows.as_bytes());
        assert_eq!(
            found.changes().iter().map(|trace| trace.shallow).collect::<Vec<_>>(),
            [shallow]
        );
    }
}
