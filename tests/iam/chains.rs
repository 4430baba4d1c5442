//! What a principal can become, step after step, with both sides of each step.

use gradus::{
    model::{
        aws::AccountSnapshot,
        capability::{Condition, Reach, RiskClass},
        path::{Path, PathTarget},
    },
    privilege::iam::{Decision, Evaluator},
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::account::{RULES, allow, deny, hit, read};

/// The ARN of a role of the account.
fn arn(name: &str) -> String {
    format!("arn:aws:iam::111122223333:role/{name}")
}

/// A role that trusts these (names of roles, `root`, or services), with statements.
pub(crate) fn role(name: &str, trusted: &[&str], statements: Value) -> Value {
    let trust: Vec<Value> = trusted
        .iter()
        .map(|who| {
            let principal = match *who {
                "root" => json!({"AWS": "arn:aws:iam::111122223333:root"}),
                service if service.contains('.') => json!({"Service": service}),
                role => json!({"AWS": arn(role)}),
            };
            json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})
        })
        .collect();
    json!({
        "RoleName": name, "Arn": arn(name), "AttachedManagedPolicies": [],
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": trust},
        "RolePolicyList": [{"PolicyName": "own",
            "PolicyDocument": {"Version": "2012-10-17", "Statement": statements}}],
    })
}

fn user(name: &str, statements: Value) -> Value {
    json!({
        "UserName": name, "Arn": format!("arn:aws:iam::111122223333:user/{name}"),
        "GroupList": [], "AttachedManagedPolicies": [],
        "UserPolicyList": [{"PolicyName": "own",
            "PolicyDocument": {"Version": "2012-10-17", "Statement": statements}}],
    })
}

fn account(roles: Vec<Value>, users: Vec<Value>) -> AccountSnapshot {
    read(&json!({"RoleDetailList": roles, "UserDetailList": users})).snapshot
}

fn reach_of(account: &AccountSnapshot) -> Reach {
    let reach = Evaluator::new(account, &RULES).reach(&arn("agent"));
    assert_eq!(reach.gaps, Vec::new());
    reach
}

fn admin() -> Value {
    json!([allow("*", "*")])
}

fn to_admin(reach: &Reach) -> Option<&Path> {
    let target = PathTarget::AwsAdmin("111122223333".to_owned());
    reach.paths.iter().find(|path| path.target == target)
}

/// The steps of a path, `certain` or with what is not known.
fn told(path: &Path) -> (Vec<&str>, bool) {
    (path.hops.iter().map(|hop| hop.how.as_str()).collect(), path.is_certain())
}

#[test]
fn a_role_that_assumes_a_role_that_assumes_an_administrator_is_one() {
    let account = account(
        vec![
            role("agent", &["ec2.amazonaws.com"], json!([allow("sts:AssumeRole", &arn("middle"))])),
            role("middle", &["root"], json!([allow("sts:AssumeRole", &arn("boss"))])),
            role("boss", &["root"], admin()),
        ],
        vec![],
    );
    let reach = reach_of(&account);
    let path = to_admin(&reach).unwrap();
    assert_eq!(
        told(path),
        (
            vec!["assumes role middle", "assumes role boss", "holds every right of the account"],
            true
        )
    );
    let grants: Vec<_> = path.hops[0].grants.iter().map(|grant| &*grant.description).collect();
    assert_eq!(
        grants,
        ["role agent → inline policy own, statement 1", "trust policy of role middle, statement 1"]
    );
    assert_eq!(path.hops[1].from, arn("middle"));
    let risk = hit(&reach, "AWS-PATH-ADMIN").unwrap();
    assert_eq!((risk.class, &risk.condition), (RiskClass::AdminEquivalent, &Condition::Always));
    assert!(risk.grants.iter().all(|grant| grant.description.starts_with("role agent")
        || grant.description.starts_with("trust policy of role middle")));
}

#[test]
fn neither_side_alone_opens_a_role() {
    let trust_only =
        account(vec![role("agent", &[], json!([])), role("boss", &["root"], admin())], vec![]);
    assert_eq!(reach_of(&trust_only).paths, []);
    let grant_only = account(
        vec![
            role("agent", &[], json!([allow("sts:AssumeRole", "*")])),
            role("boss", &["ec2.amazonaws.com"], admin()),
        ],
        vec![],
    );
    assert_eq!(reach_of(&grant_only).paths, []);
}

#[test]
fn a_trust_policy_that_names_the_role_needs_no_grant_and_a_deny_still_closes_it() {
    let named =
        account(vec![role("agent", &[], json!([])), role("boss", &["agent"], admin())], vec![]);
    assert!(to_admin(&reach_of(&named)).is_some_and(Path::is_certain));
    let denied = account(
        vec![role("agent", &[], json!([deny("sts:*", "*")])), role("boss", &["agent"], admin())],
        vec![],
    );
    assert_eq!(reach_of(&denied).paths, []);
}

