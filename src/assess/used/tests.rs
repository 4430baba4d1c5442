//! What a log says of a capability, and what it leaves open.

use super::*;
use crate::model::{
    activity::{
        ActionKey, ActionRecord, Activity, Defect, LogOrigin, LogSummary, RecordedEvents,
        RecordedIn,
    },
    aws::eks::EksCluster,
    capability::Condition,
    effect::Effect,
    gate::Gate,
    kubernetes::ClusterSnapshot,
};

fn bot() -> Principal {
    Principal::kubernetes("system:serviceaccount:ops:bot")
}

fn capability(id: &str, effect: Effect) -> Capability {
    Capability {
        id: format!("kubernetes/{id}"),
        plane: Plane::Kubernetes,
        action: id.to_owned(),
        scope: String::new(),
        effect,
        effect_known: true,
        condition: Condition::Always,
        gate: Gate::none("x"),
        grants: Vec::new(),
        principal: Some(bot()),
    }
}

/// Activity of the bot: so many requests of each verb on pods of `shop`.
fn activity(verbs: &[(&str, u64)]) -> Activity {
    let mut activity = Activity::default();
    activity.logs.insert(Plane::Kubernetes, LogSummary { events: 1, ..Default::default() });
    let found = activity.principals.entry(bot()).or_default();
    for (verb, count) in verbs {
        let target = Target::KubernetesResource {
            group: String::new(),
            resource: "pods".to_owned(),
            subresource: None,
            namespace: Some("shop".to_owned()),
        };
        let mut record = ActionRecord::default();
        record.authorised.tally.count = *count;
        found.actions.insert(ActionKey { verb: (*verb).to_owned(), target }, record);
    }
    activity
}

/// Held in the first cluster, if there is any.
fn held(capability: &Capability) -> Held<'_> {
    Held { capability, cluster: Some(0) }
}

fn used(id: &str, effect: Effect, activity: &Activity) -> Option<u64> {
    let capability = capability(id, effect);
    let evidence = Evidence { activity: activity.clone(), ..Evidence::default() };
    uses(&[held(&capability)], &evidence, &EngineRules::default(), None).pop().flatten()
}

#[test]
fn of_several_clusters_a_log_does_not_tell_which_was_used() {
    let capability = capability("get/pods/cluster", Effect::Read);
    let mut evidence = Evidence { activity: activity(&[("get", 3)]), ..Evidence::default() };
    for used in [Some(3), Some(3), None] {
        assert_eq!(uses(&[held(&capability)], &evidence, &EngineRules::default(), None), [used]);
        evidence.clusters.push(Default::default());
    }
}

/// Clusters of EKS of these names; one without a name is any.
fn clusters(names: &[&str]) -> Vec<ClusterSnapshot> {
    let eks = |name: &&str| {
        let named = EksCluster {
            arn: Some(format!("arn:aws:eks:eu-central-1:111122223333:cluster/{name}")),
            name: (*name).to_owned(),
            ..EksCluster::default()
        };
        let eks_cluster = (!name.is_empty()).then_some(named);
        ClusterSnapshot { eks_cluster, ..ClusterSnapshot::default() }
    };
    names.iter().map(eks).collect()
}

/// Uses of the same right in each of the clusters, where a log has events of these.
fn used_in(names: &[&str], origins: &[(&str, &str, u64)], events: u64) -> Vec<Option<u64>> {
    let capability = capability("get/pods/cluster", Effect::Read);
    let mut activity = activity(&[("get", 3)]);
    let log = activity.logs.get_mut(&Plane::Kubernetes).unwrap();
    log.events = events;
    for (account, cluster, count) in origins {
        log.origins.add(&eks(account, cluster), *count);
    }
    let evidence = Evidence { activity, clusters: clusters(names), ..Evidence::default() };
    let held: Vec<Held<'_>> = (0..names.len())
        .map(|number| Held { capability: &capability, cluster: Some(number) })
        .collect();
    uses(&held, &evidence, &EngineRules::default(), None)
}

fn eks(account: &str, cluster: &str) -> LogOrigin {
    LogOrigin::Eks { account: Some(account.to_owned()), cluster: cluster.to_owned() }
}

const ACCOUNT: &str = "111122223333";

#[test]
fn a_log_that_names_its_cluster_shows_uses_in_that_one_alone() {
    let log = [(ACCOUNT, "prod", 3)];
    assert_eq!(used_in(&["stage", "prod"], &log, 3), [None, Some(3)]);
    assert_eq!(used_in(&["prod"], &log, 3), [Some(3)]);
    assert_eq!(used_in(&[""], &log, 3), [Some(3)], "nothing speaks against it");
}

