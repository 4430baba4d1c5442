//! Kubernetes' own audit log, as servers of all ages write it.

use gradus::model::principal::Principal;
use serde_json::Value;

use super::support::{content, fixture, text};

#[test]
fn logs_of_2017_are_read_with_the_times_that_they_have() {
    let reading = fixture("kubernetes-2017.log");
    assert_eq!(reading.told(), "kubernetes-audit read 2/0");
    assert_eq!(
        reading.bot(),
        [
            "delete pods in shop: done 1, authorised 1",
            "patch apps/deployments in shop: done 1, authorised 1"
        ]
    );
    assert_eq!(reading.audit().window.unwrap().last.to_string(), "2017-06-01T10:00:01Z");
    let admin = reading.actions(&Principal::kubernetes("admin"));
    assert!(admin.iter().any(|action| action.starts_with("impersonate")), "{admin:?}");
}

#[test]
fn the_group_of_an_object_may_stand_before_its_version() {
    // As a line of today's servers has it, and as one that no server writes.
    for version in ["v1", "v1alpha1"] {
        let line =
            content("kubernetes-2017.log").lines().nth(1).unwrap().replace("v1alpha1", version);
        let reading = text(line.as_bytes());
        assert_eq!(reading.bot(), ["patch apps/deployments in shop: done 1, authorised 1"]);
    }
    let today = content("aks-blob.json");
    let inner: Value = serde_json::from_str(today.lines().next().unwrap()).unwrap();
    let event = inner["properties"]["log"].as_str().unwrap();
    let event = event.replace("\"apiVersion\":\"v1\"", "\"apiVersion\":\"apps/v1\"");
    // The second is as an event that was seen before.
    let reading = text(format!("{0}\n{0}\n", event.trim()).as_bytes());
    assert_eq!(reading.bot(), ["delete apps/pods in shop: done 2, authorised 2"]);
}