#[test]
fn a_condition_makes_a_path_possible_and_is_told() {
    let mut boss = role("boss", &["root"], admin());
    boss["AssumeRolePolicyDocument"]["Statement"][0]["Condition"] =
        json!({"StringEquals": {"sts:ExternalId": "abc"}});
    let account =
        account(vec![role("agent", &[], json!([allow("sts:AssumeRole", "*")])), boss], vec![]);
    let reach = reach_of(&account);
    let path = to_admin(&reach).unwrap();
    assert!(!path.is_certain());
    assert_eq!(path.unknowns(), ["sts:ExternalId StringEquals abc"]);
    assert_eq!(hit(&reach, "AWS-PATH-ADMIN-POSSIBLE").unwrap().class, RiskClass::Escalation);
    assert!(hit(&reach, "AWS-PATH-ADMIN").is_none());
}

#[test]
fn a_trust_that_asks_who_it_is_lets_only_them_in() {
    let mut boss = role("boss", &["root"], admin());
    boss["AssumeRolePolicyDocument"]["Statement"][0]["Condition"] =
        json!({"ArnEquals": {"aws:PrincipalArn": arn("other")}});
    let roles =
        |name: &str| vec![role(name, &[], json!([allow("sts:AssumeRole", "*")])), boss.clone()];
    let reach = |name: &str| {
        let account = account(roles(name), vec![]);
        Evaluator::new(&account, &RULES).reach(&arn(name))
    };
    assert_eq!(reach("agent").paths, []);
    assert!(to_admin(&reach("other")).is_some_and(Path::is_certain));
}

#[test]
fn circles_of_roles_end() {
    let all = || json!([allow("sts:AssumeRole", "*")]);
    let account = account(
        vec![
            role("agent", &["root"], all()),
            role("a", &["root"], all()),
            role("b", &["root"], all()),
        ],
        vec![],
    );
    assert_eq!(reach_of(&account).paths, [], "nobody among them changes anything more");
}

#[test]
fn an_administrator_role_passed_to_compute_is_a_path_unless_the_service_is_another() {
    let passing = |service: &str| {
        let pass = json!({"Effect": "Allow", "Action": "iam:PassRole", "Resource": arn("boss"),
            "Condition": {"StringEquals": {"iam:PassedToService": service}}});
        let create = allow("lambda:*", "*");
        account(
            vec![
                role("agent", &[], json!([pass, create])),
                role("boss", &["lambda.amazonaws.com"], admin()),
            ],
            vec![],
        )
    };
    let reach = reach_of(&passing("lambda.amazonaws.com"));
    assert_eq!(
        told(to_admin(&reach).unwrap()),
        (
            vec![
                "passes role boss to lambda.amazonaws.com and runs code as it",
                "holds every right of the account"
            ],
            true
        )
    );
    let other = reach_of(&passing("ecs-tasks.amazonaws.com"));
    assert!(!to_admin(&other).is_some_and(Path::is_certain), "{:?}", other.paths);
}

#[test]
fn keys_of_a_user_lead_on_to_what_the_user_may_assume() {
    let account = account(
        vec![
            role("agent", &[], json!([allow("iam:CreateAccessKey", "*")])),
            role("boss", &["root"], admin()),
        ],
        vec![user("deploy", json!([allow("sts:AssumeRole", &arn("boss"))]))],
    );
    let reach = reach_of(&account);
    assert_eq!(
        told(to_admin(&reach).unwrap()).0,
        [
            "makes credentials of user deploy",
            "assumes role boss",
            "holds every right of the account"
        ]
    );
}

#[test]
fn existing_compute_is_a_possible_step_because_no_policy_shows_what_runs() {
    let account = account(
        vec![
            role("agent", &[], json!([allow("lambda:UpdateFunctionCode", "*")])),
            role("boss", &["lambda.amazonaws.com"], admin()),
        ],
        vec![],
    );
    let reach = reach_of(&account);
    let path = to_admin(&reach).unwrap();
    assert_eq!(path.unknowns(), ["whether compute that it covers runs as that role"]);
    let risk = hit(&reach, "AWS-RUN-CODE").unwrap();
    assert_eq!(
        risk.condition,
        Condition::Unknown("whether compute that it covers runs as role boss".to_owned())
    );
    assert_eq!(risk.class, RiskClass::Escalation);
}

