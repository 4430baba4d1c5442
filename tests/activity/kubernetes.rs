//! Kubernetes' own audit log, as servers of all ages write it.

use gradus::model::principal::Principal;

use super::support::fixture;

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