#[test]
fn a_log_of_another_cluster_shows_no_use() {
    assert_eq!(used_in(&["stage"], &[(ACCOUNT, "prod", 3)], 3), [None]);
    assert_eq!(used_in(&["prod"], &[("444455556666", "prod", 3)], 3), [None], "another account");
    assert_eq!(used_in(&["stage", ""], &[(ACCOUNT, "prod", 3)], 3), [None, None]);
}

#[test]
fn of_logs_of_several_clusters_nobody_knows_who_did_what_where() {
    let both = [(ACCOUNT, "prod", 2), (ACCOUNT, "stage", 1)];
    assert_eq!(used_in(&["stage", "prod"], &both, 3), [None, None]);
    assert_eq!(used_in(&["prod"], &both, 3), [None]);
    // Some of the events name none.
    let some = [(ACCOUNT, "prod", 2)];
    assert_eq!(used_in(&["stage", "prod"], &some, 3), [None, None]);
    assert_eq!(used_in(&["prod"], &some, 3), [Some(3)]);
}

#[test]
fn of_logs_of_several_clusters_what_was_done_in_one_is_known() {
    let both = [(ACCOUNT, "prod", 3), (ACCOUNT, "stage", 9)];
    let capability = capability("get/pods/cluster", Effect::Read);
    let of = |acted: &[&str]| {
        let mut evidence =
            Evidence { clusters: clusters(&["stage", "prod"]), ..Evidence::default() };
        let shown = activity(&[("get", 3)]);
        evidence.activity.logs = shown.logs;
        let log = evidence.activity.logs.get_mut(&Plane::Kubernetes).unwrap();
        for (account, cluster, count) in both {
            log.origins.add(&eks(account, cluster), count);
        }
        for cluster in acted {
            let found = shown.principals[&bot()].clone();
            evidence.activity.show(bot(), Some(eks(ACCOUNT, cluster)), found);
        }
        let held = [0, 1].map(|cluster| Held { capability: &capability, cluster: Some(cluster) });
        uses(&held, &evidence, &EngineRules::default(), None)
    };
    assert_eq!(of(&["prod"]), [None, Some(3)]);
    assert_eq!(of(&["stage"]), [Some(3), None]);
    assert_eq!(of(&["prod", "stage"]), [None, None]);
    assert_eq!(of(&["elsewhere"]), [None, None]);
}

#[test]
fn every_capability_that_covers_a_request_was_used_by_it() {
    let log = activity(&[("get", 3), ("delete", 2)]);
    for (id, times) in [
        ("get,list/pods/namespace/shop", 3),
        ("delete/pods/cluster", 2),
        ("*/*.*/cluster", 5),
        ("*/*.core/namespace/shop", 5),
    ] {
        assert_eq!(used(id, Effect::Destructive, &log), Some(times), "{id}");
    }
}

#[test]
fn a_change_that_a_whole_log_does_not_show_was_not_made() {
    let log = activity(&[("get", 3)]);
    for id in ["delete/pods/namespace/shop", "get/pods/namespace/till", "*/secrets/cluster"] {
        assert_eq!(used(id, Effect::Destructive, &log), Some(0), "{id}");
    }
}

#[test]
fn nothing_is_known_where_the_log_does_not_tell() {
    let id = "delete/pods/namespace/shop";
    assert_eq!(used(id, Effect::Destructive, &Activity::default()), None);
    let mut damaged = activity(&[("get", 3)]);
    let log = damaged.logs.get_mut(&Plane::Kubernetes).unwrap();
    log.defects.add_unplaced(Defect::NotJson, 1);
    assert_eq!(used(id, Effect::Destructive, &damaged), None);
    assert_eq!(used("get/pods/namespace/shop", Effect::Read, &damaged), Some(3));
    // A log without any read of it may leave reads out.
    let writes = activity(&[("create", 1)]);
    assert_eq!(used("list/pods/namespace/shop", Effect::Read, &writes), None);
    // Which of the names were meant is not told.
    let log = activity(&[("get", 3)]);
    assert_eq!(used("delete/pods[web]/namespace/shop", Effect::Destructive, &log), None);
}

#[test]
fn of_a_log_that_leaves_reads_out_nothing_is_known_not_to_be_read() {
    let mut activity = activity(&[("get", 3), ("delete", 1)]);
    assert_eq!(used("list/pods/namespace/shop", Effect::Read, &activity), Some(0));
    activity.logs.get_mut(&Plane::Kubernetes).unwrap().reads_left_out = true;
    assert_eq!(used("list/pods/namespace/shop", Effect::Read, &activity), None);
    assert_eq!(used("get/pods/namespace/shop", Effect::Read, &activity), Some(3));
    assert_eq!(used("update/pods/namespace/shop", Effect::Reversible, &activity), Some(0));
}

