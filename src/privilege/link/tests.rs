//! Ways between planes, on small estates.

use std::sync::Arc;

use super::*;
use crate::model::{
    kubernetes::{
        ClusterSnapshot, Scope,
        aws_auth::{AwsAuth, AwsAuthAccount, AwsAuthEntry, Mapped},
        rbac::{Binding, BoundSubject, RoleKind, RoleRef, Subject},
    },
    location::Location,
};

fn place(line: u32) -> Location {
    Location::at("cluster.yaml", line, 1)
}

fn cluster(entries: &[(Mapped, &str, &[&str])]) -> ClusterSnapshot {
    let entries = (1..)
        .zip(entries)
        .map(|(number, (whom, user, groups))| AwsAuthEntry {
            whom: whom.clone(),
            user: (*user).into(),
            groups: groups.iter().map(|group| Arc::from(*group)).collect(),
            number,
            location: place(number),
        })
        .collect();
    let auth = AwsAuth { entries, accounts: Vec::new(), gaps: Vec::new(), location: place(1) };
    ClusterSnapshot { aws_auth: Some(auth), ..ClusterSnapshot::default() }
}

fn role(arn: &str) -> Mapped {
    Mapped::Role(arn.into())
}

/// `user: groups` of every identity, without what everybody is in.
fn names(cluster: &ClusterSnapshot, arn: &str) -> Vec<String> {
    let known = known_as(cluster, arn, &[]);
    let told = |own: &KnownAs| {
        let groups: Vec<&str> =
            own.identity.groups().filter(|group| *group != "system:authenticated").collect();
        format!("{}: {}", own.identity.user().unwrap_or_default(), groups.join(","))
    };
    known.identities.iter().map(told).collect()
}

fn binding(user: &str) -> Binding {
    let subject = Subject::User(user.into());
    Binding {
        scope: Scope::Cluster,
        name: "b".into(),
        role: RoleRef { kind: RoleKind::ClusterRole, name: "r".into(), location: place(9) },
        subjects: vec![BoundSubject { subject, location: place(9) }],
        location: place(9),
    }
}

const BOT: &str = "arn:aws:iam::111122223333:role/bot";

#[test]
fn a_role_is_looked_up_without_its_path_and_in_any_case() {
    let cluster = cluster(&[(role("arn:aws:iam::111122223333:role/Bot"), "bot", &["ops"])]);
    for arn in [
        BOT,
        "arn:aws:iam::111122223333:role/agents/night/bot",
        "arn:aws:sts::111122223333:assumed-role/bot/session",
    ] {
        assert_eq!(names(&cluster, arn), ["bot: ops"], "{arn}");
    }
    for arn in
        ["arn:aws:iam::111122223333:role/bots", "arn:aws:iam::444455556666:role/bot", "bot", ""]
    {
        assert!(names(&cluster, arn).is_empty(), "{arn}");
    }
}

#[test]
fn an_entry_with_a_path_leaves_it_unknown_whether_the_role_is_mapped() {
    let arn = "arn:aws:iam::111122223333:role/agents/bot";
    let cluster = cluster(&[(role(arn), "bot", &[])]);
    let known = known_as(&cluster, arn, &[]);
    assert!(known.identities.is_empty());
    assert_eq!(known.gaps.len(), 1);
    assert!(known_as(&cluster, "arn:aws:iam::111122223333:role/other", &[]).gaps.is_empty());
}

#[test]
fn a_user_keeps_its_path_and_is_no_role() {
    let user = "arn:aws:iam::111122223333:user/people/ann";
    let cluster = cluster(&[(Mapped::User(user.into()), "ann", &[]), (role(user), "role", &[])]);
    assert_eq!(names(&cluster, user), ["ann: "]);
    assert!(names(&cluster, "arn:aws:iam::111122223333:user/ann").is_empty());
}

#[test]
fn an_entry_with_a_wildcard_is_for_every_role_that_it_matches() {
    let cluster = cluster(&[(role("arn:aws:iam::111122223333:role/b*"), "x", &["g"])]);
    assert_eq!(names(&cluster, BOT), ["x: g"]);
    assert!(names(&cluster, "arn:aws:iam::111122223333:role/cat").is_empty());
}

#[test]
fn every_entry_of_a_role_counts() {
    let cluster = cluster(&[(role(BOT), "a", &[]), (role(BOT), "b", &["system:masters"])]);
    assert_eq!(names(&cluster, BOT), ["a: ", "b: system:masters"]);
}

#[test]
fn a_template_is_every_user_that_a_session_can_be_called() {
    let mut cluster = cluster(&[(role(BOT), "bot-{{AccountID}}:{{SessionName}}", &[])]);
    for user in ["bot-111122223333:root", "bot-111122223333:a:b", "bot-4:x", "root"] {
        cluster.bindings.push(binding(user));
    }
    assert_eq!(
        names(&cluster, BOT),
        ["bot-111122223333:root: ", "bot-111122223333:{{SessionName}}: "]
    );
    let session = "arn:aws:sts::111122223333:assumed-role/bot/ann@work";
    assert_eq!(names(&cluster, session), ["bot-111122223333:ann-work: "]);
    let seen = known_as(&cluster, BOT, &["bot-111122223333:seen", "somebody"]);
    assert_eq!(seen.identities.len(), 3, "one that a log shows is one of them");
}

#[test]
fn no_session_is_called_as_the_group_that_passes_every_check() {
    let cluster = cluster(&[(role(BOT), "u", &["{{SessionName}}", "system:{{SessionName}}"])]);
    assert_eq!(
        names(&cluster, BOT),
        ["u: system:masters,system:{{SessionName}},{{SessionName}}"],
        "only the second can be"
    );
}

#[test]
fn whoever_is_of_a_mapped_account_is_known_by_its_arn_alone() {
    let mut cluster = cluster(&[(role(BOT), "bot", &["ops"])]);
    let account = AwsAuthAccount { account: "111122223333".into(), location: place(7) };
    cluster.aws_auth.iter_mut().for_each(|auth| auth.accounts.push(account.clone()));
    assert_eq!(names(&cluster, BOT), ["bot: ops"], "an entry of its own comes first");
    let other = "arn:aws:iam::111122223333:role/path/other";
    assert_eq!(names(&cluster, other), ["arn:aws:iam::111122223333:role/other: "]);
    assert!(names(&cluster, "arn:aws:iam::444455556666:role/other").is_empty());
}

#[test]
fn what_could_not_be_read_may_map_anybody() {
    let mut cluster = cluster(&[]);
    let gap = crate::model::coverage::Gap { location: place(1), reason: "torn".to_owned() };
    cluster.aws_auth.iter_mut().for_each(|auth| auth.gaps.push(gap.clone()));
    assert_eq!(known_as(&cluster, BOT, &[]).gaps, [gap]);
    let none = ClusterSnapshot::default();
    assert!(known_as(&none, BOT, &[]).gaps.is_empty());
}