#[test]
fn a_database_behind_another_role_is_written_all_the_same() {
    let table = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders";
    let account = account(
        vec![
            role("agent", &[], json!([allow("sts:AssumeRole", "*")])),
            role("writer", &["root"], json!([allow("dynamodb:PutItem", table)])),
        ],
        vec![],
    );
    let reach = reach_of(&account);
    assert_eq!(reach.paths[0].target, PathTarget::AwsDatabase(table.to_owned()));
    let risk = hit(&reach, "AWS-PATH-DATABASE").unwrap();
    assert_eq!(risk.class, RiskClass::DatabaseWrite);
}

#[test]
fn only_a_role_that_may_change_more_is_worth_a_path() {
    let account = |theirs: Value| {
        account(
            vec![
                role(
                    "agent",
                    &[],
                    json!([allow("sts:AssumeRole", "*"), allow("ec2:StopInstances", "*")]),
                ),
                role("other", &["root"], json!([theirs])),
            ],
            vec![],
        )
    };
    let paths = |theirs: Value| reach_of(&account(theirs)).paths.len();
    assert_eq!(paths(allow("ec2:Describe*", "*")), 0, "reading is no more");
    assert_eq!(paths(allow("ec2:StopInstances", "arn:aws:ec2:*:*:instance/i-1")), 0);
    let reach = reach_of(&account(allow("ec2:TerminateInstances", "*")));
    assert_eq!(reach.paths[0].target, PathTarget::AwsRole(arn("other")));
    assert_eq!(hit(&reach, "AWS-PATH-ROLE").unwrap().class, RiskClass::Escalation);
}

#[test]
fn joining_a_group_of_administrators_is_a_path_for_a_user_alone() {
    let mut dump = json!({
        "UserDetailList": [user("agent", json!([allow("iam:AddUserToGroup", "*")]))],
        "RoleDetailList": [role("agent", &[], json!([allow("iam:AddUserToGroup", "*")]))],
        "GroupDetailList": [{"GroupName": "admins", "Arn": "arn:aws:iam::111122223333:group/admins",
            "AttachedManagedPolicies": [], "GroupPolicyList": [{"PolicyName": "all",
                "PolicyDocument": {"Version": "2012-10-17", "Statement": admin()}}]}],
    });
    let snapshot = read(&dump).snapshot;
    let evaluator = Evaluator::new(&snapshot, &RULES);
    let by_user = evaluator.reach("arn:aws:iam::111122223333:user/agent");
    assert_eq!(told(to_admin(&by_user).unwrap()).0[0], "joins group admins");
    assert_eq!(evaluator.reach(&arn("agent")).paths, []);
    dump["GroupDetailList"] = json!([]);
    assert_eq!(Evaluator::new(&read(&dump).snapshot, &RULES).reach(&arn("agent")).paths, []);
}

#[test]
fn the_risk_names_every_statement_that_sets_out_for_an_administrator() {
    let account = account(
        vec![
            role(
                "agent",
                &[],
                json!([
                    allow("sts:AssumeRole", &arn("near")),
                    allow("sts:AssumeRole", &arn("far"))
                ]),
            ),
            role("near", &["root"], admin()),
            role("far", &["root"], json!([allow("sts:AssumeRole", &arn("near"))])),
        ],
        vec![],
    );
    let reach = reach_of(&account);
    let risk = hit(&reach, "AWS-PATH-ADMIN").unwrap();
    let own: Vec<_> = risk
        .grants
        .iter()
        .map(|grant| grant.description.as_str())
        .filter(|grant| grant.starts_with("role agent"))
        .collect();
    assert_eq!(own.len(), 2, "cutting one leaves the other: {own:?}");
}

/// The names of the roles of random accounts.
const NAMES: [&str; 4] = ["agent", "a", "b", "c"];

/// What a random role holds.
fn statement() -> impl Strategy<Value = Value> {
    let name = || prop::sample::select(NAMES.to_vec());
    prop_oneof![
        4 => name().prop_map(|name| allow("sts:AssumeRole", &arn(name))),
        1 => Just(allow("sts:*", "arn:aws:iam::111122223333:role/*")),
        1 => name().prop_map(|name| deny("sts:AssumeRole", &arn(name))),
        1 => Just(allow("iam:CreateAccessKey", "*")),
        1 => Just(deny("iam:*", "*")),
        1 => Just(allow("ec2:Describe*", "*")),
    ]
}

/// Whom a random role trusts.
fn trusted() -> impl Strategy<Value = Vec<&'static str>> {
    prop::collection::vec(
        prop::sample::select(vec!["agent", "a", "b", "c", "root", "ec2.amazonaws.com"]),
        0..3,
    )
}

#[derive(Debug, Clone)]
struct Sketch {
    trusted: Vec<&'static str>,
    statements: Vec<Value>,
    is_admin: bool,
}