fn right(action: &str, scope: &str, effect: Effect) -> Capability {
    Capability {
        plane: Plane::Aws,
        action: action.to_owned(),
        scope: scope.to_owned(),
        principal: Some(Principal::Aws("arn:aws:iam::111122223333:role/bot".to_owned())),
        ..capability("aws", effect)
    }
}

/// A trail that records looking and changing, and a bot that called these.
fn trail(calls: &[(&str, u64)]) -> Evidence {
    let recorded = crate::model::activity::Recorded { reads: 9, writes: 9, ..Default::default() };
    let mut evidence = Evidence::default();
    let log = LogSummary { events: 9, recorded, ..Default::default() };
    evidence.activity.logs.insert(Plane::Aws, log);
    let bot = Principal::Aws("arn:aws:iam::111122223333:role/bot".to_owned());
    let found = evidence.activity.principals.entry(bot).or_default();
    for (action, count) in calls {
        let target = Target::Aws(crate::model::activity::AwsCall::default());
        let mut record = ActionRecord::default();
        record.authorised.tally.count = *count;
        found.actions.insert(ActionKey { verb: (*action).to_owned(), target }, record);
    }
    evidence
}

fn used_in_aws(action: &str, scope: &str, effect: Effect, evidence: &Evidence) -> Option<u64> {
    let aws = crate::rubric::aws::AwsRules::embedded().unwrap();
    let rules = EngineRules { aws: Some(aws), ..EngineRules::default() };
    uses(&[held(&right(action, scope, effect))], evidence, &rules, None).pop().flatten()
}

#[test]
fn a_right_in_aws_was_used_as_often_as_its_actions_were_called() {
    let log = trail(&[("ec2:StopInstances", 3), ("ec2:StartInstances", 2)]);
    let used = |action, scope| used_in_aws(action, scope, Effect::Reversible, &log);
    assert_eq!(used("ec2:StopInstances", "*"), Some(3));
    assert_eq!(used("ec2:St*Instances", "*"), Some(5));
    assert_eq!(used("ec2:RebootInstances", "*"), Some(0));
    // On which instances, the words of the right do not tell.
    assert_eq!(used("ec2:StopInstances", "arn:aws:ec2:*:*:instance/i-1"), None);
}

#[test]
fn what_no_trail_records_is_not_called_unused() {
    let mut log = trail(&[("ec2:StopInstances", 3)]);
    let used = |action, log: &Evidence| used_in_aws(action, "*", Effect::Destructive, log);
    assert_eq!(used("s3:DeleteBucket", &log), Some(0));
    assert_eq!(used("s3:DeleteObject", &log), None, "data events were never switched on");
    assert_eq!(used("s3:Delete*", &log), None);
    let summary = log.activity.logs.get_mut(&Plane::Aws).unwrap();
    summary.recorded.data.insert("s3".to_owned());
    assert_eq!(used("s3:DeleteObject", &log), Some(0));
    let summary = log.activity.logs.get_mut(&Plane::Aws).unwrap();
    summary.recorded.writes = 0;
    assert_eq!(used("s3:DeleteBucket", &log), None, "no trail records changes");
}

#[test]
fn what_the_trail_of_another_account_records_says_nothing_of_this_one_s() {
    let mut log = trail(&[("ec2:StopInstances", 3)]);
    let used = |action, log: &Evidence| used_in_aws(action, "*", Effect::Destructive, log);
    let recorded = &mut log.activity.logs.get_mut(&Plane::Aws).unwrap().recorded;
    recorded.data.insert("s3".to_owned());
    let mut note = |account: &str, events| {
        recorded.in_accounts.insert(RecordedIn { account: account.into(), events });
    };
    note(ACCOUNT, RecordedEvents::Writes);
    note("444455556666", RecordedEvents::Data("s3".into()));
    assert_eq!(used("s3:DeleteObject", &log), None, "only the other records data events");
    assert_eq!(used("s3:DeleteBucket", &log), Some(0));
    let recorded = &mut log.activity.logs.get_mut(&Plane::Aws).unwrap().recorded;
    let events = RecordedEvents::Data("s3".into());
    recorded.in_accounts.insert(RecordedIn { account: ACCOUNT.into(), events });
    assert_eq!(used("s3:DeleteObject", &log), Some(0));
}
