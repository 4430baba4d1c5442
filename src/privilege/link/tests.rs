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
fn entries_that_say_the_same_are_one_identity() {
    let same = [(); 2000].map(|()| (role(BOT), "a", &["ops"][..]));
    assert_eq!(names(&cluster(&same), BOT), ["a: ops"]);
    let groups = cluster(&[(role(BOT), "a", &["ops"]), (role(BOT), "a", &["dev"])]);
    assert_eq!(names(&groups, BOT), ["a: ops", "a: dev"], "another group is another one");
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

mod access_policies {
    use super::*;
    use crate::{
        model::kubernetes::rbac::PolicyRule,
        privilege::rbac::rule_allows,
        rubric::eks::{AccessPolicies, AccessPolicy},
    };

    fn rules(policy: &AccessPolicy) -> Vec<PolicyRule> {
        let words = |text: &str| text.split_whitespace().map(Arc::from).collect();
        policy
            .rules
            .iter()
            .map(|rule| PolicyRule {
                verbs: words(&rule.verbs),
                api_groups: vec![rule.group.as_str().into()],
                resources: words(&rule.resources),
                resource_names: Vec::new(),
                non_resource_urls: Vec::new(),
                number: 1,
                aggregated_from: None,
                location: place(1),
            })
            .collect()
    }

    /// `create pods/exec`, `get deployments.apps`.
    fn allows(rules: &[PolicyRule], example: &str) -> bool {
        let (verb, what) = example.split_once(' ').expect("a verb and a resource");
        let (what, subresource) = what.split_once('/').unwrap_or((what, ""));
        let (resource, group) = what.split_once('.').unwrap_or((what, ""));
        rules.iter().any(|rule| rule_allows(rule, verb, group, resource, subresource, ""))
    }

    #[test]
    fn every_access_policy_allows_its_examples_and_not_its_others() {
        let policies = AccessPolicies::load().expect("the file is sound");
        assert!(policies.0.len() >= 6);
        for policy in &policies.0 {
            let rules = rules(policy);
            assert!(!policy.examples.allows.is_empty(), "{}", policy.name);
            for example in &policy.examples.allows {
                assert!(allows(&rules, example), "{} allows {example}", policy.name);
            }
            for example in &policy.examples.does_not_allow {
                assert!(!allows(&rules, example), "{} does not allow {example}", policy.name);
            }
        }
    }

    #[test]
    fn what_is_not_administrators_has_an_example_that_it_does_not_allow() {
        let policies = AccessPolicies::load().expect("the file is sound");
        for policy in policies.0.iter().filter(|policy| !policy.urls) {
            assert!(!policy.examples.does_not_allow.is_empty(), "{}", policy.name);
        }
    }
}

mod joining {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{
        model::{
            aws::eks::{AccessEntry, AssociatedPolicy, Authentication, EksCluster},
            evidence::Evidence,
        },
        rubric::eks::AccessPolicies,
    };

    fn eks(name: &str) -> EksCluster {
        let policy = AssociatedPolicy {
            arn: "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy".to_owned(),
            namespaces: Some(vec!["shop".to_owned(), "dev-*".to_owned()]),
            location: place(4),
        };
        let entry = AccessEntry {
            user: Some("bot".to_owned()),
            groups: vec!["ops".to_owned()],
            policies: Some(vec![policy]),
            for_nodes: false,
            location: place(3),
        };
        EksCluster {
            name: name.to_owned(),
            arn: Some(format!("arn:aws:eks:eu-central-1:111122223333:cluster/{name}")),
            authentication: Some(Authentication::Api),
            entries: BTreeMap::from([(BOT.to_owned(), entry)]),
            entries_listed: true,
            ..EksCluster::default()
        }
    }

    fn joined(sources: &[&str], eks: Vec<EksCluster>) -> Evidence {
        let clusters = sources.iter().map(|source| ClusterSnapshot {
            source: (*source).into(),
            eks: Some(place(1)),
            ..ClusterSnapshot::default()
        });
        let mut evidence = Evidence { clusters: clusters.collect(), eks, ..Evidence::default() };
        join(&mut evidence, &AccessPolicies::load().expect("the file is sound"), &[]);
        evidence
    }

    #[test]
    fn an_access_policy_is_bound_where_its_scope_says() {
        let evidence = joined(&["x"], vec![eks("prod")]);
        let scopes: Vec<String> =
            evidence.clusters[0].bindings.iter().map(|own| own.scope.to_string()).collect();
        assert_eq!(scopes, ["namespace/shop", "namespace/?"], "a pattern may be any");
        assert_eq!(names(&evidence.clusters[0], BOT), [format!("bot: eks:access-entry:{BOT},ops")]);
        let other = known_as(&evidence.clusters[0], "arn:aws:iam::111122223333:role/x", &[]);
        assert!(other.identities.is_empty() && other.gaps.is_empty(), "{:?}", other.gaps);
    }

    #[test]
    fn clusters_are_told_by_arn_or_name_and_else_whoever_comes_in_is_unknown() {
        let prod = "arn:aws:eks:eu-central-1:111122223333:cluster/prod";
        let evidence = joined(&[prod, "kubernetes/stage"], vec![eks("prod"), eks("stage")]);
        let which: Vec<_> = evidence
            .clusters
            .iter()
            .map(|own| own.eks_cluster.as_ref().map(|eks| eks.name.as_str()))
            .collect();
        assert_eq!(which, [Some("prod"), Some("stage")]);
        let evidence = joined(&["gradus.yaml:9:1", "gradus.yaml:10:1"], vec![eks("prod")]);
        for cluster in &evidence.clusters {
            assert_eq!(known_as(cluster, BOT, &[]).gaps.len(), 2, "entries and ConfigMap");
        }
    }

    #[test]
    fn a_cluster_that_nothing_marks_may_be_one_of_several_of_eks() {
        let unmarked = |sources: &[&str], eks: Vec<EksCluster>| {
            let clusters = sources.iter().map(|source| ClusterSnapshot {
                source: (*source).into(),
                ..ClusterSnapshot::default()
            });
            let mut evidence =
                Evidence { clusters: clusters.collect(), eks, ..Evidence::default() };
            join(&mut evidence, &AccessPolicies::load().expect("the file is sound"), &[]);
            evidence.clusters
        };
        for (sources, all) in [
            (&["cluster"][..], vec![eks("prod"), eks("stage")]),
            (&["a", "b"], vec![eks("prod"), eks("stage")]),
            (&["a", "b"], vec![eks("prod")]),
        ] {
            for cluster in unmarked(sources, all) {
                assert_eq!(known_as(&cluster, BOT, &[]).gaps.len(), 1, "{sources:?}");
            }
        }
        let prod = "arn:aws:eks:eu-central-1:111122223333:cluster/prod";
        let clusters = unmarked(&[prod, "kind"], vec![eks("prod")]);
        assert!(clusters[1].eks_cluster.is_none(), "the only one of EKS is the other");
    }

    #[test]
    fn an_entry_that_was_listed_and_not_described_is_a_gap_of_its_principal_alone() {
        let mut cluster = eks("prod");
        for entry in cluster.entries.values_mut() {
            entry.user = None;
        }
        let evidence = joined(&["x"], vec![cluster]);
        assert_eq!(known_as(&evidence.clusters[0], BOT, &[]).gaps.len(), 1);
        let session = "arn:aws:sts::111122223333:assumed-role/bot/s";
        assert_eq!(known_as(&evidence.clusters[0], session, &[]).gaps.len(), 1);
        let other = "arn:aws:iam::111122223333:role/other";
        assert!(known_as(&evidence.clusters[0], other, &[]).gaps.is_empty());
    }

    #[test]
    fn the_config_map_counts_unless_entries_alone_decide() {
        for (mode, known) in [
            (Authentication::Api, 1),
            (Authentication::ApiAndConfigMap, 2),
            (Authentication::ConfigMap, 1),
        ] {
            let mut evidence = joined(&["x"], vec![eks("prod")]);
            let mapped = super::cluster(&[(role(BOT), "mapped", &[])]);
            evidence.clusters[0].aws_auth = mapped.aws_auth;
            if let Some(eks) = &mut evidence.clusters[0].eks_cluster {
                eks.authentication = Some(mode);
            }
            assert_eq!(names(&evidence.clusters[0], BOT).len(), known, "{mode:?}");
        }
    }
}

mod going_on {
    use super::*;
    use crate::model::{
        capability::{Condition, Reach, RiskClass, RiskHit},
        finding::Severity,
        path::{Hop, Path, PathTarget},
    };

    fn hop(from: &str, to: &str, certain: bool) -> Hop {
        Hop {
            from: from.to_owned(),
            to: to.to_owned(),
            how: format!("becomes {to}"),
            rule: "R".to_owned(),
            grants: Vec::new(),
            condition: if certain {
                Condition::Always
            } else {
                Condition::Unknown("that".to_owned())
            },
        }
    }

    fn to_role(name: &str, hops: Vec<Hop>) -> Path {
        Path { target: PathTarget::AwsRole(name.to_owned()), hops }
    }

    fn admin() -> Beyond {
        let risk = RiskHit {
            rule: "K8S-ADMIN".to_owned(),
            title: String::new(),
            class: RiskClass::AdminEquivalent,
            severity: Severity::Critical,
            message: String::new(),
            remedy: String::new(),
            grants: Vec::new(),
            condition: Condition::Always,
            scope: "cluster".to_owned(),
        };
        Beyond {
            over: Some(hop("b", "user", true)),
            reach: Reach { risks: vec![risk], ..Reach::default() },
            as_admin: Some(PathTarget::ClusterAdmin),
        }
    }

    fn leads(paths: Vec<Path>) -> Beyond {
        Beyond { over: None, reach: Reach { paths, ..Reach::default() }, as_admin: None }
    }

    #[test]
    fn a_circle_of_roles_ends_and_its_ends_are_found() {
        let first = [to_role("a", vec![hop("me", "a", true)])];
        let mut asked = Vec::new();
        let found = onward(&first, &mut |role| {
            asked.push(role.to_owned());
            match role {
                "a" => vec![leads(vec![to_role("b", vec![hop("a", "b", true)])])],
                "b" => vec![leads(vec![to_role("a", vec![hop("b", "a", true)])]), admin()],
                _ => Vec::new(),
            }
        });
        assert_eq!(asked, ["a", "b"], "each once");
        let told: Vec<(String, usize)> =
            found.iter().map(|path| (path.target.to_string(), path.hops.len())).collect();
        assert_eq!(told, [("cluster-admin".to_owned(), 3), ("b".to_owned(), 2)]);
    }

    #[test]
    fn the_certain_way_is_kept_and_then_the_shorter_one() {
        let first = [
            to_role("a", vec![hop("me", "a", false)]),
            to_role("b", vec![hop("me", "x", true), hop("x", "b", true)]),
        ];
        let found = onward(&first, &mut |_| vec![admin()]);
        assert_eq!(found.len(), 1);
        assert!(found[0].is_certain());
        assert_eq!(found[0].hops.len(), 3);
    }

    #[test]
    fn what_is_behind_a_role_without_rights_is_nothing() {
        let first = [to_role("a", vec![hop("me", "a", true)])];
        assert!(onward(&first, &mut |_| vec![leads(Vec::new())]).is_empty());
    }
}