fn sketch() -> impl Strategy<Value = Sketch> {
    (trusted(), prop::collection::vec(statement(), 0..3), prop::bool::weighted(0.25))
        .prop_map(|(trusted, statements, is_admin)| Sketch { trusted, statements, is_admin })
}

/// Whether a role becomes an administrator, found the slow way: from pair to pair,
/// by single decisions and the names in trust policies.
fn becomes_admin(evaluator: &Evaluator<'_>, sketches: &[Sketch], held_by_user: &[Value]) -> bool {
    let user = "arn:aws:iam::111122223333:user/u".to_owned();
    let arns: Vec<String> = NAMES.iter().map(|name| arn(name)).chain([user.clone()]).collect();
    let allowed = |who: &str, action: &str, on: &str| {
        matches!(evaluator.allows(who, action, on), Decision::Allowed { .. })
    };
    let leads = |from: &str, to: usize| {
        if to == NAMES.len() {
            return allowed(from, "iam:CreateAccessKey", &user);
        }
        let trusts = |who: &str| sketches[to].trusted.contains(&who);
        let is_trusted = trusts("root")
            || from.rsplit('/').next().is_some_and(|name| !from.contains(":user/") && trusts(name));
        is_trusted && allowed(from, "sts:AssumeRole", &arns[to])
    };
    assert!(held_by_user.iter().all(Value::is_object));
    let mut reached = vec![0];
    loop {
        let new = (0..arns.len()).find(|to| {
            !reached.contains(to) && reached.iter().any(|&from| leads(&arns[from], *to))
        });
        match new {
            Some(new) => reached.push(new),
            None => break,
        }
    }
    reached.iter().any(|&one| one < NAMES.len() && sketches[one].is_admin)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn paths_find_what_going_from_pair_to_pair_finds(
        sketches in prop::collection::vec(sketch(), 4),
        held_by_user in prop::collection::vec(statement(), 0..3),
    ) {
        let mut sketches = sketches;
        sketches[0].is_admin = false;
        for sketch in &mut sketches {
            // Of an administrator no Deny is asked: what it lacks it gives itself.
            if sketch.is_admin {
                sketch.statements = vec![allow("*", "*")];
            }
        }
        let roles = NAMES
            .iter()
            .zip(&sketches)
            .map(|(name, sketch)| role(name, &sketch.trusted, json!(sketch.statements)))
            .collect();
        let account = account(roles, vec![user("u", json!(held_by_user))]);
        let evaluator = Evaluator::new(&account, &RULES);
        let reach = evaluator.reach(&arn("agent"));
        prop_assert_eq!(
            to_admin(&reach).is_some_and(Path::is_certain),
            becomes_admin(&evaluator, &sketches, &held_by_user),
            "{:#?}", reach.paths
        );
    }
}

#[test]
fn roles_that_may_all_assume_each_other_are_searched_in_time() {
    let name = |number: usize| format!("r{number:04}");
    let roles = (0..800)
        .map(|number| {
            let table = format!("arn:aws:sqs:eu-west-1:111122223333:queue-{number}");
            role(
                &name(number),
                &["root"],
                json!([allow("sts:AssumeRole", "*"), allow("sqs:PurgeQueue", &table)]),
            )
        })
        .collect();
    let account = account(roles, vec![]);
    let evaluator = Evaluator::new(&account, &RULES);
    let start = std::time::Instant::now();
    for number in 0..800 {
        let reach = evaluator.reach(&arn(&name(number)));
        assert_eq!(reach.paths.len(), 8);
        assert!(hit(&reach, "AWS-PATH-ROLE").unwrap().message.contains("and more"));
    }
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

#[test]
fn rewriting_a_trust_policy_is_worth_what_the_strongest_role_in_reach_is() {
    let rewriting = |resource: &str| {
        let agent = role(
            "agent",
            &["ec2.amazonaws.com"],
            json!([allow("iam:UpdateAssumeRolePolicy", resource)]),
        );
        let lister =
            role("lister", &["ec2.amazonaws.com"], json!([allow("s3:ListAllMyBuckets", "*")]));
        let boss = role("boss", &["ec2.amazonaws.com"], admin());
        let reach = reach_of(&account(vec![agent, lister, boss], Vec::new()));
        let class = hit(&reach, "AWS-REWRITE-TRUST").map(|hit| hit.class);
        (class, to_admin(&reach).is_some())
    };
    assert_eq!(rewriting(&arn("lister")), (Some(RiskClass::Escalation), false));
    assert_eq!(rewriting(&arn("boss")), (Some(RiskClass::AdminEquivalent), true));
    assert_eq!(rewriting("*").0, Some(RiskClass::AdminEquivalent));
}
